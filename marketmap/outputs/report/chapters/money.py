"""Chapters on money: how packages grow, where the cost went, and what an hour is paid."""

from __future__ import annotations

from functools import partial

import pandas as pd

from marketmap.market.cost_change import measure_cost_change
from marketmap.market.demand import describe_packages
from marketmap.market.package_growth import measure_growth
from marketmap.market.price import measure_prices
from marketmap.outputs.files.rates import describe_rates
from marketmap.outputs.report.chapter import Chapter, Figure, Listing, View
from marketmap.outputs.report.charts import draw_bars, draw_waterfall
from marketmap.outputs.report.public_views import COST_INSIDE, tell_growth, tell_inside, tell_price
from marketmap.outputs.report.survey import DISTRICT, SECTOR, Survey
from marketmap.outputs.schema.cost import COST_CHANGE, GROWTH_FINDINGS, PACKAGE_GROWTH, PRICES
from marketmap.settings import settings_to_mapping

STEPS = {
    "pounds_before": "Before",
    "pounds_starts": "Starts",
    "pounds_ends": "Ends",
    "pounds_growth": "Growth",
    "pounds_price": "Price",
    "pounds_after": "Now",
}
TOTALS = ("pounds_before", "pounds_after")
FINDING_HEADINGS = {"finding": "Finding", "share": "Share", "warning": "Warning"}
COST_HEADINGS = {"funding": "Who pays"} | {name: f"{words}" for name, words in STEPS.items()}
PRICE_HEADINGS = {
    "area_name": "Area",
    "paid_hour": "Paid an hour",
    "card_hour": "Rate card",
    "minimum_hour": "Minimum price, at its travel",
    "travel_minutes_hour": "Travel",
    "modelled_cost_hour": "Carers alone, modelled",
    "rural_travel": "Extra travel",
}
PRICE_LEVELS = ("rural", DISTRICT)
MINIMUM_NOTE = (
    "The minimum price is the Homecare Association's (market.minimum_price_hour); by area it is raised or lowered by "
    "what the modelled travel there takes beyond the minutes that it already pays for."
)
CARERS_NOTE = (
    "Carers alone, modelled: pay with on-costs, travel and mileage. It leaves out running the business, so what is "
    "paid above it is no margin."
)
NO_CARD = "Needs table rates: the rate card."


def describe_growth(survey: Survey) -> Chapter:
    """Measure how hours changed on the same people."""
    key, title = "growth", "Package growth"
    growth = measure_growth(
        survey.tables.package_lines, snapshot_date=survey.tables.snapshot_date, settings=survey.settings.market
    )
    whole = growth.providers[growth.providers["provider_id"] == "all"]
    large = survey.settings.market.large_change
    warned = growth.findings["warning"].fillna("").ne("").any()
    headings = {name: words for name, words in FINDING_HEADINGS.items() if warned or name != "warning"}
    caption = (
        f"People, and providers, whose hours on the same people were cut or have risen by {large * 100:.0f} in 100"
    )
    listings = (
        Listing(GROWTH_FINDINGS, growth.findings, caption, headings),
        Listing(PACKAGE_GROWTH, growth.providers),
    )
    if whole.empty or not whole.iloc[0]["people"] > 0:
        reading = ("Nobody was with the same provider on both days, so there is no growth to measure.",)
        return Chapter(key, title, internal=View(reading=reading, listings=listings, notes=growth.notes))
    row = whole.iloc[0]
    way = "more" if row["change_hours"] >= 0 else "less"
    evidence = (
        f"{row['people']:,.0f} people; 95% interval {row['change_share_low']:+.1%} to {row['change_share_high']:+.1%}"
    )
    firm = ": it may be no change at all" if row["change_share_low"] <= 0 <= row["change_share_high"] else ""
    view = View(
        reading=(
            (
                f"The same {row['people']:,.0f} people have {abs(row['change_share']):.1%} {way} hours than on "
                f"{growth.since:%-d %B %Y} ({evidence}){firm}."
            ),
        ),
        figures=(Figure("Change of hours, same people", f"{row['change_share']:+.1%}", evidence),),
        listings=listings,
        notes=growth.notes,
    )
    return Chapter(key, title, internal=view, public=tell_growth(survey))


def describe_cost(survey: Survey) -> Chapter:
    """Part the change of weekly cost into starts, ends, growth and price."""
    key, title = "cost", "Where the cost went"
    table = measure_cost_change(
        survey.tables.package_lines, snapshot_date=survey.tables.snapshot_date, settings=survey.settings.market
    )
    if table.empty:
        return Chapter(key, title, internal=View(reading=("Nothing was active on either day.",)))
    row = table[table["funding"] == "all"].iloc[0]
    steps = pd.DataFrame(
        [{"step": words, "amount": float(row[name]), "total": name in TOTALS} for name, words in STEPS.items()]
    )
    change = row["pounds_after"] - row["pounds_before"]
    weeks = survey.settings.market.growth_weeks
    parts = {words: float(row[name]) for name, words in STEPS.items() if name not in TOTALS}
    way = "more" if change >= 0 else "less"
    told = [f"{words.lower()} {'-' if part < 0 else '+'}£{abs(part):,.0f}" for words, part in parts.items()]
    view = View(
        reading=(
            (f"Care costs £{row['pounds_after']:,.0f} a week, £{abs(change):,.0f} {way} than "
            f"{weeks} weeks before: {', '.join(told)}."),
        ),
        figures=(
            Figure(
                "Weekly cost",
                f"£{row['pounds_after']:,.0f}",
                f"{row['packages_after']:,.0f} packages, {row['packages_unpriced']:,.0f} without a price left out",
            ),
        ),
        drawings=(
            draw_waterfall(
                steps, step="step", amount="amount", total="total", unit="pounds a week",
                alt_text="How the weekly cost came about: starts, ends, growth and price.",
                caption=f"From {weeks} weeks ago to now, all payers.",
            ),
        ),
        listings=(Listing(COST_CHANGE, table, "By who pays, pounds a week", COST_HEADINGS),),
    )  # fmt: skip
    return Chapter(key, title, internal=view, public=tell_inside(COST_INSIDE))


def describe_price(survey: Survey) -> Chapter:
    """Compare what is paid with the rate card, the minimum price and modelled cost."""
    key, title = "price", "Price"
    tables, settings = survey.tables, survey.settings
    described = describe_packages(tables.packages, settings=settings.blocks)

    def measure(*, by: str) -> pd.DataFrame:
        return measure_prices(
            tables.packages,
            described,
            survey.places,
            by=by,
            snapshot_date=tables.snapshot_date,
            settings=settings.market,
            rates=tables.rates,
            travel=survey.round_travel(level=by),
        )

    table = survey.at_levels(partial(measure))
    whole = table[table["level"] == "county"]
    listings = (Listing(PRICES, table),)
    if whole.empty or not whole.iloc[0]["packages_priced"] > 0:
        reading = ("No active package that a block could buy carries a price.",)
        return Chapter(key, title, internal=View(reading=reading, listings=listings))
    row = whole.iloc[0]
    listed, count = survey.lead(table, *PRICE_LEVELS)
    shown = listed.head(count)
    sectors = table[(table["level"] == SECTOR) & table["travel_minutes_hour"].notna()]
    unpaid = sectors[sectors["rural_travel"] == "not paid for"]
    evidence = (
        f"{row['packages_priced']:,.0f} packages; 95% interval £{row['paid_hour_low']:.2f} to "
        f"£{row['paid_hour_high']:.2f}"
    )
    below = (
        f"{row['packages_below_minimum']:,.0f} of {row['packages_priced']:,.0f} packages are paid less than the "
        f"Homecare Association's minimum price of £{settings.market.minimum_price_hour:.2f} an hour."
    )
    travel_told = (
        f"In {len(unpaid):,} of {len(sectors):,} postcode sectors travel is longer than the county's and not paid for."
    )
    rates = describe_rates(settings_to_mapping(settings))[:2]  # miles and pounds: no carbon is told here
    view = View(
        reading=(
            f"An hour of home care is paid £{row['paid_hour']:.2f} on average ({evidence}).",
            below,
            travel_told if tables.visits is not None else
            "Needs table visits: what travel costs by area.",
        ),
        figures=(Figure("Paid an hour", f"£{row['paid_hour']:.2f}", evidence),),
        drawings=(
            draw_bars(
                shown[shown["paid_hour"].notna()], label="area_name", value="paid_hour", low="paid_hour_low",
                high="paid_hour_high", unit="pounds an hour", reference=settings.market.minimum_price_hour,
                alt_text="Price paid an hour by class and district, with 95% intervals.",
                caption="Paid by carer hours, with 95% intervals; the broken line is the Homecare Association's "
                "minimum price.",
            ),
        ),
        listings=(
            Listing(PRICES, listed, "Price by class and district", PRICE_HEADINGS, rows=count, mapped=True),
        ),
        notes=(MINIMUM_NOTE, CARERS_NOTE, *rates, *(() if tables.rates is not None else (NO_CARD,))),
    )  # fmt: skip
    return Chapter(key, title, internal=view, public=tell_price(survey))
