"""Two plans side by side: what each brings and disturbs, and how much of one is elsewhere in the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import Zone, cost_zone
from marketmap.settings import BlockSettings

# A block is kept where more than this share of its hours stays together with its provider.
KEPT_SHARE = 0.5
COSTS = ("cost_travel", "cost_rounds", "cost_moves", "cost_price")
LEAST_HOURS = 0.5


@dataclass(frozen=True)
class PlanFigures:
    """What a plan brings, all a week; of the proposed blocks alone, those already let apart.

    Attributes
    ----------
    objective
        Minutes-equivalent of the whole plan, blocks already let and spot purchase included.
    blocks
        Proposed blocks.
    hours_in_blocks
        Contact hours in them.
    share_in_blocks
        Of all hours that may be placed, those in any block, let ones included.
    travel_minutes_saved
        Travel of the visits that are delivered today, now less then, if every package in a zone moved: in the block
        model's own measure, from middles and patches, which is several times what rounds would save.
    carer_hours_moving, hours_moving
        Carer hours, and contact hours, that another provider delivers today.
    hours_waiting_placed
        Contact hours of people who wait.
    pounds_above_usual
        What the blocks' providers would be paid a week above the district's usual price; nan where the price has no
        weight in the settings.
    driving_minutes_saved
        Driving in rounds, as `PlanCase.estimate_driving` has it; nan where it was not estimated.
    """

    objective: float
    blocks: int
    hours_in_blocks: float
    share_in_blocks: float
    travel_minutes_saved: float
    carer_hours_moving: float
    hours_moving: float
    hours_waiting_placed: float
    pounds_above_usual: float
    driving_minutes_saved: float = float("nan")


def measure_plan(model: BlockModel, zones: Sequence[Zone], *, settings: BlockSettings) -> PlanFigures:
    """Measure a plan of a model, at the weights of the settings."""
    points = model.points
    left_out = np.ones(len(points), dtype=bool)
    objective, saved, moving, moved_contact, priced = 0.0, 0.0, 0.0, 0.0, 0.0
    hours = points["contact_hours"].to_numpy(float)
    proposed = np.zeros(len(points), dtype=bool)
    active = points["active_visits"].to_numpy(float)
    now = points["minutes_outside"].to_numpy(float)
    carried = (points["carer_hours"] - points["carer_hours_waiting"]).to_numpy(float)
    delivered = (points["contact_hours"] - points["hours_waiting"]).to_numpy(float)
    contact_held = hold_contact(model)
    count = 0
    for zone in zones:
        at = zone.points
        left_out[at] = False
        parts = cost_zone(model, at, centre=zone.centre, provider=zone.provider, settings=settings)
        objective += sum(float(parts[name].sum()) for name in COSTS)
        if zone.existing:
            continue
        count += 1
        proposed[at] = True
        priced += float(parts["cost_price"].sum())
        then = model.minutes[at, zone.centre]
        saved += float((active[at] * (settings.factor_outside * now[at] - settings.factor_inside * then)).sum())
        moving += float(np.maximum(carried[at] - model.held[at, zone.provider], 0.0).sum())
        moved_contact += float(np.maximum(delivered[at] - contact_held[at, zone.provider], 0.0).sum())
    return PlanFigures(
        objective=objective + float(model.outside[left_out].sum()) + settings.block_cost_minutes * count,
        blocks=count,
        hours_in_blocks=float(hours[proposed].sum()),
        share_in_blocks=float(hours[~left_out].sum() / hours.sum()),
        travel_minutes_saved=saved,
        carer_hours_moving=moving,
        hours_moving=moved_contact,
        hours_waiting_placed=float(points["hours_waiting"].to_numpy(float)[proposed].sum()),
        pounds_above_usual=priced / settings.price_minutes_pound if settings.price_minutes_pound else float("nan"),
    )


def cost_let_blocks(model: BlockModel, zones: Sequence[Zone], *, settings: BlockSettings) -> float:
    """Cost the blocks already let: the same in every plan, so they shift a bound as they shift an objective."""
    total = 0.0
    for zone in (zone for zone in zones if zone.existing):
        parts = cost_zone(model, zone.points, centre=zone.centre, provider=zone.provider, settings=settings)
        total += sum(float(parts[name].sum()) for name in COSTS)
    return total


def hold_contact(model: BlockModel) -> np.ndarray:
    """Find the contact hours that each provider delivers at each point today, (n, P)."""
    members = model.members[~model.members["waiting"]]
    rows = model.points.index.get_indexer(pd.Index(members["postcode"]))
    columns = model.providers.index.get_indexer(pd.Index(members["provider_id"]))
    known = (rows >= 0) & (columns >= 0)
    held = np.zeros(model.held.shape)
    np.add.at(held, (rows[known], columns[known]), members["hours_week"].to_numpy(float)[known])
    return held


def name_providers(model: BlockModel, zones: Sequence[Zone]) -> pd.Series:
    """Name the provider of each point's proposed block, indexed by postcode; blank outside them."""
    named = np.full(len(model.points), "", dtype=object)
    for zone in zones:
        if not zone.existing:
            named[zone.points] = str(model.providers.index[zone.provider])
    return pd.Series(named, index=model.points.index)


def share_elsewhere(hours: pd.Series, one: pd.Series, other: pd.Series) -> float:
    """Find the share of one plan's block hours that the other leaves to spot purchase or gives another provider.

    Parameters
    ----------
    hours
        Contact hours by postcode.
    one, other
        As `name_providers` gives them. Drawing a block's border anew with the same provider on both sides is no
        difference: who comes to the door is.
    """
    inside = one != ""
    total = float(hours[inside].sum())
    return float(hours[inside & (one != other.reindex(one.index, fill_value=""))].sum()) / total if total else 0.0


def measure_difference(hours: pd.Series, one: pd.Series, other: pd.Series) -> float:
    """Find how different two plans are: the smaller of `share_elsewhere` looked at from either side.

    From one side alone a plan that only leaves a few blocks out would count as another plan.
    """
    return min(share_elsewhere(hours, one, other), share_elsewhere(hours, other, one))


def count_kept(base: Sequence[Zone], zones: Sequence[Zone], *, old: BlockModel, new: BlockModel) -> int:
    """Count the proposed blocks of which more than half the hours stay together with the same provider."""
    hours = old.points["contact_hours"]
    block = pd.Series(-1, index=old.points.index)
    provider = name_providers(new, zones).reindex(old.points.index, fill_value="")
    for number, zone in enumerate(zones):
        if not zone.existing:
            at = new.points.index[zone.points]
            block[block.index.isin(at)] = number
    kept = 0
    for zone in (zone for zone in base if not zone.existing):
        at = old.points.index[zone.points]
        same = (provider[at] == str(old.providers.index[zone.provider])) & (block[at] >= 0)
        together = hours[at][same].groupby(block[at][same]).sum()
        kept += bool(len(together) and together.max() > KEPT_SHARE * float(hours[at].sum()))
    return kept


def describe_differences(
    model: BlockModel, base: Sequence[Zone], zones: Sequence[Zone], *, provider_names: pd.Series, most: int = 10
) -> list[tuple[float, str]]:
    """Tell the largest differences from a plan in words, block by block, the most hours first.

    Parameters
    ----------
    model
        Of both plans.
    base, zones
        The plan that is compared with, and the other.
    provider_names
        By ``provider_id``.

    Returns
    -------
    list
        (contact hours that are elsewhere, sentence).
    """
    hours, sectors = model.points["contact_hours"], model.points["sector"]
    other = name_providers(model, zones)
    told: list[tuple[float, str]] = []
    inside = pd.Series(False, index=hours.index)
    for zone in (zone for zone in base if not zone.existing):
        at = model.points.index[zone.points]
        inside[at] = True
        own = str(model.providers.index[zone.provider])
        away = other[at][other[at] != own]
        elsewhere = float(hours[away.index].sum())
        if elsewhere < LEAST_HOURS:
            continue
        goes = hours[away.index].groupby(away).sum().sort_values(ascending=False, kind="stable")
        parts = [
            f"{value:,.0f} {'left to spot purchase' if not name else f'with {provider_names.get(name, name)}'}"
            for name, value in goes.items()
            if value >= LEAST_HOURS
        ]
        text = (
            f"{zone.block_id} ({_list_sectors(sectors[at], hours[at])}): of {hours[at].sum():,.0f} hours with "
            f"{provider_names.get(own, own)} in the proposed plan, {'; '.join(parts)}"
        )
        told.append((elsewhere, text))
    for zone in (zone for zone in zones if not zone.existing):
        at = model.points.index[zone.points]
        new = hours[at][~inside[at]]
        if float(new.sum()) >= LEAST_HOURS:
            own = str(model.providers.index[zone.provider])
            text = (
                f"{new.sum():,.0f} hours left to spot purchase in the proposed plan "
                f"({_list_sectors(sectors[new.index], new)}) would be in a block with {provider_names.get(own, own)}"
            )
            told.append((float(new.sum()), text))
    return sorted(told, key=lambda item: (-item[0], item[1]))[:most]


def _list_sectors(sectors: pd.Series, hours: pd.Series, *, most: int = 3) -> str:
    """Name the sectors with most hours."""
    largest = hours.groupby(sectors).sum().sort_values(ascending=False, kind="stable").index
    rest = len(largest) - most
    more = f" and {rest} more sector{'s' if rest > 1 else ''}" if rest > 0 else ""
    return ", ".join(str(sector) for sector in largest[:most]) + more
