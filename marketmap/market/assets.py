"""Community assets: who lives within reach of a library, a hall, a surgery or a group, on foot or by car."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from marketmap.market.area_rows import code_rows, sort_areas
from marketmap.market.intervals import share_interval
from marketmap.market.places import CRS, Places
from marketmap.settings import Settings
from marketmap.travel import RoadNetwork, travel_matrix

ANY = "any"
METRES_KM, MINUTES_HOUR = 1000.0, 60.0
NEAR = ("postcode", "kind", "walk_minutes", "drive_minutes")
AREA = (
    "level", "area_code", "kind", "people", "people_walk", "walk_share", "walk_low", "walk_high", "people_drive",
    "drive_share", "drive_low", "drive_high",
)  # fmt: skip
BARE = ("cluster_id", "centre_postcode", "packages", "contact_hours", "walk_minutes", "drive_minutes")


def find_near_assets(
    packages: pd.DataFrame, assets: pd.DataFrame | None, network: RoadNetwork | None, *, settings: Settings
) -> pd.DataFrame:
    """Find how far it is from every home to the nearest asset of each kind.

    Parameters
    ----------
    packages
        `Tables.packages`; placed, active and waiting ones.
    assets
        `Tables.assets`; None or empty: the result is empty, for the measure needs table assets.
    network
        The county's roads; None: minutes by car are not known (NaN).
    settings
        ``market.walk_detour``, ``travel.walk_kmh``.

    Returns
    -------
    DataFrame
        ``postcode``, ``kind`` (each kind, and ``"any"`` for the nearest of all), ``walk_minutes`` (the straight line ×
        detour at walking speed: footpaths are in few road files) and ``drive_minutes`` (door to door by road; ``inf``
        where there is no way, NaN where roads are not known).
    """
    if assets is None or not assets["placed"].any():
        return pd.DataFrame({name: pd.Series(dtype="object") for name in NEAR})
    current = packages[packages["status"].isin(["active", "waiting"]) & packages["placed"]]
    homes = current.drop_duplicates("postcode").sort_values("postcode")[["postcode", "easting", "northing"]]
    there = assets[assets["placed"]].reset_index(drop=True)
    metres_minute = settings.travel.walk_kmh * METRES_KM / MINUTES_HOUR / settings.market.walk_detour
    drive = np.full((len(homes), len(there)), np.nan)
    if network is not None and len(homes):
        drive = travel_matrix(network, _points(homes), _points(there)).astype(float)
    parts = []
    for kind in [ANY, *sorted(there["kind"].unique())]:
        chosen = np.ones(len(there), dtype=bool) if kind == ANY else there["kind"].eq(kind).to_numpy()
        tree = KDTree(there.loc[chosen, ["easting", "northing"]].to_numpy(float))
        metres = tree.query(homes[["easting", "northing"]].to_numpy(float).reshape(-1, 2))[0]
        parts.append(
            pd.DataFrame(
                {
                    "postcode": homes["postcode"],
                    "kind": kind,
                    "walk_minutes": metres / metres_minute,
                    "drive_minutes": drive[:, chosen].min(axis=1) if len(homes) else np.empty(0),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def measure_assets(
    near: pd.DataFrame, packages: pd.DataFrame, places: Places, *, by: str, settings: Settings
) -> pd.DataFrame:
    """Count the people with a package who have an asset of each kind within reach.

    Parameters
    ----------
    near
        As `find_near_assets` gives it.
    packages
        `Tables.packages`; active and waiting ones.
    places, by
        As `market.demand.measure_demand` takes them.
    settings
        ``market.walk_minutes`` and ``market.drive_minutes``; exactly so many are within reach.

    Returns
    -------
    DataFrame
        ``level``, ``area_code``, ``kind``, ``people`` (with a placed package here), ``people_walk`` and
        ``people_drive`` (of them, those with one within reach on foot, by car; NA where roads are not known), the
        shares with their 95 % intervals (Wilson). Empty where ``near`` is.
    """
    if near.empty:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in AREA})
    current = packages[packages["status"].isin(["active", "waiting"])]
    people = pd.DataFrame(
        {
            "postcode": current["postcode"],
            "person": current["person_id"].astype("object").where(current["person_id"].notna(), current["package_id"]),
            "area_code": code_rows(current, places, by=by),
        }
    ).drop_duplicates()
    rows = people.merge(near, on="postcode")
    rows["walks"] = rows["walk_minutes"].le(settings.market.walk_minutes)
    rows["drives"] = rows["drive_minutes"].le(settings.market.drive_minutes)
    # Who has two homes is one person, within reach from either.
    each = rows.groupby(["area_code", "kind", "person"])[["walks", "drives"]].max()
    sums = each.groupby(level=["area_code", "kind"]).agg(
        people=("walks", "size"), people_walk=("walks", "sum"), people_drive=("drives", "sum")
    )
    table = sort_areas(sums.reset_index(), "kind")
    for way in ("walk", "drive"):
        low, high = share_interval(table[f"people_{way}"], table["people"])
        table[f"{way}_share"] = table[f"people_{way}"] / table["people"]
        table[f"{way}_low"], table[f"{way}_high"] = low, high
    if near["drive_minutes"].isna().all():
        table["people_drive"] = pd.Series(pd.NA, index=table.index, dtype="Int64")
        table[["drive_share", "drive_low", "drive_high"]] = np.nan
    table.insert(0, "level", by)
    return table[list(AREA)]


def find_bare_clusters(
    clusters: pd.DataFrame, members: pd.DataFrame, near: pd.DataFrame, *, settings: Settings
) -> pd.DataFrame:
    """Find the clusters of demand from which no asset at all is within reach, on foot or by car.

    Parameters
    ----------
    clusters
        ``cluster_id``, ``centre_postcode``, ``packages``, ``contact_hours``.
    members
        ``postcode``, ``cluster_id``.
    near
        As `find_near_assets` gives it.
    settings
        As for `measure_assets`.

    Returns
    -------
    DataFrame
        Those clusters, most packages first: ``cluster_id``, ``centre_postcode``, ``packages``, ``contact_hours``,
        ``walk_minutes`` and ``drive_minutes`` (least of its members to the nearest asset, NaN where there is no way).
        A cluster whose members' minutes are not known is not among them.
    """
    least = (
        members.merge(near[near["kind"].eq(ANY)], on="postcode")
        .groupby("cluster_id")[["walk_minutes", "drive_minutes"]]
        .min()
        .astype(float)
    )
    # Where roads are not known a car is no help, and NaN is within no reach.
    beyond = (least["walk_minutes"] > settings.market.walk_minutes) & ~(
        least["drive_minutes"] <= settings.market.drive_minutes
    )
    shown = least[beyond].replace(np.inf, np.nan).reset_index()
    bare = clusters.merge(shown, on="cluster_id")
    return bare.sort_values(["packages", "cluster_id"], ascending=[False, True], ignore_index=True)[list(BARE)]


def _points(rows: pd.DataFrame) -> gpd.GeoSeries:
    return gpd.GeoSeries(gpd.points_from_xy(rows["easting"], rows["northing"]), crs=CRS)
