"""What stands in place of every page where nobody with a role is signed in, and the line that says who is."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.maps.properties import safe_text
from marketmap.pages.access import LOCAL, User
from marketmap.pages.frame import open_page, safe_long, show_html

DEFAULT_PROVIDER = "default"


def turn_away(fault: MarketmapError) -> None:
    """Draw the sign-in page: why nobody is let in, and the way in where login is set up.

    Parameters
    ----------
    fault
        What `marketmap.pages.access.current_user` raised.
    """
    open_page("Sign in", lede="This app shows a council's care market to those whom the council names.")
    show_html(f"<p role='status'>{safe_long(str(fault))}</p>")
    claims = st.user.to_dict()
    if "is_logged_in" not in claims:
        return
    for provider in _providers():
        label = "Sign in" if provider == DEFAULT_PROVIDER else f"Sign in with {provider}"
        if st.button(label, type="primary", key=f"sign in {provider}"):
            st.login(None if provider == DEFAULT_PROVIDER else provider)
    if claims["is_logged_in"] and st.button("Sign out"):
        st.logout()


def tell_user(user: User) -> None:
    """Say at the top of a page who is signed in, with the way out; nothing where there is no login."""
    if user == LOCAL:
        return
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.html(f"<span class='small'>Signed in as {safe_text(user.name)} ({user.role})</span>", width="content")
        if st.button("Sign out", type="tertiary"):
            st.logout()


def _providers() -> list[str]:
    """Name the identity providers in Streamlit's secrets; its own is the one without a name."""
    auth = st.secrets["auth"]
    named = [str(name) for name, value in auth.items() if isinstance(value, Mapping) and "client_id" in value]
    return [*([DEFAULT_PROVIDER] if "client_id" in auth else []), *(name for name in named if name != DEFAULT_PROVIDER)]
