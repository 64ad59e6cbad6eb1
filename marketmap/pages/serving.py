"""How the app is served: on this machine only, silent to the outside, and sparing with what an error shows.

``.streamlit/config.toml`` says the same, but is a hidden folder that is easily left behind; so the app is started by
``python -m marketmap.pages.serving app.py``, which passes these as flags too and reads the folders before it serves,
so that the first visitor does not wait.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

from streamlit.web import cli

from marketmap.outputs import legend  # noqa: F401  draws in Folium, which is slow to import
from marketmap.pages.sources import load_market, load_plan

SERVER_OPTIONS: dict[str, str | bool | int | list[str]] = {
    "server.address": "127.0.0.1",
    "server.allowedHosts": ["127.0.0.1", "localhost"],
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.enableXsrfProtection": True,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.maxUploadSize": 20,
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.toolbarMode": "viewer",
    "client.disableDataExport": True,
}


def server_flags() -> list[str]:
    """Spell `SERVER_OPTIONS` as flags of ``streamlit run``."""
    return [
        f"--{name}={str(item).lower() if isinstance(item, bool) else item}"
        for name, value in SERVER_OPTIONS.items()
        for item in (value if isinstance(value, list) else [value])
    ]


def read_ahead() -> None:
    """Load what the pages need; faults are left for the pages to tell.

    The pages themselves are not imported: Streamlit must find their map component after it has started.
    """
    for load in (load_market, load_plan):
        with contextlib.suppress(Exception):  # whatever it is, the page will tell it
            load()


def serve(arguments: Sequence[str]) -> None:
    """Start the server; does not return.

    Parameters
    ----------
    arguments
        Of ``streamlit run``: the app's file and perhaps flags, which win over `SERVER_OPTIONS`.
    """
    read_ahead()
    cli.main(["run", *server_flags(), *arguments], prog_name="streamlit")


if __name__ == "__main__":
    serve(sys.argv[1:])
