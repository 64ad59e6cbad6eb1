import dataclasses

import pandas as pd
import pytest

from marketmap.inputs.county import County
from marketmap.market.waiting_list import COLUMNS, RISKS, list_waiting
from tests.measured import Measured


@pytest.fixture(scope="module")
def county(measured: Measured) -> County:
    return measured.county


def waiting(county: County, **changes: pd.DataFrame) -> pd.DataFrame:
    tables = county.tables
    if changes:
        tables = dataclasses.replace(tables, packages=changes["packages"], package_lines=changes["lines"])
    rows, notes = list_waiting(tables, settings=county.settings.market)
    assert list(rows.columns) == COLUMNS
    assert notes
    return rows


def test_everybody_who_waits_is_listed_once_and_nobody_else(county: County) -> None:
    packages = county.tables.packages
    wanted = packages.loc[packages["status"] == "waiting", "package_id"]
    assert len(wanted) > 5
    assert sorted(waiting(county)["package_id"]) == sorted(wanted)


def test_days_run_from_the_settings_clock_to_the_extract(county: County) -> None:
    rows = waiting(county).set_index("package_id")
    packages = county.tables.packages.set_index("package_id").loc[rows.index]
    day = pd.Timestamp(county.tables.snapshot_date)
    assert rows["days"].tolist() == (day - packages["ready_date"]).dt.days.tolist()
    assert (rows["long"] == (rows["days"] > county.settings.market.long_wait_days)).all()
    assert rows["long"].any()


def test_the_greatest_risk_comes_first_and_within_it_the_longest_wait(county: County) -> None:
    rows = waiting(county)
    assert rows["risk"].is_monotonic_increasing
    assert len(set(rows["risk"])) > 1
    for _, own in rows.groupby("risk"):
        assert own["days"].is_monotonic_decreasing


def test_where_nobody_says_where_they_wait_the_risk_is_not_known(county: County) -> None:
    packages, lines = county.tables.packages.copy(), county.tables.package_lines.copy()
    packages["waiting_where"] = None
    for name in ("ready_date", "request_date"):
        packages[name] = lines[name] = pd.NaT
    rows = waiting(county, packages=packages, lines=lines)
    assert set(rows["risk"]) == {RISKS[""]}
    assert rows["days"].isna().all()
    assert not rows["long"].any()


def test_nobody_waits(county: County) -> None:
    packages = county.tables.packages
    calm = packages[packages["status"] != "waiting"].reset_index(drop=True)
    assert waiting(county, packages=calm, lines=county.tables.package_lines).empty
