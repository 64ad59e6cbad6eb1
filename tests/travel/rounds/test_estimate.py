"""The estimate of travel: a sum over visits, and how far it is off on days that it was not fitted on."""

import numpy as np
import pandas as pd
import pytest

from marketmap.settings import RoundSettings
from marketmap.travel.rounds.day import solve_day
from marketmap.travel.rounds.estimate import (
    Estimator,
    describe_visits,
    fit_estimator,
    fit_factor,
    measure_error,
)
from tests.travel.rounds.counties import SHAPES, draw_set, make_county
from tests.travel.rounds.towns import make_town

SETTINGS = RoundSettings(iterations_visit=6, least_iterations=200)


def simulate(seeds: range) -> tuple[pd.DataFrame, pd.Series]:
    features, travel = [], []
    for seed in seeds:
        work, legs = make_town(seed, int(np.exp(np.random.default_rng(seed).uniform(np.log(20), np.log(70)))))
        found = solve_day(work, legs, settings=SETTINGS, seed=0).stops
        features.append(describe_visits(work, legs, settings=SETTINGS).sum())
        travel.append(float((found["travel_minutes"] * found["carers"]).sum()))
    return pd.DataFrame(features), pd.Series(travel)


def test_small_days_it_was_not_fitted_on_are_within_a_fifth() -> None:
    """Villages far apart and few visits are the hard case; larger sets of a whole county are in docs/rounds.md."""
    features, travel = simulate(range(24))
    fitted = fit_estimator(features, travel)
    others, found = simulate(range(100, 116))
    assert measure_error(fitted.estimate(others), found) < 0.20
    # What a block model knows, the minutes from the middle, tells less.
    factor = fit_factor(features["centre"], travel)
    assert measure_error(others["centre"] * factor, found) > measure_error(fitted.estimate(others), found)


@pytest.mark.parametrize("shape", SHAPES)
def test_sets_of_20_to_400_visits_it_was_not_fitted_on_are_within_a_tenth(shape: str) -> None:
    county, quick = make_county(shape), RoundSettings(iterations_visit=2, least_iterations=100)
    features, travel = [], []
    for seed in range(16):
        work, legs = draw_set(county, seed)
        found = solve_day(work, legs, settings=quick, seed=0).stops
        features.append(describe_visits(work, legs, settings=quick).sum())
        travel.append(float((found["travel_minutes"] * found["carers"]).sum()))
    known, driven = pd.DataFrame(features), pd.Series(travel)
    assert known["visits"].max() > 200
    assert known["visits"].min() < 40
    fitted, tried = slice(0, None, 2), slice(1, None, 2)
    estimator = fit_estimator(known.iloc[fitted], driven.iloc[fitted])
    assert measure_error(estimator.estimate(known.iloc[tried]), driven.iloc[tried]) < 0.10


def test_it_is_a_sum_over_visits() -> None:
    work, legs = make_town(1, 30)
    each = describe_visits(work, legs, settings=SETTINGS)
    fitted = Estimator(near=0.7, visits=0.1)
    whole = fitted.estimate(each.sum().to_frame().T).iloc[0]
    assert fitted.estimate(each).sum() == pytest.approx(whole)
    assert each["visits"].sum() == work["carers"].sum()


def test_a_visit_alone_and_no_visits() -> None:
    work, legs = make_town(1, 30)
    alone = describe_visits(work.iloc[[0]], legs[:1, :1], settings=SETTINGS)
    assert alone[["near", "centre"]].to_numpy().tolist() == [[0.0, 0.0]]
    none = describe_visits(work.iloc[:0], legs[:0, :0], settings=SETTINGS)
    assert Estimator(1.0, 1.0).estimate(none.sum().to_frame().T).iloc[0] == 0.0


def test_the_factor_of_a_known_law_is_found() -> None:
    centre = pd.Series([10.0, 20.0, 50.0])
    assert fit_factor(centre, 0.4 * centre) == pytest.approx(0.4)
    features = pd.DataFrame({"near": [10.0, 30.0, 20.0], "visits": [5.0, 7.0, 30.0]})
    travel = 0.5 * features["near"] + 0.2 * features["visits"]
    fitted = fit_estimator(features, travel)
    assert (fitted.near, fitted.visits) == (pytest.approx(0.5), pytest.approx(0.2))
