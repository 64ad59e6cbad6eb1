"""A company leaves: its blocks find the best new homes that there are, every hour has an answer, the rest stays."""

import dataclasses
import itertools
import re

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks import Plan
from marketmap.blocks import rehome as rehome_module
from marketmap.blocks.audit import Commitments, cost_providers, find_bar
from marketmap.blocks.exit import ExitPlan
from marketmap.blocks.mip import MipAnswer
from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import Zone
from marketmap.blocks.rehome import rehome_zones
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from tests.blocks.small_county import make_rounds, make_street, make_tables
from tests.blocks.test_propose import settings_with, solve


def three_towns(**spare: float) -> Tables:
    """Three towns 40 km apart with a block each: A's, A's again, and B's; C has no work and room for what it likes."""
    street = make_street(12)
    street.loc[street.index[4:8], "easting"] += 40_000
    street.loc[street.index[8:], "easting"] += 80_000
    holders = [(0, "A"), (1, "A"), (2, None), (3, "B"), (4, "A"), (5, None), (6, "A"), (8, "B"), (9, "B"), (10, "A")]
    packages = [
        {"postcode": street.index[place], "provider_id": who, "status": "active" if who else "waiting"}
        for place, who in holders
    ]
    packages.append({"postcode": street.index[7], "provider_id": "A", "do_not_move": True})
    packages.append({"postcode": street.index[7], "provider_id": "A", "service_type": "live_in"})
    providers = [
        {"provider_id": name, "company_id": f"co-{name}", "postcode": street.index[place],
         "hours_spare_week": spare.get(name, 50.0)}
        for name, place in (("A", 1), ("B", 9), ("C", 11))
    ]  # fmt: skip
    tables = make_tables(packages, providers, postcodes=street)
    return dataclasses.replace(tables, visits=make_rounds(tables.packages))


def leave(company: str = "co-A", **spare: float) -> tuple[Plan, ExitPlan]:
    plan = solve(three_towns(**spare), min_hours=25.0, max_hours=60.0)
    return plan, plan.without(company)


def test_its_blocks_go_whole_where_somebody_has_the_room() -> None:
    plan, exit_plan = leave(C=100.0)
    own = plan.proposals.loc[plan.proposals["company_id"] == "co-A", "block_id"]
    assert len(own) == 2
    assert set(exit_plan.blocks["block_id"]) == set(own)
    assert set(exit_plan.blocks["answer"]) == {"whole"}
    assert "A" not in set(exit_plan.blocks["suggested_provider_id"])
    changed = plan.postcodes["block_id"].isin(own)
    assert exit_plan.postcodes["postcode"].tolist() == plan.postcodes.loc[changed, "postcode"].tolist()
    assert (exit_plan.postcodes["block_id_before"] == exit_plan.postcodes["block_id_after"]).all()


def test_every_hour_of_the_company_has_one_answer() -> None:
    for spare in ({"C": 100.0}, {"C": 15.0, "B": 20.0}, {"C": 0.0, "B": 20.0}):
        plan, exit_plan = leave(**spare)
        packages = plan.case.tables.packages
        mine = packages[(packages["provider_id"] == "A") & (packages["status"] == "active")]
        hours = exit_plan.hours
        assert hours["hours_from_company"].sum() == pytest.approx(mine["hours_week"].sum())
        own = plan.proposals[plan.proposals["company_id"] == "co-A"]
        assert hours["hours_waiting"].sum() == pytest.approx(own["hours_waiting"].sum())
        answers = hours.groupby("answer")["hours_from_company"].sum()
        assert answers["one_by_one"] == pytest.approx(10.0)
        assert answers["out_of_scope"] == pytest.approx(10.0)
        assert answers["other_block"] == pytest.approx(10.0)  # in B's block, which has the room for it
        assert (hours["reason"] != "").all()
        assert (hours["suggested_provider_id"] != "A").all()


def test_where_nobody_has_the_room_for_all_somebody_may_step_in() -> None:
    tables = three_towns(C=32.0, B=10.0)
    # C cannot serve the second town. In the first 40 hours lie, ten of them B's: it has room for the other thirty.
    tables.packages.loc[tables.packages["postcode"].isin(tables.county_postcodes.index[4:8]), "needs"] = "dementia"
    tables.providers.loc[tables.providers["provider_id"] == "C", "services"] = "complex"
    exit_plan = solve(tables, min_hours=25.0, max_hours=60.0).without("co-A")
    rows = exit_plan.blocks.set_index("answer")
    assert set(rows.index) == {"step_in", "nobody"}
    assert rows.loc["step_in", "suggested_provider_id"] == "C"
    assert "without the room" in rows.loc["step_in", "reason"]
    assert rows.loc["nobody", "reason"].endswith(
        "Of 2 others that take part: 1 lacks dementia somewhere in it, 1 without the room"
    )
    stepped = exit_plan.hours.set_index("answer").loc["step_in"]
    assert (stepped["hours_from_company"], stepped["hours_waiting"]) == (20.0, 10.0)


def test_what_nobody_can_take_is_listed_with_the_reason() -> None:
    plan, exit_plan = leave(C=0.0, B=10.0)
    assert set(exit_plan.blocks["answer"]) == {"nobody"}
    lost = exit_plan.hours[exit_plan.hours["answer"] == "nobody"]
    own = plan.proposals[plan.proposals["company_id"] == "co-A"].set_index("block_id")
    assert (
        lost.groupby("block_id")["hours_from_company"].sum().to_dict() == own["hours_already_with_provider"].to_dict()
    )
    assert lost.groupby("block_id")["hours_waiting"].sum().to_dict() == own["hours_waiting"].to_dict()
    assert lost["reason"].str.contains("without the room").all()
    assert set(exit_plan.postcodes["block_id_after"]) == {"spot"}


def test_several_who_lack_the_same_are_told_in_the_plural() -> None:
    tables = three_towns(C=100.0, B=100.0)
    tables.packages.loc[tables.packages["postcode"].isin(tables.county_postcodes.index[4:8]), "needs"] = "complex"
    tables.providers.loc[tables.providers["provider_id"] != "A", "services"] = "dementia"
    reasons = solve(tables, min_hours=25.0, max_hours=60.0).without("co-A").blocks.set_index("answer")["reason"]
    assert reasons["nobody"] == ("Nobody can have it whole. Of 2 others that take part: 2 lack complex somewhere in it")


def test_what_the_company_delivers_adds_up_as_told_and_the_files_with_it_are_named() -> None:
    tables = three_towns(C=0.0, B=10.0)
    tables.packages["hours_week"] = 10.4
    exit_plan = solve(tables, min_hours=25.0, max_hours=60.0).without("co-A")
    told = next(note for note in exit_plan.notes if note.startswith("It delivers"))
    total, *parts = (float(figure) for figure in re.findall(r"[0-9]+\.[0-9]", told))
    assert len(parts) > 1
    assert total == pytest.approx(sum(parts))
    assert total == pytest.approx(exit_plan.hours["hours_from_company"].sum())
    assert any("block_proposals.csv" in note and "with the company in it" in note for note in exit_plan.notes)


def test_other_blocks_keep_what_they_have() -> None:
    plan, exit_plan = leave(C=100.0)
    others = plan.postcodes[~plan.postcodes["block_id"].isin(exit_plan.blocks["block_id"])]
    assert not set(others["postcode"]) & set(exit_plan.postcodes["postcode"])


def test_a_block_already_let_finds_a_new_home_too() -> None:
    tables = three_towns(C=100.0)
    let = list(tables.county_postcodes.index[4:8])
    blocks = pd.DataFrame(
        {"block_id": ["L1"], "provider_id": ["A"], "guaranteed_hours_week": [30.0], "status": ["active"],
         "price_hour": [24.0], "end_date": [None]}
    )  # fmt: skip
    areas = pd.DataFrame({"block_id": "L1", "postcode": let, "sector": pd.NA})
    plan = solve(dataclasses.replace(tables, blocks=blocks, block_areas=areas), min_hours=25.0, max_hours=60.0)
    row = plan.without("co-A").blocks.set_index("block_id").loc["L1"]
    assert (row["status"], row["answer"], row["suggested_provider_id"]) == ("existing", "whole", "C")


def test_an_unknown_company_is_told_which_ones_there_are() -> None:
    plan, _ = leave()
    with pytest.raises(PlanError, match="co-A"):
        plan.without("co-a")
    with pytest.raises(PlanError, match="A is a provider; its company is co-A"):
        plan.without("A")


def test_inputs_and_the_plan_are_not_changed() -> None:
    plan = solve(three_towns(), min_hours=25.0, max_hours=60.0)
    before = plan.case.tables.packages.copy(), plan.case.tables.providers.copy(), plan.postcodes.copy()
    plan.without("co-A")
    after = plan.case.tables.packages, plan.case.tables.providers, plan.postcodes
    for one, two in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one, two)


def draw_model(seed: int) -> tuple[BlockModel, list[Zone], Commitments]:
    """Draw four zones of a made-up model to give out among three providers of two companies in two districts."""
    plan = solve(three_towns())
    model, random = plan.case.model, np.random.default_rng(seed)
    count, providers = len(model.points), len(model.providers)
    points = model.points.assign(
        contact_hours=random.integers(2, 9, count).astype(float),
        carer_hours_waiting=random.integers(0, 3, count).astype(float),
        hours_waiting=random.integers(0, 3, count).astype(float),
    )
    points["carer_hours"] = points["contact_hours"]
    limits = dataclasses.replace(
        model.limits,
        most_hours=random.choice([20.0, np.inf], providers),
        company_of=np.array([0, 0, 1]),
        district_of=random.integers(0, 2, count),
        share_cap=random.integers(4, 30, (2, 2)).astype(float),
        blocks_there=random.integers(0, 2, (2, 2)),
    )
    held = np.minimum(random.integers(0, 4, (count, providers)), 2).astype(float)
    barred = np.where(random.random((count, providers)) < 0.08, "lacks it", "").astype(object)
    model = dataclasses.replace(model, points=points, limits=limits, held=held, barred=barred)
    parts = np.array_split(np.arange(count), 4)
    zones = [Zone(f"Z{n}", existing=False, provider=-1, centre=int(at[0]), points=at) for n, at in enumerate(parts)]
    room = random.integers(0, 25, providers).astype(float)
    after = Commitments(room, np.zeros(providers), np.zeros((2, 2)), limits.blocks_there.astype(np.int64).copy())
    return model, zones, after


@pytest.mark.parametrize("unserved_only", [False, True])
@pytest.mark.parametrize("seed", range(15))
def test_zones_are_given_out_as_trying_every_way_would(seed: int, unserved_only: bool) -> None:
    model, zones, after = draw_model(seed)
    settings = settings_with().blocks
    names = ("carer_hours_waiting", "hours_waiting") if unserved_only else ("carer_hours", "contact_hours")
    load, hours = (model.points[name].to_numpy(float) for name in names)
    cost = np.array([cost_providers(model, zone, settings=settings) for zone in zones])
    if unserved_only:
        cost -= np.array([model.moves[zone.points].sum(axis=0) for zone in zones])
    left = np.array([model.outside[zone.points].sum() for zone in zones])

    def allowed(given: tuple[int, ...]) -> bool:
        for number in range(3):
            own = [zone for zone, who in zip(zones, given, strict=True) if who == number]
            placed = [zone for zone, who in zip(zones, given, strict=True) if who >= 0]
            taken = sum(load[zone.points].sum() for zone in own)
            freed = 0.0 if unserved_only else sum(model.held[zone.points, number].sum() for zone in placed)
            if taken - freed > after.room[number] + 1e-9:
                return False
            if sum(hours[zone.points].sum() for zone in own) > model.limits.most_hours[number] + 1e-9:
                return False
            if any(find_bar(model, zone, number) for zone in own):
                return False
        for company, district in itertools.product(range(2), range(2)):
            own = [
                z for z, who in zip(zones, given, strict=True) if who >= 0 and model.limits.company_of[who] == company
            ]
            there = [hours[z.points][model.limits.district_of[z.points] == district].sum() for z in own]
            blocks = sum(value > 0 for value in there) + after.counts[company, district]
            if blocks > 1 and sum(there) > model.limits.share_cap[company, district] + 1e-9:
                return False
        return True

    def total(given: tuple[int, ...]) -> float:
        return sum(cost[place, who] - left[place] for place, who in enumerate(given) if who >= 0)

    best = min(total(given) for given in itertools.product(range(-1, 3), repeat=4) if allowed(given))
    given, proven = rehome_zones(model, zones, after, settings=settings, unserved_only=unserved_only)
    found = tuple(int(who) for who in given)
    assert proven
    assert allowed(found)
    assert total(found) == pytest.approx(best)


def test_what_a_limit_cut_short_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, whole = leave(C=100.0)
    assert not any("cut short" in note or "ended by a limit" in note for note in whole.notes)
    monkeypatch.setattr(rehome_module, "solve_mip", lambda *_arguments, **_options: MipAnswer("limit", None, 0.0, 0.0))
    cut = plan.without("co-A")
    assert any("ended by a limit: more of them may find a home" in note for note in cut.notes)
