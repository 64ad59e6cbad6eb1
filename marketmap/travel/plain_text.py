"""Text from outside that may be shown: in a terminal, in XML, in a record."""

from __future__ import annotations

LONGEST_TEXT = 200  # of somebody else's words in a message or a record


def plain(text: str, *, longest: int = LONGEST_TEXT) -> str:
    """Text that can be shown in a terminal and written to XML: no control characters, and not without end."""
    return "".join(sign for sign in text if sign.isprintable())[:longest]
