import tomllib
from pathlib import Path
from unittest.mock import Mock

import pytest
from streamlit.web.server.server_util import is_url_from_allowed_origins

from marketmap.pages import sources
from marketmap.pages.serving import SERVER_OPTIONS, read_ahead, serve, set_options
from marketmap.pages.sources import digest_folder

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"


def test_the_hidden_settings_file_says_the_same_as_the_flags() -> None:
    sections = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    written = {f"{section}.{name}": value for section, pairs in sections.items() for name, value in pairs.items()}
    assert {name: value for name, value in written.items() if not name.startswith("theme.")} == SERVER_OPTIONS


def test_flags_win_over_the_options_and_names_of_hosts_are_added() -> None:
    options = set_options(
        [
            "--server.port=8600",
            "--server.maxUploadSize=5",
            "--server.allowedHosts=maps.example",
            "--client.toolbarMode=auto",
        ]
    )
    assert set_options(["--secrets.files=here.toml"])["secrets.files"] == ["here.toml"]
    assert options["server.port"] == 8600
    assert options["server.maxUploadSize"] == 5
    assert options["client.toolbarMode"] == "auto"
    assert options["server.allowedHosts"] == ["127.0.0.1", "localhost", "maps.example"]
    assert options["browser.gatherUsageStats"] is False
    assert SERVER_OPTIONS["server.allowedHosts"] == ["127.0.0.1", "localhost"]
    with pytest.raises(ValueError, match=r"--server\.port is no flag"):
        set_options(["--server.port"])


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
    started: list[tuple[Path, object, object]] = []

    class App:
        def __init__(self, script: Path) -> None:
            self.script = script

        def run(self, *, config: dict[str, object]) -> None:
            started.append((self.script, config["server.baseUrlPath"], config["server.port"]))

    monkeypatch.setattr("marketmap.pages.serving.make_app", App)
    begun: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        "marketmap.pages.serving.jobs.make_sure", lambda _place, kinds, **_options: begun.append(tuple(kinds))
    )
    monkeypatch.setattr("marketmap.pages.serving.desk.warm", lambda: None)
    sources._read_market.cache_clear()
    serve(["app.py", "--server.port=1", "--server.baseUrlPath=maps"])
    assert sources._read_market.cache_info().currsize == 1
    assert set(begun[0]) == {"report", "rural", "monitor", "clusters", "swaps", "waiting"}
    assert started == [(Path("app.py"), "maps", 1)]


def test_folders_that_cannot_be_read_do_not_stop_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARKETMAP_COUNTY", str(tmp_path / "nowhere"))
    monkeypatch.setenv("MARKETMAP_OUT", str(tmp_path / "nowhere"))
    read_ahead()


def test_another_sites_page_makes_the_server_ask_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("streamlit.net_util._make_blocking_http_get", lambda url, **_options: asked.append(url))
    monkeypatch.setattr("streamlit.net_util._external_ip", None)
    assert not is_url_from_allowed_origins("http://elsewhere.example")
    assert asked  # Streamlit's own way
    asked.clear()
    monkeypatch.setattr("marketmap.pages.serving.make_app", lambda *_arguments, **_options: Mock())
    monkeypatch.setattr("marketmap.pages.serving.begin_measures", lambda: None)
    serve(["app.py"])
    assert not is_url_from_allowed_origins("http://elsewhere.example")
    assert asked == []
