"""A map as one HTML file that opens from disk, asks nothing of any network, and runs only its own scripts."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from typing import cast

import folium
from branca.element import Figure

from marketmap.outputs.files.notices import Notices
from marketmap.outputs.maps.assets import localise, walk
from marketmap.outputs.maps.layers import FONT
from marketmap.outputs.maps.palette import INK

# Shared by the file's side panel and the app's pages.
PANEL_STYLE = f"""
.small {{ font-size: .82rem; color: #51606b; margin: .3rem 0; line-height: 1.45; }}
ul.legend {{ list-style: none; margin: .3rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; }}
ul.legend li {{ display: flex; align-items: center; gap: .45rem; font-size: .86rem; margin: 0; color: {INK}; }}
ul.legend i {{ flex: none; width: 1.5rem; height: .95rem; display: inline-block; }}
"""
PAGE_STYLE = f"""
html, body {{ height: 100%; margin: 0; }}
body {{ font: 15px/1.45 {FONT}; color: {INK}; display: grid; grid-template: auto 1fr auto / 1fr; }}
header {{ padding: .7rem 1.1rem; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; align-items: baseline;
  border-bottom: 1px solid #d5dce1; }}
h1 {{ font-size: 1.2rem; margin: 0; }}
header p {{ margin: 0; color: #51606b; }}
main {{ min-height: 320px; position: relative; }}
footer {{ padding: .5rem 1.1rem .8rem; border-top: 1px solid #d5dce1; }}
"""
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*/>')
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def encode_map(made: folium.Map, *, title: str, notices: Notices, lead: str = "", legend: str = "") -> bytes:
    """Turn a map into the bytes of one HTML file; the same map always gives the same bytes.

    Parameters
    ----------
    made
        A map of this package; it is not to be used again afterwards.
    title, lead
        Plain text for the page's head; escaped here.
    notices
        Flags and licence, written out below the map.
    legend
        HTML from `marketmap.outputs.maps.legend`.

    Notes
    -----
    A content security policy in the file forbids every request, and every script but the file's own, which it
    names by hash: an event handler in a name could not run even if it were not escaped.
    """
    localise(made)
    for number, element in enumerate(walk(made)):
        element._id = f"{number:04x}"  # noqa: SLF001  Folium's own are random
    figure = cast("Figure", made.get_root())
    figure.render()
    # The page is laid out for zooming in; Folium's own setting forbids that.
    head = _VIEWPORT.sub("", figure.header.render())
    body = figure.html.render()
    script = f"<script>{figure.script.render()}</script>"
    hashes = " ".join(_hash(found) for found in _SCRIPT.findall(head + script))
    policy = (
        f"default-src 'none'; script-src data: {hashes}; style-src 'unsafe-inline' data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    flags = f"<strong>{html.escape(' · '.join(notices.flags))}.</strong> " if notices.flags else ""
    page = f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
{head}
<style>{PAGE_STYLE}{PANEL_STYLE}</style>
</head>
<body>
<header><h1>{html.escape(title)}</h1><p>{html.escape(lead)}</p></header>
<main>{body}</main>
<footer>{legend}<p class="small">{flags}{html.escape(notices.licence)}</p></footer>
{script}
</body>
</html>
"""
    return page.encode("utf-8", errors="replace")


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
