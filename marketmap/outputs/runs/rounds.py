"""A rounds run, the whole way: a week of rounds as bought today and as proposed, side by side, in one output folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from marketmap.blocks.interrupts import Interrupts, is_asked
from marketmap.blocks.policies import ALL, NEW_ONLY, SWAPS, TODAY, look_ahead, with_all, with_swaps
from marketmap.errors import Fault, InputError
from marketmap.inputs.county import Tables
from marketmap.market.area_rows import code_rows
from marketmap.market.driven import measure_driven
from marketmap.market.places import UNPLACED, Places, place_postcodes
from marketmap.market.round_measures import compare_rounds, measure_rounds, tally_days
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.notices import describe_basis
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.plans.writing import write_left_out
from marketmap.outputs.runs.batch import Batch, Stage, make_record, prepare, say_nothing
from marketmap.outputs.runs.waiting import read_zones
from marketmap.outputs.schema import round as round_columns
from marketmap.outputs.schema.swap import SWAP_LIST
from marketmap.settings import Settings
from marketmap.travel.rounds.week import WeekRounds, solve_days
from marketmap.travel.rounds.work import last_days, list_work

DAYS_IN_A_WEEK = 7
LEVELS = ("county", "rural", "district_code")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Case:
    """One policy's rounds and what they are compared with: the same visits made as today."""

    policy: str
    rounds: WeekRounds
    before: WeekRounds | None


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
    command
        What was typed, for the record.
    on_progress
        Told (visits done, visits in all) of the policy in hand.

    Returns
    -------
    RunRecord
        The record as written. Stopped by one Ctrl-C, it holds the policies that were finished, and says so.

    Raises
    ------
    MarketmapError
        With the text to show; the output folder is then as it was.
    """
    zones = None if plan_folder is None else read_zones(plan_folder, county_folder).by_postcode
    moves = None if swaps_folder is None else read_table(swaps_folder / SWAP_LIST.path, SWAP_LIST)
    asked = "Stopping: policies that are finished are kept and written (Ctrl-C again abandons them)"
    with Interrupts(lambda: on_stage(asked)) as interrupts, OutputFolder(out) as folder:
        batch = prepare(county_folder, overrides=overrides, on_stage=on_stage)
        settings, tables = batch.county.settings, batch.county.tables
        chosen_seed = settings.solver.seed if seed is None else seed
        work = last_days(work_of(tables, settings), days=days)
        interrupts.heed()
        solver = _Solver(batch, chosen_seed, on_stage, on_progress)
        cases = _solve_policies(solver, work, zones, moves, months)
        if not cases:
            raise KeyboardInterrupt
        on_stage("Measuring the rounds")
        today = cases[0].rounds
        driven = measure_driven(tables.visits, tables.packages, batch.matrix, settings=settings)
        measured, compared = _measure(cases, tables, zones, settings, days=work["day"].nunique(), seed=chosen_seed)
        own = measured[(measured["policy"] == TODAY) & (measured["level"] == "provider")]
        driven["simulated_minutes_hour"] = driven["provider_id"].map(own.set_index("area_code")["minutes_hour"])
        record = make_record(
            batch,
            command=command,
            seed=chosen_seed,
            notes=[*solver.notes, *_tell_coverage(driven, settings), *_tell_unserved(today)],
            summary=_sum_up(measured, compared, driven, settings),
        )
        on_stage("Writing the results")
        basis = describe_basis(record)
        factor = {"co2e_km": settings.rounds.co2e_km, "co2e_year": settings.rounds.co2e_year}
        folder.write_table(_join([case.rounds.stops for case in cases], cases), round_columns.ROUNDS)
        folder.write_table(_join([case.rounds.unserved for case in cases], cases), round_columns.UNSERVED)
        folder.write_table(measured.assign(basis=basis), round_columns.MEASURES)
        folder.write_table(compared.assign(**factor, basis=basis), round_columns.DIFFERENCES)
        folder.write_table(driven.assign(basis=basis), round_columns.DRIVEN)
        write_left_out(folder, batch)
        written = folder.finish(record)
        interrupts.ignore()
        return written


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

    def __init__(self, batch: Batch, seed: int, on_stage: Stage, on_progress: Progress | None) -> None:
        self.batch, self.seed, self.on_stage, self.on_progress = batch, seed, on_stage, on_progress
        self.notes: list[str] = []
        providers = batch.county.tables.providers
        self.offices = providers.drop_duplicates("provider_id").set_index("provider_id")["postcode"]

    def solve(self, name: str, work: pd.DataFrame, known: WeekRounds | None) -> WeekRounds | None:
        """Solve a policy; None where it was stopped before its end."""
        if is_asked():
            return None
        self.on_stage(f"Simulating rounds: {name}")
        tell = self.on_progress
        found = solve_days(
            work,
            self.batch.matrix,
            settings=self.batch.county.settings.rounds,
            seed=self.seed,
            offices=self.offices,
            known=known,
            on_progress=None if tell is None else lambda done, of: None if is_asked() else tell(done, of),
            is_stopped=is_asked,
        )
        if found.solved < found.days:
            self.notes.append(
                f"Stopped in {name}: {found.solved:,} of {found.days:,} provider-days were done; it is left out."
            )
            return None
        return found


def _solve_policies(
    solver: _Solver, work: pd.DataFrame, zones: pd.DataFrame | None, moves: pd.DataFrame | None, months: Sequence[float]
) -> list[_Case]:
    """Solve every policy asked for; fewer where it was stopped."""
    tables, settings = solver.batch.county.tables, solver.batch.county.settings
    today = solver.solve(TODAY, work, None)
    if today is None:
        return []
    cases = [_Case(TODAY, today, None)]
    if moves is not None:
        kept = moves[moves["decision"].str.strip().str.lower() != "refused"]
        found = solver.solve(SWAPS, with_swaps(work, kept), today)
        cases += [] if found is None else [_Case(SWAPS, found, today)]
    if zones is None:
        return cases
    plan = pd.DataFrame({"suggested_provider_id": zones["provider_id"].replace("", np.nan)}, index=zones.index)
    found = solver.solve(ALL, with_all(work, tables.packages, plan, settings=settings), today)
    cases += [] if found is None else [_Case(ALL, found, today)]
    for month in months:
        name = f"{NEW_ONLY}, {month:g} months"
        ahead = look_ahead(work, tables, plan, solver.batch.matrix, months=month, settings=settings, seed=solver.seed)
        before = solver.solve(f"{name}, as today", ahead.today, today)
        after = None if before is None else solver.solve(name, ahead.planned, before)
        if after is None:
            continue
        cases.append(_Case(name, after, before))
        solver.notes.append(
            f"{name}: {ahead.starts:,} packages begin ({ahead.in_blocks:,} in a block's zone) and {ahead.ends:,} end; "
            f"nobody had room for {ahead.over[0]:,} as today and {ahead.over[1]:,} under the plan: they go nearest."
        )
    return cases


def _measure(
    cases: list[_Case], tables: Tables, zones: pd.DataFrame | None, settings: Settings, *, days: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure every policy by every level, and compare each with the same visits as today."""
    places = place_postcodes(tables, settings=settings)
    levels = [*LEVELS, *(["block"] if zones is not None else []), "provider"]
    measured, compared = [], []
    for case in cases:
        for level in levels:
            codes = _codes(case.rounds.stops, level, places, zones)
            rows = measure_rounds(case.rounds.stops, codes, market=settings.market)
            measured.append(rows.reset_index().assign(policy=case.policy, level=level))
            if case.before is None:
                continue
            before = tally_days(case.before.stops, _codes(case.before.stops, level, places, zones))
            rows = compare_rounds(
                before,
                tally_days(case.rounds.stops, codes),
                days=days,
                settings=settings.rounds,
                market=settings.market,
                seed=seed,
            )
            compared.append(rows.reset_index().assign(policy=case.policy, level=level))
    empty = pd.DataFrame(columns=[column.name for column in round_columns.DIFFERENCES.columns])
    return pd.concat(measured, ignore_index=True), pd.concat(compared, ignore_index=True) if compared else empty


def _codes(stops: pd.DataFrame, level: str, places: Places, zones: pd.DataFrame | None) -> pd.Series:
    if level == "provider":
        return stops["provider_id"].astype("object")
    if level == "block" and zones is not None:
        return stops["postcode"].map(zones["block_id"].to_dict()).fillna("outside").astype("object")
    return code_rows(stops, places, by=level).fillna(UNPLACED)


def _join(frames: list[pd.DataFrame], cases: list[_Case]) -> pd.DataFrame:
    named = [frame.assign(policy=case.policy) for frame, case in zip(frames, cases, strict=True)]
    return pd.concat(named, ignore_index=True)


def _tell_coverage(driven: pd.DataFrame, settings: Settings) -> list[str]:
    thin = driven[~driven["enough"].astype("boolean").fillna(value=False) & driven["hours_commissioned"].gt(0)]
    if thin.empty:
        return []
    least = settings.calibration.least_coverage
    text = (
        f"Call monitoring shows less than {least:.0%} of what is bought from {len(thin):,} of {len(driven):,} "
        "providers: their rounds of today are too sparse to judge by; internal/rounds_driven.csv names them."
    )
    return [text]


def _tell_unserved(today: WeekRounds) -> list[str]:
    if today.unserved.empty:
        return []
    told = today.unserved.groupby("reason").size().sort_values(ascending=False)
    parts = "; ".join(f"{count:,}: {reason}" for reason, count in told.items())
    return [f"In no round of today: {len(today.unserved):,} visits ({parts}). internal/rounds_unserved.csv lists them."]


def _sum_up(measured: pd.DataFrame, compared: pd.DataFrame, driven: pd.DataFrame, settings: Settings) -> str:
    whole = measured[(measured["level"] == "county") & (measured["policy"] == TODAY)]
    if whole.empty:
        return "There was nothing to simulate."
    found, paid = float(whole["minutes_hour"].iloc[0]), settings.market.price_travel_minutes
    hours = float(driven["carer_hours"].sum())
    seen = f"; as driven {driven['driven_minutes'].sum() / hours:.1f}" if hours else ""
    first = (
        f"Travel of today's rounds, simulated: {found:.1f} minutes a carer hour ({paid:g} is what a price pays "
        f"for{seen})."
    )
    others = [
        f"{row.policy}: {row.minutes_hour_change:+.2f} minutes a carer hour "
        f"({row.minutes_hour_change_low:+.2f} to {row.minutes_hour_change_high:+.2f}), "
        f"{row.hours_released:,.0f} contact hours a week released (ceiling {row.hours_ceiling:,.0f})."
        for row in compared[compared["level"] == "county"].itertuples()
    ]
    return " ".join([first, *others])
