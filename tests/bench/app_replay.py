"""People at the app without a browser each: what one browser said to the server, said again by many.

Ten browsers on the machine of the server would measure the browsers. So one real browser is listened to while it
changes filters and clicks areas, and the others repeat what it sent over Streamlit's own websocket: the server does for
them all that it does for a browser, and what is timed is from a change to the end of the server's answer.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Page, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

PAUSE = 2.0
# Longer than this for one answer is an error.
PATIENCE = 60.0
_DONE = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}


@dataclass
class Recording:
    """What a browser sent to the server.

    Attributes
    ----------
    opening
        Messages from the first on, until the page was drawn.
    changes
        For each change the messages that it led to.
    """

    opening: list[bytes] = field(default_factory=list)
    changes: list[list[bytes]] = field(default_factory=list)
    _into: list[bytes] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Write down what a page sends from now on; before it is opened."""
        self._into = self.opening
        page.on("websocket", self._hear)

    def begin_change(self) -> None:
        """What is sent from now on belongs to another change."""
        self._into = []
        self.changes.append(self._into)

    def drop_silent(self) -> None:
        """Leave out changes of which the server was told nothing."""
        self.changes = [messages for messages in self.changes if messages]

    def _hear(self, socket: WebSocket) -> None:
        socket.on("framesent", self._keep)

    def _keep(self, payload: bytes | str) -> None:
        if isinstance(payload, bytes) and BackMsg.FromString(payload).HasField("rerun_script"):
            self._into.append(payload)


@dataclass
class Answers:
    """How the server answered.

    Attributes
    ----------
    seconds
        Of each change, from what was sent to the end of its answer.
    drawn
        Pieces of a page in all answers: none would be no answer.
    errors
        Answers that did not come, came broken or showed an error.
    """

    seconds: list[float] = field(default_factory=list)
    drawn: int = 0
    errors: int = 0


async def be_one(url: str, recording: Recording, answers: Answers, *, start: int, until: float) -> None:
    """Open the page as it was opened and make one recorded change after another, with a pause to look.

    Parameters
    ----------
    start
        The change to begin with, so that not all do the same.
    until
        Ends at this reading of `time.perf_counter`.
    """
    place = urlsplit(url)
    try:
        async with connect(
            f"ws://{place.netloc}/_stcore/stream", origin=f"http://{place.netloc}",  # type: ignore[arg-type]
            subprotocols=["streamlit"], max_size=None,  # type: ignore[list-item]
        ) as socket:  # fmt: skip
            for message in recording.opening:
                await _ask(socket, message, answers)
            number = start
            while time.perf_counter() < until:
                began = time.perf_counter()
                for message in recording.changes[number % len(recording.changes)]:
                    await _ask(socket, message, answers)
                answers.seconds.append(time.perf_counter() - began)
                number += 1
                await asyncio.sleep(PAUSE)
    except (OSError, TimeoutError, WebSocketException):
        answers.errors += 1


async def _ask(socket: ClientConnection, message: bytes, answers: Answers) -> None:
    """Send one message and hear the answer to its end."""
    await socket.send(message)
    async with asyncio.timeout(PATIENCE):
        while True:
            heard = ForwardMsg.FromString(await socket.recv(decode=False))
            kind = heard.WhichOneof("type")
            if kind in {"delta", "ref_hash"}:
                answers.drawn += 1
                answers.errors += kind == "delta" and heard.delta.new_element.HasField("exception")
            elif kind == "script_finished" and heard.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                answers.errors += heard.script_finished not in _DONE
                return
