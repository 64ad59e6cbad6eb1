"""A small county with locks of the council's own, and a plan for it, read and edited as a council's would be."""

from __future__ import annotations

import csv
import tempfile
from functools import cache
from pathlib import Path

import pandas as pd

from marketmap.blocks import Stop
from marketmap.inputs.sample import build_sample
from marketmap.outputs.runs.batch import run_blocks

ITERATIONS = 60
STOP = Stop(max_iterations=ITERATIONS)


@cache
def shaped_county() -> Path:
    """Build it once for all tests: a sample of 300 packages, whose locks bind little."""
    folder = build_sample(Path(tempfile.mkdtemp()) / "county", county="rutland", packages=300, seed=2)
    write_locks(
        folder, [("forbid", "F1", "P02", "LE15 6"), ("apart", "A1", "", "LE15 7"), ("apart", "A1", "", "PE9 3")]
    )
    return folder


def write_locks(county: Path, rows: list[tuple[str, str, str, str]]) -> None:
    with (county / "locks.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("kind", "lock_id", "provider_id", "place"), *rows])


@cache
def shaped_out() -> Path:
    """Plan it once; nobody writes there."""
    out = shaped_county().parent / "out"
    run_blocks(shaped_county(), out, stop=STOP)
    return out


def table(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / "internal" / f"{name}.csv", dtype=str, keep_default_na=False)
