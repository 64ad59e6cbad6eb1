"""What differs between two plans, as their documents say: for a save that is refused, and for comparing plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

COLUMNS = ("block_id", "what", "a", "b")
NOT_THERE = "not there"


def tell_differences(document_a: Mapping[str, Any], document_b: Mapping[str, Any]) -> pd.DataFrame:
    """List what differs between two plan documents, as `marketmap.blocks.draft.Draft.to_document` gives them.

    Parameters
    ----------
    document_a, document_b
        Two plans of one county.

    Returns
    -------
    DataFrame
        A row a difference: ``block_id`` (blank where it is of the whole plan), ``what`` differs, and how it is in
        ``a`` and in ``b``, all text. Empty where the two plans say the same. Postcodes are counted, never named.
    """
    rows = [*_blocks(document_a, document_b), *_pairs(document_a, document_b), *_settings(document_a, document_b)]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=str)


def _blocks(document_a: Mapping[str, Any], document_b: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    zones_a, zones_b = (
        {str(zone["block_id"]): zone for zone in text.get("zones", ())} for text in (document_a, document_b)
    )
    locked_a, locked_b = (set(text.get("locked", ())) for text in (document_a, document_b))
    for block in sorted(zones_a.keys() | zones_b.keys()):
        a, b = zones_a.get(block), zones_b.get(block)
        if a is None or b is None:
            yield (block, "block", _there(a), _there(b))
            continue
        for key, what in (("status", "status"), ("provider_id", "provider"), ("centre", "centre")):
            if a.get(key) != b.get(key):
                yield (block, what, _text(a.get(key)), _text(b.get(key)))
        only_a, only_b = set(a["postcodes"]) - set(b["postcodes"]), set(b["postcodes"]) - set(a["postcodes"])
        if only_a or only_b:
            yield (block, "postcodes", _count(a, only_a), _count(b, only_b))
        if (block in locked_a) != (block in locked_b):
            yield (block, "lock", _yes(block in locked_a, "locked", "free"), _yes(block in locked_b, "locked", "free"))


def _pairs(document_a: Mapping[str, Any], document_b: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    a, b = ({tuple(map(str, pair)) for pair in text.get("forbidden", ())} for text in (document_a, document_b))
    for pair in sorted(a ^ b):
        words = (_yes(pair in side, "forbidden", "allowed") for side in (a, b))
        yield ("", f"provider {pair[0]} at {pair[-1]}", *words)  # type: ignore[misc]


def _settings(document_a: Mapping[str, Any], document_b: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    a, b = (dict(_flatten(text.get("settings", {}))) for text in (document_a, document_b))
    for key in sorted(a.keys() | b.keys()):
        if a.get(key) != b.get(key):
            yield ("", f"setting {key}", _text(a.get(key)), _text(b.get(key)))
    if document_a.get("seed") != document_b.get("seed"):
        yield ("", "seed", _text(document_a.get("seed")), _text(document_b.get("seed")))


def _flatten(settings: Mapping[str, Any], *, path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        here = f"{path}{key}"
        if isinstance(value, Mapping):
            yield from _flatten(value, path=f"{here}.")
        else:
            yield here, value


def _there(zone: Mapping[str, Any] | None) -> str:
    return NOT_THERE if zone is None else f"{_text(zone.get('provider_id'))}, {len(zone['postcodes']):,} postcodes"


def _count(zone: Mapping[str, Any], only: set[str]) -> str:
    return f"{len(zone['postcodes']):,}, of them {len(only):,} only here"


def _yes(answer: bool, yes: str, no: str) -> str:
    return yes if answer else no


def _text(value: Any) -> str:
    return "none" if value in (None, "") else str(value)
