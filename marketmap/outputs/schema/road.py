"""What the tables of a road report hold: columns in order."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable

_GRID = "metres, EPSG:27700"

ROADS_BY_CLASS = OutputTable(
    "internal/roads_by_class.csv",
    "each class of road",
    (
        Column("road_class", "text", "OpenStreetMap's highway value"),
        Column("km", "km", "Length; a two-way street counts once, each carriageway of a dual one by itself"),
        Column("built_up_share", "part", "Share of the km that is driven at the built-up speed", whole="km"),
        Column("posted_share", "part", "Share of the km with a speed limit in the file", whole="km"),
        Column("mean_kmh", "kmh", "Km ÷ hours in the run's scenario, the delays at junctions included"),
    ),
    note="Only roads that can be driven both to and from the rest.",
)

ROADS_CUT_OFF = OutputTable(
    "internal/roads_cut_off.csv",
    "each part of the roads that cannot be driven both to and from the rest, and so is left out",
    (
        Column("easting", "metres", "Middle of its junctions", _GRID),
        Column("northing", "metres", "Middle of its junctions", _GRID),
        Column("km", "km", "Length of its roads"),
        Column("nodes", "count", "Its junctions and ends", "nodes"),
        Column("nearest_postcode", "text", "The county's postcode that is nearest to it"),
        Column("sector", "text", "Postcode sector of that"),
        Column("nearest_metres", "metres", "Straight distance to that postcode"),
    ),
)

ROAD_ENDS = OutputTable(
    "internal/road_ends.csv",
    "each main road that the file's edge cuts",
    (
        Column("easting", "metres", "Where the road stops", _GRID),
        Column("northing", "metres", "Where the road stops", _GRID),
        Column("road_class", "text", "OpenStreetMap's highway value"),
        Column("postcodes_near", "count", "The county's postcodes within 3 km of it", "postcodes"),
        Column("packages_near", "count", "Active and waiting packages within 3 km of it", "packages"),
        Column("nearest_postcode", "text", "The county's postcode that is nearest to it"),
        Column("nearest_metres", "metres", "Straight distance to that postcode"),
    ),
    note="Found by a main road that ends with no road beyond. Journeys near it may be too long: the way that people "
    "take is not in the file.",
)

POSTCODES_FAR = OutputTable(
    "internal/postcodes_far.csv",
    "each of the county's 50 postcodes that lie furthest from a road, and every one that is not placed",
    (
        Column("postcode", "text", "The postcode"),
        Column("sector", "text", "Its sector"),
        Column("easting", "metres", "As the postcode directory has it", _GRID),
        Column("northing", "metres", "As the postcode directory has it", _GRID),
        Column("metres", "metres", "Straight distance to the nearest road that doors open on to"),
        Column("reason", "text", "Why it is not placed; blank where it is"),
    ),
)

JOURNEYS = OutputTable(
    "internal/journeys.csv",
    "each journey, way and scenario",
    (
        Column("from_postcode", "text", "Where it begins"),
        Column("to_postcode", "text", "Where it ends"),
        Column("scenario", "text", "Which traffic"),
        Column("minutes", "minutes", "Door to door; blank where there is no time, and the reason says why"),
        Column("km", "km", "Along the road, without the straight legs to the doors"),
        Column("straight_km", "km", "Between the two postcodes as the crow flies"),
        Column("detour", "factor", "Road with both straight legs ÷ straight line", "ratio"),
        Column("mean_kmh", "kmh", "Km ÷ time"),
        Column("reason", "text", "Why there is no time; blank where there is one"),
    ),
    note="Compare with a route planner or with what carers say. Unless a file of journeys is given, they are between "
    "places where postcodes crowd together.",
)

DETOURS = OutputTable(
    "internal/detours.csv",
    "each band of straight-line distance",
    (
        Column("metres_from", "metres", "The band begins at this distance"),
        Column("metres_below", "metres", "And ends below this one"),
        Column("pairs", "count", "Pairs of junctions measured", "pairs"),
        Column("median", "factor", "Road ÷ straight line, median", "ratio"),
        Column("percentile_90", "factor", "Nine in ten pairs have no more than this", "ratio"),
        Column("real_median", "factor", "The median measured on real English roads", "ratio"),
        Column("real_percentile_90", "factor", "The same for nine in ten", "ratio"),
    ),
    note="Shortest way by metres. Real roads: Rutland's (OpenStreetMap) and those around Bath (Ordnance Survey).",
)

ROAD_TABLES = (ROADS_BY_CLASS, ROADS_CUT_OFF, ROAD_ENDS, POSTCODES_FAR, JOURNEYS, DETOURS)
