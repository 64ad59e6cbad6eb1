import json
import math
import shutil
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tests.outputs.factory import make_plan, make_record, write_output


def market_page() -> None:
    from marketmap.pages import market_map

    market_map.show()


def blocks_page() -> None:
    from marketmap.pages import block_proposals

    block_proposals.show()


def run(page: object, **query: str) -> AppTest:
    test = AppTest.from_function(page, default_timeout=60)
    for key, value in query.items():
        test.query_params[key] = value
    return test.run()


def html_of(test: AppTest) -> str:
    return "\n".join(element.proto.body for element in test.get("html"))


def metrics(test: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in test.metric}


def map_arguments(test: AppTest) -> dict[str, object]:
    arguments: dict[str, object] = json.loads(test.get("component_instance")[0].proto.json_args)
    return arguments


def words(test: AppTest) -> str:
    return " ".join(block.value for kind in ("info", "code", "markdown") for block in test.get(kind))


def test_the_app_opens_on_the_market_map() -> None:
    test = AppTest.from_file(str(Path(__file__).parents[2] / "app.py"), default_timeout=60).run()
    assert not test.exception
    assert test.title[0].value == "Market map"


@pytest.mark.parametrize("page", [market_page, blocks_page])
def test_a_map_brings_all_it_needs(page: object) -> None:
    arguments = map_arguments(run(page))
    for kind in ("js_links", "css_links"):
        assert arguments[kind]
        assert all(link.startswith("data:text/") for link in arguments[kind])  # type: ignore[attr-defined]
    assert arguments["returned_objects"] == ["last_active_drawing"]


class TestMarketMap:
    def test_the_headline_sums_the_packages_in_force(self, county: Path) -> None:
        packages = pd.read_csv(county / "packages.csv")
        found = metrics(run(market_page))
        assert found["Packages"] == str(len(packages))
        assert found["Contact hours a week"] == f"{packages['hours_week'].sum():,.0f}"
        waiting = packages.loc[packages["status"] == "waiting", "hours_week"].sum()
        assert found["Hours waiting"] == f"{waiting:,.0f}"
        assert found["Providers at work"] == "3"

    def test_filters_narrow_every_figure(self, county: Path) -> None:
        packages = pd.read_csv(county / "packages.csv")
        test = run(market_page)
        test.selectbox(key="service").set_value("reablement").run()
        test.selectbox(key="status").set_value("Active").run()
        kept = packages[(packages["service_type"] == "reablement") & (packages["status"] == "active")]
        assert metrics(test)["Packages"] == str(len(kept))
        assert test.dataframe[0].value["packages"].sum() == len(kept)
        assert test.dataframe[0].value["contact_hours"].sum() == pytest.approx(kept["hours_week"].sum(), abs=1)

    def test_a_sector_shows_its_own_figures(self, county: Path) -> None:
        packages = pd.read_csv(county / "packages.csv")
        sector = packages["postcode"].str[:-2].mode()[0]
        test = run(market_page)
        test.selectbox(key="area").set_value(sector).run()
        hours = packages.loc[packages["postcode"].str.startswith(sector), "hours_week"].sum()
        assert f"<h3>{sector}</h3>" in html_of(test)
        assert f"<dt>Contact hours a week</dt><dd>{hours:,.1f}</dd>" in html_of(test)

    def test_a_provider_shows_what_it_holds(self, county: Path) -> None:
        packages = pd.read_csv(county / "packages.csv")
        held = packages[packages["provider_id"] == "V01"]
        test = run(market_page)
        assert "Held by the chosen provider" not in html_of(test)
        test.selectbox(key="provider").set_value("V01").run()
        assert f"{len(held)} packages, {held['hours_week'].sum():,.1f} h" in html_of(test)
        assert test.dataframe[0].value["provider_hours"].sum() == pytest.approx(held["hours_week"].sum(), abs=1)
        assert "packages_text" in str(map_arguments(test)["script"])

    @pytest.mark.parametrize("ran", [True, False])
    def test_without_boundaries_of_its_own_a_county_borrows_those_of_the_run(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, county: Path, ran: bool
    ) -> None:
        bare = Path(shutil.copytree(county, tmp_path / "bare"))
        (bare / "areas.geojson").unlink()
        monkeypatch.setenv("MARKETMAP_COUNTY", str(bare))
        if not ran:
            monkeypatch.setenv("MARKETMAP_OUT", str(tmp_path / "nowhere"))
        test = run(market_page)
        assert not test.exception
        assert bool(test.get("component_instance")) == ran
        assert ("No sector boundaries" in words(test)) == (not ran)
        assert int(metrics(test)["Packages"]) == 120

    def test_without_a_county_it_says_what_to_run(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("MARKETMAP_COUNTY", str(tmp_path / "nowhere"))
        test = run(market_page)
        assert not test.exception
        assert "make sample" in words(test)
        assert "nowhere" in words(test)

    def test_faulty_tables_are_told_in_the_readers_words(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, county: Path
    ) -> None:
        broken = Path(shutil.copytree(county, tmp_path / "broken"))
        text = (broken / "packages.csv").read_text()
        (broken / "packages.csv").write_text(text.replace("home_care", "no_such_care", 1))
        monkeypatch.setenv("MARKETMAP_COUNTY", str(broken))
        test = run(market_page)
        assert not test.exception
        assert "packages.csv, column service_type, row 2" in words(test)
        assert "Traceback" not in words(test)

    def test_a_changed_table_is_read_again(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, county: Path) -> None:
        copy = Path(shutil.copytree(county, tmp_path / "copy"))
        monkeypatch.setenv("MARKETMAP_COUNTY", str(copy))
        before = int(metrics(run(market_page))["Packages"])
        lines = (copy / "packages.csv").read_text().splitlines()
        (copy / "packages.csv").write_text("\n".join(lines[:-5]) + "\n")
        assert int(metrics(run(market_page))["Packages"]) == before - 5


class TestBlockProposals:
    def test_the_headline_says_what_the_plan_is_worth(self, out: Path) -> None:
        proposals = pd.read_csv(out / "internal" / "block_proposals.csv")
        proposed = proposals[proposals["status"] == "proposed"]
        test = run(blocks_page)
        found = metrics(test)
        assert found["Blocks"] == "3"
        assert found["Contact hours in zones"] == f"{proposals['hours_zone'].sum():,.0f}"
        assert found["Travel, if all moved"] == f"{proposed['travel_minutes_saved_week'].sum():,.0f} min"
        assert found["Would change provider"] == f"{proposed['hours_with_others'].sum():,.0f} h"
        assert found["From the best possible"] == "≤ 3.8 %"
        text = html_of(test)
        assert "at most 3.8 % from the best possible under the model. The bound leaves out: contiguity." in text
        assert "not evidence about any council" in text
        assert "Illustrative roads" in text

    def test_real_data_carry_no_warning_about_made_up_ones(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        record = make_record(synthetic=False, synthetic_note="", roads={"file": "roads.osm.pbf", "illustrative": False})
        monkeypatch.setenv("MARKETMAP_OUT", str(write_output(tmp_path / "out", record=record)))
        test = run(blocks_page)
        assert "class='warn'" not in html_of(test)
        assert "not evidence" not in html_of(test)
        assert "OpenStreetMap" in html_of(test)

    @pytest.mark.parametrize(("asked", "shown"), [("B003", "B003"), ("<script>", "B001"), ("B999", "B001")])
    def test_the_address_chooses_only_a_block_that_there_is(self, asked: str, shown: str) -> None:
        test = run(blocks_page, block=asked)
        assert test.selectbox(key="block").value == shown
        assert f"<h3>{shown} ·" in html_of(test)

    def test_the_first_proposed_block_is_shown_before_any_already_let(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, out: Path
    ) -> None:
        copy = Path(shutil.copytree(out, tmp_path / "copy"))
        path = copy / "internal" / "block_proposals.csv"
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        table.assign(status=["existing", "proposed", "proposed"]).to_csv(path, index=False, lineterminator="\r\n")
        monkeypatch.setenv("MARKETMAP_OUT", str(copy))
        assert run(blocks_page).selectbox(key="block").value == "B002"

    def test_who_holds_hours_comes_first_among_those_who_cannot_take_it(self) -> None:
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

    def test_a_block_tells_its_reason_its_hours_and_who_could_take_it(self, out: Path) -> None:
        row = pd.read_csv(out / "internal" / "block_proposals.csv").iloc[2]
        test = run(blocks_page, block="B003")
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
        assert "award" not in text

    def test_every_block_is_in_the_table(self) -> None:
        assert run(blocks_page).dataframe[0].value["block_id"].tolist() == ["B001", "B002", "B003"]

    @pytest.mark.parametrize("spelling", ["{0}", "{1}"])
    def test_a_postcode_in_any_spelling_finds_its_block(self, out: Path, spelling: str) -> None:
        table = pd.read_csv(out / "internal" / "block_postcodes.csv")
        postcode = table.loc[table["block_id"] == "B002", "postcode"].iloc[0]
        test = run(blocks_page)
        test.text_input(key="postcode").set_value(spelling.format(postcode, postcode.replace(" ", "").lower())).run()
        assert f"<strong>{postcode}</strong> is in block <strong>B002</strong>" in html_of(test)
        test.button[0].click().run()
        assert test.selectbox(key="block").value == "B002"

    def test_a_postcode_outside_every_block_is_told(self, out: Path) -> None:
        table = pd.read_csv(out / "internal" / "block_postcodes.csv")
        spot = table.loc[table["block_id"] == "spot", "postcode"].iloc[0]
        test = run(blocks_page)
        answers = {
            spot: "is left to spot purchase",
            "SW1A 1AA": "is not a postcode of this county",
            "<b>x": "<strong>&lt;b&gt;x</strong> is not a postcode",
        }
        for text, answer in answers.items():
            test.text_input(key="postcode").set_value(text).run()
            assert answer in html_of(test)

    def test_without_an_output_folder_it_says_what_to_run(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("MARKETMAP_OUT", str(tmp_path / "nowhere"))
        test = run(blocks_page)
        assert not test.exception
        assert "make blocks" in words(test)
        assert "no output folder nowhere yet" in words(test)

    @pytest.mark.parametrize("file", ["run.json", "internal/block_proposals.csv", "internal/zones.geojson"])
    def test_a_broken_folder_is_told_without_a_traceback(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, out: Path, file: str
    ) -> None:
        broken = Path(shutil.copytree(out, tmp_path / "broken"))
        (broken / file).write_bytes(b"\xff\xfebroken")
        monkeypatch.setenv("MARKETMAP_OUT", str(broken))
        test = run(blocks_page)
        assert not test.exception
        assert file.rsplit("/", 1)[-1] in words(test)
        assert "Traceback" not in words(test)

    def test_a_file_changed_since_the_run_is_named(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, out: Path
    ) -> None:
        touched = Path(shutil.copytree(out, tmp_path / "touched"))
        with (touched / "internal" / "block_proposals.csv").open("ab") as file:
            file.write(b"\r\n")
        monkeypatch.setenv("MARKETMAP_OUT", str(touched))
        assert "Changed since the run: internal/block_proposals.csv" in html_of(run(blocks_page))

    def test_a_plan_without_blocks_is_an_answer(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        def nothing(*arguments: object, **options: object) -> dict[str, pd.DataFrame]:
            plan = make_plan(*arguments, **options)  # type: ignore[arg-type]
            plan["proposals"], plan["eligible"] = plan["proposals"].iloc[:0], plan["eligible"].iloc[:0]
            plan["postcodes"] = plan["postcodes"].assign(
                block_id="spot", suggested_provider_id="", reason="no provider"
            )
            return plan

        monkeypatch.setattr("tests.outputs.factory.make_plan", nothing)
        monkeypatch.setenv("MARKETMAP_OUT", str(write_output(tmp_path / "out")))
        test = run(blocks_page)
        assert not test.exception
        assert metrics(test)["Blocks"] == "0"
        assert "No block is proposed" in words(test)
