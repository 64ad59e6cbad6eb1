"""The market picture over time: waits, refusals, the block monitor and reablement."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, Evidence, Kind, OutputTable

UNPLACED_NOTE = 'Rows of "unplaced" have no place on the map, so that sums are whole.'
AREA_COLUMNS = (
    Column("level", "text", "Kind of area: lsoa, sector, ward, msoa, other, district_code, rural_urban, rural, county"),
    Column("area_code", "text", "Its code; unplaced where the postcode is in no such area"),
    Column("area_name", "text", "Its name"),
)


def estimate_columns(
    name: str, kind: Kind, meaning: str, *, n: str, of: str, method: str = "Wilson", unit: str = ""
) -> tuple[Column, ...]:
    """Make an estimate and the two ends of its 95 % interval."""
    low, high = f"{name}_low", f"{name}_high"
    evidence = Evidence(n=n, of=of, low=low, high=high)
    return (
        Column(name, kind, meaning, unit=unit, evidence=evidence),
        Column(low, kind, f"Lower end of its 95 % interval ({method})", unit=unit, evidence=evidence),
        Column(high, kind, "Upper end", unit=unit, evidence=evidence),
    )


WAITS = OutputTable(
    "internal/waits.csv",
    "each area with a wait or a package, at every level",
    (
        *AREA_COLUMNS,
        Column("waits", "count", "Waits going on at any time in the period (wait_weeks)", "waits"),
        Column("completed", "count", "Of them, those that ended with care", "waits"),
        Column("withdrawn", "count", "Withdrawn or closed without care", "waits"),
        Column("open", "count", "Still open on the snapshot", "waits"),
        Column("open_long", "count", "Open for more than long_wait_days already", "waits"),
        Column("open_undecided", "count", "Open and not yet long: neither short nor long", "waits"),
        Column(
            "waits_decided",
            "count",
            "Waits that began within the period and so long ago that it is known whether they were long",
            "waits",
        ),
        Column("waits_long", "count", "Of those, the long ones, open or ended", "waits"),
        *estimate_columns("long_share", "share", "Long ÷ decided", n="waits_long", of="waits_decided"),
        Column("people_65plus", "count", "Residents of 65 and over; blank where not known", "people"),
        *estimate_columns(
            "long_rate",
            "rate",
            "Long waits of the period to each 1,000 residents of 65 and over",
            n="waits_long",
            of="people_65plus",
            method="exact Poisson",
            unit="long waits a 1,000 residents",
        ),
        Column("rest_long", "count", "Long waits of all other areas", "waits"),
        Column("rest_decided", "count", "Decided waits of all other areas", "waits"),
        *estimate_columns(
            "risk_ratio",
            "ratio",
            "Share that is long here ÷ share that is long elsewhere; 1 is no difference",
            n="waits_long",
            of="waits_decided",
            method="Katz",
        ),
        Column("waits_long_county", "count", "Long waits of the county", "waits"),
        *estimate_columns("share_of_long", "share", "Its part of them", n="waits_long", of="waits_long_county"),
        Column("waits_decided_county", "count", "Decided waits of the county", "waits"),
        *estimate_columns("share_of_waits", "share", "Its part of them", n="waits_decided", of="waits_decided_county"),
        Column("packages", "count", "Active and waiting packages", "packages"),
        Column("packages_county", "count", "Those of the county", "packages"),
        *estimate_columns("share_of_packages", "share", "Its part of them", n="packages", of="packages_county"),
        Column("people_65plus_county", "count", "Residents of 65 and over of the areas where known", "people"),
        *estimate_columns("share_of_people", "share", "Its part of them", n="people_65plus", of="people_65plus_county"),
        Column("waits_followed", "count", "Waits that began within the period, on which the curve rests", "waits"),
        Column("followed_long", "count", "Of them, known to have lasted more than long_wait_days", "waits"),
        Column("median_days", "days", "Days after which half had care, by the survival curve; blank: not reached"),
        Column("median_days_low", "days", "Lower end of its 95 % interval"),
        Column("median_days_high", "days", "Upper end"),
        *estimate_columns(
            "still_waiting",
            "share",
            "Still waiting after long_wait_days, by the survival curve",
            n="followed_long",
            of="waits_followed",
            method="log-log",
        ),
    ),
    note="Read share_of_long beside share_of_waits, share_of_packages and share_of_people: most long waits are where "
    "most people are. long_share tells whether waiting is longer here. " + UNPLACED_NOTE,
)

WAIT_CURVES = OutputTable(
    "internal/wait_curves.csv",
    "each area and day on which a wait ended or was last seen",
    (
        *AREA_COLUMNS,
        Column("days", "days", "Days waited"),
        Column("at_risk", "count", "Waits that had lasted so long", "waits"),
        Column("ended", "count", "Of them, those that ended with care on that day", "waits"),
        *estimate_columns("still", "share", "Waits longer than this", n="ended", of="at_risk", method="log-log"),
    ),
    note="Kaplan-Meier. Open and withdrawn waits are censored, as if those who withdrew would have waited on like the "
    "others.",
)

WAITING_PLACES = OutputTable(
    "internal/waiting_where.csv",
    "each area and place where people wait",
    (
        *AREA_COLUMNS,
        Column("waiting_where", "text", "home_no_care, home_bridged, hospital, interim_bed or unknown"),
        Column("waiting", "count", "Packages that wait there on the snapshot", "packages"),
        Column("waiting_area", "count", "All that wait in the area", "packages"),
        *estimate_columns("share", "share", "waiting ÷ waiting_area", n="waiting", of="waiting_area"),
        Column("median_days", "days", "Median of the days that they have waited so far"),
        Column("longest_days", "days", "Longest of them"),
        Column("waiting_long", "count", "Of waiting, for more than long_wait_days", "packages"),
    ),
)

_REFUSALS = (
    Column("offers", "count", "Times that a package was offered to a provider; blank: needs table offers", "offers"),
    Column("accepted", "count", "Of them accepted", "offers"),
    Column("refused", "count", "Refused", "offers"),
    Column("no_response", "count", "Lapsed without an answer", "offers"),
    Column("packages_offered", "count", "Packages that were offered", "packages"),
    *estimate_columns("refused_share", "share", "refused ÷ offers", n="refused", of="offers"),
    *estimate_columns("no_response_share", "share", "no_response ÷ offers", n="no_response", of="offers"),
    *estimate_columns(
        "offers_per_accepted",
        "ratio",
        "offers ÷ accepted, offers of packages that nobody has taken yet among them",
        n="offers",
        of="accepted",
        method="Wilson's of the accepted share, turned over",
    ),
    Column("handbacks", "count", "Notices of handing back; blank: needs table handbacks", "handbacks"),
    Column("packages_held", "count", "Packages delivered at any time in the period", "packages"),
    *estimate_columns(
        "handback_rate",
        "rate",
        "Handbacks to each 100 packages held",
        n="handbacks",
        of="packages_held",
        method="exact Poisson",
        unit="handbacks a 100 packages",
    ),
)
_OFFERS_NOTE = "Offers of one package hang on one another: intervals are a little too narrow."

REFUSALS = OutputTable(
    "internal/refusals.csv",
    "each area with an offer, a handback or a package, at every level",
    (*AREA_COLUMNS, *_REFUSALS),
    note=f"{_OFFERS_NOTE} {UNPLACED_NOTE}",
)
REFUSAL_PROVIDERS = OutputTable(
    "internal/refusals_providers.csv",
    "each provider that was asked, or holds or hands back work",
    (Column("provider_id", "text", "The provider"), *_REFUSALS),
    note=_OFFERS_NOTE,
)
REFUSAL_BANDS = OutputTable(
    "internal/refusals_bands.csv",
    "each time band",
    (Column("time_band", "text", "morning, lunch, tea, bed, night; no calls: not in the calls table"), *_REFUSALS),
    note="A package with calls in three bands counts in each: bands do not add up. " + _OFFERS_NOTE,
)
REFUSAL_REASONS = OutputTable(
    "internal/refusals_reasons.csv",
    "each reason of a refusal or a handback",
    (
        Column("what", "text", "refused or handback"),
        Column("reason", "text", "As given; unknown where blank"),
        Column("times", "count", "How often", "times"),
        Column("times_all", "count", "All refusals, or all handbacks", "times"),
        *estimate_columns("share", "share", "times ÷ times_all", n="times", of="times_all"),
    ),
)

BLOCK_MONITOR = OutputTable(
    "internal/block_monitor.csv",
    "each block already let and whole week of call monitoring",
    (
        Column("block_id", "text", "The block"),
        Column("provider_id", "text", "Its provider"),
        Column("week", "text", "Its Monday"),
        Column("basis", "text", "call monitoring; commissioned hours where the provider has no visits that week"),
        Column("hours_guaranteed", "hours", "Contact hours paid for, for the days that the contract ran"),
        Column("hours_commissioned", "hours", "Of the provider's packages in the block's ground"),
        Column("hours_delivered", "hours", "Planned length of its visits there that somebody made; contact hours"),
        Column("hours_unused", "hours", "Guaranteed and not used, by the basis"),
        Column("price_hour", "pounds_hour", "The block's price, else the provider's"),
        Column("pounds_unused", "pounds", "hours_unused × price_hour", "pounds a week"),
        Column("hours_flexible", "hours", "Used beyond the guarantee"),
        Column("packages", "count", "The provider's packages there", "packages"),
        Column("packages_started", "count", "Placeable packages of the ground that began in the week", "packages"),
        Column("packages_leaked", "count", "Of them, with another provider", "packages"),
        Column("hours_leaked", "hours", "Their contact hours"),
        Column("started_since_start", "count", "Placeable packages that began since the block did", "packages"),
        Column("leaked_since_start", "count", "Of them, with another provider", "packages"),
        *estimate_columns("leaked_share", "share", "Leaked ÷ begun", n="leaked_since_start", of="started_since_start"),
        Column("refusals", "count", "Offers there that the provider refused or left; blank: needs table offers"),
        Column("handbacks", "count", "Notices of handing back there; blank: needs table handbacks"),
        Column("waiting", "count", "People who wait there on the week's Sunday", "packages"),
        Column("waiting_long", "count", "Of them, for more than long_wait_days", "packages"),
        Column("waiting_median_days", "days", "Median of the days that they have waited"),
        Column("change_hours_delivered", "hours", "Delivered, less the week before"),
        Column("change_hours_commissioned", "hours", "Commissioned, less the week before"),
        Column("change_note", "text", "Why there is no change to show"),
    ),
)
BLOCK_LEAKAGE = OutputTable(
    "internal/block_leakage.csv",
    "each placeable package that began in a block's ground with another provider",
    (
        Column("block_id", "text", "The block"),
        Column("package_id", "text", "The package"),
        Column("postcode", "text", "Where it is"),
        Column("start_date", "text", "First day of care"),
        Column("provider_id", "text", "Who took it"),
        Column("hours_week", "hours", "Its contact hours"),
        Column("reason", "text", "What became of the offer to the block's provider"),
    ),
    note="Personal data. Keep it internal.",
)


def _weekly(name: str, meaning: str, unit: str) -> tuple[Column, ...]:
    """Make a mean over weeks and the percentiles of the weeks."""
    return (
        Column(f"{name}_week", "mean", f"{meaning}, mean of the weeks", unit),
        Column(f"{name}_week_p10", "mean", "Tenth percentile of the weeks", unit),
        Column(f"{name}_week_p90", "mean", "Ninetieth percentile", unit),
    )


REABLEMENT = OutputTable(
    "internal/reablement.csv",
    "each area of the reablement table",
    (
        *AREA_COLUMNS,
        Column("weeks", "count", "Whole weeks that the figures a week are of", "weeks"),
        *_weekly("referrals", "Referrals", "referrals a week"),
        *_weekly("starts", "Starts", "starts a week"),
        *_weekly("people_in", "People in reablement at a time", "people"),
        *_weekly("waiting", "Referred, neither begun nor closed", "people"),
        Column("referrals", "count", "Referrals of the period", "referrals"),
        Column("referrals_decided", "count", "Of them, begun or closed", "referrals"),
        Column("started", "count", "Of those, begun", "referrals"),
        *estimate_columns("started_share", "share", "started ÷ decided", n="started", of="referrals_decided"),
        Column("stays_ended", "count", "Of those begun, ended", "stays"),
        Column("stay_days", "days", "Median length of stay, by the survival curve"),
        Column("stay_days_low", "days", "Lower end of its 95 % interval"),
        Column("stay_days_high", "days", "Upper end"),
        Column("stay_days_p10", "days", "Days after which a tenth has left"),
        Column("stay_days_p90", "days", "Days after which nine tenths have"),
        Column("stays_decided", "count", "Stays known to be, or not to be, over reablement_weeks", "stays"),
        Column("stays_long", "count", "Of them, over", "stays"),
        *estimate_columns("long_share", "share", "stays_long ÷ stays_decided", n="stays_long", of="stays_decided"),
        Column("most_people_in", "mean", "People in at a time in the fullest week", "people"),
        Column("places", "count", "reablement_places, for the whole county; blank: not given", "people"),
        Column("weeks_counted", "count", "Weeks whose people are set against the places", "weeks"),
        Column("weeks_over", "count", "Of them, with more people than places", "weeks"),
        *estimate_columns("over_share", "share", "weeks_over ÷ weeks_counted", n="weeks_over", of="weeks_counted"),
        Column("people_over_week", "mean", "People beyond the places, mean of the weeks", "people"),
        Column("outcomes_due", "count", "People who began 91 days ago or earlier", "people"),
        Column("outcomes", "count", "Of them, with an outcome given", "people"),
        Column("at_home", "count", "Of those, at home on the 91st day", "people"),
        *estimate_columns("at_home_share", "share", "at_home ÷ outcomes", n="at_home", of="outcomes"),
        Column("independent", "count", "At home without long-term care", "people"),
        *estimate_columns("independent_share", "share", "independent ÷ outcomes", n="independent", of="outcomes"),
    ),
    note="Percentiles show how far weeks differ; they are no interval of the mean.",
)
REABLEMENT_WEEKS = OutputTable(
    "internal/reablement_weeks.csv",
    "each area of the reablement table and whole week",
    (
        *AREA_COLUMNS,
        Column("week", "text", "Its Monday"),
        Column("referrals", "count", "Referrals", "referrals"),
        Column("starts", "count", "Starts", "people"),
        Column("people_in", "mean", "People in at a time; blank while the table's first stays run", "people"),
        Column("waiting", "count", "Referred, neither begun nor closed, on its Sunday", "people"),
    ),
)

FLOW_TABLES = (
    WAITS,
    WAIT_CURVES,
    WAITING_PLACES,
    REFUSALS,
    REFUSAL_PROVIDERS,
    REFUSAL_BANDS,
    REFUSAL_REASONS,
    BLOCK_MONITOR,
    BLOCK_LEAKAGE,
    REABLEMENT,
    REABLEMENT_WEEKS,
)
