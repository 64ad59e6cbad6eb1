"""Lies about a waiting list and its look-up list, each with the check that must find it."""

from __future__ import annotations

from collections.abc import Callable

from tests.check.swap_lies import Line, add_rows, of_packages, of_provider, of_table
from tests.check.written_plan import WrittenPlan


def matched(plan: WrittenPlan) -> Line:
    return plan.row("waiting_matches", matched="yes")


def leave_somebody_out(plan: WrittenPlan) -> None:
    rows = plan.table("waiting_matches")
    name = rows[0]["package_id"]
    rows[:] = [row for row in rows if row["package_id"] != name]


def list_who_does_not_wait(plan: WrittenPlan) -> None:
    rows = plan.table("waiting_matches")
    active = plan.row("packages.csv", status="active")["package_id"]
    rows.append(rows[-1] | {"package_id": active})


def give_two_answers(plan: WrittenPlan) -> None:
    row = matched(plan)
    plan.table("waiting_matches").append(row | {"answer": "nobody fits", "matched": "no", "fits": "no", "reason": "so"})


def match_twice(plan: WrittenPlan) -> None:
    plan.table("waiting_matches").append(dict(matched(plan)))


def keep_silent_why(plan: WrittenPlan) -> None:
    plan.row("waiting_matches", answer="cannot be placed")["reason"] = ""


def of_matched(provider: dict[str, str], package: dict[str, str] | None = None) -> Callable[[WrittenPlan], None]:
    def change(plan: WrittenPlan) -> None:
        row = matched(plan)
        of_provider(plan, row["provider_id"], **provider)
        if package:
            of_packages(plan, row["package_id"], **package)

    return change


def lock_the_match_out(plan: WrittenPlan) -> None:
    row = matched(plan)
    lock = {"kind": "forbid", "lock_id": "F9", "provider_id": row["provider_id"], "place": row["postcode"]}
    add_rows(plan, "locks.csv", lock)


def drive_far(plan: WrittenPlan) -> None:
    matched(plan)["added_minutes_visit"] = "500.00"


def list_a_postcode_twice(plan: WrittenPlan) -> None:
    plan.table("lookup").append(dict(plan.table("lookup")[0]))


def name_who_takes_nothing(plan: WrittenPlan) -> None:
    of_provider(plan, plan.table("lookup")[0]["nearest_provider_ids"].split(";")[0], placements_suspended="yes")


def give_a_spot_to_somebody(plan: WrittenPlan) -> None:
    plan.row("lookup", block_id="spot")["provider_id"] = plan.table("providers.csv")[0]["provider_id"]


def let_a_block_and_do_not_say(plan: WrittenPlan) -> None:
    provider = plan.table("providers.csv")[0]["provider_id"]
    postcode = matched(plan)["postcode"]
    block = {"block_id": "Z9", "provider_id": provider, "guaranteed_hours_week": "10", "start_date": "2025-01-01"}
    add_rows(plan, "blocks.csv", block | {"status": "active", "price_hour": "", "end_date": ""})
    add_rows(plan, "block_areas.csv", {"block_id": "Z9", "postcode": postcode, "sector": ""})


def of_matched_to(column: str, text: str) -> Callable[[WrittenPlan], None]:
    def change(plan: WrittenPlan) -> None:
        matched(plan)[column] = text

    return change


def of_lookup(column: str, text: str) -> Callable[[WrittenPlan], None]:
    def change(plan: WrittenPlan) -> None:
        next(row for row in plan.table("lookup") if ";" in row["nearest_minutes"])[column] = text

    return change


def shift_days(plan: WrittenPlan) -> None:
    """Tell of other days in all rows of somebody, so that they agree with one another."""
    person = matched(plan)["package_id"]
    for row in plan.rows("waiting_matches", package_id=person):
        row["days_waiting"] = "999.0"


def of_all_visits(plan: WrittenPlan) -> None:
    person = matched(plan)["package_id"]
    for row in plan.rows("waiting_matches", package_id=person):
        row["carer_visits_week"] = "77.0"


def cheapen(plan: WrittenPlan) -> None:
    """Half the price and what follows from it, with the same basis."""
    row = matched(plan)
    row["price_hour"] = f"{float(row['price_hour']) / 2:.2f}"
    row["pounds_week"] = f"{float(row['price_hour']) * float(row['carer_hours_week']):.2f}"


def drop_a_postcode(plan: WrittenPlan) -> None:
    plan.table("lookup").pop()


WAITING_LIES = [
    (shift_days, "waiting-days"),
    (of_all_visits, "waiting-told"),
    (cheapen, "waiting-prices"),
    (of_matched_to("price_basis", ""), "waiting-prices"),
    (of_matched_to("price_basis", "a friend"), "waiting-prices"),
    (drop_a_postcode, "lookup-whole"),
    (of_matched_to("postcode", "LE15 0AA"), "waiting-told"),
    (of_matched_to("provider_name", "Somebody else"), "waiting-told"),
    (of_matched_to("provider_id", ""), "waiting-told"),
    (of_matched_to("carer_hours_spare", "999.00"), "waiting-told"),
    (of_matched_to("pounds_week", "1.00"), "waiting-told"),
    (of_matched_to("added_minutes_visit", "0.01"), "waiting-told"),
    (of_matched_to("days_waiting", "999.0"), "waiting-told"),
    (of_lookup("nearest_minutes", "9.0;1.0;0.0"), "lookup-agrees"),
    (of_lookup("nearest_minutes", "1.0"), "lookup-agrees"),
    (of_lookup("backup_provider_id", "Z99"), "lookup-agrees"),
    (leave_somebody_out, "waiting-everybody"),
    (list_who_does_not_wait, "waiting-everybody"),
    (give_two_answers, "waiting-answers"),
    (match_twice, "waiting-answers"),
    (keep_silent_why, "waiting-answers"),
    (of_matched({"hours_spare_week": "0.5"}), "waiting-spare"),
    (of_table("waiting_matches", "carer_hours_spare_left", 3.0), "waiting-spare"),
    (of_table("waiting_matches", "carer_hours_week", 3.0), "waiting-spare"),
    (of_matched({"hours_spare_week": "0.5"}), "waiting-fits"),
    (of_matched({"placements_suspended": "yes"}), "waiting-fits"),
    (of_matched({"services": "dementia"}, {"needs": "trapeze"}), "waiting-fits"),
    (of_matched({}, {"funding": "self_funded"}), "waiting-fits"),
    (lock_the_match_out, "waiting-fits"),
    (drive_far, "waiting-fits"),
    (of_table("waiting_totals", "people_matched", 1.0), "waiting-totals"),
    (of_table("waiting_totals", "carer_hours_matched", 5.0), "waiting-totals"),
    (list_a_postcode_twice, "lookup-agrees"),
    (name_who_takes_nothing, "lookup-agrees"),
    (give_a_spot_to_somebody, "lookup-agrees"),
    (let_a_block_and_do_not_say, "lookup-agrees"),
]
