"""Care companies and their registered locations, before any work is given to them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import norm

from marketmap.inputs.sample.demand import pick
from marketmap.inputs.sample.known_counties import KnownCounty
from marketmap.inputs.sample.places import Ground, share_out
from marketmap.inputs.sample.settings import SampleSettings


def count_companies(packages: int, *, settings: SampleSettings) -> int:
    """Count the contracted companies of a county with so many packages."""
    scaled = float(settings.companies * (packages / settings.reference_packages) ** settings.scale_exponent)
    return max(settings.fewest_companies, round(scaled))


def draw_locations(
    ground: Ground,
    *,
    packages: int,
    packages_by_district: np.ndarray,
    known: KnownCounty | None,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw every registered location of the county.

    Returns
    -------
    DataFrame
        One row a location, in random order: ``provider_id, provider_name, company_id, company`` (number),
        ``home`` (position in ``ground.frame``), ``role`` (contracted, spot or empty), ``hours_aim`` (contact
        hours a week its company should hold, the same on each of the company's locations), ``cqc_location_id``,
        ``cqc_rating``, ``on_framework``, and one bool column a service.
    """
    companies = count_companies(packages, settings=settings)
    total = max(round(companies * settings.locations / settings.companies), companies)
    second = min(round(settings.second_locations_share * companies), total - companies)
    rest = total - companies - second
    doubled = round(settings.second_locations_share * rest / 2)
    company = np.concatenate(
        [
            np.arange(companies),
            np.arange(second),
            companies + np.arange(rest - doubled),
            companies + np.arange(doubled),
        ]
    )
    spot = round(settings.spot_companies_share * rest)
    # Spot companies are the last of the rest, so that none of them is one of the doubled.
    role = np.where(company < companies, "contracted", np.where(company >= company.max() + 1 - spot, "spot", "empty"))
    frame = pd.DataFrame({"company": company, "role": role})
    frame = frame.iloc[rng.permutation(total)].reset_index(drop=True)
    told = {each.code: each.cqc_locations for each in known.districts} if known else {}
    weights = np.array([told.get(code) or 0 for code in ground.districts], dtype=float)
    by_district = share_out(total, weights if weights.all() else packages_by_district.astype(float))
    frame["home"] = _draw_offices(ground, by_district=by_district, rng=rng)
    width = max(2, len(str(total)))
    renumbered = pd.factorize(frame["company"])[0]
    frame["provider_id"] = [f"P{number:0{width}d}" for number in range(1, total + 1)]
    frame["company_id"] = [f"C{number + 1:0{width}d}" for number in renumbered]
    branch = frame.groupby("company").cumcount() + 1
    several = frame["company"].duplicated(keep=False)
    frame["provider_name"] = [
        f"Care company {number + 1:0{width}d}" + (f", branch {part}" if many else "")
        for number, part, many in zip(renumbered, branch, several, strict=True)
    ]
    # Real CQC ids never begin with zeros after the dash.
    frame["cqc_location_id"] = [f"1-{number:09d}" for number in range(1, total + 1)]
    frame["cqc_rating"] = _draw_ratings(frame, settings=settings, rng=rng)
    frame["on_framework"] = frame["role"] == "contracted"
    sizes = np.exp(settings.size_spread * norm.ppf((np.arange(companies) + 0.5) / companies))
    sizes = rng.permutation(sizes)
    hours = settings.reference_hours_week * packages / settings.reference_packages * (1 - settings.waiting_share)
    frame["hours_aim"] = 0.0
    contracted = frame["role"] == "contracted"
    frame.loc[contracted, "hours_aim"] = (sizes / sizes.sum() * hours)[frame.loc[contracted, "company"]]
    frame.loc[frame["role"] == "spot", "hours_aim"] = settings.spot_hours
    # One draw a company, so that its branches offer the same.
    for service, share in settings.services:
        frame[service] = (rng.random(company.max() + 1) < share)[frame["company"]]
    return frame


def _draw_offices(ground: Ground, *, by_district: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw one postcode a location, the districts mixed."""
    codes = ground.frame["district_code"].to_numpy()
    weights = ground.frame["weight"].to_numpy(float)
    homes: list[np.ndarray] = []
    for code, count in zip(ground.districts, by_district, strict=True):
        inside = np.flatnonzero(codes == code)
        if count:
            homes.append(rng.choice(inside, size=int(count), p=weights[inside] / weights[inside].sum()))
    return rng.permutation(np.concatenate(homes))


def _draw_ratings(frame: pd.DataFrame, *, settings: SampleSettings, rng: np.random.Generator) -> np.ndarray:
    """Deal out the register's ratings, the unrated mostly to locations that hold nothing."""
    deck = pick(settings.ratings, len(frame), rng)
    contracted = (frame["role"] == "contracted").to_numpy()
    rated, unrated = list(deck[deck != "Not rated"]), list(deck[deck == "Not rated"])
    ratings = np.empty(len(frame), dtype=object)
    for row in np.concatenate([np.flatnonzero(contracted), np.flatnonzero(~contracted)]):
        from_rated = rng.random() < settings.contracted_rated if contracted[row] else False
        first, other = (rated, unrated) if from_rated else (unrated, rated)
        ratings[row] = first.pop() if first else other.pop()
    return ratings


def complete_services(locations: pd.DataFrame, held: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Let every location that holds double-handed work offer it.

    Parameters
    ----------
    held
        Service name to the positions in ``locations`` that hold a package needing it.
    """
    frame = locations.copy()
    for service, rows in held.items():
        frame.loc[frame.index.isin(rows.unique()), service] = True
    return frame


def list_names(frame: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    """Join the names of the true columns of each row with ``;``."""
    flags = frame[list(names)].to_numpy(bool)
    return [";".join(name for name, on in zip(names, row, strict=True) if on) for row in flags]
