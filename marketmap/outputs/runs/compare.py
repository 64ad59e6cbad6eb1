"""What changed between two output folders of the same kind: two months of a report, two plans.

Internal tables are compared key by key, as they were written. Public ones are compared as they are *shown*: ``*`` stays
``*``, and a difference is one of rounded figures. A public comparison so rests on nothing but the two public folders.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from marketmap.errors import OutputError
from marketmap.outputs.files.folder import OutputFolder, hash_file
from marketmap.outputs.files.record import RECORD_FILE, RunRecord, read_record
from marketmap.outputs.files.tables import unguard_formula
from marketmap.outputs.gate.disclosure import SUPPRESSED, Shown, encode_public_table, show_name
from marketmap.outputs.schema.columns import UNITS, Column, OutputTable
from marketmap.outputs.schema.compare import CHANGES, CHANGES_SUMMARY, PUBLIC_CHANGES
from marketmap.outputs.schema.dictionary import OUTPUT_TABLES

INTERNAL, PUBLIC = "internal/", "public/"
# Names that a run gives for itself: the next run's B001 is another block.
RUN_NAMES = frozenset({"block_id", "cluster_id", "new_block_id", "block_id_before", "block_id_after", "rollout_after",
                       "starts_with", "plan", "rollout_rank", "rollout_step"})  # fmt: skip
# There a block is a contract already let, whose name stays.
NAMES_STAY = frozenset({"internal/block_monitor.csv", "internal/block_leakage.csv"})
# Text columns that say something about a row and do not name it.
SENTENCES = frozenset({"basis", "reading", "reason", "note"})
NUMBER = re.compile(r"(?P<about>about )?(?P<number>-?[\d,]+(?:\.\d+)?)(?P<unit>%?)")


@dataclass(frozen=True)
class Comparison:
    """What changed.

    Attributes
    ----------
    old, new
        The two runs.
    changes, summary
        Of internal tables: the columns of `CHANGES` and of `CHANGES_SUMMARY`; empty where either was purged.
    public
        Of public tables: the columns of `PUBLIC_CHANGES`, every cell `Shown`.
    notes
        Sentences on what could not be compared, and what to bear in mind.
    """

    old: RunRecord
    new: RunRecord
    changes: pd.DataFrame
    summary: pd.DataFrame
    public: pd.DataFrame
    notes: tuple[str, ...]


def compare_outputs(old: Path, new: Path) -> Comparison:
    """Compare two output folders.

    Parameters
    ----------
    old, new
        Folders that the same verb wrote for the same county, the earlier first.

    Raises
    ------
    OutputError
        When a folder is missing or not ours, a file of it is missing or was changed, the two are of different kinds
        or counties, or the later one holds the earlier data.
    """
    before, after = _read_run(old), _read_run(new)
    _require_alike(before, after)
    notes = _describe_differences(before, after)
    purged = [folder.name for folder, record in ((old, before), (new, after)) if record.purged]
    if purged:
        notes.append(f"Internal tables were purged from {' and '.join(purged)}: only public ones are compared.")
    tables = [table for table in OUTPUT_TABLES if table.path in before.outputs and table.path in after.outputs]
    internal = [] if purged else [table for table in tables if table.path.startswith(INTERNAL)]
    found = [_compare_table(_read(old, before, table), _read(new, after, table), table) for table in internal]
    public = [
        _compare_public(_read(old, before, table), _read(new, after, table), table)
        for table in tables
        if table.path.startswith(PUBLIC)
    ]
    changes = [row for rows, _ in found for row in rows]
    return Comparison(
        before,
        after,
        pd.DataFrame(changes, columns=list(CHANGES.names), dtype=object),
        pd.DataFrame([line for _, line in found], columns=list(CHANGES_SUMMARY.names)),
        pd.DataFrame([row for rows in public for row in rows], columns=list(PUBLIC_CHANGES.names), dtype=object),
        tuple(notes),
    )


def write_comparison(comparison: Comparison, out: Path, *, command: Sequence[str]) -> RunRecord:
    """Write a comparison into an output folder, whole or not at all.

    Raises
    ------
    OutputError
        When the folder cannot be written, or is not one of ours.
    """
    old, new = comparison.old, comparison.new
    with OutputFolder(out) as folder:
        folder.write_table(comparison.changes, CHANGES)
        folder.write_table(comparison.summary, CHANGES_SUMMARY)
        content = encode_public_table(comparison.public, PUBLIC_CHANGES)
        folder.write_bytes(PUBLIC_CHANGES.path, content, row=PUBLIC_CHANGES.row)
        record = RunRecord(
            command=list(command),
            county_folder=new.county_folder,
            inputs={"old": _cite(old), "new": _cite(new)},
            settings=new.settings,
            seed=new.seed,
            stop={},
            solver={},
            roads=new.roads,
            postcode_source=new.postcode_source,
            snapshot_date=new.snapshot_date,
            synthetic=old.synthetic or new.synthetic,
            synthetic_note=new.synthetic_note or old.synthetic_note,
            notes=list(comparison.notes),
            summary=summarise(comparison),
        )
        return folder.finish(record)


def summarise(comparison: Comparison) -> str:
    """Say in a sentence or two how much changed: totals at most, no row's values."""
    dates = f"{comparison.old.snapshot_date.isoformat()} against {comparison.new.snapshot_date.isoformat()}"
    changed = int((comparison.summary["rows_changed"] > 0).sum()) if len(comparison.summary) else 0
    return (
        f"{dates}: {len(comparison.summary):,} internal tables compared, {changed:,} with changed rows, "
        f"{len(comparison.changes):,} changes in all; {len(comparison.public):,} public figures are shown otherwise."
    )


def _cite(record: RunRecord) -> dict[str, object]:
    return {"name": " ".join(record.command), "created": record.created, "snapshot_date": record.snapshot_date}


def _verb(record: RunRecord) -> str:
    return str(record.command[1]) if len(record.command) > 1 else ""


def _read_run(folder: Path) -> RunRecord:
    if not folder.is_dir():
        raise OutputError(f"There is no output folder {folder.name}. Correct the path.")
    return read_record(folder)


def _require_alike(old: RunRecord, new: RunRecord) -> None:
    if _verb(old) != _verb(new):
        raise OutputError(
            f"The two folders are of different kinds: OLD was written by {_verb(old) or 'an unknown verb'}, NEW by "
            f"{_verb(new) or 'an unknown verb'}. Compare two outputs of one verb."
        )
    counties = [dict(record.settings.get("county", {})).get("name", "") for record in (old, new)]
    if counties[0] != counties[1]:
        raise OutputError(f"The two folders are of different counties: {counties[0] or '?'} and {counties[1] or '?'}.")
    if old.snapshot_date > new.snapshot_date:
        raise OutputError(
            f"OLD holds data as of {old.snapshot_date.isoformat()}, NEW of {new.snapshot_date.isoformat()}: give the "
            "earlier folder first."
        )


def _describe_differences(old: RunRecord, new: RunRecord) -> list[str]:
    notes = []
    if old.snapshot_date == new.snapshot_date:
        notes.append(f"Both are of data as of {new.snapshot_date.isoformat()}.")
    parts = sorted(name for name in {*old.settings, *new.settings} if old.settings.get(name) != new.settings.get(name))
    if parts:
        notes.append(f"Settings differ in {', '.join(parts)}: part of what changed may come from that.")
    if old.marketmap_version != new.marketmap_version:
        notes.append("Two versions of marketmap wrote them.")
    return notes


def _read(folder: Path, record: RunRecord, table: OutputTable) -> pd.DataFrame:
    """Read a table as text, exactly as written."""
    path = folder / table.path
    if not path.is_file() or hash_file(path) != record.outputs[table.path]:
        raise OutputError(
            f"{folder.name}/{table.path} is gone, or not what the run wrote: {RECORD_FILE} has another checksum. "
            "Run the same command again to write the folder anew."
        )
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    frame = pd.DataFrame(rows[1:], columns=rows[0], dtype=object)
    return frame.map(unguard_formula) if len(frame) else frame


def _find_keys(old: pd.DataFrame, new: pd.DataFrame, table: OutputTable) -> list[str]:
    """Find what names a row: the fewest leading columns of text that no two rows share; none where there are none."""
    keys: list[str] = []
    for column in table.columns:
        shared = column.name in old.columns and column.name in new.columns
        named = column.kind in ("text", "list", "yes_no") or column.name in ("rank", "year", "row", "week")
        if not shared or not named or column.name in SENTENCES:
            break
        keys.append(column.name)
        if not old.duplicated(keys).any() and not new.duplicated(keys).any():
            return keys
    return []


def _compare_table(
    old: pd.DataFrame, new: pd.DataFrame, table: OutputTable
) -> tuple[list[dict[str, str]], dict[str, object]]:
    line: dict[str, object] = {"table": table.path, "rows_before": len(old), "rows_after": len(new), "note": ""}
    counts = {"rows_new": 0, "rows_gone": 0, "rows_changed": 0}
    keys = _find_keys(old, new, table)
    fleeting = RUN_NAMES if table.path not in NAMES_STAY else frozenset()
    if not keys or fleeting & {*keys}:
        why = "its rows are named within one run only" if keys else "nothing tells its rows apart"
        return [], line | dict.fromkeys(counts) | {"note": f"Counted, not compared: {why}."}
    compared = [column for column in table.columns if column.name not in {*keys, *fleeting}]
    compared = [column for column in compared if column.name in old.columns and column.name in new.columns]
    rows: list[dict[str, str]] = []
    for key, before, after in _match(old, new, keys):
        head = {"table": table.path, "row": _write_key(keys, key)}
        if before is None or after is None:
            change = "new" if before is None else "gone"
            counts[f"rows_{change}"] += 1
            rows.append(head | {"change": change, "column": "", "before": "", "after": "", "difference": ""})
            continue
        differing = [column for column in compared if before[column.name] != after[column.name]]
        counts["rows_changed"] += bool(differing)
        for column in differing:
            texts = (str(before[column.name]), str(after[column.name]))
            figures = {"before": texts[0], "after": texts[1], "difference": _subtract(*texts, column)}
            rows.append(head | {"change": "changed", "column": column.name, **figures})
    return rows, line | counts


def _match(
    old: pd.DataFrame, new: pd.DataFrame, keys: list[str]
) -> list[tuple[tuple[str, ...], dict[str, str] | None, dict[str, str] | None]]:
    """Pair the rows of both by their key, in the later one's order, then what is gone."""
    sides = []
    for frame in (old, new):
        rows = [{str(name): str(value) for name, value in row.items()} for row in frame.to_dict("records")]
        sides.append({tuple(row[key] for key in keys): row for row in rows})
    before, after = sides
    ordered = [*after, *(key for key in before if key not in after)]
    return [(key, before.get(key), after.get(key)) for key in ordered]


def _write_key(keys: Sequence[str], values: Sequence[str]) -> str:
    return "; ".join(f"{key} {value}" for key, value in zip(keys, values, strict=True))


def _subtract(before: str, after: str, column: Column) -> str:
    if column.kind not in UNITS:
        return ""
    try:
        return f"{float(after) - float(before):+.{UNITS[column.kind][1]}f}"
    except ValueError:  # blank on either side
        return ""


def _compare_public(old: pd.DataFrame, new: pd.DataFrame, table: OutputTable) -> list[dict[str, Shown]]:
    keys = _find_keys(old, new, table)
    if not keys or RUN_NAMES & {*keys}:
        return []
    names = [name for name in table.names if name in old.columns and name in new.columns and name not in keys]
    rows = []
    for key, before, after in _match(old, new, keys):
        for name in names:
            texts = ["" if row is None else row[name] for row in (before, after)]
            if texts[0] == texts[1] or name in SENTENCES:
                continue
            figures = {"before": texts[0], "after": texts[1], "difference": subtract_shown(*texts)}
            row = {"table": table.path, "row": _write_key(keys, key), "column": name, **figures}
            rows.append({column: show_name(text) for column, text in row.items()})
    return rows


def subtract_shown(before: str, after: str) -> str:
    """Subtract two shown figures as texts; ``*`` where either is hidden, blank where either is no figure."""
    if SUPPRESSED in (before, after):
        return SUPPRESSED
    found = [NUMBER.fullmatch(text) for text in (before, after)]
    if found[0] is None or found[1] is None or found[0]["unit"] != found[1]["unit"]:
        return ""
    numbers = [each["number"].replace(",", "") for each in found if each]
    decimals = max(len(text.partition(".")[2]) for text in numbers)
    unit = " points" if found[0]["unit"] else ""
    return f"about {float(numbers[1]) - float(numbers[0]):+,.{decimals}f}{unit} (of rounded figures)"
