"""The sample counties that the tests look at, each built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketmap.inputs.county import County, read_county
from marketmap.inputs.sample import build_sample


@pytest.fixture(scope="session")
def gloucestershire_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sample(tmp_path_factory.mktemp("sample") / "gloucestershire", county="gloucestershire")


@pytest.fixture(scope="session")
def gloucestershire(gloucestershire_folder: Path) -> County:
    # Reading raises on any fault, so every test that asks for this one also holds the tables to their contracts.
    return read_county(gloucestershire_folder)


@pytest.fixture(scope="session")
def rutland_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sample(tmp_path_factory.mktemp("sample") / "rutland", county="Rutland")


@pytest.fixture(scope="session")
def rutland(rutland_folder: Path) -> County:
    return read_county(rutland_folder)
