"""Layers and the figures of one area: each with unit, count, denominator, interval and place in the county."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from marketmap.outputs.views.market_layers import (
    LAYERS,
    MEASURES,
    REPORT_TABLES,
    join_layer,
    ordinal,
    take_level,
    tell_area,
    tell_measure,
    tell_rank,
    tell_untouched,
)

NAN = float("nan")


def waits(**changes: object) -> dict[str, object]:
    row = {
        "level": "sector", "area_code": "GL7 5", "long_share": 0.467, "long_share_low": 0.346,
        "long_share_high": 0.591, "waits_long": 28, "waits_decided": 60, "median_days": 10.0, "median_days_low": 6.0,
        "median_days_high": 21.0, "waits_followed": 63,
    }  # fmt: skip
    return row | changes


def test_a_share_is_told_with_count_denominator_and_interval() -> None:
    assert tell_measure(waits(), LAYERS["Long waits"].measure) == ("47%", "28 of 60; 35% to 59%")


def test_a_price_is_told_with_its_number_of_packages_and_interval() -> None:
    row = {"paid_hour": 28.611, "packages_priced": 54, "paid_hour_low": 28.11, "paid_hour_high": 29.16}
    assert tell_measure(row, LAYERS["Price"].measure) == ("£28.61 an hour", "54 packages; £28.11 to £29.16")


def test_what_is_not_known_is_said_so() -> None:
    assert tell_measure(waits(long_share=NAN), LAYERS["Long waits"].measure) == ("not known", "")


def test_every_measure_names_columns_that_its_table_has() -> None:
    for measure in (measure for measures in MEASURES.values() for measure in measures):
        assert measure.table in REPORT_TABLES
        for name in (measure.column, measure.counted[0], *measure.ends):
            assert not name or name in measure.table.names


def test_every_estimate_that_can_be_shown_rests_on_something() -> None:
    for measure in (layer.measure for layer in LAYERS.values()):
        if measure.kind in ("share", "rate", "ratio"):
            assert measure.described.evidence is not None
        if measure.kind == "pounds_hour":
            assert measure.counted[0]
            assert measure.ends[0]


def test_figures_are_joined_to_outlines_by_code() -> None:
    shapes = gpd.GeoDataFrame(
        {"area_code": ["GL7 5", "GL7 6"], "area_name": ["GL7 5", "GL7 6"]},
        geometry=[Point(0, 0).buffer(1), Point(3, 0).buffer(1)],
        crs=4326,
    )
    rows = take_level(
        pd.DataFrame([waits(), waits(level="district_code"), waits(area_code="unplaced")]), level="sector"
    )
    found = join_layer(shapes, rows, LAYERS["Long waits"].measure)
    assert found["value"].tolist()[0] == pytest.approx(0.467)
    assert found["told"].tolist() == ["47%", "not known"]
    assert found["rests_on"].tolist() == ["28 of 60; 35% to 59%", ""]
    empty = join_layer(shapes, rows.iloc[:0], LAYERS["Long waits"].measure)
    assert empty["value"].isna().all()


def test_an_area_is_told_beside_the_others_of_its_level() -> None:
    frame = pd.DataFrame(
        [
            waits(),
            waits(area_code="GL7 6", long_share=0.6),
            waits(area_code="GL7 7", long_share=NAN),
            waits(area_code="E1", level="district_code", long_share=0.9),
        ]
    )
    found = tell_area({"internal/waits.csv": frame}, level="sector", area="GL7 5").set_index("figure")
    assert found.loc["Long waits as a share of decided waits", "rank"] == "2nd of 2"
    assert found.loc["Days after which half had care", "rests_on"] == "63 waits; 6 to 21"
    assert tell_area({"internal/waits.csv": frame}, level="sector", area="GL7 9").empty
    assert tell_area({}, level="sector", area="GL7 5").empty


def test_places_are_counted_from_the_highest_and_shared() -> None:
    values = pd.Series({"a": 3.0, "b": 5.0, "c": 3.0, "d": NAN})
    assert tell_rank(values, "b") == "highest of 3"
    assert tell_rank(values, "a") == tell_rank(values, "c") == "2nd of 3"
    assert [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 112, 1003)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th", "1,003rd",
    ]  # fmt: skip


def test_a_layer_says_which_filters_do_not_touch_it() -> None:
    assert tell_untouched(LAYERS["Demand"], ["service", "time of day"]) == ""
    told = tell_untouched(LAYERS["Long waits"], ["time of day", "district", "service"])
    assert "service or time of day" in told
    assert "district" not in told
