"""Checks of what helps to choose: the gain of each block part by part, and who else could have it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from marketmap.check import sources, written
from marketmap.check.demand import sum_blocks
from marketmap.check.evidence import Evidence
from marketmap.check.figures import COST_STEP, HUNDREDTH, compare, unique_blocks
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.providers import HOURS, barred_everywhere, list_needs, proposed, sum_room, takes_part

LOSSES = ("rounds", "moves", "price", "block")
NEXT = 2


@check("gains")
def gains(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the parts of a gain are today's travel and the charge for who waits, less the block's costs."""
    blocks, settings = unique_blocks(evidence), evidence.settings.blocks
    points = evidence.points[~evidence.points.index.duplicated()]
    demand = evidence.demand.reindex(points.index).fillna(0.0)

    def total(values: pd.Series) -> pd.Series:
        return values.groupby(points["block_id"]).sum().reindex(blocks.index).fillna(0.0)

    made = total(demand["active_visits"])
    today = total(demand["active_visits"] * points["minutes_outside"].fillna(0.0)) * settings.factor_outside
    waiting = total(demand["waiting_carer_hours"]) * settings.unserved_minutes_hour
    # Minutes are written to a hundredth: today's travel can be off by half of that a visit.
    rough = 2 * COST_STEP + HUNDREDTH * made * settings.factor_outside
    travel = today - blocks["cost_travel"]
    yield from compare(written.PROPOSALS, "gain_travel", travel, blocks["gain_travel"], allow=rough)
    yield from compare(written.PROPOSALS, "gain_waiting", waiting, blocks["gain_waiting"], allow=COST_STEP)
    for name in LOSSES:
        yield from compare(
            written.PROPOSALS, f"gain_{name}", -blocks[f"cost_{name}"], blocks[f"gain_{name}"], allow=2 * COST_STEP
        )
    saved = blocks["cost_if_left_spot"] - blocks["cost_total"]
    yield from compare(written.PROPOSALS, "gain_total", saved, blocks["gain_total"], allow=3 * COST_STEP)
    parts = blocks[["gain_travel", "gain_waiting", *(f"gain_{name}" for name in LOSSES)]].sum(axis=1)
    yield from compare(written.PROPOSALS, "gain_total", parts, blocks["gain_total"], allow=7 * COST_STEP)


def _listed(evidence: Evidence) -> pd.DataFrame:
    """Take the rows of next_providers.csv, each block and provider once."""
    return evidence.written(written.NEXT).drop_duplicates(["block_id", "provider_id"])


@check("next-listed")
def next_listed(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each proposed block lists its suggested provider first, then others in the order of their ranks."""
    rows, suggested = evidence.written(written.NEXT), proposed(evidence)
    if rows.duplicated(["block_id", "provider_id"]).any():
        twice = rows.loc[rows.duplicated(["block_id", "provider_id"]), "block_id"]
        yield Broken(written.NEXT, "a provider listed twice for a block", some(twice))
    strange = sorted(set(rows["block_id"]) ^ set(suggested.index.astype(str)))
    if strange:
        yield Broken(written.NEXT, f"{count(len(strange), 'block')} here or proposed, not both", some(strange))
    first = rows[rows["rank"] == 1].drop_duplicates("block_id").set_index("block_id")["provider_id"]
    wrong = [block for block, name in suggested.items() if first.get(block) != name]
    if wrong:
        yield Broken(written.NEXT, f"{count(len(wrong), 'block')} whose rank 1 is not the suggested one", some(wrong))
    for block, own in rows.groupby("block_id", sort=False):
        if not own["rank"].is_monotonic_increasing or own["rank"].duplicated().any():
            yield Broken(written.NEXT, "ranks not in order", (str(block),))
    providers = evidence.providers
    names = rows["provider_id"]
    for column, source in (("provider_name", "provider_name"), ("company_id", "company"), ("cqc_rating", "cqc_rating")):
        given = names.map(sources.to_words(providers[source]))
        astray = given.isna() | (given != sources.to_words(rows[column]))
        if astray.any():
            what = f"{column} of {count(int(astray.sum()), 'row')} is not that of the council's table"
            yield Broken(written.NEXT, what, some(names[astray]))
    silent = rows.loc[rows["reason"].str.strip() == "", "block_id"]
    if len(silent):
        yield Broken(written.NEXT, f"{count(len(silent), 'row')} without a reason", some(silent))


def _keyed(rows: pd.DataFrame) -> pd.Index:
    return pd.Index(rows["block_id"].str.cat(rows["provider_id"], sep=": "))


@check("next-figures")
def next_figures(evidence: Evidence) -> Iterator[Broken]:
    """Hold that minutes, hours and pounds of each listed provider follow from the files and the packages."""
    rows = _listed(evidence)
    if rows.empty:
        return
    rows = rows.set_axis(_keyed(rows))
    block, name = rows["block_id"], rows["provider_id"]
    sums, movable = sum_blocks(evidence), evidence.movable
    known = evidence.eligible.drop_duplicates(["block_id", "provider_id"])
    known = known.set_axis(_keyed(known))
    cost = known["minutes_week"].reindex(rows.index)
    both = cost.notna()
    yield from compare(written.NEXT, "minutes_week", cost[both], rows.loc[both, "minutes_week"], allow=2 * COST_STEP)
    own = rows[rows["rank"] == 1].drop_duplicates("block_id").set_index("block_id")["minutes_week"]
    more = rows["minutes_week"] - block.map(own)
    yield from compare(written.NEXT, "minutes_more_week", more, rows["minutes_more_week"], allow=3 * COST_STEP)
    active = movable[~movable["waiting"]]
    held = active["hours"].groupby(active["block_id"].str.cat(active["provider_id"], sep=": ")).sum()
    already = held.reindex(rows.index).fillna(0.0)
    yield from compare(written.NEXT, "hours_already_with_provider", already, rows["hours_already_with_provider"])
    moving = block.map(sums["hours_zone"] - sums["hours_waiting"]) - already
    yield from compare(written.NEXT, "hours_changing_hands", moving, rows["hours_changing_hands"])
    price = evidence.providers["price"]
    yield from compare(written.NEXT, "price_hour", name.map(price).astype(float), rows["price_hour"])
    above = name.map(price).astype(float) - block.map(evidence.suggested).map(price).astype(float)
    pounds = above * block.map(sums["carer_hours_zone"])
    yield from compare(written.NEXT, "pounds_more_week", pounds, rows["pounds_more_week"])
    room = name.map(sum_room(evidence)).astype(float)
    yield from compare(written.NEXT, "carer_hours_room_after_plan", room, rows["carer_hours_room_after_plan"])
    left = room - block.map(sums["carer_hours_zone"]).where(rows["rank"] != 1, 0.0)
    yield from compare(written.NEXT, "carer_hours_room_left", left, rows["carer_hours_room_left"])
    sure = movable["carer_hours"].where(movable["held"] | movable["waiting"], 0.0).groupby(movable["block_id"]).sum()
    guaranteed = block.map(sure).astype(float)
    yield from compare(written.NEXT, "carer_hours_guaranteed", guaranteed, rows["carer_hours_guaranteed"])


def _passes(evidence: Evidence, block: str, name: str, hours: pd.Series, *, instead: bool) -> str:
    """Say which limit of block hours or of a company's share a provider would pass with some hours of a block.

    Parameters
    ----------
    hours
        Contact hours by district.
    instead
        Whether the suggested provider gives the block up for it.
    """
    rows = evidence.movable[evidence.movable["provider"] != ""]
    if instead:
        rows = rows[rows["block_id"] != block]
    mine = rows[rows["provider"] == name]
    if evidence.participation is not None:
        offers = evidence.participation[evidence.participation["provider_id"] == name]
        if len(offers) and offers["most"].notna().all():
            anywhere = offers.loc[offers["area_code"] == "", "most"]
            most = float(anywhere.max() if len(anywhere) else offers["most"].sum())
            if mine["hours"].sum() + hours.sum() > most + HOURS:
                return "more block hours than it would take"
    company = rows["provider"].map(evidence.providers["company"])
    there = evidence.packages[evidence.packages["counts"] & (evidence.packages["postcode"] != "")]
    for district, added in hours[hours > 0].items():
        own = rows[(company == evidence.providers["company"].get(name)) & (rows["district_code"] == district)]
        cap = evidence.settings.blocks.share_cap * float(there.loc[there["district_code"] == district, "hours"].sum())
        if own["block_id"].nunique() and own["hours"].sum() + added > cap + HOURS:
            return f"more than its company's share of {district}"
    return ""


def _bar(evidence: Evidence, block: str, name: str, needs: dict[str, frozenset[str]], barred: pd.Series) -> str:
    """Say why a provider may not have a block whatever its room, blank where it may."""
    if barred.get(name, "unknown"):
        return str(barred.get(name, "unknown"))
    points = evidence.points.index[evidence.points["block_id"] == block]
    if not takes_part(evidence, name, points).all():
        return "does not take part in all of the zone"
    offered = sources.to_codes(str(evidence.providers["services"][name]))
    gap = needs.get(block, frozenset()) - offered if offered else frozenset()
    return f"lacks {', '.join(sorted(gap))}" if gap else ""


@check("next-room")
def next_room(evidence: Evidence) -> Iterator[Broken]:
    """Hold that who is said to have room in this plan has it, and that nobody cheaper with room is passed over."""
    rows, room, movable = _listed(evidence), sum_room(evidence), evidence.movable
    load = movable.groupby("block_id")["carer_hours"].sum()
    zone = movable.groupby(["block_id", "district_code"])["hours"].sum()

    def fits(block: str, name: str) -> bool:
        enough = float(load[block]) <= max(float(room.get(name, 0.0)), 0.0) + HOURS
        return enough and not _passes(evidence, block, name, zone[block], instead=True)

    able = evidence.eligible[evidence.eligible["eligible"] == "yes"]
    for block, suggested in proposed(evidence).items():
        own = rows[(rows["block_id"] == block) & (rows["provider_id"] != suggested)]
        told = rows.loc[(rows["block_id"] == block) & (rows["provider_id"] == suggested), "room_in_plan"]
        if (told != "yes").any():
            yield Broken(
                written.NEXT, f"the suggested provider of block {block} is said to have no room", (str(block),)
            )
        standing = able[(able["block_id"] == block) & (able["provider_id"] != suggested)]
        said = own.set_index("provider_id")["room_in_plan"] == "yes"
        wrong = [name for name, yes in said.items() if yes != (fits(str(block), str(name)) and name in set(room.index))]
        if wrong:
            yield Broken(written.NEXT, f"room_in_plan of block {block} is wrong", some(wrong))
        order = [(not fits(str(block), str(row.provider_id)), row.minutes_week) for row in standing.itertuples()]
        ranked = own[own["rank"] <= NEXT + 1]
        listed = [(row.room_in_plan != "yes", row.minutes_week) for row in ranked.itertuples()]
        listed = [pair for pair, name in zip(listed, ranked["provider_id"], strict=True)
                  if name in set(standing["provider_id"])]  # fmt: skip
        best = sorted(order)[:NEXT]
        same = len(best) == len(listed) and all(
            one[0] == two[0] and abs(one[1] - two[1]) <= 2 * COST_STEP for one, two in zip(best, listed, strict=True)
        )
        if not same:
            yield Broken(written.NEXT, f"the next of block {block} are not the cheapest with room", (str(block),))


@check("backup")
def backup(evidence: Evidence) -> Iterator[Broken]:
    """Hold that a backup is of another company, may have the block, and has the room for what is guaranteed."""
    rows = _listed(evidence)
    chosen = rows[rows["backup"] == "yes"]
    named = evidence.proposals["backup_provider_id"]
    named = named[named != ""]
    if sorted(named.items()) != sorted(zip(chosen["block_id"], chosen["provider_id"], strict=True)):
        odd = sorted(set(named.items()) ^ set(zip(chosen["block_id"], chosen["provider_id"], strict=True)))
        yield Broken(written.NEXT, "backups are not those of block_proposals.csv", some(block for block, _ in odd))
    room, movable, barred = sum_room(evidence), evidence.movable, barred_everywhere(evidence)
    needs = {str(block): list_needs(own) for block, own in movable.groupby("block_id")}
    sure = movable[movable["held"] | movable["waiting"]]
    load = sure.groupby("block_id")["carer_hours"].sum()
    company = evidence.providers["company"]
    for row in chosen.itertuples():
        block, name = str(row.block_id), str(row.provider_id)
        hours = sure[sure["block_id"] == block].groupby("district_code")["hours"].sum()
        why = _bar(evidence, block, name, needs, barred) or _passes(evidence, block, name, hours, instead=False)
        if company.get(name) == company.get(str(evidence.suggested.get(block))):
            why = "is of the same company"
        if float(load.get(block, 0.0)) > float(room.get(name, 0.0)) + HOURS:
            why = f"has no room for {load.get(block, 0.0):g} carer hours"
        if float(load.get(block, 0.0)) <= 0:
            why = "has nothing to step in for"
        if why:
            yield Broken(written.NEXT, f"{name} cannot be the backup of block {block}: it {why}", (block,))
    others = chosen.groupby("provider_id")["block_id"].transform("size") - 1
    said = chosen["reason"].str.extract(r"also backup of ([\d,]+) other")[0].str.replace(",", "")
    wrong = pd.to_numeric(said).fillna(0) != others
    if wrong.any():
        yield Broken(
            written.NEXT,
            "the reason counts other blocks on the same backup wrongly",
            some(chosen.loc[wrong, "block_id"]),
        )
