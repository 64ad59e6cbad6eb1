"""What simulated rounds of a very plan save, beside the plan's own estimate: in all, and block by block."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from marketmap.outputs.files.origin import is_of_plan
from marketmap.outputs.files.record import read_record, refuse_purged
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.schema.round import DIFFERENCES
from marketmap.outputs.views.evidence_view import ALL, BLOCK, COUNTY

MINUTES_HOUR, DAYS_WEEK = 60.0, 7.0
ENDS = ("minutes_saved", "minutes_saved_low", "minutes_saved_high")
NOT_SIMULATED = "not simulated"
# The county's own plan, one saved by name, or what a user's own run made and nobody saved.
Whose = Literal["county", "saved", "own run"]
SAVE_FIRST = "Change it"  # the section of the page Block plan that saves


@dataclass(frozen=True, eq=False)
class PlanEvidence:
    """Minutes a week that rounds would save if everything placeable in a plan's zones moved to its block.

    Attributes
    ----------
    days
        Days simulated; a week's minutes are seven such days'.
    confidence
        Of the intervals (0 to 1).
    saved
        The whole county: minutes a week with the lower and upper end of their interval, NaN where there is none.
    blocks
        The same as columns ``saved, low, high``, indexed by block; a block without a visit on those days is missing.
    """

    days: int
    confidence: float
    saved: tuple[float, float, float]
    blocks: pd.DataFrame


def read_plan_evidence(folder: Path, plan_folder: Path) -> PlanEvidence | None:
    """Read what simulated rounds of a plan save.

    Parameters
    ----------
    folder
        Output folder of a rounds run. Whether it still holds for the county is for the caller to know
        (`marketmap.outputs.workspace.freshness.find_currency`).
    plan_folder
        The plan's.

    Returns
    -------
    PlanEvidence or None
        None where the run was given another plan, none, or does not say which, and where it has no rounds of it.

    Raises
    ------
    OutputError
        When a folder is none of ours, the rounds were purged, or their differences cannot be read.
    """
    record = read_record(folder)
    refuse_purged(record, folder)
    if not is_of_plan(record, read_record(plan_folder), plan_folder):
        return None
    rows = read_table(folder / DIFFERENCES.path, DIFFERENCES)
    rows = rows[rows["policy"] == ALL]
    whole = rows[rows["level"] == COUNTY]
    if whole.empty:
        return None
    days = int(whole["days"].iloc[0])
    week = rows.set_index("area_code")[list(ENDS)].astype(float) * (DAYS_WEEK / days)
    kinds = rows["level"].to_numpy()
    saved, low, high = (float(value) for value in week[kinds == COUNTY].iloc[0])
    blocks = week[kinds == BLOCK].set_axis(["saved", "low", "high"], axis="columns")
    sure = float(dict(record.settings.get("rounds", {})).get("confidence", 0.95))
    return PlanEvidence(days=days, confidence=sure, saved=(saved, low, high), blocks=blocks)


def tell_simulated(found: PlanEvidence) -> str:
    """Tell in a sentence what the simulated rounds of a plan save in the whole county, in hours a week."""
    saved, low, high = (value / MINUTES_HOUR for value in found.saved)
    sense = "less driving" if saved >= 0 else "more driving"
    ends = (low, high) if saved >= 0 else (-high, -low)
    known = pd.notna(low) and pd.notna(high)
    span = (
        f"{found.confidence:.0%} interval {ends[0]:,.0f} to {ends[1]:,.0f}" if known else "too few days for an interval"
    )
    chance = " That may be chance: the interval holds 0." if known and low <= 0 <= high else ""
    days = f"{found.days:,} day{'' if found.days == 1 else 's'}"
    told = f"{abs(saved):,.0f} hours a week {sense}, if all in the zones moved"
    return f"Simulated rounds of {days}: {told} ({span}).{chance}"


def tell_beside(found: PlanEvidence) -> str:
    """Tell the same in so few words that they stand beside an estimate: hours a week, below 0 more driving."""
    saved, low, high = (value / MINUTES_HOUR for value in found.saved)
    span = f", {low:,.0f} to {high:,.0f}" if pd.notna(low) and pd.notna(high) else ""
    return f"simulated rounds save {saved:,.0f}{span}"


def tell_missing(*, plan: Whose, older: str = "") -> str:
    """Say how a plan whose rounds were not simulated can have them.

    Parameters
    ----------
    plan
        Whose plan it is.
    older
        Of a saved plan: which older version has rounds, in a few words ("version 2, saved 3 May 10:20"); blank: none.
    """
    if older:
        return (
            f"Simulated rounds are of {older}; this plan was changed since. The page Evidence shows them, and can "
            "simulate the plan as it is now."
        )
    if plan == "own run":
        return (
            "Rounds are simulated of the county's plan and of plans saved by name. To have this one's, save it under "
            f"{SAVE_FIRST}, then go to the page Evidence."
        )
    batch = ", as make rounds does for the week" if plan == "county" else ""
    return (
        "Rounds of this plan have not been simulated, or were before its tables, settings or zones changed. The "
        f"page Evidence simulates a day or the week{batch}."
    )


def tell_simulated_block(found: PlanEvidence | None, block_id: str) -> str:
    """Tell the minutes a week that simulated rounds save in one block, with their interval; below 0: more driving."""
    if found is None:
        return NOT_SIMULATED
    if block_id not in found.blocks.index:
        return "no visit on those days"
    saved, low, high = found.blocks.loc[[block_id]].to_numpy(float)[0]
    span = f" ({low:,.0f} to {high:,.0f})" if pd.notna(low) and pd.notna(high) else " (no interval)"
    return f"{saved:,.0f} min{span}"
