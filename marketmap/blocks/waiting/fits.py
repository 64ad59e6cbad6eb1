"""Who fits each person who waits, and of everybody else the reason why not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from marketmap.blocks.insertion import Estimate, InsertionEstimate, Work, gather_work, number_holders
from marketmap.blocks.patches import measure_bases
from marketmap.blocks.swaps.pairs import find_lacks, read_grounds, screen_takers
from marketmap.blocks.swaps.program import SLACK_HOURS
from marketmap.blocks.waiting.zones import BlockZones
from marketmap.inputs.county import Tables
from marketmap.inputs.locks import lies_in
from marketmap.market.demand import describe_packages
from marketmap.settings import Settings
from marketmap.travel import TravelTimes

Floats = NDArray[np.float64]
TOO_FEW_HOURS, TOO_FAR, KEPT_OUT = "too few spare hours", "too much travel", "kept out by a lock"
OFF_ROADS, NO_VISITS = "not on the road network", "does not come in visits"
# Why a package is not placed by this list, in words for who reads it without the settings.
NOT_PLACEABLE = {
    "service type": "a service that is not placed by this list (blocks.service_types)",
    "funding": "not paid for by the council or the NHS (blocks.funding)",
    "do not move": "marked do_not_move: to be placed by hand",
}


@dataclass(frozen=True)
class Fits:
    """What the matches are made of.

    Attributes
    ----------
    people
        One row for each waiting package that may be placed: columns of `Work.packages`, ``block_id`` and
        ``block_provider_id`` (blank outside blocks).
    left
        Waiting packages that may not: ``package_id``, ``why`` and the columns of `Tables.packages`.
    providers
        Ids, in the order of their table.
    added
        (people, providers) minutes a week that the person's visits add; ``inf`` where that was not asked.
    visits
        (people,) carer visits a week.
    why_not
        (people, providers) text; blank where the provider fits the person taken alone.
    in_street
        (people, providers) whether the provider delivers at the same postcode already.
    """

    people: pd.DataFrame
    left: pd.DataFrame
    providers: tuple[str, ...]
    added: Floats
    visits: Floats
    why_not: NDArray[np.object_]
    in_street: NDArray[np.bool_]


def find_fits(
    tables: Tables,
    matrix: TravelTimes,
    settings: Settings,
    *,
    zones: BlockZones,
    estimate: Estimate | None = None,
) -> tuple[Fits, list[str]]:
    """Find who fits whom.

    A provider fits that takes placements, has what is needed, has the spare hours for this person alone, is kept out by
    no lock, and would drive no more than ``most_minutes_visit`` further for a visit.

    Parameters
    ----------
    zones
        Whose block each postcode is in.
    estimate
        What travel a package adds where; `InsertionEstimate` where not given.

    Returns
    -------
    fits, notes
        The fits, and what there is to say of how travel was reckoned.
    """
    waiting = tables.packages[tables.packages["status"] == "waiting"]
    described = describe_packages(waiting, settings=settings.blocks)
    work = gather_work(tables.packages, tables.calls, matrix, settings=settings)
    driven_to = waiting["package_id"].isin(work.packages["package_id"])
    known = waiting["postcode"].isin(matrix.postcodes)
    other = np.where(known, NO_VISITS, OFF_ROADS)
    why = described["why_not"].where(described["why_not"] != "", pd.Series(other, index=waiting.index))
    apart = ~(described["placeable"] & driven_to)
    left = waiting[apart].assign(why=why[apart].replace(NOT_PLACEABLE))
    rows = np.flatnonzero((work.packages["waiting"] & work.packages["placeable"]).to_numpy(bool))
    people = work.packages.iloc[rows].reset_index(drop=True)
    home = zones.by_postcode.reindex(people["postcode"])
    people = people.assign(
        block_id=home["block_id"].fillna("").to_numpy(), block_provider_id=home["provider_id"].fillna("").to_numpy()
    )
    providers = tuple(tables.providers["provider_id"].astype(str))
    barred = _bar(people, tables, providers, settings)
    holder = number_holders(work.packages, providers)
    notes: list[str] = []
    if estimate is None:
        bases, notes = measure_bases(tables, matrix, providers, work.place)
        asked = np.zeros((len(work.packages), len(providers)), dtype=bool)
        asked[rows] = barred == ""
        estimate = InsertionEstimate(work, matrix.minutes, bases.T, asked, settings.waiting.nearest_visits)
    added = estimate(holder)[rows]
    visits = work.visits[rows].sum(axis=1)
    with np.errstate(invalid="ignore"):
        far = ~(added <= settings.waiting.most_minutes_visit * visits[:, None])
    barred[(barred == "") & far] = TOO_FAR
    return Fits(people, left, providers, added, visits, barred, _find_in_street(work, rows, holder, providers)), notes


def _bar(people: pd.DataFrame, tables: Tables, providers: tuple[str, ...], settings: Settings) -> NDArray[np.object_]:
    """Say why each provider cannot take each person, before travel is looked at."""
    spare = np.asarray(tables.providers["hours_spare_week"].fillna(0.0), dtype=np.float64)
    lacks = find_lacks(people, tables.providers)
    barred: NDArray[np.object_] = np.full((len(people), len(providers)), "", dtype=object)
    hours = people["carer_hours"].to_numpy(float)
    barred[hours[:, None] > spare[None, :] + SLACK_HOURS] = TOO_FEW_HOURS
    short = lacks != ""
    barred[short] = "lacks " + lacks[short]
    _, locks = read_grounds(tables)
    for provider, place in locks.forbidden:
        if provider in providers:
            inside = tables.county_postcodes.index[lies_in(tables.county_postcodes, place)]
            barred[people["postcode"].isin(inside).to_numpy(bool), providers.index(provider)] = KEPT_OUT
    why_not = screen_takers(tables, settings=settings.blocks).to_numpy()
    for column in np.flatnonzero(why_not != ""):
        barred[:, column] = why_not[column]
    return barred


def _find_in_street(
    work: Work, rows: NDArray[np.int64], holder: NDArray[np.int64], providers: tuple[str, ...]
) -> NDArray[np.bool_]:
    """Find who delivers at each person's own postcode."""
    there = np.zeros((len(rows), len(providers)), dtype=bool)
    held = np.flatnonzero(holder >= 0)
    for position, row in enumerate(rows):
        there[position, holder[held[work.place[held] == work.place[row]]]] = True
    return there
