"""The columns of the evaluation of a roll-out."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable

BASIS = Column("basis", "text", "What the figures rest on: the data and the roads")
SCALED = "as scale says"

ROLL_OUT = OutputTable(
    "internal/roll_out.csv",
    "each outcome",
    (
        Column("outcome", "text", "hours_delivered, travel, days_waited or leakage"),
        Column("meaning", "text", "What it is, with its unit"),
        Column(
            "scale",
            "text",
            "ratio: the effect is a change in proportion (0.08 is 8 % more); difference: in the outcome's own unit",
        ),
        Column("answer", "text", "more inside; less inside; no effect shown; not told"),
        Column("effect", "index", "Change inside less change outside; blank where not told", SCALED),
        Column("low", "index", "Lower end of its interval (evaluation.confidence)", SCALED),
        Column("high", "index", "Upper end of its interval", SCALED),
        Column(
            "detectable",
            "index",
            "Smallest effect that these areas would have shown, at the power asked for (evaluation.power)",
            SCALED,
        ),
        Column("p_value", "index", "Probability of so large a difference if there were no effect"),
        Column("inside", "count", "Areas inside that count", "areas"),
        Column("outside", "count", "Areas outside that they are compared with", "areas"),
        Column("before_inside", "index", "Mean of the areas inside before", "as meaning says"),
        Column("after_inside", "index", "Mean of the areas inside after", "as meaning says"),
        Column("before_outside", "index", "Mean of the areas outside before", "as meaning says"),
        Column("after_outside", "index", "Mean of the areas outside after", "as meaning says"),
        Column("kinds", "text", "Kinds of area that were compared, each with its own"),
        Column("comparison", "text", "What the areas inside are compared with"),
        Column("why_not", "text", "Why nothing is told"),
        BASIS,
    ),
    note="Difference in differences over areas, written by `marketmap evaluate`. No effect shown is not no effect: see "
    "detectable. Areas are taken to change independently, and to have gone alike without blocks.",
)

ROLL_OUT_AREAS = OutputTable(
    "internal/roll_out_areas.csv",
    "each block and each postcode sector's ground outside all blocks",
    (
        Column("area", "text", "The area"),
        Column("inside", "yes_no", "Whether it is a block's ground"),
        Column("kind", "text", "rural or urban, by most of its postcodes"),
        Column("block_id", "text", "The block; blank outside"),
        Column("provider_id", "text", "The block's provider; blank outside"),
        Column("counted", "yes_no", "Whether it is among those compared"),
        Column("why_not", "text", "Why it is not"),
        Column("hours_delivered_before", "hours", "Contact hours delivered before"),
        Column("hours_delivered_after", "hours", "Contact hours delivered after"),
        Column("travel_before", "minutes", "Modelled minutes between visits before", "minutes a carer hour"),
        Column("travel_after", "minutes", "The same after", "minutes a carer hour"),
        Column("days_waited_before", "days", "Mean days waited by those who began before"),
        Column("days_waited_after", "days", "Mean days waited by those who began after"),
        Column("leakage_before", "index", "Of the starts before, those with another than the area's own provider"),
        Column("leakage_after", "index", "The same after"),
        BASIS,
    ),
)

ROLL_OUT_TABLES = (ROLL_OUT, ROLL_OUT_AREAS)
