"""A batch run, the whole way: a council's folder in, one output folder out.

The command line, Make and the app all call these, so that what a commissioner sees is what the analyst ran.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from marketmap.blocks import Locks, Stop, propose
from marketmap.blocks.exit import find_company
from marketmap.blocks.first import propose_first
from marketmap.blocks.interrupts import Interrupts, is_asked
from marketmap.blocks.warm import compile_solver, is_solver_compiled
from marketmap.errors import PlanError, RoadsError
from marketmap.inputs.county import County, read_county
from marketmap.inputs.postcode_package import cache_folder
from marketmap.outputs.drafts.changed_settings import list_changed, note_changed
from marketmap.outputs.drafts.locks import describe_locks
from marketmap.outputs.files.ending import stop_with, tell_end
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.plans.full import FIRST_OR_FULL, look_further, write_full
from marketmap.outputs.plans.summary import note_guarantees, summarise
from marketmap.outputs.plans.writing import write_asked, write_exit, write_plan
from marketmap.outputs.runs.county_record import record_county
from marketmap.outputs.runs.factors import Factors, describe_scale
from marketmap.outputs.runs.road_notes import note_roads
from marketmap.outputs.runs.swap_marks import keep_marks
from marketmap.travel import RoadNetwork, TravelTimes, county_roads, county_travel

Stage = Callable[[str], None]
KEPT_ALONE = (
    "Other plans are not looked for where blocks of an earlier one are kept: ask for the plan alone, or keep no block."
)
# Above this share of packages off the roads, the road file is another county's.
MOST_OFF_ROADS = 0.5
Progress = Callable[[int, float, float], None]


@dataclass(frozen=True)
class Batch:
    """What every verb needs before it can begin: the county, its road minutes, notes on the roads, and factors."""

    county: County
    matrix: TravelTimes
    road_notes: tuple[str, ...] = ()
    factors: Factors | None = None


def say_nothing(_stage: str) -> None:
    """Tell nobody of the stage."""


def prepare(
    county_folder: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    factors: Factors | None = None,
    on_stage: Stage = say_nothing,
) -> Batch:
    """Read a county and measure its road minutes.

    Parameters
    ----------
    county_folder
        The folder of input tables.
    overrides
        Settings that replace those of the folder's file, nested as in TOML.
    factors
        Of a fit run: they replace settings too, and the record names the fit.
    on_stage
        Told what is being done, in a few words.

    Raises
    ------
    InputError, RoadsError, PostcodeError
        With every fault of the inputs.
    """
    on_stage("Reading and checking the tables")
    fitted = factors.settings if factors else {}
    county = read_county(county_folder, overrides={**(overrides or {}), **fitted})
    on_stage("Reading the roads")
    network = roads_of(county)
    on_stage("Measuring road minutes")
    matrix = county_travel(
        network,
        county.tables.county_postcodes,
        places_to_time(county),
        settings=county.settings,
        cache_dir=cache_folder(),
    )
    return Batch(county, matrix, tuple(note_roads(county.tables, network)), factors)


def roads_of(county: County) -> RoadNetwork:
    """Read the roads that a county's settings name, or make up illustrative ones; errors as `county_roads`."""
    roads = county.settings.roads.file
    return county_roads(
        county.folder / roads if roads else None,
        county.tables.county_postcodes,
        settings=county.settings.travel,
        cache_dir=cache_folder(),
    )


def places_to_time(county: County) -> pd.DataFrame:
    """List the postcodes to measure minutes between: where current packages are, and providers' offices.

    Returns
    -------
    DataFrame
        Indexed by postcode, sorted: ``easting``, ``northing`` (EPSG:27700).
    """
    tables = county.tables
    packages = tables.packages[tables.packages["placed"] & tables.packages["status"].isin(["active", "waiting"])]
    offices = tables.providers[tables.providers["placed"]]
    places = pd.concat([frame[["postcode", "easting", "northing"]] for frame in (packages, offices)])
    return places.drop_duplicates("postcode").set_index("postcode").astype(float).sort_index()


def run_blocks(
    county_folder: Path,
    out: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    factors: Factors | None = None,
    seed: int | None = None,
    stop: Stop | None = None,
    first: int | None = None,
    without: str | None = None,
    full: bool = False,
    locks: Locks | None = None,
    command: Sequence[str] = ("blocks",),
    on_stage: Stage = say_nothing,
    on_progress: Progress | None = None,
) -> RunRecord:
    """Propose blocks for a county and write them, whole or not at all.

    Parameters
    ----------
    county_folder, overrides, factors, on_stage
        As for `prepare`.
    out
        The output folder.
    seed, stop
        The settings' solver section where not given.
    first
        Only the best so many blocks to begin with; all of them where not given.
    without
        A company that leaves: what becomes of its blocks and hours is written beside the plan.
    full
        Whether to look for alternatives, trace the frontier and vary the assumptions as well.
    locks
        Blocks to keep and providers to keep out, on top of the council's own locks; written with the plan. With blocks
        to keep there is neither ``first`` nor ``full``.
    command
        What was typed, for the record.
    on_progress
        Told (iterations, objective, lower bound) as the plan improves.

    Returns
    -------
    RunRecord
        The record as written to ``run.json``.

    Raises
    ------
    MarketmapError
        With the text to show; the output folder is then as it was.
    """
    if first is not None and full:
        raise PlanError(FIRST_OR_FULL)
    if locks is not None and locks.kept and (first is not None or full):
        raise PlanError(KEPT_ALONE)
    keep_marks(out, None)
    asked = "Stopping: the best plan so far is kept and written (Ctrl-C again abandons it)"
    with Interrupts(lambda: on_stage(asked)) as interrupts, OutputFolder(out) as folder:
        batch = prepare(county_folder, overrides=overrides, factors=factors, on_stage=on_stage)
        settings = batch.county.settings
        chosen_seed = settings.solver.seed if seed is None else seed
        chosen_stop = stop or stop_with(settings)
        if without is not None:
            find_company(batch.county.tables, without)
        note_off_roads(batch)  # before the long part, not after it
        if not is_solver_compiled():
            on_stage("Compiling the solver, once: about a minute")
        compile_solver()  # also where it is kept on disk: it is loaded before the search's clock runs
        tell = None if on_progress is None else lambda *step: None if is_asked() else on_progress(*step)
        interrupts.heed()
        on_stage("Designing blocks")
        plan = propose(
            batch.county.tables,
            batch.matrix,
            settings,
            locks=locks,
            seed=chosen_seed,
            stop=chosen_stop,
            on_progress=tell,
        )
        if first is not None:
            on_stage(f"Choosing the best {first} blocks to begin with")
            plan = propose_first(plan, first, on_progress=tell)
        exit_plan = None
        if without is not None:
            on_stage(f"Finding new homes for the blocks of {without}")
            exit_plan = plan.without(without)
        plan, more = look_further(plan, on_stage=on_stage) if full else (plan, None)
        on_stage("Writing the results")
        record = make_record(
            batch,
            command=command,
            seed=chosen_seed,
            stop=dataclasses.asdict(chosen_stop),
            solver={
                "status": plan.status,
                "ended_by": plan.ended,
                "end": tell_end(plan),
                "objective": plan.objective,
                "lower_bound": plan.lower_bound,
                "gap": plan.gap,
                "iterations": plan.iterations,
                "seconds": round(plan.seconds, 1),
                "relaxed": list(plan.relaxed),
                "first": first,
                "without": without,
                "full": full,
            },
            notes=[
                describe_scale(settings, factors),
                *plan.notes,
                *note_guarantees(plan.proposals),
                *(exit_plan.notes[1:] if exit_plan else ()),
                *(more.notes if more else ()),
            ],
            summary=" ".join(filter(None, (tell_end(plan), exit_plan.notes[0] if exit_plan else summarise(plan)))),
            locks=locks,
        )
        write_plan(folder, batch, plan, record)
        write_asked(folder, batch, locks)
        if more is not None:
            write_full(folder, more)
        if exit_plan is not None:
            write_exit(folder, exit_plan)
        written = folder.finish(record, never_public=batch.county.tables.packages["postcode"].dropna())
        interrupts.ignore()  # the folder takes its place whole
        return written


def note_off_roads(batch: Batch) -> list[str]:
    """Say how much of the placed demand lies off the road network.

    Raises
    ------
    RoadsError
        When more than half of it does: the roads are then not this county's.
    """
    packages = batch.county.tables.packages
    current = packages[packages["placed"] & packages["status"].isin(["active", "waiting"])]
    off = current[~current["postcode"].isin(batch.matrix.postcodes)]
    if off.empty:
        return []
    share = len(off) / len(current)
    hours = float(off["hours_week"].astype(float).sum())
    text = f"{len(off):,} packages with {hours:,.0f} contact hours a week ({share:.0%}) lie off the road network"
    if share > MOST_OFF_ROADS:
        raise RoadsError(f"{text}: these are not this county's roads. Give an extract that covers the county.")
    return [f"{text} and are in no block; internal/unplaced.csv lists them."]


def make_record(
    batch: Batch,
    *,
    command: Sequence[str],
    seed: int = 0,
    stop: Mapping[str, Any] | None = None,
    solver: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
    summary: str = "",
    locks: Locks | None = None,
) -> RunRecord:
    """Make the record of a run from what it read."""
    county, matrix = batch.county, batch.matrix
    changed = list_changed(county)
    record = record_county(
        county,
        command=command,
        roads={**matrix.source, "illustrative": matrix.illustrative},
        notes=[*batch.road_notes, *county.tables.notes, *note_off_roads(batch), *notes, *note_changed(changed)],
        summary=summary,
    )
    return dataclasses.replace(
        record,
        changed_settings=changed,
        factors={} if batch.factors is None else batch.factors.facts,
        seed=seed,
        stop=stop or {},
        solver=solver or {},
        locks={} if locks is None else describe_locks(locks),
    )
