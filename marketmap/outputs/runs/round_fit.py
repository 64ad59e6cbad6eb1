"""A fit run: the estimates that the optimiser uses, fitted on simulated rounds, as settings, with their error."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from marketmap.blocks.interrupts import is_asked
from marketmap.blocks.patches import find_patch_centres
from marketmap.errors import Fault, InputError
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.runs.batch import Stage, say_nothing
from marketmap.outputs.runs.factors import BLOCKS, FACTORS_FILE, INSIDE, OUTSIDE, SHARE, SWAPS
from marketmap.outputs.runs.frame import open_run
from marketmap.outputs.runs.rounds import DAYS_IN_A_WEEK, work_of
from marketmap.outputs.schema import round as round_columns
from marketmap.settings import Settings
from marketmap.travel import TravelTimes
from marketmap.travel.rounds.sets import (
    LEAST_TRAVEL,
    LEAST_VISITS,
    MOST_VISITS,
    PLACE,
    PROVIDER,
    Fit,
    describe_sets,
    draw_sets,
    fit_sets,
)
from marketmap.travel.rounds.week import solve_days
from marketmap.travel.rounds.work import last_days

SETS = 40
Progress = Callable[[int, int], None]


def run_fit(
    county_folder: Path,
    out: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    sets: int = SETS,
    seed: int | None = None,
    command: Sequence[str] = ("rounds", "--fit"),
    on_stage: Stage = say_nothing,
    on_progress: Progress | None = None,
) -> RunRecord:
    """Fit the block model's factor and the swap list's estimate on simulated rounds of one day.

    Parameters
    ----------
    county_folder, overrides, on_stage
        As for `marketmap.outputs.runs.batch.prepare`.
    out
        The output folder.
    sets
        How many sets of each kind: half are fitted on, half tell the error.
    seed
        The settings' own where not given.
    command
        What was typed, for the record.
    on_progress
        Told (visits done, visits in all).

    Returns
    -------
    RunRecord
        The record as written.

    Raises
    ------
    InputError
        Where there is no call monitoring, or too little of it for a set.
    MarketmapError
        With the text to show; the output folder is then as it was.
    """
    asked = "Stopping: a fit needs all of its sets, so nothing is written"
    with open_run(
        county_folder, out, overrides=overrides, seed=seed, command=command, on_stage=on_stage, stopping=asked
    ) as run:
        tables, settings, matrix = run.batch.county.tables, run.batch.county.settings, run.batch.matrix
        week = last_days(work_of(tables, settings), days=DAYS_IN_A_WEEK)
        day = week[week["day"] == week["day"].min()].reset_index(drop=True)
        drawn = draw_sets(day, matrix, number=sets, seed=run.seed)
        run.interrupts.heed()
        on_stage(f"Simulating rounds of {drawn['provider_id'].nunique():,} sets of visits")
        rounds = solve_days(
            drawn, matrix, settings=settings.rounds, seed=run.seed, on_progress=on_progress, is_stopped=is_asked
        )
        if rounds.solved < rounds.days:
            raise KeyboardInterrupt
        outside = minutes_from_patches(day, drawn, matrix, settings=settings)
        table = describe_sets(drawn, rounds, matrix, outside, settings=settings.rounds) if len(drawn) else drawn
        if not len(table) or table["held_out"].nunique() < len((True, False)):
            raise InputError([_too_little(len(day))])
        found = fit_sets(table, block_hours=(settings.blocks.min_hours, settings.blocks.max_hours))
        run.folder.write_bytes(FACTORS_FILE, write_factors(found, note=matrix.illustrative).encode("utf-8"))
        return run.finish(
            [(_tabulate(table, found), round_columns.FIT)],
            notes=[_USE, *_tell_sets(found, left_out=rounds.days - len(table))],
            summary=_sum_up(found),
            fitted=list_facts(found, day=day["day"].min()),
        )


def minutes_from_patches(
    day: pd.DataFrame, sets: pd.DataFrame, matrix: TravelTimes, *, settings: Settings
) -> pd.Series:
    """Measure each drawn visit's minutes from the nearest patch of its own provider, as the block model does outside.

    Parameters
    ----------
    day
        All visits of the day: patches are of all that a provider does, a week being seven such days.
    sets
        As `draw_sets` gives them.

    Returns
    -------
    Series
        Indexed like ``sets``.
    """
    there = day[(matrix.postcodes.get_indexer(pd.Index(day["postcode"].astype("object"))) >= 0)]
    held = there.assign(
        contact_hours=there["minutes"] / 60.0 * DAYS_IN_A_WEEK, carer_visits=there["carers"] * float(DAYS_IN_A_WEEK)
    )
    held = held.groupby(["provider_id", "postcode"], as_index=False)[["contact_hours", "carer_visits"]].sum()
    centres = find_patch_centres(
        held, minutes=matrix.minutes, postcodes=matrix.postcodes, patch_hours=settings.blocks.patch_hours
    )
    at = matrix.postcodes.get_indexer(pd.Index(sets["postcode"])) if len(sets) else np.array([], dtype=int)
    minutes = np.full(len(sets), np.inf)
    for provider, centre in centres.items():
        own = (sets["whose"] == provider).to_numpy()
        minutes[own] = matrix.minutes[np.ix_(at[own], centre)].min(axis=1)
    return pd.Series(minutes, index=sets.index)


def list_facts(found: Fit, *, day: pd.Timestamp) -> dict[str, Any]:
    """List what was found as `marketmap.outputs.runs.factors.Factors` keeps it; without a factor for blocks if none is.

    Parameters
    ----------
    day
        Of the visits that were simulated.
    """
    settings, off, sets = {SHARE: round(found.estimator.near, 3)}, {}, {}
    names = {SWAPS: "estimator"}
    if math.isfinite(found.factor):
        settings = {INSIDE: round(found.factor, 3), OUTSIDE: round(found.factor, 3)} | settings
        names[BLOCKS] = "factor"
    for kind, name in names.items():
        off[kind], sets[kind] = found.errors[name], found.sets[name]
    return {"settings": settings, "day": f"{day:%Y-%m-%d}", "off": off, "sets": sets}


def write_factors(found: Fit, *, note: bool) -> str:
    """Write what was fitted as TOML that may be put into the county's settings file.

    Parameters
    ----------
    note
        Whether to say that the roads are illustrative.
    """
    lines = [
        "# Fitted on simulated rounds (marketmap rounds --fit). Use them by --factors and this folder's name with",
        "# marketmap blocks and marketmap swaps; or put them under the tables of the same names in marketmap.toml.",
    ]
    if note:
        lines.append("# Mind: on illustrative roads they say nothing about real ones.")
    if math.isfinite(found.factor):
        off, sets = {name: f"{error:.0%}" for name, error in found.errors.items()}, found.sets
        lines += [
            "# One factor inside and outside, so that they differ by merit and not by formula.",
            f"# Off by {off['factor, inside']} on {sets['inside']} held-out sets of a block's size,",
            f"# by {off['factor, outside']} on {sets['outside']} held-out sets of providers. Each alone would give",
            f"# {found.inside:.3f} (off by {off['inside']}) and {found.outside:.3f} (off by {off['outside']}).",
            "",
            "[blocks]",
            f"factor_inside = {found.factor:.3f}",
            f"factor_outside = {found.factor:.3f}",
        ]
    else:
        lines += ["", "# No factor for blocks: there were too few sets of a block's size, or of a provider's."]
    share = (
        f"near_share = {found.estimator.near:.3f}  # with {found.estimator.visits:.3f} minutes a carer-visit: off by "
        f"{found.errors['estimator']:.0%} on {found.sets['estimator']} held-out sets"
    )
    lines += ["", "[swaps]", share, ""]
    return "\n".join(lines)


_USE = (
    "Use what was fitted by --factors and this folder with marketmap blocks and marketmap swaps; "
    f"{FACTORS_FILE} has it as settings too."
)
# The errors of a fit, in words.
_ERRORS = {
    "estimator": "by the nearest two visits",
    f"estimator, {PLACE}": "of these, round a place",
    f"estimator, {PROVIDER}": "of a provider",
    "factor, inside": "by the one factor, from a block's middle",
    "factor, outside": "by the one factor, from a provider's patches",
    "inside": "by a factor of its own, from a block's middle",
    "outside": "by a factor of its own, from a provider's patches",
}


def _tell_sets(found: Fit, *, left_out: int) -> list[str]:
    told = [
        f"{words}: {found.errors[name]:.1%} on {found.sets[name]:,} sets"
        for name, words in _ERRORS.items()
        if found.sets[name] and math.isfinite(found.errors[name])
    ]
    few = f"{left_out:,} sets with less than {LEAST_TRAVEL:g} minutes of travel in all, or cut off, were left out."
    return [
        "Mean absolute error of travel on sets that were not fitted on, " + "; ".join(told) + ".",
        *([few] if left_out else []),
    ]


def _sum_up(found: Fit) -> str:
    travel = (
        f"Travel of simulated rounds = {found.estimator.near:.2f} × minutes to the nearest two + "
        f"{found.estimator.visits:.2f} minutes a carer-visit, off by {found.errors['estimator']:.1%} on held-out sets. "
    )
    if not math.isfinite(found.factor):
        return f"{travel}No factor for blocks: there were too few sets of a block's size, or of a provider's."
    return (
        f"{travel}Factor for blocks, inside and outside: {found.factor:.2f}, off by {found.errors['factor']:.0%} (from "
        f"a block's middle alone {found.inside:.2f}, from a provider's patches alone {found.outside:.2f})."
    )


def _too_little(visits: int) -> Fault:
    what = f"the first day has {visits:,} visits, too few for sets of {LEAST_VISITS} to {MOST_VISITS}"
    return Fault("visits", what, "Give call monitoring of a whole week of the county's providers")


def _tabulate(table: pd.DataFrame, found: Fit) -> pd.DataFrame:
    """Put what was simulated beside what each estimate says."""
    return table.assign(
        estimated=found.estimator.estimate(table),
        by_centre=table["centre"] * found.factor,
        by_patches=table["outside"] * found.factor,
    ).reset_index()
