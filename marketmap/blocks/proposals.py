"""The row that a commissioner reads for each block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from marketmap.blocks.gains import GAIN_COLUMNS, explain_gain, split_gain
from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import SPOT, Zone
from marketmap.inputs.county import Tables
from marketmap.inputs.gathered import find_gathered
from marketmap.market.demand import carers_at_once, describe_packages
from marketmap.settings import BlockSettings

COLUMNS = (
    "block_id",
    "status",
    "suggested_provider_id",
    "suggested_provider_name",
    "company_id",
    "cqc_rating",
    "centre_postcode",
    "district_code",
    "district_name",
    "sectors",
    "postcodes",
    "people",
    "packages",
    "hours_zone",
    "hours_already_with_provider",
    "hours_with_others",
    "hours_waiting",
    "hours_fixed",
    "expected_starts_hours_13w",
    "expected_ends_hours_13w",
    "hours_guaranteed_start",
    "weeks_to_fill",
    "void_cost_pounds_week",
    "annual_value_pounds",
    "carers_full_time",
    "carers_at_peak_morning",
    "carers_at_peak_lunch",
    "carers_at_peak_tea",
    "carers_at_peak_bed",
    "carer_hours_zone",
    "carer_visits_week",
    "minutes_per_visit_now",
    "minutes_per_visit_proposed",
    "travel_minutes_saved_week",
    "driving_minutes_saved_week",
    "cost_travel",
    "cost_rounds",
    "cost_moves",
    "cost_price",
    "cost_block",
    "cost_total",
    "cost_if_left_spot",
    *GAIN_COLUMNS,
    "backup_provider_id",
    "rollout_rank",
    "rollout_after",
    "reason",
)
OUTLOOK = ("backup_provider_id", "rollout_rank", "rollout_after")
PEAK_BANDS = ("morning", "lunch", "tea", "bed")
WEEKS_AHEAD = 13
WEEKS_YEAR = 52
NOTHING_GUARANTEED = "nothing can be guaranteed on day one: its provider delivers none of it and nobody waits"
# Below this a share is told in words.
SMALL_SHARE = 0.005


def tabulate_proposals(
    model: BlockModel,
    zones: list[Zone],
    *,
    points: pd.DataFrame,
    postcodes: pd.DataFrame,
    driving: pd.Series,
    tables: Tables,
    settings: BlockSettings,
) -> pd.DataFrame:
    """Tabulate one row a block.

    Parameters
    ----------
    points, postcodes
        The plan's tables of points and of all postcodes.
    driving
        By ``block_id``, as `PlanCase.estimate_driving` gives it.
    """
    people = _sum_people(model, zones)
    sector_lists = list_sectors(postcodes, tables)
    counts = postcodes.groupby("block_id").size()
    peaks, fixed = _sum_packages(tables, postcodes, settings)
    by_block = points[points["block_id"] != SPOT].groupby("block_id")
    rows = []
    for zone in zones:
        provider = model.providers.iloc[zone.provider]
        own = by_block.get_group(zone.block_id) if zone.block_id in by_block.groups else points.iloc[:0]
        at = model.points.iloc[zone.points]
        already = float(people["already"].loc[zone.block_id])
        waiting = float(at["hours_waiting"].sum())
        zone_hours = float(at["contact_hours"].sum())
        turnover = zone_hours * settings.turnover_week * WEEKS_AHEAD
        active = at["active_visits"].to_numpy(float)
        now = float((active * at["minutes_outside"].to_numpy(float)).sum())
        then = float((active * own["minutes_to_centre"].to_numpy(float)).sum())
        parts = own[["cost_travel", "cost_rounds", "cost_moves", "cost_price"]].sum()
        cost_block = 0.0 if zone.existing else settings.block_cost_minutes
        left = float(model.outside[zone.points].sum())
        row: dict[str, Any] = {
            "block_id": zone.block_id,
            "status": zone.status,
            "suggested_provider_id": str(provider.name),
            "suggested_provider_name": provider["provider_name"],
            "company_id": provider["company_id"],
            "cqc_rating": provider["cqc_rating"],
            "centre_postcode": model.points.index[zone.centre] if zone.centre >= 0 else "",
            "district_code": model.points["district_code"].iloc[zone.centre] if zone.centre >= 0 else "",
            "sectors": sector_lists.get(zone.block_id, ""),
            "postcodes": int(counts.get(zone.block_id, 0)),
            "people": int(people["people"].loc[zone.block_id]),
            "packages": int(at["packages"].sum()),
            "hours_zone": zone_hours,
            "hours_already_with_provider": already,
            "hours_with_others": max(zone_hours - already - waiting, 0.0),
            "hours_waiting": waiting,
            "hours_fixed": fixed.get(zone.block_id, 0.0),
            "expected_starts_hours_13w": turnover,
            "expected_ends_hours_13w": turnover,
            **_find_guarantee(model, zone, already=already, settings=settings),
            "carers_full_time": float(at["carer_hours"].sum()) / settings.full_time_hours_week,
            **{f"carers_at_peak_{band}": peaks[band].get(zone.block_id, 0) for band in PEAK_BANDS},
            "carer_hours_zone": float(at["carer_hours"].sum()),
            "carer_visits_week": float(at["carer_visits"].sum()),
            "minutes_per_visit_now": now / active.sum() if active.sum() else np.nan,
            "minutes_per_visit_proposed": then / active.sum() if active.sum() else np.nan,
            "travel_minutes_saved_week": now * settings.factor_outside - then * settings.factor_inside,
            "driving_minutes_saved_week": float(driving.get(zone.block_id, 0.0)),
            **{str(name): value for name, value in parts.items()},
            "cost_block": cost_block,
            "cost_total": float(parts.sum()) + cost_block,
            "cost_if_left_spot": left,
        }
        row |= split_gain(model, zone, row, settings=settings)
        row["reason"] = _explain_block(row)
        rows.append(row)
    # Who could step in and when each can start is known once all blocks are: see `add_outlook`.
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name not in OUTLOOK])
    names = table["district_code"].map(tables.district_names)
    return table.assign(district_name=names.where(names.notna(), table["district_code"]))


def add_outlook(proposals: pd.DataFrame, *, next_providers: pd.DataFrame, rollout: pd.DataFrame) -> pd.DataFrame:
    """Add to each proposed block its backup provider and its place in the order of starts; blank for others."""
    backups = next_providers[next_providers["backup"].astype(bool)].set_index("block_id")["provider_id"]
    order = rollout.set_index("block_id")
    names = proposals["block_id"]
    table = proposals.assign(
        backup_provider_id=names.map(backups).astype("object").fillna(""),
        rollout_rank=names.map(order["rollout_rank"]).astype(float),
        rollout_after=names.map(order["rollout_after"]).map(lambda value: value if isinstance(value, list) else []),
    )
    return table[list(COLUMNS)]


def list_sectors(postcodes: pd.DataFrame, tables: Tables) -> dict[str, str]:
    """List the postcode sectors that each block reaches, joined by semicolons.

    Postcodes that stand together on a delivery office bear the sectors of a whole town: a block that holds that spot
    reaches no further for it. They count only where a block has no other.

    Parameters
    ----------
    postcodes
        The plan's table of all postcodes: ``postcode`` and ``block_id``.
    """
    gathered = find_gathered(tables.county_postcodes).reindex(postcodes["postcode"]).to_numpy(bool)
    sectors = tables.county_postcodes["sector"].reindex(postcodes["postcode"]).to_numpy()
    inside = postcodes.assign(sector=sectors, gathered=gathered)[postcodes["block_id"] != SPOT]
    only = inside.groupby("block_id")["gathered"].transform("all")
    kept = inside[~inside["gathered"] | only].groupby("block_id")["sector"]
    return {str(block): ";".join(sorted(set(own))) for block, own in kept}


def _find_guarantee(model: BlockModel, zone: Zone, *, already: float, settings: BlockSettings) -> dict[str, float]:
    """Find what could be guaranteed at the start, how long it takes to fill, and what it costs.

    The guarantee is never the zone: only what the provider holds already and who is waiting now. Pounds count carer
    hours; a contract's guaranteed hours are paid as they stand there.
    """
    at = model.points.iloc[zone.points]
    waiting = float(at["hours_waiting"].sum())
    weekly_starts = float(at["contact_hours"].sum()) * settings.turnover_week
    listed = float(model.providers["price_hour"].iloc[zone.provider])
    price = zone.price_hour if np.isfinite(zone.price_hour) else listed
    weeks = settings.start_weeks if waiting > 0 else 0.0
    if np.isfinite(zone.guaranteed_hours_week):
        guarantee = zone.guaranteed_hours_week
        beyond = max(guarantee - already - waiting, 0.0)
        if beyond > 0:
            weeks = weeks + beyond / weekly_starts if weekly_starts > 0 else np.nan
        paid, void = guarantee, max(guarantee - already, 0.0)
    else:
        guarantee = already + waiting
        void = float(at["carer_hours_waiting"].sum())
        paid = float(model.held[zone.points, zone.provider].sum()) + void
    return {
        "hours_guaranteed_start": guarantee,
        # Nothing to fill is no quick start: zero weeks would read as one.
        "weeks_to_fill": weeks if guarantee > 0 else np.nan,
        "void_cost_pounds_week": void * price,
        "annual_value_pounds": paid * price * WEEKS_YEAR,
    }


def _explain_block(row: Mapping[str, Any]) -> str:
    if row["status"] == "existing":
        return "Already let: held as it is."
    if row["status"] == "held":
        return "Held as it is by a lock of the council's."
    held = row["hours_already_with_provider"] / row["hours_zone"]
    share = f"{held:.0%}" if held >= SMALL_SHARE else "almost none" if held > 0 else "none"
    parts = [
        f"The block {explain_gain(row)}",
        f"{row['suggested_provider_name']} delivers {share} of the hours here today",
    ]
    if np.isfinite(row["minutes_per_visit_now"]):
        parts.append(
            f"its visits lie {row['minutes_per_visit_proposed']:.1f} minutes on average from the block's centre, "
            f"against {row['minutes_per_visit_now']:.1f} from the centres of today's providers' own patches"
        )
    if row["hours_with_others"]:
        parts.append(f"{row['hours_with_others']:.0f} hours would change provider if all agreed")
    if row["hours_waiting"]:
        parts.append(f"{row['hours_waiting']:.0f} waiting hours would be taken up")
    if row["hours_guaranteed_start"] <= 0:
        parts.append(NOTHING_GUARANTEED)
    return "; ".join(parts) + "."


def _sum_people(model: BlockModel, zones: list[Zone]) -> pd.DataFrame:
    block = pd.Series("", index=model.points.index, dtype=object)
    provider = pd.Series("", index=model.points.index, dtype=object)
    for zone in zones:
        block.iloc[zone.points] = zone.block_id
        provider.iloc[zone.points] = str(model.providers.index[zone.provider])
    members = model.members
    own_block = members["postcode"].map(block)
    person = members["person_id"].astype("object").where(members["person_id"].notna(), members["package_id"])
    held = (members["provider_id"].astype("object") == members["postcode"].map(provider)) & ~members["waiting"]
    hours = members["hours_week"].astype(float).where(held, 0.0)
    names = [zone.block_id for zone in zones]
    table = pd.DataFrame({"people": person.groupby(own_block).nunique(), "already": hours.groupby(own_block).sum()})
    return table.reindex(names).fillna(0.0)


def _sum_packages(tables: Tables, postcodes: pd.DataFrame, settings: BlockSettings) -> tuple[pd.DataFrame, pd.Series]:
    packages = tables.packages
    described = describe_packages(packages, settings=settings)
    block = postcodes.set_index("postcode")["block_id"]
    block = block[block != SPOT]
    where = packages["postcode"].map(block)
    peaks = carers_at_once(
        tables.calls, packages, described, group=where.where(described["placeable"]),
        band_minutes=settings.band_minutes, band_mix=settings.band_mix,
    )  # fmt: skip
    fixed = packages.loc[described["fixed"], "hours_week"].astype(float).groupby(where[described["fixed"]]).sum()
    return peaks, fixed
