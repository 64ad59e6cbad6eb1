"""Streamlit's widgets as a hand and a keyboard use them."""

from __future__ import annotations

import re

from playwright.sync_api import Download, FloatRect, Locator, Page, expect
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

TRIES = 6
MAP = "iframe[title='streamlit_folium.st_folium']"
IDLE = "[data-testid='stApp'][data-test-script-state='notRunning']"


def choose(page: Page, label: str, option: str | re.Pattern[str], *, typed: str = "") -> None:
    """Choose an option of a select box; again where the page was drawn anew meanwhile and closed the list.

    Parameters
    ----------
    typed
        Typed first to find the option in a long list.
    """
    box = page.get_by_role("combobox", name=label, exact=True)
    for attempt in range(TRIES):
        try:
            box.click(timeout=10_000)
            if typed:
                box.fill(typed)
            page.get_by_role("option", name=option).first.click(timeout=3_000)
        except PlaywrightError:
            if attempt == TRIES - 1:
                raise
            page.keyboard.press("Escape")
        else:
            return


def settle(page: Page, *, pause: float = 150, timeout: float = 30_000) -> None:
    """Wait until the page is drawn to its end: a file's button that is about to be drawn anew gives no file.

    Parameters
    ----------
    pause
        Milliseconds for what was done to reach the server; a map tells of a click only after a moment.
    timeout
        Longest wait for the drawing, milliseconds.
    """
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=timeout)
    page.wait_for_timeout(pause)
    expect(page.locator(IDLE)).to_be_attached(timeout=timeout)


def area_of(place: Locator, *, timeout: float = 30_000) -> FloatRect:
    """Where an element stands on the page, CSS pixels; again while it is drawn anew, when it has no height."""
    for attempt in range(TRIES):
        expect(place).to_be_visible(timeout=timeout)
        area = place.bounding_box()
        if area is not None:
            return area
        place.page.wait_for_timeout(250 * (attempt + 1))
    raise AssertionError(f"{place} is drawn again and again")


def take_file(button: Locator, *, timeout: float = 30_000) -> Download:
    """Take a file away; again where the page was drawn anew while the button was pressed, which gives no file."""
    for _ in range(TRIES - 1):
        settle(button.page, timeout=timeout)
        try:
            with button.page.expect_download(timeout=timeout / 2) as coming:
                button.click()
        except PlaywrightTimeout:
            continue
        return coming.value
    settle(button.page, timeout=timeout)
    with button.page.expect_download(timeout=timeout) as coming:
        button.click()
    return coming.value
