"""What each kind of job does: one call of a run in `marketmap.outputs`, which is imported when its turn has come."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marketmap.errors import OutputError
from marketmap.pages.job_files import list_jobs

if TYPE_CHECKING:
    from marketmap.blocks import Stop
    from marketmap.blocks.draft import Draft
    from marketmap.outputs.files.record import RunRecord
    from marketmap.outputs.runs.factors import Factors

Stage = Callable[[str], None]
Step = Callable[[int, float, float], None]
# A plan is written out in some seconds.
LOOK_SECONDS = 0.3
POLICIES = {"today": "as bought today", "all": "as proposed"}


def await_plan(jobs: Path, job: Mapping[str, Any], *, on_stage: Stage) -> None:
    """Wait while the saved plan that rounds are to be simulated of is still being written out by another job.

    Parameters
    ----------
    jobs
        The workspace's folder of jobs.
    job, on_stage
        As for `do_work`.
    """
    if job["kind"] != "rounds" or not job["asked"].get("saved"):
        return
    from marketmap.outputs.drafts.written_plans import is_written  # noqa: PLC0415

    plan = Path(job["asked"]["plan"])
    while not is_written(plan):
        if not any(one.kind == "draft" and one.is_at_work and one.out == plan for one in list_jobs(jobs)):
            return  # it ended meanwhile, with the plan or without
        on_stage("Waiting for the plan to be written out")
        import marketmap.outputs.runs.rounds  # noqa: F401, PLC0415  takes seconds, which are there now

        time.sleep(LOOK_SECONDS)


def do_work(job: Mapping[str, Any], *, on_stage: Stage, on_progress: Step) -> tuple[RunRecord, list[str]]:
    """Do what ``job.json`` asks.

    Parameters
    ----------
    job
        ``kind``, ``folder`` (the county's), ``out`` and ``asked``, as `marketmap.pages.jobs.start` takes it.
    on_stage, on_progress
        Told what is being done, and of a search (steps, objective, lower bound).

    Returns
    -------
    record, findings
        Of what was written, and what the checker finds in it where it is a draft.

    Raises
    ------
    MarketmapError
        With the text to show; nothing is written then.
    """
    folder, out, asked = Path(job["folder"]), Path(job["out"]), job["asked"]
    kind, overrides = str(job["kind"]), asked.get("overrides") or None
    factors = _take_factors(asked)
    command = ["marketmap", "app", kind]
    if kind in ("report", "rural", "monitor"):
        from marketmap.outputs.report.run import run_report  # noqa: PLC0415

        plan = _find_plan(asked) if kind == "rural" else None
        rounds = Path(asked["rounds"]) if asked.get("rounds") else None
        name: Any = kind
        report = run_report(
            name,
            folder,
            out,
            overrides=overrides,
            plan_folder=plan,
            rounds_folder=rounds,
            command=command,
            on_stage=on_stage,
        )
        return report, []
    if kind == "clusters":
        from marketmap.outputs.runs.clustering import run_clusters  # noqa: PLC0415

        chosen = dict(overrides or {})
        if asked.get("max_minutes") is not None:
            chosen["clusters"] = {"max_minutes": float(asked["max_minutes"])}
        return run_clusters(folder, out, overrides=chosen or None, command=command, on_stage=on_stage), []
    if kind == "swaps":
        from marketmap.outputs.runs.swap_marks import marks_of_page  # noqa: PLC0415
        from marketmap.outputs.runs.swaps import run_swaps  # noqa: PLC0415

        marks = marks_of_page(asked.get("marks", ()))
        return run_swaps(
            folder, out, overrides=overrides, factors=factors, marks=marks, command=command, on_stage=on_stage
        ), []
    if kind == "waiting":
        from marketmap.outputs.runs.waiting import run_waiting  # noqa: PLC0415

        return run_waiting(
            folder, out, overrides=overrides, plan_folder=_find_plan(asked), command=command, on_stage=on_stage
        ), []
    if kind == "rounds":
        return _simulate(folder, out, asked, command=command, on_stage=on_stage), []
    if kind == "blocks":
        from marketmap.blocks import Locks  # noqa: PLC0415
        from marketmap.outputs.runs.batch import run_blocks  # noqa: PLC0415

        pairs = tuple((str(provider), str(place)) for provider, place in asked.get("forbidden", ()))
        return run_blocks(
            folder,
            out,
            overrides=overrides,
            factors=factors,
            seed=asked.get("seed"),
            stop=find_stop(folder, asked),
            full=bool(asked.get("full")),
            locks=Locks(forbidden=pairs) if pairs else None,
            command=command,
            on_stage=on_stage,
            on_progress=on_progress,
        ), []
    draft = _find_draft(asked)
    if kind == "rest":
        from marketmap.outputs.drafts.edited import solve_rest  # noqa: PLC0415

        limited = asked.get("max_seconds") is not None or asked.get("max_iterations") is not None
        return solve_rest(
            draft,
            folder,
            out,
            overrides=overrides,
            stop=find_stop(folder, asked) if limited else None,
            seed=asked.get("seed"),
            command=command,
            on_stage=on_stage,
            on_progress=on_progress,
        ), []
    if kind == "exit":
        from marketmap.outputs.drafts.edited import exit_of  # noqa: PLC0415

        return exit_of(draft, folder, str(asked["company"]), out, command=command, on_stage=on_stage), []
    if kind == "draft":
        from marketmap.check import check_plan  # noqa: PLC0415
        from marketmap.outputs.drafts.edited import write_draft  # noqa: PLC0415
        from marketmap.outputs.drafts.written_plans import write_findings  # noqa: PLC0415

        record = write_draft(draft, folder, out, command=command, on_stage=on_stage)
        on_stage("Checking what was written")
        findings = [str(finding) for finding in check_plan(out, county=folder)]
        write_findings(out, findings)
        return record, findings
    raise OutputError(f"There is no kind of work called {kind}.")


def _simulate(
    folder: Path, out: Path, asked: Mapping[str, Any], *, command: Sequence[str], on_stage: Stage
) -> RunRecord:
    from marketmap.outputs.runs.rounds import run_rounds  # noqa: PLC0415

    plan = _find_plan(asked)
    if plan is None and asked.get("saved"):  # rounds of today alone would pass for the plan's
        raise OutputError(
            "This version of the plan is not written out: that failed, or it was saved anew meanwhile. Open it on the "
            "page Block plan, which says what is wrong, and have it simulated again."
        )
    stage = ["Simulating rounds"]

    def begin(text: str) -> None:
        name = text.rpartition(": ")[2]
        stage[0] = f"Simulating rounds {POLICIES[name]}" if name in POLICIES else text
        on_stage(stage[0])

    # In this process alone, so that its end is the end of all of it.
    return run_rounds(
        folder,
        out,
        overrides=asked.get("overrides") or None,
        plan_folder=plan,
        days=int(asked.get("days", 1)),
        processes=1,
        command=command,
        on_stage=begin,
        on_progress=lambda done, of: on_stage(f"{stage[0]}: {done:,} of {of:,} visits"),
    )


def _take_factors(asked: Mapping[str, Any]) -> Factors | None:
    if not asked.get("factors"):
        return None
    from marketmap.outputs.runs.factors import Factors  # noqa: PLC0415

    return Factors(asked["factors"])


def _find_plan(asked: Mapping[str, Any]) -> Path | None:
    """Find the plan that was named; None where none was, or none is there any more."""
    from marketmap.outputs.files.record import RECORD_FILE  # noqa: PLC0415

    plan = Path(asked["plan"]) if asked.get("plan") else None
    return plan if plan is not None and (plan / RECORD_FILE).is_file() else None


def _find_draft(asked: Mapping[str, Any]) -> Draft:
    """Read the draft that was handed over, or take up the plan that was named."""
    from marketmap.blocks.draft import Draft  # noqa: PLC0415

    if asked.get("draft"):
        return Draft.from_document(asked["draft"])
    from marketmap.outputs.drafts.reopen import draft_of  # noqa: PLC0415

    if not asked.get("plan"):
        raise OutputError("Nothing was said of which plan this is about. Start it again from the plan's page.")
    return draft_of(Path(asked["plan"]))


def find_stop(folder: Path, asked: Mapping[str, Any]) -> Stop:
    """Make the stop rule of a search from what was asked, else from the county's settings."""
    from marketmap.inputs.folder import read_folder_settings  # noqa: PLC0415
    from marketmap.outputs.files.ending import stop_with  # noqa: PLC0415

    settings, _ = read_folder_settings(folder, overrides=asked.get("overrides") or None)
    return stop_with(settings, max_seconds=asked.get("max_seconds"), max_iterations=asked.get("max_iterations"))
