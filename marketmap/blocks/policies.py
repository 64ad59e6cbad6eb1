"""Who delivers which visit under a policy: as today, with swaps, with all that a plan would move, or new starts only.

The same visits under every policy; only who makes them differs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.eligibility import split_list
from marketmap.blocks.points import package_needs
from marketmap.blocks.swaps.pairs import screen_takers
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from marketmap.market.demand import describe_packages
from marketmap.settings import BlockSettings, Settings
from marketmap.travel import TravelTimes
from marketmap.travel.rounds.expected import expect_work

TODAY, SWAPS, ALL, NEW_ONLY = "today", "swaps", "all", "new_only"
WEEKS_IN_A_MONTH = 52.0 / 12.0
NOBODY_TAKES = (
    "No provider that delivers care now is on the framework and free to take packages, so nobody who begins can be "
    "placed. Correct on_framework and placements_suspended in the providers table, or leave --months out."
)


@dataclass(frozen=True)
class Future:
    """A week some months on, under today's practice and under the plan.

    Attributes
    ----------
    today, planned
        Work, as `marketmap.travel.rounds.work.list_work` gives it: the same visits, who makes them may differ.
    starts, ends
        Packages that began and that ended since.
    unreached
        Of a further so many nobody who takes packages delivers care that a road joins to them: nobody is given them,
        and their visits are in neither week.
    in_blocks
        Of those that began, how many go to a block's provider.
    over
        Of those that began, how many nobody had room for under each of the two: the nearest took them all the same.
    """

    today: pd.DataFrame
    planned: pd.DataFrame
    starts: int
    ends: int
    unreached: int
    in_blocks: int
    over: tuple[int, int]


def with_swaps(work: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    """Give each visit of a package that changes hands to its new provider.

    Parameters
    ----------
    moves
        ``package_id``, ``to_provider_id``; may be empty.
    """
    to = moves.drop_duplicates("package_id").set_index("package_id")["to_provider_id"]
    return _hand_over(work, to)


def with_all(work: pd.DataFrame, packages: pd.DataFrame, plan: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Give each visit in a block's zone to the block's provider, where the package may be placed: an upper bound.

    Parameters
    ----------
    plan
        Indexed by postcode: ``suggested_provider_id``, NA outside blocks.
    """
    placeable = describe_packages(packages, settings=settings.blocks)["placeable"]
    rows = packages[placeable & packages["status"].eq("active")]
    to = rows.set_index("package_id")["postcode"].map(plan["suggested_provider_id"].dropna().to_dict()).dropna()
    return _hand_over(work, to)


def _hand_over(work: pd.DataFrame, to: pd.Series) -> pd.DataFrame:
    made = work.assign(provider_id=work["package_id"].map(to.to_dict()).fillna(work["provider_id"]).astype("object"))
    order = ["day", "provider_id", "begin", "visit_id", "package_id"]
    return made.sort_values(order, kind="stable", ignore_index=True)


def look_ahead(
    work: pd.DataFrame,
    tables: Tables,
    plan: pd.DataFrame,
    matrix: TravelTimes,
    *,
    months: float,
    settings: Settings,
    seed: int,
) -> Future:
    """Look some months ahead under ``new_only``: who is there stays with their provider, who begins is placed.

    Everybody who waits begins. Of the placeable packages of today a share ends, ``turnover_week`` compounded, and as
    many begin: each a copy of a placeable package drawn at random, at its place and with its calls. One by one, in
    random order, they go under today's practice to the nearest provider (by its own packages) that may be given
    packages (`screen_takers`), is not known to lack what they need and has carer hours to spare; what ended is to
    spare. One that no road joins to any provider's packages goes to nobody, under the plan neither: the two weeks hold
    the same visits. Under the plan one in a block's zone goes to the block's provider instead. Who begins, who ends and
    the order are the same under both.

    Parameters
    ----------
    work
        The visits of today's week.
    plan
        Indexed by postcode: ``suggested_provider_id``, NA outside blocks; an empty plan gives the same work twice.
    months
        How far ahead.
    seed
        Of the draws.

    Raises
    ------
    PlanError
        Where packages begin and no provider may take any.
    """
    rng = np.random.default_rng(seed)
    packages = tables.packages
    described = describe_packages(packages, settings=settings.blocks)
    near = packages["postcode"].isin(matrix.postcodes)
    active = packages[described["placeable"] & packages["status"].eq("active") & near]
    waiting = packages[described["placeable"] & packages["status"].eq("waiting") & near]
    stays = (1.0 - settings.blocks.turnover_week) ** (months * WEEKS_IN_A_MONTH)
    number = round(len(active) * (1.0 - stays))
    gone = active.iloc[np.sort(rng.choice(len(active), size=number, replace=False))]
    like = active.iloc[rng.choice(len(active), size=number)] if number else active.iloc[:0]
    copies = like.assign(
        package_id=[f"new-{count:05d}" for count in range(1, len(like) + 1)], source=like["package_id"]
    )
    begun = pd.concat([waiting.assign(source=waiting["package_id"]), copies], ignore_index=True)
    begun = begun.iloc[rng.permutation(len(begun))].reset_index(drop=True)
    kept = work[~work["package_id"].isin(gone["package_id"])]
    places = _Places(tables, active[~active["package_id"].isin(gone["package_id"])], gone, matrix, settings.blocks)
    if len(begun) and not len(places.ids):
        raise PlanError(NOBODY_TAKES)
    reached = begun["postcode"].map({postcode: places.reaches(postcode) for postcode in begun["postcode"].unique()})
    begun, unreached = begun[reached.astype(bool)].reset_index(drop=True), int((~reached.astype(bool)).sum())
    today, over_today = places.place(begun, None)
    block = plan["suggested_provider_id"].dropna()
    planned, over_planned = places.place(begun, {str(postcode): str(name) for postcode, name in block.items()})
    visits = _visits_of(begun, tables.calls, kept, settings)
    mine = [kept, visits.assign(provider_id=visits["package_id"].map(today))]
    theirs = [kept, visits.assign(provider_id=visits["package_id"].map(planned))]
    none = pd.Series(dtype="object")
    return Future(
        today=_hand_over(pd.concat(mine, ignore_index=True), none),
        planned=_hand_over(pd.concat(theirs, ignore_index=True), none),
        starts=len(begun),
        ends=len(gone),
        unreached=unreached,
        in_blocks=int(begun["postcode"].isin(block.index).sum()),
        over=(over_today, over_planned),
    )


def _visits_of(begun: pd.DataFrame, calls: pd.DataFrame | None, work: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Make the visits of packages that begin; a copy has the calls of the package it is like."""
    own = None
    if calls is not None:
        pairs = begun[["package_id", "source"]].rename(columns={"package_id": "of"})
        own = pairs.merge(calls, left_on="source", right_on="package_id").drop(columns=["source", "package_id"])
        own = own.rename(columns={"of": "package_id"})
    days = sorted(work["day"].unique())
    mix = settings.blocks.band_mix
    return expect_work(begun, own, days=[pd.Timestamp(day) for day in days], settings=settings.rounds, band_mix=mix)


class _Places:
    """Providers, what they can do, how much room they have, and how near they are to each place."""

    def __init__(
        self, tables: Tables, held: pd.DataFrame, gone: pd.DataFrame, matrix: TravelTimes, settings: BlockSettings
    ) -> None:
        providers = tables.providers
        takes = screen_takers(tables, settings=settings).eq("").to_numpy(bool)
        rows = providers[takes & providers["provider_id"].isin(held["provider_id"]).to_numpy(bool)]
        self.ids = rows["provider_id"].astype("object").to_numpy()
        self.services = split_list(rows["services"])
        freed = _carer_hours(gone).groupby(gone["provider_id"].astype("object")).sum()
        self.room = rows["hours_spare_week"].to_numpy(float) + freed.reindex(self.ids).fillna(0.0).to_numpy(float)
        self.matrix = matrix
        at = matrix.postcodes.get_indexer(pd.Index(held["postcode"]))
        by = held["provider_id"].astype("object").to_numpy()
        self.own = [np.unique(at[by == provider]) for provider in self.ids]

    def place(self, begun: pd.DataFrame, block: dict[str, str] | None) -> tuple[dict[str, str], int]:
        """Give each package that begins a provider, who are all reached; also how many nobody had room for."""
        room, over = self.room.copy(), 0
        hours, needs = _carer_hours(begun).to_numpy(float), package_needs(begun)
        position = {provider: number for number, provider in enumerate(self.ids)}
        found: dict[str, str] = {}
        for row, (package, postcode) in enumerate(zip(begun["package_id"], begun["postcode"], strict=True)):
            provider = None if block is None else block.get(postcode)
            if provider is None:
                minutes = self._minutes_to(postcode)
                able = np.array([not offered or needs[row] <= offered for offered in self.services])
                able &= np.isfinite(minutes)
                minutes = np.where(able | ~able.any(), minutes, np.inf)
                with_room = room >= hours[row]
                over += not bool((with_room & np.isfinite(minutes)).any())
                best = np.where(with_room, minutes, np.inf)
                provider = self.ids[int(np.argmin(best if np.isfinite(best).any() else minutes))]
            if provider in position:
                room[position[provider]] -= hours[row]
            found[package] = str(provider)
        return found, over

    def reaches(self, postcode: str) -> bool:
        """Whether a road joins any provider's packages to a place."""
        return bool(np.isfinite(self._minutes_to(postcode)).any())

    def _minutes_to(self, postcode: str) -> np.ndarray:
        column = self.matrix.minutes[:, self.matrix.postcodes.get_indexer(pd.Index([postcode]))[0]]
        return np.array([column[own].min() for own in self.own], dtype=float)


def _carer_hours(packages: pd.DataFrame) -> pd.Series:
    return packages["hours_week"].astype(float) * pd.to_numeric(packages["carers_required"]).astype(float)
