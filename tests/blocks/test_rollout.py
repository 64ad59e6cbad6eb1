"""The order of starts: possible at every step, most gain first, and complete wherever an order is."""

import itertools

import numpy as np
import pytest

from marketmap.blocks.rollout import Needs, explain_step, order_blocks, sum_needs, tabulate_rollout
from tests.blocks.test_propose import solve, two_towns

LITTLE = 1e-6


def draw_needs(seed: int, *, blocks: int = 6, providers: int = 3) -> Needs:
    """Blocks of a plan whose limits hold once all have started, as any plan's do."""
    random = np.random.default_rng(seed)
    owner = random.integers(0, providers, blocks)
    new = random.integers(1, 12, blocks).astype(float)
    freed = random.integers(0, 6, (blocks, providers)) * (random.random((blocks, providers)) < 0.6)
    freed = freed.astype(float)
    freed[np.arange(blocks), owner] = 0.0
    wanted = np.bincount(owner, weights=new, minlength=providers) - freed.sum(axis=0)
    return Needs(owner, new, freed, np.maximum(wanted, 0.0) + random.integers(0, 3, providers))


def fits(needs: Needs, started: list[int], block: int) -> bool:
    """Reckon from the definition whether a block can start after others."""
    provider = needs.owner[block]
    room = needs.capacity[provider] + sum(needs.freed[other][provider] for other in started)
    room -= sum(needs.new[other] for other in started if needs.owner[other] == provider)
    return bool(needs.new[block] <= room + LITTLE)


def walks(needs: Needs, order: tuple[int, ...]) -> bool:
    return all(fits(needs, list(order[:place]), block) for place, block in enumerate(order))


@pytest.mark.parametrize("seed", range(60))
def test_every_step_is_possible_when_its_turn_comes(seed: int) -> None:
    needs = draw_needs(seed)
    gains = np.random.default_rng(seed).uniform(-5, 50, 6)
    started: list[int] = []
    for step in order_blocks(needs, gains):
        if len(step.blocks) == 1:
            assert fits(needs, started, step.blocks[0])
            # No block that gains more was possible then, but one that would have broken what was to follow.
            alone = [block for block in range(6) if block not in started and fits(needs, started, block)]
            assert step.blocks[0] in alone
        else:
            assert not any(fits(needs, started, block) for block in range(6) if block not in started)
            for size in range(1, len(step.blocks)):
                for part in itertools.combinations(step.blocks, size):
                    together = [*started, *part]
                    assert not all(fits(needs, [b for b in together if b != block], block) for block in part)
        own = [block for block in started if needs.owner[block] in needs.owner[list(step.blocks)]]
        before = [*own, *step.after, *step.blocks]
        assert set(step.after) <= set(started)
        for block in step.blocks:
            assert fits(needs, [other for other in before if other != block], block)
        if step.after and len(step.blocks) == 1:
            fewer = itertools.combinations([b for b in started if b not in own], len(step.after) - 1)
            assert not any(fits(needs, [*own, *part], step.blocks[0]) for part in fewer)
        started += step.blocks
    assert sorted(started) == list(range(6))


def test_an_order_is_found_nearly_wherever_there_is_one() -> None:
    existing = found = 0
    for seed in range(60):
        needs = draw_needs(seed)
        if any(walks(needs, order) for order in itertools.permutations(range(6))):
            existing += 1
            found += all(len(step.blocks) == 1 for step in order_blocks(needs, np.arange(6.0)))
    assert existing > 20
    assert found >= 0.95 * existing


def test_where_all_is_possible_the_order_is_that_of_the_gains() -> None:
    needs = draw_needs(1)
    roomy = Needs(needs.owner, needs.new, needs.freed, np.full(3, 1000.0))
    gains = np.array([3.0, 9.0, 1.0, 7.0, 5.0, 2.0])
    assert [step.blocks[0] for step in order_blocks(roomy, gains)] == [1, 3, 4, 0, 5, 2]
    assert [step.blocks[0] for step in order_blocks(roomy, gains, most=2)] == [1, 3]


def test_a_block_waits_for_the_one_that_makes_room() -> None:
    # A has no room until block 1 takes ten hours off it.
    needs = Needs(
        owner=np.array([0, 1]),
        new=np.array([10.0, 10.0]),
        freed=np.array([[0.0, 0.0], [10.0, 0.0]]),
        capacity=np.array([0.0, 10.0]),
    )
    steps = order_blocks(needs, np.array([50.0, 5.0]))
    assert [(step.blocks, step.after) for step in steps] == [((1,), ()), ((0,), (1,))]


def test_a_block_that_asks_nothing_new_waits_for_none() -> None:
    # Block 0 takes the room of A that block 1 makes; block 2 is all A's own already.
    needs = Needs(
        owner=np.array([0, 1, 0]),
        new=np.array([10.0, 10.0, 0.0]),
        freed=np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 0.0]]),
        capacity=np.array([0.0, 10.0]),
    )
    steps = order_blocks(needs, np.array([50.0, 90.0, 5.0]))
    assert [(step.blocks, step.after) for step in steps] == [((1,), ()), ((0,), (1,)), ((2,), ())]


def test_a_better_block_comes_forward_where_another_order_lets_as_many_start() -> None:
    # The order that frees most begins with block 1 of A. Block 3 first takes all of A's room, but block 2 makes more.
    needs = Needs(
        owner=np.array([1, 0, 1, 0]),
        new=np.array([2.0, 2.0, 4.0, 5.0]),
        freed=np.array([[0.0, 0.0], [0.0, 3.0], [2.0, 0.0], [0.0, 0.0]]),
        capacity=np.array([5.0, 5.0]),
    )
    steps = order_blocks(needs, np.array([2.0, -1.0, 1.0, 15.0]))
    assert [step.blocks for step in steps] == [(3,), (2,), (1,), (0,)]
    # A holds nothing of what it takes first, so block 1 has to wait for the room that block 2 makes.
    assert [step.after for step in steps] == [(), (), (2,), (1,)]


@pytest.mark.parametrize(
    ("now", "after", "others", "text"),
    [
        (True, [], [], "Its provider has the room today"),
        (
            True,
            ["B2"],
            [],
            "Could start today; after its provider's own earlier blocks, needs the room that other blocks",
        ),
        (False, ["B2"], [], "Its provider has the room once work of its own has moved to other blocks: first B2"),
        (True, [], ["B3"], "Could start today; after its provider's own earlier blocks, only on one day with block B3"),
        (False, [], ["B3", "B4"], "Only on one day with 2 other blocks"),
        (False, ["B1", "B2", "B3", "B4", "B5", "B6"], [], "first B1, B2, B3, B4, B5 and 1 more (rollout_after)"),
    ],
)
def test_the_note_says_what_holds_today_and_what_at_its_turn(
    now: bool, after: list[str], others: list[str], text: str
) -> None:
    assert text in explain_step(now, after, others)


def test_two_that_need_each_other_start_on_one_day() -> None:
    needs = Needs(
        owner=np.array([0, 1]),
        new=np.array([10.0, 10.0]),
        freed=np.array([[0.0, 10.0], [10.0, 0.0]]),
        capacity=np.zeros(2),
    )
    steps = order_blocks(needs, np.array([50.0, 5.0]))
    assert [step.blocks for step in steps] == [(0, 1)]


def test_the_table_sums_up_step_by_step() -> None:
    plan = solve(two_towns())
    table = plan.rollout
    assert table["rollout_rank"].tolist() == [1, 2]
    assert table["cumulative_gain_minutes_week"].iloc[-1] == pytest.approx(plan.proposals["gain_total"].sum())
    assert table["cumulative_hours_guaranteed"].iloc[-1] == pytest.approx(
        plan.proposals["hours_guaranteed_start"].sum()
    )
    ranks = plan.proposals.set_index("block_id")["rollout_rank"]
    assert ranks.loc[table["block_id"]].tolist() == [1, 2]
    zones = list(plan.case.zones)
    needs = sum_needs(plan.case.model, zones)
    assert table["carer_hours_new"].sum() == pytest.approx(needs.new.sum())
    assert tabulate_rollout(plan.case.model, [], proposals=plan.proposals.iloc[:0]).empty
