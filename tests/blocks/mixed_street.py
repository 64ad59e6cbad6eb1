"""A street where four providers pass each other: rich enough to have other plans, small enough to solve in a second."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from marketmap.blocks import Plan, Stop, propose
from marketmap.inputs.county import Tables
from marketmap.settings import BlockSettings, Settings
from tests.blocks.small_county import make_rounds, make_street, make_tables, make_times

PROVIDERS = ("A", "B", "C", "D")


def mixed_tables(*, points: int = 60, seed: int = 3, **provider: object) -> Tables:
    """Homes along a street, each with a package of one of four providers in no order, some with a person who waits."""
    random = np.random.default_rng(seed)
    street = make_street(points, metres=400.0)
    packages = []
    for number, postcode in enumerate(street.index):
        holder = PROVIDERS[int(random.integers(len(PROVIDERS)))]
        hours = float(random.integers(8, 15))
        packages.append({"postcode": postcode, "provider_id": holder, "hours_week": hours, "visits_week": 2 * hours})
        if number % 5 == 2:
            packages.append({"postcode": postcode, "provider_id": None, "status": "waiting", "hours_week": 6.0})
    tables = make_tables(
        packages,
        [{"provider_id": name, "hours_spare_week": 90.0, **provider} for name in PROVIDERS],
        postcodes=street,
    )
    return dataclasses.replace(tables, visits=make_rounds(tables.packages))


def mixed_settings(**values: object) -> Settings:
    blocks = {
        "min_hours": 40.0,
        "max_hours": 110.0,
        "block_cost_minutes": 5.0,
        "move_minutes_hour": 1.0,
        "share_cap": 1.0,
        "patch_hours": 90.0,
        "reach_minutes": 20.0,
        **values,
    }
    return Settings(blocks=BlockSettings(**blocks))  # type: ignore[arg-type]


@functools.cache
def mixed_plan() -> Plan:
    return solve_mixed(mixed_tables())


def solve_mixed(tables: Tables, *, iterations: int = 100, **values: object) -> Plan:
    times = make_times(tables.county_postcodes)
    return propose(tables, times, mixed_settings(**values), stop=Stop(max_iterations=iterations))
