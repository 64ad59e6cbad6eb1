"""Whose rounds a run is of: kept with the work as JSON, named in a list, and told when the plan has moved on."""

import json

import pytest

from marketmap.outputs.drafts.store import SavedPlan
from marketmap.outputs.views.round_runs import (
    DAY,
    WEEK,
    name_run,
    read_version,
    tell_older,
    version_of,
)

NOW = SavedPlan("p-1", "Stroud <b>", "first", 3, "Una", "2026-05-04T10:20:00+00:00", "two blocks joined")


def test_a_version_survives_the_jobs_file() -> None:
    version = version_of(NOW)
    assert (version.plan_id, version.revision) == ("p-1", 3)
    assert read_version(json.loads(json.dumps(version.facts))) == version


@pytest.mark.parametrize("name", ["plan_id", "name", "revision", "saved_at"])
def test_what_is_no_whole_version_is_none(name: str) -> None:
    facts = version_of(NOW).facts
    assert read_version({key: value for key, value in facts.items() if key != name}) is None
    assert read_version(facts | {name: None}) is None
    assert read_version(facts | {"plan_id": ""}) is None
    assert read_version(None) is None


def test_a_run_is_called_by_its_plan_its_version_and_its_days() -> None:
    assert name_run(version_of(NOW), days=WEEK, moment="4 May") == "Stroud <b>, version 3: the week, simulated 4 May"
    assert name_run(None, days=DAY, moment="4 May") == "The county's plan: one day, simulated 4 May"
    assert name_run(None, days=3, moment="4 May") == "The county's plan: 3 days, simulated 4 May"
    assert name_run(None, days=DAY) == "The county's plan: one day"  # not there yet


@pytest.mark.parametrize(
    ("may", "remedy"), [(True, "Simulate it anew below."), (False, "Have a commissioner simulate it")]
)
def test_an_older_version_is_told_by_both_numbers(may: bool, remedy: str) -> None:
    told = tell_older(version_of(NOW), SavedPlan("p-1", "", "", 5, "", "", ""), saved_at="4 May", may_simulate=may)
    assert "version 3 of this plan, saved 4 May" in told
    assert "now at version 5, of which they say nothing" in told
    assert remedy in told
