"""Answers to what somebody asked of a plan or a county, matched by content: a folder may hold another plan by now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marketmap.outputs.files.record import version
from marketmap.pages import jobs
from marketmap.pages.sources import digest_folder

# What was asked, and of which content: the second key is the job's own business, no work reads it.
CONTENT = "content"


def sum_content(*folders: Path) -> str:
    """Sum up the content of folders, and this version that makes answers of it, in one digest."""
    lines = [version(), *(digest_folder(folder) for folder in folders)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def find_answer(
    kind: str, asked: Mapping[str, Any], content: str, *, user: str, county_id: str
) -> tuple[jobs.Job | None, bool]:
    """Find the last job that was asked this of this content.

    Parameters
    ----------
    kind, user, county_id
        As `marketmap.pages.jobs.find` takes them.
    asked
        The question: each of its keys must be the job's.
    content
        As `sum_content` gives it.

    Returns
    -------
    job, is_older
        None where there is none; and whether the same was then asked of content that has changed since.
    """
    found = [
        job
        for job in jobs.find(user=user, county_id=county_id, kind=kind)
        if all(job.asked.get(name) == value for name, value in asked.items())
    ]
    now = next((job for job in found if job.asked.get(CONTENT) == content), None)
    return now, now is None and bool(found)
