"""Maps of one thing each: where need is greatest, the blocks already let, and one provider's zones."""

from __future__ import annotations

from collections.abc import Sequence

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from marketmap.outputs.files.notices import Notices
from marketmap.outputs.maps.assets import localise
from marketmap.outputs.maps.block_maps import bounds_of, zone_style
from marketmap.outputs.maps.layers import Style, add_districts, base_map, draw_labels, draw_sectors, draw_shapes
from marketmap.outputs.maps.palette import NONE_COLOUR, OUTLINE, amount_colours, break_classes, class_of

NUMBERED = 3
NEED_FACTS = {"area_name": "Area", "district_name": "District", "rank_text": "Rank", "waiting_text": "Waiting"}
LET_FACTS = {
    "block_id": "Block",
    "provider": "Provider",
    "guaranteed_text": "Guaranteed",
    "delivered_text": "Delivered",
    "unused_text": "Unused",
}
# What is paid for and not used, from none to most; the outline's width says the same.
UNUSED_WIDTHS = (1.6, 2.6, 3.8)


def need_map(areas: gpd.GeoDataFrame, *, outlines: gpd.GeoDataFrame, notices: Notices) -> folium.Map:
    """Draw rural areas by their score of need, the first three numbered.

    Parameters
    ----------
    areas
        EPSG:4326: ``area_code, area_name, district_name, rank, score, waiting_hours``; without a score where an area is
        not ranked. A click hands back a feature whose property ``layer`` is ``"need"`` and whose ``row`` is the
        position in this frame.
    outlines
        As `marketmap.outputs.maps.zones.pick_outlines` gives them: sectors thin, districts dashed.
    notices
        Drawn on the map.
    """
    made = base_map(
        bounds_of(areas if len(areas) else outlines),
        notices=notices,
        label="Map of need; the table beside it says the same",
    )
    draw_sectors(outlines).add_to(made)
    breaks = break_classes(areas["score"])
    colours = amount_colours(breaks) if breaks else ()
    styles = [_need_style(class_of(score, breaks) if breaks else None, colours) for score in areas["score"]]
    table = areas.assign(
        layer="need",
        row=np.arange(len(areas)),
        rank_text=[f"{rank:,.0f}" if rank == rank else "not ranked" for rank in areas["rank"].astype(float)],  # noqa: PLR0124  NaN
        waiting_text=[f"{hours:,.1f} carer hours a week" for hours in areas["waiting_hours"].fillna(0.0)],
    )
    draw_shapes(table, name="Need", style=styles.__getitem__, facts=NEED_FACTS, extra=["layer", "row"]).add_to(made)
    add_districts(made, outlines)
    first = table[table["rank"] <= NUMBERED].sort_values("rank")
    if len(first):
        numbers = first.assign(label=first["rank"].map("{:.0f}".format) + ". " + first["area_name"].astype(str))
        draw_labels(numbers, name="The first three", look="map-label").add_to(made)
    return localise(made)


def let_blocks_map(zones: gpd.GeoDataFrame, *, outlines: gpd.GeoDataFrame, notices: Notices) -> folium.Map:
    """Draw the blocks already let: hours paid for and not used widen and darken the outline and the ground.

    Parameters
    ----------
    zones
        EPSG:4326: ``block_id, provider, hours_guaranteed, hours_delivered, hours_unused``. Clicks are as of `need_map`,
        with ``layer`` ``"let"``.
    outlines, notices
        As for `need_map`.
    """
    made = base_map(
        bounds_of(zones, outlines), notices=notices, label="Map of blocks already let; the table below says the same"
    )
    draw_sectors(outlines).add_to(made)
    places = [place_unused(*pair) for pair in zip(zones["hours_unused"], zones["hours_guaranteed"], strict=True)]
    styles = [_let_style(place) for place in places]
    table = zones.assign(layer="let", row=np.arange(len(zones)), label=zones["block_id"])
    for name in ("guaranteed", "delivered", "unused"):
        table[f"{name}_text"] = _hours(zones[f"hours_{name}"])
    draw_shapes(
        table, name="Blocks already let", style=styles.__getitem__, facts=LET_FACTS, extra=["layer", "row"]
    ).add_to(made)
    add_districts(made, outlines)
    draw_labels(table, name="Block names", look="map-label").add_to(made)
    return localise(made)


def place_unused(unused: float, guaranteed: float) -> int:
    """Class a block by the share of its guarantee that is not used: 0 to a tenth, 1 to a third, 2 more, -1 unknown."""
    if not guaranteed > 0 or unused != unused:  # noqa: PLR0124  NaN
        return -1
    share = unused / guaranteed
    return 0 if share <= 0.1 else 1 if share <= 1 / 3 else 2


def provider_zone_map(zones: gpd.GeoDataFrame, *, areas: gpd.GeoDataFrame, notices: Notices) -> folium.Map:
    """Draw one provider's zones and nothing of who lives there.

    Parameters
    ----------
    zones
        EPSG:4326: ``block_id, status``; further columns never reach the map.
    areas, notices
        As for `marketmap.outputs.maps.block_maps.block_map`.
    """
    made = base_map(bounds_of(zones), notices=notices, label="Map of your blocks; the tables beside it name them")
    draw_sectors(areas).add_to(made)
    styles = [zone_style(row % 7, existing=status != "proposed") for row, status in enumerate(zones["status"])]
    facts = {"block_id": "Block", "status": "Status"}
    draw_shapes(zones, name="Your blocks", style=styles.__getitem__, facts=facts).add_to(made)
    add_districts(made, areas)
    draw_labels(zones.assign(label=zones["block_id"]), name="Block names", look="map-label").add_to(made)
    return localise(made)


def _need_style(place: int | None, colours: Sequence[str]) -> Style:
    if place is None:
        return {"color": OUTLINE, "weight": 0.6, "dashArray": "2 3", "fillColor": NONE_COLOUR, "fillOpacity": 0.8}
    return {"color": OUTLINE, "weight": 0.8, "fillColor": colours[place], "fillOpacity": 0.85}


def _let_style(place: int) -> Style:
    if place < 0:
        return {"color": OUTLINE, "weight": 1.6, "dashArray": "2 3", "fillColor": NONE_COLOUR, "fillOpacity": 0.6}
    colours = amount_colours((1.0, 2.0, 3.0))
    return {"color": "#000000", "weight": UNUSED_WIDTHS[place], "fillColor": colours[place], "fillOpacity": 0.7}


def _hours(values: pd.Series) -> list[str]:
    return [f"{value:,.1f} hours" if value == value else "unknown" for value in values.astype(float)]  # noqa: PLR0124  NaN
