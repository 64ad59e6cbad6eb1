import html
import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from marketmap.errors import CrsError
from marketmap.outputs.maps.properties import MAX_TEXT, safe_properties, safe_text


def frame_of(**columns: list[object]) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))
    points = [Point(-2.1234567, 51.9) for _ in range(count)]
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=points, crs=4326)


@given(st.text())
def test_no_text_can_be_markup_a_template_or_the_end_of_a_script(text: str) -> None:
    safe = safe_text(text)
    assert not set(safe) & set("<>\"'`{")
    assert len(html.unescape(safe)) <= MAX_TEXT
    assert not any(unicodedata.category(mark) in ("Cc", "Cf") for mark in safe)


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs"]), max_size=MAX_TEXT))
def test_a_reader_sees_the_text_as_it_was(text: str) -> None:
    assert html.unescape(safe_text(text)) == text


def test_only_the_named_columns_leave() -> None:
    found = safe_properties(frame_of(name=["a"], client=["Mrs Secret"]), ["name"])
    assert [feature["properties"] for feature in found["features"]] == [{"name": "a"}]
    assert "Secret" not in str(found)


def test_numbers_and_truth_pass_and_missing_values_are_blank() -> None:
    found = safe_properties(frame_of(n=[1, 2], x=[np.nan, 2.5], t=[None, "b"], y=[True, False]), ["n", "x", "t", "y"])
    assert [feature["properties"] for feature in found["features"]] == [
        {"n": 1, "x": "", "t": "", "y": True},
        {"n": 2, "x": 2.5, "t": "b", "y": False},
    ]


def test_a_feature_is_identified_by_its_place_and_never_by_data() -> None:
    frame = frame_of(id=["<b>", "x"]).set_index("id", drop=False)
    found = safe_properties(frame, ["id"])
    assert [feature["id"] for feature in found["features"]] == ["0", "1"]
    assert found["features"][0]["geometry"]["coordinates"] == [-2.12346, 51.9]


def test_another_reference_system_is_an_error() -> None:
    for frame in (frame_of(a=[1]).to_crs(27700), frame_of(a=[1]).set_crs(None, allow_override=True)):
        with pytest.raises(CrsError, match="reproject and rerun"):
            safe_properties(frame, ["a"])
