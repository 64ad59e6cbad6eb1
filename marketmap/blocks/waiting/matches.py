"""The waiting list matched: for each person the block's provider, the best others, and the one the sums allow."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from marketmap.blocks.insertion import Estimate
from marketmap.blocks.waiting.assignment import MatchAnswer, MatchProgram, solve_matches
from marketmap.blocks.waiting.fits import Fits, find_fits
from marketmap.blocks.waiting.prices import price_offers
from marketmap.blocks.waiting.zones import BlockZones, zones_already_let
from marketmap.inputs.county import Tables
from marketmap.market.waits import list_waits
from marketmap.settings import Settings
from marketmap.travel import TravelTimes

MATCHED, OUTBID, NOBODY_FITS, NOT_PLACED = "matched", "spare hours go to others", "nobody fits", "cannot be placed"
# Priorities are whole numbers of tenths of a weighted day, so that sums are exact.
TENTHS = 10
COLUMNS = [
    "package_id", "answer", "days_waiting", "waiting_where", "priority", "postcode", "district_code", "hours_week",
    "carer_hours_week", "carer_visits_week", "needs", "block_id", "rank", "provider_id", "provider_name", "of_block",
    "fits", "matched", "added_minutes_week", "added_minutes_visit", "in_street", "carer_hours_spare",
    "carer_hours_spare_left", "price_hour", "price_basis", "pounds_week", "reason",
]  # fmt: skip
NUMBERS = (
    "days_waiting", "priority", "hours_week", "carer_hours_week", "carer_visits_week", "rank", "added_minutes_week",
    "added_minutes_visit", "carer_hours_spare", "carer_hours_spare_left", "price_hour", "pounds_week",
)  # fmt: skip


@dataclass(frozen=True)
class WaitingMatches:
    """Who could take each person who waits.

    Attributes
    ----------
    rows
        For each person, those who matter most first, a row a provider: the columns of
        `marketmap.outputs.schema.waiting.WAITING_MATCHES` but ``basis``; a person whom nobody fits has one row.
    totals
        One row; of ``WAITING_TOTALS``.
    notes
        Sentences for the run's first page.
    """

    rows: pd.DataFrame
    totals: pd.DataFrame
    notes: tuple[str, ...]


def find_matches(
    tables: Tables,
    matrix: TravelTimes,
    settings: Settings,
    *,
    zones: BlockZones | None = None,
    estimate: Estimate | None = None,
    seed: int = 0,
) -> WaitingMatches:
    """Match the people who wait with providers, spare hours respected over the whole list.

    Parameters
    ----------
    tables, matrix
        The county and its road minutes.
    zones
        Whose block each postcode is in; the blocks already let where not given.
    estimate
        What travel a package adds where; `InsertionEstimate` where not given.
    seed
        Of the solver's own choices.
    """
    zones = zones_already_let(tables) if zones is None else zones
    fits, notes = find_fits(tables, matrix, settings, zones=zones, estimate=estimate)
    waits = list_waits(tables.package_lines, snapshot_date=tables.snapshot_date, settings=settings.market)
    days = waits.rows.drop_duplicates("package_id").set_index("package_id")["days"].astype(float)
    priority = find_priorities(fits.people, days, settings)
    people, offered = np.nonzero(fits.why_not == "")
    names = np.asarray(fits.providers, dtype=object)
    program = MatchProgram(
        person=people,
        provider=offered,
        hours=fits.people["carer_hours"].to_numpy(float)[people],
        spare=np.asarray(tables.providers["hours_spare_week"].fillna(0.0), dtype=np.float64),
        priority=np.asarray(np.rint(priority[people] * TENTHS), dtype=np.int64),
        block=names[offered] == fits.people["block_provider_id"].to_numpy()[people],
        minutes=fits.added[people, offered],
    )
    answer = solve_matches(program, max_seconds=settings.waiting.max_seconds, seed=seed)
    listed = _list_rows(fits, program, answer, tables, settings, days=days, priority=priority)
    rows = price_offers(listed, tables, settings)
    totals = _sum_up(rows, answer, program)
    return WaitingMatches(rows, totals, (*notes, *waits.notes[:1], *_remark(answer, settings, zones)))


def find_priorities(people: pd.DataFrame, days: pd.Series, settings: Settings) -> np.ndarray:
    """Weigh each person's wait: (days waiting + 1) × the weight of where they wait.

    Parameters
    ----------
    people
        ``package_id``, ``waiting_where``.
    days
        Days waiting by ``package_id``; where unknown, none.
    """
    waiting = settings.waiting
    where = people["waiting_where"].astype("object").map(dict(waiting.where_weights))
    lasted = people["package_id"].map(days).astype(float).fillna(0.0)
    return np.asarray((lasted + 1.0) * where.astype(float).fillna(waiting.other_weight), dtype=float)


def _list_rows(
    fits: Fits,
    program: MatchProgram,
    answer: MatchAnswer,
    tables: Tables,
    settings: Settings,
    *,
    days: pd.Series,
    priority: np.ndarray,
) -> pd.DataFrame:
    given = np.full(len(fits.people), -1)
    given[program.person[answer.chosen]] = program.provider[answer.chosen]
    used = np.bincount(
        program.provider[answer.chosen], weights=program.hours[answer.chosen], minlength=len(program.spare)
    )
    left = program.spare - used
    providers = tables.providers
    found: list[dict[str, Any]] = []
    for person, row in enumerate(fits.people.to_dict("records")):
        common = _describe(row, days, priority[person]) | {"carer_visits_week": fits.visits[person]}
        fitting = fits.why_not[person] == ""
        own = int(given[person])
        common["answer"] = MATCHED if own >= 0 else OUTBID if fitting.any() else NOBODY_FITS
        shown = _choose_shown(fits, person, own, settings.waiting.listed_providers)
        for rank, provider in enumerate(shown, start=1):
            offer = providers.iloc[provider]
            added = fits.added[person, provider]
            price = float(offer["price_hour"]) if pd.notna(offer["price_hour"]) else np.nan
            found.append(
                common
                | {
                    "rank": rank,
                    "provider_id": fits.providers[provider],
                    "provider_name": offer["provider_name"],
                    "of_block": fits.providers[provider] == row["block_provider_id"],
                    "fits": bool(fitting[provider]),
                    "matched": provider == own,
                    "added_minutes_week": added if np.isfinite(added) else np.nan,
                    "added_minutes_visit": added / fits.visits[person] if np.isfinite(added) else np.nan,
                    "in_street": bool(fits.in_street[person, provider]),
                    "carer_hours_spare": program.spare[provider],
                    "carer_hours_spare_left": left[provider],
                    "price_hour": price,
                    "reason": _explain(fits, person, provider, own),
                }
            )
        if not shown:
            found.append(common | {"reason": _count_reasons(fits.why_not[person])})
    for row in fits.left.to_dict("records"):
        carers = float(row["carers_required"])
        row |= {"block_id": "", "carer_hours": float(row["hours_week"]) * carers}
        visits = float(row["visits_week"]) * carers
        found.append(
            _describe(row, days, np.nan) | {"answer": NOT_PLACED, "carer_visits_week": visits, "reason": row["why"]}
        )
    frame = pd.DataFrame(found, columns=COLUMNS)
    frame[list(NUMBERS)] = frame[list(NUMBERS)].astype(float)
    for name in ("of_block", "fits", "matched", "in_street"):
        frame[name] = frame[name].eq(other=True)  # no provider: none of these
    order = {MATCHED: 0, OUTBID: 1, NOBODY_FITS: 2, NOT_PLACED: 3}
    keys = frame.assign(_priority=-frame["priority"].fillna(-1.0), _answer=frame["answer"].map(order))
    by = ["_priority", "_answer", "package_id", "rank"]
    return keys.sort_values(by, kind="stable", ignore_index=True)[COLUMNS]


def _describe(row: Mapping[Hashable, Any], days: pd.Series, priority: float) -> dict[str, Any]:
    kept = ("package_id", "waiting_where", "postcode", "district_code", "hours_week", "needs", "block_id")
    told = {name: "" if pd.isna(row[name]) else row[name] for name in kept}
    lasted = days.get(row["package_id"], np.nan)
    return told | {"days_waiting": lasted, "priority": priority, "carer_hours_week": row["carer_hours"]}


def _choose_shown(fits: Fits, person: int, own: int, listed: int) -> list[int]:
    """Choose who is shown: the block's provider, fit or not, then the best by added minutes, and whom the sums give."""
    fitting = np.flatnonzero(fits.why_not[person] == "")
    by_travel = fitting[np.argsort(fits.added[person, fitting], kind="stable")].tolist()
    block = fits.people["block_provider_id"].iloc[person]
    first = [fits.providers.index(block)] if block in fits.providers else []
    others = [provider for provider in by_travel if provider not in first]
    shown = [*first, *others[:listed]]
    return [*shown, own] if own >= 0 and own not in shown else shown


def _explain(fits: Fits, person: int, provider: int, own: int) -> str:
    why_not = str(fits.why_not[person, provider])
    if why_not:
        return why_not
    if provider == own:
        return ""
    return "fits; another is chosen" if own >= 0 else "fits alone; its spare hours go to others"


def _count_reasons(why_not: np.ndarray) -> str:
    """Say why nobody fits: how many providers for each reason, the commonest first."""
    counts = pd.Series(why_not.astype(str)).value_counts(sort=False)
    ranked = sorted(counts.items(), key=lambda item: (-int(item[1]), str(item[0])))
    return "; ".join(f"{count:,} {why}" for why, count in ranked) or "there is no provider"


def _sum_up(rows: pd.DataFrame, answer: MatchAnswer, program: MatchProgram) -> pd.DataFrame:
    people = rows.drop_duplicates("package_id")
    counts = people["answer"].value_counts()
    matched = rows[rows["matched"]]
    return pd.DataFrame(
        [
            {
                "people_waiting": len(people),
                "people_matched": int(counts.get(MATCHED, 0)),
                "people_outbid": int(counts.get(OUTBID, 0)),
                "people_nobody_fits": int(counts.get(NOBODY_FITS, 0)),
                "people_not_placed": int(counts.get(NOT_PLACED, 0)),
                "people_with_block_provider": int(matched["of_block"].sum()),
                "carer_hours_matched": float(matched["carer_hours_week"].sum()),
                "carer_hours_waiting": float(people["carer_hours_week"].sum()),
                "carer_hours_spare": float(program.spare.sum()),
                "added_minutes_week": float(matched["added_minutes_week"].sum()),
                "proven": all(answer.proven),
            }
        ]
    )


def _remark(answer: MatchAnswer, settings: Settings, zones: BlockZones) -> list[str]:
    weights = ", ".join(f"{name} {weight:g}" for name, weight in settings.waiting.where_weights.items())
    said = (
        "Matched over the whole list: most people first, then the sum of (days waiting + 1) × weight "
        f"({weights}), then the block's own provider, then the least travel. Blocks: {zones.basis}."
    )
    notes = [said]
    stages = ("the number matched", "the priorities", "the block's own providers", "the travel")
    open_ended = [stage for stage, proven in zip(stages, answer.proven, strict=True) if not proven]
    if open_ended:
        notes.append(f"Time ran out before these were proven best: {', '.join(open_ended)}.")
    return notes
