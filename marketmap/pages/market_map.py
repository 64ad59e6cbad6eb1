"""The market as it is, by area: demand, who waits, where each provider works, overlap, access, refusals and price."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd
import streamlit as st

from marketmap.errors import OutputError
from marketmap.outputs.files.notices import explain_synthetic
from marketmap.outputs.maps.area_map import AREAS_LAYER, area_base, area_group, bounds_of, pick_districts
from marketmap.outputs.maps.legend import area_legend
from marketmap.outputs.maps.palette import break_classes
from marketmap.outputs.schema.place import DEMAND_AREAS
from marketmap.outputs.views.market_layers import (
    ACCESS,
    LAYERS,
    LIVE,
    REPORT_TABLES,
    Layer,
    join_layer,
    take_level,
    tell_untouched,
)
from marketmap.outputs.views.market_view import (
    LEVEL_NAMES,
    Filters,
    areas_shown,
    demand_by_area,
    filter_packages,
    list_points,
    sum_headline,
)
from marketmap.pages.access import current_user
from marketmap.pages.frame import clicked, close_page, draw_map, figures, needs, open_page, show_html, warn
from marketmap.pages.market_area import SECTOR, show_area, show_downloads, show_table
from marketmap.pages.market_reach import choose_reach
from marketmap.pages.opening import read_county
from marketmap.pages.sources import Market, load_table, results_currency
from marketmap.settings import TIME_BANDS

ALL = ""
MAP_KEY, AREA_KEY = "market_map", "market_area"
FOOTPRINT, ACCESS_LAYER = "A provider's footprint", "Access score"


@dataclass(frozen=True)
class Choice:
    """What the filters say."""

    filters: Filters
    level: str
    title: str
    layer: Layer


def show() -> None:
    """Draw the page."""
    market = read_county("Market map")
    if market is None:
        return
    who = f"{market.name}: home care" if market.name else "Home care"
    open_page("Market map", lede=f"{who} in force on {market.snapshot}")
    warn([explain_synthetic(market.synthetic_note, saving=False) if market.notices.flags else ""])
    _explore(market)
    close_page(market.notices, notes=market.notes)


@st.fragment
def _explore(market: Market) -> None:
    """Draw all that the filters change; a click or a filter runs this part of the page alone."""
    ready = results_currency("report") != "missing"  # old ones are shown, and said to be old
    choice = _choose(market, ready=ready)
    if not needs("report"):
        show_html("<p class='small'>Until then the map shows demand and who waits; the other layers follow.</p>")
    tables = load_report() if ready else {}
    demand = demand_by_area(market.view, choice.filters, level=choice.level)
    tables[DEMAND_AREAS.path] = demand.reset_index()
    _show_headline(market, choice.filters)
    rows = _rows_of(choice, tables)
    untouched = tell_untouched(choice.layer, _in_use(choice.filters))
    if untouched:
        show_html(f"<p class='small'>{untouched}</p>")
    if rows is None:
        st.info("Choose a provider above to see where it works.")
        rows = demand.iloc[:0].assign(**{choice.layer.measure.column: pd.Series(dtype=float)})
    shapes = join_layer(areas_shown(market.view, choice.filters, level=choice.level), rows, choice.layer.measure)
    if shapes.empty:
        st.info("There are no outlines of these areas: put an areas file into the county folder to see a map.")
    left, right = st.columns([3, 2], gap="medium")
    with right:
        area = _choose_area(market, shapes, level=choice.level)
        show_area(market, choice.filters, tables, level=choice.level, area=area)
        points = _choose_points(market, choice, area)
    with left:
        reach = choose_reach(market)
        _show_map(market, choice, shapes, area=area, points=points, rings=None if reach is None else reach.rings)
    show_table(market, shapes, demand, choice.layer, level=choice.level)
    show_downloads(market, shapes, tables, choice.layer, level=choice.level)


def load_report() -> dict[str, pd.DataFrame]:
    """Read the report's tables by area; those that a county's data do not allow are left out."""
    tables = {}
    for table in REPORT_TABLES:
        try:
            tables[table.path] = load_table("report", table)
        except OutputError:
            continue
    return tables


def _choose(market: Market, *, ready: bool) -> Choice:
    """Draw the layers and filters."""
    view = market.view
    with st.container(horizontal=True, gap="small"):
        layers = [name for name, layer in LAYERS.items() if ready or layer.source == LIVE]
        title = st.selectbox("Show on the map", layers, key="market_layer", width=215)
        layer = LAYERS[title]
        if title == ACCESS_LAYER:
            method = st.selectbox("Method of the score", list(ACCESS), key="market_access", width=300)
            layer = replace(layer, measure=ACCESS[method])
        level = st.selectbox(
            "By", view.levels or ("sector",), format_func=lambda name: LEVEL_NAMES.get(name, name),
            key="market_level", width=150,
        )  # fmt: skip
        districts = sorted(market.district_names, key=lambda code: market.district_names[code])
        district = st.selectbox(
            "District", [ALL, *districts], format_func=lambda code: market.district_names.get(code, code) or "All",
            key="market_district", width=160,
        )  # fmt: skip
        services = sorted(view.packages["service_type"].dropna().unique())
        service = st.selectbox(
            "Service", [ALL, *services], format_func=lambda text: text.replace("_", " ").capitalize() or "All",
            key="market_service", width=150,
        )  # fmt: skip
        names = market.provider_names
        provider = st.selectbox(
            "Provider", list(names.sort_values().index), index=None,
            format_func=lambda code: f"{names[code]} ({code})", placeholder="All", key="market_provider", width=230,
        )  # fmt: skip
        band = st.selectbox(
            "Time of day", [ALL, *TIME_BANDS], format_func=lambda name: name.capitalize() or "All",
            key="market_band", width=130,
        )  # fmt: skip
    return Choice(Filters(district, service, provider or "", band), level, title, layer)


def _in_use(filters: Filters) -> list[str]:
    used = {
        "district": filters.district, "service": filters.service, "provider": filters.provider,
        "time of day": filters.band,
    }  # fmt: skip
    return [name for name, value in used.items() if value]


def _rows_of(choice: Choice, tables: dict[str, pd.DataFrame]) -> pd.DataFrame | None:
    """Take the layer's rows, one an area; None for a footprint without a provider."""
    frame = tables.get(choice.layer.measure.table.path)
    if choice.title == FOOTPRINT:
        if not choice.filters.provider:
            return None
        frame = None if frame is None else frame[frame["provider_id"] == choice.filters.provider]
    if frame is None:
        return None
    return take_level(frame, level=choice.level)


def _show_headline(market: Market, filters: Filters) -> None:
    sums = sum_headline(market.view, filters)
    values = {
        "Contact hours a week": f"{sums['contact_hours']:,.0f}",
        "Packages, active or waiting": f"{sums['packages']:,.0f}",
        "People": "whole day only" if filters.band else f"{sums['people']:,.0f}",
        "Hours a week that wait": f"{sums['hours_waiting']:,.0f}",
        "Providers at work": "whole day only" if filters.band else f"{sums['providers']:,.0f}",
    }
    lost = ""
    if sums["packages_unplaced"]:
        lost = (
            f"<p class='small'>{sums['packages_unplaced']:,.0f} packages with {sums['hours_unplaced']:,.1f} hours a "
            "week have no place on the map; they are counted here and missing there.</p>"
        )
    show_html(figures(values) + lost)


def _choose_area(market: Market, shapes: gpd.GeoDataFrame, *, level: str) -> str:
    names = {code: str(name) for code, name in zip(shapes["area_code"], shapes["area_name"], strict=True)}
    if level == SECTOR:  # a code alone says little to whoever does not deliver post
        told = {code: market.tell_districts(code) for code in names}
        names = {code: f"{name}, {told[code]}" if told[code] else name for code, name in names.items()}
    if st.session_state.get(AREA_KEY) not in names:
        st.session_state[AREA_KEY] = None
    area = st.selectbox(
        "Area", sorted(names, key=names.__getitem__), index=None, key=AREA_KEY,
        format_func=names.__getitem__, placeholder="All of them: choose one here, or click on the map",
    )  # fmt: skip
    return area or ""


def _choose_points(market: Market, choice: Choice, area: str) -> gpd.GeoDataFrame | None:
    """Place single postcodes, of one area alone and only for who may see them."""
    if not area or not current_user().may("see_rows"):
        return None
    if not st.toggle("Show single postcodes of this area", key="market_points"):
        return None
    points = list_points(market.view, choice.filters, level=choice.level, area=area)
    inside = filter_packages(market.view, choice.filters)
    postcodes = inside.loc[inside[choice.level] == area, "postcode"].nunique()
    text = f"{len(points):,} of {postcodes:,} postcodes with packages are drawn, those with most hours first."
    show_html(f"<p class='small'>{text} Personal data: not for sharing.</p>")
    return points


def _show_map(
    market: Market, choice: Choice, shapes: gpd.GeoDataFrame, *, area: str, points: gpd.GeoDataFrame | None,
    rings: gpd.GeoDataFrame | None,
) -> None:  # fmt: skip
    st.session_state["market_codes"] = shapes["area_code"].tolist()
    breaks = break_classes(shapes["value"])
    districts = pick_districts(market.view.outlines)
    if choice.filters.district:
        districts = districts[districts["area_code"] == choice.filters.district]
    base = area_base(
        bounds_of(shapes, districts), notices=market.notices, label="Map of the market; the tables say the same"
    )
    group = area_group(shapes, breaks=breaks, districts=districts, chosen=area, points=points, rings=rings)
    draw_map(base, key=MAP_KEY, chosen=group, on_click=_pick_area)
    measure = choice.layer.measure
    unit = f", {measure.unit}" if measure.unit else ""
    heading = f"{measure.title}{unit}, by {LEVEL_NAMES.get(choice.level, choice.level).lower()}"
    legend = area_legend(
        breaks,
        kind=measure.kind,
        heading=heading,
        points=points is not None,
        rings=rings is not None and len(rings) > 0,
    )
    show_html(legend + f"<p class='small'>{choice.layer.says}</p>")


def _pick_area() -> None:
    row = clicked(MAP_KEY, layer=AREAS_LAYER)
    codes = st.session_state.get("market_codes", [])
    if row is not None and 0 <= row < len(codes):
        st.session_state[AREA_KEY] = codes[row]
