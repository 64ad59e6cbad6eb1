"""Points of demand: the postcodes that zones are made of, and what leaving each as it is costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.blocks.eligibility import split_list
from marketmap.blocks.patches import find_patch_centres
from marketmap.settings import BlockSettings
from marketmap.travel import TravelTimes


def package_needs(packages: pd.DataFrame) -> list[frozenset[str]]:
    """List what each package needs of its provider; two carers at once count as ``double_handed``."""
    double = pd.to_numeric(packages["carers_required"]).to_numpy(float) > 1
    return [
        needs | {"double_handed"} if two else needs
        for needs, two in zip(split_list(packages["needs"]), double, strict=True)
    ]


def sum_points(members: pd.DataFrame) -> pd.DataFrame:
    """Sum placeable packages by postcode.

    Parameters
    ----------
    members
        Placeable packages with ``waiting``, ``carer_hours`` and ``carer_visits``
        as `market.demand.describe_packages` gives them.

    Returns
    -------
    DataFrame
        Indexed by postcode, sorted: ``district_code, sector, easting, northing, packages, people, contact_hours,
        carer_hours, carer_visits, hours_waiting, carer_hours_waiting, active_visits`` (a week) and ``needs``
        (everything that any package there needs).
    """
    person = members["person_id"].astype("object").where(members["person_id"].notna(), members["package_id"])
    waiting = members["waiting"].to_numpy(bool)
    hours = members["hours_week"].astype(float)
    home = members["postcode"].astype(str)
    table = pd.DataFrame(
        {
            "postcode": home,
            "district_code": members["district_code"].astype(str),
            "sector": members["sector"].astype(str),
            "easting": members["easting"].astype(float),
            "northing": members["northing"].astype(float),
            "person": person,
            "contact_hours": hours,
            "carer_hours": members["carer_hours"],
            "carer_visits": members["carer_visits"],
            "hours_waiting": hours.where(waiting, 0.0),
            "carer_hours_waiting": members["carer_hours"].where(waiting, 0.0),
            "active_visits": members["carer_visits"].where(~waiting, 0.0),
        }
    )
    places = table.groupby("postcode", sort=True)
    points = places[["district_code", "sector", "easting", "northing"]].first()
    points["packages"] = places.size()
    points["people"] = places["person"].nunique()
    sums = [
        "contact_hours",
        "carer_hours",
        "carer_visits",
        "hours_waiting",
        "carer_hours_waiting",
        "active_visits",
    ]
    points[sums] = places[sums].sum()
    needs: dict[str, frozenset[str]] = {}
    for postcode, wanted in zip(home, package_needs(members), strict=True):
        needs[postcode] = needs.get(postcode, frozenset()) | wanted
    points["needs"] = pd.Series([needs[postcode] for postcode in points.index], index=points.index, dtype="object")
    return points


def measure_outside(
    members: pd.DataFrame,
    points: pd.DataFrame,
    matrix: TravelTimes,
    held: pd.DataFrame,
    *,
    settings: BlockSettings,
) -> tuple[pd.Series, np.ndarray]:
    """Measure today's travel: each active package from the nearest patch of its own provider.

    Parameters
    ----------
    members, points
        The placeable packages, and `sum_points` of them.
    held
        Who holds what where, as `market.footprints.hours_held` gives it.

    Returns
    -------
    mean, total
        Minutes a carer-visit by point (0 where nobody is visited yet), and (n,) minutes a week.
    """
    patches = find_patch_centres(
        held, minutes=matrix.minutes, postcodes=matrix.postcodes, patch_hours=settings.patch_hours
    )
    active = members[~members["waiting"]]
    minutes = np.zeros(len(active))
    rows = matrix.postcodes.get_indexer(pd.Index(active["postcode"]))
    provider = active["provider_id"].astype(str).to_numpy()
    for name in np.unique(provider):
        own = provider == name
        # A patch is a cluster of the provider's own work, so its centre can always be reached from it.
        minutes[own] = matrix.minutes[np.ix_(rows[own], patches[name])].min(axis=1)
    travel = pd.Series(minutes * active["carer_visits"].to_numpy(float))
    total = travel.groupby(active["postcode"].to_numpy()).sum().reindex(points.index).fillna(0.0)
    visits = points["active_visits"]
    return (total / visits.where(visits > 0)).fillna(0.0), total.to_numpy(float)


def find_usual_excess(points: pd.DataFrame, providers: pd.DataFrame, *, usual: pd.Series) -> np.ndarray:
    """Find what each provider would cost above the usual price at each point.

    Parameters
    ----------
    usual
        Pounds an hour by district, as `market.demand.find_usual_price` gives it.

    Returns
    -------
    ndarray
        (points, providers) pounds a week, 0 where a price is not known or not above the usual.
    """
    price = providers["price_hour"].astype(float).to_numpy()[None, :]
    above = price - points["district_code"].map(usual).to_numpy(dtype=float)[:, None]
    known = np.where(np.isfinite(above), np.maximum(above, 0.0), 0.0)
    pounds: np.ndarray = known * points["carer_hours"].to_numpy(float)[:, None]
    return pounds
