"""What a network is made of, against what it was built of."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from marketmap.travel import RoadNetwork
from marketmap.travel.road_facts import roads_by_class
from tests.travel.tiny_roads import build


def test_kilometres_shares_and_speed_by_class() -> None:
    places = [(0.0, 0.0), (3000.0, 0.0), (3000.0, 1000.0), (3000.0, 2000.0)]
    network = build(places, [(0, 1, "primary"), (1, 2), (2, 3)])
    limit = np.where(network.metres == 3000.0, 80.0, np.nan)
    inside = (network.metres == 1000.0) & ((network.y[network.tails] == 0) | (network.y[network.heads] == 0))
    table = roads_by_class(dataclasses.replace(network, limit_kmh=limit, built_up=inside))
    assert table["road_class"].tolist() == ["primary", "residential"]
    assert table["km"].tolist() == pytest.approx([3.0, 2.0])
    assert table["built_up_share"].tolist() == pytest.approx([0.0, 0.5])
    assert table["posted_share"].tolist() == pytest.approx([1.0, 0.0])
    assert table["mean_kmh"].tolist() == pytest.approx([72.0, 36.0])


def test_a_one_way_street_counts_once_too() -> None:
    places = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0)]
    table = roads_by_class(build(places, [(0, 1), (1, 2), (2, 0)], one_way=[0, 1, 2]))
    assert table["km"].item() == pytest.approx(2.0 + 2**0.5)
    assert table["posted_share"].item() == 0.0


def test_rutland_adds_up(rutland: RoadNetwork) -> None:
    table = roads_by_class(rutland)
    drawn = np.hypot(np.diff(rutland.line_x), np.diff(rutland.line_y))
    drawn[rutland.line_start[1:-1] - 1] = 0.0
    assert table["km"].sum() == pytest.approx(drawn.sum() / 1000, rel=0.001)
    assert table["km"].is_monotonic_decreasing
    slower = roads_by_class(rutland, scenario="peak")
    assert (slower["mean_kmh"] < table["mean_kmh"]).all()
