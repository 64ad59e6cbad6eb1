"""Forbidden turns: read from restrictions, and kept by taking the junctions that have them apart.

A junction with a forbidden turn becomes one node for each road in and one for each road out, joined by
instant edges for the turns that are allowed, so that shortest paths need no special case anywhere else. Nothing else
forbids turning round: at any other node a car may, which a quickest way does only in a dead end.

A restriction by way of a whole road (mostly "no U-turn" across a dual carriageway) is counted, not kept. Forbidden
turns matter little out of town. Rutland's extract has three, at two junctions: they change no time between any two of
its 1,619 postcodes, and among all 45 million pairs of its nodes 1 in 2,500 takes more than 1 % longer for them (half
of those by less than 1.7 %; a few, right beside these junctions, twice as long).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from marketmap.travel.network import Ints

# The most specific key for a car first; "restriction:hgv", "restriction:conditional" and the like are not for it.
_KEYS = ("restriction:motorcar", "restriction:motor_vehicle", "restriction:vehicle", "restriction")
TURN_KEYS = ("type", *_KEYS, "except", "day_on", "hour_on")


# The inside of a junction has arms × arms edges: a file in error must not fill the memory with them.
MOST_ARMS = 50


@dataclass(frozen=True)
class Turns:
    """Turns that may not be made: from line ``came``, through node ``at``, into line ``goes``, each (turns,)."""

    came: Ints
    at: Ints
    goes: Ints

    @classmethod
    def none(cls) -> Turns:
        """No turn is forbidden."""
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, empty, empty)


@dataclass(frozen=True)
class TurnRule:
    """A restriction between ways at one node, all by their OpenStreetMap numbers."""

    kind: str
    came: frozenset[int]
    via: int
    goes: frozenset[int]


def restriction_kind(tags: Mapping[str, str]) -> str:
    """Kind of a relation's restriction on cars (``"no_left_turn"``, …); blank for none or one for some hours only."""
    if tags.get("type") != "restriction" or "day_on" in tags or "hour_on" in tags:
        return ""
    excepted = {part.strip() for part in tags.get("except", "").split(";")}
    kind = next((tags[key] for key in _KEYS if key in tags), "")
    return kind if kind.startswith(("no_", "only_")) and "motorcar" not in excepted else ""


def turn_rule(kind: str, members: Sequence[tuple[str, str, int]]) -> TurnRule | None:
    """Make a rule of a restriction's members (role, type, number); None where it is not a turn at one node."""
    ways = {role: frozenset(ref for r, t, ref in members if r == role and t == "w") for role in ("from", "to")}
    via = [(t, ref) for r, t, ref in members if r == "via"]
    if len(via) != 1 or via[0][0] != "n" or not ways["from"] or not ways["to"]:
        return None
    return TurnRule(kind, ways["from"], via[0][1], ways["to"])


def match_rules(
    rules: Sequence[TurnRule], *, way: Ints, start_ref: Ints, end_ref: Ints, start: Ints, end: Ints
) -> tuple[Turns, int]:
    """Bring rules between ways down to turns between lines.

    Parameters
    ----------
    rules
        What the file forbids.
    way
        OpenStreetMap number of the way each line is a stretch of, (lines,).
    start_ref, end_ref
        OpenStreetMap numbers of the nodes each line joins, (lines,).
    start, end
        The network's own numbers of those nodes, (lines,).

    Returns
    -------
    turns, unmatched
        ``unmatched`` rules name a way that is not driven or does not touch the node, or a node where a barrier ends
        the roads, so that there is no turn left to forbid; or a node of more arms than any junction has.
    """
    touching: dict[int, dict[int, int]] = {rule.via: {} for rule in rules}
    vias = np.array(sorted(touching), dtype=np.int64)
    for ref, node in ((end_ref, end), (start_ref, start)):
        for line in np.flatnonzero(np.isin(ref, vias)).tolist():
            touching[int(ref[line])][line] = int(node[line])
    banned: list[tuple[int, int, int]] = []
    unmatched = 0
    for rule in rules:
        at = touching[rule.via]
        came = [line for line in at if int(way[line]) in rule.came]
        goes = [line for line in at if int(way[line]) in rule.goes]
        if not came or not goes or len(set(at.values())) > 1 or len(at) > MOST_ARMS:
            unmatched += 1
        elif rule.kind.startswith("only_"):
            banned += [(a, at[a], b) for a in came for b in at if b not in goes]
        else:
            # Of one way that runs through the junction, only the turn that the rule is about.
            back = rule.kind == "no_u_turn"
            banned += [(a, at[a], b) for a in came for b in goes if way[a] != way[b] or (a == b) == back]
    table = np.array(banned, dtype=np.int64).reshape(-1, 3)
    return Turns(table[:, 0], table[:, 1], table[:, 2]), unmatched


def forbid_turns(n_nodes: int, tail: Ints, head: Ints, line: Ints, *, turns: Turns) -> tuple[Ints, Ints, Ints, int]:
    """Take the junctions of forbidden turns apart.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    tail, head, line
        Nodes that each directed edge joins, and the line it runs along, (edges,).
    turns
        What may not be done.

    Returns
    -------
    place, tail, head, extra
        ``place`` says which node each node is a part of, itself for those that there were, (more nodes,). The
        junctions' insides are added to the edges at the end: ``extra`` edges that take no time.
    """
    if not len(turns.at):
        return np.arange(n_nodes), tail, head, 0
    tail, head = tail.copy(), head.copy()
    banned = set(zip(turns.came.tolist(), turns.at.tolist(), turns.goes.tolist(), strict=True))
    junctions = np.unique(turns.at)
    arriving, leaving = np.flatnonzero(np.isin(head, junctions)), np.flatnonzero(np.isin(tail, junctions))
    came_at, went_from = head[arriving], tail[leaving]
    head[arriving] = n_nodes + np.arange(len(arriving))
    tail[leaving] = n_nodes + len(arriving) + np.arange(len(leaving))
    ways_out: dict[int, list[int]] = {}
    for j, node in enumerate(went_from.tolist()):
        ways_out.setdefault(node, []).append(j)
    inside = [
        (n_nodes + i, n_nodes + len(arriving) + j)
        for i, node in enumerate(came_at.tolist())
        for j in ways_out.get(node, [])
        if (int(line[arriving[i]]), node, int(line[leaving[j]])) not in banned
    ]
    joins = np.array(inside, dtype=np.int64).reshape(-1, 2)
    return (
        np.concatenate([np.arange(n_nodes), came_at, went_from]),
        np.concatenate([tail, joins[:, 0]]),
        np.concatenate([head, joins[:, 1]]),
        len(joins),
    )
