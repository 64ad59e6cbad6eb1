"""A clusters run, the whole way: a council's folder in, clusters of demand on road travel time out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from marketmap.blocks import describe_clusters
from marketmap.errors import PlanError
from marketmap.market.demand import describe_packages
from marketmap.market.footprints import hours_held
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.runs.batch import Stage, say_nothing
from marketmap.outputs.runs.frame import open_run
from marketmap.outputs.schema import block as block_columns
from marketmap.settings import Settings
from marketmap.travel import TravelTimes


def run_clusters(
    county_folder: Path,
    out: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    command: Sequence[str] = ("clusters",),
    on_stage: Stage = say_nothing,
) -> RunRecord:
    """Find clusters of demand on road travel time and write them, whole or not at all.

    Every placeable package is in exactly one cluster. Parameters and errors as for `run_blocks`.
    """
    with open_run(county_folder, out, overrides=overrides, seed=0, command=command, on_stage=on_stage) as run:
        settings, packages = run.batch.county.settings, run.batch.county.tables.packages
        on_stage("Finding clusters")
        clusters, members = find_clusters(packages, run.batch.matrix, settings=settings)
        if clusters.empty:
            raise PlanError("No package may be placed: check blocks.service_types, blocks.funding and the road file.")
        return run.finish(
            [(clusters, block_columns.CLUSTERS), (members, block_columns.CLUSTER_POSTCODES)],
            summary=f"{len(clusters):,} clusters of demand, no two members more than "
            f"{settings.clusters.max_minutes:g} minutes apart by road.",
        )


def find_clusters(
    packages: pd.DataFrame, matrix: TravelTimes, *, settings: Settings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find the clusters of the packages that may be placed and that have road minutes.

    Parameters
    ----------
    packages
        The packages table, as `marketmap.inputs.county.Tables` holds it.
    matrix
        Road minutes between the county's postcodes.

    Returns
    -------
    clusters, members
        The tables ``clusters`` and ``cluster_postcodes`` (`marketmap.outputs.schema.block`); both empty where no
        package may be placed. Every placeable package is in exactly one cluster.
    """
    described = describe_packages(packages, settings=settings.blocks)
    chosen = described["placeable"] & packages["postcode"].isin(matrix.postcodes)
    points = pd.DataFrame(
        {
            "postcode": packages.loc[chosen, "postcode"],
            "sector": packages.loc[chosen, "sector"],
            "contact_hours": packages.loc[chosen, "hours_week"].astype(float),
            "carer_visits": described.loc[chosen, "carer_visits"],
        }
    ).groupby("postcode", sort=True)
    summed = points.agg(
        sector=("sector", "first"), packages=("sector", "size"),
        contact_hours=("contact_hours", "sum"), carer_visits=("carer_visits", "sum"),
    )  # fmt: skip
    at = matrix.postcodes.get_indexer(summed.index)
    members, clusters = describe_clusters(
        summed,
        hours_held(packages[chosen], described[chosen]),
        minutes=matrix.minutes[at][:, at],
        max_minutes=settings.clusters.max_minutes,
    )
    return clusters, members
