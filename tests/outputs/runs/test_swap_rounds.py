"""A swap list confirmed by rounds that are simulated before and after it."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest

from marketmap.blocks.swaps import find_swaps
from marketmap.errors import InputError
from marketmap.outputs.runs.batch import Batch, say_nothing
from marketmap.outputs.runs.swap_rounds import RoundsConfirm, _count_rounds
from marketmap.travel.rounds.week import WeekRounds
from tests.blocks.small_county import make_times
from tests.blocks.swaps.crossed import EAST, HOMES, WEST, crossed, swap_settings


def monitored() -> Batch:
    """Two villages with a package each in the other's: a half-hour visit each on one day."""
    tables, _ = crossed()
    rows = tables.packages
    times = make_times(tables.county_postcodes, minutes_km=0.3)  # ten minutes across, near enough for one round
    # Half an hour after each other; the one across comes last.
    across = (WEST[4], EAST[4])
    order = [13 * 60 + 15 if home in across else 7 * 60 + 30 + 30 * (home % HOMES) for home in range(len(rows))]
    begin = pd.Timestamp("2026-09-21", tz="Europe/London") + pd.to_timedelta(order, unit="min")
    visits = pd.DataFrame(
        {
            "visit_id": "V" + rows["package_id"],
            "carer_id": "C1",
            "provider_id": rows["provider_id"],
            "package_id": rows["package_id"],
            "person_id": pd.NA,
            "postcode": pd.NA,
            "planned_start": begin,
            "planned_end": begin + pd.Timedelta(minutes=30),
            "actual_start": pd.NaT,
            "actual_end": pd.NaT,
            "carers_required": 1,
            "status": "delivered",
            "verification": pd.NA,
        }
    )
    tables = dataclasses.replace(tables, visits=visits)
    county = SimpleNamespace(tables=tables, settings=swap_settings())
    return cast("Batch", SimpleNamespace(county=county, matrix=times))


def test_a_swap_that_brings_two_home_saves_the_two_ways_across() -> None:
    batch = monitored()
    confirm = RoundsConfirm(batch, days=7, seed=1, on_stage=say_nothing)
    found = find_swaps(batch.county.tables, batch.matrix, batch.county.settings, confirm=confirm)
    total = found.totals.iloc[0]
    assert len(found.moves) == 2
    # Each provider drove across once, about ten minutes, on the one day that stands for seven.
    assert total["confirmed_minutes_saved_week"] > 7 * 2 * 8
    # Two provider-days say nothing of what others would show.
    assert math.isnan(total["confirmed_low"])
    assert math.isnan(total["confirmed_high"])
    # Twenty visits of half an hour, over in six hours: the one across is in its provider's only round, then and now.
    assert total["confirmed_rounds_saved_week"] == 0.0
    assert "rounds of 2 providers on 1 days, 20 visits" in total["confirmed_by"]
    own = found.providers.set_index("provider_id")["minutes_confirmed"]
    assert own.sum() == pytest.approx(total["confirmed_minutes_saved_week"])


def test_without_call_monitoring_it_says_what_is_needed() -> None:
    batch = monitored()
    tables = dataclasses.replace(batch.county.tables, visits=None)
    bare = cast(
        "Batch", SimpleNamespace(county=SimpleNamespace(tables=tables, settings=swap_settings()), matrix=batch.matrix)
    )
    confirm = RoundsConfirm(bare, days=7, seed=1, on_stage=say_nothing)
    with pytest.raises(InputError, match="no visits table"):
        find_swaps(bare.county.tables, bare.matrix, bare.county.settings, confirm=confirm)


def test_a_round_of_two_carers_who_go_together_counts_twice() -> None:
    stops = pd.DataFrame(
        [("A", "Mo", 1, 1), ("A", "Mo", 1, 1), ("A", "Mo", 2, 2), ("A", "Tu", 1, 1), ("B", "Mo", 1, 1)],
        columns=["provider_id", "day", "round", "carers"],
    )
    assert _count_rounds(cast("WeekRounds", SimpleNamespace(stops=stops))) == 5.0
