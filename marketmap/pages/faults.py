"""What went wrong, in plain words: a fault where it shows, or noted in a callback and told on the next run."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import ParamSpec

import streamlit as st

from marketmap.errors import MarketmapError

# Of the session: (what could not be done, why), told once.
FAULT_KEY = "noted_fault"
P = ParamSpec("P")


def plainly(show: Callable[P, None]) -> Callable[P, None]:
    """Make a page or a part of one tell its fault in words, after any that was noted before it is drawn."""

    @functools.wraps(show)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        tell_fault()
        try:
            show(*args, **kwargs)
        except MarketmapError as error:
            _draw("This cannot be shown.", str(error))

    return drawn


@contextlib.contextmanager
def noting(what: str) -> Iterator[None]:
    """Note a fault of what is done inside, or in a callback that this decorates, for the page's next run.

    Parameters
    ----------
    what
        A literal: what was not done.
    """
    try:
        yield
    except MarketmapError as error:
        st.session_state[FAULT_KEY] = (what, str(error))


def tell_fault() -> None:
    """Draw the fault that was noted, once; nothing where there is none."""
    noted: tuple[str, str] | None = st.session_state.pop(FAULT_KEY, None)
    if noted is not None:
        _draw(*noted)


def _draw(what: str, why: str) -> None:
    st.error(what)
    st.code(why, language=None, wrap_lines=True)
