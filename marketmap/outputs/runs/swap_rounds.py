"""A swap list confirmed by rounds: the same visits simulated as today and with the list's moves made."""

from __future__ import annotations

import pandas as pd

from marketmap.blocks.policies import with_swaps
from marketmap.blocks.swaps import Confirmation
from marketmap.market.round_measures import compare_rounds, tally_days
from marketmap.outputs.runs.batch import Batch, Stage
from marketmap.outputs.runs.rounds import DAYS_IN_A_WEEK, work_of
from marketmap.travel.rounds.week import KeptDays, WeekRounds, solve_days
from marketmap.travel.rounds.work import last_days

EVERYBODY = "all"


class RoundsConfirm:
    """Simulates rounds of the providers that a list touches, before and after; a `Confirm`.

    Others' rounds are the same before and after, so nothing is lost by leaving them out.

    Parameters
    ----------
    batch
        The county and its road minutes; it must have call monitoring.
    days
        The last so many days of call monitoring; figures are a week's all the same.
    seed
        Of the rounds and the intervals.
    on_stage
        Told what is being done.
    """

    def __init__(self, batch: Batch, *, days: int, seed: int, on_stage: Stage) -> None:
        self._batch, self._days, self._seed, self._on_stage = batch, days, seed, on_stage

    def __call__(self, before: pd.Series, after: pd.Series) -> Confirmation:
        """Simulate; errors as `work_of`."""
        settings = self._batch.county.settings
        moved = before.index[before != after]
        touched = {*before[moved], *after[moved]}
        work = last_days(work_of(self._batch.county.tables, settings), days=self._days)
        mine = work[work["provider_id"].isin(touched)].reset_index(drop=True)
        moves = pd.DataFrame({"package_id": moved, "to_provider_id": after[moved].to_numpy()})
        self._on_stage("Simulating rounds as today")
        known = KeptDays()
        today = self._solve(mine, known)
        self._on_stage("Simulating rounds with the list's moves made")
        then = self._solve(with_swaps(mine, moves), known)
        days = max(int(mine["day"].nunique()), 1)
        a_week = DAYS_IN_A_WEEK / days
        whole = self._compare(today, then, days, by_provider=False).reindex([EVERYBODY]) * a_week
        own = self._compare(today, then, days, by_provider=True)
        return Confirmation(
            minutes_saved_week=float(whole["minutes_saved"].iloc[0]),
            low=float(whole["minutes_saved_low"].iloc[0]),
            high=float(whole["minutes_saved_high"].iloc[0]),
            rounds_saved_week=(_count_rounds(today) - _count_rounds(then)) * a_week,
            by_provider=own["minutes_saved"] * a_week,
            basis=f"rounds of {len(touched):,} providers on {days} days, {len(mine):,} visits; nobody could fit "
            f"{len(today.unserved):,} before and {len(then.unserved):,} after",
        )

    def _solve(self, work: pd.DataFrame, known: KeptDays) -> WeekRounds:
        tables = self._batch.county.tables
        offices = tables.providers.drop_duplicates("provider_id").set_index("provider_id")["postcode"]
        rules = self._batch.county.settings.rounds
        return solve_days(work, self._batch.matrix, settings=rules, seed=self._seed, offices=offices, known=known)

    def _compare(self, before: WeekRounds, after: WeekRounds, days: int, *, by_provider: bool) -> pd.DataFrame:
        settings = self._batch.county.settings
        tallies = []
        for rounds in (before, after):
            everybody = pd.Series(EVERYBODY, index=rounds.stops.index, dtype="object")
            tallies.append(tally_days(rounds.stops, rounds.stops["provider_id"] if by_provider else everybody))
        return compare_rounds(*tallies, days=days, settings=settings.rounds, market=settings.market, seed=self._seed)


def _count_rounds(found: WeekRounds) -> float:
    """Count the rounds of all carers: one of two who go together counts twice."""
    rounds = found.stops.drop_duplicates(["provider_id", "day", "round"])
    return float(rounds["carers"].sum())
