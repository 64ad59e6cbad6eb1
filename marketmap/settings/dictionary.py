"""``docs/settings.md``: every setting, its default and its meaning, generated from the dataclasses' docstrings."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from marketmap.settings.schema import Settings

LONGEST_IN_A_CELL = 70
OPENING = """# Settings

All settings of a run stand in `marketmap.toml` in the county folder. Every one is optional: what the file does not name
has the default below. A name that there is none of is a fault, and so is a value that cannot be; `marketmap check`
tells all of them at once. Each run writes every setting it used to `run.json`.

A default that was published, measured or fitted says where. One that says nothing of the kind is a choice, assumed:
weigh it before you rely on what follows from it.

Paths start from the county folder. A pair is `[outside, inside]` built-up areas.

This page is generated from the docstrings in `marketmap/settings/`; edit those, then run `make docs`.
"""
# What a section's file may look like: a test reads each of them as settings.
EXAMPLES: tuple[tuple[str, str, str], ...] = (
    ("postcodes", "For example:", """[postcodes]
file = "ONSPD_AUG_2026_UK.csv"
"""),
    ("roads", "For example:", """[roads]
file = "roads.graphml"           # in the county folder
# file = "../maps/county.osm.pbf"  # or elsewhere
"""),
    ("travel", "For example:", """[travel]
scenario = "market"              # one of those below, or a default one: offpeak, peak, night, winter

[travel.scenarios.market]        # an own scenario: factors on off-peak driving time
other = [1.05, 1.20]             # every class that is not named
primary = 1.3
junction = 1.5

# A plain speed table, in place of the whole of the default one: tracks are driven here, motorways are not.
[travel.speeds_kmh]
trunk = 75
primary = [65, 38]
secondary = 50
tertiary = 45
unclassified = 40
residential = 28
service = 15
track = 10
"""),
    ("travel", "Or on foot:", """[travel]
mode = "walk"
walk_kmh = 4.8
"""),
)  # fmt: skip


def describe_settings() -> str:
    """Write the page in Markdown, ending with a newline."""
    whole = Settings()
    sections = [_describe_section(item.name, getattr(whole, item.name)) for item in dataclasses.fields(whole)]
    return "\n".join([OPENING, *sections])


def read_meanings(kind: type[Any]) -> dict[str, str]:
    """Read what the numpydoc docstring of a dataclass says of each attribute, each on one line, in Markdown."""
    _, _, listed = (inspect.getdoc(kind) or "").partition("Attributes\n----------\n")
    meanings: dict[str, list[str]] = {}
    names: list[str] = []
    for line in listed.splitlines():
        if line and not line.startswith(" "):
            names = line.split(", ")
            meanings |= {name: [] for name in names}
        else:
            for name in names:
                meanings[name].append(line.strip())
    return {name: _as_markdown(" ".join(filter(None, lines))) for name, lines in meanings.items()}


def _as_markdown(text: str) -> str:
    return re.sub(r"``(.+?)``", r"`\1`", text).replace("|", "\\|")


def _describe_section(name: str, section: Any) -> str:
    meanings = read_meanings(type(section))
    lead = (inspect.getdoc(type(section)) or "").partition("\n\n")[0]
    lines = [f"## [{name}]", "", _as_markdown(" ".join(lead.split())), ""]
    lines += ["| setting | default | meaning |", "|---|---|---|"]
    below: list[str] = []
    for item in dataclasses.fields(section):
        value = getattr(section, item.name)
        shown = "none" if value is None else f"`{_as_toml(value)}`"
        if len(shown) > LONGEST_IN_A_CELL and isinstance(value, Mapping):
            shown = "below"
            below += ["", f"Default of `{item.name}`:", "", "```toml", _as_tables(f"{name}.{item.name}", value), "```"]
        lines.append(f"| `{item.name}` | {shown} | {meanings[item.name]} |")
    for of, title, example in EXAMPLES:
        if of == name:
            below += ["", title, "", "```toml", example.rstrip(), "```"]
    return "\n".join([*lines, *below]) + "\n"


def _as_tables(name: str, value: Any) -> str:
    """Write a table as one or more TOML tables with headings, to be copied."""
    if value and all(isinstance(item, Mapping) for item in value.values()):
        return "\n\n".join(_as_tables(f"{name}.{key}", item) for key, item in value.items())
    return "\n".join([f"[{name}]", *(f"{key} = {_as_toml(item)}" for key, item in value.items())])


def _as_toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_as_toml(item)}" for key, item in value.items()) + " }" if value else "{}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_as_toml, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(describe_settings(), encoding="utf-8")
