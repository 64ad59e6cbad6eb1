"""Intervals: published worked examples, and what happens at the ends."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from marketmap.market.intervals import (
    add_share,
    rate_interval,
    ratio_interval,
    risk_ratio,
    share_interval,
    total_interval,
)


def test_wilson_interval_of_a_published_example() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I, method 3: 81/263, 15/148, 0/20, 1/29.
    low, high = share_interval([81, 15, 0, 1], [263, 148, 20, 29])
    assert np.round(low, 4).tolist() == [0.2553, 0.0624, 0.0, 0.0061]
    assert np.round(high, 4).tolist() == [0.3662, 0.1605, 0.1611, 0.1718]


def test_a_share_of_nobody_has_no_interval_and_shapes_are_kept() -> None:
    low, high = share_interval([[0, 3]], [[0, 3]])
    assert low.shape == (1, 2)
    assert math.isnan(low[0, 0])
    assert math.isnan(high[0, 0])
    assert high[0, 1] == pytest.approx(1.0)


@pytest.mark.parametrize(("part", "whole"), [([4], [3]), ([-1], [3]), ([1.5], [3])])
def test_what_is_no_share_of_counts_is_refused(part: list[float], whole: list[float]) -> None:
    with pytest.raises(ValueError, match="whole"):
        share_interval(part, whole)


def test_poisson_interval_holds_its_tails_exactly() -> None:
    # By its meaning: at the low end the count or more has a chance of 2.5 %, at the high end it or fewer has.
    for count in (1, 4, 20, 300):
        low, high = rate_interval([count], [1.0])
        assert stats.poisson.sf(count - 1, low[0]) == pytest.approx(0.025)
        assert stats.poisson.cdf(count, high[0]) == pytest.approx(0.025)


def test_a_rate_of_no_events_reaches_up_and_no_exposure_has_none() -> None:
    low, high = rate_interval([0, 2, 2], [2.0, 0.0, np.nan])
    assert (low[0], round(high[0], 4)) == (0.0, 1.8444)  # 3.6889 / 2, the rule of three point seven
    assert np.isnan([low[1], high[1], low[2], high[2]]).all()


def test_risk_ratio_by_the_formula_of_katz() -> None:
    ratio, low, high = risk_ratio([30], [100], [20], [200])
    spread = math.sqrt(1 / 30 - 1 / 100 + 1 / 20 - 1 / 200)
    assert ratio[0] == pytest.approx(3.0)
    assert low[0] == pytest.approx(3 * math.exp(-1.959964 * spread), rel=1e-5)
    assert high[0] == pytest.approx(3 * math.exp(1.959964 * spread), rel=1e-5)


def test_risk_ratios_that_are_not_defined_are_blank() -> None:
    # An empty group, an empty rest, none of the rest, and none of the group.
    ratio, low, high = risk_ratio([0, 1, 1, 0], [0, 5, 5, 5], [1, 0, 0, 1], [5, 0, 5, 5])
    assert np.isnan(ratio[:3]).all()
    assert ratio[3] == 0
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_bootstrap_covers_a_known_ratio_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    inside = 0
    for _ in range(60):
        below = rng.uniform(5, 15, size=60)
        low, high = ratio_interval(below * 1.1 + rng.normal(0, 2, size=60), below)
        inside += low <= 1.1 <= high
    assert 50 <= inside <= 60


def test_bootstrap_repeats_itself_and_is_blank_for_one_member() -> None:
    above, below = np.arange(1.0, 9.0), np.ones(8)
    assert ratio_interval(above, below) == ratio_interval(above, below)
    assert all(math.isnan(end) for end in ratio_interval([1.0], [1.0]))
    assert ratio_interval([2.0, 4.0], [1.0, 2.0]) == (2.0, 2.0)


def test_a_share_joins_its_counts_in_one_frame() -> None:
    frame = add_share(pd.DataFrame({"long": [1, 0], "waits": [4, 0]}), "long_share", part="long", whole="waits")
    assert frame["long_share"].tolist()[0] == 0.25
    assert frame.loc[0, "long_share_low"] < 0.25 < frame.loc[0, "long_share_high"]
    assert frame.loc[1, ["long_share", "long_share_low", "long_share_high"]].isna().all()


def test_a_total_of_members_of_one_size_spreads_as_their_number_does() -> None:
    # 25 of 4 hours each: the number is Poisson, a fifth is its standard error on the logarithm.
    low, high = total_interval([100.0], [25 * 4.0**2])
    assert low[0] == pytest.approx(100 * math.exp(-1.959964 / 5))
    assert high[0] == pytest.approx(100 * math.exp(1.959964 / 5))


def test_a_total_holds_its_interval_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    numbers = random.poisson(60, 1000)
    sizes = [random.gamma(2.0, 5.0, number) for number in numbers]
    low, high = total_interval([each.sum() for each in sizes], [(each**2).sum() for each in sizes])
    assert 0.93 < ((low < 600) & (high > 600)).mean() < 0.97


def test_a_total_of_nothing_has_no_interval() -> None:
    assert np.isnan(total_interval([0.0], [0.0])).all()
