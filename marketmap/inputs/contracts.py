"""The contracts of the tables that a county folder may hold; nothing else says what a table is.

To add a table, write its `Contract` here (or with others of its kind, as for the market's) and list it in `CONTRACTS`:
its template, dictionary entry, reader and validator follow.
"""

from __future__ import annotations

from marketmap.inputs.columns import Column, Contract
from marketmap.inputs.locks import LOCKS
from marketmap.inputs.market_contracts import MARKET_CONTRACTS
from marketmap.inputs.rules import (
    ends_after,
    has_provider_unless_waiting,
    latest_after_earliest,
    one_line_at_a_time,
    one_of_two,
    shorter_than_a_week,
)

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
SERVICE_TYPES = (
    "home_care", "reablement", "live_in", "waking_night", "sleep_in", "extra_care", "supported_living", "sitting",
)  # fmt: skip
RATINGS = ("Outstanding", "Good", "Requires improvement", "Inadequate", "Not rated")
HOURS_IN_A_WEEK = 168.0
MOST_VISITS = 150.0  # about one an hour, day and night; more is a slip of the keyboard
MOST_PRICE = 250.0  # pounds an hour
MOST_PROVIDER_HOURS = 50_000.0  # well above the largest county's whole purchase from one provider
MINUTES_IN_A_DAY = 1_440.0

_PRICE_HOUR = Column(
    "price_hour", "number", "Pounds for one carer hour.", minimum=0, maximum=MOST_PRICE, above=True, example="26.40"
)
_PROVIDER_ID = Column(
    "provider_id", "identifier", "Whose it is, as in the providers table.", True, refers_to="providers", example="V001"
)

PACKAGES = Contract(
    "packages",
    "One row for each package of care, or for each period in which its terms held (dated lines).",
    (
        Column("package_id", "identifier", "The council's reference of the package.", True, example="P0001"),
        Column(
            "postcode",
            "postcode",
            "Where the care is given. A blank one, or one that cannot be placed, is listed and left off maps.",
            True,
            may_be_blank=True,
            example="GL1 2TG",
        ),
        Column("service_type", "choice", "Kind of care.", True, allowed=SERVICE_TYPES, example="home_care"),
        Column(
            "status",
            "choice",
            "State of the package while the row holds.",
            True,
            allowed=("active", "waiting", "suspended", "ended", "withdrawn"),
            example="active",
        ),
        Column(
            "hours_week",
            "number",
            "Client contact hours a week: what the person receives, counted once however many carers come.",
            True,
            minimum=0,
            maximum=HOURS_IN_A_WEEK,
            example="10.5",
        ),
        Column(
            "visits_week",
            "number",
            "Client visits a week, counted once however many carers come; 0.5 is one a fortnight.",
            True,
            minimum=0,
            maximum=MOST_VISITS,
            example="21",
        ),
        Column("carers_required", "whole", "Carers at each visit.", True, minimum=1, maximum=2, example="1"),
        Column(
            "provider_id",
            "identifier",
            "Who delivers it, as in the providers table; blank only while waiting or withdrawn.",
            True,
            may_be_blank=True,
            refers_to="providers",
            example="V001",
        ),
        Column("person_id", "identifier", "Pseudonym of the person; never a name or an NHS number."),
        Column(
            "funding",
            "choice",
            "Who pays.",
            allowed=("council", "chc", "joint", "s117", "direct_payment", "self_funded"),
            example="council",
        ),
        Column(
            "visit_minutes",
            "number",
            "Usual length of a visit, minutes.",
            minimum=0,
            maximum=MINUTES_IN_A_DAY,
            above=True,
            example="30",
        ),
        _PRICE_HOUR,
        Column(
            "needs",
            "codes",
            "What a provider must be able to do: double_handed, complex, dementia, end_of_life, "
            "delegated_health_task or the council's own code words.",
            example="dementia",
        ),
        Column("request_date", "date", "When care was asked for.", example="2024-11-04"),
        Column("ready_date", "date", "When the person could have received it.", example="2024-11-08"),
        Column("start_date", "date", "First day of care.", example="2024-11-18"),
        Column("end_date", "date", "Last day of care; blank while it goes on."),
        Column("end_reason", "text", "Why it ended, as a short code."),
        Column("effective_from", "date", "First day on which this row holds; blank: from the start."),
        Column(
            "effective_to", "date", "First day on which this row no longer holds; blank: holds until further notice."
        ),
        Column("change_reason", "text", "Why the terms changed, as a short code."),
        Column(
            "waiting_where",
            "choice",
            "Where the person waits.",
            allowed=("home_no_care", "home_bridged", "hospital", "interim_bed"),
        ),
        Column("do_not_move", "yes_no", "Whether the package must stay with its provider.", example="no"),
        Column(
            "do_not_move_reason",
            "choice",
            "Why it must stay.",
            allowed=("end_of_life", "recently_moved", "language_or_gender", "person_refused", "other"),
        ),
    ),
    rules=(
        has_provider_unless_waiting(),
        ends_after("start_date", "end_date"),
        ends_after("effective_from", "effective_to"),
        one_line_at_a_time(),
    ),
    required=True,
)

PROVIDERS = Contract(
    "providers",
    "One row for each provider's registered location that delivers, or could deliver, care in the county.",
    (
        Column("provider_id", "identifier", "The council's reference of the provider.", True, example="V001"),
        Column("provider_name", "text", "Name shown to commissioners and brokers.", True, example="Example Care"),
        Column(
            "postcode",
            "postcode",
            "Where the provider's office is; one that cannot be placed is listed.",
            True,
            may_be_blank=True,
            example="GL50 1HX",
        ),
        Column(
            "hours_spare_week",
            "number",
            "Carer hours a week that it could take now, on top of what it delivers; 0 where none is known.",
            True,
            minimum=0,
            maximum=MOST_PROVIDER_HOURS,
            example="40",
        ),
        Column(
            "company_id",
            "identifier",
            "The company behind several locations; shares and exit tests run on it. Blank: the provider itself.",
            example="C001",
        ),
        Column("cqc_location_id", "identifier", "CQC location reference."),
        Column("cqc_rating", "choice", "Latest overall CQC rating.", allowed=RATINGS, example="Good"),
        Column("capacity_as_of", "date", "Day on which the spare hours were stated.", example="2025-03-24"),
        Column(
            "max_growth_hours_13w",
            "number",
            "Carer hours a week that it could add within 13 weeks.",
            minimum=0,
            maximum=MOST_PROVIDER_HOURS,
            example="60",
        ),
        _PRICE_HOUR,
        Column("services", "codes", "What it can do, in the code words of needs.", example="dementia;double_handed"),
        Column("on_framework", "yes_no", "Whether it is on the council's framework.", example="yes"),
        Column("placements_suspended", "yes_no", "Whether new placements with it are stopped.", example="no"),
    ),
    key=("provider_id",),
    required=True,
)

PARTICIPATION = Contract(
    "participation",
    "Who would take a block, where and how much. Absent: every provider on the framework, unless suspended.",
    (
        _PROVIDER_ID,
        Column("area_code", "identifier", "Area, district or postcode sector; blank: anywhere.", example="E07000081"),
        Column(
            "max_block_hours",
            "number",
            "Most block contact hours a week that it would take there, all blocks together.",
            minimum=0,
            maximum=MOST_PROVIDER_HOURS,
            above=True,
            example="200",
        ),
        Column("valid_from", "date", "First day of the offer.", example="2025-01-01"),
    ),
    key=("provider_id", "area_code", "valid_from"),
)

CALLS = Contract(
    "calls",
    "When care is wanted: a row for each call of a package. Absent: spread by a stated mix.",
    (
        Column("package_id", "identifier", "As in the packages table.", True, refers_to="packages", example="P0001"),
        Column("days", "codes", "Days of the week, joined by ;.", True, allowed=DAYS, example=";".join(DAYS)),
        Column(
            "time_band",
            "choice",
            "Part of the day.",
            True,
            allowed=("morning", "lunch", "tea", "bed", "night"),
            example="morning",
        ),
        Column(
            "minutes",
            "number",
            "Length of the call, minutes.",
            True,
            minimum=0,
            maximum=MINUTES_IN_A_DAY,
            above=True,
            example="30",
        ),
        Column("earliest", "time", "Not before this time.", example="07:00"),
        Column("latest", "time", "Not after this time.", example="09:30"),
        Column("carers_required", "whole", "Carers at this call; blank: as the package.", minimum=1, maximum=2),
        Column("time_critical", "yes_no", "Whether the time may not slip (medicines, say).", example="no"),
    ),
    rules=(latest_after_earliest(),),
)

VISITS = Contract(
    "visits",
    "Call monitoring: one row for each carer's attendance, so a double-handed visit has two. "
    "Visits of packages that the packages table does not hold are kept, counted and left out of measures.",
    (
        Column("visit_id", "identifier", "Reference of the visit.", True, example="W000001"),
        Column("carer_id", "identifier", "Pseudonym of the carer; never a name.", True, example="K014"),
        _PROVIDER_ID,
        Column("package_id", "identifier", "Whose care it is.", True, example="P0001"),
        Column("planned_start", "moment", "When it was to begin.", True, example="2025-03-24T07:45"),
        Column("planned_end", "moment", "When it was to end.", True, example="2025-03-24T08:15"),
        Column(
            "status",
            "choice",
            "What became of it; frustrated: the carer came, care could not be given.",
            True,
            allowed=("delivered", "missed", "cancelled", "frustrated"),
            example="delivered",
        ),
        Column("person_id", "identifier", "Pseudonym of the person."),
        Column("postcode", "postcode", "Where, if not at the package's postcode."),
        Column("actual_start", "moment", "When the carer logged in.", example="2025-03-24T07:52"),
        Column("actual_end", "moment", "When the carer logged out.", example="2025-03-24T08:20"),
        Column("carers_required", "whole", "Carers at this visit.", minimum=1, maximum=2, example="1"),
        Column("verification", "choice", "How the times were taken.", allowed=("auto", "manual"), example="auto"),
    ),
    key=("visit_id", "carer_id"),
    keeps_unmatched=True,
    spans=(("planned_start", "planned_end"), ("actual_start", "actual_end")),
    rules=(
        ends_after("planned_start", "planned_end"),
        ends_after("actual_start", "actual_end"),
        shorter_than_a_week("planned_start", "planned_end"),
        shorter_than_a_week("actual_start", "actual_end"),
    ),
)

AREAS = Contract(
    "areas",
    "Boundaries, in any vector format that GeoPandas reads, with a coordinate reference system.",
    (
        Column("area_code", "identifier", "Official code of the area.", True, example="X01"),
        Column("area_name", "text", "Name shown.", True, example="Example district"),
        Column(
            "area_type",
            "choice",
            "Kind of area; district is the local authority.",
            True,
            allowed=("lsoa", "msoa", "ward", "district", "sector", "other"),
            example="other",
        ),
        Column("rural_urban", "text", "Rural-urban class, as published."),
        Column("people_65plus", "number", "Residents aged 65 and over.", minimum=0, maximum=1e7),
        Column("people_85plus", "number", "Residents aged 85 and over.", minimum=0, maximum=1e7),
        Column("geometry", "geometry", "The area itself: polygons.", True),
    ),
    key=("area_type", "area_code"),
)

BLOCKS = Contract(
    "blocks",
    "Block contracts already let; plans are made around them.",
    (
        Column("block_id", "identifier", "Reference of the block.", True, example="B01"),
        _PROVIDER_ID,
        Column(
            "guaranteed_hours_week",
            "number",
            "Contact hours a week that are paid whether used or not.",
            True,
            minimum=0,
            maximum=MOST_PROVIDER_HOURS,
            example="90",
        ),
        Column("start_date", "date", "First day.", True, example="2024-10-01"),
        Column(
            "status", "choice", "State of the contract.", True, allowed=("planned", "active", "ended"), example="active"
        ),
        _PRICE_HOUR,
        Column("end_date", "date", "Last day; blank: open.", example="2026-09-30"),
    ),
    key=("block_id",),
    rules=(ends_after("start_date", "end_date"),),
)

BLOCK_AREAS = Contract(
    "block_areas",
    "The ground of each block already let: one postcode or one sector a row.",
    (
        Column("block_id", "identifier", "As in the blocks table.", True, refers_to="blocks", example="B01"),
        Column("postcode", "postcode", "One postcode; leave the sector blank."),
        Column("sector", "sector", "One postcode sector; leave the postcode blank.", example="GL1 2"),
    ),
    key=("block_id", "postcode", "sector"),
    rules=(one_of_two("postcode", "sector"),),
)

_ALL = (PACKAGES, PROVIDERS, PARTICIPATION, CALLS, VISITS, AREAS, BLOCKS, BLOCK_AREAS, LOCKS, *MARKET_CONTRACTS)
CONTRACTS: dict[str, Contract] = {contract.name: contract for contract in _ALL}
