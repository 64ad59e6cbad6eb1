import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketmap.outputs.maps.palette import (
    AMOUNT_COLOURS,
    ZONE_COLOURS,
    amount_colours,
    break_classes,
    class_of,
    colour_neighbours,
)

AMOUNTS = st.lists(st.floats(0.01, 1e6) | st.sampled_from([0.0, -3.0, float("nan")]), max_size=40)

# Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as people with each deficiency see it.
SIGHTS = {
    "full": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def to_lab(colour: str, sight: str) -> np.ndarray:
    """A colour in CIE L*a*b* as it is seen."""
    rgb = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(SIGHTS[sight]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    ratio = xyz / np.array([0.9505, 1, 1.089])
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("palette", [ZONE_COLOURS, AMOUNT_COLOURS], ids=["zones", "amounts"])
def test_colours_can_be_told_apart_with_any_colour_vision(palette: tuple[str, ...], sight: str) -> None:
    apart = [np.linalg.norm(to_lab(a, sight) - to_lab(b, sight)) for a, b in itertools.combinations(palette, 2)]
    assert min(apart) > 15


@given(AMOUNTS)
def test_every_positive_amount_has_a_class_and_no_other_has(amounts: list[float]) -> None:
    values = pd.Series(amounts, dtype=float)
    breaks = break_classes(values)
    assert list(breaks) == sorted(set(breaks))
    assert len(breaks) <= len(AMOUNT_COLOURS)
    assert len(amount_colours(breaks)) == len(breaks)
    for value in amounts:
        place = class_of(value, breaks)
        if value > 0:
            assert place is not None
            assert value <= breaks[place]
            assert place == 0 or value > breaks[place - 1]
        else:
            assert place is None


def test_breaks_are_round_and_split_the_amounts_evenly() -> None:
    assert break_classes(pd.Series(np.arange(1.0, 1001.0))) == (210.0, 410.0, 610.0, 810.0, 1000.0)
    assert break_classes(pd.Series([7.0])) == (7.0,)
    assert break_classes(pd.Series([0.07])) == (0.07,)
    assert break_classes(pd.Series([0.010000000000000002])) == (0.011,)
    assert break_classes(pd.Series([0.0, -1.0])) == ()


@given(st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=20))
def test_zones_that_touch_differ_while_there_are_colours_enough(pairs: set[tuple[int, int]]) -> None:
    touching: dict[int, set[int]] = {zone: set() for zone in range(12)}
    for a, b in pairs:
        if a != b:
            touching[a].add(b)
            touching[b].add(a)
    colours = colour_neighbours(touching)
    assert set(colours) == set(touching)
    for zone, others in touching.items():
        if len(others) < len(ZONE_COLOURS):
            earlier = [other for other in others if len(touching[other]) < len(ZONE_COLOURS)]
            assert colours[zone] not in {colours[other] for other in earlier}


def test_colours_are_used_about_equally() -> None:
    chosen = list(colour_neighbours({zone: set() for zone in range(14)}).values())
    assert [chosen.count(colour) for colour in range(len(ZONE_COLOURS))] == [2] * len(ZONE_COLOURS)
