from pathlib import Path
from unittest.mock import Mock

import pytest
from streamlit.runtime import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from marketmap.pages import kept_files
from marketmap.pages.kept_files import KEPT_SECONDS, KeptFiles
from marketmap.pages.serving import serve


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(kept_files, "time", made)
    return made


def offer(files: MediaFileManager, *, text: bytes = b"a,b") -> str:
    return files.add_deferred(lambda: text, "text/csv", "button", file_name="a.csv")


def redraw(files: MediaFileManager) -> str:
    """Draw a page anew: its files are let go, made anew, and everybody's are cleared up."""
    files.clear_session_refs()
    number = offer(files)
    files.remove_orphaned_files()
    return number


def fetch(files: MediaFileManager, url: str) -> bytes:
    kept = files.read_file(url.rpartition("/")[2].partition(".")[0])
    assert kept is not None
    return kept.content


def test_a_click_on_the_button_of_a_moment_ago_gives_its_file(clock: Clock) -> None:
    plain, kept = (kind(MemoryMediaFileStorage("/media")) for kind in (MediaFileManager, KeptFiles))
    old = offer(plain)
    redraw(plain)
    with pytest.raises(MediaFileStorageError, match="not found"):  # Streamlit's own way: else none of this is needed
        plain.execute_deferred(old)
    old = offer(kept)
    for _ in range(5):
        redraw(kept)
        clock.now += KEPT_SECONDS / 10
    assert fetch(kept, kept.execute_deferred(old)) == b"a,b"


def test_a_file_that_was_made_waits_until_the_browser_comes_for_it(clock: Clock) -> None:
    files = KeptFiles(MemoryMediaFileStorage("/media"))
    url = files.execute_deferred(offer(files))
    for _ in range(5):  # pages of others, drawn to their ends meanwhile
        redraw(files)
        clock.now += KEPT_SECONDS / 10
    assert fetch(files, url) == b"a,b"


def test_what_nobody_uses_goes_in_time_and_what_is_shown_stays(clock: Clock) -> None:
    files = KeptFiles(MemoryMediaFileStorage("/media"))
    first = offer(files)
    url = files.execute_deferred(first)
    for _ in range(3):
        last = redraw(files)
        clock.now += KEPT_SECONDS
    files.remove_orphaned_files()
    with pytest.raises(MediaFileStorageError, match="not found"):
        files.execute_deferred(first)
    assert files.read_file(url.rpartition("/")[2].partition(".")[0]) is None
    assert fetch(files, files.execute_deferred(last)) == b"a,b"
    assert len(files._deferred_callables) <= 2


def test_the_server_keeps_its_files_so(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[object] = []

    class App:
        def __init__(self, script: Path) -> None:
            self.script = script

        def run(self, **_options: object) -> None:
            used.append(vars(runtime)["MediaFileManager"])

    monkeypatch.setattr(runtime, "MediaFileManager", MediaFileManager)
    monkeypatch.setattr("marketmap.pages.serving.make_app", App)
    monkeypatch.setattr("marketmap.pages.serving.begin_measures", Mock())
    monkeypatch.setattr("marketmap.pages.serving.read_ahead", Mock())
    serve(["app.py"])
    assert used == [KeptFiles]
