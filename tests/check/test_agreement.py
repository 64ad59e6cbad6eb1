"""One file that no longer agrees with the rest of the plan or with the inputs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from marketmap.check import check_plan
from tests.check.findings import checks
from tests.plan_files import ELIGIBLE, NEIGHBOURS, POINTS, POSTCODES, PROPOSALS, ROAD, UNPLACED, Tables
from tests.plan_folder import Draft


def set_cell(file: str, row: int, column: str, value: Any) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        tables[file][row][column] = value

    return change


def list_a_terminated_one(tables: Tables) -> None:
    tables[POSTCODES].insert(6, tables[POSTCODES][5] | {"postcode": "GL1 1AH", "block_id": "spot"})


def drop_a_link(tables: Tables) -> None:
    del tables[NEIGHBOURS][1]


def drop_a_point(tables: Tables) -> None:
    tables[POINTS] = [row for row in tables[POINTS] if row["postcode"] != ROAD[5]]


def drop_a_provider(tables: Tables) -> None:
    del tables[ELIGIBLE][1]


def forget_the_unplaced(tables: Tables) -> None:
    del tables[UNPLACED][0]


def call_a_placed_one_unplaced(tables: Tables) -> None:
    row = {"table": "packages", "row": 2, "id": "P01", "postcode": ROAD[0], "reason": "lost"}
    tables[UNPLACED].append(row)


@pytest.mark.parametrize(
    ("change", "caught_by"),
    [
        (list_a_terminated_one, "county-covered"),
        (list_a_terminated_one, "live-flag"),
        (set_cell(POSTCODES, 0, "live", "unknown"), "live-flag"),
        (set_cell(POSTCODES, 0, "block_id", "B009"), "blocks-known"),
        (set_cell(POSTCODES, 0, "suggested_provider_id", "V2"), "provider-agrees"),
        (set_cell(POSTCODES, 5, "suggested_provider_id", "V2"), "provider-agrees"),
        (set_cell(POSTCODES, 0, "suggested_provider_name", "Best Care"), "provider-described"),
        (set_cell(PROPOSALS, 0, "cqc_rating", "Outstanding"), "provider-described"),
        (set_cell(PROPOSALS, 0, "company_id", "C9"), "provider-described"),
        (set_cell(PROPOSALS, 0, "status", "awarded"), "blocks-known"),
        (set_cell(PROPOSALS, 0, "reason", " "), "reason-given"),
        (set_cell(PROPOSALS, 0, "postcodes", 6), "block-zone"),
        (set_cell(PROPOSALS, 0, "sectors", "GL1 1;GL1 2"), "block-zone"),
        (set_cell(PROPOSALS, 0, "centre_postcode", "GL9 9ZZ"), "block-zone"),
        (set_cell(PROPOSALS, 0, "people", 7), "block-demand"),
        (set_cell(PROPOSALS, 0, "hours_with_others", 16.99), "block-demand"),
        (set_cell(PROPOSALS, 0, "hours_fixed", 0), "block-demand"),
        (set_cell(PROPOSALS, 2, "hours_guaranteed_start", 10), "guarantee"),
        (set_cell(PROPOSALS, 0, "expected_ends_hours_13w", 7.0), "block-outlook"),
        (set_cell(PROPOSALS, 0, "annual_value_pounds", 1.0), "block-outlook"),
        (set_cell(PROPOSALS, 2, "annual_value_pounds", ""), "block-outlook"),
        (set_cell(PROPOSALS, 0, "weeks_to_fill", 0.0), "block-outlook"),
        (set_cell(PROPOSALS, 1, "weeks_to_fill", 3.0), "block-outlook"),
        (set_cell(PROPOSALS, 2, "weeks_to_fill", ""), "block-outlook"),
        (set_cell(PROPOSALS, 0, "carers_full_time", 9), "block-outlook"),
        (set_cell(PROPOSALS, 0, "minutes_per_visit_now", 5.0), "minutes-per-visit"),
        (set_cell(PROPOSALS, 0, "minutes_per_visit_proposed", 0.5), "minutes-per-visit"),
        (set_cell(PROPOSALS, 0, "travel_minutes_saved_week", 500.0), "minutes-per-visit"),
        (set_cell(PROPOSALS, 0, "cost_block", 0.0), "cost-sums"),
        (set_cell(PROPOSALS, 0, "cost_if_left_spot", 0.0), "cost-sums"),
        (set_cell(PROPOSALS, 0, "cost_total", 0.0), "cost-sums"),
        (set_cell(POINTS, 0, "contact_hours", 12.9), "points-demand"),
        (set_cell(POINTS, 0, "block_id", "spot"), "points-block"),
        (set_cell(POINTS, 0, "district_code", "E06900002"), "points-block"),
        (set_cell(POINTS, 0, "centre_postcode", ROAD[2]), "points-block"),
        (set_cell(POINTS, 0, "minutes_to_centre", 0.1), "travel-possible"),
        (set_cell(POINTS, 0, "cost_travel", 1.0), "cost-travel"),
        (set_cell(POINTS, 0, "cost_rounds", 1.0), "cost-rounds"),
        (set_cell(POINTS, 0, "cost_moves", 1.0), "cost-moves"),
        (set_cell(POINTS, 0, "cost_price", 1.0), "cost-price"),
        (set_cell(POINTS, 0, "cost_outside", 1.0), "cost-outside"),
        (set_cell(POINTS, 0, "cost_moves", ""), "inside-or-outside"),
        (set_cell(POINTS, 4, "cost_moves", 0.0), "inside-or-outside"),
        (set_cell(POINTS, 0, "minutes_outside", ""), "cost-outside"),
        (set_cell(ELIGIBLE, 1, "eligible", "yes"), "eligible"),
        (set_cell(ELIGIBLE, 1, "suggested", "yes"), "audit-trail"),
        (set_cell(ELIGIBLE, 0, "eligible", "no"), "audit-trail"),
        (set_cell(ELIGIBLE, 2, "reason", ""), "audit-trail"),
        (set_cell(ELIGIBLE, 1, "hours_already_with_provider", 0.0), "audit-hours"),
        (set_cell(ELIGIBLE, 0, "minutes_week", 1.0), "cost-sums"),
        (set_cell(NEIGHBOURS, 0, "postcode_b", ROAD[0]), "neighbours-sane"),
        (set_cell(NEIGHBOURS, 0, "postcode_b", "GL9 9ZZ"), "neighbours-sane"),
        (set_cell(NEIGHBOURS, 0, "minutes", 0.01), "travel-possible"),
        (set_cell(NEIGHBOURS, 0, "minutes", "quick"), "readable"),
        (drop_a_link, "contiguous"),
        (drop_a_point, "packages-accounted"),
        (drop_a_provider, "audit-trail"),
        (forget_the_unplaced, "packages-accounted"),
        (call_a_placed_one_unplaced, "packages-accounted"),
    ],
)
def test_file_that_disagrees(tmp_path: Path, change: Callable[[Tables], None], caught_by: str) -> None:
    draft = Draft()
    draft.changes.append(change)
    assert caught_by in checks(check_plan(draft.write(tmp_path)))
