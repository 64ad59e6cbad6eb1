import base64
import re
from pathlib import Path

import branca.colormap
import folium
import pytest
from folium.plugins import MarkerCluster

from marketmap.outputs.maps.assets import LOCAL, UnknownAssetError, local_uri, localise, walk

ROOT = Path(__file__).parents[3]


def links(made: folium.Map) -> list[str]:
    return [
        url for element in walk(made) for kind in ("default_js", "default_css") for _, url in getattr(element, kind, [])
    ]


def test_every_asset_is_local_and_other_maps_keep_theirs() -> None:
    made = localise(folium.Map(tiles=None))
    assert len(links(made)) == len(LOCAL)
    assert all(url.startswith("data:text/") for url in links(made))
    assert any(url.startswith("https:") for url in links(folium.Map(tiles=None)))


@pytest.mark.parametrize(
    "child", [MarkerCluster(), folium.TileLayer(), branca.colormap.linear.YlGnBu_05.scale(0, 1)], ids=type
)
def test_a_part_that_would_ask_another_host_is_refused(child: object) -> None:
    made = folium.Map(tiles=None)
    made.add_child(child)
    with pytest.raises(UnknownAssetError):
        localise(made)


def test_the_style_sheet_brings_its_own_images() -> None:
    css = base64.b64decode(local_uri("leaflet_css").split(",")[1]).decode()
    found = re.findall(r"url\(([^)]*)\)", css)
    assert len(found) >= 3
    assert all(url.startswith(("data:image/png;base64,", "#")) for url in found)


def test_an_asset_without_a_copy_is_an_error() -> None:
    with pytest.raises(UnknownAssetError, match="jquery"):
        local_uri("jquery")


def test_parts_that_paste_text_into_scripts_are_used_nowhere() -> None:
    banned = re.compile(r"\b(?<!alt\.)(?:Popup|Tooltip|Marker|DivIcon|GeoJsonPopup|Icon|TileLayer|Choropleth)\(")
    for file in [*(ROOT / "marketmap").rglob("*.py"), ROOT / "app.py"]:
        assert banned.findall(file.read_text(encoding="utf-8")) == [], file


def test_only_outputs_draws_and_only_pages_serve() -> None:
    for file in (ROOT / "marketmap").rglob("*.py"):
        room = file.relative_to(ROOT / "marketmap").parts[0]
        text = file.read_text(encoding="utf-8")
        imported = set(
            re.findall(r"^\s*(?:from|import) (folium|branca|streamlit|streamlit_folium)\b", text, re.MULTILINE)
        )
        if room != "pages":
            assert not imported & {"streamlit", "streamlit_folium"}, file
        if room not in ("outputs", "pages"):
            assert not imported & {"folium", "branca"}, file
