"""What stands around the packages: the rate card, community assets, and growth to come."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.inputs.sample.demand import pick
from marketmap.inputs.sample.places import Ground
from marketmap.inputs.sample.settings import SampleSettings


def write_rate_card(ground: Ground, *, settings: SampleSettings) -> pd.DataFrame:
    """Write the rate card: the first price zone's rates for all, and those of sectors that lie mostly in another.

    Nothing is drawn: a rate is its zone's middle price times what the length of visit adds.

    Returns
    -------
    DataFrame
        ``area_code`` ("" = all), ``rate_pounds`` (a carer hour), ``provider_id`` ("" = standard), ``visit_minutes``,
        ``valid_from`` (the first of April on or before the snapshot).
    """
    lengths = pd.DataFrame(settings.market.rate_lengths, columns=["visit_minutes", "factor"])
    zones = ground.frame.groupby("sector")["zone"].agg(lambda each: int(each.mode().iloc[0]))
    others = zones[zones > 0]
    areas = pd.DataFrame({"area_code": ["", *others.index], "zone": [0, *others]})
    middle = np.array([(zone.price_low + zone.price_high) / 2 for zone in settings.zones])
    card = areas.merge(lengths, how="cross")
    card["rate_pounds"] = np.round(middle[card["zone"]] * card["factor"], 2)
    day = settings.snapshot_date
    year = day.year if (day.month, day.day) >= (4, 1) else day.year - 1
    card = card.assign(provider_id="", valid_from=f"{year}-04-01")
    return card[["area_code", "rate_pounds", "provider_id", "visit_minutes", "valid_from"]]


def draw_assets(ground: Ground, *, settings: SampleSettings, rng: np.random.Generator) -> pd.DataFrame:
    """Draw libraries, surgeries, halls and groups at postcodes of the kind of place where each mostly is.

    Returns
    -------
    DataFrame
        ``asset_id, name, kind, postcode``, sorted by kind and postcode.
    """
    market = settings.market
    number = max(market.fewest_assets, round(market.assets_per_postcode * len(ground.frame)))
    kinds = pick(tuple((each.kind, each.share) for each in market.asset_kinds), number, rng)
    zone = ground.frame["zone"].to_numpy()
    parts = []
    for each in market.asset_kinds:
        weight = np.array(each.zone_weights)[zone]
        size = min(int((kinds == each.kind).sum()), int((weight > 0).sum()))
        homes = rng.choice(len(zone), size=size, replace=False, p=weight / weight.sum())
        places = ground.frame.iloc[np.sort(homes)][["postcode", "sector"]]
        number_in_sector = places.groupby("sector").cumcount() + 1
        names = [f"{sector} {each.name} {n}" for sector, n in zip(places["sector"], number_in_sector, strict=True)]
        parts.append(pd.DataFrame({"name": names, "kind": each.kind, "postcode": places["postcode"].to_numpy()}))
    assets = pd.concat(parts, ignore_index=True)
    assets.insert(0, "asset_id", [f"A{number:04d}" for number in range(1, len(assets) + 1)])
    return assets


def draw_growth(ground: Ground, *, settings: SampleSettings, rng: np.random.Generator) -> pd.DataFrame:
    """Draw factors of growth by district, year and age band: compound, and made up.

    Returns
    -------
    DataFrame
        ``area_code, year, factor, age_band``, in that order.
    """
    market = settings.market
    rural = ground.frame.groupby("district_code")["rural"].mean() > 0.5
    rows = []
    for code in ground.districts:
        own = market.growth_spread * rng.normal() + market.rural_growth * bool(rural[code])
        rows += [
            {
                "area_code": code,
                "year": settings.snapshot_date.year + ahead,
                "factor": round((1 + rate + own) ** ahead, 4),
                "age_band": band,
            }
            for ahead in range(1, market.growth_years + 1)
            for band, rate in market.growth_a_year
        ]
    return pd.DataFrame(rows).sort_values(["area_code", "year", "age_band"], ignore_index=True)
