"""What is planted in the six tables of the market measures, each parameter with its source, as `SampleSettings`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

Shares = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class AssetKind:
    """A kind of community asset: its share of all, its name, and how likely a postcode of each price zone holds one."""

    kind: str
    name: str
    share: float
    zone_weights: tuple[float, float, float]


@dataclass(frozen=True)
class MarketSample:
    """What is planted in offers, handbacks, rates, assets, reablement and growth."""

    # Offers and handbacks
    brokered_funding: Annotated[
        tuple[str, ...], "who pays by direct payment or alone finds care without the council's brokers"
    ] = ("council", "chc", "joint", "s117")
    most_offers: Annotated[int, "specified: each start was offered to 1-5 providers near by"] = 5
    refusal_by_zone: Annotated[
        tuple[float, float, float],
        "assumed: chance that an offer is refused in the urban, rural and deep rural price zone; specified: likelier "
        "in deep rural places",
    ] = (0.28, 0.40, 0.55)
    refusal_late: Annotated[float, "assumed: what calls at tea or bed time add to it; specified: likelier there"] = 0.12
    no_response_share: Annotated[float, "assumed: of the offers not taken, those that nobody answered"] = 0.2
    refusal_reasons: Annotated[
        Shares,
        "assumed: weights; too_far counts more the deeper the countryside, no_carer_at_that_time only with calls at "
        "tea or bed, no_second_carer only for two carers",
    ] = (
        ("no_capacity", 0.45),
        ("too_far", 0.20),
        ("no_carer_at_that_time", 0.25),
        ("no_second_carer", 0.40),
        ("needs_not_met", 0.05),
    )
    days_an_offer: Annotated[int, "assumed: days between two offers of a package that waits"] = 5
    settling_days: Annotated[int, "assumed: most days between acceptance and the first visit"] = 3
    notice_days: Annotated[tuple[int, int], "assumed: notice of a handback; contracts ask 7 to 28 days"] = (7, 28)
    handback_reasons: Annotated[Shares, "assumed"] = (
        ("no_capacity", 0.40),
        ("too_far", 0.25),
        ("price", 0.15),
        ("needs_not_met", 0.12),
        ("relationship", 0.08),
    )

    # Rate card
    rate_lengths: Annotated[
        tuple[tuple[int, float], ...],
        "assumed: visit minutes, and their rate over that of a 45-minute visit: short visits carry more travel",
    ] = ((15, 1.10), (30, 1.03), (45, 1.00), (60, 0.97))

    # Community assets
    assets_per_postcode: Annotated[float, "specified: about 150 over Gloucestershire's 29,400 postcodes"] = 150 / 29_400
    fewest_assets: Annotated[int, "assumed: one of each kind"] = 4
    asset_kinds: Annotated[
        tuple[AssetKind, ...], "assumed: libraries and surgeries in towns, halls in villages, groups in both"
    ] = (
        AssetKind("library", "library", 0.20, (1.0, 0.4, 0.05)),
        AssetKind("gp_practice", "surgery", 0.30, (1.0, 0.5, 0.10)),
        AssetKind("hall", "hall", 0.30, (0.3, 1.0, 0.80)),
        AssetKind("voluntary_group", "good neighbours", 0.20, (0.8, 1.0, 0.40)),
    )

    # Reablement
    referrals_week: Annotated[
        tuple[int, int], "Gloucestershire: 100-125 a week into home first, at 5,000 packages; even between the two"
    ] = (100, 125)
    started_share: Annotated[
        float, "Gloucestershire: about half go on, 60-70 cases a week, taken as people who start in a week"
    ] = 0.56
    start_days: Annotated[tuple[int, int], "assumed: most days from referral to start, in towns and rural places"] = (
        3,
        6,
    )
    closing_days: Annotated[int, "assumed: most days until a referral that does not go on is closed"] = 7
    stay_days: Annotated[tuple[float, float, float], "up to six weeks; shortest and commonest assumed; triangular"] = (
        7.0,
        35.0,
        42.0,
    )
    outcomes_91: Annotated[
        Shares,
        "about 82 % still at home after 91 days (ASCOF 2B, England 2011/12 to 2019/20, Nuffield Trust); the split "
        "within home and elsewhere assumed",
    ] = (
        ("home_independent", 0.50),
        ("home_with_care", 0.32),
        ("care_home", 0.07),
        ("hospital", 0.05),
        ("died", 0.05),
        ("elsewhere", 0.01),
    )

    # Growth
    growth_years: Annotated[int, "specified: factors to ten years ahead"] = 10
    growth_a_year: Annotated[
        Shares, "made up, as is what rural_growth and growth_spread add: use the council's own projection"
    ] = (("65plus", 0.019), ("85plus", 0.030))
    rural_growth: Annotated[float, "made up: what a rural district's growth a year has more"] = 0.003
    growth_spread: Annotated[float, "made up: standard deviation of districts' growth a year"] = 0.002
