"""The eight lies about a plan that must be caught, each told alike in every file that speaks of it."""

from __future__ import annotations

import networkx as nx
import pytest

from tests.check.written_plan import Change, WrittenPlan, add


def hand_over(plan: WrittenPlan, block: str, provider: dict[str, str]) -> None:
    """Name another provider for a block in every file that names one."""
    new = {"suggested_provider_id": provider["provider_id"], "suggested_provider_name": provider["provider_name"]}
    described = {"company_id": provider["company_id"], "cqc_rating": provider["cqc_rating"]}
    plan.row("block_proposals", block_id=block).update(new | described)
    for row in (*plan.rows("block_postcodes", block_id=block), *plan.rows("rollout", block_id=block)):
        row.update(new)
    for row in plan.rows("eligible_providers", block_id=block):
        row["suggested"] = "yes" if row["provider_id"] == provider["provider_id"] else "no"
        if row["suggested"] == "yes":
            row["eligible"] = "yes"


def guarantee(plan: WrittenPlan, hours: float) -> None:
    """Guarantee more or fewer hours in the block that starts first, also where hours are added up."""
    order = plan.table("rollout")
    add(plan.row("block_proposals", block_id=order[0]["block_id"]), "hours_guaranteed_start", hours)
    add(order[0], "hours_guaranteed_start", hours)
    for row in order:
        add(row, "cumulative_hours_guaranteed", hours)


def find_roomy(plan: WrittenPlan) -> str:
    """Find a provider of one block that stands nowhere else as next or backup, and could start at once."""
    named = [row["provider_id"] for row in plan.table("next_providers")]
    for row in plan.rows("next_providers", rank="1"):
        own = plan.rows("rollout", suggested_provider_id=row["provider_id"])
        room = float(row["carer_hours_room_after_plan"])
        spare = float(plan.row("providers.csv", provider_id=row["provider_id"])["hours_spare_week"])
        if named.count(row["provider_id"]) == len(own) == 1 and 0 < room <= spare - 1 and not own[0]["rollout_after"]:
            return row["provider_id"]
    return pytest.fail("no provider has room to take away: take another seed")


def lower_room(plan: WrittenPlan, provider: str, *, extra: float) -> None:
    """Lower what a provider has to spare, in the council's table, until the plan leaves it ``-extra`` hours."""
    told = plan.row("next_providers", provider_id=provider)
    by = float(told["carer_hours_room_after_plan"]) + extra
    add(plan.row("providers.csv", provider_id=provider), "hours_spare_week", -by)
    for column in ("carer_hours_room_after_plan", "carer_hours_room_left"):
        add(told, column, -by)
    own = plan.row("rollout", suggested_provider_id=provider)
    add(own, "carer_hours_room_before", -by)


def list_in_two_blocks(plan: WrittenPlan) -> None:
    code = min(code for code in plan.empty_postcodes() if plan.block_of[code] == plan.proposed[0]["block_id"])
    rows = plan.table("block_postcodes")
    place = rows.index(plan.row("block_postcodes", postcode=code))
    rows.insert(place + 1, rows[place] | {"block_id": plan.proposed[1]["block_id"]})


def list_in_no_block(plan: WrittenPlan) -> None:
    code = min(code for code in plan.empty_postcodes() if plan.block_of[code] == plan.proposed[0]["block_id"])
    plan.rehome(code, "spot")
    plan.table("block_postcodes").remove(plan.row("block_postcodes", postcode=code))


def promise_one_hour_more(plan: WrittenPlan) -> None:
    """Take from a provider with a block what the plan leaves it, and one hour more."""
    lower_room(plan, find_roomy(plan), extra=1.0)


def cut_in_two(plan: WrittenPlan) -> None:
    """Leave out of a block a postcode without work that holds it together."""
    near, empty = plan.neighbours(), plan.empty_postcodes()
    for block in (row["block_id"] for row in plan.proposed):
        graph = nx.Graph()
        inside = {code for code, own in plan.block_of.items() if own == block}
        graph.add_nodes_from(inside)
        graph.add_edges_from((a, b) for a in inside for b in near[a] & inside)
        joints = sorted(set(nx.articulation_points(graph)) & empty)
        if joints:
            return plan.rehome(joints[0], "spot")
    return pytest.fail("no block hangs on a postcode without work: take another seed")


def add_an_island(plan: WrittenPlan) -> None:
    """Give a block a postcode without work that lies nowhere near it."""
    block = plan.proposed[0]["block_id"]
    inside = {code for code, own in plan.block_of.items() if own == block}
    near = plan.neighbours()
    plan.rehome(min(c for c in plan.empty_postcodes() if plan.block_of[c] == "spot" and not near[c] & inside), block)


def move_a_lock(plan: WrittenPlan) -> None:
    let = plan.row("block_proposals", status="existing")["block_id"]
    plan.rehome(min(code for code in plan.empty_postcodes() if plan.block_of[code] == let), "spot")


def give_a_lock_away(plan: WrittenPlan) -> None:
    let = plan.row("block_proposals", status="existing")
    other = next(row for row in plan.proposed if row["suggested_provider_id"] != let["suggested_provider_id"])
    hand_over(plan, let["block_id"], plan.row("providers.csv", provider_id=other["suggested_provider_id"]))


def suggest_one_who_takes_no_part(plan: WrittenPlan) -> None:
    taking_part = {row["provider_id"] for row in plan.table("participation.csv")}
    absent = next(row for row in plan.table("providers.csv") if row["provider_id"] not in taking_part)
    hand_over(plan, plan.proposed[0]["block_id"], absent)


def suspend_the_suggested(plan: WrittenPlan) -> None:
    plan.row("providers.csv", provider_id=plan.proposed[0]["suggested_provider_id"])["placements_suspended"] = "yes"


def fix_one_that_moves(plan: WrittenPlan) -> None:
    """Mark as do_not_move, in the council's table, a package that the plan counts among those that move."""
    points = {row["postcode"] for row in plan.table("block_points") if row["block_id"] != "spot"}
    package = next(
        row for row in plan.table("packages.csv")
        if row["postcode"] in points and row["status"] == "active" and row["service_type"] == "home_care"
        and row["funding"] == "council" and not row["effective_to"] and row["do_not_move"] == "no"
    )  # fmt: skip
    package["do_not_move"] = "yes"


def lower_the_objective(plan: WrittenPlan) -> None:
    solver = plan.record["solver"]
    solver["objective"] -= 0.5
    solver["gap"] = (solver["objective"] - solver["lower_bound"]) / solver["objective"]


def guarantee_one_hour_more(plan: WrittenPlan) -> None:
    guarantee(plan, 1.0)


MUST_CATCH: list[tuple[str, Change, set[str]]] = [
    ("a postcode in two blocks", list_in_two_blocks, {"postcode-once"}),
    ("a postcode in none", list_in_no_block, {"county-covered"}),
    ("capacity broken by one hour", promise_one_hour_more, {"capacity"}),
    ("a block in two pieces: cut", cut_in_two, {"contiguous"}),
    ("a block in two pieces: an island", add_an_island, {"contiguous"}),
    ("a lock moved", move_a_lock, {"locks-held"}),
    ("a lock given to another", give_a_lock_away, {"locks-held"}),
    ("an ineligible provider: takes no part", suggest_one_who_takes_no_part, {"eligible"}),
    ("an ineligible provider: suspended", suspend_the_suggested, {"eligible"}),
    ("a do_not_move moved", fix_one_that_moves, {"do-not-move"}),
    ("a wrong objective", lower_the_objective, {"objective"}),
    ("a guarantee above what may be", guarantee_one_hour_more, {"guarantee"}),
]
