"""The tables of the pack that one provider may be given."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable

BLOCKS = OutputTable(
    "blocks.csv",
    "each of your blocks",
    (
        Column("block_id", "text", "The block, as in the prospectus"),
        Column("status", "text", "proposed: a suggestion that nobody has decided; existing: already let; held"),
        Column("district_name", "text", "Local authority of its middle"),
        Column("sectors", "list", "Postcode sectors that its postcodes lie in"),
        Column("postcodes", "count", "Its postcodes, whoever lives there", "postcodes"),
        Column("your_packages", "count", "Packages of care that you deliver there and that count in it", "packages"),
        Column("your_hours", "hours", "Their client contact hours"),
        Column("hours_waiting", "text", "Contact hours there of people who wait, rounded; * rests on few people",
               "hours a week"),
        Column("people_in_zone", "text", "People with care in the zone, rounded, from the prospectus", "people"),
        Column("hours_in_zone", "text", "Their contact hours, rounded, from the prospectus", "hours a week"),
    ),
)  # fmt: skip
POSTCODES = OutputTable(
    "postcodes.csv",
    "each postcode of your blocks, whether anybody has care there or not",
    (Column("postcode", "text", "The postcode"), Column("block_id", "text", "Its block")),
)
PACKAGES = OutputTable(
    "your_packages.csv",
    "each package of care that you deliver in your blocks now",
    (
        Column("package_id", "text", "The package"),
        Column("block_id", "text", "The block that it is in"),
        Column("postcode", "text", "Where it is"),
        Column("service_type", "text", "Kind of care"),
        Column("hours_week", "hours", "Client contact hours"),
        Column("visits_week", "count", "Visits", "visits a week"),
        Column("carers_required", "count", "Carers at each visit", "carers"),
        Column("counts", "yes_no", "Whether the block's hours count it: extra care, for instance, is in no block"),
    ),
)

PACK_TABLES = (BLOCKS, POSTCODES, PACKAGES)
