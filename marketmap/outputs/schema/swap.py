"""The columns of the swap list and of what stands beside it."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable

BASIS = Column("basis", "text", "What the figures rest on: the data and the roads")

SWAP_LIST = OutputTable(
    "internal/swap_list.csv",
    "each package that could change hands, chain by chain, then those refused before",
    (
        Column("chain_id", "text", "The chain that the move is part of; blank for a refused one"),
        Column(
            "chain_kind",
            "text",
            "swap: two providers exchange packages; ring: more than two; one way: from one to the next; linked: moves "
            "that keep to everybody's hours only together; refused",
        ),
        Column(
            "chain_stands_alone",
            "yes_no",
            "Whether the chain keeps to everybody's hours even if no other chain happens",
        ),
        Column("chain_minutes_saved_week", "minutes", "What the chain's moves save", "minutes a week"),
        Column("package_id", "text", "The package"),
        Column("postcode", "text", "Where it is, with one space"),
        Column("district_code", "text", "Local-authority district (ONS code)"),
        Column("from_provider_id", "text", "Who delivers it today"),
        Column("from_provider_name", "text", "Its name"),
        Column("to_provider_id", "text", "Who could deliver it"),
        Column("to_provider_name", "text", "Its name"),
        Column("hours_week", "hours", "Its contact hours"),
        Column("carer_hours_week", "hours", "Contact hours × carers required", "carer hours a week"),
        Column("carer_visits_week", "visits", "Its visits × carers at each"),
        Column(
            "minutes_saved_week",
            "minutes",
            "Estimated travel saved: the mean of the next two columns; the column's sum is the list's estimate",
            "minutes a week",
        ),
        Column("minutes_saved_alone", "minutes", "Estimated, if it were the only move", "minutes a week"),
        Column("minutes_saved_last", "minutes", "Estimated, with all other moves made before it", "minutes a week"),
        Column("miles_saved_week", "mean", "The minutes at the assumed speed between visits", "miles a week"),
        Column("cumulative_minutes_saved_week", "minutes", "The total so far down the list", "minutes a week"),
        Column("price_from", "pounds_hour", "What an hour costs today: the package's price, else the provider's"),
        Column("price_to", "pounds_hour", "What an hour costs with the other, as the providers table gives it"),
        Column(
            "pounds_more_week",
            "pounds",
            "Difference of the two × carer hours; blank where a price is not known",
            "pounds a week",
        ),
        Column("from_visits_near", "visits", "Other carer visits of today's provider nearby (near_minutes)"),
        Column("to_visits_near", "visits", "Carer visits of the other provider nearby (near_minutes)"),
        Column("who_must_agree", "list", "Who must agree before anything happens; the ICB where the NHS pays"),
        Column("carers_over_half", "list", "Carers who attend it and have over half of their hours on moving packages"),
        Column("tupe_advice", "text", "Where there are any: take TUPE advice; without call monitoring: cannot be told"),
        Column("decision", "text", "For you to fill in: accepted or refused; blank while open"),
        BASIS,
    ),
    note="Estimates, each move within the hours, services and spare capacity of both sides; whether rounds get shorter "
    "is what simulated rounds say, in swap_totals.csv. Fill in decision and give the file back (--marks): accepted "
    "moves stay, refused ones are not asked for again, the rest is sought anew. Nobody is moved by this list.",
)

SWAP_PROVIDERS = OutputTable(
    "internal/swap_providers.csv",
    "each provider with a package on the list",
    (
        Column("provider_id", "text", "The provider"),
        Column("provider_name", "text", "Its name"),
        Column("carer_hours_before", "hours", "Delivered today in visits, whoever pays", "carer hours a week"),
        Column("carer_hours_out", "hours", "On packages that leave it", "carer hours a week"),
        Column("carer_hours_in", "hours", "On packages that come to it", "carer hours a week"),
        Column("carer_hours_after", "hours", "What it delivers then", "carer hours a week"),
        Column("carer_hours_lowest", "hours", "Least that the tolerance allows", "carer hours a week"),
        Column("carer_hours_highest", "hours", "Most that tolerance and spare hours allow", "carer hours a week"),
        Column("hours_spare_week", "hours", "Its spare hours, as the providers table gives them", "carer hours a week"),
        Column("packages_out", "count", "Packages that leave it", "packages"),
        Column("packages_in", "count", "Packages that come to it", "packages"),
        Column("minutes_saved_of_given", "minutes", "Estimated, of the packages that leave it", "minutes a week"),
        Column(
            "minutes_confirmed", "minutes", "Saved in simulated rounds of it; blank: not simulated", "minutes a week"
        ),
        BASIS,
    ),
)

SWAP_TOTALS = OutputTable(
    "internal/swap_totals.csv",
    "the whole list",
    (
        Column("moves", "count", "Moves on the list, refused ones left out", "moves"),
        Column("moves_accepted", "count", "Of those, accepted before", "moves"),
        Column("chains", "count", "Chains that they form", "chains"),
        Column("providers", "count", "Providers that give or take", "providers"),
        Column("providers_of_county", "count", "Providers in the table", "providers"),
        Column("carer_hours_moving", "hours", "Carer hours that change hands", "carer hours a week"),
        Column("minutes_saved_week", "minutes", "Estimated travel saved", "minutes a week"),
        Column("minutes_saved_alone", "minutes", "Sum of each move's, made first of all", "minutes a week"),
        Column("minutes_saved_last", "minutes", "Sum of each move's, made last of all", "minutes a week"),
        Column("miles_saved_week", "mean", "The minutes at the assumed speed between visits", "miles a week"),
        Column("pounds_more_week", "pounds", "Price difference; blank where a price is not known", "pounds a week"),
        Column("model_minutes", "minutes", "What the list saves in the last linear programme solved", "minutes a week"),
        Column("model_bound", "minutes", "No list saves more in that programme: proven", "minutes a week"),
        Column("status", "text", "optimal; limit where time ran out first"),
        Column("turns", "count", "How often every saving was reckoned anew", "turns"),
        Column("moves_dropped", "count", "Moves taken out that no longer paid once others were made", "moves"),
        Column(
            "confirmed_minutes_saved_week",
            "minutes",
            "Saved in rounds simulated before and after; blank: not simulated",
            "minutes a week",
        ),
        Column("confirmed_low", "minutes", "Lower end of its 95 % interval", "minutes a week"),
        Column("confirmed_high", "minutes", "Upper end of its 95 % interval", "minutes a week"),
        Column(
            "confirmed_rounds_saved_week",
            "mean",
            "Carers' rounds fewer in those; one more counts for no minute of travel",
            "rounds a week",
        ),
        Column("confirmed_by", "text", "What was simulated; not simulated where nothing was"),
        BASIS,
    ),
)

SWAP_TABLES = (SWAP_LIST, SWAP_PROVIDERS, SWAP_TOTALS)
