"""The six tables of the market measures, drawn around packages that are already there, and as they are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.inputs.sample.offers import draw_handbacks, draw_offers
from marketmap.inputs.sample.patches import Patches
from marketmap.inputs.sample.places import Ground
from marketmap.inputs.sample.reablement import draw_reablement
from marketmap.inputs.sample.settings import SampleSettings
from marketmap.inputs.sample.spelling import number_ids, spell_dates
from marketmap.inputs.sample.surroundings import draw_assets, draw_growth, write_rate_card


@dataclass(frozen=True)
class MarketTables:
    """The six tables as they are written."""

    offers: pd.DataFrame
    handbacks: pd.DataFrame
    rates: pd.DataFrame
    assets: pd.DataFrame
    reablement: pd.DataFrame
    growth: pd.DataFrame


def draw_market(
    lines: pd.DataFrame,
    locations: pd.DataFrame,
    patches: Patches,
    ground: Ground,
    *,
    by_district: np.ndarray,
    settings: SampleSettings,
    draw: Callable[[str], np.random.Generator],
) -> MarketTables:
    """Draw the six tables; each has random streams of its own, so that no other table hangs on them.

    Parameters
    ----------
    lines
        As `history.draw_lines` gives them.
    by_district
        Packages in force in each of ``ground.districts``.
    """
    handbacks = draw_handbacks(lines, settings=settings, rng=draw("handback notices"))
    offers = draw_offers(lines, handbacks, patches, ground, settings=settings, rng=draw("offers"))
    reablement = draw_reablement(ground, by_district, settings=settings, rng=draw("reablement"))
    provider = locations["provider_id"].to_numpy(dtype=object)
    return MarketTables(
        offers=pd.DataFrame(
            {
                "package_id": number_ids("K", offers["package"] + 1, width=5),
                "provider_id": provider[offers["location"].to_numpy(int)],
                "offered_at": spell_dates(offers["day"], settings=settings),
                "response": offers["response"],
                "reason": offers["reason"],
            }
        ),
        handbacks=pd.DataFrame(
            {
                "package_id": number_ids("K", handbacks["package"] + 1, width=5),
                "provider_id": provider[handbacks["location"].to_numpy(int)],
                "notice_date": spell_dates(handbacks["notice_day"], settings=settings),
                "end_date": spell_dates(handbacks["end_day"], settings=settings),
                "reason": handbacks["reason"],
            }
        ),
        rates=write_rate_card(ground, settings=settings),
        assets=draw_assets(ground, settings=settings, rng=draw("assets")),
        reablement=pd.DataFrame(
            {
                "episode_id": number_ids("R", np.arange(1, len(reablement) + 1), width=5),
                "area_code": reablement["area_code"],
                "referral_date": spell_dates(reablement["referral_day"], settings=settings),
                "start_date": spell_dates(reablement["start_day"], settings=settings),
                "end_date": spell_dates(reablement["end_day"], settings=settings),
                "outcome": reablement["outcome"],
            }
        ),
        growth=draw_growth(ground, settings=settings, rng=draw("growth")),
    )
