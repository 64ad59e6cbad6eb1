"""The sample county that some measures are tried on as a whole, built once."""

from __future__ import annotations

import pytest

from marketmap.inputs.county import County, read_county
from marketmap.inputs.sample import build_sample


@pytest.fixture(scope="session")
def gloucestershire(tmp_path_factory: pytest.TempPathFactory) -> County:
    return read_county(build_sample(tmp_path_factory.mktemp("sample") / "gloucestershire", county="gloucestershire"))
