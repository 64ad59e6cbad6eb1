"""The charts of a report: bars with intervals, curves with bands, waterfalls, time lines and dots.

Frames in, drawings out. Each is about as wide as a telephone, so that its words stay readable there, and no series is
told by colour alone: it has a dash, a shape or a label of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from marketmap.outputs.maps.palette import INK, OUTLINE, ZONE_COLOURS
from marketmap.outputs.report.chapter import Drawing
from marketmap.outputs.report.drawing import HATCHED, draw_svg
from marketmap.outputs.report.telling import are_shown, read_shown

WIDTH = 440
ROW_HEIGHT = 22
CURVE_HEIGHT = 240
BAR = "#56B4E9"
RISE, FALL, TOTAL = "#D55E00", "#0072B2", "#8a949b"
# Series differ in dash and shape too.
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
SHAPES = ("circle", "square", "triangle-up", "diamond")
SERIES = (ZONE_COLOURS[5], ZONE_COLOURS[6], ZONE_COLOURS[2], ZONE_COLOURS[3])
LABEL_LIMIT = 170
_FITTED = alt.AutoSizeParams(type="fit-x", contains="padding")


def draw_bars(
    frame: pd.DataFrame,
    *,
    label: str,
    value: str,
    unit: str,
    alt_text: str,
    caption: str = "",
    low: str | None = None,
    high: str | None = None,
    share: bool = False,
    reference: float | None = None,
) -> Drawing:
    """Draw a bar a row, in the frame's order, with its interval as a whisker.

    Parameters
    ----------
    frame
        ``label`` (text, unlike each other), ``value`` and, where given, ``low`` and ``high`` (numbers; a missing value
        draws a hatched stub: not shown).
    unit
        Title of the axis.
    share
        Whether numbers are shares, told as per cents.
    reference
        Where to draw a line across, such as the county's own share; a setting, or made from shown figures.
    """
    rows = _plain(frame, {"label": label, "value": value, "low": low, "high": high})
    most = float(rows[["value", "high"] if high else ["value"]].max().max())
    rows["hidden"] = rows["value"].isna()
    rows["length"] = rows["value"].fillna(0.03 * most if most > 0 else 1.0)
    axis = alt.Axis(format=".0%" if share else ",~f", tickCount=5)
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=LABEL_LIMIT, ticks=False, domain=False))
    layers: list[Any] = [
        alt.Chart(rows)
        .mark_bar(height={"band": 0.66}, stroke=OUTLINE, strokeWidth=0.5)
        .encode(
            y=y,
            x=alt.X("length:Q", title=unit, axis=axis),
            fill=alt.condition("datum.hidden", alt.value(HATCHED), alt.value(BAR)),
        )
    ]
    if low and high:
        layers.append(alt.Chart(rows).mark_rule(stroke=INK, strokeWidth=1.6).encode(y=y, x="low:Q", x2="high:Q"))
        layers.extend(
            alt.Chart(rows).mark_tick(color=INK, thickness=1.6, size=8).encode(y=y, x=f"{end}:Q")
            for end in ("low", "high")
        )
    if reference is not None:
        line = pd.DataFrame({"at": [reference]})
        layers.append(alt.Chart(line).mark_rule(stroke=INK, strokeDash=[4, 3]).encode(x="at:Q"))
    return _finish(layers, rows, height=ROW_HEIGHT * max(len(rows), 1), alt_text=alt_text, caption=caption)


def draw_curves(
    frame: pd.DataFrame,
    *,
    x: str,
    share: str,
    low: str,
    high: str,
    group: str,
    unit: str,
    title: str,
    alt_text: str,
    caption: str = "",
    marker: float | None = None,
) -> Drawing:
    """Draw survival curves as steps, each with its band; at most four groups.

    Parameters
    ----------
    frame
        Rows in order of ``x`` within each ``group``; ``share``, ``low`` and ``high`` from 0 to 1.
    unit, title
        Of the x axis and of the y axis.
    marker
        Where to draw an upright line, such as the limit of a long wait.
    """
    rows = _plain(frame, {"x": x, "share": share, "low": low, "high": high, "group": group})
    groups = list(dict.fromkeys(rows["group"]))[: len(SERIES)]
    rows = rows[rows["group"].isin(groups)]
    across = alt.X("x:Q", title=unit, scale=alt.Scale(nice=False, zero=True))
    colour = alt.Color("group:N", scale=alt.Scale(domain=groups, range=list(SERIES[: len(groups)])), legend=_KEY)
    dash = alt.StrokeDash("group:N", scale=alt.Scale(domain=groups, range=list(DASHES[: len(groups)])), legend=_KEY)
    up = alt.Axis(format=".0%", tickCount=5)
    base = alt.Chart(rows)
    layers: list[Any] = [
        base.mark_area(interpolate="step-after", opacity=0.2).encode(
            x=across, y=alt.Y("low:Q", title=title, axis=up), y2="high:Q",
            color=colour,
        ),
        base.mark_line(interpolate="step-after", strokeWidth=2).encode(
            x=across, y=alt.Y("share:Q", scale=alt.Scale(domain=[0, 1])), color=colour, strokeDash=dash
        ),
    ]  # fmt: skip
    if marker is not None:
        layers.append(
            alt.Chart(pd.DataFrame({"at": [marker]})).mark_rule(stroke=INK, strokeDash=[4, 3]).encode(x="at:Q")
        )
    return _finish(layers, rows, height=CURVE_HEIGHT, alt_text=alt_text, caption=caption)


def draw_waterfall(
    frame: pd.DataFrame, *, step: str, amount: str, total: str, unit: str, alt_text: str, caption: str = ""
) -> Drawing:
    """Draw how one total becomes another: a bar a step, each beginning where the one before it ended.

    Parameters
    ----------
    frame
        ``step`` (text), ``amount`` (number) and ``total`` (bool: the amount is a total, drawn from zero).
    """
    rows = _plain(frame, {"step": step, "amount": amount, "total": total})
    rows = _pile_up(rows)
    kinds = ["total", "more", "less"]
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[TOTAL, RISE, FALL]), legend=_KEY)
    y = alt.Y("step:N", sort=None, title=None, axis=alt.Axis(labelLimit=LABEL_LIMIT, ticks=False, domain=False))
    lowest = min(float(rows[["begin", "end"]].min().min()), 0.0) if len(rows) else 0.0
    highest = max(float(rows[["begin", "end"]].max().max()), 0.0) if len(rows) else 1.0
    # Room on the right for the amounts.
    scale = alt.Scale(domain=[lowest, highest + 0.22 * (highest - lowest or 1.0)], nice=False)
    base = alt.Chart(rows.assign(right=rows[["begin", "end"]].max(axis="columns")))
    layers: list[Any] = [
        base.mark_bar(height={"band": 0.66}).encode(
            y=y, x=alt.X("begin:Q", title=unit, scale=scale, axis=alt.Axis(format="~s", tickCount=5)), x2="end:Q",
            color=colour,
        ),
        base.mark_text(align="left", dx=4).encode(y=y, x="right:Q", text="told:N"),
    ]  # fmt: skip
    return _finish(layers, rows, height=ROW_HEIGHT * max(len(rows), 1), alt_text=alt_text, caption=caption)


def draw_time_line(
    frame: pd.DataFrame,
    *,
    date: str,
    value: str,
    group: str,
    unit: str,
    alt_text: str,
    caption: str = "",
    reference: float | None = None,
) -> Drawing:
    """Draw figures by date, a line a group; at most four groups.

    Parameters
    ----------
    frame
        ``date`` (dates), ``value`` (numbers; a gap where missing) and ``group`` (text).
    reference
        Where to draw a level line, such as a capacity.
    """
    rows = _plain(frame, {"date": date, "value": value, "group": group})
    rows["date"] = pd.to_datetime(rows["date"]).dt.strftime("%Y-%m-%d")
    groups = list(dict.fromkeys(rows["group"]))[: len(SERIES)]
    rows = rows[rows["group"].isin(groups)]
    key = _KEY if len(groups) > 1 else None
    encoded = {
        "x": alt.X("date:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(format="%b %y", tickCount=6)),
        "y": alt.Y("value:Q", title=unit, axis=alt.Axis(format=",~f", tickCount=5)),
        "color": alt.Color("group:N", scale=alt.Scale(domain=groups, range=list(SERIES[: len(groups)])), legend=key),
    }
    dash = alt.StrokeDash("group:N", scale=alt.Scale(domain=groups, range=list(DASHES[: len(groups)])), legend=key)
    layers: list[Any] = [alt.Chart(rows).mark_line(strokeWidth=2).encode(**encoded, strokeDash=dash)]
    if reference is not None:
        line = pd.DataFrame({"at": [reference]})
        layers.append(alt.Chart(line).mark_rule(stroke=INK, strokeDash=[4, 3]).encode(y="at:Q"))
    return _finish(layers, rows, height=CURVE_HEIGHT, alt_text=alt_text, caption=caption)


def draw_dots(
    frame: pd.DataFrame,
    *,
    label: str,
    value: str,
    group: str,
    unit: str,
    alt_text: str,
    caption: str = "",
    share: bool = False,
) -> Drawing:
    """Draw a row of dots a label, one dot a group, so that two or three figures can be set beside each other.

    Parameters
    ----------
    frame
        ``label`` and ``group`` (text), ``value`` (number); at most four groups.
    """
    rows = _plain(frame, {"label": label, "value": value, "group": group})
    groups = list(dict.fromkeys(rows["group"]))[: len(SERIES)]
    rows = rows[rows["group"].isin(groups)]
    colours = alt.Scale(domain=groups, range=list(SERIES[: len(groups)]))
    shapes = alt.Scale(domain=groups, range=list(SHAPES[: len(groups)]))
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=LABEL_LIMIT, grid=True, ticks=False))
    axis = alt.Axis(format=".0%" if share else ",~f", tickCount=5)
    dots = (
        alt.Chart(rows)
        .mark_point(filled=True, size=70, opacity=1)
        .encode(
            y=y,
            x=alt.X("value:Q", title=unit, axis=axis),
            color=alt.Color("group:N", scale=colours, legend=_KEY),
            shape=alt.Shape("group:N", scale=shapes, legend=_KEY),
        )
    )
    height = ROW_HEIGHT * max(rows["label"].nunique(), 1)
    return _finish([dots], rows, height=height, alt_text=alt_text, caption=caption)


_WORDS = ("label", "group", "step")
_KEY = alt.Legend(title=None, symbolOpacity=1, orient="top", direction="horizontal", columns=3)


def _plain(frame: pd.DataFrame, columns: Mapping[str, str | None]) -> pd.DataFrame:
    """Take the columns to draw under names that mean nothing to the drawing language, whatever theirs are.

    Shown figures are read back as numbers; whether all were shown goes along as ``attrs["shown"]``.
    """
    taken = {ours: frame[theirs] for ours, theirs in columns.items() if theirs is not None}
    rows = pd.DataFrame({ours: _draw_from(values, ours) for ours, values in taken.items()})
    rows.attrs["shown"] = all(are_shown(values.tolist()) for values in taken.values())
    return rows


def _draw_from(values: pd.Series, name: str) -> Any:
    if name in _WORDS:
        return values.astype(str).str.replace("_", " ").to_numpy(object)
    if name in ("date", "total"):
        return values.to_numpy()
    return (read_shown(values) if len(values) and are_shown(values) else values).to_numpy(float, na_value=float("nan"))


def _pile_up(rows: pd.DataFrame) -> pd.DataFrame:
    """Let each step begin where the one before it ended, and each total at zero."""
    begins, ends, kinds, told = [], [], [], []
    now = 0.0
    for amount, whole in zip(rows["amount"], rows["total"].astype(bool), strict=True):
        begins.append(0.0 if whole else now)
        now = amount if whole else now + amount
        ends.append(now)
        kinds.append("total" if whole else "more" if amount >= 0 else "less")
        told.append(f"{amount:,.0f}" if whole else f"{amount:+,.0f}")
    return rows.assign(begin=begins, end=ends, kind=kinds, told=told)


def _finish(layers: list[Any], rows: pd.DataFrame, *, height: float, alt_text: str, caption: str) -> Drawing:
    chart = alt.layer(*layers).properties(width=WIDTH, height=height, autosize=_FITTED)
    shown = rows.attrs["shown"] and are_shown([alt_text, *([caption] if caption else [])])
    return Drawing(svg=draw_svg(chart, alt_text=alt_text), alt=alt_text, caption=caption, shown=shown)
