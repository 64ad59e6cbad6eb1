"""The buttons under which a page's files are taken away; what holds rows of packages is for those who may see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from marketmap.pages.access import current_user
from marketmap.pages.frame import show_html

NOT_ALLOWED = "Files with packages and postcodes are for brokers and commissioners: ask one of them for these."


@dataclass(frozen=True)
class Download:
    """A file to take away.

    Attributes
    ----------
    label
        On the button, a literal: what it is, and of which kind.
    file_name
        A literal or made of ids: it may reach logs, so no postcode and no name of a person.
    make
        Makes the bytes when the button is pressed; draws nothing.
    mime
        The file's type.
    """

    label: str
    file_name: str
    make: Callable[[], bytes]
    mime: str = "text/csv"


def offer(files: Sequence[Download], *, rows: bool, key: str = "download") -> None:
    """Draw a button for each file.

    Parameters
    ----------
    files
        In the order of the buttons; none draws nothing.
    rows
        Whether they hold rows of packages, people or postcodes: then only who may see those gets the buttons.
    key
        Tells the buttons of several calls on one page apart.
    """
    if not files:
        return
    if rows and not current_user().may("see_rows"):
        show_html(f"<p class='small'>{NOT_ALLOWED}</p>")
        return
    with st.container(horizontal=True, gap="small"):
        for file in files:
            st.download_button(
                file.label, file.make, file_name=file.file_name, mime=file.mime, on_click="ignore",
                key=f"{key}_{file.file_name}",
            )  # fmt: skip
