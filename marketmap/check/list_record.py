"""Checks of the record beside a list: its files are there, and it says in full what the list was made with."""

from __future__ import annotations

from collections.abc import Iterator

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.record import record_settings
from marketmap.settings import Settings


@check("list-record")
def list_record(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every file that the record names is there, and that no setting hangs on a default."""
    for file in evidence.recorded("outputs"):
        if not (evidence.folder / file).is_file():
            yield Broken(file, "the file is missing")
    if not evidence.recorded("outputs"):
        yield Broken(written.RECORD, "outputs names no file")
    yield from record_settings(evidence)


@check("list-basis")
def list_basis(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every row of every table says what it rests on: data, roads and what turned minutes into miles."""
    illustrative = bool(evidence.recorded("roads", "illustrative"))
    words = ["llustrative roads" if illustrative else "Real roads"]
    words += ["ynthetic" if evidence.recorded("synthetic") else "The council's data"]
    denied = ["Real roads" if illustrative else "llustrative roads"]
    for file in evidence.recorded("outputs"):
        if "basis" not in written.CONTRACT.get(file, {}):
            continue
        basis = evidence.written(file)["basis"]
        more = _rates(evidence.settings) if file == written.ROUND_DIFFERENCES else []
        silent = basis[[not all(word in text for word in [*words, *more]) for text in basis]]
        wrong = basis[[any(word in text for word in denied) for text in basis]]
        for rows in (silent, wrong):
            if len(rows):
                what = f"{count(len(rows), 'row')} whose basis does not say what the record says they rest on"
                yield Broken(file, what, some(rows.index + 2))


def _rates(settings: Settings) -> list[str]:
    """Name the figures that turn minutes into miles, pounds and kgCO2e."""
    market, rounds = settings.market, settings.rounds
    rates = [
        f"{market.round_kmh:g} km/h",
        f"£{market.mileage_pounds:g} a mile",
        f"{rounds.co2e_km:g} kgCO2e a kilometre",
    ]
    return [f" {rate}" if not rate.startswith("£") else rate for rate in rates]
