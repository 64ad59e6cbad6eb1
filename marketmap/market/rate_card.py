"""What the rate card would pay for each package."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from marketmap.market.places import Places, join_places


def find_rates(packages: pd.DataFrame, rates: pd.DataFrame, places: Places, *, snapshot_date: dt.date) -> pd.Series:
    """Find the rate of each package on the snapshot.

    The nearest row of the card holds: a provider's own before a standard one; then an area's before that of all areas
    (the finest kind of area first); then one for the length of visit before one for any. Of rows for the same terms
    the latest that is valid on the day.

    Parameters
    ----------
    packages
        ``postcode``, ``provider_id``, ``visit_minutes``.
    rates
        The rates table.

    Returns
    -------
    Series
        Indexed like ``packages``: pounds a carer hour, NaN where no row fits.
    """
    valid = rates[rates["valid_from"].isna() | (rates["valid_from"] <= pd.Timestamp(snapshot_date))]
    found = np.full(len(packages), np.nan)
    if valid.empty or packages.empty:
        return pd.Series(found, index=packages.index)
    asked = join_places(packages[["postcode"]], places).assign(
        provider_id=packages["provider_id"].astype("object"), visit_minutes=packages["visit_minutes"].astype(float)
    )
    latest = valid.assign(valid_from=valid["valid_from"].fillna(pd.Timestamp.min)).sort_values("valid_from")
    for own in (True, False):
        for level in (*places.levels, None):
            for length in (True, False):
                card = latest[
                    (latest["provider_id"].notna() == own)
                    & (latest["area_code"].notna() == (level is not None))
                    & (latest["visit_minutes"].notna() == length)
                ]
                pairs = [("provider_id", "provider_id")] * own + [("visit_minutes", "visit_minutes")] * length
                pairs += [(level, "area_code")] if level else []
                found = np.where(np.isnan(found), _match(asked, card, pairs), found)
    return pd.Series(found, index=packages.index)


def _match(asked: pd.DataFrame, card: pd.DataFrame, pairs: list[tuple[str, str]]) -> np.ndarray:
    """Look each package's terms up in part of the card; ``pairs`` names the column of each side."""
    if card.empty:
        return np.full(len(asked), np.nan)
    if not pairs:
        return np.full(len(asked), float(card["rate_pounds"].iloc[-1]))
    terms = [name for _, name in pairs]
    one = card.drop_duplicates(terms, keep="last")[[*terms, "rate_pounds"]]
    sought = pd.DataFrame({name: asked[own].to_numpy() for own, name in pairs})
    kinds = {name: float if name == "visit_minutes" else "object" for name in terms}
    rates = sought.astype(kinds).merge(one.astype(kinds), on=terms, how="left", validate="many_to_one")["rate_pounds"]
    known = sought.notna().all(axis=1).to_numpy()  # a blank matches a blank in a join, and is no match here
    return np.where(known, rates.to_numpy(float), np.nan)
