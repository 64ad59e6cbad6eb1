"""Chapter: how long people wait, where, and whether rural people wait longer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from marketmap.market.places import UNPLACED, residents_of
from marketmap.market.waits import count_waiting_places, draw_wait_curves, measure_waits
from marketmap.outputs.gate.disclosure import SUPPRESSED, Shown, show_name
from marketmap.outputs.report.chapter import Chapter, Drawing, Figure, Listing, View
from marketmap.outputs.report.charts import draw_curves, draw_dots
from marketmap.outputs.report.public_columns import PUBLIC_WAITS
from marketmap.outputs.report.public_views import list_parts
from marketmap.outputs.report.survey import DISTRICT, Survey
from marketmap.outputs.report.telling import read_shown, say, tell_number
from marketmap.outputs.schema.flow import WAIT_CURVES, WAITING_PLACES, WAITS

KEY, TITLE = "waits", "Waits"
HEADINGS = {
    "area_name": "Area",
    "long_share": "Long waits",
    "risk_ratio": "Times the rest's",
    "share_of_long": "Of all long waits",
    "share_of_waits": "Of all waits",
    "share_of_packages": "Of all packages",
    "median_days": "Median wait",
}
PUBLIC_HEADINGS = {"area": "Part of the county", "waits": "Waits", "long_waits_share": "Long waits"}
# What a share of long waits must be read beside.
PARTS = {
    "share_of_long": "of long waits",
    "share_of_waits": "of waits",
    "share_of_packages": "of packages",
    "share_of_people": "of people 65+",
}
HOME = {
    "home_no_care": "at home without care",
    "home_bridged": "at home with bridging care",
    "hospital": "in hospital",
    "interim_bed": "in an interim bed",
    "unknown": "at a place that is not known",
}


def describe_waits(survey: Survey) -> Chapter:
    """Measure waits at every level, with survival curves by class."""
    packages, places, market = survey.tables.packages, survey.places, survey.settings.market
    areas = survey.at_levels(partial(measure_waits, survey.waits, packages, places, settings=market))
    if survey.waits.rows.empty:
        note = ("Nobody waited in the period, or no package carries the date that a wait is counted from.",)
        return Chapter(KEY, TITLE, internal=View(reading=note, notes=survey.waits.notes))
    curves = survey.at_levels(partial(draw_wait_curves, survey.waits, places), "rural", "county")
    where = survey.at_levels(partial(count_waiting_places, survey.waits, places), DISTRICT, "rural", "county")
    internal = _tell_all(survey, areas, curves, where)
    return Chapter(KEY, TITLE, internal=internal, public=_tell_public(survey))


def tell_rural(areas: pd.DataFrame, *, days: int) -> str:
    """Say what part of long waits is rural, never without what part of everything else is."""
    rural = areas[(areas["level"] == "rural") & (areas["area_code"] == "rural")]
    if rural.empty or not rural.iloc[0]["waits_decided"] > 0:
        return "No wait of rural people is known."
    row = rural.iloc[0]
    people = f" and {row['share_of_people']:.0%} of people of 65 and over" if pd.notna(row["share_of_people"]) else ""
    ratio = (
        f" Rural people are {row['risk_ratio']:.2f} times as likely as others to wait so long "
        f"(95% interval {row['risk_ratio_low']:.2f} to {row['risk_ratio_high']:.2f})."
        if pd.notna(row["risk_ratio"])
        else ""
    )
    joint = "," if people else " and"
    return (
        f"{row['share_of_long']:.0%} of waits over {days} days are rural ({row['waits_long']:,.0f} of "
        f"{row['waits_long_county']:,.0f}), as are {row['share_of_waits']:.0%} of all waits{joint} "
        f"{row['share_of_packages']:.0%} of packages{people}.{ratio}"
    )


def draw_parts(areas: pd.DataFrame) -> Drawing:
    """Draw the rural and the urban part of long waits beside their parts of waits, packages and people."""
    rows: list[dict[str, Any]] = [
        {"label": row["area_name"], "group": words, "value": row[column]}
        for row in areas[(areas["level"] == "rural") & (areas["area_code"] != UNPLACED)].to_dict("records")
        for column, words in PARTS.items()
        if pd.notna(row[column])
    ]
    return draw_dots(
        pd.DataFrame(rows, columns=["label", "group", "value"]),
        label="label",
        value="value",
        group="group",
        unit="part of the county's",
        share=True,
        alt_text="Rural and urban parts of long waits, of all waits, of packages and of people.",
        caption="Where long waits stand to the right of the rest, people there wait longer than their number explains.",
    )


def draw_survival(curves: pd.DataFrame, *, days: int) -> Drawing:
    """Draw the survival curves of rural and urban waits."""
    shown = curves[(curves["level"] == "rural") & (curves["area_code"] != UNPLACED)]
    return draw_curves(
        shown if len(shown) else curves,
        x="days",
        share="still",
        low="still_low",
        high="still_high",
        group="area_name",
        unit="days since the wait began",
        title="still waiting",
        marker=days,
        alt_text="Survival curves: the share of people who still wait by days, rural and urban, with 95% bands.",
        caption=(
            f"Share still waiting (Kaplan-Meier), with 95% bands; the upright line is {days} days. People who wait now "
            "count as long as they have waited."
        ),
    )


def _tell_all(survey: Survey, areas: pd.DataFrame, curves: pd.DataFrame, where: pd.DataFrame) -> View:
    days = survey.settings.market.long_wait_days
    whole = areas[areas["level"] == "county"].iloc[0]
    county = where[where["level"] == "county"]
    waiting = "; ".join(
        f"{row['waiting']:,.0f} {HOME.get(row['waiting_where'], row['waiting_where'])}"
        for row in county.to_dict("records")
    )
    listed, count = survey.lead(areas, "rural", DISTRICT)
    evidence = (
        f"{whole['waits_long']:,.0f} of {whole['waits_decided']:,.0f}; 95% interval {whole['long_share_low']:.0%} to "
        f"{whole['long_share_high']:.0%}"
    )
    return View(
        reading=(
            tell_rural(areas, days=days),
            (f"Of {whole['waits_decided']:,.0f} waits that can be judged, {whole['long_share']:.0%} took more "
            f"than {days} "
            f"days ({evidence})."),
            f"{whole['open']:,.0f} people wait now: {waiting}." if waiting else "Nobody waits now.",
        ),
        figures=(
            Figure(f"Waits over {days} days", f"{whole['long_share']:.0%}", evidence),
            Figure("Waiting now", f"{whole['open']:,.0f}", f"{whole['open_long']:,.0f} of them over {days} days"),
            Figure(
                "Median wait, days",
                tell_number(whole["median_days"], "days"),
                f"{whole['waits_followed']:,.0f} waits; 95% interval "
                f"{tell_number(whole['median_days_low'], 'days')} to "
                f"{tell_number(whole['median_days_high'], 'days')}",
            ),
        ),
        drawings=(draw_survival(curves, days=days), draw_parts(areas)),
        listings=(
            Listing(WAITS, listed, "Waits by class and district", HEADINGS, rows=count, mapped=True),
            Listing(WAIT_CURVES, curves),
            Listing(WAITING_PLACES, where),
        ),
        notes=survey.waits.notes,
    )  # fmt: skip


def _tell_public_parts(survey: Survey) -> tuple[Shown, ...]:
    """Say what part of long waits is rural beside its part of waits and of people; nothing where one is hidden.

    Shares are of shown sums; residents are published census figures, of people whom no table here lists.
    """
    classes = survey.public.waits.roll_up("rural").figures("waits", "long_waits").show().set_index("rural")
    counts = classes.reindex(["rural", "urban"]).fillna(Shown(SUPPRESSED)).apply(read_shown)
    if counts.isna().any(axis=None) or not (counts.sum() > 0).all():
        return ()
    parts = (counts / counts.sum()).loc["rural"]
    kinds = pd.Series(counts.index, index=counts.index)
    people = residents_of(survey.places, by="rural", codes=kinds)["people_65plus"]
    residents = f"{people['rural'] / people.sum():.0%}" if people.notna().all() and people.sum() > 0 else ""
    beside = "{waits} of all waits and {residents} of people of 65 and over" if residents else "{waits} of all waits"
    pieces = {"waits": show_name(f"{parts['waits']:.0%}")} | ({"residents": show_name(residents)} if residents else {})
    rural: dict[Any, Any] = classes.loc["rural"].to_dict()
    # The two classes alone: packages without a place are few, so hidden, and would hide the ratio with them.
    sums = survey.public.waits.roll_up("rural")
    pair = replace(sums, cells=sums.cells[sums.cells["rural"].isin(counts.index)])
    ratios = pair.risk_ratio("long_waits").show().set_index("rural")
    ratio: dict[Any, Any] = ratios.loc["rural"].to_dict()
    pieces |= {
        "long": show_name(f"{parts['long_waits']:.0%}"),
        "n": rural["long_waits"],
        "of": show_name(f"about {counts['long_waits'].sum():,.0f}"),
    }
    days = survey.settings.market.long_wait_days
    told = f"{{long}} of waits over {days} days are rural ({{n}} of {{of}}), as are {beside}."
    if ratio["long_waits_ratio"] != SUPPRESSED:
        pieces |= {name: ratio[f"long_waits_{name}"] for name in ("ratio", "ratio_low", "ratio_high")}
        told += (
            " Rural people are {ratio} times as likely as urban people to wait so long (95% interval {ratio_low} to "
            "{ratio_high})."
        )
    return (say(told, **pieces),)


def _tell_public(survey: Survey) -> View:
    public = survey.public
    cells = public.name_cells(public.waits.share("long_waits").show())
    classes = public.waits.roll_up("rural").share("long_waits").show().set_index("rural")
    whole = public.waits.roll_up().share("long_waits").show().iloc[0]
    days = survey.settings.market.long_wait_days
    reading = list(_tell_public_parts(survey))
    for kind in ("rural", "urban"):
        row: dict[Any, Any] = {"long_waits_share": SUPPRESSED}
        if kind in classes.index:
            row = classes.loc[kind].to_dict()
        if row["long_waits_share"] != SUPPRESSED:
            reading.append(
                say(
                    f"In {kind} parts {{share}} of waits took more than {days} days ({{n}} of {{of}}; 95% interval "
                    "{low} to {high}).",
                    share=row["long_waits_share"], n=row["long_waits"], of=row["waits"],
                    low=row["long_waits_share_low"], high=row["long_waits_share_high"],
                )
            )  # fmt: skip
    evidence = say(
        "{n} of {of}; 95% interval {low} to {high}",
        n=whole["long_waits"], of=whole["waits"],
        low=whole["long_waits_share_low"], high=whole["long_waits_share_high"],
    )  # fmt: skip
    return View(
        reading=tuple(reading),
        figures=(Figure(f"Waits over {days} days", whole["long_waits_share"], evidence),),
        listings=(list_parts(PUBLIC_WAITS, cells, f"Waits over {days} days", PUBLIC_HEADINGS),),
        notes=(say(survey.waits.notes[0]),) if survey.waits.notes else (),
    )
