"""The page Evidence: simulated rounds side by side, what it says without any, and a day that a user had simulated."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from marketmap.outputs.files.origin import name_plan
from marketmap.outputs.files.record import read_record
from marketmap.outputs.report.pair_chart import MOST_ROWS, draw_pairs, pair_areas
from marketmap.outputs.runs.rounds import run_rounds
from marketmap.outputs.views.evidence_view import (
    COUNTY,
    WHOLE,
    EvidenceFiles,
    keep_areas,
    list_levels,
    list_policies,
    name_policy,
    read_evidence,
    tabulate_areas,
    tabulate_driven,
    tabulate_policies,
    tabulate_providers,
    tell_baseline,
    tell_change,
    tell_policy,
    tell_span,
    tell_sparse,
)
from marketmap.outputs.views.plan_evidence import (
    read_plan_evidence,
    tell_missing,
    tell_simulated,
    tell_simulated_block,
)
from marketmap.pages import access
from marketmap.pages.work_kinds import do_work
from tests.measured import Measured
from tests.pages.measured_pages import buttons, html_of, point_at, run, words


def plan_page() -> None:
    from marketmap.pages import block_plan

    block_plan.show()


def evidence_page() -> None:
    from marketmap.pages import evidence

    evidence.show()


@pytest.fixture(scope="module")
def rounds(measured: Measured, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("evidence") / "rounds"
    run_rounds(measured.county_folder, out, plan_folder=measured.plan, months=(6,), days=1, processes=1)
    return out


@pytest.fixture
def stops(rounds: Path) -> pd.DataFrame:
    """Every simulated visit, as the file has it."""
    return pd.read_csv(rounds / "internal" / "rounds.csv", keep_default_na=False)


@pytest.fixture
def files(rounds: Path) -> EvidenceFiles:
    return read_evidence(rounds)


@pytest.fixture(autouse=True)
def folders(measured: Measured, monkeypatch: pytest.MonkeyPatch, places: None) -> None:
    del places  # sets other folders, before these
    point_at(measured, monkeypatch)


class TestPage:
    def test_before_and_after_stand_side_by_side(
        self, files: EvidenceFiles, rounds: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MARKETMAP_ROUNDS", str(rounds))
        test = run(evidence_page)
        assert not test.exception
        markup = html_of(test)
        county = files.differences[(files.differences["level"] == "county") & (files.differences["policy"] == "all")]
        assert tell_change(county.iloc[0]) in markup
        assert f"<td class='number'>{county['hours_ceiling'].iloc[0]:,.0f}</td>" in markup
        for told in ("simulated against simulated", "11.7", "an upper bound", "not simulated", "kgCO2e a kilometre"):
            assert told in markup, told
        assert "older than" not in words(test)
        assert buttons(test) == ["Before and after (CSV)", "As driven (CSV)", "All of it (XLSX)"]
        for told in ("would change provider", "so each row is a saving", "a mile (market.mileage_pounds", "365 days"):
            assert told in markup, told
        assert "row is no saving" not in markup
        # Any level and policy can be chosen; a provider's rows are told not to be savings.
        test.selectbox(key="evidence_level").select("provider").run()
        assert "row is no saving" in html_of(test)
        assert "Carer hours after" in html_of(test)
        assert "so each row is a saving" not in html_of(test)
        names = files.differences.loc[files.differences["level"] == "block", "area_code"]
        test.selectbox(key="evidence_level").select("block").run()
        assert f"<th scope='row'>{names.iloc[0]}</th>" in html_of(test)
        test.selectbox(key="evidence_policy").select("new_only, 6 months").run()
        assert not test.exception

    def test_rounds_of_other_tables_are_said_to_be_old(
        self, rounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = tmp_path / "old"
        for path in rounds.rglob("*"):
            if path.is_file():
                (old / path.relative_to(rounds)).parent.mkdir(parents=True, exist_ok=True)
                (old / path.relative_to(rounds)).write_bytes(path.read_bytes())
        record = json.loads((old / "run.json").read_text(encoding="utf-8"))
        record["inputs"]["packages"]["sha256"] = "0" * 64
        (old / "run.json").write_text(json.dumps(record), encoding="utf-8")
        monkeypatch.setenv("MARKETMAP_ROUNDS", str(old))
        test = run(evidence_page)
        assert "older than the county's tables" in words(test)
        assert "As driven" in html_of(test)

    def test_without_rounds_it_says_how_to_make_them(self, begun: list[str]) -> None:
        test = run(evidence_page)
        assert not test.exception
        assert "make rounds" in words(test)
        assert [button.label for button in test.button] == ["Simulate these rounds"]
        assert begun == []  # nothing so long is begun by looking

    def test_a_broken_folder_is_told_plainly(
        self, rounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = tmp_path / "broken"
        (broken / "internal").mkdir(parents=True)
        (broken / "run.json").write_bytes((rounds / "run.json").read_bytes())
        (broken / "internal" / "round_measures.csv").write_text("policy\r\n", encoding="utf-8")
        monkeypatch.setenv("MARKETMAP_ROUNDS", str(broken))
        test = run(evidence_page)
        assert not test.exception
        assert "cannot be shown" in words(test)
        assert "run the same command again" in words(test)

    def test_a_viewer_sees_the_figures_and_begins_no_work(self, rounds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MARKETMAP_ROUNDS", str(rounds))
        user = access.User("u1", "Una", "viewer")
        for module in ("access", "downloads", "evidence", "plan_rounds", "round_request"):
            monkeypatch.setattr(f"marketmap.pages.{module}.current_user", lambda: user)
        test = run(evidence_page)
        assert "Policies" in html_of(test)
        assert [button.label for button in test.button] == []


class TestPlan:
    """The same rounds on the page of the plan that they were made from."""

    def test_headline_and_block_say_what_its_rounds_save(
        self, measured: Measured, files: EvidenceFiles, rounds: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("marketmap.pages.block_plan.open_ahead", lambda _chosen: None)
        monkeypatch.setenv("MARKETMAP_ROUNDS", str(rounds))
        assert read_record(rounds).plan == name_plan(read_record(measured.plan))
        found = read_plan_evidence(rounds, measured.plan)
        assert found is not None
        whole = files.differences[(files.differences["level"] == "county") & (files.differences["policy"] == "all")]
        assert found.saved[0] / 60 == pytest.approx(whole["hours_ceiling"].iloc[0], abs=0.5)
        test = run(plan_page)
        assert not test.exception
        assert tell_simulated(found) in html_of(test)
        block = test.selectbox(key="block").value
        assert tell_simulated_block(found, block) in html_of(test)

    def test_of_other_rounds_nothing_is_said_but_how_to_get_them(
        self, rounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("marketmap.pages.block_plan.open_ahead", lambda _chosen: None)
        other = Path(shutil.copytree(rounds, tmp_path / "other"))
        record = json.loads((other / "run.json").read_text(encoding="utf-8"))
        (other / "run.json").write_text(json.dumps(record | {"plan": {"sha256": "0" * 64}}), encoding="utf-8")
        monkeypatch.setenv("MARKETMAP_ROUNDS", str(other))
        test = run(plan_page)
        assert tell_missing(plan="county") in html_of(test)
        assert "Simulated rounds of" not in html_of(test)


def test_the_job_simulates_the_last_day_beside_the_plan(measured: Measured, tmp_path: Path) -> None:
    stages: list[str] = []
    asked = {"days": 1, "plan": str(measured.plan)}
    job = {"kind": "rounds", "folder": str(measured.county_folder), "out": str(tmp_path / "out"), "asked": asked}
    record, findings = do_work(job, on_stage=stages.append, on_progress=lambda *_: None)
    assert findings == []
    assert record.stop == {"days": 1, "days_done": 1}
    assert any(stage.startswith("Simulating rounds as proposed: ") and stage.endswith(" visits") for stage in stages)
    assert list_policies(read_evidence(tmp_path / "out")) == ["all"]
    assert read_record(tmp_path / "out").command[:3] == ["marketmap", "app", "rounds"]


class TestFigures:
    def test_policies_are_told_with_their_interval_and_ceiling(self, files: EvidenceFiles) -> None:
        told = tabulate_policies(files)
        assert told["policy"].tolist() == [tell_policy("all"), tell_policy("new_only, 6 months")]
        assert "after 6 months" in told["policy"][1]
        assert told["change"].str.fullmatch(r"[+-]\d+\.\d\d \([+-]\d+\.\d\d to [+-]\d+\.\d\d\)").all()

    def test_rounds_are_told_beside_the_travel(self, files: EvidenceFiles) -> None:
        told = tabulate_policies(files)["rounds"]
        county = files.measures[files.measures["level"] == "county"].set_index("policy")["rounds_day"]
        assert told[0] == f"{county['today']:,.0f} → {county['all']:,.0f}"
        assert told[1] == f"{county['new_only, 6 months']:,.0f}"

    def test_the_baseline_stands_three_times(self, files: EvidenceFiles) -> None:
        told = tell_baseline(files)
        whole = files.measures[(files.measures["policy"] == "today") & (files.measures["level"] == "county")]
        assert told["Simulated, as bought today"] == f"{whole['minutes_hour'].iloc[0]:.1f}"
        driven = files.driven["driven_minutes"].sum() / files.driven["carer_hours"].sum()
        assert told["As driven, by the roads and with parking"] == f"{driven:.1f}"
        assert told["In the published split of a price"] == "11.7"
        none = dataclasses.replace(files, driven=files.driven.iloc[:0], measures=files.measures.iloc[:0])
        assert set(tell_baseline(none).values()) >= {"not known", "11.7"}

    def test_too_little_call_monitoring_is_said(self, files: EvidenceFiles) -> None:
        driven = files.driven.assign(enough=True)
        assert tell_sparse(dataclasses.replace(files, driven=driven)) == ""
        driven.loc[0, ["enough", "coverage", "hours_commissioned"]] = [False, 0.41, 90.0]
        thin = dataclasses.replace(files, driven=driven)
        assert "less than 80% of what is bought from 1 of" in tell_sparse(thin)
        told = tabulate_driven(thin, names={})
        assert "41%: too little to judge by" in set(told["coverage"])

    def test_areas_are_named_and_the_largest_saving_is_first(self, files: EvidenceFiles) -> None:
        assert list_levels(files) == ["district_code", "rural", "block", "provider"]
        name = files.differences.loc[files.differences["level"] == "district_code", "area_code"].iloc[0]
        rows = keep_areas(files, "all", "district_code", names={name: "<b>One</b>"})
        assert rows["minutes_saved"].is_monotonic_decreasing
        told = tabulate_areas(rows, keep_areas(files, "all", COUNTY, names={}))
        assert "<b>One</b>" in set(told["area"])  # escaped by whoever draws the table
        assert told["area"][0] == WHOLE
        assert len(told) == len(rows) + 1

    def test_a_provider_is_told_with_its_hours_before_and_after(
        self, files: EvidenceFiles, stops: pd.DataFrame
    ) -> None:
        rows = keep_areas(files, "all", "provider", names={})
        assert rows["carer_hours"].is_monotonic_decreasing
        hours = (stops["ends"] - stops["begins"]) / 60 * stops["carers"]
        sums = hours.groupby([stops["policy"], stops["provider_id"]]).sum()
        for row in rows.itertuples():
            assert row.carer_hours == pytest.approx(sums.get(("today", row.area_code), 0.0), abs=0.01)
            assert row.carer_hours_after == pytest.approx(sums.get(("all", row.area_code), 0.0), abs=0.01)
        assert (rows["carer_hours"] - rows["carer_hours_after"]).abs().max() > 1
        gone = rows.head(1).assign(carer_hours_after=0.0, minutes_hour_after=np.nan, minutes_hour_change=np.nan)
        told = tabulate_providers(gone, keep_areas(files, "all", COUNTY, names={}))
        assert told["hours_before"][0] == told["hours_after"][0]  # the county's visits are the same
        assert told[["hours_after", "after", "change"]].loc[1].tolist() == ["0", "no hours", "not known"]
        assert not {"saved", "released"} & set(told)

    def test_what_has_no_interval_says_so(self) -> None:
        row = {"minutes_hour_change": -1.0, "minutes_hour_change_low": np.nan, "minutes_hour_change_high": 2.0}
        assert tell_change(row) == "-1.00 (no interval)"
        assert tell_change({"minutes_hour_change": np.nan}) == "not known"
        assert tell_span(1234.0, np.nan, np.nan) == "1,234 (no interval)"

    def test_a_policy_is_named_as_short_as_an_axis(self) -> None:
        assert [name_policy(name) for name in ("all", "swaps", "new_only, 6 months", "other")] == [
            "all to their blocks", "swap list", "who begins, 6 months", "other",
        ]  # fmt: skip

    def test_the_chart_has_two_marks_a_row_and_tells_namesakes_apart(self) -> None:
        rows = pd.DataFrame(
            {
                "area": ["Care", "Care", *(f"P{number}" for number in range(30))],
                "area_code": [f"V{number}" for number in range(32)],
                "minutes_hour_before": 5.0,
                "minutes_hour_after": [np.nan, *[4.0] * 31],
            }
        )
        pairs = pair_areas(rows)
        assert pairs["label"].tolist()[:3] == ["Care (V0)", "Care (V1)", "P0"]
        spec = draw_pairs(pairs).to_dict()
        sizes = sorted(len(values) for values in spec["datasets"].values())
        assert sizes == [MOST_ROWS, 2 * MOST_ROWS]
