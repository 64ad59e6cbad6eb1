"""Locks from the council's folder: kept by every plan, told in words, and refused where they cannot all hold."""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks import Locks, Plan, Stop, propose
from marketmap.blocks.exit import _keep_groups_whole
from marketmap.blocks.first import propose_first
from marketmap.blocks.locks import read_locks
from marketmap.blocks.propose import resolve
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from tests.blocks.mixed_street import PROVIDERS, mixed_settings
from tests.blocks.small_county import DISTRICT, make_rounds, make_street, make_tables, make_times

Row = tuple[str, str, str | None, str]
QUICK = Stop(max_iterations=60)


def with_locks(tables: Tables, rows: Sequence[Row]) -> Tables:
    table = pd.DataFrame(rows, columns=["kind", "lock_id", "provider_id", "place"])
    return dataclasses.replace(tables, locks=table.assign(row=np.arange(2, 2 + len(rows))))


@functools.cache
def gappy_street() -> Tables:
    """A street where every third postcode has no work."""
    street = make_street(60, metres=400.0)
    random = np.random.default_rng(5)
    packages = [
        {
            "postcode": postcode,
            "provider_id": PROVIDERS[int(random.integers(4))],
            "hours_week": hours,
            "visits_week": hours,
        }
        for number, (postcode, hours) in enumerate(zip(street.index, random.integers(8, 20, 60) * 1.0, strict=True))
        if number % 3
    ]
    tables = make_tables(packages, [{"provider_id": name, "hours_spare_week": 200.0} for name in PROVIDERS],
                         postcodes=street)  # fmt: skip
    return dataclasses.replace(tables, visits=make_rounds(tables.packages))


def solve(tables: Tables, *, locks: Locks | None = None, **values: object) -> Plan:
    times = make_times(tables.county_postcodes)
    return propose(tables, times, mixed_settings(**values), locks=locks, stop=QUICK)


@functools.cache
def free_plan() -> Plan:
    return solve(gappy_street())


def blocks_of(plan: Plan) -> pd.Series:
    return plan.postcodes.set_index("postcode")["block_id"]


def crossing_locks(plan: Plan) -> list[Row]:
    """One lock of each kind that the plan breaks."""
    blocks = blocks_of(plan)
    names = list(blocks.index)
    border = next(
        at for at in range(5, 55) if blocks.iloc[at] != blocks.iloc[at + 1] and "spot" not in set(blocks[at : at + 2])
    )
    sizes = blocks[blocks != "spot"].value_counts()
    large = blocks.index[(blocks == sizes.index[0]).to_numpy() & ~blocks.index.isin(names[border - 1 : border + 3])]
    holder = plan.proposals.set_index("block_id")["suggested_provider_id"]
    other = blocks.index[blocks == sizes.index[1]]
    free = [at for at in range(2, 58) if at not in range(border - 3, border + 4)
            and names[at] not in large and names[at] not in other]  # fmt: skip
    zone = names[free[-1] - 3 : free[-1]]
    return [
        ("together", "T1", None, names[border]),
        ("together", "T1", None, names[border + 1]),
        ("apart", "A1", None, large[0]),
        ("apart", "A1", None, large[-1]),
        ("forbid", "F1", str(holder[sizes.index[1]]), other[1]),
        *(("hold", "H1", "C", place) for place in zone),
    ]


def broken_locks(plan: Plan, rows: Sequence[Row]) -> set[str]:
    """Name the locks that a plan's look-up list breaks, from their definitions."""
    rows_of = pd.DataFrame(rows, columns=["kind", "lock_id", "provider_id", "place"])
    blocks = blocks_of(plan)
    provider = plan.postcodes.set_index("postcode")["suggested_provider_id"]
    sectors = blocks.index.str[:-2]
    broken = set()
    for (kind, name), own in rows_of.groupby(["kind", "lock_id"]):
        parts = [blocks.index[(blocks.index == place) | (sectors == place)] for place in own["place"]]
        every = parts[0].append(parts[1:])
        if kind == "together" and len(set(blocks[every])) > 1:
            broken.add(str(name))
        if kind == "apart":
            found = [set(blocks[part]) - {"spot"} for part in parts]
            broken |= {str(name)} if sum(map(len, found)) > len(set().union(*found)) else set()
        if kind == "forbid" and (provider[every] == own["provider_id"].iloc[0]).any():
            broken.add(str(name))
        if kind == "hold" and (
            set(blocks.index[blocks == name]) != set(every) or set(provider[every]) != {own["provider_id"].iloc[0]}
        ):
            broken.add(str(name))
    return broken


def test_a_plan_keeps_every_lock_down_to_postcodes_without_work() -> None:
    rows = crossing_locks(free_plan())
    assert broken_locks(free_plan(), rows) == {"T1", "A1", "F1", "H1"}
    plan = solve(with_locks(gappy_street(), rows))
    assert broken_locks(plan, rows) == set()
    assert plan.objective >= free_plan().objective
    held = plan.proposals.set_index("block_id").loc["H1"]
    assert held["status"] == "held"
    assert "by a lock" in held["reason"]
    assert any("1 zone held, 1 provider kept out of a place, 1 group" in note for note in plan.notes)
    assert (plan.proposals["status"] == "proposed").sum() > 2


@pytest.mark.parametrize("seed", range(4))
def test_sectors_together_and_apart(seed: int) -> None:
    tables = gappy_street()
    sectors = sorted(set(tables.county_postcodes["sector"]))
    random = np.random.default_rng(seed)
    one, two, three = random.permutation(len(sectors) - 1)[:3]
    rows: list[Row] = [("apart", "A1", None, sectors[one]), ("apart", "A1", None, sectors[one + 1]),
                       ("apart", "A2", None, sectors[two]), ("apart", "A2", None, sectors[(two + 2) % len(sectors)]),
                       ("forbid", "F1", "B", sectors[three])]  # fmt: skip
    half = tables.county_postcodes.index[tables.county_postcodes["sector"] == sectors[three]][:3]
    rows += [("together", "T1", None, place) for place in half]
    plan = solve(with_locks(tables, rows))
    assert broken_locks(plan, rows) == set()
    assert len(plan.proposals) > 2


def test_the_rest_of_the_product_keeps_them_too() -> None:
    rows = crossing_locks(free_plan())
    plan = solve(with_locks(gappy_street(), rows))
    first = propose_first(plan, 2, stop=QUICK)
    assert (first.proposals["status"] == "proposed").sum() == 2
    assert broken_locks(first, rows) == set()
    varied = resolve(plan.case, settings=mixed_settings(move_minutes_hour=8.0), stop=QUICK)
    assert broken_locks(varied, rows) == set()
    company = str(plan.proposals.loc[plan.proposals["status"] == "proposed", "company_id"].mode()[0])
    left = plan.without(company, stop=QUICK)
    after = plan.postcodes.set_index("postcode")
    moved = left.postcodes.set_index("postcode")
    after.loc[moved.index, "block_id"] = moved["block_id_after"]
    after.loc[moved.index, "suggested_provider_id"] = moved["suggested_provider_id"]
    assert len(moved)
    assert broken_locks(dataclasses.replace(plan, postcodes=after.reset_index()), rows) == set()


def test_the_company_that_a_zone_is_held_with_may_leave() -> None:
    rows = crossing_locks(free_plan())
    left = solve(with_locks(gappy_street(), rows)).without("C", stop=QUICK)
    assert set(left.blocks.loc[left.blocks["block_id"] == "H1", "status"]) == {"held"}


def test_a_lock_of_the_caller_comes_on_top_of_the_tables() -> None:
    rows = crossing_locks(free_plan())
    district = Locks(forbidden=(("A", DISTRICT),))
    plan = solve(with_locks(gappy_street(), rows), locks=district)
    assert broken_locks(plan, [*rows, ("forbid", "F2", "A", "LE15 0")]) == set()
    assert "A" not in set(plan.proposals["suggested_provider_id"])


def test_locks_are_read_by_kind_and_told_by_row() -> None:
    tables = gappy_street()
    names = list(tables.county_postcodes.index)
    rows: list[Row] = [("hold", "H1", "A", "LE15 0"), ("forbid", "F1", "B", "LE15 1"), ("forbid", "F1", "B", names[0]),
                       ("apart", "A1", None, names[0]), ("apart", "A1", None, "LE15 2")]  # fmt: skip
    locks = read_locks(with_locks(tables, rows).locks, county_postcodes=tables.county_postcodes)
    assert locks.zones == {"H1": ("A", tuple(names[:10]))}
    assert locks.forbidden == (("B", "LE15 1"), ("B", names[0]))
    assert locks.apart == {"A1": (names[0], "LE15 2")}
    assert locks.named["apart", "A1"] == "A1 (rows 5–6 of locks), apart"
    assert read_locks(None, county_postcodes=tables.county_postcodes) == Locks()


def place(number: int) -> str:
    return str(gappy_street().county_postcodes.index[number])


CONTRADICTIONS: dict[str, tuple[list[Row], str, set[str]]] = {
    "hold and forbid": (
        [("hold", "H1", "A", place(4)), ("forbid", "F1", "A", "LE15 0"), ("forbid", "F2", "B", "LE15 0")],
        "where it is forbidden any",
        {"H1", "F1"},
    ),
    "two holds": (
        [("hold", "H1", "A", place(4)), ("hold", "H2", "B", "LE15 0"), ("hold", "H3", "B", "LE15 2")],
        f"both hold postcode {place(4)}",
        {"H1", "H2"},
    ),
    "together and apart": (
        [("together", "T1", None, place(1)), ("together", "T1", None, place(2)), ("together", "T2", None, place(2)),
         ("together", "T2", None, place(3)), ("apart", "A1", None, place(1)), ("apart", "A1", None, place(3)),
         ("apart", "A2", None, place(1)), ("apart", "A2", None, "LE15 4")],
        "must be together and must be apart",
        {"T1", "T2", "A1"},
    ),
    "together across a hold": (
        [("hold", "H1", "A", place(4)), ("together", "T1", None, place(4)), ("together", "T1", None, place(5))],
        "which must be together",
        {"H1", "T1"},
    ),
    "apart in a hold": (
        [("hold", "H1", "A", "LE15 0"), ("apart", "A1", None, place(4)), ("apart", "A1", None, place(5))],
        "which must be apart",
        {"H1", "A1"},
    ),
    "together above the maximum": (
        [("together", "T1", None, "LE15 0"), ("together", "T1", None, place(10)), ("together", "T2", None, place(10)),
         ("together", "T2", None, place(11)), ("together", "T2", None, place(12)), ("together", "T2", None, place(13)),
         ("together", "T3", None, place(30)), ("together", "T3", None, place(31))],
        "a block at most 110",
        {"T1", "T2"},
    ),
    "together in pieces": (
        [("together", "T1", None, place(1)), ("together", "T1", None, place(7)), ("together", "T1", None, place(11))],
        f"lies between, for instance {place(2)}, {place(4)}, {place(5)}, {place(8)}, {place(10)}, or take",
        {"T1"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_locks_that_cannot_all_hold_are_named_with_their_rows(name: str) -> None:
    rows, words, core = CONTRADICTIONS[name]
    with pytest.raises(PlanError) as caught:
        solve(with_locks(gappy_street(), rows))
    text = str(caught.value)
    assert words in text
    for lock in {lock for _, lock, _, _ in rows}:
        assert (f"{lock} (row" in text) == (lock in core), text


@pytest.mark.parametrize("name", [name for name in CONTRADICTIONS if name != "together in pieces"])
def test_without_any_one_of_them_there_is_a_plan(name: str) -> None:
    rows, _, core = CONTRADICTIONS[name]
    for gone in core:
        left = [row for row in rows if row[1] != gone]
        assert broken_locks(solve(with_locks(gappy_street(), left)), left) == set()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("hold", "H1", "A", place(1))], "both hold postcode"),
        ([("together", "T1", None, place(1)), ("together", "T1", None, place(2))], "which must be together"),
        ([("apart", "A1", None, place(0)), ("apart", "A1", None, place(1))], "which must be apart"),
    ],
)
def test_a_lock_against_a_block_already_let(rows: list[Row], words: str) -> None:
    blocks = pd.DataFrame(
        {"block_id": ["L1"], "provider_id": ["B"], "guaranteed_hours_week": [8.0], "status": ["active"],
         "price_hour": [30.0], "end_date": [None]}
    )  # fmt: skip
    areas = pd.DataFrame({"block_id": "L1", "postcode": [place(0), place(1)], "sector": pd.NA})
    tables = dataclasses.replace(gappy_street(), blocks=blocks, block_areas=areas)
    with pytest.raises(PlanError, match=words):
        solve(with_locks(tables, rows))


def test_together_over_two_districts_needs_a_share_without_limit() -> None:
    tables = gappy_street()
    postcodes = tables.county_postcodes.assign(district_code=DISTRICT)
    postcodes.iloc[30:, postcodes.columns.get_loc("district_code")] = "E06000099"
    packages = tables.packages.assign(
        district_code=postcodes["district_code"].reindex(tables.packages["postcode"]).to_numpy()
    )
    tables = dataclasses.replace(tables, county_postcodes=postcodes, packages=packages)
    rows: list[Row] = [("together", "T1", None, place(number)) for number in (29, 30, 31)]
    with pytest.raises(PlanError, match="in several districts"):
        solve(with_locks(tables, rows), share_cap=0.5)
    assert broken_locks(solve(with_locks(tables, rows), share_cap=1.0), rows) == set()


def test_a_provider_is_kept_out_of_a_postcode_without_work() -> None:
    blocks = blocks_of(free_plan())
    names = list(blocks.index)
    empty = next(at for at in range(3, 57, 3) if blocks.iloc[at] != "spot")
    holder = free_plan().postcodes["suggested_provider_id"].iloc[empty]
    rows: list[Row] = [("forbid", "F1", str(holder), names[empty])]
    assert broken_locks(free_plan(), rows) == {"F1"}
    assert broken_locks(solve(with_locks(gappy_street(), rows)), rows) == set()


def test_what_is_together_with_a_postcode_that_locks_keep_off_all_work_stays_outside() -> None:
    blocks = blocks_of(free_plan())
    other = next(at for at in range(10, 58) if at % 3 and blocks.iloc[at] != "spot")
    # postcode 3 has no work, and may hang on neither neighbour
    rows: list[Row] = [("apart", "A1", None, place(at)) for at in (2, 3, 4)]
    rows += [("together", "T1", None, place(at)) for at in (3, other)]
    plan = solve(with_locks(gappy_street(), rows))
    assert broken_locks(plan, rows) == set()
    told = plan.postcodes.set_index("postcode").loc[[place(3), place(other)]]
    assert told["block_id"].tolist() == ["spot", "spot"]
    assert told["reason"].tolist() == [
        "A lock keeps it apart from the work of the blocks it touches",
        "A lock keeps it together with a place that no block can have",
    ]


def test_zones_are_drawn_anew_with_whole_groups_alone() -> None:
    model = free_plan().case.model
    together = np.full(len(model.points), -1)
    together[[0, 1]], together[[5, 6]] = 0, 1
    model = dataclasses.replace(model, groups=dataclasses.replace(model.groups, together=together))
    wanted, free = np.zeros(len(model.points), dtype=bool), np.ones(len(model.points), dtype=bool)
    wanted[[1, 3, 5]], free[6] = True, False
    assert np.flatnonzero(_keep_groups_whole(model, wanted, free)).tolist() == [0, 1, 3]


def test_a_group_completed_as_the_error_says_is_kept() -> None:
    rows: list[Row] = [("together", "T1", None, place(at)) for at in (1, 2, 4, 5, 7)]
    assert broken_locks(solve(with_locks(gappy_street(), rows)), rows) == set()


def test_places_that_only_a_block_already_let_joins_cannot_be_together() -> None:
    blocks = pd.DataFrame(
        {"block_id": ["L1"], "provider_id": ["B"], "guaranteed_hours_week": [8.0], "status": ["active"],
         "price_hour": [30.0], "end_date": [None]}
    )  # fmt: skip
    areas = pd.DataFrame({"block_id": "L1", "postcode": [place(4)], "sector": pd.NA})
    tables = dataclasses.replace(gappy_street(), blocks=blocks, block_areas=areas)
    with pytest.raises(PlanError, match="No road joins them but through blocks that stay as they are"):
        solve(with_locks(tables, [("together", "T1", None, place(2)), ("together", "T1", None, place(5))]))
