"""Clusters of demand to explore: their outlines, which could be one provider's, and who could work in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from marketmap.outputs.files.tables import read_table
from marketmap.outputs.maps.properties import MAP_CRS
from marketmap.outputs.report.telling import tell_number
from marketmap.outputs.schema.block import CLUSTER_POSTCODES, CLUSTERS
from marketmap.outputs.schema.explore import CLUSTER_PROVIDERS
from marketmap.outputs.views.market_view import GRID, MarketView

# A home stands somewhere round its postcode's point: wide enough that a cluster of one shows, and points at no door.
AROUND_METRES = 350.0
SIMPLIFY_METRES = 60.0
# How closely an outline follows its places: 0 cuts in as far as it can, 1 is the convex hull.
HOLLOW = 0.35
# Named beside a cluster: a long drive makes clusters of fifty and more.
MOST_SECTORS = 12
NOTHING, WAITING, REST = "not all who wait", "all who wait", "all who wait and all that others hold"


def read_clusters(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the clusters of an output folder and their postcodes.

    Raises
    ------
    OutputError
        When they cannot be read.
    """
    return read_table(folder / CLUSTERS.path, CLUSTERS), read_table(folder / CLUSTER_POSTCODES.path, CLUSTER_POSTCODES)


def describe_waiting(clusters: pd.DataFrame, members: pd.DataFrame, view: MarketView) -> pd.DataFrame:
    """Add ``packages_waiting`` and ``hours_waiting`` (contact hours a week) to the table of clusters."""
    packages = view.packages[view.packages["placeable"] & (view.packages["status"] == "waiting")]
    found = packages.merge(members, on="postcode")
    sums = found.groupby("cluster_id").agg(packages_waiting=("package_id", "size"), hours_waiting=("hours_week", "sum"))
    table = clusters.join(sums, on="cluster_id")
    return table.fillna({"packages_waiting": 0, "hours_waiting": 0.0})


def pick_clusters(
    clusters: pd.DataFrame, *, least_hours: float = 0.0, largest_part: float = 0.0, most_providers: int | None = None
) -> pd.DataFrame:
    """Take the clusters that pass.

    Parameters
    ----------
    clusters
        The table ``clusters``.
    least_hours
        Contact hours a week.
    largest_part, most_providers
        Could be one provider's: the largest one holds at least this part of the hours held, or so many providers or
        fewer work there. 0 and None look at neither; given both, either is enough.
    """
    keep = clusters["contact_hours"].astype(float) >= least_hours
    if largest_part > 0 or most_providers is not None:
        one = (
            clusters["largest_provider_share"].astype(float).fillna(0.0) >= largest_part if largest_part > 0 else False
        )
        few = clusters["providers"].astype(float) <= most_providers if most_providers is not None else False
        keep &= one | few
    return clusters[keep].reset_index(drop=True)


def outline_clusters(members: pd.DataFrame, points: pd.DataFrame) -> gpd.GeoDataFrame:
    """Draw the ground of each cluster: a hull round its places, never a place itself.

    Parameters
    ----------
    members
        The table ``cluster_postcodes``.
    points
        Indexed by postcode: ``easting``, ``northing`` (EPSG:27700).

    Returns
    -------
    GeoDataFrame
        EPSG:4326: ``cluster_id``, geometry; in order. Grounds of neighbours may overlap: roads, not borders, make them.
    """
    placed = members.join(points, on="postcode").dropna(subset=["easting", "northing"])
    rows = []
    for cluster, part in placed.groupby("cluster_id", sort=True):
        spots = shapely.MultiPoint(part[["easting", "northing"]].to_numpy(float))
        hull = shapely.concave_hull(spots, ratio=HOLLOW)
        rows.append((str(cluster), hull.buffer(AROUND_METRES, quad_segs=4).simplify(SIMPLIFY_METRES)))
    shapes = gpd.GeoSeries([shape for _, shape in rows], crs=GRID)
    return gpd.GeoDataFrame({"cluster_id": [name for name, _ in rows]}, geometry=shapes, crs=GRID).to_crs(MAP_CRS)


def shade_clusters(outlines: gpd.GeoDataFrame, clusters: pd.DataFrame) -> gpd.GeoDataFrame:
    """Join what a map shows to outlines: the frame that `marketmap.outputs.maps.area_map.area_group` draws.

    Larger ones first, so that small ones lie on top and can be clicked.
    """
    table = outlines.merge(clusters, on="cluster_id").sort_values(
        ["contact_hours", "cluster_id"], ascending=[False, True], ignore_index=True
    )
    parts = table["largest_provider_share"].astype(float)
    return gpd.GeoDataFrame(
        {
            "area_code": table["cluster_id"],
            "area_name": table["cluster_id"],
            "value": table["contact_hours"].astype(float),
            "told": [f"{hours:,.0f} h a week, {count:,.0f} packages" for hours, count in
                     zip(table["contact_hours"], table["packages"], strict=True)],
            "rests_on": [tell_providers(count, part) for count, part in zip(table["providers"], parts, strict=True)],
        },
        geometry=table.geometry.to_numpy(),
        crs=outlines.crs,
    )  # fmt: skip


def tell_providers(count: float, part: float) -> str:
    """Say how many providers work somewhere and how much of the hours held the largest has."""
    if not count:
        return "nobody works there yet"
    if count == 1:
        return "1 provider"
    return f"{count:,.0f} providers, the largest with {tell_number(part, 'part')} of the hours held"


def name_districts(members: pd.DataFrame, packages: pd.DataFrame, *, names: Mapping[str, str]) -> pd.Series:
    """Name the districts in which each cluster's care is, that with most hours first.

    Parameters
    ----------
    members
        ``postcode, cluster_id``.
    packages
        ``postcode, district_code, hours_week`` (contact hours a week).
    names
        Code → name; the code stands where there is none.

    Returns
    -------
    Series of str
        By ``cluster_id``: names joined by commas.
    """
    inside = packages.merge(members[["postcode", "cluster_id"]], on="postcode").dropna(subset="district_code")
    hours = inside["hours_week"].astype(float).groupby([inside["cluster_id"], inside["district_code"]]).sum()
    ordered = hours.reset_index().sort_values(["cluster_id", "hours_week"], ascending=[True, False], kind="stable")
    told = ordered["district_code"].astype(str).map(lambda code: names.get(code, code))
    return told.groupby(ordered["cluster_id"]).agg(", ".join)


def who_could(view: MarketView, members: pd.DataFrame, *, cluster: str) -> pd.DataFrame:
    """List who works in a cluster and what their stated spare hours would cover there.

    Returns
    -------
    DataFrame
        Columns of `CLUSTER_PROVIDERS`; empty where nobody works there.
    """
    postcodes = members.loc[members["cluster_id"] == cluster, "postcode"]
    inside = view.packages[view.packages["placeable"] & view.packages["postcode"].isin(postcodes)]
    waits = float(inside.loc[inside["status"] == "waiting", "hours_week"].astype(float).sum())
    held = inside[(inside["status"] == "active") & inside["provider_id"].notna()]
    sums = held.groupby("provider_id").agg(packages=("package_id", "size"), contact_hours=("hours_week", "sum"))
    table = sums.reset_index().merge(view.capacity, on="provider_id", how="left")
    total = float(table["contact_hours"].astype(float).sum())
    spare = pd.to_numeric(table["hours_spare_week"]).astype(float)
    others = total - table["contact_hours"].astype(float)
    choices = [spare.isna(), spare >= waits + others, spare >= waits]
    table["covers"] = np.select(choices, ["not stated", REST, WAITING], default=NOTHING)
    table["part"] = table["contact_hours"].astype(float) / total if total else float("nan")
    days = pd.to_datetime(table["capacity_as_of"])
    table["capacity_as_of"] = [None if pd.isna(day) else f"{day:%Y-%m-%d}" for day in days]
    table = table.assign(cluster_id=cluster, held=total)
    order = table.sort_values(["contact_hours", "provider_id"], ascending=[False, True], ignore_index=True)
    return order[list(CLUSTER_PROVIDERS.names)]


def tell_sectors(names: Sequence[str]) -> str:
    """List a cluster's postcode sectors, of many the first and how many more there are: the file has all."""
    more = len(names) - MOST_SECTORS
    if more <= 1:  # the one left out would take no more room than saying so
        return ", ".join(names)
    return f"{', '.join(names[:MOST_SECTORS])} and {more:,} more"


def tell_cluster(row: Mapping[str, object]) -> dict[str, str]:
    """List a cluster's figures with their units, for a page."""
    return {
        "Contact hours a week": tell_number(row["contact_hours"], "hours"),
        "Packages": tell_number(row["packages"], "count"),
        "Packages waiting": f"{tell_number(row['packages_waiting'], 'count')} "
        f"({tell_number(row['hours_waiting'], 'hours')} h a week)",
        "Postcodes with care": tell_number(row["postcodes"], "count"),
        "Carer visits a week": tell_number(row["carer_visits"], "visits"),
        "Road minutes from centre to visit": tell_number(row["minutes_per_visit"], "minutes"),
        "Providers at work": tell_number(row["providers"], "count"),
        "Largest one's part of hours held": tell_number(row["largest_provider_share"], "part"),
    }
