"""A written plan taken up again: its draft, from its files alone, and the case that drafts of it are judged on."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from marketmap.blocks.draft import PROPOSED, Draft, DraftZone, decode_draft
from marketmap.blocks.locks import Locks, read_locks
from marketmap.blocks.model import build_model
from marketmap.blocks.plan import SPOT, PlanCase
from marketmap.blocks.stop import Stop
from marketmap.errors import OutputError
from marketmap.inputs.folder import find_tables, read_folder_settings
from marketmap.outputs.drafts.locks import read_plan_locks
from marketmap.outputs.files.folder import hash_file
from marketmap.outputs.files.reading import read_plan_record
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.runs.batch import Batch, Stage, prepare, say_nothing
from marketmap.outputs.schema.block import BLOCK_POSTCODES, BLOCK_PROPOSALS
from marketmap.outputs.schema.columns import OutputTable
from marketmap.outputs.schema.full import ALTERNATIVE_POSTCODES, ALTERNATIVES, FRONTIER, FRONTIER_POSTCODES

DRAFT_FILE = "internal/draft.json"
ROADS = "roads"
# A case of a county of 5,000 packages takes some hundred megabytes.
MOST_KEPT = 2


@dataclass(frozen=True)
class Reopened:
    """A county read again, and the case of its plans at some settings: with the council's locks and no others."""

    batch: Batch
    case: PlanCase


_KEPT: OrderedDict[str, Reopened] = OrderedDict()
_ONE_AT_A_TIME = threading.Lock()


def draft_of(plan_folder: Path) -> Draft:
    """Take up a written plan.

    Blocks that were kept at somebody's asking for one search are locked.

    Parameters
    ----------
    plan_folder
        The output folder of a plan, made by a search or written from a draft.

    Raises
    ------
    OutputError
        When it holds no plan, was purged, or a file of it cannot be read.
    """
    folder = Path(plan_folder)
    record = read_plan_record(folder)
    if DRAFT_FILE in record.outputs:
        path = folder / DRAFT_FILE
        if not path.is_file():
            raise OutputError(f"{folder.name}: {DRAFT_FILE} is not there. Open the plan that it was edited from.")
        return decode_draft(path.read_bytes())
    proposals = read_table(folder / BLOCK_PROPOSALS.path, BLOCK_PROPOSALS)
    rows = read_table(folder / BLOCK_POSTCODES.path, BLOCK_POSTCODES)
    inside = rows[rows["block_id"] != SPOT].groupby("block_id")["postcode"]
    postcodes = {str(name): tuple(sorted(map(str, own))) for name, own in inside}
    asked = read_plan_locks(folder, record)
    zones = [
        DraftZone(
            block_id=str(row.block_id),
            status=str(row.status),
            provider_id=str(row.suggested_provider_id),
            centre=str(row.centre_postcode),
            postcodes=postcodes.get(str(row.block_id), ()),
        )
        for row in proposals.itertuples()
    ]
    solver = record.solver
    known = {
        "status": solver.get("status"),
        "objective": solver.get("objective"),
        # Plans without the blocks that were kept may cost less than that search's bound.
        "lower_bound": None if asked.kept or solver.get("first") is not None else solver.get("lower_bound"),
        "relaxed": list(solver.get("relaxed", [])),
        "ended": solver.get("ended_by", ""),
        "forbidden": [list(pair) for pair in sorted(asked.forbidden)],
    }
    return Draft(
        county=_list_digests(record),
        settings=record.settings,
        seed=record.seed,
        stop=record.stop,
        solver=known,
        origin=f"the run of {_tell_moment(record.created)}",
        zones=tuple(sorted(zones, key=lambda zone: zone.block_id)),
        locked=tuple(sorted(asked.kept)),
        forbidden=tuple(sorted(asked.forbidden)),
    )


def draft_of_frontier(plan_folder: Path, row_name: str) -> Draft:
    """Take up a plan of the frontier by its name, such as F3.

    Its figures are at the proposed plan's weights, and so is the bound.

    Raises
    ------
    OutputError
        When the folder has no frontier, or none of that name; else as `draft_of`.
    """
    figures = ("objective_proposed_weights", FRONTIER, FRONTIER_POSTCODES)
    return _draft_of_row(Path(plan_folder), row_name, *figures, kind="frontier")


def draft_of_alternative(plan_folder: Path, name: str) -> Draft:
    """Take up an alternative by its name, such as A1; errors as `draft_of_frontier`."""
    figures = ("objective", ALTERNATIVES, ALTERNATIVE_POSTCODES)
    return _draft_of_row(Path(plan_folder), name, *figures, kind="list of alternatives")


def _draft_of_row(folder: Path, name: str, column: str, rows: OutputTable, places: OutputTable, *, kind: str) -> Draft:
    record = read_plan_record(folder)
    if rows.path not in record.outputs or places.path not in record.outputs:
        raise OutputError(f"{folder.name}: the plan has no {kind}. Run it with FULL=1.")
    plans = read_table(folder / rows.path, rows)
    listed = read_table(folder / places.path, places)
    base = draft_of(folder)
    if name == "proposed" or ("proposed" in plans and plans.loc[plans["plan"] == name, "proposed"].any()):
        return base
    if name not in set(plans["plan"]):
        known = ", ".join(str(plan) for plan in plans["plan"])
        raise OutputError(f"{folder.name}: the {kind} has no plan {name}. Choose one of {known}.")
    zones = [zone for zone in base.zones if not zone.proposed or zone.block_id in base.locked]
    for block, own in listed[listed["plan"] == name].groupby("block_id", sort=True):
        first = own.iloc[0]
        zones.append(
            DraftZone(
                block_id=str(block),
                status=PROPOSED,
                provider_id=str(first["suggested_provider_id"]),
                centre=str(first["centre_postcode"]),
                postcodes=tuple(sorted(own["postcode"].astype(str))),
            )
        )
    objective = float(plans.set_index("plan")[column][name])
    return Draft(
        county=base.county,
        settings=base.settings,
        seed=base.seed,
        stop=base.stop,
        solver={**base.solver, "status": "feasible", "objective": objective},
        origin=f"plan {name} of the {kind} of {base.origin}",
        zones=tuple(sorted(zones, key=lambda zone: zone.block_id)),
        locked=base.locked,
        forbidden=base.forbidden,
    )


def reopen_case(draft: Draft, county_folder: Path, *, on_stage: Stage = say_nothing) -> PlanCase:
    """Read the county of a draft again and build its case: with the council's locks, the draft's own pairs left aside.

    Raises
    ------
    OutputError
        Naming the tables that have changed since the draft's plan was made.
    MarketmapError
        As `marketmap.outputs.runs.batch.prepare`.
    """
    return reopen(draft, county_folder, on_stage=on_stage).case


def reopen(draft: Draft, county_folder: Path, *, on_stage: Stage = say_nothing) -> Reopened:
    """Do as `reopen_case` and give what was read as well; the last few are kept by their content."""
    folder = Path(county_folder)
    refuse_changed(draft, folder)
    key = json.dumps([str(folder.resolve()), dict(draft.county), draft.settings], sort_keys=True)
    with _ONE_AT_A_TIME:
        if key not in _KEPT:
            _KEPT[key] = _build(draft, folder, on_stage)
            while len(_KEPT) > MOST_KEPT:
                _KEPT.popitem(last=False)
        _KEPT.move_to_end(key)
        return _KEPT[key]


def _build(draft: Draft, folder: Path, on_stage: Stage) -> Reopened:
    batch = prepare(folder, overrides=draft.settings, on_stage=on_stage)
    tables, settings = batch.county.tables, batch.county.settings
    locks = read_locks(tables.locks, county_postcodes=tables.county_postcodes).joined(Locks())
    on_stage("Building the model")
    model = build_model(tables, batch.matrix, settings.blocks, locks=locks)
    return Reopened(batch, PlanCase(tables, batch.matrix, settings, locks, draft.seed, Stop(**draft.stop), model, ()))


def refuse_changed(draft: Draft, folder: Path) -> None:
    """Refuse a county whose tables are no longer those that a draft's plan was made from.

    Raises
    ------
    OutputError
        Naming them.
    """
    settings, faults = read_folder_settings(folder, settings=None, overrides=draft.settings)
    files, more, _ = find_tables(folder, settings=settings)
    if faults or more:
        raise OutputError(f"The county folder cannot be read as it was: {'; '.join(map(str, [*faults, *more]))}")
    now = {name: hash_file(path) for name, path in files.items() if path.is_file()}
    roads = folder / settings.roads.file
    if settings.roads.file:
        now[ROADS] = hash_file(roads) if roads.is_file() else ""
    changed = sorted(name for name in {*now, *draft.county} if now.get(name) != draft.county.get(name))
    if changed:
        raise OutputError(
            f"The tables have changed since this plan was made ({', '.join(changed)}), so it cannot be edited. Run "
            "again and edit the new plan; this one can still be read."
        )


def _tell_moment(created: str) -> str:
    moment = pd.Timestamp(created)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _list_digests(record: RunRecord) -> dict[str, str]:
    digests = {name: str(file["sha256"]) for name, file in record.inputs.items()}
    roads: Any = record.roads.get("sha256")
    return {**digests, ROADS: str(roads)} if record.settings["roads"]["file"] else digests
