"""The settings themselves: one frozen dataclass for each table of the settings file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from marketmap.settings.market import MarketSettings
from marketmap.settings.rounds import RoundSettings
from marketmap.settings.swaps import EvaluationSettings, SwapSettings, WaitingSettings
from marketmap.settings.traffic import TravelSettings

TIME_BANDS = ("morning", "lunch", "tea", "bed", "night")


@dataclass(frozen=True)
class CountySettings:
    """Which county, and when the extract was taken.

    Attributes
    ----------
    name
        The county's name, as maps show it.
    snapshot_date
        The day that everything is looked at, e.g. ``2026-09-28``. Without one: the latest date in the packages table;
        where no table holds a date, the day on which it was last saved.
    district_codes
        ONS local-authority codes of the county's districts, e.g. ``["E06000017"]``. Without any: found from the
        packages.
    district_names
        District code to the name to show for it.
    synthetic
        ``true`` marks everything shown as made-up data.
    synthetic_note
        What to say of made-up data, in place of the general sentence.
    """

    name: str = ""
    snapshot_date: date | None = None
    district_codes: tuple[str, ...] = ()
    district_names: Mapping[str, str] = field(default_factory=dict)
    synthetic: bool = False
    synthetic_note: str = ""


@dataclass(frozen=True)
class PostcodeSettings:
    """Where postcodes are placed from.

    Attributes
    ----------
    file
        An ONSPD, NSPL or Code-Point Open file, which tells live postcodes from terminated ones; its path starts from
        the county folder. Without one: the offline package, which does not tell them apart.
    """

    file: str = ""


@dataclass(frozen=True)
class AreaSettings:
    """Boundaries.

    Attributes
    ----------
    file
        Polygons of sectors, districts or areas of your own; the path starts from the county folder. Without one:
        ``areas.*`` in the county folder.
    """

    file: str = ""


@dataclass(frozen=True)
class RoadSettings:
    """The road file.

    Attributes
    ----------
    file
        ``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.graphml``; the path starts from the county folder.
        Without one: illustrative roads, made up from the postcodes.
    """

    file: str = ""


@dataclass(frozen=True)
class CalibrationSettings:
    """How travel times are fitted to the gaps between visits that call monitoring saw.

    Attributes
    ----------
    peak
        Clock times on weekdays that count as ``peak``, each a pair (from, to).
    night
        Clock times (from, to) that count as ``night``; may pass midnight.
    longest_gap_minutes
        A gap of more minutes is a break, not a journey; from 5 to 480.
    shortest_minutes
        Journeys modelled shorter than this many minutes are left out: both doors may be walked between; from 0 to 60.
    least_gaps
        Fewer usable gaps than this give no factor.
    least_coverage
        A provider whose call monitoring shows less than this share of its commissioned hours is named.
    """

    peak: tuple[tuple[str, str], ...] = (("07:30", "09:30"), ("16:00", "18:30"))
    night: tuple[str, str] = ("22:00", "06:00")
    longest_gap_minutes: float = 90.0
    shortest_minutes: float = 0.5
    least_gaps: int = 200
    least_coverage: float = 0.8


@dataclass(frozen=True)
class ClusterSettings:
    """Clusters of demand.

    Attributes
    ----------
    max_minutes
        No two members of a cluster are further apart by road than this many minutes.
    """

    max_minutes: float = 15.0


@dataclass(frozen=True)
class BlockSettings:
    """The block model. Weights are in minutes so that a commissioner can argue with them.

    Attributes
    ----------
    min_hours
        Fewest placeable contact hours a week in a zone; assumed: no published figure exists.
    max_hours
        Most placeable contact hours a week in a zone; assumed, likewise.
    block_cost_minutes
        What a block costs a week, in minutes: contract management and a rota of its own; assumed.
    move_minutes_hour
        Minutes of travel that one carer hour changing hands must save; assumed: what a person's losing a known carer
        weighs is for the council to say.
    price_minutes_pound
        Minutes that a pound of price counts for: 60 minutes at 15 pounds an hour are about 4.
    unserved_minutes_hour
        Minutes that one waiting carer hour left outside counts for: above any travel it could add, which is four
        visits of 15 minutes from a centre 30 minutes away and a round from a base as far
        (4 × 30 + 2 × 30 / 4 = 135). Raise it with ``reach_minutes``.
    factor_inside, factor_outside
        Factor on travel inside and outside blocks; fitted on simulated rounds where those exist.
    round_hours
        Carer hours in one round: half a day (morning and lunch, or tea and bed).
    patch_hours
        Contact hours a week of one patch of a provider's own work: the middle of a block's size, so that travel
        inside and outside blocks is measured on groups of one size.
    reach_minutes
        No point is served from a centre more minutes away; assumed.
    share_cap
        Most of one company's block hours in a district, as a share of all the district's contact hours; assumed.
    turnover_week
        Share of packages that end in a week, and as many start; assumed.
    start_weeks
        Weeks from placing a waiting person to the first visit; assumed.
    full_time_hours_week
        Contact hours a week that one full-time carer delivers; assumed.
    band_minutes
        Length of each time band in minutes, for carers needed at once; assumed.
    band_mix
        Share of carer minutes in each time band where no calls table says; they sum to 1; assumed.
    excluded_ratings
        Providers with one of these ratings are suggested for no block, as the providers table spells them.
    service_types
        Packages of these services may be in a block.
    funding
        Packages with this funding may be in a block.
    """

    min_hours: float = 80.0
    max_hours: float = 300.0
    block_cost_minutes: float = 120.0
    move_minutes_hour: float = 2.0
    price_minutes_pound: float = 4.0
    unserved_minutes_hour: float = 150.0
    factor_inside: float = 1.0
    factor_outside: float = 1.0
    round_hours: float = 4.0
    patch_hours: float = 190.0
    reach_minutes: float = 30.0
    share_cap: float = 0.40
    turnover_week: float = 0.015
    start_weeks: float = 3.0
    full_time_hours_week: float = 30.0
    band_minutes: Mapping[str, float] = field(
        default_factory=lambda: {"morning": 240.0, "lunch": 150.0, "tea": 150.0, "bed": 180.0, "night": 540.0}
    )
    band_mix: Mapping[str, float] = field(
        default_factory=lambda: {"morning": 0.40, "lunch": 0.20, "tea": 0.20, "bed": 0.19, "night": 0.01}
    )
    excluded_ratings: tuple[str, ...] = ()
    service_types: tuple[str, ...] = ("home_care", "sitting")
    funding: tuple[str, ...] = ("council", "chc", "joint", "s117")


@dataclass(frozen=True)
class SolverSettings:
    """When the optimiser stops: whichever comes first.

    Attributes
    ----------
    max_iterations
        Stop after this many iterations; 0 for no such limit.
    max_seconds
        Stop after this many seconds, and then two runs may differ; 0 for no such limit.
    guard_seconds
        Where no `max_seconds` is set: stop a search that takes this long all the same, many times what it should, and
        say so; 0 for no guard.
    max_gap
        Stop when the plan is proven to be within this share of the best possible; 0 for no such limit.
    seed
        The same inputs, settings and seed give the same plan.
    """

    max_iterations: int = 1500
    max_seconds: float = 0.0
    guard_seconds: float = 900.0
    max_gap: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class DisclosureSettings:
    """What may be shown outside the council: everything in ``public/`` passes by these thresholds.

    Attributes
    ----------
    least_people
        A figure that rests on fewer people than this is not shown.
    round_to
        Counts and hours are rounded to the nearest multiple of this.
    least_companies
        A price is shown only where this many companies or more are paid it.
    dominance
        A price is not shown where one company has more than this share of the hours behind it.
    """

    least_people: int = 8
    round_to: int = 5
    least_companies: int = 3
    dominance: float = 0.75


@dataclass(frozen=True)
class ValidationSettings:
    """How much bad data a run puts up with.

    Attributes
    ----------
    max_rejected_share
        Most of a table's rows that may be left out as faulty, as a share; above it the run stops with all faults.
    scheme_hours_week
        One postcode with more contact hours a week than this is flagged as a likely scheme.
    """

    max_rejected_share: float = 0.0
    scheme_hours_week: float = 150.0


@dataclass(frozen=True)
class Settings:
    """All settings of one run; one TOML table per attribute."""

    county: CountySettings = field(default_factory=CountySettings)
    postcodes: PostcodeSettings = field(default_factory=PostcodeSettings)
    areas: AreaSettings = field(default_factory=AreaSettings)
    roads: RoadSettings = field(default_factory=RoadSettings)
    travel: TravelSettings = field(default_factory=TravelSettings)
    calibration: CalibrationSettings = field(default_factory=CalibrationSettings)
    clusters: ClusterSettings = field(default_factory=ClusterSettings)
    blocks: BlockSettings = field(default_factory=BlockSettings)
    solver: SolverSettings = field(default_factory=SolverSettings)
    market: MarketSettings = field(default_factory=MarketSettings)
    rounds: RoundSettings = field(default_factory=RoundSettings)
    swaps: SwapSettings = field(default_factory=SwapSettings)
    waiting: WaitingSettings = field(default_factory=WaitingSettings)
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)
    disclosure: DisclosureSettings = field(default_factory=DisclosureSettings)
    validation: ValidationSettings = field(default_factory=ValidationSettings)
