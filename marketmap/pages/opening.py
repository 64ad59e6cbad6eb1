"""How every page begins: read what it shows, or say in plain words why it cannot and which command mends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.files.notices import explain_synthetic
from marketmap.outputs.files.record import RunRecord
from marketmap.pages.frame import RESULTS, needs, open_page, show_fault, warn
from marketmap.pages.sources import (
    Market,
    county_folder,
    current_place,
    digest_folder,
    load_market,
    results_currency,
)

Files = TypeVar("Files")


def read_county(title: str) -> Market | None:
    """Read the county's tables; None where that fails: the page then has its head and says why.

    Parameters
    ----------
    title
        A literal: the page's.
    """
    try:
        with st.spinner("Reading the county's tables …"):
            return load_market()
    except MarketmapError as error:
        open_page(title)
        show_fault(
            error,
            what="There is no county to show yet, or its tables have faults.",
            command=f"make sample                      # makes up a county on real postcodes\n"
            f"make check COUNTY={county_folder()}   # says what is wrong with a folder",
        )
        return None


def read_results(kind: str, title: str, read: Callable[[Path, str], Files]) -> Files | None:
    """Read the results of one kind; None where there are none or they cannot be read: the page then has said so.

    Parameters
    ----------
    kind
        Of `RESULTS`.
    title
        A literal: the page's.
    read
        Takes their folder and the digest of what it holds.
    """
    if results_currency(kind) == "missing":
        open_page(title)
        needs(kind)
        return None
    name, command = RESULTS[kind]
    try:
        with st.spinner(f"Reading the {name} …"):
            folder = current_place().results[kind].resolve()
            return read(folder, digest_folder(folder))
    except MarketmapError as error:
        open_page(title)
        needs(kind)
        show_fault(error, what=f"The {name} cannot be shown.", command=command)
        return None


def open_results(kind: str, title: str, record: RunRecord, *, lede: str) -> None:
    """Draw the head of a page of results: of which day they are, how they stand, and whether they are made up.

    Parameters
    ----------
    lede
        A literal, to which the day of the data is added.
    """
    open_page(title, lede=f"{lede}, from the data of {record.snapshot_date:%-d %B %Y}")
    needs(kind)  # old ones are shown, and said to be old
    warn([explain_synthetic(record.synthetic_note, saving=False) if record.synthetic else ""])
