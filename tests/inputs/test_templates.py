from pathlib import Path

import pytest

from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.county import read_county
from marketmap.inputs.templates import dictionary_markdown, write_templates

DATA = Path(__file__).parents[2] / "data"
HOW = "the contracts changed: run marketmap.inputs.templates.write_data on the data folder"


def test_the_committed_templates_are_those_of_the_contracts(tmp_path):
    written = write_templates(tmp_path)
    assert [path.stem for path in written] == list(CONTRACTS)
    assert sorted(path.name for path in (DATA / "templates").iterdir()) == sorted(path.name for path in written), HOW
    for path in written:
        assert (DATA / "templates" / path.name).read_bytes() == path.read_bytes(), HOW


def test_the_committed_dictionary_is_that_of_the_contracts():
    assert (DATA / "README.md").read_text(encoding="utf-8") == dictionary_markdown(), HOW


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.name)
def test_the_dictionary_tells_every_column_and_word(contract):
    text = dictionary_markdown({contract.name: contract})
    for column in contract.columns:
        assert f"| `{column.name}` |" in text
        assert column.about in text
        assert all(word in text for word in column.allowed)


def test_the_templates_together_are_a_county_that_reads(tmp_path):
    write_templates(tmp_path)
    tables = read_county(tmp_path).tables
    assert set(tables.files) == set(CONTRACTS)
    assert len(tables.packages) == 1
    assert tables.unplaced.empty
    assert not any("unmatched" in note for note in tables.notes)
