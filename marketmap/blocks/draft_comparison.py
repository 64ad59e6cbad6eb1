"""Two drafts side by side, and what lies next to a block of one."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.comparison import describe_differences, measure_difference, measure_plan, name_providers
from marketmap.blocks.draft import Draft
from marketmap.blocks.draft_zones import forbid_more, place_zones
from marketmap.blocks.edit_checks import find_broken
from marketmap.blocks.edits import EditError
from marketmap.blocks.plan import SPOT, PlanCase, Zone

MOST_TOLD = 40
MOST_NEAR = 6
# Figure of `comparison.PlanFigures` → what it is and its unit.
FIGURES = {
    "blocks": ("Proposed blocks", "blocks"),
    "hours_in_blocks": ("Contact hours in them", "hours a week"),
    "share_in_blocks": ("Of all hours that may be placed, in any block", "share from 0 to 1"),
    "travel_minutes_saved": ("Travel saved if everybody agreed, at most", "minutes a week"),
    "carer_hours_moving": ("Carer hours that would change provider", "carer hours a week"),
    "hours_moving": ("Contact hours that would change provider", "hours a week"),
    "hours_waiting_placed": ("Waiting hours taken up", "hours a week"),
    "pounds_above_usual": ("Paid above usual prices", "pounds a week"),
    "objective": ("Cost of the whole plan", "minutes-equivalent a week"),
}


@dataclass(frozen=True)
class Compared:
    """Two drafts, a and b, side by side.

    Attributes
    ----------
    figures
        ``figure, meaning, unit, a, b, b_less_a``; the last rows are ``broken_rules`` and ``hours_elsewhere_share``, the
        share of block hours that are with another provider or spot, the smaller of looking from either side.
    postcodes
        Those that differ: ``postcode, block_a, provider_a, block_b, provider_b``.
    differences
        ``hours_elsewhere, difference``: what is elsewhere in b, in words, the most hours first.
    """

    figures: pd.DataFrame
    postcodes: pd.DataFrame
    differences: pd.DataFrame


@dataclass(frozen=True)
class Neighbours:
    """What lies next to a block by road, and the blocks nearest to it: spot purchase often lies between two blocks.

    Attributes
    ----------
    blocks
        ``block_id`` (``spot`` for work in no block), ``status, locked, provider_id``, ``touching``: pairs of postcodes
        with work that touch, and ``minutes``: the shortest drive from work of the one to work of the other. Those that
        touch first, most pairs first, then the nearest.
    sectors
        Moves over its border, and between it and a block near by of what lies in one sector: ``sector, source, target,
        postcodes`` with work, ``hours`` and ``hours_waiting`` (contact hours a week) that would move, ``touches``:
        whether the two touch, and ``allowed``: neither end is locked, stays as it is, or would have nothing left.
    """

    blocks: pd.DataFrame
    sectors: pd.DataFrame


def compare_drafts(case: PlanCase, a: Draft, b: Draft) -> Compared:
    """Lay two drafts side by side, at the case's weights.

    Raises
    ------
    PlanError
        When one of them is not of this case.
    """
    model, settings = case.model, case.settings.blocks
    places = [place_zones(case, draft) for draft in (a, b)]
    measured = [dataclasses.asdict(measure_plan(model, zones, settings=settings)) for zones in places]
    broken = [
        len(tuple(find_broken(forbid_more(case, draft.forbidden), draft, zones)))
        for draft, zones in zip((a, b), places, strict=True)
    ]
    rows = [
        (name, meaning, unit, float(measured[0][name]), float(measured[1][name]))
        for name, (meaning, unit) in FIGURES.items()
    ]
    rows.append(("broken_rules", "Rules of the model that it breaks", "rules", float(broken[0]), float(broken[1])))
    figures = pd.DataFrame(rows, columns=["figure", "meaning", "unit", "a", "b"])
    figures["b_less_a"] = figures["b"] - figures["a"]
    own, other = (name_providers(model, zones) for zones in places)
    elsewhere = measure_difference(model.points["contact_hours"], own, other)
    apart = {"figure": "hours_elsewhere_share", "meaning": "Block hours that differ", "unit": "share from 0 to 1"}
    figures = pd.concat([figures, pd.DataFrame([{**apart, "a": math.nan, "b": elsewhere, "b_less_a": math.nan}])])
    names = case.tables.providers.set_index("provider_id")["provider_name"]
    told = describe_differences(model, places[0], places[1], provider_names=names, most=MOST_TOLD)
    return Compared(
        figures.reset_index(drop=True),
        list_differing(a, b),
        pd.DataFrame(told, columns=["hours_elsewhere", "difference"]),
    )


def list_differing(a: Draft, b: Draft) -> pd.DataFrame:
    """List the postcodes whose block or provider differs between two drafts, as `Compared.postcodes`."""
    sides = []
    for draft, side in ((a, "a"), (b, "b")):
        rows = [(name, zone.block_id, zone.provider_id) for zone in draft.zones for name in zone.postcodes]
        columns = ["postcode", f"block_{side}", f"provider_{side}"]
        sides.append(pd.DataFrame(rows, columns=columns).set_index("postcode"))
    both = sides[0].join(sides[1], how="outer").sort_index()
    filled = both.fillna({"block_a": SPOT, "block_b": SPOT}).fillna("")
    differ = (filled["block_a"] != filled["block_b"]) | (filled["provider_a"] != filled["provider_b"])
    return filled[differ].rename_axis("postcode").reset_index()


def find_neighbours(case: PlanCase, draft: Draft, block_id: str) -> Neighbours:
    """Find the blocks that touch one by road, and the sectors that could move over the border.

    Raises
    ------
    EditError
        When the draft has no such block, or it stays as it is.
    """
    model = case.model
    zones = place_zones(case, draft)
    zone = next((zone for zone in zones if zone.block_id == block_id and not zone.existing), None)
    if zone is None:
        why = "this plan has no proposed block of that name"
        raise EditError(f"Looking round block {block_id}", why, "Choose one that it has.")
    owner = _own_points(case, zones)
    number = np.cumsum(model.free) - 1
    numbers = np.flatnonzero(model.free)
    links = model.adjacency[number[zone.points]].tocoo()
    inside, outside = zone.points[links.row], numbers[links.col]
    across = owner[outside] != block_id
    sectors = model.points["sector"].to_numpy(dtype=object)
    here, there = sectors[inside[across]], sectors[outside[across]]
    beyond = owner[outside[across]]
    moves = {(str(sector), str(other), block_id) for sector, other in zip(there, beyond, strict=True)}
    moves |= {(str(sector), block_id, str(other)) for sector, other in zip(here, beyond, strict=True)}
    pairs = {str(name): int(count) for name, count in pd.Series(beyond, dtype=object).value_counts().items()}
    blocks = _list_near(case, draft, zones, zone, pairs)
    for name in blocks.loc[(blocks["touching"] == 0), "block_id"]:
        shared = set(sectors[zone.points]) & set(sectors[owner == name])
        moves |= {(sector, *ends) for sector in shared for ends in ((block_id, name), (name, block_id))}
    columns = ["sector", "source", "target", "postcodes", "hours", "hours_waiting", "touches", "allowed"]
    rows = [_describe_move(case, draft, owner, pairs, *move) for move in sorted(moves)]
    return Neighbours(blocks, pd.DataFrame(rows, columns=columns))


def _list_near(case: PlanCase, draft: Draft, zones: list[Zone], zone: Zone, pairs: dict[str, int]) -> pd.DataFrame:
    minutes, known = case.model.minutes, {other.block_id: other for other in draft.zones}
    away = {
        other.block_id: float(minutes[np.ix_(zone.points, other.points)].min())
        for other in zones
        if other.block_id != zone.block_id and len(other.points)
    }
    near = sorted((name for name in away if known[name].proposed and name not in pairs), key=lambda name: away[name])
    return pd.DataFrame(
        [
            {
                "block_id": name,
                "status": known[name].status if name in known else SPOT,
                "locked": name in draft.locked,
                "provider_id": known[name].provider_id if name in known else "",
                "touching": pairs.get(name, 0),
                "minutes": away.get(name, math.nan),
            }
            for name in (*sorted(pairs, key=lambda name: (-pairs[name], name)), *near[:MOST_NEAR])
        ],
        columns=["block_id", "status", "locked", "provider_id", "touching", "minutes"],
    )


def _own_points(case: PlanCase, zones: list[Zone]) -> np.ndarray:
    owner = np.full(len(case.model.points), SPOT, dtype=object)
    for zone in zones:
        owner[zone.points] = zone.block_id
    return owner


def _describe_move(
    case: PlanCase, draft: Draft, owner: np.ndarray, pairs: dict[str, int], sector: str, source: str, target: str
) -> dict[str, object]:
    points = case.model.points
    moving = points[(points["sector"] == sector).to_numpy(bool) & (owner == source) & case.model.free]
    ends = [draft.zone(end) for end in (source, target) if end != SPOT]
    last = source != SPOT and len(moving) == int((owner == source).sum())
    return {
        "sector": sector,
        "source": source,
        "target": target,
        "postcodes": len(moving),
        "hours": float(moving["contact_hours"].sum()),
        "hours_waiting": float(moving["hours_waiting"].sum()),
        "touches": source in pairs or target in pairs,
        "allowed": not last
        and all(end is not None and end.proposed and end.block_id not in draft.locked for end in ends),
    }
