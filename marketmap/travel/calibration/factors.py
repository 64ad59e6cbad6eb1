"""Factors on travel times, from the gaps between visits that call monitoring saw; it says when these cannot tell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.settings import CalibrationSettings
from marketmap.travel.calibration.envelope import Envelope, fit_envelope
from marketmap.travel.calibration.gaps import NOT_AUTOMATIC, PEAK, SCENARIOS
from marketmap.travel.calibration.journeys import model_journeys
from marketmap.travel.calibration.punctuality import (
    pick_behind,
    pick_unhurried,
    plan_knows_journeys,
    planned_beforehand,
    wait_for_plan,
)
from marketmap.travel.network import OFF_PEAK, RoadNetwork

ANY_HOUR = "any"
AREAS = ("all", "outside", "inside")
ALL_GAPS, UNHURRIED = "all gaps", "gaps that began too late for a wait until the planned hour"
FITTED = "fitted"
NOT_ENOUGH, NOT_SUPPORTED = "not enough data", "not supported"

OFF_ROADS = "an end lies off the roads"
TOO_SHORT = "modelled shorter than shortest_minutes"

# More gaps than this add nothing that counts and cost time; whole carer-days are drawn.
_MOST_GAPS = 5000
# With fewer journeys in a hundred there is no lower edge to speak of, only the start of the waits.
_LEAST_PURE = 0.10
# A factor less sure than this is no use; nor is one on a part of the roads that is hardly driven.
_WIDEST = 0.10
_LEAST_PART = 0.08
# Short and long journeys that disagree by more than this, and by more than chance, contradict one factor.
_MOST_APART = 0.15
_LEAST_TO_HALVE = 1000  # the errors of smaller halves are themselves too unsure
_KNOWN = (
    "carers wait for the planned hour, and planned hours go with how long journeys took beyond what the model says, so "
    "that no gap is free of the plan: it knows the roads better than the model, or was mended afterwards"
)
# The two ways of picking gaps that hold no wait agreed within 1 % in flat rotas, and differed by 3 % or more where
# the rota held what the model missed (docs/calibration.md).
_MOST_DIFFERENT = 0.025
_HALF = 0.5
_SURE = 1.96
_DAYS_IN_WEEK = 7
# What the fit misses by however many gaps there are, where waits are of other kinds than it allows for: measured
# over simulated weeks (docs/calibration.md).
_MODEL_ERROR = 0.01
_SAME_CLOCK = 0.5  # share of times on whole minutes from which clocks are taken to keep only those
_ROADS = ["minutes_outside", "minutes_inside"]
_TABLE = [
    "scenario", "area", "gaps", "gaps_fitted", "carer_days", "basis", "minutes_modelled", "factor", "factor_low",
    "factor_high", "status", "pure_share", "spread", "door_minutes",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Calibration:
    """What call monitoring says about travel times.

    Attributes
    ----------
    table
        One row for each scenario (``any``: all hours together) and area (``all``, ``outside`` and ``inside``
        built-up areas): usable ``gaps``; the ``gaps_fitted`` and ``carer_days`` among them that the factor rests on,
        and their ``basis`` (all gaps, or those that began too late for a wait); ``minutes_modelled`` on the roads
        there (a gap, mean); ``factor`` with its 95 % interval ``factor_low`` to ``factor_high`` (NaN where there
        is none); ``status`` ("fitted", "not enough data: …", "not supported: …"); ``pure_share`` (of the gaps, those
        with no more than two minutes beyond the journey); ``spread`` (of the logarithm of journeys' times about the
        model); ``door_minutes`` (the least time that a gap holds beyond its journey).
    reasons
        Gaps by why they were not used, "" being those that were.
    providers
        Those whose gaps the factors rest on.
    """

    table: pd.DataFrame
    reasons: pd.Series
    providers: tuple[str, ...] = ()

    def summary(self) -> str:
        """Say in a few sentences what was found: factors with their intervals and numbers, or why there is none.

        What is to be said of several scenarios alike is said once.
        """
        whole = self.table[self.table["area"] == "all"]
        said: dict[str, list[str]] = {}
        for _, row in whole.iterrows():
            name = "all hours together" if row["scenario"] == ANY_HOUR else str(row["scenario"])
            said.setdefault(_verdict(row), []).append(name)
        return " ".join(_sentence(names, verdict, every=len(names) == len(whole)) for verdict, names in said.items())

    def doubts(self) -> list[str]:
        """Say what a reader may not expect of the factors, in sentences: roads that are quicker in the peak."""
        rows = self.table[(self.table["area"] == "all") & (self.table["status"] == FITTED)].set_index("scenario")
        if not {OFF_PEAK, PEAK} <= set(rows.index) or not rows["factor"][PEAK] < rows["factor"][OFF_PEAK]:
            return []
        shown = {name: _interval(rows.T[name]) for name in (OFF_PEAK, PEAK)}
        apart = rows["factor_high"][PEAK] < rows["factor_low"][OFF_PEAK]
        return [
            f"The peak comes out quicker than off-peak: {shown[PEAK]} against {shown[OFF_PEAK]}. "
            + ("The intervals are apart, so it may be true" if apart else "The intervals overlap, so it may be chance")
            + ": look at it before you paste it."
        ]


def calibrate(gaps: pd.DataFrame, network: RoadNetwork, *, settings: CalibrationSettings) -> Calibration:
    """Fit a factor on the network's travel times for each scenario, outside and inside built-up areas.

    The factor is on the time on the road at the network's own speeds, delays at junctions included, before any
    scenario's factors; the legs between door and road are left as they are. See `envelope` for the method.

    Parameters
    ----------
    gaps
        As `observe_gaps` gives them.
    network
        The roads.
    settings
        The shortest journey that counts, and the fewest gaps.

    Raises
    ------
    RoadsError
        When every gap's places lie outside the roads' extent.
    """
    usable = gaps[gaps["usable"].to_numpy(dtype=bool)]
    modelled = model_journeys(usable, network)
    road = modelled["minutes_outside"] + modelled["minutes_inside"]
    late_reason = np.select([road.isna(), road < settings.shortest_minutes], [OFF_ROADS, TOO_SHORT], default="")
    reason = gaps["reason"].astype(object).copy()
    reason.loc[usable.index] = late_reason
    chosen = late_reason == ""
    rows = usable.assign(**modelled)[chosen]
    day = rows["carer"].astype("str") + " " + rows["day"].astype("str")
    rows = rows.assign(carer_day=pd.factorize(day)[0] if len(rows) else np.zeros(0, dtype=int))
    by_hand = reason.eq(NOT_AUTOMATIC).all() if len(reason) else False
    basis, fault = _choose_basis(rows, settings)
    every, whole = _fit_scenario(ANY_HOUR, rows, settings, basis=basis, fault=fault)
    for scenario in SCENARIOS:
        of_scenario = rows[rows["scenario"] == scenario]
        every += _fit_scenario(scenario, of_scenario, settings, basis=basis, fault=fault, like=whole)[0]
    table = pd.DataFrame(every, columns=_TABLE)
    if by_hand:
        short = table["status"].str.startswith(NOT_ENOUGH)
        table.loc[short, "status"] += "; no two consecutive visits are marked as logged automatically"
    used = rows if basis == ALL_GAPS else rows[pick_unhurried(rows)]
    return Calibration(
        table=table,
        reasons=reason.value_counts().rename_axis("reason").rename("gaps"),
        providers=tuple(sorted(used["provider_id"].astype("str").unique())),
    )


def _fit_scenario(
    scenario: str,
    rows: pd.DataFrame,
    settings: CalibrationSettings,
    *,
    basis: str,
    fault: str = "",
    like: Envelope | None = None,
) -> tuple[list[dict[str, object]], Envelope | None]:
    """Rows of the table for one scenario, and its fit of one factor where that stands."""
    used = rows if basis == ALL_GAPS else rows[pick_unhurried(rows)]
    roads = used[_ROADS].to_numpy(dtype=float)
    minutes = dict(zip(AREAS, [roads.sum(axis=1), roads[:, 0], roads[:, 1]], strict=True))
    base: dict[str, object] = {
        "scenario": scenario,
        "gaps": len(rows),
        "gaps_fitted": 0,
        "carer_days": 0,
        "basis": basis,
    }
    every = [{**base, "area": area, "minutes_modelled": _mean(minutes[area])} for area in AREAS]
    if fault or len(used) < settings.least_gaps:
        kind = "" if basis == ALL_GAPS else " that began too late for a wait"
        short = f"{NOT_ENOUGH}: {len(used):,} gaps{kind}, {settings.least_gaps:,} are needed"
        why = f"{NOT_SUPPORTED}: {fault}" if fault else short
        return [{**row, "status": why} for row in every], None
    drawn = _draw_days(used)
    one = _fit(drawn, settings, together=True, like=like)
    every = [{**row, "gaps_fitted": len(drawn), "carer_days": drawn["carer_day"].nunique()} for row in every]
    fault = _judge(one, 0) or _judge_lengths(drawn, settings, one)
    every[0] |= _figures(one, 0, fault)
    if fault:
        return [every[0], *({**row, "status": every[0]["status"]} for row in every[1:])], None
    two = _fit(drawn, settings, together=False, like=one)
    total = float(minutes["all"].sum())
    for position, row in enumerate(every[1:]):
        part = float(minutes[AREAS[position + 1]].sum()) / total
        if part < _LEAST_PART:
            row["status"] = f"{NOT_ENOUGH}: {part:.0%} of the minutes are there; the factor for all stands in"
        else:
            row.update(_figures(two, position, _judge(two, position)))
    return every, one


def _fit(rows: pd.DataFrame, settings: CalibrationSettings, *, together: bool, like: Envelope | None) -> Envelope:
    roads = rows[_ROADS].to_numpy(dtype=float)
    return fit_envelope(
        rows["gap_minutes"].to_numpy(dtype=float),
        roads.sum(axis=1, keepdims=True) if together else roads,
        fixed_minutes=rows["minutes_access"].to_numpy(dtype=float),
        groups=rows["carer_day"].to_numpy(dtype=np.int64),
        clock_minutes=_clock_step(rows),
        longest_minutes=settings.longest_gap_minutes,
        like=like,
    )


def _choose_basis(rows: pd.DataFrame, settings: CalibrationSettings) -> tuple[str, str]:
    """Choose which gaps to believe, and say why none can be, blank where some can.

    Where carers wait for the planned hour, only gaps that began too late for that are believed.
    """
    if not wait_for_plan(rows):
        return ALL_GAPS, ""
    unhurried = int(pick_unhurried(rows).sum())
    if unhurried >= settings.least_gaps:
        # So many gaps prove a plan made beforehand, if it was: otherwise the waits were chance.
        if not planned_beforehand(rows):
            return ALL_GAPS, ""
        known = plan_knows_journeys(rows) or _picks_differ(rows, settings)
        return (ALL_GAPS, _KNOWN) if known else (UNHURRIED, "")
    fault = (
        f"carers wait for the planned hour, and only {unhurried:,} of {len(rows):,} gaps began too late for that; "
        f"{settings.least_gaps:,} are needed"
    )
    if unhurried:
        days = (rows["day"].max() - rows["day"].min()).days + 1
        weeks = math.ceil(days / _DAYS_IN_WEEK * settings.least_gaps / unhurried)
        fault += f": bring about {weeks:,} weeks"
    return ALL_GAPS, fault


def _picks_differ(rows: pd.DataFrame, settings: CalibrationSettings) -> bool:
    """Whether picking gaps by their own planned hour gives another factor than by the rota's usual allowance."""
    behind = rows[pick_behind(rows)]
    if len(behind) < settings.least_gaps:
        return False
    own, usual = (
        _fit(_draw_days(each), settings, together=True, like=None) for each in (rows[pick_unhurried(rows)], behind)
    )
    # Where half of the second hold waits, it is no measure of the first.
    return usual.pure_share >= _HALF and abs(math.log(own.factors[0] / usual.factors[0])) > _MOST_DIFFERENT


def _draw_days(rows: pd.DataFrame) -> pd.DataFrame:
    """Take whole carer-days by lot until there are enough gaps; the same ones every time."""
    if len(rows) <= _MOST_GAPS:
        return rows
    days = rows["carer_day"].unique()
    rank = pd.Series(np.random.default_rng(0).permutation(len(days)), index=days)
    order = rows.assign(rank=rows["carer_day"].map(rank)).sort_values("rank", kind="stable")
    last = order["rank"].iloc[_MOST_GAPS - 1]
    drawn: pd.DataFrame = rows[rows["carer_day"].map(rank) <= last]
    return drawn


def _clock_step(rows: pd.DataFrame) -> float:
    """Find the steps in which clocks were kept, minutes: whole minutes, or seconds."""
    whole = (rows["gap_minutes"] * 60.0).round() % 60 == 0
    return 1.0 if whole.mean() > _SAME_CLOCK else 1.0 / 60.0


def _judge(fit: Envelope, kind: int) -> str:
    """Why a factor cannot be relied on, blank where it can."""
    if fit.at_bound:
        return f"{fit.at_bound} ran to the end of its range"
    if fit.pure_share < _LEAST_PURE:
        return f"only {fit.pure_share:.0%} of the gaps look like travel alone, so they show no lower edge"
    half = _half_width(fit, kind)
    if not half < _WIDEST:
        return f"the interval would be ±{half:.0%}"
    return ""


def _judge_lengths(rows: pd.DataFrame, settings: CalibrationSettings, whole: Envelope) -> str:
    """Whether short and long journeys contradict each other, as they do where waits grow with journeys."""
    if len(rows) < _LEAST_TO_HALVE:
        return ""
    road = rows[_ROADS].sum(axis=1)
    short = road <= road.median()
    fits = [_fit(half, settings, together=True, like=whole) for half in (rows[short], rows[~short])]
    apart = abs(math.log(fits[1].factors[0] / fits[0].factors[0]))
    error = math.sqrt(sum(float(fit.log_covariance[0, 0]) for fit in fits))
    if apart > _MOST_APART and apart > 3 * error:
        return (
            f"short journeys say {fits[0].factors[0]:.2f} and long ones {fits[1].factors[0]:.2f}: waits go with the "
            "length of journeys, or the modelled times are wrong in a way that no factor mends"
        )
    return ""


def _half_width(fit: Envelope, kind: int) -> float:
    """Half the 95 % interval of a factor's logarithm."""
    return _SURE * math.hypot(math.sqrt(fit.log_covariance[kind, kind]), _MODEL_ERROR)


def _figures(fit: Envelope, kind: int, fault: str) -> dict[str, object]:
    found: dict[str, object] = {
        "status": f"{NOT_SUPPORTED}: {fault}" if fault else FITTED,
        "pure_share": fit.pure_share,
        "spread": fit.spread,
        "door_minutes": fit.door_minutes,
    }
    if not fault:
        factor, half = float(fit.factors[kind]), _half_width(fit, kind)
        found |= {
            "factor": factor,
            "factor_low": factor * math.exp(-half),
            "factor_high": factor * math.exp(half),
        }
    return found


def _verdict(row: pd.Series) -> str:
    if row["status"] != FITTED:
        return str(row["status"])
    return f"{_interval(row)} from {row['gaps_fitted']:,} of {row['gaps']:,} gaps"


def _interval(row: pd.Series) -> str:
    return f"× {row['factor']:.2f} ({row['factor_low']:.2f} to {row['factor_high']:.2f})"


def _sentence(names: list[str], verdict: str, *, every: bool) -> str:
    named = "Every scenario" if every else ", ".join(names[:-1]) + (" and " if names[1:] else "") + names[-1]
    return f"{named[0].upper()}{named[1:]}: {verdict}."


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else math.nan
