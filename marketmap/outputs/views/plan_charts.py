"""The charts of a plan: how a search closes in on the best plan, and what travel costs in disruption.

No series is told by colour alone: each has a shape, a dash or a label of its own, and a table says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from marketmap.outputs.maps.palette import INK, OUTLINE, ZONE_COLOURS
from marketmap.outputs.views.trade_off import find_crowded

BEST, BOUND = "Best plan so far", "No plan can cost less than"
PICK = "pick"
CHART_HEIGHT = 300
_LOOK: dict[str, Any] = {
    "axis": {"labelColor": INK, "titleColor": INK, "gridColor": "#dde4e8", "labelFontSize": 12, "titleFontSize": 12},
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "orient": "top", "title": None},
}


def draw_progress(steps: Sequence[tuple[float, float, float]]) -> alt.LayerChart:
    """Draw the cost of the best plan so far and the proven bound as a search goes on.

    Parameters
    ----------
    steps
        (seconds, objective, lower bound) each; both in minutes-equivalent a week. Infinite ones are left out.
    """
    wide = pd.DataFrame(steps, columns=["seconds", BEST, BOUND]).astype(float)
    wide["seconds"] -= wide["seconds"].min()  # reading the county before it is no part of the search
    rows = wide.melt("seconds", var_name="line", value_name="cost")
    rows = rows[rows["cost"].abs() < float("inf")].dropna()
    colours = alt.Scale(domain=[BEST, BOUND], range=[ZONE_COLOURS[5], ZONE_COLOURS[6]])
    dashes = alt.Scale(domain=[BEST, BOUND], range=[[1, 0], [6, 3]])
    lines = (
        alt.Chart(rows)
        .mark_line(strokeWidth=2.5, interpolate="step-after", point=len(rows) < 60)
        .encode(
            x=alt.X("seconds:Q", title="Seconds of search"),
            y=alt.Y("cost:Q", title="Model minutes a week", scale=alt.Scale(zero=False)),
            color=alt.Color("line:N", scale=colours),
            strokeDash=alt.StrokeDash("line:N", scale=dashes),
        )
    )
    drawn: alt.LayerChart = alt.layer(lines).properties(height=CHART_HEIGHT, width="container").configure(**_LOOK)
    return drawn


def draw_frontier(frontier: pd.DataFrame, *, chosen: str = "") -> alt.LayerChart:
    """Draw travel saved against carer hours that change provider, a mark a plan; a click picks one.

    Parameters
    ----------
    frontier
        ``plan, carer_hours_moving`` (a week), ``travel_minutes_saved_week``, ``proposed``.
    chosen
        The plan to ring.

    Returns
    -------
    LayerChart
        With a point selection named `PICK` over the field ``plan``.
    """
    rows = pd.DataFrame(
        {
            "plan": frontier["plan"].astype(str),
            "moving": frontier["carer_hours_moving"].astype(float),
            "saved": frontier["travel_minutes_saved_week"].astype(float) / 60.0,
            "kind": ["the proposed plan" if own else "another weight" for own in frontier["proposed"]],
        }
    )
    rows["below"] = find_crowded(frontier).to_numpy()
    rows["ringed"] = rows["plan"] == chosen
    pick = alt.selection_point(name=PICK, fields=["plan"], on="click", empty=False)
    x = alt.X("moving:Q", title="Carer hours a week that would change provider")
    y = alt.Y("saved:Q", title="Model hours of travel saved a week")
    kinds = ["the proposed plan", "another weight"]
    marks = (
        alt.Chart(rows)
        .mark_point(size=170, filled=True, opacity=1.0, stroke=INK, strokeWidth=1.2)
        .encode(
            x=x,
            y=y,
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[ZONE_COLOURS[6], ZONE_COLOURS[0]])),
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["diamond", "circle"])),
            tooltip=[
                alt.Tooltip("plan:N", title="Plan"),
                alt.Tooltip("saved:Q", title="Model hours of travel saved", format=",.0f"),
                alt.Tooltip("moving:Q", title="Carer hours moving", format=",.0f"),
            ],
        )
        .add_params(pick)
    )
    line = alt.Chart(rows).mark_line(stroke=OUTLINE, strokeWidth=1.2, strokeDash=[4, 3]).encode(x=x, y=y)
    ring = (
        alt.Chart(rows[rows["ringed"]])
        .mark_point(size=620, filled=False, stroke=INK, strokeWidth=2.2)
        .encode(x="moving:Q", y="saved:Q")
    )
    names = [
        alt.Chart(part).mark_text(dy=away, fontSize=12, color=INK).encode(x=x, y=y, text="plan:N")
        for part, away in ((rows[~rows["below"]], -18), (rows[rows["below"]], 22))
        if len(part)
    ]
    layers = alt.layer(line, ring, marks, *names)
    drawn: alt.LayerChart = layers.properties(height=CHART_HEIGHT + 60, width="container").configure(**_LOOK)
    return drawn
