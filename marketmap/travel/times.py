"""A county's travel times: the roads, the postcodes on them, minutes between them, and who is next to whom."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from marketmap.settings import Settings, TravelSettings
from marketmap.travel.cache import Arrays, digest_of, remember
from marketmap.travel.made_up.illustrative import illustrative_roads
from marketmap.travel.matrix import Minutes, placed_matrix
from marketmap.travel.neighbours import placed_neighbours
from marketmap.travel.network import RoadNetwork, building_text
from marketmap.travel.osm import hash_file
from marketmap.travel.packing import is_packed_network, pack_network, unpack_network
from marketmap.travel.placing import Placement, keep_covered, place_coordinates
from marketmap.travel.roads import check_road_file, read_roads
from marketmap.travel.scenarios import check_scenario
from marketmap.travel.speeds import check_speeds


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """What the later rooms know about travel.

    Attributes
    ----------
    postcodes
        Rows and columns of ``minutes``: those asked for that lie on the roads, in the order asked.
    minutes
        float32, (postcodes, postcodes), door to door by road from row to column; ``inf`` where there is no way.
    neighbours
        ``postcode_a``, ``postcode_b`` (a before b in the county's order), ``minutes``: which of all the county's
        postcodes are next to each other along the road. Everything placed hangs together.
    unplaced
        ``postcode``, ``metres`` to the nearest road, ``reason``: of the county and of those asked for.
    illustrative
        Whether the roads are made up; whatever is shown must then say so.
    source
        For the run record.
    """

    postcodes: pd.Index
    minutes: Minutes
    neighbours: pd.DataFrame
    unplaced: pd.DataFrame
    illustrative: bool
    source: dict[str, str]


def county_roads(
    road_file: Path | None, postcodes: pd.DataFrame, *, settings: TravelSettings, cache_dir: Path | None
) -> RoadNetwork:
    """Read a county's road file, or make up illustrative roads where there is none.

    Parameters
    ----------
    road_file
        As `read_roads` takes it; None: illustrative roads.
    postcodes
        ``easting``, ``northing``: what illustrative roads are made from; not used with a road file.
    settings
        Speeds, delays and how points are placed.
    cache_dir
        Where built networks are kept; None: nowhere.

    Raises
    ------
    RoadsError
        As `read_roads` and `illustrative_roads`.
    """
    check_speeds(settings)
    if road_file is None:
        places = postcodes[["easting", "northing"]].to_numpy(dtype=float)
        key = digest_of("illustrative", places[np.lexsort(places.T)], building_text(settings))
    else:
        check_road_file(road_file)
        key = digest_of("read", road_file.name, hash_file(road_file), building_text(settings))

    def make() -> Arrays:
        made = (
            illustrative_roads(postcodes, settings=settings)
            if road_file is None
            else read_roads(road_file, settings=settings)
        )
        return pack_network(made)

    return unpack_network(remember(cache_dir, "roads", key, make=make, fits=is_packed_network), settings)


def county_travel(
    network: RoadNetwork,
    county_postcodes: pd.DataFrame,
    matrix_postcodes: pd.DataFrame,
    *,
    settings: Settings,
    cache_dir: Path | None,
    scenario: str | None = None,
) -> TravelTimes:
    """Work out a county's travel times.

    Parameters
    ----------
    network
        The roads, from `county_roads`, `read_roads` or `illustrative_roads`.
    county_postcodes
        Every postcode of the county: the index is the postcode; ``easting`` and ``northing`` in EPSG:27700.
    matrix_postcodes
        Those to have minutes between, laid out likewise: demand, providers, centres. They need not lie in the county.
        A postcode given twice counts once. One that is not the county's is placed no further than 250 m from a
        road of a road file, for files stop at borders and the next road in them may be the wrong one.
    settings
        ``settings.travel`` says how far from a road a postcode may lie.
    cache_dir
        Where results are kept between runs; None: nowhere.
    scenario
        Which traffic; None: that of ``settings.travel``. Scenarios are those the network was built with.

    Raises
    ------
    RoadsError
        When every postcode lies outside the roads' extent, naming both, and for a scenario that there is none of.
    """
    scenario = settings.travel.scenario if scenario is None else scenario
    check_scenario(network.settings, scenario)
    limit = settings.travel.snap_metres
    county = county_postcodes.loc[~county_postcodes.index.duplicated()]
    wanted = matrix_postcodes.loc[~matrix_postcodes.index.duplicated()]
    in_county = place_coordinates(network, county["easting"], county["northing"], snap_metres=limit)
    asked = place_coordinates(network, wanted["easting"], wanted["northing"], snap_metres=limit)
    asked = keep_covered(network, asked, own=county.index)
    on_roads = asked.only_placed()
    unplaced = pd.concat([in_county.unplaced(), asked.unplaced()])
    unplaced = unplaced.loc[~unplaced.index.duplicated()].rename_axis("postcode").reset_index()
    return TravelTimes(
        postcodes=on_roads.index,
        minutes=_minutes(network, on_roads, cache_dir, scenario),
        neighbours=_neighbours(network, in_county, cache_dir, scenario),
        unplaced=unplaced,
        illustrative=network.illustrative,
        source=network.describe() | {"mode": network.settings.mode, "scenario": scenario},
    )


def _key(kind: str, network: RoadNetwork, placement: Placement, scenario: str) -> str:
    """Hash what times hang on: the scenario by what it makes of each edge, so that no other one's factors matter."""
    places = (placement.x, placement.y, placement.line, placement.share, placement.access_seconds)
    return digest_of(kind, network.digest, *network.split_seconds(scenario), *places)


def _minutes(network: RoadNetwork, placement: Placement, cache_dir: Path | None, scenario: str) -> Minutes:
    n_points = len(placement.line)

    def fits(arrays: Arrays) -> bool:
        found = arrays.get("minutes", np.empty(0))
        return found.dtype == np.float32 and found.shape == (n_points, n_points)

    def make() -> Arrays:
        return {"minutes": placed_matrix(network, placement, placement, scenario=scenario)}

    key = _key("minutes", network, placement, scenario)
    return remember(cache_dir, "minutes", key, make=make, fits=fits)["minutes"]


def _neighbours(network: RoadNetwork, placement: Placement, cache_dir: Path | None, scenario: str) -> pd.DataFrame:
    names = ("a", "b", "minutes")

    def fits(arrays: Arrays) -> bool:
        return set(arrays) == set(names) and len({arrays[name].shape for name in names}) == 1

    def make() -> Arrays:
        table = placed_neighbours(network, placement, scenario=scenario)
        return {name: table[name].to_numpy() for name in names}

    key = _key("neighbours", network, placement, scenario)
    found = remember(cache_dir, "neighbours", key, make=make, fits=fits)
    return pd.DataFrame(
        {
            "postcode_a": placement.index[found["a"]],
            "postcode_b": placement.index[found["b"]],
            "minutes": found["minutes"],
        }
    )
