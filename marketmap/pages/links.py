"""Links from one page to another that keep the session."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import StreamlitPage

PAGES_KEY = "pages_to_link"


def keep_pages(pages: Mapping[str, StreamlitPage]) -> None:
    """Note the pages that the user may see, by their place in the address, for `link_to`."""
    st.session_state[PAGES_KEY] = dict(pages)


def link_to(path: str, label: str) -> None:
    """Draw a link to a page of the menu; nothing where the user may not see that page.

    Parameters
    ----------
    path
        Its place in the address, as `marketmap.pages.navigation.ENTRIES` says.
    label
        A literal: Streamlit reads it as Markdown.
    """
    page = st.session_state.get(PAGES_KEY, {}).get(path)
    if page is not None:
        st.page_link(page, label=label, width="content")
