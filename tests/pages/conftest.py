from pathlib import Path

import pytest

from tests.outputs.factory import write_county, write_output


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_county(tmp_path_factory.mktemp("county") / "county")


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_output(tmp_path_factory.mktemp("plan") / "out")


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, county: Path, out: Path) -> None:
    monkeypatch.setenv("MARKETMAP_COUNTY", str(county))
    monkeypatch.setenv("MARKETMAP_OUT", str(out))
    for name in ("REPORT", "RURAL", "MONITOR", "CLUSTERS", "WORK"):
        monkeypatch.setenv(f"MARKETMAP_{name}", str(tmp_path / "app" / name.lower()))
