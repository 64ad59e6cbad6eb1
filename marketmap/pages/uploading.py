"""Giving the app a county of one's own: its files, or a folder on the server; all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from marketmap.errors import FaultsError, MarketmapError
from marketmap.inputs.boundaries import AREA_SUFFIXES
from marketmap.inputs.readers import OPENERS
from marketmap.outputs.views.input_check import InputCheck, check_inputs, refuse_faults
from marketmap.outputs.views.input_words import tell_state
from marketmap.outputs.workspace.places import LONGEST_LABEL, CountyPlace
from marketmap.pages import desk, sources
from marketmap.pages.access import demand
from marketmap.pages.county_choice import switch_to
from marketmap.pages.findings import show_findings
from marketmap.pages.frame import safe_long, show_html

UPLOAD, FOLDER = "Upload its files", "Point to a folder on the server"
REFUSED = "refused_upload"
KINDS_OF_FILE = [suffix.removeprefix(".") for suffix in dict.fromkeys((*OPENERS, *AREA_SUFFIXES, ".toml"))]
KINDS_OF_FILE += ["dbf", "shx", "prj", "cpg"]  # the other parts of a shapefile


def show_uploading() -> None:
    """Draw the ways to another county, and what was wrong with the last attempt."""
    way = st.radio("How", [UPLOAD, FOLDER], horizontal=True, key="way_in")
    if way == UPLOAD:
        _show_upload()
    else:
        _show_folder()
    _show_refusal()


def _show_upload() -> None:
    show_html(
        "<p>Each file carries its table's name, such as <em>packages.csv</em> and <em>providers.xlsx</em>: those two "
        "must be there. <em>marketmap.toml</em> may come with them. Only you will see this county. Use pseudonyms: no "
        "names, NHS numbers, dates of birth or addresses. What is too large goes into a folder on the server.</p>"
    )
    files = st.file_uploader(
        "Files of the county", type=KINDS_OF_FILE, accept_multiple_files=True, key=f"files_{_attempt()}"
    )
    label = st.text_input("What to call it", max_chars=LONGEST_LABEL, key=f"upload_label_{_attempt()}")
    if not st.button("Check and show these files", type="primary", disabled=not files, key="upload"):
        return
    contents: dict[str, bytes] = {}
    twice = [file.name for file in files if file.name in contents or contents.update({file.name: file.getvalue()})]
    if twice:
        _refuse("Two of the files have the same name: take one away. Nothing was stored.", None)
        return
    _try(
        lambda: sources.workspace().add_upload(
            contents, user=demand("load_data").user_id, label=label, check=lambda folder: refuse_faults(_check(folder))
        )
    )


def _show_folder() -> None:
    roots = ", ".join(str(root) for root in sources.workspace().roots)
    show_html(f"<p>A folder that holds the tables, below: {safe_long(roots)}. It is read where it lies.</p>")
    path = st.text_input("Folder", key="pointed_folder").strip()
    if st.button("Check and show this folder", type="primary", disabled=not path, key="point"):
        _try(lambda: _add_folder(path))


def _add_folder(path: str) -> CountyPlace:
    workspace, user = sources.workspace(), demand("load_data").user_id
    before = {place.county_id for place in workspace.places(user)}
    place = workspace.add_folder(path, user=user)
    try:
        refuse_faults(_check(place.folder))
    except MarketmapError:
        if place.county_id not in before:
            workspace.remove(place.county_id, user=user)
        raise
    return place


def _try(add: Callable[[], CountyPlace]) -> None:
    """Add a county and show it; what is wrong with it is told, and the one shown stays."""
    st.session_state.pop(REFUSED, None)
    try:
        with st.spinner("Reading and checking the tables …", show_time=True):
            place = add()
    except FaultsError as error:
        _refuse("Nothing was stored; the county shown before is still there.", InputCheck.of_faults(error))
        return
    except MarketmapError as error:
        _refuse(f"{error} Nothing was stored.", None)
        return
    st.session_state["attempt"] = _attempt() + 1  # empties the list of files
    switch_to(place)
    st.rerun()


def _refuse(told: str, check: InputCheck | None) -> None:
    st.session_state[REFUSED] = (told, check)


def _show_refusal() -> None:
    refused: tuple[str, InputCheck | None] | None = st.session_state.get(REFUSED)
    if refused is None:
        return
    told, check = refused
    state = f"{tell_state(check)} " if check else ""
    show_html(f"<div class='warn' role='alert'>{safe_long(state + told)}</div>")
    if check is not None:
        show_findings(check, key="refused")


def _check(folder: Path) -> InputCheck:
    check: InputCheck = desk.ask_apart(check_inputs, folder)
    return check


def _attempt() -> int:
    return int(st.session_state.get("attempt", 0))
