"""The prospectus as one HTML file: one block a page on A4, one column on a telephone, nothing fetched."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from marketmap.outputs.files.notices import Notices
from marketmap.outputs.gate.disclosure import SUPPRESSED
from marketmap.outputs.maps.layers import FONT
from marketmap.outputs.maps.palette import INK
from marketmap.outputs.maps.prospectus_map import draw_zone
from marketmap.settings import TIME_BANDS

LENGTHS = {
    "visits_under_30": "Under 30 min",
    "visits_30_to_44": "30 to 44 min",
    "visits_45_to_59": "45 to 59 min",
    "visits_60_and_over": "An hour or more",
}
NOT_AN_OFFER = (
    "An invitation to talk, not an offer or an award. Hours are of today's packages and of people who wait; none is "
    "guaranteed here. Existing packages change provider only if the person and both providers agree."
)
WHAT_A_BLOCK_IS = (
    "A block is a zone in which one provider would take up new home care and, with people's agreement, come to hold "
    "all of it, so that its carers drive less."
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = f"""
@page {{ size: A4; margin: 13mm 14mm; }}
* {{ box-sizing: border-box; }}
body {{ font: 15px/1.45 {FONT}; color: {INK}; margin: 0; background: #eef2f4; }}
section {{ background: #fff; max-width: 182mm; margin: 1rem auto; padding: 1.2rem 1.4rem 1rem;
  border: 1px solid #d5dce1; }}
header {{ border-bottom: 3px solid #0072B2; padding-bottom: .45rem; margin-bottom: .9rem; }}
h1, h2 {{ font-size: 1.5rem; line-height: 1.2; margin: 0; }}
h3 {{ font-size: 1rem; margin: 1rem 0 .3rem; }}
p {{ margin: .35rem 0; }}
.over {{ color: #51606b; font-size: .85rem; margin: 0; }}
.flag {{ font-weight: 600; color: #7a3300; }}
.two {{ display: grid; grid-template-columns: 1fr 1fr; gap: 1rem 1.4rem; align-items: start; }}
svg {{ display: block; width: 100%; height: auto; border: 1px solid #d5dce1; }}
dl {{ margin: 0; display: grid; grid-template-columns: 1fr auto; row-gap: .1rem; }}
dt, dd {{ margin: 0; padding: .22rem 0; border-bottom: 1px solid #e6ebee; }}
dd {{ font-weight: 600; text-align: right; padding-left: .8rem; }}
table {{ border-collapse: collapse; width: 100%; font-size: .92rem; }}
th {{ text-align: left; font-weight: 400; padding: .18rem .6rem .18rem 0; width: 8.4rem; }}
th[scope=col] {{ text-align: right; width: auto; padding: 0 0 .1rem .6rem; font-size: .78rem; color: #51606b; }}
td {{ padding: .18rem 0; }}
td.figure {{ width: 3rem; text-align: right; font-weight: 600; padding-left: .6rem; white-space: nowrap; }}
td.other {{ width: 3.6rem; font-weight: 400; color: #51606b; }}
.bar {{ display: block; height: .8rem; background: #56B4E9; border-right: 2px solid #0072B2; }}
.pale {{ background: #cfe2ec; border-right-color: #8fb3c7; }}
.small {{ font-size: .78rem; color: #51606b; line-height: 1.4; }}
footer {{ margin-top: .9rem; padding-top: .5rem; border-top: 1px solid #d5dce1; }}
ul {{ margin: .3rem 0; padding-left: 1.2rem; }}
.list {{ columns: 3; column-gap: 1.2rem; list-style: none; padding: 0; font-size: .82rem; }}
.list li {{ break-inside: avoid; padding: .1rem 0; }}
a {{ color: #005a8c; }}
@media (max-width: 640px) {{
  section {{ margin: 0 0 .6rem; border: 0; padding: 1rem; }}
  .two {{ grid-template-columns: 1fr; }}
  .list {{ columns: 1; }}
  .list a {{ display: inline-block; padding: .35rem 0; }}
}}
@media print {{
  body {{ background: #fff; font-size: 10.5pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }}
  section {{ border: 0; margin: 0; padding: 0; max-width: none; break-after: page; break-inside: avoid; }}
  section:last-of-type {{ break-after: auto; }}
  section.cover {{ break-inside: auto; }}
  a {{ color: inherit; text-decoration: none; }}
}}
"""


def write_page(
    blocks: pd.DataFrame,
    *,
    zones: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    county: str,
    date: str,
    notices: Notices,
    basis: str,
    rules: Sequence[str],
) -> str:
    """Write the prospectus.

    Parameters
    ----------
    blocks
        As `marketmap.outputs.plans.prospectus.describe_blocks` gives them: every cell through the gate.
    zones
        ``block_id`` and polygons, EPSG:27700.
    areas
        ``area_code, area_name, area_type`` and polygons, EPSG:27700: sectors and districts are drawn.
    county, date
        For the title; text from data is escaped here.
    notices
        Flags and licence.
    basis
        What the figures rest on.
    rules
        What was done to the figures, in sentences.
    """
    title = f"Block prospectus: {county}" if county else "Block prospectus"
    shapes = zones.set_index("block_id").geometry
    sectors = areas[areas["area_type"] == "sector"]
    districts = areas[areas["area_type"] == "district"]
    pages = [
        _write_block(
            row,
            anchor=f"block-{place}",
            drawing=draw_zone(shapes[row["block_id"]], sectors=sectors, districts=districts,
                              label=f"Outline of block {row['block_id']} among postcode sectors")
            if row["block_id"] in shapes.index else "",
            over=f"{title} · {date}",
            flags=" · ".join(notices.flags),
            licence=notices.short_licence,
            rules=rules,
        )
        for place, row in enumerate(blocks.to_dict("records"))
    ]  # fmt: skip
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{_write_cover(blocks, title=title, date=date, notices=notices, basis=basis, rules=rules)}
{"".join(pages)}</main>
</body>
</html>
"""


def _write_cover(
    blocks: pd.DataFrame, *, title: str, date: str, notices: Notices, basis: str, rules: Sequence[str]
) -> str:
    items = "".join(
        f'<li><a href="#block-{number}">{html.escape(row["block_id"])}</a> {html.escape(row["district"])}, '
        f"{'few people' if row['hours_week'] == SUPPRESSED else html.escape(row['hours_week']) + ' hours'}</li>"
        for number, row in enumerate(blocks.to_dict("records"))
    )
    flags = f'<p class="flag">{html.escape(" · ".join(notices.flags))}</p>' if notices.flags else ""
    count = len(blocks)
    few = sum(row["people"] == SUPPRESSED for row in blocks.to_dict("records"))
    small = (
        f" Too few people in {few:,} of them have such care for figures of their own: there, read the limits of every "
        "block, the district's figures and its usual price."
        if few
        else ""
    )
    number = f"{count:,} block{'s' if count != 1 else ''}" if count else "No block"
    return f"""<section class="cover">
<header><p class="over">{html.escape(date)}</p><h1>{html.escape(title)}</h1></header>
{flags}<p>{html.escape(basis)}</p>
<p>{number} proposed.{html.escape(small)} {WHAT_A_BLOCK_IS}</p>
<p><strong>{html.escape(NOT_AN_OFFER)}</strong></p>
<h3>How to read the figures</h3>
<ul>{"".join(f"<li>{html.escape(rule)}</li>" for rule in rules)}</ul>
<h3>The blocks</h3>
<ul class="list">{items}</ul>
<footer><p class="small">{html.escape(notices.licence)}</p></footer>
</section>
"""


def _write_block(
    row: Mapping[Any, Any], *, anchor: str, drawing: str, over: str, flags: str, licence: str, rules: Sequence[str]
) -> str:
    number = html.escape(row["block_id"])
    facts = [
        ("Size of the zone", _with_unit(row["area_km2"], "km²")),
        ("People", row["people"]),
        ("Contact hours a week", row["hours_week"]),
        ("Of these, for people waiting", row["hours_waiting"]),
        ("Expected new hours, 13 weeks", row["starts_hours_13w"]),
        ("Least and most of any block", row["hours_limits"]),
        ("Mean drive from its middle", _with_unit(row["drive_minutes"], "min")),
        ("People who need two carers", row["double_handed"]),
        ("The same in the district", row["district_double_handed"]),
        ("Usual price of an hour there", _with_unit(row["usual_price_hour"], before="£")),
    ]
    needs = row["needs"].replace(";", ", ").replace("_", " ")
    told = html.escape(needs) if needs else "None that enough people share to be listed."
    flag = f'<p class="over flag">{html.escape(flags)}</p>' if flags else ""
    return f"""<section id="{anchor}">
<header><p class="over">{html.escape(over)}</p>{flag}<h2>Block {number}, {html.escape(row["district"])}</h2></header>
<div class="two"><div>{drawing}<p>{html.escape(row["zone"])}.</p>
<p class="small">Sectors that it touches: {html.escape(row["sectors"].replace(";", ", "))}.
The outline is approximate; dashed lines are district borders.</p></div>
<dl>{"".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in facts)}</dl></div>
<div class="two"><div><h3>Hours a week by time of day</h3>
{_draw_bars({band.capitalize(): (row[f"hours_{band}"], row[f"district_{band}"]) for band in TIME_BANDS})}</div>
<div><h3>How long visits are</h3>
{_draw_bars({name: (row[key], row[f"district_{key}"]) for key, name in LENGTHS.items()})}</div></div>
<h3>What people need of a provider</h3><p>{told}</p>
<footer><p>{html.escape(NOT_AN_OFFER)}</p><p class="small">{html.escape(" ".join(rules))}</p>
<p class="small">{html.escape(licence)}</p></footer>
</section>
"""


def _with_unit(text: str, unit: str = "", *, before: str = "") -> str:
    return text if text in (SUPPRESSED, "") else f"{before}{text} {unit}".rstrip()


def _draw_bars(figures: Mapping[str, tuple[str, str]]) -> str:
    """Draw a row a figure, the zone's and the district's; the bar's length comes from the text as shown, no more.

    Where the zone shows none, bars are the district's, paler.
    """
    place = 0 if any(_read_figure(zone) for zone, _ in figures.values()) else 1
    kind = ("bar", "bar pale")[place]
    values = {name: _read_figure(texts[place]) for name, texts in figures.items()}
    most = max(values.values(), default=0.0)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td>'
        + (f'<span class="{kind}" style="width:{100 * values[name] / most:.0f}%"></span>' if values[name] > 0 else "")
        + f'</td><td class="figure">{html.escape(zone)}</td><td class="figure other">{html.escape(district)}</td></tr>'
        for name, (zone, district) in figures.items()
    )
    head = '<tr><td colspan="2"></td><th scope="col">zone</th><th scope="col">district</th></tr>'
    return f"<table>{head}{rows}</table>"


def _read_figure(text: str) -> float:
    return 0.0 if text in (SUPPRESSED, "") else float(text.replace(",", "").rstrip("%"))
