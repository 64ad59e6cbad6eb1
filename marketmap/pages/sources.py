"""Where the pages' figures come from: the county that the session shows and its results, kept until they change.

Kept by the process rather than by Streamlit's cache, so that the server can read them before its first visitor
comes, and by folder and content, so that nobody is given another county's. A user's own county is opened for that
user alone (`marketmap.outputs.workspace.places`). What is kept is shared by all sessions: pages must not change it.
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
from typing import Literal

import geopandas as gpd
import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from marketmap.errors import MarketmapError, OutputError
from marketmap.inputs.county import read_county
from marketmap.inputs.gathered import find_districts
from marketmap.outputs.files.folder import hash_file
from marketmap.outputs.files.notices import Notices, make_notices
from marketmap.outputs.files.reading import PlanFiles, read_plan
from marketmap.outputs.files.record import RECORD_FILE, RunRecord, read_record, refuse_purged
from marketmap.outputs.files.stamps import Stamp, stamp_file
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.maps.zones import pick_outlines
from marketmap.outputs.schema.columns import OutputTable
from marketmap.outputs.views.market_view import MarketView, view_market
from marketmap.outputs.workspace.freshness import Currency, find_currency
from marketmap.outputs.workspace.places import FIRST, CountyPlace, Workspace, read_workspace
from marketmap.pages import jobs
from marketmap.pages.access import current_user
from marketmap.pages.job_files import CAME_TO_NOTHING

# Of the session: the county chosen in it.
COUNTY_KEY = "county"
ResultsState = Literal["ready", "making", "missing", "stale", "failed"]
# Visitors who come while a folder is read wait for that reading rather than each do their own.
_LOCKS: dict[str, threading.Lock] = {}
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
    "funding",
    "do_not_move",
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
    offices
        Indexed by ``provider_id``: ``easting, northing`` (EPSG:27700) of its office; NaN where it could not be placed.
    district_names
        Code → name.
    sector_districts
        Indexed by sector: the codes of the districts that it lies in, joined by ``;``, most of it first.
    areas
        Sectors and districts in EPSG:4326.
    notices, synthetic_note, notes
        What a reader must be told.
    view
        The same packages and areas of every level, ready to be cut by the market map's filters.
    """

    name: str
    snapshot: str
    packages: pd.DataFrame
    provider_names: pd.Series
    offices: pd.DataFrame
    district_names: dict[str, str]
    sector_districts: pd.Series
    areas: gpd.GeoDataFrame
    notices: Notices
    synthetic_note: str
    notes: tuple[str, ...]
    view: MarketView

    def tell_districts(self, sector: str) -> str:
        """Name the districts that a postcode sector lies in, that with most of it first; blank where none is known."""
        codes = str(self.sector_districts.get(sector, "")).split(";")
        return ", ".join(self.district_names.get(code, code) for code in codes if code)


def workspace() -> Workspace:
    """Find the app's workspace, as the environment names it."""
    return read_workspace(os.environ)


def current_place() -> CountyPlace:
    """Find the county that this session shows: the one chosen in it that the user may open, else the first."""
    work = workspace()
    if get_script_run_ctx(suppress_warning=True) is None:
        return work.first  # the server reads ahead: nobody is there yet
    chosen = str(st.session_state.get(COUNTY_KEY, FIRST))
    if chosen != FIRST:
        with contextlib.suppress(MarketmapError):
            return work.place(chosen, user=current_user().user_id)
    return work.first


def county_folder() -> Path:
    """Find the folder of the county that is shown."""
    return current_place().folder


def out_folder() -> Path:
    """Find the folder of the shown county's plan."""
    return current_place().results["blocks"]


def load_market() -> Market:
    """Read the county folder, once for each content of it.

    A county without sector boundaries of its own borrows those that the last run drew round its postcodes.

    Raises
    ------
    InputError
        With every fault of the inputs.
    """
    folder = county_folder()
    with _one_at_a_time(folder):
        market = _read_market(str(folder.resolve()), digest_folder(folder))
    if (market.areas["area_type"] == "sector").any():
        return market
    with contextlib.suppress(OutputError):
        return dataclasses.replace(market, areas=load_plan().areas)
    return market


def load_plan(folder: Path | None = None) -> PlanFiles:
    """Read a plan's folder, once for each content of it.

    Parameters
    ----------
    folder
        One that `marketmap.pages.plan_choice` gives; the shown county's own plan where not given.

    Raises
    ------
    OutputError
        When it cannot be read.
    """
    folder = out_folder() if folder is None else folder
    with _one_at_a_time(folder):
        return _read_plan(str(folder.resolve()), digest_folder(folder))


def load_record(kind: str) -> RunRecord:
    """Read the record of the shown county's results of a kind.

    Parameters
    ----------
    kind
        One of `marketmap.outputs.workspace.places.KINDS`.

    Raises
    ------
    OutputError
        When there are none, or their internal files were purged.
    """
    folder = current_place().results[kind]
    if not folder.is_dir():
        raise OutputError(f"There are no results of the kind {kind} yet.")
    record = _read_record(str(folder), stamp_file(folder / RECORD_FILE))
    refuse_purged(record, folder)
    return record


def load_table(kind: str, table: OutputTable) -> pd.DataFrame:
    """Read a table of the shown county's results; it must not be changed.

    Raises
    ------
    OutputError
        When there are no such results, they hold no such table, or it cannot be read.
    """
    folder = current_place().results[kind]
    if table.path not in load_record(kind).outputs:
        raise OutputError(f"{folder.name} holds no {table.path}: the tables that it is made from are not there.")
    path = folder / table.path
    with _one_at_a_time(path):
        return _read_table(str(path), stamp_file(path), table)


def results_currency(kind: str) -> Currency:
    """Say whether the shown county's results of a kind are there and up to date, whatever is being made meanwhile.

    Returns
    -------
    str
        "ready"; "stale": there, but of other tables or settings, or of another version; "missing".
    """
    place = current_place()
    out, plan = place.results[kind], place.results["blocks"]
    with _one_at_a_time(out):
        stamps = (
            digest_folder(place.folder),
            stamp_file(out / RECORD_FILE),
            stamp_file(plan / RECORD_FILE),
            _count(out),
        )
        return _find_currency(kind, str(out), str(place.folder), str(plan), stamps)


def results_state(kind: str) -> ResultsState:
    """Say how far the shown county's results of a kind are.

    Returns
    -------
    str
        "ready"; "making": a job is at it or waits its turn; "stale": there, but of other tables or settings, or of
        another version; "missing"; "failed": missing, and the last attempt ended with nothing.
    """
    place, found = current_place(), results_currency(kind)
    if found == "ready":
        return "ready"
    job = jobs.last_measure(place, kind)
    if job is not None and job.is_at_work:
        return "making"
    return "failed" if found == "missing" and job is not None and job.state in CAME_TO_NOTHING else found


def digest_folder(folder: Path) -> str:
    """Sum up the content of every file in a folder in one digest; a file is read again only when it was touched."""
    lines = []
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file():
            facts = path.stat()
            lines.append(f"{path.relative_to(folder)} {_digest_file(str(path), facts.st_size, facts.st_mtime_ns)}")
    return hashlib.sha256("\n".join(lines).encode(errors="replace")).hexdigest()


@functools.lru_cache(maxsize=4096)
def _digest_file(path: str, size: int, touched: int) -> str:
    del size, touched  # part of the cache's key
    return hash_file(Path(path))


@functools.lru_cache(maxsize=4)
def _read_market(folder: str, digest: str) -> Market:
    del digest  # part of the cache's key
    county = read_county(Path(folder))
    tables, settings = county.tables, county.settings.county
    return Market(
        name=settings.name,
        snapshot=f"{tables.snapshot_date:%-d %B %Y}",
        packages=tables.packages[PACKAGE_COLUMNS],
        provider_names=tables.providers.set_index("provider_id")["provider_name"].astype(str),
        offices=tables.providers.set_index("provider_id")[["easting", "northing"]].astype(float),
        district_names=tables.district_names,
        sector_districts=find_districts(tables.county_postcodes),
        areas=pick_outlines(tables.areas),
        notices=make_notices(
            synthetic=settings.synthetic,
            illustrative_roads=False,  # no figure of the market page rests on roads
            open_street_map=False,
            postcode_source=tables.postcode_source,
        ),
        synthetic_note=settings.synthetic_note,
        notes=tables.notes,
        view=view_market(county),
    )


@functools.lru_cache(maxsize=6)
def _read_plan(folder: str, digest: str) -> PlanFiles:
    del digest  # part of the cache's key
    return read_plan(Path(folder))


@functools.lru_cache(maxsize=32)
def _read_record(folder: str, stamp: Stamp | None) -> RunRecord:
    del stamp  # part of the cache's key
    return read_record(Path(folder))


@functools.lru_cache(maxsize=96)
def _read_table(path: str, stamp: Stamp | None, table: OutputTable) -> pd.DataFrame:
    del stamp  # part of the cache's key
    return read_table(Path(path), table)


@functools.lru_cache(maxsize=64)
def _find_currency(kind: str, out: str, county: str, plan: str, stamps: tuple[object, ...]) -> Currency:
    del stamps  # part of the cache's key
    return find_currency(kind, Path(out), Path(county), plan_folder=Path(plan))


def _one_at_a_time(path: Path) -> threading.Lock:
    return _LOCKS.setdefault(str(path), threading.Lock())


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.rglob("*"))
