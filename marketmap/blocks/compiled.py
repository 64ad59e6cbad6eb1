"""One way of compiling the hot loops, so that types survive it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function to machine code at its first call, kept on disk for later runs.

    It holds no lock on the interpreter, so two kernels may run at once.
    """
    return cast(
        "F",
        njit(cache=True, nogil=True, error_model="numpy", _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)(
            function
        ),
    )


def compiled_entry(function: F) -> F:
    return cast("F", njit(cache=True, nogil=True, error_model="numpy")(function))
