"""Lies about a swap list, each with the check that must find it."""

from __future__ import annotations

from collections.abc import Callable

from tests.check.written_plan import WrittenPlan, add

Line = dict[str, str]


def first(plan: WrittenPlan) -> Line:
    return plan.table("swap_list")[0]


def of_packages(plan: WrittenPlan, package: str, **changes: str) -> None:
    for row in plan.rows("packages.csv", package_id=package):
        row.update(changes)


def of_provider(plan: WrittenPlan, provider: str, **changes: str) -> None:
    plan.row("providers.csv", provider_id=provider).update(changes)


def move_twice(plan: WrittenPlan) -> None:
    plan.table("swap_list").append(dict(first(plan)))


def claim_another_holder(plan: WrittenPlan) -> None:
    row = first(plan)
    others = {line["provider_id"] for line in plan.table("providers.csv")} - {
        row["from_provider_id"],
        row["to_provider_id"],
    }
    row["from_provider_id"] = min(others)


def move_what_must_stay(plan: WrittenPlan) -> None:
    of_packages(plan, first(plan)["package_id"], do_not_move="yes", do_not_move_reason="other")


def move_what_others_pay(plan: WrittenPlan) -> None:
    of_packages(plan, first(plan)["package_id"], funding="self_funded")


def let_a_block_there(plan: WrittenPlan) -> None:
    row = first(plan)
    block = {"block_id": "Z9", "provider_id": row["from_provider_id"], "guaranteed_hours_week": "10"}
    block |= {"start_date": "2025-01-01", "status": "active", "price_hour": "", "end_date": ""}
    add_rows(plan, "blocks.csv", block)
    add_rows(plan, "block_areas.csv", {"block_id": "Z9", "postcode": row["postcode"], "sector": ""})


def add_rows(plan: WrittenPlan, name: str, row: Line) -> None:
    """Add a row to an input, or write it anew where the county has none."""
    path = plan.county / name
    if not path.exists():
        path.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n", encoding="utf-8")
        plan.record["inputs"][path.stem] = {"name": name, "sha256": "", "rows": 1}
        return
    plan.table(name).append({key: row.get(key, "") for key in plan.table(name)[0]})


def suspend_the_taker(plan: WrittenPlan) -> None:
    of_provider(plan, first(plan)["to_provider_id"], placements_suspended="yes")


def drop_the_taker_from_the_framework(plan: WrittenPlan) -> None:
    of_provider(plan, first(plan)["to_provider_id"], on_framework="no")


def need_more_than_the_taker_can(plan: WrittenPlan) -> None:
    of_packages(plan, first(plan)["package_id"], needs="trapeze")
    of_provider(plan, first(plan)["to_provider_id"], services="dementia")


def lock_the_taker_out(plan: WrittenPlan) -> None:
    row = first(plan)
    lock = {"kind": "forbid", "lock_id": "F9", "provider_id": row["to_provider_id"], "place": row["postcode"]}
    add_rows(plan, "locks.csv", lock)


def leave_no_spare_hours(plan: WrittenPlan) -> None:
    for row in plan.table("providers.csv"):
        row["hours_spare_week"] = "0"


def halve_the_tolerance(plan: WrittenPlan) -> None:
    plan.record["settings"]["swaps"]["tolerance"] = 0.001


def of_first(column: str, amount: float) -> Callable[[WrittenPlan], None]:
    def change(plan: WrittenPlan) -> None:
        add(first(plan), column, amount)

    return change


def of_table(name: str, column: str, amount: float) -> Callable[[WrittenPlan], None]:
    def change(plan: WrittenPlan) -> None:
        add(plan.table(name)[0], column, amount)

    return change


def save_too_little(plan: WrittenPlan) -> None:
    first(plan)["minutes_saved_last"] = "0.00"


def move_more_than_allowed(plan: WrittenPlan) -> None:
    plan.record["settings"]["swaps"]["most_moves"] = 1


def forget_the_social_worker(plan: WrittenPlan) -> None:
    row = first(plan)
    row["who_must_agree"] = ";".join(name for name in row["who_must_agree"].split(";") if "worker" not in name)


def let_the_nhs_pay(plan: WrittenPlan) -> None:
    paid = plan.row("packages.csv", package_id=first(plan)["package_id"])["funding"]
    of_packages(plan, first(plan)["package_id"], funding="council" if paid in ("chc", "joint") else "chc")


def turn_tupe_round(plan: WrittenPlan) -> None:
    row = first(plan)
    row["tupe_advice"] = "" if row["tupe_advice"] else "take TUPE advice"


def invent_a_carer(plan: WrittenPlan) -> None:
    first(plan)["carers_over_half"] = "A99999"


def decide_perhaps(plan: WrittenPlan) -> None:
    first(plan)["decision"] = "perhaps"


def refuse_and_keep(plan: WrittenPlan) -> None:
    plan.table("swap_list").append(first(plan) | {"chain_kind": "refused", "decision": "refused"})


def share_more(plan: WrittenPlan) -> None:
    plan.record["settings"]["swaps"]["near_share"] = 0.9


def rename_a_chain(kind: str, other: str) -> Callable[[WrittenPlan], None]:
    def change(plan: WrittenPlan) -> None:
        chain = plan.row("swap_list", chain_kind=kind)["chain_id"]
        for row in plan.rows("swap_list", chain_id=chain):
            row["chain_kind"] = other

    return change


def forge_a_swap(plan: WrittenPlan) -> None:
    """Call two single moves a swap, told alike in every row and in the totals."""
    rows = plan.rows("swap_list", chain_kind="one way")
    pair = next([one, two] for one in rows for two in rows if one["chain_id"] < two["chain_id"])
    both = f"{sum(float(row['minutes_saved_week']) for row in pair):.2f}"
    for row in pair:
        row |= {"chain_id": "S099", "chain_kind": "swap", "chain_minutes_saved_week": both}
    add(plan.table("swap_totals")[0], "chains", -1)


def turn_round_what_stands_alone(plan: WrittenPlan) -> None:
    chain = first(plan)["chain_id"]
    for row in plan.rows("swap_list", chain_id=chain):
        row["chain_stands_alone"] = "no" if row["chain_stands_alone"] == "yes" else "yes"


def of_first_to(column: str, text: str) -> Callable[[WrittenPlan], None]:
    def change(plan: WrittenPlan) -> None:
        first(plan)[column] = text

    return change


def of_record(entry: str, value: object) -> Callable[[WrittenPlan], None]:
    def change(plan: WrittenPlan) -> None:
        plan.record[entry] = value

    return change


SWAP_LIES = [
    (forge_a_swap, "swap-chains"),
    (rename_a_chain("one way", "swap"), "swap-chains"),
    (turn_round_what_stands_alone, "swap-chains"),
    (of_first_to("postcode", "LE15 0AA"), "swap-told"),
    (of_first_to("to_provider_name", "Somebody else"), "swap-told"),
    (of_first("hours_week", 1.0), "swap-told"),
    (of_first("carer_visits_week", 7.0), "swap-told"),
    (of_first("from_visits_near", 9999.0), "swap-told"),
    (of_first("to_visits_near", 9999.0), "swap-told"),
    (of_first_to("to_visits_near", "-1.0"), "swap-told"),
    (of_record("settings", {}), "list-record"),
    (of_table("swap_providers", "packages_in", 1.0), "swap-counts"),
    (of_table("swap_providers", "minutes_saved_of_given", 9.0), "swap-counts"),
    (of_table("swap_providers", "hours_spare_week", 9.0), "swap-counts"),
    (of_table("swap_totals", "providers", 1.0), "swap-counts"),
    (of_table("swap_totals", "providers_of_county", 1.0), "swap-counts"),
    (of_table("swap_totals", "miles_saved_week", 50.0), "swap-counts"),
    (of_table("swap_totals", "pounds_more_week", -50.0), "swap-counts"),
    (share_more, "travel-scale"),
    (move_twice, "swap-packages"),
    (claim_another_holder, "swap-packages"),
    (move_what_must_stay, "swap-may-move"),
    (move_what_others_pay, "swap-may-move"),
    (let_a_block_there, "swap-may-move"),
    (suspend_the_taker, "swap-takers"),
    (drop_the_taker_from_the_framework, "swap-takers"),
    (need_more_than_the_taker_can, "swap-takers"),
    (lock_the_taker_out, "swap-takers"),
    (leave_no_spare_hours, "swap-hours"),
    (halve_the_tolerance, "swap-hours"),
    (of_first("carer_hours_week", 1.0), "swap-hours"),
    (of_table("swap_providers", "carer_hours_after", 1.0), "swap-hours"),
    (of_table("swap_providers", "carer_hours_before", 1.0), "swap-hours"),
    (save_too_little, "swap-pays"),
    (move_more_than_allowed, "swap-pays"),
    (of_first("minutes_saved_week", 5.0), "swap-sums"),
    (of_first("cumulative_minutes_saved_week", 5.0), "swap-sums"),
    (of_first("chain_minutes_saved_week", 5.0), "swap-sums"),
    (of_first("miles_saved_week", 5.0), "swap-sums"),
    (of_first("pounds_more_week", 5.0), "swap-sums"),
    (of_table("swap_totals", "moves", 1.0), "swap-sums"),
    (of_table("swap_totals", "minutes_saved_week", 10.0), "swap-sums"),
    (forget_the_social_worker, "swap-agreement"),
    (let_the_nhs_pay, "swap-agreement"),
    (turn_tupe_round, "swap-tupe"),
    (invent_a_carer, "swap-tupe"),
    (decide_perhaps, "swap-decisions"),
    (refuse_and_keep, "swap-decisions"),
]
