"""Two plans of one county side by side, from their files: figures, and which hours would be with somebody else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.outputs.files.reading import PlanFiles
from marketmap.outputs.maps.zones import SPOT
from marketmap.outputs.views.plan_view import sum_headline

NO_PROVIDER = "left to spot purchase"
MINUTES_HOUR = 60.0


@dataclass(frozen=True)
class Figure:
    """A figure of a plan as it is told: its name, its unit, and how it is written."""

    name: str
    unit: str
    shape: str = "{:,.0f}"


FIGURES = {
    "blocks": Figure("Blocks", "blocks"),
    "proposed": Figure("Of these proposed, not let or held", "blocks"),
    "hours": Figure("Contact hours in zones", "hours a week", "{:,.1f}"),
    "guaranteed": Figure("Could be guaranteed at the start", "hours a week", "{:,.1f}"),
    "moving": Figure("Would change provider", "contact hours a week", "{:,.1f}"),
    "waiting": Figure("Waiting hours taken up", "hours a week", "{:,.1f}"),
    "driving": Figure("Driving saved, if all moved", "hours a week", "{:,.1f}"),
    "pounds": Figure("Guarantees, a year", "pounds a year"),
    "objective": Figure("Cost under the model", "model minutes a week"),
    "gap": Figure("From the best possible, at most", "per cent of that cost", "{:,.1f}"),
}


def compare_figures(first: PlanFiles, second: PlanFiles) -> pd.DataFrame:
    """Put the figures of two plans side by side.

    Returns
    -------
    DataFrame
        ``figure, unit, first, second, change`` (NaN where one does not know it) and ``shape``, how to write it; in the
        order of `FIGURES`.
    """
    values = [_figures(plan) for plan in (first, second)]
    rows = [
        (told.name, told.unit, values[0][name], values[1][name], values[1][name] - values[0][name], told.shape)
        for name, told in FIGURES.items()
    ]
    return pd.DataFrame(rows, columns=["figure", "unit", "first", "second", "change", "shape"])


def list_changes(first: PlanFiles, second: PlanFiles) -> pd.DataFrame:
    """List the postcodes that are with another provider, or in a block in one plan only.

    Returns
    -------
    DataFrame
        Indexed by postcode, those without demand too: ``block_first, provider_first, block_second, provider_second``
        (ids; "" for spot), ``was, now`` (names, or `NO_PROVIDER`), ``to_spot``.
    """
    columns = ["block_id", "suggested_provider_id", "suggested_provider_name"]
    both = first.postcodes[columns].join(second.postcodes[columns], how="inner", lsuffix="_first", rsuffix="_second")
    other = both["suggested_provider_id_first"] != both["suggested_provider_id_second"]
    inside = (both["block_id_first"] != SPOT) != (both["block_id_second"] != SPOT)
    changed = both[other | inside]
    return pd.DataFrame(
        {
            "block_first": changed["block_id_first"],
            "provider_first": changed["suggested_provider_id_first"],
            "block_second": changed["block_id_second"],
            "provider_second": changed["suggested_provider_id_second"],
            "was": changed["suggested_provider_name_first"].where(changed["block_id_first"] != SPOT, NO_PROVIDER),
            "now": changed["suggested_provider_name_second"].where(changed["block_id_second"] != SPOT, NO_PROVIDER),
            "to_spot": changed["block_id_second"] == SPOT,
        },
        index=changed.index,
    )


def sum_changes(changes: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Sum what changes by pairs of blocks: the table `PLAN_DIFFERENCES`, most hours first.

    Parameters
    ----------
    changes
        As `list_changes` gives them.
    points
        ``postcode, packages, contact_hours`` of either plan: the same in both.
    """
    demand = points.set_index("postcode")[["packages", "contact_hours"]]
    joined = changes.join(demand, how="inner").assign(postcodes=1)
    keys = ["block_first", "provider_first", "was", "block_second", "provider_second", "now"]
    sums = joined.groupby(keys, as_index=False)[["postcodes", "packages", "contact_hours"]].sum()
    return sums.sort_values(["contact_hours", *keys], ascending=[False, *[True] * len(keys)], ignore_index=True)


def share_elsewhere(differences: pd.DataFrame, first: PlanFiles) -> float:
    """Work out which share of the first plan's block hours is elsewhere in the second (0 where it has none)."""
    hours = float(first.proposals["hours_zone"].sum())
    moved = float(differences.loc[differences["block_first"] != SPOT, "contact_hours"].sum())
    return moved / hours if hours else 0.0


def _figures(plan: PlanFiles) -> dict[str, float]:
    solver = plan.record.solver
    objective, gap = solver.get("objective"), plan.record.gap
    values = sum_headline(plan) | {
        "objective": np.nan if objective is None else float(objective),
        "gap": np.nan if gap is None else 100 * gap,
    }
    return values | {"driving": values["driving"] / MINUTES_HOUR}
