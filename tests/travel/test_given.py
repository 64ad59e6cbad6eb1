"""What callers of the travel room may give: points in any holder, and a plain refusal of what holds none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from marketmap.errors import RoadsError
from marketmap.settings import Settings, TravelSettings
from marketmap.travel import read_roads, travel_matrix
from tests.travel.tiny_roads import build

PLACES = gpd.GeoSeries.from_xy([400_000.0, 400_600.0, 401_000.0], [300_000.0] * 3, crs=27700)
ROADS = build([(400_000.0, 300_000.0), (401_000.0, 300_000.0)], [(0, 1)])


@pytest.mark.parametrize(
    "held",
    [
        lambda points: gpd.GeoDataFrame({"name": list("abc")}, geometry=points),
        lambda points: gpd.GeoDataFrame({"home": points}, geometry="home"),
        lambda points: points.array,
        lambda points: points.set_axis(["c", "a", "a"]),
        lambda points: points.to_crs(4326),
    ],
)
def test_points_are_the_same_in_any_holder(held: Callable[[gpd.GeoSeries], Any]) -> None:
    expected = travel_matrix(ROADS, PLACES, PLACES)
    assert expected[0].tolist() == pytest.approx([0.0, 1.0, 1000 / 600])
    np.testing.assert_allclose(travel_matrix(ROADS, held(PLACES), PLACES), expected, atol=1e-3)
    np.testing.assert_allclose(travel_matrix(ROADS, PLACES, held(PLACES)), expected, atol=1e-3)


@pytest.mark.parametrize(
    "points",
    [list(PLACES), PLACES.iloc[0], np.zeros((3, 2)), pd.DataFrame({"x": [1]}), gpd.GeoDataFrame({"x": [1]}), None],
)
def test_points_without_geometry_are_refused_with_what_to_give(points: Any) -> None:
    with pytest.raises(RoadsError, match=r"without geometry\. Give a GeoSeries"):
        travel_matrix(ROADS, points, PLACES)


@pytest.mark.parametrize("limit", [-1, float("nan"), [1], pd.NA, 10**400, "soon"])
def test_a_limit_that_is_none_is_refused(limit: Any) -> None:
    with pytest.raises(RoadsError, match=r"^max_minutes is .*give a number of 0 or more"):
        travel_matrix(ROADS, PLACES, PLACES, max_minutes=limit)


def test_what_is_no_network_no_scenario_and_no_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RoadsError, match="network is a str; give what read_roads returns"):
        travel_matrix("roads.osm", PLACES, PLACES)
    with pytest.raises(RoadsError, match="no travel scenario"):
        travel_matrix(ROADS, PLACES, PLACES, scenario=["offpeak"])
    with pytest.raises(RoadsError, match="path is None"):
        read_roads(None)
    with pytest.raises(RoadsError, match=r"give marketmap\.settings\.TravelSettings"):
        read_roads(tmp_path / "roads.osm", settings=Settings())


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"speeds_kmh": {"residential": "30"}}, "speeds_kmh.residential: must be a number, not '30'"),
        ({"speeds_kmh": {"residential": (30, None)}}, "must be a number, not None .inside built-up"),
        ({"speeds_kmh": 30}, "speeds_kmh: must be a table of road classes, not 30"),
        ({"scenarios": None}, "scenarios: must be a table of road classes, not None"),
        ({"scenarios": {"snow": 1.5}}, "scenarios.snow: must be a table of road classes, not 1.5"),
        ({"use_maxspeed": "no"}, "use_maxspeed: must be true or false, not 'no'"),
        ({"junction_seconds": None}, "junction_seconds: must be a number, not None"),
        ({"junction_seconds": True}, "junction_seconds: must be a number, not True"),
    ],
)
def test_settings_of_another_kind_are_refused_by_name(settings: dict[str, Any], text: str, tmp_path: Path) -> None:
    with pytest.raises(RoadsError, match=text):
        read_roads(tmp_path / "roads.osm", settings=TravelSettings(**settings))


def test_settings_may_hold_numpy_figures(tmp_path: Path) -> None:
    settings = TravelSettings(
        speeds_kmh={"residential": np.float32(36)}, use_maxspeed=np.bool_(1), junction_seconds=np.int64(0)
    )
    with pytest.raises(RoadsError, match="is not there"):  # past the settings
        read_roads(tmp_path / "roads.osm", settings=settings)
