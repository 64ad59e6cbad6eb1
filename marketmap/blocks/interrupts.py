"""Ctrl-C as a wish: the first asks every search to end with the best plan so far, the second abandons the run."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

_asked, _abandoned = threading.Event(), threading.Event()


def is_asked() -> bool:
    """Whether the user has asked for the searches to end."""
    return _asked.is_set()


def is_abandoned() -> bool:
    """Whether a Ctrl-C has ended the run: a library that calls us back may have lost the exception that says so."""
    return _abandoned.is_set()


def is_interrupt(error: BaseException | None) -> bool:
    """Say whether an error is a Ctrl-C, or what a compiled loop makes of one: an error of which it is the cause."""
    return isinstance(error, KeyboardInterrupt) or (
        isinstance(error, SystemError) and isinstance(error.__cause__, KeyboardInterrupt)
    )


class Interrupts:
    """What Ctrl-C does in the course of a run, used as ``with Interrupts(...) as interrupts``.

    At first it ends the run at once, as ever. After `heed` the first only sets the wish that `is_asked` reads, and the
    second raises ``KeyboardInterrupt``. After `ignore` none does anything, for moments that must be whole. In a thread
    other than the main one, signals stay as they are. Where a Ctrl-C came in the midst of a compiled loop, what leaves
    the ``with`` is a ``KeyboardInterrupt`` all the same.

    Parameters
    ----------
    on_asked
        Told when the wish is set; called while the program is in the midst of something else.
    """

    def __init__(self, on_asked: Callable[[], None]) -> None:
        self._on_asked = on_asked
        self._heeding = self._ignoring = False
        self._before: Any = None

    def __enter__(self) -> Self:
        _asked.clear()
        _abandoned.clear()
        # Elsewhere than in the main thread no handler may be set; a program that ignores the signal goes on doing so.
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) not in (
            None,
            signal.SIG_IGN,
        ):
            self._before = signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        _asked.clear()
        _abandoned.clear()
        if is_interrupt(error) and not isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt from error

    def heed(self) -> None:
        """Take the next Ctrl-C as a wish to end with what there is."""
        self._heeding = True

    def ignore(self) -> None:
        """Let nothing interrupt what follows."""
        self._ignoring = True

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        if self._ignoring:
            return
        if not self._heeding or _asked.is_set():
            _abandoned.set()
            raise KeyboardInterrupt
        _asked.set()
        # The signal may come in the midst of printing, which then cannot begin again.
        with contextlib.suppress(RuntimeError):
            self._on_asked()
