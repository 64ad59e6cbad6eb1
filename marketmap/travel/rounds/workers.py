"""What a process that works out days beside others minds: Ctrl-C is not its own, and it does not outlive the first."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def begin_worker() -> None:
    """Begin a worker: leave Ctrl-C to the first process, and end with it however that ends.

    A worker waits for its next day at a pipe that it holds itself too, so that it never sees the other end close: when
    the first process is killed outright, only its parent's absence tells.
    """
    # Ctrl-C reaches every process of the terminal; only the first decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # no clean-up: there is nobody left to hand anything to


@contextmanager
def shield_from_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back while workers are started: it comes to this process a moment later, and never to them.

    A worker that was interrupted while it reads its modules, before `begin_worker`, would tell of it at length.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield  # a new process begins with what is held back here, and keeps it
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
