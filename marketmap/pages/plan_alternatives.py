"""Really different plans of about the same cost: what each gives up, where it differs, and a way to start from one."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.schema.full import ALTERNATIVE_DIFFERENCES, ALTERNATIVES
from marketmap.outputs.views.plan_extras import load_extra
from marketmap.outputs.views.plan_view import write_change, write_figure
from marketmap.pages.access import current_user
from marketmap.pages.frame import safe_long, show_html
from marketmap.pages.plan_choice import ChosenPlan
from marketmap.pages.plan_editing import open_variant

FOUND, MINUTES_HOUR, PER_CENT = "found", 60.0, 0.01
HEADINGS = {
    "plan": "Plan",
    "elsewhere": "Block hours elsewhere than proposed",
    "cost": "Model minutes a week more",
    "saved": "Model hours of travel a week saved less",
    "moving": "Carer hours that move, beside the proposed plan",
    "pounds": "£ a week more",
    "gap": "From the best possible",
}


def show_alternatives(chosen: ChosenPlan) -> None:
    """Draw the alternatives of a plan; nothing where it has none."""
    table = load_extra(chosen.folder, ALTERNATIVES)
    others = table[table["plan"] != "proposed"]
    if others.empty:
        return
    st.subheader("Really different plans", anchor=False)
    show_html(
        "<div class='scroll' tabindex='0'>"
        + html_table(
            _tell(others),
            caption="Alternatives to the proposed plan, and what they give up (all figures a week)",
            headings=HEADINGS,
            numbers=tuple(name for name in HEADINGS if name != "plan"),
        )
        + "</div>"
    )
    found = [str(name) for name in others.loc[others["status"] == FOUND, "plan"]]
    if not found:
        return
    picked = str(st.selectbox("Alternative", found, key="alternative"))
    differences = load_extra(chosen.folder, ALTERNATIVE_DIFFERENCES)
    told = differences[differences["plan"] == picked]
    items = "".join(f"<li>{safe_long(str(text))}</li>" for text in told["difference"])
    if items:
        show_html(f"<p class='small'>Where {safe_text(picked)} differs most:</p><ul class='small'>{items}</ul>")
    if current_user().may("change_plans"):
        opened = st.button(
            f"Open {picked} as a draft", key="alternative_open", on_click=open_variant, args=(chosen, picked)
        )
        if opened:
            st.rerun()


def _tell(others: pd.DataFrame) -> pd.DataFrame:
    def write(name: str, shape: str, *, over: float = 1.0, sign: bool = False) -> list[str]:
        tell = write_change if sign else write_figure
        return [tell(value / over, shape) for value in others[name].astype(float)]

    named = others["plan"].astype(str)
    return pd.DataFrame(
        {
            "plan": named.where(others["status"] == FOUND, named + " (" + others["status"].astype(str) + ")"),
            "elsewhere": write("share_elsewhere", "{:.0f}%", over=PER_CENT),
            "cost": write("objective_given_up", "{:,.0f}", sign=True),
            "saved": write("travel_saved_given_up", "{:,.0f}", over=MINUTES_HOUR),
            "moving": write("carer_hours_moving_more", "{:,.0f}", sign=True),
            "pounds": write("pounds_more_week", "{:,.0f}", sign=True),
            "gap": write("gap", "≤ {:.1f}%", over=PER_CENT),
        }
    )
