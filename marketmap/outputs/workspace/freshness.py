"""Whether results still hold: made from a county's tables and settings as they are now, by this version."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from marketmap.errors import OutputError
from marketmap.inputs.folder import find_tables, read_folder_settings
from marketmap.outputs.files.folder import hash_file
from marketmap.outputs.files.origin import is_of_plan
from marketmap.outputs.files.record import RunRecord, read_record, version
from marketmap.outputs.runs.factors import factors_of
from marketmap.settings import settings_to_mapping

Currency = Literal["ready", "stale", "missing"]
# Verb → a file that its output alone has.
_SIGNS = {
    "blocks": "internal/block_proposals.csv",
    "report": "internal/report.html",
    "rural": "internal/rural.html",
    "monitor": "internal/monitor.html",
    "clusters": "internal/clusters.csv",
    "swaps": "internal/swap_list.csv",
    "waiting": "internal/waiting_matches.csv",
    "rounds": "internal/rounds.csv",
}


def holds_still(
    record: RunRecord, out: Path, county_folder: Path, *, overrides: Mapping[str, Any] | None = None
) -> bool:
    """Say whether a run read the very tables, settings and roads that stand in a county folder now.

    Parameters
    ----------
    record, out
        The run and its folder: every file that it wrote must be there.
    county_folder, overrides
        As for `marketmap.outputs.runs.batch.prepare`.
    """
    folder = Path(county_folder)
    if record.purged or record.marketmap_version != version() or not folder.is_dir():
        return False
    if Path(record.county_folder).resolve() != folder.resolve():
        return False
    settings, faults = read_folder_settings(folder, settings=None, overrides=overrides)
    tables, more, _ = find_tables(folder, settings=settings)
    if faults or more or settings_to_mapping(settings) != dict(record.settings):
        return False
    roads = folder / settings.roads.file
    if settings.roads.file and not (roads.is_file() and hash_file(roads) == record.roads.get("sha256")):
        return False
    now = {name: hash_file(path) for name, path in tables.items() if path.is_file()}
    written = all((out / path).is_file() for path in record.outputs)
    return written and now == {name: file["sha256"] for name, file in record.inputs.items()}


def find_currency(kind: str, out: Path, county_folder: Path, *, plan_folder: Path | None = None) -> Currency:
    """Say whether a folder holds results of a kind for a county, and whether they still hold.

    Parameters
    ----------
    kind
        One of `marketmap.outputs.workspace.places.KINDS`.
    out
        Where the results are, if there are any.
    county_folder
        The county.
    plan_folder
        The county's plan: results made on a road file that was given beside the settings hold where the plan was made
        on the same, and a rural report and a waiting list hold only while no newer plan is there. Simulated rounds that
        say which plan they were given hold while this is that one. Factors of a fit that results say they were made
        with stand for the settings' own.

    Returns
    -------
    str
        "ready"; "stale": there, but of other tables, settings, versions or of one district alone; "missing".
    """
    try:
        record = read_record(out)
    except OutputError:
        return "missing"
    if record.purged or _SIGNS[kind] not in record.outputs:
        return "missing"
    factors = factors_of(record)
    overrides = {
        **find_road_override(plan_folder or out, county_folder),
        **(factors.settings if factors is not None else {}),
    }
    if not holds_still(record, out, county_folder, overrides=overrides):
        return "stale"
    if kind in ("rural", "waiting", "rounds"):
        plan = _read(plan_folder)
        part = any(str(word).startswith("--district") for word in record.command)
        same = None if plan is None or plan_folder is None else is_of_plan(record, plan, plan_folder)
        newer = plan is not None and plan.created > record.created
        if part or (newer if same is None else not same):
            return "stale"
    return "ready"


def find_road_override(plan_folder: Path, county_folder: Path) -> dict[str, Any]:
    """Find the road file that a plan was made on where it is not the one that the county's settings name.

    Returns
    -------
    dict
        Overrides for `marketmap.outputs.runs.batch.prepare`; empty where the plan is missing, another county's or was
        made on the settings' own roads.
    """
    record = _read(plan_folder)
    if record is None or Path(record.county_folder).resolve() != Path(county_folder).resolve():
        return {}
    used = dict(record.settings.get("roads", {})).get("file", "")
    settings, _ = read_folder_settings(Path(county_folder))
    return {"roads": {"file": used}} if used != settings.roads.file and Path(used).is_absolute() else {}


def _read(folder: Path | None) -> RunRecord | None:
    try:
        return None if folder is None else read_record(folder)
    except OutputError:
        return None
