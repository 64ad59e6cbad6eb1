"""The desk: questions that need a model in memory or take seconds, answered by processes of their own.

`ask` is for quick questions: one warm process answers them in turn and keeps what it opened. Whoever waits longer than
`PATIENCE_SECONDS` for their turn, behind a long answer, goes to a second one. `ask_apart` is for what strangers' files
may do to a reader: a new process for each question, with a ceiling of memory and a short deadline, so that nobody
else's edit waits behind it.
"""

from __future__ import annotations

import contextlib
import pickle
import threading
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

from marketmap.errors import OutputError
from marketmap.pages.clerk import Clerk

P = ParamSpec("P")
R = TypeVar("R")
# No edit, pack or map takes near as long.
DEADLINE_SECONDS = 300.0
# Longer than an edit takes, and shorter than a second process needs to read a county.
PATIENCE_SECONDS = 2.0
# A county of 5,000 packages is checked in some seconds with less than half of this.
APART_SECONDS = 120.0
APART_BYTES = 4 * 1024**3
# At once, on a machine that also serves and solves; the others wait for their turn.
MOST_APART = 2
_CLERKS = (Clerk(seconds=DEADLINE_SECONDS), Clerk(seconds=DEADLINE_SECONDS))
_FREE = [True, True]
_TURN = threading.Condition()
_APART = threading.BoundedSemaphore(MOST_APART)


def ask(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Have a function called at the desk, and give back its answer.

    Parameters
    ----------
    function
        Of a module that can be imported; its arguments and its answer can be pickled.

    Raises
    ------
    MarketmapError
        What the function raises of that kind; or that the desk's process died twice over the question, or was still
        at it after `DEADLINE_SECONDS`.
    RuntimeError
        When the function fails otherwise: with the kind and the place of the error, not its text, which may hold
        people's data.
    """
    message = pickle.dumps((function, args, kwargs))
    with _turn() as clerk:
        for _attempt in range(2):
            with contextlib.suppress(OSError, EOFError):
                outcome, answer = clerk.exchange(message)
                break
        else:
            raise OutputError(
                "The question could not be answered: its process ended twice. Ask for less, or try again."
            )
    found: R = _open_answer(outcome, answer)
    return found


def ask_apart(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Have a function called in a new process that ends with it, with bounded memory and time.

    Parameters
    ----------
    function
        As for `ask`.

    Raises
    ------
    MarketmapError
        As for `ask`; or that it took more than `APART_BYTES` of memory or `APART_SECONDS`.
    RuntimeError
        As for `ask`.
    """
    message = pickle.dumps((function, args, kwargs))
    with _APART:
        clerk = Clerk(seconds=APART_SECONDS, memory=APART_BYTES)
        try:
            outcome, answer = clerk.exchange(message)
        except (OSError, EOFError):
            raise OutputError(
                f"This could not be looked at: its process ended, most likely for want of memory (at most "
                f"{APART_BYTES / 1024**3:,.0f} GiB). Give less, or check the folder by the command line (make check)."
            ) from None
        finally:
            clerk.close()
    found: R = _open_answer(outcome, answer)
    return found


def warm() -> None:
    """Start the desk's first process, so that the first question does not wait for it."""
    with _turn() as clerk, contextlib.suppress(OSError):
        clerk.open()


def close() -> None:
    """End the desk's processes as they fall free, with all that they keep; the next question starts another."""
    for number, clerk in enumerate(_CLERKS):
        with _TURN:
            _TURN.wait_for(lambda number=number: _FREE[number])  # type: ignore[misc]
            clerk.close()


@contextlib.contextmanager
def _turn() -> Iterator[Clerk]:
    """Wait for the first process, or after a while for any."""
    with _TURN:
        _TURN.wait_for(lambda: _FREE[0], timeout=PATIENCE_SECONDS)
        _TURN.wait_for(lambda: any(_FREE))
        number = _FREE.index(True)
        _FREE[number] = False
    try:
        yield _CLERKS[number]
    finally:
        with _TURN:
            _FREE[number] = True
            _TURN.notify_all()


def _open_answer(outcome: str, answer: Any) -> Any:
    if outcome == "answer":
        return answer
    if outcome == "refusal":
        raise answer
    raise RuntimeError(answer)
