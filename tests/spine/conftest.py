"""One small county, built and planned once for all tests of the whole way."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from marketmap.cli import main

Run = Callable[..., subprocess.CompletedProcess[str]]
RUTLAND_ROADS = Path(__file__).resolve().parents[3] / "shared" / "real" / "rutland" / "rutland_2022-07.osm.pbf"
ITERATIONS = "300"


@pytest.fixture(scope="session")
def run() -> Run:
    """Run the command line through its entry point, here: a process of its own would import for seconds each time."""

    def call(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = ["marketmap", *map(str, arguments)]
        told, faults, code = io.StringIO(), io.StringIO(), 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(told), redirect_stderr(faults):
            patch.setattr(sys, "argv", command)
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
        return subprocess.CompletedProcess(command, code, told.getvalue(), faults.getvalue())

    return call


@pytest.fixture(scope="session")
def rutland(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """Make the Rutland sample county; on real roads where the extract is at hand."""
    folder = tmp_path_factory.mktemp("county") / "rutland"
    done = run("sample", "--county", "rutland", "--seed", 3, "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory, run: Run, rutland: Path) -> Path:
    """Propose blocks for it on illustrative roads."""
    out = tmp_path_factory.mktemp("plan") / "out"
    done = run("blocks", "--county", rutland, "--out", out, "--max-iterations", ITERATIONS)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def county_copy(tmp_path: Path, rutland: Path) -> Path:
    """Copy the sample county, to be spoilt by a test."""
    return Path(shutil.copytree(rutland, tmp_path / "county"))
