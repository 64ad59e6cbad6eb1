"""The waiting list: who could take each person who waits, with spare hours given away once over the whole list."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.files.notices import explain_synthetic, notices_of
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.schema.waiting import LOOKUP, WAITING_MATCHES, WAITING_TOTALS
from marketmap.outputs.views.waiting_view import (
    ANSWERS,
    OFFER_HEADINGS,
    PEOPLE_HEADINGS,
    label_people,
    pick_people,
    tabulate_offers,
    tabulate_people,
    tell_waiting_totals,
)
from marketmap.pages.access import require
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import close_page, figures, needs, open_page, show_fault, show_html, warn
from marketmap.pages.links import link_to
from marketmap.pages.sources import load_record, load_table

TITLE = "Waiting list"
ALL = "All"
# More are slid through; fewer leave no empty rows.
SHOWN_ROWS = 9
PERSONAL = "Rows of single packages: personal data. Keep them inside the council."


def show() -> None:
    """Draw the page."""
    open_page(TITLE, lede="Who could take each person who waits: the block's provider first, then the five best")
    if not require("see_rows") or not needs("waiting"):
        return
    try:
        record = load_record("waiting")
        rows, totals = load_table("waiting", WAITING_MATCHES), load_table("waiting", WAITING_TOTALS)
        lookup = load_table("waiting", LOOKUP)
    except MarketmapError as error:
        show_fault(error, what="The waiting list cannot be read.", command="make waiting")
        return
    warn([explain_synthetic(record.synthetic_note, saving=False) if record.synthetic else "", PERSONAL])
    if rows.empty:
        st.info("Nobody waits for a provider in this extract.")
    else:
        show_html(f"<div class='panel'>{figures(tell_waiting_totals(totals.iloc[0]))}</div>")
        show_html(
            "<p class='small'>Spare hours are given away once, exactly: most people matched, then the longest waits "
            "and the worst places to wait, then the block's own providers, then least travel. A suggestion for whom to "
            "ask first: a provider may still say no.</p>"
        )
        _show_people(rows)
    offer(
        [
            Download("Matches (CSV)", "waiting_matches.csv", lambda: encode_table(rows, WAITING_MATCHES)),
            Download("Every postcode's providers (CSV)", "lookup.csv", lambda: encode_table(lookup, LOOKUP)),
        ],
        rows=True,
        key="waiting",
    )
    link_to("find_provider", "Look up one postcode: Find a provider")
    close_page(notices_of(record), notes=record.notes)


def _show_people(rows: pd.DataFrame) -> None:
    people = tabulate_people(rows)
    with st.container(horizontal=True, gap="small"):
        answer = st.selectbox("Answer", [ALL, *(name for name in ANSWERS if name in set(people["answer"]))], width=260)
        days = st.number_input("Waited days or more", min_value=0, value=0, step=7, key="waiting_days", width=170)
    kept = pick_people(people, answer=None if answer == ALL else answer, least_days=int(days))
    st.dataframe(
        kept,
        column_config=_columns(),
        hide_index=True,
        height=380 if len(kept) > SHOWN_ROWS else "auto",
        alt="Who waits, those that matter most first, and what was found for each",
    )
    if kept.empty:
        st.info("Nobody passes: ask for another answer or fewer days.")
        return
    st.subheader("Who could take one of them", anchor=False)
    labels = label_people(kept)
    package = st.selectbox("Package", list(labels), format_func=labels.__getitem__, key="waiting_package", width=320)
    _show_one(rows, kept[kept["package_id"] == package].iloc[0])


def _show_one(rows: pd.DataFrame, person: pd.Series) -> None:
    package = str(person["package_id"])
    days = "days not known" if pd.isna(person["days_waiting"]) else f"{person['days_waiting']:,.0f} days"
    given = f", to {safe_text(person['matched_name'])}" if person["matched_name"] else ""
    why = str(person["reason"])
    reason = f"<p>Why: {safe_text(why)}.</p>" if why else ""
    show_html(
        f"<div class='panel' role='status'><h3>{safe_text(package)}</h3><p>{safe_text(person['postcode'])}, block "
        f"{safe_text(person['block'])}, {days}, {person['carer_hours_week']:,.1f} carer hours a week: "
        f"<strong>{safe_text(person['answer'])}{given}</strong>.</p>{reason}</div>"
    )
    offers = tabulate_offers(rows, package)
    if offers.empty:
        return
    made = html_table(
        offers, caption="Who was looked at", headings=OFFER_HEADINGS, numbers=("rank", "minutes", "spare", "price")
    )
    show_html(f"<div class='scroll wide' tabindex='0' role='region' aria-label='Who was looked at'>{made}</div>")


def _columns() -> dict[str, Any]:
    config = st.column_config
    numbers = {"days_waiting": "%d", "carer_hours_week": "%.1f"}
    return {
        name: config.NumberColumn(text, format=numbers[name]) if name in numbers else config.TextColumn(text)
        for name, text in PEOPLE_HEADINGS.items()
    }
