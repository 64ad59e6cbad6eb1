"""What the market measures count as near, long, large or few: the ``[market]`` table of the settings file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MarketSettings:
    """What the market measures count as near, long, large or few.

    Attributes
    ----------
    core_share
        A provider's core area is the fewest areas that hold this share of its visits.
    significant_share
        A provider has a significant footprint in an area from this share of the area's visits up.
    least_coverage
        A provider's footprint is read from call monitoring where that covers at least this share of its commissioned
        hours; from its packages otherwise.
    footprint_days
        A footprint is read from so many last days of call monitoring; whole weeks, so that no day of the week counts
        twice.
    street_metres
        Side of the squares that overlap is counted in, as a street or two; assumed.
    near_minutes
        Who delivers within so many road minutes of a package counts as near.
    many_providers
        A package near which so many providers deliver lies where many overlap; assumed.
    access_minutes
        The catchment of accessible capacity, road minutes; a place exactly so far away counts.
    access_weights
        Weight of a place by road minutes, each up to and with its number, the nearest first; the last is the end of the
        catchment, ``access_minutes``, and beyond it nothing counts. Luo and Qi (2009) use three zones of 10 minutes
        with a Gaussian decay; these are its rounded weights.
    access_square_metres
        Side of the squares that access is worked out between, each by the postcode in its middle: small against a
        catchment, large enough that a county takes seconds; assumed.
    spare_minutes
        Spare hours are of use to who waits within so many road minutes of where their carers work; assumed, about
        what a price pays for between two visits (``price_travel_minutes``).
    raam_minutes
        Road minutes that weigh as much as one unit of crowding in the congestion cost (RAAM's tau).
    wait_clock
        From which day a wait is counted: "request_date" (asked for) or "ready_date" (could have begun).
    wait_weeks
        Waits that ended so many weeks before the snapshot or later count, and all that are still open.
    long_wait_days
        A wait of more days than this is a long one.
    growth_weeks
        Over how many weeks the growth of packages is measured.
    large_change
        A package that grew or shrank by this share or more is a large change.
    few_firms
        A finding about providers that rests on fewer of them than this carries a small-numbers warning.
    minimum_price_hour
        The lowest price at which an hour of home care can be delivered lawfully, pounds a carer hour: Homecare
        Association, Minimum Price for Homecare in England 2025-26.
    fair_cost_hour
        The median of the council's own fair-cost-of-care exercise, pounds a carer hour; 0 where there is none.
    price_travel_minutes
        Travel that the minimum price already pays for, minutes a contact hour: the UKHCA 2020 price split.
    carer_pay_hour
        What an hour of a carer's time costs in pay, pounds: the National Living Wage from April 2026.
    pay_on_costs
        What the employer pays on top of it (holiday, pension, insurance, sick pay), as a share; assumed.
    mileage_pounds
        Pounds a mile driven: that of ``mileage_source``.
    mileage_source
        What the allowance is from, in words that stand beside every sum of mileage.
    round_kmh
        Speed between visits, from which a measure that knows only minutes tells the miles; assumed.
    reablement_places
        People in reablement at a time that the service is staffed for; 0 where it is not known.
    reablement_weeks
        Longest stay in reablement, weeks: up to six are free of charge under the Care Act 2014 regulations.
    walk_minutes
        An asset that is so many minutes away on foot is within reach.
    walk_detour
        Way on foot as a multiple of the straight line: measured on English roads for half a kilometre to one.
    drive_minutes
        An asset that is so many road minutes away is within reach by car.
    rural_postcodes_km2
        Where areas carry no rural-urban class: a postcode sector with fewer live postcodes than this on a square
        kilometre is taken as rural; approximate. Measured: in Gloucestershire 8 agrees with the RUC 2021 class of the
        postcode's LSOA for 90 % of live postcodes, 25 for 77 %.
    rank_weights
        How much each part of need counts in the ranking of rural areas; they need not sum to 1, and a part that is left
        out does not count.
    rank_least
        A share that rests on fewer waits or offers than this in an area is too thin to rank it by, and an area with
        fewer packages is not ranked; assumed: the 95 % interval of a share of 20 is up to 40 points wide.
    """

    core_share: float = 0.80
    significant_share: float = 0.10
    least_coverage: float = 0.80
    footprint_days: int = 7
    street_metres: float = 250.0
    near_minutes: float = 5.0
    many_providers: int = 5
    access_minutes: float = 30.0
    access_weights: Mapping[str, float] = field(default_factory=lambda: {"10": 1.0, "20": 0.68, "30": 0.22})
    access_square_metres: float = 1000.0
    spare_minutes: float = 10.0
    raam_minutes: float = 60.0
    wait_clock: str = "ready_date"
    wait_weeks: int = 52
    long_wait_days: int = 14
    growth_weeks: int = 26
    large_change: float = 0.20
    few_firms: int = 30
    minimum_price_hour: float = 32.14
    fair_cost_hour: float = 0.0
    price_travel_minutes: float = 11.7
    carer_pay_hour: float = 12.71
    pay_on_costs: float = 0.27
    mileage_pounds: float = 0.45
    mileage_source: str = "HMRC approved mileage allowance for a car, first 10,000 miles a year"
    round_kmh: float = 35.0
    reablement_places: int = 0
    reablement_weeks: float = 6.0
    walk_minutes: float = 15.0
    walk_detour: float = 1.6
    drive_minutes: float = 10.0
    rural_postcodes_km2: float = 8.0
    rank_weights: Mapping[str, float] = field(
        default_factory=lambda: {"unmet": 1.0, "waits": 1.0, "access": 1.0, "travel": 1.0, "refusals": 1.0}
    )
    rank_least: int = 20
