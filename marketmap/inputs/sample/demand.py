"""Who needs care, of what kind, and how much: the packages before any provider is chosen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.inputs.sample.places import Ground, share_out
from marketmap.inputs.sample.settings import SampleSettings, Shares

NO_PATTERN = -1  # live-in and night packages have no pattern of day visits
FEWEST_IN_SCHEME = 8


def pick(shares: Shares, size: int, rng: np.random.Generator) -> np.ndarray:
    """Pick names so that each has its share exactly (largest remainder), in random order."""
    names = np.array([name for name, _ in shares], dtype=object)
    counts = share_out(size, np.array([share for _, share in shares]))
    return rng.permutation(np.repeat(names, counts))


def draw_packages(
    homes: np.ndarray, ground: Ground, *, settings: SampleSettings, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw the packages in force on the snapshot: kinds of service, then visits, lengths and needs.

    Parameters
    ----------
    homes
        Position in ``ground.frame`` of each package.

    Returns
    -------
    DataFrame
        One row a package: ``home, person, service_type, funding, carers_required, pattern, visits_week,
        visit_minutes, hours_week`` and one bool column for each need.
    """
    count = len(homes)
    frame = pd.DataFrame({"home": homes, "person": np.arange(count)})
    frame["service_type"] = "home_care"
    frame[["pattern", "visits_week", "visit_minutes"]] = NO_PATTERN, 0, 0
    if count >= settings.special_from_packages:
        _add_special_services(frame, ground, settings=settings, rng=rng)
    frame["funding"] = pick(settings.funding, count, rng)
    # Councils commission reablement and extra care themselves.
    frame.loc[frame["service_type"].isin(["reablement", "extra_care"]), "funding"] = "council"
    frame["carers_required"] = 1
    able = np.flatnonzero(frame["service_type"].isin(["home_care", "reablement", "extra_care"]))
    double = rng.choice(able, size=round(settings.double_handed_share * count), replace=False)
    frame.loc[double, "carers_required"] = 2
    for need, share in settings.needs:
        frame[need] = rng.random(count) < share
    scale = count / settings.reference_packages
    _add_visits(frame, scale=scale, settings=settings, rng=rng)
    return frame


def draw_past_packages(
    homes: np.ndarray, service_types: np.ndarray, *, settings: SampleSettings, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw packages that have ended: the same mixes, home care and reablement only.

    Returns
    -------
    DataFrame
        As `draw_packages`; ``person`` counts from 0.
    """
    count = len(homes)
    frame = pd.DataFrame({"home": homes, "person": np.arange(count), "service_type": service_types})
    frame[["pattern", "visits_week", "visit_minutes"]] = NO_PATTERN, 0, 0
    frame["funding"] = pick(settings.funding, count, rng)
    frame.loc[frame["service_type"] == "reablement", "funding"] = "council"
    frame["carers_required"] = np.where(rng.random(count) < settings.double_handed_share, 2, 1)
    for need, share in settings.needs:
        frame[need] = rng.random(count) < share
    visits = settings.reference_visits_week / settings.reference_packages * count
    patterns, lengths = _draw_visits(count, visits, settings=settings, rng=rng)
    _write_visits(frame, np.arange(count), patterns, lengths, settings)
    return frame


def _add_special_services(
    frame: pd.DataFrame, ground: Ground, *, settings: SampleSettings, rng: np.random.Generator
) -> None:
    """Turn some home care into the other kinds: a scheme at one postcode, second packages of one person."""
    count = len(frame)
    district = ground.frame["district_code"].to_numpy()
    homes = frame["home"].to_numpy()
    zone = ground.frame["zone"].to_numpy()[homes]
    site = int(rng.choice(homes[zone == zone.min()]))
    # The scheme takes its packages from its own district, so that the districts keep their numbers.
    same = np.flatnonzero(district[homes] == district[site])
    size = min(max(FEWEST_IN_SCHEME, round(settings.scheme_share * count)), len(same))
    scheme = rng.choice(same, size=size, replace=False)
    frame.loc[scheme, "service_type"] = "extra_care"
    frame.loc[scheme, "home"] = site
    for service, share, second in (
        ("live_in", settings.live_in_share, False),
        ("reablement", settings.reablement_share, False),
        ("waking_night", settings.waking_night_share, True),
        ("sleep_in", settings.sleep_in_share, True),
        ("sitting", settings.sitting_share, True),
    ):
        free = np.flatnonzero(frame["service_type"] == "home_care")
        chosen = rng.choice(free, size=max(1, round(share * count)), replace=False)
        frame.loc[chosen, "service_type"] = service
        if second:
            _join_persons(frame, chosen, district, rng)


def _join_persons(frame: pd.DataFrame, chosen: np.ndarray, district: np.ndarray, rng: np.random.Generator) -> None:
    """Make each chosen package the second one of somebody with home care in the same district."""
    homes = frame["home"].to_numpy().copy()
    persons = frame["person"].to_numpy().copy()
    care = rng.permutation(np.flatnonzero(frame["service_type"] == "home_care"))
    alone = {code: [row for row in care if district[homes[row]] == code] for code in np.unique(district[homes])}
    for row in chosen:
        others = alone[district[homes[row]]]
        if others:
            main = others.pop()
            homes[row], persons[row] = homes[main], persons[main]
    frame["home"], frame["person"] = homes, persons


def _add_visits(frame: pd.DataFrame, *, scale: float, settings: SampleSettings, rng: np.random.Generator) -> None:
    frame["visits_week"] = 7
    frame["visit_minutes"] = round(settings.live_in_hours_day * 60)
    nights = frame["service_type"].isin(["waking_night", "sleep_in"]).to_numpy()
    frame.loc[nights, "visits_week"] = rng.integers(3, 6, size=int(nights.sum()))
    frame.loc[nights, "visit_minutes"] = round(settings.night_hours * 60)
    apart = (nights | (frame["service_type"] == "live_in").to_numpy()).nonzero()[0]
    sitting = np.flatnonzero(frame["service_type"] == "sitting")
    singles = [number for number, each in enumerate(settings.patterns) if each.visits_week <= 3]
    _write_visits(frame, sitting, rng.choice(singles, size=len(sitting)), np.full(len(sitting), 60), settings)
    done = np.concatenate([apart, sitting])
    minutes = frame["visits_week"].to_numpy(float) * frame["visit_minutes"].to_numpy(float)
    other_hours = minutes[done].sum() / 60
    other_visits = float(frame["visits_week"].to_numpy()[done].sum())
    # The hours, the visits and the mix of lengths disagree by about 1 %: miss hours and visits by the same share.
    mean = _mean_minutes(settings)
    hours_wanted = settings.reference_hours_week * scale
    visits_wanted = settings.reference_visits_week * scale
    visits = (2 - other_hours / hours_wanted - other_visits / visits_wanted) / (
        1 / visits_wanted + mean / 60 / hours_wanted
    )
    rest = np.setdiff1d(np.arange(len(frame)), done)
    patterns, lengths = _draw_visits(len(rest), visits, settings=settings, rng=rng)
    _write_visits(frame, rest, patterns, lengths, settings)
    frame["hours_week"] = frame["visits_week"] * frame["visit_minutes"] / 60


def _mean_minutes(settings: SampleSettings) -> float:
    minutes, weights = np.array(settings.visit_minutes, dtype=float).T
    return float((minutes * weights).sum() / weights.sum())


def _draw_visits(
    count: int, visits: float, *, settings: SampleSettings, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a pattern and a visit length for each package so that the visits and their mix of lengths come out."""
    week = np.array([each.visits_week for each in settings.patterns], dtype=float)
    base = np.array([each.weight for each in settings.patterns])
    wanted = np.clip(visits / max(count, 1), week.min() + 0.1, week.max() - 0.1)
    low, high = -5.0, 5.0
    for _ in range(60):  # bisection: the mean rises with the tilt
        tilt = (low + high) / 2
        weights = base * np.exp(tilt * week / week.max())
        mean = (weights * week).sum() / weights.sum()
        low, high = (tilt, high) if mean < wanted else (low, tilt)
    patterns = rng.permutation(np.repeat(np.arange(len(week)), share_out(count, weights)))
    minutes, shares = np.array(settings.visit_minutes, dtype=float).T
    order = rng.permutation(count)
    reached = np.cumsum(week[patterns[order]])
    middle = (reached - week[patterns[order]] / 2) / max(reached[-1] if count else 1.0, 1.0)
    lengths = np.empty(count)
    lengths[order] = minutes[np.searchsorted(np.cumsum(shares) / shares.sum(), middle)]
    return patterns, lengths.astype(int)


def _write_visits(
    frame: pd.DataFrame, rows: np.ndarray, patterns: np.ndarray, lengths: np.ndarray, settings: SampleSettings
) -> None:
    week = np.array([each.visits_week for each in settings.patterns])
    frame.loc[rows, "pattern"] = patterns
    frame.loc[rows, "visits_week"] = week[patterns]
    frame.loc[rows, "visit_minutes"] = lengths
    frame["hours_week"] = frame["visits_week"] * frame["visit_minutes"] / 60
