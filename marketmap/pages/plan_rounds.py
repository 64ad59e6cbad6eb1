"""Which simulated rounds there are for the user, whether they still hold, and what they say of the plan shown."""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path

from marketmap.errors import MarketmapError
from marketmap.outputs.files.record import RECORD_FILE
from marketmap.outputs.files.stamps import Stamp, stamp_file
from marketmap.outputs.schema.round import MEASURES
from marketmap.outputs.views.plan_evidence import PlanEvidence, read_plan_evidence
from marketmap.outputs.workspace.freshness import find_currency
from marketmap.pages import jobs
from marketmap.pages.access import current_user
from marketmap.pages.plan_choice import FINISHED
from marketmap.pages.sources import current_place, digest_folder

COUNTYS, ONE_DAY = "The county's run", "One day, simulated for you"


def list_runs() -> dict[str, Path]:
    """Name the runs that there are: the county's own, and the last day that the user had simulated."""
    place, user = current_place(), current_user()
    shared = place.results["rounds"]
    mine = [
        job.out
        for job in jobs.find(user=user.user_id, county_id=place.county_id, kind="rounds")
        if job.state in FINISHED and job.out.is_dir()
    ]
    runs = {COUNTYS: shared} if (shared / MEASURES.path).is_file() else {}
    return runs | ({ONE_DAY: mine[0]} if mine else {})


def hold_still(rounds: Path, plan: Path) -> bool:
    """Say whether rounds are of the county's tables and settings as they are now, and of a plan."""
    place = current_place()
    stamps = (digest_folder(place.folder), stamp_file(rounds / RECORD_FILE), stamp_file(plan / RECORD_FILE))
    return _is_ready(rounds, place.folder, plan, stamps)


def find_simulated(plan: Path) -> PlanEvidence | None:
    """Find what rounds of the plan in a folder save: by the run of most days; None where none that holds is of it."""
    found = []
    for folder in list_runs().values():
        with contextlib.suppress(MarketmapError):  # the page Evidence says what is wrong with them
            if hold_still(folder, plan):
                stamps = (stamp_file(folder / RECORD_FILE), stamp_file(plan / RECORD_FILE))
                found.append(_read(folder, plan, stamps))
    return max(filter(None, found), key=lambda evidence: evidence.days, default=None)


@functools.lru_cache(maxsize=16)
def _is_ready(folder: Path, county: Path, plan: Path, stamps: tuple[object, ...]) -> bool:
    del stamps  # part of the cache's key
    return find_currency("rounds", folder, county, plan_folder=plan) == "ready"


@functools.lru_cache(maxsize=8)
def _read(folder: Path, plan: Path, stamps: tuple[Stamp | None, ...]) -> PlanEvidence | None:
    del stamps  # part of the cache's key
    return read_plan_evidence(folder, plan)
