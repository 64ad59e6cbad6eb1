"""Writes a plan into an output folder: its tables, its zones and maps, and what else the run was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from marketmap.blocks import ExitPlan, Locks, Plan
from marketmap.inputs.areas import approximate_areas, postcode_cells
from marketmap.inputs.county import County
from marketmap.market.demand import sum_demand
from marketmap.outputs.drafts.locks import describe_locks, tabulate_locks
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.notices import describe_basis
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.gate.public import write_prospectus
from marketmap.outputs.maps.files import write_maps
from marketmap.outputs.schema import block as block_columns
from marketmap.outputs.schema import decision as decision_columns
from marketmap.outputs.schema.edit import PLAN_LOCKS

if TYPE_CHECKING:
    from marketmap.outputs.runs.batch import Batch


def write_plan(folder: OutputFolder, batch: Batch, plan: Plan, record: RunRecord) -> None:
    """Write a plan's tables, zones and map into an output folder."""
    folder.write_table(plan.proposals.assign(basis=describe_basis(record)), block_columns.BLOCK_PROPOSALS)
    folder.write_table(plan.postcodes, block_columns.BLOCK_POSTCODES)
    folder.write_table(plan.points, block_columns.BLOCK_POINTS)
    folder.write_table(plan.eligible, block_columns.ELIGIBLE_PROVIDERS)
    folder.write_table(plan.next_providers, decision_columns.NEXT_PROVIDERS)
    folder.write_table(plan.rollout, decision_columns.ROLLOUT)
    folder.write_table(plan.neighbours, block_columns.NEIGHBOURS)
    write_left_out(folder, batch)
    tables, ground = batch.county.tables, batch.county.ground
    cells = postcode_cells(ground.directory.frame, district_codes=ground.district_codes)
    areas = find_outlines(batch.county)
    write_prospectus(folder, plan, batch.county, cells=cells, areas=areas, record=record)
    write_maps(
        folder,
        cells=cells,
        areas=areas,
        postcodes=plan.postcodes,
        proposals=plan.proposals,
        demand=sum_demand(tables.packages[tables.packages["placed"]], by="sector"),
        record=record,
        county=batch.county.settings.county.name,
    )


def write_asked(folder: OutputFolder, batch: Batch, locks: Locks | None) -> None:
    """Write the locks that were asked for beside the council's own, where there are any."""
    if locks is not None and describe_locks(locks):
        folder.write_table(tabulate_locks(batch.county.tables.locks, locks), PLAN_LOCKS)


def write_exit(folder: OutputFolder, exit_plan: ExitPlan) -> None:
    """Write what becomes of a company's blocks and hours beside the plan."""
    folder.write_table(exit_plan.blocks, decision_columns.EXIT_BLOCKS)
    folder.write_table(exit_plan.hours, decision_columns.EXIT_HOURS)
    folder.write_table(exit_plan.postcodes, decision_columns.EXIT_POSTCODES)


def find_outlines(county: County) -> gpd.GeoDataFrame:
    """Find sectors and districts to draw: the council's own, or approximate ones round the postcodes."""
    tables, ground = county.tables, county.ground
    if tables.areas is not None and (tables.areas["area_type"] == "sector").any():
        return tables.areas
    return approximate_areas(ground.directory, ground.district_codes, names=tables.district_names)


def write_left_out(folder: OutputFolder, batch: Batch) -> None:
    """Write the rows without a place and, where there are any, those that were rejected: the notes name both files."""
    folder.write_table(list_unplaced(batch), block_columns.UNPLACED)
    if len(batch.county.tables.rejected):
        folder.write_table(batch.county.tables.rejected, block_columns.REJECTED)


def list_unplaced(batch: Batch) -> pd.DataFrame:
    """List every row that has no place: no such postcode, over the border, or off the roads, with the reason."""
    tables = batch.county.tables
    off = batch.matrix.unplaced.drop_duplicates("postcode").set_index("postcode")["reason"]
    packages, providers = tables.packages, tables.providers
    # An office may well lie elsewhere; a package there can be in no zone of this county.
    abroad = packages["placed"] & ~packages["postcode"].isin(tables.county_postcodes.index)
    found = [
        tables.unplaced,
        _unplaced_rows(packages[abroad], "packages", "package_id", "outside the county's districts"),
        _unplaced_rows(packages[~abroad & packages["postcode"].isin(off.index)], "packages", "package_id", off),
        _unplaced_rows(providers[providers["postcode"].isin(off.index)], "providers", "provider_id", off),
    ]
    return pd.concat([frame for frame in found if len(frame)] or found[:1], ignore_index=True)


def _unplaced_rows(rows: pd.DataFrame, table: str, key: str, reason: str | pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "table": table,
            "row": rows["row"],
            "id": rows[key],
            "postcode": rows["postcode"],
            "reason": reason if isinstance(reason, str) else rows["postcode"].map(reason),
        }
    )
