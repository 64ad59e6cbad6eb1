"""The market picture by place: demand, footprints, overlap, gaps, growth and community assets."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, Evidence, OutputTable

UNPLACED_NOTE = 'Rows of "unplaced" are packages or visits with no place on the map, so that sums are whole.'
_LEVEL = (
    Column("level", "text", "Kind of area: lsoa, sector, ward, msoa, other, district_code, rural_urban, rural, county"),
    Column("area_code", "text", "Its code; unplaced where the postcode is in no such area"),
    Column("area_name", "text", "Its name"),
)


def _share(name: str, meaning: str, *, n: str, of: str, stem: str) -> tuple[Column, ...]:
    """Make a share of counts and the two ends of its interval."""
    low, high = f"{stem}_low", f"{stem}_high"
    return (
        Column(name, "share", meaning, evidence=Evidence(n=n, of=of, low=low, high=high)),
        Column(low, "share", f"Lower end of the 95 % interval of {name} (Wilson)", evidence=Evidence(n, of, low, high)),
        Column(high, "share", "Upper end", evidence=Evidence(n, of, low, high)),
    )


def _rate(name: str, meaning: str, *, n: str, method: str, unit: str) -> tuple[Column, ...]:
    """Make a rate to 1,000 residents of 65 and over and the two ends of its interval."""
    evidence = Evidence(n=n, of="people_65plus", low=f"{name}_low", high=f"{name}_high")
    return (
        Column(name, "rate", meaning, unit=unit, evidence=evidence),
        Column(f"{name}_low", "rate", f"Lower end of its 95 % interval ({method})", unit=unit, evidence=evidence),
        Column(f"{name}_high", "rate", "Upper end", unit=unit, evidence=evidence),
    )


DEMAND_AREAS = OutputTable(
    "internal/demand_areas.csv",
    "each area with demand, at every level",
    (
        *_LEVEL,
        Column("packages", "count", "Active and waiting packages, whatever the service and whoever pays", "packages"),
        Column("people", "count", "People with one", "people"),
        Column("contact_hours", "hours", "Client contact hours"),
        Column("carer_hours", "hours", "Contact hours × carers required", "carer hours a week"),
        Column("visits", "visits", "Client visits", "visits a week"),
        Column("double_handed", "count", "Packages with two carers", "packages"),
        *_share(
            "double_handed_share", "Double-handed ÷ packages", n="double_handed", of="packages", stem="double_handed"
        ),
        Column("packages_waiting", "count", "Of the packages, those that wait for a provider", "packages"),
        Column("hours_waiting", "hours", "Of the contact hours, those waited for"),
        Column("people_65plus", "count", "Residents of 65 and over; blank where not known", "people"),
        *_rate(
            "people_1000",
            "People with a package to each 1,000 residents of 65 and over",
            n="people",
            method="exact Poisson",
            unit="people a 1,000 residents",
        ),
        *_rate(
            "hours_1000",
            "Contact hours to each 1,000 residents of 65 and over",
            n="packages",
            method="compound Poisson over packages",
            unit="hours a week a 1,000 residents",
        ),
    ),
    note="Levels stand beside one another and are not to be added up. " + UNPLACED_NOTE,
)

DEMAND_BANDS = OutputTable(
    "internal/demand_bands.csv",
    "each area and time band with demand",
    (
        *_LEVEL,
        Column("time_band", "text", "morning, lunch, tea, bed, night; not_by_visit: live-in and the like"),
        Column("packages", "count", "Packages with any care in the band", "packages"),
        Column("contact_hours", "hours", "Client contact hours in the band"),
        Column("carer_hours", "hours", "Contact hours × carers required", "carer hours a week"),
        Column("visits", "visits", "Client visits in the band", "visits a week"),
        Column("hours_from_calls", "hours", "Of the contact hours, those whose band the calls table says"),
    ),
    note="Hours without calls are spread by the stated mix (blocks.band_mix). The bands of an area sum to its demand.",
)

DEMAND_PEAKS = OutputTable(
    "internal/demand_peaks.csv",
    "each area with demand",
    (
        *_LEVEL,
        *(
            Column(
                f"carers_at_peak_{band}", "count", f"Carers at work at once, at least, in the busiest {text}", "carers"
            )
            for band, text in (
                ("morning", "morning"),
                ("lunch", "lunch"),
                ("tea", "tea"),
                ("bed", "bedtime"),
                ("night", "night"),
            )
        ),
    ),
    note="A floor, not a rota: calls spread evenly over the band, and nobody drives. Areas do not add up.",
)

FOOTPRINTS = OutputTable(
    "internal/footprints.csv",
    "each provider and area where it works",
    (
        *_LEVEL,
        Column("provider_id", "text", "The provider"),
        Column("visits_week", "visits", "Client visits that it delivers here", "visits a week"),
        Column("contact_hours", "hours", "Contact hours that it delivers here, by planned times"),
        Column("carer_hours", "hours", "The same counted once for each carer", "carer hours a week"),
        Column("area_visits", "visits", "All visits here", "visits a week"),
        Column("provider_visits", "visits", "All its visits", "visits a week"),
        Column("share_of_area", "part", "Its part of the area's visits; they sum to 1", whole="area_visits"),
        Column("share_of_provider", "part", "This area's part of its visits; they sum to 1", whole="provider_visits"),
        Column("core", "yes_no", "One of the fewest areas that together hold core_share of its visits"),
        Column("significant", "yes_no", "At least significant_share of the area's visits"),
        Column("basis", "text", "call monitoring, or packages where that covers too little"),
        Column(
            "coverage",
            "part",
            "Its monitored carer hours ÷ its commissioned ones; blank where nothing is commissioned or monitored",
            whole="the provider's commissioned carer hours on the same days",
        ),
    ),
    note="Where carers were, not where the office is. " + UNPLACED_NOTE,
)

OVERLAP = OutputTable(
    "internal/overlap.csv",
    "each area where care is delivered",
    (
        *_LEVEL,
        Column("providers", "count", "Providers that deliver here", "providers"),
        Column("companies", "count", "Companies behind them", "companies"),
        Column("carer_hours", "hours", "Carer hours delivered", "carer hours a week"),
        Column("hhi", "index", "Herfindahl-Hirschman index on companies' hours; 10,000 is one company", "0 to 10,000"),
        Column("largest_company_share", "part", "The largest company's part of the hours", whole="carer_hours"),
        Column("streets", "count", "Squares of street_metres with any care", "squares"),
        Column("providers_street_mean", "index", "Providers to a square, mean weighted by visits", "providers"),
        Column("providers_street_max", "count", "Most providers in one square", "providers"),
        Column("streets_shared", "count", "Squares with two providers or more", "squares"),
    ),
)

NEAR_PROVIDERS = OutputTable(
    "internal/near_providers.csv",
    "each active or waiting package",
    (
        Column("package_id", "text", "The package"),
        Column("postcode", "text", "Where it is"),
        Column(
            "near_providers",
            "count",
            "Providers that deliver within near_minutes by road; blank off the roads",
            "providers",
        ),
        Column("near_other_providers", "count", "The same without its own", "providers"),
        Column("near_provider_ids", "list", "Who they are"),
    ),
    note="Personal data: keep it internal.",
)

NEAR_AREAS = OutputTable(
    "internal/near_areas.csv",
    "each area with packages on the roads",
    (
        *_LEVEL,
        Column("packages", "count", "Packages whose road minutes are known", "packages"),
        Column("near_providers_median", "index", "Providers near a package, median", "providers"),
        Column("near_providers_low", "index", "10th percentile of packages", "providers"),
        Column("near_providers_high", "index", "90th percentile", "providers"),
        Column("packages_no_other", "count", "Packages near which only their own provider delivers", "packages"),
        Column("packages_many", "count", "Packages near which many_providers or more deliver", "packages"),
        *_share("many_share", "packages_many ÷ packages", n="packages_many", of="packages", stem="many"),
    ),
)

_SCORES = (
    ("access_2sfca", "reading_2sfca", "all within access_minutes alike (2SFCA)"),
    ("access_e2sfca", "reading_e2sfca", "further away counts less (E2SFCA)"),
    ("access_3sfca", "reading_3sfca", "and who has much in reach presses less on each (3SFCA)"),
)

GAPS = OutputTable(
    "internal/gaps.csv",
    "each area with demand or spare hours",
    (
        *_LEVEL,
        Column("demand_hours", "hours", "Delivered and waited for", "carer hours a week"),
        Column("packages_waiting", "count", "Packages that wait for a provider", "packages"),
        Column("waiting_hours", "hours", "Unmet: waited for", "carer hours a week"),
        Column(
            "waiting_met", "hours", "Of those, could be had from spare hours within spare_minutes", "carer hours a week"
        ),
        Column("waiting_beyond", "hours", "Of those, find no spare hours left so near", "carer hours a week"),
        Column("spare_hours", "hours", "Providers' spare hours, spread over where they work", "carer hours a week"),
        Column("spare_used", "hours", "Of those, what somebody within spare_minutes waits for", "carer hours a week"),
        Column("spare_unneeded", "hours", "Of those, what nobody so near waits for", "carer hours a week"),
        Column(
            "balance_hours", "hours", "Spare less waiting here; below 0: more waits than is spare", "carer hours a week"
        ),
        Column("reading", "text", "Both signs in a sentence"),
        *(
            column
            for score, reading, how in _SCORES
            for column in (
                Column(score, "index", f"Spare carer hours in reach to each carer hour of demand: {how}; high is good"),
                Column(reading, "text", "What that says"),
            )
        ),
        Column("raam_cost", "index", "Minutes ÷ tau + crowding where all go where that is least (RAAM); low is good"),
        Column(
            "raam_unreached_hours", "hours", "Demand from which no spare hours can be reached", "carer hours a week"
        ),
        Column("reading_raam", "text", "What that says"),
    ),
    note="Spare hours as providers state them; needs, services and frameworks are not looked at. What lies off the "
    "roads is in the sums, and neither met nor beyond. " + UNPLACED_NOTE,
)

GROWTH_SCENARIOS = OutputTable(
    "internal/growth_scenarios.csv",
    "each area, year and age band of the growth table",
    (
        *_LEVEL,
        Column("year", "count", "Calendar year", "year"),
        Column("age_band", "text", "Whose growth is taken: all, 65plus or 85plus; alternatives, not parts"),
        Column("packages", "count", "Packages today", "packages"),
        Column("contact_hours", "hours", "Contact hours in that year"),
        Column("carer_hours", "hours", "Carer hours in that year", "carer hours a week"),
        Column("factor", "factor", "Contact hours ÷ today's", "times today's demand"),
        Column("hours_no_factor", "hours", "Of today's contact hours, those held as they are for want of a factor"),
    ),
)

ASSET_REACH = OutputTable(
    "internal/asset_reach.csv",
    "each area and kind of community asset",
    (
        *_LEVEL,
        Column("kind", "text", "Kind of asset; any: the nearest of all"),
        Column("people", "count", "People with a placed package here", "people"),
        Column("people_walk", "count", "Of them, those with one within walk_minutes on foot", "people"),
        *_share("walk_share", "people_walk ÷ people", n="people_walk", of="people", stem="walk"),
        Column("people_drive", "count", "Of them, those with one within drive_minutes by car", "people"),
        *_share("drive_share", "people_drive ÷ people", n="people_drive", of="people", stem="drive"),
    ),
    note="On foot: the straight line × walk_detour at walking speed. By car: road minutes, without parking.",
)

BARE_CLUSTERS = OutputTable(
    "internal/bare_clusters.csv",
    "each cluster of demand with no community asset within reach on foot or by car",
    (
        Column("cluster_id", "text", "The cluster, as in clusters.csv"),
        Column("centre_postcode", "text", "Its centre"),
        Column("packages", "count", "Packages in it", "packages"),
        Column("contact_hours", "hours", "Their contact hours"),
        Column("walk_minutes", "minutes", "From the nearest of its homes to an asset, on foot"),
        Column("drive_minutes", "minutes", "The same by car; blank where there is no way or roads are not known"),
    ),
)

PLACE_TABLES = (
    DEMAND_AREAS,
    DEMAND_BANDS,
    DEMAND_PEAKS,
    FOOTPRINTS,
    OVERLAP,
    NEAR_PROVIDERS,
    NEAR_AREAS,
    GAPS,
    GROWTH_SCENARIOS,
    ASSET_REACH,
    BARE_CLUSTERS,
)
