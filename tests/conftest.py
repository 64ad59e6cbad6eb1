import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.measured import Measured, make_measured

# Machines are noisy: tests hold what is right, and benchmarks how fast it is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """A small county and its results, made once a session; tests must not change them."""
    return make_measured(tmp_path_factory.mktemp("measured"))


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """Let what tests start hear Ctrl-C: a shell's background jobs, as some servers run tests, are begun deaf to it."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """Give the process its main module back: Streamlit's test harness puts a page there, which new processes import."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before
