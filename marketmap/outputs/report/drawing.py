"""Vega-Lite specifications as SVG elements that can stand in a page: in-process, offline, the same bytes each time.

Vega has no patterns, so a fill that means "not shown" is drawn in a colour that nothing else has, and the finished
drawing's fills of that colour become hatching.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
import vl_convert

from marketmap.errors import OutputError
from marketmap.outputs.maps.palette import INK

# The version of Vega-Lite that Altair's pinned release writes.
VEGA_LITE = "6.4"
TYPEFACE = "Helvetica, Arial, 'Liberation Sans', sans-serif"
# Stands for hatching; no palette has it.
HATCHED = "#fdfcfb"
HATCH = (
    '<defs><pattern id="{name}-hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/>'
    '<rect width="1.4" height="5" fill="#8a949b"/></pattern></defs>'
)
SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_NAMED = re.compile(r' id="([\w-]+)"')
_ADDRESS = re.compile(r"url\(#([\w-]+)\)")
# The page says which letters to use, and one description stands for the whole drawing.
_NEEDLESS = ("font-family", "role", "pointer-events", "stroke-miterlimit")
_UNSEEN = ("background", "foreground")
_LOOK: dict[str, Any] = {
    "font": TYPEFACE,  # what widths of text are reckoned with
    "background": None,
    "aria": False,  # the whole drawing has one description; a thousand marks with one each help nobody
    "axis": {
        "labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
        "gridColor": "#dde4e8", "domainColor": "#8a949b", "tickColor": "#8a949b", "labelLimit": 220, "titleLimit": 600,
    },
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "titleLimit": 500,
               "titleFontWeight": "bold", "labelLimit": 260, "symbolStrokeWidth": 1},
    "text": {"color": INK, "fontSize": 12},
    "view": {"stroke": None},
}  # fmt: skip


def draw_svg(chart: alt.TopLevelMixin, *, alt_text: str) -> str:
    """Draw a chart.

    Parameters
    ----------
    chart
        Its data inline.
    alt_text
        What a screen reader says; escaped here.

    Returns
    -------
    str
        One ``svg`` element without a fixed size, its inner names unlike those of any other drawing.

    Raises
    ------
    OutputError
        When the drawing library refuses the chart.
    """
    spec = chart.to_dict()
    spec["config"] = _LOOK | {"range": spec.get("config", {}).get("range", {})}
    try:
        svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
    except ValueError as error:
        raise OutputError("A chart could not be drawn. Please report this line.") from error
    return _tidy(svg, alt_text=alt_text)


def _tidy(svg: str, *, alt_text: str) -> str:
    # The library numbers its inner names on from one drawing to the next: here each begins anew.
    names = {name: f"n{place}" for place, name in enumerate(dict.fromkeys(_NAMED.findall(svg)))}
    svg = _NAMED.sub(lambda found: f' id="{names[found.group(1)]}"', svg)
    svg = _ADDRESS.sub(lambda found: f"url(#{names.get(found.group(1), found.group(1))})", svg)
    root = ET.fromstring(svg)  # noqa: S314  the drawing library's own, not anybody's file
    # The name of the drawing follows from what it shows, so that two runs give the same page.
    name = f"d{hashlib.sha256(svg.encode()).hexdigest()[:8]}"
    hatched = False
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
        for key in [key for key in element.attrib if key in _NEEDLESS or key.startswith("aria-")]:
            del element.attrib[key]
        for key, value in element.attrib.items():
            told = _NUMBER.sub(_shorten, value)
            told = _ADDRESS.sub(rf"url(#{name}-\g<1>)", told) if key != "id" else f"{name}-{told}"
            if key == "fill" and value == HATCHED:
                told, hatched = f"url(#{name}-hatch)", True
            element.attrib[key] = told
    for parent in list(root.iter()):
        for child in [child for child in parent if child.get("d") == "" or child.get("class") in _UNSEEN]:
            parent.remove(child)
    for element in root.iter():
        element.attrib.pop("class", None)
    # As wide as it was drawn and no wider, so that text in it is never larger than the page's.
    width = float(root.attrib["viewBox"].split()[2])
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "style": f"max-width:{width:.0f}px",
        "role": "img",
        "aria-label": alt_text,
    }
    if hatched:
        root.insert(0, ET.fromstring(HATCH.format(name=name)))  # noqa: S314  a literal of ours
    return ET.tostring(root, encoding="unicode")


def _shorten(found: re.Match[str]) -> str:
    return f"{float(found.group()):.1f}".removesuffix(".0")
