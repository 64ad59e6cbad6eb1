"""Chapter: who says no, where and why, and who gives work back."""

from __future__ import annotations

from functools import partial

import pandas as pd

from marketmap.market.refusals import (
    count_reasons,
    refusals_by_area,
    refusals_by_band,
    refusals_by_provider,
    refusals_in_all,
)
from marketmap.outputs.report.chapter import Chapter, Figure, Listing, View, needs_table
from marketmap.outputs.report.charts import draw_bars
from marketmap.outputs.report.public_columns import PUBLIC_OFFERS
from marketmap.outputs.report.public_views import list_parts
from marketmap.outputs.report.survey import DISTRICT, Survey
from marketmap.outputs.report.telling import say
from marketmap.outputs.schema.flow import REFUSAL_BANDS, REFUSAL_PROVIDERS, REFUSAL_REASONS, REFUSALS
from marketmap.settings import TIME_BANDS

KEY, TITLE = "refusals", "Refusals and handbacks"
HEADINGS = {
    "area_name": "Area",
    "offers": "Offers",
    "refused_share": "Refused",
    "offers_per_accepted": "Offers to one accepted",
    "handback_rate": "Handbacks a 100 packages",
}
REASON_HEADINGS = {"what": "What", "reason": "Reason", "share": "Share"}
PUBLIC_HEADINGS = {"area": "Part of the county", "offers": "Offers", "refused_share": "Refused"}


def describe_refusals(survey: Survey) -> Chapter:
    """Measure refusals and handbacks by area, band, provider and reason."""
    answers = survey.answers
    if answers.offers is None and answers.handbacks is None:
        return needs_table(KEY, TITLE, "offers", "handbacks")
    areas = survey.at_levels(
        partial(refusals_by_area, answers, survey.places), *[level for level in survey.levels if level != "county"]
    )
    whole = refusals_in_all(answers).assign(area_name="Whole county")
    areas = pd.concat([areas, whole], ignore_index=True)
    bands = refusals_by_band(answers, survey.tables.calls)
    row = whole.iloc[0]
    listed, count = survey.lead(areas, "rural", DISTRICT)
    told = [f"Needs table {name}." for name in ("offers", "handbacks") if getattr(answers, name) is None]
    reading, figures = [], []
    if answers.offers is not None and row["offers"] > 0:
        evidence = (
            f"{row['refused']:,.0f} of {row['offers']:,.0f} offers; 95% interval {row['refused_share_low']:.0%} to "
            f"{row['refused_share_high']:.0%}"
        )
        reading.append(f"Providers refused {row['refused_share']:.0%} of offers ({evidence}).")
        figures.append(Figure("Offers refused", f"{row['refused_share']:.0%}", evidence))
    if answers.handbacks is not None:
        reading.append(
            f"{row['handbacks']:,.0f} packages were handed back: {row['handback_rate']:.1f} a 100 packages held "
            f"(95% interval {row['handback_rate_low']:.1f} to {row['handback_rate_high']:.1f})."
        )
    drawn = bands[bands["offers"] > 0] if len(bands) and answers.offers is not None else bands.head(0)
    drawn = drawn.sort_values("time_band", key=lambda names: names.map(_place_in_day), kind="stable")
    view = View(
        reading=tuple(reading) or ("Nothing was offered in the period.",),
        figures=tuple(figures),
        drawings=(
            draw_bars(
                drawn, label="time_band", value="refused_share", low="refused_share_low", high="refused_share_high",
                unit="refused offers as a share of offers", share=True,
                alt_text="Refused offers as a share of offers by time of day, with 95% intervals.",
                caption="By time of day; a package with calls in three bands counts in each, one whose calls are not "
                "listed under no calls.",
            ),
        ) if len(drawn) else (),
        listings=(
            Listing(REFUSALS, listed, "By class and district", HEADINGS, rows=count, mapped=True),
            Listing(REFUSAL_REASONS, count_reasons(answers), "Reasons", REASON_HEADINGS, rows=12),
            Listing(REFUSAL_BANDS, bands),
            Listing(REFUSAL_PROVIDERS, refusals_by_provider(answers)),
        ),
        notes=tuple(told),
    )  # fmt: skip
    return Chapter(KEY, TITLE, internal=view, public=_tell_public(survey))


def _place_in_day(band: str) -> int:
    """Say where a band stands in the day; packages without calls come last."""
    return TIME_BANDS.index(band) if band in TIME_BANDS else len(TIME_BANDS)


def _tell_public(survey: Survey) -> View | None:
    offers = survey.public.offers
    if offers is None:
        return View(reading=(say("Needs table offers: without it there is nothing to measure here."),))
    whole = offers.roll_up().share("refused").show().iloc[0]
    cells = survey.public.name_cells(offers.share("refused").show())
    evidence = say(
        "{n} of {of} offers; 95% interval {low} to {high}",
        n=whole["refused"], of=whole["offers"], low=whole["refused_share_low"], high=whole["refused_share_high"],
    )  # fmt: skip
    return View(
        reading=(
            say("Providers refused {share} of offers ({evidence}).", share=whole["refused_share"], evidence=evidence),
        ),
        figures=(Figure("Offers refused", whole["refused_share"], evidence),),
        listings=(list_parts(PUBLIC_OFFERS, cells, "Refused offers", PUBLIC_HEADINGS),),
    )
