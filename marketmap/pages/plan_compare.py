"""The section "Compare": two plans side by side, where they differ on a map, and every difference in a table."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.drafts.desk_maps import shape_changes
from marketmap.outputs.files.notices import notices_of
from marketmap.outputs.files.reading import PlanFiles
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.legend import difference_legend, html_table
from marketmap.outputs.maps.plan_maps import difference_map
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.schema.pair import PLAN_DIFFERENCES, PLAN_FIGURES
from marketmap.outputs.views.plan_pairs import (
    compare_figures,
    list_changes,
    share_elsewhere,
    sum_changes,
)
from marketmap.outputs.views.plan_view import write_change, write_figure
from marketmap.pages import desk
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import draw_map, safe_long, show_html
from marketmap.pages.plan_choice import ChosenPlan, list_plans, open_chosen
from marketmap.pages.plan_rounds import find_simulated, tell_rounds
from marketmap.pages.plan_run import show_writing
from marketmap.pages.sources import current_place

MAP_KEY, KEPT_KEY = "difference_map", "compared_with"
SHOWN_DIFFERENCES = 200


def show_compare(chosen: ChosenPlan) -> None:
    """Draw the section."""
    st.subheader("Two plans side by side", anchor=False)
    others = {name: text for name, text in list_plans(current_place()).items() if name != chosen.plan_id}
    if not others:
        st.info("There is one plan so far. Make another under New run, or change this one and save it.")
        return
    # The browser forgets a choice while another section is open; the session keeps it.
    kept = st.session_state.get(KEPT_KEY)
    other = str(
        st.selectbox(
            "Beside which plan (the baseline)?",
            list(others),
            index=list(others).index(kept) if kept in others else 0,
            key="compare_with",
            format_func=lambda name: others.get(name, name),
        )
    )
    st.session_state[KEPT_KEY] = other
    baseline = open_chosen(other)
    if baseline is None:
        show_writing(other)
        return
    first, second = baseline.files, chosen.files
    show_html(
        f"<p>Baseline: <strong>{safe_text(baseline.label)}</strong>. Changes are what the plan chosen above, "
        f"<strong>{safe_text(chosen.label)}</strong>, has more or less than it.</p>"
    )
    figures = compare_figures(first, second)
    _show_figures(figures, {"first": baseline.label, "second": chosen.label})
    for one in (baseline, chosen):
        told = tell_rounds(one, find_simulated(one.folder))
        show_html(f"<p class='small'><strong>{safe_text(one.label)}.</strong> {safe_long(told)}</p>")
    changes = list_changes(first, second)
    differences = sum_changes(changes, first.points)
    if differences.empty:
        st.info("No hour is with another provider, and none is in a block in one plan only.")
        return
    share = share_elsewhere(differences, first)
    show_html(
        f"<p><strong>{differences['contact_hours'].sum():,.1f}</strong> contact hours a week are with another "
        f"provider in the plan chosen above, or in a block in one of the two only. {share:.0%} of the baseline's "
        f"{first.proposals['hours_zone'].sum():,.1f} block hours are among them.</p>"
    )
    _show_map(first, second, changes)
    _show_differences(differences)
    offer(
        [
            Download("Differences (CSV)", "plan_differences.csv", lambda: encode_table(differences, PLAN_DIFFERENCES)),
            Download("Figures (CSV)", "plan_figures.csv", lambda: encode_table(figures, PLAN_FIGURES)),
        ],
        rows=False,
        key="compare",
    )


def _show_figures(figures: pd.DataFrame, named: Mapping[str, str]) -> None:
    def write(name: str, *, sign: bool = False) -> list[str]:
        tell = write_change if sign else write_figure
        return [tell(value, shape) for value, shape in zip(figures[name], figures["shape"], strict=True)]

    table = pd.DataFrame(
        {
            "figure": figures["figure"],
            "unit": figures["unit"],
            "first": write("first"),
            "second": write("second"),
            "change": write("change", sign=True),
        }
    )
    headings = {"figure": "Figure", "unit": "Unit", **named, "change": "Change"}
    show_html(
        "<div class='scroll' tabindex='0'>"
        + html_table(
            table, caption="What the two plans come to", headings=headings, numbers=("first", "second", "change")
        )
        + "</div><p class='small'>Hours in zones and guarantees are of all blocks, those already let among them; hours "
        "that change provider, waiting hours and driving are of the proposed ones. Driving is an estimate.</p>"
    )


def _show_map(first: PlanFiles, second: PlanFiles, changes: pd.DataFrame) -> None:
    place = current_place()
    hours = first.points.set_index("postcode")["contact_hours"]
    try:
        with st.spinner("Drawing what differs …"):
            shapes: gpd.GeoDataFrame = desk.ask(shape_changes, place.folder, changes.join(hours))
    except MarketmapError as error:
        st.code(str(error), language=None, wrap_lines=True)
        return
    made = difference_map(
        shapes, first=first.zones, second=second.zones, areas=first.areas, notices=notices_of(first.record)
    )
    draw_map(made, key=MAP_KEY, chosen=None, on_click=None)
    show_html(difference_legend())


def _show_differences(differences: pd.DataFrame) -> None:
    shown = differences.head(SHOWN_DIFFERENCES)
    st.dataframe(
        shown.drop(columns=["provider_first", "provider_second"]).round(1),
        column_config={
            "block_first": st.column_config.TextColumn("Block, baseline"),
            "was": st.column_config.TextColumn("Provider, baseline"),
            "block_second": st.column_config.TextColumn("Block, plan chosen above"),
            "now": st.column_config.TextColumn("Provider, plan chosen above"),
            "postcodes": st.column_config.NumberColumn("Postcodes with demand", format="localized"),
            "packages": st.column_config.NumberColumn("Packages", format="localized"),
            "contact_hours": st.column_config.NumberColumn("Contact hours a week", format="localized"),
        },
        hide_index=True,
        alt="Every difference between the two plans, the figures behind the map",
    )
    if len(differences) > len(shown):
        st.caption(f"The {len(shown)} largest of {len(differences):,} differences; the CSV has all.")
