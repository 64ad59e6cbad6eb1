"""The columns of the waiting list's matches and of the look-up list that goes with them."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable

BASIS = Column("basis", "text", "What the figures rest on: the data, the roads and the blocks")

WAITING_MATCHES = OutputTable(
    "internal/waiting_matches.csv",
    "each person who waits and provider: the block's, fit or not, then the best by travel, then whom the sums give",
    (
        Column("package_id", "text", "The waiting package"),
        Column(
            "answer",
            "text",
            "matched; spare hours go to others (some fit, and are needed elsewhere on the list); nobody fits; cannot "
            "be placed",
        ),
        Column("days_waiting", "days", "Days on the waiting clock (market.wait_clock); blank where no date says"),
        Column("waiting_where", "text", "Where the person waits"),
        Column("priority", "index", "(Days waiting + 1) × the weight of where the person waits", "weighted days"),
        Column("postcode", "text", "Where care is to be given"),
        Column("district_code", "text", "Local-authority district (ONS code)"),
        Column("hours_week", "hours", "Contact hours asked for"),
        Column("carer_hours_week", "hours", "Contact hours × carers required", "carer hours a week"),
        Column("carer_visits_week", "visits", "Its visits × carers at each"),
        Column("needs", "text", "What a provider must be able to do, beside two carers where two are required"),
        Column("block_id", "text", "The block that the postcode is in; blank outside blocks"),
        Column("rank", "count", "Place in the person's list: the block's provider first, then least travel", "rank"),
        Column("provider_id", "text", "The provider; blank where nobody is listed"),
        Column("provider_name", "text", "Its name"),
        Column("of_block", "yes_no", "Whether it is the provider of the block"),
        Column("fits", "yes_no", "Whether it could take this person taken alone"),
        Column("matched", "yes_no", "Whether the sums over the whole list give the person to it; one a person at most"),
        Column("added_minutes_week", "minutes", "Estimated travel that the visits add to its own", "minutes a week"),
        Column("added_minutes_visit", "minutes", "The same for one carer visit", "minutes a carer visit"),
        Column("in_street", "yes_no", "Whether it delivers at the same postcode already"),
        Column(
            "carer_hours_spare", "hours", "Its spare hours, as the providers table gives them", "carer hours a week"
        ),
        Column(
            "carer_hours_spare_left",
            "hours",
            "What is left of them once the whole list is placed",
            "carer hours a week",
        ),
        Column(
            "price_hour", "pounds_hour", "What an hour would cost: the rates table's row that fits, else its own price"
        ),
        Column("price_basis", "text", "Where the price is from: rates table or providers table; blank: not known"),
        Column("pounds_week", "pounds", "Price × carer hours; blank where no price is known", "pounds a week"),
        Column("reason", "text", "Why it does not fit, or is not the one; where nobody fits: how many for each reason"),
        BASIS,
    ),
    note="A suggestion for whom to ask first: a provider may still say no. Spare hours are given away once over the "
    "whole list, exactly: most people matched, then the highest sum of priorities, then the block's own providers, "
    "then least travel.",
)

WAITING_TOTALS = OutputTable(
    "internal/waiting_totals.csv",
    "the whole waiting list",
    (
        Column("people_waiting", "count", "Waiting packages", "packages"),
        Column("people_matched", "count", "Of those, matched", "packages"),
        Column("people_outbid", "count", "Somebody fits, and has no hours left over the whole list", "packages"),
        Column("people_nobody_fits", "count", "Nobody fits, even taken alone", "packages"),
        Column("people_not_placed", "count", "Not placed by this list: the reason stands in it", "packages"),
        Column("people_with_block_provider", "count", "Of those matched, with their block's provider", "packages"),
        Column("carer_hours_waiting", "hours", "Asked for in all", "carer hours a week"),
        Column("carer_hours_matched", "hours", "Of those, matched", "carer hours a week"),
        Column("carer_hours_spare", "hours", "Spare with all providers of the table", "carer hours a week"),
        Column("added_minutes_week", "minutes", "Estimated travel that all matches add", "minutes a week"),
        Column("proven", "yes_no", "Whether the answer is proven best in each of its four aims"),
        BASIS,
    ),
)

LOOKUP = OutputTable(
    "internal/lookup.csv",
    "each postcode of the county",
    (
        Column("postcode", "text", "The postcode, with one space"),
        Column("block_id", "text", "Its block, or spot"),
        Column("provider_id", "text", "The block's provider; blank for spot"),
        Column("provider_name", "text", "Its name"),
        Column("backup_provider_id", "text", "The block's backup in the plan; blank where there is none"),
        Column("backup_provider_name", "text", "Its name"),
        Column(
            "nearest_provider_ids",
            "list",
            "Providers that can be given packages and work nearest: by road to the centre of their nearest patch",
        ),
        Column("nearest_minutes", "list", "Minutes to each of them", "minutes"),
        BASIS,
    ),
    note="For whoever answers the telephone: whom to ask first, second and then.",
)

WAITING_TABLES = (WAITING_MATCHES, WAITING_TOTALS, LOOKUP)
