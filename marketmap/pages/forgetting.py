"""Forgetting what was read: after a county is removed, nothing of it stays in the memory of the server or the desk."""

from __future__ import annotations

import sys
import threading

from marketmap.pages import desk


def forget_all() -> None:
    """Empty every cache of this program and end the desk's processes once they are free; all is read anew as needed.

    Other people's pages wait a moment for their county once: removals are rare, and what was removed must be gone.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith("marketmap."):
            for value in list(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if callable(clear):
                    clear()
    threading.Thread(target=desk.close, daemon=True).start()
