"""A waiting-list run, the whole way: a council's folder in, who could take each person who waits out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from marketmap.blocks.waiting import BlockZones, find_matches, find_nearest_providers, zones_already_let
from marketmap.inputs.county import County, Tables
from marketmap.inputs.locks import SPOT
from marketmap.market.places import CRS
from marketmap.outputs.files.folder import refuse_own_source
from marketmap.outputs.files.origin import read_given
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.plans.zones import read_zones
from marketmap.outputs.runs.batch import Stage, roads_of, say_nothing
from marketmap.outputs.runs.frame import open_run
from marketmap.outputs.schema.waiting import LOOKUP, WAITING_MATCHES, WAITING_TOTALS
from marketmap.travel.matrix import travel_matrix


def run_waiting(
    county_folder: Path,
    out: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    plan_folder: Path | None = None,
    seed: int | None = None,
    command: Sequence[str] = ("waiting",),
    on_stage: Stage = say_nothing,
) -> RunRecord:
    """Match the people who wait and write the matches and the look-up list, whole or not at all.

    Parameters
    ----------
    county_folder, overrides, on_stage
        As for `marketmap.outputs.runs.batch.prepare`.
    out
        The output folder.
    plan_folder
        The output folder of a blocks run; where not given, only the blocks already let count.
    seed
        The settings' own where not given.
    command
        What was typed, for the record.

    Raises
    ------
    MarketmapError
        With the text to show; the output folder is then as it was.
    """
    refuse_own_source(out, plan_folder)
    planned = None  # read before anything slow
    if plan_folder is not None:
        planned = read_zones(plan_folder, read_given(plan_folder, county_folder, given="plan"))
    with open_run(county_folder, out, overrides=overrides, seed=seed, command=command, on_stage=on_stage) as run:
        county, matrix = run.batch.county, run.batch.matrix
        tables, settings = county.tables, county.settings
        zones = zones_already_let(tables) if planned is None else planned
        on_stage("Matching the people who wait")
        found = find_matches(tables, matrix, settings, zones=zones, seed=run.seed)
        on_stage("Finding the nearest providers of every postcode")
        nearest = find_nearest_providers(tables, matrix, settings, measure=_Measure(county))
        total = found.totals.iloc[0]
        lookup = make_lookup(tables, zones, nearest)
        tabled = [(found.rows, WAITING_MATCHES), (found.totals, WAITING_TOTALS), (lookup, LOOKUP)]
        return run.finish(
            [(frame.assign(basis=f"Blocks: {zones.basis}."), table) for frame, table in tabled],
            notes=found.notes,
            summary=_sum_up(total),
        )


def _sum_up(total: pd.Series) -> str:
    if not total["people_waiting"]:
        return "Nobody waits for a provider in this extract."
    return (
        f"{total['people_matched']:,} of {total['people_waiting']:,} waiting packages could be taken up within "
        f"everybody's spare hours. Of the others: the spare hours go to somebody else {total['people_outbid']:,}, "
        f"nobody fits {total['people_nobody_fits']:,}, not placed by this list {total['people_not_placed']:,}."
    )


def make_lookup(tables: Tables, zones: BlockZones, nearest: pd.DataFrame) -> pd.DataFrame:
    """Make the look-up list: block, provider, backup and nearest providers of every postcode of the county."""
    county = tables.county_postcodes
    names = tables.providers.drop_duplicates("provider_id").set_index("provider_id")["provider_name"]
    known = zones.by_postcode.reindex(county.index)
    table = pd.DataFrame(
        {
            "postcode": county.index,
            "block_id": known["block_id"].fillna(SPOT).to_numpy(),
            "provider_id": known["provider_id"].fillna("").to_numpy(),
            "backup_provider_id": known["backup_provider_id"].fillna("").to_numpy(),
            "nearest_provider_ids": nearest["nearest_provider_ids"].to_numpy(),
            "nearest_minutes": nearest["nearest_minutes"].to_numpy(),
        }
    )
    for kind in ("provider", "backup_provider"):
        table[f"{kind}_name"] = table[f"{kind}_id"].map(names).fillna("")
    return table


class _Measure:
    """Minutes by road from every postcode of a county to some places."""

    def __init__(self, county: County) -> None:
        self._county = county

    def __call__(self, centres: pd.DataFrame) -> NDArray[np.float32]:
        """Measure (postcodes, centres)."""
        postcodes = self._county.tables.county_postcodes
        return travel_matrix(
            roads_of(self._county),
            _points(postcodes),
            _points(centres),
            scenario=self._county.settings.travel.scenario,
        )


def _points(frame: pd.DataFrame) -> gpd.GeoSeries:
    east, north = frame["easting"].astype(float), frame["northing"].astype(float)
    return gpd.GeoSeries.from_xy(east, north, index=frame.index, crs=CRS)
