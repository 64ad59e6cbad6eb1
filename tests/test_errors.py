"""Error texts name the file, up to three rows, the column and the remedy."""

import copy
import pickle

import pytest

from marketmap.blocks.edit import EditError
from marketmap.errors import Fault, FaultsError, InputError, MarketmapError, OutputError, SettingsError


def test_a_fault_names_up_to_three_rows() -> None:
    fault = Fault("packages.csv", "not a number", "Write digits", column="hours_week", rows=(2, 5, 9, 1200))
    assert str(fault) == "packages.csv, column hours_week, rows 2, 5, 9 and 1 more: not a number. Write digits"


def test_all_faults_stand_in_one_text() -> None:
    text = str(InputError([Fault("a.csv", "empty", "Fill it"), Fault("b.csv", "binary", "Save as CSV", rows=(3,))]))
    assert "2 faults" in text
    assert "1. a.csv: empty. Fill it" in text
    assert "2. b.csv, row 3: binary. Save as CSV" in text


@pytest.mark.parametrize(
    "error",
    [
        InputError([Fault("a.csv", "empty", "Fill it", rows=(3,))]),
        SettingsError([Fault("county.toml", "unknown key", "Remove it", column="a")]),
        EditError("Not moved", "it is locked", "Unlock it"),
        OutputError("The disk is full."),
    ],
)
def test_an_error_is_the_same_in_another_process(error: MarketmapError) -> None:
    for made in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301  our own
        assert type(made) is type(error)
        assert str(made) == str(error)
        assert vars(made) == vars(error)
        assert isinstance(made, FaultsError) == hasattr(made, "faults")
