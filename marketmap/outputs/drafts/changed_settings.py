"""Settings that were changed for one run: told with its results, so that nobody takes them for the council's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marketmap.inputs.county import County
from marketmap.inputs.folder import read_folder_settings
from marketmap.settings import settings_to_mapping

# Named where a run is started, and told as the run's roads.
TYPED = frozenset({"roads.file"})


def list_changed(county: County) -> list[str]:
    """List the settings, as ``table.key``, that are not those of the county folder's file or its defaults."""
    own, _ = read_folder_settings(county.folder)
    differ = _differ(settings_to_mapping(own), settings_to_mapping(county.settings), "")
    return sorted(name for name in differ if name not in TYPED)


def note_changed(names: Sequence[str]) -> list[str]:
    """Say which settings were changed for the run, in a sentence; none where none was."""
    return [f"Settings of this run alone, not the council's file's: {', '.join(names)}."] if names else []


def _differ(one: Mapping[str, Any], other: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key in {*one, *other}:
        here, there = one.get(key), other.get(key)
        if isinstance(here, Mapping) and isinstance(there, Mapping):
            yield from _differ(here, there, f"{prefix}{key}.")
        elif here != there:
            yield prefix + key
