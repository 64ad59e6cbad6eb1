"""The blocks that a run proposes: on a map, one by one with the reasons, and as files to take away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.inputs.postcodes import normalise_postcodes
from marketmap.outputs.block_columns import BLOCK_POSTCODES, BLOCK_PROPOSALS
from marketmap.outputs.legend import block_legend
from marketmap.outputs.mapfiles import MAP_FILE
from marketmap.outputs.maps import block_map, highlight
from marketmap.outputs.notices import SAVING_RESTS_ON, explain_synthetic, notices_of
from marketmap.outputs.properties import safe_text
from marketmap.outputs.reading import PlanFiles
from marketmap.outputs.zones import SPOT
from marketmap.pages.block_details import show_block, show_eligible
from marketmap.pages.frame import clicked, close_page, draw_map, open_page, safe_long, show_fault, show_html, warn
from marketmap.pages.sources import load_plan, out_folder

MAP_KEY = "block_map"
TABLE_KEY = "block_table"
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
    "travel_minutes_saved_week",
)
DOWNLOADS = (
    ("Block proposals (CSV)", BLOCK_PROPOSALS.path, "text/csv"),
    ("Postcode look-up (CSV)", BLOCK_POSTCODES.path, "text/csv"),
    ("Map (one HTML file)", MAP_FILE, "text/html"),
)


def show() -> None:
    """Draw the page."""
    try:
        with st.spinner("Reading the block proposals …"):
            plan = load_plan()
    except MarketmapError as error:
        open_page("Block proposals")
        show_fault(
            error,
            what="There are no block proposals to show yet.",
            command="make blocks COUNTY=data/sample OUT=out",
        )
        return
    record = plan.record
    open_page(
        "Block proposals",
        lede=f"Suggestions for people to decide on, from the data of {record.snapshot_date:%-d %B %Y}",
    )
    warn(_warnings(plan))
    _show_headline(plan)
    if plan.proposals.empty:
        st.info("No block is proposed: under these settings every place is better left to spot purchase.")
        close_page(notices_of(record), notes=record.notes)
        return
    left, right = st.columns([3, 2], gap="medium")
    with right:
        _look_up(plan)
        block = _choose_block(plan)
        show_block(plan.proposals[plan.proposals["block_id"] == block].iloc[0])
    with left:
        _show_map(plan, block)
    show_eligible(plan.eligible[plan.eligible["block_id"] == block], block=block)
    _show_table(plan)
    _show_downloads(out_folder())
    close_page(notices_of(record), notes=record.notes)


def _warnings(plan: PlanFiles) -> list[str]:
    record = plan.record
    return [
        explain_synthetic(record.synthetic_note, saving=True) if record.synthetic else "",
        "Illustrative roads: travel times come from roads made up from the postcodes."
        if record.illustrative_roads
        else "",
        f"Changed since the run: {', '.join(plan.changed)}. Run it again before relying on this page."
        if plan.changed
        else "",
    ]


def _show_headline(plan: PlanFiles) -> None:
    table, points = plan.proposals, plan.points
    proposed = table[table["status"] == "proposed"]
    hours, placeable = table["hours_zone"].sum(), points["contact_hours"].sum()
    share = f"{hours / placeable:.0%} of the {placeable:,.0f} placeable contact hours a week" if placeable else ""
    with st.container(horizontal=True, gap="small"):
        st.metric(
            "Blocks",
            f"{len(table):,}",
            help=f"{len(proposed):,} proposed, {len(table) - len(proposed):,} already let or held.",
            border=True,
        )
        st.metric(
            "Contact hours in zones",
            f"{hours:,.0f}",
            help=f"A week: {share}. The zone is not the guarantee.",
            border=True,
        )
        st.metric(
            "Could be guaranteed",
            f"{table['hours_guaranteed_start'].sum():,.0f} h",
            help="Contact hours a week: already delivered by the same provider + waiting.",
            border=True,
        )
        st.metric(
            "Would change provider",
            f"{proposed['hours_with_others'].sum():,.0f} h",
            help="Contact hours a week in proposed zones that other providers hold. None moves without agreement.",
            border=True,
        )
        st.metric(
            "Travel, if all moved",
            f"{proposed['travel_minutes_saved_week'].sum():,.0f} min",
            help="Modelled distance to patch and block centres: an upper bound if every package in the zones changed "
            "to the suggested provider, not a forecast."
            + (f" It follows from {SAVING_RESTS_ON}." if plan.record.synthetic else ""),
            border=True,
        )
        st.metric(
            "From the best possible",
            _gap(plan),
            help="The proven gap: a share of this model's cost, not of real travel.",
            border=True,
        )
    show_html(f"<p class='small'>{safe_long(_explain_gap(plan))}</p>")


def _gap(plan: PlanFiles) -> str:
    return "unknown" if plan.record.gap is None else f"≤ {100 * plan.record.gap:.1f} %"


def _explain_gap(plan: PlanFiles) -> str:
    if plan.record.gap is None:
        return "The run proved no bound."
    relaxed = [str(name) for name in plan.record.solver.get("relaxed", [])]
    ignores = f" The bound leaves out: {', '.join(relaxed)}." if relaxed else ""
    return f"This plan is at most {100 * plan.record.gap:.1f} % from the best possible under the model.{ignores}"


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
        st.button("Show this block", on_click=_set_block, args=(found["block_id"],))


def _choose_block(plan: PlanFiles) -> str:
    proposed = (plan.proposals["status"] == "proposed").to_numpy()
    # Bound to the address (?block=B012): Streamlit drops a value there that is not one of the options.
    chosen = st.selectbox(
        "Block",
        plan.proposals["block_id"].tolist(),
        index=int(proposed.argmax()),
        key="block",
        bind="query-params",
        help="Or click a zone on the map.",
    )
    return str(chosen)


def _show_map(plan: PlanFiles, block: str) -> None:
    st.session_state["zone_ids"] = plan.zones["block_id"].tolist()
    made = block_map(plan.zones, areas=plan.areas, notices=notices_of(plan.record))
    chosen = plan.zones[plan.zones["block_id"] == block]
    draw_map(made, key=MAP_KEY, chosen=highlight(chosen) if len(chosen) else None, on_click=_pick_zone)
    show_html(block_legend(plan.zones))


def _pick_zone() -> None:
    row = clicked(MAP_KEY, layer="zones")
    ids = st.session_state.get("zone_ids", [])
    if row is not None and 0 <= row < len(ids):
        _set_block(ids[row])


def _set_block(block: str) -> None:
    st.session_state["block"] = block


def _show_table(plan: PlanFiles) -> None:
    st.subheader("Every block", anchor=False)
    config: dict[str, Any] = {}
    for name in SHOWN:
        column = BLOCK_PROPOSALS.column(name)
        label, unit = name.replace("_", " ").capitalize(), column.shown_unit
        note = f"{column.meaning} ({unit})." if unit else f"{column.meaning}."
        if column.kind in ("text", "list"):
            config[name] = st.column_config.TextColumn(label, help=note)
        else:
            config[name] = st.column_config.NumberColumn(label, help=note, format="localized")

    def pick() -> None:
        rows = st.session_state[TABLE_KEY].selection.rows
        if rows:
            _set_block(plan.proposals["block_id"].iloc[rows[0]])

    st.dataframe(
        plan.proposals[list(SHOWN)].round(1),
        column_config=config,
        hide_index=True,
        key=TABLE_KEY,
        on_select=pick,
        selection_mode="single-row",
        alt="Every block with its figures; choosing a row shows the block above",
    )


def _show_downloads(folder: Path) -> None:
    st.subheader("Take away", anchor=False)
    with st.container(horizontal=True):
        for label, path, kind in DOWNLOADS:
            st.download_button(
                label,
                data=_reader(folder / path),
                file_name=path.rsplit("/", 1)[-1],
                mime=kind,
                on_click="ignore",
                icon=":material/download:",
            )
    st.caption("Internal files: they name postcodes and providers. Columns are explained in docs/outputs.md.")


def _reader(path: Path) -> Callable[[], bytes]:
    # Read when asked for: the file's own bytes, and no copy of them in every session.
    return path.read_bytes
