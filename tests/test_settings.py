"""Settings: nothing misspelt is ignored, everything wrong is told at once, nothing is lost on the way to run.json."""

import datetime as dt
import json
from pathlib import Path

import pytest

from marketmap.errors import SettingsError
from marketmap.settings import Settings, load_settings, read_settings, settings_from_mapping, settings_to_mapping


def write(folder: Path, text: str) -> Path:
    path = folder / "marketmap.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_gives_the_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "marketmap.toml") == (Settings(), [])


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        [county]
        snapshot_date = "2026-02-30"
        [blocks]
        min_hours = 400
        max_hours = 300
        colour = "red"
        round_hours = "six"
        move_minutes_hour = nan
        [travel]
        junction_seconds = -1
        speeds_kmh = { primary = -5, residential = [30, 20, 10] }
        [nonsense]
        """,
    )
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    text = str(caught.value)
    for name in (
        "county.snapshot_date", "blocks.min_hours", "blocks.colour", "blocks.round_hours", "blocks.move_minutes_hour",
        "travel.junction_seconds", "travel.speeds_kmh", "nonsense",
    ):  # fmt: skip
        assert f"column {name}" in text
    assert len(caught.value.faults) == 8
    assert "marketmap.toml" in text


def test_a_negative_speed_is_a_fault() -> None:
    _, faults = settings_from_mapping({"travel": {"speeds_kmh": {"primary": -5, "residential": [30, 20]}}})
    assert [fault.column for fault in faults] == ["travel.speeds_kmh.primary"]


def test_a_file_that_is_not_toml_is_a_fault_with_its_line(tmp_path: Path) -> None:
    _, faults = read_settings(write(tmp_path, "[blocks\n"))
    assert len(faults) == 1
    assert "line 1" in str(faults[0])


def test_settings_survive_the_way_through_json(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        [county]
        name = "Testshire"
        snapshot_date = 2026-09-28
        district_codes = ["E06000017"]
        district_names = { E06000017 = "Rutland" }
        [blocks]
        max_hours = 250
        funding = ["council"]
        [travel]
        speeds_kmh = { primary = 60, residential = [32, 28.5] }
        """,
    )
    settings = load_settings(path)
    assert settings.county.snapshot_date == dt.date(2026, 9, 28)
    assert settings.travel.speeds_kmh == {"primary": 60.0, "residential": (32.0, 28.5)}
    again, faults = settings_from_mapping(json.loads(json.dumps(settings_to_mapping(settings))))
    assert faults == []
    assert again == settings


def test_defaults_survive_the_way_through_json() -> None:
    again, faults = settings_from_mapping(json.loads(json.dumps(settings_to_mapping(Settings()))))
    assert (again, faults) == (Settings(), [])
