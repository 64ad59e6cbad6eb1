"""Legends and small tables as HTML text, for the app's pages and for maps on disk alike.

Every value from data is escaped here; headings and captions are literals.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd

from marketmap.outputs.files.notices import APPROXIMATE_AREAS
from marketmap.outputs.maps.block_maps import zone_style
from marketmap.outputs.maps.palette import (
    DROPPED_COLOUR,
    FOOTPRINT_COLOUR,
    INK,
    NONE_COLOUR,
    SPOT_COLOUR,
    ZONE_COLOURS,
    amount_colours,
)
from marketmap.outputs.maps.place_maps import UNUSED_WIDTHS
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.maps.zones import SPOT
from marketmap.outputs.report.telling import tell_number

Swatch = tuple[str, str]
# Zones that stay as they are, and why.
FIXED = {"existing": "A contract already let", "held": "A zone held by a lock"}
_DOT = "border:1.5px solid #000;border-radius:50%;width:.95rem"
ALONG_ROADS = "Zones hang together along roads, so one may show as two patches on the map."


def block_legend(zones: gpd.GeoDataFrame) -> str:
    """Explain the block map in HTML."""
    entries: list[Swatch] = [
        (_stripes(ZONE_COLOURS), "A block zone. Colours only tell neighbours apart; the label is the block's name.")
    ]
    fixed = [text for status, text in FIXED.items() if (zones["status"] == status).any()]
    if fixed:
        style = zone_style(0, existing=True)
        entries.append(
            (
                f"background:{style['fillColor']};border:3px dotted {INK}",
                f"{' or '.join(fixed)} (heavy dotted outline).",
            )
        )
    if (zones["block_id"] == SPOT).any():
        entries.append(
            (f"background:{SPOT_COLOUR};border:1px solid {INK}", "Left to spot purchase, package by package.")
        )
    entries.append((f"border:2px dashed {INK}", "District."))
    return _list(entries) + f"<p class='small'>{APPROXIMATE_AREAS} {ALONG_ROADS}</p>"


def focus_legend(*, footprint: bool, base: bool) -> str:
    """Explain in HTML what is drawn for the chosen block."""
    entries: list[Swatch] = [("border:3px solid #000", "The chosen block.")]
    if footprint:
        entries.append((f"border:2px dashed {FOOTPRINT_COLOUR}", "Where its provider works today, near the block."))
    if base:
        entries.append(
            (
                "background:#000;border:2px solid #fff;outline:1px solid #000;border-radius:50%;width:.95rem",
                "Its office.",
            )
        )
    return _list(entries)


def difference_legend() -> str:
    """Explain the map of what differs between two plans in HTML."""
    return _list(
        [
            (f"background:{ZONE_COLOURS[6]};border:1.5px solid {INK}", "With another provider, or newly in a block."),
            (
                f"background:{DROPPED_COLOUR};border:1.5px dashed {INK}",
                "In a block in the baseline alone: left to spot purchase.",
            ),
            (f"border:2px dotted {INK}", "Zones of the baseline."),
            (f"border:1.5px solid {INK}", "Zones of the plan chosen above, with their names."),
        ]
    )


def area_legend(
    breaks: Sequence[float], *, kind: str, heading: str, points: bool = False, rings: bool = False, marked: str = ""
) -> str:
    """Explain a map of areas shaded by a figure in HTML.

    Parameters
    ----------
    breaks
        As `marketmap.outputs.maps.palette.break_classes` gives them.
    kind
        Of the figure's column, as in `marketmap.outputs.schema.columns.Kind`: says how limits are written.
    heading
        A literal: what is shown, in which unit, by which kind of area.
    points, rings
        Whether single postcodes, or what is reached in so many minutes, are drawn.
    marked
        A literal: what a heavy outline with a number means; blank: there is none.
    """
    entries: list[Swatch] = [(f"background:{NONE_COLOUR};border:1px dashed {INK}", "none, or not known")]
    lower = ""
    for colour, upper in zip(amount_colours(tuple(breaks)) if breaks else (), breaks, strict=True):
        limit = tell_number(upper, kind)
        text = f"over {lower} to {limit}" if lower else f"up to {limit}"
        entries.append((f"background:{colour};border:1px solid {INK}", text))
        lower = limit
    if marked:
        entries.append(("border:3px solid #7a1f00", marked))
    if points:
        entries += [
            (f"background:{FOOTPRINT_COLOUR};{_DOT}", "a postcode with packages (size: hours)"),
            (f"background:#fff;{_DOT};border-style:dashed", "the same, where somebody waits"),
        ]
    if rings:
        entries.append((f"border:3px dashed {FOOTPRINT_COLOUR}", "reached by road in the minutes on the line"))
    return f"<p class='small'><strong>{html.escape(heading)}</strong></p>" + _list(entries)


def let_legend() -> str:
    """Explain the map of blocks already let in HTML."""
    colours = amount_colours((1.0, 2.0, 3.0))
    words = ("up to a tenth", "up to a third", "more than a third")
    entries: list[Swatch] = [
        (f"background:{colour};border:{width:g}px solid #000", text)
        for colour, width, text in zip(colours, UNUSED_WIDTHS, words, strict=True)
    ]
    return (
        "<p class='small'><strong>Share of the guaranteed hours that was not used in the week</strong></p>"
        + _list([*entries, (f"background:{NONE_COLOUR};border:1.6px dashed {INK}", "not known")])
        + f"<p class='small'>{APPROXIMATE_AREAS}</p>"
    )


def html_table(frame: pd.DataFrame, *, caption: str, headings: Mapping[str, str], numbers: Sequence[str] = ()) -> str:
    """Turn a frame into an accessible HTML table.

    Parameters
    ----------
    frame
        Values to show: text, or numbers already written as text.
    caption
        A literal.
    headings
        Column → heading (literals), in order; other columns are left out.
    numbers
        Columns to align to the right.
    """
    head = "".join(
        f"<th scope='col'{_right(name in numbers)}>{html.escape(text)}</th>" for name, text in headings.items()
    )
    rows = []
    for values in frame[list(headings)].itertuples(index=False):
        cells = [
            _cell("th scope='row'" if place == 0 else "td", value, right=name in numbers)
            for place, (name, value) in enumerate(zip(headings, values, strict=True))
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f"<table class='facts'><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def hours_split(parts: Sequence[tuple[str, float, str]], *, total: float) -> str:
    """Show how hours divide: a bar, and the same in figures.

    Parameters
    ----------
    parts
        (literal name, hours a week, literal CSS background) each.
    total
        What the bar's whole length stands for.
    """
    shares = [(name, hours, fill, 100 * hours / total if total > 0 else 0.0) for name, hours, fill in parts]
    bar = "".join(f"<span style='width:{share:.2f}%;background:{fill}'></span>" for _, _, fill, share in shares)
    rows = "".join(
        f"<div><dt><i style='background:{fill}'></i>{html.escape(name)}</dt>"
        f"<dd>{hours:,.1f}</dd><dd class='small'>{share:.0f}%</dd></div>"
        for name, hours, fill, share in shares
    )
    return f"<div class='bar' aria-hidden='true'>{bar}</div><dl class='split'>{rows}</dl>"


def _list(entries: Sequence[Swatch]) -> str:
    items = "".join(
        f"<li><i style='{style}' aria-hidden='true'></i><span>{text}</span></li>" for style, text in entries
    )
    return f"<ul class='legend'>{items}</ul>"


def _stripes(colours: Sequence[str]) -> str:
    width = 100 / len(colours)
    stops = ", ".join(f"{colour} {place * width:g}% {(place + 1) * width:g}%" for place, colour in enumerate(colours))
    return f"background:linear-gradient(90deg, {stops});border:1px solid {INK}"


def _cell(tag: str, value: object, *, right: bool) -> str:
    return f"<{tag}{_right(right)}>{safe_text(value)}</{tag[:2]}>"


def _right(right: bool) -> str:
    return " class='number'" if right else ""
