"""How the app is served: on this machine only, silent to the outside, and sparing with what an error shows.

``.streamlit/config.toml`` says the same, but is a hidden folder that is easily left behind; so whoever starts the
app passes these as well.
"""

from __future__ import annotations

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
