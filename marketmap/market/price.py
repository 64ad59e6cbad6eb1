"""Price: what an hour of care is paid by area, against the rate card and what it takes to deliver it there."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from marketmap.market.area_rows import code_rows, head_rows
from marketmap.market.intervals import add_share, ratio_interval
from marketmap.market.places import Places
from marketmap.market.rate_card import find_rates
from marketmap.settings.market import MarketSettings

KM_A_MILE = 1.609344
PAID, PERHAPS, UNPAID = "paid for", "perhaps not paid for", "not paid for"
NO_MORE, NOT_KNOWN = "no more travel than the county", "not known"
COLUMNS = [
    "packages", "packages_priced", "carer_hours_priced", "paid_hour", "paid_hour_low", "paid_hour_high",
    "packages_carded", "card_hour", "paid_less_card", "minimum_hour", "paid_less_minimum", "packages_below_minimum",
    "below_minimum_share", "below_minimum_share_low", "below_minimum_share_high", "fair_cost_hour",
    "paid_less_fair_cost", "travel_minutes_hour", "miles_hour", "modelled_cost_hour", "extra_cost_hour",
    "extra_paid_hour", "travel_unpaid_hour", "rural_travel",
]  # fmt: skip


def model_cost(travel_minutes: pd.Series, miles: pd.Series, *, settings: MarketSettings) -> pd.Series:
    """Model what a contact hour costs in carers: its own hour, the travel to it, and the miles.

    Pay × (1 + on-costs) × (60 + travel minutes) / 60 + pounds a mile × miles. The parts are those of the UKHCA's
    minimum price (2020) that hang on the carer and the road: contact time, travel time, mileage. What it adds for
    running a business is left out, so the figure is a floor under any price and not to be set against one as a margin.

    Parameters
    ----------
    travel_minutes, miles
        Driven for a contact hour of one carer.
    settings
        ``carer_pay_hour`` (National Living Wage), ``pay_on_costs`` (assumed), ``mileage_pounds`` (HMRC).

    Returns
    -------
    Series
        Pounds a carer hour.
    """
    hour = settings.carer_pay_hour * (1 + settings.pay_on_costs)
    return hour * (60 + travel_minutes) / 60 + settings.mileage_pounds * miles


def measure_prices(
    packages: pd.DataFrame,
    described: pd.DataFrame,
    places: Places,
    *,
    by: str,
    snapshot_date: dt.date,
    settings: MarketSettings,
    rates: pd.DataFrame | None = None,
    travel: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Compare what care is paid by area with the rate card, the fair cost, the minimum price and modelled cost.

    Counted are active packages of the kinds and payers that blocks buy (those marked to stay among them), so that
    live-in care and private arrangements do not blur an hour's price. All means are weighted by carer hours. The
    minimum price pays for ``price_travel_minutes`` of travel a contact hour; where an area's travel is known its
    minimum is raised or lowered by the modelled cost of the minutes and miles beyond.

    *Whether rural travel is paid for*: an hour here costs so much more in travel than in the county's mean hour
    (``extra_cost_hour``), and is paid so much more (``extra_paid_hour``). "not paid for": even the upper end of what is
    paid lies below the county's price and that cost together; "perhaps not paid for": the mean does, the upper end does
    not. The county's own price is taken as known.

    Parameters
    ----------
    packages, described
        As `marketmap.market.demand.describe_packages` takes and gives them.
    by
        A level of ``places``, "rural", "rural_urban" or "county".
    settings
        Prices, pay and mileage, each with its source.
    rates
        The rates table; None leaves the card's columns blank (needs table rates).
    travel
        Indexed by area code: ``minutes_hour``, travel for a contact hour of one carer, and perhaps ``miles_hour`` (else
        at ``round_kmh``). None, or an area that is not in it, leaves modelled cost blank.

    Returns
    -------
    DataFrame
        ``level``, ``area_code``, `COLUMNS`: pounds a carer hour but for the counts. One row an area with a package.
    """
    bought = (described["placeable"] | described["fixed"]) & ~described["waiting"]
    rows = packages[bought]
    rows = rows.assign(hours=described.loc[bought, "carer_hours"], paid=rows["price_hour"].astype(float))
    card = np.nan if rates is None else find_rates(rows, rates, places, snapshot_date=snapshot_date)
    rows = rows.assign(area=code_rows(rows, places, by=by), card=card)
    frame = pd.DataFrame(
        [_sum_area(some, settings) for _, some in rows.groupby("area")],
        index=pd.Index(sorted(rows["area"].unique()), dtype="object"),
        columns=COLUMNS,
    )
    priced = rows[rows["paid"].notna()]
    frame = _add_travel(frame, travel, settings)
    frame = _judge_travel(frame, county_paid=_weighted(priced, "paid"))
    counts = ["packages", "packages_priced", "packages_carded", "packages_below_minimum"]
    frame = frame.astype(dict.fromkeys(counts, "int64"))
    frame = add_share(frame, "below_minimum_share", part="packages_below_minimum", whole="packages_priced")
    return head_rows(frame[COLUMNS], by=by)


def _sum_area(rows: pd.DataFrame, settings: MarketSettings) -> dict[str, float]:
    priced = rows[rows["paid"].notna()]
    carded = priced[priced["card"].notna()]
    low, high = ratio_interval(priced["paid"] * priced["hours"], priced["hours"])
    paid = _weighted(priced, "paid")
    fair = settings.fair_cost_hour or np.nan
    return {
        "packages": len(rows),
        "packages_priced": len(priced),
        "carer_hours_priced": float(priced["hours"].sum()),
        "paid_hour": paid,
        "paid_hour_low": low,
        "paid_hour_high": high,
        "packages_carded": len(carded),
        "card_hour": _weighted(carded, "card"),
        # on the same packages, so that a card without some rates cannot make a difference of its own
        "paid_less_card": _weighted(carded, "paid") - _weighted(carded, "card"),
        "packages_below_minimum": int((priced["paid"] < settings.minimum_price_hour).sum()),
        "fair_cost_hour": fair,
        "paid_less_fair_cost": paid - fair,
    }


def _weighted(rows: pd.DataFrame, column: str) -> float:
    hours = float(rows["hours"].sum())
    return float((rows[column] * rows["hours"]).sum()) / hours if hours > 0 else float("nan")


def _add_travel(frame: pd.DataFrame, travel: pd.DataFrame | None, settings: MarketSettings) -> pd.DataFrame:
    minutes = pd.Series(np.nan, index=frame.index)
    miles = minutes.copy()
    if travel is not None:
        minutes = travel["minutes_hour"].reindex(frame.index).astype(float)
        if "miles_hour" in travel:
            miles = travel["miles_hour"].reindex(frame.index).astype(float)
    miles = miles.fillna(minutes / 60 * settings.round_kmh / KM_A_MILE)
    usual = pd.Series([settings.price_travel_minutes], dtype=float)
    paid_for = model_cost(usual, usual / 60 * settings.round_kmh / KM_A_MILE, settings=settings).iloc[0]
    cost = model_cost(minutes, miles, settings=settings)
    minimum = settings.minimum_price_hour + (cost - paid_for).fillna(0.0)
    return frame.assign(
        travel_minutes_hour=minutes,
        miles_hour=miles,
        modelled_cost_hour=cost,
        minimum_hour=minimum,
        paid_less_minimum=frame["paid_hour"].astype(float) - minimum,
    )


def _judge_travel(frame: pd.DataFrame, *, county_paid: float) -> pd.DataFrame:
    known = frame["modelled_cost_hour"].notna() & (frame["carer_hours_priced"] > 0)
    hours = frame.loc[known, "carer_hours_priced"].astype(float)
    cost = frame["modelled_cost_hour"]
    county_cost = float((cost[known] * hours).sum() / hours.sum()) if known.any() else np.nan
    extra_cost = cost - county_cost
    extra_paid = frame["paid_hour"].astype(float) - county_paid
    at_most = frame["paid_hour_high"].astype(float) - county_paid
    verdict = np.select(
        [extra_cost.isna() | extra_paid.isna(), extra_cost <= 0, at_most < extra_cost, extra_paid < extra_cost],
        [NOT_KNOWN, NO_MORE, UNPAID, PERHAPS],
        default=PAID,
    )
    return frame.assign(
        extra_cost_hour=extra_cost,
        extra_paid_hour=extra_paid,
        travel_unpaid_hour=(extra_cost - extra_paid).where(extra_cost > 0),
        rural_travel=pd.Series(verdict, index=frame.index, dtype="str"),
    )
