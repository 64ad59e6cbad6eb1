"""Checks of the run record: it is complete, and the files are the ones it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, check, count, some
from marketmap.settings import settings_to_mapping

ENTRIES: dict[str, type | tuple[type, ...]] = {
    "schema": (str, int),
    "marketmap_version": str,
    "created": str,
    "command": (str, list),
    "county_folder": str,
    "inputs": dict,
    "settings": dict,
    "seed": int,
    "stop": dict,
    "solver": dict,
    "roads": dict,
    "postcode_source": str,
    "snapshot_date": str,
    "synthetic": bool,
    "synthetic_note": str,
    "notes": list,
    "outputs": dict,
    "versions": dict,
}
SOLVER = ("status", "objective", "lower_bound", "gap", "iterations", "seconds", "relaxed")
ALWAYS_WRITTEN = tuple(file for file in written.CONTRACT if file not in written.OPTIONAL)
ROOT_FILES = frozenset({written.RECORD, "README.txt"})
# What file managers and spreadsheets leave in a folder that somebody looked into.
LITTER = re.compile(r"\..*|~\$.*|Thumbs\.db|desktop\.ini", re.IGNORECASE)
POSTCODE_TEXT = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}\b")
MAX_TEXT_BYTES = 5_000_000


@check("record-complete")
def record_complete(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every entry of run.json is there and of its kind."""
    record = evidence.record
    lacking = [name for name in ENTRIES if name not in record]
    wrong = [name for name, kind in ENTRIES.items() if name in record and not isinstance(record[name], kind)]
    solver = record.get("solver")
    if isinstance(solver, dict):
        lacking += [f"solver.{name}" for name in SOLVER if name not in solver]
    roads = record.get("roads")
    if isinstance(roads, dict) and not isinstance(roads.get("illustrative"), bool):
        lacking.append("roads.illustrative")
    if lacking:
        yield Broken(written.RECORD, f"{count(len(lacking), 'entry', 'entries')} missing", some(lacking))
    if wrong:
        yield Broken(written.RECORD, f"{count(len(wrong), 'entry', 'entries')} of the wrong kind", some(wrong))


@check("record-settings")
def record_settings(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the settings are valid and echoed in full, so that nothing hangs on a default."""
    lacking = sorted(_missing_keys(settings_to_mapping(evidence.settings), evidence.recorded("settings"), ""))
    if lacking:
        yield Broken(written.RECORD, f"the settings are not echoed in full: {len(lacking):,} absent", some(lacking))


def _missing_keys(full: dict[str, Any], echoed: dict[str, Any], prefix: str) -> Iterator[str]:
    for key, value in full.items():
        if key not in echoed:
            yield prefix + key
        elif isinstance(value, dict) and isinstance(echoed[key], dict):
            yield from _missing_keys(value, echoed[key], f"{prefix}{key}.")


@check("inputs-unchanged")
def inputs_unchanged(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each input is still the file that the plan was made from, byte for byte."""
    for table, entry in evidence.recorded("inputs").items():
        path = evidence.source_path(table)
        if sources.hash_file(path) != evidence.recorded("inputs", table, "sha256"):
            yield Broken(path.name, f"the {table} input has changed since the plan was made")
        elif path.suffix.lower() == ".csv":
            rows = sources.count_rows(path)
            if rows != entry.get("rows"):
                yield Broken(written.RECORD, f"says {entry.get('rows')} rows of {path.name}; the file has {rows}")


@check("inputs-complete")
def inputs_complete(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no table that could change the plan lies unread in the county folder."""
    read = set(evidence.recorded("inputs"))
    for table in ("packages", "providers", "participation", "calls", "visits", "blocks", "block_areas", "locks"):
        there = [suffix for suffix in sources.TABLE_SUFFIXES if (evidence.county / f"{table}{suffix}").is_file()]
        if there and table not in read:
            yield Broken(written.RECORD, f"{table}{there[0]} lies in the county folder but was not read")


@check("outputs-unchanged")
def outputs_unchanged(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each output is the file that the run wrote, none missing and none added."""
    outputs = evidence.recorded("outputs")
    for file, digest in outputs.items():
        path = evidence.folder / file
        if not path.is_file():
            yield Broken(file, "the file is missing")
        elif sources.hash_file(path) != digest:
            yield Broken(file, "the file has changed since the run wrote it")
    there = {path.relative_to(evidence.folder).as_posix() for path in _files(evidence.folder)}
    added = sorted(there - set(outputs) - ROOT_FILES)
    if added:
        yield Broken(written.RECORD, f"{count(len(added), 'file')} that the run did not write", some(added))
    unwritten = sorted(set(ALWAYS_WRITTEN) - set(outputs))
    if unwritten:
        yield Broken(written.RECORD, f"outputs does not name {count(len(unwritten), 'file')}", some(unwritten))


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not LITTER.fullmatch(path.name)]


@check("nothing-leaked")
def nothing_leaked(evidence: Evidence) -> Iterator[Broken]:
    """Hold that rows lie in ``internal/`` only, and that no client's postcode stands outside it."""
    folder = evidence.folder
    outside = [path for path in _files(folder) if path.relative_to(folder).parts[0] != "internal"]
    for path in outside:
        name = path.relative_to(folder).as_posix()
        if path.parent == folder and path.name not in ROOT_FILES:
            yield Broken(name, "a file at the root of the output folder that is neither run.json nor README.txt")
    clients = frozenset(evidence.packages.loc[evidence.packages["counts"], "postcode"]) - {""}
    for path in outside:
        found = _postcodes_in(path) & clients
        if found:
            what = f"holds {count(len(found), 'postcode')} of packages outside internal/"
            yield Broken(path.relative_to(folder).as_posix(), what)


def _postcodes_in(path: Path) -> frozenset[str]:
    if path.stat().st_size > MAX_TEXT_BYTES:
        return frozenset()
    text = path.read_text(encoding="utf-8", errors="replace")
    return frozenset(sources.to_postcodes(pd.Series(sorted(set(POSTCODE_TEXT.findall(text))), dtype=str)))


@check("synthetic-said")
def synthetic_said(evidence: Evidence) -> Iterator[Broken]:
    """Hold that made-up data is called made-up, and the other way round."""
    county = evidence.settings.county
    if bool(evidence.recorded("synthetic")) != county.synthetic:
        yield Broken(written.RECORD, f"synthetic differs from the setting county.synthetic ({county.synthetic})")
    if county.synthetic and not str(evidence.recorded("synthetic_note")).strip():
        yield Broken(written.RECORD, "synthetic data without a note that says so")


@check("basis")
def basis(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every proposal says what its figures rest on: made-up data and roads above all."""
    table = evidence.proposals
    words = {"": "say on what they rest"}
    if evidence.recorded("synthetic"):
        words["ynthetic"] = "say that the data are synthetic"
    if evidence.recorded("roads", "illustrative"):
        words["llustrative"] = "say that the roads are illustrative"
    for word, what in words.items():
        said = table["basis"].str.contains(word, regex=False) & (table["basis"].str.strip() != "")
        silent = table.loc[~said, "block_id"]
        if len(silent):
            yield Broken(written.PROPOSALS, f"{count(len(silent), 'block')} whose basis does not {what}", some(silent))


@check("snapshot")
def snapshot(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the plan is for the day of the settings, else for the latest day that the packages tell of."""
    wanted = evidence.settings.county.snapshot_date
    day = pd.Timestamp(wanted) if wanted is not None else _latest_day(evidence)
    if not pd.isna(day) and day != evidence.snapshot:
        yield Broken(written.RECORD, f"snapshot_date is {evidence.snapshot:%Y-%m-%d}; it should be {day:%Y-%m-%d}")


def _latest_day(evidence: Evidence) -> pd.Timestamp:
    lines = evidence.package_lines
    # When a waiting package will start is a plan, not a day that has come.
    settled = lines[sources.to_words(lines["status"]) != "waiting"]
    days = [lines["request_date"], settled["start_date"], settled["effective_from"]]
    return pd.Timestamp(sources.to_dates(pd.concat(days)).max())


@check("rejected-rows")
def rejected_rows(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no more rows were left out than the settings allow, and none twice."""
    rejected = evidence.rejected
    allowed = evidence.settings.validation.max_rejected_share
    for table, rows in rejected.groupby("table"):
        total = int(evidence.recorded("inputs", str(table)).get("rows", 0))
        if len(rows) > allowed * total:
            yield Broken(written.REJECTED, f"{len(rows):,} of {total:,} {table} rows: more than {allowed:g} of them")
    twice = rejected[rejected.duplicated(["table", "row"])]
    if len(twice):
        yield Broken(written.REJECTED, f"{count(len(twice), 'row')} listed twice", some(twice["row"]))
