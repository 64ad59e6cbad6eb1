"""Chapter: what blocks would do in the rural areas of greatest need, by the plan there is."""

from __future__ import annotations

from marketmap.outputs.report.block_effects import NO_PLAN, tell_saving
from marketmap.outputs.report.chapter import Chapter, Listing, View
from marketmap.outputs.report.rural_columns import RURAL_AREAS
from marketmap.outputs.report.rural_facts import rank_rural_areas
from marketmap.outputs.report.survey import Survey

KEY, TITLE = "effects", "What a block there would do"
HEADINGS = {"rank": "Rank", "area_name": "Area", "district_name": "District", "block_effect": "By the plan"}
ROWS = 10


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
    view = View(
        reading=reading,
        listings=listings,
        notes=(plan.made, note, tell_saving(plan.proposals, rounds=survey.rounds_folder, plan=survey.plan_folder)),
    )
    return Chapter(KEY, TITLE, internal=view, keeps_to_district=True)
