"""Checks of who could have each block: none left out without a cause, none let in over a limit, costs that can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from marketmap.check import sources, written
from marketmap.check.costs import find_usual_price
from marketmap.check.evidence import Evidence
from marketmap.check.figures import COST_STEP
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.providers import HOURS, barred_everywhere, list_needs, proposed, sum_capacity, takes_part

# What only the roads can tell, and the files do not: the reason is believed. So are locks, where there are any.
NO_START, LOCKED = "no round start or office on the road network", "by a lock"
# Minutes by road against those through neighbouring postcodes: entering and leaving the roads, and rounding.
SLACK_MINUTES, SLACK_SHARE = 2.0, 0.10


@dataclass(frozen=True)
class _Rules:
    """What decides whether a provider may have a block on its own standing, found once."""

    barred: pd.Series
    outside: dict[str, frozenset[str]]
    needs: dict[str, frozenset[str]]
    room: pd.Series
    load: pd.Series
    held: pd.Series
    zone: pd.Series
    let_share: pd.Series
    let_hours: pd.Series
    share_cap: pd.Series


def _find_rules(evidence: Evidence) -> _Rules:
    rows, providers = evidence.movable, evidence.providers
    let = rows[rows["block_id"].isin(evidence.existing)]
    company = let["provider"].map(providers["company"])
    there = evidence.packages[evidence.packages["counts"] & (evidence.packages["postcode"] != "")]
    points = evidence.demand.index
    block_of = evidence.block_of.reindex(points)
    active = rows[~rows["waiting"]]
    return _Rules(
        barred=barred_everywhere(evidence),
        outside={str(name): frozenset(block_of[~takes_part(evidence, str(name), points)]) for name in providers.index},
        needs={str(block): list_needs(own) for block, own in rows.groupby("block_id")},
        room=sum_capacity(evidence),
        load=rows.groupby("block_id")["carer_hours"].sum(),
        held=active.groupby(["block_id", "provider_id"])["carer_hours"].sum(),
        zone=rows.groupby(["block_id", "district_code"])["hours"].sum(),
        let_share=let["hours"].groupby([company, let["district_code"]]).sum(),
        let_hours=let.groupby("provider")["hours"].sum(),
        share_cap=evidence.settings.blocks.share_cap * there.groupby("district_code")["hours"].sum(),
    )


def _why_not(evidence: Evidence, rules: _Rules, block: str, name: str) -> str:
    """Say why a provider could not have a block if it had none but those already let; blank where it could."""
    offered = sources.to_codes(str(evidence.providers["services"][name]))
    gap = rules.needs.get(block, frozenset()) - offered if offered else frozenset()
    if rules.barred[name] or block in rules.outside[name] or gap:
        return "standing"
    if float(rules.load[block]) - float(rules.held.get((block, name), 0.0)) > float(rules.room[name]) + HOURS:
        return "room"
    hours = rules.zone[block]
    most = _most_wanted(evidence, name) - float(rules.let_hours.get(name, 0.0))
    if float(hours.sum()) > max(most, 0.0) + HOURS:
        return "hours wanted"
    company = str(evidence.providers["company"][name])
    for district, added in hours.items():
        let = rules.let_share.get((company, district))
        cap = float(rules.share_cap.get(district, 0.0))
        if let is not None and float(added) > max(cap - float(let), 0.0) + HOURS:
            return "share"
    return ""


def _most_wanted(evidence: Evidence, name: str) -> float:
    if evidence.participation is None:
        return float("inf")
    offers = evidence.participation[evidence.participation["provider_id"] == name]
    if offers.empty or offers["most"].isna().any():
        return float("inf")
    anywhere = offers.loc[offers["area_code"] == "", "most"]
    return float(anywhere.max() if len(anywhere) else offers["most"].sum())


@check("eligible-fair")
def eligible_fair(evidence: Evidence) -> Iterator[Broken]:
    """Hold that whoever could have a block on its own standing is called eligible for it, and nobody else is."""
    rules, suggested = _find_rules(evidence), proposed(evidence)
    rows = evidence.eligible
    rows = rows[rows["block_id"].isin(suggested.index) & rows["provider_id"].isin(rules.barred.index)]
    for row in rows.drop_duplicates(["block_id", "provider_id"]).itertuples():
        block, name = str(row.block_id), str(row.provider_id)
        if name == suggested[block] or block not in rules.load.index:
            continue
        why = _why_not(evidence, rules, block, name)
        reason = str(row.reason)
        believed = NO_START in reason or (LOCKED in reason and not evidence.locks.empty)
        if row.eligible == "no" and not why and not believed:
            yield Broken(written.ELIGIBLE, f"{name} could have block {block} and is called not eligible", (block,))
        if row.eligible == "yes" and why:
            yield Broken(written.ELIGIBLE, f"{name} is called eligible for block {block}, against its {why}", (block,))


def _find_ways(evidence: Evidence, places: pd.Index) -> pd.DataFrame:
    """Find minutes between places along the road neighbourhood, from postcode to postcode."""
    pairs = evidence.neighbours
    names = pd.Index(sorted({*pairs["postcode_a"], *pairs["postcode_b"], *places}))
    ends = names.get_indexer(pairs["postcode_a"]), names.get_indexer(pairs["postcode_b"])
    graph = csr_matrix((np.maximum(pairs["minutes"].to_numpy(), 1e-6), ends), shape=(len(names), len(names)))
    found = dijkstra(graph, directed=False, indices=names.get_indexer(places))
    return pd.DataFrame(found, index=places, columns=names)


@check("travel-direct")
def travel_direct(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no point is further from its centre by road than the way through neighbouring postcodes."""
    points = evidence.points[~evidence.points.index.duplicated()]
    points = points[points["minutes_to_centre"].notna() & points["centre_postcode"].isin(evidence.block_of.index)]
    centres = pd.Index(sorted(set(points["centre_postcode"])))
    if points.empty:
        return
    ways = _find_ways(evidence, centres)
    start, end = pd.Index(points["centre_postcode"]), ways.columns.get_indexer(points.index)
    through = np.where(end >= 0, ways.to_numpy()[centres.get_indexer(start), end], np.inf)
    wrong = points["minutes_to_centre"].to_numpy() > through * (1 + SLACK_SHARE) + SLACK_MINUTES
    if wrong.any():
        what = f"{count(int(wrong.sum()), 'point')} further from the centre than from neighbour to neighbour"
        yield Broken(written.POINTS, what, some(points.loc[wrong, "postcode"]))


@check("rounds-of-others")
def rounds_of_others(evidence: Evidence) -> Iterator[Broken]:
    """Hold that what a block would cost with each eligible provider can be: its rounds begin in one set of places.

    What is left of ``minutes_week`` without travel, moves, price and the block is the way from where its rounds begin
    to the centre. It cannot be negative, nor differ between two centres by more than the way from one to the other.
    """
    settings, blocks = evidence.settings.blocks, evidence.proposals
    blocks = blocks[~blocks.index.duplicated()]
    rows = evidence.eligible.drop_duplicates(["block_id", "provider_id"])
    rows = rows[(rows["eligible"] == "yes") & rows["minutes_week"].notna() & rows["block_id"].isin(blocks.index)]
    if rows.empty:
        return
    movable, usual = evidence.movable, find_usual_price(evidence)
    active = movable[~movable["waiting"]]
    held = active.groupby(["block_id", "provider_id"])["carer_hours"].sum()
    own = held.reindex(pd.MultiIndex.from_frame(rows[["block_id", "provider_id"]])).fillna(0.0).to_numpy(float)
    block = rows["block_id"]
    total = block.map(active.groupby("block_id")["carer_hours"].sum()).fillna(0.0).to_numpy(float)
    by_district = movable.groupby(["block_id", "district_code"])["carer_hours"].sum().reset_index()
    above = rows.merge(by_district, on="block_id")
    excess = above["provider_id"].map(evidence.providers["price"]) - above["district_code"].map(usual).astype(float)
    pounds = (
        (excess.clip(lower=0.0).fillna(0.0) * above["carer_hours"])
        .groupby([above["block_id"], above["provider_id"]])
        .sum()
    )
    price = pounds.reindex(pd.MultiIndex.from_frame(rows[["block_id", "provider_id"]])).fillna(0.0).to_numpy(float)
    fixed = block.map(blocks["cost_travel"] + blocks["cost_block"]).to_numpy(float)
    moves = settings.move_minutes_hour * (total - own)
    rest = rows["minutes_week"].to_numpy(float) - fixed - moves - settings.price_minutes_pound * price
    load = block.map(movable.groupby("block_id")["carer_hours"].sum()).fillna(0.0).to_numpy(float)
    weight = 2.0 / settings.round_hours * load
    allow = 3 * COST_STEP
    short = rest < -allow
    if short.any():
        what = f"minutes_week of {count(int(short.sum()), 'row')} less than travel, moves, price and the block alone"
        yield Broken(written.ELIGIBLE, what, some(block[short]))
    found = rows.assign(away=np.where(weight > 0, rest / np.where(weight > 0, weight, 1.0), np.nan))
    found = found.assign(centre=block.map(blocks["centre_postcode"])).dropna(subset=["away"])
    found = found[found["centre"].isin(evidence.block_of.index)]
    yield from _compare_starts(evidence, found)


def _compare_starts(evidence: Evidence, found: pd.DataFrame) -> Iterator[Broken]:
    centres = pd.Index(sorted(set(found["centre"])))
    ways = _find_ways(evidence, centres)[list(centres)].to_numpy()
    for name, own in found.groupby("provider_id"):
        at, away = centres.get_indexer(pd.Index(own["centre"])), own["away"].to_numpy(float)
        apart = np.abs(away[:, None] - away[None, :])
        wrong = apart > ways[np.ix_(at, at)] * (1 + SLACK_SHARE) + SLACK_MINUTES
        if wrong.any():
            # the row at odds with most others is the likeliest to be at fault
            worst = own["block_id"].iloc[int(wrong.sum(axis=1).argmax())]
            what = f"minutes_week of {name} do not come from one set of places where its rounds begin"
            yield Broken(written.ELIGIBLE, what, (f"{worst}: {name}",))
