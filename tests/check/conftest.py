"""What every test of the checker shares."""

import pytest

from marketmap.check import directory


@pytest.fixture(autouse=True)
def only_one_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read one letter of the postcode package: the tiny county has a directory of its own."""
    monkeypatch.setattr(directory, "LETTERS", "G")
