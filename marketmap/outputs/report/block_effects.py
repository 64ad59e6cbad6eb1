"""What the blocks of a plan would do in an area, in words that name them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from marketmap.outputs.report.survey import Survey
from marketmap.outputs.views.plan_evidence import read_plan_evidence, tell_simulated

NO_PLAN = "No plan of blocks was given: run make blocks first, or name its folder with --plan."
OTHER_ROUNDS = "The simulated rounds of this report are of another plan, or of none."
NAMED, MINUTES_HOUR = 3, 60.0
NO_BLOCK = "No block of the plan touches this area."


def tell_effects(survey: Survey, codes: pd.Index, *, level: str) -> pd.DataFrame:
    """Tell, for each area, which blocks touch it, how much of its care they hold and what they would save.

    Hours are those of packages, active or waiting, at postcodes of the area that lie in a block. Of the minutes that a
    block saves an area gets the part that its hours are of the block's: an estimate.

    Returns
    -------
    DataFrame
        Indexed by ``codes``: ``blocks`` (names joined by semicolons, most hours first), ``block_effect`` (a sentence).
    """
    plan = survey.plan
    if plan is None:
        return pd.DataFrame({"blocks": "", "block_effect": NO_PLAN}, index=codes)
    packages = survey.placed[survey.placed["status"].isin(["active", "waiting"])]
    block_of = plan.postcodes.drop_duplicates("postcode").set_index("postcode")["block_id"]
    rows = pd.DataFrame(
        {
            "area": survey.places.of[level].reindex(pd.Index(packages["postcode"])).to_numpy(),
            "block": packages["postcode"].map(block_of).to_numpy(object),
            "hours": packages["hours_week"].to_numpy(float),
            "waiting": packages["hours_week"].where(packages["status"] == "waiting", 0.0).to_numpy(float),
        }
    )
    whole = rows.groupby("area")["hours"].sum()
    inside = rows.dropna(subset=["block"]).groupby(["area", "block"], as_index=False)[["hours", "waiting"]].sum()
    zone = rows.dropna(subset=["block"]).groupby("block")["hours"].sum()
    saved = plan.proposals.set_index("block_id")["driving_minutes_saved_week"].astype(float)
    part = inside["hours"] / inside["block"].map(zone).where(lambda hours: hours > 0)
    inside["saved"] = inside["block"].map(saved).fillna(0.0) * part.fillna(0.0)
    inside = inside.sort_values(["area", "hours", "block"], ascending=[True, False, True])
    told = [_tell(inside[inside["area"] == code], float(whole.get(code, 0.0))) for code in codes]
    return pd.DataFrame(told, columns=["blocks", "block_effect"], index=codes)


def tell_saving(proposals: pd.DataFrame, *, rounds: Path | None, plan: Path | None) -> str:
    """Say what the areas' savings are parts of, and beside it what simulated rounds of the plan say.

    Parameters
    ----------
    proposals
        The plan's ``block_proposals``.
    rounds, plan
        Output folders of the simulated rounds and of the plan; None: there are none.

    Raises
    ------
    OutputError
        When the rounds cannot be read.
    """
    proposed = proposals[proposals["status"] == "proposed"]
    saved = float(proposed["driving_minutes_saved_week"].sum()) / MINUTES_HOUR
    text = f"Savings are parts of the plan's own estimate: {saved:,.0f} hours of driving a week in its proposed blocks."
    if rounds is None or plan is None:
        return f"{text} Rounds of it can be simulated (make rounds)."
    found = read_plan_evidence(rounds, plan)
    return f"{text} {OTHER_ROUNDS if found is None else tell_simulated(found)}"


def _tell(rows: pd.DataFrame, whole: float) -> tuple[str, str]:
    if rows.empty:
        return "", NO_BLOCK
    names = [str(name) for name in rows["block"]]
    hours, waiting, saved = (float(rows[name].sum()) for name in ("hours", "waiting", "saved"))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    what = f"{'Blocks' if len(names) > 1 else 'Block'} {', '.join(names[:NAMED])}{more}"
    held = f"{'hold' if len(names) > 1 else 'holds'} {hours:,.0f} of its {whole:,.0f} contact hours a week"
    picked = f" ({waiting:,.0f} of them waiting)" if waiting > 0 else ""
    travel = (
        f"about {saved / MINUTES_HOUR:,.0f} carer hours of driving a week here"
        if saved >= MINUTES_HOUR
        else "less than an hour's driving"
    )
    return ";".join(names), f"{what} {held}{picked}; if all agreed, that would save {travel}."
