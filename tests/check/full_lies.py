"""Lies about what a full run adds: alternatives, the frontier and the plan under other assumptions."""

from __future__ import annotations

from tests.check.more_lies import edit
from tests.check.written_plan import Change, WrittenPlan, add

PARTS = ("minutes_to_centre", "cost_travel", "cost_rounds", "cost_moves", "cost_price")


def repeat_the_plan(plan: WrittenPlan) -> None:
    """Call the proposed plan an alternative to itself."""
    rows = plan.table("alternative_postcodes")
    rows[:] = [row for row in rows if row["plan"] != "A1"]
    points = {row["postcode"]: row for row in plan.table("block_points")}
    blocks = {row["block_id"]: row for row in plan.proposed}
    for line in plan.table("block_postcodes"):
        if line["block_id"] in blocks:
            costs = points.get(line["postcode"], dict.fromkeys(PARTS, ""))
            rows.append(
                {name: costs[name] for name in PARTS}
                | {"plan": "A1", "block_id": line["block_id"], "postcode": line["postcode"]}
                | {name: blocks[line["block_id"]][name] for name in ("centre_postcode", "suggested_provider_id")}
            )


def tear(table: str, name: str) -> Change:
    """Give a block of another plan a postcode without work that lies nowhere near it."""

    def change(plan: WrittenPlan) -> None:
        rows = plan.rows(table, plan=name)
        block = rows[0]["block_id"]
        inside = {row["postcode"] for row in rows if row["block_id"] == block}
        taken, near = {row["postcode"] for row in rows}, plan.neighbours()
        let = {row["block_id"] for row in plan.rows("block_proposals", status="existing")}
        far = min(
            code
            for code in plan.empty_postcodes() - taken
            if not near[code] & inside and plan.block_of[code] not in let
        )
        plan.table(table).append(rows[0] | dict.fromkeys(PARTS, "") | {"postcode": far})

    return change


def take_let_postcodes(plan: WrittenPlan) -> None:
    let = plan.row("block_proposals", status="existing")["block_id"]
    code = min(code for code in plan.empty_postcodes() if plan.block_of[code] == let)
    first = plan.row("alternative_postcodes", plan="A1")
    plan.table("alternative_postcodes").append(first | dict.fromkeys(PARTS, "") | {"postcode": code})


def give_all_to(table: str, name: str, *, whom: str) -> Change:
    """Give every block of another plan to one provider: the one with least room, or one that takes no part."""

    def change(plan: WrittenPlan) -> None:
        taking_part = {row["provider_id"] for row in plan.table("participation.csv")}
        everyone = plan.table("providers.csv")
        if whom == "full":
            chosen = min(
                (row for row in everyone if row["provider_id"] in taking_part),
                key=lambda row: float(row["hours_spare_week"]) + float(row["max_growth_hours_13w"] or 0),
            )
        else:
            chosen = next(row for row in everyone if row["provider_id"] not in taking_part)
        for row in plan.rows(table, plan=name):
            row["suggested_provider_id"] = chosen["provider_id"]

    return change


def lose(*tables: str) -> Change:
    """Take files away, and out of run.json."""

    def change(plan: WrittenPlan) -> None:
        for name in tables:
            (plan.out / "internal" / f"{name}.csv").unlink()
            del plan.record["outputs"][f"internal/{name}.csv"]

    return change


def deny_that_it_was_full(plan: WrittenPlan) -> None:
    plan.record["solver"]["full"] = False


def keep_six_points(plan: WrittenPlan) -> None:
    others = [row["plan"] for row in plan.rows("frontier", proposed="no")]
    for table in ("frontier", "frontier_postcodes"):
        rows = plan.table(table)
        rows[:] = [row for row in rows if row["plan"] not in others[5:]]
    # That there are so few may be said, and is not.
    plan.record["notes"] = [note for note in plan.record["notes"] if "frontier has" not in note]


def turn_round(plan: WrittenPlan) -> None:
    plan.table("frontier").reverse()


def retell_gap(row: dict[str, str]) -> None:
    row["gap"] = f"{(float(row['objective']) - float(row['lower_bound'])) / float(row['objective']):.3f}"


def lift_a_rows_bound(plan: WrittenPlan) -> None:
    """Claim of the proposed row a bound above another row's plan, below its own cost."""
    own = plan.row("frontier", proposed="yes")
    least = min(float(row["objective_proposed_weights"]) for row in plan.table("frontier"))
    assert least < float(own["objective"]) - 1, "no row is cheaper than the proposed plan: take another seed"
    own["lower_bound"] = f"{(least + float(own['objective'])) / 2:.4f}"
    retell_gap(own)


def lift_the_plans_bound(plan: WrittenPlan) -> None:
    lift_a_rows_bound(plan)
    bound = float(plan.row("frontier", proposed="yes")["lower_bound"])
    solver, own = plan.record["solver"], plan.row("alternatives", plan="proposed")
    solver["lower_bound"] = bound
    solver["gap"] = (solver["objective"] - bound) / solver["objective"]
    own["lower_bound"] = f"{bound:.4f}"
    retell_gap(own)


def cost_less(plan: WrittenPlan) -> None:
    """Claim that an alternative costs less, alike wherever it is told but in its postcodes."""
    row = plan.row("alternatives", plan="A1")
    for column in ("objective", "objective_given_up"):
        add(row, column, -5.0)
    retell_gap(row)


def call_dominated(plan: WrittenPlan) -> None:
    row = plan.table("frontier")[0]
    row["dominated"] = "no" if row["dominated"] == "yes" else "yes"


def drop_the_refusals(plan: WrittenPlan) -> None:
    rows = plan.table("sensitivity")
    rows[:] = [row for row in rows if not row["variant"].endswith("refuses")]


def keep_who_refuses(plan: WrittenPlan) -> None:
    row = next(row for row in plan.table("sensitivity") if row["variant"].endswith("refuses"))
    row["share_same_provider"] = "1.000"


def go_below_the_bound(plan: WrittenPlan) -> None:
    row = next(row for row in plan.table("sensitivity") if row["variant"].endswith("refuses"))
    row["objective"] = f"{plan.record['solver']['lower_bound'] - 10:.4f}"
    row["lower_bound"] = f"{float(row['objective']) - 100:.4f}"
    retell_gap(row)


OF_FULL: list[tuple[str, Change, set[str]]] = [
    ("an alternative that is the plan", repeat_the_plan, {"alternatives-differ"}),
    ("an alternative in two pieces", tear("alternative_postcodes", "A1"), {"alternatives-rules"}),
    ("an alternative on let postcodes", take_let_postcodes, {"alternatives-rules"}),
    ("an alternative above capacity", give_all_to("alternative_postcodes", "A2", whom="full"), {"alternatives-rules"}),
    ("an alternative to no taker", give_all_to("alternative_postcodes", "A1", whom="absent"), {"alternatives-rules"}),
    ("an alternative that costs less", cost_less, {"alternatives-figures"}),
    ("an alternative that moves less", edit("alternatives", "hours_moving", -9.0, plan="A1"), {"alternatives-figures"}),
    ("another share elsewhere", edit("alternatives", "share_elsewhere", 0.1, plan="A2"), {"alternatives-differ"}),
    ("less given up", edit("alternatives", "objective_given_up", -9.0, plan="A1"), {"alternatives-listed"}),
    ("a gap of an alternative", edit("alternatives", "gap", -0.1, plan="A1"), {"alternatives-listed"}),
    ("a difference told smaller", edit("alternative_differences", "hours_elsewhere", -9.0), {"alternatives-told"}),
    ("an alternative gone", lose("alternatives", "alternative_postcodes"), {"full-complete"}),
    ("a full run denied", deny_that_it_was_full, {"full-complete"}),
    ("a frontier of six points", keep_six_points, {"frontier-listed"}),
    ("a frontier the other way round", turn_round, {"frontier-listed"}),
    ("a gap of the frontier", edit("frontier", "gap", -0.1, plan="F2"), {"frontier-listed"}),
    ("a row that moves less", edit("frontier", "carer_hours_moving", -5.0, plan="F3"), {"frontier-figures"}),
    ("a row that costs less", edit("frontier", "objective_proposed_weights", -5.0, plan="F2"), {"frontier-figures"}),
    ("a row cheaper at its weight", edit("frontier", "objective", -50.0, plan="F3"), {"frontier-figures"}),
    ("a row at another weight", edit("frontier", "move_minutes_hour", 20.0, plan="F3"), {"frontier-figures"}),
    ("a row's bound above a plan", lift_a_rows_bound, {"frontier-bounds"}),
    ("the bound above another plan", lift_the_plans_bound, {"frontier-bounds"}),
    ("a row called dominated", call_dominated, {"frontier-dominated"}),
    ("a row in two pieces", tear("frontier_postcodes", "F2"), {"frontier-rules"}),
    ("a row above capacity", give_all_to("frontier_postcodes", "F3", whom="full"), {"frontier-rules"}),
    ("no provider refuses", drop_the_refusals, {"sensitivity-listed"}),
    ("who refuses keeps its hours", keep_who_refuses, {"sensitivity-figures"}),
    ("a row below the bound", go_below_the_bound, {"sensitivity-figures"}),
    ("a share under less demand", edit("sensitivity", "share_in_blocks", 0.1, variant="demand 10% lower"),
     {"sensitivity-figures"}),
]  # fmt: skip
