"""The settings themselves: one frozen dataclass for each table of the settings file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from marketmap.settings.traffic import TravelSettings

TIME_BANDS = ("morning", "lunch", "tea", "bed", "night")


@dataclass(frozen=True)
class CountySettings:
    """Which county, and when the extract was taken."""

    name: str = ""
    snapshot_date: date | None = None  # None: the latest date in the packages table
    district_codes: tuple[str, ...] = ()  # ONS local-authority codes; empty: found from the packages
    district_names: Mapping[str, str] = field(default_factory=dict)
    synthetic: bool = False  # True marks everything shown as made-up data
    synthetic_note: str = ""


@dataclass(frozen=True)
class PostcodeSettings:
    """Where postcodes are placed from. Paths are relative to the county folder."""

    file: str = ""  # ONSPD, NSPL or Code-Point Open; gives liveness. Empty: the offline package, liveness unknown


@dataclass(frozen=True)
class AreaSettings:
    """Boundaries. Paths are relative to the county folder."""

    file: str = ""  # empty: areas.* in the county folder


@dataclass(frozen=True)
class RoadSettings:
    """The road file. Paths are relative to the county folder."""

    file: str = ""  # .osm.pbf, .osm, .osm.gz, .osm.bz2 or .graphml; empty: illustrative roads from postcodes


@dataclass(frozen=True)
class CalibrationSettings:
    """How travel times are fitted to the gaps between visits that call monitoring saw.

    Attributes
    ----------
    peak
        Clock times on weekdays that count as ``peak``, each (from, to).
    night
        Clock times that count as ``night``; may pass midnight.
    longest_gap_minutes
        A longer gap is a break, not a journey.
    shortest_minutes
        Journeys modelled shorter than this are left out: both doors may be walked between.
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
    """Demand clusters: no two members further apart by road than ``max_minutes``."""

    max_minutes: float = 15.0


@dataclass(frozen=True)
class BlockSettings:
    """The block model. Weights are in minutes so that a commissioner can argue with them."""

    min_hours: float = 80.0  # placeable contact hours a week in a zone; no published figure exists
    max_hours: float = 300.0
    block_cost_minutes: float = 120.0  # a week of contract management and a rota of its own, per block
    move_minutes_hour: float = 2.0  # minutes of travel that one carer hour changing hands must save
    price_minutes_pound: float = 4.0  # about what a pound buys: 60 minutes at 15 pounds an hour
    # One waiting carer hour left outside: above any travel it could add, which is four visits of 15 minutes from a
    # centre 30 minutes away and a round from a base as far (4 x 30 + 2 x 30 / 4 = 135). Raise it with reach_minutes.
    unserved_minutes_hour: float = 150.0
    factor_inside: float = 1.0  # fitted on simulated rounds where those exist
    factor_outside: float = 1.0
    round_hours: float = 4.0  # carer hours in one round: half a day (morning and lunch, or tea and bed)
    # Contact hours of one patch of a provider's own work: the middle of a block's size, so that travel inside and
    # outside blocks is measured on groups of one size.
    patch_hours: float = 190.0
    reach_minutes: float = 30.0  # no point is served from a centre further away
    share_cap: float = 0.40  # one company's block hours in a district, of all the district's contact hours
    turnover_week: float = 0.015  # share of packages that end in a week; as many start
    start_weeks: float = 3.0  # from placing a waiting person to the first visit; assumed
    full_time_hours_week: float = 30.0  # contact hours that one full-time carer delivers
    band_minutes: Mapping[str, float] = field(  # length of each time band, for carers needed at once
        default_factory=lambda: {"morning": 240.0, "lunch": 150.0, "tea": 150.0, "bed": 180.0, "night": 540.0}
    )
    band_mix: Mapping[str, float] = field(  # share of carer minutes in each band where no calls table says
        default_factory=lambda: {"morning": 0.40, "lunch": 0.20, "tea": 0.20, "bed": 0.19, "night": 0.01}
    )
    excluded_ratings: tuple[str, ...] = ()
    service_types: tuple[str, ...] = ("home_care", "sitting")
    funding: tuple[str, ...] = ("council", "chc", "joint", "s117")


@dataclass(frozen=True)
class SolverSettings:
    """When the optimiser stops: whichever comes first; 0 seconds or gap means no such limit."""

    max_iterations: int = 4000
    max_seconds: float = 0.0
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
    """How much bad data a run puts up with."""

    max_rejected_share: float = 0.0
    scheme_hours_week: float = 150.0  # one postcode above this is flagged as a likely scheme


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
    disclosure: DisclosureSettings = field(default_factory=DisclosureSettings)
    validation: ValidationSettings = field(default_factory=ValidationSettings)
