"""Shapes of zones that no run has written: of a plan under edit, and of what differs between two plans.

Asked of the desk's process, which keeps the postcode cells of the last counties in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from marketmap.blocks.draft import Draft
from marketmap.inputs.areas import postcode_cells
from marketmap.inputs.county import County, read_county
from marketmap.outputs.drafts.reopen import reopen
from marketmap.outputs.files.stamps import FolderStamp, stamp_folder
from marketmap.outputs.maps.properties import MAP_CRS
from marketmap.outputs.maps.zones import SPOT, describe_zones, simplify_coverage, zone_polygons

# About 30 MB each for a county of 30,000 postcodes.
KEPT_COUNTIES = 2
SIMPLIFY_METRES = 25.0
CHANGE_KEYS = ["was", "now", "to_spot"]
# What a weighed draft calls things, and what the written proposals call them.
AS_WRITTEN = {
    "provider_name": "suggested_provider_name",
    "hours": "hours_zone",
    "hours_with_provider": "hours_already_with_provider",
}


_CELLS: dict[tuple[str, FolderStamp], gpd.GeoDataFrame] = {}


def shape_draft(document: Mapping[str, Any], county_folder: Path, blocks: pd.DataFrame) -> gpd.GeoDataFrame:
    """Draw the zones of a plan under edit.

    Parameters
    ----------
    document
        As `marketmap.blocks.draft.Draft.to_document` gives it.
    county_folder
        The county's tables.
    blocks
        As `marketmap.blocks.edit_checks.Weighed.blocks` has them.

    Returns
    -------
    GeoDataFrame
        As `marketmap.outputs.maps.zones.describe_zones` gives them; ``people`` and ``packages`` are not known.

    Raises
    ------
    MarketmapError
        When the county's tables cannot be read, or are no longer those of the plan.
    """
    draft = Draft.from_document(document)
    cells = load_cells(county_folder, county=reopen(draft, county_folder).batch.county)
    block_of = {postcode: zone.block_id for zone in draft.zones for postcode in zone.postcodes}
    names = pd.Series(cells.index, index=cells.index).map(block_of).fillna(SPOT)
    table = pd.DataFrame({"postcode": cells.index, "block_id": names.to_numpy()})
    return describe_zones(
        zone_polygons(cells, table, simplify_metres=SIMPLIFY_METRES), blocks.rename(columns=AS_WRITTEN)
    )


def shape_changes(county_folder: Path, changes: pd.DataFrame) -> gpd.GeoDataFrame:
    """Draw the places that are with another provider in another plan, or in a block in one of the two only.

    Parameters
    ----------
    changes
        Indexed by postcode: ``was, now, to_spot``, ``contact_hours`` (NaN where a postcode has no demand).

    Returns
    -------
    GeoDataFrame
        EPSG:4326: a row for each ``was, now, to_spot`` with the sum of ``contact_hours``; the largest shapes first, so
        that small ones are drawn above.
    """
    cells = load_cells(county_folder)
    joined = cells[["cell", "geometry"]].join(changes, how="inner").sort_index()
    hours = joined.groupby(CHANGE_KEYS)["contact_hours"].sum()
    shapes = joined.drop_duplicates("cell").dissolve(by=CHANGE_KEYS, method="coverage", as_index=False)
    table = shapes[[*CHANGE_KEYS, "geometry"]].join(hours, on=CHANGE_KEYS)
    table = table.assign(geometry=simplify_coverage(table.geometry, metres=SIMPLIFY_METRES))
    order = table.geometry.area.sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True).to_crs(MAP_CRS)


def load_cells(county_folder: Path, *, county: County | None = None) -> gpd.GeoDataFrame:
    """Make a county's postcode cells, once for each content of its folder.

    Parameters
    ----------
    county_folder
        The county's tables.
    county
        The same, where somebody has read them already.

    Raises
    ------
    InputError
        As `read_county`.
    """
    key = (str(county_folder.resolve()), stamp_folder(county_folder))
    if key not in _CELLS:
        ground = (county or read_county(county_folder)).ground
        _CELLS[key] = postcode_cells(ground.directory.frame, district_codes=ground.district_codes)
        while len(_CELLS) > KEPT_COUNTIES:
            _CELLS.pop(next(iter(_CELLS)))
    return _CELLS[key]
