"""What an edited plan comes to, in rows to be shown: figures beside the plan it began as, and what can be done."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from marketmap.blocks.draft import Draft
from marketmap.blocks.edit_checks import Weighed
from marketmap.blocks.edit_zones import name_end
from marketmap.outputs.drafts.edited import take_locks
from marketmap.outputs.drafts.locks import tabulate_locks
from marketmap.outputs.drafts.reopen import reopen
from marketmap.outputs.views.plan_view import write_change

MINUTES_HOUR = 60.0
# Figure → name with its unit (all a week), what it is divided by, how it is written.
FIGURES = {
    "blocks": ("Number of them", 1.0, "{:,.0f}"),
    "hours_in_blocks": ("Contact hours in them", 1.0, "{:,.1f}"),
    "hours_moving": ("Contact hours that would change provider", 1.0, "{:,.1f}"),
    "driving_minutes_saved": ("Hours of driving saved, if all moved", MINUTES_HOUR, "{:,.1f}"),
    "hours_waiting_placed": ("Waiting hours taken up", 1.0, "{:,.1f}"),
    "pounds_above_usual": ("Pounds above usual prices", 1.0, "{:,.0f}"),
    "objective": ("Cost of the whole plan, model minutes", 1.0, "{:,.0f}"),
}


def list_figures(weighed: Weighed) -> pd.DataFrame:
    """List the figures of an edited plan beside those of the plan it began as.

    Returns
    -------
    DataFrame
        ``figure, before, now, change``, all text; a figure that is not known is left out.
    """
    values: Mapping[str, Any] = dataclasses.asdict(weighed.figures)
    rows = []
    for name, (told, by, shape) in FIGURES.items():
        now, change = float(values[name]) / by, float(weighed.change[name]) / by
        if pd.isna(now):
            continue
        rows.append((told, shape.format(now - change), shape.format(now), write_change(change, shape)))
    return pd.DataFrame(rows, columns=["figure", "before", "now", "change"])


def list_edits(document: Mapping[str, Any]) -> pd.DataFrame:
    """List what was done to a plan, in words and in order: the table `marketmap.outputs.schema.edit.EDITS`."""
    told = [str(edit.get("told", edit.get("kind", ""))) for edit in document.get("edits", ())]
    return pd.DataFrame({"number": range(1, len(told) + 1), "edit": pd.Series(told, dtype="object")})


def list_locks(document: Mapping[str, Any], county_folder: Path) -> pd.DataFrame:
    """List what a new search must keep of a draft, the council's own locks too: `edit_columns.PLAN_LOCKS`.

    A question for the desk.

    Raises
    ------
    MarketmapError
        As `marketmap.outputs.drafts.reopen.reopen`.
    """
    draft = Draft.from_document(document)
    return tabulate_locks(reopen(draft, county_folder).batch.county.tables.locks, take_locks(draft))


def list_providers(eligible: pd.DataFrame, blocks: pd.DataFrame, *, block_id: str) -> pd.DataFrame:
    """List who could be given a block, cheapest first; `tell_barred` says why others could not.

    Parameters
    ----------
    eligible
        Of the plan that the edits began from: it does not know blocks made since, for which every provider is listed
        that may have some block.
    blocks
        As `marketmap.blocks.edit_checks.Weighed.blocks` has them.

    Returns
    -------
    DataFrame
        ``provider_id`` and ``label``; without the provider that has the block now.
    """
    own = _standing(eligible, block_id)
    has = set(blocks.loc[blocks["block_id"] == block_id, "provider_id"])
    own = own[own["eligible"].astype(bool)]
    best = own["minutes_week"].min()
    table = own[~own["provider_id"].isin(has)].sort_values(["minutes_week", "provider_name"], na_position="last")
    labels = [
        f"{row.provider_name} ({row.provider_id})" + _tell_cost(row.minutes_week - best) for row in table.itertuples()
    ]
    return pd.DataFrame({"provider_id": table["provider_id"].astype(str).to_numpy(), "label": labels})


def tell_barred(eligible: pd.DataFrame, *, block_id: str) -> str:
    """Say how many providers may not have a block, by reason, most first; blank where all may.

    Parameters
    ----------
    eligible
        As for `list_providers`.
    """
    own = _standing(eligible, block_id)
    barred = own[~own["eligible"].astype(bool)]
    if barred.empty:
        return ""
    # What stands in brackets is of one provider alone.
    reasons = barred["reason"].astype(str).str.replace(r"\s*\(.*?\)", "", regex=True).str.replace("_", " ")
    counts = reasons.value_counts().rename_axis("reason").reset_index()
    counts = counts.sort_values(["count", "reason"], ascending=[False, True])
    told = "; ".join(f"{count:,} {reason}" for reason, count in counts.itertuples(index=False))
    return f"Not listed, for they may not have it: {told}."


def list_changed(document: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    """List the blocks of a draft that another does not have with the same provider and postcodes."""
    there = {zone["block_id"]: (zone["provider_id"], tuple(zone["postcodes"])) for zone in other["zones"]}
    return {
        str(zone["block_id"])
        for zone in document["zones"]
        if there.get(zone["block_id"]) != (zone["provider_id"], tuple(zone["postcodes"]))
    }


def list_moves(sectors: pd.DataFrame, *, block_id: str) -> pd.DataFrame:
    """List the sectors that could move over a block's border, those out of it first, most hours first.

    Parameters
    ----------
    sectors
        As `marketmap.blocks.draft_comparison.Neighbours.sectors` has them.

    Returns
    -------
    DataFrame
        ``sector, source, target`` and ``label``; those that are not allowed are left out.
    """
    allowed = sectors[sectors["allowed"].astype(bool)].assign(out=sectors["source"] == block_id)
    table = allowed.sort_values(["out", "hours", "sector"], ascending=[False, False, True])
    labels = [
        f"{sector}: {hours:,.1f} contact hours a week, from {name_end(str(source))} to {name_end(str(target))}"
        for sector, hours, source, target in zip(
            table["sector"], table["hours"], table["source"], table["target"], strict=True
        )
    ]
    return table[["sector", "source", "target"]].reset_index(drop=True).assign(label=labels)


def list_places(sectors: Sequence[str], *, district_code: str, district_name: str) -> dict[str, str]:
    """List the places that a provider can be kept out of around a block: place → what to call it."""
    named = {str(sector): f"Sector {sector}" for sector in sectors if sector}
    return named | ({district_code: f"All of {district_name or district_code}"} if district_code else {})


def _standing(eligible: pd.DataFrame, block_id: str) -> pd.DataFrame:
    """Find each provider's standing for a block; for one made since, whether it may have any."""
    own = eligible[eligible["block_id"] == block_id]
    if len(own):
        return own
    some = eligible["eligible"].astype(bool).groupby(eligible["provider_id"]).any()
    every = eligible.drop_duplicates("provider_id")
    may = every["provider_id"].map(some).astype(bool)
    return every.assign(eligible=may, minutes_week=float("nan"), reason="may have no block of this plan")


def _tell_cost(more: float) -> str:
    return "" if pd.isna(more) else f": {more:+,.0f} model minutes a week beside the cheapest"
