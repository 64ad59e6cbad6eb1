"""The verb that reports on a county's roads."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from marketmap.cli.console import print_result, show_progress
from marketmap.cli.options import CountyOption, OutOption, RoadsOption, check_road_setting, override_roads


def roads(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-roads"),
    roads: RoadsOption = None,
    journeys: Annotated[
        Path | None,
        typer.Option("--journeys", help="Table with from_postcode and to_postcode; without it, between larger places."),
    ] = None,
) -> None:
    """Report on the roads: what they are, what is cut off, where the file stops, and journeys to compare.

    Writes *internal/roads_by_class.csv*, *roads_cut_off.csv*, *road_ends.csv*, *postcodes_far.csv*, *journeys.csv*,
    *detours.csv*, *map.html* and *run.json*. Nothing about clients is in it but how many packages are near an end.
    """
    from marketmap.outputs.runs.road_report import run_road_report  # noqa: PLC0415  keeps --help quick

    check_road_setting(county, roads)
    with show_progress() as (stage, _solver):
        record = run_road_report(
            county,
            out,
            overrides=override_roads(roads),
            journeys=journeys,
            command=["marketmap", *sys.argv[1:]],
            on_stage=stage,
        )
    print_result(out, record)
