from pathlib import Path

from marketmap.outputs.schema.block import TABLES
from marketmap.outputs.schema.columns import Column
from marketmap.outputs.schema.dictionary import describe_outputs
from marketmap.outputs.schema.road import ROAD_TABLES

DOCS = Path(__file__).parents[3] / "docs" / "outputs.md"


def test_the_page_names_every_file_and_column() -> None:
    page = describe_outputs()
    for table in (*TABLES, *ROAD_TABLES):
        section = page.split(f"## {table.path}\n")[1].split("\n## ")[0]
        assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == list(table.names)


def test_the_written_page_is_the_generated_one() -> None:
    assert DOCS.read_text(encoding="utf-8") == describe_outputs(), "columns changed: the page says how to write it anew"


def test_a_heading_is_the_name_in_words_with_its_unit() -> None:
    assert Column("hours_zone", "hours", "Hours").head == "Hours in the zone (hours a week)"
    assert Column("what", "text", "What is wrong").head == "What"
