"""Overlap: how many providers work in the same streets, how even their shares are, and who is near each package."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.market.area_rows import code_rows, sort_areas
from marketmap.market.intervals import share_interval
from marketmap.market.places import Places, area_codes, join_places, name_squares
from marketmap.settings import MarketSettings
from marketmap.travel import TravelTimes

FULL_HHI = 10_000.0
ROWS_AT_ONCE = 1024


def measure_overlap(
    deliveries: pd.DataFrame, providers: pd.DataFrame, places: Places, *, by: str, settings: MarketSettings
) -> pd.DataFrame:
    """Measure how many providers share an area, and its streets.

    Parameters
    ----------
    deliveries
        As `market.footprints.find_deliveries` gives them; unplaced ones are left out.
    providers
        ``provider_id``, ``company_id``; and the county's postcodes' coordinates through ``places``.
    places, by
        As `market.demand.measure_demand` takes them.
    settings
        ``street_metres``, ``significant_share``.

    Returns
    -------
    DataFrame
        ``level``, ``area_code``, ``providers``, ``companies``, ``carer_hours`` a week; ``hhi``, the
        Herfindahl-Hirschman index on companies' carer hours (0 to 10,000; 10,000 is one company), NaN where nothing
        is delivered; ``largest_company_share``; ``streets`` (squares with any care), ``providers_street_mean`` and
        ``providers_street_max`` (providers to a square, the mean weighted by visits), ``streets_shared`` (squares with
        two providers or more).
    """
    work = deliveries.dropna(subset=["postcode"])
    joined = join_places(work, places)
    joined["area_code"] = area_codes(joined, by=by)
    joined = joined.dropna(subset=["area_code"])
    company = providers.drop_duplicates("provider_id").set_index("provider_id")["company_id"]
    joined["company_id"] = joined["provider_id"].map(company).fillna(joined["provider_id"])
    joined["street"] = name_squares(joined["postcode"], places, metres=settings.street_metres)
    hours = joined.groupby(["area_code", "company_id"])["carer_hours"].sum()
    total = hours.groupby(level="area_code").sum()
    shares = hours / total.reindex(hours.index, level="area_code").replace(0.0, np.nan)
    groups = joined.groupby("area_code")
    table = pd.DataFrame(
        {
            "providers": groups["provider_id"].nunique(),
            "companies": groups["company_id"].nunique(),
            "carer_hours": groups["carer_hours"].sum(),
            "hhi": (shares**2).groupby(level="area_code").sum(min_count=1) * FULL_HHI,
            "largest_company_share": shares.groupby(level="area_code").max(),
        }
    )
    street = joined.groupby(["area_code", "street"]).agg(
        providers=("provider_id", "nunique"), visits=("visits_week", "sum")
    )
    by_area = street.groupby(level="area_code")
    table["streets"] = by_area.size()
    weighted = (street["providers"] * street["visits"]).groupby(level="area_code").sum()
    table["providers_street_mean"] = (weighted / by_area["visits"].sum().replace(0.0, np.nan)).fillna(
        by_area["providers"].mean()
    )
    table["providers_street_max"] = by_area["providers"].max()
    table["streets_shared"] = (street["providers"] > 1).groupby(level="area_code").sum()
    ordered = sort_areas(table.rename_axis("area_code").reset_index())
    ordered.insert(0, "level", by)
    return ordered


def find_near_providers(
    packages: pd.DataFrame, deliveries: pd.DataFrame, times: TravelTimes, *, near_minutes: float
) -> pd.DataFrame:
    """Find who delivers within some road minutes of each package.

    Parameters
    ----------
    packages
        `Tables.packages`; active and waiting ones are asked about.
    deliveries
        As `market.footprints.find_deliveries` gives them.
    times
        Road minutes between the postcodes of packages.
    near_minutes
        From where the provider delivers to the package; exactly so many count.

    Returns
    -------
    DataFrame
        One row a package, in order: ``package_id``, ``postcode``, ``near_providers`` (how many deliver so near, at its
        own postcode too; NA where it lies off the roads or the map), ``near_other_providers`` (its own provider left
        out), ``near_provider_ids`` (joined by semicolons).
    """
    current = packages[packages["status"].isin(["active", "waiting"])].sort_values("package_id")
    work = deliveries[deliveries["postcode"].isin(times.postcodes)]
    sites = pd.Index(sorted(work["postcode"].unique()))
    names = pd.Index(sorted(work["provider_id"].unique()))
    works = np.zeros((len(sites), len(names)), dtype=np.float32)
    works[sites.get_indexer(work["postcode"]), names.get_indexer(work["provider_id"])] = 1.0
    columns = times.postcodes.get_indexer(sites)
    homes = pd.Index(current.loc[current["postcode"].isin(times.postcodes), "postcode"].unique())
    rows = times.postcodes.get_indexer(homes)
    near = np.zeros((len(homes), len(names)), dtype=bool)
    for begin in range(0, len(homes), ROWS_AT_ONCE):
        some = slice(begin, begin + ROWS_AT_ONCE)
        # From the provider's visit to the package: that is the way its carer would drive.
        minutes = times.minutes[np.ix_(columns, rows[some])].T
        near[some] = (minutes <= near_minutes).astype(np.float32) @ works > 0
    place = homes.get_indexer(current["postcode"])
    own = names.get_indexer(current["provider_id"].astype("object"))
    found = near[place] if len(homes) else np.zeros((len(current), len(names)), dtype=bool)
    holds = found[np.arange(len(current)), own] & (own >= 0) if len(names) else np.zeros(len(current), dtype=bool)
    known = pd.Series(place >= 0, index=current.index)
    count = pd.Series(found.sum(axis=1), index=current.index, dtype="Int64")
    texts = [";".join(names[row]) for row in found]
    table = pd.DataFrame(
        {
            "package_id": current["package_id"],
            "postcode": current["postcode"],
            "near_providers": count.where(known),
            "near_other_providers": (count - holds.astype(int)).where(known),
            "near_provider_ids": pd.Series(texts, index=current.index, dtype="str").where(known),
        }
    )
    return table.reset_index(drop=True)


def sum_near_providers(near: pd.DataFrame, places: Places, *, by: str, settings: MarketSettings) -> pd.DataFrame:
    """Sum up by area how many providers deliver near its packages.

    Parameters
    ----------
    near
        As `find_near_providers` gives it.
    settings
        ``many_providers``.

    Returns
    -------
    DataFrame
        ``level``, ``area_code``, ``packages`` (those whose road minutes are known), ``near_providers_median``,
        ``near_providers_low`` and ``near_providers_high`` (10th and 90th percentile of packages), ``packages_no_other``
        (packages near which nobody but their own provider delivers), ``packages_many`` (near which ``many_providers``
        or more deliver), ``many_share`` of packages with its 95 % interval (Wilson).
    """
    codes = code_rows(near, places, by=by)
    known = near.assign(area_code=codes).dropna(subset=["near_providers"])
    counts = known["near_providers"].astype(float)
    groups = counts.groupby(known["area_code"])
    table = pd.DataFrame(
        {
            "packages": groups.size(),
            "near_providers_median": groups.median(),
            "near_providers_low": groups.quantile(0.1),
            "near_providers_high": groups.quantile(0.9),
            "packages_no_other": known["near_other_providers"].eq(0).groupby(known["area_code"]).sum(),
            "packages_many": counts.ge(settings.many_providers).groupby(known["area_code"]).sum(),
        }
    )
    ordered = sort_areas(table.rename_axis("area_code").reset_index())
    ordered["many_share"] = ordered["packages_many"] / ordered["packages"]
    ordered["many_low"], ordered["many_high"] = share_interval(ordered["packages_many"], ordered["packages"])
    ordered.insert(0, "level", by)
    return ordered
