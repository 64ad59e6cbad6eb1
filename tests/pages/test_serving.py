import tomllib
from pathlib import Path

import pytest

from marketmap.pages import sources
from marketmap.pages.serving import SERVER_OPTIONS, read_ahead, serve, server_flags
from marketmap.pages.sources import digest_folder

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"


def test_the_hidden_settings_file_says_the_same_as_the_flags() -> None:
    sections = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    written = {f"{section}.{name}": value for section, pairs in sections.items() for name, value in pairs.items()}
    assert {name: value for name, value in written.items() if not name.startswith("theme.")} == SERVER_OPTIONS


def test_flags_are_spelt_as_streamlit_takes_them() -> None:
    flags = server_flags()
    for flag in ("--server.address=127.0.0.1", "--browser.gatherUsageStats=false", "--client.showErrorDetails=none"):
        assert flag in flags
    assert [flag for flag in flags if flag.startswith("--server.allowedHosts=")] == [
        "--server.allowedHosts=127.0.0.1",
        "--server.allowedHosts=localhost",
    ]


def test_a_page_keeps_no_icon_that_is_fetched_from_elsewhere() -> None:
    assert "icon=" not in (CONFIG.parents[1] / "app.py").read_text(encoding="utf-8")


def test_a_digest_follows_the_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("one")
    first = digest_folder(tmp_path)
    assert digest_folder(tmp_path) == first
    (tmp_path / "a.csv").write_text("three")
    second = digest_folder(tmp_path)
    (tmp_path / "b.csv").write_text("")
    assert len({first, second, digest_folder(tmp_path), digest_folder(tmp_path / "nowhere")}) == 4


def test_the_server_starts_with_the_folders_read_and_the_flags_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("marketmap.pages.serving.cli.main", lambda arguments, **_options: started.append(arguments))
    sources._read_market.cache_clear()
    serve(["app.py", "--server.port=1"])
    assert sources._read_market.cache_info().currsize == 1
    assert started == [["run", *server_flags(), "app.py", "--server.port=1"]]


def test_folders_that_cannot_be_read_do_not_stop_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARKETMAP_COUNTY", str(tmp_path / "nowhere"))
    monkeypatch.setenv("MARKETMAP_OUT", str(tmp_path / "nowhere"))
    read_ahead()
