"""What the change of weekly cost is made of: starts, ends, growth, price, and who pays."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from marketmap.inputs.snapshot import select_in_force
from marketmap.settings.market import MarketSettings

UNKNOWN, ALL = "unknown", "all"
STEPS = ("pounds_starts", "pounds_ends", "pounds_growth", "pounds_price", "pounds_funding")
COUNTS = ("packages_before", "packages_started", "packages_ended", "packages_after", "packages_unpriced")
COLUMNS = ["funding", "pounds_before", *STEPS, "pounds_after", *COUNTS]


def measure_cost_change(lines: pd.DataFrame, *, snapshot_date: dt.date, settings: MarketSettings) -> pd.DataFrame:
    """Part the change of weekly cost over ``growth_weeks`` into steps that sum to it exactly, by funding.

    A package costs its contact hours × carers × pounds a carer hour. *Starts* are packages active on the later day
    only, *ends* those active on the earlier only (ended, paused or withdrawn). Of those active on both, *growth* is
    the change of carer hours (more carers too) at the earlier price, and *price* the change of price on the later hours
    (Laspeyres quantity, Paasche price: the usual order of a bridge). *Funding* moves a package's earlier cost from
    who paid it to who pays now, and is nothing in the sum. A price that is blank on one day is taken from the other;
    without either the package is left out of the pounds and counted as unpriced.

    Parameters
    ----------
    lines
        `Tables.package_lines`. Without dated lines nothing starts or ends but by ``effective_from``.

    Returns
    -------
    DataFrame
        A row for each funding (blank: "unknown") and a last one "all": ``funding``, ``pounds_before``, the steps,
        ``pounds_after`` (pounds a week), then numbers of packages. Empty where nothing was active on either day.
    """
    since = snapshot_date - dt.timedelta(weeks=settings.growth_weeks)
    both = _terms_on(lines, since).join(_terms_on(lines, snapshot_date), how="outer", lsuffix="_0", rsuffix="_1")
    if both.empty:
        return pd.DataFrame(columns=COLUMNS).astype({"funding": "str"} | dict.fromkeys(COLUMNS[1:], float))
    was, now = both["hours_0"].notna(), both["hours_1"].notna()
    both["price_0"] = both["price_0"].fillna(both["price_1"])
    both["price_1"] = both["price_1"].fillna(both["price_0"])
    priced = both["price_0"].notna()
    hours_0, hours_1 = both["hours_0"].fillna(0.0), both["hours_1"].fillna(0.0)
    price_0, price_1 = both["price_0"].fillna(0.0), both["price_1"].fillna(0.0)
    cost_0, cost_1 = hours_0 * price_0, hours_1 * price_1
    stays = was & now
    payer_0, payer_1 = both["funding_0"].where(was, both["funding_1"]), both["funding_1"].where(now, both["funding_0"])
    moved = stays & (payer_0 != payer_1)
    zero = np.zeros(len(both))
    later = pd.DataFrame(
        {
            "funding": payer_1,
            "pounds_starts": np.where(~was, cost_1, zero),
            "pounds_ends": np.where(~now, -cost_0, zero),
            "pounds_growth": np.where(stays, (hours_1 - hours_0) * price_0, zero),
            "pounds_price": np.where(stays, hours_1 * (price_1 - price_0), zero),
            "pounds_funding": np.where(moved, cost_0, zero),
            "pounds_after": cost_1,
            "packages_started": (~was).astype(int),
            "packages_ended": (~now).astype(int),
            "packages_after": now.astype(int),
            "packages_unpriced": (~priced).astype(int),
        }
    )
    earlier = pd.DataFrame(
        {
            "funding": payer_0,
            "pounds_before": cost_0,
            "pounds_funding": np.where(moved, -cost_0, zero),
            "packages_before": was.astype(int),
        }
    )
    sums = pd.concat([later, earlier]).groupby("funding").sum()
    sums.loc[ALL] = sums.sum()
    whole = dict.fromkeys(COUNTS, "int64")
    return sums.reset_index()[COLUMNS].astype({"funding": "str"} | whole)


def _terms_on(lines: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Carer hours, price and payer of each package that is active on a day."""
    held = select_in_force(lines, on=day)
    held = held[held["status"] == "active"].set_index("package_id")
    return pd.DataFrame(
        {
            "hours": held["hours_week"].astype(float) * pd.to_numeric(held["carers_required"]).astype(float),
            "price": held["price_hour"].astype(float),
            "funding": held["funding"].astype("object").where(held["funding"].notna(), UNKNOWN),
        }
    )
