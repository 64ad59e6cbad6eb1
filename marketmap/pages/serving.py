"""How the app is served: on this machine only, silent to the outside, and sparing with what an error shows.

``.streamlit/config.toml`` says the same, but is a hidden folder that is easily left behind; so the app is started by
``python -m marketmap.pages.serving app.py``, which sets these options too and reads the folders before it serves,
so that the first visitor does not wait.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streamlit import net_util

from marketmap.errors import MarketmapError
from marketmap.outputs.maps import legend  # noqa: F401  draws in Folium, which is slow to import
from marketmap.pages import desk, jobs
from marketmap.pages.access import read_roles
from marketmap.pages.front import make_app, read_flags
from marketmap.pages.kept_files import keep_files
from marketmap.pages.sources import load_market, load_plan, workspace

EXIT_FAULTS = 2
LOOPBACK = "127.0.0.1"
# In the order in which they are made: the quick ones first. The plan itself is for Make or a commissioner to ask for.
MEASURED = ("clusters", "monitor", "waiting", "swaps", "rural", "report")
SERVER_OPTIONS: dict[str, Any] = {
    "server.address": LOOPBACK,
    "server.allowedHosts": [LOOPBACK, "localhost"],
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
    # A full collection after each click walks the whole county in memory, holding everybody up: two thirds of a click.
    # Python's own collector still runs.
    "runner.postScriptGC": False,
}


# Options of which Streamlit takes several.
LISTS = ("secrets.files", "server.allowedHosts", "server.corsAllowedOrigins")


def set_options(flags: Sequence[str]) -> dict[str, Any]:
    """Lay flags of ``streamlit run`` over `SERVER_OPTIONS`; hosts that are allowed are added to those."""
    options: dict[str, Any] = {**SERVER_OPTIONS}
    for name, value in read_flags(flags).items():
        if name in LISTS:
            options[name] = [*SERVER_OPTIONS.get(name, []), *(value if isinstance(value, list) else [value])]
        else:
            options[name] = value
    return options


def read_ahead() -> None:
    """Load what the pages need; faults are left for the pages to tell.

    The pages themselves are not imported: Streamlit must find their map component after it has started.
    """
    for load in (load_market, load_plan):
        with contextlib.suppress(Exception):  # whatever it is, the page will tell it
            load()
    gc.freeze()  # what was read stays, so no collection need look through it again


def begin_measures() -> None:
    """Have what the pages rest on made where it is missing or stale; the pages tell of faults."""
    with contextlib.suppress(Exception):
        workspace().sweep()
        jobs.make_sure(workspace().first, MEASURED, user="", again=True)
        desk.warm()


def serve(arguments: Sequence[str]) -> None:
    """Start the server; does not return.

    Parameters
    ----------
    arguments
        The app's file and perhaps flags of ``streamlit run``, as `set_options` takes them.
    """
    script, *flags = arguments
    try:
        options = set_options(flags)
        read_roles()
    except (MarketmapError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_FAULTS)
    # Else Streamlit asks a host on the internet for this machine's address when another site's page knocks.
    net_util._external_ip = LOOPBACK  # noqa: SLF001
    keep_files()
    read_ahead()
    begin_measures()
    make_app(Path(script)).run(config=options)


if __name__ == "__main__":
    serve(sys.argv[1:])
