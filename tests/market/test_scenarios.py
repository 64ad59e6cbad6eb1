"""Growth scenarios: the finest area that has a factor gives it, and what none is about is counted."""

import pandas as pd
import pytest

from marketmap.market.scenarios import COLUMNS, measure_scenarios
from tests.market.test_demand import make_packages, make_places

PLACES = make_places({"A": "D1", "B": "D1", "C": "D2"})
PLACES.of["sector"] = ["S1", "S2", "S3"]


def make_growth(*rows: tuple[str, int, float, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["area_code", "year", "factor", "age_band"])


def test_a_sector_s_factor_goes_before_its_district_s() -> None:
    packages = make_packages(
        postcode=["A", "B", "C", "Z"], hours_week=[10.0, 10.0, 5.0, 1.0], carers_required=[2, 1, 1, 1],
        status=["active", "waiting", "active", "active"],
    )  # fmt: skip
    growth = make_growth(("D1", 2030, 1.5, None), ("S1", 2030, 2.0, None), ("D1", 2035, 3.0, None))
    table = measure_scenarios(packages, growth, PLACES, by="district_code").set_index(["area_code", "year"])
    first = table.loc[("D1", 2030)]
    assert first["contact_hours"] == pytest.approx(10 * 2.0 + 10 * 1.5)
    assert first["carer_hours"] == pytest.approx(10 * 2 * 2.0 + 10 * 1.5)
    assert first["factor"] == pytest.approx(35 / 20)
    assert first["hours_no_factor"] == 0.0
    assert table.loc[("D1", 2035), "contact_hours"] == pytest.approx(60.0)
    assert table.loc[("D2", 2030), ["contact_hours", "factor", "hours_no_factor"]].tolist() == [5.0, 1.0, 5.0]
    assert table.loc[("unplaced", 2030), "hours_no_factor"] == 1.0
    assert set(table["age_band"]) == {"all"}


def test_age_bands_stand_beside_one_another() -> None:
    packages = make_packages(postcode=["A"], hours_week=[10.0])
    growth = make_growth(("D1", 2030, 1.1, "65plus"), ("D1", 2030, 1.3, "85plus"))
    table = measure_scenarios(packages, growth, PLACES, by="county")
    assert table.set_index("age_band")["contact_hours"].to_dict() == pytest.approx({"65plus": 11.0, "85plus": 13.0})


@pytest.mark.parametrize("growth", [None, make_growth()])
def test_without_the_growth_table_there_is_nothing(growth: pd.DataFrame | None) -> None:
    table = measure_scenarios(make_packages(postcode=["A"]), growth, PLACES, by="county")
    assert table.empty
    assert tuple(table.columns) == COLUMNS


def test_nobody_grows_to_nothing() -> None:
    packages = make_packages(postcode=["A"]).iloc[:0]
    table = measure_scenarios(packages, make_growth(("D1", 2030, 1.5, None)), PLACES, by="county")
    assert table.empty
    assert tuple(table.columns) == COLUMNS
