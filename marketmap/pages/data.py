"""Data: which county the app shows, how its tables stand, what was left out and why, and how to give it others."""

from __future__ import annotations

import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.inputs.templates import template_of
from marketmap.outputs.files.notices import SYNTHETIC_FLAG
from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.schema.block import REJECTED, UNPLACED
from marketmap.outputs.schema.input import INPUT_TABLES
from marketmap.outputs.views.input_check import InputCheck
from marketmap.outputs.views.input_words import (
    LEFT_HEADINGS,
    TABLE_HEADINGS,
    left_rows,
    table_rows,
    tell_age,
    tell_state,
)
from marketmap.pages.access import require
from marketmap.pages.county_choice import choose_county, inspect, offer_removal, show_results
from marketmap.pages.downloads import Download, offer
from marketmap.pages.findings import csv_of, show_findings, show_wide
from marketmap.pages.frame import open_page, safe_long, show_html, warn
from marketmap.pages.uploading import show_uploading

LEDE = (
    "The tables that everything here is made from: whether they stand, what was left out of them, and other counties."
)


def show() -> None:
    """Draw the page."""
    open_page("Data", lede=LEDE)
    if not require("load_data"):
        return
    place = choose_county()
    with st.spinner("Reading and checking the tables …", show_time=True):
        try:
            check = inspect(place.folder)
        except MarketmapError as error:
            show_html(f"<div class='warn' role='alert'>{safe_long(str(error))}</div>")
            check = None
    if check is not None:
        _show_check(check)
        show_results(place, usable=check.stands)
    offer_removal(place)
    st.header("Templates", anchor=False)
    _offer_templates()
    st.header("Show another county", anchor=False)
    show_uploading()


def _show_check(check: InputCheck) -> None:
    day = f"{check.snapshot:%-d %B %Y}" if check.snapshot else ""
    flag = f"{SYNTHETIC_FLAG}: made up, not about anybody." if check.synthetic else ""
    warn([flag, tell_age(check)])
    show_html(f"<p role='status'><strong>{safe_long(tell_state(check))}</strong></p>")
    if day:
        show_html(f"<p>Everything is looked at as on {day}.</p>")
    if not check.stands:
        show_findings(check, key="county")
    st.header("Tables", anchor=False)
    there = html_table(
        table_rows(check, there=True), caption="Tables of this county", headings=TABLE_HEADINGS, numbers=("rows",)
    )
    show_wide(there, name="Tables of this county")
    lacking = table_rows(check, there=False)
    if len(lacking):
        with st.expander(f"Tables that this county does not have ({len(lacking)})"):
            headings = {name: TABLE_HEADINGS[name] for name in ("table", "holds")}
            show_html(html_table(lacking, caption="Each switches on the measures that need it", headings=headings))
    offer([csv_of("Tables (CSV)", check.tables, INPUT_TABLES)], rows=False, key="tables")
    _show_left_out(check)


def _show_left_out(check: InputCheck) -> None:
    if not check.stands:
        return
    st.header("What was left out, and why", anchor=False)
    if check.rejected.empty and check.unplaced.empty:
        show_html("<p>No row was rejected, and every postcode has its place on the map.</p>")
    files = []
    if len(check.rejected):
        caption = "Rejected rows: in no figure"
        show_html(html_table(left_rows(check.rejected), caption=caption, headings=LEFT_HEADINGS, numbers=("rows",)))
        files.append(csv_of("Rejected rows (CSV)", check.rejected, REJECTED))
    if len(check.unplaced):
        caption = "Rows without a place: in totals, not on maps and in no block"
        show_html(html_table(left_rows(check.unplaced), caption=caption, headings=LEFT_HEADINGS, numbers=("rows",)))
        files.append(csv_of("Rows without a place (CSV)", check.unplaced, UNPLACED))
    offer(files, rows=True, key="left")
    if check.remarks:
        with st.expander(f"Remarks of the reading ({len(check.remarks)})"):
            show_html("<ul>" + "".join(f"<li>{safe_long(remark)}</li>" for remark in check.remarks) + "</ul>")


def _offer_templates() -> None:
    show_html(
        "<p>A template of each table: its header and one made-up row to replace. Dates are written 2025-03-31, numbers "
        "without commas, and a blank cell is left blank.</p>"
    )
    templates = template_of()
    chosen = st.selectbox("Template of the table", list(templates), key="template")
    file, content = templates[chosen]
    offer([Download(f"Template {file}", file, lambda: content)], rows=False, key="template")
