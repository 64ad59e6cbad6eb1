"""Saved plans written out: older writings go once nobody can have them open, and what the checker found stays."""

import time
from pathlib import Path

from marketmap.outputs.drafts.store import PlanStore
from marketmap.outputs.drafts.written_plans import (
    STILL_OPEN_SECONDS,
    clear_older,
    is_written,
    read_findings,
    write_findings,
    written_folder,
)
from marketmap.outputs.views.plan_view import tell_findings


def test_older_writings_of_a_saved_plan_are_cleared(tmp_path: Path) -> None:
    store = PlanStore(tmp_path / "plans.sqlite")
    first = store.create("A", "first", {"zones": []}, by="me", what="")
    second = store.save(first.plan_id, {"zones": [1]}, revision=1, by="me", what="")
    for saved in (first, second):
        folder = written_folder(tmp_path / "plans", saved)
        folder.mkdir(parents=True)
        (folder / "run.json").write_text("{}")
    clear_older(tmp_path / "plans", second)
    assert is_written(written_folder(tmp_path / "plans", first))  # somebody may have it open
    clear_older(tmp_path / "plans", second, now=time.time() + STILL_OPEN_SECONDS + 1)
    assert not is_written(written_folder(tmp_path / "plans", first))
    assert is_written(written_folder(tmp_path / "plans", second))


def test_what_the_checker_found_is_kept_for_everybody_and_unknown_is_not_nothing(tmp_path: Path) -> None:
    store, plans = PlanStore(tmp_path / "plans.sqlite"), tmp_path / "plans"
    saved = store.create("A", "first", {"zones": []}, by="me", what="")
    folder = written_folder(plans, saved)
    assert read_findings(folder) is None
    assert "has not told yet" in tell_findings(None)
    write_findings(folder, ["size: too small"])
    clear_older(plans, saved)
    assert read_findings(folder) == ("size: too small",)
    write_findings(folder, [])
    assert read_findings(folder) == ()
    later = time.time() + STILL_OPEN_SECONDS + 1
    clear_older(plans, store.save(saved.plan_id, {"zones": [1]}, revision=1, by="me", what=""), now=later)
    assert read_findings(folder) is None
