"""The swap list: an exact programme on linear savings, reckoned again from where its own answer leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.insertion import NOBODY, Estimate
from marketmap.blocks.swaps.case import Bools, Floats, Ints, SwapCase, make_case, tell_strange
from marketmap.blocks.swaps.confirmation import NOT_SIMULATED, Confirm, Confirmation
from marketmap.blocks.swaps.listing import list_moves, list_providers, list_refused, sum_up
from marketmap.blocks.swaps.marks import Marks
from marketmap.blocks.swaps.program import SLACK_HOURS, SwapAnswer, SwapProgram, solve_program
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from marketmap.settings import Settings
from marketmap.travel import TravelTimes


@dataclass(frozen=True)
class Moves:
    """Moves found, with what each saves reckoned from both ends.

    Attributes
    ----------
    package, target
        (moves,) which package goes to which provider.
    alone
        (moves,) minutes a week that each saves if it is the only one.
    last
        (moves,) what each saves if all others have been made before it.
    answer
        Of the last programme solved.
    turns
        How often savings were reckoned.
    dropped
        Moves taken out because they no longer paid once others were made.
    """

    package: Ints
    target: Ints
    alone: Floats
    last: Floats
    answer: SwapAnswer
    turns: int
    dropped: int


@dataclass(frozen=True)
class SwapList:
    """The list, and what it rests on.

    Attributes
    ----------
    moves
        One row a move, then those that were refused; the columns of `marketmap.outputs.schema.swap.SWAP_LIST` but
        ``basis``.
    providers
        One row a provider whose hours change or could; of ``SWAP_PROVIDERS``.
    totals
        One row; of ``SWAP_TOTALS``.
    notes
        Sentences for the run's first page.
    """

    moves: pd.DataFrame
    providers: pd.DataFrame
    totals: pd.DataFrame
    notes: tuple[str, ...]


def find_swaps(
    tables: Tables,
    matrix: TravelTimes,
    settings: Settings,
    *,
    only: Sequence[str] = (),
    marks: Marks | None = None,
    estimate: Estimate | None = None,
    confirm: Confirm | None = None,
    seed: int = 0,
) -> SwapList:
    """Find the moves of packages between providers that save most travel, with everybody's hours kept.

    Parameters
    ----------
    tables, matrix
        The county and its road minutes.
    only
        Moves are between these providers alone; all where not given.
    marks
        What was decided on an earlier list: agreed moves stay, refused ones are not made.
    estimate
        What travel a package adds where; `MarginalEstimate` where not given.
    confirm
        Simulates rounds before and after; where not given the list says that it is not simulated.
    seed
        Of the solver's own choices.

    Raises
    ------
    InputError
        For marks that do not fit the tables, with their rows.
    PlanError
        Where the agreed moves break a provider's limits, naming it, and as `allow_moves`.
    """
    case = make_case(tables, matrix, settings, only=only, marks=marks, estimate=estimate, seed=seed)
    found = search_moves(case)
    listed = list_moves(case, found, tables, matrix)
    confirmation = None
    if confirm is not None and len(listed):
        active = case.work.packages[~case.work.packages["waiting"]]
        before = active.set_index("package_id")["provider_id"].astype("str")
        after = before.copy()
        after[listed["package_id"]] = listed["to_provider_id"].to_numpy()
        confirmation = confirm(before, after)
    moves = pd.concat([listed, list_refused(listed, marks, tables)], ignore_index=True) if marks else listed
    return SwapList(
        moves=moves,
        providers=list_providers(case, found, tables, confirmation),
        totals=sum_up(case, found, listed, confirmation),
        notes=(*tell_strange(marks, case), *_remark(case, found, listed, confirmation)),
    )


def search_moves(case: SwapCase) -> Moves:
    """Solve the programme, think its moves made, reckon every saving again, and solve anew, a few times.

    A pair counts what it saved at its worst reckoning, so that turns settle. At the end every move that no longer saves
    the least there is to save is taken out, and the rest balanced again from what is left.

    Raises
    ------
    PlanError
        Where the agreed moves break a provider's limits.
    """
    first = _savings(case, case.holder)
    saving, state = first, case.holder
    answer, pairs = SwapAnswer(np.empty(0, dtype=np.int64), 0.0, 0.0, "optimal"), np.empty((0, 2), dtype=np.int64)
    chosen, now, turns = pairs, first, 0
    for _ in range(case.settings.swaps.relinearise):
        turns += 1
        answer, chosen = _solve(case, saving, within=None)
        reached = _apply(case, chosen)
        if np.array_equal(reached, state):
            break
        state = reached
        now = _savings(case, state)
        saving = np.minimum(saving, now)
    dropped = 0
    least = case.settings.swaps.min_saving_minutes
    while True:
        poor = [
            pair
            for pair in map(tuple, chosen.tolist())
            if not case.accepted[pair] and min(first[pair], now[pair]) < least
        ]
        if not poor:
            break
        kept = np.zeros_like(case.allowed)
        kept[tuple(chosen.T)] = True
        kept[tuple(np.array(poor).T)] = False
        dropped += len(poor)
        answer, chosen = _solve(case, saving, within=kept)
        now = _savings(case, _apply(case, chosen))
    at = tuple(chosen.T)
    return Moves(chosen[:, 0], chosen[:, 1], first[at], now[at], answer, turns, dropped)


def _savings(case: SwapCase, state: Ints) -> Floats:
    """Reckon what each move saves over staying where the package is today, with all others as in a state.

    An estimate tells for each package what it adds to who holds it in the state, where it may go and where it is
    today.

    Returns
    -------
    ndarray
        (packages, providers) minutes a week; -inf where it cannot be told.
    """
    added = case.estimate(state)
    rows = np.arange(len(case.holder))
    home = np.where(case.holder == NOBODY, np.inf, added[rows, np.maximum(case.holder, 0)])
    with np.errstate(invalid="ignore"):
        saved = home[:, None] - added
    return np.where(np.isfinite(saved), saved, -np.inf)


def _solve(case: SwapCase, saving: Floats, *, within: Bools | None) -> tuple[SwapAnswer, Ints]:
    swaps = case.settings.swaps
    pays = case.allowed & (saving >= swaps.min_saving_minutes)
    if within is not None:
        pays &= within
    pairs = np.argwhere(pays | case.accepted).astype(np.int64)
    rows, targets = pairs[:, 0], pairs[:, 1]
    worth = saving[rows, targets]
    program = SwapProgram(
        package=rows,
        source=case.holder[rows],
        target=targets,
        saving=np.where(np.isfinite(worth), worth, 0.0),
        hours=case.work.packages["carer_hours"].to_numpy(float)[rows],
        must=case.accepted[rows, targets],
        lowest=case.lowest,
        highest=case.highest,
        most_moves=swaps.most_moves,
    )
    answer = solve_program(program, max_seconds=swaps.max_seconds, seed=case.seed)
    if answer.chosen is None:
        raise PlanError(_explain(case, program, answer))
    return answer, pairs[answer.chosen]


def _explain(case: SwapCase, program: SwapProgram, answer: SwapAnswer) -> str:
    """Say which providers the agreed moves leave beyond their limits."""
    if answer.status != "infeasible":
        return "No swap list was found in the time given. Raise swaps.max_seconds."
    agreed = np.flatnonzero(program.must)
    if len(agreed) > program.most_moves:
        return (
            f"{len(agreed)} moves are accepted and the list may hold {program.most_moves}. Raise swaps.most_moves, or "
            "clear some decisions."
        )
    providers = len(case.providers)
    change = np.bincount(program.target[agreed], weights=program.hours[agreed], minlength=providers)
    change -= np.bincount(program.source[agreed], weights=program.hours[agreed], minlength=providers)
    over = np.flatnonzero((change > case.highest + SLACK_HOURS) | (change < case.lowest - SLACK_HOURS))
    told = "; ".join(
        f"{case.providers[at]} {change[at]:+,.1f} carer hours a week, allowed from {case.lowest[at]:,.1f} to "
        f"{case.highest[at]:,.1f}"
        for at in over[:3]
    )
    return (
        f"The accepted moves leave {len(over)} provider(s) beyond their limits, and no other move brings them back "
        f"({told}). Clear some decisions, accept moves that balance them, or raise swaps.tolerance."
    )


def _apply(case: SwapCase, chosen: Ints) -> Ints:
    state = case.holder.copy()
    state[chosen[:, 0]] = chosen[:, 1]
    return state


def _remark(case: SwapCase, found: Moves, listed: pd.DataFrame, confirmation: Confirmation | None) -> list[str]:
    swaps = case.settings.swaps
    notes = [
        f"A provider's carer hours change by {swaps.tolerance:.0%} at most, up only as far as its spare hours go.",
        f"A move saves {swaps.min_saving_minutes:g} minutes a week or more; {swaps.most_moves} moves at most.",
        f"Savings are estimates: {swaps.near_share:g} × minutes to the nearest two visits, as rounds are fitted.",
    ]
    if found.answer.status != "optimal":
        notes.append(
            "The exact programme reached its time limit: "
            f"{found.answer.minutes:,.0f} minutes of at most {found.answer.bound:,.0f} in its linear model."
        )
    if found.dropped:
        notes.append(f"Moves taken out because they no longer paid once others were made: {found.dropped:,}.")
    alone = ~listed["chain_stands_alone"].astype(bool)
    if alone.any():
        notes.append(
            f"{listed.loc[alone, 'chain_id'].nunique():,} of {listed['chain_id'].nunique():,} chains keep to "
            "everybody's hours only together with others; the list says which."
        )
    if confirmation is None:
        notes.append(f"The saving is {NOT_SIMULATED}: no rounds were driven before and after.")
    else:
        notes.append(
            f"Simulated rounds ({confirmation.basis}): {confirmation.minutes_saved_week:,.0f} minutes a week saved "
            f"({confirmation.low:,.0f} to {confirmation.high:,.0f}) and {confirmation.rounds_saved_week:,.0f} rounds, "
            f"beside {float(listed['minutes_saved_week'].sum()):,.0f} estimated."
        )
    return notes
