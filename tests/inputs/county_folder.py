"""A small county folder in plain rows, and a postcode directory of six postcodes, for the tests of this room."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from marketmap.errors import InputError
from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.county import read_county
from marketmap.inputs.postcodes import PostcodeDirectory
from marketmap.inputs.readers import RawTable
from marketmap.inputs.validation import Checked, check_table

Rows = list[dict[str, str]]

POSTCODES = {
    "GL1 1AA": (383_000.0, 218_500.0, "E07000081"),
    "GL1 1AB": (383_100.0, 218_500.0, "E07000081"),
    "GL1 2TG": (382_900.0, 218_600.0, "E07000081"),
    "GL50 1HX": (394_800.0, 222_300.0, "E07000078"),
    "GL50 3AA": (394_500.0, 222_900.0, "E07000078"),
    "SW1A 1AA": (529_090.0, 179_645.0, "E09000033"),
}


def small_directory(live: Sequence[bool | None] = (None,) * len(POSTCODES)) -> PostcodeDirectory:
    """Make a directory of `POSTCODES`."""
    east, north, district = zip(*POSTCODES.values(), strict=True)
    frame = pd.DataFrame(
        {"easting": east, "northing": north, "district_code": district, "live": pd.array(list(live), dtype="boolean")},
        index=pd.Index(list(POSTCODES), name="postcode"),
    )
    return PostcodeDirectory(frame.sort_index(), "six postcodes made up for a test")


def package(number: int, **changes: str) -> dict[str, str]:
    """Make a good row of packages."""
    row = {
        "package_id": f"P{number:03}",
        "postcode": list(POSTCODES)[number % 5],
        "service_type": "home_care",
        "status": "active",
        "hours_week": "10.5",
        "visits_week": "21",
        "carers_required": "1",
        "provider_id": "V1",
        "funding": "council",
        "start_date": "2025-03-03",
    }
    return row | changes


def good_tables(packages: int = 4) -> dict[str, Rows]:
    """Make the rows of a county without a fault."""
    return {
        "packages": [package(number) for number in range(packages)],
        "providers": [
            {"provider_id": "V1", "provider_name": "First Care", "postcode": "GL50 1HX", "hours_spare_week": "40"},
            {"provider_id": "V2", "provider_name": "Second Care", "postcode": "SW1A 1AA", "hours_spare_week": "0"},
        ],
        "participation": [{"provider_id": "V1", "area_code": "E07000081"}],
        "calls": [{"package_id": "P000", "days": "Mo;We", "time_band": "morning", "minutes": "30"}],
        "visits": [
            {
                "visit_id": "W1",
                "carer_id": "K1",
                "provider_id": "V1",
                "package_id": "P000",
                "planned_start": "2025-03-03T08:00",
                "planned_end": "2025-03-03T08:30",
                "status": "delivered",
            }
        ],
        "blocks": [
            {
                "block_id": "B1",
                "provider_id": "V1",
                "guaranteed_hours_week": "80",
                "start_date": "2025-01-01",
                "status": "active",
            }
        ],
        "block_areas": [{"block_id": "B1", "sector": "GL50 1"}],
    }


def market_tables() -> dict[str, Rows]:
    """Make the rows of the tables of the market measures, for `good_tables`."""
    return {
        "offers": [
            {"package_id": "P000", "provider_id": "V2", "offered_at": "2025-02-24", "response": "refused"},
            {"package_id": "P000", "provider_id": "V1", "offered_at": "2025-02-26", "response": "accepted"},
        ],
        "handbacks": [
            {"package_id": "P001", "provider_id": "V1", "notice_date": "2025-02-03", "end_date": "2025-02-17"}
        ],
        "rates": [{"area_code": "", "rate_pounds": "24.60"}, {"area_code": "GL1 1", "rate_pounds": "26"}],
        "assets": [{"asset_id": "A1", "name": "The library", "kind": "library", "postcode": "gl50 3aa"}],
        "reablement": [{"episode_id": "R1", "area_code": "E07000081", "referral_date": "2025-01-06"}],
        "growth": [{"area_code": "E07000081", "year": "2030", "factor": "1.08"}],
    }


def columns_of(name: str, rows: Rows) -> list[str]:
    """List the columns of some rows: the contract's that they use or must have, then others."""
    used = dict.fromkeys(key for row in rows for key in row)
    known = [column for column in CONTRACTS[name].names if column in used or column in CONTRACTS[name].required_names]
    return [*known, *(column for column in used if column not in known)]


def write_csv(path: Path, rows: Rows, *, columns: Sequence[str]) -> None:
    """Write rows as CSV; a cell that a row lacks is blank."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def write_folder(folder: Path, tables: Mapping[str, Rows], *, toml: str = "") -> Path:
    """Write a county folder of CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write_csv(folder / f"{name}.csv", rows, columns=columns_of(name, rows))
    if toml:
        (folder / "marketmap.toml").write_text(toml, encoding="utf-8")
    return folder


def error_of(folder: Path, **kwargs: Any) -> InputError:
    """Read a folder that has faults and give the error."""
    with pytest.raises(InputError) as caught:
        read_county(folder, **kwargs)
    return caught.value


def squares(*corners: tuple[float, float], crs: str | None = "EPSG:27700", **columns: Any) -> gpd.GeoDataFrame:
    """Make areas a kilometre square, each from its south-west corner."""
    frame = {
        "area_code": [f"X{number}" for number in range(len(corners))],
        "area_name": ["Somewhere"] * len(corners),
        "area_type": ["other"] * len(corners),
    }
    shapes = [box(east, north, east + 1000, north + 1000) for east, north in corners]
    return gpd.GeoDataFrame(frame | columns, geometry=shapes, crs=crs)


def check(name: str, rows: Rows, *, dropped: tuple[str, ...] = ()) -> Checked:
    """Check rows against their contract, as if read from a CSV file."""
    frame = pd.DataFrame(rows, columns=columns_of(name, rows), dtype="str").fillna("")
    frame.index = pd.RangeIndex(2, 2 + len(rows), name="row")
    return check_table(RawTable(f"{name}.csv", "0" * 64, frame, dropped), contract=CONTRACTS[name])
