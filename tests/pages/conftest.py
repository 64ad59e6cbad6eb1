from pathlib import Path

import pytest

from marketmap.outputs.workspace.places import CountyPlace
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
    for name in ("REPORT", "RURAL", "MONITOR", "CLUSTERS", "SWAPS", "WAITING", "ROUNDS", "WORK"):
        monkeypatch.setenv(f"MARKETMAP_{name}", str(tmp_path / "app" / name.lower()))


@pytest.fixture(autouse=True)
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of results that a page had made; none is, so that no test leaves work behind."""
    asked: list[str] = []

    class Jobs:
        @staticmethod
        def make_sure(_place: CountyPlace, kinds: list[str], **_options: object) -> list[str]:
            asked.extend(kinds)
            return kinds

    monkeypatch.setattr("marketmap.pages.frame.jobs", Jobs)
    monkeypatch.setattr("marketmap.pages.frame._look_again", lambda _kind: None)  # it would look for ever
    return asked
