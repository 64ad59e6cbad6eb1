"""The columns of the simulated rounds, of what they cost and of what each policy saves."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable

BASIS = Column("basis", "text", "What the figures rest on: the data and the roads")
POLICY = Column(
    "policy",
    "text",
    "Who makes which visit: today; swaps (those agreed or listed); all (everything in a zone to its block, an upper "
    "bound); new_only (who begins goes to the block), with the months ahead",
)
LEVEL = Column("level", "text", "Kind of area: county, rural, district_code, block or provider")
AREA = Column("area_code", "text", "The area, block or provider; unplaced: in none")
DAYS = Column("days", "count", "Days simulated: fewer than asked for where the run was stopped", "days")
CLOCK = "minutes after midnight"

ROUNDS = OutputTable(
    "internal/rounds.csv",
    "each visit of a simulated round",
    (
        POLICY,
        Column("day", "text", "The day; a night's visits after midnight belong to the day before"),
        Column("provider_id", "text", "Whose round it is"),
        Column("round", "count", "Number of the round within provider and day"),
        Column("shift", "text", "Its shift"),
        Column("carers", "count", "Carers who go together", "carers"),
        Column("place", "count", "Place in the round, 1 first"),
        Column("visit_id", "text", "The visit; made up for people who do not have care yet"),
        Column("package_id", "text", "Whose care it is; new-…: somebody still to come"),
        Column("postcode", "text", "Where, with one space"),
        Column("travel_minutes", "minutes", "To it, parking included", "minutes"),
        Column("arrives", "minutes", "When the carers are there", CLOCK),
        Column("wait_minutes", "minutes", "Waited there, unpaid", "minutes"),
        Column("break_minutes", "minutes", "Break taken before it, unpaid", "minutes"),
        Column("begins", "minutes", "When it begins", CLOCK),
        Column("ends", "minutes", "When it ends", CLOCK),
        Column("earliest", "minutes", "May begin from", CLOCK),
        Column("latest", "minutes", "May begin until", CLOCK),
        Column("back_minutes", "minutes", "Back to where the round ends, at its last visit", "minutes"),
    ),
    note="Simulated, not a rota: nobody drove these rounds. Every policy has the same visits and the same rules.",
)

AS_TODAY = OutputTable(
    "internal/rounds_as_today.csv",
    "each visit of a simulated round that a policy of the future is compared with",
    ROUNDS.columns,
    note="The same visits so many months ahead, who begins placed as today. Written where new_only is simulated; the "
    "other policies are compared with the rounds of today in rounds.csv.",
)

PLACES = OutputTable(
    "internal/round_places.csv",
    "each postcode that a simulated round comes to",
    (
        Column("postcode", "text", "The postcode, with one space"),
        Column("district_code", "text", "Its district"),
        Column("rural", "text", "rural or urban; unplaced: not known"),
        Column("block_id", "text", "Its block under the plan given; outside: in none; blank where no plan was given"),
    ),
    note="What sums rounds up by area: with it every row of round_measures.csv and round_differences.csv can be found "
    "again.",
)

UNSERVED = OutputTable(
    "internal/rounds_unserved.csv",
    "each visit that no simulated round could hold",
    (
        POLICY,
        Column("day", "text", "The day"),
        Column("provider_id", "text", "Whose visit it is"),
        Column("visit_id", "text", "The visit"),
        Column("package_id", "text", "Whose care it is"),
        Column("postcode", "text", "Where, if known"),
        Column("carers", "count", "Carers it needs", "carers"),
        Column("minutes", "minutes", "How long it is", "minutes"),
        Column("reason", "text", "Why it is in no round"),
    ),
)

MEASURES = OutputTable(
    "internal/round_measures.csv",
    "each policy and area",
    (
        POLICY,
        LEVEL,
        AREA,
        DAYS,
        Column("provider_days", "count", "Days × providers behind the figures"),
        Column("attendances", "count", "Carers' visits", "carer visits"),
        Column("carer_hours", "hours", "Contact hours × carers, over the days simulated", "carer hours"),
        Column("travel_minutes", "minutes", "Between visits, each carer's, over the days simulated", "minutes"),
        Column("minutes_hour", "minutes", "Travel for each carer hour of contact", "minutes a carer hour"),
        Column("miles", "mean", "The minutes at the assumed speed", "miles"),
        Column(
            "paid_contact_part", "part", "Contact of paid time", whole="contact and travel of these rounds, in full"
        ),
        Column("rounds_day", "mean", "Rounds that come there, mean of days", "rounds a day"),
        Column("carers_at_once", "carers", "Most carers there or on the way there at any moment"),
        BASIS,
    ),
    note="Simulated. A journey belongs to the area of the visit that it leads to.",
)

DIFFERENCES = OutputTable(
    "internal/round_differences.csv",
    "each policy and area, against the same visits made as today",
    (
        POLICY,
        LEVEL,
        AREA,
        DAYS,
        Column("provider_days", "count", "Days × providers that are compared in pairs"),
        Column("carer_hours", "hours", "Contact hours × carers, over the days simulated", "carer hours"),
        Column("minutes_before", "minutes", "Travel as today", "minutes"),
        Column("minutes_after", "minutes", "Travel under the policy", "minutes"),
        Column("minutes_saved", "minutes", "The first less the second; below 0: more travel", "minutes"),
        Column("minutes_saved_low", "minutes", "Lower end of its interval (rounds.confidence)", "minutes"),
        Column("minutes_saved_high", "minutes", "Upper end", "minutes"),
        Column("minutes_hour_before", "minutes", "Travel for each carer hour as today", "minutes a carer hour"),
        Column("minutes_hour_after", "minutes", "And under the policy", "minutes a carer hour"),
        Column("minutes_hour_change", "minutes", "The second less the first", "minutes a carer hour"),
        Column("minutes_hour_change_low", "minutes", "Lower end of its interval", "minutes a carer hour"),
        Column("minutes_hour_change_high", "minutes", "Upper end", "minutes a carer hour"),
        Column(
            "hours_released", "hours", "Contact that the freed time holds with its own travel", "carer hours a week"
        ),
        Column(
            "hours_ceiling",
            "hours",
            "The ceiling s·c ÷ (1 - s) of the contact hours: all freed time is contact (s: travel of paid time)",
            "carer hours a week",
        ),
        Column("miles_saved_year", "mean", "At the assumed speed", "miles a year"),
        Column("mileage_pounds_saved_year", "pounds", "At the mileage allowance that basis names", "pounds a year"),
        Column("kgco2e_saved_year", "mean", "At the factor of the next columns", "kgCO2e a year"),
        Column("co2e_km", "emission", "Factor used, which basis names with its source: rounds.co2e_km"),
        Column("co2e_year", "count", "Year of the factor: rounds.co2e_year", "year"),
        Column(
            "basis",
            "text",
            "What the figures rest on: the data, the roads, and what turned minutes into miles, pounds and kgCO2e",
        ),
    ),
    note="Simulated against simulated: neither side has the credit of better routing. Intervals: over provider-days. "
    "A provider's row is no saving: its work moves, and travel with it (hours after: round_measures.csv).",
)

DRIVEN = OutputTable(
    "internal/rounds_driven.csv",
    "each provider, as call monitoring saw its rounds",
    (
        Column("provider_id", "text", "The provider"),
        Column("hours_commissioned", "hours", "Bought over the days of call monitoring", "carer hours"),
        Column("hours_monitored", "hours", "Of these, seen", "carer hours"),
        Column("coverage", "part", "Seen of bought; may be above 1", whole="hours_commissioned"),
        Column("enough", "yes_no", "Whether that is enough to judge today by (calibration.least_coverage)"),
        Column("attendances", "count", "Delivered", "carer visits"),
        Column("carer_hours", "hours", "Planned contact of these", "carer hours"),
        Column("carer_days", "count", "Carers × days"),
        Column("journeys", "count", "From one visit of a carer's day to the next"),
        Column("driven_minutes", "minutes", "By road in the order of log-ins, parking included", "minutes"),
        Column("driven_minutes_hour", "minutes", "The same for each carer hour", "minutes a carer hour"),
        Column("simulated_minutes_hour", "minutes", "Of the simulated rounds of today", "minutes a carer hour"),
        Column("gap_minutes", "minutes", "From log-out to next log-in, waits and breaks included", "minutes"),
        Column("gap_minutes_hour", "minutes", "The same for each carer hour", "minutes a carer hour"),
        Column("gaps_too_long", "count", "Gaps longer than calibration.longest_gap_minutes, left out"),
        Column("overlaps", "count", "Visits that began before the same carer's last had ended"),
        Column("carers_a_package", "mean", "Different carers at a package, mean of packages", "carers"),
        BASIS,
    ),
    note="The fair comparison is simulated against simulated: what lies between driven and simulated is routing, which "
    "no block brings.",
)

FIT = OutputTable(
    "internal/round_fit.csv",
    "each set of visits that estimates of travel were fitted on or tried on",
    (
        Column("set", "text", "The set"),
        Column("kind", "text", "place: everybody's nearest visits to one; provider: one provider's"),
        Column("held_out", "yes_no", "Whether it was left out of the fit, to tell the error"),
        Column("number", "count", "Visits in it", "visits"),
        Column("carer_hours", "hours", "Their length × carers, on the day", "carer hours"),
        Column("travel", "minutes", "Travel of its simulated rounds, each carer's", "minutes"),
        Column("estimated", "minutes", "By the nearest two of each visit", "minutes"),
        Column("by_centre", "minutes", "By the minutes from its middle × the factor", "minutes"),
        Column("by_patches", "minutes", "By the minutes from its providers' patches × the factor", "minutes"),
    ),
    note="From rounds --fit. What was fitted stands in internal/round_factors.toml; --factors uses it.",
)

ROUND_TABLES = (ROUNDS, AS_TODAY, UNSERVED, PLACES, MEASURES, DIFFERENCES, DRIVEN, FIT)
