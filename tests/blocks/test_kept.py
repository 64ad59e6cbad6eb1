"""Kept blocks: what is left of every limit for the rest of a plan."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from marketmap.blocks.kept import narrow, place_begun, place_kept, put_back, set_aside
from marketmap.blocks.locks import Locks
from marketmap.blocks.model import BlockModel, build_model, frame_problem
from marketmap.blocks.solver import solve_zones
from marketmap.blocks.start import fit_start
from marketmap.blocks.stop import Stop
from marketmap.blocks.zone_problem import ZoneProblem
from marketmap.errors import PlanError
from marketmap.settings import Settings
from tests.blocks.small_county import make_street, make_tables, make_times


def frame(**changes: float) -> tuple[BlockModel, ZoneProblem, tuple[str, ...]]:
    """Frame a street of six packages: A delivers the first three, B the others; B has nothing to spare."""
    postcodes = make_street(6)
    names = tuple(str(name) for name in postcodes.index)
    packages = [{"postcode": name, "provider_id": "A" if place < 3 else "B"} for place, name in enumerate(names)]
    tables = make_tables(
        packages,
        [{"provider_id": "A", "hours_spare_week": 5.0}, {"provider_id": "B", "hours_spare_week": 0.0}],
        postcodes=postcodes,
    )
    settings = dataclasses.replace(
        Settings().blocks, **{"min_hours": 10.0, "max_hours": 40.0, "share_cap": 1.0} | changes
    )
    model = build_model(tables, make_times(postcodes), settings, locks=Locks())
    return model, frame_problem(model, settings=settings), names


def test_what_kept_blocks_take_and_free_is_counted() -> None:
    model, problem, names = frame()
    kept = place_kept(model, problem, Locks(kept={"B9": ("B", names[1:3])}))
    rest, at = set_aside(model, problem, kept)
    assert [zone.block_id for zone in kept] == ["B9"]
    assert not kept[0].existing
    assert at.tolist() == [0, 3, 4, 5]
    # B takes on 20 hours and has none to spare: as many must be taken off it; A has given up 20
    assert rest.capacity.tolist() == [5.0 + 20.0, 0.0 - 20.0]
    assert rest.blocks_there.tolist() == [[0], [1]]
    assert np.isinf(rest.travel[:, kept[0].centre]).all()
    assert rest.points == 4
    assert narrow([(np.array([0, 1, 5]), 2, 0), (np.array([1, 2]), 1, 1)], at)[0][0].tolist() == [0, 3]
    assert len(narrow([(np.array([1, 2]), 1, 1)], at)) == 0
    assert problem.capacity.tolist() == [5.0, 0.0]


def test_the_answer_of_the_rest_is_written_over_all_points() -> None:
    model, problem, names = frame()
    rest, at = set_aside(model, problem, place_kept(model, problem, Locks(kept={"B9": ("B", names[1:3])})))
    result = put_back(problem, at, solve_zones(rest, stop=Stop(max_iterations=20)))
    assert result.block_of.shape == (6,)
    assert (result.block_of[1:3] == -1).all()
    # the plan is one that gives B the room: A has taken at least 20 of its hours
    taken = result.block_of >= 0
    held = problem.held[taken].sum(axis=0)
    own = [float(problem.load[result.block_of == block].sum()) for block in range(len(result.centres))]
    used = np.zeros(2)
    np.add.at(used, result.providers, own)
    assert (used - held <= rest.capacity + 1e-6).all()


def test_a_search_begins_from_the_plan_that_gives_kept_blocks_their_room() -> None:
    model, problem, names = frame()
    kept = place_kept(model, problem, Locks(kept={"B9": ("B", names[:3])}))
    rest, at = set_aside(model, problem, kept)
    assert rest.capacity[1] == -30.0  # all that B delivers must go to A
    begun = place_begun(model, problem, kept, Locks(begun={"B8": ("A", names[3:])}))
    assert place_begun(model, problem, kept, Locks(begun={"B8": ("NOBODY", names[3:])}))[0][1:] == (-1, -1)
    assert begun[0][1] in (3, 4, 5)
    start = fit_start(rest, narrow(begun, at))
    assert start is not None
    result = solve_zones(rest, stop=Stop(max_iterations=5), start=start)
    assert result.providers.tolist() == [0]
    assert (result.block_of == 0).all()


@pytest.mark.parametrize(
    ("kept", "changes", "told"),
    [
        ({"X": ("B", (0, 1)), "Y": ("A", (1, 2))}, {}, "both hold postcode"),
        ({"X": ("NOBODY", (0, 1))}, {}, "NOBODY can have no block"),
        ({"X": ("B", (0, 2))}, {}, "not in one piece"),
        ({"X": ("B", (0, 1))}, {"min_hours": 30.0}, "20.0 contact hours a week; a block has 30 to 40"),
        ({"X": ("B", (0, 1))}, {"reach_minutes": 0.0}, "near enough"),
        ({"X": ("B", (0, 1)), "Y": ("B", (2,))}, {"share_cap": 0.4}, "Locked blocks X, Y would give one company 30.0"),
        ({"X": ("A", (3, 4, 5)), "Y": ("A", (0, 1, 2))}, {}, "Locked blocks X, Y need 25.0 carer hours"),
    ],
)
def test_a_block_that_cannot_be_kept_is_named(
    kept: dict[str, tuple[str, tuple[int, ...]]], changes: dict[str, float], told: str
) -> None:
    model, problem, names = frame(**changes)
    locks = Locks(kept={name: (who, tuple(names[place] for place in places)) for name, (who, places) in kept.items()})
    with pytest.raises(PlanError, match=told):
        set_aside(model, problem, place_kept(model, problem, locks))
