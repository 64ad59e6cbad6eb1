"""The rows of a swap list: what each move is, whom it touches, what it saves and who must agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from marketmap.blocks.swaps.agreement import (
    NO_VISITS,
    TAKE_ADVICE,
    find_affected_carers,
    list_carers_of,
    list_who_agrees,
)
from marketmap.blocks.swaps.case import SwapCase
from marketmap.blocks.swaps.chains import find_chains
from marketmap.blocks.swaps.confirmation import NOT_SIMULATED, Confirmation
from marketmap.blocks.swaps.marks import ACCEPTED, REFUSED, Marks
from marketmap.blocks.swaps.program import SLACK_HOURS
from marketmap.inputs.county import Tables
from marketmap.market.round_measures import miles_of
from marketmap.travel import TravelTimes

if TYPE_CHECKING:
    from marketmap.blocks.swaps.search import Moves

COLUMNS = [
    "chain_id", "chain_kind", "chain_stands_alone", "chain_minutes_saved_week", "package_id", "postcode",
    "district_code", "from_provider_id", "from_provider_name", "to_provider_id", "to_provider_name", "hours_week",
    "carer_hours_week", "carer_visits_week", "minutes_saved_week", "minutes_saved_alone", "minutes_saved_last",
    "miles_saved_week", "cumulative_minutes_saved_week", "price_from", "price_to", "pounds_more_week",
    "from_visits_near", "to_visits_near", "who_must_agree", "carers_over_half", "tupe_advice", "decision",
]  # fmt: skip
EMPTY = {
    **dict.fromkeys(COLUMNS, "object"),
    **dict.fromkeys(
        [
            "chain_minutes_saved_week", "hours_week", "carer_hours_week", "carer_visits_week", "minutes_saved_week",
            "minutes_saved_alone", "minutes_saved_last", "miles_saved_week", "cumulative_minutes_saved_week",
            "price_from", "price_to", "pounds_more_week", "from_visits_near", "to_visits_near",
        ],
        "float64",
    ),
    "chain_stands_alone": "bool",
}  # fmt: skip


def list_moves(case: SwapCase, found: Moves, tables: Tables, matrix: TravelTimes) -> pd.DataFrame:
    """List the moves, chain by chain, those that save most first.

    ``minutes_saved_week`` is the mean of what a move saves made first of all and made last of all: with savings that
    are linear in between, the sum is what the list saves together.
    """
    if not len(found.package):
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in EMPTY.items()})
    rows = case.work.packages.iloc[found.package].reset_index(drop=True)
    names = np.asarray(case.providers, dtype=object)
    source, target = names[case.holder[found.package]], names[found.target]
    minutes = (found.alone + found.last) / 2
    offered = tables.providers.set_index("provider_id")
    price_from = (
        rows["price_hour"]
        .astype(float)
        .fillna(offered["price_hour"].reindex(source).astype(float).reset_index(drop=True))
    )
    price_to = offered["price_hour"].reindex(target).astype(float).to_numpy()
    carer_hours = rows["carer_hours"].to_numpy(float)
    near = _count_near(case, found, matrix)
    affected = find_affected_carers(tables.visits, pd.Series(source, index=rows["package_id"].to_numpy()))
    carers = list_carers_of(tables.visits, affected, rows["package_id"])
    accepted = case.accepted[found.package, found.target]
    table = pd.DataFrame(
        {
            "package_id": rows["package_id"],
            "postcode": rows["postcode"],
            "district_code": rows["district_code"],
            "from_provider_id": source,
            "from_provider_name": offered["provider_name"].reindex(source).to_numpy(),
            "to_provider_id": target,
            "to_provider_name": offered["provider_name"].reindex(target).to_numpy(),
            "hours_week": rows["hours_week"].astype(float),
            "carer_hours_week": carer_hours,
            "carer_visits_week": case.work.visits[found.package].sum(axis=1),
            "minutes_saved_week": minutes,
            "minutes_saved_alone": found.alone,
            "minutes_saved_last": found.last,
            "miles_saved_week": miles_of(pd.Series(minutes), market=case.settings.market),
            "price_from": price_from,
            "price_to": price_to,
            "pounds_more_week": (price_to - price_from) * carer_hours,
            "from_visits_near": near[:, 0],
            "to_visits_near": near[:, 1],
            "who_must_agree": [
                list_who_agrees(None if pd.isna(paid) else str(paid), str(one), str(other))
                for paid, one, other in zip(rows["funding"], source, target, strict=True)
            ],
            "carers_over_half": carers,
            "tupe_advice": [_advise(tables, bool(named)) for named in carers],
            "decision": np.where(accepted, ACCEPTED, ""),
        }
    )
    return _by_chain(case, found, table)


def _advise(tables: Tables, affected: bool) -> str:
    if tables.visits is None:
        return NO_VISITS
    return TAKE_ADVICE if affected else ""


def _by_chain(case: SwapCase, found: Moves, table: pd.DataFrame) -> pd.DataFrame:
    """Order the moves by chain, and say of each chain whether it keeps to everybody's hours on its own."""
    edges = list(zip(table["from_provider_id"], table["to_provider_id"], strict=True))
    minutes = table["minutes_saved_week"].to_numpy(float)
    hours = table["carer_hours_week"].to_numpy(float)

    def stands(members: Sequence[int]) -> bool:
        change = np.zeros(len(case.providers))
        np.add.at(change, found.target[members], hours[members])
        np.add.at(change, case.holder[found.package[members]], -hours[members])
        return bool(((change >= case.lowest - SLACK_HOURS) & (change <= case.highest + SLACK_HOURS)).all())

    parts = [
        table.iloc[members].assign(
            chain_id=f"S{number:03d}",
            chain_kind=kind,
            chain_stands_alone=stands(members),
            chain_minutes_saved_week=float(minutes[members].sum()),
        )
        for number, (kind, members) in enumerate(find_chains(edges, minutes.tolist(), stands), start=1)
    ]
    listed = pd.concat(parts, ignore_index=True)
    listed["cumulative_minutes_saved_week"] = listed["minutes_saved_week"].cumsum()
    return listed[COLUMNS]


def _count_near(case: SwapCase, found: Moves, matrix: TravelTimes) -> np.ndarray:
    """Count the carer visits a week that the former and the new provider make near each package today, itself apart."""
    near = np.zeros((len(found.package), 2))
    visits = case.work.visits.sum(axis=1)
    for row, (package, target) in enumerate(zip(found.package, found.target, strict=True)):
        at = case.work.place[package]
        away = np.minimum(matrix.minutes[at, case.work.place], matrix.minutes[case.work.place, at])
        close = away <= case.settings.market.near_minutes
        close[package] = False
        near[row] = [visits[close & (case.holder == who)].sum() for who in (case.holder[package], target)]
    return near


def list_refused(listed: pd.DataFrame, marks: Marks, tables: Tables) -> pd.DataFrame:
    """List the moves that were refused, so that the next list knows of them too; they save nothing."""
    refused = marks.refused()
    if refused.empty:
        return listed.iloc[:0]
    names = tables.providers.set_index("provider_id")["provider_name"]
    rows = refused[["package_id", "from_provider_id", "to_provider_id"]].assign(
        chain_kind=REFUSED,
        chain_id="",
        chain_stands_alone=False,
        from_provider_name=names.reindex(refused["from_provider_id"]).fillna("").to_numpy(),
        to_provider_name=names.reindex(refused["to_provider_id"]).fillna("").to_numpy(),
        decision=REFUSED,
    )
    return rows.sort_values(["package_id", "to_provider_id"]).reindex(columns=COLUMNS)


def list_providers(case: SwapCase, found: Moves, tables: Tables, confirmation: Confirmation | None) -> pd.DataFrame:
    """List the providers that a list touches: carer hours before and after, and how far they may change."""
    providers = len(case.providers)
    hours = case.work.packages["carer_hours"].to_numpy(float)[found.package]
    source = case.holder[found.package]
    gives = np.bincount(source, weights=hours, minlength=providers)
    takes = np.bincount(found.target, weights=hours, minlength=providers)
    saved = np.bincount(source, weights=(found.alone + found.last) / 2, minlength=providers)
    names = tables.providers["provider_name"].to_numpy()
    spare = tables.providers["hours_spare_week"].astype(float).fillna(0.0).to_numpy()
    table = pd.DataFrame(
        {
            "provider_id": list(case.providers),
            "provider_name": names,
            "carer_hours_before": case.held,
            "carer_hours_out": gives,
            "carer_hours_in": takes,
            "carer_hours_after": case.held + takes - gives,
            "carer_hours_lowest": case.held + case.lowest,
            "carer_hours_highest": case.held + case.highest,
            "hours_spare_week": spare,
            "packages_out": np.bincount(source, minlength=providers),
            "packages_in": np.bincount(found.target, minlength=providers),
            "minutes_saved_of_given": saved,
        }
    )
    table["minutes_confirmed"] = (
        np.nan if confirmation is None else confirmation.by_provider.reindex(table["provider_id"]).to_numpy(float)
    )
    touched = (table["packages_out"] > 0) | (table["packages_in"] > 0)
    return table[touched].sort_values("provider_id", ignore_index=True)


def sum_up(case: SwapCase, found: Moves, listed: pd.DataFrame, confirmation: Confirmation | None) -> pd.DataFrame:
    """Sum a list up in one row: what is estimated, and what simulated rounds say beside it."""
    known = listed["pounds_more_week"].astype(float)
    touched = {*listed["from_provider_id"], *listed["to_provider_id"]}
    return pd.DataFrame(
        [
            {
                "moves": len(listed),
                "moves_accepted": int((listed["decision"] == ACCEPTED).sum()),
                "chains": int(listed["chain_id"].nunique()),
                "providers": len(touched),
                "carer_hours_moving": float(listed["carer_hours_week"].sum()),
                "minutes_saved_week": float(listed["minutes_saved_week"].sum()),
                "minutes_saved_alone": float(listed["minutes_saved_alone"].sum()),
                "minutes_saved_last": float(listed["minutes_saved_last"].sum()),
                "miles_saved_week": float(listed["miles_saved_week"].sum()),
                "pounds_more_week": float(known.sum()) if known.notna().all() else np.nan,
                "model_minutes": found.answer.minutes,
                "model_bound": found.answer.bound,
                "status": found.answer.status,
                "turns": found.turns,
                "moves_dropped": found.dropped,
                "confirmed_minutes_saved_week": np.nan if confirmation is None else confirmation.minutes_saved_week,
                "confirmed_low": np.nan if confirmation is None else confirmation.low,
                "confirmed_high": np.nan if confirmation is None else confirmation.high,
                "confirmed_rounds_saved_week": np.nan if confirmation is None else confirmation.rounds_saved_week,
                "confirmed_by": NOT_SIMULATED if confirmation is None else confirmation.basis,
                "providers_of_county": len(case.providers),
            }
        ]
    )
