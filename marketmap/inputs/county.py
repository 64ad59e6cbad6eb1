"""One county: its folder, its settings and its tables, read, checked, placed and cut to one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from marketmap.errors import Fault, InputError
from marketmap.inputs.boundaries import read_areas
from marketmap.inputs.columns import Contract
from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.folder import find_tables, folder_faults, read_folder_settings
from marketmap.inputs.gathered import remark_on_gathered
from marketmap.inputs.ground import (
    Ground,
    find_ground,
    list_unknown_sectors,
    name_districts,
    remark_on_areas,
    stray_area_faults,
)
from marketmap.inputs.locks import settle_locks
from marketmap.inputs.placing import PLACED_COLUMNS, flag_schemes, join_unplaced, list_unplaced, place_rows
from marketmap.inputs.readers import read_table
from marketmap.inputs.references import sift_tables
from marketmap.inputs.snapshot import LINE_KEY, choose_day, select_in_force
from marketmap.inputs.validation import Checked, check_table
from marketmap.inputs.wording import counted
from marketmap.settings import Settings

PLACE = ("row", *PLACED_COLUMNS, "placed")


@dataclass(frozen=True)
class SourceFile:
    """A file that a table came from; ``rows`` counts its rows before any was rejected."""

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class Tables:
    """A council's tables, checked. Rows are sorted by their key; ``row`` is the source row number.

    Every column of a table's contract is there, all NA where the file lacks it. Frames have a RangeIndex.

    Attributes
    ----------
    packages
        The lines in force on ``snapshot_date``, one row a package, and ``easting``, ``northing`` (EPSG:27700
        metres), ``sector``, ``district_code`` (NA where unplaced), ``placed`` (bool).
    package_lines
        Every dated line.
    providers
        ``company_id`` filled with ``provider_id`` where blank; placed like packages.
    participation, calls, visits, blocks, block_areas
        None where the council gave none. Times are Europe/London.
    areas
        EPSG:27700, or None.
    county_postcodes
        Every live postcode of the county and every terminated one that a package in force still has, index
        ``postcode``; ``easting``, ``northing``, ``sector``, ``district_code``, ``live`` (boolean, NA unknown).
    snapshot_date
        The day that everything is looked at.
    district_names
        District code to name; the code itself where unknown.
    rejected
        ``table``, ``row``, ``reason`` and the known columns as text.
    unplaced
        ``table``, ``row``, ``id``, ``postcode``, ``reason``.
    notes
        Plain sentences for the run's first page; no cell of a person's data.
    postcode_source
        Sentence naming where postcodes were placed from.
    files
        Table name to its file.
    locks
        What a plan may not change beyond the blocks already let, each ``place`` in one spelling; None where the
        council gave none.
    offers, handbacks, rates, reablement, growth
        As their contracts say; None where the council gave none. Every area of ``rates`` and ``growth`` is known.
    assets
        Placed like packages; None where the council gave none.
    """

    packages: pd.DataFrame
    package_lines: pd.DataFrame
    providers: pd.DataFrame
    participation: pd.DataFrame | None
    calls: pd.DataFrame | None
    visits: pd.DataFrame | None
    areas: gpd.GeoDataFrame | None
    blocks: pd.DataFrame | None
    block_areas: pd.DataFrame | None
    county_postcodes: pd.DataFrame
    snapshot_date: dt.date
    district_names: dict[str, str]
    rejected: pd.DataFrame
    unplaced: pd.DataFrame
    notes: tuple[str, ...]
    postcode_source: str
    files: dict[str, SourceFile]
    locks: pd.DataFrame | None = None
    offers: pd.DataFrame | None = None
    handbacks: pd.DataFrame | None = None
    rates: pd.DataFrame | None = None
    assets: pd.DataFrame | None = None
    reablement: pd.DataFrame | None = None
    growth: pd.DataFrame | None = None


@dataclass(frozen=True)
class County:
    """A county folder, read; ``ground`` is where it lies, with the postcode directory that placed it."""

    folder: Path
    settings: Settings
    tables: Tables
    ground: Ground


@dataclass(frozen=True)
class _Reading:
    tables: dict[str, Checked]
    files: dict[str, SourceFile]
    polygons: gpd.GeoSeries | None
    unread: frozenset[str]


def read_county(
    folder: Path, *, settings: Settings | None = None, overrides: Mapping[str, Any] | None = None
) -> County:
    """Read a county folder: its settings and every table, checked against the contracts and one another.

    Parameters
    ----------
    folder
        Holds the tables (``packages.csv``, ``providers.xlsx``, …) and perhaps ``marketmap.toml``.
    settings
        Used instead of the folder's own.
    overrides
        Laid on top of the settings, nested or with dotted keys.

    Raises
    ------
    InputError
        One error with every fault of settings, tables, areas and postcodes.
    """
    folder = Path(folder)
    faults = folder_faults(folder)
    if faults:
        raise InputError(faults)
    chosen, faults = read_folder_settings(folder, settings=settings, overrides=overrides)
    files, more, notes = find_tables(folder, settings=chosen)
    faults += more
    reading, more = _read_tables(files)
    faults += more
    sifted = sift_tables(reading.tables, max_rejected_share=chosen.validation.max_rejected_share, unread=reading.unread)
    order = {path.name: place for place, path in enumerate(files.values())}
    faults += sorted(sifted.faults, key=lambda fault: order[fault.file])
    frames = {name: _finished(frame, CONTRACTS[name]) for name, frame in sifted.frames.items()}
    chosen_day, more = choose_day(frames, wanted=chosen.county.snapshot_date, packages_file=files.get("packages"))
    day = chosen_day.day
    faults += more
    ground, more = find_ground(folder, settings=chosen, frames=frames)
    faults += more
    if ground is not None and day is not None and {"locks", "packages"} <= set(frames):
        lines = place_rows(frames["packages"], directory=ground.directory)
        frames["locks"], more = settle_locks(
            frames["locks"],
            postcodes=_add_used(ground, select_in_force(lines, on=day)),
            blocks=frames.get("blocks"),
            file=reading.files["locks"].name,
        )
        faults += more
    if ground is not None and "areas" not in reading.unread:
        faults += stray_area_faults(frames, ground=ground, files=files)
    if faults or ground is None or day is None:
        raise InputError(faults)
    notes += [note for checked in reading.tables.values() for note in checked.notes]
    notes += sifted.notes
    notes.append(chosen_day.note)
    tables = _assemble(frames, reading, ground, sifted.rejected, day=day, settings=chosen, notes=notes)
    return County(folder, chosen, tables, ground)


def _read_tables(files: Mapping[str, Path]) -> tuple[_Reading, list[Fault]]:
    tables: dict[str, Checked] = {}
    sources: dict[str, SourceFile] = {}
    polygons = None
    faults: list[Fault] = []
    for name, path in files.items():
        contract = CONTRACTS[name]
        geometry_faults: tuple[Fault, ...] = ()
        try:
            if name == "areas":
                areas = read_areas(path)
                raw, polygons, geometry_faults = areas.table, areas.polygons, areas.faults
            else:
                raw = read_table(path, columns=contract.names, required=contract.required_names)
        except InputError as error:
            faults += error.faults
            continue
        checked = check_table(raw, contract=contract)
        tables[name] = replace(checked, faults=(*checked.faults, *geometry_faults))
        sources[name] = SourceFile(raw.file, raw.sha256, len(raw.frame))
    unread = frozenset(CONTRACTS) & (frozenset(files) - frozenset(tables))
    required = {name for name, contract in CONTRACTS.items() if contract.required}
    return _Reading(tables, sources, polygons, unread | (required - frozenset(tables))), faults


def _finished(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    # Sorted, so that the order of a file's rows changes nothing that is made from it.
    key = list(contract.key or contract.names) if contract.name != "packages" else list(LINE_KEY)
    whole = {
        column.name: "int64"
        for column in contract.columns
        if column.kind == "whole" and column.required and frame[column.name].notna().all()
    }
    tidy = frame.astype(whole).rename_axis(None).assign(row=frame.index.astype("int64"))
    return tidy.sort_values([*key, "row"], ignore_index=True)


def _assemble(
    frames: Mapping[str, pd.DataFrame],
    reading: _Reading,
    ground: Ground,
    rejected: pd.DataFrame,
    *,
    day: dt.date,
    settings: Settings,
    notes: list[str],
) -> Tables:
    lines = place_rows(frames["packages"], directory=ground.directory)
    packages = select_in_force(lines, on=day).reset_index(drop=True)
    providers = place_rows(frames["providers"], directory=ground.directory)
    providers["company_id"] = providers["company_id"].fillna(providers["provider_id"])
    unplaced = [
        list_unplaced(packages, table="packages", key="package_id"),
        list_unplaced(providers, table="providers", key="provider_id"),
    ]
    others: dict[str, pd.DataFrame] = {}
    for name, key in (("visits", "visit_id"), ("block_areas", "block_id")):
        if name in frames:
            placed = place_rows(frames[name], directory=ground.directory)
            unplaced.append(list_unplaced(placed, table=name, key=key, blank_counts=False))
            others[name] = frames[name].assign(postcode=placed["postcode"])  # a sector of its own stays
    if "assets" in frames:
        placed = place_rows(frames["assets"], directory=ground.directory)
        unplaced.append(list_unplaced(placed, table="assets", key="asset_id"))
        others["assets"] = placed[[*CONTRACTS["assets"].names, *PLACE]]
    if "block_areas" in others:
        unplaced.append(list_unknown_sectors(others["block_areas"], postcodes=ground.postcodes))
    areas = None
    if reading.polygons is not None:
        outlines = reading.polygons.loc[frames["areas"]["row"]]
        areas = gpd.GeoDataFrame(frames["areas"], geometry=outlines.array, crs=outlines.crs)
    missing = join_unplaced(unplaced)
    notes += _remarks(frames, packages, missing, ground, settings)
    codes = pd.concat([packages["district_code"], providers["district_code"]]).dropna()
    return Tables(
        packages=packages[[*CONTRACTS["packages"].names, *PLACE]],
        package_lines=lines[frames["packages"].columns],
        providers=providers[[*CONTRACTS["providers"].names, *PLACE]],
        participation=frames.get("participation"),
        calls=frames.get("calls"),
        visits=others.get("visits"),
        areas=areas,
        blocks=frames.get("blocks"),
        block_areas=others.get("block_areas"),
        county_postcodes=_add_used(ground, packages),
        snapshot_date=day,
        district_names=name_districts([*ground.district_codes, *codes], areas=areas, settings=settings),
        rejected=rejected,
        unplaced=missing,
        notes=tuple(dict.fromkeys(note for note in notes if note)),
        postcode_source=ground.directory.source,
        files=reading.files,
        locks=frames.get("locks"),
        offers=frames.get("offers"),
        handbacks=frames.get("handbacks"),
        rates=frames.get("rates"),
        assets=others.get("assets"),
        reablement=frames.get("reablement"),
        growth=frames.get("growth"),
    )


def _add_used(ground: Ground, packages: pd.DataFrame) -> pd.DataFrame:
    # People stay where they are when their postcode is terminated, and a zone must be able to hold them.
    used = packages.loc[packages["district_code"].isin(ground.district_codes), "postcode"].unique()
    old = pd.Index(used).difference(ground.postcodes.index)
    if old.empty:
        return ground.postcodes
    placed = ground.directory.place(pd.Series(old, index=old))
    rows = placed[["easting", "northing", "sector", "district_code"]].assign(live=ground.directory.frame["live"])
    return pd.concat([ground.postcodes, rows[ground.postcodes.columns]]).sort_index().rename_axis("postcode")


def _remarks(
    frames: Mapping[str, pd.DataFrame],
    packages: pd.DataFrame,
    unplaced: pd.DataFrame,
    ground: Ground,
    settings: Settings,
) -> list[str]:
    notes = [flag_schemes(packages, hours_week=settings.validation.scheme_hours_week)]
    later = frames["packages"]["package_id"].nunique() - len(packages)
    if later:
        notes.append(f"Ended by the snapshot date or not begun, and so left out: {counted(later, 'package')}.")
    for table, rows in unplaced.groupby("table"):
        notes.append(f"Not placed on the map: {counted(len(rows), 'row')} of {table}; internal/unplaced.csv says why.")
    if ground.postcodes["live"].isna().all():
        notes.append(
            "Live and terminated postcodes are not told apart, so terminated ones stand in the county's list too: "
            "name an ONSPD, NSPL or Code-Point Open file in the settings (postcodes.file) to leave them out."
        )
    notes.append(remark_on_gathered(packages, _add_used(ground, packages)))
    for table, consequence in (("participation", "without effect"), ("reablement", "counted in no area")):
        if table in frames:
            notes.append(remark_on_areas(frames, table=table, consequence=consequence, ground=ground))
    return notes
