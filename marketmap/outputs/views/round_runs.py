"""Whose rounds were simulated: the county's plan or a version of a saved one, and how a run of them is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from marketmap.outputs.drafts.store import SavedPlan

COUNTYS, COUNTYS_PLAN = "The county's run", "The county's plan"
# Days that can be asked for on a page; those of call monitoring that lie furthest back are left out.
DAY, WEEK = 1, 7
SPANS = {DAY: "one day", WEEK: "the week"}


@dataclass(frozen=True)
class PlanVersion:
    """One version of a saved plan, as it was when its rounds were asked for.

    Attributes
    ----------
    plan_id, name, revision
        Which plan, what it was called, and the number of the version.
    saved_at
        When that version was saved (ISO 8601, UTC).
    """

    plan_id: str
    name: str
    revision: int
    saved_at: str

    @property
    def facts(self) -> dict[str, Any]:
        """The same, ready for JSON, as `read_version` takes it."""
        return asdict(self)


@dataclass(frozen=True)
class RoundRun:
    """A run of simulated rounds.

    Attributes
    ----------
    run_id
        Tells it from the others.
    folder
        Its output folder.
    label
        What its list entry says: may hold text from people.
    version
        The version of a saved plan that it was asked for; None: the county's plan.
    days
        The days that were asked for; 0: not known.
    """

    run_id: str
    folder: Path
    label: str
    version: PlanVersion | None = None
    days: int = 0


def version_of(saved: SavedPlan) -> PlanVersion:
    """Name the version of a saved plan."""
    return PlanVersion(saved.plan_id, saved.name, saved.revision, saved.saved_at)


def read_version(facts: object) -> PlanVersion | None:
    """Read back what `PlanVersion.facts` gave; None where it is nothing of the kind."""
    if not isinstance(facts, Mapping):
        return None
    words = [facts.get(name) for name in ("plan_id", "name", "saved_at")]
    revision = facts.get("revision")
    if not all(isinstance(word, str) for word in words) or not isinstance(revision, int):
        return None
    plan_id, name, saved_at = map(str, words)
    return PlanVersion(plan_id, name, revision, saved_at) if plan_id else None


def name_run(version: PlanVersion | None, *, days: int, moment: str = "") -> str:
    """Say of a run whose rounds it has, of how many days, and when it was asked for.

    Parameters
    ----------
    version
        As in `RoundRun`.
    days
        The days asked for.
    moment
        When, as people write it; blank: of rounds that are not there yet.
    """
    whose = COUNTYS_PLAN if version is None else f"{version.name}, version {version.revision}"
    return f"{whose}: {tell_span(days)}" + (f", simulated {moment}" if moment else "")


def tell_span(days: int) -> str:
    """Say how many days, as short as it goes."""
    return SPANS.get(days, f"{days:,} days")


def tell_older(version: PlanVersion, now: SavedPlan, *, saved_at: str, may_simulate: bool) -> str:
    """Say that rounds are of an older version of a plan than the one that stands now.

    Parameters
    ----------
    version, now
        What was simulated, and what stands.
    saved_at
        When the older version was saved, as people write it.
    may_simulate
        Whether the reader can have the plan simulated.
    """
    remedy = "Simulate it anew below" if may_simulate else "Have a commissioner simulate it anew"
    return (
        f"These rounds are of version {version.revision} of this plan, saved {saved_at}. It was changed since and is "
        f"now at version {now.revision}, of which they say nothing. {remedy}."
    )
