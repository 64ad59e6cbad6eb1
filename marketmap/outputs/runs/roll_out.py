"""An evaluation run, the whole way: a council's folder in, and perhaps an earlier one; what blocks changed out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from marketmap.errors import Fault, InputError, MarketError
from marketmap.inputs.county import SourceFile, read_county
from marketmap.market.periods import make_period, split_periods
from marketmap.market.places import place_postcodes
from marketmap.market.roll_out import SAME, RollOut, evaluate_roll_out
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.runs.batch import Stage, say_nothing
from marketmap.outputs.runs.frame import open_run
from marketmap.outputs.schema.roll_out import ROLL_OUT, ROLL_OUT_AREAS


def run_evaluation(
    county_folder: Path,
    out: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    earlier_folder: Path | None = None,
    command: Sequence[str] = ("evaluate",),
    on_stage: Stage = say_nothing,
) -> RunRecord:
    """Evaluate a roll-out and write what it changed, whole or not at all.

    Parameters
    ----------
    county_folder, overrides, on_stage
        As for `marketmap.outputs.runs.batch.prepare`; the tables of the time after.
    out
        The output folder.
    earlier_folder
        The county's tables of the time before the blocks; where not given, the visits table of ``county_folder`` must
        span the roll-out.
    command
        What was typed, for the record.

    Raises
    ------
    MarketmapError
        With the text to show; the output folder is then as it was.
    """
    if earlier_folder is not None and not earlier_folder.is_dir():
        remedy = (
            "Give a folder that holds the county's tables as they were before the blocks: packages, providers, visits"
        )
        raise InputError([Fault(str(earlier_folder), "the folder of the time before does not exist", remedy)])
    with open_run(county_folder, out, overrides=overrides, seed=0, command=command, on_stage=on_stage) as run:
        tables, settings = run.batch.county.tables, run.batch.county.settings
        lines: pd.DataFrame | None = None
        named: list[str] = []
        given: dict[str, SourceFile] = {}
        if earlier_folder is None:
            before, after = split_periods(tables)
        else:
            on_stage("Reading the tables of the time before")
            earlier = read_county(earlier_folder, overrides=overrides).tables
            times = {"before": earlier.visits, "after": tables.visits}
            missing = [name for name, visits in times.items() if visits is None]
            if earlier.visits is None or tables.visits is None:
                raise MarketError(
                    "An evaluation needs table visits of both times; there is none of the time "
                    f"{' and '.join(missing)}."
                )
            before, after, lines = make_period(earlier.visits), make_period(tables.visits), earlier.package_lines
            given = dict(sorted(earlier.files.items()))
            files = ", ".join(f"{file.name} (SHA-256 {file.sha256})" for file in given.values())
            named = [f"The time before is of {earlier_folder}: {files}."]
        on_stage("Comparing areas inside and outside blocks")
        places = place_postcodes(tables, settings=settings)
        found = evaluate_roll_out(
            tables, places, before, after, matrix=run.batch.matrix, settings=settings, earlier_lines=lines
        )
        return run.finish(
            [(found.effects.assign(comparison=SAME), ROLL_OUT), (found.areas, ROLL_OUT_AREAS)],
            notes=[*found.notes, *named, places.rural_basis],
            summary=_sum_up(found),
            evaluation={
                **{
                    name: [f"{period.first:%Y-%m-%d}", f"{period.last:%Y-%m-%d}"]
                    for name, period in (("before", before), ("after", after))
                },
                "earlier_folder": "" if earlier_folder is None else str(earlier_folder),
                "earlier_inputs": {name: dataclasses.asdict(file) for name, file in given.items()},
            },
        )


def _sum_up(found: RollOut) -> str:
    hours = found.effects.set_index("outcome").loc["hours_delivered"]
    if hours["why_not"]:
        return f"No effect is told: {hours['why_not']}."
    return (
        f"Delivered hours inside blocks against outside: {hours['effect']:+.1%} ({hours['low']:+.1%} to "
        f"{hours['high']:+.1%}), from {hours['inside']:,} areas inside and {hours['outside']:,} outside; "
        f"{hours['detectable']:.1%} is the smallest effect that would have been found: {hours['answer']}."
    )
