"""Recorded runs: whether one still holds, and repeating it to compare the results byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from marketmap.blocks import Stop
from marketmap.errors import OutputError
from marketmap.inputs.folder import read_folder_settings
from marketmap.outputs.drafts.locks import read_plan_locks
from marketmap.outputs.files.record import read_record
from marketmap.outputs.runs.batch import run_blocks
from marketmap.outputs.runs.factors import factors_of
from marketmap.outputs.workspace.freshness import holds_still


def is_current(
    out: Path,
    county_folder: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    seed: int | None = None,
    first: int | None = None,
    full: bool = False,
) -> bool:
    """Say whether an output folder holds a blocks run of this county as its files and settings are now.

    Parameters
    ----------
    out
        The output folder; need not be there.
    county_folder, overrides
        As for `run_blocks`.
    seed
        The settings' own where not given.
    first, full
        As for `run_blocks`.
    """
    try:
        record = read_record(out)
    except OutputError:
        return False
    folder = Path(county_folder)
    # A run that looked further holds all that one holds which did not.
    if record.purged or record.solver.get("without") is not None or (full and not record.solver.get("full")):
        return False
    if not record.solver or record.solver.get("first") != first or record.locks or "edits" in record.solver:
        return False
    settings, _ = read_folder_settings(folder, settings=None, overrides=overrides)
    if record.seed != (settings.solver.seed if seed is None else seed):
        return False
    return holds_still(record, out, folder, overrides=overrides)


def replay_run(
    recorded: Path,
    out: Path,
    *,
    on_stage: Callable[[str], None],
    on_progress: Callable[[int, float, float], None] | None = None,
) -> list[str]:
    """Repeat a blocks run from its ``run.json``, with the settings and seed that it records.

    Returns
    -------
    list of str
        What differs from the record: inputs that changed since, and output tables with other bytes.

    Raises
    ------
    OutputError
        When the record is not that of a blocks run, or its county folder is gone.
    """
    record = read_record(recorded)
    if not record.solver:
        raise OutputError("run.json: not the record of a blocks run, so there is no plan to repeat.")
    if "edits" in record.solver:
        raise OutputError("run.json: this plan was shaped by hand, so no search makes it again. Replay its origin.")
    county = Path(record.county_folder)
    if not county.is_dir():
        raise OutputError(f"run.json: its county folder {county} is not there. Put the tables back and replay again.")
    again = run_blocks(
        county,
        out,
        overrides=record.settings,
        factors=factors_of(record),
        seed=record.seed,
        stop=Stop(**record.stop),
        first=record.solver.get("first"),
        without=record.solver.get("without"),
        full=bool(record.solver.get("full")),
        locks=read_plan_locks(recorded if recorded.is_dir() else recorded.parent, record) if record.locks else None,
        command=record.command,
        on_stage=on_stage,
        on_progress=on_progress,
    )
    changed = [
        f"input {name}"
        for name in sorted({*record.inputs, *again.inputs})
        if again.inputs.get(name, {}).get("sha256") != record.inputs.get(name, {}).get("sha256")
    ]
    # A map draws libraries in, and the README says when: only tables must be the same.
    tables = sorted({path for path in (*record.outputs, *again.outputs) if path.endswith(".csv")})
    return changed + [path for path in tables if again.outputs.get(path) != record.outputs.get(path)]
