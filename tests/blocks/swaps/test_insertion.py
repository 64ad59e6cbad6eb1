"""What a package adds to a provider's travel, against sums done by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks.insertion import NOBODY, InsertionEstimate, Work, gather_work, number_holders
from marketmap.settings import TIME_BANDS, Settings
from tests.blocks.small_county import make_street, make_tables, make_times

MORNING, BED = TIME_BANDS.index("morning"), TIME_BANDS.index("bed")


def estimate_on_a_street(
    at: list[int], bands: list[list[int]], *, holder: list[int], nearest: int = 4, base: float = 50.0
) -> np.ndarray:
    """Minutes a week added along a street of a minute a step; each package has a visit a week in each of its bands."""
    steps = np.abs(np.subtract.outer(np.arange(101), np.arange(101))).astype(np.float32)
    visits = np.zeros((len(at), len(TIME_BANDS)))
    for row, own in enumerate(bands):
        visits[row, own] = 1.0
    providers = max(holder) + 1
    work = Work(pd.DataFrame({"row": at}), np.array(at, dtype=np.int64), visits)
    estimate = InsertionEstimate(
        work, steps, np.full((len(at), providers), base), np.ones((len(at), providers), dtype=bool), nearest
    )
    return estimate(np.array(holder, dtype=np.int64))


def test_a_visit_between_two_others_adds_nothing_and_one_beyond_them_adds_the_way_there_and_back() -> None:
    added = estimate_on_a_street([10, 20, 15, 32], [[MORNING]] * 4, holder=[0, 0, NOBODY, NOBODY])
    assert added[2, 0] == pytest.approx(0.0)
    assert added[3, 0] == pytest.approx(24.0)


def test_a_package_does_not_count_as_its_own_neighbour() -> None:
    added = estimate_on_a_street([10, 20, 60], [[MORNING]] * 3, holder=[0, 0, 0])
    assert added[:, 0] == pytest.approx([20.0, 0.0, 80.0])


def test_visits_of_another_band_do_not_help_while_there_are_some_in_the_band() -> None:
    added = estimate_on_a_street([10, 50, 50], [[MORNING], [BED], [MORNING]], holder=[0, 0, NOBODY])
    assert added[2, 0] == pytest.approx(80.0)


def test_without_a_visit_in_the_band_all_count_and_without_any_the_base() -> None:
    added = estimate_on_a_street([10, 14, 99], [[BED], [MORNING], [MORNING]], holder=[0, NOBODY, 1], base=7.0)
    assert added[1, 0] == pytest.approx(8.0)
    assert added[2, 1] == pytest.approx(14.0)  # it is all that provider 1 holds


def test_each_visit_of_each_carer_counts() -> None:
    once = estimate_on_a_street([10, 16], [[MORNING], [MORNING]], holder=[0, NOBODY])
    both = estimate_on_a_street([10, 16], [[MORNING, BED], [MORNING, BED]], holder=[0, NOBODY])
    assert both[1, 0] == pytest.approx(2 * once[1, 0])


def test_only_the_nearest_few_are_looked_between() -> None:
    # Between 0 and 40 it would add nothing; with three nearest, all to one side, it is there and back.
    few = estimate_on_a_street([0, 38, 39, 40, 30], [[MORNING]] * 5, holder=[0, 0, 0, 0, NOBODY], nearest=3)
    all_of_them = estimate_on_a_street([0, 38, 39, 40, 30], [[MORNING]] * 5, holder=[0, 0, 0, 0, NOBODY], nearest=4)
    assert few[4, 0] == pytest.approx(16.0)
    assert all_of_them[4, 0] == pytest.approx(0.0)


@pytest.mark.parametrize("nearest", [1, 2, 3, 8])
def test_random_streets_equal_plain_loops(nearest: int) -> None:
    random = np.random.default_rng(nearest)
    for _ in range(20):
        at = random.integers(0, 101, 12).tolist()
        bands = [random.choice(len(TIME_BANDS), random.integers(1, 4), replace=False).tolist() for _ in at]
        holder = random.integers(-1, 3, 12).tolist()
        found = estimate_on_a_street(at, bands, holder=[*holder[:-1], 2], nearest=nearest, base=33.0)
        holder[-1] = 2
        for row, own in enumerate(bands):
            for provider in range(3):
                total = 0.0
                for band in own:
                    others = [x for x in range(12) if holder[x] == provider and x != row]
                    same = [x for x in others if band in bands[x]] or others
                    near = sorted(same, key=lambda x: abs(at[x] - at[row]))
                    # Ties at the edge of the nearest few may be cut either way.
                    if len(near) > nearest and abs(at[near[nearest]] - at[row]) == abs(at[near[nearest - 1]] - at[row]):
                        total = float("nan")
                        break
                    near = near[:nearest]
                    ways = [
                        abs(at[a] - at[row]) + abs(at[b] - at[row]) - abs(at[a] - at[b])
                        for a in near
                        for b in near
                        if a != b
                    ]
                    ways += [2 * abs(at[near[0]] - at[row])] if near else [66.0]
                    total += min(ways)
                if np.isfinite(total):
                    assert found[row, provider] == pytest.approx(total), (row, provider)


def test_it_answers_anew_when_a_provider_holds_something_else() -> None:
    steps = np.abs(np.subtract.outer(np.arange(101), np.arange(101))).astype(np.float32)
    visits = np.zeros((3, len(TIME_BANDS)))
    visits[:, MORNING] = 1.0
    work = Work(pd.DataFrame({"row": range(3)}), np.array([10, 90, 12]), visits)
    estimate = InsertionEstimate(work, steps, np.full((3, 2), 50.0), np.ones((3, 2), dtype=bool), 4)
    assert estimate(np.array([0, 1, NOBODY]))[2].tolist() == [4.0, 156.0]
    assert estimate(np.array([1, 0, NOBODY]))[2].tolist() == [156.0, 4.0]


def test_work_leaves_out_what_nobody_drives_to_and_counts_visits_from_calls() -> None:
    street = make_street(6)
    tables = make_tables(
        [
            {"postcode": street.index[0], "provider_id": "A", "carers_required": 2},
            {"postcode": street.index[1], "provider_id": None, "status": "waiting"},
            {"postcode": street.index[2], "provider_id": "A", "service_type": "live_in"},
            {"postcode": street.index[3], "provider_id": "A", "status": "suspended"},
            {"postcode": street.index[4], "provider_id": "A", "service_type": "reablement"},
            {"postcode": "ZZ1 1ZZ", "provider_id": "A"},
        ],
        [{"provider_id": "A"}],
        postcodes=street,
    )
    calls = pd.DataFrame(
        [
            {"package_id": "K000", "days": "Mo;We;Fr", "time_band": "morning", "carers_required": pd.NA},
            {"package_id": "K000", "days": "Mo", "time_band": "bed", "carers_required": 1},
        ]
    )
    tables = dataclasses.replace(tables, calls=calls)
    work = gather_work(tables.packages, tables.calls, make_times(street), settings=Settings())
    assert work.packages["package_id"].tolist() == ["K000", "K001", "K004"]
    assert work.visits[0, [MORNING, BED]].tolist() == [6.0, 1.0]
    assert work.visits[0].sum() == 7.0
    assert work.visits[1].sum() == pytest.approx(14.0)  # without calls, by the stated mix
    assert number_holders(work.packages, ["B", "A"]).tolist() == [1, NOBODY, 1]
