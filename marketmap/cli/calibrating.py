"""The verb that fits travel times to call monitoring."""

from __future__ import annotations

import sys
from pathlib import Path

from marketmap.cli.console import print_result, show_progress
from marketmap.cli.options import CountyOption, OutOption, RoadsOption, check_road_setting, override_roads


def calibrate(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-calibration"),
    roads: RoadsOption = None,
) -> None:
    """Fit factors on travel times to the gaps between visits that call monitoring saw.

    Writes *internal/calibration.csv*, *monitoring_coverage.csv*, *scenarios.toml* (to paste into the settings) and
    *run.json*. Where the data support no factor, it says why.
    """
    from marketmap.outputs.runs.calibrate import run_calibration  # noqa: PLC0415

    check_road_setting(county, roads)
    with show_progress() as (stage, _solver):
        record = run_calibration(
            county, out, overrides=override_roads(roads), command=["marketmap", *sys.argv[1:]], on_stage=stage
        )
    print_result(out, record)
