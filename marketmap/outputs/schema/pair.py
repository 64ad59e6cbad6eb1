"""Tables of two plans laid side by side."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable

PLAN_DIFFERENCES = OutputTable(
    "plan_differences.csv",
    "each pair of a block of the first plan and one of the second between which hours change hands",
    (
        Column("block_first", "text", "The block in the first plan, or spot"),
        Column("provider_first", "text", "Its provider there; blank for spot"),
        Column("was", "text", "That provider's name, or that it is left to spot purchase"),
        Column("block_second", "text", "The block in the second plan, or spot"),
        Column("provider_second", "text", "Its provider there; blank for spot"),
        Column("now", "text", "That provider's name, or that it is left to spot purchase"),
        Column("postcodes", "count", "Postcodes with placeable demand that differ so", "postcodes"),
        Column("packages", "count", "Placeable packages there", "packages"),
        Column("contact_hours", "hours", "Placeable contact hours there"),
    ),
    note="Only work that is with another provider, or in a block in one plan and not in the other: a zone drawn anew "
    "for the same provider is no difference to anybody who is cared for.",
)
PLAN_FIGURES = OutputTable(
    "plan_figures.csv",
    "each figure of two plans",
    (
        Column("figure", "text", "What it is"),
        Column("unit", "text", "In which unit"),
        Column("first", "model", "In the first plan", "as the unit says"),
        Column("second", "model", "In the second plan", "as the unit says"),
        Column("change", "model", "The second less the first", "as the unit says"),
    ),
)
PAIR_TABLES = (PLAN_DIFFERENCES, PLAN_FIGURES)
