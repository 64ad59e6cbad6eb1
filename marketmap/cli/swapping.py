"""The verbs that brokers open every week: which packages could change hands, and who can take whom."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from marketmap.cli.console import print_result, show_progress
from marketmap.cli.options import (
    CountyOption,
    FactorsOption,
    OutOption,
    RoadsOption,
    SeedOption,
    check_road_setting,
    override_roads,
    take_factors,
)


def swaps(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-swaps"),
    roads: RoadsOption = None,
    seed: SeedOption = None,
    factors: FactorsOption = None,
    marks: Annotated[
        Path | None,
        typer.Option(
            "--marks",
            help="A *swap_list.csv* with decisions filled in: accepted moves stay, refused ones do not return.",
        ),
    ] = None,
    only: Annotated[
        str, typer.Option("--only", help="Only moves between these providers: ids with commas between them.")
    ] = "",
    confirm: Annotated[
        int,
        typer.Option(
            "--confirm", min=0, max=366, help="Confirm the list by simulated rounds of the last so many days; 0: not."
        ),
    ] = 0,
) -> None:
    """List the packages that could change hands between providers, to save travel with no block at all.

    Writes *internal/swap_list.csv* (to be marked and given back with *--marks*), *swap_providers.csv*,
    *swap_totals.csv* and *run.json*.
    """
    check_road_setting(county, roads)
    fitted = take_factors(factors, county, out, needed="swaps")
    from marketmap.outputs.runs.swaps import run_swaps  # noqa: PLC0415  keeps --help quick

    with show_progress() as (stage, _solver):
        record = run_swaps(
            county,
            out,
            overrides=override_roads(roads),
            factors=fitted,
            marks=marks,
            only=[name.strip() for name in only.split(",") if name.strip()],
            confirm_days=confirm,
            seed=seed,
            command=["marketmap", *sys.argv[1:]],
            on_stage=stage,
        )
    print_result(out, record)


def waiting(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-waiting"),
    roads: RoadsOption = None,
    seed: SeedOption = None,
    plan: Annotated[
        Path | None,
        typer.Option("--plan", help="Output folder of *blocks*; without it only the blocks already let count."),
    ] = None,
) -> None:
    """Say who could take each person who waits, spare hours given away once over the whole list.

    Writes *internal/waiting_matches.csv*, *waiting_totals.csv*, *lookup.csv* (every postcode's block, provider, backup
    and nearest providers) and *run.json*.
    """
    check_road_setting(county, roads)
    from marketmap.outputs.runs.waiting import run_waiting  # noqa: PLC0415  keeps --help quick

    with show_progress() as (stage, _solver):
        record = run_waiting(
            county,
            out,
            overrides=override_roads(roads),
            plan_folder=plan,
            seed=seed,
            command=["marketmap", *sys.argv[1:]],
            on_stage=stage,
        )
    print_result(out, record)


def evaluate(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-evaluation"),
    roads: RoadsOption = None,
    before: Annotated[
        Path | None,
        typer.Option(
            "--before",
            help="Folder of the county's tables from before the blocks; without it the visits table must span both.",
        ),
    ] = None,
) -> None:
    """Say what a roll-out of blocks changed: inside blocks against comparable areas outside, before and after.

    Writes *internal/roll_out.csv* (delivered hours, travel, waits and leakage, each with its interval and the smallest
    effect that would have been found), *roll_out_areas.csv* and *run.json*. Tells no effect from too few areas.
    """
    check_road_setting(county, roads)
    from marketmap.outputs.runs.roll_out import run_evaluation  # noqa: PLC0415  keeps --help quick

    with show_progress() as (stage, _solver):
        record = run_evaluation(
            county,
            out,
            overrides=override_roads(roads),
            earlier_folder=before,
            command=["marketmap", *sys.argv[1:]],
            on_stage=stage,
        )
    print_result(out, record)
