import json
from html.parser import HTMLParser

import folium
import pandas as pd
import pytest

from marketmap.outputs.files.notices import notices_of
from marketmap.outputs.files.reading import PlanFiles, read_plan
from marketmap.outputs.maps.block_maps import block_map, highlight
from marketmap.outputs.maps.legend import block_legend, hours_split, html_table
from marketmap.outputs.maps.onefile import encode_map
from tests.outputs.factory import HOSTILE_NAMES, make_record, write_output

NOTICES = notices_of(make_record())


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> PlanFiles:
    return read_plan(write_output(tmp_path_factory.mktemp("maps") / "out", names=HOSTILE_NAMES))


def layers(made: folium.Map) -> dict[str, folium.GeoJson]:
    return {child.layer_name: child for child in made._children.values() if isinstance(child, folium.GeoJson)}


def properties(layer: folium.GeoJson) -> list[dict[str, object]]:
    return [feature["properties"] for feature in layer.data["features"]]


def linked(text: str) -> list[str]:
    """Every address that an element of a page names."""
    found: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda _tag, pairs: found.extend(  # type: ignore[method-assign]
        value or "" for name, value in pairs if name in ("src", "href", "srcset", "data", "action")
    )
    parser.feed(text)
    assert len(found) >= 2
    return found


def page_of(made: folium.Map) -> str:
    return encode_map(made, title="<Title>", notices=NOTICES).decode()


def test_the_block_map_has_every_zone_and_a_label_for_each(plan: PlanFiles) -> None:
    drawn = layers(block_map(plan.zones, areas=plan.areas, notices=NOTICES))
    zones = properties(drawn["Block zones"])
    assert [zone["block"] for zone in zones] == ["B001", "B002 (already let)", "B003"]
    assert [plan.zones["block_id"].iloc[zone["row"]] for zone in zones] == ["B001", "B002", "B003"]
    assert {zone["label"] for zone in properties(drawn["Block names"])} == {"B001", "B002", "B003"}
    assert len(drawn["Left to spot purchase"].data["features"]) == 1
    assert zones[0]["zone_text"] == f"{plan.proposals['hours_zone'].iloc[0]:,.1f} a week"


def test_only_zones_take_a_click(plan: PlanFiles) -> None:
    made = block_map(
        plan.zones, areas=plan.areas, notices=NOTICES, demand=pd.DataFrame({"contact_hours": {"LE15 6": 3.0}})
    )
    for name, layer in layers(made).items():
        style = layer.style_function(layer.data["features"][0])
        assert style["interactive"] == (name == "Block zones")
        assert layer.options.get("interactive", False) == (name == "Block zones")


def test_a_contract_already_let_differs_by_more_than_colour(plan: PlanFiles) -> None:
    layer = layers(block_map(plan.zones, areas=plan.areas, notices=NOTICES))["Block zones"]
    proposed, existing = (layer.style_function(layer.data["features"][place]) for place in (0, 1))
    assert "dashArray" not in proposed
    assert existing["dashArray"]
    assert existing["weight"] > proposed["weight"]


def test_a_map_without_shapes_still_draws(plan: PlanFiles) -> None:
    empty = plan.areas.iloc[:0]
    assert page_of(block_map(plan.zones.iloc[:0], areas=empty, notices=NOTICES))
    assert page_of(block_map(plan.zones, areas=empty, notices=NOTICES))


def test_the_chosen_area_is_outlined_and_lets_the_pointer_through(plan: PlanFiles) -> None:
    group = highlight(plan.zones.iloc[1:2])
    for layer in group._children.values():
        assert layer.options["interactive"] is False


def test_the_same_map_gives_the_same_bytes_and_asks_nothing_of_any_network(plan: PlanFiles) -> None:
    once, again = (
        encode_map(block_map(plan.zones, areas=plan.areas, notices=NOTICES), title="T", notices=NOTICES)
        for _ in range(2)
    )
    assert once == again
    text = again.decode()
    assert not [url for url in linked(text) if not url.startswith("data:")]
    assert "url(http" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert "unsafe-eval" not in text
    assert "script-src data: 'sha256-" in text


def test_flags_and_licence_are_drawn_on_the_map_and_written_below(plan: PlanFiles) -> None:
    text = page_of(block_map(plan.zones, areas=plan.areas, notices=NOTICES))
    script = text[text.rindex("<script>") :]
    footer = text[text.index("<footer>") : text.index("</footer>")]
    assert json.dumps("Synthetic data · Illustrative roads") in script
    assert "OGL v3" in script
    assert "Synthetic data · Illustrative roads" in footer
    assert "Open Government Licence v3.0" in footer
    assert "<title>&lt;Title&gt;</title>" in text


def test_hostile_names_stay_text_in_the_file(plan: PlanFiles) -> None:
    text = page_of(block_map(plan.zones, areas=plan.areas, notices=NOTICES))
    assert "<img src=x" not in text
    assert "${alert(1)}" not in text
    assert "</script><script>alert" not in text
    assert "{{ 7*7 }}" not in text
    assert "7*7" in text, "the name is there, and no template was worked out"


def test_the_legend_names_what_the_map_shows(plan: PlanFiles) -> None:
    legend = block_legend(plan.zones)
    assert "already let" in legend
    assert "spot purchase" in legend
    plain = plan.zones[plan.zones["status"] == "proposed"]
    assert "already let" not in block_legend(plain)
    assert "spot purchase" not in block_legend(plain)


def test_a_table_escapes_its_cells_and_names_its_rows() -> None:
    frame = pd.DataFrame({"name": HOSTILE_NAMES, "n": ["1"] * len(HOSTILE_NAMES)})
    text = html_table(frame, caption="Who", headings={"name": "Name", "n": "Number"}, numbers=("n",))
    assert "<caption>Who</caption>" in text
    assert text.count("<th scope='row'>") == len(HOSTILE_NAMES)
    assert text.count("<th scope='col'") == 2
    assert "<img" not in text
    assert "<script" not in text


def test_the_bar_of_hours_says_the_figures_too() -> None:
    text = hours_split([("Held", 30.0, "#000"), ("Waiting", 10.0, "#fff")], total=40.0)
    assert "width:75.00%" in text
    assert "<dd>30.0</dd><dd class='small'>75%</dd>" in text
    assert "0%" in hours_split([("Held", 0.0, "#000")], total=0.0)
