"""What becomes of a leaving company's blocks and hours, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import SPOT, PlanCase, Zone
from marketmap.market.demand import describe_packages

BLOCK_COLUMNS = (
    "block_id",
    "status",
    "former_provider_id",
    "answer",
    "new_block_id",
    "suggested_provider_id",
    "suggested_provider_name",
    "district_code",
    "hours_zone",
    "hours_from_company",
    "hours_with_others",
    "hours_waiting",
    "carer_hours_zone",
    "reason",
)
WHOLE, STEP_IN, REDRAWN, NOBODY = "whole", "step_in", "redrawn", "nobody"
ANSWERS = {
    "rehomed": "in blocks that others could have",
    "step_in": "where somebody could step in",
    "other_block": "in others' blocks",
    "nobody": "in blocks that nobody can take",
    "spot": "outside every block",
    "one_by_one": "marked do_not_move",
    "out_of_scope": "not bought in blocks",
}
HOUR_COLUMNS = (
    "block_id",
    "district_code",
    "answer",
    "suggested_provider_id",
    "packages",
    "people",
    "hours_from_company",
    "hours_waiting",
    "carer_hours",
    "reason",
)
REASONS = {
    "step_in": "Another provider has the room for what the company delivers there and who waits",
    "rehomed": "In a block that another provider could have",
    "other_block": "In another provider's block, which takes it up by the plan",
    "spot": "Outside every block: to be bought package by package",
    "one_by_one": "Marked do_not_move: needs an answer of its own with the person",
    "out_of_scope": "Not bought in blocks (service, funding or place)",
}


def tabulate_blocks(
    case: PlanCase,
    model: BlockModel,
    mine: list[Zone],
    whole: list[Zone],
    stepped: list[Zone],
    drawn: list[Zone],
    leaving: Sequence[str],
    *,
    why: Mapping[str, str],
) -> pd.DataFrame:
    """Tabulate each block of the company with what it becomes: one row for each new block, or one for nobody.

    Parameters are those of `list_hours`; ``whole`` and ``stepped`` keep their names, ``drawn`` carry the old one
    and a number.
    """
    taken = {zone.block_id: zone for zone in whole}
    helped = {zone.block_id: zone for zone in stepped}
    was = {zone.block_id: zone for zone in mine}
    rows: list[dict[str, object]] = []
    for name, zone in was.items():
        former = str(case.model.providers.index[zone.provider])
        status = zone.status
        start = {"block_id": name, "status": status, "former_provider_id": former}
        if name in taken:
            rows.append(start | _row(case, model, taken[name], leaving, WHOLE, "Goes whole to this provider"))
            continue
        if name in helped:
            text = f"{why[name]}. This one has it for what the company delivers and who waits; the rest stays put"
            rows.append(start | _row(case, model, helped[name], leaving, STEP_IN, text))
            continue
        parts = [new for new in drawn if new.block_id.rpartition("-")[0] == name]
        rows += [
            start | _row(case, model, new, leaving, REDRAWN, f"{why[name]}. Drawn anew as {new.block_id}")
            for new in parts
        ]
        if not parts:
            empty = "No work that may be placed lies in it: there is nothing to hand over"
            rows.append(
                start | _row(case, model, None, leaving, NOBODY, why.get(name, empty)) | _sizes(case, zone, leaving)
            )
    for new in drawn:
        if new.block_id.rpartition("-")[0] not in was:
            text = "New, where the company works outside every block"
            start = {"block_id": SPOT, "status": SPOT, "former_provider_id": ""}
            rows.append(start | _row(case, model, new, leaving, REDRAWN, text))
    return pd.DataFrame(rows, columns=list(BLOCK_COLUMNS))


def _row(
    case: PlanCase, model: BlockModel, zone: Zone | None, leaving: Sequence[str], answer: str, reason: str
) -> dict[str, object]:
    if zone is None:
        return {"answer": answer, "new_block_id": "", "suggested_provider_id": "", "suggested_provider_name": "",
                "reason": reason}  # fmt: skip
    provider = model.providers.iloc[zone.provider]
    at = case.model.points.index.get_indexer(model.points.index[zone.points])
    old = Zone(zone.block_id, existing=False, provider=-1, centre=-1, points=at[at >= 0])
    return {
        "answer": answer,
        "new_block_id": zone.block_id,
        "suggested_provider_id": str(provider.name),
        "suggested_provider_name": provider["provider_name"],
        **_sizes(case, old, leaving),
        "district_code": model.points["district_code"].iloc[zone.centre],
        "reason": reason,
    }


def _sizes(case: PlanCase, zone: Zone, leaving: Sequence[str]) -> dict[str, object]:
    """Sum a zone's hours by who delivers them today."""
    model = case.model
    members = model.members[model.members["postcode"].isin(model.points.index[zone.points])]
    hours, waits = members["hours_week"].astype(float), members["waiting"].to_numpy(bool)
    company = members["provider_id"].isin(leaving).to_numpy(bool) & ~waits
    return {
        "district_code": model.points["district_code"].iloc[zone.centre] if zone.centre >= 0 else "",
        "hours_zone": float(hours.sum()),
        "hours_from_company": float(hours[company].sum()),
        "hours_with_others": float(hours[~company & ~waits].sum()),
        "hours_waiting": float(hours[waits].sum()),
        "carer_hours_zone": float(members["carer_hours"].sum()),
    }


def list_hours(
    case: PlanCase,
    model: BlockModel,
    mine: list[Zone],
    new: list[Zone],
    stepped: list[Zone],
    others: list[Zone],
    leaving: Sequence[str],
    *,
    block_of: pd.Series,
    why: Mapping[str, str],
) -> pd.DataFrame:
    """List every hour that the company delivers, and every hour that waits in its blocks, by what becomes of it.

    Parameters
    ----------
    model
        Of the county without the company; ``new``, ``stepped`` and ``others`` are in its positions, ``mine`` in the
        case's.
    block_of
        Block of every postcode, or spot, in the plan.
    why
        Why nobody can have a block whole.

    Returns
    -------
    DataFrame
        `HOUR_COLUMNS`, one row for each former block (or other block, or spot), district, answer and new provider.
        ``answer`` is one of `ANSWERS`.
    """
    packages = case.tables.packages
    described = describe_packages(packages, settings=case.settings.blocks)
    delivered = packages["provider_id"].isin(leaving).to_numpy(bool) & (packages["status"] == "active").to_numpy(bool)
    waits = described["waiting"].to_numpy(bool) & described["placeable"].to_numpy(bool)
    postcode = packages["postcode"].astype("object")
    former = postcode.map(_name_points(case.model, mine)).fillna("").to_numpy(dtype=object)
    now = postcode.map(_name_points(model, new)).fillna("").to_numpy(dtype=object)
    helped = postcode.map(_name_points(model, stepped)).fillna("").to_numpy(dtype=object)
    kept = dict(_name_points(model, others))
    for zone in case.zones:
        if zone.existing and str(case.model.providers.index[zone.provider]) not in leaving:
            kept |= dict.fromkeys(case.model.points.index[zone.points], zone.block_id)
    kept_now = postcode.map(kept).fillna("").to_numpy(dtype=object)
    holder = {zone.block_id: str(model.providers.index[zone.provider]) for zone in [*new, *stepped, *others]}
    holder |= {
        zone.block_id: str(case.model.providers.index[zone.provider])
        for zone in case.zones
        if zone.existing and zone.block_id not in holder
    }
    in_point = postcode.isin(case.model.points.index).to_numpy(bool)
    placeable = described["placeable"].to_numpy(bool) & in_point
    answer = np.select(
        [described["fixed"].to_numpy(bool), ~placeable, kept_now != "", now != "", helped != "", former != ""],
        ["one_by_one", "out_of_scope", "other_block", "rehomed", "step_in", "nobody"],
        default="spot",
    )
    # A package that no block may place can lie in a zone all the same.
    block = postcode.map(block_of).fillna(SPOT).to_numpy(dtype=object)
    goes_to = np.select(
        [answer == what for what in ("rehomed", "step_in", "other_block")], [now, helped, kept_now], default=""
    )
    provider = [holder.get(str(name), "") for name in goes_to]
    hours = packages["hours_week"].astype(float)
    counted = delivered | (waits & (former != ""))
    person = packages["person_id"].astype("object").where(packages["person_id"].notna(), packages["package_id"])
    table = pd.DataFrame(
        {
            "block_id": block,
            "district_code": packages["district_code"].astype("object").fillna("").astype(str),
            "answer": answer,
            "suggested_provider_id": provider,
            "package": packages["package_id"],
            "person": person,
            "hours_from_company": hours.where(delivered, 0.0),
            "hours_waiting": hours.where(~delivered, 0.0),
            "carer_hours": described["carer_hours"],
        }
    )[counted]
    keys = ["block_id", "district_code", "answer", "suggested_provider_id"]
    summed = table.groupby(keys, sort=True, as_index=False).agg(
        packages=("package", "size"),
        people=("person", "nunique"),
        hours_from_company=("hours_from_company", "sum"),
        hours_waiting=("hours_waiting", "sum"),
        carer_hours=("carer_hours", "sum"),
    )
    reasons = [
        REASONS[what] if what in REASONS else why.get(name, "Nobody can have it")
        for name, what in zip(summed["block_id"], summed["answer"], strict=True)
    ]
    return pd.DataFrame(summed.assign(reason=reasons)[list(HOUR_COLUMNS)])


def _name_points(model: BlockModel, zones: list[Zone]) -> dict[str, str]:
    return {str(postcode): zone.block_id for zone in zones for postcode in model.points.index[zone.points]}
