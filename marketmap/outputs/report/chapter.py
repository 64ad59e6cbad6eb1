"""What a report is made of: chapters, each told twice, in full for the council and through the gate for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from marketmap.outputs.report.telling import say
from marketmap.outputs.schema.columns import OutputTable

# Rows of a table that a page shows; the file beside it has them all.
PAGE_ROWS = 15


@dataclass(frozen=True)
class Figure:
    """One number on its own.

    Attributes
    ----------
    label
        What it is, with its unit.
    value
        As read by a person; of the public view `Shown`.
    evidence
        What it rests on: n, denominator, interval, or the words "not enough data".
    """

    label: str
    value: str
    evidence: str = ""


@dataclass(frozen=True)
class Drawing:
    """A chart or a map.

    Attributes
    ----------
    svg
        An ``svg`` element from `marketmap.outputs.report.drawing.draw_svg`, which escapes text from data.
    alt
        What it says, for whoever cannot see it.
    caption
        Under it: unit, basis, how to read it.
    wide
        Whether it takes the page's whole width; else two stand side by side where there is room.
    shown
        Whether every figure, word and caption that it was drawn from was `Shown`: only then may it be public.
    """

    svg: str
    alt: str
    caption: str = ""
    wide: bool = False
    shown: bool = False


@dataclass(frozen=True)
class Listing:
    """A table: the file it is written to, and the part of it that the page shows.

    Attributes
    ----------
    table
        The file and its columns.
    frame
        Its rows; of a table in ``public/`` every cell is `Shown`.
    caption
        Over it on the page.
    headings
        Column → heading on the page; empty: the table is written, and not shown.
    rows
        The page shows so many rows, from the first.
    mapped
        Whether its rows go into the GeoPackage too, a layer a level; it then has ``level`` and ``area_code``.
    """

    table: OutputTable
    frame: pd.DataFrame
    caption: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
    rows: int = PAGE_ROWS
    mapped: bool = False


@dataclass(frozen=True)
class View:
    """A chapter as one audience sees it.

    Attributes
    ----------
    reading
        Sentences in plain English: what the figures say, first what matters most. Of the public view they and the
        notes come from `marketmap.outputs.report.telling.say`, which takes shown figures alone.
    figures, drawings, listings
        In the order of the page.
    notes
        What a reader must know before using the figures, and "needs table X" where one is absent.
    """

    reading: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    listings: tuple[Listing, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """One measure, or a few that belong together.

    Attributes
    ----------
    key
        Anchor on the page: lower-case letters and hyphens.
    title
        In the table of contents.
    internal
        In full.
    public
        Through the gate; None where nothing of it may leave the council.
    keeps_to_district
        Whether its internal view is of the report's district alone, where it has one.
    """

    key: str
    title: str
    internal: View
    public: View | None = None
    keeps_to_district: bool = False

    def view(self, audience: Audience) -> View | None:
        """Give the view for an audience."""
        return self.internal if audience == INTERNAL else self.public


Audience = Literal["internal", "public"]
INTERNAL: Audience = "internal"
PUBLIC: Audience = "public"


def needs_table(key: str, title: str, *tables: str) -> Chapter:
    """Make the chapter that says which tables its measure lacked."""
    view = View(reading=(say(f"Needs table {' and '.join(tables)}: without it there is nothing to measure here."),))
    return Chapter(key, title, internal=view, public=view)
