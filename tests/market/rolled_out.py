"""A county in which twelve blocks began between two weeks of call monitoring, for tests of its evaluation."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.market.periods import Period, make_period
from marketmap.market.places import Places
from marketmap.market.roll_out import RollOut, evaluate_roll_out
from marketmap.settings import EvaluationSettings, Settings
from marketmap.travel import TravelTimes
from tests.market.two_lanes import make_lines, make_tables

BEFORE, AFTER = pd.Timestamp("2026-01-05"), pd.Timestamp("2026-06-01")  # two Mondays
BLOCKS, SECTORS = 12, 14
BLOCK_STARTS = "2026-03-01"


def postcodes() -> pd.Index:
    """Three homes in the ground of each block, then three in each sector outside."""
    inside = [f"BB{number + 1} 1A{letter}" for number in range(BLOCKS) for letter in "ABC"]
    outside = [f"SS{number + 1} 1A{letter}" for number in range(SECTORS) for letter in "ABC"]
    return pd.Index([*inside, *outside], name="postcode")


def county(**changes: Any) -> tuple[Tables, Places, TravelTimes]:
    """Blocks each with a provider of its own, P of each sector outside; every home has a package of ten hours."""
    index = postcodes()
    ground = pd.DataFrame({"sector": [name[:-2] for name in index], "district_code": "E1"}, index=index)
    blocks = pd.DataFrame(
        {
            "block_id": [f"X{number:02d}" for number in range(BLOCKS)],
            "provider_id": [f"B{number:02d}" for number in range(BLOCKS)],
            "start_date": pd.Timestamp(BLOCK_STARTS),
            "end_date": pd.NaT,
            "status": "active",
        }
    )
    sectors = [f"BB{number + 1} 1" for number in range(BLOCKS)]
    block_areas = pd.DataFrame({"block_id": blocks["block_id"], "postcode": pd.NA, "sector": sectors})
    lines = make_lines(
        *(
            {"package_id": f"K{name}", "postcode": name, "provider_id": "P", "start_date": "2025-01-01"}
            for name in index
        ),
        *changes.pop("more_lines", []),
    )
    tables = make_tables(
        package_lines=lines, packages=lines, county_postcodes=ground, blocks=blocks, block_areas=block_areas
    )
    for name, value in changes.items():
        setattr(tables, name, value)
    of = ground.assign(rural=pd.array([True] * len(index), dtype="boolean"), rural_urban="rural")
    places = Places(
        of=of, names={}, residents=pd.DataFrame(), rural_basis="made up", levels=("sector", "district_code")
    )
    minutes = np.full((len(index), len(index)), 6.0, dtype=np.float32)
    np.fill_diagonal(minutes, 0.0)
    return tables, places, cast("TravelTimes", SimpleNamespace(postcodes=index, minutes=minutes))


def log(first: pd.Timestamp, *, hours: dict[str, float] | None = None, days: int = 7) -> Period:
    """A week in which one carer a sector visits its three homes an hour each, every day, but for ``hours``."""
    rows = []
    for name in postcodes():
        sector = name[:-2]
        length = (hours or {}).get(sector, 1.0)
        for day in range(days):
            start = first + pd.Timedelta(days=day, hours=8 + "ABC".index(name[-1]) * 2)
            rows.append((f"{name} {day}", f"C{sector}", "P", f"K{name}", start, start + pd.Timedelta(hours=length)))
    names = ["visit_id", "carer_id", "provider_id", "package_id", "planned_start", "planned_end"]
    visits = pd.DataFrame(rows, columns=names).assign(status="delivered", postcode=None)
    for name in ("planned_start", "planned_end"):
        visits[name] = visits[name].dt.tz_localize("Europe/London")
    return make_period(visits)


def settings(**values: Any) -> Settings:
    return dataclasses.replace(Settings(), evaluation=EvaluationSettings(**{"least_hours": 1.0, **values}))


def evaluate(case: tuple[Tables, Places, TravelTimes], before: Period, after: Period, **options: Any) -> RollOut:
    tables, places, times = case
    return evaluate_roll_out(
        tables, places, before, after, matrix=times, settings=options.pop("settings", settings()), **options
    )
