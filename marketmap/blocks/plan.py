"""A finished plan: its zones, what each costs part by part, and how far it may be from the best possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from marketmap.blocks.locks import Locks
from marketmap.blocks.model import BlockModel
from marketmap.blocks.parting import PARTED
from marketmap.blocks.round_travel import RoundTravel, make_round_travel
from marketmap.blocks.stop import Stop
from marketmap.inputs.county import Tables
from marketmap.settings import BlockSettings, Settings
from marketmap.travel import TravelTimes

if TYPE_CHECKING:
    from marketmap.blocks.exit import ExitPlan

SPOT = "spot"


@dataclass(frozen=True)
class Zone:
    """One block of a plan: positions of its points, its centre (a point) and its provider in the model's arrays.

    ``existing``: it stays as it is, already let or, with ``held``, by a lock.
    """

    block_id: str
    existing: bool
    provider: int
    centre: int
    points: np.ndarray
    held: bool = False
    guaranteed_hours_week: float = float("nan")
    price_hour: float = float("nan")

    @property
    def status(self) -> str:
        """What the written files call it: ``proposed``, ``existing`` or ``held``."""
        return "held" if self.held else "existing" if self.existing else "proposed"


@dataclass(frozen=True)
class PlanCase:
    """What a plan was made from and what was decided, so that more can be asked of it.

    Attributes
    ----------
    tables, matrix, settings, locks, seed, stop
        As given to `propose`.
    model
        The arrays made of them.
    zones
        The blocks, those already let first.
    """

    tables: Tables
    matrix: TravelTimes
    settings: Settings
    locks: Locks
    seed: int
    stop: Stop
    model: BlockModel
    zones: tuple[Zone, ...]

    @cached_property
    def round_travel(self) -> RoundTravel:
        """Give what rounds of the case are estimated from; made when it is first asked for."""
        return make_round_travel(self.tables, self.matrix, self.settings)

    def estimate_driving(self, zones: Sequence[Zone]) -> pd.Series:
        """Estimate the driving in rounds that zones of the case would save, as `RoundTravel.save`.

        Returns
        -------
        Series
            By ``block_id``, minutes a week, if every placeable package in the zones moved.
        """
        index, ids = self.model.points.index, self.model.providers.index
        parts = [
            pd.DataFrame({"block_id": zone.block_id, "provider_id": str(ids[zone.provider])}, index=index[zone.points])
            for zone in zones
        ]
        none = pd.DataFrame({"block_id": [], "provider_id": []}, dtype="object")
        return self.round_travel.save(pd.concat(parts) if parts else none)


@dataclass(frozen=True)
class Plan:
    """A plan, as tables with unrounded values; the columns are described in ``marketmap.outputs.files.tables``.

    Attributes
    ----------
    proposals
        One row a block.
    postcodes
        Every postcode of the county once: its block or ``spot``, and why.
    points
        One row a postcode with placeable demand: where it went and what it costs there.
    eligible
        One row for each block and provider: eligible or not, and why.
    next_providers
        For each proposed block the suggested provider, the next two and a backup.
    rollout
        The order in which the proposed blocks can start.
    neighbours
        The road neighbourhood graph that contiguity is judged on.
    objective, lower_bound
        Minutes-equivalent a week of the linear model; no plan of it can cost less than the bound.
    gap
        (objective - lower_bound) / |objective|.
    status
        ``optimal``, ``feasible`` or ``stopped``.
    relaxed
        The constraints that the bound does not honour in full.
    case
        What it was made from.
    ended
        What ended the search: one of the words in `stop`.
    """

    proposals: pd.DataFrame
    postcodes: pd.DataFrame
    points: pd.DataFrame
    eligible: pd.DataFrame
    next_providers: pd.DataFrame
    rollout: pd.DataFrame
    neighbours: pd.DataFrame
    objective: float
    lower_bound: float
    gap: float
    status: str
    iterations: int
    seconds: float
    relaxed: tuple[str, ...]
    notes: tuple[str, ...]
    case: PlanCase
    ended: str = ""

    def without(self, company_id: str, *, stop: Stop | None = None) -> ExitPlan:
        """Say what becomes of a company's blocks and hours when it leaves, as `exit.leave_company` does."""
        from marketmap.blocks.exit import leave_company  # noqa: PLC0415  it needs plans to be there first

        return leave_company(self, company_id, stop=stop)


def cost_zone(
    model: BlockModel, points: np.ndarray, *, centre: int, provider: int, settings: BlockSettings
) -> pd.DataFrame:
    """Cost some points served from a centre by a provider, part by part.

    Returns
    -------
    DataFrame
        One row a point: ``minutes_to_centre, cost_travel, cost_rounds, cost_moves, cost_price`` (minutes a week).
    """
    parts = _cost_parts(model, points, centre=centre, provider=provider, settings=settings)
    return pd.DataFrame(parts, index=model.points.index[points])


def _cost_parts(
    model: BlockModel, points: np.ndarray, *, centre: int, provider: int, settings: BlockSettings
) -> dict[str, np.ndarray]:
    minutes = model.minutes[points, centre]
    base = model.base[provider, centre]
    return {
        "minutes_to_centre": minutes,
        "cost_travel": settings.factor_inside * model.points["carer_visits"].to_numpy(float)[points] * minutes,
        "cost_rounds": model.rounds[points] * (base if np.isfinite(base) else 0.0),
        "cost_moves": model.moves[points, provider],
        "cost_price": model.price[points, provider],
    }


def tabulate_points(model: BlockModel, zones: list[Zone], *, settings: BlockSettings) -> pd.DataFrame:
    """Tabulate every point of demand: where it went and what that costs."""
    count = len(model.points)
    block, centre = np.full(count, SPOT, dtype=object), np.full(count, None, dtype=object)
    names = ("minutes_to_centre", "cost_travel", "cost_rounds", "cost_moves", "cost_price", "carer_hours_held")
    costs = {name: np.full(count, np.nan) for name in names}
    for zone in zones:
        at = zone.points
        parts = _cost_parts(model, at, centre=zone.centre, provider=zone.provider, settings=settings)
        for name, values in parts.items():
            costs[name][at] = values
        costs["carer_hours_held"][at] = model.held[at, zone.provider]
        block[at], centre[at] = zone.block_id, model.points.index[zone.centre]
    table = model.points[
        ["district_code", "packages", "people", "contact_hours", "carer_hours", "carer_visits", "hours_waiting"]
    ].assign(
        minutes_outside=model.points["minutes_outside"],
        block_id=block,
        centre_postcode=centre,
        **costs,
        cost_outside=model.outside,
    )
    return table.rename_axis("postcode").reset_index()


def sum_objective(points: pd.DataFrame, *, proposed: int, settings: BlockSettings) -> float:
    """Sum a plan's objective from its table of points and its number of proposed blocks (minutes-equivalent a week)."""
    inside = points["block_id"] != SPOT
    parts = points.loc[inside, ["cost_travel", "cost_rounds", "cost_moves", "cost_price"]]
    return float(
        parts.to_numpy().sum() + points.loc[~inside, "cost_outside"].sum() + settings.block_cost_minutes * proposed
    )


def explain_postcodes(
    model: BlockModel,
    zones: list[Zone],
    *,
    county_postcodes: pd.DataFrame,
    off_roads: pd.Series,
    provider_names: pd.Series,
) -> pd.DataFrame:
    """Give every postcode of the county its block or ``spot``, with the reason.

    The text is the same for postcodes with and without packages, so that the list is not a list of where
    people who are cared for live.

    Parameters
    ----------
    off_roads
        Indexed by postcode: why a postcode could not be placed on the roads.
    """
    names = county_postcodes.index
    block_of_point = np.full(len(model.points), SPOT, dtype=object)
    provider_of_point = np.full(len(model.points), "", dtype=object)
    for zone in zones:
        block_of_point[zone.points] = zone.block_id
        provider_of_point[zone.points] = model.providers.index[zone.provider]
    spot_reason = _explain_spot(model)
    hangs = model.point_of.reindex(names).fillna(-1).to_numpy(int)
    attached = hangs >= 0
    block = np.full(len(names), SPOT, dtype=object)
    block[attached] = block_of_point[hangs[attached]]
    provider = np.full(len(names), "", dtype=object)
    provider[attached] = provider_of_point[hangs[attached]]
    reason = np.full(len(names), "No road joins it to any work that a block could take", dtype=object)
    inside = block != SPOT
    reason[hangs == PARTED] = "A lock keeps it apart from the work of the blocks it touches"
    reason[attached] = spot_reason[hangs[attached]]
    missing = names.isin(off_roads.index)
    reason[missing] = [f"Off the road network: {why}" for why in off_roads.reindex(names[missing])]
    reason[inside] = [f"Inside the zone of proposed block {name}" for name in block[inside]]
    table = pd.DataFrame({"block_id": block, "suggested_provider_id": provider, "reason": reason}, index=names)
    for zone in (zone for zone in zones if zone.existing):
        rows = names.isin(next(held.postcodes for held in model.locked if held.block_id == zone.block_id))
        table.loc[rows, "block_id"] = zone.block_id
        table.loc[rows, "suggested_provider_id"] = str(model.providers.index[zone.provider])
        what = "held by a lock" if zone.held else "already let"
        table.loc[rows, "reason"] = f"In block {zone.block_id}, {what}"
    table["suggested_provider_name"] = table["suggested_provider_id"].map(provider_names).fillna("")
    table["live"] = county_postcodes["live"].map({True: "yes", False: "no"}).astype("object").fillna("unknown")
    return table.rename_axis("postcode").reset_index()


def _explain_spot(model: BlockModel) -> np.ndarray:
    open_to = [name for name in model.providers.index if not model.why_not[name]]
    columns = model.providers.index.get_indexer(pd.Index(open_to))
    barred = model.barred[:, columns]
    reasons = np.full(
        len(model.points),
        "No block is proposed here: in this plan it costs less, in the model's minutes, to leave it as spot purchase",
        dtype=object,
    )
    for number in np.flatnonzero((barred != "").all(axis=1)):
        why = set(barred[number])
        if "one postcode above the largest block" in why:
            reasons[number] = "This postcode alone is above the largest block"
        elif any(text.startswith("together by a lock") for text in why):
            reasons[number] = "A lock keeps it together with a place that no block can have"
        elif why <= {"does not take part here", "kept out by a lock"}:
            reasons[number] = "No provider takes part in blocks here"
        else:
            reasons[number] = "No provider that takes part here offers all that is needed"
    return reasons
