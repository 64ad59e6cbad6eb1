"""The block monitor, read back for looking at: the last week of each block already let, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import altair as alt
import geopandas as gpd
import numpy as np
import pandas as pd

from marketmap.outputs.files.record import RunRecord, read_record, refuse_purged
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.maps.palette import INK, ZONE_COLOURS
from marketmap.outputs.report.telling import tell_number
from marketmap.outputs.schema.flow import BLOCK_LEAKAGE, BLOCK_MONITOR
from marketmap.outputs.views.rural_view import tell_cell

GUARANTEED, DELIVERED = "Guaranteed", "Delivered"
ONE_WEEK = (
    "The data hold one whole week of call monitoring, so there is no week before to compare with: with the next "
    "extract the change since last week shows here."
)
WEEK_HEADINGS = {
    "block_id": "Block",
    "provider": "Provider",
    "hours_guaranteed": "Guaranteed (h)",
    "hours_delivered": "Delivered (h)",
    "change": "Change since last week (h)",
    "hours_unused": "Not used (h)",
    "pounds_unused": "Not used (£)",
    "hours_flexible": "Beyond the guarantee (h)",
    "leaked_share": "Leaked since the start",
    "refusals": "Offers refused this week",
    "handbacks": "Packages handed back this week",
    "waiting": "Packages waiting",
    "basis": "Judged by",
}
LEAK_HEADINGS = {
    "block_id": "Block",
    "start_date": "Began",
    "provider": "Who took it",
    "postcode": "Postcode",
    "hours_week": "Hours a week",
    "reason": "What became of the offer",
}
CHART_STEP = 24


@dataclass(frozen=True, eq=False)
class MonitorFiles:
    """A block monitor as its files say.

    Attributes
    ----------
    record
        ``run.json``.
    weeks, leakage
        `BLOCK_MONITOR` and `BLOCK_LEAKAGE`; empty where no block has begun, or none is let.
    """

    record: RunRecord
    weeks: pd.DataFrame
    leakage: pd.DataFrame


def read_monitor(folder: Path) -> MonitorFiles:
    """Read the output folder of a block monitor.

    Raises
    ------
    OutputError
        When it is missing, is none of ours, was purged, or a file of it cannot be read.
    """
    record = read_record(folder)
    refuse_purged(record, folder)
    weeks, leakage = (
        read_table(folder / table.path, table)
        if table.path in record.outputs
        else pd.DataFrame(columns=list(table.names))
        for table in (BLOCK_MONITOR, BLOCK_LEAKAGE)
    )
    return MonitorFiles(record, weeks, leakage)


def list_weeks(files: MonitorFiles) -> list[str]:
    """List the Mondays of the weeks, the last first."""
    return sorted(files.weeks["week"].unique(), reverse=True)


def keep_week(files: MonitorFiles, week: str) -> pd.DataFrame:
    """Keep one week's rows, by block."""
    return files.weeks[files.weeks["week"] == week].sort_values("block_id", ignore_index=True)


def choose_headings(rows: pd.DataFrame) -> dict[str, str]:
    """Choose what to show of a week: the change only where some block has a week before.

    Parameters
    ----------
    rows
        As `keep_week` gives them.
    """
    compared = rows["change_hours_delivered"].notna().any()
    return {name: text for name, text in WEEK_HEADINGS.items() if name != "change" or compared}


def tabulate_week(rows: pd.DataFrame, *, names: pd.Series) -> pd.DataFrame:
    """Tell a week's figures as text under `WEEK_HEADINGS`.

    Parameters
    ----------
    rows
        As `keep_week` gives them.
    names
        Providers' names by ``provider_id``.
    """
    told = []
    for row in rows.to_dict("records"):
        plain = {
            name: "not known" if pd.isna(row[name]) else tell_number(row[name], BLOCK_MONITOR.column(name).kind)
            for name in WEEK_HEADINGS
            if name in BLOCK_MONITOR.names
        }
        told.append(
            plain
            | {
                "provider": names.get(row["provider_id"], row["provider_id"]),
                "change": tell_change(row["change_hours_delivered"], str(row["change_note"])),
                "leaked_share": tell_cell(row, "leaked_share", BLOCK_MONITOR),
            }
        )
    return pd.DataFrame(told, columns=list(WEEK_HEADINGS))


def tabulate_leakage(leakage: pd.DataFrame, *, names: pd.Series) -> pd.DataFrame:
    """Tell what went elsewhere as text under `LEAK_HEADINGS`, the latest first."""
    latest = leakage.sort_values(["start_date", "package_id"], ascending=[False, True], ignore_index=True)
    return latest.assign(
        provider=latest["provider_id"].map(names).fillna(latest["provider_id"]),
        start_date=[f"{day:%-d %B %Y}" for day in pd.to_datetime(latest["start_date"])],
        hours_week=latest["hours_week"].map("{:,.1f}".format),
    )[list(LEAK_HEADINGS)]


def tell_change(change: float, note: str) -> str:
    """Tell a change with its sign, or why there is none."""
    if not np.isnan(change):
        return f"{change:+,.1f}"
    return "no week before" if note else "not known"


def draw_bars(rows: pd.DataFrame) -> alt.LayerChart | alt.FacetChart:
    """Draw guaranteed beside delivered hours of each block.

    Each bar is named beside it, so that the shades need not be told apart.

    Parameters
    ----------
    rows
        As `keep_week` gives them.
    """
    words = {"hours_guaranteed": GUARANTEED, "hours_delivered": DELIVERED}
    long = rows.melt("block_id", list(words), var_name="kind", value_name="hours")
    bars = long.assign(kind=long["kind"].map(words))
    bars["told"] = [f"{kind}: {hours:,.0f} h" for kind, hours in zip(bars["kind"], bars["hours"], strict=True)]
    order = list(words.values())
    base = alt.Chart(bars).encode(
        y=alt.Y("block_id:N", title=None, axis=alt.Axis(labelFontSize=13, labelColor=INK, ticks=False)),
        yOffset=alt.YOffset("kind:N", sort=order),
        x=alt.X(
            "hours:Q", title="Contact hours in the week", scale=alt.Scale(domainMax=float(bars["hours"].max()) * 1.45)
        ),
    )
    marks = base.mark_bar(stroke=INK, strokeWidth=1).encode(
        color=alt.Color("kind:N", scale=alt.Scale(domain=order, range=["#ffffff", ZONE_COLOURS[0]]), legend=None)
    )
    texts = base.mark_text(align="left", dx=5, color=INK, fontSize=12).encode(text="told:N")
    return alt.layer(marks, texts).properties(height=alt.Step(CHART_STEP), width="container")


def place_blocks(zones: gpd.GeoDataFrame, rows: pd.DataFrame, *, names: pd.Series) -> gpd.GeoDataFrame:
    """Join a week's figures to the blocks' zones.

    Parameters
    ----------
    zones
        Of a plan, EPSG:4326: blocks already let stand in it under their own ids.

    Returns
    -------
    GeoDataFrame
        ``block_id, provider, hours_guaranteed, hours_delivered, hours_unused``, geometry; of the blocks with a zone.
    """
    figures = rows.set_index("block_id")
    known = zones[zones["block_id"].isin(figures.index)].sort_values("block_id", ignore_index=True)
    own = figures.loc[known["block_id"]].reset_index()
    columns = own[["block_id", "hours_guaranteed", "hours_delivered", "hours_unused"]]
    provider = own["provider_id"].map(names).fillna(own["provider_id"])
    return gpd.GeoDataFrame(columns.assign(provider=provider), geometry=known.geometry.to_numpy(), crs=zones.crs)
