"""One planned week of carers' rounds: who is visited when, by which carer, in which order.

Each patch staffs its own rounds, so that they begin and end among its packages and not at the office. On each day and
time band a patch's visits are sorted by their bearing from its centre and cut into equal wedges, one a carer; the first
band of a shift is driven outwards and the second homewards. Double-handed visits have rounds of their own, by location.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.inputs.sample.demand import NO_PATTERN
from marketmap.inputs.sample.patches import Patches
from marketmap.inputs.sample.places import Ground, measure_legs
from marketmap.inputs.sample.settings import WEEK, SampleSettings

SHIFT_OF_BAND = {"morning": 0, "lunch": 0, "tea": 1, "bed": 1, "night": 2}
LATEST_BEGIN = 0.5  # a round begins within this part of the slack that its band leaves it


def expand_calls(packages: pd.DataFrame, *, settings: SampleSettings) -> pd.DataFrame:
    """List the calls of each package: one row a package and time band.

    Live-in care has none: the carer is there all day.

    Returns
    -------
    DataFrame
        ``package`` (row of ``packages``), ``days`` (``Mo;Tu;…``), ``band`` (position in ``settings.bands``).
    """
    names = [band.name for band in settings.bands]
    parts: list[pd.DataFrame] = []
    for number, pattern in enumerate(settings.patterns):
        rows = np.flatnonzero(packages["pattern"] == number)
        for band in pattern.bands:
            part = pd.DataFrame({"package": rows, "band": names.index(band)})
            parts.append(part.assign(days=";".join(pattern.days)))
    nights = (packages["pattern"] == NO_PATTERN) & packages["service_type"].isin(["waking_night", "sleep_in"])
    rows = np.flatnonzero(nights)
    first = packages["home"].to_numpy()[rows] % len(WEEK)  # nights begin on any day of the week
    count = packages["visits_week"].to_numpy()[rows]
    week = [
        ";".join(day for number, day in enumerate(WEEK) if (number - at) % len(WEEK) < nights_week)
        for at, nights_week in zip(first, count, strict=True)
    ]
    parts.append(pd.DataFrame({"package": rows, "band": names.index("night"), "days": week}))
    return pd.concat(parts, ignore_index=True).sort_values(["package", "band"], kind="stable", ignore_index=True)


def plan_rounds(
    packages: pd.DataFrame,
    calls: pd.DataFrame,
    patches: Patches,
    ground: Ground,
    *,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Plan one week of rounds for the active packages.

    Parameters
    ----------
    packages
        With ``status, home, patch, location, visit_minutes, carers_required``.
    calls
        As `expand_calls` gives them.

    Returns
    -------
    DataFrame
        One row a client visit, in order of round and time: ``package, day`` (0-6), ``band, minutes, round``
        (number), ``place`` (0 = first of its round), ``start`` (minute of the day), ``travel`` (expected
        minutes from the visit before; 0 for a round's first), ``carer`` (number; a double-handed round's second
        carer is ``carer + 1``), ``carers``.
    """
    visits = _list_visits(packages, calls)
    home = packages["home"].to_numpy()[visits["package"].to_numpy()]
    pool, centre = _find_pools(packages, visits, patches, ground)
    xy = ground.xy
    offset = xy[home] - centre
    visits["home"], visits["pool"] = home, pool
    visits["bearing"] = np.arctan2(offset[:, 1], offset[:, 0])
    visits["distance"] = np.round(np.hypot(*offset.T))
    visits = _cut_wedges(visits, ground, settings=settings)
    visits = _order_stops(visits)
    visits["travel"] = _legs(visits, ["pool", "day", "band", "slot"], ground, settings=settings)
    visits = _time_stops(visits, settings=settings, rng=rng)
    return _staff_rounds(visits, ground, settings=settings)


def _list_visits(packages: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    active = (packages["status"] == "active").to_numpy()[calls["package"].to_numpy()]
    listed = calls[active]
    days = [str(names).split(";") for names in listed["days"]]
    counts = np.array([len(names) for names in days], dtype=int)
    day = np.array([WEEK.index(name) for names in days for name in names], dtype=int)
    package = np.repeat(listed["package"].to_numpy(), counts)
    frame = pd.DataFrame({"package": package, "day": day, "band": np.repeat(listed["band"].to_numpy(), counts)})
    frame["minutes"] = packages["visit_minutes"].to_numpy()[package]
    frame["carers"] = packages["carers_required"].to_numpy()[package]
    # The week watched ends on the eve of the snapshot; nobody is visited before care began.
    begun = packages["start_day"].to_numpy(float)[package] <= day - len(WEEK)
    kept: pd.DataFrame = frame[begun].reset_index(drop=True)
    return kept


def _find_pools(
    packages: pd.DataFrame, visits: pd.DataFrame, patches: Patches, ground: Ground
) -> tuple[np.ndarray, np.ndarray]:
    """Find who shares rounds, and around which point: a patch; a location's double-handed work; one night client."""
    package = visits["package"].to_numpy()
    patch = packages["patch"].to_numpy()[package]
    location = packages["location"].to_numpy()[package]
    night = packages["service_type"].isin(["waking_night", "sleep_in"]).to_numpy()[package]
    double = visits["carers"].to_numpy() > 1
    base = len(patches.home)
    second = base + int(packages["location"].max()) + 1
    pool = np.select([night, double], [second + package, base + location], default=patch)
    where = pd.DataFrame(ground.xy[packages["home"].to_numpy()[package]])
    points = where.groupby(pool).transform("mean").to_numpy(copy=True)
    ordinary = ~night & ~double
    points[ordinary] = ground.xy[patches.home[patch[ordinary]]]
    return pool, points


def _cut_wedges(visits: pd.DataFrame, ground: Ground, *, settings: SampleSettings) -> pd.DataFrame:
    """Give each visit a ``slot``, which of its pool's carers on that shift makes it."""
    frame = visits.sort_values(["pool", "day", "band", "bearing", "package"], kind="stable", ignore_index=True)
    keys = ["pool", "day", "band"]
    work = frame["minutes"] + _legs(frame, keys, ground, settings=settings)
    groups = work.groupby([frame[key] for key in keys], sort=False)
    total, reached = groups.transform("sum"), groups.cumsum()
    length = np.array([band.end_minute - band.start_minute for band in settings.bands])[frame["band"]]
    carers = np.ceil(total / length)
    wedge = np.floor((reached - work / 2) / total * carers).clip(upper=carers - 1)
    shift = np.array([SHIFT_OF_BAND[band.name] for band in settings.bands])[frame["band"]]
    most = carers.groupby([frame["pool"], frame["day"], shift], sort=False).transform("max")
    return frame.assign(shift=shift, slot=np.floor((wedge + 0.5) / carers * most).astype(int))


def _order_stops(visits: pd.DataFrame) -> pd.DataFrame:
    """Order each carer's stops in a band: outwards, homewards, or out and back when the shift has one band only."""
    keys = ["pool", "day", "shift", "slot"]
    frame = visits.sort_values([*keys, "band", "distance", "package"], kind="stable", ignore_index=True)
    in_band = frame.groupby([*keys, "band"], sort=False)
    rank, size = in_band.cumcount(), in_band["package"].transform("size")
    first = frame.groupby(keys, sort=False)["band"].transform("min")
    last = frame.groupby(keys, sort=False)["band"].transform("max")
    there_and_back = np.where(rank % 2 == 0, rank // 2, size - 1 - rank // 2)
    turn = np.select([first == last, frame["band"] == last], [there_and_back, size - 1 - rank], default=rank)
    return frame.assign(turn=turn).sort_values([*keys, "band", "turn"], kind="stable", ignore_index=True)


def _legs(frame: pd.DataFrame, keys: list[str], ground: Ground, *, settings: SampleSettings) -> pd.Series:
    """Reckon minutes from the row before, 0 for the first row of each group; rows are sorted by ``keys``."""
    home = frame["home"].to_numpy()
    new = frame[keys].ne(frame[keys].shift()).any(axis=1).to_numpy()
    before = np.where(new, home, np.roll(home, 1))
    metres = measure_legs(ground, before, home) * settings.detour
    minutes = metres / 1000 / settings.speed_kmh * 60 + settings.stop_minutes
    return pd.Series(np.where(new, 0.0, minutes), index=frame.index)


def _time_stops(visits: pd.DataFrame, *, settings: SampleSettings, rng: np.random.Generator) -> pd.DataFrame:
    keys = ["pool", "day", "band", "slot"]
    grid = settings.planned_grid_minutes
    step = np.ceil(visits["travel"] / grid) * grid
    groups = [visits[key] for key in keys]
    spent = (step + visits["minutes"]).groupby(groups, sort=False).cumsum() - visits["minutes"]
    whole = (step + visits["minutes"]).groupby(groups, sort=False).transform("sum")
    opens = np.array([band.start_minute for band in settings.bands])[visits["band"]]
    length = np.array([band.end_minute - band.start_minute for band in settings.bands])[visits["band"]]
    # A round begins at the same time all week, as far as its load lets it.
    same = visits.groupby(["pool", "band", "slot"], sort=False).ngroup().to_numpy()
    begins = rng.random(int(same.max()) + 1)[same] * LATEST_BEGIN if len(same) else np.zeros(0)
    late = np.floor(np.maximum(length - whole, 0.0) * begins / grid) * grid
    return visits.assign(start=(opens + late + spent).astype(int))


def _staff_rounds(visits: pd.DataFrame, ground: Ground, *, settings: SampleSettings) -> pd.DataFrame:
    """Give the rounds numbers and carers; a carer works on consecutive days of the week."""
    keys = ["pool", "day", "shift", "slot"]
    frame = visits.sort_values([*keys, "start", "package"], kind="stable", ignore_index=True)
    rounds = frame.groupby(keys, sort=False)
    frame["round"] = rounds.ngroup()
    frame["place"] = rounds.cumcount()
    # Two bands of one shift are one round: the way between them counts too, and may put off the second.
    frame["travel"] = _legs(frame, keys, ground, settings=settings)
    frame["start"] = _put_off(frame, grid=settings.planned_grid_minutes)
    # Slot-days in one row, cut into runs of at most a week's work: no run has the same day twice.
    run = (frame["slot"] * len(WEEK) + frame["day"]) // min(settings.days_a_carer, len(WEEK))
    frame["carer"] = 2 * frame.assign(run=run).groupby(["pool", "shift", "run"], sort=True).ngroup()
    names = ["package", "day", "band", "minutes", "round", "place", "start", "travel", "carer", "carers"]
    return frame[names]


def _put_off(frame: pd.DataFrame, *, grid: int) -> np.ndarray:
    """Put off each visit until its carer can be there, whole ``grid`` minutes; rows are in order of round and place."""
    number, place = frame["round"].to_numpy(), frame["place"].to_numpy()
    start, minutes = frame["start"].to_numpy().copy(), frame["minutes"].to_numpy()
    way = (np.ceil(frame["travel"].to_numpy() / grid) * grid).astype(int)
    free = np.zeros(int(number.max()) + 1 if len(number) else 0, dtype=int)
    for stop in range(int(place.max()) + 1 if len(place) else 0):
        rows = np.flatnonzero(place == stop)
        start[rows] = np.maximum(start[rows], free[number[rows]] + way[rows])
        free[number[rows]] = start[rows] + minutes[rows]
    return start
