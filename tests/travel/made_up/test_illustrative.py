"""Roads made up from postcodes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from marketmap.errors import RoadsError
from marketmap.settings import TravelSettings
from marketmap.travel import RoadNetwork, detour_ratios, illustrative_roads, place_points, travel_matrix
from marketmap.travel.made_up.barriers import SEVERN, Barrier, crosses_any

GLOUCESTER_OVER = (381_600.0, 219_700.0)


def _frame(places: list[tuple[float, float]]) -> pd.DataFrame:
    return pd.DataFrame(places, columns=["easting", "northing"], dtype=float)


def _minutes(network: RoadNetwork, *places: tuple[float, float]) -> np.ndarray:
    east, north = np.array(places).T
    points = gpd.GeoSeries(gpd.points_from_xy(east, north), crs=27700)
    return travel_matrix(network, points, points)


class TestGloucestershire:
    def test_detours_are_those_of_real_roads(self, gloucestershire: RoadNetwork) -> None:
        table = detour_ratios(gloucestershire)
        assert (table["pairs"] > 10_000).all()
        assert np.allclose(table["median"], table["real_median"], rtol=0.10)
        assert np.allclose(table["percentile_90"], table["real_percentile_90"], rtol=0.15)

    def test_it_says_that_it_is_made_up(self, gloucestershire: RoadNetwork) -> None:
        assert gloucestershire.illustrative
        assert "illustrative" in gloucestershire.source.name
        assert gloucestershire.describe()["illustrative"] == "yes"

    def test_every_postcode_lies_on_it(
        self, gloucestershire: RoadNetwork, gloucestershire_postcodes: pd.DataFrame
    ) -> None:
        points = gpd.points_from_xy(gloucestershire_postcodes["easting"], gloucestershire_postcodes["northing"])
        placement = place_points(gloucestershire, gpd.GeoSeries(points, crs=27700))
        assert placement.metres.max() < 1.5
        assert len(gloucestershire.cut_off) == 0

    def test_roads_are_as_long_as_a_countys_and_mostly_minor(self, gloucestershire: RoadNetwork) -> None:
        km = np.bincount(gloucestershire.road_class, gloucestershire.metres) / 2000
        by_class = dict(zip(gloucestershire.classes, km, strict=True))
        # About 5,500 km of public road in the real county (Department for Transport road lengths).
        assert 4500 < km.sum() < 6500
        assert by_class["primary"] > 100
        assert by_class["unclassified"] + by_class["residential"] > by_class["primary"] + by_class["secondary"]

    def test_lines_do_not_cross(self, gloucestershire: RoadNetwork) -> None:
        lines = gpd.GeoSeries(gloucestershire.lines)
        left, right = lines.sindex.query(lines.to_numpy(), predicate="crosses")
        assert len(left) == 0, (lines.iloc[left[:3]], lines.iloc[right[:3]])

    def test_no_road_crosses_the_severn_below_gloucester(
        self, gloucestershire: RoadNetwork, gloucestershire_postcodes: pd.DataFrame
    ) -> None:
        place = list(zip(gloucestershire.x, gloucestershire.y, strict=True))
        district = gloucestershire_postcodes.set_index(["easting", "northing"])["district_code"]
        code = district.loc[~district.index.duplicated()].reindex(place).to_numpy()
        tail, head = code[gloucestershire.tails], code[gloucestershire.heads]
        forest = tail == "E07000080"
        assert forest.sum() > 5000
        assert set(head[forest]) == {"E07000080", "E07000083"}  # on its own bank: Tewkesbury district's
        ends = (gloucestershire.x, gloucestershire.y)
        assert not crosses_any(
            *(axis[gloucestershire.tails] for axis in ends), *(axis[gloucestershire.heads] for axis in ends)
        ).any()

    def test_newnham_to_arlingham_goes_round_by_gloucester(self, gloucestershire: RoadNetwork) -> None:
        newnham, arlingham, over = (369_200.0, 211_900.0), (370_900.0, 211_000.0), GLOUCESTER_OVER
        minutes = _minutes(gloucestershire, newnham, arlingham, over)
        assert np.hypot(newnham[0] - arlingham[0], newnham[1] - arlingham[1]) < 2000
        assert minutes[0, 1] > 30
        assert minutes[0, 1] == pytest.approx(minutes[0, 2] + minutes[2, 1], rel=0.15)

    def test_it_is_the_same_each_time_whatever_the_order(
        self, gloucestershire: RoadNetwork, gloucestershire_postcodes: pd.DataFrame
    ) -> None:
        again = illustrative_roads(gloucestershire_postcodes.sample(frac=1.0, random_state=0))
        assert again.digest == gloucestershire.digest


def test_rutlands_made_up_times_are_near_its_real_ones(rutland: RoadNetwork, rutland_postcodes: pd.DataFrame) -> None:
    chosen = rutland_postcodes.sample(400, random_state=0)
    points = gpd.GeoSeries(gpd.points_from_xy(chosen["easting"], chosen["northing"]), crs=27700)
    real = travel_matrix(rutland, points, points)
    made_up = travel_matrix(illustrative_roads(rutland_postcodes), points, points)
    apart = real > 5
    assert 0.8 < np.median(made_up[apart] / real[apart]) < 1.2


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), min_size=2, max_size=40, unique=True))
def test_any_places_are_joined_up(places: list[tuple[float, float]]) -> None:
    network = illustrative_roads(_frame(places), barriers=(Barrier("a wall", ((1500, 2000), (1500, -1000))),))
    assert network.n_nodes == len(places)
    graph = coo_array((np.ones(network.n_edges), (network.tails, network.heads)), shape=(network.n_nodes,) * 2)
    assert connected_components(graph, directed=True, connection="strong")[0] == 1
    assert (network.metres >= np.hypot(*(a[network.tails] - a[network.heads] for a in (network.x, network.y)))).all()


def test_banks_with_no_way_between_them_are_joined_round_the_head() -> None:
    wall = Barrier("a wall", ((0.0, 5000.0), (0.0, -5000.0)))
    network = illustrative_roads(_frame([(-100, 0), (-200, 50), (100, 0), (200, 60)]), barriers=(wall,))
    minutes = _minutes(network, (-100, 0), (100, 0))
    assert network.metres.max() > 10_000
    assert minutes[0, 1] > 8


def test_a_long_bridge_is_built_where_both_landings_are_settled() -> None:
    beachley, aust = SEVERN.crossings[0]
    shores = [(beachley[0] - 300.0 * i, beachley[1] + 700.0 * i) for i in range(5)]
    shores += [(aust[0] + 400.0 * i, aust[1] - 300.0 * i) for i in range(5)]
    network = illustrative_roads(_frame(shores))
    assert _minutes(network, beachley, aust)[0, 1] < 8


def test_postcodes_at_one_place_share_a_node() -> None:
    network = illustrative_roads(_frame([(0, 0), (0, 0), (0.3, 0.2), (900, 0), (900, 0), (400, 400)]))
    assert network.n_nodes == 3


def test_places_without_coordinates_are_passed_over() -> None:
    assert illustrative_roads(_frame([(0, 0), (float("nan"), 5), (900, 0)])).n_nodes == 2


def test_fewer_than_two_places_is_an_error() -> None:
    with pytest.raises(RoadsError, match="two places"):
        illustrative_roads(_frame([(0, 0), (0, 0)]))


def test_a_table_without_its_classes_is_an_error() -> None:
    with pytest.raises(RoadsError, match="tertiary"):
        illustrative_roads(_frame([(0, 0), (900, 0)]), settings=TravelSettings(speeds_kmh={"primary": 50.0}))
