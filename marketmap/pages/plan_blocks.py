"""The section "Blocks" of a plan: the map, one block told in full, and all of them in a table."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from marketmap.inputs.postcodes import normalise_postcodes
from marketmap.outputs.files.notices import notices_of
from marketmap.outputs.files.reading import PlanFiles
from marketmap.outputs.maps.block_maps import block_map
from marketmap.outputs.maps.legend import block_legend, focus_legend
from marketmap.outputs.maps.plan_maps import focus_block, outline_footprint, place_point, view_of
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.maps.zones import SPOT
from marketmap.outputs.schema.block import BLOCK_PROPOSALS
from marketmap.outputs.schema.headings import head_column
from marketmap.pages.access import current_user
from marketmap.pages.block_details import show_block, show_details
from marketmap.pages.frame import clicked, draw_map, show_html
from marketmap.pages.plan_choice import ChosenPlan
from marketmap.pages.plan_downloads import offer_pack
from marketmap.pages.plan_market import known_market
from marketmap.pages.sources import Market

MAP_KEY = "block_map"
TABLE_KEY = "block_table"
# Below this many people a line round a provider's work could point at somebody's door.
LEAST_PEOPLE = 8
SHOWN = (
    "block_id",
    "status",
    "suggested_provider_name",
    "district_name",
    "hours_zone",
    "hours_already_with_provider",
    "hours_with_others",
    "hours_waiting",
    "hours_guaranteed_start",
    "people",
    "packages",
    "carers_full_time",
    "annual_value_pounds",
    "minutes_per_visit_now",
    "minutes_per_visit_proposed",
    "driving_minutes_saved_week",
)


@st.fragment
def show_blocks(chosen: ChosenPlan) -> None:
    """Draw the section; a click runs only this part of the page again."""
    plan, market = chosen.files, known_market()
    if plan.proposals.empty:
        return  # the page has said so
    left, right = st.columns([3, 2], gap="medium")
    with right:
        if current_user().may("see_rows"):
            _look_up(plan)
        block_id = _choose_block(plan)
        block = plan.proposals[plan.proposals["block_id"] == block_id].iloc[0]
        show_block(block)
    with left:
        _show_map(plan, block, market)
    show_details(chosen, block, market)
    offer_pack(chosen, block)
    _show_table(plan)


def _look_up(plan: PlanFiles) -> None:
    text = st.text_input("Find a postcode", placeholder="any spelling, for instance gl11aa", key="postcode")
    if not text:
        return
    postcode = normalise_postcodes(pd.Series([text]))[0]
    if pd.isna(postcode) or postcode not in plan.postcodes.index:
        known = "is not a postcode of this county" if pd.notna(postcode) else "is not a postcode"
        show_html(f"<div class='panel'><p><strong>{safe_text(text)}</strong> {known}.</p></div>")
        return
    found = plan.postcodes.loc[postcode]
    where = (
        "is left to spot purchase"
        if found["block_id"] == SPOT
        else f"is in block <strong>{safe_text(found['block_id'])}</strong>; "
        f"suggested provider: <strong>{safe_text(found['suggested_provider_name'])}</strong>"
    )
    show_html(
        f"<div class='panel'><p><strong>{safe_text(postcode)}</strong> {where}. {safe_text(found['reason'])}.</p></div>"
    )
    if found["block_id"] != SPOT:
        st.button("Show this block", on_click=set_block, args=(found["block_id"],))


def _choose_block(plan: PlanFiles) -> str:
    proposed = (plan.proposals["status"] == "proposed").to_numpy()
    # Bound to the address (?block=B012): Streamlit drops a value there that is not one of the options.
    chosen = st.selectbox(
        "Block",
        plan.proposals["block_id"].tolist(),
        index=int(proposed.argmax()),
        key="block",
        bind="query-params",
        help="Or click a zone on the map, or a row of the table.",
    )
    return str(chosen)


def set_block(block_id: str) -> None:
    """Choose a block, from a callback."""
    st.session_state["block"] = block_id


def _show_map(plan: PlanFiles, block: pd.Series, market: Market | None) -> None:
    st.session_state["zone_ids"] = plan.zones["block_id"].tolist()
    zone = plan.zones[plan.zones["block_id"] == block["block_id"]]
    footprint = _footprint(block, zone, market)
    base = _base(block, market)
    made = block_map(plan.zones, areas=plan.areas, notices=notices_of(plan.record))
    view = _choose_view(zone, plan)
    draw_map(
        made, key=MAP_KEY, chosen=focus_block(zone, footprint=footprint, base=base), on_click=_pick_zone, view=view
    )
    show_html(block_legend(plan.zones) + focus_legend(footprint=len(footprint) > 0, base=len(base) > 0))


def _choose_view(zone: gpd.GeoDataFrame, plan: PlanFiles) -> tuple[tuple[float, float], float] | None:
    with st.container(horizontal=True, gap="small"):
        close = st.button("Zoom to the block", key="block_close")
        whole = st.button("Show the whole county", key="block_whole")
    if close:
        st.session_state["block_view"] = view_of(zone)
    if whole:
        st.session_state["block_view"] = view_of(plan.zones)
    found: tuple[tuple[float, float], float] | None = st.session_state.get("block_view")
    return found


def _footprint(block: pd.Series, zone: gpd.GeoDataFrame, market: Market | None) -> gpd.GeoDataFrame:
    if market is None:
        return zone.iloc[:0]
    least = 1 if current_user().may("see_rows") else LEAST_PEOPLE
    provider = str(block["suggested_provider_id"])
    return outline_footprint(market.packages, provider_id=provider, zone=zone, least_people=least)


def _base(block: pd.Series, market: Market | None) -> gpd.GeoDataFrame:
    nowhere = float("nan")
    if market is None or block["suggested_provider_id"] not in market.offices.index:
        return place_point(nowhere, nowhere)
    office = market.offices.loc[block["suggested_provider_id"]]
    return place_point(float(office["easting"]), float(office["northing"]))


def _pick_zone() -> None:
    row = clicked(MAP_KEY, layer="zones")
    ids = st.session_state.get("zone_ids", [])
    if row is not None and 0 <= row < len(ids):
        set_block(ids[row])


def _show_table(plan: PlanFiles) -> None:
    st.subheader("Every block", anchor=False)
    config: dict[str, Any] = {}
    for name in SHOWN:
        column = BLOCK_PROPOSALS.column(name)
        label, unit = head_column(name), column.shown_unit
        note = f"{column.meaning} ({unit})." if unit else f"{column.meaning}."
        if column.kind in ("text", "list"):
            config[name] = st.column_config.TextColumn(label, help=note)
        else:
            # Hours of a block are below 1,000: one decimal in every row reads better than a comma in none.
            shape = "%.1f" if column.kind in ("hours", "minutes", "carers") else "localized"
            config[name] = st.column_config.NumberColumn(label, help=note, format=shape)

    def pick() -> None:
        rows = st.session_state[TABLE_KEY].selection.rows
        if rows:
            set_block(plan.proposals["block_id"].iloc[rows[0]])

    st.dataframe(
        plan.proposals[list(SHOWN)].round(1),
        column_config=config,
        hide_index=True,
        key=TABLE_KEY,
        on_select=pick,
        selection_mode="single-row",
        alt="Every block with its figures; choosing a row shows the block above",
    )
