"""Two villages and two providers, each with one package in the other's village: what a swap is for."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.settings import Settings, SwapSettings
from marketmap.travel import TravelTimes
from tests.blocks.small_county import make_street, make_tables, make_times

# Ten homes a village, a minute between neighbours (500 m), and 30 km from one village to the other.
HOMES = 10
WEST, EAST = range(HOMES), range(HOMES, 2 * HOMES)


def villages() -> pd.DataFrame:
    street = make_street(2 * HOMES, metres=500.0)
    return street.assign(easting=street["easting"] + np.repeat([0.0, 30_000.0], HOMES))


def crossed(
    *, packages: dict[int, dict[str, Any]] | None = None, providers: dict[str, dict[str, Any]] | None = None
) -> tuple[Tables, TravelTimes]:
    """Provider A in the west with a package in the east, B the other way round; ten hours each, no hours spare.

    ``packages`` changes the package of a home, ``providers`` a provider; further providers may be named.
    """
    street = villages()
    rows = []
    for home, postcode in enumerate(street.index):
        holder = "A" if home in WEST else "B"
        if home in (WEST[4], EAST[4]):
            holder = "B" if holder == "A" else "A"
        rows.append({"postcode": postcode, "provider_id": holder, **(packages or {}).get(home, {})})
    offers = {name: {"provider_id": name, "hours_spare_week": 0.0} for name in ("A", "B")}
    for name, changes in (providers or {}).items():
        offers[name] = {"provider_id": name, "hours_spare_week": 0.0} | offers.get(name, {}) | changes
    tables = make_tables(rows, list(offers.values()), postcodes=street)
    return tables, make_times(street)


def swap_settings(**values: Any) -> Settings:
    return dataclasses.replace(Settings(), swaps=SwapSettings(**{"tolerance": 0.1, **values}))


def moves_of(frame: pd.DataFrame) -> set[tuple[str, str, str]]:
    return set(frame[["package_id", "from_provider_id", "to_provider_id"]].itertuples(index=False, name=None))
