"""No share, rate or ratio without its count, its denominator and its interval, in any table that can be written."""

import dataclasses
import importlib
import pkgutil

import pytest

import marketmap.outputs
from marketmap.outputs.schema.columns import Column, Evidence, OutputTable
from marketmap.outputs.schema.dictionary import OUTPUT_TABLES
from marketmap.outputs.schema.evidence import find_bare_percents, find_bare_rates

SHARE = Column("long_share", "share", "Long ones", evidence=Evidence("long", "waits", "share_low", "share_high"))
BESIDE = tuple(Column(name, "count", "") for name in ("long", "waits")) + tuple(
    Column(name, "share", "") for name in ("share_low", "share_high")
)
GOOD = OutputTable("internal/waits.csv", "each area", (SHARE, *BESIDE))


def test_every_table_that_stands_in_the_code_is_listed() -> None:
    found = {}
    for module in pkgutil.walk_packages(marketmap.outputs.__path__, "marketmap.outputs."):
        if ".schema." in module.name or module.name.endswith("columns"):
            held = vars(importlib.import_module(module.name)).values()
            found |= {table.path: table for table in held if isinstance(table, OutputTable)}
    assert set(found) == {table.path for table in OUTPUT_TABLES}
    assert len({table.path for table in OUTPUT_TABLES}) == len(OUTPUT_TABLES)


@pytest.mark.parametrize("table", OUTPUT_TABLES, ids=lambda table: table.path)
def test_no_rate_stands_alone(table: OutputTable) -> None:
    assert list(find_bare_rates(table)) == []


def test_a_share_with_all_beside_it_passes() -> None:
    assert list(find_bare_rates(GOOD)) == []


@pytest.mark.parametrize("left_out", ["long", "waits", "share_low", "share_high"])
def test_a_share_that_lacks_any_of_them_is_found(left_out: str) -> None:
    columns = tuple(column for column in GOOD.columns if column.name != left_out)
    (fault,) = find_bare_rates(dataclasses.replace(GOOD, columns=columns))
    assert f"long_share: no column {left_out}" in fault


@pytest.mark.parametrize(
    ("column", "what"),
    [
        (Column("refusals", "share", ""), "a share without count"),
        (Column("waits_per", "rate", ""), "a rate without count"),
        (Column("risk", "ratio", ""), "a ratio without count"),
        (Column("in_blocks", "part", ""), "does not name its whole"),
        (Column("refused_share", "index", ""), "reads like a share"),
        (Column("refusal_rate", "count", ""), "reads like a share"),
        (Column("double_handed", "text", "", "per cent"), "reads like a share"),
        (Column("hours_65", "hours", "", "hours a 1,000 people"), "reads like a share"),
    ],
)
def test_a_rate_in_disguise_is_found(column: Column, what: str) -> None:
    (fault,) = find_bare_rates(OutputTable("internal/a.csv", "each area", (column,)))
    assert what in fault


def test_per_cents_of_a_page_need_something_behind_them() -> None:
    page = """<style>td { width: 40% }</style><p>53% of long waiters are rural.</p>
    <p>53% of 145 long waiters are rural.</p><table><tr><td>Rural</td><td>12 %</td></tr>
    <tr><td>Urban</td><td>12 % (7 to 19 %)</td></tr></table><li>n = 40: 5%</li><dd>5 per cent</dd>"""
    assert find_bare_percents(page) == ["53% of long waiters are rural.", "Rural 12 %", "5 per cent"]
