"""Chapter: how much care is needed where, and when in the day."""

from __future__ import annotations

from functools import partial

import pandas as pd

from marketmap.market.bands import measure_bands, measure_peaks
from marketmap.market.demand import measure_demand
from marketmap.market.places import UNPLACED
from marketmap.outputs.report.chapter import Chapter, Figure, Listing, View
from marketmap.outputs.report.charts import draw_bars
from marketmap.outputs.report.choropleth import draw_areas
from marketmap.outputs.report.public_columns import PUBLIC_CARE
from marketmap.outputs.report.public_views import list_parts
from marketmap.outputs.report.survey import DISTRICT, Survey
from marketmap.outputs.report.telling import say
from marketmap.outputs.schema.place import DEMAND_AREAS, DEMAND_BANDS, DEMAND_PEAKS

KEY, TITLE = "demand", "Demand"
HEADINGS = {
    "area_name": "Area",
    "people": "People",
    "packages": "Packages",
    "contact_hours": "Contact hours",
    "double_handed_share": "Two carers",
    "packages_waiting": "Waiting",
    "hours_1000": "Hours a 1,000 people 65+",
}
PUBLIC_HEADINGS = {
    "area": "Part of the county",
    "packages": "Packages",
    "contact_hours": "Contact hours",
    "waiting": "Waiting",
    "hours_waiting": "Contact hours waiting",
}


def describe_demand(survey: Survey) -> Chapter:
    """Measure demand at every level and by time of day."""
    packages, places, blocks = survey.tables.packages, survey.places, survey.settings.blocks
    areas = survey.at_levels(partial(measure_demand, packages, places))
    wide = (DISTRICT, "rural", "county")
    bands = survey.at_levels(partial(measure_bands, packages, survey.tables.calls, places, settings=blocks), *wide)
    peaks = survey.at_levels(partial(measure_peaks, packages, survey.tables.calls, places, settings=blocks))
    whole = areas[areas["level"] == "county"]
    if whole.empty:
        return Chapter(KEY, TITLE, internal=View(reading=("Nobody has or waits for care.",)))
    return Chapter(KEY, TITLE, internal=_tell_all(survey, areas, bands, peaks), public=_tell_public(survey))


def _tell_all(survey: Survey, areas: pd.DataFrame, bands: pd.DataFrame, peaks: pd.DataFrame) -> View:
    whole = areas[areas["level"] == "county"].iloc[0]
    peak = peaks[peaks["level"] == "county"]
    morning = f"{peak.iloc[0]['carers_at_peak_morning']:,.0f}" if len(peak) else "–"
    fine = areas[(areas["level"] == survey.fine_level) & (areas["area_code"] != UNPLACED)]
    listed, count = survey.lead(areas, "county", "rural", DISTRICT)
    shown = bands[(bands["level"] == "county")]
    known = survey.tables.calls is not None
    return View(
        reading=(
            (f"{whole['people']:,.0f} people have or wait for {whole['contact_hours']:,.0f} contact hours of "
            f"care a week; "
            f"{whole['packages_waiting']:,.0f} of {whole['packages']:,.0f} packages wait for a provider."),
            (f"At the morning's busiest at least {morning} carers are needed at once: a floor, with calls spread "
            "evenly and nobody driving."),
        ),
        figures=(
            Figure("Contact hours a week", f"{whole['contact_hours']:,.0f}", f"{whole['packages']:,.0f} packages"),
            Figure("Packages waiting", f"{whole['packages_waiting']:,.0f}",
                f"{whole['hours_waiting']:,.0f} contact hours a week"),
            Figure(
                "Packages with two carers",
                f"{whole['double_handed_share']:.0%}",
                f"{whole['double_handed']:,.0f} of {whole['packages']:,.0f}; 95% interval "
                f"{whole['double_handed_low']:.0%} to {whole['double_handed_high']:.0%}",
            ),
        ),
        drawings=(
            draw_areas(
                survey.outlines_of(survey.fine_level),
                values=fine.set_index("area_code")["contact_hours"],
                title="Contact hours a week",
                alt_text="Map of contact hours a week by area.",
                caption="Contact hours a week, delivered or waited for.",
                districts=survey.outlines_of(DISTRICT),
            ),
            draw_bars(
                shown,
                label="time_band",
                value="contact_hours",
                unit="contact hours a week",
                alt_text="Contact hours a week by time of day.",
                caption="By time of day" + ("." if known else ": by the settings' mix, for no calls table was given."),
            ),
        ),
        listings=(
            Listing(DEMAND_AREAS, listed, "Demand by class and district", HEADINGS, rows=count, mapped=True),
            Listing(DEMAND_BANDS, bands),
            Listing(DEMAND_PEAKS, peaks),
        ),
        notes=(survey.places.rural_basis,),
    )  # fmt: skip


def _tell_public(survey: Survey) -> View:
    public = survey.public
    care = public.care.figures("packages", "contact_hours", "carer_hours", "carer_visits")
    cells = public.name_cells(care.join(public.waiting.figures("waiting", "hours_waiting")).show())
    total = public.care.roll_up().show().iloc[0]
    waiting = public.waiting.roll_up().show().iloc[0]
    values = cells["contact_hours"].set_axis(cells["district_code"] + "/" + cells["rural"])
    return View(
        reading=(
            say(
                "{packages} packages of care with {hours} contact hours a week are delivered; {waiting} packages with "
                "{hours_waiting} contact hours wait for a provider.",
                packages=total["packages"],
                hours=total["contact_hours"],
                waiting=waiting["waiting"],
                hours_waiting=waiting["hours_waiting"],
            ),
        ),
        figures=(
            Figure("Contact hours a week", total["contact_hours"], say("{n} packages", n=total["packages"])),
            Figure("Packages waiting", waiting["waiting"], say("{n} contact hours a week", n=waiting["hours_waiting"])),
        ),
        drawings=(
            draw_areas(
                survey.cell_outlines,
                values=values,
                title="Contact hours a week",
                alt_text=say("Map of contact hours a week by each district's rural and urban part."),
                caption=say("Rounded; hatched parts rest on few people."),
                districts=survey.outlines_of(DISTRICT),
            ),
        ),
        listings=(list_parts(PUBLIC_CARE, cells, "Care delivered and waited for", PUBLIC_HEADINGS),),
        notes=(say(survey.places.rural_basis),),
    )
