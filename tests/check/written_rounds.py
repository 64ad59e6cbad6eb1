"""Simulated rounds as the command line writes them: a small county, its plan, and two days with six months ahead."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def write_rounds(folder: Path) -> Path:
    """Write ``county``, ``plan`` and ``rounds`` into a folder, each by its verb; gives the folder."""
    county, plan = str(folder / "county"), str(folder / "plan")
    for command in (
        ("sample", "--county", "rutland", "--seed", "3", "--packages", "150", "--out", county),
        ("blocks", "--county", county, "--max-iterations", "20", "--out", plan),
        ("rounds", "--county", county, "--days", "2", "--plan", plan, "--months", "6", "--out", str(folder / "rounds")),
    ):
        # In a process of its own: rounds are simulated in several, which begin by what this one was started with.
        done = subprocess.run(
            [sys.executable, "-m", "marketmap", *command], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return folder
