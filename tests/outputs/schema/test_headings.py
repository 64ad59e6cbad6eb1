import re

import pytest

from marketmap.outputs.schema.columns import Column, OutputTable
from marketmap.outputs.schema.dictionary import OUTPUT_TABLES
from marketmap.outputs.schema.headings import HEADINGS, add_unit, head_column

# Longer ones make heads of a sheet that nobody reads.
LONGEST = 115


@pytest.mark.parametrize("table", OUTPUT_TABLES, ids=lambda table: table.path)
def test_every_column_has_a_head_of_its_own_in_words(table: OutputTable) -> None:
    heads = [column.head for column in table.columns]
    assert len(set(heads)) == len(heads), sorted(head for head in heads if heads.count(head) > 1)
    for head in heads:
        assert "_" not in head
        assert head[0].isupper() or not head[0].isalpha()
        assert len(head) <= LONGEST
        assert not re.search(r"\b\d+w\b", head)


def test_no_heading_is_of_a_column_that_there_is_no_more() -> None:
    names = {column.name for table in OUTPUT_TABLES for column in table.columns}
    assert sorted(set(HEADINGS) - names) == []


@pytest.mark.parametrize("table", OUTPUT_TABLES, ids=lambda table: table.path)
def test_the_ends_of_an_interval_are_called_after_a_column_of_their_table(table: OutputTable) -> None:
    figures = {head_column(column.name): column.kind for column in table.columns}
    for column in table.columns:
        figure, comma, _ = head_column(column.name).rpartition(", interval ")
        if comma:
            assert figure in figures, column.name
            assert (figures[figure] == "count") == (column.kind == "count"), column.name


def test_both_ends_of_an_interval_are_called_after_its_figure() -> None:
    assert head_column("leaked_share_low") == "Part begun with another provider, interval from"
    assert head_column("leaked_share_high") == "Part begun with another provider, interval to"
    assert head_column("hours_delivered") == "Hours delivered"


@pytest.mark.parametrize(
    ("heading", "unit", "told"),
    [
        ("Packages waiting", "packages", "Packages waiting"),
        ("Rank by travel", "number", "Rank by travel"),
        ("Hours waiting", "hours a week", "Hours waiting (hours a week)"),
        ("Block", "", "Block"),
    ],
)
def test_a_unit_is_told_once(heading: str, unit: str, told: str) -> None:
    assert add_unit(heading, unit) == told
    assert Column("block_id", "text", "x").head == "Block"
