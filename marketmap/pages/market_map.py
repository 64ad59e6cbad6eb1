"""The market as it is: demand by postcode sector, who waits, and where each provider works."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.market.demand import sum_demand
from marketmap.outputs.legend import html_table, market_legend
from marketmap.outputs.maps import highlight, market_map
from marketmap.outputs.notices import explain_synthetic
from marketmap.outputs.palette import break_classes
from marketmap.outputs.properties import safe_text
from marketmap.pages.frame import clicked, close_page, draw_map, figures, open_page, show_fault, show_html, warn
from marketmap.pages.sources import Market, county_folder, load_market

ALL = "All"
STATUSES = {"Active and waiting": ("active", "waiting"), "Active": ("active",), "Waiting": ("waiting",)}
# Name shown → column, heading of the legend.
MEASURES = {
    "Contact hours": ("contact_hours", "Contact hours a week"),
    "Packages": ("packages", "Packages of care"),
    "Hours waiting": ("hours_waiting", "Contact hours a week that wait for a provider"),
}
MAP_KEY = "market_map"
GRID_CRS = 27700


def show() -> None:
    """Draw the page."""
    try:
        with st.spinner("Reading the county's tables …"):
            market = load_market()
    except MarketmapError as error:
        open_page("Market map")
        show_fault(
            error,
            what="There is no county to show yet, or its tables have faults.",
            command=f"make sample                      # makes up a county on real postcodes\n"
            f"make check COUNTY={county_folder()}   # says what is wrong with a folder",
        )
        return
    who = f"{market.name}: home care" if market.name else "Home care"
    open_page("Market map", lede=f"{who} in force on {market.snapshot}, by postcode sector")
    warn([explain_synthetic(market.synthetic_note, saving=False) if market.notices.flags else ""])
    packages, measure, provider = _choose(market)
    sums = sum_demand(packages, by="sector")
    _show_headline(packages)
    sectors = _sectors_shown(market, sums)
    left, right = st.columns([3, 2], gap="medium")
    with right:
        area = _choose_area(sectors)
        _show_area(packages, market, area=area, provider=provider)
    with left:
        _show_map(market, sectors, packages, measure=measure, provider=provider, area=area)
    _show_table(sectors, packages, market, provider=provider)
    close_page(market.notices, notes=market.notes)


def _choose(market: Market) -> tuple[pd.DataFrame, str, str | None]:
    """Draw the filters; the packages that pass, the measure, and the provider looked at."""
    packages = market.packages
    with st.container(horizontal=True, gap="small"):
        codes = [ALL, *sorted(market.sector_districts.str.split(";").explode().unique())]
        district = st.selectbox(
            "District", codes, format_func=lambda code: market.district_names.get(code, code), key="district", width=168
        )
        services = [ALL, *sorted(packages["service_type"].dropna().unique())]
        service = st.selectbox(
            "Service", services, format_func=lambda text: text.replace("_", " ").capitalize(), key="service", width=168
        )
        status = st.selectbox("Status", list(STATUSES), key="status", width=168)
        measure = st.selectbox("Show on the map", list(MEASURES), key="measure", width=168)
        names = market.provider_names
        provider = st.selectbox(
            "Footprint of a provider",
            list(names.sort_values().index),
            index=None,
            format_func=lambda code: f"{names[code]} ({code})",
            placeholder="None chosen",
            key="provider",
            width=280,
            help="Draws the packages that this provider holds.",
        )
    chosen = packages[packages["status"].isin(STATUSES[status])]
    if district != ALL:
        chosen = chosen[chosen["district_code"] == district]
    if service != ALL:
        chosen = chosen[chosen["service_type"] == service]
    return chosen, measure, provider


def _show_headline(packages: pd.DataFrame) -> None:
    waiting = packages[packages["status"] == "waiting"]
    unplaced = packages[~packages["placed"]]
    people = packages["person_id"].fillna(packages["package_id"]).nunique()
    with st.container(horizontal=True, gap="small"):
        st.metric(
            "Contact hours a week",
            f"{packages['hours_week'].sum():,.0f}",
            help="Client contact hours of the packages that pass the filters; double-handed care counts once.",
            border=True,
        )
        st.metric("Packages", f"{len(packages):,}", help="Packages of care that pass the filters.", border=True)
        st.metric("People", f"{people:,}", help="People with at least one of these packages.", border=True)
        st.metric(
            "Hours waiting",
            f"{waiting['hours_week'].sum():,.0f}",
            help=f"Contact hours a week of the {len(waiting):,} packages that wait for a provider.",
            border=True,
        )
        st.metric(
            "Providers at work",
            f"{packages['provider_id'].nunique():,}",
            help="Providers that hold at least one of these packages.",
            border=True,
        )
    if len(unplaced):
        st.caption(
            f"{len(unplaced):,} packages with {unplaced['hours_week'].sum():,.1f} hours a week have no place on the "
            "map; they are counted here and missing there."
        )


def _sectors_shown(market: Market, sums: pd.DataFrame) -> gpd.GeoDataFrame:
    """Join the sums to the sector shapes, leaving out sectors of other districts."""
    sectors = market.areas[market.areas["area_type"] == "sector"]
    district = st.session_state["district"]
    if district != ALL:
        inside = market.sector_districts.str.split(";").map(lambda codes: district in codes)
        sectors = sectors[sectors["area_code"].isin(inside.index[inside])]
    joined = sectors.merge(sums, left_on="area_code", right_index=True, how="left")
    return joined.fillna(dict.fromkeys(sums.columns, 0)).reset_index(drop=True)


def _choose_area(sectors: gpd.GeoDataFrame) -> str | None:
    codes = sorted(sectors["area_code"])
    if st.session_state.get("area") not in codes:
        st.session_state["area"] = None
    area: str | None = st.selectbox(
        "Postcode sector",
        codes,
        index=None,
        placeholder="All of them: choose one here, or click on the map",
        key="area",
    )
    return area


def _show_area(packages: pd.DataFrame, market: Market, *, area: str | None, provider: str | None) -> None:
    part = packages if area is None else packages[packages["sector"] == area]
    sums = sum_demand(part.assign(whole=1), by="whole")
    facts = {} if sums.empty else sums.iloc[0].to_dict()
    title = "All sectors that pass the filters" if area is None else area
    values = {
        "Contact hours a week": f"{facts.get('contact_hours', 0):,.1f}",
        "Carer hours a week": f"{facts.get('carer_hours', 0):,.1f}",
        "Client visits a week": f"{facts.get('visits', 0):,.0f}",
        "Packages": f"{facts.get('packages', 0):,.0f}",
        "Double-handed": f"{facts.get('double_handed', 0):,.0f}",
        "Hours waiting": f"{facts.get('hours_waiting', 0):,.1f}",
    }
    if provider is not None:
        held = part[(part["provider_id"] == provider) & (part["status"] == "active")]
        values["Held by the chosen provider"] = f"{len(held):,} packages, {held['hours_week'].sum():,.1f} h"
    show_html(f"<div class='panel'><h3>{safe_text(title)}</h3>{figures(values)}</div>")
    table = _list_providers(part, market)
    show_html(
        "<div class='scroll' tabindex='0'>"
        + html_table(
            table,
            caption="Who works here",
            headings={"name": "Provider", "packages": "Packages", "hours": "Hours a week", "share": "Share"},
            numbers=("packages", "hours", "share"),
        )
        + "</div>"
    )


def _list_providers(packages: pd.DataFrame, market: Market) -> pd.DataFrame:
    held = packages[packages["provider_id"].notna()]
    sums = held.groupby("provider_id").agg(packages=("package_id", "size"), hours=("hours_week", "sum"))
    sums = sums.sort_values(["hours", "packages"], ascending=False, kind="stable")
    total = sums["hours"].sum()
    return pd.DataFrame(
        {
            "name": market.provider_names.reindex(sums.index).fillna(sums.index.to_series()),
            "packages": sums["packages"].map("{:,}".format),
            "hours": sums["hours"].map("{:,.1f}".format),
            "share": (100 * sums["hours"] / total if total else sums["hours"]).map("{:.0f} %".format),
        }
    )


def _show_map(
    market: Market,
    sectors: gpd.GeoDataFrame,
    packages: pd.DataFrame,
    *,
    measure: str,
    provider: str | None,
    area: str | None,
) -> None:
    if sectors.empty:
        st.info("No sector boundaries: put an areas file with sectors into the county folder to see a map.")
        return
    column, heading = MEASURES[measure]
    footprint = _footprint(packages, provider)
    st.session_state["market_sectors"] = sectors["area_code"].tolist()
    made = market_map(sectors, measure=column, areas=market.areas, notices=market.notices, footprint=footprint)
    chosen = sectors[sectors["area_code"] == area]
    draw_map(made, key=MAP_KEY, chosen=highlight(chosen) if len(chosen) else None, on_click=_pick_area)
    breaks = break_classes(sectors[column])
    show_html(market_legend(breaks, measure=heading, footprint=footprint is not None))


def _footprint(packages: pd.DataFrame, provider: str | None) -> gpd.GeoDataFrame | None:
    if provider is None:
        return None
    held = packages[(packages["provider_id"] == provider) & packages["placed"]]
    sums = held.groupby("postcode", as_index=False).agg(
        packages=("package_id", "size"),
        contact_hours=("hours_week", "sum"),
        easting=("easting", "first"),
        northing=("northing", "first"),
    )
    points = gpd.points_from_xy(sums["easting"], sums["northing"], crs=GRID_CRS)
    return gpd.GeoDataFrame(sums[["postcode", "packages", "contact_hours"]], geometry=points).to_crs(4326)


def _pick_area() -> None:
    row = clicked(MAP_KEY, layer="sectors")
    codes = st.session_state.get("market_sectors", [])
    if row is not None and 0 <= row < len(codes):
        st.session_state["area"] = codes[row]


def _show_table(sectors: gpd.GeoDataFrame, packages: pd.DataFrame, market: Market, *, provider: str | None) -> None:
    table = pd.DataFrame(sectors.drop(columns=["geometry", "area_name", "area_type"])).rename(
        columns={"area_code": "sector"}
    )
    names = market.sector_districts.str.split(";").map(
        lambda codes: ", ".join(market.district_names.get(code, code) for code in codes)
    )
    table.insert(1, "district", table["sector"].map(names).fillna(""))
    config = {
        "sector": st.column_config.TextColumn("Sector"),
        "district": st.column_config.TextColumn("District"),
        "packages": st.column_config.NumberColumn("Packages", format="localized"),
        "people": st.column_config.NumberColumn("People", format="localized"),
        "contact_hours": st.column_config.NumberColumn("Contact hours a week", format="localized"),
        "carer_hours": st.column_config.NumberColumn("Carer hours a week", format="localized"),
        "visits": st.column_config.NumberColumn("Client visits a week", format="localized"),
        "double_handed": st.column_config.NumberColumn("Double-handed packages", format="localized"),
        "hours_waiting": st.column_config.NumberColumn("Hours waiting", format="localized"),
    }
    if provider is not None:
        held = packages[packages["provider_id"] == provider].groupby("sector")["hours_week"].sum()
        table["provider_hours"] = table["sector"].map(held).fillna(0.0)
        config["provider_hours"] = st.column_config.NumberColumn("Held by the provider, hours", format="localized")
    st.subheader("Every sector", anchor=False)
    st.dataframe(
        table.round(1).sort_values("contact_hours", ascending=False, ignore_index=True),
        column_config=config,
        hide_index=True,
        height=380,
        alt="Demand by postcode sector, the figures behind the map",
    )
