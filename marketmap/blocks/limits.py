"""What providers and companies may take on, less what blocks already let have used up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.locks import LockedZone
from marketmap.settings import BlockSettings


@dataclass(frozen=True)
class Limits:
    """Limits that proposed blocks must keep; arrays over providers (P), companies (C), districts (D), points (n).

    Attributes
    ----------
    capacity
        (P,) carer hours a week that a provider may take on in blocks, less what it gives up in others' blocks.
    most_hours
        (P,) block contact hours it would take in all.
    company_of, district_of
        (P,) and (n,) numbers of its company and of the point's local-authority district.
    share_cap
        (C, D) contact hours that a company's proposed blocks may hold in a district.
    blocks_there
        (C, D) blocks already let; a single block in a district is always allowed.
    """

    capacity: np.ndarray
    most_hours: np.ndarray
    company_of: np.ndarray
    district_of: np.ndarray
    share_cap: np.ndarray
    blocks_there: np.ndarray


def find_limits(
    points: pd.DataFrame,
    providers: pd.DataFrame,
    locked: list[LockedZone],
    *,
    held: np.ndarray,
    most_hours: np.ndarray,
    district_hours: pd.Series,
    settings: BlockSettings,
) -> Limits:
    """Find the limits of every provider and company.

    Parameters
    ----------
    points, providers
        As `BlockModel` holds them.
    locked
        The blocks already let: they use capacity and shares first.
    held
        (n, P) carer hours held.
    most_hours
        (P,) as `eligibility.map_participation` gives it.
    district_hours
        All contact hours of each district, placeable or not.
    """
    spare = providers["hours_spare_week"].astype(float).fillna(0.0).to_numpy()
    growth = providers["max_growth_hours_13w"].astype(float).fillna(0.0).to_numpy()
    capacity, most = spare + growth, most_hours.copy()
    company_of, companies = pd.factorize(providers["company_id"].astype(str), sort=True)
    district_of, districts = pd.factorize(points["district_code"], sort=True)
    share = settings.share_cap * district_hours.reindex(districts).fillna(0.0).to_numpy(float)
    share_cap = np.tile(share, (len(companies), 1))
    blocks_there = np.zeros((len(companies), len(districts)), dtype=np.int64)
    load = points["carer_hours"].to_numpy(float)
    hours = points["contact_hours"].to_numpy(float)
    for zone in locked:
        inside = points.index.isin(zone.postcodes)
        number = list(providers.index).index(zone.provider_id)
        capacity[number] -= float((load - held[:, number])[inside].sum())
        most[number] -= float(hours[inside].sum())
        for district in np.unique(district_of[inside]):
            company = company_of[number]
            share_cap[company, district] -= float(hours[inside & (district_of == district)].sum())
            blocks_there[company, district] += 1
    return Limits(
        # A block already let may have used up more than there is: nothing is left then, not less.
        capacity=np.maximum(capacity, 0.0),
        most_hours=np.maximum(most, 0.0),
        company_of=np.asarray(company_of, dtype=np.int64),
        district_of=np.asarray(district_of, dtype=np.int64),
        share_cap=np.maximum(share_cap, 0.0),
        blocks_there=blocks_there,
    )
