"""What a package adds to the fitted estimate of a provider's rounds, against that estimate taken twice."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks.insertion import NOBODY, Work
from marketmap.blocks.swaps.marginal import MarginalEstimate
from marketmap.settings import TIME_BANDS, RoundSettings
from marketmap.travel.rounds.clock import read_span
from marketmap.travel.rounds.estimate import describe_visits

RULES = dataclasses.replace(RoundSettings(), stop_minutes=1.5, round_cost_minutes=45.0)
MORNING, BED = TIME_BANDS.index("morning"), TIME_BANDS.index("bed")
STREET = np.abs(np.subtract.outer(np.arange(101), np.arange(101))).astype(np.float32)


def estimate(
    at: list[int], visits: np.ndarray, crew: list[int], holder: list[int], *, share: float = 1.0
) -> np.ndarray:
    """Minutes a week added along a street of a minute a step."""
    packages = pd.DataFrame({"carers_required": crew})
    work = Work(packages, np.array(at, dtype=np.int64), visits)
    asked = np.ones((len(at), max(holder) + 1), dtype=bool)
    made = MarginalEstimate(work, STREET, asked, share=share, stop=RULES.stop_minutes, furthest=15.0)
    return made(np.array(holder, dtype=np.int64))


def once(rows: int, band: int = MORNING) -> np.ndarray:
    visits = np.zeros((rows, len(TIME_BANDS)))
    visits[:, band] = 1.0
    return visits


def test_a_visit_far_from_all_counts_no_more_than_the_end_of_a_round_and_one_among_others_brings_them_nearer() -> None:
    added = estimate([10, 12, 14, 16, 13, 90], once(6), [1] * 6, holder=[0, 0, 0, 0, NOBODY, NOBODY])
    assert added[5, 0] == pytest.approx(15.0)
    # Its own: 1 + 1.5 to either side. Those at 12 and 14 had 2 and 2, those at the ends 2 and 4 (each + 1.5).
    assert added[4, 0] == pytest.approx(2.5 - (1 + 1 + 1 + 1) / 2)


def test_what_it_adds_at_home_is_what_the_others_would_lose_with_it() -> None:
    held = estimate([10, 12, 14, 16, 13], once(5), [1] * 5, holder=[0] * 5)
    to_come = estimate([10, 12, 14, 16, 13], once(5), [1] * 5, holder=[0, 0, 0, 0, NOBODY])
    assert held[4, 0] == pytest.approx(to_come[4, 0])


def test_neither_other_bands_nor_other_crews_are_near() -> None:
    visits = np.vstack([once(3, BED), once(2)])
    added = estimate([10, 11, 12, 10, 11], visits, [1, 1, 1, 2, 1], holder=[0, 0, 0, 0, NOBODY])
    assert added[4, 0] == pytest.approx(15.0)


def test_a_provider_with_nothing_takes_it_at_the_cost_of_a_lone_visit() -> None:
    assert estimate([10, 20], once(2), [1, 1], holder=[1, NOBODY])[1, 0] == pytest.approx(15.0)


@pytest.mark.parametrize("seed", range(4))
def test_it_equals_the_difference_of_two_estimates_of_the_whole_rounds(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = 60
    at = random.integers(0, 101, count).tolist()
    crew = random.choice([1, 2], count, p=[0.6, 0.4]).tolist()
    visits = np.zeros((count, len(TIME_BANDS)))
    for row in range(count):
        visits[row, random.choice([MORNING, BED], random.integers(1, 3), replace=False)] = crew[row]
    holder = random.integers(-1, 2, count).tolist()
    found = estimate(at, visits, crew, holder, share=0.7)

    def whole(rows: list[int]) -> float:
        """The fitted estimator's own features of one day of these packages."""
        calls = [(row, band) for row in rows for band in (MORNING, BED) if visits[row, band]]
        spans = [read_span(RULES.bands[TIME_BANDS[band]]) for _, band in calls]
        work = pd.DataFrame(
            {
                "carers": [crew[row] for row, _ in calls],
                "earliest": [begin for begin, _ in spans],
                "latest": [end for _, end in spans],
            }
        )
        places = [at[row] for row, _ in calls]
        return 0.7 * float(describe_visits(work, STREET[np.ix_(places, places)], settings=RULES)["near"].sum())

    for provider in range(2):
        own = [row for row in range(count) if holder[row] == provider]
        for row in range(0, count, 3):
            others = [other for other in own if other != row]
            assert found[row, provider] == pytest.approx(whole([*others, row]) - whole(others), abs=1e-4)
