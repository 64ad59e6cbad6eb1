"""The settings of a new run, as widgets: a block's size, what disruption costs, who takes part, how long to search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from marketmap.outputs.files.reading import PlanFiles
from marketmap.outputs.views.participation_grid import make_grid, read_grid

# Rounds of the search; a county of 5,000 packages takes about half a minute for 1,500 on one core.
LENGTHS = {
    "A quick look (150 rounds of search)": 150,
    "As usual (1,500 rounds)": 1500,
    "Thorough (5,000 rounds)": 5000,
}
SECONDS_MINUTE = 60


def choose_settings(plan: PlanFiles) -> dict[str, Any]:
    """Draw the widgets; what `marketmap.pages.jobs.start` is to be asked."""
    blocks: Mapping[str, Any] = plan.record.settings.get("blocks", {})
    left, right = st.columns(2, gap="medium")
    with left:
        least = _number("Smallest block", "min_hours", blocks, 80.0, unit="contact hours a week", step=5.0)
        most = _number("Largest block", "max_hours", blocks, 300.0, unit="contact hours a week", step=5.0)
        share = st.slider(
            "Most of one company in a district, % of the district's contact hours",
            5,
            100,
            round(100 * float(blocks.get("share_cap", 0.4))),
            key="run_share_cap",
        )
    with right:
        moves = _number(
            "Disruption: minutes of travel that one carer hour changing hands must save",
            "move_minutes_hour",
            blocks,
            2.0,
            unit="minutes a carer hour",
            step=0.5,
            note="0: moving an hour costs nothing. Double it to see what half the disruption costs.",
        )
        reach = _number(
            "Furthest from a block's centre", "reach_minutes", blocks, 30.0, unit="minutes by road", step=1.0
        )
        length = st.selectbox("How long to search", list(LENGTHS), index=1, key="run_length")
        minutes = st.number_input(
            "At most, minutes (0: as long as it takes)", min_value=0.0, max_value=120.0, value=0.0, step=1.0,
            format="%g", key="run_minutes", help="A run that the clock ends cannot be repeated exactly.",
        )  # fmt: skip
    full = st.checkbox(
        "Look further: other really different plans, travel against disruption, other assumptions (minutes more)",
        key="run_full",
    )
    asked: dict[str, Any] = {
        "overrides": {
            "blocks": {
                "min_hours": least,
                "max_hours": most,
                "move_minutes_hour": moves,
                "share_cap": share / 100,
                "reach_minutes": reach,
            }
        },
        "forbidden": [list(pair) for pair in _choose_participants(plan)],
        "full": full,
        "max_iterations": LENGTHS[str(length)],
    }
    if minutes > 0:
        asked["max_seconds"] = SECONDS_MINUTE * minutes
    return asked


def _number(
    label: str, name: str, blocks: Mapping[str, Any], default: float, *, unit: str, step: float, note: str = ""
) -> float:
    return float(
        st.number_input(
            f"{label} ({unit})",
            min_value=0.0,
            max_value=100_000.0,
            value=float(blocks.get(name, default)),
            step=step,
            format="%g",
            key=f"run_{name}",
            help=note or None,
        )
    )


def _choose_participants(plan: PlanFiles) -> list[tuple[str, str]]:
    with st.expander("Who takes part where"):
        st.caption(
            "A tick: the provider may have blocks in that district. Take a tick away to keep it out of this run. A "
            "blank box stays blank: this plan found the provider eligible for no block there."
        )
        named: Mapping[str, str] = plan.record.settings.get("county", {}).get("district_names", {})
        codes = sorted(plan.proposals["district_code"].dropna().unique())
        districts = {str(code): str(named.get(code, code)) for code in codes if code}
        grid = make_grid(plan.eligible, plan.proposals, districts=districts)
        columns: dict[str, Any] = {
            "provider_id": st.column_config.TextColumn("Id", disabled=True),
            "provider_name": st.column_config.TextColumn("Provider", disabled=True, pinned=True),
        }
        columns |= {code: st.column_config.CheckboxColumn(name) for code, name in districts.items()}
        edited = st.data_editor(grid, column_config=columns, hide_index=True, key="run_grid", height=300)
        pairs = read_grid(grid, edited, districts=list(districts))
        if pairs:
            st.caption(f"Kept out: {len(pairs)} provider and district pairs.")
    return pairs
