"""The ground that roads are fetched for: a place by name, a box or an outline, with a rim around it."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import cache
from types import ModuleType
from typing import Any

import shapely
from pyproj import Transformer

from marketmap.errors import RoadsError
from marketmap.inputs.outline import thin_outline
from marketmap.travel.network import CRS
from marketmap.travel.plain_text import LONGEST_TEXT

WEB_CRS = "EPSG:4326"
# West, south, east and north of the United Kingdom, degrees, roomy.
_UK = (-9.5, 49.0, 3.0, 61.5)
# Of letters and digits alone, anywhere among them: however a postcode is spaced or joined to other words.
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}")
# Corners closer together than this are left out, twice: a server is slow with an outline of thousands of corners.
_CORNER_METRES = 100.0


def place_outline(osmnx: ModuleType, place: str) -> Any:
    """Look a place up by name, inside `osmnx_session`.

    Parameters
    ----------
    osmnx
        The library, set up.
    place
        A county or district, e.g. ``"Gloucestershire, England"``.

    Returns
    -------
    shapely.Geometry
        EPSG:27700.

    Raises
    ------
    RoadsError
        When the name is blank, too long or holds a postcode, is not found, is not an area or lies outside the United
        Kingdom.
    """
    place = _tidy_name(place)
    ask = 'Write the name as OpenStreetMap has it, e.g. "Rutland, England", or give --bbox or --boundary.'
    try:
        found = osmnx.geocode_to_gdf(place)
    except TypeError as error:
        raise RoadsError(f"{place} was found, but as a point and not as an area. {ask}") from error
    except (KeyError, AttributeError, IndexError, RecursionError, OverflowError) as error:
        raise RoadsError(f"The answer about {place} cannot be understood. Check --nominatim-url.") from error
    except ValueError as error:
        raise RoadsError(f"{place} was not found. {ask}") from error
    return _to_grid(found.geometry.iloc[0], f'"{place}"')


def _tidy_name(place: str) -> str:
    """Prepare the name of a place for sending, or say why it is not sent."""
    name = " ".join("".join(sign if sign.isprintable() else " " for sign in place).split())
    if not name or len(name) > LONGEST_TEXT:
        raise RoadsError(f"--place needs the name of a county or district, of up to {LONGEST_TEXT} characters.")
    if _POSTCODE.search(re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", name).upper())):
        raise RoadsError("A postcode is not sent to a map server. Give the name of a county or district.")
    return name


def box_outline(text: str) -> Any:
    """Read ``"west,south,east,north"`` in degrees (EPSG:4326) as an outline in EPSG:27700.

    Raises
    ------
    RoadsError
        When it is not four such numbers.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise RoadsError(
            "--bbox needs four numbers: west,south,east,north in degrees, e.g. -2.7,51.5,-1.6,52.2"
        ) from error
    if not (west < east and south < north and math.isfinite(west + south + east + north)):
        raise RoadsError(f"--bbox {text}: west must be less than east and south less than north (degrees).")
    return _to_grid(shapely.segmentize(shapely.box(west, south, east, north), 0.1), f"--bbox {text}")


def grow(outline: Any, *, buffer_km: float, max_km2: float) -> Any:
    """Add the rim that carers cross, and refuse more ground than is sensible.

    Parameters
    ----------
    outline
        EPSG:27700.
    buffer_km
        Width of the rim.
    max_km2
        Largest area with the rim.

    Returns
    -------
    shapely.Geometry
        EPSG:4326, with few corners and never smaller than asked.

    Raises
    ------
    RoadsError
        When the area is too large, or empty.
    """
    grown = shapely.buffer(outline, buffer_km * 1000 + 2 * _CORNER_METRES)
    grown = shapely.simplify(grown, _CORNER_METRES, preserve_topology=True)
    km2 = grown.area / 1e6
    if grown.is_empty or km2 == 0:
        raise RoadsError("The area asked for is empty. Give the outline of the county.")
    if km2 > max_km2:
        raise RoadsError(
            f"The area asked for has {km2:,.0f} km² with its rim of {buffer_km:g} km; the limit is {max_km2:,.0f}. Ask "
            "for less, or raise --max-km2 (the public servers may refuse; an extract (.osm.pbf) is better then)."
        )
    return _project(grown, CRS, WEB_CRS)


def _to_grid(outline: Any, what: str) -> Any:
    west, south, east, north = shapely.bounds(outline)
    if not (_UK[0] <= west and _UK[1] <= south and east <= _UK[2] and north <= _UK[3]):
        raise RoadsError(
            f"{what} lies outside the United Kingdom. Name the country with the place; give degrees in a box."
        )
    try:
        return shapely.make_valid(thin_outline(_project(outline, WEB_CRS, CRS)))
    except ValueError as error:
        raise RoadsError(f"{what} has an outline with too many corners. Give a simpler one with --boundary.") from error


def _project(shape: Any, here: str, there: str) -> Any:
    return shapely.transform(shape, _transformer(here, there).transform, interleaved=False)


@cache
def _transformer(here: str, there: str) -> Transformer:
    """Coordinates of one reference system into those of another, x before y; slow to make."""
    return Transformer.from_crs(here, there, always_xy=True)
