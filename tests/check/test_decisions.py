"""Decisions that break a rule, told alike in every file, so that only the check of that rule can notice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from marketmap.check import check_plan
from tests.check.findings import checks
from tests.plan_files import ROAD, Row, edit_record
from tests.plan_folder import Draft


def provider(draft: Draft, name: str) -> Row:
    return next(row for row in draft.providers if row["provider_id"] == name)


def test_sound_plan_has_no_findings(tmp_path: Path) -> None:
    assert check_plan(Draft().write(tmp_path)) == []


def test_plan_without_participation_blocks_or_district_codes_stands(tmp_path: Path) -> None:
    draft = Draft()
    draft.participation = None
    draft.let = draft.let_areas = []
    del draft.blocks["K1"]
    draft.settings["county"]["district_codes"] = []
    assert check_plan(draft.write(tmp_path)) == []


def test_plan_of_spot_purchase_alone_stands(tmp_path: Path) -> None:
    draft = Draft()
    del draft.blocks["B001"], draft.blocks["B002"]
    assert check_plan(draft.write(tmp_path)) == []


def take_one_hour_too_many(draft: Draft) -> None:
    provider(draft, "V1")["hours_spare_week"] -= 1


def give_up_less_elsewhere(draft: Draft) -> None:
    draft.packages[6]["provider_id"] = "V2"  # V1 no longer gives up 3 carer hours in the other block


def fill_what_is_promised_already(draft: Draft) -> None:
    draft.let_areas.append({"block_id": "K2", "postcode": ROAD[9], "sector": ""})
    draft.let.append(draft.let[0] | {"block_id": "K2", "provider_id": "V1"})
    draft.blocks["K2"] = {"status": "existing", "provider": "V1", "centre": 9, "places": [9]}


def suspend(draft: Draft) -> None:
    provider(draft, "V1")["placements_suspended"] = "Yes"


def lose_a_service(draft: Draft) -> None:
    provider(draft, "V1")["services"] = "double_handed"


def send_one_carer_only(draft: Draft) -> None:
    provider(draft, "V1")["services"] = "dementia"


def take_no_part(draft: Draft) -> None:
    assert draft.participation
    draft.participation = draft.participation[1:]


def take_part_elsewhere(draft: Draft) -> None:
    assert draft.participation
    draft.participation[1]["area_code"] = "GL1 1"


def take_part_later(draft: Draft) -> None:
    assert draft.participation
    draft.participation[1]["valid_from"] = "2025-04-01"


def stop_taking_part(draft: Draft) -> None:
    assert draft.participation
    draft.participation.append(draft.participation[0] | {"max_block_hours": 30, "valid_from": "2025-03-01"})


def let_another(draft: Draft) -> None:
    draft.let_areas.append({"block_id": "K2", "postcode": ROAD[9], "sector": ""})
    draft.let.append(draft.let[0] | {"block_id": "K2", "provider_id": "V1", "status": "planned"})


def let_another_to_the_day(draft: Draft) -> None:
    let_another(draft)
    draft.let[1]["end_date"] = "2025-03-31"


def leave_the_framework(draft: Draft) -> None:
    draft.participation = None
    provider(draft, "V2")["on_framework"] = "no"


def exclude_its_rating(draft: Draft) -> None:
    draft.settings["blocks"]["excluded_ratings"] = ["Good"]


def want_fewer_hours(draft: Draft) -> None:
    assert draft.participation
    draft.participation[0]["max_block_hours"] = 36.5


def join_the_companies(draft: Draft) -> None:
    provider(draft, "V2")["company_id"] = "C1"
    draft.settings["blocks"]["share_cap"] = 0.5


def raise_the_minimum(draft: Draft) -> None:
    draft.settings["blocks"]["min_hours"] = 31.5


def lower_the_maximum(draft: Draft) -> None:
    draft.settings["blocks"]["max_hours"] = 36.5


def shorten_the_reach(draft: Draft) -> None:
    draft.settings["blocks"]["reach_minutes"] = 2.5


def tear_a_block(draft: Draft) -> None:
    draft.blocks["B001"]["places"] = [0, 1, 2, 4]


def move_a_lock(draft: Draft) -> None:
    draft.blocks["K1"] |= {"centre": 11, "places": [11]}


def grow_a_lock(draft: Draft) -> None:
    draft.blocks["K1"]["places"] = [9, 10, 11]


def give_a_lock_to_another(draft: Draft) -> None:
    draft.blocks["K1"]["provider"] = "V3"


def call_a_block_existing(draft: Draft) -> None:
    draft.blocks["B002"]["status"] = "existing"


def move_who_must_stay(draft: Draft) -> None:
    draft.fixed_moves = True


def bound_above_the_objective(draft: Draft) -> None:
    draft.lower_bound_share = 1.01


def bound_above_a_possible_plan(draft: Draft) -> None:
    # Nobody waits and moving is dear: without the blocks the plan is cheaper than the bound that is claimed.
    for row in draft.packages:
        if row["status"] == "waiting":
            row |= {"status": "active", "provider_id": "V6"}
    draft.settings["blocks"]["move_minutes_hour"] = 60.0
    provider(draft, "V1")["hours_spare_week"] = 99
    draft.lower_bound_share = 0.99


@pytest.mark.parametrize(
    ("lie", "caught_by"),
    [
        (take_one_hour_too_many, {"capacity"}),
        (give_up_less_elsewhere, {"capacity"}),
        (fill_what_is_promised_already, {"capacity"}),
        (suspend, {"eligible"}),
        (lose_a_service, {"eligible"}),
        (send_one_carer_only, {"eligible"}),
        (take_no_part, {"eligible"}),
        (take_part_elsewhere, {"eligible"}),
        (take_part_later, {"eligible"}),
        (leave_the_framework, {"eligible"}),
        (exclude_its_rating, {"eligible"}),
        (want_fewer_hours, {"block-hours-wanted"}),
        (stop_taking_part, {"block-hours-wanted"}),
        (join_the_companies, {"company-share"}),
        (raise_the_minimum, {"block-size"}),
        (lower_the_maximum, {"block-size"}),
        (shorten_the_reach, {"cost-travel"}),
        (tear_a_block, {"contiguous"}),
        (move_a_lock, {"locks-held"}),
        (grow_a_lock, {"locks-held"}),
        (let_another, {"locks-held"}),
        (let_another_to_the_day, {"locks-held"}),
        (give_a_lock_to_another, {"locks-held"}),
        (call_a_block_existing, {"locks-held"}),
        (move_who_must_stay, {"do-not-move"}),
        (bound_above_the_objective, {"bound"}),
        (bound_above_a_possible_plan, {"bound"}),
    ],
)
def test_decision_that_breaks_a_rule(tmp_path: Path, lie: Callable[[Draft], None], caught_by: set[str]) -> None:
    draft = Draft()
    lie(draft)
    found = checks(check_plan(draft.write(tmp_path)))
    assert caught_by <= found
    # What is really summed wrong follows from some lies; no rule that was kept may be called broken.
    consequences = {
        "call_a_block_existing": {
            "capacity",
            "cost-sums",
            "gains",
            "rollout-possible",
        },  # V1 gives nothing up to a block already let
        "move_who_must_stay": {"points-demand", "block-demand", "block-outlook", "cost-travel", "cost-rounds"}
        | {"cost-moves", "cost-price", "cost-outside", "minutes-per-visit", "audit-hours", "guarantee"}
        | {"gains", "next-figures", "rollout-possible"},
    }
    assert found <= caught_by | consequences.get(lie.__name__, set())


def test_only_the_latest_row_of_an_area_counts(tmp_path: Path) -> None:
    draft = Draft()
    assert draft.participation
    old = draft.participation[0] | {"max_block_hours": 1}
    draft.participation += [old | {"valid_from": start} for start in ("", "2024-06-01", "2025-04-01")]
    assert check_plan(draft.write(tmp_path)) == []


def test_contract_that_has_ended_is_let_no_more(tmp_path: Path) -> None:
    draft = Draft()
    let_another(draft)
    draft.let[1]["end_date"] = "2025-03-30"
    assert check_plan(draft.write(tmp_path)) == []


@pytest.mark.parametrize(("hours", "turnover"), [(1, 0.015), (12, 0.015), (12, 0.0)])
def test_contract_is_told_by_what_it_guarantees(tmp_path: Path, hours: float, turnover: float) -> None:
    draft = Draft()
    draft.let[0]["guaranteed_hours_week"] = hours
    draft.settings["blocks"]["turnover_week"] = turnover
    out = draft.write(tmp_path)
    assert check_plan(out) == []


def test_single_block_may_pass_the_share_cap(tmp_path: Path) -> None:
    draft = Draft()
    draft.settings["blocks"]["share_cap"] = 0.1
    assert check_plan(draft.write(tmp_path)) == []


def test_provider_without_listed_services_is_not_known_to_lack_any(tmp_path: Path) -> None:
    draft = Draft()
    provider(draft, "V1")["services"] = ""
    assert check_plan(draft.write(tmp_path)) == []


def test_area_of_the_councils_own_is_looked_up_on_the_map(tmp_path: Path) -> None:
    import geopandas as gpd
    from shapely.geometry import box

    draft = Draft()
    assert draft.participation
    draft.participation[1]["area_code"] = "EAST"
    out = draft.write(tmp_path)
    county = tmp_path / "county"
    for east, expected in ((384_700, set()), (385_200, {"eligible"})):
        area = box(east, 217_000, 387_000, 219_000)
        areas = gpd.GeoDataFrame({"area_code": ["EAST"]}, geometry=[area], crs="EPSG:27700")
        areas.to_file(county / "areas.gpkg")
        entry = {"name": "areas.gpkg", "sha256": "", "rows": 1}
        edit_record(out, lambda record, entry=entry: record["inputs"].update(areas=entry))
        assert checks(check_plan(out)) - {"inputs-unchanged"} == expected


def test_findings_read_as_sentences(tmp_path: Path) -> None:
    draft = Draft()
    take_one_hour_too_many(draft)
    (finding,) = check_plan(draft.write(tmp_path))
    assert finding.examples == ("V1: 1 carer hours too many",)
    assert str(finding) == (
        "[capacity] internal/block_proposals.csv: 1 provider above capacity (V1: 1 carer hours too many)"
    )
