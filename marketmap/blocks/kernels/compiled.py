"""How the hot loops are compiled: once, quickly, and never from a stale copy."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


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
