"""A swaps run, the whole way: a council's folder in, the list of packages that could change hands out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from marketmap.blocks.swaps import Confirm, Marks, SwapList, find_swaps
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.runs.batch import Stage, say_nothing
from marketmap.outputs.runs.factors import Factors
from marketmap.outputs.runs.frame import open_run
from marketmap.outputs.runs.rounds import work_of
from marketmap.outputs.runs.swap_marks import read_marks
from marketmap.outputs.runs.swap_rounds import RoundsConfirm
from marketmap.outputs.schema.swap import SWAP_LIST, SWAP_PROVIDERS, SWAP_TOTALS


def run_swaps(
    county_folder: Path,
    out: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    factors: Factors | None = None,
    marks: Path | Marks | None = None,
    only: Sequence[str] = (),
    confirm_days: int = 0,
    seed: int | None = None,
    command: Sequence[str] = ("swaps",),
    on_stage: Stage = say_nothing,
) -> RunRecord:
    """Find the packages that could change hands and write the list, whole or not at all.

    Parameters
    ----------
    county_folder, overrides, factors, on_stage
        As for `marketmap.outputs.runs.batch.prepare`.
    out
        The output folder.
    marks
        An earlier list with decisions filled in, which may be the one in ``out``; or the decisions.
    only
        Moves are between these providers alone; all where not given.
    confirm_days
        Confirm the list by simulated rounds of the last so many days of call monitoring; 0: not simulated.
    seed
        The settings' own where not given.
    command
        What was typed, for the record.

    Raises
    ------
    MarketmapError
        With the text to show; the output folder is then as it was.
    """
    decided = read_marks(marks) if isinstance(marks, Path) else marks  # before anything slow
    with open_run(
        county_folder, out, overrides=overrides, factors=factors, seed=seed, command=command, on_stage=on_stage,
        marks=marks,
    ) as run:  # fmt: skip
        tables, settings = run.batch.county.tables, run.batch.county.settings
        confirm: Confirm | None = None
        if confirm_days:
            work_of(tables, settings)  # without call monitoring there is nothing to simulate: said first
            confirm = RoundsConfirm(run.batch, days=confirm_days, seed=run.seed, on_stage=on_stage)
        on_stage("Looking for packages that could change hands")
        found = find_swaps(tables, run.batch.matrix, settings, only=only, marks=decided, confirm=confirm, seed=run.seed)
        return run.finish(
            [(found.moves, SWAP_LIST), (found.providers, SWAP_PROVIDERS), (found.totals, SWAP_TOTALS)],
            notes=[*([factors.describe_swaps()] if factors else ()), *found.notes, *_tell(only)],
            summary=_sum_up(found),
        )


def _tell(only: Sequence[str]) -> list[str]:
    return [f"Only between these providers: {', '.join(only)}."] if only else []


def _sum_up(found: SwapList) -> str:
    total = found.totals.iloc[0]
    if not total["moves"]:
        return "No move pays off within everybody's hours, services and spare capacity."
    confirmed = (
        str(total["confirmed_by"])
        if total["confirmed_minutes_saved_week"] != total["confirmed_minutes_saved_week"]  # NaN: there is none
        else f"{total['confirmed_minutes_saved_week']:,.0f} confirmed"
    )
    return (
        f"{total['moves']:,} packages ({total['carer_hours_moving']:,.0f} carer hours a week) of "
        f"{total['providers']:,} providers could change hands: {total['minutes_saved_week']:,.0f} minutes of travel a "
        f"week saved by the estimate ({confirmed})."
    )
