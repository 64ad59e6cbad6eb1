"""In which order the proposed blocks can start: most gain first, as far as providers have the room by then.

A finished plan counts on all of its moves: a provider may take a block because another block takes work off it. So
not every block can be first. Only a provider's room changes that way. A company's share and a provider's block hours
only grow as blocks start, so an order can break neither where the whole plan keeps both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.audit import ROUNDING
from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import Zone

COLUMNS = (
    "rollout_rank",
    "rollout_step",
    "block_id",
    "suggested_provider_id",
    "suggested_provider_name",
    "possible_now",
    "gain_minutes_week",
    "cumulative_gain_minutes_week",
    "hours_with_others",
    "cumulative_hours_with_others",
    "hours_guaranteed_start",
    "cumulative_hours_guaranteed",
    "carer_hours_new",
    "carer_hours_room_before",
    "rollout_after",
    "starts_with",
    "note",
)
SHOWN = 5


@dataclass(frozen=True)
class Needs:
    """What each block asks of its provider and takes off others; arrays over blocks (K) and providers (P).

    Attributes
    ----------
    owner
        (K,) the provider of each block.
    new
        (K,) carer hours that are new to it: the zone's less those it holds there.
    freed
        (K, P) carer hours that the block takes off each other provider; 0 for its own.
    capacity
        (P,) carer hours that each may take on before any block starts.
    """

    owner: np.ndarray
    new: np.ndarray
    freed: np.ndarray
    capacity: np.ndarray

    def room(self, started: np.ndarray) -> np.ndarray:
        """Find what room each provider has once some blocks have started, (P,) carer hours."""
        room = self.capacity + self.freed[started].sum(axis=0)
        np.subtract.at(room, self.owner[started], self.new[started])
        return np.asarray(room, dtype=np.float64)

    def possible(self, started: np.ndarray) -> np.ndarray:
        """Say of each block whether it could start next, (K,) bool; one that has started cannot."""
        return np.asarray((self.new <= self.room(started)[self.owner] + ROUNDING) & ~started)

    def together(self, started: np.ndarray, group: np.ndarray) -> bool:
        """Say whether a group of blocks could start on one day after some others."""
        after = started | group
        owners = np.unique(self.owner[group])
        return bool((self.room(after)[owners] >= -ROUNDING).all())


@dataclass(frozen=True)
class Step:
    """Blocks that start together (nearly always one), and those that must have started before them."""

    blocks: tuple[int, ...]
    after: tuple[int, ...]


def sum_needs(model: BlockModel, zones: list[Zone]) -> Needs:
    """Sum what some proposed blocks ask and free."""
    load = model.points["carer_hours"].to_numpy(float)
    owner = np.array([zone.provider for zone in zones], dtype=np.int64)
    held = np.array([model.held[zone.points].sum(axis=0) for zone in zones]).reshape(len(zones), len(model.providers))
    rows = np.arange(len(zones))
    own = held[rows, owner]
    freed = held.copy()
    freed[rows, owner] = 0.0
    total = np.array([load[zone.points].sum() for zone in zones], dtype=np.float64)
    return Needs(owner, total - own, freed, model.limits.capacity)


def order_blocks(needs: Needs, gains: np.ndarray, *, most: int | None = None) -> list[Step]:
    """Order blocks for their start, the one that gains most first among those that are possible by then.

    A block that would leave others without a way to start is held back: an order that lets nearly all of them start
    is kept in hand, and a block that breaks it may come forward only where another order lets as many start. Where no
    block can start on its own, blocks that can start on one day do, none of which can be spared. All that is left of
    a plan that keeps its limits is such a group, so every block has a place.

    Parameters
    ----------
    needs
        As `sum_needs` gives it, of a plan that keeps its limits.
    gains
        (K,) what each block brings.
    most
        Stop at this many blocks, whether or not the rest could follow.
    """
    by_gain = np.argsort(-gains, kind="stable")
    wanted = len(gains) if most is None else min(most, len(gains))
    started = np.zeros(len(gains), dtype=bool)
    in_hand = np.zeros(0, dtype=np.int64) if most is not None else _find_order(needs, started)
    steps: list[Step] = []
    while started.sum() < wanted:
        possible = by_gain[needs.possible(started)[by_gain]]
        kept = ((block, _keep_order(needs, started, block, in_hand)) for block in possible)
        block, order = next(((block, order) for block, order in kept if order is not None), (None, in_hand))
        group = _smallest_group(needs, started, by_gain) if block is None else np.array([block])
        if not len(group) or started.sum() + len(group) > wanted:
            break
        steps.append(Step(tuple(int(block) for block in group), _find_before(needs, started, group)))
        started[group] = True
        in_hand = order[~started[order]]
    return steps


def _keep_order(needs: Needs, started: np.ndarray, block: int, in_hand: np.ndarray) -> np.ndarray | None:
    """Find an order for what follows when one block comes first, by which as many start; None where none is found."""
    rest: np.ndarray = in_hand[in_hand != block]
    if _holds(needs, started, block, rest):
        return rest
    after = started.copy()
    after[block] = True
    anew = _find_order(needs, after)
    return anew if len(anew) + 1 >= len(in_hand) else None


def _find_order(needs: Needs, started: np.ndarray) -> np.ndarray:
    """Find an order that lets many blocks start: most freed for those who lack room, for each hour of room it takes."""
    started = started.copy()
    order: list[int] = []
    while True:
        possible = np.flatnonzero(needs.possible(started))
        if not len(possible):
            return np.array(order, dtype=np.int64)
        wanted = np.bincount(needs.owner, weights=np.where(started, 0.0, needs.new), minlength=len(needs.capacity))
        lacking = np.maximum(wanted - needs.room(started), 0.0) / np.maximum(wanted, 1.0)
        worth = (needs.freed[possible] @ lacking) / np.maximum(needs.new[possible], ROUNDING)
        order.append(int(possible[np.argmax(worth)]))
        started[order[-1]] = True


def _holds(needs: Needs, started: np.ndarray, block: int, rest: np.ndarray) -> bool:
    """Say whether an order of other blocks still works when one block comes first."""
    if not len(rest):
        return True
    after = started.copy()
    after[block] = True
    change = needs.freed[rest].copy()
    change[np.arange(len(rest)), needs.owner[rest]] -= needs.new[rest]
    # Room of a block's provider once it has started too: never short, or the order is broken there.
    room = needs.room(after) + np.cumsum(change, axis=0)
    return bool((room[np.arange(len(rest)), needs.owner[rest]] >= -ROUNDING).all())


def _smallest_group(needs: Needs, started: np.ndarray, by_gain: np.ndarray) -> np.ndarray:
    """Find blocks that can start on one day, none of which can be spared; the dearest to lose are kept last."""
    group = ~started
    if not needs.together(started, group):
        return np.zeros(0, dtype=np.int64)
    for block in by_gain[::-1]:
        if group[block] and group.sum() > 1:
            group[block] = False
            if not needs.together(started, group):
                group[block] = True
    return np.asarray(by_gain[group[by_gain]])


def _find_before(needs: Needs, started: np.ndarray, group: np.ndarray) -> tuple[int, ...]:
    """Find blocks that had to start first, beside the earlier ones of the group's own providers.

    One at a time is chosen, that which takes most off them: rarely more than need be, but not proven fewest.
    """
    if needs.new[group].max() <= ROUNDING:
        return ()  # nothing is asked of anybody
    inside = np.zeros(len(started), dtype=bool)
    inside[group] = True
    before = started & np.isin(needs.owner, needs.owner[group])
    chosen: list[int] = []
    while not needs.together(before, inside):
        lacking = np.flatnonzero(needs.room(before | inside) < -ROUNDING)
        lacking = lacking[np.isin(lacking, needs.owner[group])]
        left = np.flatnonzero(started & ~before)
        helps = needs.freed[np.ix_(left, lacking)].sum(axis=1)
        if not len(left) or helps.max() <= 0:
            break
        block = int(left[np.argmax(helps)])
        chosen.append(block)
        before[block] = True
    return tuple(chosen)


def tabulate_rollout(model: BlockModel, zones: list[Zone], *, proposals: pd.DataFrame) -> pd.DataFrame:
    """Tabulate the order in which the proposed blocks can start.

    Parameters
    ----------
    proposals
        As `proposals.tabulate_proposals` gives it.

    Returns
    -------
    DataFrame
        `COLUMNS`, in order.
    """
    proposed = [zone for zone in zones if not zone.existing]
    names = [zone.block_id for zone in proposed]
    needs = sum_needs(model, proposed)
    own = proposals.set_index("block_id").reindex(names)
    steps = order_blocks(needs, own["gain_total"].to_numpy(float))
    now = needs.possible(np.zeros(len(proposed), dtype=bool))
    started = np.zeros(len(proposed), dtype=bool)
    rows: list[dict[str, object]] = []
    for number, step in enumerate(steps, start=1):
        room = needs.room(started)
        for block in step.blocks:
            others = [names[other] for other in step.blocks if other != block]
            after = [names[other] for other in step.after]
            rows.append(
                {
                    "rollout_rank": len(rows) + 1,
                    "rollout_step": number,
                    "block_id": names[block],
                    "suggested_provider_id": own["suggested_provider_id"].iloc[block],
                    "suggested_provider_name": own["suggested_provider_name"].iloc[block],
                    "possible_now": bool(now[block]),
                    "gain_minutes_week": own["gain_total"].iloc[block],
                    "hours_with_others": own["hours_with_others"].iloc[block],
                    "hours_guaranteed_start": own["hours_guaranteed_start"].iloc[block],
                    "carer_hours_new": needs.new[block],
                    "carer_hours_room_before": room[needs.owner[block]],
                    "rollout_after": after,
                    "starts_with": others,
                    "note": explain_step(bool(now[block]), after, others),
                }
            )
        started[list(step.blocks)] = True
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if not name.startswith("cumulative_")])
    table["cumulative_gain_minutes_week"] = table["gain_minutes_week"].astype(float).cumsum()
    table["cumulative_hours_with_others"] = table["hours_with_others"].astype(float).cumsum()
    table["cumulative_hours_guaranteed"] = table["hours_guaranteed_start"].astype(float).cumsum()
    return table[list(COLUMNS)]


def explain_step(possible_now: bool, after: list[str], others: list[str]) -> str:
    """Say in words why a block can start when its turn comes."""
    own = "Could start today; after its provider's own earlier blocks, "
    if others:
        what = f"block {others[0]}" if len(others) == 1 else f"{len(others)} other blocks (starts_with)"
        when = f"{own}only" if possible_now else "Only"
        text = f"{when} on one day with {what}: they need the room that they make for each other"
    elif possible_now and not after:
        return "Its provider has the room today"
    elif possible_now:
        text = f"{own}needs the room that other blocks make"
    else:
        text = "Its provider has the room once work of its own has moved to other blocks"
    if len(after) > SHOWN:
        return f"{text}: first {', '.join(after[:SHOWN])} and {len(after) - SHOWN} more (rollout_after)"
    return f"{text}: first {', '.join(after)}" if after else text
