"""The blocks already let, week by week: what is guaranteed and delivered, what goes elsewhere, and what changed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import streamlit as st

from marketmap.errors import OutputError
from marketmap.outputs.files.download import WORKBOOK_MIME, describe_source, encode_workbook
from marketmap.outputs.files.notices import notices_of
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.block_maps import highlight
from marketmap.outputs.maps.legend import html_table, let_legend
from marketmap.outputs.maps.place_maps import let_blocks_map
from marketmap.outputs.report.chapters.monitor import tell_week
from marketmap.outputs.schema.flow import BLOCK_LEAKAGE, BLOCK_MONITOR
from marketmap.outputs.views.monitor_view import (
    LEAK_HEADINGS,
    ONE_WEEK,
    MonitorFiles,
    choose_headings,
    draw_bars,
    keep_week,
    list_weeks,
    place_blocks,
    read_monitor,
    tabulate_leakage,
    tabulate_week,
)
from marketmap.pages.access import current_user
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import clicked, close_page, draw_map, safe_long, show_html
from marketmap.pages.opening import open_results, read_results
from marketmap.pages.sources import Market, current_place, load_market, load_plan

TITLE, KEY = "Block monitor", "monitor_map"
REPORT_PAGE = "internal/monitor.html"
NONE_LET = (
    "No block already let has begun, so there is nothing to monitor. Blocks under contract stand in the tables blocks "
    "and block_areas of the county's folder: the Data page takes them."
)


def show() -> None:
    """Draw the page."""
    read = read_results("monitor", TITLE, lambda folder, digest: (_read(str(folder), digest), load_market()))
    if read is None:
        return
    files, market = read
    record = files.record
    open_results("monitor", TITLE, record, lede="Blocks already let")
    weeks = list_weeks(files)
    if not weeks:
        st.info(NONE_LET)
        close_page(notices_of(record), notes=record.notes)
        return
    week = _choose_week(weeks)
    rows = keep_week(files, week)
    told = tell_week(rows)[: 3 if len(weeks) == 1 else None]
    show_html(
        "<div class='panel'>"
        + "".join(f"<p>{safe_long(text)}</p>" for text in told)
        + (f"<p><strong>{ONE_WEEK}</strong></p>" if len(weeks) == 1 else "")
        + "</div>"
    )
    _show_places(files, rows, market)
    _show_table(rows, market)
    _show_leakage(files, market)
    _offer_files(files, current_place().results["monitor"])
    close_page(notices_of(record), notes=record.notes)


@lru_cache(maxsize=4)
def _read(folder: str, digest: str) -> MonitorFiles:
    del digest  # part of the cache's key
    return read_monitor(Path(folder))


def _choose_week(weeks: list[str]) -> str:
    if len(weeks) == 1:
        return weeks[0]
    chosen: str = st.selectbox(
        "Week from", weeks, format_func=lambda week: f"{pd.Timestamp(week):%-d %B %Y}", key="monitor_week", width=220
    )
    return chosen


def _show_places(files: MonitorFiles, rows: pd.DataFrame, market: Market) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with right:
        st.subheader("Guaranteed and delivered", anchor=False)
        st.altair_chart(draw_bars(rows), key="monitor_bars")
        show_html(
            "<p class='small'>Contact hours in the week, a pair of bars a block; the table below says the same.</p>"
        )
    with left:
        zones = _find_zones(rows, market)
        if zones.empty:
            st.info("The map draws the blocks' ground from a plan of the county: make one on the page Block plan.")
            return
        st.session_state["monitor_rows"] = zones["block_id"].tolist()
        chosen = zones[zones["block_id"] == st.session_state.get("monitor_block")]
        made = let_blocks_map(zones, outlines=market.areas, notices=notices_of(files.record))
        draw_map(made, key=KEY, chosen=highlight(chosen) if len(chosen) else None, on_click=_pick_block)
        show_html(let_legend())


def _find_zones(rows: pd.DataFrame, market: Market) -> gpd.GeoDataFrame:
    try:
        return place_blocks(load_plan().zones, rows, names=market.provider_names)
    except OutputError:  # no plan yet: the page goes without its map
        return gpd.GeoDataFrame({"block_id": []}, geometry=[], crs=4326)


def _pick_block() -> None:
    row, blocks = clicked(KEY, layer="let"), st.session_state.get("monitor_rows", [])
    if row is not None and 0 <= row < len(blocks):
        st.session_state["monitor_block"] = blocks[row]


def _show_table(rows: pd.DataFrame, market: Market) -> None:
    headings = choose_headings(rows)
    numbers = [name for name in headings if name not in ("block_id", "provider", "basis")]
    caption = f"Every block in the week from {pd.Timestamp(rows['week'].iloc[0]):%-d %B %Y}"
    told = tabulate_week(rows, names=market.provider_names)
    made = html_table(told, caption=caption, headings=headings, numbers=numbers)
    show_html(
        f"<div class='scroll wide' tabindex='0' role='region' aria-label='Blocks in the week'>{made}</div>"
        "<p class='small'>h: contact hours in the week. Leaked: packages of the block's ground that began with another "
        "provider since the block did, of all that began there, with the 95% interval.</p>"
    )


def _show_leakage(files: MonitorFiles, market: Market) -> None:
    if files.leakage.empty:
        show_html("<p>Nothing that began in the blocks' ground went to another provider.</p>")
        return
    if not current_user().may("see_rows"):
        return
    told = tabulate_leakage(files.leakage, names=market.provider_names)
    made = html_table(
        told, caption="Packages that began with another provider", headings=LEAK_HEADINGS, numbers=("hours_week",)
    )
    show_html(
        f"<div class='scroll wide' tabindex='0' role='region' aria-label='Packages that went elsewhere'>{made}</div>"
    )


def _offer_files(files: MonitorFiles, folder: Path) -> None:
    st.subheader("Take away", anchor=False)
    about = describe_source(files.record)

    def make_workbook() -> bytes:
        return encode_workbook({"Blocks by week": (files.weeks, BLOCK_MONITOR)}, about)

    def make_leakage() -> bytes:
        return encode_table(files.leakage, BLOCK_LEAKAGE)

    offer(
        [
            Download("Blocks by week (CSV)", "block_monitor.csv", lambda: encode_table(files.weeks, BLOCK_MONITOR)),
            Download("Blocks by week (XLSX)", "block_monitor.xlsx", make_workbook, WORKBOOK_MIME),
        ],
        rows=False,
        key="monitor",
    )
    offer(
        [
            Download("Report (HTML)", "monitor-report.html", (folder / REPORT_PAGE).read_bytes, "text/html"),
            Download("Packages that went elsewhere (CSV)", "block_leakage.csv", make_leakage),
        ],
        rows=True,
        key="monitor_rows",
    )
