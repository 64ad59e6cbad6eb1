"""Settings: nothing misspelt is ignored, everything wrong is told at once, nothing is lost on the way to run.json."""

import datetime as dt
import json
from pathlib import Path

import pytest

from marketmap.errors import SettingsError
from marketmap.settings import (
    DEFAULT_SCENARIOS,
    Settings,
    TravelSettings,
    load_settings,
    read_settings,
    settings_from_mapping,
    settings_to_mapping,
)


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


class TestScenarios:
    def test_one_that_is_given_replaces_only_itself(self, tmp_path: Path) -> None:
        path = write(
            tmp_path,
            """
            [travel]
            scenario = "market"
            [travel.scenarios.peak]
            primary = [1.3, 1.6]
            [travel.scenarios.market]
            other = 2
            """,
        )
        travel = load_settings(path).travel
        assert travel.scenarios == {
            **DEFAULT_SCENARIOS,
            "peak": {"primary": (1.3, 1.6)},
            "market": {"other": 2.0},
        }

    def test_those_made_in_python_are_added_to_the_same_way(self) -> None:
        assert TravelSettings(scenarios={}) == TravelSettings()
        assert set(TravelSettings(scenarios={"market": {}}).scenarios) == {*DEFAULT_SCENARIOS, "market"}

    @pytest.mark.parametrize("scenarios", [{}, {"peak": {}}, {"offpeak": {"other": 1.1}, "fog": {"service": (2, 3)}}])
    def test_settings_are_a_fixed_point_of_the_way_through_json(self, scenarios: dict[str, dict[str, float]]) -> None:
        settings = Settings(travel=TravelSettings(speeds_kmh={"primary": 50.0}, scenarios=scenarios, mode="walk"))
        again, faults = settings_from_mapping(json.loads(json.dumps(settings_to_mapping(settings))))
        assert (again, faults) == (settings, [])
        assert settings_to_mapping(again) == settings_to_mapping(settings)

    def test_the_defaults_are_not_shared(self) -> None:
        assert TravelSettings().scenarios["peak"] is not DEFAULT_SCENARIOS["peak"]


def test_every_travel_setting_that_cannot_be_is_told_at_once() -> None:
    raw = {
        "mode": "swim",
        "walk_kmh": 0,
        "access_kmh": -1,
        "snap_metres": 0,
        "scenario": "rush",
        "speeds_kmh": {"autobahn": 130, "primary": [60, 0]},
        "scenarios": {
            "peak": {"primary": 0, "autobahn": 1.2, "junction": [1, 2]},
            "fog": {"other": [1.5, -1]},
        },
    }
    _, faults = settings_from_mapping({"travel": raw})
    assert sorted(fault.column for fault in faults) == [
        "travel.access_kmh", "travel.mode", "travel.scenario", "travel.scenarios.fog.other",
        "travel.scenarios.peak.autobahn", "travel.scenarios.peak.junction", "travel.scenarios.peak.primary",
        "travel.snap_metres", "travel.speeds_kmh.autobahn", "travel.speeds_kmh.primary", "travel.walk_kmh",
    ]  # fmt: skip
    text = "\n".join(str(fault) for fault in faults)
    for part in ("drive, walk", "offpeak, peak, night, winter, fog", "unclassified", "must be above 0, not 60 and 0"):
        assert part in text


def test_a_factor_of_the_wrong_type_is_named_with_its_place() -> None:
    _, faults = settings_from_mapping({"travel": {"scenarios": {"peak": {"primary": "slow"}}}})
    assert [fault.column for fault in faults] == ["travel.scenarios"]
    assert "peak: primary: has the wrong type" in str(faults[0])


def test_an_empty_speed_table_is_a_fault() -> None:
    _, faults = settings_from_mapping({"travel": {"speeds_kmh": {}}})
    assert [fault.column for fault in faults] == ["travel.speeds_kmh"]


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
