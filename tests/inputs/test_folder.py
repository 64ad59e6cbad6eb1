"""Settings of a folder with others laid on top."""

from __future__ import annotations

from pathlib import Path

from marketmap.inputs.folder import read_folder_settings
from marketmap.settings import Settings, TravelSettings, settings_to_mapping

TABLE = "[travel.speeds_kmh]\nprimary = 50\n"
PLAIN = Settings(travel=TravelSettings(speeds_kmh={"motorway": 100.0}))


def folder_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / "marketmap.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_speed_table_that_forgets_where_people_live_is_told_once(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, TABLE)
    for overrides in (None, {"clusters.max_minutes": 9.0}):
        _, faults = read_folder_settings(folder, overrides=overrides)
        assert [fault.column for fault in faults] == ["travel.speeds_kmh"]


def test_an_override_of_the_table_or_the_mode_settles_it(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, TABLE)
    for overrides in ({"travel": {"speeds_kmh": {"residential": 30}}}, {"travel.mode": "walk"}):
        assert read_folder_settings(folder, overrides=overrides)[1] == []


def test_a_plain_table_made_in_python_can_be_laid_on_a_folder_and_replayed(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "")
    assert read_folder_settings(folder, overrides=settings_to_mapping(PLAIN)) == (PLAIN, [])
    assert read_folder_settings(folder, settings=PLAIN, overrides={"clusters.max_minutes": 9.0})[1] == []
