"""Where rural care falls short most: areas in the order of their need, how firm that order is, and what would help."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import streamlit as st

from marketmap.outputs.files.download import (
    GEOPACKAGE_MIME,
    WORKBOOK_MIME,
    describe_source,
    encode_geopackage,
    encode_workbook,
)
from marketmap.outputs.files.notices import notices_of
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.block_maps import highlight
from marketmap.outputs.maps.legend import area_legend, html_table
from marketmap.outputs.maps.palette import break_classes
from marketmap.outputs.maps.place_maps import need_map
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.report.rural_columns import RURAL_AREAS, RURAL_ORDER
from marketmap.outputs.schema.flow import REFUSALS, WAITS
from marketmap.outputs.views.rural_view import (
    INTERNAL_PAGE,
    NEED_HEADINGS,
    PUBLIC_PAGE,
    RuralFiles,
    describe_area,
    explain_long,
    keep_district,
    list_districts,
    place_areas,
    read_rural,
    tabulate_need,
    tabulate_order,
    tabulate_reasons,
    tabulate_sides,
    tell_county,
)
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import clicked, close_page, draw_map, figures, safe_long, show_html
from marketmap.pages.opening import open_results, read_results
from marketmap.pages.sources import current_place, load_market

TITLE, KEY = "Rural gaps", "rural_map"
WHOLE = "The whole county"
INTERVALS = "In brackets: the count, of how many, and the 95% interval. Wide intervals rest on few."


def show() -> None:
    """Draw the page."""
    read = read_results("rural", TITLE, lambda folder, digest: (_read(str(folder), digest), load_market().areas))
    if read is None:
        return
    files, outlines = read
    record = files.record
    open_results("rural", TITLE, record, lede="Rural areas by their need for care")
    told = "".join(f"<p>{safe_long(text)}</p>" for text in tell_county(files))
    show_html(f"<div class='panel'>{told}<p class='small'>{explain_long(record)} {INTERVALS}</p></div>")
    areas = _choose_areas(files)
    left, right = st.columns([3, 2], gap="medium")
    with right:
        area = _choose_area(areas)
        if area is not None:
            _show_area(files, area)
    with left:
        _show_map(files, areas, outlines, area=area)
    _show_tables(files, areas)
    _offer_files(files, areas, current_place().results["rural"])
    close_page(notices_of(record), notes=record.notes)


@lru_cache(maxsize=4)
def _read(folder: str, digest: str) -> RuralFiles:
    del digest  # part of the cache's key
    return read_rural(Path(folder))


def _choose_areas(files: RuralFiles) -> pd.DataFrame:
    districts = list_districts(files)
    code = st.selectbox(
        "District",
        [None, *districts],
        format_func=lambda code: districts.get(code, WHOLE),
        key="rural_district",
        width=260,
    )
    return keep_district(files, code)


def _choose_area(areas: pd.DataFrame) -> str | None:
    names = {
        str(row["area_code"]): f"{row['rank']:.0f}. {row['area_name']}, {row['district_name']}"
        if row["rank"] > 0
        else f"{row['area_name']}, {row['district_name']} (not ranked)"
        for row in areas.to_dict("records")
    }
    if not names:
        st.info("There is no rural area here with packages.")
        return None
    if st.session_state.get("rural_area") not in names:
        st.session_state["rural_area"] = next(iter(names))
    chosen: str = st.selectbox("Area", list(names), format_func=names.__getitem__, key="rural_area")
    return chosen


def _show_area(files: RuralFiles, code: str) -> None:
    row = files.areas[files.areas["area_code"] == code].iloc[0]
    show_html(
        f"<div class='panel'><h3>{safe_text(row['area_name'])} · {safe_text(row['district_name'])}</h3>"
        f"<p>{safe_long(str(row['reading']))}</p>{figures(describe_area(files, code))}"
        f"<h4>What would help</h4><p>{safe_long(str(row['block_effect']))}</p></div>"
    )


def _show_map(files: RuralFiles, areas: pd.DataFrame, outlines: gpd.GeoDataFrame, *, area: str | None) -> None:
    placed = place_areas(files, areas)
    if placed.empty:
        st.info("No area here has an outline: the table below says all that there is to say.")
        return
    st.session_state["rural_rows"] = placed["area_code"].astype(str).tolist()
    made = need_map(placed, outlines=outlines, notices=notices_of(files.record))
    chosen = placed[placed["area_code"] == area]
    draw_map(made, key=KEY, chosen=highlight(chosen) if len(chosen) else None, on_click=_pick_area)
    breaks = break_classes(placed["score"])
    show_html(area_legend(breaks, kind="index", heading="Score of need, 1 the greatest and 0 the least, by sector"))
    show_html(
        "<p class='small'>The three of greatest need carry their rank. Grey with a broken outline: not ranked.</p>"
    )


def _pick_area() -> None:
    row, codes = clicked(KEY, layer="need"), st.session_state.get("rural_rows", [])
    if row is not None and 0 <= row < len(codes):
        st.session_state["rural_area"] = codes[row]


def _show_tables(files: RuralFiles, areas: pd.DataFrame) -> None:
    numbers = ("waiting_hours", "long_share", "access_3sfca", "minutes_hour", "refused_share", "providers")
    _show_table(
        tabulate_need(areas), caption="Rural areas, greatest need first", headings=NEED_HEADINGS, numbers=numbers
    )
    show_html(
        "<p class='small'>Spare in reach: spare carer hours within reach for each carer hour of demand (3SFCA); high "
        f"is good. {INTERVALS}</p>"
    )
    _show_table(
        tabulate_sides(files),
        caption="Rural beside urban, the whole county",
        headings={
            "side": "Part",
            "long_share": "Long waits",
            "median_days": "Half had care after",
            "refused_share": "Offers refused",
            "handback_rate": "Handed back of 100 held",
        },
        numbers=("long_share", "median_days", "refused_share", "handback_rate"),
    )
    left, right = st.columns(2, gap="medium")
    with left:
        _show_table(
            tabulate_order(files.order),
            caption="How firm the first places are",
            headings={"rank": "Rank", "area_name": "Area", "stays": "Still in the first five", "ranks": "Ranks taken"},
        )
        show_html("<p class='small'>When each part of need counts half, double or not at all, in turn.</p>")
    with right:
        _show_table(
            tabulate_reasons(files),
            caption="Why providers refuse and hand back, the whole county",
            headings={"what": "What", "reason": "Reason given", "share": "Share of all such"},
            numbers=("share",),
        )


def _show_table(table: pd.DataFrame, *, caption: str, headings: dict[str, str], numbers: tuple[str, ...] = ()) -> None:
    if table.empty:
        show_html(
            f"<p class='small'><strong>{caption}</strong>: the report has no such figures; its notes say why.</p>"
        )
        return
    made = html_table(table, caption=caption, headings=headings, numbers=numbers)
    show_html(f"<div class='scroll wide' tabindex='0' role='region' aria-label='{caption}'>{made}</div>")


def _offer_files(files: RuralFiles, areas: pd.DataFrame, folder: Path) -> None:
    st.subheader("Take away", anchor=False)
    about = describe_source(files.record)

    def make_workbook() -> bytes:
        tables = {"Rural areas": (areas, RURAL_AREAS), "How firm": (files.order, RURAL_ORDER)}
        tables |= {"Waits": (files.waits, WAITS)} if files.waits is not None else {}
        tables |= {"Refusals": (files.refusals, REFUSALS)} if files.refusals is not None else {}
        return encode_workbook(tables, about)

    def make_layers() -> bytes:
        return encode_geopackage({"rural_areas": place_areas(files, areas)}, about=about) or b""

    reports = [
        Download(
            "Report for the council (HTML)", "rural-report.html", (folder / INTERNAL_PAGE).read_bytes, "text/html"
        ),
        Download(
            "Report for everybody (HTML)", "rural-report-public.html", (folder / PUBLIC_PAGE).read_bytes, "text/html"
        ),
    ]
    tables = [
        Download("Areas (CSV)", "rural_areas.csv", lambda: encode_table(areas, RURAL_AREAS)),
        Download("All tables (XLSX)", "rural_gaps.xlsx", make_workbook, WORKBOOK_MIME),
    ]
    layers = [Download("Areas (GeoPackage)", "rural_areas.gpkg", make_layers, GEOPACKAGE_MIME)]
    offer([*reports, *tables, *(layers if len(files.outlines) else [])], rows=False, key="rural")
