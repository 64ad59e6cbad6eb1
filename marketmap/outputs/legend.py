"""Legends and small tables as HTML text, for the app's pages and for maps on disk alike.

Every value from data is escaped here; headings and captions are literals.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd

from marketmap.outputs.maps import zone_style
from marketmap.outputs.notices import APPROXIMATE_AREAS
from marketmap.outputs.palette import FOOTPRINT_COLOUR, INK, NONE_COLOUR, SPOT_COLOUR, ZONE_COLOURS, amount_colours
from marketmap.outputs.properties import safe_text
from marketmap.outputs.zones import SPOT

Swatch = tuple[str, str]
# Zones that stay as they are, and why.
FIXED = {"existing": "A contract already let", "held": "A zone held by a lock"}
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


def market_legend(breaks: Sequence[float], *, measure: str, footprint: bool) -> str:
    """Explain the market map in HTML.

    Parameters
    ----------
    breaks
        As `marketmap.outputs.palette.break_classes` gives them.
    measure
        A literal: what is shown, in which unit.
    footprint
        Whether a provider's packages are drawn.
    """
    entries: list[Swatch] = [(f"background:{NONE_COLOUR};border:1px dashed {INK}", "none")]
    lower = 0.0
    for colour, upper in zip(amount_colours(tuple(breaks)) if breaks else (), breaks, strict=True):
        text = f"up to {upper:,g}" if lower == 0 else f"over {lower:,g} to {upper:,g}"
        entries.append((f"background:{colour};border:1px solid {INK}", text))
        lower = upper
    if footprint:
        entries.append(
            (
                f"background:{FOOTPRINT_COLOUR};border:1.5px solid #000;border-radius:50%;width:.95rem",
                "the provider's packages (area: hours)",
            )
        )
    return f"<p class='small'><strong>{measure}</strong>, by sector</p>" + _list(entries)


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
        f"<dd>{hours:,.1f}</dd><dd class='small'>{share:.0f} %</dd></div>"
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
