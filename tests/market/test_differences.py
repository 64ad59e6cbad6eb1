"""Difference in differences: against scipy, by hand, in many roll-outs that changed nothing, and in some that did."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from marketmap.market.differences import compare_changes
from marketmap.market.roll_out import average_hours
from marketmap.settings import EvaluationSettings

SETTINGS = EvaluationSettings()
AREAS = 120


def churn(random: np.random.Generator, *, turnover: float = 0.33) -> pd.DataFrame:
    """Areas of 4 to 24 packages; a third of them end and as many start, and each area drifts a little of its own."""
    rows = []
    for _ in range(AREAS):
        hours = random.gamma(2.2, 5.5, random.integers(4, 25)) + 2
        stays = hours[random.random(len(hours)) > turnover]
        starts = random.gamma(2.2, 5.5, random.poisson(len(hours) * turnover)) + 2
        kind = "rural" if random.random() < 0.4 else "urban"
        drift = np.exp(random.normal(0.03 if kind == "rural" else 0.0, 0.05))
        rows.append((kind, hours.sum(), (stays.sum() + starts.sum()) * drift))
    return pd.DataFrame(rows, columns=["kind", "before", "after"])


def draw_inside(random: np.random.Generator, count: int) -> np.ndarray:
    inside = np.zeros(AREAS, dtype=bool)
    inside[random.choice(AREAS, count, replace=False)] = True
    return inside


@pytest.mark.parametrize("inside", [15, 40])
def test_a_thousand_roll_outs_that_changed_nothing_show_no_effect_as_often_as_the_interval_says(inside: int) -> None:
    random = np.random.default_rng(7)
    quiet = 0
    for number in range(1000):
        if number % 20 == 0:
            areas = churn(random)
        effect = compare_changes(areas.assign(inside=draw_inside(random, inside)), scale="ratio", settings=SETTINGS)
        quiet += effect.low <= 0 <= effect.high
    assert 930 <= quiet <= 970


def test_eight_per_cent_more_is_within_the_interval_nearly_always() -> None:
    random = np.random.default_rng(8)
    covered = 0
    for number in range(200):
        if number % 20 == 0:
            areas = churn(random)
        inside = draw_inside(random, 30)
        raised = areas.assign(inside=inside, after=areas["after"] * np.where(inside, 1.08, 1.0))
        effect = compare_changes(raised, scale="ratio", settings=SETTINGS)
        covered += effect.low <= 0.08 <= effect.high
    assert covered >= 180


def test_the_detectable_effect_is_found_about_as_often_as_its_power_says() -> None:
    random = np.random.default_rng(9)
    found = 0
    for number in range(300):
        if number % 20 == 0:
            areas = churn(random)
        inside = draw_inside(random, 40)
        size = compare_changes(areas.assign(inside=inside), scale="ratio", settings=SETTINGS).detectable
        raised = areas.assign(inside=inside, after=areas["after"] * np.where(inside, 1 + size, 1.0))
        found += compare_changes(raised, scale="ratio", settings=SETTINGS).low > 0
    assert 0.72 <= found / 300 <= 0.88


def live(random: np.random.Generator, areas: int, weeks: tuple[int, int]) -> pd.DataFrame:
    """Areas of one package to a hundred, whose packages begin and end week by week: hours a week in two stretches."""
    usual = random.lognormal(np.log(9), 1.0, areas)
    gap, stay = 20.0, 50.0  # weeks between the two, and that a package lasts: a third goes within the gap
    span = sum(weeks) + gap
    there, begun = random.poisson(usual), random.poisson(usual * span / stay)
    area = np.concatenate([np.repeat(np.arange(areas), number) for number in (there, begun)])
    begins = np.concatenate([np.zeros(there.sum()), random.uniform(0, span, begun.sum())])
    ends = begins + random.exponential(stay, len(begins))
    hours = random.gamma(2.2, 5.5, len(begins)) + 2

    def deliver(low: float, high: float) -> np.ndarray:
        share = np.clip(np.minimum(ends, high) - np.maximum(begins, low), 0, None) / (high - low)
        return np.bincount(area, hours * share, areas)

    kind = np.where(random.random(areas) < 0.4, "rural", "urban")
    drift = np.exp(random.normal(np.where(kind == "rural", 0.03, 0.0), 0.05))
    before, after = deliver(0, weeks[0]), deliver(weeks[0] + gap, span) * drift
    return pd.DataFrame(
        {"kind": kind, "hours_delivered_before": before, "hours_delivered_after": after, "usual": usual}
    )


def cover(planted: float, *, roll_outs: int, areas: int, weeks: tuple[int, int]) -> float:
    """Roll out in the largest two fifths of the areas, each time in another county; how often the effect is covered."""
    random = np.random.default_rng(11)
    covered = 0
    for _ in range(roll_outs):
        rows = live(random, areas, weeks)
        inside = rows["usual"].rank(ascending=False) <= 0.4 * areas
        rows["hours_delivered_after"] *= np.where(inside, 1 + planted, 1.0)
        counted = rows.assign(inside=inside)[average_hours(rows) >= SETTINGS.least_hours]
        counted = counted.rename(columns={"hours_delivered_before": "before", "hours_delivered_after": "after"})
        effect = compare_changes(counted, scale="ratio", settings=dataclasses.replace(SETTINGS, least_areas=4))
        covered += effect.low <= planted <= effect.high
    return covered / roll_outs


def test_blocks_on_larger_areas_than_those_outside_seem_neither_to_grow_nor_to_shrink() -> None:
    assert 0.93 <= cover(0.0, roll_outs=400, areas=200, weeks=(4, 52)) <= 0.97
    assert cover(0.08, roll_outs=100, areas=200, weeks=(4, 52)) >= 0.90


def one_kind(random: np.random.Generator) -> pd.DataFrame:
    inside = np.arange(50) < 20
    before = random.uniform(50, 150, 50)
    after = before + random.normal(5, np.where(inside, 3.0, 12.0))
    return pd.DataFrame({"inside": inside, "kind": "rural", "before": before, "after": after})


def test_one_kind_of_area_gives_what_scipy_gives() -> None:
    areas = one_kind(np.random.default_rng(1))
    change = (areas["after"] - areas["before"]).to_numpy()
    inside = areas["inside"].to_numpy()
    peer = stats.ttest_ind(change[inside], change[~inside], equal_var=False)
    interval = peer.confidence_interval(0.95)
    effect = compare_changes(areas, scale="difference", settings=SETTINGS)
    assert (effect.low, effect.high) == pytest.approx((interval.low, interval.high))
    assert effect.p_value == pytest.approx(peer.pvalue)
    assert (effect.inside, effect.outside) == (20, 30)


def test_a_ratio_is_that_of_logarithms() -> None:
    areas = one_kind(np.random.default_rng(2))
    effect = compare_changes(areas, scale="ratio", settings=SETTINGS)
    change = np.log(areas["after"] / areas["before"]).to_numpy()
    inside = areas["inside"].to_numpy()
    interval = stats.ttest_ind(change[inside], change[~inside], equal_var=False).confidence_interval(0.95)
    assert (effect.low, effect.high) == pytest.approx((np.expm1(interval.low), np.expm1(interval.high)))


def test_each_kind_is_compared_with_its_own_and_kinds_weigh_by_their_areas_inside() -> None:
    random = np.random.default_rng(3)
    rows = []
    # Towns grew by 10 everywhere, the country by none; blocks changed nothing, and lie in the country mostly.
    for kind, grew, within, beyond in (("rural", 0.0, 30, 10), ("urban", 10.0, 10, 30)):
        for number in range(within + beyond):
            after = 100 + grew + random.normal(0, 0.1)
            rows.append({"inside": number < within, "kind": kind, "before": 100.0, "after": after})
    effect = compare_changes(pd.DataFrame(rows), scale="difference", settings=SETTINGS)
    assert effect.effect == pytest.approx(0.0, abs=0.1)
    assert effect.kinds == ("rural", "urban")
    raised = pd.DataFrame(rows)
    raised.loc[raised["inside"] & (raised["kind"] == "rural"), "after"] += 4.0
    assert compare_changes(raised, scale="difference", settings=SETTINGS).effect == pytest.approx(3.0, abs=0.1)


def test_a_kind_that_is_all_inside_or_all_outside_is_left_out() -> None:
    areas = one_kind(np.random.default_rng(4))
    more = areas.assign(kind="urban", inside=False, after=areas["after"] + 1000.0)
    effect = compare_changes(pd.concat([areas, more]), scale="difference", settings=SETTINGS)
    assert effect.kinds == ("rural",)
    assert (effect.inside, effect.outside) == (20, 30)


@pytest.mark.parametrize(("inside", "told"), [(9, False), (10, True)])
def test_too_few_areas_tell_nothing_and_say_so(inside: int, told: bool) -> None:
    areas = one_kind(np.random.default_rng(5)).assign(inside=np.arange(50) < inside)
    effect = compare_changes(areas, scale="difference", settings=SETTINGS)
    assert (effect.why_not == "") == told
    assert np.isfinite(effect.effect) == told
    if not told:
        assert "9 inside and 41 outside" in effect.why_not
    more = dataclasses.replace(SETTINGS, least_areas=41)
    assert compare_changes(areas, scale="difference", settings=more).why_not


def test_areas_without_a_figure_are_left_out() -> None:
    areas = one_kind(np.random.default_rng(6))
    areas.loc[0, "after"] = np.nan
    areas.loc[49, "before"] = 0.0
    assert compare_changes(areas, scale="ratio", settings=SETTINGS).inside == 19
    assert compare_changes(areas, scale="ratio", settings=SETTINGS).outside == 29
    assert compare_changes(areas, scale="difference", settings=SETTINGS).outside == 30


def test_no_area_at_all_is_too_few() -> None:
    none = pd.DataFrame({"inside": [], "kind": [], "before": [], "after": []})
    assert compare_changes(none, scale="ratio", settings=SETTINGS).why_not
