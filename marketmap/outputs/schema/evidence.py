"""The rule that no share, rate or ratio stands alone: its count, its denominator and its 95 % interval are beside it.

"53 % of long waiters are rural" means nothing without "of 145" and "45 to 61 %". A figure that is a part of a whole
which is planned or measured in full (hours inside blocks, kilometres with a speed limit) has no interval; it is of kind
"part" and names its whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from marketmap.outputs.schema.columns import Column, OutputTable

ESTIMATES = ("share", "rate", "ratio")
# A column called so is one, whatever its kind says.
RATE_NAME = re.compile(r"(^|_)(share|rate|ratio|percent|per_cent|pct|proportion)($|_)")
RATE_UNIT = re.compile(r"per cent|%|share from 0 to 1|a 1,000|per 1,000")
# Called a rate in English, but prices and ends of intervals.
NO_RATE = re.compile(r"(^|_)(rate_card|standard_rate|rate_pounds|low|high|rest)($|_)")

# "95 % interval" and "95 % bands" are no figures of their own.
PERCENT = re.compile(r"\d\s?(?:%|per cent)(?! (?:interval|band))")
# A mark of a drawing's scale or legend.
SCALE = re.compile(r"(?:up to )?\d+\s?%(?: (?:to|–) \d+\s?%)?|(?:over|more than) \d+\s?%")
# What may stand behind a per cent in the same block of a page: among how many, or between what.
BEHIND = re.compile(r"\bof (?:about )?[\d,]+|\bn\s?=\s?[\d,]+|\d\s?%? (?:to|–) [+-]?[\d.]+\s?%|95\s?% interval")
BLOCKS = frozenset({"p", "li", "tr", "dd", "figcaption", "caption", "h1", "h2", "h3", "summary", "text"})


def find_bare_rates(table: OutputTable) -> Iterator[str]:
    """Find the columns of a table that are shares, rates or ratios without what they are to be read with.

    Yields
    ------
    str
        File, column and what is wrong.
    """
    for column in table.columns:
        fault = _find_fault(column, table)
        if fault:
            yield f"{table.path}, {column.name}: {fault}"


def _find_fault(column: Column, table: OutputTable) -> str:
    if column.kind == "part":
        return "" if column.whole else "a part that does not name its whole"
    ends = {name for other in table.columns if other.evidence for name in (other.evidence.low, other.evidence.high)}
    if column.name in ends:
        return ""
    looks = RATE_NAME.search(column.name) or RATE_UNIT.search(column.shown_unit)
    if column.kind not in ESTIMATES and looks and not NO_RATE.search(column.name) and not column.evidence:
        return f"reads like a share or a rate and is of kind {column.kind}"
    if column.kind not in ESTIMATES:
        return ""
    if column.evidence is None:
        return f"a {column.kind} without count, denominator and interval"
    missing = [name for name in column.evidence.names if name not in table.names]
    return f"no column {', '.join(missing)} beside it" if missing else ""


def find_bare_percents(page: str) -> list[str]:
    """Find the paragraphs, rows and captions of a page in which a per cent stands without what is behind it.

    Behind it is, in the same block: "of 145", "n = 145", "45 to 61 %", or a word on its interval. What a reader must
    look for elsewhere counts as missing.

    Returns
    -------
    list of str
        The blocks' texts.
    """
    reader = _Blocks()
    reader.feed(page)
    reader.close()
    return [text for text in reader.texts if PERCENT.search(text) and not BEHIND.search(text)]


class _Blocks(HTMLParser):
    """Splits a page into the texts of its blocks; styles are no text."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._now: list[str] = []
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._silent = tag in {"style", "script"}
        if tag in BLOCKS:
            self._end()

    def handle_endtag(self, tag: str) -> None:
        self._silent = False
        if tag in BLOCKS:
            self._end(drawn=tag == "text")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._now.append(data)

    def close(self) -> None:
        super().close()
        self._end()

    def _end(self, *, drawn: bool = False) -> None:
        text = re.sub(r"\s+", " ", " ".join(self._now)).strip()
        if text and not (drawn and SCALE.fullmatch(text)):
            self.texts.append(text)
        self._now = []
