"""Checks of the record beside a list: its files are there, and it says in full what the list was made with."""

from __future__ import annotations

from collections.abc import Iterator

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, check
from marketmap.check.record import record_settings


@check("list-record")
def list_record(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every file that the record names is there, and that no setting hangs on a default."""
    for file in evidence.recorded("outputs"):
        if not (evidence.folder / file).is_file():
            yield Broken(file, "the file is missing")
    if not evidence.recorded("outputs"):
        yield Broken(written.RECORD, "outputs names no file")
    yield from record_settings(evidence)
