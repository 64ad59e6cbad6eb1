"""Every parameter of the synthetic county, in one frozen block, each with its source.

A source is a publication or public register; "specified", part of what the sample was asked to be; or "assumed", a
round number chosen so that the sample looks like a county and every part of the product has work to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, get_type_hints

from marketmap.inputs.sample.known_counties import GLOUCESTERSHIRE, RUTLAND, KnownCounty
from marketmap.inputs.sample.market_settings import MarketSample

WEEK = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
WEEKDAYS = WEEK[:5]
Shares = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Pattern:
    """A week of visits: the same bands on each of ``days``; ``weight`` is a share of packages before tilting."""

    days: tuple[str, ...]
    bands: tuple[str, ...]
    weight: float

    @property
    def visits_week(self) -> int:
        """Client visits a week."""
        return len(self.days) * len(self.bands)


@dataclass(frozen=True)
class Zone:
    """A price zone: postcodes with at least ``points_1km`` other places within a kilometre."""

    name: str
    points_1km: int
    price_low: float
    price_high: float


@dataclass(frozen=True)
class Band:
    """A time band: when its visits are planned, and the window told in the calls table."""

    name: str
    start_minute: int
    end_minute: int


@dataclass(frozen=True)
class SampleSettings:
    """What is planted in the synthetic county; the text beside each type is the value's source."""

    # When
    snapshot_date: Annotated[date, "assumed: a Monday with no clock change in the week before"] = date(2026, 9, 28)
    history_weeks: Annotated[int, "specified: a year of starts, ends and changes behind the snapshot"] = 52

    # How much
    counties: Annotated[
        tuple[KnownCounty, ...],
        "people 65+: Census 2021; registered locations: CQC, September 2025; Rutland's packages scaled "
        "by its population; river and bridges: geography",
    ] = (GLOUCESTERSHIRE, RUTLAND)
    packages_per_postcode: Annotated[
        float,
        "5,000 packages over Gloucestershire's 29,400 postcodes, live or terminated; for councils not named",
    ] = 0.17
    fewest_packages: Annotated[int, "assumed: fewer make no market"] = 10
    most_packages: Annotated[int, "assumed: larger than any council; keeps memory below 2 GB"] = 30000
    reference_packages: Annotated[
        int,
        "63,000 hours at 12.4-13.5 hours a person (NHS Digital; Waltham Forest). Counts packages in "
        "force on the snapshot: active, suspended and waiting, of every service type",
    ] = 5000
    reference_hours_week: Annotated[
        float,
        "NHS Digital PSS-EX1, Gloucestershire 2013-14: 3,295,335 a year",
    ] = 63000.0
    reference_visits_week: Annotated[float, "63,000 hours at the mean visit of 35 minutes"] = 109000.0
    visit_minutes: Annotated[
        tuple[tuple[int, float], ...],
        "Torbay fair-cost-of-care annex, visits a week",
    ] = ((15, 18.0), (30, 835.0), (45, 209.0), (60, 97.0))
    patterns: Annotated[
        tuple[Pattern, ...],
        "assumed; tilted until the visits a week come out as given",
    ] = (
        Pattern(WEEK, ("morning", "lunch", "tea", "bed"), 0.40),
        Pattern(WEEK, ("morning", "lunch", "bed"), 0.08),
        Pattern(WEEK, ("morning", "lunch", "tea"), 0.08),
        Pattern(WEEK, ("morning", "tea", "bed"), 0.08),
        Pattern(WEEK, ("morning", "bed"), 0.09),
        Pattern(WEEK, ("morning", "tea"), 0.06),
        Pattern(WEEK, ("morning",), 0.10),
        Pattern(WEEK, ("lunch",), 0.02),
        Pattern(WEEKDAYS, ("morning", "tea"), 0.02),
        Pattern(WEEKDAYS, ("morning",), 0.03),
        Pattern(("Mo", "We", "Fr"), ("morning",), 0.03),
        Pattern(("Tu",), ("lunch",), 0.01),
    )
    bands: Annotated[
        tuple[Band, ...],
        "assumed: usual home-care bands",
    ] = (
        Band("morning", 7 * 60, 10 * 60 + 30),
        Band("lunch", 11 * 60 + 30, 14 * 60 + 30),
        Band("tea", 16 * 60, 19 * 60),
        Band("bed", 19 * 60, 22 * 60 + 15),
        Band("night", 22 * 60, 31 * 60),
    )

    # Where
    clustering: Annotated[float, "assumed: mild (log scale) unevenness of demand between neighbourhoods"] = 0.35
    sheltered_share: Annotated[float, "assumed: packages in sheltered housing, several at one postcode"] = 0.10
    sheltered_packages: Annotated[tuple[int, int], "assumed: packages at one sheltered-housing postcode"] = (3, 6)
    unplaceable_share: Annotated[
        float,
        "planted: 4 of 5,000 packages with a well-formed postcode that does not exist, so that the list "
        "of unplaced packages is not empty",
    ] = 0.0008
    zones: Annotated[
        tuple[Zone, ...],
        "specified: 22-33 pounds an hour by zone; density thresholds assumed",
    ] = (Zone("urban", 100, 22.0, 26.0), Zone("rural", 20, 24.5, 29.5), Zone("deep rural", 0, 27.0, 33.0))

    # Who and what
    double_handed_share: Annotated[float, "specified: 8 % of packages"] = 0.08
    waiting_share: Annotated[float, "specified: about 4 % of packages"] = 0.04
    suspended_share: Annotated[float, "assumed: people in hospital whose package is held open"] = 0.008
    reablement_share: Annotated[float, "assumed"] = 0.02
    sitting_share: Annotated[float, "assumed: second package of a person with home care"] = 0.015
    waking_night_share: Annotated[float, "specified: a few; assumed 12 of 5,000, second package of a person"] = 0.0024
    sleep_in_share: Annotated[float, "specified: a few; assumed 8 of 5,000, second package of a person"] = 0.0016
    live_in_share: Annotated[float, "specified: a few; assumed 5 of 5,000"] = 0.001
    live_in_hours_day: Annotated[float, "assumed: contact hours in a live-in day"] = 7.0
    night_hours: Annotated[float, "assumed: one night, 22:00 to 07:00"] = 9.0
    scheme_share: Annotated[float, "specified: an extra-care scheme; assumed 45 packages at one postcode"] = 0.009
    special_from_packages: Annotated[
        int,
        "assumed: below this a sample has no scheme, live-in or night packages",
    ] = 100
    funding: Annotated[
        Shares,
        "assumed",
    ] = (
        ("council", 0.80),
        ("direct_payment", 0.06),
        ("chc", 0.05),
        ("self_funded", 0.04),
        ("joint", 0.03),
        ("s117", 0.02),
    )
    needs: Annotated[
        Shares,
        "assumed, before dropping what a package's provider does not offer",
    ] = (("dementia", 0.25), ("complex", 0.12), ("delegated_health_task", 0.05), ("end_of_life", 0.03))
    waiting_where: Annotated[
        Shares,
        "specified: some in hospital; shares assumed",
    ] = (("home_no_care", 0.35), ("home_bridged", 0.35), ("hospital", 0.22), ("interim_bed", 0.08))
    do_not_move_share: Annotated[float, "specified: a few; share assumed"] = 0.03
    do_not_move_reasons: Annotated[
        Shares,
        "assumed; packages with the need end_of_life carry that reason instead",
    ] = (("recently_moved", 0.35), ("person_refused", 0.30), ("language_or_gender", 0.15), ("other", 0.20))
    time_critical_share: Annotated[float, "assumed: share of packages with medication at set times"] = 0.10

    # Waits and turnover
    wait_days_rural: Annotated[
        float,
        "specified: longer in the four rural districts; mean assumed so that turnover and waits together "
        "give about 4 % waiting",
    ] = 24.0
    wait_days_urban: Annotated[float, "as wait_days_rural"] = 12.0
    ready_days: Annotated[int, "assumed: most days between a request and the person being ready"] = 7
    turnover_week: Annotated[float, "the block model's default turnover: 1.5 % of packages end in a week"] = 0.015
    reablement_weeks: Annotated[
        float, "intermediate care: up to six weeks are free under the Care Act 2014 regulations"
    ] = 6.0
    reablement_onward_share: Annotated[
        float,
        "assumed: reablement that leads to home care for the same person",
    ] = 0.3
    change_week: Annotated[float, "assumed: share of packages whose terms change in a week"] = 0.010
    change_reasons: Annotated[
        Shares,
        "assumed",
    ] = (("review_increase", 0.45), ("review_decrease", 0.30), ("provider_handback", 0.25))
    end_reasons: Annotated[
        Shares,
        "assumed",
    ] = (("died", 0.34), ("care_home", 0.26), ("hospital", 0.18), ("no_longer_needed", 0.14), ("moved_away", 0.08))
    withdrawn_share: Annotated[float, "assumed: requests withdrawn in the year, as a share of packages"] = 0.01

    # Providers
    companies: Annotated[int, "specified: contracted companies at 5,000 packages"] = 70
    locations: Annotated[
        int,
        "specified: registered locations at 5,000 packages; CQC counted 206 (September 2025)",
    ] = 200
    scale_exponent: Annotated[float, "assumed: 300 packages have 9 companies, as small councils do"] = 0.73
    fewest_companies: Annotated[int, "assumed"] = 3
    second_locations_share: Annotated[float, "assumed: contracted companies with a second location"] = 0.17
    size_spread: Annotated[float, "log-normal sizes whose 20 largest of 70 hold about two thirds, as specified"] = 1.03
    spot_companies_share: Annotated[
        float,
        "assumed: uncontracted companies that hold a little work off-framework",
    ] = 0.06
    spot_hours: Annotated[float, "assumed: contact hours a week of such a company"] = 30.0
    ratings: Annotated[
        Shares,
        "CQC home-care locations in Gloucestershire, September 2025",
    ] = (
        ("Good", 105.0),
        ("Not rated", 77.0),
        ("Requires improvement", 13.0),
        ("Outstanding", 10.0),
        ("Inadequate", 1.0),
    )
    contracted_rated: Annotated[
        float,
        "assumed: share of the contracted locations that have a rating; the newly registered without one "
        "hold little work",
    ] = 0.8
    services: Annotated[
        Shares,
        "assumed: share of providers that offer each",
    ] = (
        ("double_handed", 0.90),
        ("dementia", 0.92),
        ("complex", 0.75),
        ("end_of_life", 0.65),
        ("delegated_health_task", 0.55),
    )
    price_spread: Annotated[
        float,
        "assumed: standard deviation of a provider's prices about its zone's, as a share",
    ] = 0.05
    placements_suspended_share: Annotated[float, "assumed: contracted locations with placements suspended"] = 0.03
    capacity_as_of_days: Annotated[int, "assumed: most days since a provider last told its capacity"] = 28

    # Patches
    patch_overlap: Annotated[
        float,
        "planted: how far providers' patches overlap; 0 = nearly exclusive territories, higher = more "
        "mixed. It decides every saving shown from a sample",
    ] = 1.0
    patch_reach: Annotated[
        float,
        "chosen so that at patch_overlap 1.0 planned travel is about 11.7 minutes a contact hour (UKHCA "
        "2020 price split). Kilometres at which a patch whose own demand lies within 1 km is chosen 1/e "
        "as often as at its centre",
    ] = 4.7
    patch_hours: Annotated[
        float,
        "assumed: contact hours a week of one patch, about eight full-time carers",
    ] = 250.0
    most_patches: Annotated[int, "assumed: patches of one company; a larger one has larger patches"] = 14

    # Capacity, participation and blocks
    participating_capacity: Annotated[
        float,
        "specified: held + spare + growth of the participating providers, over all carer hours in force",
    ] = 0.65
    participating_held: Annotated[
        float,
        "assumed: what participating providers hold already, of all carer hours",
    ] = 0.55
    spare_of_room: Annotated[float, "assumed: share of spare + growth that could start now"] = 0.35
    participation_areas: Annotated[
        Shares,
        "specified: some restricted; shares assumed",
    ] = (("anywhere", 0.55), ("districts", 0.30), ("sectors", 0.15))
    max_block_hours_share: Annotated[
        float,
        "assumed: participating providers that name their most block hours",
    ] = 0.4
    blocks_let: Annotated[int, "specified: two small existing blocks"] = 2
    block_hours: Annotated[
        tuple[float, float],
        "assumed: placeable contact hours in a block already let",
    ] = (80.0, 200.0)
    block_age_days: Annotated[tuple[int, int], "assumed: days since a block was let"] = (150, 240)

    # Rounds
    detour: Annotated[
        float, "road over straight-line distance at 2-5 km, measured on OSM Rutland and OS roads around Bath"
    ] = 1.35
    speed_kmh: Annotated[
        float,
        "assumed: door to door; lays out synthetic gaps only, never travel time shown",
    ] = 35.0
    stop_minutes: Annotated[float, "assumed: parking and the walk to the door, per visit"] = 1.5
    planned_grid_minutes: Annotated[int, "assumed: rotas are written in steps of five minutes"] = 5
    days_a_carer: Annotated[int, "assumed: days a carer works in a week"] = 5
    visit_status: Annotated[
        Shares,
        "assumed",
    ] = (("delivered", 0.975), ("cancelled", 0.015), ("frustrated", 0.007), ("missed", 0.003))
    manual_share: Annotated[float, "assumed: visits logged by hand rather than by phone or tag"] = 0.12
    actual_duration: Annotated[
        tuple[float, float],
        "assumed: actual over planned minutes, mean and s.d.",
    ] = (0.95, 0.08)
    travel_noise: Annotated[float, "assumed: s.d. of actual over expected travel, log scale"] = 0.15
    early_minutes: Annotated[int, "assumed: a carer who is early waits until this long before the planned time"] = 5

    # The market measures' tables
    market: Annotated[MarketSample, "offers, handbacks, rates, assets, reablement, growth: as below"] = field(
        default_factory=MarketSample
    )

    def list_sources(self) -> dict[str, str]:
        """Give the source of every parameter, by name; of the market's tables as ``market.name``."""
        hints = get_type_hints(type(self), include_extras=True)
        market = get_type_hints(MarketSample, include_extras=True)
        return {name: hint.__metadata__[0] for name, hint in hints.items() if name != "market"} | {
            f"market.{name}": hint.__metadata__[0] for name, hint in market.items()
        }

    def find_county(self, key: str) -> KnownCounty | None:
        """Find a county by its key, whatever the letters' case; None if the sample does not know it."""
        return next((known for known in self.counties if known.key == key.strip().casefold()), None)
