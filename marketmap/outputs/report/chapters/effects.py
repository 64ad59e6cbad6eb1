"""Chapter: what blocks would do in the rural areas of greatest need, by the plan there is."""

from __future__ import annotations

from marketmap.outputs.report.block_effects import NO_PLAN
from marketmap.outputs.report.chapter import Chapter, Listing, View
from marketmap.outputs.report.plan_blocks import PlanBlocks
from marketmap.outputs.report.rural_columns import RURAL_AREAS
from marketmap.outputs.report.rural_facts import rank_rural_areas
from marketmap.outputs.report.survey import Survey
from marketmap.outputs.views.plan_evidence import read_plan_evidence, tell_simulated

KEY, TITLE = "effects", "What a block there would do"
HEADINGS = {"rank": "Rank", "area_name": "Area", "district_name": "District", "block_effect": "By the plan"}
ROWS, MINUTES_HOUR = 10, 60.0
OTHER_ROUNDS = "The simulated rounds of this report are of another plan, or of none."


def describe_effects(survey: Survey) -> Chapter:
    """Tell what the plan's blocks would do in each rural area."""
    areas = rank_rural_areas(survey).areas
    plan = survey.plan
    if plan is None:
        return Chapter(KEY, TITLE, internal=View(reading=(NO_PLAN,)), keeps_to_district=True)
    ranked = areas[areas["score"].notna()]
    touched = ranked[ranked["blocks"] != ""]
    first = ranked.head(ROWS)
    reading = (
        (
            f"A block of the plan touches {len(touched):,} of {len(ranked):,} ranked rural areas, and "
            f"{int((first['blocks'] != '').sum())} of the {len(first)} of greatest need."
        ),
    )
    listings = (Listing(RURAL_AREAS, areas, "Blocks in the areas of greatest need", HEADINGS, rows=ROWS, mapped=True),)
    note = (
        "Of what a block saves, an area is given the part that its hours are of the block's. A block is a suggestion."
    )
    view = View(reading=reading, listings=listings, notes=(plan.made, note, _tell_saving(survey, plan)))
    return Chapter(KEY, TITLE, internal=view, keeps_to_district=True)


def _tell_saving(survey: Survey, plan: PlanBlocks) -> str:
    """Say what the areas' savings are parts of, and what simulated rounds of the plan say beside it."""
    proposed = plan.proposals[plan.proposals["status"] == "proposed"]
    saved = float(proposed["driving_minutes_saved_week"].sum()) / MINUTES_HOUR
    text = f"Savings are parts of the plan's own estimate: {saved:,.0f} hours of driving a week in its proposed blocks."
    if survey.rounds_folder is None or survey.plan_folder is None:
        return f"{text} Rounds of it can be simulated (make rounds)."
    found = read_plan_evidence(survey.rounds_folder, survey.plan_folder)
    return f"{text} {OTHER_ROUNDS if found is None else tell_simulated(found)}"
