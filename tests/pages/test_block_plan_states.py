"""The block plan's page: what it says of a plan, of one that is missing or broken, and how it follows the address."""

import json
import math
import shutil
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from marketmap.pages.access import User
from tests.outputs.factory import make_plan, make_record, write_output


def plan_page() -> None:
    from marketmap.pages import block_plan

    block_plan.show()


@pytest.fixture(autouse=True)
def nothing_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """No desk in a process of its own beside the tests."""
    monkeypatch.setattr("marketmap.pages.block_plan.open_ahead", lambda _chosen: None)


def run(page: object, **query: str) -> AppTest:
    test = AppTest.from_function(page, default_timeout=60)
    for key, value in query.items():
        test.query_params[key] = value
    return test.run()


def html_of(test: AppTest) -> str:
    return "\n".join(element.proto.body for element in test.get("html"))


def metrics(test: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in test.metric}


def words(test: AppTest) -> str:
    return " ".join(block.value for kind in ("info", "code", "markdown") for block in test.get(kind))


def buttons(test: AppTest) -> set[str]:
    return {str(element.proto.label) for element in test.get("download_button")}


def test_the_map_brings_all_it_needs() -> None:
    arguments = json.loads(run(plan_page).get("component_instance")[0].proto.json_args)
    for kind in ("js_links", "css_links"):
        assert arguments[kind]
        assert all(link.startswith("data:text/") for link in arguments[kind])
    assert arguments["returned_objects"] == ["last_active_drawing"]


def test_the_headline_says_what_the_plan_is_worth(out: Path) -> None:
    proposals = pd.read_csv(out / "internal" / "block_proposals.csv")
    proposed = proposals[proposals["status"] == "proposed"]
    test = run(plan_page)
    found = metrics(test)
    assert found["Blocks"] == "3"
    assert found["Contact hours in zones"] == f"{proposals['hours_zone'].sum():,.0f}"
    assert found["Driving, if all moved"] == f"−{proposed['driving_minutes_saved_week'].sum() / 60:,.0f} h"  # noqa: RUF001
    assert found["Would change provider"] == f"{proposed['hours_with_others'].sum():,.0f} h"
    assert found["From the best possible"] == "≤ 3.8%"
    text = html_of(test)
    assert "at most 3.8% from the best possible under the model" in text
    assert "does not hold all rules in full (that a block is in one piece)" in text
    assert "not evidence about any council" in text
    assert "Illustrative roads" in text


def test_real_data_carry_no_warning_about_made_up_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    record = make_record(synthetic=False, synthetic_note="", roads={"file": "roads.osm.pbf", "illustrative": False})
    monkeypatch.setenv("MARKETMAP_OUT", str(write_output(tmp_path / "out", record=record)))
    test = run(plan_page)
    assert "class='warn'" not in html_of(test)
    assert "not evidence" not in html_of(test)
    assert "OpenStreetMap" in html_of(test)


@pytest.mark.parametrize(("asked", "shown"), [("B003", "B003"), ("<script>", "B001"), ("B999", "B001")])
def test_the_address_chooses_only_a_block_that_there_is(asked: str, shown: str) -> None:
    test = run(plan_page, block=asked)
    assert test.selectbox(key="block").value == shown
    assert f"<h3>{shown} ·" in html_of(test)


def test_the_first_proposed_block_is_shown_before_any_already_let(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, out: Path
) -> None:
    copy = Path(shutil.copytree(out, tmp_path / "copy"))
    path = copy / "internal" / "block_proposals.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.assign(status=["existing", "proposed", "proposed"]).to_csv(path, index=False, lineterminator="\r\n")
    monkeypatch.setenv("MARKETMAP_OUT", str(copy))
    assert run(plan_page).selectbox(key="block").value == "B002"


def test_who_holds_hours_comes_first_among_those_who_cannot_take_it() -> None:
    rows = pd.DataFrame(
        {
            "provider_name": ["Aa", "Bb", "Cc"],
            "eligible": [False, False, True],
            "suggested": [False, False, True],
            "minutes_week": [math.nan, math.nan, 9.0],
            "hours_already_with_provider": [0.0, 5.0, math.nan],
            "reason": ["lacks live_in", "no room", "suggested"],
        }
    )

    def page(rows: object) -> None:
        from marketmap.pages.block_details import show_eligible

        show_eligible(rows, block="B001")

    text = html_of(AppTest.from_function(page, args=(rows,)).run())
    assert text.index("Cc") < text.index("Bb") < text.index("Aa")
    assert "lacks live in" in text


def test_a_block_tells_its_reason_its_hours_and_who_could_take_it(out: Path) -> None:
    row = pd.read_csv(out / "internal" / "block_proposals.csv").iloc[2]
    test = run(plan_page, block="B003")
    text = html_of(test)
    assert row["reason"] in text
    for name in ("hours_already_with_provider", "hours_waiting", "hours_with_others"):
        assert f"<dd>{row[name]:,.1f}</dd>" in text
    assert f"<dt>Could be guaranteed</dt><dd>{row['hours_guaranteed_start']:,.1f} h</dd>" in text
    eligible = pd.read_csv(out / "internal" / "eligible_providers.csv")
    for reason in eligible.loc[eligible["block_id"] == "B003", "reason"]:
        assert reason in text
    assert "yes, suggested" in text
    assert "TUPE" in text


def test_every_block_is_in_the_table() -> None:
    tables = [table.value for table in run(plan_page).dataframe]
    assert next(table for table in tables if "status" in table)["block_id"].tolist() == ["B001", "B002", "B003"]


@pytest.mark.parametrize("spelling", ["{0}", "{1}"])
def test_a_postcode_in_any_spelling_finds_its_block(out: Path, spelling: str) -> None:
    table = pd.read_csv(out / "internal" / "block_postcodes.csv")
    postcode = table.loc[table["block_id"] == "B002", "postcode"].iloc[0]
    test = run(plan_page)
    test.text_input(key="postcode").set_value(spelling.format(postcode, postcode.replace(" ", "").lower())).run()
    assert f"<strong>{postcode}</strong> is in block <strong>B002</strong>" in html_of(test)
    next(button for button in test.button if button.label == "Show this block").click().run()
    assert test.selectbox(key="block").value == "B002"


def test_a_postcode_outside_every_block_is_told(out: Path) -> None:
    table = pd.read_csv(out / "internal" / "block_postcodes.csv")
    spot = table.loc[table["block_id"] == "spot", "postcode"].iloc[0]
    test = run(plan_page)
    answers = {
        spot: "is left to spot purchase",
        "SW1A 1AA": "is not a postcode of this county",
        "<b>x": "<strong>&lt;b&gt;x</strong> is not a postcode",
    }
    for text, answer in answers.items():
        test.text_input(key="postcode").set_value(text).run()
        assert answer in html_of(test)


def test_without_an_output_folder_it_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARKETMAP_OUT", str(tmp_path / "nowhere"))
    test = run(plan_page)
    assert not test.exception
    assert "make blocks" in words(test)
    assert "no output folder nowhere yet" in words(test)


@pytest.mark.parametrize("file", ["run.json", "internal/block_proposals.csv", "internal/zones.geojson"])
def test_a_broken_folder_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, out: Path, file: str
) -> None:
    broken = Path(shutil.copytree(out, tmp_path / "broken"))
    (broken / file).write_bytes(b"\xff\xfebroken")
    monkeypatch.setenv("MARKETMAP_OUT", str(broken))
    test = run(plan_page)
    assert not test.exception
    assert file.rsplit("/", 1)[-1] in words(test)
    assert "Traceback" not in words(test)


def test_a_file_changed_since_the_run_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, out: Path) -> None:
    touched = Path(shutil.copytree(out, tmp_path / "touched"))
    with (touched / "internal" / "block_proposals.csv").open("ab") as file:
        file.write(b"\r\n")
    monkeypatch.setenv("MARKETMAP_OUT", str(touched))
    assert "Changed since the run: internal/block_proposals.csv" in html_of(run(plan_page))


def test_a_plan_without_blocks_is_an_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def nothing(*arguments: object, **options: object) -> dict[str, pd.DataFrame]:
        plan = make_plan(*arguments, **options)  # type: ignore[arg-type]
        plan["proposals"], plan["eligible"] = plan["proposals"].iloc[:0], plan["eligible"].iloc[:0]
        plan["postcodes"] = plan["postcodes"].assign(block_id="spot", suggested_provider_id="", reason="no provider")
        return plan

    monkeypatch.setattr("tests.outputs.factory.make_plan", nothing)
    monkeypatch.setenv("MARKETMAP_OUT", str(write_output(tmp_path / "out")))
    test = run(plan_page)
    assert not test.exception
    assert metrics(test)["Blocks"] == "0"
    assert "No block is proposed" in words(test)


def test_a_viewer_sees_the_plan_and_no_row_of_it(monkeypatch: pytest.MonkeyPatch, out: Path) -> None:
    assert "Postcode look-up (CSV)" in buttons(run(plan_page))
    monkeypatch.setattr("marketmap.pages.access.LOCAL", User("v", "v@example.org", "viewer"))
    test = run(plan_page)
    assert not test.exception
    assert not any("CSV" in label or "GeoPackage" in label or "Pack" in label for label in buttons(test))
    assert not test.text_input
    shown = html_of(test) + "".join(table.value.to_csv() for table in test.dataframe)
    block = pd.read_csv(out / "internal" / "block_proposals.csv").iloc[0]
    told = shown.replace(str(block["reason"]), "")  # the small plan's made-up reasons name a postcode, a run's never do
    assert not [name for name in pd.read_csv(out / "internal" / "block_postcodes.csv")["postcode"] if name in told]
    test.session_state["section"] = "Change it"
    assert "changing plans is for commissioners" in words(test.run())
    test.session_state["section"] = "New run"
    assert "is for commissioners" in words(test.run())


@pytest.mark.parametrize("asked", ["job-x", "plan-../../etc", "plan-unknown", "<script>"])
def test_the_address_opens_no_plan_that_is_not_in_the_users_list(asked: str) -> None:
    test = run(plan_page, plan=asked)
    assert not test.exception
    assert test.selectbox(key="plan").value == "run"
    assert metrics(test)["Blocks"] == "3"
