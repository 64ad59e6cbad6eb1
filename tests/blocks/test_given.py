"""Tables, times and settings made by hand: alike ones give one plan and stay as they were; others are refused."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks import Plan, Stop, propose
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from marketmap.settings import BlockSettings, Settings
from marketmap.travel import TravelTimes
from tests.blocks.small_county import make_street, make_tables, make_times

SETTINGS = dataclasses.replace(Settings(), blocks=BlockSettings(min_hours=10, max_hours=60))
STREET = make_street(12)
TIMES = make_times(STREET)
TABLES = make_tables(
    [{"postcode": name, "provider_id": "AB"[number % 2]} for number, name in enumerate(STREET.index)],
    [{"provider_id": "A"}, {"provider_id": "B"}],
    postcodes=STREET,
)
TEXTS = ["postcode", "status", "service_type", "funding", "provider_id", "sector", "district_code"]


def plan_of(tables: Any = TABLES, times: Any = TIMES, settings: Any = SETTINGS, **others: Any) -> Plan:
    return propose(tables, times, settings, stop=Stop(max_iterations=20), **others)


def packages(**columns: Any) -> Tables:
    return dataclasses.replace(TABLES, packages=TABLES.packages.assign(**columns))


def shuffle_times() -> TravelTimes:
    order = np.random.default_rng(0).permutation(len(STREET))
    minutes = TIMES.minutes[np.ix_(order, order)].astype(np.float64)
    minutes.setflags(write=False)
    return dataclasses.replace(
        TIMES,
        postcodes=TIMES.postcodes[order],
        minutes=minutes,
        neighbours=TIMES.neighbours[::-1].rename(columns={"postcode_a": "postcode_b", "postcode_b": "postcode_a"}),
    )


ALIKE: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "shuffled": lambda rows: rows.sample(frac=1, random_state=3),
    "labelled": lambda rows: rows.set_axis([f"row {number}" for number in range(len(rows))]),
    "categories": lambda rows: rows.astype({name: "category" for name in TEXTS if name in rows}),
    "pyarrow": lambda rows: rows.convert_dtypes(dtype_backend="pyarrow"),
    "objects": lambda rows: rows.astype(object),
    "further columns": lambda rows: rows.assign(shoe_size=[[42]] * len(rows)),
}


@pytest.mark.parametrize("dress", ALIKE)
def test_the_same_county_in_another_dress_gives_the_same_plan_and_stays_as_it_was(dress: str) -> None:
    wear, plain = ALIKE[dress], plan_of()
    tables = dataclasses.replace(TABLES, packages=wear(TABLES.packages), providers=wear(TABLES.providers))
    before = tables.packages.copy(), tables.providers.copy()
    found = plan_of(tables, shuffle_times())
    pd.testing.assert_frame_equal(tables.packages, before[0])
    pd.testing.assert_frame_equal(tables.providers, before[1])
    assert len(plain.proposals) >= 1
    assert found.proposals.to_csv() == plain.proposals.to_csv()
    assert found.points.to_csv() == plain.points.to_csv()
    assert (found.objective, found.lower_bound) == (plain.objective, plain.lower_bound)


def times(**columns: Any) -> TravelTimes:
    return dataclasses.replace(TIMES, **columns)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"tables": None}, "tables is a NoneType; give a Tables"),
        ({"times": TIMES.minutes}, "matrix is a ndarray; give a TravelTimes"),
        ({"settings": SETTINGS.blocks}, "settings is a BlockSettings; give a Settings"),
        ({"locks": "B001"}, "locks is a str; give a Locks"),
        ({"times": times(minutes=TIMES.minutes[:5, :5])}, r"matrix.minutes has shape \(5, 5\); for 12 postcodes"),
        ({"times": times(minutes=np.full((12, 12), np.nan))}, "matrix.minutes holds values that are no times"),
        ({"times": times(minutes=TIMES.minutes - 1)}, "matrix.minutes holds values that are no times"),
        ({"times": times(postcodes=list(TIMES.postcodes))}, "matrix.postcodes is a list"),
        ({"times": times(postcodes=TIMES.postcodes[[0] * 12])}, "matrix.postcodes holds a postcode twice"),
        ({"tables": packages(hours_week=1e18)}, "packages.hours_week holds no figure of 0 or more in row 2"),
        ({"tables": packages(visits_week=np.nan)}, "packages.visits_week holds no figure of 0 or more in row 2"),
        ({"tables": packages(district_code=pd.NA)}, "packages.district_code is blank though .* in row 2"),
        ({"tables": packages(provider_id=1)}, "packages.provider_id holds .*1.*: identifiers are text"),
        ({"tables": packages(package_id="K000")}, "packages.package_id holds the same package_id twice.* in row 3"),
        (
            {"tables": dataclasses.replace(TABLES, packages=TABLES.packages.drop(columns=["hours_week", "status"]))},
            "packages lacks status, hours_week",
        ),
        (
            {"tables": dataclasses.replace(TABLES, providers=TABLES.providers.set_axis([7, 7]))},
            "providers has an index with labels twice",
        ),
    ],
)
def test_what_is_no_county_is_refused_by_name(given: dict[str, Any], text: str) -> None:
    with pytest.raises(PlanError, match=f"^No plan can be made of this: {text}"):
        plan_of(**given)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(PlanError, match=r"packages\.hours_week .*matrix\.minutes has shape"):
        plan_of(packages(hours_week=-1.0), times(minutes=TIMES.minutes[:1]))
