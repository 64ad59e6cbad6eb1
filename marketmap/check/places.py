"""Checks of the look-up list and the zones: every postcode once, each block in one piece, locks untouched."""

from __future__ import annotations

import re
from collections.abc import Iterator

import networkx as nx
import numpy as np
import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, check, count, some
from marketmap.settings import TravelSettings

# A written minute is rounded, and a grid reference is good to a metre or so.
SLACK_MINUTES = 0.05


@check("postcode-once")
def postcode_once(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no postcode stands in the look-up list twice, and that the list is in order."""
    names = evidence.postcodes["postcode"]
    twice = sorted(set(names[names.duplicated()]))
    if twice:
        yield Broken(written.POSTCODES, f"{count(len(twice), 'postcode')} listed more than once", some(twice))
    elif not names.is_monotonic_increasing:
        yield Broken(written.POSTCODES, "the postcodes are not in order")


@check("county-covered")
def county_covered(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every live postcode of the county's districts is listed, and no other."""
    directory = evidence.directory
    expected = directory.index[directory["in_county"] & (directory["live"] != "no")]
    listed = pd.Index(evidence.block_of.index)
    absent, foreign = expected.difference(listed), listed.difference(expected)
    if len(absent):
        yield Broken(written.POSTCODES, f"{count(len(absent), 'postcode')} of the county not listed", some(absent))
    if len(foreign):
        what = f"{count(len(foreign), 'postcode')} listed that the county does not have, or not live"
        yield Broken(written.POSTCODES, what, some(foreign))


@check("live-flag")
def live_flag(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the list says of each postcode whether it is live as the postcode directory does."""
    rows = evidence.postcodes
    known = rows["postcode"].map(evidence.directory["live"])
    wrong = rows.loc[
        ~rows["live"].isin(["yes", "no", "unknown"]) | (known.notna() & (known != rows["live"])), "postcode"
    ]
    if len(wrong):
        yield Broken(written.POSTCODES, f"live is wrong for {count(len(wrong), 'postcode')}", some(wrong))


@check("blocks-known")
def blocks_known(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every file speaks of the same blocks, each with its one row and its postcodes."""
    proposals = evidence.proposals
    twice = sorted(set(proposals.index[proposals.index.duplicated()]))
    if twice:
        yield Broken(written.PROPOSALS, f"{count(len(twice), 'block')} with more than one row", some(twice))
    odd = proposals.loc[~proposals["status"].isin([written.PROPOSED, written.EXISTING, written.HELD]), "block_id"]
    if len(odd):
        yield Broken(written.PROPOSALS, "a status that is not proposed, existing or held", some(odd))
    blocks = set(proposals.index)
    for file, used in (
        (written.POSTCODES, evidence.postcodes["block_id"]),
        (written.POINTS, evidence.points["block_id"]),
        (written.ELIGIBLE, evidence.eligible["block_id"]),
    ):
        unknown = sorted(set(used) - blocks - {written.SPOT})
        if unknown:
            yield Broken(file, f"{count(len(unknown), 'block')} without a row in block_proposals.csv", some(unknown))
    empty = sorted(blocks - set(evidence.block_of))
    if empty:
        yield Broken(written.POSTCODES, f"{count(len(empty), 'block')} with no postcode", some(empty))


@check("provider-agrees")
def provider_agrees(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each block has one provider in every file, one that the council's table knows."""
    rows, suggested = evidence.postcodes, evidence.suggested
    wanted = rows["block_id"].map(suggested).fillna("")
    wrong = rows.loc[(rows["block_id"] == written.SPOT) & (rows["suggested_provider_id"] != ""), "postcode"]
    if len(wrong):
        yield Broken(written.POSTCODES, f"{count(len(wrong), 'spot postcode')} with a provider", some(wrong))
    known = rows["block_id"].isin(suggested.index)
    differs = rows.loc[known & (rows["suggested_provider_id"] != wanted), "postcode"]
    if len(differs):
        what = f"{count(len(differs), 'postcode')} with another provider than block_proposals.csv"
        yield Broken(written.POSTCODES, what, some(differs))
    strangers = sorted(set(suggested) - set(evidence.providers.index))
    if strangers:
        yield Broken(written.PROPOSALS, f"{count(len(strangers), 'suggested provider')} unknown", some(strangers))


@check("provider-described")
def provider_described(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each suggested provider has the name, company and rating of the council's table."""
    proposals, providers = evidence.proposals, evidence.providers
    for file, table, kind in (
        (written.POSTCODES, evidence.postcodes, "suggested_provider"),
        (written.PROPOSALS, proposals, "suggested_provider"),
        (written.ROLLOUT, evidence.written(written.ROLLOUT), "suggested_provider"),
        (written.ELIGIBLE, evidence.eligible, "provider"),
    ):
        own = table[f"{kind}_id"].map(providers["provider_name"])
        misnamed = table.loc[own.notna() & (own != table[f"{kind}_name"]), f"{kind}_id"]
        if len(misnamed):
            what = f"{count(len(misnamed), 'row')} with a provider name that is not the council's"
            yield Broken(file, what, some(sorted(set(misnamed))))
    for column, source in (("company_id", "company"), ("cqc_rating", "cqc_rating")):
        given = proposals["suggested_provider_id"].map(sources.to_words(providers[source]))
        astray = given.notna() & (given != sources.to_words(proposals[column]))
        if astray.any():
            what = f"{column} of {count(int(astray.sum()), 'block')} is not the provider's in the council's table"
            yield Broken(written.PROPOSALS, what, some(proposals.index[astray]))


@check("reason-given")
def reason_given(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every block and postcode, above all one left to spot purchase, says why."""
    rows = evidence.postcodes
    silent = rows.loc[rows["reason"].str.strip() == "", "postcode"]
    if len(silent):
        yield Broken(written.POSTCODES, f"{count(len(silent), 'postcode')} without a reason", some(silent))
    blocks = evidence.proposals
    silent = blocks.loc[blocks["reason"].str.strip() == "", "block_id"]
    if len(silent):
        yield Broken(written.PROPOSALS, f"{count(len(silent), 'block')} without a reason", some(silent))


@check("reason-true")
def reason_true(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the reason given for a postcode names no other block than its own."""
    rows = evidence.postcodes
    # A council may call a lock, and so a block, by a word that reasons use.
    blocks = {name for name in evidence.proposals.index.astype(str) if re.search(r"\d", name)}
    told = rows[["block_id", "reason"]].drop_duplicates()
    named = [set(re.findall(r"\w+", str(reason))) & blocks for reason in told["reason"]]
    wrong = [own for own, names in zip(told["block_id"], named, strict=True) if names - {str(own)}]
    if wrong:
        yield Broken(written.POSTCODES, "a reason that names another block", some(wrong))


@check("neighbours-sane")
def neighbours_sane(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the neighbourhood graph joins listed postcodes, each pair once, none to itself."""
    pairs = evidence.neighbours
    listed = set(evidence.block_of.index)
    unknown = sorted((set(pairs["postcode_a"]) | set(pairs["postcode_b"])) - listed)
    if unknown:
        yield Broken(written.NEIGHBOURS, f"{count(len(unknown), 'postcode')} that the list lacks", some(unknown))
    loops = pairs.loc[pairs["postcode_a"] == pairs["postcode_b"], "postcode_a"]
    if len(loops):
        yield Broken(written.NEIGHBOURS, f"{count(len(loops), 'postcode')} next to itself", some(loops))
    ordered = pd.DataFrame(np.sort(pairs[["postcode_a", "postcode_b"]].to_numpy(dtype=str), axis=1))
    if ordered.duplicated().any():
        twice = ordered[ordered.duplicated()].agg(" - ".join, axis=1)
        yield Broken(written.NEIGHBOURS, f"{count(len(twice), 'pair')} listed twice", some(twice))
    if (pairs["minutes"] < 0).any():
        yield Broken(written.NEIGHBOURS, "negative minutes")


@check("travel-possible")
def travel_possible(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no journey is faster than the straight line at the highest speed of the settings."""
    fastest = _fastest_kmh(evidence.settings.travel)
    pairs, points = evidence.neighbours, evidence.points
    served = points[points["minutes_to_centre"].notna() & (points["centre_postcode"] != "")]
    for file, start, end, minutes in (
        (written.NEIGHBOURS, pairs["postcode_a"], pairs["postcode_b"], pairs["minutes"]),
        (written.POINTS, served["postcode"], served["centre_postcode"], served["minutes_to_centre"]),
    ):
        places = evidence.directory[["easting", "northing"]]
        apart = places.reindex(start).to_numpy() - places.reindex(end).to_numpy()
        least = np.hypot(apart[:, 0], apart[:, 1]) / 1000 / fastest * 60
        wrong = minutes.to_numpy() < least - SLACK_MINUTES
        if wrong.any():
            shown = some(f"{a} to {b}" for a, b in zip(start[wrong], end[wrong], strict=True))
            what = f"{count(int(wrong.sum()), 'journey')} faster than the straight line at {fastest:g} km/h"
            yield Broken(file, what, shown)


def _fastest_kmh(travel: TravelSettings) -> float:
    if travel.mode == "walk":
        return travel.walk_kmh
    table = max(max(speed) if isinstance(speed, tuple) else speed for speed in travel.speeds_kmh.values())
    factors = {name: factor for name, factor in travel.scenarios[travel.scenario].items() if name != "junction"}
    least = min((min(factor) if isinstance(factor, tuple) else factor for factor in factors.values()), default=1.0)
    return table / min(least, 1.0)


@check("contiguous")
def contiguous(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the postcodes of each proposed block hang together along the roads."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(evidence.block_of.index)
    graph.add_edges_from(evidence.neighbours[["postcode_a", "postcode_b"]].itertuples(index=False, name=None))
    torn = []
    for block, members in evidence.block_of.groupby(evidence.block_of):
        # A block already let is as the council let it, in one piece or not.
        if block == written.SPOT or block in evidence.existing:
            continue
        pieces = nx.number_connected_components(graph.subgraph(members.index))
        if pieces > 1:
            torn.append(f"{block}: {pieces} pieces")
    if torn:
        yield Broken(written.POSTCODES, f"{count(len(torn), 'block')} not in one piece by road", some(torn))


@check("locks-held")
def locks_held(evidence: Evidence) -> Iterator[Broken]:
    """Hold that blocks already let keep their provider and postcodes, and nothing else is called existing."""
    seen: set[str] = set()
    signed = set(evidence.proposals.index[evidence.proposals["status"] == written.EXISTING])
    for name, (provider, postcodes) in evidence.let.items():
        now = evidence.block_of[evidence.block_of.index.isin(postcodes)]
        blocks = set(now)
        seen |= blocks
        if len(blocks) != 1 or not blocks <= signed:
            yield Broken(
                written.POSTCODES,
                f"block {name} is already let, but is not one existing block here",
                some(sorted(blocks)),
            )
            continue
        block = blocks.pop()
        if evidence.suggested.get(block) != provider:
            what = f"block {name} is already let to {provider}, but another provider stands here"
            yield Broken(written.PROPOSALS, what, (block,))
        grown = evidence.block_of[(evidence.block_of == block) & ~evidence.block_of.index.isin(postcodes)].index
        if len(grown):
            yield Broken(
                written.POSTCODES,
                f"block {name}, already let, has {len(grown):,} postcodes more",
                some(grown),
            )
    invented = sorted(signed - seen)
    if invented:
        yield Broken(
            written.PROPOSALS,
            f"{count(len(invented), 'existing block')} the council never let",
            some(invented),
        )
