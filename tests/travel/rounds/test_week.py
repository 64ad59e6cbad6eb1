"""Many provider-days: as one process so many, a stop that keeps what is done, nothing solved twice."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.settings import RoundSettings
from marketmap.travel import TravelTimes
from marketmap.travel.rounds import week
from marketmap.travel.rounds.day import NO_BASE, OFF_ROADS
from marketmap.travel.rounds.week import KeptDays, solve_days

SETTINGS = RoundSettings(least_iterations=60, iterations_visit=2, processes=1)
STREET = [f"GL1 {number}AA" for number in range(12)]


def make_matrix() -> TravelTimes:
    steps = np.abs(np.arange(12)[:, None] - np.arange(12)[None]) * np.float32(3.0)
    none = pd.DataFrame({"postcode": [], "metres": [], "reason": []})
    return TravelTimes(pd.Index(STREET), steps.astype(np.float32), pd.DataFrame(), none, illustrative=True, source={})


def make_work(count: int = 36) -> pd.DataFrame:
    """Two providers on three days, their visits spread along one street."""
    rng = np.random.default_rng(5)
    rows = np.arange(count)
    opens = rng.choice([420.0, 690.0, 960.0], size=count)
    work = pd.DataFrame(
        {
            "visit_id": [f"V{row:03d}" for row in rows],
            "provider_id": np.where(rows % 2 == 0, "A", "B"),
            "package_id": [f"K{row % 12}" for row in rows],
            "day": pd.Timestamp("2026-09-21") + pd.to_timedelta(rows % 3, unit="D"),
            "postcode": rng.choice(STREET, size=count),
            "carers": np.where(rows % 7 == 0, 2, 1),
            "minutes": 30.0,
            "begin": opens,
            "earliest": opens,
            "latest": opens + 180.0,
            "reason": "",
        }
    )
    return work.sort_values(["day", "provider_id", "begin", "visit_id"], ignore_index=True)


def test_two_processes_find_what_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    work, matrix = make_work(), make_matrix()
    alone = solve_days(work, matrix, settings=SETTINGS, seed=1)
    monkeypatch.setattr(week, "FEW_VISITS", 0)
    told: list[tuple[int, int]] = []
    both = dataclasses.replace(SETTINGS, processes=2)
    together = solve_days(work, matrix, settings=both, seed=1, on_progress=lambda done, of: told.append((done, of)))
    pd.testing.assert_frame_equal(alone.stops, together.stops)
    assert (alone.days, alone.solved, together.solved) == (6, 6, 6)
    assert told[-1] == (36, 36)
    assert sorted(told) == told


def test_every_visit_is_once_in_a_round() -> None:
    work = make_work()
    found = solve_days(work, make_matrix(), settings=SETTINGS, seed=1)
    assert sorted(found.stops["visit_id"]) == sorted(work["visit_id"])
    again = solve_days(work.sample(frac=1.0, random_state=1), make_matrix(), settings=SETTINGS, seed=1)
    assert sorted(again.stops["visit_id"]) == sorted(work["visit_id"])


def test_a_stop_keeps_the_days_that_are_done() -> None:
    done: list[int] = []
    work = make_work()
    found = solve_days(
        # The first day has the smallest provider-day of all, and comes first all the same.
        work[work["visit_id"] != "V000"],
        make_matrix(),
        settings=SETTINGS,
        seed=1,
        on_progress=lambda count, _: done.append(count),
        is_stopped=lambda: len(done) == 3,
    )
    assert (found.days, found.solved) == (6, 3)
    assert len(found.stops.drop_duplicates(["provider_id", "day"])) == 3
    # Day by day: both providers of the first day, and one of the second, which is no whole day.
    assert found.done == (pd.Timestamp("2026-09-21"),)
    kept = found.keep(found.done)
    assert (kept.days, kept.solved, kept.done) == (2, 2, found.done)
    assert set(kept.stops["day"]) == set(kept.work["day"]) == set(found.done)
    assert sorted(kept.stops["visit_id"]) == sorted(kept.work["visit_id"])


def test_days_with_the_same_visits_are_not_solved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    work, matrix, known = make_work(), make_matrix(), KeptDays()
    first = solve_days(work, matrix, settings=SETTINGS, seed=1, known=known)
    assert first.done == tuple(sorted(work["day"].unique()))
    changed = work.copy()
    changed.loc[changed["visit_id"] == "V000", "provider_id"] = "B"
    solved: list[int] = []
    real = week.solve_day

    def count(rows: pd.DataFrame, *given: object, **named: object) -> object:
        solved.append(len(rows))
        return real(rows, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(week, "solve_day", count)
    second = solve_days(changed, matrix, settings=SETTINGS, seed=1, known=known)
    assert len(solved) == 2  # one provider-day lost the visit, one gained it
    other = first.stops["day"] != pd.Timestamp("2026-09-21")
    pd.testing.assert_frame_equal(
        second.stops[second.stops["day"] != pd.Timestamp("2026-09-21")].reset_index(drop=True),
        first.stops[other].reset_index(drop=True),
    )
    solved.clear()
    # Both are known by now, whichever came last.
    assert solve_days(work, matrix, settings=SETTINGS, seed=1, known=known).stops.equals(first.stops)
    assert solve_days(changed, matrix, settings=SETTINGS, seed=1, known=known).stops.equals(second.stops)
    assert solved == []
    longer = work.assign(minutes=work["minutes"] + 5.0)
    solve_days(longer, matrix, settings=SETTINGS, seed=1, known=known)
    assert len(solved) == 6


def test_places_off_the_roads_and_offices_nowhere_are_told() -> None:
    work = make_work(6).assign(postcode=["ZZ1 1ZZ", *STREET[:5]])
    found = solve_days(work, make_matrix(), settings=SETTINGS, seed=1)
    assert found.unserved["reason"].tolist() == [OFF_ROADS]
    office = dataclasses.replace(SETTINGS, begin="office")
    offices = pd.Series({"A": STREET[0]})
    found = solve_days(work, make_matrix(), settings=office, seed=1, offices=offices)
    assert set(found.unserved.loc[found.unserved["provider_id"] == "B", "reason"]) <= {NO_BASE, OFF_ROADS}
    assert set(found.stops["provider_id"]) == {"A"}


def test_no_work_gives_empty_frames() -> None:
    found = solve_days(make_work().iloc[:0], make_matrix(), settings=SETTINGS, seed=1)
    assert found.stops.empty
    assert found.unserved.empty
    assert (found.days, found.solved) == (0, 0)
