"""Drafts written as whole plans, and searches that begin where a draft stands.

A plan that was edited is written as any other, so that every page and the checker read it like one. What is claimed
of it is less: that it is the cheapest of anything is not, and the bound only where it still holds.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from marketmap.blocks import ExitPlan, Locks, Plan, Stop
from marketmap.blocks.draft import Draft, encode_draft
from marketmap.blocks.draft_zones import forbid_more, place_zones
from marketmap.blocks.edit_checks import EditFinding, find_broken
from marketmap.blocks.exit import find_company
from marketmap.blocks.gains import FOR_OTHERS
from marketmap.blocks.kept import KEPT
from marketmap.blocks.plan import SPOT, PlanCase
from marketmap.blocks.propose import tabulate_plan
from marketmap.blocks.search import Progress
from marketmap.blocks.warm import compile_solver
from marketmap.blocks.zone_problem import ZoneResult, relative_gap
from marketmap.errors import PlanError
from marketmap.outputs.drafts.reopen import DRAFT_FILE, Reopened, reopen
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.plans.summary import note_guarantees, summarise
from marketmap.outputs.plans.writing import write_asked, write_exit, write_plan
from marketmap.outputs.runs.batch import Stage, make_record, run_blocks, say_nothing
from marketmap.outputs.runs.factors import describe_scale
from marketmap.outputs.schema.edit import EDITS

EDITED = "edited"
UNLOCK = "Unlock what is named, or change it so that it keeps to the rule, and search again."
LEFT_OUT = "Left out by hand: it stays spot purchase"


def write_draft(
    draft: Draft,
    county_folder: Path,
    out: Path,
    *,
    command: Sequence[str] = ("blocks", "--edited"),
    on_stage: Stage = say_nothing,
) -> RunRecord:
    """Write a draft as a plan folder, whole or not at all.

    Parameters
    ----------
    draft
        Also written itself, with its edits in words.
    county_folder
        Of the tables that its plan was made from.
    out
        The output folder.
    command
        For the record.
    on_stage
        Told what is being done, in a few words.

    Returns
    -------
    RunRecord
        ``solver.status`` is ``edited`` where anything was; bound and gap are null where the bound does not hold.

    Raises
    ------
    MarketmapError
        When the tables have changed, or the folder cannot be written; it is then as it was.
    """
    return _write(draft, county_folder, out, company=None, stop=None, command=command, on_stage=on_stage)


def exit_of(
    draft: Draft,
    county_folder: Path,
    company: str,
    out: Path,
    *,
    stop: Stop | None = None,
    command: Sequence[str] = ("without", "--edited"),
    on_stage: Stage = say_nothing,
) -> RunRecord:
    """Say what becomes of a company's blocks and hours in a draft when it leaves, written beside the plan.

    Parameters
    ----------
    company
        A ``company_id`` of the providers table.
    stop
        Of giving out and drawing anew; the draft's own where not given.

    Raises
    ------
    MarketmapError
        As `write_draft`, and for a company that the county does not have.
    """
    return _write(draft, county_folder, out, company=company, stop=stop, command=command, on_stage=on_stage)


def solve_rest(
    draft: Draft,
    county_folder: Path,
    out: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    stop: Stop | None = None,
    seed: int | None = None,
    command: Sequence[str] = ("blocks", "--rest"),
    on_stage: Stage = say_nothing,
    on_progress: Progress | None = None,
) -> RunRecord:
    """Search anew for all but a draft's locked blocks, with its forbidden pairs: an ordinary plan with those locks.

    The search begins from the draft's other blocks, mended where they break a rule, so that what locked blocks need
    others to give up is given up from the start.

    A locked block keeps its provider and its postcodes. Its room is counted with the whole plan, as that of any
    proposed block: it may count on hours that its provider gives up in others.

    Parameters
    ----------
    overrides
        Settings that replace the draft's, nested as in TOML.
    stop, seed
        The draft's own where not given.
    on_progress
        As for `run_blocks`.

    Raises
    ------
    PlanError
        Naming the locked blocks that cannot be kept, and why; else as `run_blocks`.
    """
    begun = {
        zone.block_id: (zone.provider_id, zone.postcodes)
        for zone in draft.zones
        if zone.proposed and zone.block_id not in draft.locked
    }
    try:
        return run_blocks(
            county_folder,
            out,
            overrides=merge_settings(draft.settings, overrides or {}),
            seed=draft.seed if seed is None else seed,
            stop=stop or Stop(**draft.stop),
            locks=dataclasses.replace(take_locks(draft), begun=begun),
            command=command,
            on_stage=on_stage,
            on_progress=on_progress,
        )
    except PlanError as error:
        if draft.locked and KEPT in str(error):
            raise PlanError(f"{error} {UNLOCK}") from error
        raise


def take_locks(draft: Draft) -> Locks:
    """Take what a new search must keep of a draft: its locked blocks as they are, and its forbidden pairs."""
    held = {zone.block_id: (zone.provider_id, zone.postcodes) for zone in draft.zones if zone.block_id in draft.locked}
    return Locks(forbidden=draft.forbidden, kept=held)


def merge_settings(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Replace some settings, table by table."""
    merged = dict(settings)
    for key, value in changes.items():
        old = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(old, Mapping)
        merged[key] = merge_settings(merged[key], value) if both else value
    return merged


def make_plan(case: PlanCase, draft: Draft, findings: Sequence[EditFinding]) -> Plan:
    """Make the plan of a draft, with the bound where it holds.

    Parameters
    ----------
    case
        With the draft's forbidden pairs, as `draft_zones.forbid_more` gives it.
    findings
        The rules that the draft breaks.
    """
    zones = tuple(place_zones(case, draft))
    none = np.zeros(0, dtype=np.int64)
    nothing = ZoneResult(
        block_of=none, centres=none, providers=none, objective=0.0, lower_bound=-math.inf, gap=math.inf,
        status=EDITED if draft.edits else str(draft.solver.get("status")), iterations=0, seconds=0.0,
    )  # fmt: skip
    plan = tabulate_plan(dataclasses.replace(case, zones=zones), nothing)
    bound = find_bound(draft, findings)
    known = min(bound, plan.objective)
    held = case.model.point_of.reindex(plan.postcodes["postcode"]).to_numpy()
    left = case.model.points.index.get_indexer(pd.Index(draft.left_out))
    by_hand = np.isin(held, left[left >= 0]) & (plan.postcodes["block_id"] == SPOT).to_numpy(bool)
    return dataclasses.replace(
        plan,
        lower_bound=known,
        gap=relative_gap(plan.objective, known) if math.isfinite(known) else math.inf,
        relaxed=tuple(draft.solver.get("relaxed", ())) if math.isfinite(known) else (),
        ended=str(draft.solver.get("ended", "")),
        postcodes=plan.postcodes.assign(reason=plan.postcodes["reason"].mask(by_hand, LEFT_OUT)),
        proposals=plan.proposals.assign(
            reason=plan.proposals["reason"].str.replace(FOR_OTHERS, "as it was shaped by hand", regex=False)
            if draft.edits
            else plan.proposals["reason"]
        ),
    )


def find_bound(draft: Draft, findings: Sequence[EditFinding]) -> float:
    """Find the bound that holds for a draft, ``-inf`` for none.

    What bounds every plan bounds those with more forbidden pairs as well, but not those with fewer. A draft that
    breaks a rule is no plan, and may cost less.
    """
    bound = draft.solver.get("lower_bound")
    solved = {tuple(pair) for pair in draft.solver.get("forbidden", ())}
    if bound is None or findings or not solved <= set(draft.forbidden):
        return -math.inf
    return float(bound)


def _write(
    draft: Draft,
    county_folder: Path,
    out: Path,
    *,
    company: str | None,
    stop: Stop | None,
    command: Sequence[str],
    on_stage: Stage,
) -> RunRecord:
    with OutputFolder(out) as folder:
        reopened = reopen(draft, county_folder, on_stage=on_stage)
        case = forbid_more(reopened.case, draft.forbidden)
        if company is not None:
            find_company(case.tables, company)
        on_stage("Checking the plan")
        findings = tuple(find_broken(case, draft, place_zones(case, draft)))
        plan = make_plan(case, draft, findings)
        gone = None
        if company is not None:
            compile_solver()
            on_stage(f"Finding new homes for the blocks of {company}")
            gone = plan.without(company, stop=stop)
        on_stage("Writing the results")
        record = _make_record(reopened, draft, plan, findings, gone=gone, command=command)
        write_plan(folder, reopened.batch, plan, record)
        write_asked(folder, reopened.batch, Locks(forbidden=draft.forbidden))
        told = [str(edit.get("told", edit.get("kind", ""))) for edit in draft.edits]
        folder.write_table(pd.DataFrame({"number": range(1, len(told) + 1), "edit": told}), EDITS)
        folder.write_bytes(DRAFT_FILE, encode_draft(draft))
        if gone is not None:
            write_exit(folder, gone)
        return folder.finish(record, never_public=case.tables.packages["postcode"].dropna())


def _make_record(
    reopened: Reopened,
    draft: Draft,
    plan: Plan,
    findings: Sequence[EditFinding],
    *,
    gone: ExitPlan | None,
    command: Sequence[str],
) -> RunRecord:
    count = len(draft.edits)
    rules = ", ".join(sorted({finding.rule for finding in findings}))
    broken = f"It breaks {len(findings)} rule{'s' if len(findings) > 1 else ''} of the model ({rules})."
    parts = [
        f"Shaped by hand: {count} edit{'s' if count != 1 else ''} since {draft.origin}." if count else "",
        broken if findings else "",
        gone.notes[0] if gone else summarise(plan),
    ]
    return make_record(
        reopened.batch,
        command=command,
        seed=draft.seed,
        stop=draft.stop,
        solver={
            "status": plan.status,
            "ended_by": plan.ended,
            "end": "",
            "objective": plan.objective,
            "lower_bound": plan.lower_bound,
            "gap": plan.gap,
            "iterations": 0,
            "seconds": 0.0,
            "relaxed": list(plan.relaxed),
            "first": None,
            "without": gone.company_id if gone else None,
            "full": False,
            "edits": count,
            "origin": draft.origin,
        },
        notes=[
            describe_scale(reopened.batch.county.settings, reopened.batch.factors),
            *plan.notes,
            *note_guarantees(plan.proposals),
            *(gone.notes[1:] if gone else ()),
        ],
        summary=" ".join(filter(None, parts)),
        locks=Locks(forbidden=draft.forbidden),
    )
