"""Compiling beforehand: afterwards nothing is left to compile, for a plan or for blocks alone."""

import importlib
import pkgutil
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from marketmap.blocks import design_blocks, kernels, warm
from marketmap.blocks.stop import Stop
from marketmap.blocks.warm import compile_solver, is_solver_compiled
from tests.blocks.mixed_street import mixed_plan


def list_kernels() -> dict[str, Any]:
    """Every loop that is kept on disk; those that only other loops call hold no code of their own."""
    modules = [
        importlib.import_module(f"{kernels.__name__}.{entry.name}") for entry in pkgutil.iter_modules(kernels.__path__)
    ]
    found = {name: loop for module in modules for name, loop in vars(module).items() if hasattr(loop, "signatures")}
    return {name: loop for name, loop in found.items() if hasattr(getattr(loop, "_cache", None), "_cache_file")}


def test_nothing_is_left_to_compile() -> None:
    compile_solver(blocks_alone=True)
    loops = list_kernels()
    assert len(loops) > 10
    before = {name: list(loop.signatures) for name, loop in loops.items()}
    assert all(before.values()), [name for name, known in before.items() if not known]
    mixed_plan()
    places = np.random.default_rng(1).uniform(0, 10, (310, 2))
    minutes = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    design_blocks(minutes, np.ones(310), np.ones(310), max_hours=60, n_blocks=6, stop=Stop(max_iterations=200))
    assert {name: list(loop.signatures) for name, loop in loops.items()} == before
    assert is_solver_compiled()


def test_a_cache_that_is_empty_or_stale_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    class Cache:
        def __init__(self, kept: dict[str, str]) -> None:
            self._cache_file = self
            self._load_index = lambda: kept

    class Loop:
        signatures: tuple[str, ...] = ()

        def __init__(self, kept: dict[str, str]) -> None:
            self._cache = Cache(kept)

    monkeypatch.setattr(warm, "anneal", Loop({}))
    assert not is_solver_compiled()
    monkeypatch.setattr(warm, "anneal", Loop({"key": "file"}))
    assert is_solver_compiled()


def test_a_real_cache_is_seen_from_a_new_process(tmp_path: Any) -> None:
    code = "from marketmap.blocks.warm import is_solver_compiled; print(is_solver_compiled())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"NUMBA_CACHE_DIR": str(tmp_path)}
    )
    assert done.stdout.strip() == "False"
