"""A small synthetic county with the results that pages read, for tests of several rooms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from marketmap.inputs.county import County, read_county
from marketmap.inputs.sample import build_sample
from marketmap.outputs.report.run import run_report
from marketmap.outputs.runs.batch import run_blocks

PACKAGES, ITERATIONS = 300, 60


@dataclass
class Measured:
    """Folders of a county and of its results; tests must not change them."""

    county_folder: Path
    plan: Path
    rural: Path
    monitor: Path

    @cached_property
    def county(self) -> County:
        return read_county(self.county_folder)


def make_measured(folder: Path) -> Measured:
    county = build_sample(folder / "county", county="rutland", packages=PACKAGES)
    made = Measured(county, *(folder / name for name in ("plan", "rural", "monitor")))
    run_blocks(county, made.plan, overrides={"solver": {"max_iterations": ITERATIONS}})
    run_report("rural", county, made.rural, plan_folder=made.plan)
    run_report("monitor", county, made.monitor)
    return made
