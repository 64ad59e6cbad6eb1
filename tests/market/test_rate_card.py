"""The rate card: which row holds for a package."""

import pandas as pd
import pytest

from marketmap.market.rate_card import find_rates
from tests.market.two_lanes import NOWHERE, RURAL, SNAPSHOT, URBAN, make_lines, make_places

COLUMNS = ["area_code", "rate_pounds", "provider_id", "visit_minutes", "valid_from"]


def make_card(*rows: tuple[object, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=COLUMNS).astype({"visit_minutes": float, "rate_pounds": float})
    return frame.assign(valid_from=pd.to_datetime(frame["valid_from"]).astype("datetime64[us]"))


def rates_of(card: pd.DataFrame, *packages: dict[str, object]) -> list[float]:
    rates = find_rates(make_lines(*packages), card, make_places(), snapshot_date=SNAPSHOT)
    return [float(rate) for rate in rates]


STANDARD = (None, 20.0, None, None, None)


@pytest.mark.parametrize(
    ("row", "rate"),
    [
        (("GL7 1", 21.0, None, None, None), 21.0),
        (("E07000079", 22.0, None, None, None), 22.0),
        ((None, 23.0, "P1", None, None), 23.0),
        ((None, 24.0, None, 30.0, None), 24.0),
        (("GL1 1", 25.0, None, None, None), 20.0),
        ((None, 26.0, "P2", None, None), 20.0),
        ((None, 27.0, None, 45.0, None), 20.0),
        (("GL7 1", 28.0, None, None, "2026-12-01"), 20.0),
        (("GL7 1", 29.0, "P1", 30.0, "2026-01-01"), 29.0),
    ],
)
def test_a_row_that_fits_better_holds(row: tuple[object, ...], rate: float) -> None:
    assert rates_of(make_card(STANDARD, row), {"postcode": RURAL}) == [rate]


def test_a_provider_comes_before_an_area_before_a_length() -> None:
    by_length = (None, 24.0, None, 30.0, None)
    by_district = ("E07000079", 22.0, None, None, None)
    by_sector = ("GL7 1", 21.0, None, None, None)
    own = (None, 23.0, "P1", None, None)
    assert rates_of(make_card(STANDARD, by_length, by_district), {}) == [22.0]
    assert rates_of(make_card(STANDARD, by_length, by_district, by_sector), {}) == [21.0]
    assert rates_of(make_card(STANDARD, by_length, by_district, by_sector, own), {}) == [23.0]


@pytest.mark.parametrize("area", [None, "GL7 1"])
def test_the_latest_that_is_valid_holds(area: str | None) -> None:
    terms = ((22.0, "2026-04-01"), (21.0, "2025-04-01"), (23.0, "2027-04-01"), (19.0, None))
    assert rates_of(make_card(*((area, rate, None, None, day) for rate, day in terms)), {}) == [22.0]


def test_blanks_of_a_package_match_no_row_of_their_own() -> None:
    card = make_card(("GL7 1", 21.0, None, 30.0, None))
    assert pd.isna(rates_of(card, {"visit_minutes": None})).all()
    assert pd.isna(rates_of(card, {"postcode": NOWHERE}, {"postcode": URBAN})).all()
    assert pd.isna(rates_of(make_card(STANDARD).iloc[:0], {})).all()
