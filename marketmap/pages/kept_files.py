"""Files behind buttons stay for a while after the page was drawn anew: a click on the button that is going holds.

Streamlit numbers a button's file anew each time it draws a page, and drops the numbers of the last time as soon as
*anybody's* page is drawn to its end. Whoever clicks in between, with the old button still in the browser, is told that
there is no file; on a busy server, or over a slow line, that is seconds.
"""

from __future__ import annotations

import time

from streamlit.runtime import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorage

# Longer than a page takes to be drawn and sent; each number holds what its file would be made of.
KEPT_SECONDS = 20.0


class KeptFiles(MediaFileManager):
    """Streamlit's keeper of files, which clears up seldom and drops what was of no use the last time either.

    So whatever a page let go stays for `KEPT_SECONDS` at least, and until the first page after twice that at most.

    Parameters
    ----------
    storage
        Where the bytes are.
    """

    def __init__(self, storage: MediaFileStorage) -> None:
        super().__init__(storage)
        self._idle: frozenset[str] = frozenset()
        self._cleared = -KEPT_SECONDS

    def remove_orphaned_files(self) -> None:
        """Drop what no page has used since the last time; nothing within `KEPT_SECONDS` of that."""
        now = time.monotonic()
        with self._lock:
            if now - self._cleared < KEPT_SECONDS:
                return
            self._cleared = now
        super().remove_orphaned_files()

    def _remove_orphaned_deferred_callables(self) -> None:
        used = {name for names in self._files_by_session_and_coord.values() for name in names.values()}
        idle = self._deferred_callables.keys() - used
        for name in idle & self._idle:
            self._drop_deferred_id(name)
        self._idle = frozenset(idle) - self._idle


def keep_files() -> None:
    """Have the server that is started next keep its files so."""
    runtime.MediaFileManager = KeptFiles  # type: ignore[attr-defined]
