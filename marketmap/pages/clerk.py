"""A clerk: a process of its own that answers one question after another, sent to it through a pipe.

One user's answer must never be taken for another's: an answer bears the number of its question, and whatever breaks
off the wait for one ends the process with it. It reads from a pipe of ours and ends when that closes, so it never
outlives the server.

Not `multiprocessing`: its new processes would run the page that is being drawn once more.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import resource
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import IO, Any

from marketmap.errors import MarketmapError, OutputError

# Behind the pages, before the solver.
NICENESS = 5
LENGTH_BYTES = 8
NUMBER_BYTES = 8
# One thread each: else a machine of many processors takes address space for the threads that nobody uses.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_NUM_THREADS"), "1")
TOO_MUCH_MEMORY = (
    "This takes more memory than one question may have. Ask for less: in a county, fewer rows and columns; what is "
    "larger is checked by the command line (make check)."
)
_NUMBERS = itertools.count(1)


class Clerk:
    """One process, started by its first question and anew should it die; for one question at a time.

    Parameters
    ----------
    seconds
        After which a question is broken off, and the process with it.
    memory
        Bytes of address space that the process may take; None: as much as there is.
    """

    def __init__(self, *, seconds: float, memory: int | None = None) -> None:
        self.seconds, self.memory = seconds, memory
        self._process: subprocess.Popen[bytes] | None = None

    def exchange(self, message: bytes) -> tuple[str, Any]:
        """Put one question and wait for its answer; where anything comes between, the process ends.

        Raises
        ------
        OutputError
            When it took longer than `seconds`.
        OSError, EOFError
            When the process ended over it.
        """
        late = threading.Event()
        try:
            outcome, answer = pickle.loads(self._pass_over(message, late))  # noqa: S301  our own process
        except BaseException as error:
            self.close()
            if late.is_set() and isinstance(error, OSError | EOFError):
                raise OutputError(
                    f"The question was not answered within {self.seconds:,.0f} seconds, so it was broken off. Ask for "
                    "less, or try again."
                ) from None
            raise
        return outcome, answer

    def open(self) -> subprocess.Popen[bytes]:
        """Start the process where there is none."""
        if self._process is None or self._process.poll() is not None:
            self.close()
            ceiling = [] if self.memory is None else [str(self.memory)]
            self._process = subprocess.Popen(  # noqa: S603  our own module, named by us
                [sys.executable, "-m", "marketmap.pages.clerk", *ceiling],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=None if os.environ.get("MARKETMAP_DEBUG") else subprocess.DEVNULL,
                env=None if self.memory is None else {**os.environ, **ONE_THREAD},
                start_new_session=True,
            )
        return self._process

    def close(self) -> None:
        """End the process; the next question starts another."""
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            process.kill()
            process.wait()

    def _pass_over(self, message: bytes, late: threading.Event) -> bytes:
        number = next(_NUMBERS).to_bytes(NUMBER_BYTES, "big")
        process = self.open()
        clock = threading.Timer(self.seconds, _break_off, args=(process, late))
        clock.daemon = True
        clock.start()
        try:
            send(process.stdin, number + message)
            told = receive(process.stdout)
        finally:
            clock.cancel()
        if told[:NUMBER_BYTES] != number:
            raise EOFError
        return told[NUMBER_BYTES:]


def _break_off(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def send(pipe: IO[bytes] | None, message: bytes) -> None:
    """Write a message with its length before it."""
    if pipe is None:
        raise EOFError
    pipe.write(len(message).to_bytes(LENGTH_BYTES, "big"))
    pipe.write(message)
    pipe.flush()


def receive(pipe: IO[bytes] | None) -> bytes:
    """Read one message; an `EOFError` where the other end is gone."""
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
    except MemoryError:
        return pickle.dumps(("refusal", OutputError(TOO_MUCH_MEMORY)))
    except Exception as error:  # noqa: BLE001  told without its text
        frames = traceback.extract_tb(error.__traceback__)[1:]
        where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
        return pickle.dumps(("fault", f"{type(error).__name__}{where}"))


def serve(memory: int | None) -> None:
    """Answer questions until the pipe closes, with at most so many bytes of address space."""
    os.umask(0o077)
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand among the answers
    while True:
        try:
            message = receive(questions)
        except EOFError:
            return
        send(answers, message[:NUMBER_BYTES] + _answer(message[NUMBER_BYTES:]))


if __name__ == "__main__":
    serve(int(sys.argv[1]) if len(sys.argv) > 1 else None)
