"""Where the pages' figures come from: one county folder and one output folder, read once and kept until they change.

Kept by the process rather than by Streamlit's cache, so that the server can read them before its first visitor
comes. What is kept is shared by all sessions: pages must not change it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from marketmap.errors import OutputError
from marketmap.inputs.county import read_county
from marketmap.outputs.folder import hash_file
from marketmap.outputs.notices import Notices, make_notices
from marketmap.outputs.reading import PlanFiles, read_plan
from marketmap.outputs.zones import pick_outlines

COUNTY_VARIABLE = "MARKETMAP_COUNTY"
OUT_VARIABLE = "MARKETMAP_OUT"
# Visitors who come while a folder is read wait for that reading rather than each do their own.
_ONE_AT_A_TIME = threading.Lock()
# All that a page shows of a package; the rest never reaches a browser session.
PACKAGE_COLUMNS = [
    "package_id",
    "person_id",
    "postcode",
    "sector",
    "district_code",
    "service_type",
    "status",
    "provider_id",
    "hours_week",
    "visits_week",
    "carers_required",
    "easting",
    "northing",
    "placed",
]


@dataclass(frozen=True)
class Market:
    """What the market page shows of a county.

    Attributes
    ----------
    name
        The county's name; may be blank.
    snapshot
        The day of the extract, written out.
    packages
        `PACKAGE_COLUMNS` of the packages in force.
    provider_names
        Indexed by ``provider_id``.
    district_names
        Code → name.
    sector_districts
        Indexed by sector: the codes of the districts that it lies in, joined by ``;``.
    areas
        Sectors and districts in EPSG:4326.
    notices, synthetic_note, notes
        What a reader must be told.
    """

    name: str
    snapshot: str
    packages: pd.DataFrame
    provider_names: pd.Series
    district_names: dict[str, str]
    sector_districts: pd.Series
    areas: gpd.GeoDataFrame
    notices: Notices
    synthetic_note: str
    notes: tuple[str, ...]


def county_folder() -> Path:
    """Find the county folder: ``MARKETMAP_COUNTY``, else ``data/sample``."""
    return Path(os.environ.get(COUNTY_VARIABLE) or "data/sample")


def out_folder() -> Path:
    """Find the output folder: ``MARKETMAP_OUT``, else ``out``."""
    return Path(os.environ.get(OUT_VARIABLE) or "out")


def load_market() -> Market:
    """Read the county folder, once for each content of it.

    A county without sector boundaries of its own borrows those that the last run drew round its postcodes.

    Raises
    ------
    InputError
        With every fault of the inputs.
    """
    folder = county_folder()
    with _ONE_AT_A_TIME:
        market = _read_market(str(folder.resolve()), digest_folder(folder))
    if (market.areas["area_type"] == "sector").any():
        return market
    with contextlib.suppress(OutputError):
        return dataclasses.replace(market, areas=load_plan().areas)
    return market


def load_plan() -> PlanFiles:
    """Read the output folder, once for each content of it.

    Raises
    ------
    OutputError
        When it cannot be read.
    """
    folder = out_folder()
    with _ONE_AT_A_TIME:
        return _read_plan(str(folder.resolve()), digest_folder(folder))


def digest_folder(folder: Path) -> str:
    """Sum up the content of every file in a folder in one digest; a file is read again only when it was touched."""
    lines = []
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file():
            facts = path.stat()
            lines.append(f"{path.relative_to(folder)} {_digest_file(str(path), facts.st_size, facts.st_mtime_ns)}")
    return hashlib.sha256("\n".join(lines).encode(errors="replace")).hexdigest()


@functools.lru_cache(maxsize=512)
def _digest_file(path: str, size: int, touched: int) -> str:
    del size, touched  # part of the cache's key
    return hash_file(Path(path))


@functools.lru_cache(maxsize=2)
def _read_market(folder: str, digest: str) -> Market:
    del digest  # part of the cache's key
    county = read_county(Path(folder))
    tables, settings = county.tables, county.settings.county
    districts = tables.county_postcodes.groupby("sector")["district_code"].agg(
        lambda codes: ";".join(sorted(set(codes)))
    )
    return Market(
        name=settings.name,
        snapshot=f"{tables.snapshot_date:%-d %B %Y}",
        packages=tables.packages[PACKAGE_COLUMNS],
        provider_names=tables.providers.set_index("provider_id")["provider_name"].astype(str),
        district_names=tables.district_names,
        sector_districts=districts,
        areas=pick_outlines(tables.areas),
        notices=make_notices(
            synthetic=settings.synthetic,
            illustrative_roads=False,  # no figure of the market page rests on roads
            open_street_map=False,
            postcode_source=tables.postcode_source,
        ),
        synthetic_note=settings.synthetic_note,
        notes=tables.notes,
    )


@functools.lru_cache(maxsize=2)
def _read_plan(folder: str, digest: str) -> PlanFiles:
    del digest  # part of the cache's key
    return read_plan(Path(folder))
