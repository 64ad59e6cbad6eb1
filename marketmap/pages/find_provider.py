"""The brokers' page: whose a postcode is and who is near, the same for a list, and who waits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from marketmap.errors import MarketmapError, OutputError
from marketmap.outputs.files.download import WORKBOOK_MIME, describe_source, encode_workbook
from marketmap.outputs.files.notices import explain_synthetic, notices_of
from marketmap.outputs.files.reading import PlanFiles
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.schema.broker import ANSWERS, NEAREST, WAITING_LIST
from marketmap.outputs.views.broker_desk import PlaceAnswer, answer_postcode, tabulate_waiting
from marketmap.outputs.views.broker_view import (
    ANSWER_HEADINGS,
    NEAR_HEADINGS,
    WAIT_HEADINGS,
    filter_waiting,
    in_words,
    tabulate_near,
    tell_place,
    tell_waiting,
)
from marketmap.outputs.views.postcode_lists import ELSEWHERE, MOST_LINES, NO_POSTCODE, answer_list, read_list
from marketmap.pages import desk
from marketmap.pages.access import require
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import close_page, figures, open_page, safe_long, show_fault, show_html, warn
from marketmap.pages.links import link_to
from marketmap.pages.sources import current_place, digest_folder, load_plan, results_state

# Columns of codes in the waiting list, shown as words; the files keep the codes.
WORDS = ("service_type", "needs", "backup_name")
TITLE = "Find a provider"
ONE, LIST, WAITING = "One postcode", "A list of postcodes", "Who waits"
SECTIONS = (ONE, LIST, WAITING)
SHOWN_NEAR = 12
# Lines of a long list that the page shows; the file holds all.
SHOWN_LINES = 200
# No postcode is longer, however it is spaced.
LONGEST = 40
FIRST_TIME = "Looking it up; the first question after a start takes some seconds …"
STALE = (
    "The plan is older than the county's tables, or was made with other settings: blocks and their providers may no "
    "longer fit who waits and who has room. Make it anew on the page Block plan."
)
ALL = "All"
PLACES = {"Blocks and spot": "all", "In a block": "block", "Spot purchase": "spot"}


def show() -> None:
    """Draw the page."""
    open_page(TITLE, lede="For brokers: whose a postcode is, who is near with hours to spare, and who waits")
    if not require("see_rows"):
        return
    try:
        with st.spinner("Reading the plan …"):
            plan = load_plan()
    except MarketmapError as error:
        show_fault(error, what="There is no plan to look postcodes up in yet.", command="make blocks")
        return
    record = plan.record
    warn(
        [
            explain_synthetic(record.synthetic_note, saving=False) if record.synthetic else "",
            "Illustrative roads: minutes come from roads made up from the postcodes."
            if record.illustrative_roads
            else "",
            STALE if results_state("blocks") == "stale" else "",
        ]
    )
    section = st.segmented_control("Show", SECTIONS, default=ONE, key="find_section", label_visibility="collapsed")
    try:
        if section == LIST:
            _show_list(plan)
        elif section == WAITING:
            _show_waiting(plan)
        else:
            _show_one()
    except MarketmapError as error:
        show_fault(error, what="The question could not be answered.", command="make check")
    close_page(notices_of(record), notes=record.notes)


def _folders() -> tuple[Path, Path]:
    place = current_place()
    return place.folder, place.results["blocks"]


def _show_one() -> None:
    text = st.text_input("Postcode", placeholder="any spelling, for instance gl11aa", key="find_postcode", width=320)
    if not text.strip():
        show_html(
            "<p>Type a postcode: you get its block or spot, the provider and the backup, and the nearest others with "
            "their minutes and spare hours.</p>"
        )
        return
    with st.spinner(FIRST_TIME):
        answer = desk.ask(answer_postcode, text[:LONGEST], *_folders())
    if answer.fault:
        words = {NO_POSTCODE: "is not a postcode: check the letters and digits", ELSEWHERE: "is not in this county"}
        show_html(
            f"<div class='panel' role='status'><p><strong>{safe_text(answer.postcode or text)}</strong> "
            f"{words.get(answer.fault, answer.fault)}.</p></div>"
        )
        return
    show_html(f"<div class='panel' role='status'>{tell_place(answer)}</div>")
    _show_near(answer)


def _show_near(answer: PlaceAnswer) -> None:
    if answer.off_roads:
        show_html(
            f"<p class='small'>No road minutes from {safe_text(answer.postcode)}: {safe_text(answer.off_roads)}. "
            "Distances are in a straight line.</p>"
        )
    table = tabulate_near(answer.nearest, most=SHOWN_NEAR)
    if table.empty:
        st.info("No provider delivers care in this county now.")
        return
    _show_table(table, caption="Nearest providers", headings=NEAR_HEADINGS, numbers=("packages_near", "spare"))
    show_html(
        f"<p class='small'>By road from {safe_text(answer.postcode)} to the nearest package that a provider delivers "
        f"now. Spare hours are what they said, and as old as is told, counted to the extract of {answer.snapshot}."
        " A provider's needs, services and willingness are not looked at: ask it.</p>"
    )
    offer(
        [
            Download(
                "All providers by distance (CSV)",
                "nearest_providers.csv",
                lambda: encode_table(answer.nearest, NEAREST),
            )
        ],
        rows=True,
        key="near",
    )


def _show_list(plan: PlanFiles) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        pasted = st.text_area("Paste a list, one postcode on each line", height=180, key="find_pasted")
    with right:
        given = st.file_uploader(
            "Or upload one: a CSV with a column postcode, or plain text", type=["csv", "txt"], key="find_file"
        )
    content: str | bytes = given.getvalue() if given is not None else pasted
    if not content.strip():
        show_html(
            f"<p>Up to {MOST_LINES:,} lines. The list is answered here and kept nowhere: in no file and no log.</p>"
        )
        return
    try:
        asked = read_list(content)
    except OutputError as error:
        show_html(f"<div class='warn' role='alert'>{safe_long(str(error))}</div>")
        return
    answers = answer_list(plan, asked)
    wrong = answers[answers["answer"].isin([NO_POSTCODE, ELSEWHERE])]
    counts = answers["answer"].value_counts()
    told = "; ".join(f"{counts.get(name, 0):,} {words}" for name, words in
                     (("block", "in a block"), ("spot", "spot purchase"), (ELSEWHERE, "not in this county"),
                      (NO_POSTCODE, "not a postcode")))  # fmt: skip
    show_html(f"<div class='panel' role='status'><p><strong>{len(answers):,} lines</strong>: {told}.</p></div>")
    if len(wrong):
        lines = ", ".join(f"{line}" for line in wrong["line"].head(30))
        more = f" and {len(wrong) - 30:,} more" if len(wrong) > 30 else ""
        noun = "line" if len(wrong) == 1 else "lines"
        show_html(f"<div class='warn' role='note'>Without an answer: {noun} {lines}{more}. The table says why.</div>")
    ordered = pd.concat([wrong, answers.drop(wrong.index)])
    shown = ordered.head(SHOWN_LINES).astype(str)
    _show_table(shown, caption="Answers, lines without one first", headings=ANSWER_HEADINGS, numbers=("line",))
    if len(answers) > SHOWN_LINES:
        show_html(
            f"<p class='small'>The first {SHOWN_LINES} of {len(answers):,}; the file holds all, in their order.</p>"
        )
    offer(
        [
            Download("Answers (CSV)", "answers.csv", lambda: encode_table(answers, ANSWERS)),
            Download("Answers (XLSX)", "answers.xlsx", lambda: _make_book("Answers", answers, plan), WORKBOOK_MIME),
        ],
        rows=True,
        key="list",
    )


def _show_waiting(plan: PlanFiles) -> None:
    county, plan_folder = _folders()
    with st.spinner(FIRST_TIME):
        rows, notes = _read_waiting(str(county), str(plan_folder), digest_folder(county) + digest_folder(plan_folder))
    if rows.empty:
        st.info("Nobody waits for a provider in this extract.")
        return
    kept = _filter(rows)
    show_html(f"<div class='panel'>{figures(tell_waiting(kept, all_rows=rows))}</div>")
    st.dataframe(
        kept[list(WAIT_HEADINGS)].assign(**{name: in_words(kept[name]) for name in WORDS}),
        column_config=_columns(),
        hide_index=True,
        height=460,
        alt="The waiting list: who waits, how long, where, and the provider of the block that each is in",
    )
    show_html(
        "<p class='small'>Risk is by where the person waits: a rule of thumb for a list's order, not an assessment."
        f" {safe_long(' '.join(notes))}</p>"
    )
    offer(
        [
            Download("Waiting list (CSV)", "waiting_list.csv", lambda: encode_table(kept, WAITING_LIST)),
            Download("Waiting list (XLSX)", "waiting_list.xlsx", lambda: _make_waiting_book(kept, plan), WORKBOOK_MIME),
        ],
        rows=True,
        key="waiting",
    )
    link_to("waiting_list", "Who could take each of them: Waiting list")


@lru_cache(maxsize=4)
def _read_waiting(county: str, plan: str, digest: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    del digest  # part of the cache's key
    return desk.ask(tabulate_waiting, Path(county), Path(plan))


def _filter(rows: pd.DataFrame) -> pd.DataFrame:
    def choose(label: str, column: str, key: str) -> str | None:
        options = [ALL, *sorted(rows[column].dropna().unique())]
        chosen = st.selectbox(label, options, key=key, width=190, format_func=lambda text: text.replace("_", " "))
        return None if chosen == ALL else str(chosen)

    with st.container(horizontal=True, gap="small"):
        district = choose("District", "district_name", "wait_district")
        risk = choose("Risk", "risk", "wait_risk")
        service = choose("Service", "service_type", "wait_service")
        days = st.number_input("Waited days or more", min_value=0, value=0, step=7, key="wait_days", width=150)
        place = st.selectbox("Where", list(PLACES), key="wait_place", width=160)
    return filter_waiting(
        rows, district=district, risk=risk, service=service, least_days=int(days), place=PLACES[place]
    )


def _columns() -> dict[str, Any]:
    config = st.column_config
    numbers = {
        "days": "%d",
        "hours_week": "%.1f",
        "carers_required": "%d",
        "provider_spare": "%.1f",
        "provider_spare_days": "%d",
    }
    return {
        name: config.NumberColumn(text, format=numbers[name]) if name in numbers else config.TextColumn(text)
        for name, text in WAIT_HEADINGS.items()
    }


def _make_book(title: str, answers: pd.DataFrame, plan: PlanFiles) -> bytes:
    return encode_workbook({title: (answers, ANSWERS)}, describe_source(plan.record))


def _make_waiting_book(rows: pd.DataFrame, plan: PlanFiles) -> bytes:
    return encode_workbook({"Waiting list": (rows, WAITING_LIST)}, describe_source(plan.record))


def _show_table(table: pd.DataFrame, *, caption: str, headings: dict[str, str], numbers: Sequence[str]) -> None:
    made = html_table(table, caption=caption, headings=headings, numbers=numbers)
    show_html(f"<div class='scroll wide' tabindex='0' role='region' aria-label='{caption}'>{made}</div>")
