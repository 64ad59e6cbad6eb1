"""Saved plans written out as plan folders, so that every page and the checker read them like any other plan."""

from __future__ import annotations

import shutil
from pathlib import Path

from marketmap.outputs.plan_store import SavedPlan
from marketmap.outputs.record import RECORD_FILE


def written_folder(plans: Path, saved: SavedPlan) -> Path:
    """Name the folder of one revision of a saved plan below the workspace's ``plans``, there or not."""
    return plans / f"{saved.plan_id}-{saved.revision}"


def is_written(folder: Path) -> bool:
    """Say whether a plan's folder is whole: its record is written last."""
    return (folder / RECORD_FILE).is_file()


def clear_older(plans: Path, saved: SavedPlan) -> None:
    """Delete the folders of a saved plan's other revisions: they can be written again from the store."""
    kept = written_folder(plans, saved)
    for other in plans.glob(f"{saved.plan_id}-*"):
        if other != kept:
            shutil.rmtree(other, ignore_errors=True)
