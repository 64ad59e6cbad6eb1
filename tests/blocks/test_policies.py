"""Who makes which visit under each policy, on the two villages in which two packages are crossed."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks.policies import look_ahead, with_all, with_swaps
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from marketmap.settings import BlockSettings, Settings
from marketmap.travel import TravelTimes
from marketmap.travel.rounds.expected import expect_work
from tests.blocks.swaps.crossed import EAST, WEST, crossed

SETTINGS = dataclasses.replace(Settings(), blocks=BlockSettings(turnover_week=0.01))
DAYS = list(pd.date_range("2026-09-21", periods=7))


def work_of(tables: Tables) -> pd.DataFrame:
    active = tables.packages[tables.packages["status"] == "active"]
    mix = SETTINGS.blocks.band_mix
    return expect_work(active, None, days=DAYS, settings=SETTINGS.rounds, band_mix=mix)


def make_plan(tables: Tables) -> pd.DataFrame:
    """One block a village."""
    codes = tables.county_postcodes.index
    return pd.DataFrame(
        {"suggested_provider_id": ["A" if number in WEST else "B" for number in range(len(codes))]}, codes
    )


@pytest.fixture
def county() -> tuple[Tables, TravelTimes]:
    return crossed(
        packages={
            WEST[0]: {"status": "waiting", "provider_id": None},
            EAST[0]: {"do_not_move": True, "provider_id": "A"},
        },
        providers={"A": {"hours_spare_week": 500.0}, "B": {"hours_spare_week": 500.0}},
    )


def visits_by(work: pd.DataFrame) -> pd.Series:
    return work.drop_duplicates("package_id").set_index("package_id")["provider_id"].sort_index()


def test_everything_in_a_zone_goes_to_its_block_but_who_may_not_move(county: tuple[Tables, TravelTimes]) -> None:
    tables, _ = county
    work = work_of(tables)
    made = with_all(work, tables.packages, make_plan(tables), settings=SETTINGS)
    moved = visits_by(work).compare(visits_by(made))
    assert sorted(moved.index) == [f"K{WEST[4]:03d}", f"K{EAST[4]:03d}"]
    same = ["visit_id", "day", "minutes", "earliest", "latest", "carers"]
    pd.testing.assert_frame_equal(
        made.sort_values("visit_id")[same].reset_index(drop=True),
        work.sort_values("visit_id")[same].reset_index(drop=True),
    )


def test_swaps_move_what_the_list_says_and_an_empty_list_nothing(county: tuple[Tables, TravelTimes]) -> None:
    work = work_of(county[0])
    moves = pd.DataFrame({"package_id": ["K001"], "to_provider_id": ["B"]})
    assert visits_by(with_swaps(work, moves))["K001"] == "B"
    assert visits_by(with_swaps(work, moves.iloc[:0])).equals(visits_by(work))


def test_an_empty_plan_gives_the_same_future_twice(county: tuple[Tables, TravelTimes]) -> None:
    tables, matrix = county
    none = make_plan(tables).iloc[:0]
    found = look_ahead(work_of(tables), tables, none, matrix, months=12, settings=SETTINGS, seed=3)
    pd.testing.assert_frame_equal(found.today, found.planned)
    assert found.in_blocks == 0
    assert found.starts > 1


def test_who_begins_goes_to_the_block_and_the_rest_stay(county: tuple[Tables, TravelTimes]) -> None:
    tables, matrix = county
    plan = make_plan(tables).replace({"A": "B", "B": "A"})  # the far provider, which nobody would choose by distance
    found = look_ahead(work_of(tables), tables, plan, matrix, months=6, settings=SETTINGS, seed=3)
    today, planned = visits_by(found.today), visits_by(found.planned)
    begun = today.index.str.startswith("new-") | (today.index == f"K{WEST[0]:03d}")
    assert today[~begun].equals(planned[~begun])
    assert begun.sum() == found.starts == found.in_blocks
    home = tables.packages.set_index("package_id")["postcode"]
    west = planned[f"K{WEST[0]:03d}"]
    assert plan.loc[home[f"K{WEST[0]:03d}"], "suggested_provider_id"] == west == "B"
    assert today[f"K{WEST[0]:03d}"] == "A"
    # As many end as begin, those who wait apart: (1 - 0.01) to the power of 26 weeks leaves 77 %.
    active = int(((tables.packages["status"] == "active") & ~tables.packages["do_not_move"].fillna(value=False)).sum())
    assert found.ends == round(active * (1 - 0.99**26))
    assert found.starts == found.ends + 1


def test_who_has_no_room_takes_nobody_while_another_has(county: tuple[Tables, TravelTimes]) -> None:
    tables, matrix = county
    full = tables.providers.assign(hours_spare_week=[0.0, 500.0])
    none = make_plan(tables).iloc[:0]
    still = dataclasses.replace(SETTINGS, blocks=BlockSettings(turnover_week=0.0))
    found = look_ahead(
        work_of(tables), dataclasses.replace(tables, providers=full), none, matrix, months=1, settings=still, seed=0
    )
    assert visits_by(found.today)[f"K{WEST[0]:03d}"] == "B"
    assert found.over == (0, 0)
    nobody = tables.providers.assign(hours_spare_week=0.0)
    found = look_ahead(
        work_of(tables), dataclasses.replace(tables, providers=nobody), none, matrix, months=1, settings=still, seed=0
    )
    assert visits_by(found.today)[f"K{WEST[0]:03d}"] == "A"
    assert found.over == (1, 1)


def cut_off(matrix: TravelTimes, postcode: str) -> TravelTimes:
    """Take the bridge to one home away, both ways."""
    minutes, at = matrix.minutes.copy(), matrix.postcodes.get_loc(postcode)
    minutes[at, :] = minutes[:, at] = np.inf
    minutes[at, at] = 0.0
    return dataclasses.replace(matrix, minutes=minutes)


def test_who_no_provider_can_reach_by_road_is_given_to_nobody(county: tuple[Tables, TravelTimes]) -> None:
    tables, matrix = county
    home = tables.packages.set_index("package_id").loc[f"K{WEST[0]:03d}", "postcode"]
    still = dataclasses.replace(SETTINGS, blocks=BlockSettings(turnover_week=0.0))
    for plan in (make_plan(tables), make_plan(tables).iloc[:0]):
        found = look_ahead(work_of(tables), tables, plan, cut_off(matrix, home), months=1, settings=still, seed=0)
        assert (found.unreached, found.starts, found.in_blocks, found.over) == (1, 0, 0, (0, 0))
        assert (
            set(visits_by(found.today).index)
            == set(visits_by(found.planned).index)
            == set(visits_by(work_of(tables)).index)
        )


def test_who_can_be_reached_goes_to_a_provider_that_reaches_them() -> None:
    # Only A is known to do what the waiting home in the east needs, and the road from the west is gone.
    tables, matrix = crossed(
        packages={
            WEST[4]: {"provider_id": "A"},
            EAST[4]: {"provider_id": "B"},
            EAST[0]: {"status": "waiting", "provider_id": None, "needs": "dementia"},
        },
        providers={"A": {"services": "dementia"}, "B": {"services": "meals"}},
    )
    minutes = matrix.minutes.copy()
    minutes[np.ix_(EAST, WEST)] = minutes[np.ix_(WEST, EAST)] = np.inf
    still = dataclasses.replace(SETTINGS, blocks=BlockSettings(turnover_week=0.0))
    apart, none = dataclasses.replace(matrix, minutes=minutes), make_plan(tables).iloc[:0]
    found = look_ahead(work_of(tables), tables, none, apart, months=1, settings=still, seed=0)
    assert visits_by(found.today)[f"K{EAST[0]:03d}"] == "B"
    assert (found.unreached, found.over) == (0, (1, 1))


def test_where_everybody_is_suspended_it_is_said_who_could_take_nobody(county: tuple[Tables, TravelTimes]) -> None:
    tables, matrix = county
    shut = dataclasses.replace(tables, providers=tables.providers.assign(placements_suspended=True))
    with pytest.raises(PlanError, match="free to take packages"):
        look_ahead(work_of(tables), shut, make_plan(tables), matrix, months=1, settings=SETTINGS, seed=0)
