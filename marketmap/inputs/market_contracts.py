"""The contracts of the six tables that only the market measures read; all are optional.

Offers and handbacks may be of packages that the packages table does not hold (long ended, say): they are kept as
unmatched and counted, as visits are.
"""

from __future__ import annotations

import pandas as pd

from marketmap.inputs.columns import Column, Contract, Rule
from marketmap.inputs.rules import ends_after

ACCEPTED, REFUSED, NO_RESPONSE = RESPONSES = ("accepted", "refused", "no_response")
# Where the person is on the 91st day, as the adult social care outcomes framework asks of reablement ("still at home
# 91 days after"). Home is told apart by whether long-term care goes on, so that one word answers both questions.
HOME_INDEPENDENT, HOME_WITH_CARE = AT_HOME = ("home_independent", "home_with_care")
OUTCOMES = (*AT_HOME, "care_home", "hospital", "died", "elsewhere")
AGE_BANDS = ("65plus", "85plus")  # those whose residents the areas table carries
RATE_TERMS = ("area_code", "provider_id", "visit_minutes", "valid_from")
MOST_RATE = 250.0  # pounds an hour
MOST_MINUTES = 1_440.0
MOST_GROWTH = 10.0  # tenfold demand is a factor in per cent, or a slip

_PACKAGE_ID = Column(
    "package_id",
    "identifier",
    "Whose care it is; of a package that the packages table does not hold it is kept and counted.",
    True,
    example="P0001",
)
_REASON = Column("reason", "text", "Why, as a short code.", example="no_capacity")


def _repeats_terms(frame: pd.DataFrame) -> pd.Series:
    # Blank cells are terms of their own (all areas, any provider), so they count as alike.
    return frame.duplicated(list(RATE_TERMS), keep=False) & frame["rate_pounds"].notna()


OFFERS = Contract(
    "offers",
    "One row for each time that a package was offered to a provider, and what it answered.",
    (
        _PACKAGE_ID,
        Column(
            "provider_id", "identifier", "Who was asked, as in the providers table.", True, refers_to="providers",
            example="V001",
        ),
        Column("offered_at", "day", "When it was asked.", True, example="2024-11-06"),
        Column(
            "response",
            "choice",
            "What it answered; no_response: nothing by the time the offer lapsed.",
            True,
            allowed=RESPONSES,
            example=REFUSED,
        ),
        _REASON,
    ),
    keeps_unmatched=True,
)  # fmt: skip

HANDBACKS = Contract(
    "handbacks",
    "One row for each package that a provider gave notice of handing back.",
    (
        _PACKAGE_ID,
        Column(
            "provider_id", "identifier", "Who hands it back, as in the providers table.", True, refers_to="providers",
            example="V001",
        ),
        Column("notice_date", "date", "Day of the notice.", True, example="2025-02-03"),
        Column("end_date", "date", "Last day on which it delivers.", example="2025-02-17"),
        _REASON,
    ),
    key=("package_id", "provider_id", "notice_date"),
    rules=(ends_after("notice_date", "end_date"),),
    keeps_unmatched=True,
)  # fmt: skip

RATES = Contract(
    "rates",
    "The rate card: what an hour is to be paid, by area, length of visit and provider. The nearest row holds: a "
    "provider's own before a standard one, an area's before that of all areas, a length's before that of any.",
    (
        Column(
            "area_code", "identifier", "Area, district or postcode sector; blank: all.", True, may_be_blank=True,
            example="E07000081",
        ),
        Column(
            "rate_pounds",
            "number",
            "Pounds for one carer hour; of a rate a visit, the rate × 60 ÷ its minutes.",
            True,
            minimum=0,
            maximum=MOST_RATE,
            above=True,
            example="24.60",
        ),
        Column(
            "provider_id", "identifier", "Whose rate it is; blank: the standard rate.", refers_to="providers",
        ),
        Column(
            "visit_minutes",
            "number",
            "Length of visit that it is for, minutes; blank: any.",
            minimum=0,
            maximum=MOST_MINUTES,
            above=True,
            example="30",
        ),
        Column("valid_from", "date", "First day on which it holds; blank: always.", example="2024-04-01"),
    ),
    rules=(
        Rule(
            "rate_pounds",
            "the same area_code, provider_id, visit_minutes and valid_from on more than one row",
            "Keep one of the rows",
            _repeats_terms,
        ),
    ),
)  # fmt: skip

ASSETS = Contract(
    "assets",
    "Places and groups that help people stay at home: libraries, halls, GP practices, voluntary groups.",
    (
        Column("asset_id", "identifier", "Reference of the asset.", True, example="A001"),
        Column("name", "text", "Name shown on maps.", True, example="Example library"),
        Column(
            "kind",
            "text",
            "Kind, spelt alike on every row: library, hall, gp_practice, voluntary_group or the council's own word.",
            True,
            example="library",
        ),
        Column(
            "postcode",
            "postcode",
            "Where it is; one that cannot be placed is listed.",
            True,
            may_be_blank=True,
            example="GL1 2TG",
        ),
    ),
    key=("asset_id",),
)

REABLEMENT = Contract(
    "reablement",
    "One row for each referral to reablement, begun or not.",
    (
        Column("episode_id", "identifier", "Reference of the referral.", True, example="R0001"),
        Column("area_code", "identifier", "Area, district or postcode sector of the home.", True, example="E07000081"),
        Column("referral_date", "date", "Day of the referral.", True, example="2025-01-06"),
        Column("start_date", "date", "First day of reablement; blank: not begun.", example="2025-01-09"),
        Column(
            "end_date",
            "date",
            "Last day of it, or the day on which a referral was closed without it; blank while it goes on.",
            example="2025-02-12",
        ),
        Column(
            "outcome",
            "choice",
            "Where the person was on the 91st day after the start: at home without or with long-term care, or not at "
            "home; blank: not yet known.",
            allowed=OUTCOMES,
            example=HOME_INDEPENDENT,
        ),
    ),
    key=("episode_id",),
    rules=(
        ends_after("referral_date", "start_date"),
        ends_after("start_date", "end_date"),
        ends_after("referral_date", "end_date"),
    ),
)

GROWTH = Contract(
    "growth",
    "Scenarios of demand: a row for each area, year and age band.",
    (
        Column("area_code", "identifier", "Area, district or postcode sector.", True, example="E07000081"),
        Column("year", "whole", "Calendar year.", True, minimum=2000, maximum=2100, example="2030"),
        Column(
            "factor",
            "number",
            "Demand in that year as a multiple of demand on the snapshot; 1.1 is 10 % more.",
            True,
            minimum=0,
            maximum=MOST_GROWTH,
            above=True,
            example="1.08",
        ),
        Column("age_band", "choice", "Age of those it is about; blank: all ages.", allowed=AGE_BANDS, example="65plus"),
    ),
    key=("area_code", "year", "age_band"),
)

MARKET_CONTRACTS = (OFFERS, HANDBACKS, RATES, ASSETS, REABLEMENT, GROWTH)
