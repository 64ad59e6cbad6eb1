"""A rounds run, the whole way: a week of rounds as bought today and as proposed, side by side, in one output folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from marketmap.blocks.interrupts import is_asked
from marketmap.blocks.policies import ALL, NEW_ONLY, SWAPS, TODAY, Future, look_ahead, with_all, with_swaps
from marketmap.errors import Fault, InputError
from marketmap.inputs.county import Tables
from marketmap.market.driven import measure_driven
from marketmap.outputs.files.folder import refuse_own_source
from marketmap.outputs.files.origin import name_plan, read_given
from marketmap.outputs.files.rates import describe_rates
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.plans.zones import read_zones
from marketmap.outputs.runs.batch import Batch, Stage, say_nothing
from marketmap.outputs.runs.frame import open_run
from marketmap.outputs.runs.given_moves import hold_moves
from marketmap.outputs.runs.round_cases import (
    Case,
    join_as_today,
    join_cases,
    list_places,
    measure_cases,
    sum_up,
    tell_coverage,
    tell_unserved,
)
from marketmap.outputs.schema import round as round_columns
from marketmap.outputs.schema.swap import SWAP_LIST
from marketmap.settings import Settings, settings_to_mapping
from marketmap.travel.rounds.week import KeptDays, WeekRounds, solve_days
from marketmap.travel.rounds.work import last_days, list_work

DAYS_IN_A_WEEK = 7
Progress = Callable[[int, int], None]


def run_rounds(
    county_folder: Path,
    out: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    plan_folder: Path | None = None,
    swaps_folder: Path | None = None,
    months: Sequence[float] = (),
    days: int = DAYS_IN_A_WEEK,
    seed: int | None = None,
    processes: int | None = None,
    command: Sequence[str] = ("rounds",),
    on_stage: Stage = say_nothing,
    on_progress: Progress | None = None,
) -> RunRecord:
    """Simulate a week of rounds under each policy and write them, whole or not at all.

    Parameters
    ----------
    county_folder, overrides, on_stage
        As for `marketmap.outputs.runs.batch.prepare`.
    out
        The output folder.
    plan_folder
        The output folder of a blocks run, for the policies ``all`` and ``new_only``.
    swaps_folder
        The output folder of a swaps run, for the policy ``swaps``: every move that is not refused.
    months
        How far ahead ``new_only`` looks; none where not given.
    days
        The last so many days of call monitoring.
    seed
        The settings' own where not given.
    processes
        Days that are worked out at a time; the settings' own number where not given. The result does not depend on it.
    command
        What was typed, for the record.
    on_progress
        Told (visits done, visits in all) of the policy in hand.

    Returns
    -------
    RunRecord
        The record as written. Stopped by one Ctrl-C, it holds the days that were finished, and says so.

    Raises
    ------
    MarketmapError
        With the text to show; the output folder is then as it was.
    """
    refuse_own_source(out, plan_folder, swaps_folder)
    zones, given = None, dict[str, str]()
    if plan_folder is not None:
        plan = read_given(plan_folder, county_folder, given="plan")
        zones, given = read_zones(plan_folder, plan).by_postcode, name_plan(plan)
    if swaps_folder is not None:
        read_given(swaps_folder, county_folder, given="swaps")
    moves = None if swaps_folder is None else read_table(swaps_folder / SWAP_LIST.path, SWAP_LIST)
    asked = "Stopping: the days that are finished are kept and written (Ctrl-C again abandons them)"
    with open_run(
        county_folder, out, overrides=overrides, seed=seed, command=command, on_stage=on_stage, stopping=asked
    ) as run:
        tables, settings = run.batch.county.tables, run.batch.county.settings
        work = last_days(work_of(tables, settings), days=days)
        run.interrupts.heed()
        solver = _Solver(run.batch, run.seed, on_stage, on_progress, processes=processes)
        if moves is not None:
            moves = moves[moves["decision"].str.strip().str.lower() != "refused"]
            solver.notes += hold_moves(moves, tables, file=SWAP_LIST.path.rsplit("/", 1)[-1])
        cases = _solve_policies(solver, work, zones, moves, months)
        if not cases:
            raise KeyboardInterrupt
        on_stage("Measuring the rounds")
        driven = measure_driven(tables.visits, tables.packages, run.batch.matrix, settings=settings)
        ground = list_places(cases, tables, zones, settings)
        measured, compared = measure_cases(cases, ground, settings, seed=run.seed)
        own = measured[(measured["policy"] == TODAY) & (measured["level"] == "provider")]
        driven["simulated_minutes_hour"] = driven["provider_id"].map(own.set_index("area_code")["minutes_hour"])
        factor = {"co2e_km": settings.rounds.co2e_km, "co2e_year": settings.rounds.co2e_year}
        as_today = join_as_today(cases)
        rates = " ".join(describe_rates(settings_to_mapping(settings)))
        return run.finish(
            [
                (join_cases([case.rounds.stops for case in cases], cases), round_columns.ROUNDS),
                (join_cases([case.rounds.unserved for case in cases], cases), round_columns.UNSERVED),
                *([] if as_today.empty else [(as_today, round_columns.AS_TODAY)]),
                (ground, round_columns.PLACES),
                (measured, round_columns.MEASURES),
                (compared.assign(**factor, basis=rates), round_columns.DIFFERENCES),
                (driven, round_columns.DRIVEN),
            ],
            stop={"days": days, "days_done": cases[0].days},
            plan=given,
            notes=[*solver.notes, *tell_coverage(driven, settings), *tell_unserved(cases[0].rounds)],
            summary=sum_up(measured, compared, driven, settings),
        )


def work_of(tables: Tables, settings: Settings) -> pd.DataFrame:
    """List the visits to simulate, of all days of call monitoring.

    Raises
    ------
    InputError
        Where there is no call monitoring.
    """
    if tables.visits is None or tables.visits.empty:
        what = "there is no visits table, so there are no rounds to simulate"
        remedy = "Add visits.csv, .xlsx or .parquet: call monitoring, one row for each carer's attendance"
        raise InputError([Fault("visits", what, remedy)])
    # A package's last line stands for visits of packages that are no longer in force.
    lines = pd.concat([tables.packages[["package_id", "postcode"]], tables.package_lines[["package_id", "postcode"]]])
    return list_work(tables.visits, lines, tables.calls, settings=settings.rounds)


class _Solver:
    """Solves one policy after another, each with what the ones before already know."""

    def __init__(
        self, batch: Batch, seed: int, on_stage: Stage, on_progress: Progress | None, *, processes: int | None
    ) -> None:
        self.batch, self.seed, self.on_stage, self.on_progress = batch, seed, on_stage, on_progress
        rules = batch.county.settings.rounds
        self.rules = rules if processes is None else replace(rules, processes=processes)
        self.notes: list[str] = []
        self.known = KeptDays()
        providers = batch.county.tables.providers
        self.offices = providers.drop_duplicates("provider_id").set_index("provider_id")["postcode"]

    def solve(self, name: str, work: pd.DataFrame) -> WeekRounds | None:
        """Solve a policy; where it was stopped, its whole days, or None if there is none."""
        if is_asked():
            return None
        self.on_stage(f"Simulating rounds: {name}")
        tell = self.on_progress
        found = solve_days(
            work,
            self.batch.matrix,
            settings=self.rules,
            seed=self.seed,
            offices=self.offices,
            known=self.known,
            on_progress=None if tell is None else lambda done, of: None if is_asked() else tell(done, of),
            is_stopped=is_asked,
        )
        if found.solved == found.days:
            return found
        kept, days = len(found.done), work["day"].nunique()
        left = f"its figures are of these {kept:,} alone" if kept else "it is left out"
        self.notes.append(f"Stopped in {name}: {kept:,} of {days:,} days were done; {left}.")
        return found.keep(found.done) if kept else None


def _solve_policies(
    solver: _Solver, work: pd.DataFrame, zones: pd.DataFrame | None, moves: pd.DataFrame | None, months: Sequence[float]
) -> list[Case]:
    """Solve every policy asked for; fewer where it was stopped."""
    tables, settings = solver.batch.county.tables, solver.batch.county.settings
    # What cannot be looked ahead to is said before the long part, not after it.
    futures: list[Future] = []
    if zones is not None:
        plan = pd.DataFrame({"suggested_provider_id": zones["provider_id"].replace("", np.nan)}, index=zones.index)
        futures = [
            look_ahead(work, tables, plan, solver.batch.matrix, months=month, settings=settings, seed=solver.seed)
            for month in months
        ]
    today = solver.solve(TODAY, work)
    if today is None:
        return []
    cases = [_pair(TODAY, today, None)]
    if moves is not None:
        found = solver.solve(SWAPS, with_swaps(work, moves))
        cases += [] if found is None else [_pair(SWAPS, found, today)]
    if zones is None:
        return cases
    found = solver.solve(ALL, with_all(work, tables.packages, plan, settings=settings))
    cases += [] if found is None else [_pair(ALL, found, today)]
    for month, ahead in zip(months, futures, strict=True):
        name = f"{NEW_ONLY}, {month:g} months"
        before = solver.solve(f"{name}, as today", ahead.today)
        after = None if before is None else solver.solve(name, ahead.planned)
        if before is None or after is None:
            continue
        cases.append(_pair(name, after, before))
        solver.notes.append(
            f"{name}: {ahead.starts:,} packages begin ({ahead.in_blocks:,} in a block's zone) and {ahead.ends:,} end; "
            f"nobody had room for {ahead.over[0]:,} as today and {ahead.over[1]:,} under the plan: they go nearest."
            + (f" No road joins {ahead.unreached:,} more to a provider: nobody takes them." if ahead.unreached else "")
        )
    return cases


def _pair(policy: str, after: WeekRounds, before: WeekRounds | None) -> Case:
    """Pair rounds with those that they are compared with, of the same days: fewer where a policy was stopped."""
    days = after.done if before is None else tuple(day for day in after.done if day in set(before.done))
    if before is None:
        return Case(policy, after, None, len(days))
    return Case(policy, after.keep(days), before.keep(days), len(days))
