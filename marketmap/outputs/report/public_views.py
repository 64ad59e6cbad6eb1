"""What everybody may read of providers, price, growth and reablement; and what stays inside, with the reason."""

from __future__ import annotations

import pandas as pd

from marketmap.outputs.gate.disclosure import SUPPRESSED, Shown, show_name
from marketmap.outputs.report.chapter import PAGE_ROWS, Figure, Listing, View
from marketmap.outputs.report.public_columns import (
    PUBLIC_GROWTH,
    PUBLIC_MARKET,
    PUBLIC_PRICE,
    PUBLIC_REABLEMENT,
)
from marketmap.outputs.report.survey import Survey
from marketmap.outputs.report.telling import say
from marketmap.outputs.schema.columns import OutputTable

AREA = {"area": "Part of the county"}
KEYS = ("area", "district_code", "rural")
GAPS_INSIDE = (
    "Spare hours are what each provider told the council of its own business, so spare capacity and what is made from "
    "it, access and its cost, are not public. Where people wait, and for how many hours, is."
)
COST_INSIDE = (
    "Where the cost went is not public: packages that began and ended, set against two months' totals, could tell of "
    "single people."
)
ASSETS_INSIDE = (
    "Who lives within reach of which asset is not public: the places are known to everybody, and where they leave few "
    "people out they would tell where those live."
)
SCENARIOS_NOTE = "A projection by the growth table's factors, not a forecast."


def list_parts(
    table: OutputTable, shown: pd.DataFrame, caption: str, headings: dict[str, str], *, mapped: bool = True
) -> Listing:
    """Make the table of districts' parts: those of which anything shows first, the page without the others.

    Parameters
    ----------
    shown
        As `marketmap.outputs.report.public_facts.PublicFacts.name_cells` gives it.
    mapped
        Whether it goes into the GeoPackage as well.
    """
    figures = [name for name in headings if name not in KEYS]
    told = (shown[figures] != SUPPRESSED).any(axis=1)
    ordered = pd.concat([shown[told], shown[~told]], ignore_index=True)
    # A few rows of `*` say themselves that they are hidden; many would only make the page long.
    rows = len(ordered) if len(ordered) <= PAGE_ROWS else int(told.sum())
    return Listing(table, ordered, caption, headings, rows=rows, mapped=mapped)


def tell_inside(words: str) -> View:
    """Say that a chapter's figures stay inside, and why."""
    return View(reading=(say(words),))


def tell_providers(survey: Survey) -> View:
    """Tell how many companies deliver in each part, and how concentrated their hours are, in bands."""
    public = survey.public
    cells = public.name_cells(public.care.figures("packages", "companies", "concentration").show())
    known = cells[cells["concentration"] != SUPPRESSED]
    high = int((known["concentration"] == "highly concentrated").sum())
    count = show_name(f"In {high:,} of {len(known):,} parts of the county that can be shown")
    headings = AREA | {"packages": "Packages", "companies": "Companies", "concentration": "Their hours are"}
    return View(
        reading=(
            say("{count}, care is in few companies' hands: highly concentrated.", count=count),
            say("How many hours a company delivers where, and its name, are not public."),
        ),
        listings=(list_parts(PUBLIC_MARKET, cells, "Companies that deliver", headings),),
        notes=(
            say(
                "Concentration is the Herfindahl-Hirschman index (HHI) of companies' hours: not concentrated below "
                "1,000, concentrated below 2,000, highly concentrated from there."
            ),
        ),
    )


def tell_price(survey: Survey) -> View:
    """Tell what an hour is paid in each part where no company could be told from it."""
    public = survey.public
    cells = public.name_cells(public.care.figures("priced", "paid_hour").show())
    cells["paid_hour"] = pd.Series([_tell_pence(price) for price in cells["paid_hour"]], cells.index, dtype=object)
    whole = public.care.roll_up().figures("priced", "paid_hour").show().iloc[0]
    minimum = show_name(f"£{survey.settings.market.minimum_price_hour:.2f}")
    seen = int((cells["paid_hour"] != SUPPRESSED).sum())
    if whole["paid_hour"] == SUPPRESSED:
        reading = (say("Too few companies are paid by the hour for a price to be shown."),)
        figures: tuple[Figure, ...] = ()
    else:
        paid = say("£{paid}", paid=_tell_pence(whole["paid_hour"]))
        # The mean is of the shown parts alone, so it must not stand beside the count of all packages.
        parts = show_name(f"{seen:,} of {len(cells):,} parts of the county")
        reading = (
            say(
                "An hour of home care is paid {paid} on average where a price can be shown ({parts}); the Homecare "
                "Association's minimum price is {minimum}.",
                paid=paid, parts=parts, minimum=minimum,
            ),
        )  # fmt: skip
        figures = (Figure("Paid a carer hour", paid, say("where it can be shown: {parts}", parts=parts)),)
    headings = AREA | {"priced": "Packages with a price", "paid_hour": "Paid an hour"}
    note = say(
        "A price shows where three companies or more are paid it and none has over 75 per cent of the hours (of 100); "
        "a district's parts show theirs together or not at all. What travel costs a provider is not public."
    )
    return View(
        reading=reading,
        figures=figures,
        listings=(list_parts(PUBLIC_PRICE, cells, "Paid an hour", headings),),
        notes=(note,),
    )


def tell_growth(survey: Survey) -> View:
    """Tell how the same people's hours changed in each part."""
    public, market = survey.public, survey.settings.market
    cut, risen = public.growth.share("cut"), public.growth.share("risen")
    figures = public.growth.figures("followed", "hours_before", "hours_after")
    cells = public.name_cells(figures.join(cut).join(risen).show())
    whole = public.growth.roll_up().figures("followed", "hours_before", "hours_after").show().iloc[0]
    lot = show_name(f"{market.large_change * 100:.0f} in 100")
    headings = AREA | {
        "followed": "People",
        "hours_before": "Hours before",
        "hours_after": "Hours now",
        "cut_share": "Cut",
        "risen_share": "Risen",
    }
    if whole["followed"] in (SUPPRESSED, "0"):
        return tell_inside("Too few people were with the same provider on both days for growth to be shown.")
    return View(
        reading=(
            say(
                f"{{n}} people were with the same provider {market.growth_weeks} weeks ago and are today; they have "
                "{after} hours a week, and had {before}.",
                n=whole["followed"], after=whole["hours_after"], before=whole["hours_before"],
            ),
        ),
        figures=(
            Figure("Hours now, same people", whole["hours_after"], say("{n} before", n=whole["hours_before"])),
        ),
        listings=(list_parts(PUBLIC_GROWTH, cells, "The same people's hours a week", headings),),
        notes=(
            say("Cut and risen: by {lot} of a person's own hours before, or more.", lot=lot),
        ),
    )  # fmt: skip


def tell_reablement(survey: Survey) -> View:
    """Tell how many were referred to reablement, and how many are at home on the 91st day."""
    public = survey.public
    if public.reablement is None:
        return tell_inside("Needs table reablement: without it there is nothing to measure here.")
    home = public.reablement.share("home_at_91_days")
    shown = public.reablement.figures("referrals", "began").join(home).show()
    # Areas of the table are often whole districts: their parts then have nobody, which says nothing of the parts.
    cells = public.name_cells(shown[shown["referrals"] != "0"].reset_index(drop=True), unknown="rural and urban")
    whole = public.reablement.roll_up().figures("referrals", "began").show().iloc[0]
    total = public.reablement.roll_up().share("home_at_91_days").show().iloc[0]
    weeks = survey.settings.market.wait_weeks
    reading = [say(f"{{n}} people were referred to reablement in the last {weeks} weeks, and {{began}} began.",
        n=whole["referrals"], began=whole["began"])]  # fmt: skip
    figures = [Figure("People referred to reablement", whole["referrals"], say("{n} began", n=whole["began"]))]
    if total["home_at_91_days_share"] != SUPPRESSED:
        evidence = say(
            "{n} of {of}; 95% interval {low} to {high}",
            n=total["home_at_91_days"], of=total["followed_up"],
            low=total["home_at_91_days_share_low"], high=total["home_at_91_days_share_high"],
        )  # fmt: skip
        share = total["home_at_91_days_share"]
        reading.append(say("On the 91st day {share} were at home ({evidence}).", share=share, evidence=evidence))
        figures.append(Figure("At home on the 91st day", share, evidence))
    headings = AREA | {"referrals": "Referred", "began": "Began", "home_at_91_days_share": "At home on the 91st day"}
    return View(
        reading=tuple(reading),
        figures=tuple(figures),
        listings=(list_parts(PUBLIC_REABLEMENT, cells, "Reablement", headings),),
        notes=(
            say(
                "An area of the reablement table counts as what most of its postcodes are, rural or urban; a whole "
                "district as both."
            ),
        ),
    )


def _tell_pence(price: Shown) -> Shown:
    """Write a price that the gate cut to ten pence with two decimals, as prices are."""
    return price if price == SUPPRESSED else show_name(f"{float(price.replace(',', '')):,.2f}")
