"""The market map's panel for one area, its table of all areas, and its files to take away."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
import streamlit as st

from marketmap.outputs.files.download import GEOPACKAGE_MIME, WORKBOOK_MIME, encode_workbook
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.area_files import encode_area_map, frame_areas, pack_areas
from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.schema.place import DEMAND_AREAS
from marketmap.outputs.views.market_layers import Layer, tell_area
from marketmap.outputs.views.market_view import LEVEL_NAMES, Filters, who_works
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import show_html
from marketmap.pages.sources import Market

MOST_PROVIDERS = 40
SECTOR = "sector"
# What the figures of an area that the filters touch are about.
DEMAND = "Demand"
# Scores are smaller than this and need a third decimal.
FINE_BELOW = 10
# Width of the figure's column by the letters of its heading, pixels, so that none is cut where there is room.
NARROWEST, PER_SIGN, WIDEST = 40, 7, 420
FORMATS = {"share": "%.0f", "part": "%.0f", "pounds_hour": "£%.2f"}


def show_area(market: Market, filters: Filters, tables: Mapping[str, pd.DataFrame], *, level: str, area: str) -> None:
    """Draw every figure of the chosen area, or say how to choose one, and who works there."""
    if area:
        name = _name_of(market, level, area)
        where = market.tell_districts(area) if level == SECTOR else ""
        beside = f" · {where}" if where else ""
        facts = tell_area(tables, level=level, area=area)
        nothing = "" if (facts["about"] == DEMAND).any() else "<p>No care in this area passes the filters above.</p>"
        table = (
            ""
            if facts.empty
            else html_table(
                facts,
                caption=f"All figures of this {LEVEL_NAMES.get(level, level).lower()}",
                headings={
                    "figure": "Figure",
                    "value": "Value",
                    "rests_on": "Rests on (95% interval)",
                    "rank": "Place (1st: highest)",
                },
                numbers=("value",),
            )
        )
        head = f"<h3>{safe_text(name)}{safe_text(beside)}</h3>"
        show_html(f"<div class='panel'>{head}{nothing}{_scrolled(table)}</div>")
    _show_providers(market, filters, level=level, area=area)


def _show_providers(market: Market, filters: Filters, *, level: str, area: str) -> None:
    works = who_works(market.view, filters, level=level, area=area)
    if works.empty:
        show_html(f"<p>Nobody works {'here' if area else 'in the areas that pass'} under the filters above.</p>")
        return
    shown = works.head(MOST_PROVIDERS)
    told = pd.DataFrame(
        {
            "name": market.provider_names.reindex(shown["provider_id"]).fillna("").to_numpy(),
            "packages": shown["packages"].map("{:,}".format),
            "hours": shown["contact_hours"].map("{:,.1f}".format),
            "part": (100 * shown["part"]).map("{:.0f}%".format),
        }
    )
    when = ", at any time of day" if filters.band else ""
    of = float(works["contact_hours"].sum())
    table = html_table(
        told,
        caption=("Who works here" if area else "Who works in the areas that pass") + when,
        headings={"name": "Provider", "packages": "Packages", "hours": "Hours a week", "part": "Part"},
        numbers=("packages", "hours", "part"),
    )
    show_html(
        f"{_scrolled(table)}<p class='small'>Part: of {of:,.0f} contact hours a week that somebody delivers. "
        f"{len(shown):,} of {len(works):,} providers are listed, most hours first.</p>"
    )


def _scrolled(table: str) -> str:
    return f"<div class='scroll' tabindex='0'>{table}</div>" if table else ""


def _name_of(market: Market, level: str, area: str) -> str:
    outlines = market.view.outlines
    found = outlines.loc[(outlines["level"] == level) & (outlines["area_code"] == area), "area_name"]
    return str(found.iloc[0]) if len(found) else area


def show_table(market: Market, shapes: gpd.GeoDataFrame, demand: pd.DataFrame, layer: Layer, *, level: str) -> None:
    """Draw the figure behind the map for every area, beside its demand."""
    known = demand.reindex(shapes["area_code"])
    table = pd.DataFrame(
        {
            "area": shapes["area_name"].to_numpy(),
            "value": shapes["value"].to_numpy(),
            "rests_on": shapes["rests_on"].to_numpy(),
            "packages": known["packages"].to_numpy(),
            "contact_hours": known["contact_hours"].round(1).to_numpy(),
            "hours_waiting": known["hours_waiting"].round(1).to_numpy(),
        }
    )
    measure = layer.measure
    said = not measure.unit or measure.unit.lower() in measure.title.lower()
    heading = measure.title if said else f"{measure.title}, {measure.unit}"
    if not shapes["rests_on"].any():
        del table["rests_on"]
    if measure.column in table.columns:
        del table[measure.column]
    if level == SECTOR:  # after the figure: on a phone the first two columns are what is seen
        table.insert(2, "districts", [market.tell_districts(code) for code in shapes["area_code"]])
    shares = measure.kind in ("share", "part")
    if shares:
        table["value"] = 100 * table["value"]
    table["value"] = table["value"].round(3 if table["value"].abs().max() < FINE_BELOW else 1)
    st.subheader("Every area", anchor=False)
    st.dataframe(
        table.sort_values("value", ascending=False, ignore_index=True),
        column_config={
            "area": st.column_config.TextColumn(LEVEL_NAMES.get(level, level)),
            "districts": st.column_config.TextColumn("District"),
            "value": st.column_config.NumberColumn(
                f"{heading}, %" if shares else heading,
                format=FORMATS.get(measure.kind, "localized"),
                width=min(NARROWEST + PER_SIGN * len(heading), WIDEST),
            ),
            "rests_on": st.column_config.TextColumn("Rests on (95% interval)"),
            "packages": st.column_config.NumberColumn("Packages", format="localized"),
            "contact_hours": st.column_config.NumberColumn("Contact hours a week", format="localized"),
            "hours_waiting": st.column_config.NumberColumn("Hours waiting a week", format="localized"),
        },
        hide_index=True,
        height=380,
        alt="The figure behind the map and the demand of every area",
    )


def show_downloads(
    market: Market, shapes: gpd.GeoDataFrame, tables: Mapping[str, pd.DataFrame], layer: Layer, *, level: str
) -> None:
    """Offer what is on the page as files: sums by area, no row of a person."""
    areas = frame_areas(tables[DEMAND_AREAS.path], market.view, level=level)
    measure = layer.measure
    about = {
        "Data of": market.snapshot,
        "Rests on": " · ".join(market.notices.flags) or "The council's data",
        "Licence": market.notices.licence,
    }
    sheets = {"Demand": (areas, DEMAND_AREAS)}
    frame = tables.get(measure.table.path)
    if frame is not None and measure.table is not DEMAND_AREAS:
        sheets["Layer"] = (frame[frame["level"] == level], measure.table)
    title = f"Home care in {market.name}" if market.name else "Home care by area"
    lead = f"{measure.title}. Data as of {market.snapshot}."

    def encode_html() -> bytes:
        return encode_area_map(market.view, shapes, layer, level=level, lead=lead, notices=market.notices, title=title)

    st.subheader("Take away", anchor=False)
    offer(
        [
            Download("Areas (CSV)", "areas.csv", lambda: encode_table(areas, DEMAND_AREAS)),
            Download("Areas and layer (XLSX)", "areas.xlsx", lambda: encode_workbook(sheets, about), WORKBOOK_MIME),
            Download("Areas (GeoPackage)", "areas.gpkg", lambda: pack_areas(shapes, areas, about), GEOPACKAGE_MIME),
            Download("Map (one HTML file)", "market_map.html", encode_html, "text/html"),
        ],
        rows=False,
        key="market",
    )
