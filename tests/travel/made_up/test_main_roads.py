"""Towns, the main roads between them and the plane graphs they are picked from."""

from __future__ import annotations

import numpy as np

from marketmap.travel.made_up.main_roads import TIERS, crowding, main_road_tiers
from marketmap.travel.made_up.planar import gabriel, neighbouring_pairs, spanning, straight_metres


def _two_towns() -> np.ndarray:
    """Two squares of 100 houses 10 km apart, and a line of farms between them."""
    block = np.array([(i * 60.0, j * 60.0) for i in range(10) for j in range(10)])
    farms = np.column_stack([np.arange(1500, 10000, 900.0), 250 + 40 * np.sin(np.arange(10))])
    return np.concatenate([block, block + np.array([10_000.0, 0.0]), farms])


def test_the_towns_are_joined_by_a_main_road_through_the_farms() -> None:
    places = _two_towns()
    pairs = neighbouring_pairs(places)
    usable = gabriel(places, pairs)
    tier = main_road_tiers(places, crowding(places), pairs, usable, straight_metres(places, pairs))
    main = pairs[tier == 0]
    assert TIERS[0][0] == "primary"
    assert set(range(200, 210)) <= set(main.ravel().tolist())
    assert not (usable < (tier == 0)).any()
    assert len(main) < 40


def test_a_place_without_towns_has_no_main_road() -> None:
    places = np.array([(i * 2000.0, (i % 2) * 500.0) for i in range(6)])
    pairs = neighbouring_pairs(places)
    tier = main_road_tiers(places, crowding(places), pairs, np.ones(len(pairs), dtype=bool), np.ones(len(pairs)))
    assert (tier == len(TIERS)).all()


def test_a_gabriel_pair_has_no_third_place_in_its_circle() -> None:
    places = np.random.default_rng(0).uniform(0, 1000, (60, 2))
    pairs = neighbouring_pairs(places)
    middle = (places[pairs[:, 0]] + places[pairs[:, 1]]) / 2
    radius = straight_metres(places, pairs) / 2
    inside = np.hypot(*(middle[:, None] - places).transpose(2, 0, 1)) < radius[:, None] - 1e-6
    assert np.array_equal(gabriel(places, pairs), ~inside.any(axis=1))


def test_the_spanning_pairs_are_a_lightest_tree() -> None:
    places = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.5), (0.0, 1.2)])
    pairs = np.array([(0, 1), (1, 2), (2, 3), (0, 3), (0, 2)])
    assert spanning(4, pairs, straight_metres(places, pairs)).tolist() == [True, False, True, True, False]


def test_places_on_one_line_are_a_chain() -> None:
    assert neighbouring_pairs(np.array([(5.0, 0.0), (0.0, 0.0), (9.0, 0.0), (2.0, 0.0)])).tolist() == [
        [0, 2], [0, 3], [1, 3],
    ]  # fmt: skip
