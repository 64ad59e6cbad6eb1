"""The product-limit curve against another implementation, by hand, and at its ends."""

import math

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from marketmap.market.survival import COLUMNS, days_until, estimate_survival, share_after


@pytest.mark.parametrize("seed", range(8))
def test_curve_equals_another_implementation_on_random_data(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days = rng.integers(0, 40, size=150)  # many ties
    ended = rng.random(150) < 0.6
    curve = estimate_survival(days, ended)
    other = SurvfuncRight(days, ended.astype(int))
    ours = curve[curve["ended"] > 0].set_index("days")
    assert ours.index.tolist() == other.surv_times.tolist()
    assert ours["still"].to_numpy() == pytest.approx(other.surv_prob, abs=1e-12)
    assert ours["at_risk"].tolist() == other.n_risk.tolist()
    assert ours["ended"].tolist() == other.n_events.tolist()
    # The interval by the formula of Kalbfleisch and Prentice, from the other's own standard error.
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = 1.959964 * other.surv_prob_se / (other.surv_prob * np.log(other.surv_prob))
        low, high = other.surv_prob ** np.exp(-spread), other.surv_prob ** np.exp(spread)
    inner = (other.surv_prob > 0) & (other.surv_prob < 1)
    assert ours["still_low"].to_numpy()[inner] == pytest.approx(np.minimum(low, high)[inner], abs=1e-6)
    assert ours["still_high"].to_numpy()[inner] == pytest.approx(np.maximum(low, high)[inner], abs=1e-6)
    assert days_until(curve)[0] == pytest.approx(other.quantile(0.5))


def test_curve_by_hand() -> None:
    # Five waits: ended after 1, 2, 2 and 5 days; one seen open on day 2, still at risk when the two ended.
    curve = estimate_survival([1, 2, 2, 2, 5], [True, True, True, False, True])
    assert curve["days"].tolist() == [0, 1, 2, 5]
    assert curve["at_risk"].tolist() == [5, 5, 4, 1]
    assert curve["still"].tolist() == pytest.approx([1.0, 0.8, 0.4, 0.0])
    assert share_after(curve, days=1.5)[0] == pytest.approx(0.8)
    assert share_after(curve, days=2)[0] == pytest.approx(0.4)  # longer than two days
    assert days_until(curve)[0] == 2
    assert days_until(curve, gone=0.9)[0] == 5


def test_nothing_is_said_beyond_what_was_followed() -> None:
    curve = estimate_survival([3, 3], [True, False])
    assert share_after(curve, days=3)[0] == pytest.approx(0.5)
    assert math.isnan(share_after(curve, days=4)[0])
    gone = estimate_survival([3, 3], [True, True])
    assert share_after(gone, days=30)[0] == 0.0


def test_all_open_and_none_at_all() -> None:
    curve = estimate_survival([2, 9], [False, False])
    assert curve["still"].tolist() == [1.0, 1.0, 1.0]
    assert all(math.isnan(figure) for figure in days_until(curve))
    empty = estimate_survival([], [])
    assert empty.columns.tolist() == COLUMNS
    assert empty.empty
    assert math.isnan(days_until(empty)[0])
    assert math.isnan(share_after(empty, days=14)[0])


def test_the_median_lies_in_its_interval() -> None:
    rng = np.random.default_rng(2)
    day, low, high = days_until(estimate_survival(rng.exponential(12, 200).round(), rng.random(200) < 0.9))
    assert low < day < high
    assert low > 6
    assert high < 14
