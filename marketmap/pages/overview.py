"""The first page: the county in six figures, demand with the worst gaps on a map, and what to look at next."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from marketmap.errors import OutputError
from marketmap.outputs.files.notices import explain_synthetic
from marketmap.outputs.maps.area_map import area_base, area_group, bounds_of, pick_districts
from marketmap.outputs.maps.legend import area_legend
from marketmap.outputs.maps.palette import break_classes
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.report.rural_columns import RURAL_AREAS
from marketmap.outputs.schema.columns import OutputTable
from marketmap.outputs.schema.cost import PRICES
from marketmap.outputs.schema.decision import ROLLOUT
from marketmap.outputs.schema.flow import BLOCK_MONITOR, WAITS
from marketmap.outputs.schema.place import OVERLAP
from marketmap.outputs.views.market_layers import LAYERS, join_layer
from marketmap.outputs.views.market_view import Filters, areas_shown, demand_by_area
from marketmap.outputs.views.next_steps import find_steps
from marketmap.outputs.views.overview import list_gaps, six_figures
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import close_page, draw_map, needs, open_page, safe_long, show_html, warn
from marketmap.pages.links import link_to
from marketmap.pages.opening import read_county
from marketmap.pages.plan_rounds import find_simulated
from marketmap.pages.sources import (
    Market,
    current_place,
    load_plan,
    load_table,
    results_currency,
)

STYLE = """<style>
dl.six { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(360px, 100%), 1fr)); gap: .8rem; margin: 0;
  padding: 0; }
dl.six > div { border: 1px solid #d5dce1; border-radius: 8px; padding: .7rem .95rem .75rem; }
dl.six dt { color: #51606b; font-size: .9rem; }
dl.six dd { margin: 0; }
dl.six dd.value { font-size: 1.7rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
dl.six dd.meaning { font-size: .86rem; line-height: 1.42; }
ol.gaps { margin: 0; padding: 0; list-style: none; }
ol.gaps li { margin: 0; padding: .5rem 0; border-bottom: 1px solid #e3e8eb; font-size: .92rem; line-height: 1.45; }
ol.gaps strong { display: block; font-size: 1rem; }
p.step { margin: .1rem 0 0; line-height: 1.5; overflow-wrap: anywhere; unicode-bidi: plaintext; }
</style>"""
LEVEL = "sector"
GOES_ON = {
    "rural_gaps": "Open Rural gaps →",
    "block_monitor": "Open Block monitor →",
    "block_plan": "Open Block plan →",
    "find_provider": "Open Find a provider →",
    "data": "Open Data →",
}


REPORTS = {
    "Market report for the council (HTML)": "internal/report.html",
    "Market report for everybody (HTML)": "public/report.html",
}


def show() -> None:
    """Draw the page."""
    market = read_county("Overview")
    if market is None:
        return
    who = f"{market.name}: home care" if market.name else "Home care"
    open_page("Overview", lede=f"{who} on {market.snapshot}, the day of the data")
    warn([explain_synthetic(market.synthetic_note, saving=True) if market.notices.flags else ""])
    _show_figures(market)
    gaps = read_if_there("rural", RURAL_AREAS)
    _show_gaps(market, gaps)
    _show_steps(market, gaps)
    _offer_reports()
    close_page(market.notices, notes=market.notes)


def read_if_there(kind: str, table: OutputTable) -> pd.DataFrame | None:
    """Read a table of the county's results; None where there is none, so that a page can do without."""
    if results_currency(kind) == "missing":
        return None
    try:
        return load_table(kind, table)
    except OutputError:
        return None


def _show_figures(market: Market) -> None:
    report = {table.path: read_if_there("report", table) for table in (WAITS, OVERLAP, PRICES)}
    try:
        plan = load_plan()
    except OutputError:
        plan = None
    found = six_figures(
        market.view,
        {path: frame for path, frame in report.items() if frame is not None},
        proposals=None if plan is None else plan.proposals,
        points=None if plan is None else plan.points,
        simulated=None if plan is None else find_simulated(current_place().results["blocks"]),
    )
    cards = "".join(
        f"<div><dt>{safe_text(figure.title)}</dt><dd class='value'>{safe_text(figure.value)}</dd>"
        f"<dd class='meaning'>{safe_long(figure.meaning)}</dd></div>"
        for figure in found
    )
    show_html(f"{STYLE}<dl class='six'>{cards}</dl>")
    needs("report")


def _show_gaps(market: Market, gaps: pd.DataFrame | None) -> None:
    listed = list_gaps(gaps)
    st.subheader("Demand, and where rural care falls short most", anchor=False)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _show_map(market, listed)
    with right:
        needs("rural")
        if gaps is not None and listed.empty:
            st.info("No rural area has enough packages to be ranked.")
        elif gaps is not None:
            show_html(
                "<ol class='gaps'>"
                + "".join(
                    f"<li><strong>{safe_text(row.head)}</strong>{safe_long(str(row.text))}</li>"
                    for row in listed.itertuples()
                )
                + "</ol><p class='small'>Numbers are those on the map. Ranked by unmet hours, long waits, access, "
                "travel and refusals together; postcode sectors with too few packages are not ranked.</p>"
            )
            link_to("rural_gaps", GOES_ON["rural_gaps"])


def _show_map(market: Market, listed: pd.DataFrame) -> None:
    layer = LAYERS["Demand"]
    everything = Filters()
    demand = demand_by_area(market.view, everything, level=LEVEL)
    shapes = join_layer(areas_shown(market.view, everything, level=LEVEL), demand, layer.measure)
    if shapes.empty:
        st.info("There are no outlines of postcode sectors: put an areas file into the county folder to see a map.")
        return
    districts = pick_districts(market.view.outlines)
    breaks = break_classes(shapes["value"])
    base = area_base(
        bounds_of(shapes, districts), notices=market.notices, label="Map of demand; the tables say the same"
    )
    numbered = dict(zip(listed["area_code"].astype(str), listed["number"].astype(int), strict=True))
    group = area_group(shapes, breaks=breaks, districts=districts, numbered=numbered)
    draw_map(base, key="overview_map", chosen=group, on_click=_ignore)
    marked = "one of the rural areas of greatest need, by its number in the list" if numbered else ""
    heading = "Contact hours a week, by postcode sector"
    show_html(area_legend(breaks, kind=layer.measure.kind, heading=heading, marked=marked))
    link_to("market_map", "Explore on the Market map →")


def _ignore() -> None:
    """Nothing follows from a click here; the Market map has every area's figures."""


def _show_steps(market: Market, gaps: pd.DataFrame | None) -> None:
    steps = find_steps(
        market.view,
        gaps=gaps,
        rollout=read_if_there("blocks", ROLLOUT),
        monitor=read_if_there("monitor", BLOCK_MONITOR),
        names=market.provider_names,
    )
    st.subheader("What to look at next", anchor=False)
    for step in steps:
        text, link = st.columns([5, 1], vertical_alignment="center")
        with text:
            show_html(f"<p class='step'>{safe_long(step.text)}</p>")
        with link:
            link_to(step.page, GOES_ON[step.page])


def _offer_reports() -> None:
    """Offer the written market report, for the council and for everybody, where it has been made."""
    folder = current_place().results["report"]
    found = {label: folder / path for label, path in REPORTS.items() if (folder / path).is_file()}
    if not found or results_currency("report") == "missing":
        return
    st.subheader("Take away", anchor=False)
    offer(
        [
            Download(label, f"market-report-{path.parent.name}.html", path.read_bytes, "text/html")
            for label, path in found.items()
        ],
        rows=False,
        key="overview",
    )
