"""The tables that a broker takes away from the app: answers to a list of postcodes, who is near, and who waits."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable

_PLAN = (
    Column("block_id", "text", "The block that the postcode is in; spot: buy package by package; blank: unknown"),
    Column("block_status", "text", "proposed: a suggestion that nobody has decided; existing: already let; held"),
    Column("provider_id", "text", "The block's provider, suggested or under contract; blank for spot"),
    Column("provider_name", "text", "Its name"),
    Column("backup_id", "text", "Who could stand in; blank where the plan names nobody"),
    Column("backup_name", "text", "Its name"),
)

ANSWERS = OutputTable(
    "answers.csv",
    "each line asked, in order",
    (
        Column("line", "count", "Line of the list, as given", "line number"),
        Column("asked", "text", "What stood there"),
        Column("postcode", "text", "The postcode in its usual spelling; blank where it is none"),
        Column("answer", "text", "block, spot, not a postcode, or not in this county"),
        *_PLAN,
        Column("reason", "text", "Why it is in this block, or left to spot purchase"),
    ),
)

NEAREST = OutputTable(
    "nearest_providers.csv",
    "each provider, nearest first",
    (
        Column("provider_id", "text", "The provider"),
        Column("provider_name", "text", "Its name"),
        Column("minutes", "minutes", "Road minutes from the postcode to the nearest package that it delivers now"),
        Column("km_straight", "km", "The same in a straight line"),
        Column("basis", "text", "road; straight line: no road times any of its packages; no work now"),
        Column("beside", "text", "Whether it delivers in this postcode or the next one along the road"),
        Column("packages_near", "count", "Packages that it delivers within the near_minutes setting", "packages"),
        Column("hours_spare_week", "hours", "What it says it could take on top", "carer hours a week"),
        Column("capacity_as_of", "text", "The day on which it said so; blank: not known"),
        Column("capacity_age_days", "days", "Days from then to the extract"),
        Column("cqc_rating", "text", "As given"),
        Column("standing", "text", "Why not to ask it: placements suspended, or not on the framework"),
    ),
)

WAITING_LIST = OutputTable(
    "waiting_list.csv",
    "each package that waits for a provider, greatest risk first, then the longest wait",
    (
        Column("risk", "text", "By where the person waits, 1 the greatest: a rule of thumb, not an assessment"),
        Column("days", "days", "Days waited to the extract; blank: no date is given"),
        Column("long", "yes_no", "Whether that is more than the long_wait_days setting"),
        Column("waiting_since", "text", "The day that the wait is counted from"),
        Column("package_id", "text", "The package"),
        Column("person_id", "text", "The person"),
        Column("postcode", "text", "Where care is wanted"),
        Column("district_name", "text", "Local authority"),
        Column("service_type", "text", "Kind of care"),
        Column("funding", "text", "Who pays"),
        Column("hours_week", "hours", "Client contact hours"),
        Column("visits_week", "count", "Visits", "visits a week"),
        Column("carers_required", "count", "Carers at each visit", "carers"),
        Column("needs", "text", "What carers must be able to do"),
        *_PLAN,
        Column("provider_spare", "hours", "What the block's provider says it could take", "carer hours a week"),
        Column("provider_spare_days", "days", "How old that is: days from then to the extract"),
    ),
    note="Personal data. Keep it internal.",
)

BROKER_TABLES = (ANSWERS, NEAREST, WAITING_LIST)
