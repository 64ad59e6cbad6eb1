"""Every setting of a run, in one TOML file read into frozen dataclasses.

An unknown key is a fault, so a misspelt setting can never be ignored silently. The whole of `Settings` is
echoed into ``run.json``.
"""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from marketmap.errors import Fault, SettingsError

SETTINGS_FILE = "marketmap.toml"
TIME_BANDS = ("morning", "lunch", "tea", "bed", "night")
T = TypeVar("T")

# km/h as (outside, inside) built-up areas. National limits where a class has them, then what a car
# really averages between junctions on such a road: a 60 mph lane is not driven at 60 mph.
DEFAULT_SPEEDS_KMH: Mapping[str, float | tuple[float, float]] = types.MappingProxyType(
    {
        "motorway": (105.0, 90.0),
        "motorway_link": (70.0, 60.0),
        "trunk": (80.0, 45.0),
        "trunk_link": (60.0, 40.0),
        "primary": (70.0, 38.0),
        "primary_link": (55.0, 35.0),
        "secondary": (62.0, 36.0),
        "secondary_link": (50.0, 34.0),
        "tertiary": (55.0, 34.0),
        "tertiary_link": (45.0, 32.0),
        "unclassified": (48.0, 30.0),
        "residential": (32.0, 28.0),
        "living_street": (16.0, 16.0),
        "service": (20.0, 16.0),
        "road": (40.0, 28.0),
    }
)

# Factors on off-peak driving time, (outside, inside) built-up areas; assumed until they are calibrated.
DEFAULT_SCENARIOS: Mapping[str, Mapping[str, float | tuple[float, float]]] = types.MappingProxyType(
    {
        "offpeak": {},
        "peak": {"other": (1.10, 1.25), "junction": 1.5},
        "night": {"other": (0.97, 0.90), "junction": 0.5},
        "winter": {"other": (1.10, 1.05), "unclassified": (1.20, 1.10)},
    }
)


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
class TravelSettings:
    """How roads become minutes.

    Attributes
    ----------
    speeds_kmh
        Road class to km/h; a pair is (outside, inside) built-up areas.
    use_maxspeed
        Whether a ``maxspeed`` tag caps the table's speed.
    junction_seconds
        Delay at each node where three or more road arms meet.
    snap_metres
        A point further than this from any road is named, not given a time.
    access_kmh
        Speed on the straight leg between a point and its road.
    mode
        ``"drive"``, or ``"walk"`` for town rounds on foot.
    walk_kmh
        Speed on foot, on every way.
    scenario
        Which of ``scenarios`` a run's times are for.
    scenarios
        Traffic, by name: factors on driving time by road class, a pair being (outside, inside) built-up areas.
        ``other`` stands for every class that is not named, ``junction`` for the delay at junctions.
    """

    speeds_kmh: Mapping[str, float | tuple[float, float]] = field(default_factory=lambda: dict(DEFAULT_SPEEDS_KMH))
    use_maxspeed: bool = True
    junction_seconds: float = 4.0
    snap_metres: float = 1000.0
    access_kmh: float = 15.0
    mode: str = "drive"
    walk_kmh: float = 4.8
    scenario: str = "offpeak"
    scenarios: Mapping[str, Mapping[str, float | tuple[float, float]]] = field(
        default_factory=lambda: {name: dict(factors) for name, factors in DEFAULT_SCENARIOS.items()}
    )


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
        Journeys modelled shorter than this tell nothing: clocks are kept in whole minutes.
    least_gaps
        Fewer usable gaps than this give no factor.
    least_coverage
        A provider whose call monitoring shows less than this share of its commissioned hours is named.
    """

    peak: tuple[tuple[str, str], ...] = (("07:30", "09:30"), ("16:00", "18:30"))
    night: tuple[str, str] = ("22:00", "06:00")
    longest_gap_minutes: float = 90.0
    shortest_minutes: float = 2.0
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


def read_settings(path: Path) -> tuple[Settings, list[Fault]]:
    """Read a settings file and say everything that is wrong with it, raising nothing.

    Parameters
    ----------
    path
        The TOML file. A file that does not exist gives the defaults.

    Returns
    -------
    settings, faults
        The settings with every faulty key left at its default, and the faults.
    """
    if not path.exists():
        return Settings(), []
    if not path.is_file():
        return Settings(), [Fault(path.name, "is not a file", "Put the settings into a file of that name")]
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        return Settings(), [Fault(path.name, f"not a TOML file ({error})", "Mend the line it names")]
    return settings_from_mapping(raw, file=path.name)


def load_settings(path: Path) -> Settings:
    """Read a settings file.

    Raises
    ------
    SettingsError
        Naming every unknown key, wrong type and contradiction at once.
    """
    settings, faults = read_settings(path)
    if faults:
        raise SettingsError(faults)
    return settings


def settings_from_mapping(raw: Mapping[str, Any], *, file: str = SETTINGS_FILE) -> tuple[Settings, list[Fault]]:
    """Build `Settings` from nested mappings, as TOML or ``run.json`` holds them; faults as in `read_settings`."""
    faults: list[Fault] = []
    settings = _build(Settings, raw, prefix="", file=file, faults=faults)
    faults += _contradictions(settings, file)
    return settings, faults


def settings_to_mapping(settings: Settings) -> dict[str, Any]:
    """Turn settings into plain JSON-ready mappings, in full."""
    return typing.cast("dict[str, Any]", _plain(settings))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _build(kind: type[T], raw: Mapping[str, Any], *, prefix: str, file: str, faults: list[Fault]) -> T:
    hints = typing.get_type_hints(kind)
    known = {item.name: hints[item.name] for item in dataclasses.fields(typing.cast("Any", kind))}
    values: dict[str, Any] = {}
    for key, value in raw.items():
        name = f"{prefix}{key}"
        if key not in known:
            choices = ", ".join(sorted(known))
            faults.append(Fault(file, "unknown setting", f"Remove it, or use one of: {choices}", column=name))
            continue
        want = known[key]
        if dataclasses.is_dataclass(want):
            if isinstance(value, Mapping):
                values[key] = _build(typing.cast("type[Any]", want), value, prefix=f"{name}.", file=file, faults=faults)
            else:
                faults.append(Fault(file, "must be a table of settings", f"Write [{name}] above its keys", column=name))
            continue
        try:
            values[key] = _convert(want, value)
        except (TypeError, ValueError) as error:
            faults.append(Fault(file, str(error), "Correct the value", column=name))
    return kind(**values)


def _convert(want: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(want), typing.get_args(want)
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in arguments:
            return None
        for choice in arguments:
            try:
                return _convert(choice, value)
            except (TypeError, ValueError):
                continue
        raise TypeError(f"has the wrong type ({type(value).__name__})")
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise TypeError("must be a list")
        kinds = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else list(arguments)
        if len(kinds) != len(value):
            raise TypeError(f"must be a list of {len(kinds)} values")
        return tuple(_convert(kind, item) for kind, item in zip(kinds, value, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise TypeError("must be a table")
        return {str(key): _convert(arguments[1], item) for key, item in value.items()}
    if want is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"must be a number, not {type(value).__name__}")
        if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124  nan is not itself
            raise ValueError("must be a finite number")
        return float(value)
    if want is date:
        if isinstance(value, datetime):
            return value.date()
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    if not isinstance(value, want) or (want is int and isinstance(value, bool)):
        raise TypeError(f"must be {want.__name__}, not {type(value).__name__}")
    return value


def _contradictions(settings: Settings, file: str) -> list[Fault]:
    blocks, travel, solver = settings.blocks, settings.travel, settings.solver
    checks = [
        (
            "blocks.min_hours",
            blocks.min_hours > blocks.max_hours,
            f"the minimum size ({blocks.min_hours:g} hours) is above the maximum ({blocks.max_hours:g})",
            "Lower min_hours or raise max_hours",
        ),
        ("blocks.max_hours", blocks.max_hours <= 0, "must be above 0", "Give contact hours a week"),
        ("blocks.min_hours", blocks.min_hours < 0, "must not be negative", "Give contact hours a week"),
        ("blocks.round_hours", blocks.round_hours <= 0, "must be above 0", "Give carer hours in a round"),
        (
            "blocks.full_time_hours_week",
            blocks.full_time_hours_week <= 0,
            "must be above 0",
            "Give hours a week",
        ),
        ("blocks.share_cap", not 0 < blocks.share_cap <= 1, "must be above 0 and at most 1", "Give a share"),
        (
            "blocks.turnover_week",
            not 0 <= blocks.turnover_week < 1,
            "must be from 0 to below 1",
            "Give a share",
        ),
        ("blocks.reach_minutes", blocks.reach_minutes <= 0, "must be above 0", "Give minutes"),
        ("blocks.patch_hours", blocks.patch_hours <= 0, "must be above 0", "Give contact hours a week"),
        ("blocks.start_weeks", blocks.start_weeks < 0, "must not be negative", "Give weeks"),
        (
            "blocks.band_minutes",
            set(blocks.band_minutes) != set(TIME_BANDS),
            "must name every time band and no other",
            f"Give {', '.join(TIME_BANDS)}",
        ),
        (
            "blocks.band_mix",
            not set(blocks.band_mix) <= set(TIME_BANDS),
            "names a time band that there is none of",
            f"Use {', '.join(TIME_BANDS)}",
        ),
        (
            "blocks.band_minutes",
            min(blocks.band_minutes.values(), default=0) <= 0,
            "must be above 0",
            "Give minutes",
        ),
        (
            "blocks.band_mix",
            not 0.999 <= sum(blocks.band_mix.values()) <= 1.001 or min(blocks.band_mix.values()) < 0,
            "must be shares that sum to 1",
            "Give a share for each band",
        ),
        ("clusters.max_minutes", settings.clusters.max_minutes <= 0, "must be above 0", "Give minutes"),
        ("travel.junction_seconds", travel.junction_seconds < 0, "must not be negative", "Give seconds"),
        ("travel.snap_metres", travel.snap_metres <= 0, "must be above 0", "Give metres"),
        ("travel.access_kmh", travel.access_kmh <= 0, "must be above 0", "Give km/h"),
        ("solver.max_iterations", solver.max_iterations < 0, "must not be negative", "Give a count"),
        (
            "solver.max_seconds",
            solver.max_seconds < 0,
            "must not be negative",
            "Give seconds, 0 for no limit",
        ),
        ("solver.seed", solver.seed < 0, "must not be negative", "Give 0 or a whole number above it"),
        (
            "solver.max_gap",
            not 0 <= solver.max_gap < 1,
            "must be from 0 to below 1",
            "Give a share, e.g. 0.02",
        ),
        *(
            (f"disclosure.{name}", getattr(settings.disclosure, name) < 1, "must be 1 or more", "Give a whole number")
            for name in ("least_people", "round_to", "least_companies")
        ),
        (
            "disclosure.dominance",
            not 0 < settings.disclosure.dominance <= 1,
            "must be above 0 and at most 1",
            "Give a share, e.g. 0.75",
        ),
        (
            "validation.max_rejected_share",
            not 0 <= settings.validation.max_rejected_share < 1,
            "must be from 0 to below 1",
            "Give a share of rows, e.g. 0.05",
        ),
    ]
    faults = [Fault(file, what, remedy, column=name) for name, wrong, what, remedy in checks if wrong]
    weights = (
        "block_cost_minutes",
        "move_minutes_hour",
        "price_minutes_pound",
        "unserved_minutes_hour",
        "factor_inside",
        "factor_outside",
    )
    faults += [
        Fault(file, "must not be negative", "Give minutes", column=f"blocks.{name}")
        for name in weights
        if getattr(blocks, name) < 0
    ]
    for road_class, speed in travel.speeds_kmh.items():
        if min(speed if isinstance(speed, tuple) else (speed,)) <= 0:
            faults.append(Fault(file, "must be above 0", "Give km/h", column=f"travel.speeds_kmh.{road_class}"))
    return faults
