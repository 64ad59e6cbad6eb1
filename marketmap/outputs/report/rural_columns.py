"""The tables of the rural report: areas by need, how firm that order is, and rural beside urban."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, Evidence, OutputTable

LEVEL = Column("level", "text", "Kind of area")
CODE = Column("area_code", "text", "Code of the area")
_LONG = Evidence(n="waits_long", of="waits_decided", low="long_share_low", high="long_share_high")
_REFUSED = Evidence(n="refused", of="offers", low="refused_share_low", high="refused_share_high")

RURAL_AREAS = OutputTable(
    "internal/rural_areas.csv",
    "each rural area, greatest need first",
    (
        LEVEL,
        CODE,
        Column("area_name", "text", "Its name"),
        Column("district_code", "text", "District that holds most of its postcodes"),
        Column("district_name", "text", "Its name"),
        Column("rank", "count", "Place in the order of need, 1 the greatest"),
        Column("score", "index", "Weighted mean of the area's points, 1 the greatest need and 0 the least"),
        Column("parts", "count", "How many parts of need it rests on"),
        Column("packages", "count", "Packages active or waiting"),
        Column("contact_hours", "hours", "Their contact hours"),
        Column("packages_waiting", "count", "Of them, packages that wait"),
        Column("waiting_hours", "hours", "Carer hours that wait: unmet need", unit="carer hours a week"),
        Column("waiting_beyond", "hours", "Of these, hours for which no spare hours are left within reach"),
        Column("spare_hours", "hours", "Spare carer hours that lie here, on providers' footprints"),
        Column("spare_unneeded", "hours", "Of these, hours that nobody within reach waits for"),
        Column("access_3sfca", "index", "Spare carer hours within reach to each carer hour of demand; high is good"),
        Column("raam_cost", "index", "Travel and crowding together (RAAM); low is good"),
        Column("waits_decided", "count", "Waits of the period of which it is known whether they were long"),
        Column("waits_long", "count", "Of them, long ones"),
        Column("long_share", "share", "Long waits as a share of decided waits", evidence=_LONG),
        Column("long_share_low", "share", "Low end of its 95 % interval", evidence=_LONG),
        Column("long_share_high", "share", "High end of its 95 % interval", evidence=_LONG),
        Column("journeys", "count", "Journeys between visits that ended here, in call monitoring"),
        Column("minutes_hour", "minutes", "Road minutes driven to visits here for each carer hour", unit="min an hour"),
        Column("offers", "count", "Offers of packages here to providers in the period"),
        Column("refused", "count", "Of them, refused"),
        Column("refused_share", "share", "Refused offers as a share of offers", evidence=_REFUSED),
        Column("refused_share_low", "share", "Low end of its 95 % interval", evidence=_REFUSED),
        Column("refused_share_high", "share", "High end of its 95 % interval", evidence=_REFUSED),
        Column("providers", "count", "Providers that deliver here"),
        Column("near_providers_median", "count", "Providers that deliver near a package here, the middle package"),
        Column("rank_unmet", "count", "Place by unmet hours"),
        Column("rank_waits", "count", "Place by long waits"),
        Column("rank_access", "count", "Place by access, 1 the worst"),
        Column("rank_travel", "count", "Place by travel"),
        Column("rank_refusals", "count", "Place by refusals"),
        Column("blocks", "text", "Blocks of the plan that touch the area"),
        Column("block_effect", "text", "What a block here would do, by the plan"),
        Column("reading", "text", "The gap in words"),
    ),
    note="Ranks are blank where an area lacks a part or it rests on fewer waits or offers than `market.rank_least`.",
)
RURAL_ORDER = OutputTable(
    "internal/rural_order.csv",
    "each of the five areas of greatest need",
    (
        CODE,
        Column("area_name", "text", "Its name"),
        Column("rank", "count", "Place at the stated weights"),
        Column("stays", "count", "In how many of the changed orders it is still among the first five"),
        Column("changes", "count", "Orders tried: each weight halved, doubled and left out in turn"),
        Column("rank_best", "count", "Its best place in them (nearest to 1)"),
        Column("rank_worst", "count", "Its worst place in them"),
    ),
)
RURAL_TABLES = (RURAL_AREAS, RURAL_ORDER)
