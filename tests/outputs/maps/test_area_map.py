"""The map of areas: what is drawn, in which order, and that no text from data can run."""

import folium
import geopandas as gpd
import pytest
from shapely import Point
from streamlit_folium import _get_feature_group_string

from marketmap.outputs.files.notices import make_notices
from marketmap.outputs.maps.area_map import AREAS_LAYER, area_base, area_group, bounds_of
from marketmap.outputs.maps.legend import area_legend
from tests.outputs.factory import HOSTILE_NAMES

NOTICES = make_notices(synthetic=True, illustrative_roads=False, open_street_map=False, postcode_source="ONSPD 2025")
NOBODY = gpd.GeoDataFrame({"area_name": []}, geometry=[], crs=4326)


def make_shapes(*names: str) -> gpd.GeoDataFrame:
    count = len(names)
    return gpd.GeoDataFrame(
        {
            "area_code": [f"A{number}" for number in range(count)],
            "area_name": list(names),
            "value": [float(number) for number in range(count)],
            "told": [f"{number} h" for number in range(count)],
            "rests_on": "",
        },
        geometry=[Point(number, 52).buffer(0.3) for number in range(count)],
        crs=4326,
    )


def layers_of(group: folium.FeatureGroup) -> dict[str, list[folium.GeoJson]]:
    found: dict[str, list[folium.GeoJson]] = {}

    def look(element: object) -> None:
        for child in element._children.values():  # type: ignore[attr-defined]
            if isinstance(child, folium.GeoJson):
                found.setdefault(str(child.layer_name), []).append(child)
            look(child)

    look(group)
    return found


def rendered(group: folium.FeatureGroup) -> str:
    made = area_base((-1, 51, 3, 53), notices=NOTICES, label="Map")
    group.add_to(made)
    text: str = made.get_root().render()
    return text


def test_a_tooltip_has_no_heading_with_nothing_under_it_anywhere() -> None:
    shapes = make_shapes("One", "Two")
    assert "Rests on" not in rendered(area_group(shapes, breaks=(1.0,), districts=NOBODY))
    told = shapes.assign(rests_on=["", "3 of 4"])
    assert "Rests on" in rendered(area_group(told, breaks=(1.0,), districts=NOBODY))


def test_a_click_hands_back_layer_and_row() -> None:
    group = area_group(make_shapes("One", "Two"), breaks=(1.0,), districts=NOBODY)
    features = layers_of(group)["Areas"][0].data["features"]
    assert [(feature["properties"]["layer"], feature["properties"]["row"]) for feature in features] == [
        (AREAS_LAYER, 0),
        (AREAS_LAYER, 1),
    ]


def test_the_same_data_draw_the_same_group_whatever_was_drawn_before() -> None:
    base = area_base((-1, 51, 3, 53), notices=NOTICES, label="Map")
    texts = [
        _get_feature_group_string(area_group(make_shapes("One", "Two"), breaks=(1.0,), districts=NOBODY), map=base)
        for _ in range(2)
    ]
    assert texts[0] == texts[1]


def test_numbered_areas_carry_their_number_and_come_first() -> None:
    group = area_group(make_shapes("One", "Two", "Three"), breaks=(2.0,), districts=NOBODY, numbered={"A0": 1})
    labels = [feature["properties"]["label"] for feature in layers_of(group)["Names"][0].data["features"]]
    assert labels == ["1 · One", "Three", "Two"]
    assert len(layers_of(group)["Outline"][0].data["features"]) == 1


def test_the_chosen_area_is_outlined_above_everything() -> None:
    shapes = make_shapes("One", "Two")
    without = area_group(shapes, breaks=(1.0,), districts=NOBODY, chosen="A9")
    with_one = area_group(shapes, breaks=(1.0,), districts=NOBODY, chosen="A1")
    assert len(layers_of(with_one)["Outline"]) == len(layers_of(without)["Outline"]) + 2
    assert list(with_one._children.values())[-1].layer_name == "Outline"


def test_rings_are_drawn_widest_first_each_with_its_minutes() -> None:
    rings = gpd.GeoDataFrame(
        {"minutes": [10.0, 20.0]}, geometry=[Point(0, 52).buffer(0.1), Point(0, 52).buffer(0.2)], crs=4326
    )
    found = layers_of(area_group(make_shapes("One"), breaks=(), districts=NOBODY, rings=rings))
    assert [feature["properties"]["label"] for feature in found["Minutes"][0].data["features"]] == ["20 min", "10 min"]


def test_points_say_where_somebody_waits_without_colour() -> None:
    points = gpd.GeoDataFrame(
        {"postcode": ["A", "B"], "packages": [2, 1], "contact_hours": [9.0, 4.0], "packages_waiting": [0, 1]},
        geometry=[Point(0, 52), Point(0, 52.1)],
        crs=4326,
    )
    layer = layers_of(area_group(make_shapes("One"), breaks=(), districts=NOBODY, points=points))["Packages"][0]
    style = [layer.style_function(feature) for feature in layer.data["features"]]
    assert [bool(part["dashArray"]) for part in style] == [False, True]
    assert [feature["properties"]["waits_text"] for feature in layer.data["features"]] == ["none", "1 package"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_are_text(name: str) -> None:
    districts = gpd.GeoDataFrame({"area_name": [name]}, geometry=[Point(0, 52).buffer(1)], crs=4326)
    text = rendered(area_group(make_shapes(name), breaks=(), districts=districts))
    assert "<img src=x" not in text
    assert "${alert" not in text
    assert "</script><script>alert" not in text


def test_nothing_to_show_still_has_bounds() -> None:
    assert bounds_of(NOBODY) == (-6.5, 49.8, 2.0, 56.0)
    assert bounds_of(make_shapes("One", "Two"))[2] == pytest.approx(1.3)


def test_the_legend_writes_limits_in_the_kind_of_the_figure() -> None:
    text = area_legend((0.2, 0.47), kind="share", heading="Long waits")
    assert "up to 20%" in text
    assert "over 20% to 47%" in text
    assert "over £20.00 to £47.00" in area_legend((20, 47), kind="pounds_hour", heading="Price")
    assert "reached by road" not in text
    assert "reached by road" in area_legend((), kind="hours", heading="Hours", rings=True)
