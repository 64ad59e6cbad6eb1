"""What the served app shows: a small county with hostile names, and every result of it, made as a user makes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from marketmap.inputs.sample import build_sample
from marketmap.outputs.report.run import run_report
from marketmap.outputs.runs.batch import run_blocks
from marketmap.outputs.runs.clustering import run_clusters
from marketmap.outputs.runs.rounds import run_rounds
from marketmap.outputs.runs.swaps import run_swaps
from marketmap.outputs.runs.waiting import run_waiting

PACKAGES = 300
# Enough for a plan with blocks, an alternative and a frontier, in seconds.
ITERATIONS = 200
# A small county has little to save and providers with few hours: so it has some moves all the same.
SOME_MOVES = "\n[swaps]\nmin_saving_minutes = 5\ntolerance = 0.2\nmost_moves = 8\n"


def make_served(folder: Path, *, names: Sequence[str]) -> dict[str, str]:
    """Make a county and its results below ``folder``; the variables that serve them.

    Parameters
    ----------
    names
        Take the place of the names of as many providers.
    """
    county = build_sample(folder / "county", county="rutland", packages=PACKAGES)
    providers = pd.read_csv(county / "providers.csv", dtype=str, keep_default_na=False)
    providers.loc[range(len(names)), "provider_name"] = list(names)
    providers.to_csv(county / "providers.csv", index=False)
    return make_results(county, folder, full=True)


def make_results(county: Path, folder: Path, *, iterations: int = ITERATIONS, full: bool = False) -> dict[str, str]:
    """Make every result of a small county below ``folder``; the variables that serve them.

    Parameters
    ----------
    iterations
        Of the plan's search.
    full
        Whether the plan has an alternative, a frontier and other assumptions as well.
    """
    with (county / "marketmap.toml").open("a", encoding="utf-8") as settings:
        settings.write(SOME_MOVES)
    blocks = folder / "blocks"
    run_blocks(county, blocks, overrides={"solver": {"max_iterations": iterations}}, full=full)
    run_clusters(county, folder / "clusters")
    run_report("report", county, folder / "report")
    run_report("rural", county, folder / "rural", plan_folder=blocks)
    run_report("monitor", county, folder / "monitor")
    run_swaps(county, folder / "swaps")
    run_waiting(county, folder / "waiting", plan_folder=blocks)
    run_rounds(county, folder / "rounds", plan_folder=blocks, days=1, processes=1)
    places = {"COUNTY": county, "OUT": blocks, "WORK": folder / "work"}
    kinds = ("rural", "report", "monitor", "clusters", "swaps", "waiting", "rounds")
    places |= {kind.upper(): folder / kind for kind in kinds}
    return {f"MARKETMAP_{name}": str(path) for name, path in places.items()}
