"""The tables of a full run: encoded as listed, the same twice over, and kept as far as they were made."""

import dataclasses
import functools
import math

import pandas as pd
import pytest

from marketmap.blocks import variants
from marketmap.blocks.variants import SearchStoppedError
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.plans import full as full_module
from marketmap.outputs.plans.full import Full, explore_plan, look_further, tighten_bound
from marketmap.outputs.schema.block import TABLES
from marketmap.outputs.schema.full import (
    ALTERNATIVES,
    FRONTIER,
    FRONTIER_POSTCODES,
    FULL_TABLES,
    PROSPECTUS,
    SENSITIVITY,
)
from tests.blocks.mixed_street import mixed_plan


@functools.cache
def explored() -> tuple[Full, tuple[str, ...]]:
    stages: list[str] = []
    return explore_plan(mixed_plan(), on_stage=stages.append), tuple(stages)


def encode(made: Full) -> dict[str, bytes]:
    return {table.path: encode_table(made.tables[table.path], table) for table in FULL_TABLES if table != PROSPECTUS}


def test_every_table_is_written_as_listed_and_the_same_twice() -> None:
    first = encode(explored()[0])
    assert first == encode(explore_plan(mixed_plan(), on_stage=lambda _text: None))
    assert all(content.count(b"\r\n") > 1 for content in first.values())


def test_every_row_names_itself_as_it_begins() -> None:
    stages = explored()[1]
    for word in ("Frontier", "Alternative A1", "Alternative A2", "Sensitivity, demand 10% higher", "refuses"):
        assert any(word in stage for stage in stages)


@pytest.mark.parametrize("table", [FRONTIER, ALTERNATIVES, SENSITIVITY], ids=lambda table: table.path)
def test_each_row_carries_its_own_gap(table: object) -> None:
    frame = explored()[0].tables[table.path]  # type: ignore[attr-defined]
    gap = (frame["objective"] - frame["lower_bound"]) / frame["objective"].abs()
    pd.testing.assert_series_equal(frame["gap"], gap, check_names=False)
    assert (frame["gap"] >= 0).all()


def test_notes_say_what_was_found_and_hold_no_row() -> None:
    made = explored()[0]
    text = " ".join(made.notes)
    assert "of the saving for" in text
    assert "Alternative A1" in text
    assert "stay with the same provider" in text
    assert "model hours of travel a week saved" in text
    assert not any(str(postcode) in text for postcode in mixed_plan().case.model.points.index)
    # one that refuses is told by its name, as the README of internal/ may; nobody else is
    names = mixed_plan().case.tables.providers["provider_name"]
    assert sum(text.count(str(name)) for name in names) == text.count("takes no block")


def test_stopped_by_the_user_it_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: object, **_options: object) -> None:
        raise SearchStoppedError([])

    monkeypatch.setattr(full_module, "find_alternatives", interrupt)
    made = explore_plan(mixed_plan(), on_stage=lambda _text: None)
    assert list(made.tables) == [FRONTIER.path, FRONTIER_POSTCODES.path]
    assert not made.whole
    assert "Stopped by Ctrl-C" in made.notes[-1]
    assert "Kept: the frontier" in made.notes[-1]
    assert "Left out: alternative A1, alternative A2, sensitivity" in made.notes[-1]


def test_a_better_bound_is_the_plans_own_from_then_on() -> None:
    plan, made = mixed_plan(), explored()[0]
    tight = tighten_bound(plan, made)
    assert plan.lower_bound <= tight.lower_bound <= plan.objective
    assert tight.gap == pytest.approx((plan.objective - tight.lower_bound) / plan.objective)
    assert tight.gap <= plan.gap
    assert made.tables[ALTERNATIVES.path]["gap"].iloc[0] == pytest.approx(tight.gap)
    frontier = made.tables[FRONTIER.path]
    assert frontier.loc[frontier["proposed"], "gap"].item() == pytest.approx(tight.gap)


def test_a_plan_that_was_stopped_is_not_looked_at_further() -> None:
    stopped = dataclasses.replace(mixed_plan(), status="stopped")
    plan, made = look_further(stopped, on_stage=lambda _text: pytest.fail("looked further"))
    assert plan is stopped
    assert made.tables == {}
    assert "Stopped" in made.notes[0]


def test_columns_are_described_once_and_clash_with_no_other_table() -> None:
    paths = [table.path for table in (*TABLES, *FULL_TABLES)]
    assert len({*paths}) >= len(paths) - len(FULL_TABLES)  # registered among TABLES or not yet
    for table in FULL_TABLES:
        assert len(set(table.names)) == len(table.names)
        assert all(column.meaning and not column.meaning.endswith(".") for column in table.columns)


def test_the_proposed_plan_stands_first_among_its_alternatives() -> None:
    frame = explored()[0].tables[ALTERNATIVES.path]
    assert list(frame["plan"]) == ["proposed", "A1", "A2"]
    assert frame["objective"].iloc[0] == pytest.approx(mixed_plan().objective)
    assert math.isclose(frame["objective_given_up"].iloc[1], frame["objective"].iloc[1] - frame["objective"].iloc[0])
    assert variants.PART_OF_STOP < 1


def test_what_an_alternative_gives_up_is_against_the_plan() -> None:
    frame = explored()[0].tables[ALTERNATIVES.path].set_index("plan")
    for own, base, sign in (
        ("travel_saved_given_up", "travel_minutes_saved_week", -1.0),
        ("carer_hours_moving_more", "carer_hours_moving", 1.0),
        ("pounds_more_week", "pounds_above_usual_week", 1.0),
    ):
        wanted = sign * (frame[base] - frame.loc["proposed", base])
        pd.testing.assert_series_equal(frame[own], wanted, check_names=False)
    assert (frame.loc[["A1", "A2"], "travel_saved_given_up"] != 0).any()
