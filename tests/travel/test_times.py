"""A county's travel times and their cache."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from marketmap.errors import RoadsError
from marketmap.settings import Settings, TravelSettings
from marketmap.travel import RoadNetwork, TravelTimes, county_roads, county_travel
from marketmap.travel.packing import is_packed_network, pack_network, unpack_network
from tests.travel.tiny_roads import PLAIN, build

CROSS = [(0.0, 0.0), (1000.0, 0.0), (500.0, 0.0), (500.0, 800.0)]
ROADS = [(0, 2), (2, 1), (2, 3)]


def _postcodes(places: dict[str, tuple[float, float]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(places, orient="index", columns=["easting", "northing"])


COUNTY = _postcodes(
    {"AA1 1AA": (100, 0), "AA1 1AB": (900, 20), "AA1 1AC": (500, 400), "AA9 9ZZ": (-900, -900), "BB1 1AA": (9e5, 0)}
)
ASKED = _postcodes({"AA1 1AC": (500, 400), "AA1 1AA": (100, 0), "CC1 1CC": (250, 0), "AA9 9ZZ": (-900, -900)})


def _travel(cache_dir: Path | None = None, network: RoadNetwork | None = None) -> TravelTimes:
    network = build(CROSS, ROADS) if network is None else network
    return county_travel(network, COUNTY, ASKED, settings=Settings(travel=PLAIN), cache_dir=cache_dir)


def test_times_are_for_what_was_asked_and_lies_on_the_roads() -> None:
    travel = _travel()
    assert travel.postcodes.tolist() == ["AA1 1AC", "AA1 1AA", "CC1 1CC"]
    assert travel.minutes.dtype == np.float32
    assert travel.minutes[0] == pytest.approx([0.0, 800 / 600, 650 / 600], abs=1e-4)
    assert np.array_equal(travel.minutes, travel.minutes.T)


def test_neighbours_are_of_the_whole_county() -> None:
    table = _travel().neighbours
    pairs = list(zip(table["postcode_a"], table["postcode_b"], strict=True))
    # The side street's point (400 m up) and the first one (400 m back) are equally near the junction.
    assert ("AA1 1AA", "AA1 1AC") in pairs
    assert ("AA1 1AA", "AA1 1AB") in pairs or ("AA1 1AB", "AA1 1AC") in pairs
    assert len(pairs) == 2


def test_what_is_off_the_roads_is_named_once_with_its_reason() -> None:
    unplaced = _travel().unplaced.set_index("postcode")
    assert list(unplaced.index) == ["AA9 9ZZ", "BB1 1AA"]
    assert unplaced.loc["AA9 9ZZ", "metres"] == pytest.approx(1272.8, abs=0.1)
    assert "1,000 m" in unplaced.loc["AA9 9ZZ", "reason"]
    assert "outside" in unplaced.loc["BB1 1AA", "reason"]


def test_the_run_record_gets_file_date_and_sizes() -> None:
    travel = _travel()
    assert travel.source["file"] == "test roads"
    assert travel.source["nodes"] == "4"
    assert travel.source["cut_off"] == "nothing"
    assert not travel.illustrative


def test_nothing_on_the_roads_is_an_error_that_names_both_extents() -> None:
    away = _postcodes({"AA1 1AA": (400_000, 200_000), "AA1 1AB": (410_000, 210_000)})
    with pytest.raises(RoadsError, match=r"0 to 1,000.*400,000 to 410,000"):
        county_travel(build(CROSS, ROADS), away, away, settings=Settings(), cache_dir=None)


def test_postcodes_given_twice_count_once() -> None:
    twice = pd.concat([ASKED, ASKED])
    travel = county_travel(build(CROSS, ROADS), COUNTY, twice, settings=Settings(travel=PLAIN), cache_dir=None)
    assert travel.postcodes.is_unique


def test_the_cache_gives_the_same_and_holds_no_postcode(tmp_path: Path) -> None:
    cold, warm, without = _travel(tmp_path), _travel(tmp_path), _travel()
    for one in (warm, without):
        assert np.array_equal(cold.minutes, one.minutes)
        assert cold.neighbours.equals(one.neighbours)
    files = list(tmp_path.iterdir())
    assert len(files) == 2
    for file in files:
        content = file.read_bytes()
        for postcode in (*COUNTY.index, *ASKED.index):
            for spelling in (postcode, postcode.replace(" ", "")):
                assert spelling.encode() not in content
                assert spelling.encode("utf-16-le") not in content
                assert spelling not in file.name


def test_a_damaged_cache_gives_the_same(tmp_path: Path) -> None:
    cold = _travel(tmp_path)
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:-40])
    warm = _travel(tmp_path)
    assert np.array_equal(cold.minutes, warm.minutes)
    assert cold.neighbours.equals(warm.neighbours)


def test_other_roads_are_not_taken_from_the_cache(tmp_path: Path) -> None:
    _travel(tmp_path)
    slower = dataclasses.replace(PLAIN, speeds_kmh={"residential": 18.0})
    travel = _travel(tmp_path, build(CROSS, ROADS, settings=slower))
    assert travel.minutes[0, 1] == pytest.approx(2 * 800 / 600, abs=1e-4)


def test_another_speed_to_the_door_is_not_taken_from_the_cache(tmp_path: Path) -> None:
    county = COUNTY.assign(northing=COUNTY["northing"] + 50.0)

    def ask(access_kmh: float) -> TravelTimes:
        travel = dataclasses.replace(PLAIN, access_kmh=access_kmh)
        network = build(CROSS, ROADS, settings=travel)
        return county_travel(network, county, county.iloc[:2], settings=Settings(travel=travel), cache_dir=tmp_path)

    quick, slow = ask(10.0), ask(5.0)
    legs = (50 + 70) / (10 * 1000 / 60)
    assert slow.minutes[0, 1] - quick.minutes[0, 1] == pytest.approx(legs, abs=1e-4)
    assert not np.allclose(slow.neighbours["minutes"], quick.neighbours["minutes"])


def test_roads_that_only_join_otherwise_are_not_taken_from_the_cache(tmp_path: Path) -> None:
    """As many roads, as long each, and the points in the same places on them."""
    square = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0), (0.0, 1000.0), (-1000.0, 1000.0)]
    ring = build(square[:4], [(0, 1), (1, 2), (2, 3), (3, 0)])
    tail = build(square, [(0, 1), (1, 2), (2, 3), (3, 4)])
    assert ring.seconds().tolist() == tail.seconds().tolist()
    points = _postcodes({"AA1 1AA": (250.0, 0.0), "AA1 1AB": (250.0, 1000.0)})

    def ask(network: RoadNetwork) -> float:
        travel = county_travel(network, points, points, settings=Settings(travel=PLAIN), cache_dir=tmp_path)
        return float(travel.minutes[0, 1])

    assert ask(ring) == pytest.approx(1500 / 600, abs=1e-4)
    assert ask(tail) == pytest.approx(2500 / 600, abs=1e-4)


class TestScenarios:
    SLOW = dataclasses.replace(PLAIN, scenarios={"rain": {"other": 2.0}}, scenario="rain")

    def _minutes(self, travel: TravelSettings, cache_dir: Path | None, scenario: str | None = None) -> TravelTimes:
        network = build(CROSS, ROADS, settings=travel)
        settings = Settings(travel=travel)
        return county_travel(network, COUNTY, ASKED, settings=settings, cache_dir=cache_dir, scenario=scenario)

    def test_times_are_for_the_scenario_of_the_settings_unless_another_is_asked_for(self, tmp_path: Path) -> None:
        plain = _travel()
        rain = self._minutes(self.SLOW, tmp_path)
        assert rain.minutes == pytest.approx(2 * plain.minutes, abs=1e-4)
        dry = self._minutes(self.SLOW, tmp_path, "offpeak")
        assert np.array_equal(dry.minutes, plain.minutes)
        assert (rain.source["scenario"], dry.source["scenario"], rain.source["mode"]) == ("rain", "offpeak", "drive")

    def test_factors_of_a_scenario_that_is_not_used_leave_the_cache_alone(self, tmp_path: Path) -> None:
        self._minutes(self.SLOW, tmp_path)
        files = {file.name for file in tmp_path.iterdir()}
        other = dataclasses.replace(self.SLOW, scenarios={**self.SLOW.scenarios, "peak": {"other": 9.0}})
        self._minutes(other, tmp_path)
        assert {file.name for file in tmp_path.iterdir()} == files
        wetter = dataclasses.replace(self.SLOW, scenarios={"rain": {"other": 3.0}})
        assert self._minutes(wetter, tmp_path).minutes[0, 1] == pytest.approx(3 * 800 / 600, abs=1e-4)
        assert len(list(tmp_path.iterdir())) == 2 * len(files)

    def test_an_unknown_scenario_is_an_error_even_with_a_cache(self, tmp_path: Path) -> None:
        with pytest.raises(RoadsError, match="rush"):
            self._minutes(self.SLOW, tmp_path, "rush")


class TestCountyRoads:
    def test_without_a_file_they_are_made_up(self, tmp_path: Path) -> None:
        places = COUNTY.iloc[:4]
        made = county_roads(None, places, settings=TravelSettings(), cache_dir=tmp_path)
        again = county_roads(None, places.iloc[::-1], settings=TravelSettings(), cache_dir=tmp_path)
        assert made.illustrative
        assert again.illustrative
        assert made.digest == again.digest
        assert len(list(tmp_path.iterdir())) == 1

    def test_a_file_is_read_once_until_it_or_the_settings_change(
        self, rutland_file: Path, rutland: RoadNetwork, tmp_path: Path
    ) -> None:
        for _ in range(2):
            network = county_roads(rutland_file, COUNTY, settings=TravelSettings(), cache_dir=tmp_path)
            assert network.digest == rutland.digest
            assert network.describe() == rutland.describe()
            pd.testing.assert_frame_equal(network.cut_off, rutland.cut_off)
        assert len(list(tmp_path.iterdir())) == 1
        slower = county_roads(rutland_file, COUNTY, settings=TravelSettings(junction_seconds=9.0), cache_dir=tmp_path)
        assert slower.seconds().sum() > rutland.seconds().sum()

    def test_roads_are_kept_while_only_their_use_changes(self, tmp_path: Path) -> None:
        places = COUNTY.iloc[:4]
        for settings in (TravelSettings(), TravelSettings(scenario="peak", snap_metres=50.0, access_kmh=9.0)):
            network = county_roads(None, places, settings=settings, cache_dir=tmp_path)
            assert network.settings is settings
        assert len(list(tmp_path.iterdir())) == 1
        walked = county_roads(None, places, settings=TravelSettings(mode="walk"), cache_dir=tmp_path)
        assert (walked.kmh == 4.8).all()
        assert len(list(tmp_path.iterdir())) == 2

    def test_a_missing_file_is_an_error_even_with_a_cache(self, tmp_path: Path) -> None:
        with pytest.raises(RoadsError, match="not there"):
            county_roads(tmp_path / "gone.pbf", COUNTY, settings=TravelSettings(), cache_dir=tmp_path)

    def test_wrong_settings_are_an_error_even_with_a_cache(self, tmp_path: Path) -> None:
        with pytest.raises(RoadsError, match="above 0"):
            county_roads(None, COUNTY, settings=TravelSettings(speeds_kmh={"primary": -1.0}), cache_dir=tmp_path)


def test_packing_is_undone_and_nonsense_is_not_taken_for_a_network() -> None:
    network = build(CROSS, ROADS)
    packed = pack_network(network)
    assert is_packed_network(packed)
    assert unpack_network(packed, network.settings).digest == network.digest
    assert not is_packed_network({name: packed[name] for name in list(packed)[1:]})
    assert not is_packed_network({**packed, "heads": packed["heads"][:-1]})
    assert not is_packed_network({**packed, "limit_kmh": packed["limit_kmh"][:-1]})
    assert not is_packed_network({**packed, "x": packed["x"].astype(np.float32)})


@pytest.mark.slow
def test_gloucestershire_hangs_together(
    gloucestershire: RoadNetwork, gloucestershire_postcodes: pd.DataFrame, tmp_path: Path
) -> None:
    asked = gloucestershire_postcodes.sample(1500, random_state=0)
    travel = county_travel(gloucestershire, gloucestershire_postcodes, asked, settings=Settings(), cache_dir=tmp_path)
    assert travel.unplaced.empty
    assert travel.illustrative
    assert np.isfinite(travel.minutes).all()
    assert 60 < travel.minutes.max() < 180
    place = pd.Series(range(len(gloucestershire_postcodes)), index=gloucestershire_postcodes.index)
    ends = [place[travel.neighbours[name]].to_numpy() for name in ("postcode_a", "postcode_b")]
    graph = coo_array((np.ones(len(ends[0])), tuple(ends)), shape=(len(place), len(place)))
    assert connected_components(graph, directed=False)[0] == 1


def test_an_office_over_the_border_is_named_and_the_countys_own_is_timed() -> None:
    away = _postcodes({"AA1 1AA": (100, 400), "CC1 1CC": (900, -400)})
    county = _postcodes({"AA1 1AA": (100, 400)})
    travel = county_travel(build(CROSS, ROADS), county, away, settings=Settings(travel=PLAIN), cache_dir=None)
    assert travel.postcodes.tolist() == ["AA1 1AA"]
    assert travel.unplaced["postcode"].tolist() == ["CC1 1CC"]
    assert travel.unplaced["reason"].item() == "lies beyond the roads of test roads: 400 m from the nearest"


def test_the_scenario_of_the_settings_is_the_runs() -> None:
    network = build(CROSS, ROADS)
    peak = dataclasses.replace(PLAIN, scenario="peak")
    travel = county_travel(network, COUNTY, ASKED, settings=Settings(travel=peak), cache_dir=None)
    same = county_travel(network, COUNTY, ASKED, settings=Settings(travel=PLAIN), cache_dir=None, scenario="peak")
    assert travel.source["scenario"] == "peak"
    assert (travel.minutes == same.minutes).all()
    assert travel.minutes[0, 1] > _travel().minutes[0, 1]
