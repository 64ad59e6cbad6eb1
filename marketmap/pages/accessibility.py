"""Accessibility: what of the app conforms, what does not and why, and the other way to every fact."""

from __future__ import annotations

import os

import streamlit as st

from marketmap.outputs.maps.properties import safe_text
from marketmap.pages.frame import open_page, show_html

CONTACT_VARIABLE = "MARKETMAP_CONTACT"
TESTED_ON = "22 November 2026"
STANDARD = "the Web Content Accessibility Guidelines, version 2.2, level AA"
CONFORMS = """
Every fact on a map also stands in a table or in text on the same page, and every choice that a click on a map makes can
be made in a select box.

Nothing is told by colour alone: shapes carry labels, outlines differ in line and width, and legends are in words. The
colours can be told apart with the common kinds of colour blindness.

Text and its background differ by at least 4.5 to 1; outlines on maps by at least 3 to 1.

Each page has one main heading before all others, tables with a caption and named columns and rows, a label on every
field, and messages that a screen reader is told of.

Pages fit a window 390 pixels wide without scrolling sideways; wide tables scroll by themselves, by keyboard too.

Nothing moves by itself, nothing times out while you read, and no puzzle has to be solved to sign in.
"""
# What falls short: what, which criterion, why, and the other way.
LIMITS = (
    (
        "On some pages the sections stand two levels below the main heading",
        "1.3.1 (advice)",
        "They are drawn small beside a map; their order is that of the page.",
        "Go from heading to heading, whatever its level.",
    ),
    (
        "Shapes on a map cannot be reached by keyboard and are not read out",
        "1.1.1, 2.1.1, 4.1.2",
        "The map is drawn by Leaflet in a frame of its own, whose shapes are pictures to a browser.",
        "Choose the area, block or provider in the select box above or beside the map; its figures are in the table.",
    ),
    (
        "The map's frame has a technical title, and its drawing area no name",
        "2.4.1, 4.1.2",
        "Streamlit's map component sets both and gives no way to change them.",
        "The map follows the heading or the legend that says what it shows; a screen reader may pass over the frame.",
    ),
    (
        "Moving the map by hand needs dragging",
        "2.5.7",
        "The map itself; its plus and minus buttons and the arrow keys work without.",
        "Press Tab until the map has the focus, then the arrow keys, plus and minus; or choose an area by name.",
    ),
    (
        "Long tables are drawn as a grid, which screen readers read in part",
        "1.3.1, 4.1.2",
        "Streamlit draws them on a canvas, so that thousands of rows stay quick.",
        "Take the CSV or the workbook below the table: it holds the same rows. Key figures are in plain tables.",
    ),
    (
        "Where files are uploaded, a button lies within a button",
        "4.1.2",
        "Streamlit's own field for files.",
        "Press Enter on the inner button; or point to a folder on the server.",
    ),
    (
        "Some of Streamlit's own parts are small, or show their focus faintly",
        "2.4.11, 2.5.8",
        "The menu of three dots and the arrows in fields are Streamlit's own.",
        "All of them can be used by keyboard; nothing of the app's own needs the menu of three dots.",
    ),
)


def show() -> None:
    """Draw the page."""
    open_page("Accessibility", lede=f"How far this app meets {STANDARD}.")
    show_html(
        f"<p>This app <strong>conforms in part</strong> to {STANDARD}: what falls short is listed below, with the "
        "other way to each fact. It concerns the app and the files that it gives out, not your council's tables.</p>"
    )
    st.header("What conforms", anchor=False)
    show_html("<ul>" + "".join(f"<li>{text}</li>" for text in CONFORMS.strip().split("\n\n")) + "</ul>")
    st.header("What does not, and the way round it", anchor=False)
    for limit in LIMITS:
        show_html(_tell_limit(*limit))
    st.header("Getting around by keyboard", anchor=False)
    show_html(
        "<ul><li>Tab and Shift + Tab go from field to field; the first stop is the menu of pages.</li>"
        "<li>In a select box, type to narrow the list, go up and down with the arrows, choose with Enter.</li>"
        "<li>In a grid, the arrow keys go from cell to cell; Control + F searches it.</li>"
        "<li>Escape closes a list, a menu or a window on top.</li></ul>"
    )
    st.header("If something is in your way", anchor=False)
    show_html(f"<p>{_contact()}</p>")
    show_html(
        "<p>Should the answer not help, the Equality Advisory and Support Service takes complaints about websites of "
        "public bodies in England, Scotland and Wales; in Northern Ireland it is the Equality Commission.</p>"
    )
    st.header("How this was tested", anchor=False)
    show_html(
        f"<p>On {TESTED_ON}, with the synthetic sample: every page in Chromium at 1440 × 900 by axe-core 4.12 against "
        "its rules for WCAG 2.0 to 2.2, A and AA, without a serious fault outside the parts named above; headings and "
        "tables by a test of our own; contrasts and colour blindness by calculation. The same tests run with every "
        "change of the app. <strong>Not tested:</strong> with screen readers, speech input or magnifiers, or with "
        "people who use them. Rules that a program can check find a part of all faults.</p>"
    )


def _tell_limit(what: str, criterion: str, why: str, instead: str) -> str:
    return (
        f"<div class='panel'><h3>{what}</h3><p>{why} <span class='small'>(WCAG {criterion})</span></p>"
        f"<p><strong>Instead:</strong> {instead}</p></div>"
    )


def _contact() -> str:
    contact = os.environ.get(CONTACT_VARIABLE, "").strip()
    if not contact:
        return (
            "Whoever runs this app has not yet said whom to write to: they can, in <code>MARKETMAP_CONTACT</code>. "
            "Until then, ask the colleague who gave you the address of this app."
        )
    return f"Write to {safe_text(contact)}: say which page, what you wanted to do and what you work with."
