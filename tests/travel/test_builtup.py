"""Built-up or not."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marketmap.settings import TravelSettings
from marketmap.travel import osm
from marketmap.travel.builtup import judge_built_up
from marketmap.travel.osm import read_osm
from marketmap.travel.speeds import KMH_PER_MPH


def _judge(*, limit: float = math.nan, lit: str = "", metres_away: float = 50.0) -> bool:
    """One kilometre of main road with a street beside it, so far away."""
    x = np.array([0.0, 1000.0, 0.0, 1000.0])
    y = np.array([0.0, 0.0, metres_away, metres_away])
    judged = judge_built_up(
        line_start=np.array([0, 2, 4]),
        line_x=x,
        line_y=y,
        metres=np.array([1000.0, 1000.0]),
        road_class=np.array([0, 1]),
        classes=("primary", "residential"),
        maxspeed_kmh=np.array([limit, math.nan]),
        lit=np.array([lit, ""], dtype=object),
    )
    return bool(judged[0])


def test_streets_nearby_make_a_road_built_up() -> None:
    assert _judge()
    assert not _judge(metres_away=500.0)


def test_lighting_says_more_than_streets() -> None:
    assert not _judge(lit="no")
    assert _judge(lit="yes", metres_away=500.0)
    assert _judge(lit="sunset-sunrise", metres_away=500.0)
    assert _judge(lit="who knows")
    assert not _judge(lit="who knows", metres_away=500.0)


def test_a_posted_limit_says_most() -> None:
    assert not _judge(limit=60 * KMH_PER_MPH, lit="yes")
    assert _judge(limit=30 * KMH_PER_MPH, lit="no", metres_away=500.0)
    assert _judge(limit=40 * KMH_PER_MPH)


def test_without_streets_nothing_is_built_up_but_by_its_tags() -> None:
    judged = judge_built_up(
        line_start=np.array([0, 2]), line_x=np.array([0.0, 9.0]), line_y=np.zeros(2), metres=np.array([9.0]),
        road_class=np.array([0]), classes=("primary",), maxspeed_kmh=np.array([math.nan]),
        lit=np.array([""], dtype=object),
    )  # fmt: skip
    assert not judged.any()


def test_on_rutlands_posted_roads_the_streets_give_the_posted_answer(rutland_file: Path) -> None:
    lines, _ = read_osm(rutland_file, format_name="pbf", settings=TravelSettings())
    name = np.array(lines.classes)[lines.road_class]
    slow, quick = lines.maxspeed_kmh <= 30.5 * KMH_PER_MPH, lines.maxspeed_kmh >= 49.5 * KMH_PER_MPH
    posted = (slow | quick) & ~np.isin(name, ["residential", "living_street", "service"])
    unposted = judge_built_up(
        line_start=lines.line_start, line_x=lines.line_x, line_y=lines.line_y, metres=lines.metres,
        road_class=lines.road_class, classes=lines.classes, maxspeed_kmh=np.full(len(name), math.nan),
        lit=np.full(len(name), "", dtype=object),
    )  # fmt: skip
    weight = lines.metres[posted]
    right = (unposted == slow)[posted]
    assert weight.sum() > 150_000
    assert weight[right].sum() / weight.sum() > 0.85


def test_on_rutlands_posted_roads_lighting_gives_the_posted_answer(rutland_file: Path) -> None:
    seen: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(osm, "judge_built_up", lambda **given: seen.update(given) or judge_built_up(**given))
        read_osm(rutland_file, format_name="pbf", settings=TravelSettings())
    limit = seen["maxspeed_kmh"]
    slow, quick = limit <= 30.5 * KMH_PER_MPH, limit >= 49.5 * KMH_PER_MPH
    street = np.isin(np.array(seen["classes"]), ["residential", "living_street", "service"])[seen["road_class"]]
    tagged = (slow | quick) & ~street & (seen["lit"] != "")
    judged = judge_built_up(**{**seen, "maxspeed_kmh": np.full(len(limit), math.nan)})
    weight = seen["metres"][tagged]
    assert weight.sum() > 50_000
    assert weight[(judged == slow)[tagged]].sum() / weight.sum() > 0.95
