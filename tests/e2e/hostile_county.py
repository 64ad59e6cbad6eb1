"""A county in which every text that a council may give is hostile, made from the contracts and not by hand."""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path

import geopandas as gpd
import pandas as pd

from marketmap.inputs.columns import Contract
from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.sample import build_sample
from marketmap.outputs.drafts.reopen import draft_of
from marketmap.outputs.drafts.store import PlanStore
from tests.e2e.served_county import make_results

# Short enough to stand before an identifier, which may have 64 characters.
PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    "${alert(2)}`{{ 7*7 }}{% raise %}",
    "</script><svg onload=alert(3)>",
    "=cmd|' /C calc'!A0",
    "\u202egnirts desrever\u202c \u05d0\u05d1",
    "![p](http://example.invalid/p.png) $x$",
    "@SUM(1+1)*cmd",
    "\" onmouseover=alert(4) '",
    "[link](javascript:alert(5)) :material/home:",
)
LONG = "long " * 2_000
# Names of places that must be those of a public list, or a measure has nothing to go by.
OFFICIAL = {"area_code"}
PACKAGES, ITERATIONS = 150, 60


def hostile(value: str) -> str:
    """A hostile text that stands for a value, the same in every table; blank stays blank."""
    return f"{PAYLOADS[zlib.crc32(value.encode()) % len(PAYLOADS)]} {value}" if value else ""


def text_columns(contract: Contract) -> list[str]:
    """The columns that take any text."""
    return [
        column.name
        for column in contract.columns
        if column.kind in ("identifier", "text") and column.name not in OFFICIAL
    ]


def make_hostile(folder: Path) -> dict[str, str]:
    """Make a hostile county, every result of it and a saved plan; the variables that serve them."""
    county = build_sample(folder / "county", county="rutland", packages=PACKAGES)
    for path in county.iterdir():
        if path.stem in CONTRACTS:
            poison(path, CONTRACTS[path.stem])
    poison_settings(county / "marketmap.toml")
    environ = make_results(county, folder, iterations=ITERATIONS)
    work = Path(environ["MARKETMAP_WORK"])
    work.mkdir(mode=0o700)
    document = draft_of(Path(environ["MARKETMAP_OUT"])).to_document()
    for payload in PAYLOADS:
        PlanStore(work / "plans.sqlite").create(payload, "first", document, by=payload, what=payload)
    return environ


def poison(path: Path, contract: Contract) -> None:
    """Make every text of a table hostile."""
    names = text_columns(contract)
    if path.suffix == ".csv":
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        poisoned(frame, names).to_csv(path, index=False)
    elif path.suffix == ".parquet":
        poisoned(pd.read_parquet(path), names).to_parquet(path)
    else:
        poisoned(gpd.read_file(path), names).to_file(path, driver="GPKG")


def poisoned(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    there = [name for name in names if name in frame]
    return frame.assign(**{name: frame[name].fillna("").astype(str).map(hostile) for name in there})


def poison_settings(path: Path) -> None:
    """Make the county's and the districts' names and the note hostile."""
    text = path.read_text(encoding="utf-8")
    text, made = re.subn(
        r'^(name|synthetic_note|E0\d+) = ".*"$',
        lambda line: f"{line[1]} = {json.dumps(hostile(line[1]))}",
        text,
        flags=re.MULTILINE,
    )
    assert made >= 3
    path.write_text(text, encoding="utf-8")
