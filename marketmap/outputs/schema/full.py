"""The columns of what ``FULL=1`` adds: alternatives, the frontier, sensitivity and the prospectus."""

from __future__ import annotations

from marketmap.outputs.plans.variant_postcodes import POSTCODE_COLUMNS
from marketmap.outputs.schema.columns import Column, OutputTable

_FIGURES = (
    Column("blocks", "count", "Proposed blocks", "blocks"),
    Column("hours_in_blocks", "hours", "Contact hours in them"),
    Column(
        "share_in_blocks",
        "part",
        "Of all hours that may be placed, those in any block, let ones included",
        whole="all hours that may be placed",
    ),
    Column(
        "travel_minutes_saved_week",
        "minutes",
        "Travel of visits delivered today, now less then, if every package in a zone moved, in the block model's own "
        "measure",
        "minutes a week",
    ),
    Column("carer_hours_moving", "hours", "That would change provider", "carer hours a week"),
    Column("hours_moving", "hours", "The same in contact hours"),
    Column("hours_waiting_placed", "hours", "Contact hours of people who wait, taken up by blocks"),
    Column(
        "pounds_above_usual_week",
        "pounds",
        "What the blocks' providers would be paid above the district's usual price; blank where prices have no weight",
        "pounds a week",
    ),
)

ALTERNATIVES = OutputTable(
    "internal/alternatives.csv",
    "the proposed plan and each alternative to it",
    (
        Column("plan", "text", "proposed, A1 or A2"),
        Column("status", "text", "found, or why there is no such plan; the figures are then the nearest one's"),
        Column(
            "share_elsewhere",
            "part",
            "Of block hours: with another provider or spot than in the proposed plan",
            whole="hours_in_blocks",
        ),
        Column(
            "share_elsewhere_others",
            "part",
            "The same against the nearest of the alternatives above it",
            whole="hours_in_blocks",
        ),
        Column("objective", "model", "At the proposed plan's weights"),
        Column("objective_given_up", "model", "What it costs more than the proposed plan"),
        Column("lower_bound", "model", "No plan of the model costs less"),
        Column("gap", "part", "(objective − lower_bound) / objective", whole="objective"),  # noqa: RUF001  a minus sign is meant
        *_FIGURES,
        Column(
            "travel_saved_given_up", "minutes", "Travel that it saves less than the proposed plan", "minutes a week"
        ),
        Column(
            "carer_hours_moving_more",
            "hours",
            "That would change provider beside the proposed plan's",
            "carer hours a week",
        ),
        Column("pounds_more_week", "pounds", "Paid above usual prices beside the proposed plan's", "pounds a week"),
        Column(
            "charge_minutes_hour", "minutes", "Charged in the search for an hour that stays; not in any figure here"
        ),
    ),
    note="Two plans differ by the share of block hours that are with another provider or left to spot purchase, "
    "the smaller of looking from the one and from the other; 20 % or more counts as really different.",
)

ALTERNATIVE_DIFFERENCES = OutputTable(
    "internal/alternative_differences.csv",
    "each of the ten largest differences of an alternative from the proposed plan",
    (
        Column("plan", "text", "The alternative"),
        Column("rank", "count", "1: the most hours", "rank"),
        Column("hours_elsewhere", "hours", "Contact hours that are elsewhere"),
        Column("difference", "text", "Where they would be, in words"),
    ),
)

ALTERNATIVE_POSTCODES = OutputTable(
    "internal/alternative_postcodes.csv",
    "each alternative and postcode in one of its blocks",
    (Column("plan", "text", "The alternative"), *POSTCODE_COLUMNS),
    note="Blocks already let are the same in every plan and not listed. Personal data by inference: a postcode with "
    "one package may identify a person. Keep it internal.",
)

FRONTIER = OutputTable(
    "internal/frontier.csv",
    "each plan of the frontier, from no hour moved to the least travel",
    (
        Column("plan", "text", "proposed, or F1, F2, …"),
        Column(
            "move_minutes_hour",
            "minutes",
            "Set blocks.move_minutes_hour to this for such a plan; blank: no hour may move",
            "minutes a carer hour",
        ),
        Column("proposed", "yes_no", "Whether it is the proposed plan"),
        Column("dominated", "yes_no", "Whether another row saves as much for fewer hours, or more for no more"),
        *_FIGURES,
        Column(
            "share_of_most_saved", "part", "Of the most travel saved in any row", whole="the table's greatest saving"
        ),
        Column(
            "share_of_most_moved",
            "part",
            "Of the most carer hours moved in any row",
            whole="the table's most hours moved",
        ),
        Column(
            "objective",
            "model",
            "At this row's own weight; where no hour may move, hours that blocks already let move are not charged",
        ),
        Column("lower_bound", "model", "No plan costs less at this row's weight, counted as the objective is"),
        Column("gap", "part", "(objective − lower_bound) / objective, at this row's weight", whole="objective"),  # noqa: RUF001
        Column("objective_proposed_weights", "model", "What this plan costs at the proposed plan's weights"),
    ),
    note="Each row is the cheapest plan found at its weight, not proven to be the best: read its gap.",
)

FRONTIER_POSTCODES = OutputTable(
    "internal/frontier_postcodes.csv",
    "each plan of the frontier but the proposed one, and postcode in one of its blocks",
    (Column("plan", "text", "As in frontier.csv"), *POSTCODE_COLUMNS),
    note="Costs are at the proposed plan's weights. Blocks already let are the same in every plan and not listed. "
    "Personal data by inference: a postcode with one package may identify a person. Keep it internal.",
)

SENSITIVITY = OutputTable(
    "internal/sensitivity.csv",
    "the plan, and each assumption that is varied",
    (
        Column("variant", "text", "Short name of the assumption; first, the plan searched on with nothing changed"),
        Column("assumption", "text", "What is assumed, in a sentence"),
        Column("status", "text", "Of the search, or why there is no plan"),
        Column("objective", "model", "In the variant's own model; not to be compared across rows"),
        Column("lower_bound", "model", "No plan of the variant costs less"),
        Column("gap", "part", "(objective − lower_bound) / objective", whole="objective"),  # noqa: RUF001  a minus sign is meant
        *_FIGURES,
        Column(
            "share_same_provider",
            "part",
            "Of the proposed plan's block hours: still in a block of that provider",
            whole="the proposed plan's block hours",
        ),
        Column(
            "blocks_kept",
            "count",
            "Proposed blocks of which more than half the hours stay together with their provider",
            "blocks",
        ),
    ),
    note="Plans are made anew for each row, for a part of the iterations of the plan itself. The first row is the plan "
    "searched on for as long, and may be cheaper than the proposed one: what differs there is the search's doing, not "
    "an assumption's. Patches are groups of a provider's own work; their size sets what spot purchase is taken to "
    "cost. In the sample county the overlap of providers' patches is planted (marketmap sample --overlap), so these "
    "rows say what follows from it, and are no evidence about any council.",
)

_HIDDEN = "* where somebody, but fewer people than may be shown, stands behind it"

PROSPECTUS = OutputTable(
    "public/prospectus.csv",
    "each proposed block",
    (
        Column("block_id", "text", "Name of the block, stable within this run only"),
        Column("district", "text", "Local-authority district of its middle"),
        Column("sectors", "list", "Postcode sectors that the zone touches, less those of a delivery office's boxes"),
        Column("zone", "text", "How many postcodes it has and the sectors with most of them; of doors, not of care"),
        Column("hours_limits", "text", "Least and most contact hours of any block, a setting", "hours a week"),
        Column("area_km2", "text", "Size of the zone, from approximate outlines", "km²"),
        Column("people", "text", "People who could be in the block, rounded", "people"),
        Column("hours_week", "text", "Client contact hours, rounded", "hours a week"),
        Column("hours_waiting", "text", "Of these for people who wait, rounded", "hours a week"),
        Column("starts_hours_13w", "text", "Hours expected to start in 13 weeks, rounded", "hours"),
        Column("usual_price_hour", "text", "Usual price in the district; * where a company could be told from it",
               "pounds an hour"),
        Column("drive_minutes", "text", "Mean drive from the zone's middle to a visit", "minutes"),
        Column("hours_morning", "text", "Contact hours in the morning, rounded", "hours a week"),
        Column("hours_lunch", "text", "The same for lunch", "hours a week"),
        Column("hours_tea", "text", "The same for tea", "hours a week"),
        Column("hours_bed", "text", "The same for bed", "hours a week"),
        Column("hours_night", "text", "The same for the night", "hours a week"),
        Column("double_handed", "part", "Share of people whose visits need two carers", "per cent",
               whole="people"),
        Column("visits_under_30", "part", "Share of visits shorter than 30 minutes", "per cent",
               whole="the zone's visits"),
        Column("visits_30_to_44", "part", "Share of visits of 30 to 44 minutes", "per cent",
               whole="the zone's visits"),
        Column("visits_45_to_59", "part", "Share of visits of 45 to 59 minutes", "per cent",
               whole="the zone's visits"),
        Column("visits_60_and_over", "part", "Share of visits of an hour or more", "per cent",
               whole="the zone's visits"),
        Column("district_morning", "part", "Share of the district's contact hours in the morning", "per cent",
               whole="the district's contact hours"),
        Column("district_lunch", "part", "The same for lunch", "per cent",
               whole="the district's contact hours"),
        Column("district_tea", "part", "The same for tea", "per cent",
               whole="the district's contact hours"),
        Column("district_bed", "part", "The same for bed", "per cent",
               whole="the district's contact hours"),
        Column("district_night", "part", "The same for the night", "per cent",
               whole="the district's contact hours"),
        Column("district_double_handed", "part", "Share of the district's people who need two carers", "per cent",
               whole="the district's people"),
        Column("district_visits_under_30", "part", "Share of the district's visits under 30 minutes", "per cent",
               whole="the district's visits"),
        Column("district_visits_30_to_44", "part", "The same of 30 to 44 minutes", "per cent",
               whole="the district's visits"),
        Column("district_visits_45_to_59", "part", "The same of 45 to 59 minutes", "per cent",
               whole="the district's visits"),
        Column("district_visits_60_and_over", "part", "The same of an hour or more", "per cent",
               whole="the district's visits"),
        Column("needs", "list", "What enough people there need of a provider, joined by semicolons"),
        Column("basis", "text", "What the figures rest on: real or synthetic data, real or illustrative roads"),
    ),
    note=f"May be given to providers. Every figure went through one gate: {_HIDDEN}, counts and hours rounded, a need "
    "that few people share not listed. An invitation to talk, not an offer: hours are of today's packages and nothing "
    "is guaranteed.",
)  # fmt: skip

FULL_TABLES = (
    ALTERNATIVES,
    ALTERNATIVE_DIFFERENCES,
    ALTERNATIVE_POSTCODES,
    FRONTIER,
    FRONTIER_POSTCODES,
    SENSITIVITY,
    PROSPECTUS,
)
