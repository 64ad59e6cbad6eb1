"""The desk: quick questions that need a model in memory, answered by one warm process of its own.

`ask` sends a function and its arguments to that process and waits for the answer; the functions keep there what they
opened. The process is started by the first question, or ahead of it by `warm`, and anew should it die. It reads from
a pipe of ours and ends when that closes, so it never outlives the server.

One user's answer must never be taken for another's: an answer bears the number of its question, and whatever breaks
off the wait for one ends the process with it.

Not `multiprocessing`: its new processes would run the page that is being drawn once more.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, ParamSpec, TypeVar

from marketmap.errors import MarketmapError, OutputError

P = ParamSpec("P")
R = TypeVar("R")
# Behind the pages, before the solver.
NICENESS = 5
LENGTH_BYTES = 8
NUMBER_BYTES = 8
# No question takes near as long, and the others wait behind it.
DEADLINE_SECONDS = 300.0
_NUMBERS = itertools.count(1)
_TURN = threading.Lock()
_clerk: subprocess.Popen[bytes] | None = None


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
    with _TURN:
        for _attempt in range(2):
            with contextlib.suppress(OSError, EOFError):
                outcome, answer = _exchange(message)
                break
        else:
            raise OutputError(
                "The question could not be answered: its process ended twice. Ask for less, or try again."
            )
    if outcome == "answer":
        found: R = answer
        return found
    if outcome == "refusal":
        raise answer
    raise RuntimeError(answer)


def warm() -> None:
    """Start the desk's process, so that the first question does not wait for it."""
    with _TURN, contextlib.suppress(OSError):
        _open()


def close() -> None:
    """End the desk's process; the next question starts another."""
    global _clerk  # noqa: PLW0603  one process for the whole server
    if _clerk is not None:
        for pipe in (_clerk.stdin, _clerk.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        _clerk.kill()
        _clerk.wait()
        _clerk = None


def _exchange(message: bytes) -> tuple[str, Any]:
    """Put one question and wait for its answer; where anything comes between, the process ends."""
    late = threading.Event()
    try:
        outcome, answer = pickle.loads(_pass_over(message, late))  # noqa: S301  our own process
    except BaseException as error:
        close()
        if late.is_set() and isinstance(error, OSError | EOFError):
            raise OutputError(
                f"The question was not answered within {DEADLINE_SECONDS:,.0f} seconds, so it was broken off. Ask for "
                "less, or try again."
            ) from None
        raise
    return outcome, answer


def _pass_over(message: bytes, late: threading.Event) -> bytes:
    number = next(_NUMBERS).to_bytes(NUMBER_BYTES, "big")
    clerk = _open()
    clock = threading.Timer(DEADLINE_SECONDS, _break_off, args=(clerk, late))
    clock.daemon = True
    clock.start()
    try:
        _send(clerk.stdin, number + message)
        told = _receive(clerk.stdout)
    finally:
        clock.cancel()
    if told[:NUMBER_BYTES] != number:
        raise EOFError
    return told[NUMBER_BYTES:]


def _break_off(clerk: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    clerk.kill()


def _open() -> subprocess.Popen[bytes]:
    global _clerk  # noqa: PLW0603
    if _clerk is None or _clerk.poll() is not None:
        close()
        _clerk = subprocess.Popen(
            [sys.executable, "-m", "marketmap.pages.desk"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("MARKETMAP_DEBUG") else subprocess.DEVNULL,
            start_new_session=True,
        )
    return _clerk


def _send(pipe: IO[bytes] | None, message: bytes) -> None:
    if pipe is None:
        raise EOFError
    pipe.write(len(message).to_bytes(LENGTH_BYTES, "big"))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes] | None) -> bytes:
    head = b"" if pipe is None else pipe.read(LENGTH_BYTES)
    if pipe is None or len(head) < LENGTH_BYTES:
        raise EOFError
    length = int.from_bytes(head, "big")
    message = pipe.read(length)
    if len(message) < length:
        raise EOFError
    return message


def _answer(message: bytes) -> bytes:
    try:
        function, args, kwargs = pickle.loads(message)  # noqa: S301  from our own server
        return pickle.dumps(("answer", function(*args, **kwargs)))
    except MarketmapError as error:
        return pickle.dumps(("refusal", error))
    except Exception as error:  # noqa: BLE001  told without its text
        frames = traceback.extract_tb(error.__traceback__)[1:]
        where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
        return pickle.dumps(("fault", f"{type(error).__name__}{where}"))


def serve() -> None:
    """Answer questions until the pipe closes."""
    os.umask(0o077)
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand among the answers
    while True:
        try:
            message = _receive(questions)
        except EOFError:
            return
        _send(answers, message[:NUMBER_BYTES] + _answer(message[NUMBER_BYTES:]))


if __name__ == "__main__":
    serve()
