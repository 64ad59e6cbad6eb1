"""Whom brokers asked to take each package, what they answered, and which packages were handed back."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.inputs.market_contracts import ACCEPTED, NO_RESPONSE, REFUSED
from marketmap.inputs.sample.demand import NO_PATTERN, pick
from marketmap.inputs.sample.patches import Patches
from marketmap.inputs.sample.places import Ground, measure_metres
from marketmap.inputs.sample.settings import SampleSettings

LATE_BANDS = ("tea", "bed")
YESTERDAY = -1.0


def draw_handbacks(lines: pd.DataFrame, *, settings: SampleSettings, rng: np.random.Generator) -> pd.DataFrame:
    """Give the notice behind each line that a provider's handback began.

    Parameters
    ----------
    lines
        As `history.draw_lines` gives them.

    Returns
    -------
    DataFrame
        Indexed as the line that took over: ``package, location`` (who handed back), ``notice_day, end_day`` (last
        day of its care), ``reason``.
    """
    before = lines.shift()
    moved = lines["change_reason"] == "provider_handback"
    end = lines.loc[moved, "from_day"] - 1
    low, high = settings.market.notice_days
    notice = end - rng.integers(low, high + 1, size=len(end))
    return pd.DataFrame(
        {
            "package": lines.loc[moved, "package"],
            "location": before.loc[moved, "location"].astype(int),
            "notice_day": np.maximum(notice, before.loc[moved, "from_day"]),
            "end_day": end,
            "reason": pick(settings.market.handback_reasons, len(end), rng),
        }
    )


def draw_offers(
    lines: pd.DataFrame,
    handbacks: pd.DataFrame,
    patches: Patches,
    ground: Ground,
    *,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw the offers behind every start of home care in the year, every handback, and every wait without a start.

    Providers near by are asked one after another; the last of a start is the one that took it, and a package that
    waits or was withdrawn has none that did.

    Parameters
    ----------
    lines, handbacks
        As `history.draw_lines` and `draw_handbacks` give them.

    Returns
    -------
    DataFrame
        ``package, location`` (who was asked), ``day, response, reason`` ("" unless refused).
    """
    sought = _list_sought(lines, handbacks, settings=settings, rng=rng)
    home = sought["home"].to_numpy()
    late = _calls_late(sought, settings=settings)
    zone = ground.frame["zone"].to_numpy()[home]
    chance = np.array(settings.market.refusal_by_zone)[zone] + settings.market.refusal_late * late
    refusals = _count_refusals(sought, chance, settings=settings, rng=rng)
    scores = patches.pull - (measure_metres(ground, home, patches.home) / patches.reach) ** 2
    nearest = patches.location[np.argsort(-(scores + rng.gumbel(size=scores.shape)), axis=1, kind="stable")]
    rows: list[dict[str, object]] = []
    for place, (package, taker, first, last) in enumerate(
        sought[["package", "location", "asked_day", "last_day"]].itertuples(index=False)
    ):
        asked = [int(each) for each in dict.fromkeys(nearest[place].tolist()) if each != taker][: refusals[place]]
        days = np.sort(rng.integers(int(first), int(last) + 1, size=len(asked)))
        rows += [
            {"sought": place, "package": package, "location": location, "day": day}
            for location, day in zip(asked, days.tolist(), strict=True)
        ]
        if taker >= 0:
            rows.append({"sought": place, "package": package, "location": taker, "day": int(last)})
    offers = pd.DataFrame(rows, columns=["sought", "package", "location", "day"])
    return _answer(offers, sought, late, zone, settings=settings, rng=rng)


def _list_sought(
    lines: pd.DataFrame, handbacks: pd.DataFrame, *, settings: SampleSettings, rng: np.random.Generator
) -> pd.DataFrame:
    """List each time that a provider was sought: the line, from which day, and until which."""
    market = settings.market
    brokered = (lines["service_type"] == "home_care") & lines["funding"].isin(market.brokered_funding)
    opened = ~lines["package"].duplicated()
    handed = lines.index.isin(handbacks.index)
    sought = lines[brokered & (opened | handed)].copy()
    handed = sought.index.isin(handbacks.index)
    # Who handed it back had taken it once; the line's own location is who took it over.
    sought["asked_day"] = sought["request_day"].where(~handed, handbacks["notice_day"].reindex(sought.index))
    # A withdrawn request, and one that still waits, ends without a taker.
    taken = sought["location"] >= 0
    unmet = sought["end_day"].fillna(YESTERDAY)
    accepted = sought["from_day"] - 1 - rng.integers(0, market.settling_days + 1, size=len(sought))
    sought["last_day"] = np.maximum(sought["asked_day"], np.where(taken, accepted, unmet))
    recent = sought["from_day"].where(taken, sought["last_day"]) >= -7 * settings.history_weeks
    kept: pd.DataFrame = sought[recent].reset_index(drop=True)
    return kept


def _calls_late(sought: pd.DataFrame, *, settings: SampleSettings) -> np.ndarray:
    late = np.array([bool(set(LATE_BANDS) & set(pattern.bands)) for pattern in settings.patterns])
    pattern = sought["pattern"].to_numpy(int)
    return np.asarray(np.where(pattern == NO_PATTERN, False, late[pattern]))


def _count_refusals(
    sought: pd.DataFrame, chance: np.ndarray, *, settings: SampleSettings, rng: np.random.Generator
) -> np.ndarray:
    most = settings.market.most_offers
    # As many as come before the first that accepts: a geometric number, cut off.
    before = np.minimum(rng.geometric(1 - chance) - 1, most - 1)
    waited = (sought["last_day"] - sought["asked_day"]).to_numpy(float)
    unmet = np.minimum(1 + waited // settings.market.days_an_offer, most)
    return np.where(sought["location"].to_numpy() >= 0, before, unmet).astype(int)


def _answer(
    offers: pd.DataFrame,
    sought: pd.DataFrame,
    late: np.ndarray,
    zone: np.ndarray,
    *,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    of = offers["sought"].to_numpy(int)
    accepted = offers["location"].to_numpy() == sought["location"].to_numpy()[of]
    silent = rng.random(len(offers)) < settings.market.no_response_share
    weights = np.tile([weight for _, weight in settings.market.refusal_reasons], (len(offers), 1))
    for number, (reason, _) in enumerate(settings.market.refusal_reasons):
        if reason == "too_far":
            weights[:, number] *= zone[of]
        if reason == "no_carer_at_that_time":
            weights[:, number] *= late[of]
        if reason == "no_second_carer":
            weights[:, number] *= sought["carers_required"].to_numpy()[of] > 1
    reached = np.cumsum(weights, axis=1)
    drawn = (rng.random(len(offers)) * reached[:, -1])[:, None] >= reached
    names = np.array([name for name, _ in settings.market.refusal_reasons], dtype=object)
    response = np.where(accepted, ACCEPTED, np.where(silent, NO_RESPONSE, REFUSED))
    why = np.where(response == REFUSED, names[drawn.sum(axis=1)], "")
    answered = offers.assign(response=response, reason=why).drop(columns="sought")
    return answered.sort_values(["package", "day"], kind="stable", ignore_index=True)
