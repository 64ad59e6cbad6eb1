"""What the tests of pages over a measured county share: the folders set, and a page as its user finds it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from marketmap.pages import access
from tests.measured import Measured


def point_at(measured: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, path in {
        "COUNTY": measured.county_folder,
        "OUT": measured.plan,
        "RURAL": measured.rural,
        "MONITOR": measured.monitor,
    }.items():
        monkeypatch.setenv(f"MARKETMAP_{name}", str(path))


def become(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the pages meet a user of that role."""
    user = access.User("u1", "Una", role)
    for module in ("access", "downloads", "block_monitor"):
        monkeypatch.setattr(f"marketmap.pages.{module}.current_user", lambda: user)


def run(page: Callable[[], None]) -> AppTest:
    return AppTest.from_function(page, default_timeout=120).run()


def html_of(test: AppTest) -> str:
    return "\n".join(element.proto.body for element in test.get("html"))


def words(test: AppTest) -> str:
    return " ".join(block.value for kind in ("info", "code", "markdown") for block in test.get(kind))


def buttons(test: AppTest) -> list[str]:
    return [button.proto.label for button in test.get("download_button")]
