"""How a report looks: on a wide screen, on a telephone and on A4."""

from __future__ import annotations

from marketmap.outputs.maps.layers import FONT
from marketmap.outputs.maps.palette import INK

STYLE = f"""
@page {{ size: A4; margin: 14mm 13mm; }}
@page wide {{ size: A4 landscape; margin: 12mm; }}
* {{ box-sizing: border-box; }}
html {{ scroll-behavior: auto; }}
body {{ font: 16px/1.5 {FONT}; color: {INK}; margin: 0; background: #fff; }}
.skip {{ position: absolute; left: -999px; }}
.skip:focus {{ left: .5rem; top: .5rem; background: #fff; padding: .5rem .8rem;
  border: 2px solid #0072B2; z-index: 2; }}
header, main, nav, footer {{ max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }}
header {{ padding-top: 1.1rem; }}
h1 {{ font-size: 1.75rem; line-height: 1.2; margin: .1rem 0 .3rem; }}
h2 {{ font-size: 1.3rem; line-height: 1.25; margin: 0 0 .5rem; padding-top: 1rem; border-top: 3px solid #0072B2; }}
h3 {{ font-size: 1rem; margin: 1.3rem 0 .35rem; }}
p {{ margin: .4rem 0; max-width: 46rem; overflow-wrap: anywhere; }}
.over {{ color: #51606b; font-size: .88rem; margin: 0; }}
.flags {{ display: inline-block; font-weight: 600; font-size: .88rem; color: #4d3600; background: #fff4d6;
  border: 1px solid #8a6100; border-radius: 4px; padding: .1rem .5rem; margin: .15rem 0; }}
.answer {{ background: #eef4f8; border-left: 5px solid #0072B2; padding: .7rem 1rem; margin: .8rem 0; }}
.answer h2 {{ border: 0; padding: 0; font-size: 1.1rem; margin: 0 0 .35rem; }}
.answer ol {{ margin: .2rem 0; padding-left: 1.35rem; }}
.answer li {{ margin: .3rem 0; max-width: 50rem; overflow-wrap: anywhere; }}
.figures {{ display: grid; grid-template-columns: repeat(3, 1fr); gap: .7rem; margin: .8rem 0; padding: 0; }}
.figure {{ border: 1px solid #d5dce1; border-radius: 6px; padding: .5rem .75rem; display: flex;
  flex-direction: column; }}
.figure dt {{ font-size: .88rem; color: #37444d; }}
.figure dd {{ margin: 0; font-size: 1.5rem; font-weight: 700; line-height: 1.25; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; }}
.figure .evidence {{ font-size: .8rem; font-weight: 400; line-height: 1.35; color: #51606b; }}
nav ol {{ columns: 3; column-gap: 1.5rem; padding-left: 1.3rem; margin: .3rem 0 1rem; }}
nav li {{ break-inside: avoid; padding: .12rem 0; }}
a {{ color: #005a8c; }}
a:focus-visible, [tabindex]:focus-visible {{ outline: 3px solid #E69F00; outline-offset: 2px; }}
section.chapter {{ margin: 1.8rem 0; }}
.reading p:first-child {{ font-size: 1.06rem; font-weight: 600; }}
.drawings {{ display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.2rem 1.8rem;
  align-items: start; margin: 1rem 0; }}
figure {{ margin: 0; break-inside: avoid; }}
figure.whole {{ grid-column: 1 / -1; }}
figcaption {{ font-size: .85rem; color: #37444d; margin-top: .25rem; max-width: 44rem; overflow-wrap: anywhere; }}
svg {{ display: block; width: 100%; height: auto; }}
svg text {{ font-family: Helvetica, Arial, 'Liberation Sans', sans-serif; }}
.scroll {{ overflow-x: auto; margin: .4rem 0; }}
table {{ border-collapse: collapse; width: 100%; font-size: .88rem; line-height: 1.35; }}
caption {{ text-align: left; font-weight: 600; padding: .2rem 0 .35rem; font-size: .95rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .28rem .8rem .28rem 0; border-bottom: 1px solid #dde4e8;
  overflow-wrap: break-word; }}
thead th {{ border-bottom: 2px solid #8a949b; vertical-align: bottom; font-weight: 600; }}
th .unit {{ display: block; font-weight: 400; font-size: .78rem; color: #51606b; }}
tbody th {{ font-weight: 600; }}
td.number, th.number {{ text-align: right; font-variant-numeric: tabular-nums; }}
td.number {{ white-space: nowrap; }}
td .evidence {{ display: block; font-size: .78rem; color: #51606b; white-space: nowrap; }}
.short {{ white-space: nowrap; }}
main nav {{ padding: 0; }}
.more, .notes {{ font-size: .86rem; color: #37444d; }}
.notes {{ padding-left: 1.1rem; }}
.notes li {{ margin: .2rem 0; max-width: 46rem; overflow-wrap: anywhere; }}
footer {{ font-size: .82rem; color: #51606b; border-top: 1px solid #d5dce1; padding-top: .7rem; padding-bottom: 1.5rem;
  margin-top: 2rem; }}
@media (max-width: 720px) {{
  body {{ font-size: 15px; }}
  header {{ padding-top: .7rem; }}
  header, main, nav, footer {{ padding-left: .9rem; padding-right: .9rem; }}
  h1 {{ font-size: 1.3rem; }}
  .answer {{ padding: .55rem .75rem; margin: .55rem 0; }}
  .figures {{ grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .45rem; }}
  .figure dd {{ font-size: 1.2rem; }}
  .drawings {{ grid-template-columns: minmax(0, 1fr); }}
  nav ol {{ columns: 1; }}
  nav a {{ display: inline-block; padding: .3rem 0; }}
}}
@media print {{
  body {{ font-size: 10pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }}
  header, main, nav, footer {{ max-width: none; padding: 0; }}
  .skip {{ display: none; }}
  a {{ color: inherit; text-decoration: none; }}
  nav ol {{ columns: 2; }}
  section.chapter {{ break-before: page; margin: 0; }}
  h2, h3, caption {{ break-after: avoid; }}
  .figures, .answer, .reading, .drawings > * {{ break-inside: avoid; }}
  .figure dd {{ font-size: 14pt; }}
  .scroll {{ overflow: visible; }}
  thead {{ display: table-header-group; }}
  tr {{ break-inside: avoid; }}
  /* A head alone at the foot of a page tells nothing: two rows stand with it. */
  tbody tr:nth-child(-n+2) {{ break-before: avoid; }}
  table {{ font-size: 8.5pt; }}
  td .evidence, th .unit {{ font-size: 7.5pt; }}
  th, td {{ padding: .18rem .5rem .18rem 0; }}
  td.number {{ white-space: normal; }}
  /* What follows a turned table stays on its page: a page of its own would hold two lines. */
  .turned, .turned + .more, .turned + .notes, .turned + .more + .notes {{ page: wide; }}
  .turned table {{ font-size: 8pt; }}
}}
"""
