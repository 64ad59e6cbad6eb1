"""What blocks save of the driving in rounds: the same estimate as the swap list's, for all moves at once."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks.insertion import NOBODY, Work
from marketmap.blocks.round_travel import RoundTravel
from marketmap.blocks.swaps.marginal import MarginalEstimate
from marketmap.settings import TIME_BANDS

SHARE, STOP, FURTHEST = 0.72, 1.5, 10.0
PROVIDERS = ("A", "B", "C")


def make_county(seed: int, count: int = 24, places: int = 14) -> tuple[Work, np.ndarray]:
    rng = np.random.default_rng(seed)
    spots = rng.uniform(0, 12, size=(places, 2))
    minutes = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)).astype(np.float32)
    place = rng.integers(places, size=count).astype(np.int64)
    packages = pd.DataFrame(
        {
            "package_id": [f"K{row:02d}" for row in range(count)],
            "postcode": [f"GL1 {spot}AA" for spot in place],
            "provider_id": rng.choice(PROVIDERS, size=count),
            "carers_required": rng.choice([1, 2], p=[0.8, 0.2], size=count),
            "placeable": rng.random(count) < 0.8,
            "waiting": rng.random(count) < 0.15,
        }
    )
    visits = rng.integers(0, 8, size=(count, len(TIME_BANDS))) * packages["carers_required"].to_numpy()[:, None]
    return Work(packages, place, visits.astype(float)), minutes


def estimate(work: Work, minutes: np.ndarray) -> RoundTravel:
    return RoundTravel(work, PROVIDERS, minutes, STOP, SHARE, FURTHEST)


def by_hand(work: Work, minutes: np.ndarray, holder: np.ndarray) -> float:
    """Sum over carer visits the mean of the nearest two, one visit at a time."""
    total = 0.0
    crew = work.packages["carers_required"].to_numpy()
    for row in range(len(holder)):
        for band in range(len(TIME_BANDS)):
            if holder[row] == NOBODY or not work.visits[row, band]:
                continue
            legs = []
            for other in range(len(holder)):
                same = holder[other] == holder[row] and crew[other] == crew[row] and work.visits[other, band]
                if other != row and same:
                    road = float(minutes[work.place[row], work.place[other]])
                    legs.append(min(road + STOP, FURTHEST) if road > 0 else 0.0)
            nearest = sorted([*legs, FURTHEST, FURTHEST])[:2]
            total += SHARE * work.visits[row, band] * sum(nearest) / 2
    return total


@pytest.mark.parametrize("seed", range(6))
def test_it_is_the_sum_over_visits(seed: int) -> None:
    work, minutes = make_county(seed)
    found = estimate(work, minutes)
    assert found.today.sum() == pytest.approx(by_hand(work, minutes, found.holder), rel=1e-5)
    assert not found.today[work.packages["waiting"]].any()


@pytest.mark.parametrize("seed", range(4))
def test_the_swap_lists_estimate_is_by_how_much_it_rises(seed: int) -> None:
    work, minutes = make_county(seed)
    found = estimate(work, minutes)
    asked = np.ones((len(work.packages), len(PROVIDERS)), dtype=bool)
    added = MarginalEstimate(work, minutes, asked, SHARE, STOP, FURTHEST)(found.holder)
    for row in np.flatnonzero(found.holder != NOBODY)[:8]:
        without = found.holder.copy()
        without[row] = NOBODY
        rise = found.today.sum() - found.travel(without).sum()
        assert added[row, found.holder[row]] == pytest.approx(rise, abs=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_blocks_save_together_what_the_county_does(seed: int) -> None:
    work, minutes = make_county(seed)
    found = estimate(work, minutes)
    postcodes = sorted(set(work.packages["postcode"]))[:8]
    blocks = pd.DataFrame(
        {"block_id": ["B1"] * 4 + ["B2"] * 4, "provider_id": ["A"] * 4 + ["C"] * 4}, index=pd.Index(postcodes)
    )
    after = found.holder.copy()
    moves = work.packages["placeable"] & ~work.packages["waiting"]
    for row in np.flatnonzero(moves & work.packages["postcode"].isin(postcodes)):
        after[row] = PROVIDERS.index(blocks.loc[work.packages["postcode"].iloc[row], "provider_id"])
    saved = found.save(blocks)
    assert list(saved.index) == ["B1", "B2"]
    whole = by_hand(work, minutes, found.holder) - by_hand(work, minutes, after)
    assert saved.sum() == pytest.approx(whole, abs=1e-2)
    # Seeds differ in which way it goes; none of them changes nothing.
    assert abs(whole) > 1.0


def test_a_block_whose_provider_has_it_all_already_saves_nothing() -> None:
    work, minutes = make_county(1)
    own = dataclasses.replace(work, packages=work.packages.assign(provider_id="A"))
    found = estimate(own, minutes)
    blocks = pd.DataFrame({"block_id": "B1", "provider_id": "A"}, index=pd.Index(sorted(set(own.packages["postcode"]))))
    assert found.save(blocks).tolist() == [0.0]


def test_no_blocks_save_nothing() -> None:
    work, minutes = make_county(2)
    none = pd.DataFrame({"block_id": [], "provider_id": []}, dtype="object")
    assert estimate(work, minutes).save(none).empty
