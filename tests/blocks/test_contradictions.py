"""Locks that cannot all hold are named, no more of them than it takes."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks import Locks
from marketmap.blocks.contradictions import shrink
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from tests.blocks.test_propose import solve, two_towns


def postcodes(tables: Tables, start: int, stop: int) -> tuple[str, ...]:
    return tuple(tables.county_postcodes.index[start:stop])


def refuse(tables: Tables, locks: Locks) -> str:
    with pytest.raises(PlanError) as caught:
        solve(tables, locks=locks)
    return str(caught.value)


def test_a_lock_against_a_forbid_names_both_and_nothing_else() -> None:
    tables = two_towns()
    places = postcodes(tables, 2, 5)  # work lies in the first and the last
    locks = Locks(
        forbidden=(("B", places[0]), ("A", places[2])),
        zones={"north": ("A", postcodes(tables, 0, 5)), "south": ("B", postcodes(tables, 8, 10))},
    )
    text = refuse(tables, locks)
    assert "Locked block north gives A work in" in text
    assert f"block north held with A; A kept out of {places[2]}. Remove" in text
    assert "south" not in text
    assert "B kept out" not in text


def test_a_locked_block_over_capacity_names_block_provider_and_hours() -> None:
    tables = two_towns(hours_spare_week=15.0)
    # 30 hours lie in the town; A delivers ten of them already.
    text = refuse(tables, Locks(zones={"north": ("A", postcodes(tables, 0, 5))}))
    assert "Locked block north would bring A 20 carer hours" in text
    assert "it can take on 15" in text
    roomy = two_towns(hours_spare_week=20.0)
    assert not solve(roomy, locks=Locks(zones={"north": ("A", postcodes(roomy, 0, 5))})).proposals.empty


def test_locks_that_pass_a_providers_room_together_are_named_together() -> None:
    tables = two_towns(hours_spare_week=25.0)
    locks = Locks(
        zones={
            "one": ("A", postcodes(tables, 0, 2)),  # ten new hours
            "two": ("A", postcodes(tables, 4, 6)),  # twenty
            "three": ("B", postcodes(tables, 9, 10)),
        }
    )
    text = refuse(tables, locks)
    assert "block one held with A; block two held with A" in text
    assert "three" not in text


def test_what_a_contract_has_used_up_counts_first() -> None:
    tables = two_towns(hours_spare_week=25.0)
    blocks = pd.DataFrame(
        {"block_id": ["L1"], "provider_id": ["A"], "guaranteed_hours_week": [8.0], "status": ["active"],
         "price_hour": [30.0], "end_date": [None]}
    )  # fmt: skip
    areas = pd.DataFrame({"block_id": "L1", "postcode": list(postcodes(tables, 0, 2)), "sector": pd.NA})
    tables = dataclasses.replace(tables, blocks=blocks, block_areas=areas)
    text = refuse(tables, Locks(zones={"two": ("A", postcodes(tables, 4, 6))}))
    assert "10 of them promised to blocks already let" in text
    assert "both hold postcode" in refuse(tables, Locks(zones={"two": ("B", postcodes(tables, 1, 3))}))
    assert "has the name of a block already let" in refuse(tables, Locks(zones={"L1": ("B", postcodes(tables, 4, 5))}))


def test_more_block_hours_than_a_provider_would_take() -> None:
    tables = two_towns()
    offer = {"provider_id": ["A", "B"], "area_code": [None, None], "max_block_hours": [25.0, 99.0],
             "valid_from": [None, None]}  # fmt: skip
    tables = dataclasses.replace(tables, participation=pd.DataFrame(offer))
    text = refuse(tables, Locks(zones={"north": ("A", postcodes(tables, 0, 5))}))
    assert "would give A 30 block hours" in text
    assert "at most 25" in text


@pytest.mark.parametrize("seed", range(20))
def test_a_core_conflicts_and_no_part_of_it_does(seed: int) -> None:
    random = np.random.default_rng(seed)
    clashes = [set(random.choice(8, size=random.integers(1, 4), replace=False).tolist()) for _ in range(3)]

    def conflicts(part: object) -> bool:
        return any(clash <= set(part) for clash in clashes)  # type: ignore[call-overload]

    core = shrink([int(item) for item in range(8)], conflicts)
    assert conflicts(core)
    assert not any(conflicts(part) for part in itertools.combinations(core, len(core) - 1))
