"""The checker of rounds passes what holds and names what was spoilt, one rule at a time."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from marketmap.check.rounds import check_rounds
from marketmap.settings import RoundSettings
from marketmap.travel.rounds.day import DayRounds, solve_day
from marketmap.travel.rounds.work import list_work

SETTINGS = RoundSettings()
TOWN = [f"GL1 {number}AA" for number in range(9)]


def make_minutes() -> pd.DataFrame:
    """Nine postcodes in a row, four minutes apart."""
    steps = np.abs(np.arange(9)[:, None] - np.arange(9)[None]) * 4.0
    return pd.DataFrame(steps, index=TOWN, columns=TOWN)


def make_visits() -> pd.DataFrame:
    """A day of nine people: breakfast and lunch for all, one of them with two carers, and a night."""
    rows = []
    for number in range(9):
        for hour in (8, 12):
            carers = 2 if number == 4 else 1
            rows += [(f"V{number}{hour}", f"C{carer}", number, hour) for carer in range(carers)]
    visits = pd.DataFrame(rows, columns=["visit_id", "carer_id", "number", "hour"])
    start = pd.Timestamp("2026-09-21", tz="Europe/London") + pd.to_timedelta(visits["hour"], unit="h")
    return pd.DataFrame(
        {
            "visit_id": visits["visit_id"],
            "carer_id": visits["carer_id"],
            "provider_id": "P1",
            "package_id": "K" + visits["number"].astype("str"),
            "planned_start": start,
            "planned_end": start + pd.Timedelta(minutes=45),
            "status": "delivered",
            "postcode": pd.Series(pd.NA, index=visits.index, dtype="object"),
        }
    )


@pytest.fixture(scope="module")
def solved() -> DayRounds:
    packages = pd.DataFrame({"package_id": [f"K{number}" for number in range(9)], "postcode": TOWN})
    work = list_work(make_visits(), packages, None, settings=SETTINGS)
    legs = make_minutes().loc[work["postcode"], work["postcode"]].to_numpy()
    return solve_day(work, legs, settings=SETTINGS, seed=0)


def find(stops: pd.DataFrame, unserved: pd.DataFrame) -> list[str]:
    found = check_rounds(stops, unserved, make_visits(), make_minutes(), settings=SETTINGS)
    return [broken.what for broken in found]


def test_rounds_as_found_hold(solved: DayRounds) -> None:
    assert find(solved.stops, solved.unserved) == []
    assert (solved.stops["break_minutes"] > 0).any()


def _drop(stops: pd.DataFrame) -> pd.DataFrame:
    last = stops.groupby("round")["place"].transform("max") == stops["place"]
    return stops.drop(index=stops.index[last][0])


def _change(column: str, value: object, *, row: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def spoil(stops: pd.DataFrame) -> pd.DataFrame:
        made = stops.copy()
        made.loc[made.index[row], column] = value
        return made

    return spoil


def _shift(columns: list[str], minutes: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def spoil(stops: pd.DataFrame) -> pd.DataFrame:
        made = stops.copy()
        made[columns] += minutes
        return made

    return spoil


def _no_break(stops: pd.DataFrame) -> pd.DataFrame:
    wait = stops["wait_minutes"] + stops["break_minutes"]
    return stops.assign(break_minutes=0.0, wait_minutes=wait)


def _late_break(stops: pd.DataFrame) -> pd.DataFrame:
    """Have the break one stop later: the round's sum stays."""
    made = stops.copy()
    row = made.index[made["break_minutes"] > 0][0]
    follows = made.index[(made["round"] == made.loc[row, "round"]) & (made["place"] == made.loc[row, "place"] + 1)][0]
    made.loc[[row, follows], "break_minutes"] = [0.0, SETTINGS.break_minutes]
    return made


SPOILT = {
    "neither in a round": _drop,
    "more than one place": lambda stops: pd.concat([stops, stops.iloc[[0]].assign(round=99, place=1)]),
    "nobody delivered": _change("visit_id", "V-none", row=0),
    "other carers": lambda stops: stops.assign(carers=2),
    "longer or shorter": _change("ends", 2000.0, row=0),
    "not 1, 2, 3": _change("place", 7, row=0),
    "one crew or shift": _change("shift", "late", row=1),
    "not on the roads": _change("postcode", "ZZ1 1ZZ", row=1),
    "not as long as the roads": _change("travel_minutes", 1.0, row=1),
    "to a first visit": _change("travel_minutes", 9.0, row=0),
    "two places at once": _change("arrives", 0.0, row=1),
    "waits do not add up": _change("wait_minutes", 500.0, row=1),
    "outside its window": _change("latest", 0.0, row=1),
    "settings do not have": lambda stops: stops.assign(shift="dawn"),
    "outside its shift": lambda stops: stops.assign(shift="late"),
    "longer than its shift": _change("ends", 9999.0, row=-1),
    "without its break": _no_break,
    "another time than": _late_break,
}


@pytest.mark.parametrize("told", SPOILT)
def test_spoilt_rounds_are_named(solved: DayRounds, told: str) -> None:
    found = find(SPOILT[told](solved.stops), solved.unserved)
    assert any(told in what for what in found), found


def test_a_visit_may_be_in_the_list_instead(solved: DayRounds) -> None:
    last = solved.stops.groupby("round")["place"].transform("max") == solved.stops["place"]
    row = solved.stops[last].iloc[[0]]
    unserved = row.assign(minutes=45.0, reason="no place is known")
    assert find(solved.stops.drop(index=row.index), unserved) == []


def test_a_round_too_long_for_no_break_is_named(solved: DayRounds) -> None:
    one_side = solved.stops.assign(earliest=420.0, latest=800.0, break_minutes=0.0)
    strict = RoundSettings(break_after_minutes=60.0, break_at={"early": "14:00"})
    found = check_rounds(one_side, solved.unserved, make_visits(), make_minutes(), settings=strict)
    assert any("without its break" in broken.what for broken in found)
