"""The way of market figures into ``public/``: one cut, cells by themselves, all else from what shows."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.market.intervals import rate_interval, risk_ratio, share_interval
from marketmap.outputs.gate.disclosure import Shown, encode_public_table
from marketmap.outputs.gate.population import LEVEL, Breakdown, Population
from marketmap.outputs.gate.populations import CONCENTRATION, OFFERS, POPULATIONS, WAITING, place_cells, tally_cells
from marketmap.outputs.gate.public_cells import PublicCells
from marketmap.outputs.gate.publish import Gate
from marketmap.outputs.schema.columns import Column, OutputTable
from marketmap.settings import DisclosureSettings

RULES = DisclosureSettings()
WAITS = Population(
    "waits",
    "waits",
    "waits",
    (Breakdown("waits", ("long",)),),
    amounts={"days": "waits"},
    means={"median": ("waits", 0)},
)
RAW = pd.DataFrame(
    {
        "district_code": ["A", "A", "B", "B"],
        "rural": ["rural", "urban"] * 2,
        "waits": [33, 112, 5, 88],
        "long": [9, 3, 1, 20],
        "days": [402.0, 900, 30, 800],
        "median": [7.4, 6, 5, 9],
    }
)


def texts(frame: pd.DataFrame, name: str) -> list[str]:
    assert all(isinstance(value, Shown) for value in frame.to_numpy().ravel())
    return frame[name].tolist()


def cut(raw: pd.DataFrame = RAW, population: Population = WAITS) -> PublicCells:
    return Gate(RULES).cut(raw, population)


def test_cells_are_hidden_or_rounded_each_by_itself() -> None:
    shown = cut().show()
    assert texts(shown, "waits") == ["35", "110", "*", "90"]
    assert texts(shown, "long") == ["10", "*", "*", "20"]
    assert texts(shown, "days") == ["400", "900", "*", "800"]
    assert texts(shown, "median") == ["7", "6", "*", "9"]


def test_sums_are_of_what_shows_with_the_middle_for_what_does_not() -> None:
    assert texts(cut().roll_up("district_code").show(), "waits") == ["about 145", "about 95"]  # 90 + 4
    assert texts(cut().roll_up("rural").show(), "waits") == ["about 40", "about 200"]  # 35 + 4
    county = cut().roll_up().show()
    assert texts(county, "county") == ["county"]
    assert texts(county, "waits") == ["about 240"]  # 239
    # 2,100 shown on 235 shown waits: 4 more waits bring 36 more days
    assert texts(county, "days") == ["about 2,135"]
    # (7 x 35 + 6 x 110 + 9 x 90) / 235
    assert texts(county, "median") == ["7"]


def test_of_several_classes_a_hidden_one_stands_in_with_its_usual_share() -> None:
    rows = [("E1", "rural", 200, 120, 60), ("E1", "urban", 100, 60, 36)]
    raw = pd.DataFrame(rows, columns=[*LEVEL, "offers", "accepted", "refused"])
    cells = Gate(DisclosureSettings()).cut(raw, OFFERS)
    assert cells.cells["refused"].isna().tolist() == [False, True]  # of the second, 4 have no answer: few
    assert cells.roll_up().cells["refused"].tolist() == [90.0]  # 60 and 100 x 60 / 200


def test_a_sum_of_mostly_hidden_cells_is_hidden() -> None:
    raw = RAW.assign(waits=[5, 6, 0, 40], long=0)
    sums = cut(raw).roll_up("district_code").show()
    assert texts(sums, "waits") == ["*", "about 40"]
    assert texts(cut(raw.assign(waits=0, days=0)).roll_up().show(), "waits") == ["0"]


def test_sums_are_not_summed_again() -> None:
    with pytest.raises(ValueError, match="not their sums"):
        cut().roll_up("rural").roll_up()


def test_shares_rates_and_ratios_come_from_the_rounded_counts() -> None:
    share = cut().share("long")
    low, high = share_interval(10, 35)
    assert share.numbers.loc[0, ["long", "waits"]].tolist() == [10, 35]
    assert share.numbers.loc[0, ["long_share", "long_share_low", "long_share_high"]].tolist() == [10 / 35, low, high]
    assert texts(share.show(), "long_share") == ["29%", "*", "*", "22%"]
    rate = cut().rate("waits", [1000, 2000, 3000, np.nan]).numbers
    low, high = rate_interval(35, 1.0)
    assert rate.loc[0, ["residents", "waits_rate", "waits_rate_low", "waits_rate_high"]].tolist() == [
        1000,
        35,
        low,
        high,
    ]
    assert rate["waits_rate"].isna().tolist() == [False, False, True, True]
    ratio = cut().roll_up("district_code").risk_ratio("long").numbers
    expected = [float(value) for value in risk_ratio(15, 145, 20, 95)]
    assert ratio.loc[0, ["long", "waits", "long_rest", "waits_rest"]].tolist() == [15, 145, 20, 95]
    assert ratio.loc[0, ["long_ratio", "long_ratio_low", "long_ratio_high"]].tolist() == pytest.approx(expected)
    assert cut().risk_ratio("long").numbers["long_ratio"].isna().all()  # the others are not all shown
    assert texts(cut().mean("days").show(), "days_mean") == ["11.4", "8.2", "*", "8.9"]


def test_figures_join_side_by_side_and_are_written() -> None:
    joined = cut().figures("waits").join(cut().share("long"))
    table = OutputTable("public/waits.csv", "each cell", tuple(Column(name, "text", "") for name in joined.numbers))
    lines = encode_public_table(joined.show(), table).decode().splitlines()
    assert lines[0] == "district_code,rural,waits,long,long_share,long_share_low,long_share_high"
    assert lines[1] == "A,rural,35,10,29%,16%,45%"
    assert lines[3] == "B,rural,*,*,*,*,*"


def test_a_population_is_cut_once() -> None:
    gate = Gate(RULES)
    gate.cut(RAW, WAITS)
    with pytest.raises(ValueError, match="cut twice"):
        gate.cut(RAW.head(2), WAITS)


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (RAW.drop(columns="long"), "no column long"),
        (pd.concat([RAW, RAW.head(1)]), "stands twice"),
        (RAW.assign(waits=33.5), "whole number"),
        (RAW.assign(waits=-1), "whole number"),
        (RAW.assign(long=1000), "exceed"),
        (RAW.assign(days=np.nan), "an amount"),
    ],
)
def test_what_cannot_be_is_a_defect(raw: pd.DataFrame, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        cut(raw)


def test_a_class_is_named_before_it_is_broken_down() -> None:
    turned = dataclasses.replace(WAITS, breakdowns=(Breakdown("long", ("days",)), *WAITS.breakdowns))
    with pytest.raises(ValueError, match="before it is named"):
        cut(population=turned)


def test_bands_show_as_words_and_have_no_sums() -> None:
    population = dataclasses.replace(WAITS, bands={"hhi": ("waits", CONCENTRATION)})
    cells = cut(RAW.assign(hhi=[900.0, 2400, 500, np.nan]), population)
    assert texts(cells.show(), "hhi") == ["not concentrated", "highly concentrated", "*", "*"]
    assert "hhi" not in cells.roll_up().show().columns


PRICED = dataclasses.replace(WAITS, means={"price": ("waits", 2)}, prices=("price",))
EVEN = {"x": 40.0, "y": 30.0, "z": 30.0}


@pytest.mark.parametrize(
    ("companies", "shown"),
    [(EVEN, ["24.40", "24.40"]), ({"x": 80.0, "y": 10.0, "z": 10.0}, ["*", "*"]), ({"x": 50.0, "y": 50.0}, ["*", "*"])],
)
def test_prices_need_companies_of_which_none_dominates_in_each_part_of_a_district(
    companies: dict[str, float], shown: list[str]
) -> None:
    raw = RAW.assign(price=24.43, waits=[33, 112, 0, 88])
    behind = {("A", "rural"): EVEN, ("A", "urban"): companies, ("B", "urban"): EVEN}
    cells = Gate(RULES).cut(raw.assign(long=0), PRICED, hours_by_company=behind)
    assert texts(cells.show(), "price") == [*shown, "*", "24.40"]  # where nobody is, nothing is hidden
    assert texts(Gate(RULES).cut(raw.assign(long=0), PRICED).show(), "price") == ["*"] * 4


def test_one_hidden_count_silences_its_districts_prices_whichever_it_is() -> None:
    population = dataclasses.replace(PRICED, means={"price": ("long", 2)})
    behind = {(district, kind): EVEN for district in "AB" for kind in ("rural", "urban")}
    shown = []
    for left in range(1, 8):  # those without a price: 8 or more of 12 may have one, and fewer
        raw = RAW.assign(price=24.43, waits=[12, 112, 40, 88], long=[12 - left, 90, 20, 20])
        cells = Gate(RULES).cut(raw, population, hours_by_company=behind)
        shown.append(cells.show().to_csv())
        assert texts(cells.show(), "price") == ["*", "*", "24.40", "24.40"]
    assert len(set(shown)) == 1


def test_thresholds_are_settings() -> None:
    strict = dataclasses.replace(RULES, least_people=40, round_to=10)
    cells = Gate(strict).cut(RAW.assign(long=0), WAITS)
    assert texts(cells.show(), "waits") == ["*", "110", "*", "90"]
    assert texts(cells.roll_up().show(), "waits") == ["about 240"]  # 200 + 2 x 20


def records(counts: list[tuple[str, int, int]]) -> pd.DataFrame:
    rows = [
        {"postcode": postcode, "person": f"{postcode}{number % people}", "accepted": True, "refused": False}
        for postcode, offers, people in counts
        for number in range(offers)
    ]
    return pd.DataFrame(rows, columns=["postcode", "person", "accepted", "refused"])


CELLS = pd.DataFrame({LEVEL[0]: ["A", "A", "B"], LEVEL[1]: ["rural", "urban", "rural"]}, index=["P1", "P2", "P3"])


def test_records_are_counted_into_every_cell() -> None:
    table = tally_cells(records([("P1", 20, 12), ("P2", 20, 5), ("nowhere", 9, 9)]), OFFERS, cells=CELLS)
    assert table[[*LEVEL, "offers", "offers_people", "accepted"]].to_numpy().tolist() == [
        ["A", "rural", 20, 12, 20],
        ["A", "urban", 20, 5, 20],
        ["B", "rural", 0, 0, 0],
        ["unplaced", "unknown", 9, 9, 9],
    ]
    # twenty offers about five people are about few
    assert texts(Gate(RULES).cut(table, OFFERS).show(), "offers") == ["20", "*", "0", "10"]


def test_an_empty_county_shows_zeros() -> None:
    none = records([]).assign(waiting_home=[], waiting_bridged=[], waiting_hospital=[], hours_waiting=[])
    cells = Gate(RULES).cut(tally_cells(none, WAITING, cells=CELLS), WAITING)
    assert texts(cells.show(), "waiting") == ["0", "0", "0"]
    assert texts(cells.roll_up().show(), "hours_waiting") == ["0"]
    assert cells.share("waiting_home").numbers["waiting_home_share"].isna().all()


def test_postcodes_fall_into_cells_by_district_and_class() -> None:
    of = pd.DataFrame(
        {"district_code": ["A", "A", None], "rural": pd.array([True, None, False], dtype="boolean")}, index=list("xyz")
    )
    placed = place_cells(dataclasses.make_dataclass("P", ["of"])(of))
    assert placed.to_numpy().tolist() == [["A", "rural"], ["A", "unknown"], ["unplaced", "urban"]]


def test_no_fact_stands_in_two_populations() -> None:
    figures = [name for population in POPULATIONS for name in population.figures]
    assert len(figures) == len({*figures})
    assert len(POPULATIONS) == len({population.name for population in POPULATIONS})
