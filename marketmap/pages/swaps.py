"""Swaps: the packages that could change hands, chain by chain; marking them, and seeking the rest anew."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from marketmap.blocks.swaps.marks import REFUSED
from marketmap.errors import MarketmapError
from marketmap.outputs.files.notices import explain_synthetic, notices_of
from marketmap.outputs.files.record import RunRecord, read_record
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.maps.swap_map import chain_map, colour_providers
from marketmap.outputs.runs.swap_marks import read_marked_bytes
from marketmap.outputs.schema.swap import SWAP_LIST, SWAP_PROVIDERS
from marketmap.outputs.views.swap_view import (
    KEY,
    MOVE_HEADINGS,
    SwapFiles,
    gather_marks,
    lay_marks,
    list_chains,
    place_chain,
    read_swaps,
    tell_chain,
    tell_decisions,
    tell_totals,
)
from marketmap.outputs.workspace.freshness import find_currency
from marketmap.pages import desk, jobs
from marketmap.pages.access import current_user, demand, require
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import (
    close_page,
    draw_map,
    figures,
    needs,
    open_page,
    safe_long,
    show_fault,
    show_html,
    warn,
)
from marketmap.pages.plan_choice import FINISHED
from marketmap.pages.plan_run import follow_job, latest_job
from marketmap.pages.sources import Market, current_place, digest_folder, load_market

TITLE = "Swaps"
COUNTYS, OWN = "The county's list", "Yours, with your decisions"
PERSONAL = "Rows of single packages: personal data. Keep them inside the council."
ESTIMATED = (
    "Minutes are estimates of what fitted rounds would travel; where rounds were simulated, go by those. The interval "
    "in brackets is over the days of the providers that give or take; on Evidence it is over everybody's, and so a "
    "little apart. Nobody is moved by this list: each move needs everybody named to agree."
)
OPEN = "open"
# Of the session: the digest of the last uploaded list, and its decisions.
READ_KEY = "swaps_marks_read"
# And, by list, the decisions that stand in it, with how often it was drawn anew.
OWN_KEY = "swaps_own_"
SHOWN_PROVIDERS = {
    "provider_name": "Provider",
    "before": "Today (h a week)",
    "out": "Gives (h)",
    "in": "Takes (h)",
    "after": "After (h a week)",
}
# What a button says of a whole chain → the decision that it writes.
CHAIN_BUTTONS = {"Accept the chain": "accepted", "Refuse it": REFUSED, "Leave it open": ""}
# In our own markup: code in a caption of Streamlit's is too faint to read.
NOT_SIMULATED = (
    "<p class='small'>No rounds were simulated with this list: <code>make swaps CONFIRM=7</code> does, and says "
    "what of it holds.</p>"
)


def show() -> None:
    """Draw the page."""
    open_page(TITLE, lede="Packages that could change hands between providers to save travel, with no block at all")
    if not require("see_rows"):
        return
    try:
        with st.spinner("Reading the county's tables …"):
            market = load_market()
    except MarketmapError as error:
        show_fault(error, what="There is no county to show yet, or its tables have faults.", command="make check")
        return
    if not needs("swaps"):
        close_page(market.notices)
        return
    try:
        folder = _choose_list()
        record, files = read_record(folder), _read(folder, (folder / SWAP_LIST.path).stat().st_mtime_ns)
    except (MarketmapError, OSError) as error:
        fault = error if isinstance(error, MarketmapError) else MarketmapError("Its files cannot be opened.")
        show_fault(fault, what="The swap list cannot be read.", command="make swaps")
        return
    warn([explain_synthetic(record.synthetic_note, saving=True) if record.synthetic else "", PERSONAL])
    show_html(f"<div class='panel'>{figures(tell_totals(files.totals))}</div><p class='small'>{ESTIMATED}</p>")
    if pd.isna(files.totals["confirmed_minutes_saved_week"]):
        show_html(NOT_SIMULATED)
    chain, place = _show_chain(market, files, record, folder.parent.name)
    decided = _decide(files, folder.parent.name)
    if place is not None:
        told = tell_decisions(decided[decided["chain_id"] == chain])
        place.html(f"<p class='small' role='status'>{told}</p>")
    close_page(notices_of(record), notes=record.notes)


def _choose_list() -> Path:
    """Draw the choice between the county's list and the user's own, where there is one; its folder."""
    place, user = current_place(), current_user()
    shared = place.results["swaps"]
    finished = [
        job
        for job in jobs.find(user=user.user_id, county_id=place.county_id, kind="swaps")
        if job.state in FINISHED and job.out.resolve() != shared.resolve()
    ]
    own = finished[0].out if finished and _holds(finished[0].out, place.folder, place.results["blocks"]) else None
    if own is None:
        return shared
    chosen = st.segmented_control("List", (OWN, COUNTYS), default=OWN, key="swaps_list")
    return shared if chosen == COUNTYS else own


def _holds(out: Path, folder: Path, plan: Path) -> bool:
    return _is_ready(str(out), str(folder), str(plan), digest_folder(folder))


@functools.lru_cache(maxsize=16)
def _is_ready(out: str, folder: str, plan: str, digest: str) -> bool:
    del digest  # part of the cache's key
    return find_currency("swaps", Path(out), Path(folder), plan_folder=Path(plan)) == "ready"


@functools.lru_cache(maxsize=8)
def _read(folder: Path, made: int) -> SwapFiles:
    del made  # part of the cache's key
    return read_swaps(folder)


def _show_chain(
    market: Market, files: SwapFiles, record: RunRecord, list_id: str
) -> tuple[str, st.delta_generator.DeltaGenerator | None]:
    """Draw one chain; which it is, and where to say what is decided on it, which is known when the list is drawn."""
    chains = list_chains(files.moves)
    if chains.empty:
        st.info("No move pays off within everybody's hours, services and spare capacity.")
        return "", None
    labels = dict(zip(chains["chain_id"], chains["label"], strict=True))
    st.subheader("One chain", anchor=False)
    chain = st.selectbox("Chain, those that save most first", list(labels), format_func=labels.__getitem__, key="chain")
    part = files.moves[files.moves["chain_id"] == chain]
    moves, held = place_chain(part, market.packages, market.provider_names)
    providers = sorted({*part["from_provider_id"], *part["to_provider_id"]})
    left, right = st.columns([3, 2], gap="medium")
    with right:
        show_html(f"<div class='panel'>{tell_chain(part)}</div>")
        with st.container(horizontal=True, gap="small"):
            for text, decision in CHAIN_BUTTONS.items():
                st.button(text, key=f"swaps_chain_{decision}", on_click=_mark_chain, args=(list_id, part, decision))
        place = st.empty()
        _show_hours(files.providers, providers)
    with left:
        if moves.empty:
            st.info("None of its packages could be placed on a map.")
            return chain, place
        made = chain_map(moves, held, providers=providers, outlines=market.areas, notices=notices_of(record))
        draw_map(made, key=f"swaps_map_{chain}", chosen=None, on_click=_no_click)
        names = market.provider_names
        swatches = "".join(
            f"<span class='tag' style='border:3px solid {colour}'>{safe_text(str(names.get(who, who)))}</span> "
            for who, colour in colour_providers(providers).items()
        )
        show_html(
            f"<p class='small'>{swatches}<br>Large and numbered: packages of the chain, filled in the colour of who "
            "delivers and ringed in that of who could. Small: what these providers deliver near them.</p>"
        )
    return chain, place


def _mark_chain(list_id: str, part: pd.DataFrame, decision: str) -> None:
    """Decide on every move of a chain; what was decided in the list below stands."""
    state = st.session_state.setdefault(f"{OWN_KEY}{list_id}", {"marks": [], "drawn": 0, "shown": []})
    keys = list(part[list(KEY)].itertuples(index=False, name=None))
    state["marks"] = [*state["shown"], *((*key, decision) for key in keys)]
    state["drawn"] += 1  # the list below is drawn anew, with these in it


def _no_click() -> None:
    """Nothing on this map is chosen by a click."""


def _show_hours(providers: pd.DataFrame, named: list[str]) -> None:
    rows = providers[providers["provider_id"].isin(named)]
    if rows.empty:
        return
    told = rows[["provider_name"]].assign(
        **{name: rows[f"carer_hours_{name}"].map("{:,.1f}".format) for name in ("before", "out", "in", "after")}
    )
    made = html_table(
        told, caption="Their hours with the whole list made", headings=SHOWN_PROVIDERS,
        numbers=("before", "out", "in", "after"),
    )  # fmt: skip
    show_html(f"<div class='scroll' tabindex='0' role='region' aria-label='Hours of providers'>{made}</div>")


def _decide(files: SwapFiles, list_id: str) -> pd.DataFrame:
    """Draw the list to decide on, the ways to give decisions back and take them away, and the work that they began.

    Returns
    -------
    DataFrame
        The moves, with ``decision`` as it stands now.
    """
    st.subheader("Decide", anchor=False)
    uploaded = _read_upload()
    state = st.session_state.setdefault(f"{OWN_KEY}{list_id}", {"marks": [], "drawn": 0, "shown": []})
    if state.get("uploaded") != uploaded:  # what was given back last counts
        state.update(uploaded=uploaded, marks=[], drawn=state["drawn"] + 1)
    _, strange = lay_marks(files.moves, uploaded)
    moves, _ = lay_marks(files.moves, [*uploaded, *state["marks"]])
    if strange:
        warn([f"{strange:,} decisions of the file are about moves that this list lacks: they count all the same."])
    shown = moves[list(MOVE_HEADINGS)].assign(decision=moves["decision"].replace("", OPEN))
    edited = st.data_editor(
        shown,
        column_config=_columns(),
        disabled=[name for name in MOVE_HEADINGS if name != "decision"],
        hide_index=True,
        height=420,
        key=f"swaps_marks_{list_id}_{state['drawn']}",
    )
    decided = moves.assign(decision=edited["decision"].replace(OPEN, "").fillna("").to_numpy())
    state["shown"] = list(decided[[*KEY, "decision"]].itertuples(index=False, name=None))
    here = gather_marks(decided)
    told = {tuple(mark[:3]) for mark in here}
    marks = here + [mark for mark in uploaded if tuple(mark[:3]) not in told and mark[:3] not in _keys(moves)]
    accepted = sum(mark[3] == "accepted" for mark in marks)
    show_html(
        f"<p role='status'><strong>{accepted:,} accepted, {len(marks) - accepted:,} refused</strong>, "
        f"{len(decided) - len(here):,} open. Accepted moves stay, refused ones do not return, and the rest is sought "
        "anew. Your decisions make a list of your own; the county's stays as it is.</p>"
    )
    _seek_anew(marks)
    offer(
        [
            Download("Swap list with decisions (CSV)", "swap_list.csv", lambda: encode_table(decided, SWAP_LIST)),
            Download("Hours (CSV)", "swap_providers.csv", lambda: encode_table(files.providers, SWAP_PROVIDERS)),
        ],
        rows=True,
        key="swaps",
    )
    return decided


def _keys(moves: pd.DataFrame) -> set[tuple[str, ...]]:
    return set(moves[list(KEY)].itertuples(index=False, name=None))


def _read_upload() -> list[tuple[str, str, str, str]]:
    """Read the decisions of an uploaded list; none where there is none, and its faults told."""
    given = st.file_uploader("Give a marked list back (CSV or XLSX)", type=["csv", "xlsx"], key="swaps_file")
    if given is None:
        return []
    content = given.getvalue()
    digest = hashlib.sha256(given.name.encode() + content).hexdigest()
    # Of this session alone, and once for each content: every click draws the page anew.
    if st.session_state.get(READ_KEY, ("",))[0] != digest:
        try:
            with st.spinner("Reading the decisions …"):
                st.session_state[READ_KEY] = (digest, desk.ask_apart(read_marked_bytes, content, given.name))
        except MarketmapError as error:
            show_html(f"<div class='warn' role='alert'>{safe_long(str(error))}</div>")
            return []
    marks: list[tuple[str, str, str, str]] = st.session_state[READ_KEY][1]
    return marks


def _seek_anew(marks: list[tuple[str, str, str, str]]) -> None:
    place, user = current_place(), current_user()
    job = latest_job("swaps", place.county_id, user.user_id)
    own = job is not None and job.out.resolve() != place.results["swaps"].resolve()
    at_work = own and job is not None and job.is_at_work
    if st.button("Seek the rest anew", type="primary", disabled=not marks or at_work, key="swaps_again"):
        try:
            demand("see_rows")
            jobs.start("swaps", place, user=user.user_id, asked={"marks": [list(mark) for mark in marks]})
        except MarketmapError as error:
            show_html(f"<div class='warn' role='alert'>{safe_long(str(error))}</div>")
            return
        st.rerun()
    if own and job is not None and job.state != "done":
        follow_job(job, opens=False)


def _columns() -> dict[str, Any]:
    config = st.column_config
    numbers = {
        "carer_hours_week": "%.1f", "minutes_saved_week": "%.0f", "miles_saved_week": "%.1f",
        "pounds_more_week": "%.2f", "from_visits_near": "%.0f", "to_visits_near": "%.0f",
    }  # fmt: skip
    made: dict[str, Any] = {
        name: config.NumberColumn(text, format=numbers[name]) if name in numbers else config.TextColumn(text)
        for name, text in MOVE_HEADINGS.items()
    }
    made["decision"] = config.SelectboxColumn(
        MOVE_HEADINGS["decision"], options=[OPEN, "accepted", "refused"], required=True, pinned=True
    )
    return made
