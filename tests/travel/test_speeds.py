"""The speed table and posted limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from marketmap.errors import RoadsError
from marketmap.settings import TravelSettings
from marketmap.travel.speeds import (
    KMH_PER_MPH,
    access_kmh,
    check_speeds,
    class_speeds,
    junction_delay,
    parse_maxspeed,
)


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("30 mph", 30 * KMH_PER_MPH),
        ("30mph", 30 * KMH_PER_MPH),
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("40 mph;30 mph", 30 * KMH_PER_MPH),
        ("national", 60 * KMH_PER_MPH),
        ("GB:nsl_single", 60 * KMH_PER_MPH),
        ("GB:nsl_dual", 70 * KMH_PER_MPH),
        ("GB:motorway", 70 * KMH_PER_MPH),
        ("GB:nsl_restricted", 30 * KMH_PER_MPH),
        ("GB:zone20", 20 * KMH_PER_MPH),
        ("signals;50 mph", 50 * KMH_PER_MPH),
    ],
)
def test_limits_are_read(text: str, kmh: float) -> None:
    assert parse_maxspeed(text) == pytest.approx(kmh)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "none", "signals", "sign", "0", "-30 mph", "30 knots", "abc",
        "GB:zone:0", "GB:zone:2", "GB:zone:999", "0.0000001 mph", "3 mph", "4.9", "201", "130 mph", "9" * 400, "٣٠",
    ],
)  # fmt: skip
def test_a_tag_without_a_figure_sets_no_limit(text: str | None) -> None:
    assert math.isnan(parse_maxspeed(text))


def test_the_slowest_and_fastest_limits_that_can_be() -> None:
    assert (parse_maxspeed("5"), parse_maxspeed("200"), parse_maxspeed("walk")) == (5.0, 200.0, 7.0)
    assert parse_maxspeed("GB:zone:0;30 mph") == pytest.approx(30 * KMH_PER_MPH)


def test_national_is_faster_on_a_dual_carriageway() -> None:
    assert parse_maxspeed("national", dual=True) == pytest.approx(70 * KMH_PER_MPH)


def _speeds(settings: TravelSettings, limit: float, *, built_up: bool = False) -> float:
    return float(
        class_speeds(np.array([0]), np.array([built_up]), np.array([limit]), classes=("primary",), settings=settings)[0]
    )


def test_a_limit_only_ever_lowers_the_table() -> None:
    settings = TravelSettings(speeds_kmh={"primary": (70.0, 38.0)})
    assert _speeds(settings, 50.0) == 50.0
    assert _speeds(settings, 112.0) == 70.0
    assert _speeds(settings, math.nan) == 70.0
    assert _speeds(settings, math.nan, built_up=True) == 38.0
    assert _speeds(TravelSettings(speeds_kmh={"primary": (70.0, 38.0)}, use_maxspeed=False), 50.0) == 70.0


def test_a_plain_table_knows_no_built_up() -> None:
    assert _speeds(TravelSettings(speeds_kmh={"primary": 60.0}), math.nan, built_up=True) == 60.0


def test_every_wrong_setting_is_named_at_once() -> None:
    settings = TravelSettings(
        speeds_kmh={"primary": -1.0, "autobahn": 130.0, "tertiary": (50.0, 0.0)},
        junction_seconds=-4.0,
        access_kmh=0.0,
        snap_metres=math.nan,
        walk_kmh=0.0,
        mode="swim",
        scenario="rush",
        scenarios={
            "peak": {"autobahn": 1.0, "primary": -1.0},
            "night": {"other": (1.0, math.inf)},
            "wet": {"junction": (1.0, 2.0)},
        },
    )
    with pytest.raises(RoadsError) as caught:
        check_speeds(settings)
    for part in (
        "primary", "autobahn", "tertiary", "junction_seconds", "access_kmh", "snap_metres", "walk_kmh", '"swim"',
        '"rush"', "scenarios.peak.autobahn", "scenarios.peak.primary: must be above 0, not -1", "scenarios.night.other",
        "scenarios.wet.junction: must be one number",
    ):  # fmt: skip
        assert part in str(caught.value)


def test_an_empty_table_is_an_error() -> None:
    with pytest.raises(RoadsError, match="empty"):
        check_speeds(TravelSettings(speeds_kmh={}))


def test_on_foot_the_table_and_the_limits_do_not_count() -> None:
    settings = TravelSettings(speeds_kmh={"tertiary": 50.0}, mode="walk", walk_kmh=4.0)
    assert _speeds(settings, 30.0) == 4.0
    assert (junction_delay(settings), access_kmh(settings)) == (0.0, 4.0)
    driven = TravelSettings(junction_seconds=7.0, access_kmh=12.0)
    assert (junction_delay(driven), access_kmh(driven)) == (7.0, 12.0)
