"""Chapter: what simulated rounds travel as bought today and as proposed, where such a run was given."""

from __future__ import annotations

import pandas as pd

from marketmap.outputs.files.origin import is_of_plan
from marketmap.outputs.files.record import read_record
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.report.chapter import Chapter, Drawing, Listing, View
from marketmap.outputs.report.drawing import draw_svg
from marketmap.outputs.report.pair_chart import draw_pairs, pair_areas
from marketmap.outputs.report.survey import DISTRICT, Survey
from marketmap.outputs.schema.round import DIFFERENCES
from marketmap.outputs.views.evidence_answers import tell_answers
from marketmap.outputs.views.evidence_view import ALL, PROVIDERS_MOVE, name_policy, tell_policy
from marketmap.outputs.views.round_moves import read_moves

KEY, TITLE = "travel", "Travel before and after, simulated"
WIDTH = 300
HEADINGS = {
    "policy": "Policy",
    "area_code": "Area",
    "minutes_hour_before": "Before",
    "minutes_hour_after": "After",
    "minutes_hour_change": "Change",
    "hours_released": "Released",
    "hours_ceiling": "Ceiling",
}
FAIR = (
    "Simulated against simulated: the same visits and rules, only who makes them differs. The ceiling is what would be "
    "released if all freed time were contact."
)
OTHER_PLAN = "These rounds were simulated for ANOTHER PLAN than that of this report: simulate them again (make rounds)."
NO_POLICY = "The simulated rounds are of today alone: with a plan there is something to compare them with."


def describe_travel(survey: Survey) -> Chapter:
    """Tell the travel of simulated rounds, before and after, by policy and by district; inside the council only.

    Raises
    ------
    OutputError
        When the folder of the rounds cannot be read.
    """
    folder = survey.rounds_folder
    if folder is None:
        return Chapter(KEY, TITLE, internal=View(reading=(NO_POLICY,)))
    record, rows = read_record(folder), read_table(folder / DIFFERENCES.path, DIFFERENCES)
    whole = rows[rows["level"] == "county"]
    notes: tuple[str, ...] = (FAIR, f"From rounds simulated with the data of {record.snapshot_date:%-d %B %Y}.")
    plan = survey.plan_folder
    if plan is not None and is_of_plan(record, read_record(plan), plan) is False:
        notes += (OTHER_PLAN,)
    if whole.empty:
        return Chapter(KEY, TITLE, internal=View(reading=(NO_POLICY,), notes=notes))
    reading = tuple(f"{named}. {told}" for named, told in tell_answers(rows, read_moves(folder), record.settings))
    policies = "; ".join(f"{policy}: {tell_policy(policy)}" for policy in whole["policy"])
    notes += (f"Policies: {policies}.", f"{DIFFERENCES.path}: {PROVIDERS_MOVE}")
    policy = ALL if ALL in set(whole["policy"]) else str(whole["policy"].iloc[0])
    districts = rows[(rows["level"] == DISTRICT) & (rows["policy"] == policy)]
    drawings = (
        _draw(whole.assign(area=whole["policy"].map(name_policy)), "the whole county, by policy"),
        _draw(
            districts.assign(area=[survey.name(DISTRICT, code) for code in districts["area_code"]]),
            f"the districts, {name_policy(policy)}",
        ),
    )
    # The page shows the first rows: the county's, policy by policy.
    ordered = pd.concat([whole, rows[rows["level"] != "county"]], ignore_index=True)
    listing = Listing(DIFFERENCES, ordered, "Minutes of travel a carer hour", HEADINGS, rows=len(whole))
    return Chapter(KEY, TITLE, internal=View(reading=reading, drawings=drawings, listings=(listing,), notes=notes))


def _draw(rows: pd.DataFrame, what: str) -> Drawing:
    pairs = pair_areas(rows)
    told = "; ".join(f"{row.label}: {row.before:.1f} before, {row.after:.1f} after" for row in pairs.itertuples())
    text = f"Minutes of travel a carer hour before and after, {what}. {told}"
    return Drawing(draw_svg(draw_pairs(pairs, width=WIDTH), alt_text=text), text, f"Travel before and after, {what}.")
