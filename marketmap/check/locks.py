"""Checks of locks: zones held, providers kept out, places together or apart, postcode by postcode.

What a table of locks says, the council's own or the one of what was asked for when the plan was shaped, is read here
anew, and held against the look-up list alone (and, where a company leaves, against the list as it would be then).
"""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, check, count, some

HOLD, FORBID, TOGETHER, APART = "hold", "forbid", "together", "apart"


def list_locks(evidence: Evidence, kind: str) -> Iterator[tuple[str, str, dict[str, pd.Index]]]:
    """List the locks of a kind: their name, their provider, and the listed postcodes of each of their places."""
    rows = evidence.locks
    if rows.empty:
        return
    listed = pd.Index(evidence.block_of.index.astype(str))
    names = pd.Series(listed)
    sectors = pd.Index(sources.to_sectors(names))
    districts = pd.Index(names.map(evidence.directory["district_code"]).fillna(""))
    written_as = rows["place"].str.upper().str.split().str.join(" ")
    rows = rows.assign(spelt=sources.to_postcodes(rows["place"]), code=written_as)
    for name, own in rows[sources.to_words(rows["kind"]) == kind].groupby("lock_id", sort=True):
        places = {
            str(row.place): listed[(listed == row.spelt) | (sectors == row.code) | (districts == row.code)]
            for row in own.itertuples()
        }
        yield str(name), str(own["provider_id"].iloc[0]), places


def _list_states(evidence: Evidence) -> Iterator[tuple[str, pd.Series, pd.Series]]:
    """Give file, block and provider by postcode: of the plan, and of what becomes of it when a company leaves."""
    block = evidence.block_of
    provider = block.map(evidence.suggested).fillna("")
    yield written.POSTCODES, block, provider
    if (evidence.folder / written.EXIT_POSTCODES).is_file():
        moved = evidence.written(written.EXIT_POSTCODES).drop_duplicates("postcode").set_index("postcode")
        moved = moved[moved.index.isin(block.index)]
        block, provider = block.copy(), provider.astype("object")
        block[moved.index] = moved["block_id_after"]
        provider[moved.index] = moved["suggested_provider_id"]
        yield written.EXIT_POSTCODES, block, provider


def _find_placeable(evidence: Evidence) -> pd.Index:
    """Find the postcodes that a block can have: in one that stays as it is, or joined by road to work outside those."""
    block = evidence.block_of
    fixed = block.isin(evidence.existing)
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(block.index[~fixed])
    pairs = evidence.neighbours[["postcode_a", "postcode_b"]].itertuples(index=False, name=None)
    graph.add_edges_from((a, b) for a, b in pairs if a in graph and b in graph)
    work = set(evidence.points.index) & set(graph)
    joined = {name for piece in nx.connected_components(graph) if piece & work for name in piece}
    return block.index[fixed | block.index.isin(joined)]


@check("lock-hold")
def lock_hold(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each zone to hold is one held block with its provider and its postcodes, and nothing else is held.

    One that was asked for when the plan was shaped is a proposed block, which has its room with the whole plan.
    """
    status = evidence.proposals["status"]
    held = set(status.index[status == written.HELD])
    asked = evidence.asked_locks
    kept = set(asked.loc[asked["kind"] == HOLD, "lock_id"]) & set(status.index[status == written.PROPOSED])
    for name, provider, places in list_locks(evidence, HOLD):
        wanted = {str(postcode) for part in places.values() for postcode in part}
        now = {str(postcode) for postcode in evidence.block_of.index[evidence.block_of == name]}
        if name not in held | kept:
            yield Broken(written.PROPOSALS, f"{name} of the table of locks is no held block here", (name,))
            continue
        held.discard(name)
        if evidence.suggested.get(name) != provider:
            what = f"{name} is held with {provider} by the table of locks, but another provider stands here"
            yield Broken(written.PROPOSALS, what, (name,))
        if now != wanted:
            what = (
                f"held block {name} lacks {count(len(wanted - now), 'postcode')} and has {len(now - wanted)} too many"
            )
            yield Broken(written.POSTCODES, what, some(sorted(wanted ^ now)))
    if held:
        what = f"{count(len(held), 'held block')} that no lock holds"
        yield Broken(written.PROPOSALS, what, some(sorted(held)))


@check("lock-forbid")
def lock_forbid(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no provider has a block where the table of locks forbids it any."""
    for name, provider, places in list_locks(evidence, FORBID):
        for file, block, holder in _list_states(evidence):
            there = block.index[(holder == provider) & (block != written.SPOT)]
            wrong = [postcode for part in places.values() for postcode in part if postcode in there]
            if wrong:
                what = f"{provider} has {count(len(wrong), 'postcode')} where lock {name} forbids it any"
                yield Broken(file, what, some(wrong))


@check("lock-together")
def lock_together(evidence: Evidence) -> Iterator[Broken]:
    """Hold that places together end in one block or all outside, postcodes left aside that no block can have."""
    locks = list(list_locks(evidence, TOGETHER))
    placeable = _find_placeable(evidence) if locks else pd.Index([])
    for name, _, places in locks:
        own = [postcode for part in places.values() for postcode in part if postcode in placeable]
        for file, block, _ in _list_states(evidence):
            blocks = sorted(set(block[own].astype(str)))
            if len(blocks) > 1:
                what = f"what lock {name} puts together is in {len(blocks)} blocks, spot counted as one"
                yield Broken(file, what, some(blocks))


@check("lock-apart")
def lock_apart(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no block has postcodes of two places that the table of locks keeps apart."""
    for name, _, places in list_locks(evidence, APART):
        for file, block, _ in _list_states(evidence):
            seen: dict[str, str] = {}
            for place, part in places.items():
                for own in sorted(set(block[part].astype(str)) - {written.SPOT}):
                    if seen.setdefault(own, place) != place:
                        what = f"block {own} has what lock {name} keeps apart"
                        yield Broken(file, what, (seen[own], place))
