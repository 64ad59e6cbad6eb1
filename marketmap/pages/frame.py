"""What every page has: its head, its warnings, the licence line, and a plain word where there is nothing to show.

Text from data reaches a page only through `show_html` (escaped), ``st.dataframe`` and select boxes, never through
Streamlit's Markdown, where a name could become a link or an image from another host.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit_folium import st_folium

from marketmap.errors import MarketmapError
from marketmap.outputs.files.notices import Notices
from marketmap.outputs.maps.layers import NARROW_HEIGHT
from marketmap.outputs.maps.onefile import PANEL_STYLE
from marketmap.outputs.maps.palette import INK
from marketmap.outputs.maps.properties import safe_text
from marketmap.pages import jobs
from marketmap.pages.sources import current_place, results_currency, results_state

MAP_HEIGHT = 620
LOOK_AGAIN_SECONDS = 2.0
SMALL_NUMBERS = (
    "For the council alone: small numbers are shown as they are, to everybody who may open this page. What may be "
    "published stands in the reports for everybody."
)
STYLE = f"""<style>
{PANEL_STYLE}
.lede {{ color: #51606b; margin: -.6rem 0 .2rem; font-size: 1rem; }}
.warn {{ background: #fff4d6; border-left: 5px solid #8a6100; border-radius: 4px; padding: .55rem .9rem; color: #4d3600;
  font-size: .95rem; line-height: 1.45; }}
.panel h3 {{ font-size: 1.15rem; margin: .1rem 0 .35rem; font-weight: 650; overflow-wrap: anywhere; }}
.panel p {{ margin: .35rem 0; line-height: 1.5; overflow-wrap: anywhere; unicode-bidi: plaintext; }}
.tag {{ display: inline-block; border: 1px solid {INK}; border-radius: 999px; padding: 0 .6rem; font-size: .8rem;
  font-weight: 600; margin-left: .5rem; vertical-align: 2px; }}
.bar {{ display: flex; height: 18px; border: 1px solid {INK}; border-radius: 3px; overflow: hidden;
  margin: .6rem 0 .4rem; }}
.bar span {{ display: block; }}
dl.split, dl.figures {{ margin: .2rem 0 .5rem; padding: 0; }}
dl.split > div {{ display: grid; grid-template-columns: 1fr auto 3.2rem; gap: .6rem; font-size: .92rem; }}
dl.split dt i {{ display: inline-block; width: .85rem; height: .85rem; border: 1px solid {INK}; margin-right: .5rem;
  vertical-align: -1px; }}
dl.split dd, dl.figures dd {{ margin: 0; font-variant-numeric: tabular-nums; text-align: right; }}
dl.figures {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(205px, 1fr)); gap: 0 1.4rem; }}
dl.figures > div {{ display: flex; justify-content: space-between; gap: .8rem; border-bottom: 1px solid #e3e8eb;
  padding: .22rem 0; font-size: .9rem; }}
dl.figures dt {{ color: #51606b; }}
dl.figures dd {{ font-weight: 600; }}
/* A shade on the side where more can be slid into sight: the white ends move with the table, the shades stay. */
.scroll {{ overflow-x: auto; max-height: 430px; overflow-y: auto; background:
  linear-gradient(to right, #fff 40%, #fff0) left / 2.4rem 100% no-repeat local,
  linear-gradient(to left, #fff 40%, #fff0) right / 2.4rem 100% no-repeat local,
  linear-gradient(to right, #17202640, #17202600) left / .9rem 100% no-repeat scroll,
  linear-gradient(to left, #17202640, #17202600) right / .9rem 100% no-repeat scroll; }}
.wide td.number {{ white-space: nowrap; }}
.scroll.wide td:not(.number) {{ min-width: 7.2rem; }}
@media (max-width: 640px) {{
  .wide::before {{ content: "Where it is cut off, slide the table sideways"; position: sticky; left: 0; display: block;
    width: max-content; color: #51606b; font-size: .8rem; }}
  iframe[title="streamlit_folium.st_folium"] {{ height: {NARROW_HEIGHT}px !important; }}
}}
table.facts {{ border-collapse: collapse; width: 100%; font-size: .88rem; }}
table.facts caption {{ text-align: left; font-weight: 650; font-size: .95rem; padding: .2rem 0 .4rem; }}
table.facts th, table.facts td {{ text-align: left; padding: .32rem 1.1rem .32rem 0; border-bottom: 1px solid #e3e8eb;
  vertical-align: top; font-weight: 400; overflow-wrap: anywhere; unicode-bidi: plaintext; min-width: 4.5rem; }}
/* Whole words where a table may be wider than its place; only a word longer than a column at its widest is broken. */
.scroll table.facts th, .scroll table.facts td {{ overflow-wrap: break-word; max-width: 22rem; }}
table.facts thead th {{ font-weight: 600; color: #51606b; border-bottom: 2px solid #c9d2d9; overflow-wrap: normal; }}
table.facts .number {{ text-align: right; font-variant-numeric: tabular-nums; }}
table.facts tr.chosen th {{ font-weight: 650; }}
</style>"""


def open_page(title: str, *, lede: str = "") -> None:
    """Draw a page's head.

    Parameters
    ----------
    title
        A literal.
    lede
        A line below it; may hold data, is escaped here.
    """
    st.html(STYLE)
    st.title(title, anchor=False)
    if lede:
        show_html(f"<p class='lede'>{safe_text(lede)}</p>")


def close_page(notices: Notices, *, notes: Sequence[str] = ()) -> None:
    """Draw a page's foot: what the run remarked, and whose data these are."""
    if notes:
        with st.expander(f"Notes on the data ({len(notes)})"):
            show_html("<ul>" + "".join(f"<li>{safe_long(note)}</li>" for note in notes) + "</ul>")
    show_html(f"<p class='small'>{SMALL_NUMBERS}</p><p class='small'>{html.escape(notices.licence)}</p>")


def warn(texts: Sequence[str]) -> None:
    """Draw warnings that hold for the whole page; blank ones are left out."""
    shown = [safe_long(text) for text in texts if text]
    if shown:
        show_html("<div class='warn' role='note'>" + "<br>".join(shown) + "</div>")


def show_html(markup: str) -> None:
    """Draw HTML whose data are already escaped by `marketmap.outputs`."""
    st.html(markup)


def safe_long(text: str) -> str:
    """Escape a sentence of any length."""
    return html.escape(text).replace("\n", "<br>")


def figures(values: Mapping[str, str]) -> str:
    """List named figures in HTML; names are literals, values are escaped here."""
    rows = "".join(f"<div><dt>{name}</dt><dd>{safe_text(value)}</dd></div>" for name, value in values.items())
    return f"<dl class='figures'>{rows}</dl>"


def show_fault(error: MarketmapError, *, what: str, command: str) -> None:
    """Say in plain words why there is nothing to show, and which command mends it.

    Parameters
    ----------
    error
        Its text is shown as it is.
    what, command
        Literals: what is missing, and what to run.
    """
    st.info(what, icon=":material/info:")
    st.code(str(error), language=None, wrap_lines=True)
    st.markdown("Run this in the project's folder, then reload the page:")
    st.code(command, language="bash")


def draw_map(
    made: Any, *, key: str, chosen: Any, on_click: Any, view: tuple[tuple[float, float], float] | None = None
) -> None:
    """Draw a map as wide as its column; a click on a shape calls ``on_click`` before the page runs again.

    Parameters
    ----------
    made
        A map of `marketmap.outputs.maps`, fresh on every run: drawing changes it, so it must never be cached.
    key
        The widget's name.
    chosen
        What `marketmap.outputs.maps.block_maps.highlight` gives, or None: drawn on top without drawing the rest anew.
    on_click
        Called without arguments; `clicked` reads what was hit.
    view
        Middle (latitude, longitude) and zoom to move to when they change; None: as the map itself says.
    """
    st_folium(
        made,
        key=key,
        height=MAP_HEIGHT,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=chosen,
        on_change=on_click,
        center=view[0] if view else None,
        zoom=view[1] if view else None,
    )


def clicked(key: str, *, layer: str) -> int | None:
    """Read which row of a layer was clicked last on a map; None where it was no shape of that layer."""
    drawing = (st.session_state.get(key) or {}).get("last_active_drawing") or {}
    properties = drawing.get("properties") or {}
    row = properties.get("row")
    return row if properties.get("layer") == layer and isinstance(row, int) else None


# What each kind of results is called, and what makes it.
RESULTS = {
    "blocks": ("block plan", "make blocks"),
    "report": ("market report", "make report"),
    "rural": ("rural report", "make rural"),
    "monitor": ("block monitor", "make monitor"),
    "clusters": ("list of demand clusters", "make clusters"),
    "swaps": ("swap list", "make swaps"),
    "waiting": ("waiting list", "make waiting"),
}


def needs(kind: str) -> bool:
    """Say whether there are results of a kind to show; draw how they stand, and have missing or old ones made.

    Results that are older than the county's tables are shown all the same, with a word that says so: in a meeting an
    old figure that says its age is of more use than none, also while new ones are being made.
    """
    found = results_currency(kind)
    if found == "ready":
        return True
    state = results_state(kind)
    name, command = RESULTS[kind]
    old = found == "stale"
    if state in ("missing", "stale") and kind != "blocks":  # a plan takes minutes: that is for somebody to ask for
        place = current_place()
        state = "making" if jobs.make_sure(place, [kind], user=place.owner) else "failed"
    told = {
        "making": f"The {name} is being made: it shows here when it is done, in a minute or so.",
        "stale": f"The {name} is older than the county's tables. Run `{command}` in the project's folder.",
        "failed": f"The {name} could not be made: the Data page says what is wrong with the tables.",
    }
    first = f"What you see is older than the county's tables, or its {name} is of an older plan. " if old else ""
    st.info(first + told.get(state, f"The {name} has not been made yet. Run `{command}` in the project's folder."))
    if state == "making":
        st.fragment(_look_again, run_every=LOOK_AGAIN_SECONDS)(kind)
    return old


def _look_again(kind: str) -> None:
    """Draw the whole page anew once what is being made is there."""
    if results_state(kind) != "making":
        st.rerun()
