"""What a policy asks of people: the care that its simulated rounds give to another provider than today's."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from marketmap.errors import OutputError
from marketmap.outputs.schema.round import ROUNDS

TODAY = "today"
COLUMNS = ["policy", "visit_id", "provider_id", "package_id", "carers", "begins", "ends"]
MOVES = ["carer_hours", "carer_hours_moving", "packages", "packages_moving"]


def read_moves(folder: Path) -> pd.DataFrame:
    """Read from a run's rounds how much of each policy's care would be with another provider than today.

    Raises
    ------
    OutputError
        When the rounds cannot be read.
    """
    path = folder / ROUNDS.path
    kinds = dict.fromkeys(("policy", "provider_id", "package_id"), "category")
    try:
        # Only what is needed, as categories: a county's week has hundreds of thousands of rows.
        rounds = pd.read_csv(path, usecols=COLUMNS, dtype={**kinds, "visit_id": "str"}, keep_default_na=False)
        return tally_moves(rounds)
    except (OSError, ValueError, TypeError) as error:
        raise OutputError(
            f"{path.name}: not readable rounds. Run the same command again to write them anew."
        ) from error


def tally_moves(rounds: pd.DataFrame) -> pd.DataFrame:
    """Tally each policy's care, and what of it would be with another provider than in today's rounds.

    Parameters
    ----------
    rounds
        ``policy, visit_id, provider_id, package_id, carers, begins, ends`` (minutes), a row a visit and policy.

    Returns
    -------
    DataFrame
        Indexed by ``policy``, today left out: ``carer_hours``, ``packages`` of its rounds over the days simulated, and
        of these ``carer_hours_moving``, ``packages_moving``. A visit that today's rounds do not hold moves nowhere.
    """
    rows = rounds.assign(
        policy=rounds["policy"].astype(str),
        provider_id=rounds["provider_id"].astype(str),
        package_id=rounds["package_id"].astype(str),
        carer_hours=(rounds["ends"] - rounds["begins"]) / 60.0 * rounds["carers"],
    )
    today = rows[rows["policy"] == TODAY].set_index("visit_id")["provider_id"]
    told = {}
    for policy, part in rows[rows["policy"] != TODAY].groupby("policy", sort=False):
        was = part["visit_id"].map(today)
        moving = part[was.notna() & (was != part["provider_id"])]
        told[str(policy)] = [
            float(part["carer_hours"].sum()), float(moving["carer_hours"].sum()),
            float(part["package_id"].nunique()), float(moving["package_id"].nunique()),
        ]  # fmt: skip
    return pd.DataFrame.from_dict(told, orient="index", columns=MOVES).rename_axis("policy")
