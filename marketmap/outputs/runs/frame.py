"""The frame of a run: what every verb that measures a county and writes tables has in common.

With it a file of `runs` holds its own idea alone: what it looks for, its tables and the sentences that go with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from marketmap.blocks.interrupts import Interrupts
from marketmap.blocks.swaps import Marks
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.notices import describe_basis
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.plans.writing import write_left_out
from marketmap.outputs.runs.batch import Batch, Stage, make_record, prepare, say_nothing
from marketmap.outputs.runs.factors import Factors
from marketmap.outputs.runs.swap_marks import keep_marks
from marketmap.outputs.schema.columns import OutputTable

BASIS = "basis"


@dataclass(frozen=True)
class Run:
    """One run under way: what was read, where it is written and what was asked for; made by `open_run`.

    Attributes
    ----------
    batch
        The county and its road minutes.
    seed
        What was asked for, else the settings' own.
    command
        What was typed, for the record.
    on_stage
        Told what is being done.
    folder
        The output folder, for files that are no tables; `finish` writes the tables.
    interrupts
        What Ctrl-C does: `Interrupts.heed` where a wish to stop is kept in mind.
    """

    batch: Batch
    seed: int
    command: Sequence[str]
    on_stage: Stage
    folder: OutputFolder
    interrupts: Interrupts

    def finish(
        self,
        tables: Iterable[tuple[pd.DataFrame, OutputTable]],
        *,
        summary: str,
        notes: Sequence[str] = (),
        stop: Mapping[str, Any] | None = None,
        fitted: Mapping[str, Any] | None = None,
        plan: Mapping[str, str] | None = None,
        evaluation: Mapping[str, Any] | None = None,
    ) -> RunRecord:
        """Write the tables, what was left out of them and the record; nothing interrupts it from then on.

        Parameters
        ----------
        tables
            Each frame and the table that it is. A table's column ``basis`` is filled here with what the whole run rests
            on; what the frame has there already follows.
        summary, notes, stop
            As `RunRecord` has them; the notes of the inputs and the roads come before these.
        fitted
            What a fit found, where the run is one: the record's ``factors``.
        plan
            Which plan the run was given, as the record has it.
        evaluation
            Which times an evaluation compared, as the record has it.

        Returns
        -------
        RunRecord
            The record as written.
        """
        self.on_stage("Writing the results")
        record = make_record(self.batch, command=self.command, seed=self.seed, stop=stop, notes=notes, summary=summary)
        record = record if fitted is None else replace(record, factors=fitted)
        record = replace(record, plan=plan or {}, evaluation=evaluation or {})
        basis = describe_basis(record)
        for frame, table in tables:
            self.folder.write_table(_rest_on(frame, basis) if BASIS in table.names else frame, table)
        write_left_out(self.folder, self.batch)
        written = self.folder.finish(record)
        self.interrupts.ignore()  # the folder takes its place whole
        return written


def _rest_on(frame: pd.DataFrame, basis: str) -> pd.DataFrame:
    return frame.assign(**{BASIS: f"{basis} " + frame[BASIS] if BASIS in frame else basis})


@contextmanager
def open_run(
    county_folder: Path,
    out: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    factors: Factors | None = None,
    seed: int | None = None,
    command: Sequence[str] = (),
    on_stage: Stage = say_nothing,
    stopping: str = "",
    marks: Path | Marks | None = None,
) -> Iterator[Run]:
    """Open a run: the output folder is looked at first, then the county is read and its road minutes measured.

    Parameters
    ----------
    county_folder, overrides, factors, on_stage
        As for `marketmap.outputs.runs.batch.prepare`.
    out
        The output folder: written whole where the block calls `Run.finish`, else left as it was.
    seed
        The settings' own where not given.
    command
        What was typed, for the record.
    stopping
        What is said at the first Ctrl-C once the run heeds it.
    marks
        The decisions on a swap list that the run is given: those in ``out`` that no run has read are never replaced.

    Raises
    ------
    MarketmapError
        With the text to show.
    """
    keep_marks(out, marks)
    with Interrupts(lambda: on_stage(stopping)) as interrupts, OutputFolder(out) as folder:
        batch = prepare(county_folder, overrides=overrides, factors=factors, on_stage=on_stage)
        chosen = batch.county.settings.solver.seed if seed is None else seed
        yield Run(batch, chosen, command, on_stage, folder, interrupts)
