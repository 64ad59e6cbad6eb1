"""Every measure of flow, cost and price fills the table that is described for it, and only it."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from marketmap.market.cost_change import measure_cost_change
from marketmap.market.demand import describe_packages
from marketmap.market.monitor import monitor_blocks
from marketmap.market.package_growth import measure_growth
from marketmap.market.places import name_areas
from marketmap.market.price import measure_prices
from marketmap.market.reablement import measure_reablement
from marketmap.market.refusals import (
    count_reasons,
    list_answers,
    refusals_by_area,
    refusals_by_band,
    refusals_by_provider,
)
from marketmap.market.waits import count_waiting_places, draw_wait_curves, list_waits, measure_waits
from marketmap.outputs.files.tables import encode_table, read_table
from marketmap.outputs.schema.columns import OutputTable
from marketmap.outputs.schema.cost import COST_TABLES
from marketmap.outputs.schema.flow import FLOW_TABLES
from marketmap.settings import Settings
from tests.market.test_monitor import make_county
from tests.market.two_lanes import SNAPSHOT, make_places

TABLES = {Path(table.path).stem: table for table in (*FLOW_TABLES, *COST_TABLES)}
SETTINGS = Settings()
PLACES = make_places()


def make_frames() -> dict[str, pd.DataFrame]:
    """Run every measure on the block monitor's street, with one package dated twice and one episode of reablement."""
    tables = make_county()
    lines = tables.package_lines
    older = lines.iloc[:1].assign(effective_to=pd.Timestamp("2026-08-01"), hours_week=20.0)
    since = lines["effective_from"].where(lines.index > 0, pd.Timestamp("2026-08-01"))
    lines = pd.concat([older, lines.assign(effective_from=since)])
    lines = lines.assign(ready_date=lines["request_date"]).reset_index(drop=True)
    packages = lines.iloc[1:].assign(placed=True).reset_index(drop=True)
    tables.package_lines, market = lines, SETTINGS.market  # type: ignore[misc]  # a stand-in, not the frozen class
    waits = list_waits(lines, snapshot_date=SNAPSHOT, settings=market)
    answers = list_answers(tables, settings=market)
    monitor = monitor_blocks(tables, settings=SETTINGS)
    growth = measure_growth(lines, snapshot_date=SNAPSHOT, settings=market)
    calls = pd.DataFrame({"package_id": ["K2"], "time_band": ["bed"]})
    episodes = pd.DataFrame(
        {
            "area_code": ["GL7 1"],
            "referral_date": pd.to_datetime(["2026-05-01"]),
            "start_date": pd.to_datetime(["2026-05-04"]),
            "end_date": pd.to_datetime(["2026-05-30"]),
            "outcome": ["home_independent"],
        }
    )
    reablement = measure_reablement(
        episodes, PLACES, by="sector", snapshot_date=SNAPSHOT, settings=replace(market, reablement_places=3)
    )
    described = describe_packages(packages, settings=SETTINGS.blocks)
    by_area = {
        "waits": measure_waits(waits, packages, PLACES, by="sector", settings=market),
        "wait_curves": draw_wait_curves(waits, PLACES, by="sector"),
        "waiting_where": count_waiting_places(waits, PLACES, by="sector"),
        "refusals": refusals_by_area(answers, PLACES, by="sector"),
        "prices": measure_prices(packages, described, PLACES, by="sector", snapshot_date=SNAPSHOT, settings=market),
        "reablement": reablement.areas,
        "reablement_weeks": reablement.weeks,
    }
    return {name: name_areas(frame, PLACES) for name, frame in by_area.items()} | {
        "refusals_providers": refusals_by_provider(answers),
        "refusals_bands": refusals_by_band(answers, calls),
        "refusals_reasons": count_reasons(answers),
        "block_monitor": monitor.weeks,
        "block_leakage": monitor.leakage,
        "package_growth": growth.providers,
        "package_growth_findings": growth.findings,
        "cost_change": measure_cost_change(lines, snapshot_date=SNAPSHOT, settings=market),
    }


FRAMES = make_frames()


@pytest.mark.parametrize("name", TABLES)
def test_a_measure_gives_its_table_and_nothing_else(name: str, tmp_path: Path) -> None:
    frame, table = FRAMES[name], TABLES[name]
    assert len(frame)
    assert set(frame.columns) == set(table.names)
    path = tmp_path / "table.csv"
    path.write_bytes(encode_table(frame, table))
    assert len(read_table(path, table)) == len(frame)
    assert b"00:00:00" not in path.read_bytes()  # days are written as days


@pytest.mark.parametrize("name", TABLES)
def test_every_estimate_stands_with_its_numbers(name: str) -> None:
    table: OutputTable = TABLES[name]
    estimates = [column for column in table.columns if column.kind in {"share", "rate", "ratio"}]
    for column in estimates:
        assert column.evidence, column.name
        assert set(column.evidence.names) <= set(table.names), column.name
        frame = FRAMES[name]
        known = frame[frame[column.name].notna()]
        assert known[[column.evidence.n, column.evidence.of]].notna().all(axis=None), column.name


def test_intervals_hold_their_estimates() -> None:
    for name, table in TABLES.items():
        for column in table.columns:
            if column.evidence and column.name + "_low" in table.names:
                frame = FRAMES[name].dropna(subset=[column.name, column.evidence.low, column.evidence.high])
                low, high = frame[column.evidence.low], frame[column.evidence.high]
                assert (low <= frame[column.name] + 1e-9).all(), (name, column.name)
                assert (frame[column.name] <= high + 1e-9).all(), (name, column.name)
