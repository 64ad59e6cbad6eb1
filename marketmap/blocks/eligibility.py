"""Who may be suggested for a block, and for everyone else the reason why not."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd

from marketmap.blocks.locks import Locks
from marketmap.errors import PlanError
from marketmap.inputs.locks import lies_in
from marketmap.settings import BlockSettings

LACKS, ABSENT, KEPT_OUT = "lacks ", "does not take part here", "kept out by a lock"


def split_list(values: pd.Series) -> list[frozenset[str]]:
    """Split ``;``-lists (``needs``, ``services``) into sets; blank is the empty set."""
    return [
        frozenset(part.strip() for part in str(value).split(";") if part.strip()) if pd.notna(value) else frozenset()
        for value in values
    ]


def screen_providers(
    providers: pd.DataFrame,
    participation: pd.DataFrame | None,
    *,
    settings: BlockSettings,
    snapshot_date: dt.date,
) -> pd.Series:
    """Say of each provider why it can have no block anywhere; blank where it may.

    Without a participation table every provider on the framework counts as participating.

    Returns
    -------
    Series
        Indexed by ``provider_id``.
    """
    ids = pd.Index(providers["provider_id"], name="provider_id")
    suspended = providers["placements_suspended"].astype("boolean").fillna(value=False).to_numpy(bool)
    rated = providers["cqc_rating"].isin(settings.excluded_ratings).to_numpy(bool)
    if participation is None:
        on_framework = providers["on_framework"].astype("boolean")
        joined = on_framework.fillna(value=bool(on_framework.isna().all())).to_numpy(bool)
        absent = "not on the framework"
    else:
        current = _in_force(participation, snapshot_date)
        joined = ids.isin(current["provider_id"])
        absent = "not taking part in blocks"
    why = np.select([suspended, rated, ~joined], ["placements suspended", "CQC rating excluded", absent], default="")
    return pd.Series(why, index=ids, name="why_not")


def _in_force(participation: pd.DataFrame, snapshot_date: dt.date) -> pd.DataFrame:
    """Take the latest offer of each provider for each area that holds on the day."""
    starts = pd.to_datetime(participation["valid_from"])
    current = participation.assign(starts=starts.fillna(pd.Timestamp.min))
    current = current[starts.isna() | (starts <= pd.Timestamp(snapshot_date))].sort_values("starts", kind="stable")
    return current.drop_duplicates(["provider_id", "area_code"], keep="last")


def map_participation(
    participation: pd.DataFrame | None,
    providers: list[str],
    points: pd.DataFrame,
    *,
    areas: gpd.GeoDataFrame | None,
    snapshot_date: dt.date,
) -> tuple[np.ndarray, np.ndarray]:
    """Map who takes part where, and how much each would take.

    Parameters
    ----------
    participation
        The table, or None: everyone takes part everywhere.
    providers
        Those who may have blocks.
    points
        Indexed by postcode: ``sector``, ``district_code``, ``easting``, ``northing``.
    areas
        Boundaries, for area codes that are neither a sector nor a district of the points.

    Returns
    -------
    inside, most_hours
        (points, providers) bool; (providers,) most block contact hours a week, ``inf`` where unsaid. Where rows
        differ by area their limits add up.
    """
    inside = np.zeros((len(points), len(providers)), dtype=bool)
    most = np.full(len(providers), np.inf)
    if participation is None:
        return ~inside, most
    current = _in_force(participation, snapshot_date)
    cache: dict[str, np.ndarray] = {}
    for number, provider in enumerate(providers):
        rows = current[current["provider_id"] == provider]
        for code in rows["area_code"]:
            if pd.isna(code):
                inside[:, number] = True
                continue
            if code not in cache:
                cache[code] = _points_in_area(str(code), points, areas)
            inside[:, number] |= cache[code]
        limits = pd.to_numeric(rows["max_block_hours"])
        if len(limits) and limits.notna().all():
            anywhere = rows["area_code"].isna().to_numpy(bool)
            most[number] = float(limits[anywhere].max() if anywhere.any() else limits.sum())
    return inside, most


def _points_in_area(code: str, points: pd.DataFrame, areas: gpd.GeoDataFrame | None) -> np.ndarray:
    named = (points["sector"] == code) | (points["district_code"] == code)
    if named.any() or areas is None:
        return named.to_numpy(bool)
    shape = areas.loc[areas["area_code"] == code, "geometry"]
    if shape.empty:
        return named.to_numpy(bool)
    where = gpd.GeoSeries.from_xy(points["easting"], points["northing"], index=points.index, crs=areas.crs)
    return np.asarray(where.within(shape.union_all()), dtype=bool)


def bar_pairs(
    points: pd.DataFrame,
    providers: pd.DataFrame,
    *,
    inside: np.ndarray,
    why_not: pd.Series,
    settings: BlockSettings,
) -> np.ndarray:
    """Say why each provider may not serve each point, locks left aside; blank where it may.

    Parameters
    ----------
    points, providers
        As `BlockModel` holds them; ``points["needs"]`` is all that any package there needs.
    inside
        (points, providers) where each takes part.
    why_not
        As `screen_providers` gives it.

    Returns
    -------
    ndarray
        (points, providers) text.
    """
    barred = np.full(inside.shape, "", dtype=object)
    for number, offered in enumerate(split_list(providers["services"])):
        # A provider that lists no services is not known to lack one.
        if offered:
            gaps = [needs - offered for needs in points["needs"]]
            barred[:, number] = [f"{LACKS}{', '.join(sorted(gap))}" if gap else "" for gap in gaps]
    barred[~inside] = ABSENT
    for number, name in enumerate(providers.index):
        if why_not[name]:
            barred[:, number] = why_not[name]
    barred[points["contact_hours"].to_numpy(float) > settings.max_hours] = "one postcode above the largest block"
    return barred


def keep_out(standing: np.ndarray, kept_out: np.ndarray) -> np.ndarray:
    """Bar providers by locks as well: told first to those who would else have lacked something or taken no part there.

    Parameters
    ----------
    standing
        As `bar_pairs` gives it.
    kept_out
        As `map_forbidden` gives it.
    """
    barred = standing.copy()
    for point, provider in zip(*np.nonzero(kept_out), strict=True):
        why = str(standing[point, provider])
        if why in {"", ABSENT} or why.startswith(LACKS):
            barred[point, provider] = KEPT_OUT
    return barred


def map_forbidden(
    locks: Locks, providers: list[str], county_postcodes: pd.DataFrame, *, point_of: pd.Series, points: pd.Index
) -> np.ndarray:
    """Map where locks keep providers out: at every point that a postcode of the place is, or hangs on.

    Parameters
    ----------
    providers
        Those who may have blocks.
    county_postcodes
        Every postcode of the county.
    point_of
        For each of them the position in ``points`` that it hangs on, negative for none.

    Returns
    -------
    ndarray
        (points, providers) bool.

    Raises
    ------
    PlanError
        Naming a place that the county does not have.
    """
    forbidden = np.zeros((len(points), len(providers)), dtype=bool)
    hangs = point_of.reindex(county_postcodes.index).to_numpy()
    for provider, place in locks.forbidden:
        if provider not in providers:
            continue  # one who can have no block anyway is already kept out
        inside = lies_in(county_postcodes, place)
        if not inside.any():
            raise PlanError(
                f"Forbidden pair ({provider}, {place}): no postcode of the county lies there. "
                "Give a sector such as 'GL1 1', a district code or a postcode."
            )
        hit = points.isin(county_postcodes.index[inside])
        hit[hangs[inside & (hangs >= 0)]] = True
        forbidden[:, providers.index(provider)] |= hit
    return forbidden
