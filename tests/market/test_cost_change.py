"""The waterfall of weekly cost: each step by hand, and the sum always exact."""

import numpy as np
import pandas as pd
import pytest

from marketmap.market.cost_change import COLUMNS, STEPS, measure_cost_change
from marketmap.settings.market import MarketSettings
from tests.market.two_lanes import SNAPSHOT, make_lines

SETTINGS = MarketSettings()


def bridge(*rows: dict[str, object]) -> pd.DataFrame:
    return measure_cost_change(make_lines(*rows), snapshot_date=SNAPSHOT, settings=SETTINGS).set_index("funding")


def before(name: str, **terms: object) -> dict[str, object]:
    return {"package_id": name, "effective_from": "2025-01-01", "effective_to": "2026-08-01", **terms}


def after(name: str, **terms: object) -> dict[str, object]:
    return {"package_id": name, "effective_from": "2026-08-01", **terms}


def test_each_step_by_hand() -> None:
    table = bridge(
        before("A", hours_week=10, price_hour=20), after("A", hours_week=15, price_hour=22),
        before("B", hours_week=10, price_hour=20), after("B", hours_week=10, price_hour=20, carers_required=2),
        before("C", hours_week=4, price_hour=20),
        after("D", hours_week=6, price_hour=30),
        before("E", hours_week=5), after("E", hours_week=5, status="suspended"),
    )  # fmt: skip
    row = table.loc["all"]
    assert row["pounds_before"] == 10 * 20 + 10 * 20 + 4 * 20 + 5 * 20
    assert row["pounds_growth"] == 5 * 20 + 10 * 20  # A's hours at the old price; B's second carer
    assert row["pounds_price"] == 15 * 2
    assert row["pounds_starts"] == 180
    assert row["pounds_ends"] == -80 - 100
    assert row["pounds_after"] == 15 * 22 + 20 * 20 + 180
    assert row[["packages_before", "packages_started", "packages_ended", "packages_after"]].tolist() == [4, 1, 2, 3]


def test_a_new_payer_moves_cost_and_adds_none() -> None:
    table = bridge(before("A", funding="council"), after("A", funding="chc", hours_week=12))
    assert table["pounds_funding"].to_dict() == {"chc": 200.0, "council": -200.0, "all": 0.0}
    assert table.loc["chc", "pounds_growth"] == 40.0
    assert table["pounds_after"].to_dict() == {"chc": 240.0, "council": 0.0, "all": 240.0}


def test_a_missing_price_is_taken_from_the_other_day_or_counted() -> None:
    table = bridge(
        before("A", price_hour=None), after("A", price_hour=20.0, hours_week=11),
        before("B", price_hour=None), after("B", price_hour=None),
        after("C", price_hour=None, funding=None),
    )  # fmt: skip
    assert table.loc["all", ["pounds_before", "pounds_growth", "pounds_price"]].tolist() == [200.0, 20.0, 0.0]
    assert table.loc["all", "packages_unpriced"] == 2
    later = bridge(before("A", price_hour=20.0), after("A", price_hour=None, hours_week=11))
    assert later.loc["all", ["pounds_growth", "pounds_price", "pounds_after"]].tolist() == [20.0, 0.0, 220.0]
    assert table.loc["unknown", "packages_started"] == 1


@pytest.mark.parametrize("seed", range(5))
def test_steps_sum_to_the_difference_for_every_payer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(60):
        for make in (before, after):
            if rng.random() < 0.8:
                terms = {
                    "hours_week": rng.uniform(1, 40),
                    "price_hour": rng.uniform(18, 30) if rng.random() < 0.9 else None,
                    "carers_required": int(rng.integers(1, 3)),
                    "funding": rng.choice(["council", "chc", "joint"]),
                    "status": rng.choice(["active", "suspended"], p=[0.9, 0.1]),
                }
                rows.append(make(f"K{number}", **terms))
    table = bridge(*rows)
    steps = table[list(STEPS)].sum(axis=1)
    assert (table["pounds_before"] + steps).to_numpy() == pytest.approx(table["pounds_after"].to_numpy(), abs=1e-8)
    assert table.drop("all").sum().to_numpy() == pytest.approx(table.loc["all"].to_numpy(), abs=1e-8)
    assert (steps.abs() > 1).any()


def test_nothing_active_gives_an_empty_frame() -> None:
    table = measure_cost_change(make_lines({"status": "waiting"}), snapshot_date=SNAPSHOT, settings=SETTINGS)
    assert table.empty
    assert table.columns.tolist() == COLUMNS
