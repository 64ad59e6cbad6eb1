"""What an edit did: the rules that a draft breaks, and its figures beside another draft's.

Each finding has the name of the check of `marketmap check` that finds the same in the written files.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.audit import ROUNDING, sum_commitments
from marketmap.blocks.comparison import COSTS, PlanFigures, hold_contact, measure_plan, name_providers
from marketmap.blocks.connectivity import split_into_pieces
from marketmap.blocks.draft import Draft
from marketmap.blocks.draft_zones import forbid_more, place_zones
from marketmap.blocks.eligibility import ABSENT, LACKS
from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import SPOT, PlanCase, Zone, tabulate_points
from marketmap.inputs.locks import lies_in
from marketmap.settings import BlockSettings

CONTIGUOUS, SIZE, REACH, ELIGIBLE = "contiguous", "block-size", "cost-travel", "eligible"
CAPACITY, WANTED, SHARE = "capacity", "block-hours-wanted", "company-share"
FORBIDDEN, TOGETHER, APART = "lock-forbid", "lock-together", "lock-apart"
# Half of the last decimal that minutes are written with.
MINUTES_STEP = 0.005
MOST_NAMED = 5


@dataclass(frozen=True)
class EditFinding:
    """A rule that a draft breaks.

    Attributes
    ----------
    block_id
        The block, or the first of them.
    rule
        The check of `marketmap check` that finds the same.
    text
        Block, rule, figure and limit in plain words.
    blocks
        All the blocks that have a part in it.
    """

    block_id: str
    rule: str
    text: str
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Weighed:
    """A draft weighed.

    Attributes
    ----------
    findings
        The rules that it breaks; none where it is a plan like any other.
    figures
        What it brings, as `comparison.measure_plan` has it.
    change
        Each figure less the other draft's, by its name, and ``hours_elsewhere``: contact hours that are in a proposed
        block of another provider, or in one in one of the two drafts only.
    blocks
        One row a block: ``block_id, status, locked, provider_id, provider_name, centre_postcode, district_code,
        sectors, postcodes, hours, carer_hours, hours_with_provider, hours_with_others, hours_waiting,
        travel_minutes_saved_week, cost_total, cost_if_left_spot, gain_total, rules``; hours are contact hours a week,
        costs and gains minutes-equivalent a week, ``rules`` those that it has a part in breaking, joined by ``;``.
    """

    findings: tuple[EditFinding, ...]
    figures: PlanFigures
    change: Mapping[str, float]
    blocks: pd.DataFrame


def weigh_draft(case: PlanCase, draft: Draft, *, against: Draft) -> Weighed:
    """Weigh a draft: every rule of the model, and what it brings beside another draft of the same case.

    Raises
    ------
    PlanError
        When a draft is not of this case.
    """
    known, case = case, forbid_more(case, draft.forbidden)
    zones, others = place_zones(case, draft), place_zones(case, against)
    findings = tuple(find_broken(case, draft, zones))
    figures = _measure(known, zones)
    before = figures if against is draft else _measure(known, others)
    change = {name: value - getattr(before, name) for name, value in dataclasses.asdict(figures).items()}
    own, other = name_providers(case.model, zones), name_providers(case.model, others)
    change["hours_elsewhere"] = float(case.model.points["contact_hours"][own != other].sum())
    return Weighed(findings, figures, change, tabulate_blocks(case, draft, zones, findings))


def _measure(case: PlanCase, zones: Sequence[Zone]) -> PlanFigures:
    """Measure zones; the case is the one that knows its rounds already."""
    driving = case.estimate_driving(zones)
    proposed = [zone.block_id for zone in zones if not zone.existing]
    figures = measure_plan(case.model, zones, settings=case.settings.blocks)
    return dataclasses.replace(figures, driving_minutes_saved=float(driving.reindex(proposed).fillna(0.0).sum()))


def find_broken(case: PlanCase, draft: Draft, zones: Sequence[Zone]) -> Iterator[EditFinding]:
    """Find the rules that a draft's zones break, block by block, then provider by provider, then lock by lock.

    Parameters
    ----------
    case
        With the draft's forbidden pairs, as `draft_zones.forbid_more` gives it.
    zones
        As `draft_zones.place_zones` gives them.
    """
    settings, model = case.settings.blocks, case.model
    for zone in zones:
        if not zone.existing:
            yield from _judge_shape(model, zone, settings)
            yield from _judge_provider(model, zone)
    yield from _judge_limits(model, zones, settings)
    yield from _judge_locks(case, draft)


def _judge_shape(model: BlockModel, zone: Zone, settings: BlockSettings) -> Iterator[EditFinding]:
    name, at = zone.block_id, zone.points
    numbers = np.cumsum(model.free) - 1
    pieces = len(split_into_pieces(model.adjacency, numbers[at]))
    if pieces > 1:
        text = f"Block {name} is in {pieces} pieces by road; a block must be in one."
        yield EditFinding(name, CONTIGUOUS, text, (name,))
    hours = float(model.points["contact_hours"].to_numpy(float)[at].sum())
    least, most = settings.min_hours, settings.max_hours
    if not least - ROUNDING <= hours <= most + ROUNDING:
        way = f"below the smallest block ({least:g})" if hours < least else f"above the largest block ({most:g})"
        text = f"Block {name} has {hours:,.1f} contact hours a week, {way}."
        yield EditFinding(name, SIZE, text, (name,))
    minutes = model.minutes[at, zone.centre]
    far = int((minutes > settings.reach_minutes + MINUTES_STEP).sum())
    if far:
        text = (
            f"Block {name} has {far} postcode{'s' if far > 1 else ''} with work up to {minutes.max():,.1f} minutes "
            f"from its centre {model.points.index[zone.centre]}; the most is {settings.reach_minutes:g}."
        )
        yield EditFinding(name, REACH, text, (name,))


def _judge_provider(model: BlockModel, zone: Zone) -> Iterator[EditFinding]:
    provider = str(model.providers.index[zone.provider])
    screened = str(model.why_not[provider])
    if screened:
        text = f"Block {zone.block_id}: provider {provider} can have no block ({screened})."
        yield EditFinding(zone.block_id, ELIGIBLE, text, (zone.block_id,))
        return
    bars = model.standing[zone.points, zone.provider]
    hit = [str(bar) for bar in bars if bar == ABSENT or str(bar).startswith(LACKS)]
    if hit:
        told = ", ".join(sorted(set(hit)))
        text = (
            f"Block {zone.block_id}: provider {provider} {told} ({len(hit)} of {len(bars)} postcodes with work; "
            "it must be none)."
        )
        yield EditFinding(zone.block_id, ELIGIBLE, text, (zone.block_id,))


def _judge_limits(model: BlockModel, zones: Sequence[Zone], settings: BlockSettings) -> Iterator[EditFinding]:
    commitments, limits = sum_commitments(model, list(zones)), model.limits
    proposed = [zone for zone in zones if not zone.existing]
    for number in sorted({zone.provider for zone in proposed}):
        provider = model.providers.index[number]
        own = tuple(zone.block_id for zone in proposed if zone.provider == number)
        room = float(commitments.room[number])
        if room < -ROUNDING:
            text = (
                f"Provider {provider} would have to take on {-room:,.1f} carer hours a week more than it has spare, "
                f"may grow by and gives up to others' blocks (its blocks: {_list(own)})."
            )
            yield EditFinding(own[0], CAPACITY, text, own)
        hours, most = float(commitments.block_hours[number]), float(limits.most_hours[number])
        if hours > most + ROUNDING:
            text = (
                f"Provider {provider} would have {hours:,.1f} contact hours a week in proposed blocks; it would take "
                f"at most {most:,.1f} beside those already let (its blocks: {_list(own)})."
            )
            yield EditFinding(own[0], WANTED, text, own)
    if settings.share_cap >= 1:
        return
    over = (commitments.shares > limits.share_cap + ROUNDING) & (commitments.counts > 1)
    districts = sorted(set(model.points["district_code"]))  # numbered in this order by `limits.find_limits`
    for company, district in np.argwhere(over):
        own = tuple(
            zone.block_id
            for zone in proposed
            if limits.company_of[zone.provider] == company and (limits.district_of[zone.points] == district).any()
        )
        name = model.providers["company_id"].astype(str).iloc[int(np.flatnonzero(limits.company_of == company)[0])]
        text = (
            f"Company {name} would have {commitments.shares[company, district]:,.1f} contact hours a week in "
            f"proposed blocks in district {districts[district]}; one company may have "
            f"{limits.share_cap[company, district]:,.1f} there, or one block (its blocks there: {_list(own)})."
        )
        yield EditFinding(own[0], SHARE, text, own)


def _judge_locks(case: PlanCase, draft: Draft) -> Iterator[EditFinding]:
    locks, county = case.locks, case.tables.county_postcodes
    if not (locks.forbidden or locks.together or locks.apart):
        return
    block = pd.Series(SPOT, index=county.index, dtype=object)
    for zone in draft.zones:
        block[block.index.isin(zone.postcodes)] = zone.block_id
    holder = {zone.block_id: zone.provider_id for zone in draft.zones}
    for provider, place in locks.forbidden:
        there = block[lies_in(county, place)]
        for name in sorted(name for name in set(there) if holder.get(name) == provider):
            count = int((there == name).sum())
            had = f"{count} postcode{'s' if count > 1 else ''}"
            text = f"Block {name}: provider {provider} is kept out of {place} and has {had} there; it must have none."
            yield EditFinding(name, FORBIDDEN, text, (name,))
    reached = (case.model.point_of.reindex(county.index) != -1).to_numpy(bool) | (block != SPOT).to_numpy(bool)
    for lock, places in locks.together.items():
        inside = np.any([lies_in(county, place) for place in places], axis=0)
        found = sorted(set(block[inside & reached]))
        if len(found) > 1:
            own = tuple(name for name in found if name != SPOT)
            text = f"Lock {lock} puts {', '.join(places)} together; they are in {len(found)} ({', '.join(found)})."
            yield EditFinding(own[0], TOGETHER, text, own)
    for lock, places in locks.apart.items():
        sets = [set(block[lies_in(county, place)]) - {SPOT} for place in places]
        names = [name for own in sets for name in own]
        for name in sorted({name for name in names if names.count(name) > 1}):
            text = f"Block {name} has work of more than one of {', '.join(places)}, which lock {lock} keeps apart."
            yield EditFinding(name, APART, text, (name,))


def tabulate_blocks(
    case: PlanCase, draft: Draft, zones: Sequence[Zone], findings: Sequence[EditFinding]
) -> pd.DataFrame:
    """Tabulate a draft's blocks as `Weighed.blocks` describes them."""
    model, settings = case.model, case.settings.blocks
    points, ids = tabulate_points(model, list(zones), settings=settings), [zone.block_id for zone in zones]
    number, provider = np.full(len(points), -1), np.full(len(points), 0)
    for place, zone in enumerate(zones):
        number[zone.points], provider[zone.points] = place, zone.provider
    at = np.flatnonzero(number >= 0)

    def total(values: np.ndarray | pd.Series) -> np.ndarray:
        return np.bincount(number[at], weights=np.asarray(values, dtype=float)[at], minlength=len(zones))

    hours, waiting = total(points["contact_hours"]), total(points["hours_waiting"])
    already = total(hold_contact(model)[np.arange(len(points)), provider])
    own = np.array([0.0 if zone.existing else settings.block_cost_minutes for zone in zones])
    cost, left = total(points[list(COSTS)].sum(axis=1)) + own, total(points["cost_outside"])
    active = model.points["active_visits"].to_numpy(float)
    now, then = points["minutes_outside"].to_numpy(float), points["minutes_to_centre"].to_numpy(float)
    saved = active * (settings.factor_outside * now - settings.factor_inside * then)
    sectors = model.points["sector"].groupby(number).agg(lambda values: ";".join(sorted(set(values))))
    written = {zone.block_id: zone for zone in draft.zones}
    holders = pd.Series([written[name].provider_id for name in ids], dtype=object)
    names = case.tables.providers.set_index("provider_id")["provider_name"]
    districts = model.points["district_code"].to_numpy(dtype=object)
    broken = {name: dict.fromkeys(one.rule for one in findings if name in one.blocks) for name in ids}
    return pd.DataFrame(
        {
            "block_id": ids,
            "status": [zone.status for zone in zones],
            "locked": [name in draft.locked for name in ids],
            "provider_id": holders,
            "provider_name": holders.map(names).astype("object").fillna(holders),
            "centre_postcode": [written[name].centre for name in ids],
            "district_code": [districts[zone.centre] if zone.centre >= 0 else "" for zone in zones],
            "sectors": sectors.reindex(range(len(zones))).astype("object").fillna("").to_numpy(),
            "postcodes": [len(written[name].postcodes) for name in ids],
            "hours": hours,
            "carer_hours": total(points["carer_hours"]),
            "hours_with_provider": already,
            "hours_with_others": np.maximum(hours - waiting - already, 0.0),
            "hours_waiting": waiting,
            "travel_minutes_saved_week": total(saved),
            "cost_total": cost,
            "cost_if_left_spot": left,
            "gain_total": left - cost,
            "rules": [";".join(broken[name]) for name in ids],
        }
    )


def _list(names: Sequence[str]) -> str:
    """Name a few blocks and count the rest."""
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
