"""Saved plans written out as plan folders, so that every page and the checker read them like any other plan."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from marketmap.outputs.drafts.store import SavedPlan
from marketmap.outputs.files.private_files import make_private_folder, write_private
from marketmap.outputs.files.record import RECORD_FILE

# A sitting over one plan; a revision takes some megabytes.
STILL_OPEN_SECONDS = 24 * 3600.0
FINDINGS_FILE = "findings.json"


def written_folder(plans: Path, saved: SavedPlan) -> Path:
    """Name the folder of one revision of a saved plan below the workspace's ``plans``, there or not."""
    return plans / f"{saved.plan_id}-{saved.revision}"


def is_written(folder: Path) -> bool:
    """Say whether a plan's folder is whole: its record is written last."""
    return (folder / RECORD_FILE).is_file()


def clear_older(plans: Path, saved: SavedPlan, *, now: float | None = None) -> None:
    """Delete the folders of a saved plan's other revisions: they can be written again from the store.

    Parameters
    ----------
    plans, saved
        As for `written_folder`.
    now
        Seconds since 1970: one that was written in the last `STILL_OPEN_SECONDS` stays, for somebody may have it open.
    """
    kept, now = written_folder(plans, saved), time.time() if now is None else now
    for other in plans.glob(f"{saved.plan_id}-*"):
        if other not in (kept, _findings_folder(kept)):
            with contextlib.suppress(FileNotFoundError):  # somebody else has just deleted it
                if now - other.stat().st_mtime > STILL_OPEN_SECONDS:
                    shutil.rmtree(other, ignore_errors=True)


def write_findings(folder: Path, findings: Sequence[str]) -> None:
    """Keep what the checker found in a written plan, beside its folder; errors as `write_private`."""
    path = make_private_folder(_findings_folder(folder)) / FINDINGS_FILE
    write_private(path, json.dumps(list(findings)).encode())


def read_findings(folder: Path) -> tuple[str, ...] | None:
    """Read what the checker found in a written plan; None where that is not known."""
    try:
        raw = json.loads((_findings_folder(folder) / FINDINGS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return tuple(str(finding) for finding in raw) if isinstance(raw, list) else None


def _findings_folder(folder: Path) -> Path:
    # Beside the plan: in it, the checker would find a file that no run wrote.
    return folder.with_name(f"{folder.name}-findings")
