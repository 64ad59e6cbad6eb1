"""What a director asks first: the county in six figures, each with its meaning and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from marketmap.market.places import COUNTY
from marketmap.market.readings import tell_hours
from marketmap.market.rurality import RURAL
from marketmap.outputs.maps.zones import SPOT
from marketmap.outputs.report.rural_columns import RURAL_AREAS
from marketmap.outputs.report.telling import NONE, tell_evidence, tell_number
from marketmap.outputs.schema.cost import PRICES
from marketmap.outputs.schema.flow import WAITS
from marketmap.outputs.schema.place import OVERLAP
from marketmap.outputs.views.market_view import Filters, MarketView, sum_headline
from marketmap.outputs.views.plan_evidence import PlanEvidence, tell_beside

MINUTES_HOUR = 60.0
NOT_YET = "not measured yet"
WORST = 5


@dataclass(frozen=True)
class Figure:
    """One of the six: ``title`` and ``meaning`` for people; ``value`` is text with its unit."""

    title: str
    value: str
    meaning: str


def six_figures(
    view: MarketView,
    tables: Mapping[str, pd.DataFrame],
    *,
    proposals: pd.DataFrame | None,
    points: pd.DataFrame | None,
    simulated: PlanEvidence | None = None,
) -> tuple[Figure, ...]:
    """Tell the county in six figures.

    Parameters
    ----------
    view
        The county.
    tables
        Path of an output table → its frame, of the report; those that are missing are told as such.
    proposals, points
        The plan's tables ``block_proposals`` and ``block_points``; None: there is no plan yet.
    simulated
        What simulated rounds of that plan save; None: there are none.
    """
    return (
        _people(view),
        _waiting(view),
        _long_waits(view, tables),
        _providers(view, tables),
        _plan(proposals, points, simulated),
        _travel(tables),
    )


def _people(view: MarketView) -> Figure:
    active = view.packages[view.packages["status"] == "active"]
    person = active["person_id"].astype("object").where(active["person_id"].notna(), active["package_id"])
    hours = active["hours_week"].astype(float).sum()
    return Figure(
        "People with home care",
        f"{person.nunique():,}",
        f"{len(active):,} packages, {hours:,.0f} contact hours a week that somebody delivers.",
    )


def _waiting(view: MarketView) -> Figure:
    waiting = view.packages[view.packages["status"] == "waiting"]
    hours = waiting["hours_week"].astype(float).sum()
    total = sum_headline(view, Filters())["contact_hours"]
    part = f", of {total:,.0f} that are delivered or waited for" if total else ""
    return Figure(
        "Packages waiting for a provider",
        f"{len(waiting):,}",
        f"{hours:,.0f} contact hours a week{part}.",
    )


def _long_waits(view: MarketView, tables: Mapping[str, pd.DataFrame]) -> Figure:
    days = view.settings.market.long_wait_days
    title = f"Waits of more than {days} days"
    row = row_of(tables, WAITS.path, COUNTY)
    if row is None or pd.isna(row["long_share"]):
        return Figure(
            title, NOT_YET, "It needs the market report, and packages with the dates that waiting is read from."
        )
    evidence = tell_evidence(row, WAITS.column("long_share"), WAITS)
    span = f"; 95% interval {evidence[1]}" if len(evidence) > 1 else ""
    weeks = view.settings.market.wait_weeks
    return Figure(
        title,
        tell_number(row["long_share"], "share"),
        f"{evidence[0]} waits of the last {weeks} weeks of which it is known{span}. "
        f"{row['open_long']:,.0f} people wait that long today.",
    )


def _providers(view: MarketView, tables: Mapping[str, pd.DataFrame]) -> Figure:
    held = view.packages.loc[view.packages["status"] == "active", "provider_id"].nunique()
    row = row_of(tables, OVERLAP.path, COUNTY)
    if row is None or pd.isna(row["providers_street_mean"]):
        return Figure("Providers that deliver", f"{held:,}", "How many meet in one street needs the market report.")
    metres = view.settings.market.street_metres
    return Figure(
        "Providers that deliver",
        f"{held:,}",
        f"Those that hold packages today. {tell_number(row['providers_street_mean'], 'index')} of them in one street "
        f"at a typical visit (a square of {metres:,.0f} m); two or more in {row['streets_shared']:,.0f} of "
        f"{row['streets']:,.0f} such squares.",
    )


def _plan(proposals: pd.DataFrame | None, points: pd.DataFrame | None, simulated: PlanEvidence | None) -> Figure:
    title = "Hours that the plan puts in blocks"
    if proposals is None or points is None or points.empty:
        return Figure(title, NOT_YET, "It needs a block plan.")
    total = float(points["contact_hours"].sum())
    inside = float(points.loc[points["block_id"] != SPOT, "contact_hours"].sum())
    proposed = proposals[proposals["status"] == "proposed"]
    saved = float(proposed["driving_minutes_saved_week"].sum()) / MINUTES_HOUR
    let = len(proposals) - len(proposed)
    already = f" ({let:,} already let)" if let else ""
    beside = "" if simulated is None else f" ({tell_beside(simulated)})"
    sense = f"saves about {saved:,.0f}" if saved >= 0 else f"adds {-saved:,.0f}"
    return Figure(
        title,
        f"{inside / total:.0%}" if total else NONE,
        f"{inside:,.0f} of {total:,.0f} contact hours a week that may be placed, in {len(proposals):,} "
        f"blocks{already}. If everybody agreed to the rest, that {sense} hours of driving a week: an estimate{beside}.",
    )


def _travel(tables: Mapping[str, pd.DataFrame]) -> Figure:
    title = "Driving for each carer hour"
    row = row_of(tables, PRICES.path, COUNTY)
    if row is None or pd.isna(row["travel_minutes_hour"]):
        return Figure(title, NOT_YET, "It needs the market report and call monitoring (table visits).")
    rural = row_of(tables, PRICES.path, RURAL, area=RURAL)
    beside = ""
    if rural is not None and not pd.isna(rural["travel_minutes_hour"]):
        beside = f" {rural['travel_minutes_hour']:.1f} minutes in the rural part."
    return Figure(
        title,
        f"{row['travel_minutes_hour']:.1f} min",
        f"By road between visits in call monitoring, in the care that blocks could buy; time to park, which the page "
        f"Evidence counts, left out.{beside}",
    )


def row_of(
    tables: Mapping[str, pd.DataFrame], path: str, level: str, *, area: str | None = None
) -> Mapping[str, Any] | None:
    """Take one area's row out of a table, as a mapping; None where the table or the area is missing."""
    frame = tables.get(path)
    if frame is None:
        return None
    rows = frame[(frame["level"] == level) & ((frame["area_code"] == area) if area else True)]
    return None if rows.empty else {str(name): value for name, value in rows.iloc[0].items()}


def list_gaps(areas: pd.DataFrame | None, *, most: int = WORST) -> pd.DataFrame:
    """List the rural areas of greatest need, in order.

    Parameters
    ----------
    areas
        The table ``rural_areas``; None or without ranks gives no rows.

    Returns
    -------
    DataFrame
        ``number`` (from 1), ``area_code``, ``head`` (number, area and district) and ``text``: its figures, each with
        what it rests on.
    """
    columns = ["number", "area_code", "head", "text"]
    if areas is None:
        return pd.DataFrame(columns=columns)
    ranked = areas[areas["rank"].notna()].sort_values("rank", kind="stable").head(most)
    rows = [
        {
            "number": number,
            "area_code": row["area_code"],
            "head": f"{number} · {row['area_name']}, {row['district_name']}",
            "text": _tell_gap({str(name): value for name, value in row.items()}),
        }
        for number, row in enumerate(ranked.to_dict("records"), start=1)
    ]
    return pd.DataFrame(rows, columns=columns)


def _tell_gap(row: Mapping[str, Any]) -> str:
    packages = f"{count_packages(row['packages_waiting'])} of {row['packages']:,.0f}"
    told = [f"{tell_hours(row['waiting_hours'])} carer hours a week wait ({packages})"]
    if not pd.isna(row["waiting_beyond"]):
        told.append(f"{tell_hours(row['waiting_beyond'])} of them find no spare hours near by")
    share = tell_number(row["long_share"], "share")
    if share != NONE:
        evidence = tell_evidence(row, RURAL_AREAS.column("long_share"), RURAL_AREAS)
        span = f"; 95% interval {evidence[1]}" if len(evidence) > 1 else ""
        told.append(f"{share} of waits were long ({evidence[0]}{span})")
    if not pd.isna(row["minutes_hour"]):
        told.append(f"{row['minutes_hour']:.1f} min of driving to a carer hour")
    return "; ".join(told) + "."


def count_packages(number: float) -> str:
    """Write "1 package", "2 packages"."""
    return f"{number:,.0f} package{'' if number == 1 else 's'}"
