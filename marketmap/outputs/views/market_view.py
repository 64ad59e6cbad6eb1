"""The market as a page explores it: packages in force, cut by district, service, provider and time of day, by area."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from marketmap.inputs.county import County
from marketmap.market.bands import measure_bands
from marketmap.market.demand import describe_packages, measure_demand
from marketmap.market.places import DISTRICT, LEVELS, SECTOR, Places, join_places, place_postcodes
from marketmap.outputs.maps.properties import MAP_CRS
from marketmap.outputs.maps.zones import simplify_coverage
from marketmap.outputs.plans.writing import find_outlines
from marketmap.settings import Settings

GRID = "EPSG:27700"
SIMPLIFY_METRES = 50.0
LEVEL_NAMES = {
    "lsoa": "LSOA", SECTOR: "Postcode sector", "ward": "Ward", "msoa": "MSOA", "other": "Other area",
    DISTRICT: "District",
}  # fmt: skip
# What the filters and figures need; the rest of a package never reaches a browser session.
COLUMNS = [
    "package_id", "person_id", "postcode", "service_type", "status", "provider_id", "hours_week", "visits_week",
    "carers_required", "easting", "northing", "placed",
]  # fmt: skip
# Tables that measures rest on and that a council may lack.
OPTIONAL = ("visits", "offers", "handbacks", "calls", "rates", "reablement", "growth")
POINTS_MOST = 400


@dataclass(frozen=True)
class Filters:
    """What is looked at; blank: everything.

    Attributes
    ----------
    district, service, provider
        A district's code, a service type, the ``provider_id`` of who holds the package.
    band
        One of `marketmap.settings.TIME_BANDS`: then hours and visits are those of that time of day.
    """

    district: str = ""
    service: str = ""
    provider: str = ""
    band: str = ""


@dataclass(frozen=True, eq=False)
class MarketView:
    """A county ready to be explored; shared by sessions, never changed.

    Attributes
    ----------
    packages
        `COLUMNS` of the packages in force, ``placeable`` (whether a block or a cluster may hold it), and a column a
        level of ``places``.
    calls
        As `marketmap.inputs.county.Tables` holds it, or None.
    places
        Where postcodes lie.
    settings
        The county's.
    outlines
        EPSG:4326, simplified: ``level``, ``area_code``, ``area_name``, geometry.
    capacity
        ``provider_id``, ``hours_spare_week``, ``capacity_as_of``: what each provider says it could take on, and when.
    snapshot
        The day of the data.
    absent
        Names of the optional tables that the council gave none of.
    """

    packages: pd.DataFrame
    calls: pd.DataFrame | None
    places: Places
    settings: Settings
    outlines: gpd.GeoDataFrame
    capacity: pd.DataFrame
    snapshot: dt.date
    absent: tuple[str, ...]

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that can be drawn, sectors first."""
        drawn = set(self.outlines["level"])
        found = [level for level in LEVELS if level in drawn and level in self.places.levels]
        return tuple(sorted(found, key=lambda level: level != SECTOR))


def view_market(county: County) -> MarketView:
    """Prepare a county for exploring."""
    tables = county.tables
    places = place_postcodes(tables, settings=county.settings)
    described = describe_packages(tables.packages, settings=county.settings.blocks)
    packages = join_places(tables.packages[COLUMNS].assign(placeable=described["placeable"]), places)
    return MarketView(
        packages=packages,
        calls=tables.calls,
        places=places,
        settings=county.settings,
        outlines=_draw_outlines(find_outlines(county)),
        capacity=tables.providers[["provider_id", "hours_spare_week", "capacity_as_of"]],
        snapshot=tables.snapshot_date,
        absent=tuple(name for name in OPTIONAL if getattr(tables, name) is None),
    )


def _draw_outlines(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take every kind of area, simplified together, to draw on a map."""
    parts = []
    for kind, rows in areas.groupby("area_type", sort=True):
        level = DISTRICT if kind == "district" else str(kind)
        shapes = simplify_coverage(rows.geometry, metres=SIMPLIFY_METRES)
        parts.append(rows[["area_code", "area_name"]].assign(level=level, geometry=shapes))
    columns = ["level", "area_code", "area_name", "geometry"]
    if not parts:
        return gpd.GeoDataFrame({name: [] for name in columns[:3]}, geometry=[], crs=MAP_CRS)
    joined = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=areas.crs)
    return joined[columns].to_crs(MAP_CRS).sort_values(["level", "area_code"], ignore_index=True)


def filter_packages(view: MarketView, filters: Filters) -> pd.DataFrame:
    """Take the packages that pass the filters but the time of day, which cuts packages' hours, not packages."""
    packages = view.packages
    keep = packages["status"].isin(["active", "waiting"])
    if filters.district:
        keep &= packages[DISTRICT] == filters.district
    if filters.service:
        keep &= packages["service_type"] == filters.service
    if filters.provider:
        keep &= packages["provider_id"] == filters.provider
    return packages[keep]


@functools.lru_cache(maxsize=96)
def demand_by_area(view: MarketView, filters: Filters, *, level: str) -> pd.DataFrame:
    """Measure demand by area under the filters.

    Parameters
    ----------
    level
        Of ``view.places``, or ``"county"``.

    Returns
    -------
    DataFrame
        As `marketmap.market.demand.measure_demand` gives it, indexed by ``area_code``. Under a time band, ``packages``,
        ``contact_hours``, ``carer_hours``, ``visits``, ``packages_waiting`` and ``hours_waiting`` are those with care
        in that band, and what is set against residents or packages is blank: it is measured for the whole day alone.
        Kept for whoever asks the same again: it must not be changed.
    """
    packages = filter_packages(view, filters)
    whole = measure_demand(packages, view.places, by=level).set_index("area_code")
    if not filters.band:
        return whole
    part = _sum_band(view, packages, band=filters.band, level=level)
    waiting = _sum_band(view, packages[packages["status"] == "waiting"], band=filters.band, level=level)
    table = whole.loc[whole.index.isin(part.index)].copy()
    table[table.columns.difference(["level", "people_65plus"])] = float("nan")
    for name in ("packages", "contact_hours", "carer_hours", "visits"):
        table[name] = part[name].reindex(table.index)
    for name, source in (("packages_waiting", "packages"), ("hours_waiting", "contact_hours")):
        table[name] = waiting[source].reindex(table.index).fillna(0.0)
    return table


def _sum_band(view: MarketView, packages: pd.DataFrame, *, band: str, level: str) -> pd.DataFrame:
    spread = measure_bands(packages, view.calls, view.places, by=level, settings=view.settings.blocks)
    return spread[spread["time_band"] == band].set_index("area_code")


@functools.lru_cache(maxsize=96)
def sum_headline(view: MarketView, filters: Filters) -> dict[str, float]:
    """Sum the packages that pass: ``contact_hours``, ``packages``, ``people``, ``hours_waiting``, ``providers``.

    And ``packages_unplaced``, ``hours_unplaced``: those among them that no map can show. Hours are a week and, under a
    time band, of that band; people and providers are counted for the whole day, NaN under a band.
    """
    packages = filter_packages(view, filters)
    sums = demand_by_area(view, filters, level="county")
    row = sums.iloc[0].to_dict() if len(sums) else {}
    unplaced = packages[~packages["placed"].astype(bool)]
    return {
        **{name: float(row.get(name, 0.0)) for name in ("contact_hours", "packages", "people", "hours_waiting")},
        "providers": float("nan") if filters.band else float(packages["provider_id"].nunique()),
        "packages_unplaced": float(len(unplaced)),
        "hours_unplaced": float(unplaced["hours_week"].astype(float).sum()),
    }


def areas_shown(view: MarketView, filters: Filters, *, level: str) -> gpd.GeoDataFrame:
    """Take the outlines of a level that the district filter leaves; EPSG:4326, a RangeIndex."""
    outlines = view.outlines[view.outlines["level"] == level]
    if filters.district:
        of = view.places.of
        inside = of.loc[of[DISTRICT] == filters.district, level].dropna().unique()
        outlines = outlines[outlines["area_code"].isin(inside)]
    return outlines.reset_index(drop=True)


def list_points(view: MarketView, filters: Filters, *, level: str, area: str) -> gpd.GeoDataFrame:
    """Place the packages of one area that pass the filters, one point a postcode: personal data, never the county's.

    Returns
    -------
    GeoDataFrame
        EPSG:4326: ``postcode``, ``packages``, ``contact_hours``, ``packages_waiting``; the `POINTS_MOST` postcodes with
        the most hours.
    """
    packages = filter_packages(view, filters)
    inside = packages[(packages[level] == area) & packages["placed"].astype(bool)]
    sums = inside.assign(waits=inside["status"].eq("waiting").astype(int)).groupby("postcode", as_index=False)
    table = sums.agg(
        packages=("package_id", "size"),
        contact_hours=("hours_week", "sum"),
        packages_waiting=("waits", "sum"),
        easting=("easting", "first"),
        northing=("northing", "first"),
    )
    table = table.sort_values(["contact_hours", "postcode"], ascending=[False, True], ignore_index=True)
    table = table.head(POINTS_MOST)
    points = gpd.points_from_xy(table["easting"].astype(float), table["northing"].astype(float), crs=GRID)
    return gpd.GeoDataFrame(table.drop(columns=["easting", "northing"]), geometry=points).to_crs(MAP_CRS)


def who_works(view: MarketView, filters: Filters, *, level: str = "", area: str = "") -> pd.DataFrame:
    """List who holds the packages that pass, in one area or all: most hours first.

    Returns
    -------
    DataFrame
        ``provider_id``, ``packages``, ``contact_hours`` a week, ``part`` of the hours held (0 to 1); of the whole day,
        whatever the time band.
    """
    packages = filter_packages(view, filters)
    if area:
        packages = packages[packages[level] == area]
    held = packages[packages["provider_id"].notna()]
    sums = held.groupby("provider_id").agg(packages=("package_id", "size"), contact_hours=("hours_week", "sum"))
    sums = sums.reset_index().sort_values(["contact_hours", "provider_id"], ascending=[False, True], ignore_index=True)
    total = float(sums["contact_hours"].sum())
    return sums.assign(part=sums["contact_hours"] / total if total else 0.0)
