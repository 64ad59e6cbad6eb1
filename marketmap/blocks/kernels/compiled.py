"""How the hot loops are compiled: once, quickly, and never from a stale copy."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.core import event

F = TypeVar("F", bound=Callable[..., Any])


class _Watch(event.Listener):
    """Adds up the time that compiling takes."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth, self._began = 0, 0.0

    def on_start(self, event: event.Event) -> None:  # noqa: ARG002  the listener's signature
        # what a function calls is compiled while it is: only the outermost counts
        if self._depth == 0:
            self._began = time.perf_counter()
        self._depth += 1

    def on_end(self, event: event.Event) -> None:  # noqa: ARG002
        self._depth -= 1
        if self._depth == 0:
            self.seconds += time.perf_counter() - self._began


_watch = _Watch()
event.register("numba:compile", _watch)  # type: ignore[no-untyped-call]


def seconds_compiling() -> float:
    """Tell how long this process has spent compiling so far; code kept on disk costs nothing."""
    return _watch.seconds


def compiled(function: F) -> F:
    """Compile a function that only compiled functions call. It must not make arrays.

    Nothing is kept on disk for it: the kernel that calls it holds its code. Leaving out what Python would need to
    call it, and the counting of references to arrays, halves the time to compile.
    """
    options: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
    return cast("F", njit(nogil=True, error_model="numpy", **options)(function))


def kernel(function: F) -> F:
    """Compile a function that Python calls, and keep the code on disk for later runs.

    It holds no lock on the interpreter, so two kernels may run at once.
    """
    dispatcher = njit(cache=True, nogil=True, error_model="numpy")(function)
    # Numba asks only whether the kernel's own file has changed, though its code holds functions of other files too.
    kept: Any = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if hasattr(kept, "_source_stamp"):
        kept._source_stamp = (*kept._source_stamp, _fingerprint())  # noqa: SLF001  Numba has no public way
    return cast("F", dispatcher)


@cache
def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
