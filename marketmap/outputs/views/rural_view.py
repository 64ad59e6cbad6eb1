"""The rural report, read back for looking at: areas by need, how firm their order is, and each area's own figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from marketmap.errors import OutputError
from marketmap.market.readings import tell_hours
from marketmap.outputs.files.record import RunRecord, read_record, refuse_purged
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.maps.properties import MAP_CRS
from marketmap.outputs.maps.zones import simplify_coverage
from marketmap.outputs.report.rural_columns import RURAL_AREAS, RURAL_ORDER
from marketmap.outputs.report.telling import join_names, tell_evidence, tell_number
from marketmap.outputs.schema.columns import OutputTable
from marketmap.outputs.schema.flow import REFUSAL_REASONS, REFUSALS, WAITS

INTERNAL_PAGE, PUBLIC_PAGE = "internal/rural.html", "public/rural.html"
GEOPACKAGE = "internal/areas.gpkg"
LAYER = f"{Path(RURAL_AREAS.path).stem}_sector"
SIMPLE_METRES = 50.0
NAMED = 3
SIDES = {"rural": "Rural", "urban": "Urban"}
NEED_HEADINGS = {
    "rank": "Rank",
    "area_name": "Area",
    "district_name": "District",
    "waiting_hours": "Carer hours waiting a week",
    "long_share": "Long waits",
    "access_3sfca": "Spare in reach",
    "minutes_hour": "Drive, min a carer hour",
    "refused_share": "Offers refused",
    "providers": "Providers",
}


@dataclass(frozen=True, eq=False)
class RuralFiles:
    """A rural report as its files say.

    Attributes
    ----------
    record
        ``run.json``.
    areas
        `RURAL_AREAS`, greatest need first; ``order`` is `RURAL_ORDER`.
    waits, refusals, reasons
        The report's tables of those names; None where the report has none, for it lacked a table.
    outlines
        EPSG:4326: ``area_code``, geometry; empty where the report drew none.
    """

    record: RunRecord
    areas: pd.DataFrame
    order: pd.DataFrame
    waits: pd.DataFrame | None
    refusals: pd.DataFrame | None
    reasons: pd.DataFrame | None
    outlines: gpd.GeoDataFrame


def read_rural(folder: Path) -> RuralFiles:
    """Read the output folder of a rural report.

    Raises
    ------
    OutputError
        When it is missing, is none of ours, holds another output, or a file of it cannot be read.
    """
    record = read_record(folder)
    refuse_purged(record, folder)
    if RURAL_AREAS.path not in record.outputs:
        raise OutputError(f"{folder.name} holds no rural report with areas. Run `marketmap rural` to write one.")

    def read(table: OutputTable) -> pd.DataFrame | None:
        return read_table(folder / table.path, table) if table.path in record.outputs else None

    areas = read_table(folder / RURAL_AREAS.path, RURAL_AREAS)
    order = read(RURAL_ORDER)
    return RuralFiles(
        record=record,
        areas=areas,
        order=order if order is not None else pd.DataFrame(columns=list(RURAL_ORDER.names)),
        waits=read(WAITS),
        refusals=read(REFUSALS),
        reasons=read(REFUSAL_REASONS),
        outlines=_read_outlines(folder / GEOPACKAGE),
    )


def tell_county(files: RuralFiles) -> tuple[str, ...]:
    """Tell in sentences where need is greatest, and how rural areas stand beside urban ones."""
    ranked = files.areas[files.areas["rank"].notna()].sort_values("rank")
    if ranked.empty:
        return ("No rural area has enough packages to be ranked.",)
    first = [f"{row['area_name']} ({row['district_name']})" for row in ranked.head(NAMED).to_dict("records")]
    waiting = files.areas["waiting_hours"].sum()
    packages = f"{files.areas['packages_waiting'].sum():,.0f} of {files.areas['packages'].sum():,.0f} packages"
    told = [
        f"Of {len(ranked):,} rural areas, need is greatest in {join_names(first)}.",
        f"In all rural areas {waiting:,.0f} carer hours a week wait for a provider ({packages}).",
    ]
    sides = tabulate_sides(files).set_index("side")
    if files.waits is not None and {"Rural", "Urban"} <= set(sides.index):
        told.append(
            f"Long waits: {sides['long_share']['Rural']} in rural, {sides['long_share']['Urban']} in urban areas."
        )
    return tuple(told)


def explain_long(record: RunRecord) -> str:
    """Say how many days make a wait a long one in this report."""
    days: int = record.settings["market"]["long_wait_days"]
    return f"A wait is long when care had not begun after {days} days."


def list_districts(files: RuralFiles) -> dict[str, str]:
    """List the districts with rural areas: code → name, by name."""
    pairs = files.areas[["district_code", "district_name"]].drop_duplicates().sort_values("district_name")
    return dict(zip(pairs["district_code"].astype(str), pairs["district_name"].astype(str), strict=True))


def keep_district(files: RuralFiles, code: str | None) -> pd.DataFrame:
    """Keep the areas of one district, their county-wide ranks with them; None: all."""
    kept = files.areas if code is None else files.areas[files.areas["district_code"] == code]
    return kept.reset_index(drop=True)


def place_areas(files: RuralFiles, areas: pd.DataFrame) -> gpd.GeoDataFrame:
    """Join some areas to their outlines, in the areas' order; those without one are left out."""
    shapes = files.outlines.set_index("area_code").geometry if len(files.outlines) else gpd.GeoSeries(crs=MAP_CRS)
    known = areas[areas["area_code"].isin(shapes.index)].reset_index(drop=True)
    return gpd.GeoDataFrame(known, geometry=shapes.reindex(known["area_code"]).to_numpy(), crs=MAP_CRS)


def tabulate_need(areas: pd.DataFrame) -> pd.DataFrame:
    """Tell the areas' figures as text under `NEED_HEADINGS`, each share with its count, denominator and interval."""
    return pd.DataFrame(
        [{name: tell_cell(row, name, RURAL_AREAS) for name in NEED_HEADINGS} for row in areas.to_dict("records")],
        columns=list(NEED_HEADINGS),
    )


def tabulate_sides(files: RuralFiles) -> pd.DataFrame:
    """Set rural beside urban.

    Returns
    -------
    DataFrame
        Text: ``side, long_share, median_days, refused_share, handback_rate``; empty where neither table is there.
    """
    columns = {
        "long_share": (files.waits, WAITS),
        "median_days": (files.waits, WAITS),
        "refused_share": (files.refusals, REFUSALS),
        "handback_rate": (files.refusals, REFUSALS),
    }
    rows = []
    for code, word in SIDES.items():
        found = {name: _find(frame, code, level="rural") for name, (frame, _) in columns.items()}
        if any(found.values()):
            told = {name: _tell(found[name], name, table) for name, (_, table) in columns.items()}
            rows.append({"side": word, **told})
    return pd.DataFrame(rows, columns=["side", *columns])


def tabulate_order(order: pd.DataFrame) -> pd.DataFrame:
    """Tell how firm the first places are: ``rank, area_name, stays, ranks`` as text."""
    rows = [
        {
            "rank": f"{row['rank']:.0f}",
            "area_name": row["area_name"],
            "stays": f"{row['stays']:.0f} of {row['changes']:.0f}",
            "ranks": f"{row['rank_best']:.0f} to {row['rank_worst']:.0f}",
        }
        for row in order.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["rank", "area_name", "stays", "ranks"])


def tabulate_reasons(files: RuralFiles) -> pd.DataFrame:
    """Tell why providers of the whole county refuse and hand back: ``what, reason, share`` as text, most first."""
    if files.reasons is None:
        return pd.DataFrame(columns=["what", "reason", "share"])
    words = {"refused": "Offer refused", "handback": "Package handed back"}
    rows = [
        {
            "what": words.get(str(row["what"]), row["what"]),
            "reason": str(row["reason"]).replace("_", " "),
            "share": tell_cell(row, "share", REFUSAL_REASONS),
        }
        for row in files.reasons.sort_values(["what", "times"], ascending=False).to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["what", "reason", "share"])


def describe_area(files: RuralFiles, code: str) -> dict[str, str]:
    """Tell one area's figures: name (a literal) → value with its unit, denominator and interval.

    Parameters
    ----------
    code
        Of an area of ``files.areas``.
    """
    row = files.areas[files.areas["area_code"] == code].iloc[0].to_dict()
    wait = _find(files.waits, code, level="sector")
    rank = "not ranked: too few packages" if np.isnan(row["rank"]) else f"{row['rank']:.0f} of {_ranked(files):,}"
    values = {
        "Rank by need": rank,
        "Packages": _count(row["packages"]),
        "Contact hours a week": tell_number(row["contact_hours"], "hours"),
        "Packages waiting": _count(row["packages_waiting"]),
        "Carer hours waiting a week": _hours(row["waiting_hours"]),
        "No spare hours near enough": _hours(row["waiting_beyond"]),
        "Spare carer hours here": _hours(row["spare_hours"]),
        "Long waits": tell_cell(row, "long_share", RURAL_AREAS),
        "Half had care after": _tell_median(wait),
        "Offers refused": tell_cell(row, "refused_share", RURAL_AREAS),
        "Drive, minutes a carer hour": "not known" if np.isnan(row["minutes_hour"]) else f"{row['minutes_hour']:.1f}",
        "Providers at work here": _count(row["providers"]),
    }  # fmt: skip
    return {name: value if value != "–" else "not known" for name, value in values.items()}


def tell_cell(row: Mapping[Any, Any], name: str, table: OutputTable) -> str:
    """Tell one value with the count, denominator and interval that it is to be read with."""
    column = table.column(name)
    value = tell_number(row[name], column.kind)
    evidence = tell_evidence(row, column, table)
    return f"{value} ({'; '.join(evidence)})" if evidence else value


def _find(frame: pd.DataFrame | None, code: str, *, level: str) -> dict[Any, Any]:
    """Find the row of an area; empty where there is none."""
    if frame is None:
        return {}
    rows = frame[(frame["level"] == level) & (frame["area_code"] == code)]
    return {} if rows.empty else dict(rows.iloc[0])


def _tell(row: Mapping[Any, Any], name: str, table: OutputTable) -> str:
    if not row:
        return "not known"
    return _tell_median(row) if name == "median_days" else tell_cell(row, name, table)


def _tell_median(row: Mapping[Any, Any]) -> str:
    if not row:
        return "not known"
    if np.isnan(row["median_days"]):
        return f"not reached, of {row['waits_followed']:,.0f} waits"
    ends = (row["median_days_low"], row["median_days_high"])
    low, high = ("?" if np.isnan(end) else f"{end:.0f}" for end in ends)
    return f"{row['median_days']:.0f} days ({low} to {high}; {row['waits_followed']:,.0f} waits)"


def _ranked(files: RuralFiles) -> int:
    return int(files.areas["rank"].notna().sum())


def _hours(value: float) -> str:
    # As the sentence above them has it.
    return "not known" if np.isnan(value) else tell_hours(value)


def _count(value: float) -> str:
    return "not known" if np.isnan(value) else f"{value:,.0f}"


def _read_outlines(path: Path) -> gpd.GeoDataFrame:
    empty = gpd.GeoDataFrame({"area_code": []}, geometry=[], crs=MAP_CRS)
    if not path.is_file():
        return empty
    try:
        if LAYER not in {str(name) for name in pyogrio.list_layers(path)[:, 0]}:
            return empty
        read = gpd.read_file(path, layer=LAYER, columns=["area_code"])
    except (OSError, ValueError, pyogrio.errors.DataSourceError) as error:
        raise OutputError(f"{path.name}: not a readable GeoPackage. Run `marketmap rural` again.") from error
    simple = simplify_coverage(read.geometry, metres=SIMPLE_METRES)
    return gpd.GeoDataFrame(read[["area_code"]], geometry=simple, crs=read.crs).to_crs(MAP_CRS)
