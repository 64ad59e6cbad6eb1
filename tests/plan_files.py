"""The tiny county of `plan_folder`: its names, its postcode directory, and its files as bytes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Tables = dict[str, list[Row]]

PROPOSALS, POSTCODES, POINTS = (f"internal/block_{name}.csv" for name in ("proposals", "postcodes", "points"))
ELIGIBLE, NEIGHBOURS, UNPLACED = (f"internal/{name}.csv" for name in ("eligible_providers", "neighbours", "unplaced"))

DISTRICT = "E06900001"
ROAD = [f"GL1 {sector}A{letter}" for sector in "12" for letter in "ABDEFG"]
ENDED, ABROAD = "GL1 1AH", "GL2 9AA"  # a terminated postcode, and one over the county's border
STEP_METRES, STEP_MINUTES = 300, 1.0
OUTSIDE_MINUTES = 4.0
BASE_MINUTES = {"V1": 3.0, "V2": 2.0, "V3": 1.0, "V4": 5.0, "V5": 2.5, "V6": 4.0}
SNAPSHOT = "2025-03-31"

PACKAGE_COLUMNS = [
    "package_id",
    "postcode",
    "service_type",
    "status",
    "hours_week",
    "visits_week",
    "carers_required",
    "provider_id",
    "person_id",
    "funding",
    "price_hour",
    "needs",
    "do_not_move",
    "effective_from",
    "effective_to",
]


def package(number: int, place: int | str, hours: float, visits: float, provider: str, **more: Any) -> Row:
    """One line of the packages table; what is not said is an ordinary home-care package."""
    row = dict.fromkeys(PACKAGE_COLUMNS, "")
    row |= {
        "package_id": f"P{number:02d}",
        "postcode": ROAD[place] if isinstance(place, int) else place,
        "service_type": "home_care",
        "status": "active" if provider else "waiting",
        "hours_week": hours,
        "visits_week": visits,
        "carers_required": 1,
        "provider_id": provider,
        "person_id": f"R{number:02d}",
        "price_hour": 24 if provider else "",
    }
    return row | more


def write_directory(path: Path) -> None:
    """Write the directory of the tiny county's postcodes as an ONSPD of 2025 is laid out."""
    rows = [
        {
            "pcds": name,
            "doterm": "",
            "east1m": 383000 + STEP_METRES * place,
            "north1m": 218000,
            "gridind": 1,
            "lad25cd": DISTRICT,
        }
        for place, name in enumerate(ROAD)
    ]
    rows.append(rows[0] | {"pcds": ENDED, "doterm": "202001"})
    rows.append(rows[0] | {"pcds": ABROAD, "lad25cd": "E06900002"})
    path.write_bytes(encode(rows))


def encode(rows: Iterable[Row], *, guard: bool = False, names: Iterable[str] = ()) -> bytes:
    """Turn rows into CSV bytes; guarded cells of text cannot run in a spreadsheet. ``names`` are for no rows."""
    rows = list(rows)
    header = list(dict.fromkeys(key for row in rows for key in row)) or list(names)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(row.get(name, ""), guard=guard) for name in header])
    return text.getvalue().encode()


def _cell(value: Any, *, guard: bool) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"  # costs are written to four decimals
    text = str(value)
    return f"'{text}" if guard and text[:1] in {"=", "+", "-", "@"} else text


def encode_toml(settings: Row, table: str = "") -> str:
    """Write settings as a council's file holds them; what is None is not said."""
    here = {name: value for name, value in settings.items() if not isinstance(value, dict) and value is not None}
    # JSON's numbers, texts, lists and truths are TOML's too; a date is not quoted.
    dates = {"snapshot_date"}
    lines = [f"{json.dumps(name)} = {value if name in dates else json.dumps(value)}" for name, value in here.items()]
    parts = [f"[{table}]" if table else "", *lines]
    for name, value in settings.items():
        if isinstance(value, dict):
            parts.append(encode_toml(value, f"{table}.{json.dumps(name)}" if table else json.dumps(name)))
    return "\n".join(parts) + "\n"


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def edit_record(out: Path, change: Callable[[Row], None]) -> None:
    """Change run.json."""
    path = out / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record)
    path.write_text(json.dumps(record), encoding="utf-8")


def sign_again(out: Path, file: str) -> None:
    """Put a changed output file's hash into run.json, as one who covers his tracks would."""
    edit_record(out, lambda record: record["outputs"].update({file: digest(out / file)}))
