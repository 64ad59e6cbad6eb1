"""The one gate to ``public/``: what rests on few people is not shown, and nothing passes that did not go through here.

Every figure becomes a `Shown` text by one of the ``show_`` functions, which take the figure *and the people it rests
on*; the encoders take nothing else. Counts and hours are rounded, each by itself, and shares are computed from the
rounded counts, so that taking one shown figure from another gives no more than the rounding allows.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence

import pandas as pd

from marketmap.errors import OutputError
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.schema.columns import OutputTable
from marketmap.settings import DisclosureSettings

SUPPRESSED = "*"
# A full postcode, with or without its space; a sector such as "GL7 1" is an area and may be named.
POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][ABD-HJLNP-UW-Z]{2}\b", re.IGNORECASE)


class Shown(str):
    """Text that the gate has let through; only the functions of this module make it."""

    __slots__ = ()


def is_few(people: float, *, rules: DisclosureSettings) -> bool:
    """Whether a figure rests on somebody, and on fewer people than may be shown. Nobody is not few."""
    return 0 < people < rules.least_people


def round_count(value: float, *, rules: DisclosureSettings) -> int:
    """Round to the nearest multiple of ``round_to``, halves up."""
    return math.floor(value / rules.round_to + 0.5) * rules.round_to


def show_count(count: float, *, people: float, rules: DisclosureSettings) -> Shown:
    """Show a count or a sum of hours.

    Parameters
    ----------
    count
        The figure.
    people
        How many people it rests on; of a count of people that count itself. A figure that rests on nobody is
        shown: zeros may be.
    """
    return Shown(SUPPRESSED if is_few(people, rules=rules) else f"{round_count(count, rules=rules):,}")


def show_mean(value: float, *, people: float, decimals: int = 0, rules: DisclosureSettings) -> Shown:
    """Show a mean or another figure that no sum can be had back from; ``*`` where there is none."""
    if people < rules.least_people or not math.isfinite(value):
        return Shown(SUPPRESSED)
    return Shown(f"{value:,.{decimals}f}")


def show_share(part: float, whole: float, *, rules: DisclosureSettings) -> Shown:
    """Show how many of some people are of a kind, as whole per cent.

    Parameters
    ----------
    part, whole
        Counts of people. Hidden when the whole, the part or the rest is few; computed from the rounded counts.
    """
    counts = (part, whole - part, whole)
    rounded = round_count(whole, rules=rules)
    if any(is_few(count, rules=rules) for count in counts) or rounded == 0:
        return Shown(SUPPRESSED)
    return Shown(f"{min(1.0, round_count(part, rules=rules) / rounded):.0%}")


def hide_cells(people: Sequence[float], *, rules: DisclosureSettings) -> list[bool]:
    """Say which cells of a breakdown to hide, so that none that is few follows from the total and the others.

    Where a cell is few, the smallest one that is not goes with it (secondary suppression): what is left of the
    total then rests on enough people.

    Parameters
    ----------
    people
        How many people each cell rests on; the same person may be in several.
    """
    hidden = [is_few(count, rules=rules) for count in people]
    shown = [number for number, count in enumerate(people) if count > 0 and not hidden[number]]
    if any(hidden) and shown:
        hidden[min(shown, key=lambda number: (people[number], number))] = True
    return hidden


def show_counts(counts: Sequence[float], *, people: Sequence[float], rules: DisclosureSettings) -> list[Shown]:
    """Show the cells of a breakdown whose total may be known, as counts."""
    return [
        Shown(SUPPRESSED) if hide else Shown(f"{round_count(count, rules=rules):,}")
        for count, hide in zip(counts, hide_cells(people, rules=rules), strict=True)
    ]


def show_shares(counts: Sequence[float], *, people: Sequence[float], rules: DisclosureSettings) -> list[Shown]:
    """Show the cells of a breakdown as whole per cent of their total, from the rounded counts.

    The total itself is that of all cells, so a share tells no more than the count would.
    """
    whole = sum(round_count(count, rules=rules) for count in counts)
    return [
        Shown(SUPPRESSED if hide or whole == 0 else f"{round_count(count, rules=rules) / whole:.0%}")
        for count, hide in zip(counts, hide_cells(people, rules=rules), strict=True)
    ]


def show_price(
    pounds_hour: float, *, hours_by_company: Mapping[str, float], people: float, rules: DisclosureSettings
) -> Shown:
    """Show a mean price, to ten pence, where no company could be told from it.

    Parameters
    ----------
    pounds_hour
        The mean.
    hours_by_company
        The hours behind it, by company.
    people
        The people whose care it is.
    """
    hours = [value for value in hours_by_company.values() if value > 0]
    total = sum(hours)
    known = math.isfinite(pounds_hour) and people >= rules.least_people and len(hours) >= rules.least_companies
    if not known or max(hours) > rules.dominance * total:
        return Shown(SUPPRESSED)
    return Shown(f"{pounds_hour:,.1f}0")


def show_common(people_by_name: Mapping[str, float], *, rules: DisclosureSettings) -> Shown:
    """List, in order and joined by semicolons, the names that enough people share.

    One that nobody shares and one that few share are left out alike, so that its absence tells nothing.
    """
    names = sorted(name for name, people in people_by_name.items() if people >= rules.least_people)
    return show_name(";".join(names))


def show_name(text: str) -> Shown:
    """Let through a name that is no figure: of a block, an area, a kind of need.

    Raises
    ------
    OutputError
        When it holds a full postcode: where a person lives is never public.
    """
    _refuse_postcodes(text, "a name")
    return Shown(text)


def encode_public_table(frame: pd.DataFrame, table: OutputTable) -> bytes:
    """Turn a frame of `Shown` cells into the bytes of a CSV in ``public/``.

    Raises
    ------
    ValueError
        When a cell did not go through the gate, or the table does not belong in ``public/``: defects of the program.
    OutputError
        When a full postcode stands in it.
    """
    if not table.path.startswith("public/"):
        raise ValueError(f"{table.path} is not a public table")
    for name in table.names:
        if not all(isinstance(value, Shown) for value in frame[name].tolist()):
            raise ValueError(f"{table.path}, column {name}: a value did not go through the gate")
    # The kinds say what the figures are; here they are finished texts.
    finished = tuple(dataclasses.replace(column, kind="text") for column in table.columns)
    content = encode_table(frame, dataclasses.replace(table, columns=finished))
    _refuse_postcodes(content.decode("utf-8"), table.path)
    return content


def encode_public_page(page: str, *, path: str) -> bytes:
    """Turn a finished page into the bytes of a file in ``public/``.

    Raises
    ------
    OutputError
        When a full postcode stands in it.
    """
    if not path.startswith("public/"):
        raise ValueError(f"{path} is not a public page")
    _refuse_postcodes(page, path)
    return page.encode("utf-8", errors="replace")


def _refuse_postcodes(text: str, where: str) -> None:
    found = POSTCODE.search(text)
    if found:
        raise OutputError(
            f"{where} would show a full postcode, which is never public (character {found.start() + 1}). "
            "Nothing was written. Name areas by sector or district; if a code of your own looks like a postcode, "
            "rename it."
        )
