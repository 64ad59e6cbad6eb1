"""The checker: re-reads a plan's files and the council's tables and re-derives every claim from them.

It shares no code with what made the plan (a test holds that): only `errors` and `settings` are common. Each
check is one small function entered in the register by `findings.check`; the next person adds one by writing
one. `evidence` reads what the checks need, once.

================  ==================================================================================
module            what its checks hold
================  ==================================================================================
``record``        run.json is complete, inputs and outputs are the ones it names, nothing has leaked
``form``          every CSV is RFC 4180 UTF-8 with its columns, and no cell can run in a spreadsheet
``places``        every postcode once, every block in one piece by road, existing blocks untouched
``locks``         zones held, providers kept out, places together or apart, by the council's locks and those asked for
``shaped``        what was asked for and edited by hand: listed, counted, and the draft that the files are of
``demand``        every figure of a point and a block, summed again from the packages
``staffing``      how many carers a block needs at once
``providers``     who may take a block: eligibility, capacity, one company's share
``costs``         each point's costs, the objective, the bound and the gap
``choices``       what each block gains, part by part, and who else could have it
``standing``      nobody left out without a cause, and minutes that a road could have
``starts``        the order in which blocks can start
``leaving``       what becomes of the blocks and hours of a company that leaves
``alternatives``  other plans keep every rule too, and are really different
``frontier``      each row is a plan, and no bound is above any plan of the run
``sensitivity``   what can be held of plans under other assumptions
``public``        what may leave the council: few people hidden, nobody named, every figure true
``told``          the summary, the settings that were used, the outlines on the map
``scale``         what travel is scaled by, and the fit that it is from
``list_record``   of a list: the record's files are there, and it says every setting
``swaps``         of a swap list: every move is allowed, everybody's hours are kept, who must agree
``chains``        of a swap list: a swap is one, a ring closes, what stands alone, counts of each provider
``waiting``       of a waiting list: nobody left out, no spare hours given twice, every reason there
``waiting_figures`` of a waiting list: prices, days waited, every postcode of the county
``roll_out``      of an evaluation: who is compared with whom, and every figure that the areas give (``effects``)
``roll_out_areas`` of an evaluation: each area's ground, kind, hours, waits and leakage, from the tables
``round_files``   of simulated rounds: every visit once, every rule held (``rounds``), today as it was driven
``round_places``  of simulated rounds: which areas each postcode with rounds is in
``round_shares``  of simulated rounds: every measure of every area, summed again from the rounds (``round_cells``)
``round_intervals`` of simulated rounds: every difference found again, and every interval drawn again
================  ==================================================================================
"""

from __future__ import annotations

import os
from pathlib import Path

from marketmap.check import (
    alternatives,
    chains,
    choices,
    costs,
    demand,
    form,
    frontier,
    leaving,
    list_record,
    locks,
    places,
    providers,
    public,
    record,
    roll_out,
    roll_out_areas,
    round_files,
    round_intervals,
    round_places,
    round_shares,
    scale,
    sensitivity,
    shaped,
    staffing,
    standing,
    starts,
    swaps,
    told,
    waiting,
    waiting_figures,
    written,
)
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Finding, Unreadable, run_checks
from marketmap.check.lists import ListEvidence
from marketmap.errors import OutputError

__all__ = ["Finding", "check_lists", "check_plan", "holds_lists", "holds_plan"]

MODULES = (
    record,
    form,
    places,
    locks,
    shaped,
    demand,
    staffing,
    providers,
    costs,
    choices,
    standing,
    starts,
    leaving,
    alternatives,
    frontier,
    sensitivity,
    public,
    told,
    scale,
)  # in the order that findings are told

# The file that says what a folder without a plan holds, and its checks.
LISTS = {
    written.SWAP_LIST: (swaps, chains),
    written.WAITING_MATCHES: (waiting, waiting_figures),
    written.ROUNDS: (round_files, round_places, round_shares, round_intervals),
    written.ROLL_OUT: (roll_out, roll_out_areas),
}


def check_plan(folder: Path | str, *, county: Path | str | None = None) -> list[Finding]:
    """Check a plan from its files alone.

    Parameters
    ----------
    folder
        The output folder: ``run.json`` and ``internal/``.
    county
        The folder of the council's tables, where it is not where ``run.json`` says.

    Returns
    -------
    list of Finding
        Empty when the plan stands. A missing or unreadable file is a finding, never an error.

    Raises
    ------
    OutputError
        For what is no path at all.
    """
    evidence = Evidence(_path(folder, "folder"), county=None if county is None else _path(county, "county"))
    return run_checks(evidence, modules=MODULES)


def check_lists(folder: Path | str, *, county: Path | str | None = None) -> list[Finding]:
    """Check a swap list, a waiting list, simulated rounds or an evaluation; parameters, result as `check_plan`.

    A list may have been marked since: its checksum is not looked at, each of its claims is.
    """
    evidence = ListEvidence(_path(folder, "folder"), county=None if county is None else _path(county, "county"))
    return run_checks(
        evidence,
        modules=[
            list_record,
            *(module for file in _lists_in(evidence.folder) for module in LISTS[file]),
            scale,
        ],
    )


def holds_lists(folder: Path | str) -> bool:
    """Say whether an output folder holds a swap list, a waiting list, simulated rounds or an evaluation."""
    return bool(_lists_in(Path(folder)))


def _path(given: Path | str, name: str) -> Path:
    if not isinstance(given, str | os.PathLike):
        raise OutputError(f"{name} is a {type(given).__name__}; give the path of a folder.")
    return Path(given)


def _lists_in(folder: Path) -> list[str]:
    """Find which lists a folder holds, or says that it does: one that was deleted is missed, one purged is not."""
    try:
        run = Evidence(folder).record
    except Unreadable:
        run = {}
    named = {} if run.get("purged") else run.get("outputs")
    return [file for file in LISTS if (folder / file).is_file() or (isinstance(named, dict) and file in named)]


def holds_plan(folder: Path | str) -> bool:
    """Say whether an output folder holds a plan, or what may once have been one.

    Parameters
    ----------
    folder
        The output folder.

    Returns
    -------
    bool
        False only where the record can be read, tells of no optimiser and names no table of a plan, and none lies in
        the folder: the output of another verb. A spoilt plan is a plan, so that its findings are told.
    """
    tables = (written.PROPOSALS, written.POSTCODES, written.POINTS, written.ELIGIBLE)
    try:
        run = Evidence(Path(folder)).record
    except Unreadable:
        return True
    named = run.get("outputs")
    return (
        not isinstance(named, dict)
        or bool(run.get("solver"))
        or any(table in named or (Path(folder) / table).exists() for table in tables)
    )
