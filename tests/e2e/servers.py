"""Servers of one test module: the app with flags and folders of its own, and small web applications beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve_app(port: int, log: Path, *flags: str, environ: Mapping[str, str], below: str = "") -> Iterator[str]:
    """The app in a process of its own; its address, without the path ``below`` which it is served under."""
    command = [sys.executable, "-m", "marketmap.pages.serving", "app.py", f"--server.port={port}", *flags]
    url = f"http://127.0.0.1:{port}"
    with log.open("w") as file:
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | dict(environ), stdout=file, stderr=file)
        try:
            wait_for(f"{url}{below}/_stcore/health")
            yield url
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE)
    written = log.read_text()
    # Streamlit's own, where a button was pressed while it was drawn anew, is none of ours.
    faults = [part for part in written.split("Traceback")[1:] if str(ROOT / "marketmap") in part]
    assert faults == [], faults[0][:4000]


@contextmanager
def serve_web(web: Any, port: int) -> Iterator[str]:
    """A small ASGI application in a thread of this process; its address."""
    server = uvicorn.Server(uvicorn.Config(web, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + PATIENCE
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def wait_for(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own address
                if answer.status == 200:
                    return
        except OSError:
            pass
        assert time.monotonic() < until, f"no answer from {url} in time"
        time.sleep(0.2)
