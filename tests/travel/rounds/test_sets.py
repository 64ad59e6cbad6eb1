"""Sets to fit on: of the sizes asked for, around a place or of one provider, and factors that are found again."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.settings import RoundSettings
from marketmap.travel import TravelTimes
from marketmap.travel.rounds.sets import PLACE, PROVIDER, describe_sets, draw_sets, fit_sets
from marketmap.travel.rounds.week import solve_days
from tests.travel.rounds.counties import PEOPLE, make_county

SETTINGS = RoundSettings(iterations_visit=1, least_iterations=20, processes=1)


@pytest.fixture(scope="module")
def matrix() -> TravelTimes:
    homes = make_county("even").homes
    minutes = np.hypot(*(homes[:, None] - homes[None]).transpose(2, 0, 1)).astype(np.float32) * np.float32(2.0)
    none = pd.DataFrame({"postcode": [], "metres": [], "reason": []})
    names = pd.Index([f"GL1 {person}AA" for person in range(PEOPLE)])
    return TravelTimes(names, minutes, pd.DataFrame(), none, illustrative=True, source={})


@pytest.fixture(scope="module")
def day() -> pd.DataFrame:
    """Everybody's first call, of three providers in turns; one of them has nine visits, and one is off the roads."""
    county = make_county("even")
    first = np.unique(county.who, return_index=True)[1]
    work = pd.DataFrame(
        {
            "visit_id": [f"V{row}" for row in first], "provider_id": np.where(np.arange(PEOPLE) % 2 == 0, "A", "B"),
            "package_id": [f"K{row}" for row in first], "day": pd.Timestamp("2026-09-21"),
            "postcode": [f"GL1 {person}AA" for person in range(PEOPLE)], "carers": county.carers[first],
            "minutes": county.minutes[first], "begin": 420.0, "earliest": 420.0, "latest": 630.0, "reason": "",
        }
    )  # fmt: skip
    work.loc[:8, "provider_id"] = "C"
    work.loc[9, "postcode"] = "ZZ1 1ZZ"
    return work


def test_sets_are_of_each_kind_and_size(matrix: TravelTimes, day: pd.DataFrame) -> None:
    sets = draw_sets(day, matrix, number=30, seed=1)
    sizes = sets.groupby("provider_id").size()
    assert len(sizes) == 60
    assert sizes.min() >= 20
    assert sizes.max() > 200
    assert sizes.max() <= 400
    own = sets[sets["kind"] == PROVIDER].groupby("provider_id")["whose"]
    assert own.nunique().eq(1).all()
    assert set(sets.loc[sets["kind"] == PROVIDER, "whose"]) == {"A", "B"}
    assert (sets[sets["kind"] == PLACE].groupby("provider_id")["whose"].nunique() >= 2).all()
    # A set is of visits near each other.
    small = sizes.index[(sizes < 60).to_numpy() & sizes.index.str.startswith(PLACE)][0]
    at = matrix.postcodes.get_indexer(pd.Index(sets.loc[sets["provider_id"] == small, "postcode"]))
    assert matrix.minutes[np.ix_(at, at)].mean() < 0.5 * matrix.minutes.mean()
    assert sets.groupby("kind")["held_out"].mean().between(0.2, 0.8).all()
    assert "ZZ1 1ZZ" not in set(sets["postcode"])
    pd.testing.assert_frame_equal(sets, draw_sets(day, matrix, number=30, seed=1))
    assert draw_sets(day.head(9), matrix, number=3, seed=1).empty


def test_factors_come_from_blocks_sizes_and_from_patches(matrix: TravelTimes, day: pd.DataFrame) -> None:
    sets = draw_sets(day, matrix, number=8, seed=2)
    rounds = solve_days(sets, matrix, settings=SETTINGS, seed=0)
    outside = pd.Series(4.0, index=sets.index)
    table = describe_sets(sets, rounds, matrix, outside, settings=SETTINGS)
    assert table["outside"].to_numpy() == pytest.approx(4.0 * table["visits"].to_numpy())
    stops = rounds.stops[rounds.stops["provider_id"] == table.index[0]]
    assert table["travel"].iloc[0] == pytest.approx((stops["travel_minutes"] * stops["carers"]).sum())
    found = fit_sets(table, block_hours=(0.0, 1e9))
    assert 0 < found.errors["estimator"] < 0.3
    assert found.sets == {
        **dict.fromkeys(("inside", "outside", "factor, inside", "factor, outside"), 4),
        **dict.fromkeys(("estimator, place", "estimator, provider"), 4),
        **dict.fromkeys(("estimator", "factor"), 8),
    }
    # Where nobody drives, a share of nothing says nothing.
    still = rounds.stops.assign(travel_minutes=0.0).where(rounds.stops["provider_id"] == table.index[0], rounds.stops)
    quiet = describe_sets(sets, dataclasses.replace(rounds, stops=still), matrix, outside, settings=SETTINGS)
    assert quiet.index.tolist() == table.index.tolist()[1:]
    # Travel that is exactly so many minutes from the middle is found again, without an error.
    known = table.assign(travel=np.where(table["kind"] == PLACE, 0.5 * table["centre"], 0.25 * table["outside"]))
    exact = fit_sets(known, block_hours=(0.0, 1e9))
    assert (exact.inside, exact.outside) == (pytest.approx(0.5), pytest.approx(0.25))
    assert exact.errors["inside"] == pytest.approx(0.0, abs=1e-9)
    # One factor for both kinds: least squares of relative errors, here (2 + 4) ÷ (2² + 4²), however many sets each has.
    assert exact.factor == pytest.approx(0.3)
    assert exact.errors["factor, inside"] == pytest.approx(0.4)
    assert exact.errors["factor, outside"] == pytest.approx(0.2)
    assert exact.errors["factor"] == pytest.approx(0.3)
    fewer = known.drop(index=known.index[(known["kind"] == PLACE) & ~known["held_out"]][1:])
    assert fit_sets(fewer, block_hours=(0.0, 1e9)).factor == pytest.approx(0.3)
    none = fit_sets(known, block_hours=(0.0, 1.0))
    assert np.isnan([none.inside, none.factor]).all()
    assert none.outside == pytest.approx(0.25)
