"""The prospectus: figures that anyone may see, computed from the packages, and a page that only shows them."""

import dataclasses
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from marketmap.outputs.gate.disclosure import POSTCODE, SUPPRESSED, Shown
from marketmap.outputs.gate.district_profile import profile_districts
from marketmap.outputs.plans.prospectus import LENGTHS, find_silent
from marketmap.outputs.schema.full import PROSPECTUS
from marketmap.settings import TIME_BANDS
from tests.outputs.prospectus_street import HOSTILE, RULES, crowded, describe_street, round_half_up, street_files

FIGURES = ["people", "hours_week", "starts_hours_13w", "drive_minutes", "double_handed",
           *(f"hours_{band}" for band in TIME_BANDS if band != "night"), "visits_30_to_44"]  # fmt: skip


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read_page() -> Reader:
    reader = Reader()
    reader.feed(street_files()[1].decode())
    return reader


def test_every_proposed_block_has_a_row_of_shown_cells() -> None:
    frame, (plan, _) = describe_street(), crowded()
    assert list(frame["block_id"]) == list(plan.proposals["block_id"])
    assert all(isinstance(value, Shown) for name in PROSPECTUS.names for value in frame[name])


def test_figures_are_those_of_the_packages_in_the_zone_rounded() -> None:
    plan, tables = crowded()
    frame = describe_street().set_index("block_id")
    block = plan.postcodes.set_index("postcode")["block_id"]
    packages = tables.packages.assign(block=tables.packages["postcode"].map(block))
    for name, part in packages[packages["block"] != "spot"].groupby("block"):
        row, people = frame.loc[name], len(part)
        assert row["people"] == f"{round_half_up(people)}"
        assert row["hours_week"] == f"{round_half_up(part['hours_week'].sum())}"
        double = int((part["carers_required"] == 2).sum())
        share = round_half_up(double) / round_half_up(people)
        assert row["double_handed"] == (SUPPRESSED if double < 8 else f"{share:.0%}")
        asked = [need for need in ("dementia", "ventilator") if (part["needs"] == need).sum() >= 8]
        assert row["needs"] == ";".join(asked)


def test_hours_by_band_and_visits_by_length_add_up_to_the_zone() -> None:
    frame = describe_street()
    shown = frame[(frame[[f"hours_{band}" for band in TIME_BANDS]] != SUPPRESSED).all(axis=1)]
    assert len(shown)
    for row in shown.to_dict("records"):
        total = sum(int(row[f"hours_{band}"]) for band in TIME_BANDS)
        assert abs(total - int(row["hours_week"])) <= RULES.round_to * (len(TIME_BANDS) + 1) / 2
    # Visits of the street last half an hour, but for people who wait.
    nobody_waits = (crowded()[0].proposals["hours_waiting"] == 0).to_numpy()
    assert nobody_waits.any()
    assert (frame.loc[nobody_waits, "visits_30_to_44"] == "100%").all()
    assert set(LENGTHS) <= set(PROSPECTUS.names)


def test_a_block_of_few_people_shows_its_zone_and_nothing_else() -> None:
    strict = describe_street(dataclasses.replace(RULES, least_people=10_000))
    assert (strict[FIGURES] == SUPPRESSED).all().all()
    # nor that something is none: of few people that tells of each
    own = [name for name in PROSPECTUS.names if name.startswith(("hours_", "visits_")) and name != "hours_limits"]
    assert (describe_street()[own] == "0").any().any()
    assert (strict[own] == SUPPRESSED).all().all()
    assert (strict["usual_price_hour"] == SUPPRESSED).all()
    assert (strict["needs"] == "").all()
    assert (strict["sectors"] != "").all()


def test_the_usual_price_hides_where_one_company_dominates() -> None:
    assert (describe_street()["usual_price_hour"] == "24.00").all()
    assert (describe_street(dataclasses.replace(RULES, dominance=0.2))["usual_price_hour"] == SUPPRESSED).all()
    assert (describe_street(dataclasses.replace(RULES, least_companies=5))["usual_price_hour"] == SUPPRESSED).all()


def test_nobody_is_named_and_no_postcode_stands_anywhere() -> None:
    plan, tables = crowded()
    for content in street_files():
        text = content.decode()
        assert POSTCODE.search(text) is None
        assert not any(str(postcode) in text for postcode in tables.county_postcodes.index)
        for column in ("suggested_provider_name", "centre_postcode", "reason"):
            assert not any(str(value) in text for value in plan.proposals[column])
        assert "spare" not in text.lower()


def test_hostile_names_are_text_and_nothing_is_fetched() -> None:
    reader = read_page()
    page = street_files()[1].decode()
    assert "script" not in reader.tags
    assert "img" not in reader.tags
    assert HOSTILE not in page
    assert any(HOSTILE in text for text in reader.text)
    assert {
        value for name, value in reader.attributes if name in ("src", "href") and not value.startswith("#")
    } == set()
    assert "url(" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert [value for name, value in reader.attributes if name == "content" and "default-src 'none'" in value]


def test_there_is_a_page_for_each_block_and_its_map_has_no_point() -> None:
    reader, blocks = read_page(), describe_street()
    assert reader.tags.count("section") == len(blocks) + 1
    assert reader.tags.count("svg") == len(blocks)
    assert not {"circle", "ellipse", "image", "use"} & set(reader.tags)
    ids = [value for name, value in reader.attributes if name == "id"]
    assert len(ids) == len(set(ids)) == len(blocks)
    assert {value[1:] for name, value in reader.attributes if name == "href"} == set(ids)


def test_bars_are_as_long_as_the_figures_shown() -> None:
    widths = [float(width) for width in re.findall(r'class="bar" style="width:(\d+)%"', street_files()[1].decode())]
    assert widths
    assert max(widths) == 100
    frame = describe_street()
    cells = [frame[name] for name in (*(f"hours_{band}" for band in TIME_BANDS), *LENGTHS)]
    shown = sum(int(text not in (SUPPRESSED, "0", "0%")) for column in cells for text in column)
    assert len(widths) == shown


def test_the_same_inputs_give_the_same_bytes() -> None:
    assert street_files() == street_files()


@pytest.mark.parametrize("assumed", [True, False])
def test_the_page_says_what_was_done_to_the_figures(*, assumed: bool) -> None:
    from marketmap.outputs.plans.prospectus import explain_rules

    text = " ".join(explain_rules(RULES, assumed_mix=assumed))
    assert "rests on somebody but on fewer than 8 people" in text
    assert "A 0 rests on nobody, or on 8 people or more and rounds to 0" in text
    assert "nearest 5" in text
    assert "3 companies" in text
    assert ("assumed mix" in text) == assumed


def test_a_district_is_told_in_shares_of_all_its_care() -> None:
    plan, _ = crowded()
    frame, members = describe_street(), plan.case.model.members
    where = members["postcode"].map(plan.case.model.points["district_code"])
    district = plan.proposals["district_code"].iloc[0]
    own = members[where == district]
    double = int((own["carers_required"] == 2).sum())
    wanted = f"{round_half_up(double) / round_half_up(own['person_id'].fillna(own['package_id']).nunique()):.0%}"
    assert frame["district_double_handed"].iloc[0] == wanted
    shares = [frame[f"district_{band}"].iloc[0] for band in TIME_BANDS]
    assert abs(sum(int(share.rstrip("%")) for share in shares if share != SUPPRESSED) - 100) <= len(shares)
    assert frame["district_visits_30_to_44"].iloc[0].endswith("%")


def test_a_district_is_silent_where_few_remain_beside_the_blocks_that_speak() -> None:
    members = pd.DataFrame(
        {
            "district": "E06",
            "block_id": ["B1"] * 20 + ["B2"] * 7,
            "person": [f"P{number}" for number in range(27)],
            "carers": [1.0] * 27,
        }
    )
    calls = members.assign(band="morning", length="visits_30_to_44", hours=1.0, times=7.0)
    told = profile_districts(members, calls, lengths=list(LENGTHS), rules=RULES)["E06"]
    assert set(told.values()) == {SUPPRESSED}
    more = members.assign(block_id=["B1"] * 19 + ["B2"] * 8)
    told = profile_districts(more, calls, lengths=list(LENGTHS), rules=RULES)["E06"]
    assert told["district_morning"] == "100%"


def test_beside_a_block_of_few_people_a_second_one_of_its_district_is_silent() -> None:
    people = {"B1": 5, "B2": 30, "B3": 12, "B4": 9, "B5": 40}
    proposed = pd.DataFrame({"block_id": list(people), "district_code": ["E1", "E1", "E1", "E2", "E2"]})
    members = pd.DataFrame(
        [{"block_id": name, "person": f"{name}P{each}"} for name, count in people.items() for each in range(count)]
    )
    assert find_silent(proposed, members, RULES) == {"B1", "B3"}
    assert find_silent(proposed, members[members["block_id"] != "B1"], RULES) == set()


def test_a_silent_block_shows_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "marketmap.outputs.plans.prospectus.find_silent", lambda proposed, *_: {proposed["block_id"].iloc[1]}
    )
    frame = describe_street()
    assert set(frame.loc[1, FIGURES]) == {SUPPRESSED}
    assert frame.loc[1, "needs"] == ""
    assert SUPPRESSED not in set(frame["people"].drop(index=1))


def test_where_a_zone_lies_is_told_by_its_postcodes_not_by_its_people() -> None:
    plan, tables = crowded()
    frame = describe_street().set_index("block_id")
    for name, own in plan.postcodes[plan.postcodes["block_id"] != "spot"].groupby("block_id"):
        sectors = tables.county_postcodes["sector"].reindex(own["postcode"]).value_counts()
        assert str(frame.loc[name, "zone"]).startswith(f"{len(own):,} postcode")
        assert str(sectors.index[0]) in str(frame.loc[name, "zone"])


def test_a_page_of_few_people_gives_the_limits_and_the_district() -> None:
    settings = crowded()[0].case.settings.blocks
    limits = f"{settings.min_hours:g} to {settings.max_hours:g}"
    assert (describe_street(dataclasses.replace(RULES, least_people=10_000))["hours_limits"] == limits).all()
    page = street_files(dataclasses.replace(RULES, least_people=12))[1].decode()
    assert f"<dd>{limits}</dd>" in page
    assert 'class="bar pale"' in page
