"""Chapter: spare hours against who waits, by road, both signs; who works where; and what travel costs."""

from __future__ import annotations

from functools import partial

import numpy as np

from marketmap.market.footprints import measure_footprints
from marketmap.market.gaps import measure_gaps
from marketmap.market.overlap import measure_overlap, sum_near_providers
from marketmap.market.places import UNPLACED
from marketmap.outputs.report.chapter import Chapter, Figure, Listing, View
from marketmap.outputs.report.choropleth import draw_areas
from marketmap.outputs.report.public_views import GAPS_INSIDE, tell_inside, tell_providers
from marketmap.outputs.report.survey import DISTRICT, SECTOR, Survey
from marketmap.outputs.report.telling import join_names
from marketmap.outputs.schema.place import FOOTPRINTS, GAPS, NEAR_AREAS, NEAR_PROVIDERS, OVERLAP

GAP_HEADINGS = {
    "area_name": "Area",
    "waiting_hours": "Waiting",
    "waiting_beyond": "Out of reach",
    "spare_hours": "Spare",
    "spare_unneeded": "Nobody near needs",
    "access_3sfca": "Spare in reach (3SFCA)",
    "raam_cost": "Travel and crowding (RAAM)",
}
OVERLAP_HEADINGS = {
    "area_name": "Area",
    "providers": "Providers",
    "companies": "Companies",
    "carer_hours": "Carer hours",
    "hhi": "Concentration (HHI)",
    "providers_street_mean": "Providers to a street",
}


def describe_gaps(survey: Survey) -> Chapter:
    """Set spare hours against who waits, and score access."""
    market = survey.settings.market
    areas = survey.at_levels(partial(measure_gaps, survey.gaps, survey.places, settings=market))
    whole = areas[areas["level"] == "county"]
    if whole.empty:
        view = View(reading=("Nobody has or waits for care, and no provider has spare hours.",))
        return Chapter("gaps", "Gaps and spare capacity", internal=view)
    row = whole.iloc[0]
    fine = areas[(areas["level"] == survey.fine_level) & (areas["area_code"] != UNPLACED)].set_index("area_code")
    signed = fine["spare_unneeded"] - fine["waiting_beyond"]
    worst = fine.sort_values("access_3sfca", kind="stable").head(3)
    listed, count = survey.lead(areas, "rural", DISTRICT)
    access = fine["access_3sfca"] * 100
    view = View(
        reading=(
            str(row["reading"]),
            f"Access to spare hours is lowest in {join_names([str(name) for name in worst['area_name']])}.",
        ),
        figures=(
            Figure("Carer hours waited for", f"{row['waiting_hours']:,.0f}",
                f"{row['packages_waiting']:,.0f} packages; an hour of two carers is two carer hours"),
            Figure("Of these, out of reach", f"{row['waiting_beyond']:,.0f}", "no spare hours left within reach"),
            Figure("Spare carer hours", f"{row['spare_hours']:,.0f}",
                f"{row['spare_unneeded']:,.0f} nobody near waits for"),
        ),
        drawings=(
            draw_areas(
                survey.outlines_of(survey.fine_level),
                values=access.where(np.isfinite(access)),
                title="Spare hours in reach for each 100 hours of care (3SFCA)",
                alt_text="Map of access to spare hours by area.",
                caption=f"Access on road time, within {market.access_minutes:g} minutes. Dark is good.",
                districts=survey.outlines_of(DISTRICT),
            ),
            draw_areas(
                survey.outlines_of(survey.fine_level),
                values=signed.round(1),
                title="Carer hours a week",
                signed=True,
                alt_text="Map of shortage and surplus by area.",
                caption="Orange: hours waited for that find nothing within reach. Blue: spare hours that nobody within "
                "reach waits for.",
                districts=survey.outlines_of(DISTRICT),
            ),
        ),
        listings=(
            Listing(GAPS, listed, "Gaps by class and district", GAP_HEADINGS, rows=count, mapped=True),
        ),
        notes=(
            (
                "3SFCA shares spare hours out over everybody within reach: spare hours to each hour of care (on the "
                "map to each 100); high is good. RAAM is a cost of travel and crowding together: low is good."
            ),
        ),
    )  # fmt: skip
    return Chapter("gaps", "Gaps and spare capacity", internal=view, public=tell_inside(GAPS_INSIDE))


def describe_providers(survey: Survey) -> Chapter:
    """Measure footprints and overlap."""
    tables, places, market = survey.tables, survey.places, survey.settings.market
    deliveries, bases = survey.deliveries
    prints = survey.at_levels(partial(measure_footprints, deliveries, bases, places, settings=market), SECTOR, DISTRICT)
    overlap = survey.at_levels(partial(measure_overlap, deliveries, tables.providers, places, settings=market))
    near = survey.at_levels(partial(sum_near_providers, survey.near_providers, places, settings=market))
    fine = overlap[overlap["level"] == SECTOR].set_index("area_code")
    listed, count = survey.lead(overlap, "rural", DISTRICT)
    middle = f"{fine['providers'].median():,.0f}" if len(fine) else "–"
    whole = near[near["level"] == "county"]
    alone = (
        f"{whole.iloc[0]['packages_no_other']:,.0f} of {whole.iloc[0]['packages']:,.0f} packages have nobody "
        f"but their own "
        f"provider within {market.near_minutes:g} minutes."
        if len(whole)
        else "No package lies on the roads."
    )
    monitored = int((bases["basis"] == "call monitoring").sum()) if len(bases) else 0
    view = View(
        reading=(f"A postcode sector has {middle} providers that deliver care there (median of {len(fine):,}).", alone),
        figures=(Figure("Providers in a postcode sector", middle, f"median of {len(fine):,} sectors with care"),),
        drawings=(
            draw_areas(
                survey.outlines_of(SECTOR),
                values=fine["providers"].astype(float),
                title="Providers that deliver",
                alt_text="Map of the number of providers by postcode sector.",
                caption="Providers that deliver in each postcode sector.",
                districts=survey.outlines_of(DISTRICT),
            ),
        ),
        listings=(
            Listing(OVERLAP, listed, "Overlap by class and district", OVERLAP_HEADINGS, rows=count, mapped=True),
            Listing(FOOTPRINTS, prints),
            Listing(NEAR_AREAS, near),
            Listing(NEAR_PROVIDERS, survey.near_providers),
        ),
        notes=(
            f"{monitored} of {len(bases)} footprints are read from call monitoring, the others from packages.",
        ),
    )  # fmt: skip
    return Chapter("providers", "Who works where", internal=view, public=tell_providers(survey))
