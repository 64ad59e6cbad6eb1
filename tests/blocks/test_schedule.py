"""Rounds of a long run."""

import numpy as np
import pytest
from scipy import sparse

from marketmap.blocks import Stop, design_blocks, schedule
from marketmap.blocks.schedule import ROUND, Schedule
from marketmap.blocks.stop import Clock
from tests.blocks.brute_force import connected, planar_graph


def planned(iterations: int, *, single: bool = False) -> Schedule:
    made = Schedule(Clock(Stop(max_iterations=iterations)), single=single)
    made.plan_rounds(20)
    return made


def test_a_short_run_is_one_round_that_ends_with_it() -> None:
    run = planned(ROUND)
    assert run.rounds == 1
    assert [run.round_of(share) for share in (0.0, 0.5, 1.0)] == [0, 0, 0]
    assert run.within(run.share(ROUND // 2), 0) == pytest.approx(0.5)


def test_a_long_run_has_rounds_of_equal_length_the_last_from_the_best_plan() -> None:
    run = planned(4 * ROUND)
    assert run.rounds == 4
    assert [run.round_of(run.share(done)) for done in (0, ROUND, 4 * ROUND - 1, 4 * ROUND)] == [0, 1, 3, 3]
    assert run.within(run.share(ROUND + ROUND // 2), 1) == pytest.approx(0.5)
    assert [run.is_fresh(number) for number in range(4)] == [True, True, True, False]


def test_runs_that_begin_from_a_plan_are_one_round() -> None:
    assert planned(100 * ROUND, single=True).rounds == 1


def test_a_run_in_rounds_is_repeated_exactly_and_keeps_blocks_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "ROUND", 40)
    random = np.random.default_rng(4)
    places, hours = random.uniform(0, 50, (60, 2)), random.integers(1, 9, 60).astype(float)
    apart = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    limits = {"max_hours": 70.0, "min_hours": 20.0, "n_blocks": 6, "adjacency": planar_graph(places)}
    heard: list[float] = []

    def run(iterations: int) -> tuple[list[int], float]:
        found = design_blocks(
            apart, hours, np.ones(60), **limits, stop=Stop(max_iterations=iterations),
            on_progress=lambda _, cost, __: heard.append(cost),
        )  # fmt: skip
        return found.block_of.tolist(), found.objective

    first = run(200)
    assert first == run(200)
    assert len(heard) == 20
    graph = planar_graph(places)
    for block in range(6):
        assert connected(sparse.csr_array(graph + graph.T), np.flatnonzero(np.array(first[0]) == block))
