"""What each provider on a waiting list would be paid: by the rate card where the council has one."""

from __future__ import annotations

import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.market.places import place_postcodes
from marketmap.market.rate_card import find_rates
from marketmap.settings import Settings

CARD, QUOTED = "rates table", "providers table"


def price_offers(rows: pd.DataFrame, tables: Tables, settings: Settings) -> pd.DataFrame:
    """Put prices beside providers: the row of the rate card that fits, else the provider's own price.

    Parameters
    ----------
    rows
        ``package_id``, ``postcode``, ``provider_id`` (blank or NA where nobody is listed), ``price_hour`` (the
        provider's own), ``carer_hours_week``.

    Returns
    -------
    DataFrame
        The rows with ``price_hour`` (pounds a carer hour), ``price_basis`` (`CARD`, `QUOTED` or blank: not known) and
        ``pounds_week``.
    """
    price = rows["price_hour"].astype(float)
    basis = pd.Series(QUOTED, index=rows.index, dtype="object").where(price.notna(), "")
    if tables.rates is not None and len(tables.rates):
        packages = tables.packages.drop_duplicates("package_id").set_index("package_id")
        offered = rows[rows["provider_id"].notna() & (rows["provider_id"] != "")]
        asked = offered[["postcode", "provider_id"]].assign(
            visit_minutes=offered["package_id"].map(packages["visit_minutes"]).astype(float)
        )
        places = place_postcodes(tables, settings=settings)
        card = find_rates(asked, tables.rates, places, snapshot_date=tables.snapshot_date).reindex(rows.index)
        basis = basis.mask(card.notna(), CARD)
        price = card.fillna(price)
    return rows.assign(price_hour=price, price_basis=basis, pounds_week=price * rows["carer_hours_week"].astype(float))
