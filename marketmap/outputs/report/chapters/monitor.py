"""Chapter: the blocks already let, week by week."""

from __future__ import annotations

import pandas as pd

from marketmap.market.monitor import monitor_blocks
from marketmap.outputs.gate.disclosure import show_name
from marketmap.outputs.report.chapter import Chapter, Drawing, Figure, Listing, View, needs_table
from marketmap.outputs.report.charts import draw_time_line
from marketmap.outputs.report.survey import Survey
from marketmap.outputs.report.telling import say
from marketmap.outputs.schema.flow import BLOCK_LEAKAGE, BLOCK_MONITOR

KEY, TITLE = "blocks", "Blocks already let"
HEADINGS = {
    "block_id": "Block",
    "hours_guaranteed": "Guaranteed",
    "hours_commissioned": "Commissioned",
    "hours_delivered": "Delivered",
    "pounds_unused": "Unused",
    "hours_flexible": "Flexible",
    "leaked_share": "Leaked",
    "waiting": "Waiting",
    "change_hours_delivered": "Change",
}
LEAKAGE_HEADINGS = {
    "block_id": "Block",
    "start_date": "Began",
    "provider_id": "Who took it",
    "hours_week": "Hours",
    "reason": "What became of the offer",
}


def describe_blocks(survey: Survey) -> Chapter:
    """Follow each block already let through the weeks of call monitoring."""
    tables = survey.tables
    lacking = [name for name in ("blocks", "block_areas") if getattr(tables, name) is None]
    if lacking:
        return needs_table(KEY, TITLE, *lacking)
    monitor = monitor_blocks(tables, settings=survey.settings)
    weeks = monitor.weeks
    if weeks.empty:
        return Chapter(KEY, TITLE, internal=View(reading=("No block has begun.",), notes=monitor.notes))
    last = weeks[weeks["week"] == weeks["week"].max()]
    before = weeks.drop(last.index).sort_values(["week", "block_id"], ascending=[False, True], kind="stable")
    listings = (
        Listing(
            BLOCK_MONITOR, pd.concat([last, before]), f"Blocks in the week from {_day(last)}", HEADINGS, rows=len(last)
        ),
        Listing(BLOCK_LEAKAGE, monitor.leakage, "Packages that began with somebody else", LEAKAGE_HEADINGS),
    )
    drawings = (_draw(weeks),) if len(weeks["week"].unique()) > 1 else ()
    figures = _figures(last, long_days=survey.settings.market.long_wait_days)
    internal = View(reading=tell_week(last), figures=figures, drawings=drawings, listings=listings, notes=monitor.notes)
    return Chapter(KEY, TITLE, internal=internal, public=_tell_public(last))


def _day(last: pd.DataFrame) -> str:
    return f"{pd.Timestamp(last.iloc[0]['week']):%-d %B %Y}"


def tell_week(last: pd.DataFrame) -> tuple[str, ...]:
    """Tell of all blocks together what came of the guarantee in a week: ``BLOCK_MONITOR`` rows of that week."""
    guaranteed, delivered = last["hours_guaranteed"].sum(), last["hours_delivered"].sum()
    unused, pounds = last["hours_unused"].sum(), last["pounds_unused"].sum()
    worst = last.sort_values(["pounds_unused", "block_id"], ascending=[False, True], kind="stable").iloc[0]
    started, leaked = last["started_since_start"].sum(), last["leaked_since_start"].sum()
    change = last["change_hours_delivered"]
    sentences = [
        (f"In the week from {_day(last)}, {delivered:,.0f} hours were delivered against {guaranteed:,.0f} guaranteed "
        f"in {len(last):,} blocks; {unused:,.0f} hours were paid for and not used (£{pounds:,.0f})."),
        f"Most is unused in {worst['block_id']}: £{worst['pounds_unused']:,.0f}." if worst["pounds_unused"] > 0
        else "No block has unused hours.",
        (f"Since their start, {leaked:,.0f} of {started:,.0f} packages that began in the blocks' ground went to "
        f"somebody "
        "else."),
        f"Delivered hours changed by {change.sum():+,.0f} since the week before." if change.notna().any()
        else "No change can be shown: that needs two whole weeks of call monitoring.",
    ]  # fmt: skip
    return tuple(sentences)


def _tell_long(last: pd.DataFrame, *, days: int) -> str:
    if not last["waiting"].sum() > 0:
        return "nobody"
    return f"{last['waiting_long'].sum():,.0f} of them over {days} days"


def _figures(last: pd.DataFrame, *, long_days: int) -> tuple[Figure, ...]:
    started, leaked = last["started_since_start"].sum(), last["leaked_since_start"].sum()
    change = last["change_hours_delivered"].sum(min_count=1)
    return (
        Figure("Guaranteed hours", f"{last['hours_guaranteed'].sum():,.0f}", f"{len(last):,} blocks"),
        Figure("Delivered hours", f"{last['hours_delivered'].sum():,.0f}", _tell_change(change)),
        Figure(
            "Unused", f"£{last['pounds_unused'].sum():,.0f}", f"{last['hours_unused'].sum():,.0f} hours in the week"
        ),
        Figure("Leaked packages", f"{leaked:,.0f}", f"of {started:,.0f} that began since the blocks did"),
        Figure("Flexible hours used", f"{last['hours_flexible'].sum():,.0f}", "beyond the guarantee"),
        Figure("Waiting in blocks", f"{last['waiting'].sum():,.0f}", _tell_long(last, days=long_days)),
    )


def _tell_change(change: float) -> str:
    return "no week before to compare with" if pd.isna(change) else f"{change:+,.0f} since the week before"


def _draw(weeks: pd.DataFrame) -> Drawing:
    sums = weeks.groupby("week", as_index=False)[["hours_guaranteed", "hours_commissioned", "hours_delivered"]].sum()
    words = {"hours_guaranteed": "guaranteed", "hours_commissioned": "commissioned", "hours_delivered": "delivered"}
    rows = sums.melt("week", var_name="kind", value_name="hours").assign(kind=lambda frame: frame["kind"].map(words))
    return draw_time_line(
        rows,
        date="week",
        value="hours",
        group="kind",
        unit="contact hours a week",
        alt_text="Guaranteed, commissioned and delivered hours of all blocks by week.",
        caption="All blocks together, by the week's Monday.",
    )


def _tell_public(last: pd.DataFrame) -> View:
    blocks = last["block_id"].nunique()
    return View(
        reading=(
            say("{count} let.", count=show_name(f"{blocks:,} block{' is' if blocks == 1 else 's are'}")),
            say("A block has one provider, so its hours, pounds and refusals are not public."),
        )
    )
