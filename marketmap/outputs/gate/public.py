"""The files of ``public/``: what may leave the council."""

from __future__ import annotations

import geopandas as gpd

from marketmap.blocks.plan import Plan
from marketmap.inputs.county import County
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.notices import describe_basis, notices_of
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.gate.disclosure import encode_public_page, encode_public_table
from marketmap.outputs.maps.zones import zone_polygons
from marketmap.outputs.plans.prospectus import describe_blocks, explain_rules
from marketmap.outputs.plans.prospectus_page import write_page
from marketmap.outputs.schema.full import PROSPECTUS

PROSPECTUS_PAGE = "public/prospectus.html"


def write_prospectus(
    folder: OutputFolder,
    plan: Plan,
    county: County,
    *,
    cells: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    record: RunRecord,
) -> None:
    """Write ``public/prospectus.csv`` and ``public/prospectus.html``.

    Parameters
    ----------
    plan, county
        The plan and the county that it was made from.
    cells
        As `marketmap.inputs.areas.postcode_cells` gives them (EPSG:27700).
    areas
        Sectors and districts (EPSG:27700).
    record
        Gives notices, date and what the figures rest on.
    """
    basis = describe_basis(record)
    rules = county.settings.disclosure
    zones = zone_polygons(cells, plan.postcodes)
    blocks = describe_blocks(plan, county.tables, zones=zones, basis=basis, rules=rules)
    folder.write_bytes(PROSPECTUS.path, encode_public_table(blocks, PROSPECTUS), row=PROSPECTUS.row)
    page = write_page(
        blocks,
        zones=zones,
        areas=areas,
        county=county.settings.county.name,
        date=f"Data as of {record.snapshot_date:%-d %B %Y}",
        notices=notices_of(record),
        basis=basis,
        rules=explain_rules(rules, assumed_mix=county.tables.calls is None),
    )
    folder.write_bytes(PROSPECTUS_PAGE, encode_public_page(page, path=PROSPECTUS_PAGE))
