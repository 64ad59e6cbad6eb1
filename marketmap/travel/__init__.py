"""Travel: road networks, and times by road between points.

`read_roads` reads a map extract, `illustrative_roads` makes roads up where there is none, `travel_matrix`
gives minutes between points, `reach` the area within so many minutes, `road_neighbours` which points are next to each
other, and `county_travel` times and neighbours for a county, with a cache.
"""

from marketmap.settings import TravelSettings
from marketmap.travel.detours import detour_ratios
from marketmap.travel.graphs import from_networkx, to_networkx
from marketmap.travel.made_up.illustrative import illustrative_roads
from marketmap.travel.matrix import travel_matrix
from marketmap.travel.neighbours import road_neighbours
from marketmap.travel.network import RoadNetwork
from marketmap.travel.placing import Placement, place_points
from marketmap.travel.reach import reach
from marketmap.travel.roads import read_roads
from marketmap.travel.times import TravelTimes, county_roads, county_travel

__all__ = [
    "Placement",
    "RoadNetwork",
    "TravelSettings",
    "TravelTimes",
    "county_roads",
    "county_travel",
    "detour_ratios",
    "from_networkx",
    "illustrative_roads",
    "place_points",
    "reach",
    "read_roads",
    "road_neighbours",
    "to_networkx",
    "travel_matrix",
]
