"""Every provider's days: solved side by side in processes, with progress and a safe stop."""

from __future__ import annotations

import hashlib
import multiprocessing
import typing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.settings import RoundSettings
from marketmap.settings.rounds import OFFICE
from marketmap.travel.network import Floats
from marketmap.travel.rounds.day import DayRounds, empty_rounds, solve_day
from marketmap.travel.rounds.workers import begin_worker, shield_from_interrupts
from marketmap.travel.times import TravelTimes

Key = tuple[str, pd.Timestamp]
Task = tuple[Key, pd.DataFrame, Floats, "tuple[Floats, Floats] | None"]
# A process costs seconds to begin: fewer visits are done sooner in this one.
FEW_VISITS = 400


@dataclass(frozen=True)
class WeekRounds:
    """The rounds of many provider-days.

    Attributes
    ----------
    stops, unserved
        As `DayRounds` has them, sorted by ``day, provider_id``.
    work
        The visits that were asked for, as `work.list_work` gives them.
    days, solved
        Provider-days asked for, and those that were worked out: fewer where it was stopped. Nothing of the others is in
        ``stops`` or ``unserved``.
    done
        Days of which every provider's visits were worked out, in order.
    """

    stops: pd.DataFrame
    unserved: pd.DataFrame
    work: pd.DataFrame
    days: int
    solved: int
    done: tuple[pd.Timestamp, ...] = ()

    def keep(self, days: Sequence[pd.Timestamp]) -> WeekRounds:
        """Take the rounds of some days alone."""
        stops, unserved, work = (
            frame[frame["day"].isin(list(days))].reset_index(drop=True)
            for frame in (self.stops, self.unserved, self.work)
        )
        number = len(work.drop_duplicates(["provider_id", "day"]))
        return WeekRounds(stops, unserved, work, number, number, tuple(day for day in self.done if day in set(days)))


class KeptDays:
    """Rounds found before, by what they are made of: a provider-day with the very same visits is solved once.

    It holds for one matrix, one seed and one set of settings.
    """

    def __init__(self) -> None:
        self._found: dict[bytes, DayRounds] = {}

    def find(self, rows: pd.DataFrame) -> DayRounds | None:
        """Find the rounds of these very visits, if they were solved before."""
        return self._found.get(_digest(rows))

    def keep(self, rows: pd.DataFrame, rounds: DayRounds) -> None:
        """Keep the rounds of these visits."""
        self._found[_digest(rows)] = rounds


def _digest(rows: pd.DataFrame) -> bytes:
    return hashlib.sha256(rows.to_csv(index=False).encode()).digest()


def solve_days(
    work: pd.DataFrame,
    matrix: TravelTimes,
    *,
    settings: RoundSettings,
    seed: int,
    offices: pd.Series | None = None,
    known: KeptDays | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> WeekRounds:
    """Find the rounds of every provider and day.

    Parameters
    ----------
    work
        As `work.list_work` gives it.
    matrix
        Minutes by road between postcodes.
    settings
        Rules of the rounds, and ``processes``.
    seed
        The same work, settings and seed give the same rounds, with any number of processes.
    offices
        Provider to its office's postcode; read where rounds begin at the office.
    known
        Rounds found before with the same matrix, settings and seed: a provider-day with the very same visits is taken
        from there, and what is found is kept there.
    on_progress
        Told (visits done, visits in all) as days are done.
    is_stopped
        Asked between days; once it is true, no further day is begun and what is done is kept.
    """
    groups = _by_day(work)
    known = KeptDays() if known is None else known
    found = {key: rounds for key, rows in groups.items() if (rounds := known.find(rows)) is not None}
    done = sum(len(groups[key]) for key in found)
    # Day by day, so that a stop leaves whole days; of a day the longest first: none is left to one process at the end.
    left = sorted((key for key in groups if key not in found), key=lambda key: (key[1], -len(groups[key]), key[0]))
    tasks = (_task(key, groups[key], matrix, settings, offices) for key in left)
    small = sum(len(groups[key]) for key in left) <= FEW_VISITS
    solved = (
        _in_turn(tasks, settings, seed, is_stopped)
        if small or settings.processes == 1
        else _side_by_side(tasks, settings, seed, is_stopped)
    )
    for key, rounds in solved:
        found[key] = rounds
        known.keep(groups[key], rounds)
        done += len(groups[key])
        if on_progress is not None:
            on_progress(done, len(work))
    ordered = [found[key] for key in sorted(found, key=lambda key: (key[1], key[0]))]
    none = empty_rounds()
    return WeekRounds(
        stops=pd.concat([each.stops for each in ordered if len(each.stops)] or [none.stops], ignore_index=True),
        unserved=pd.concat(
            [each.unserved for each in ordered if len(each.unserved)] or [none.unserved], ignore_index=True
        ),
        work=work,
        days=len(groups),
        solved=len(found),
        done=tuple(sorted({key[1] for key in groups} - {key[1] for key in groups if key not in found})),
    )


def _by_day(frame: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    return typing.cast("dict[Key, pd.DataFrame]", dict(iter(frame.groupby(["provider_id", "day"], sort=True))))


def _task(
    key: Key, rows: pd.DataFrame, matrix: TravelTimes, settings: RoundSettings, offices: pd.Series | None
) -> Task:
    places = pd.Index(rows["postcode"].astype("object"))
    at = matrix.postcodes.get_indexer(places)
    there = at >= 0
    minutes = matrix.minutes[np.ix_(at, at)].astype(float)
    minutes[~there] = np.nan
    minutes[:, ~there] = np.nan
    base = None
    if settings.begin == OFFICE:
        office = -1 if offices is None else int(matrix.postcodes.get_indexer(pd.Index([offices.get(key[0])]))[0])
        nowhere = np.full(len(rows), np.inf)
        base = (
            (nowhere, nowhere)
            if office < 0
            else (matrix.minutes[office, at].astype(float), matrix.minutes[at, office].astype(float))
        )
    return key, rows, minutes, base


def _in_turn(
    tasks: Iterator[Task], settings: RoundSettings, seed: int, is_stopped: Callable[[], bool]
) -> Iterator[tuple[Key, DayRounds]]:
    for key, rows, minutes, base in tasks:
        if is_stopped():
            return
        yield key, solve_day(rows, minutes, settings=settings, seed=seed, base=base)


def _side_by_side(
    tasks: Iterator[Task], settings: RoundSettings, seed: int, is_stopped: Callable[[], bool]
) -> Iterator[tuple[Key, DayRounds]]:
    # Fresh processes, not copies of this one: it may have threads that a copy would wait for in vain.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(settings.processes, mp_context=context, initializer=begin_worker) as pool:
        running: dict[Future[DayRounds], Key] = {}
        more = True
        while running or more:
            more = more and not is_stopped()
            # Few wait in line: each carries its own minutes.
            while more and len(running) < settings.processes + 1:
                task = next(tasks, None)
                if task is None:
                    more = False
                    break
                key, rows, minutes, base = task
                with shield_from_interrupts():
                    future = pool.submit(solve_day, rows, minutes, settings=settings, seed=seed, base=base)
                running[future] = key
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                yield running.pop(future), future.result()
