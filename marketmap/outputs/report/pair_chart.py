"""A chart of pairs: travel for each carer hour before and after, a line a row, for reports and for the app.

Which end is which is told by shape and in a legend, not by colour alone; a table says the same.
"""

from __future__ import annotations

from typing import Literal

import altair as alt
import pandas as pd

from marketmap.outputs.maps.palette import INK, ZONE_COLOURS

BEFORE, AFTER = "before", "after"
STEP = 26
# More would not be read on a telephone; the table has them all.
MOST_ROWS = 20


def draw_pairs(
    rows: pd.DataFrame, *, width: float | Literal["container"] = "container"
) -> alt.LayerChart | alt.FacetChart:
    """Draw travel before and after, a line a row from one to the other.

    Parameters
    ----------
    rows
        ``label`` (unlike each other), ``before``, ``after`` (minutes a carer hour), in the order to be drawn; the first
        `MOST_ROWS` are. Rows that lack either are left out.
    width
        In pixels, or as wide as its place.
    """
    shown = rows.dropna(subset=[BEFORE, AFTER]).head(MOST_ROWS)
    long = shown.melt("label", [BEFORE, AFTER], var_name="when", value_name="minutes")
    y = alt.Y(
        "label:N", sort=list(shown["label"]), title=None, axis=alt.Axis(labelLimit=190, labelColor=INK, ticks=False)
    )
    title = "Minutes of travel a carer hour"
    lines = (
        alt.Chart(shown)
        .mark_rule(color=INK, strokeWidth=1.5)
        .encode(y=y, x=alt.X("before:Q", title=title, axis=alt.Axis(tickCount=6)), x2="after:Q")
    )
    colours = alt.Scale(domain=[BEFORE, AFTER], range=["#ffffff", ZONE_COLOURS[5]])
    shapes = alt.Scale(domain=[BEFORE, AFTER], range=["circle", "diamond"])
    points = (
        alt.Chart(long)
        .mark_point(filled=True, size=90, opacity=1.0, stroke=INK, strokeWidth=1)
        .encode(
            y=y,
            x=alt.X("minutes:Q", title=title, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=6)),
            fill=alt.Fill("when:N", scale=colours, legend=alt.Legend(orient="top", title=None, labelColor=INK)),
            shape=alt.Shape("when:N", scale=shapes, legend=alt.Legend(orient="top", title=None, labelColor=INK)),
        )
    )
    return alt.layer(lines, points).properties(height=alt.Step(STEP), width=width)


def pair_areas(rows: pd.DataFrame) -> pd.DataFrame:
    """Give differences with their areas' names as `draw_pairs` takes them.

    Parameters
    ----------
    rows
        ``area`` (the name), ``area_code``, ``minutes_hour_before``, ``minutes_hour_after``.
    """
    label = rows["area"].astype(str)
    again = label.duplicated(keep=False)
    return pd.DataFrame(
        {
            # Two companies may have one name.
            "label": label.where(~again, label + " (" + rows["area_code"].astype(str) + ")"),
            BEFORE: rows["minutes_hour_before"].astype(float),
            AFTER: rows["minutes_hour_after"].astype(float),
        }
    )
