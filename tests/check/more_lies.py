"""Everything else about a plan that is worth holding, each as a lie and the check that catches it."""

from __future__ import annotations

import json
import re

from tests.check.lies import guarantee
from tests.check.written_plan import Change, WrittenPlan, add


def lift_the_bound(plan: WrittenPlan) -> None:
    solver = plan.record["solver"]
    solver["lower_bound"] = 1.01 * solver["objective"]
    solver["gap"] = (solver["objective"] - solver["lower_bound"]) / solver["objective"]


def use_other_settings(plan: WrittenPlan) -> None:
    plan.record["settings"]["blocks"]["share_cap"] = 0.9


FIT = {"fit": "out-fit", "sha256": "ab", "day": "2026-09-21", "settings": {"blocks.factor_inside": 0.5}}


def name_a_fit_that_was_not_used(plan: WrittenPlan) -> None:
    plan.record["factors"] = FIT
    plan.record["notes"].append("Travel is as out-fit says, off by 20% on 8 held-out sets.")


def scale_by_half(plan: WrittenPlan) -> None:
    """Say throughout that travel inside blocks was scaled by a half."""
    plan.record["settings"]["blocks"]["factor_inside"] = 0.5
    plan.record["changed_settings"] = ["blocks.factor_inside"]
    plan.record["factors"] = FIT
    told = (
        "Travel minutes are scaled by 0.5 inside blocks and 1 outside, fitted (out-fit), off by 9% on 8 held-out sets."
    )
    notes = [note for note in plan.record["notes"] if "unscaled" not in note]
    plan.record["notes"] = [*notes, told, "Changed: blocks.factor_inside"]


def say_of_a_fit_what_it_did_not_find(plan: WrittenPlan) -> None:
    scale_by_half(plan)
    fit = plan.out.parent / "out-fit"
    fit.mkdir()
    found = {"outputs": {"internal/round_factors.toml": "ab"}, "factors": {**FIT, "day": "2026-09-22"}}
    (fit / "run.json").write_text(json.dumps(found), encoding="utf-8")


def use_a_fit_and_say_nothing(plan: WrittenPlan) -> None:
    plan.record["factors"] = {**FIT, "settings": {"blocks.factor_inside": 1.0}}


def tell_another_scale(plan: WrittenPlan) -> None:
    plan.record["notes"].append("Travel minutes are scaled by 0.5, as the settings say.")


def cap_the_share(plan: WrittenPlan) -> None:
    plan.record["settings"]["blocks"]["share_cap"] = 0.01
    with (plan.county / "marketmap.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[blocks]\nshare_cap = 0.01\n")


def want_one_hour(plan: WrittenPlan) -> None:
    for row in plan.rows("participation.csv", provider_id=plan.proposed[0]["suggested_provider_id"]):
        row["max_block_hours"] = "1"


def name_a_backup_without_room(plan: WrittenPlan) -> None:
    """Name as backup, in both files that do, a rival that has not the room for what is guaranteed."""
    without = {row["block_id"] for row in plan.proposed if not row["backup_provider_id"]}
    rivals = [row for row in plan.table("next_providers") if row["rank"] != "1" and row["block_id"] in without]
    told = next(row for row in rivals if "room" in row["reason"] or "needs" in row["reason"])
    told["backup"] = "yes"
    plan.row("block_proposals", block_id=told["block_id"])["backup_provider_id"] = told["provider_id"]


def make_the_next_cheaper(plan: WrittenPlan) -> None:
    """Tell of a rival, in both files that do, less than travel and the block alone would cost."""
    told = next(row for row in plan.table("next_providers") if row["rank"] != "1")
    block, name = told["block_id"], told["provider_id"]
    for row in (told, plan.row("eligible_providers", block_id=block, provider_id=name)):
        row["minutes_week"] = "1.0000"
    own = plan.row("block_proposals", block_id=block)
    told["minutes_more_week"] = f"{1 - float(own['cost_total']):.4f}"


def swap_the_first_two(plan: WrittenPlan) -> None:
    one, two = plan.table("rollout")[:2]
    one["rollout_rank"], two["rollout_rank"] = two["rollout_rank"], one["rollout_rank"]
    for row in (one, two):
        plan.row("block_proposals", block_id=row["block_id"])["rollout_rank"] = row["rollout_rank"]


def start_before_its_turn(plan: WrittenPlan) -> None:
    row = plan.table("rollout")[0]
    row["possible_now"] = "no" if row["possible_now"] == "yes" else "yes"


def edit(table: str, column: str, value: str | float, **wanted: str) -> Change:
    """Change one cell: set a text, add to a figure; of the first row that has what is wanted."""

    def change(plan: WrittenPlan) -> None:
        row = plan.row(table, **wanted)
        if isinstance(value, str):
            row[column] = value
        else:
            add(row, column, value)

    return change


def record(**entries: object) -> Change:
    return lambda plan: plan.record["solver"].update(entries)


def blame_another_block(plan: WrittenPlan) -> None:
    inside = plan.row("block_postcodes", block_id=plan.proposed[0]["block_id"])
    inside["reason"] = f"Inside the zone of proposed block {plan.proposed[1]['block_id']}"


def leave_out_who_could(plan: WrittenPlan) -> None:
    could = next(row for row in plan.rows("eligible_providers", eligible="yes", suggested="no"))
    could.update(eligible="no", minutes_week="", reason="placements suspended")


def let_in_who_could_not(plan: WrittenPlan) -> None:
    block = plan.proposed[0]["block_id"]
    row = next(row for row in plan.rows("eligible_providers", block_id=block, eligible="no") if "room" in row["reason"])
    row.update(eligible="yes", minutes_week="99999.0000")


def drive_round_the_world(plan: WrittenPlan) -> None:
    point = next(row for row in plan.table("block_points") if row["minutes_to_centre"] not in {"", "0.00"})
    point["minutes_to_centre"] = "29.00"
    point["cost_travel"] = f"{29 * float(point['carer_visits']):.4f}"


def sum_up_wrongly(plan: WrittenPlan) -> None:
    page = plan.out / "README.txt"
    said = plan.record["summary"]
    plan.record["summary"] = said.replace(" blocks proposed over ", " blocks proposed over 1")
    page.write_text(page.read_text(encoding="utf-8").replace(said, plan.record["summary"]), encoding="utf-8")


def say_less_on_the_first_page(plan: WrittenPlan) -> None:
    page = plan.out / "README.txt"
    text = page.read_text(encoding="utf-8").replace(plan.record["summary"], "A very good plan.")
    page.write_text(text, encoding="utf-8")


def draw_other_figures(plan: WrittenPlan) -> None:
    path = plan.out / "internal" / "zones.geojson"
    zones = json.loads(path.read_text(encoding="utf-8"))
    next(one for one in zones["features"] if one["properties"]["hours_zone"])["properties"]["hours_zone"] += 10
    path.write_text(json.dumps(zones), encoding="utf-8")


def name_a_provider_in_public(plan: WrittenPlan) -> None:
    page = plan.out / "public" / "prospectus.html"
    name = plan.proposed[0]["suggested_provider_name"]
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", f"<p>{name}</p></body>"), encoding="utf-8")


def show_what_few_stand_behind(plan: WrittenPlan) -> None:
    hidden = next(row for row in plan.table("prospectus") if row["hours_waiting"] == "*")
    hidden["hours_waiting"] = "15"


def show_a_band_of_few(plan: WrittenPlan) -> None:
    bands = ("morning", "lunch", "tea", "bed")
    for row in plan.table("prospectus"):
        row.update({f"hours_{band}": "15" for band in bands if row[f"hours_{band}"] == "*"})


def show_it_to_the_person(plan: WrittenPlan) -> None:
    row = next(row for row in plan.table("prospectus") if row["people"] != "*")
    row["people"] = str(int(row["people"]) + 1)


def tell_another_gain(plan: WrittenPlan) -> None:
    row = next(row for row in plan.proposed if "hours would change provider" in row["reason"])
    row["reason"] = re.sub(r"\d+ hours would change", "1 hours would change", row["reason"])


def count_too_few_without_a_backup(plan: WrittenPlan) -> None:
    counted = re.compile(r"(guaranteed on day one|nobody to back it|Most blocks on one backup): (\d+)")
    page = plan.out / "README.txt"
    text = page.read_text(encoding="utf-8")
    said = next(note for note in plan.record["notes"] if counted.search(note))
    told = counted.sub(lambda found: f"{found[1]}: {int(found[2]) + 1}", said)
    plan.record["notes"] = [told if note == said else note for note in plan.record["notes"]]
    page.write_text(text.replace(said, told), encoding="utf-8")


MORE: list[tuple[str, Change, set[str]]] = [
    ("a bound above the objective", lift_the_bound, {"bound"}),
    ("a gap that is none", record(gap=0.001), {"bound", "summary"}),
    ("a postcode without a reason", edit("block_postcodes", "reason", " ", block_id="spot"), {"reason-given"}),
    ("a block's reason with other figures", tell_another_gain, {"reason-figures"}),
    ("a rival by another name", edit("eligible_providers", "provider_name", "Best Care"), {"provider-described"}),
    ("a start by another name", edit("rollout", "suggested_provider_name", "Best Care"), {"provider-described"}),
    ("a district by another name", edit("block_proposals", "district_name", "Utopia"), {"district-named"}),
    ("a postcode with another block's reason", blame_another_block, {"reason-true"}),
    ("settings that are not the council's", use_other_settings, {"settings-source"}),
    ("a fit that was not used", name_a_fit_that_was_not_used, {"travel-scale"}),
    ("a fit that no note tells of", use_a_fit_and_say_nothing, {"travel-scale"}),
    ("another scale in a note", tell_another_scale, {"travel-scale"}),
    ("travel scaled throughout by what it was not", scale_by_half, {"cost-travel"}),
    ("a fit told of otherwise than it tells", say_of_a_fit_what_it_did_not_find, {"travel-scale"}),
    ("a company above its share", cap_the_share, {"company-share"}),
    ("more block hours than wanted", want_one_hour, {"block-hours-wanted"}),
    ("a zone with an hour more", edit("block_proposals", "hours_zone", 1.0, status="proposed"), {"block-demand"}),
    ("a backup without room", name_a_backup_without_room, {"backup"}),
    ("minutes of a rival too low", make_the_next_cheaper, {"rounds-of-others"}),
    ("minutes of a rival in one file", edit("next_providers", "minutes_week", 10.0, rank="1"), {"next-figures"}),
    ("a suggested provider without room", edit("next_providers", "room_in_plan", "no", rank="1"), {"next-room"}),
    ("another order of starts", swap_the_first_two, {"rollout-listed"}),
    ("a start that is not possible", start_before_its_turn, {"rollout-possible"}),
    ("gains that do not add up", edit("block_proposals", "gain_travel", 1.0, status="proposed"), {"gains"}),
    (
        "a price at a spot point",
        edit("block_points", "cost_price", "99.0000", hours_waiting="0.00"),
        {"inside-or-outside"},
    ),
    ("another void cost", edit("block_proposals", "void_cost_pounds_week", 10.0, status="proposed"), {"block-outlook"}),
    ("more carers at once", edit("block_proposals", "carers_at_peak_tea", 1.0, status="proposed"), {"carers-at-peak"}),
    ("another district", edit("block_proposals", "district_code", "E06000018", status="proposed"), {"block-zone"}),
    ("waiting hours left out of a guarantee", lambda plan: guarantee(plan, -1.0), {"guarantee"}),
    ("a rival left out", leave_out_who_could, {"eligible-fair"}),
    ("a rival let in above its room", let_in_who_could_not, {"eligible-fair"}),
    ("a way round the world", drive_round_the_world, {"travel-direct"}),
    ("a summary with other numbers", sum_up_wrongly, {"summary"}),
    ("a first page without the summary", say_less_on_the_first_page, {"summary"}),
    ("a map with other figures", draw_other_figures, {"zones-drawn"}),
    ("a note with other numbers", count_too_few_without_a_backup, {"notes-figures"}),
    ("optimal with a gap", record(status="optimal"), {"asked"}),
    ("other than the blocks asked for", record(first=3), {"asked"}),
    ("a provider named in public", name_a_provider_in_public, {"public-nameless"}),
    ("a figure of few people in public", show_what_few_stand_behind, {"prospectus"}),
    ("hours of few people by time of day", show_a_band_of_few, {"prospectus-bands"}),
    ("an unrounded figure in public", show_it_to_the_person, {"prospectus"}),
]
