"""What is settled with each package once somebody delivers it: needs that are met, price, and what may not move."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.inputs.sample.demand import pick
from marketmap.inputs.sample.places import Ground
from marketmap.inputs.sample.settings import SampleSettings

PENCE_STEP = 0.05
PACKAGE_NOISE = 0.02  # a package's price about its provider's, as a share


def draw_price_levels(locations: pd.DataFrame, *, settings: SampleSettings, rng: np.random.Generator) -> np.ndarray:
    """Draw each location's price level, 1.0 being its zone's middle; branches of a company share it."""
    levels = 1 + settings.price_spread * rng.normal(size=int(locations["company"].max()) + 1)
    return np.asarray(levels[locations["company"].to_numpy()])


def price_care(
    homes: np.ndarray, levels: np.ndarray, ground: Ground, *, settings: SampleSettings, noise: np.ndarray
) -> np.ndarray:
    """Price care at some places: the zone's middle × the provider's level, kept within the zone's range.

    Parameters
    ----------
    homes, levels, noise
        (n,) position in ``ground.frame``, price level, and a share by which each differs from its level.

    Returns
    -------
    ndarray
        Pounds a carer hour, in steps of 5p.
    """
    zone = ground.frame["zone"].to_numpy()[homes]
    low = np.array([each.price_low for each in settings.zones])[zone]
    high = np.array([each.price_high for each in settings.zones])[zone]
    price = np.clip((low + high) / 2 * levels * (1 + noise), low, high)
    return np.asarray(np.round(np.round(price / PENCE_STEP) * PENCE_STEP, 2))


def settle_terms(
    packages: pd.DataFrame,
    locations: pd.DataFrame,
    ground: Ground,
    *,
    levels: np.ndarray,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Settle needs and prices of packages that a location delivers.

    Nobody is cared for by a provider that does not offer what they need, so a need that the location does not
    offer falls away.

    Parameters
    ----------
    packages
        With ``location`` (row of ``locations``; -1: nobody delivers it yet) and one bool column a need.
    levels
        As `draw_price_levels` gives them.

    Returns
    -------
    DataFrame
        ``packages`` with ``price_hour`` (NaN where nobody delivers it).
    """
    frame = packages.copy()
    location = frame["location"].to_numpy()
    held = location >= 0
    for need, _ in settings.needs:
        offered = locations[need].to_numpy(bool)[location]
        frame[need] = frame[need].to_numpy(bool) & (offered | ~held)
    noise = PACKAGE_NOISE * rng.normal(size=len(frame))
    price = price_care(frame["home"].to_numpy(), levels[location], ground, settings=settings, noise=noise)
    frame["price_hour"] = np.where(held, price, np.nan)
    return frame


def mark_fixed(packages: pd.DataFrame, *, settings: SampleSettings, rng: np.random.Generator) -> pd.DataFrame:
    """Mark the packages that must stay where they are, with the reason; columns ``do_not_move_reason`` ("" = may)."""
    frame = packages.copy()
    frame["do_not_move_reason"] = ""
    active = (frame["status"] == "active").to_numpy()
    wanted = round(settings.do_not_move_share * active.sum())
    dying = np.flatnonzero(active & frame["end_of_life"].to_numpy(bool))[: wanted // 2]
    others = np.setdiff1d(np.flatnonzero(active), dying)
    chosen = rng.choice(others, size=min(max(wanted - len(dying), 0), len(others)), replace=False)
    frame.loc[dying, "do_not_move_reason"] = "end_of_life"
    frame.loc[chosen, "do_not_move_reason"] = pick(settings.do_not_move_reasons, len(chosen), rng)
    return frame
