"""What a swap list is sought in: the packages, who may take them, what is agreed, and everybody's limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketmap.blocks.insertion import NOBODY, Estimate, Work, gather_work, number_holders
from marketmap.blocks.swaps.marginal import MarginalEstimate
from marketmap.blocks.swaps.marks import Marks
from marketmap.blocks.swaps.pairs import allow_moves
from marketmap.blocks.swaps.program import limit_changes
from marketmap.errors import MAX_EXAMPLES, Fault, InputError
from marketmap.inputs.county import Tables
from marketmap.settings import Settings
from marketmap.travel import TravelTimes
from marketmap.travel.rounds.estimate import find_furthest

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class SwapCase:
    """What a list is sought in.

    Attributes
    ----------
    work
        The packages.
    providers
        Ids of all providers, in the order of their table.
    holder
        (packages,) position of who holds each.
    allowed
        (packages, providers) which moves may be.
    accepted
        (packages, providers) which moves are agreed; each of them is allowed.
    held, lowest, highest
        (providers,) carer hours a week delivered now, and by how many they may change.
    estimate
        What travel a package adds where.
    settings
        ``swaps`` says what a list is.
    seed
        Of the solver's own choices.
    """

    work: Work
    providers: tuple[str, ...]
    holder: Ints
    allowed: Bools
    accepted: Bools
    held: Floats
    lowest: Floats
    highest: Floats
    estimate: Estimate
    settings: Settings
    seed: int = 0


def make_case(
    tables: Tables,
    matrix: TravelTimes,
    settings: Settings,
    *,
    only: Sequence[str] = (),
    marks: Marks | None = None,
    estimate: Estimate | None = None,
    seed: int = 0,
) -> SwapCase:
    """Gather what a list is sought in; parameters and errors as `find_swaps`."""
    work = gather_work(tables.packages, tables.calls, matrix, settings=settings)
    providers = tuple(tables.providers["provider_id"].astype(str))
    holder = number_holders(work.packages, providers)
    allowed = allow_moves(work.packages, tables, providers, settings=settings.blocks, only=only)
    accepted = _apply_marks(marks, work, providers, allowed)
    held: Floats = np.bincount(
        holder[holder != NOBODY],
        weights=work.packages["carer_hours"].to_numpy(float)[holder != NOBODY],
        minlength=len(providers),
    ).astype(float)
    spare = np.asarray(tables.providers["hours_spare_week"].fillna(0.0), dtype=np.float64)
    lowest, highest = limit_changes(held, spare, tolerance=settings.swaps.tolerance)
    if estimate is None:
        estimate = MarginalEstimate(
            work,
            matrix.minutes,
            allowed | _at_home(holder, len(providers)),
            share=settings.swaps.near_share,
            stop=settings.rounds.stop_minutes,
            furthest=find_furthest(settings.rounds),
        )
    return SwapCase(work, providers, holder, allowed, accepted, held, lowest, highest, estimate, settings, seed)


def _at_home(holder: Ints, providers: int) -> Bools:
    """Mark the pairs of each package and who holds it today: what it would add there again is asked in every state."""
    home = np.zeros((len(holder), providers), dtype=bool)
    held = np.flatnonzero(holder != NOBODY)
    home[held, holder[held]] = True
    return home


def tell_strange(marks: Marks | None, case: SwapCase) -> list[str]:
    """Tell of refused moves whose package or provider is not among those sought in: they change nothing."""
    if marks is None:
        return []
    refused = marks.refused()
    known = refused["package_id"].astype(str).isin(set(case.work.packages["package_id"].astype(str)))
    strange = refused[~(known & refused["to_provider_id"].astype(str).isin(case.providers))]
    if strange.empty:
        return []
    rows = [f"{row}" for row in strange["row"][:MAX_EXAMPLES]]
    more = f" and {len(strange) - len(rows):,} more" if len(strange) > len(rows) else ""
    told = (
        f"Refused moves of which the package is not visited today or the provider not in the tables: {len(strange):,} "
        f"({marks.file}, row {', '.join(rows)}{more}). They change nothing: see whether the list is of this county."
    )
    return [told]


def _apply_marks(marks: Marks | None, work: Work, providers: Sequence[str], allowed: Bools) -> Bools:
    """Mark agreed moves, and take refused ones out of those allowed; every mark that does not fit is a fault."""
    accepted = np.zeros_like(allowed)
    if marks is None:
        return accepted
    package_at = {str(name): at for at, name in enumerate(work.packages["package_id"])}
    provider_at = {name: at for at, name in enumerate(providers)}
    holder = work.packages["provider_id"].astype("object")
    faults: list[Fault] = []
    for mark in marks.refused().to_dict("records"):
        package, target = package_at.get(str(mark["package_id"])), provider_at.get(str(mark["to_provider_id"]))
        if package is not None and target is not None:
            allowed[package, target] = False
    for mark in marks.accepted().to_dict("records"):
        package, target = package_at.get(str(mark["package_id"])), provider_at.get(str(mark["to_provider_id"]))
        row = int(mark["row"])
        if package is None or target is None:
            column = "package_id" if package is None else "to_provider_id"
            faults.append(marks.fault("is not in the tables any more", "Clear the decision", row=row, column=column))
        elif holder[package] != mark["from_provider_id"]:
            what, remedy = "the package is with another provider now", "Clear the decision, and make the list anew"
            faults.append(marks.fault(what, remedy, row=row, column="from_provider_id"))
        elif not allowed[package, target]:
            what = "the move cannot be: it was refused too, must stay, or the provider may not take it"
            faults.append(marks.fault(what, "Clear the decision", row=row))
        else:
            accepted[package, target] = True
            if accepted[package].sum() > 1:
                faults.append(marks.fault("one package is accepted for two providers", "Keep one of them", row=row))
    if faults:
        raise InputError(faults)
    return accepted
