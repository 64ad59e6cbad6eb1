"""The market picture in hours and pounds: package growth, what the cost is made of, and prices."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable
from marketmap.outputs.schema.flow import AREA_COLUMNS, estimate_columns

PACKAGE_GROWTH = OutputTable(
    "internal/package_growth.csv",
    "each provider with people on both days, and all of them",
    (
        Column("provider_id", "text", "The provider; all for the last row"),
        Column("people", "count", "With it on both days", "people"),
        Column("hours_before", "hours", "Their contact hours growth_weeks before the snapshot"),
        Column("hours_after", "hours", "Those on the snapshot"),
        Column("change_hours", "hours", "The difference"),
        *estimate_columns(
            "change_share",
            "share",
            "change_hours ÷ hours_before",
            n="change_hours",
            of="hours_before",
            method="bootstrap over people",
            unit="share, minus for less",
        ),
        Column("people_cut", "count", "Whose hours fell by large_change or more", "people"),
        *estimate_columns("cut_share", "share", "people_cut ÷ people", n="people_cut", of="people"),
        Column("people_risen", "count", "Whose hours rose by large_change or more", "people"),
        *estimate_columns("risen_share", "share", "people_risen ÷ people", n="people_risen", of="people"),
        Column("large_change", "text", "cut or risen, where all its people's hours together changed so much"),
    ),
)
GROWTH_FINDINGS = OutputTable(
    "internal/package_growth_findings.csv",
    "each finding on large changes",
    (
        Column("finding", "text", "people or providers, cut or risen"),
        Column("number", "count", "How many"),
        Column("among", "count", "Among how many"),
        *estimate_columns("share", "share", "number ÷ among", n="number", of="among"),
        Column("warning", "text", "Where it rests on fewer than few_firms providers"),
    ),
)
COST_CHANGE = OutputTable(
    "internal/cost_change.csv",
    "each payer, and all of them",
    (
        Column("funding", "text", "Who pays; all for the last row"),
        Column("pounds_before", "pounds", "Weekly cost growth_weeks before the snapshot", "pounds a week"),
        Column("pounds_starts", "pounds", "Of packages that are active on the later day only", "pounds a week"),
        Column("pounds_ends", "pounds", "Of those active on the earlier day only, as a minus", "pounds a week"),
        Column("pounds_growth", "pounds", "Change of carer hours at the earlier price", "pounds a week"),
        Column("pounds_price", "pounds", "Change of price on the later hours", "pounds a week"),
        Column("pounds_funding", "pounds", "Packages that changed payer; nothing in all", "pounds a week"),
        Column("pounds_after", "pounds", "Weekly cost on the snapshot: the sum of all before it", "pounds a week"),
        Column("packages_before", "count", "Active on the earlier day", "packages"),
        Column("packages_started", "count", "Active on the later day only", "packages"),
        Column("packages_ended", "count", "Active on the earlier day only", "packages"),
        Column("packages_after", "count", "Active on the later day", "packages"),
        Column("packages_unpriced", "count", "Left out of the pounds: no price on either day", "packages"),
    ),
)
PRICES = OutputTable(
    "internal/prices.csv",
    "each area with packages that blocks could buy, at every level",
    (
        *AREA_COLUMNS,
        Column("packages", "count", "Active ones", "packages"),
        Column("packages_priced", "count", "Of them, with a price", "packages"),
        Column("carer_hours_priced", "hours", "Their carer hours", "carer hours a week"),
        Column("paid_hour", "pounds_hour", "What they cost, by carer hours"),
        Column("paid_hour_low", "pounds_hour", "Lower end of its 95 % interval (bootstrap over packages)"),
        Column("paid_hour_high", "pounds_hour", "Upper end"),
        Column("packages_carded", "count", "Priced ones for which the rate card has a rate", "packages"),
        Column("card_hour", "pounds_hour", "That rate, by carer hours; blank: needs table rates"),
        Column("paid_less_card", "pounds_hour", "Paid less the card, on the same packages"),
        Column("minimum_hour", "pounds_hour", "minimum_price_hour, for the area's travel where that is known"),
        Column("paid_less_minimum", "pounds_hour", "Paid less that"),
        Column("packages_below_minimum", "count", "Priced below minimum_price_hour itself", "packages"),
        *estimate_columns(
            "below_minimum_share",
            "share",
            "Of the priced packages",
            n="packages_below_minimum",
            of="packages_priced",
        ),
        Column("fair_cost_hour", "pounds_hour", "Median of the council's fair-cost exercise; blank: not given"),
        Column("paid_less_fair_cost", "pounds_hour", "Paid less that"),
        Column("travel_minutes_hour", "minutes", "Travel between visits", "minutes a carer hour"),
        Column("miles_hour", "mean", "Miles driven for it", "miles a carer hour"),
        Column("modelled_cost_hour", "pounds_hour", "Carer's hour, travel time and mileage: no overheads in it"),
        Column("extra_cost_hour", "pounds_hour", "Modelled cost less the county's"),
        Column("extra_paid_hour", "pounds_hour", "Paid less what the county pays"),
        Column("travel_unpaid_hour", "pounds_hour", "Extra cost less extra pay, where there is an extra cost"),
        Column("rural_travel", "text", "Whether the extra travel is paid for, by the paid price's interval"),
    ),
    note="Modelled cost leaves out what it takes to run a business: it compares areas and is no fair price.",
)

COST_TABLES = (PACKAGE_GROWTH, GROWTH_FINDINGS, COST_CHANGE, PRICES)
