"""What a reader of a plan asks of it, worked out from its tables."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks.answers import relaxed_constraints
from marketmap.blocks.warm import draw_problem
from marketmap.outputs.files.reading import PlanFiles, read_plan
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.schema.decision import ROLLOUT
from marketmap.outputs.schema.pair import PLAN_DIFFERENCES, PLAN_FIGURES
from marketmap.outputs.views.participation_grid import make_grid, read_grid
from marketmap.outputs.views.plan_extras import load_extra
from marketmap.outputs.views.plan_pairs import (
    NO_PROVIDER,
    compare_figures,
    list_changes,
    share_elsewhere,
    sum_changes,
)
from marketmap.outputs.views.plan_view import (
    explain_gap,
    list_companies,
    list_holders,
    pick_start,
    split_gain,
    sum_exit,
    sum_headline,
    tell_findings,
    tell_fixed,
    tell_gap,
    tell_shaping,
    write_change,
    write_figure,
)
from marketmap.outputs.views.rule_names import RELAXED, drop_settings, tell_finding, tell_relaxed
from tests.outputs.factory import make_record, write_output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_output(tmp_path_factory.mktemp("plan") / "out")


@pytest.fixture(scope="module")
def plan(folder: Path) -> PlanFiles:
    return read_plan(folder)


def test_the_headline_sums_zones_and_counts_moves_of_proposed_blocks_alone(plan: PlanFiles) -> None:
    sums = sum_headline(plan)
    proposed = plan.proposals["status"] == "proposed"
    assert (sums["blocks"], sums["proposed"]) == (3, 2)
    assert sums["hours"] == pytest.approx(plan.proposals["hours_zone"].sum())
    assert sums["moving"] == pytest.approx(plan.proposals.loc[proposed, "hours_with_others"].sum())
    waiting = dataclasses.replace(plan, proposals=plan.proposals.assign(hours_waiting=5.0))
    assert sum_headline(waiting)["waiting"] == 10.0
    assert sums["driving"] < plan.proposals["driving_minutes_saved_week"].sum()
    assert sums["placeable"] >= sums["hours"]


def test_what_is_let_already_is_told_apart_from_the_sums(plan: PlanFiles) -> None:
    fixed = plan.proposals[plan.proposals["status"] != "proposed"].iloc[0]
    told = tell_fixed(plan)
    assert told.startswith("1 of the 3 blocks is already let or held, with ")
    assert f"{fixed['hours_zone']:,.0f} contact hours a week in zones" in told
    assert f"{fixed['hours_guaranteed_start']:,.0f} guaranteed; the other 2 are proposed. " in told
    proposed = plan.proposals[plan.proposals["status"] == "proposed"]
    assert tell_fixed(dataclasses.replace(plan, proposals=proposed)) == ""


def test_the_gap_is_told_in_plain_words_or_as_not_known() -> None:
    assert tell_gap(make_record()) == "≤ 3.8%"
    assert "no plan that keeps the same rules can cost less than 96.2%" in explain_gap(make_record())
    assert "does not hold all rules in full (that a block is in one piece)" in explain_gap(make_record())
    unknown = make_record(solver={"status": "edited", "gap": None})
    assert tell_gap(unknown) == "not known"
    assert "no bound was proven" in explain_gap(unknown)


def test_figures_are_written_with_a_sign_only_where_they_change() -> None:
    assert write_change(-1234.56, "{:,.1f}") == "-1,234.6"
    assert write_change(2.0, "{:,.0f}") == "+2"
    assert write_change(-0.04, "{:,.1f}") == "0"
    assert write_change(np.nan, "{:,.1f}") == write_figure(np.nan, "{:,.1f}") == "not known"


def test_the_parts_of_a_gain_stand_in_order_with_the_whole_last() -> None:
    block = pd.Series({"gain_total": 5.0, "gain_travel": 9.0, "gain_moves": -4.0, "gain_price": np.nan})
    parts = split_gain(block)
    assert parts["minutes"].tolist() == [9.0, -4.0, 5.0]
    assert parts["part"].iloc[-1] == "All together"


def test_who_must_agree_is_everybody_else_who_delivers_there() -> None:
    packages = pd.DataFrame(
        {
            "postcode": ["A", "A", "B", "B", "C", "A", "A"],
            "provider_id": ["P1", "P2", "P2", "P3", "P2", None, "P2"],
            "status": ["active", "active", "active", "active", "active", "waiting", "waiting"],
            "hours_week": [7.0, 3.0, 4.0, 10.0, 99.0, 5.0, 6.0],
            "person_id": ["a", "b", "b", "c", "d", "e", "f"],
            "funding": ["council", "chc", "council", "joint", "chc", "council", "council"],
            "do_not_move": [False, False, True, False, False, False, False],
        }
    )
    found = list_holders(packages, postcodes=pd.Index(["A", "B"]), provider_id="P1", names={"P2": "Two"})
    assert found["provider_id"].tolist() == ["P3", "P2"]
    assert found["provider_name"].tolist() == ["P3", "Two"]
    assert found["hours"].tolist() == [10.0, 7.0]
    assert found["people"].tolist() == [1, 1]
    assert found["hours_nhs"].tolist() == [10.0, 3.0]
    assert found["hours_fixed"].tolist() == [0.0, 4.0]
    bare = packages.drop(columns=["funding", "do_not_move"])
    unsaid = list_holders(bare, postcodes=pd.Index(["A", "B"]), provider_id="P1", names=pd.Series({"P2": "Two"}))
    assert unsaid[["hours_nhs", "hours_fixed"]].isna().all().all()
    assert list_holders(packages, postcodes=pd.Index(["Z"]), provider_id="P1", names={}).empty


def test_companies_are_listed_by_their_hours(plan: PlanFiles) -> None:
    found = list_companies(plan.proposals)
    hours = plan.proposals.groupby("company_id")["hours_zone"].sum().sort_values(ascending=False)
    assert found["company_id"].tolist() == hours.index.tolist()
    assert f"{hours.iloc[0]:,.0f} hours a week" in found["label"].iloc[0]
    assert list_companies(plan.proposals.iloc[:0]).empty


def test_what_becomes_of_hours_is_summed_with_its_share() -> None:
    rows = pd.DataFrame(
        {
            "answer": ["nobody", "rehomed", "nobody"],
            "packages": [1, 2, 3],
            "hours_from_company": [5.0, 30.0, 5.0],
            "hours_waiting": [0.0, 1.0, 2.0],
        }
    )
    found = sum_exit(rows).set_index("answer")
    assert found["share"].to_dict() == {"rehomed": 0.75, "nobody": 0.25}
    assert found.loc["nobody", "packages"] == 4
    assert (sum_exit(rows.assign(hours_from_company=0.0))["share"] == 0).all()


def test_a_table_that_the_run_did_not_write_is_empty_with_its_columns(folder: Path) -> None:
    found = load_extra(folder, ROLLOUT)
    assert found.empty
    assert list(found.columns) == list(ROLLOUT.names)
    assert pick_start(found, "B001") is None


def test_the_grid_ticks_who_is_eligible_and_reads_what_was_taken_away(plan: PlanFiles) -> None:
    grid = make_grid(plan.eligible, plan.proposals, districts={"E06000017": "Rutland", "E07000001": "Elsewhere"})
    somewhere = set(plan.eligible.loc[plan.eligible["eligible"], "provider_id"])
    assert set(grid["provider_id"]) == somewhere
    assert all(tick is True for tick in grid["E06000017"])
    assert all(tick is None for tick in grid["E07000001"])
    edited = grid.copy()
    edited.loc[1, "E06000017"] = False
    districts = ["E06000017", "E07000001"]
    assert read_grid(grid, edited, districts=districts) == [(grid["provider_id"][1], "E06000017")]
    assert read_grid(grid, grid, districts=districts) == []


class TestPairs:
    @pytest.fixture(scope="class")
    def other(self, tmp_path_factory: pytest.TempPathFactory) -> PlanFiles:
        return read_plan(write_output(tmp_path_factory.mktemp("other") / "out", blocks=2))

    def test_a_plan_differs_in_nothing_from_itself(self, plan: PlanFiles) -> None:
        assert (compare_figures(plan, plan)["change"].dropna() == 0).all()
        assert list_changes(plan, plan).empty
        assert sum_changes(list_changes(plan, plan), plan.points).empty

    def test_figures_stand_side_by_side(self, plan: PlanFiles, other: PlanFiles) -> None:
        found = compare_figures(plan, other).set_index("figure")
        assert found.loc["Blocks", ["first", "second", "change"]].tolist() == [3.0, 2.0, -1.0]
        assert found.loc["Cost under the model", "first"] == 1000.0
        assert b"Blocks,blocks," in encode_table(found.reset_index(), PLAN_FIGURES)

    def test_the_hours_that_differ_are_those_of_postcodes_that_change_hands(
        self, plan: PlanFiles, other: PlanFiles
    ) -> None:
        changes = list_changes(plan, other)
        both = plan.postcodes.join(other.postcodes, lsuffix="_a", rsuffix="_b")
        differ = both[both["suggested_provider_id_a"] != both["suggested_provider_id_b"]]
        assert set(changes.index) == set(differ.index)
        assert (changes.loc[changes["to_spot"], "now"] == NO_PROVIDER).all()
        sums = sum_changes(changes, plan.points)
        inside = plan.points["postcode"].isin(differ.index)
        assert sums["contact_hours"].sum() == pytest.approx(plan.points.loc[inside, "contact_hours"].sum())
        assert sums["contact_hours"].is_monotonic_decreasing
        assert encode_table(sums, PLAN_DIFFERENCES).count(b"\r\n") == len(sums) + 1
        assert 0 < share_elsewhere(sums, plan) <= 1


def test_a_plan_that_was_shaped_by_hand_says_so() -> None:
    assert tell_shaping(make_record()) == ""
    edited = make_record(solver={"edits": 1, "origin": "the run of Monday"})
    assert tell_shaping(edited) == "Shaped by hand: 1 edit since the run of Monday. "


def test_findings_are_told_without_their_ids_and_files() -> None:
    finding = "[capacity] internal/block_proposals.csv: 1 provider above capacity (P01: 3 carer hours too many)"
    told = "provider has room: 1 provider above capacity (P01: 3 carer hours too many)"
    assert tell_findings([finding]) == f"The independent checker finds: {told}."
    assert tell_finding("[rollout-listed] internal/rollout.csv: a: b") == "rollout listed: a: b"
    assert tell_finding("nothing to take apart") == "nothing to take apart"


def test_every_rule_that_a_bound_leaves_out_has_words() -> None:
    problem = draw_problem(40, providers=3)
    apart = dataclasses.replace(problem, apart=np.zeros((problem.points, 1), dtype=np.int64))
    names = {*relaxed_constraints(problem), *relaxed_constraints(apart)}
    assert names
    assert names <= set(RELAXED)
    assert tell_relaxed([]) == ""


def test_settings_in_brackets_are_left_out() -> None:
    assert drop_settings("Overlap planted here (patch_overlap = 1.0); (all of it).") == (
        "Overlap planted here; (all of it)."
    )


def test_findings_of_the_checker_are_told_the_first_in_full() -> None:
    assert tell_findings(()) == ""
    assert tell_findings(["a", "b", "c", "d"]) == "The independent checker finds: a · b · c. And 1 more."
