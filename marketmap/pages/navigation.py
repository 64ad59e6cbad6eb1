"""Which pages there are, for whom, in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from marketmap.errors import MarketmapError
from marketmap.pages import (
    accessibility,
    block_monitor,
    block_plan,
    clusters,
    data,
    evidence,
    find_provider,
    market_map,
    overview,
    rural_gaps,
    swaps,
    waiting_list,
)
from marketmap.pages.access import current_user, require
from marketmap.pages.faults import plainly
from marketmap.pages.frame import open_page
from marketmap.pages.links import keep_pages
from marketmap.pages.sign_in import tell_user, turn_away
from marketmap.settings.roles import Action


@dataclass(frozen=True)
class Entry:
    """A page: what draws it, what the menu calls it, its place in the address, and what a user must be allowed."""

    show: Callable[[], None]
    title: str
    path: str
    action: Action | None = None


# The first is the page at the address's root.
ENTRIES = (
    Entry(overview.show, "Overview", ""),
    Entry(market_map.show, "Market map", "market_map"),
    Entry(clusters.show, "Demand clusters", "clusters"),
    Entry(block_plan.show, "Block plan", "block_plan"),
    Entry(rural_gaps.show, "Rural gaps", "rural_gaps"),
    Entry(find_provider.show, "Find a provider", "find_provider", "see_rows"),
    Entry(waiting_list.show, "Waiting list", "waiting_list", "see_rows"),
    Entry(swaps.show, "Swaps", "swaps", "see_rows"),
    Entry(evidence.show, "Evidence", "evidence"),
    Entry(block_monitor.show, "Block monitor", "block_monitor"),
    Entry(data.show, "Data", "data", "load_data"),
    Entry(accessibility.show, "Accessibility", "accessibility"),
)


def run_page() -> None:
    """Draw the menu of what the user may see, and the page that the address names; nothing before they are known."""
    try:
        user = current_user()
    except MarketmapError as error:
        fault = error
        _navigate([_page(entry, lambda: turn_away(fault)) for entry in ENTRIES], hidden=True)
        return
    pages = [
        _page(entry, entry.show)
        if entry.action is None or user.may(entry.action)
        else _page(entry, _refusal(entry.title, entry.action), hidden=True)
        for entry in ENTRIES
    ]
    tell_user(user)
    keep_pages(
        {
            entry.path: page
            for entry, page in zip(ENTRIES, pages, strict=True)
            if not entry.action or user.may(entry.action)
        }
    )
    _navigate(pages)


# No page icons: Streamlit fetches a page's icon for the browser's tab from another host.
def _page(entry: Entry, show: Callable[[], None], *, hidden: bool = False) -> StreamlitPage:
    visibility: Literal["hidden", "visible"] = "hidden" if hidden else "visible"
    path = entry.path or None
    return st.Page(plainly(show), title=entry.title, url_path=path, default=not entry.path, visibility=visibility)


def _navigate(pages: list[StreamlitPage], *, hidden: bool = False) -> None:
    st.navigation(pages, position="hidden" if hidden else "top").run()


def _refusal(title: str, action: Action) -> Callable[[], None]:
    """Make the page that somebody sees in place of one that is not for them."""

    def show() -> None:
        open_page(title)
        require(action)

    return show
