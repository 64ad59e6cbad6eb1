"""The county in six figures: each with what it rests on, or a plain word where it cannot be told."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from marketmap.inputs.county import read_county
from marketmap.outputs.views.market_view import MarketView, view_market
from marketmap.outputs.views.next_steps import Step, find_steps
from marketmap.outputs.views.overview import list_gaps, six_figures
from marketmap.outputs.views.plan_evidence import PlanEvidence
from tests.outputs.factory import write_county

NAN = float("nan")
COUNTY_ROW = {"level": "county", "area_code": "county"}
TABLES = {
    "internal/waits.csv": pd.DataFrame(
        [
            COUNTY_ROW
            | {"long_share": 0.443, "long_share_low": 0.43, "long_share_high": 0.46, "waits_long": 2089}
            | {"waits_decided": 4715, "open_long": 96}
        ]
    ),
    "internal/overlap.csv": pd.DataFrame(
        [COUNTY_ROW | {"providers_street_mean": 2.391, "streets_shared": 912, "streets": 2561}]
    ),
    "internal/prices.csv": pd.DataFrame(
        [
            COUNTY_ROW | {"travel_minutes_hour": 9.41},
            {"level": "rural", "area_code": "rural", "travel_minutes_hour": 10.23},
        ]
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_county(tmp_path_factory.mktemp("overview") / "county")


@pytest.fixture(scope="module")
def view(folder: Path) -> MarketView:
    return view_market(read_county(folder))


def test_each_figure_says_what_it_rests_on(view: MarketView, folder: Path) -> None:
    rows = pd.read_csv(folder / "packages.csv")
    active, waiting = (rows[rows["status"] == status] for status in ("active", "waiting"))
    people, waits, long, providers, plan, travel = six_figures(view, TABLES, proposals=None, points=None)
    assert people.value == str(len(active))
    assert f"{active['hours_week'].sum():,.0f} contact hours" in people.meaning
    assert waits.value == str(len(waiting))
    assert f"{waiting['hours_week'].sum():,.0f} contact hours" in waits.meaning
    assert (long.title, long.value) == ("Waits of more than 14 days", "44%")
    assert "2,089 of 4,715" in long.meaning
    assert "43% to 46%" in long.meaning
    assert providers.value == "3"
    assert "2.39 of them" in providers.meaning
    assert "912 of 2,561" in providers.meaning
    assert plan.value == "not measured yet"
    assert travel.value == "9.4 min"
    assert "10.2 minutes in the rural part" in travel.meaning


def test_without_results_it_says_what_each_needs(view: MarketView) -> None:
    told = six_figures(view, {}, proposals=None, points=None)
    assert [figure.value for figure in told].count("not measured yet") == 3
    assert "needs a block plan" in told[4].meaning


@pytest.mark.parametrize(("minutes", "told"), [(600.0, "saves about 10 hours"), (-600.0, "adds 10 hours")])
def test_a_plan_is_told_by_its_part_of_the_hours(view: MarketView, minutes: float, told: str) -> None:
    proposals = pd.DataFrame(
        {
            "status": ["proposed", "existing"],
            "driving_minutes_saved_week": [minutes, 99_999.0],
            "block_id": ["B1", "X1"],
        }
    )
    points = pd.DataFrame({"block_id": ["B1", "spot", "X1"], "contact_hours": [30.0, 60.0, 10.0]})
    plan = six_figures(view, {}, proposals=proposals, points=points)[4]
    assert plan.value == "40%"
    assert "40 of 100 contact hours" in plan.meaning
    assert "2 blocks (1 already let)" in plan.meaning
    assert told in plan.meaning
    assert "simulated" not in plan.meaning
    blocks = pd.DataFrame(columns=["saved", "low", "high"])
    found = PlanEvidence(days=7, confidence=0.95, saved=(540.0, 300.0, 780.0), blocks=blocks)
    beside = six_figures(view, {}, proposals=proposals, points=points, simulated=found)[4].meaning
    assert beside.endswith(f"{told} of driving a week: an estimate (simulated rounds save 9, 5 to 13).")


def make_gaps(**changes: object) -> pd.DataFrame:
    row = {
        "area_code": "GL7 5", "area_name": "GL7 5", "district_name": "Cotswold", "rank": 2.0, "packages": 73,
        "packages_waiting": 6, "waiting_hours": 112.0, "waiting_beyond": 38.0, "long_share": 0.467,
        "long_share_low": 0.346, "long_share_high": 0.591, "waits_long": 28, "waits_decided": 60, "minutes_hour": 12.41,
        "reading": "Of 112 carer hours …",
    }  # fmt: skip
    return pd.DataFrame([row | changes, row | {"area_code": "GL7 6", "rank": 1.0}, row | {"rank": NAN}])


def test_gaps_are_listed_by_rank_and_numbered_as_on_the_map() -> None:
    found = list_gaps(make_gaps())
    assert found["number"].tolist() == [1, 2]
    assert found["area_code"].tolist() == ["GL7 6", "GL7 5"]
    assert found["head"].tolist()[1] == "2 · GL7 5, Cotswold"
    text = found["text"].iloc[1]
    assert "112 carer hours a week wait (6 packages of 73)" in text
    assert "47% of waits were long (28 of 60; 95% interval 35% to 59%)" in text
    assert "12.4 min" in text


def test_a_gap_leaves_out_what_is_not_known() -> None:
    text = list_gaps(make_gaps(long_share=NAN, minutes_hour=NAN, waiting_beyond=NAN, packages_waiting=1))["text"].iloc[
        1
    ]
    assert text == "112 carer hours a week wait (1 package of 73)."
    assert list_gaps(None).empty
    assert list_gaps(make_gaps().iloc[2:]).empty


def monitor(**changes: object) -> dict[str, object]:
    return {
        "block_id": "X01", "week": "2026-09-21", "leaked_since_start": 1, "started_since_start": 4,
        "leaked_share": 0.25, "leaked_share_low": 0.05, "leaked_share_high": 0.7,
    } | changes  # fmt: skip


def rollout(**changes: object) -> dict[str, object]:
    return {
        "block_id": "B161", "possible_now": True, "gain_minutes_week": 6000.0, "suggested_provider_name": "Vale Care",
        "hours_with_others": 31.5,
    } | changes  # fmt: skip


def pages_of(steps: tuple[Step, ...]) -> list[str]:
    return [step.page for step in steps]


def test_steps_come_from_the_data_each_with_its_page(view: MarketView) -> None:
    found = find_steps(
        view,
        gaps=make_gaps(),
        rollout=pd.DataFrame(
            [rollout(), rollout(block_id="B2", gain_minutes_week=9000.0), rollout(possible_now=False)]
        ),
        monitor=pd.DataFrame(
            [monitor(week="2026-09-14", leaked_share=0.9), monitor(), monitor(block_id="X02", leaked_share=0.2)]
        ),
        names=pd.Series({"V01": "Vale Care"}),
    )
    assert pages_of(found) == ["rural_gaps", "block_monitor", "block_plan", "block_plan", "find_provider", "data"]
    text = {number: step.text for number, step in enumerate(found)}
    assert "GL7 5 (Cotswold)" in text[0]
    assert "In block X01 1 of 4 packages" in text[1]
    assert "25%; 95% interval 5% to 70%" in text[1]
    assert "1 more of the 2 blocks let leaks too." in text[1]
    assert "Of 2 proposed blocks" in text[2]
    assert "B2 gains most: 150 model hours" in text[2]
    assert "which offers are refused" in text[5]


def test_the_provider_that_delivers_most_is_named_with_its_hours(view: MarketView, folder: Path) -> None:
    rows = pd.read_csv(folder / "packages.csv")
    hours = rows[rows["status"] == "active"].groupby("provider_id")["hours_week"].sum()
    step = next(step for step in find_steps(view) if "leave" in step.text)
    assert hours.idxmax() in step.text
    assert f"{hours.max():,.0f} of {hours.sum():,.0f}" in step.text


def test_spare_hours_are_told_by_their_age(view: MarketView) -> None:
    dated = view.capacity.assign(capacity_as_of=pd.to_datetime(["2026-03-01", "2026-03-21", None]))
    step = find_steps(dataclasses.replace(view, capacity=dated))[-2]
    assert "Half of the 2 providers and branches" in step.text
    working = set(view.packages.loc[view.packages["status"] == "active", "provider_id"])
    idle = sum(name not in working for name in dated["provider_id"].iloc[:2])
    assert f"({idle} of them deliver nothing today)" in step.text
    assert "20 days before" in step.text
    assert "the oldest 30 days" in step.text
    assert "1 more gave no day" in step.text
    undated = find_steps(view)[-2]
    assert undated.text.startswith("No provider said when")
    nothing = view.capacity.assign(hours_spare_week=NAN)
    assert "nothing can be said" in find_steps(dataclasses.replace(view, capacity=nothing))[-2].text


def test_nothing_leaks_and_nothing_lacks_is_no_step(view: MarketView) -> None:
    whole = dataclasses.replace(view, absent=())
    calm = find_steps(whole, monitor=pd.DataFrame([monitor(leaked_since_start=0)]), rollout=pd.DataFrame())
    assert pages_of(calm) == ["block_plan", "find_provider"]
