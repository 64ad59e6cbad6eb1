"""The columns of the tables that plans, clusters and calibration write: each with its meaning and its unit.

The one place that says so. The CSV writer, the reader, the app's column headings and ``docs/outputs.md`` all
read these lists.
"""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, Evidence, OutputTable

BLOCK_PROPOSALS = OutputTable(
    "internal/block_proposals.csv",
    "each block",
    (
        Column("block_id", "text", "Name of the block, stable within this run only"),
        Column(
            "status", "text", "proposed: suggested by this run; existing: a contract already let; held: kept by a lock"
        ),
        Column("suggested_provider_id", "text", "Costs least here in this plan, given its other blocks"),
        Column("suggested_provider_name", "text", "Its name, as the providers table gives it"),
        Column("company_id", "text", "The company behind the provider; the share cap counts companies"),
        Column("cqc_rating", "text", "The provider's latest CQC rating, as the providers table gives it"),
        Column("centre_postcode", "text", "The postcode that the block's travel is counted from"),
        Column("district_code", "text", "Local-authority district of the centre (ONS code)"),
        Column("district_name", "text", "Its name"),
        Column(
            "sectors",
            "list",
            "Postcode sectors that the zone touches, joined by semicolons; those of postcodes that stand "
            "together on a delivery office count only where it has no others",
        ),
        Column("postcodes", "count", "Live postcodes in the zone, with or without a package", "postcodes"),
        Column("people", "count", "People with a placeable package in the zone", "people"),
        Column("packages", "count", "Placeable packages in the zone", "packages"),
        Column("hours_zone", "hours", "Placeable client contact hours: already held + with others + waiting"),
        Column("hours_already_with_provider", "hours", "Of hours_zone: delivered by the suggested provider today"),
        Column(
            "hours_with_others", "hours", "Of hours_zone: delivered by other providers; they move only by agreement"
        ),
        Column("hours_waiting", "hours", "Of hours_zone: for people who wait for a provider"),
        Column("hours_fixed", "hours", "Marked do_not_move inside the zone; not counted in hours_zone"),
        Column("expected_starts_hours_13w", "hours", "New hours expected to start in 13 weeks", "hours"),
        Column("expected_ends_hours_13w", "hours", "Hours expected to end in 13 weeks", "hours"),
        Column("hours_guaranteed_start", "hours", "What could be guaranteed on day one: already held + waiting"),
        Column(
            "weeks_to_fill",
            "weeks",
            "Until the guarantee is delivered in full: start_weeks for who waits, then expected starts; blank: never, "
            "or nothing is guaranteed",
        ),
        Column(
            "void_cost_pounds_week",
            "pounds",
            "Guaranteed carer hours that the provider does not deliver yet × the price, each week until filled",
            "pounds a week",
        ),
        Column(
            "annual_value_pounds",
            "pounds",
            "Guaranteed carer hours × 52 weeks × the price; of a contract already let, its guaranteed hours",
            "pounds a year",
        ),
        Column("carers_full_time", "carers", "Full-time carers needed for the whole zone"),
        Column("carers_at_peak_morning", "count", "Carers at work at once, at least, in the busiest morning", "carers"),
        Column("carers_at_peak_lunch", "count", "The same for lunch", "carers"),
        Column("carers_at_peak_tea", "count", "The same for tea", "carers"),
        Column("carers_at_peak_bed", "count", "The same for bed", "carers"),
        Column("carer_hours_zone", "hours", "Zone hours × carers required", "carer hours a week"),
        Column("carer_visits_week", "visits", "Visits in the zone × carers required"),
        Column("minutes_per_visit_now", "minutes", "Modelled travel per carer visit with today's providers"),
        Column("minutes_per_visit_proposed", "minutes", "Modelled travel per carer visit in the block"),
        Column(
            "travel_minutes_saved_week",
            "minutes",
            "The difference if every package in the zone moved, in the block model's own measure: several times what "
            "rounds would save, so no forecast",
            "minutes a week",
        ),
        Column(
            "driving_minutes_saved_week",
            "minutes",
            "Driving in carers' rounds saved if every package in all zones moved, those of other zones too: estimated "
            "as simulated rounds drive; with the block's part of what its providers then drive outside blocks",
            "minutes a week",
        ),
        Column("cost_travel", "model", "Objective: travel between visits and the centre"),
        Column("cost_rounds", "model", "Objective: from where the provider's rounds begin, and back"),
        Column("cost_moves", "model", "Objective: carer hours that would change hands"),
        Column("cost_price", "model", "Objective: pounds above the usual price"),
        Column("cost_block", "model", "Objective: a block's own contract and rota"),
        Column("cost_total", "model", "The five together"),
        Column("cost_if_left_spot", "model", "What the same points would cost left to spot purchase"),
        Column(
            "gain_travel", "model", "Gain: today's modelled travel less cost_travel, which drives to who waits as well"
        ),
        Column("gain_waiting", "model", "Gain: carer hours of who waits × the charge for leaving them without care"),
        Column("gain_rounds", "model", "Gain: less cost_rounds, so a loss"),
        Column("gain_moves", "model", "Gain: less cost_moves, so a loss"),
        Column("gain_price", "model", "Gain: less cost_price, so a loss"),
        Column("gain_block", "model", "Gain: less cost_block, so a loss"),
        Column("gain_total", "model", "The six together: cost_if_left_spot less cost_total"),
        Column(
            "backup_provider_id",
            "text",
            "Who could step in for the guarantee (next_providers.csv); blank: nobody",
        ),
        Column("rollout_rank", "count", "Place in the order of starts (rollout.csv); blank if already let", "rank"),
        Column(
            "rollout_after",
            "list",
            "Blocks that must come first for the room, beside its provider's own earlier blocks; chosen greedily",
        ),
        Column("reason", "text", "Why this block, in a sentence"),
        Column("basis", "text", "What the figures rest on: real or synthetic data, real or illustrative roads"),
    ),
    note="The zone is not the guarantee: read hours_guaranteed_start. A suggested provider is a suggestion to people "
    "who decide, never an award.",
)

BLOCK_POSTCODES = OutputTable(
    "internal/block_postcodes.csv",
    "each live postcode of the county, and any terminated one still in use, in order",
    (
        Column("postcode", "text", "The postcode, with one space"),
        Column("block_id", "text", "Its block, or spot: buy package by package"),
        Column("suggested_provider_id", "text", "The block's suggested provider; blank for spot"),
        Column("suggested_provider_name", "text", "Its name"),
        Column("live", "text", "yes, no or unknown: whether the postcode is in use, where the source tells"),
        Column("reason", "text", "Why it is in this block, or why it is left to spot purchase"),
    ),
    note="The broker's look-up. It lists every postcode, so it is not a list of where clients live. Where "
    "no directory with dates is named in the settings, live is unknown and terminated postcodes stand in it too.",
)

BLOCK_POINTS = OutputTable(
    "internal/block_points.csv",
    "each postcode with placeable demand",
    (
        Column("postcode", "text", "The postcode, with one space"),
        Column("block_id", "text", "Its block, or spot"),
        Column("centre_postcode", "text", "The block's centre; blank for spot"),
        Column("district_code", "text", "Local-authority district (ONS code)"),
        Column("packages", "count", "Placeable packages here", "packages"),
        Column("people", "count", "People with a placeable package here", "people"),
        Column("contact_hours", "hours", "Client contact hours"),
        Column("carer_hours", "hours", "Contact hours × carers required", "carer hours a week"),
        Column("carer_visits", "visits", "Visits × carers required"),
        Column("hours_waiting", "hours", "Contact hours of people who wait"),
        Column("carer_hours_held", "hours", "Delivered here by the suggested provider today", "carer hours a week"),
        Column("minutes_to_centre", "minutes", "Road time to the block's centre; blank for spot"),
        Column("minutes_outside", "minutes", "Mean road time per carer visit with today's providers"),
        Column("cost_travel", "model", "Its part of the block's cost_travel"),
        Column("cost_rounds", "model", "Its part of the block's cost_rounds"),
        Column("cost_moves", "model", "Its part of the block's cost_moves"),
        Column("cost_price", "model", "Its part of the block's cost_price"),
        Column("cost_outside", "model", "What it costs, or would cost, left to spot purchase"),
    ),
    note="Personal data by inference: a postcode with one package may identify a person. Keep it internal.",
)

ELIGIBLE_PROVIDERS = OutputTable(
    "internal/eligible_providers.csv",
    "each block and provider",
    (
        Column("block_id", "text", "The block"),
        Column("provider_id", "text", "The provider"),
        Column("provider_name", "text", "Its name"),
        Column(
            "eligible",
            "yes_no",
            "Whether it could have the block, before this plan gives its room to others",
        ),
        Column("suggested", "yes_no", "Whether it is the one suggested"),
        Column("minutes_week", "model", "The block's cost if it were chosen; blank if not eligible"),
        Column("hours_already_with_provider", "hours", "Zone hours that it delivers today"),
        Column("reason", "text", "Why it is eligible, or why not"),
    ),
    note="The audit trail for a call-off or a mini-competition.",
)

NEIGHBOURS = OutputTable(
    "internal/neighbours.csv",
    "each pair of postcodes that are next to each other along the roads",
    (
        Column("postcode_a", "text", "The first of the pair in order"),
        Column("postcode_b", "text", "The second"),
        Column("minutes", "minutes", "Road time between them"),
    ),
    note="Zones hang together on this graph.",
)

UNPLACED = OutputTable(
    "internal/unplaced.csv",
    "each input row that has no place on the map",
    (
        Column("table", "text", "The input table"),
        Column("row", "count", "Its row there as a spreadsheet shows it", "row number"),
        Column("id", "text", "The row's identifier"),
        Column("postcode", "text", "The postcode as given"),
        Column("reason", "text", "Why it could not be placed"),
    ),
    note="These rows are counted in totals and left out of maps and blocks.",
)

REJECTED = OutputTable(
    "internal/rejected.csv",
    "each input row that was rejected",
    (
        Column("table", "text", "The input table"),
        Column("row", "count", "Its row there as a spreadsheet shows it", "row number"),
        Column("reason", "text", "What is wrong with it"),
    ),
    note="Written only where the settings allow rejected rows. The row's own known columns follow, as given.",
    open_ended=True,
)

CLUSTERS = OutputTable(
    "internal/clusters.csv",
    "each cluster of demand",
    (
        Column("cluster_id", "text", "Name of the cluster, stable within this run only"),
        Column("centre_postcode", "text", "The member with the least travel from all the others"),
        Column("sectors", "list", "Postcode sectors of its members, joined by semicolons"),
        Column("postcodes", "count", "Postcodes with placeable demand in it", "postcodes"),
        Column("packages", "count", "Placeable packages", "packages"),
        Column("contact_hours", "hours", "Client contact hours"),
        Column("carer_visits", "visits", "Visits × carers required"),
        Column("minutes_per_visit", "minutes", "Mean road time per carer visit to the centre"),
        Column("providers", "count", "Providers that work there today", "providers"),
        Column(
            "largest_provider_share",
            "part",
            "The largest one's share of the hours held; blank where none is held",
            whole="contact_hours less those that wait",
        ),
    ),
    note="No two members of a cluster are further apart by road than the settings say.",
)

CLUSTER_POSTCODES = OutputTable(
    "internal/cluster_postcodes.csv",
    "each postcode with placeable demand",
    (
        Column("postcode", "text", "The postcode, with one space"),
        Column("cluster_id", "text", "Its cluster"),
    ),
)

CALIBRATION = OutputTable(
    "internal/calibration.csv",
    "each scenario and kind of area",
    (
        Column("scenario", "text", "any: all hours together; offpeak, peak or night by when the carer left"),
        Column("area", "text", "all, outside or inside built-up areas"),
        Column("gaps", "count", "Gaps between visits that may be used", "gaps"),
        Column("gaps_fitted", "count", "Those that the factor rests on", "gaps"),
        Column("carer_days", "count", "Days of carers that they are from", "carer-days"),
        Column(
            "basis", "text", "Which gaps these are: all, or those that began too late for a wait until the planned hour"
        ),
        Column("minutes_modelled", "minutes", "Modelled time on the roads there, mean of the gaps"),
        Column("factor", "factor", "What the modelled time is to be multiplied by; blank where there is none"),
        Column("factor_low", "factor", "Lower end of its 95 % interval"),
        Column("factor_high", "factor", "Upper end"),
        Column("status", "text", "fitted; not enough data or not supported, and why"),
        Column("gaps_pure", "count", "Of gaps_fitted: hold no more than two minutes beyond the journey", "gaps"),
        Column(
            "pure_share",
            "share",
            "The fitted share of such gaps, over all kinds of areas that were fitted together",
            evidence=Evidence(n="gaps_pure", of="gaps_fitted", low="pure_low", high="pure_high"),
        ),
        Column("pure_low", "share", "Lower end of its 95 % interval (Wilson)"),
        Column("pure_high", "share", "Upper end"),
        Column("spread", "index", "Spread of journeys' times about the model", "standard deviation of the logarithm"),
        Column("door_minutes", "minutes", "Least time in a gap beyond the journey: leaving, parking, logging in"),
    ),
    note="From automatic log-ins only. Minutes are those of the roads as built, before any scenario's factors.",
)

CALIBRATION_GAPS = OutputTable(
    "internal/calibration_gaps.csv",
    "each reason why gaps between visits were or were not used",
    (
        Column("reason", "text", "used, or why not; the first reason that applies"),
        Column("gaps", "count", "How many", "gaps"),
    ),
)

MONITORING_COVERAGE = OutputTable(
    "internal/monitoring_coverage.csv",
    "each provider with active packages or visits",
    (
        Column("provider_id", "text", "The provider"),
        Column("provider_name", "text", "Its name, as the providers table gives it"),
        Column("days", "count", "Days that the visits table spans", "days"),
        Column("hours_commissioned", "hours", "Of its active packages over those days", "carer hours"),
        Column("hours_listed", "hours", "Planned hours of every visit to known packages, missed too", "carer hours"),
        Column("hours_monitored", "hours", "Of those, planned hours of visits that somebody made", "carer hours"),
        Column("hours_automatic", "hours", "Of those, logged automatically", "carer hours"),
        Column(
            "coverage",
            "part",
            "Monitored ÷ commissioned; blank where nothing is commissioned",
            "ratio",
            whole="hours_commissioned",
        ),
        Column(
            "automatic_coverage", "part", "Logged automatically ÷ commissioned", "ratio", whole="hours_commissioned"
        ),
        Column(
            "automatic_share",
            "part",
            "Of the hours of visits made, those logged automatically",
            whole="hours_monitored",
        ),
        Column("enough", "yes_no", "Whether coverage reaches the setting least_coverage"),
    ),
    note="All kinds of service count as commissioned; live-in care has no visits and so lowers a provider's coverage.",
)

TABLES = (
    BLOCK_PROPOSALS,
    BLOCK_POSTCODES,
    BLOCK_POINTS,
    ELIGIBLE_PROVIDERS,
    NEIGHBOURS,
    UNPLACED,
    REJECTED,
    CLUSTERS,
    CLUSTER_POSTCODES,
    CALIBRATION,
    CALIBRATION_GAPS,
    MONITORING_COVERAGE,
)
