"""Checks of what a waiting list says of prices, of days and of the county's postcodes."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import HUNDREDTH, TENTH, compare
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.swaps import _lists

CARD, QUOTED = "rates table", "providers table"
CLOCKS = {"ready_date": "request_date", "request_date": "ready_date"}


@check("waiting-prices")
def waiting_prices(evidence: Evidence) -> Iterator[Broken]:
    """Hold that a price is the provider's own or one of the rate card, as its basis says, and none without a basis."""
    lists, file = _lists(evidence), written.WAITING_MATCHES
    rows = evidence.written(file)
    rows = rows[rows["provider_id"].isin(lists.providers.index)]
    card = evidence.source("rates")
    on_card = pd.Series(dtype=float) if card is None else sources.to_numbers(card["rate_pounds"]).round(2)
    price, basis = rows["price_hour"], rows["price_basis"]
    own = rows["provider_id"].map(lists.providers["price"]).astype(float)
    wrong = ~basis.isin(["", CARD, QUOTED]) | ((basis == "") != price.isna())
    wrong |= (basis == QUOTED) & ~((price - own).abs() <= HUNDREDTH + 1e-6)
    wrong |= (basis == CARD) & ~price.round(2).isin(on_card)
    wrong |= (basis == "") & own.notna()
    if wrong.any():
        shown = some(rows.loc[wrong, "package_id"])
        yield Broken(file, f"{count(int(wrong.sum()), 'price')} that no table gives", shown)


@check("waiting-days")
def waiting_days(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the days waited are those from the package's clock to the snapshot, where it has one line."""
    lists, file = _lists(evidence), written.WAITING_MATCHES
    lines = lists.package_lines
    once = lists.in_force[~lists.in_force.index.duplicated()]
    once = once[once["waiting"] & ~once.index.isin(lines.loc[lines["package_id"].duplicated(), "package_id"])]
    first = evidence.settings.market.wait_clock
    clock = sources.to_dates(once[first]).fillna(sources.to_dates(once[CLOCKS[first]]))
    days = (evidence.snapshot - clock).dt.days.astype(float)
    # A wait that would begin after the snapshot is none yet.
    due = days.where(days >= 0)
    told = evidence.written(file).drop_duplicates("package_id").set_index("package_id")["days_waiting"]
    told = told[told.index.isin(once.index)]
    yield from compare(file, "days_waiting", due, told, allow=TENTH)


@check("lookup-whole")
def lookup_whole(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the look-up list has every postcode of the county that is in use."""
    lists = _lists(evidence)
    if not evidence.settings.county.district_codes:
        return  # the county is then what the list itself says
    listed = set(evidence.written(written.LOOKUP)["postcode"])
    directory = lists.directory
    expected = directory.index[directory["in_county"] & (directory["live"] != "no")]
    lost = [str(code) for code in expected if code not in listed]
    if lost:
        yield Broken(written.LOOKUP, f"{count(len(lost), 'postcode')} of the county not listed", some(lost))
