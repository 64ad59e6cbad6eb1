"""Checks of the order of starts: every step possible by then, nothing needed that is not, every sum right."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import COST_STEP, HUNDREDTH, compare, unique_blocks
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.providers import HOURS, proposed, sum_capacity


def _split(cell: object) -> list[str]:
    return [name for name in str(cell).split(";") if name]


class _Ledger:
    """What each proposed block asks of its provider and takes off others, carer hours."""

    def __init__(self, evidence: Evidence) -> None:
        rows = evidence.movable[evidence.movable["block_id"].isin(proposed(evidence).index)]
        self.owner = proposed(evidence).to_dict()
        self.new = rows["carer_hours"].where(~rows["held"], 0.0).groupby(rows["block_id"]).sum()
        lost = rows[rows["others"]]
        self.lost = lost.groupby(["block_id", "provider_id"])["carer_hours"].sum()
        self.capacity = sum_capacity(evidence)

    def room(self, provider: str, started: list[str]) -> float:
        """Find what a provider can take on once some blocks have started."""
        room = float(self.capacity.get(provider, 0.0))
        for block in started:
            if self.owner.get(block) == provider:
                room -= float(self.new.get(block, 0.0))
            else:
                room += float(self.lost.get((block, provider), 0.0))
        return room


@check("rollout-listed")
def rollout_listed(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each proposed block has one place in the order, the same in every file, with its own figures.

    Where a provider is above capacity, which is another check's finding, a block that could not start has no place.
    """
    rows, blocks = evidence.written(written.ROLLOUT), unique_blocks(evidence)
    wanted = proposed(evidence)
    never = _find_never(evidence, list(rows["block_id"]))
    if sorted([*rows["block_id"], *never]) != sorted(wanted.index.astype(str)):
        odd = sorted({*rows["block_id"], *never} ^ set(wanted.index.astype(str))) or sorted(rows["block_id"])
        yield Broken(written.ROLLOUT, "does not list every proposed block once", some(odd))
        return
    if list(rows["rollout_rank"]) != list(range(1, len(rows) + 1)):
        yield Broken(written.ROLLOUT, "ranks are not 1, 2, 3, …")
    own = rows.set_index("block_id")
    mine = blocks.loc[own.index]
    if (mine["suggested_provider_id"] != own["suggested_provider_id"]).any():
        yield Broken(written.ROLLOUT, "another provider than block_proposals.csv")
    if (mine["rollout_after"] != own["rollout_after"]).any() or (mine["rollout_rank"] != own["rollout_rank"]).any():
        yield Broken(written.PROPOSALS, "rollout_rank or rollout_after is not that of rollout.csv")
    let = blocks.loc[blocks["status"] == written.EXISTING, "rollout_rank"]
    if let.notna().any():
        yield Broken(written.PROPOSALS, "a block already let has a place in the order", some(let.index))
    pairs = {
        "gain_minutes_week": ("gain_total", "cumulative_gain_minutes_week"),
        "hours_with_others": ("hours_with_others", "cumulative_hours_with_others"),
        "hours_guaranteed_start": ("hours_guaranteed_start", "cumulative_hours_guaranteed"),
    }
    for name, (source, running) in pairs.items():
        step = COST_STEP if name == "gain_minutes_week" else HUNDREDTH
        yield from compare(written.ROLLOUT, name, mine[source], own[name], allow=2 * COST_STEP)
        allow = pd.Series(step, index=own.index).cumsum() + step
        yield from compare(written.ROLLOUT, running, mine[source].cumsum(), own[running], allow=allow)


def _find_never(evidence: Evidence, listed: list[str]) -> list[str]:
    """Find blocks that could not start after all that are listed, where some provider is above capacity."""
    ledger = _Ledger(evidence)
    every = [str(name) for name in ledger.owner]
    if all(ledger.room(str(name), every) >= -HOURS for name in set(ledger.owner.values())):
        return []
    left = [name for name in every if name not in set(listed)]
    return [name for name in left if ledger.room(str(ledger.owner[name]), [*listed, name]) < -HOURS]


@check("rollout-possible")
def rollout_possible(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every block's provider has the room when its turn comes, and that what must come first must.

    Blocks of one step start on one day: what they take off each other's providers counts at once. What comes first
    is told beside the earlier blocks of the step's own providers; a step that asks nothing new needs nothing.
    """
    rows, ledger = evidence.written(written.ROLLOUT), _Ledger(evidence)
    rows = rows[rows["block_id"].isin(ledger.owner)].drop_duplicates("block_id")
    started: list[str] = []
    every = [str(name) for name in ledger.owner]
    over = {str(name) for name in set(ledger.owner.values()) if ledger.room(str(name), every) < -HOURS}
    new, before, now = {}, {}, {}
    for _, step in rows.groupby("rollout_step", sort=True):
        group = [str(name) for name in step["block_id"]]
        for row in step.itertuples():
            name, others = str(row.block_id), [other for other in group if other != row.block_id]
            owner = str(ledger.owner[name])
            new[name], before[name] = float(ledger.new.get(name, 0.0)), ledger.room(owner, started)
            now[name] = "yes" if new[name] <= ledger.room(owner, []) + HOURS else "no"
            after, told = _split(row.rollout_after), _split(row.starts_with)
            if sorted(told) != sorted(others):
                yield Broken(written.ROLLOUT, f"starts_with of block {name} is not the rest of its step", (name,))
            # One that is above capacity in the whole plan is another check's finding.
            if owner not in over and ledger.room(owner, [*started, *group]) < -HOURS:
                yield Broken(written.ROLLOUT, f"{owner} has no room for block {name} at its turn", (name,))
            if not set(after) <= set(started):
                yield Broken(written.ROLLOUT, f"block {name} comes before one that it must come after", (name,))
            # All providers of a step need the same blocks first: those of the others count here as well.
            owners = {ledger.owner[other] for other in group}
            mine = [other for other in started if ledger.owner[other] in owners and other not in after]
            asked = max(float(ledger.new.get(other, 0.0)) for other in group)
            if asked > HOURS and owner not in over and ledger.room(owner, [*mine, *after, *group]) < -HOURS:
                yield Broken(written.ROLLOUT, f"rollout_after of block {name} is not enough", (name,))
            needless = all(ledger.room(str(own), [*mine, *after[:-1], *group]) >= -HOURS for own in owners)
            if after and (needless or asked == 0):
                yield Broken(written.ROLLOUT, f"rollout_after of block {name} names one too many", (name,))
        started += group
    own = rows.set_index("block_id")
    yield from compare(written.ROLLOUT, "carer_hours_new", pd.Series(new, dtype=float), own["carer_hours_new"])
    room = pd.Series(before, dtype=float)
    yield from compare(written.ROLLOUT, "carer_hours_room_before", room, own["carer_hours_room_before"])
    told_today = own["note"].astype(str).str.contains("today", regex=False).map({True: "yes", False: "no"})
    wrong = own.index[told_today != own["possible_now"]]
    if len(wrong):
        yield Broken(written.ROLLOUT, f"note and possible_now differ for {count(len(wrong), 'block')}", some(wrong))
    wrong = own.index[own["possible_now"] != pd.Series(now, dtype=object).reindex(own.index)]
    if len(wrong):
        yield Broken(written.ROLLOUT, f"possible_now is wrong for {count(len(wrong), 'block')}", some(wrong))
