"""The pieces that maps are put together from: the base, outlines, labels, and notes drawn on the map itself.

Text from data comes in only as GeoJSON properties made by `safe_properties`; every script and layer name here is a
literal. Folium's Popup, Tooltip, Marker and DivIcon are not used: they paste text into scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import folium
import geopandas as gpd
from branca.element import MacroElement
from folium.template import Template
from folium.utilities import JsCode

from marketmap.outputs.files.notices import Notices
from marketmap.outputs.maps.palette import INK, OUTLINE
from marketmap.outputs.maps.properties import safe_properties

Style = dict[str, Any]
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

# Of the app's map where it is narrow, pixels: as tall as on a desk it would be empty above and below the county.
NARROW_HEIGHT = 440

# Long words break, and text that reads from right to left stays inside its own cell.
MAP_STYLE = f"""
.leaflet-container {{ font: 14px/1.4 {FONT}; background: #eef2f4; color: {INK}; }}
.leaflet-tooltip {{ width: max-content; max-width: min(360px, 75vw); white-space: normal; color: {INK};
  border: 0; border-radius: 6px; box-shadow: 0 2px 10px rgb(0 0 0 / .25); padding: 8px 10px; }}
.leaflet-tooltip th {{ text-align: left; vertical-align: top; font-weight: 500; color: #51606b; padding: 1px 12px 1px 0;
  white-space: nowrap; }}
.leaflet-tooltip td {{ overflow-wrap: anywhere; unicode-bidi: isolate; font-weight: 600;
  font-variant-numeric: tabular-nums; }}
.leaflet-tooltip.map-label, .leaflet-tooltip.map-place {{ box-shadow: none; padding: 0 3px; white-space: nowrap;
  pointer-events: none; line-height: 1.25; }}
.leaflet-tooltip.map-label {{ background: rgb(255 255 255 / .8); border-radius: 3px; font-weight: 600;
  font-size: 11.5px; }}
.leaflet-tooltip.map-place {{ background: none; font-weight: 700; font-size: 13px; letter-spacing: .09em;
  text-transform: uppercase; text-shadow: 0 0 2px #fff, 0 0 3px #fff, 0 0 4px #fff, 0 0 5px #fff, 0 0 6px #fff; }}
.leaflet-tooltip.map-label::before, .leaflet-tooltip.map-place::before {{ display: none; }}
.map-flag {{ background: #fff4d6; border: 1px solid #8a6100; border-radius: 4px; padding: 2px 8px; font-weight: 600;
  color: #4d3600; font-size: 12px; }}
.map-licence {{ background: rgb(255 255 255 / .85); padding: 1px 6px; font-size: 10.5px; color: #37444d;
  max-width: 100vw; }}
@media (max-width: 600px) {{ .leaflet-bottom.leaflet-left {{ margin-bottom: 34px; }}
  #map_div {{ height: {NARROW_HEIGHT}px !important; }}
  .leaflet-tooltip.map-place {{ font-size: 11px; letter-spacing: .04em; }} }}
.leaflet-control-layers {{ border-radius: 6px; font-size: 13px; }}
.leaflet-container .leaflet-control-layers label {{ min-height: 24px; }}
.leaflet-container path.leaflet-interactive:focus {{ outline: none; }}
"""


class _Notes(MacroElement):
    """Draws flags and licence, names the map for screen readers; hides labels that would overlap, moves in cut ones."""

    _template = Template(
        """
    {% macro header(this, kwargs) %}<style>{{ this.style }}</style>{% endmacro %}
    {% macro script(this, kwargs) %}
    (function (map) {
        map.attributionControl.remove();
        const frame = map.getContainer();
        // Leaflet focuses the map when the mouse goes down; were the page to scroll then, the click would be lost.
        const focus = HTMLElement.prototype.focus.bind(frame);
        frame.focus = function () { focus({preventScroll: true}); };
        map.getContainer().setAttribute("role", "region");
        map.getContainer().setAttribute("aria-label", {{ this.label|tojson }});
        function draw(position, name, text) {
            const control = L.control({position: position});
            control.onAdd = function () {
                const box = L.DomUtil.create("div", name);
                box.textContent = text;
                return box;
            };
            control.addTo(map);
        }
        draw("bottomright", "map-licence", {{ this.licence|tojson }});
        {% if this.flag %}draw("topright", "map-flag", {{ this.flag|tojson }});{% endif %}
        let waiting = false;
        function declutter() {
            waiting = false;
            const kept = [];
            const inside = frame.getBoundingClientRect();
            const pane = map.getPane("tooltipPane");
            // Labels of a layer that was taken away fade out for a while: they must not hide those in their place.
            const labels = [...pane.querySelectorAll(".map-place"), ...pane.querySelectorAll(".map-label")]
                .filter((label) => label.style.opacity !== "0");
            for (const label of labels) {
                // A name that the map's edge would cut is moved in, as long as its place itself is in view.
                label.style.marginLeft = "";
                let box = label.getBoundingClientRect();
                const middle = (box.left + box.right) / 2;
                const out = Math.max(inside.left + 2 - box.left, 0) - Math.max(box.right - inside.right + 2, 0);
                if (out && middle > inside.left && middle < inside.right) {
                    label.style.marginLeft = out + "px";
                    box = label.getBoundingClientRect();
                }
                const hit = kept.some((other) => box.left < other.right + 4 && other.left < box.right + 4
                    && box.top < other.bottom + 2 && other.top < box.bottom + 2);
                label.style.visibility = hit ? "hidden" : "visible";
                if (!hit) kept.push(box);
            }
        }
        function schedule() {
            if (!waiting) { waiting = true; setTimeout(declutter, 60); }
        }
        map.on("moveend zoomend viewreset resize layeradd layerremove load", schedule);
        schedule();
    })({{ this._parent.get_name() }});
    {% endmacro %}
    """
    )

    def __init__(self, *, label: str, licence: str, flag: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Branca says nothing of it
        self._name = "Notes"
        self.style = MAP_STYLE
        self.label = label
        self.licence = licence
        self.flag = flag


class _Fit(MacroElement):
    """Shows the bounds once the map has a size: Leaflet fits them into one without any at no place at all."""

    _template = Template(
        """
    {% macro script(this, kwargs) %}
    (function (map) {
        function fit() {
            const size = map.getSize();
            if (size.x < 60 || size.y < 60) {
                map.once("resize", fit);
            } else {
                map.fitBounds({{ this.bounds|tojson }}, {paddingTopLeft: [12, 12], paddingBottomRight: [12, 30]});
            }
        }
        fit();
    })({{ this._parent.get_name() }});
    {% endmacro %}
    """
    )

    def __init__(self, bounds: Sequence[Sequence[float]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Branca says nothing of it
        self._name = "Fit"
        self.bounds = bounds


_LABEL = JsCode(
    """
    function (feature, layer) {
        const label = document.createElement("span");
        label.innerHTML = feature.properties.label;
        layer.bindTooltip(label, {permanent: true, direction: "center", className: feature.properties.look});
    }
    """
)


def base_map(bounds: Sequence[float], *, notices: Notices, label: str) -> folium.Map:
    """Make an empty map without tiles that shows ``bounds``.

    Parameters
    ----------
    bounds
        (west, south, east, north) in degrees.
    notices
        Flags and licence, drawn on the map.
    label
        A literal: what a screen reader calls the map.
    """
    west, south, east, north = (float(side) for side in bounds)
    made = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        control_scale=True,
        min_zoom=6,
        max_zoom=18,
        zoom_snap=0.25,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=120,
    )
    made.add_child(_Fit([[south, west], [north, east]]))
    notes = _Notes(label=label, licence=notices.short_licence, flag=" · ".join(notices.flags))
    made.add_child(notes)
    return made


def draw_shapes(
    frame: gpd.GeoDataFrame,
    *,
    name: str,
    style: Callable[[int], Style],
    facts: Mapping[str, str] | None = None,
    extra: Sequence[str] = (),
    shown: bool = True,
    listed: bool = True,
    circles: bool = False,
) -> folium.GeoJson:
    """Draw the rows of a frame in EPSG:4326 as one layer.

    Parameters
    ----------
    name
        The layer's name, a literal.
    style
        Row position → Leaflet path options, all literals or numbers.
    facts
        Column → heading (a literal) of the tooltip; None draws shapes that the pointer passes through.
    extra
        Further columns that a click hands back.
    shown, listed
        Whether the layer is drawn at first, and whether the layer control offers it.
    circles
        Whether points are drawn as circles; ``style`` then gives ``radius``.
    """
    columns = [*(facts or {}), *(column for column in extra if column not in (facts or {}))]
    return folium.GeoJson(
        safe_properties(frame, columns),
        name=name,
        show=shown,
        control=listed,
        # A point takes this from its style, a polygon from the layer's own options.
        style_function=lambda feature: style(int(feature["id"])) | {"interactive": facts is not None},
        marker=folium.CircleMarker(fill=True) if circles else None,
        tooltip=folium.GeoJsonTooltip(list(facts), aliases=list(facts.values()), sticky=True)
        if facts and len(frame)
        else None,
        interactive=facts is not None,
    )


def draw_labels(frame: gpd.GeoDataFrame, *, name: str, look: str, listed: bool = True) -> folium.GeoJson:
    """Write each row's ``label`` in the middle of its shape.

    Parameters
    ----------
    frame
        EPSG:4326, with a column ``label``; where labels would overlap, earlier rows win.
    name
        The layer's name, a literal.
    look
        ``"map-label"``, or ``"map-place"`` for names of districts, which win over labels.
    """
    points = frame[["label"]].assign(look=look)
    spots = gpd.GeoDataFrame(points, geometry=frame.geometry.representative_point().to_numpy(), crs=frame.crs)
    return folium.GeoJson(
        safe_properties(spots, ["label", "look"]),
        name=name,
        control=listed,
        style_function=lambda _feature: {"opacity": 0, "fillOpacity": 0, "radius": 1, "interactive": False},
        marker=folium.CircleMarker(fill=True),
        on_each_feature=_LABEL,
        interactive=False,
    )


def draw_sectors(areas: gpd.GeoDataFrame) -> folium.GeoJson:
    """Draw sector outlines, thin, to lie below what matters; the pointer passes through them."""
    style = {"color": OUTLINE, "weight": 0.6, "fill": False, "opacity": 0.7}
    return draw_shapes(areas[areas["area_type"] == "sector"], name="Postcode sectors", style=lambda _row: style)


def add_districts(target: folium.Map, areas: gpd.GeoDataFrame) -> None:
    """Draw district outlines and names, to lie above everything; the pointer passes through them."""
    districts = areas[areas["area_type"] == "district"]
    if len(districts):
        casing = {"color": "#ffffff", "weight": 4.5, "fill": False, "opacity": 0.8}
        line = {"color": INK, "weight": 2.2, "fill": False, "opacity": 0.9, "dashArray": "8 4"}
        draw_shapes(districts, name="District casing", style=lambda _row: casing, listed=False).add_to(target)
        draw_shapes(districts, name="District outlines", style=lambda _row: line, listed=False).add_to(target)
        names = districts.assign(label=districts["area_name"])
        draw_labels(names, name="District names", look="map-place").add_to(target)
