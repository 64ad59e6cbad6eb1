"""Leaflet from the installed wheel instead of a content network: nothing a map needs is ever fetched."""

from __future__ import annotations

import base64
import functools
import importlib.resources
import re
from importlib.resources.abc import Traversable
from typing import Any

import folium
from branca.colormap import ColorMap

# What Folium lists by default and our maps do not use: markers with icons, popups, Bootstrap's styles.
UNUSED = frozenset(
    {
        "jquery",
        "bootstrap",
        "awesome_markers",
        "bootstrap_css",
        "glyphicons_css",
        "awesome_markers_font_css",
        "awesome_markers_css",
        "awesome_rotate_css",
    }
)
# Folium's name for an asset → the file in the Leaflet wheel, its media type.
LOCAL = {
    "leaflet": ("leaflet.js", "text/javascript"),
    "leaflet_css": ("leaflet.css", "text/css"),
}


class UnknownAssetError(RuntimeError):
    """A map element wants a file that has no local copy: a defect, found before any request is made."""


def localise(figure_map: folium.Map) -> folium.Map:
    """Point every script and style sheet of a map at a ``data:`` URI; the same map is returned.

    The lists are replaced on each instance: Folium's own ``add_js_link`` changes the class, and so every other
    map of the process.

    Raises
    ------
    UnknownAssetError
        For an asset without a local copy, a colour bar (it fetches D3) or a tile layer.
    """
    for element in walk(figure_map):
        if isinstance(element, ColorMap | folium.TileLayer):
            raise UnknownAssetError(f"{type(element).__name__} asks another host for its parts")
        for kind in ("default_js", "default_css"):
            links = getattr(element, kind, None)
            if links:
                setattr(element, kind, [(name, local_uri(name)) for name, _ in links if name not in UNUSED])
    return figure_map


def walk(element: Any) -> list[Any]:
    """List a map element and everything below it, parents first."""
    return [element] + [below for child in element._children.values() for below in walk(child)]  # noqa: SLF001  Folium has no public way


@functools.cache
def local_uri(name: str) -> str:
    """Give the ``data:`` URI of an asset by Folium's name for it; a style sheet's own images come with it."""
    if name not in LOCAL:
        raise UnknownAssetError(f"Folium asset {name!r} has no local copy")
    file, media_type = LOCAL[name]
    folder = importlib.resources.files("xstatic.pkg.leaflet") / "data"
    content = (folder / file).read_text(encoding="utf-8")
    if media_type == "text/css":
        content = re.sub(r"url\(([^)]*)\)", lambda found: f"url({_image_uri(folder, found.group(1))})", content)
    return _encode(content.encode(), media_type)


def _image_uri(folder: Traversable, path: str) -> str:
    if path.startswith("#"):  # a fragment of the page itself: an old browser's VML
        return path
    if not re.fullmatch(r"images/[\w-]+\.png", path):
        raise UnknownAssetError(f"Leaflet's style sheet asks for {path!r}")
    return _encode((folder / path).read_bytes(), "image/png")


def _encode(content: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
