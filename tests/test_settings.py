"""Settings: nothing misspelt is ignored, everything wrong is told at once, nothing is lost on the way to run.json."""

import dataclasses
import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

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
    travel_faults,
)
from marketmap.settings.dictionary import describe_settings, read_meanings


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
        assert f"setting {name}" in text
    assert "column" not in text
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
    for part in (
        "drive, walk",
        "offpeak, peak, night, winter, fog",
        "unclassified",
        "above 0, not 0 (inside built-up areas)",
    ):
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


class TestBounds:
    @pytest.mark.parametrize(
        ("travel", "words"),
        [
            ({"speeds_kmh": {"residential": 6000}}, "from 1 to 200 km/h, not 6000"),
            ({"speeds_kmh": {"residential": [1e-9, 30]}}, "not 1e-09 (outside built-up areas)"),
            ({"scenarios": {"peak": {"other": 0.1}}}, "from 0.2 to 5"),
            ({"scenarios": {"peak": {"junction": 6}}}, "from 0.2 to 5"),
            ({"junction_seconds": 301}, "from 0 to 300 seconds"),
            ({"snap_metres": 20_001}, "from 1 to 20,000 metres"),
            ({"access_kmh": 201}, "from 1 to 200 km/h"),
            ({"walk_kmh": 21}, "from 1 to 20 km/h"),
        ],
    )
    def test_a_figure_beyond_what_can_be_is_a_fault(self, travel: dict[str, Any], words: str) -> None:
        _, faults = settings_from_mapping({"travel": travel})
        assert len(faults) == 1
        assert words in str(faults[0])

    def test_the_bounds_themselves_can_be(self) -> None:
        edges = {
            "speeds_kmh": {"residential": [1, 200]}, "scenarios": {"peak": {"other": [0.2, 5]}}, "junction_seconds": 0,
            "snap_metres": 20_000, "access_kmh": 1, "walk_kmh": 20,
        }  # fmt: skip
        assert settings_from_mapping({"travel": edges})[1] == []

    @pytest.mark.parametrize("value", ["nan", "inf", "-inf", "[30, nan]", "1" + "0" * 400])
    def test_what_is_no_finite_number_is_called_so(self, tmp_path: Path, value: str) -> None:
        _, faults = read_settings(write(tmp_path, f"[travel.speeds_kmh]\nresidential = {value}\n"))
        assert [(fault.column, fault.what) for fault in faults] == [
            ("travel.speeds_kmh", "residential: must be a finite number")
        ]

    def test_a_pair_of_three_made_in_python_is_a_fault(self) -> None:
        odd = TravelSettings(speeds_kmh={"residential": (1.0, 2.0, 3.0)})  # type: ignore[dict-item]
        assert [name for name, _, _ in travel_faults(odd)] == ["speeds_kmh.residential"]


class TestScenarioNames:
    def test_one_spelt_in_another_case_is_suggested(self) -> None:
        _, faults = settings_from_mapping({"travel": {"scenario": "Peak"}})
        assert 'Write "peak"' in str(faults[0])

    @pytest.mark.parametrize("name", ["", "a b", "a.b", "a/b", "rush\nhour", "früh", "x" * 41])
    def test_what_cannot_be_a_key_or_a_file_name_is_a_fault(self, name: str) -> None:
        _, faults = settings_from_mapping({"travel": {"scenarios": {name: {}}}})
        assert [fault.column for fault in faults] == ["travel.scenarios"]
        assert "\n" not in str(faults[0])

    def test_others_can_be(self) -> None:
        assert settings_from_mapping({"travel": {"scenarios": {"Market_day-2": {}}}})[1] == []


class TestSpeedTables:
    TABLE = "[travel.speeds_kmh]\nprimary = 50\ntrack = 10\n"

    def test_one_in_a_file_that_forgets_where_people_live_is_a_fault(self, tmp_path: Path) -> None:
        _, faults = read_settings(write(tmp_path, self.TABLE))
        assert [fault.column for fault in faults] == ["travel.speeds_kmh"]
        assert "only primary, track would be driven" in str(faults[0])

    @pytest.mark.parametrize("local", ["residential", "unclassified", "tertiary"])
    def test_one_with_any_of_those_roads_is_none(self, tmp_path: Path, local: str) -> None:
        assert read_settings(write(tmp_path, f"{self.TABLE}{local} = 30\n"))[1] == []

    def test_on_foot_it_does_not_count(self, tmp_path: Path) -> None:
        assert read_settings(write(tmp_path, f'[travel]\nmode = "walk"\n{self.TABLE}'))[1] == []

    def test_in_python_and_in_run_records_any_table_can_be(self) -> None:
        plain = TravelSettings(speeds_kmh={"motorway": 100.0})
        assert list(travel_faults(plain)) == []
        assert settings_from_mapping(settings_to_mapping(Settings(travel=plain)))[1] == []


class TestCalibration:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("least_gaps", -5), ("least_gaps", 0), ("longest_gap_minutes", 1e308), ("longest_gap_minutes", 481),
            ("shortest_minutes", -5), ("least_coverage", 1.1),
            ("peak", [["7", "9"]]), ("peak", [["07:00", "22:75"]]), ("peak", [["²:00", "09:00"]]),
            ("peak", [["0:99", "09:00"]]), ("peak", [["07:00", "07:00"]]), ("night", ["25:00", "06:00"]),
            ("night", ["\u0660\u0667:00", "06:00"]),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_a_fault(self, name: str, value: Any) -> None:
        _, faults = settings_from_mapping({"calibration": {name: value}})
        assert [fault.column for fault in faults] == [f"calibration.{name}"]

    @pytest.mark.parametrize("value", [-3, 0, 4.9])
    def test_the_longest_gap_has_a_least(self, value: float) -> None:
        _, faults = settings_from_mapping({"calibration": {"longest_gap_minutes": value}})
        assert "calibration.longest_gap_minutes" in {fault.column for fault in faults}

    def test_the_shortest_journey_is_below_the_longest_gap(self) -> None:
        _, faults = settings_from_mapping({"calibration": {"shortest_minutes": 10, "longest_gap_minutes": 10}})
        assert [fault.column for fault in faults] == ["calibration.shortest_minutes"]

    def test_good_times_of_day(self) -> None:
        raw = {"calibration": {"peak": [["7:30", "09:30"]], "night": ["22:00", "24:00"]}}
        assert settings_from_mapping(raw)[1] == []
        assert settings_from_mapping({"calibration": {"peak": []}})[1] == []


class TestPage:
    def test_every_setting_is_described_and_nothing_else(self) -> None:
        for table in dataclasses.fields(Settings()):
            kind = type(getattr(Settings(), table.name))
            meanings = read_meanings(kind)
            assert list(meanings) == [item.name for item in dataclasses.fields(kind)]
            assert all(meanings.values())

    def test_the_written_page_is_the_generated_one(self) -> None:
        page = Path(__file__).parents[1] / "docs" / "settings.md"
        assert page.read_text(encoding="utf-8") == describe_settings(), "settings changed: run make docs"

    def test_every_example_can_be_pasted(self, tmp_path: Path) -> None:
        blocks = re.findall(r"```toml\n(.*?)```", describe_settings(), re.DOTALL)
        assert len(blocks) >= 6
        for block in blocks:
            settings, faults = read_settings(write(tmp_path, block))
            assert faults == [], block
            # What stands there as a default is the default.
            if block.startswith(("[travel.speeds_kmh]", "[travel.scenarios", "[blocks.")):
                assert settings == Settings(), block

    def test_the_rows_of_a_section_pasted_as_they_are_change_nothing(self, tmp_path: Path) -> None:
        for section in describe_settings().split("\n## ")[1:]:
            rows = re.findall(r"^\| `(\w+)` \| `(.*?)` \|", section, re.MULTILINE)
            text = "\n".join([section.splitlines()[0], *(f"{name} = {value}" for name, value in rows)])
            assert rows, section
            assert read_settings(write(tmp_path, text)) == (Settings(), []), text


class TestThoseWhoWalk:
    def test_they_claim_no_mileage_and_burn_nothing(self, tmp_path: Path) -> None:
        settings, faults = read_settings(write(tmp_path, '[travel]\nmode = "walk"\nwalk_kmh = 4.0\n'))
        assert faults == []
        assert (settings.market.round_kmh, settings.market.mileage_pounds, settings.rounds.co2e_km) == (4.0, 0.0, 0.0)

    def test_what_the_file_says_stands(self, tmp_path: Path) -> None:
        text = '[travel]\nmode = "walk"\n[market]\nmileage_pounds = 0.2\n[rounds]\nco2e_km = 0.1\n'
        settings, _ = read_settings(write(tmp_path, text))
        assert (settings.market.mileage_pounds, settings.rounds.co2e_km) == (0.2, 0.1)
        assert settings.market.round_kmh == settings.travel.walk_kmh

    def test_those_who_drive_do_as_before(self, tmp_path: Path) -> None:
        assert read_settings(write(tmp_path, '[travel]\nmode = "drive"\n'))[0] == Settings()
