"""The market map's question of reach: from a base, how far by road in so many minutes, and how much care is inside."""

from __future__ import annotations

from typing import get_args

import pandas as pd
import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.report.telling import tell_number
from marketmap.outputs.schema.explore import REACHED
from marketmap.outputs.views.reach_rings import RING_MINUTES, BaseKind, Reach, draw_reach
from marketmap.pages import desk
from marketmap.pages.access import current_user
from marketmap.pages.answers import sum_content
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import safe_long, show_html, warn
from marketmap.pages.sources import Market, county_folder, digest_folder

REACH_KEY = "market_reached"
BASES: dict[BaseKind, str] = {
    "office": "A provider's office",
    "rounds": "Where a provider's rounds begin",
    "postcode": "A postcode",
}


def choose_reach(market: Market) -> Reach | None:
    """Draw the choice of a base and what is reached from it; None where none is asked for or it has no place."""
    with st.expander("How far by road from a base?"):
        kinds = [kind for kind in get_args(BaseKind) if kind == "office" or current_user().may("see_rows")]
        with st.form("market_reach", border=False), st.container(horizontal=True, gap="small"):
            kind: BaseKind = st.selectbox("From", kinds, format_func=BASES.__getitem__, key="reach_kind", width=240)
            names = market.provider_names
            provider = st.selectbox(
                "Provider of the base", list(names.sort_values().index), index=None, key="reach_provider", width=230,
                format_func=lambda code: f"{names[code]} ({code})", placeholder="Choose one",
            )  # fmt: skip
            postcode = st.text_input("Or postcode", key="reach_postcode", width=130, max_chars=10)
            asked = st.form_submit_button("Draw 10, 20 and 30 minutes")
            cleared = st.form_submit_button("Take away")
        if cleared:
            st.session_state.pop(REACH_KEY, None)
        if asked:
            _ask(kind, postcode if kind == "postcode" else provider)
        of, found = st.session_state.get(REACH_KEY, ("", None))
        if found is not None and of != sum_content(county_folder()):  # another county, or other tables
            del st.session_state[REACH_KEY]
            found = None
        if found is not None:
            _tell(found)
        kept: Reach | None = found
        return kept


def _ask(kind: BaseKind, base: str | None) -> None:
    st.session_state.pop(REACH_KEY, None)
    if not base:
        st.info("Type a postcode first." if kind == "postcode" else "Choose a provider first.")
        return
    folder = county_folder()
    try:
        with st.spinner("Reading the roads and drawing what is reached …"):
            found = desk.ask(draw_reach, str(folder.resolve()), digest_folder(folder), kind, base, RING_MINUTES)
        st.session_state[REACH_KEY] = (sum_content(folder), found)
    except MarketmapError as error:
        warn([str(error)])


def _tell(found: Reach) -> None:
    told = pd.DataFrame(
        {
            "minutes": [f"{minutes:g}" for minutes in found.table["minutes"]],
            **{
                name: [tell_number(value, REACHED.column(name).kind) for value in found.table[name]]
                for name in ("packages", "people", "contact_hours", "hours_waiting", "part")
            },
        }
    )
    show_html(
        "<div class='scroll' tabindex='0'>"
        + html_table(
            told,
            caption="Care within reach, off-peak, from door to road",
            headings={
                "minutes": "Minutes by road", "packages": "Packages", "people": "People",
                "contact_hours": "Contact hours a week", "hours_waiting": "Of them waiting",
                "part": "Part of the county's hours",
            },
            numbers=tuple(told.columns),
        )
        + "</div>"
    )  # fmt: skip
    offer(
        [Download("Care within reach (CSV)", "reached.csv", lambda: encode_table(found.table, REACHED))],
        rows=False,
        key="reach",
    )
    for minutes, reason in zip(found.rings["minutes"], found.rings["reason"], strict=True):
        if reason:
            show_html(f"<p class='small'>{minutes:g} minutes: {safe_long(reason)}.</p>")
