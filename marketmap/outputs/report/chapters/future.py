"""Chapters on what else there is and what is to come: reablement, community assets, growth scenarios."""

from __future__ import annotations

from functools import partial

import pandas as pd

from marketmap.market.assets import find_bare_clusters, find_near_assets, measure_assets
from marketmap.market.reablement import measure_reablement
from marketmap.market.scenarios import measure_scenarios
from marketmap.outputs.gate.disclosure import show_name
from marketmap.outputs.report.chapter import Chapter, Figure, Listing, View, needs_table
from marketmap.outputs.report.charts import draw_bars, draw_time_line
from marketmap.outputs.report.public_views import ASSETS_INSIDE, SCENARIOS_NOTE, tell_inside, tell_reablement
from marketmap.outputs.report.survey import DISTRICT, SECTOR, Survey
from marketmap.outputs.report.telling import say, tell_number
from marketmap.outputs.runs.clustering import find_clusters
from marketmap.outputs.schema.flow import REABLEMENT, REABLEMENT_WEEKS
from marketmap.outputs.schema.place import ASSET_REACH, BARE_CLUSTERS, GROWTH_SCENARIOS

REABLEMENT_HEADINGS = {
    "area_name": "Area",
    "referrals_week": "Referrals a week",
    "people_in_week": "People at a time",
    "stay_days": "Median stay",
    "long_share": "Over-long stays",
    "at_home_share": "At home at 91 days",
}
REACH_HEADINGS = {"area_name": "Area", "people": "People", "walk_share": "On foot", "drive_share": "By car"}
BARE_HEADINGS = {
    "cluster_id": "Cluster",
    "centre_postcode": "Middle",
    "packages": "Packages",
    "contact_hours": "Hours",
    "walk_minutes": "On foot",
    "drive_minutes": "By car",
}
ANY = "any"
ALL_AGES = "all"


def describe_reablement(survey: Survey) -> Chapter:
    """Measure the flow through reablement against its places."""
    key, title = "reablement", "Reablement"
    episodes = survey.tables.reablement
    if episodes is None:
        return needs_table(key, title, "reablement")
    measured = {
        level: measure_reablement(
            episodes,
            survey.places,
            by=level,
            snapshot_date=survey.tables.snapshot_date,
            settings=survey.settings.market,
        )
        for level in ("county", DISTRICT)
    }
    areas = survey.at_levels(lambda *, by: measured[by].areas, "county", DISTRICT)
    weeks = survey.at_levels(lambda *, by: measured[by].weeks, "county", DISTRICT)
    notes = measured["county"].notes
    whole = areas[areas["level"] == "county"]
    if whole.empty:
        return Chapter(key, title, internal=View(reading=("No referral falls in the period.",), notes=notes))
    row = whole.iloc[0]
    places = survey.settings.market.reablement_places
    ranges = f"10th to 90th percentile of {row['weeks']:,.0f} weeks: {{}} to {{}}"
    evidence = ranges.format(*(tell_number(row[f"referrals_week_{end}"], "count") for end in ("p10", "p90")))
    held = ranges.format(*(tell_number(row[f"people_in_week_{end}"], "count") for end in ("p10", "p90")))
    home = (
        f"{row['at_home']:,.0f} of {row['outcomes']:,.0f} with an outcome; 95% interval "
        f"{row['at_home_share_low']:.0%} to "
        f"{row['at_home_share_high']:.0%}"
        if row["outcomes"] > 0
        else "no outcome is given"
    )
    line = weeks[(weeks["level"] == "county") & weeks["people_in"].notna()].assign(group="People at a time")
    view = View(
        reading=(
            (f"{row['referrals_week']:,.0f} people a week are referred to reablement ({evidence}), and "
            f"{row['people_in_week']:,.0f} are in it at a time ({held})."),
            f"Of those who began, {tell_number(row['at_home_share'], 'share')} are at home on the 91st day ({home}).",
        ),
        figures=(
            Figure("Referrals a week", f"{row['referrals_week']:,.0f}", evidence),
            Figure("People at a time", f"{row['people_in_week']:,.0f}", held),
            Figure("At home at 91 days", tell_number(row["at_home_share"], "share"), home),
        ),
        drawings=(
            draw_time_line(
                line, date="week", value="people_in", group="group", unit="people in reablement",
                reference=float(places) if places else None,
                alt_text="People in reablement by week.",
                caption="People in reablement by week" + ("; the broken line is the places." if places else "."),
            ),
        ) if len(line) else (),
        listings=(
            Listing(REABLEMENT, areas, "Reablement by district", REABLEMENT_HEADINGS),
            Listing(REABLEMENT_WEEKS, weeks),
        ),
        notes=notes,
    )  # fmt: skip
    return Chapter(key, title, internal=view, public=tell_reablement(survey))


def describe_assets(survey: Survey) -> Chapter:
    """Count who has a community asset within reach."""
    key, title = "assets", "Community assets"
    packages, assets, settings = survey.tables.packages, survey.tables.assets, survey.settings
    if assets is None:
        return needs_table(key, title, "assets")
    near = find_near_assets(packages, assets, survey.network, settings=settings)
    reach = survey.at_levels(
        partial(measure_assets, near, packages, survey.places, settings=settings),
        *[level for level in survey.levels if level != "rural_urban"],
    )
    whole = reach[(reach["level"] == "county") & (reach["kind"] == ANY)]
    if whole.empty:
        return Chapter(key, title, internal=View(reading=("No asset or no package has a place on the map.",)))
    row = whole.iloc[0]
    clusters, members = find_clusters(packages, survey.batch.matrix, settings=settings)
    bare = find_bare_clusters(clusters, members, near, settings=settings)
    anything = reach["kind"] == ANY
    first, count = survey.lead(reach[anything], "rural", DISTRICT)
    listed = pd.concat([first, reach[~anything]], ignore_index=True)
    kinds = reach[(reach["level"] == "county") & (reach["kind"] != ANY)].sort_values("walk_share", ascending=False)
    evidence = (
        f"{row['people_walk']:,.0f} of {row['people']:,.0f} people; 95% interval {row['walk_low']:.0%} "
        f"to {row['walk_high']:.0%}"
    )
    view = View(
        reading=(
            (f"{row['walk_share']:.0%} of people have some community asset within "
            f"{settings.market.walk_minutes:g} minutes "
            f"on foot ({evidence})."),
            f"{len(bare):,} clusters of demand have none within reach, on foot or by car.",
        ),
        figures=(Figure("An asset within a walk", f"{row['walk_share']:.0%}", evidence),),
        drawings=(
            draw_bars(
                kinds, label="kind", value="walk_share", low="walk_low", high="walk_high", share=True,
                unit="people with one within a walk",
                alt_text="Share of people with each kind of asset within a walk, with 95% intervals.",
                caption=f"Within {settings.market.walk_minutes:g} minutes on foot, by kind, with 95% intervals.",
            ),
        ),
        listings=(
            Listing(ASSET_REACH, listed, "Any asset within reach", REACH_HEADINGS, rows=count),
            Listing(BARE_CLUSTERS, bare, "Clusters of demand with nothing in reach", BARE_HEADINGS),
        ),
        notes=(ASSET_REACH.note,),
    )  # fmt: skip
    return Chapter(key, title, internal=view, public=tell_inside(ASSETS_INSIDE))


def describe_scenarios(survey: Survey) -> Chapter:
    """Project demand by the growth table."""
    key, title = "scenarios", "Growth scenarios"
    if survey.tables.growth is None:
        return needs_table(key, title, "growth")
    table = survey.at_levels(
        partial(measure_scenarios, survey.tables.packages, survey.tables.growth, survey.places),
        *[level for level in survey.levels if level in (SECTOR, DISTRICT, "rural", "county")],
    )
    county = table[table["level"] == "county"]
    if county.empty:
        return Chapter(key, title, internal=View(reading=("Nobody has or waits for care.",)))
    last = county[county["year"] == county["year"].max()]
    told = "; ".join(
        f"{row['contact_hours']:,.0f} hours a week if it grows as {_who(str(row['age_band']))} "
        f"({row['factor']:.2f} times today's)"
        for row in last.to_dict("records")
    )
    line = county.assign(
        date=pd.to_datetime(county["year"].astype(int).astype(str) + "-01-01"),
        group=county["age_band"].astype(str).map(_who),
    )
    row = last.iloc[0]
    view = View(
        reading=(f"By {last['year'].max():.0f} demand would be: {told}.",),
        figures=(Figure(f"Demand in {row['year']:.0f}", f"{row['factor']:.2f} times today's",
            f"as {_who(str(row['age_band']))}"),),
        drawings=(
            draw_time_line(
                line, date="date", value="contact_hours", group="group", unit="contact hours a week",
                alt_text="Contact hours a week by year under each assumption.",
                caption="Contact hours a week by year: assumptions side by side, not parts of one another.",
            ),
        ),
        listings=(Listing(GROWTH_SCENARIOS, table),),
        notes=("A projection of today's packages by the growth table's factors: not a forecast.",),
    )  # fmt: skip
    return Chapter(key, title, internal=view, public=_tell_public_scenarios(last))


def _tell_public_scenarios(last: pd.DataFrame) -> View:
    """Tell the projection's factors: of published growth, to a tenth, so that they tell of nobody's hours."""
    told = [
        show_name(f"{row['factor']:.1f} times today's if it grows as {_who(str(row['age_band']))}")
        for row in last.to_dict("records")
    ]
    year = show_name(f"{last['year'].max():.0f}")
    return View(
        reading=(say("By {year} demand would be {told}.", year=year, told=show_name("; ".join(told))),),
        notes=(say(SCENARIOS_NOTE),),
    )


def _who(band: str) -> str:
    return {"65plus": "people of 65 and over", "85plus": "people of 85 and over", ALL_AGES: "everybody"}.get(band, band)
