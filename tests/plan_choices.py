"""What helps to choose in the tiny plan of `plan_folder`: gains, next providers and the order of starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.plan_files import Row

if TYPE_CHECKING:
    from tests.plan_folder import Draft

NEXT, ROLLOUT = "internal/next_providers.csv", "internal/rollout.csv"


def split_gain(draft: Draft, block: Row, points: list[Row]) -> Row:
    """Columns of block_proposals.csv that say what a block gains."""
    own = [point for point in points if point["block_id"] == block["block_id"]]
    today = sum(point["active_visits"] * point["minutes_outside"] for point in own)
    gain = {
        "gain_travel": today - block["cost_travel"],
        "gain_waiting": draft.settings["blocks"]["unserved_minutes_hour"] * sum_waiting(draft, block["block_id"]),
        **{f"gain_{part}": -block[f"cost_{part}"] for part in ("rounds", "moves", "price", "block")},
    }
    return gain | {"gain_total": sum(gain.values())}


def carer_hours(row: Row) -> float:
    return row["hours_week"] * row["carers_required"]


def packages_in(draft: Draft, block: str) -> list[Row]:
    return [row for row in draft.movable() if draft.block_of(row["postcode"]) == block]


def sum_waiting(draft: Draft, block: str) -> float:
    return sum(carer_hours(row) for row in packages_in(draft, block) if not row["provider_id"])


def capacity(draft: Draft, provider: Row) -> float:
    """Carer hours that a provider may take on in proposed blocks, those already let served first."""
    room = provider["hours_spare_week"] + (provider["max_growth_hours_13w"] or 0)
    for name, block in draft.blocks.items():
        if block["status"] != "proposed" and block["provider"] == provider["provider_id"]:
            room -= new_hours(draft, name, provider["provider_id"])
    return max(room, 0.0)


def new_hours(draft: Draft, block: str, provider: str) -> float:
    return sum(carer_hours(row) for row in packages_in(draft, block) if row["provider_id"] != provider)


def room_after(draft: Draft, provider: Row, blocks: list[str]) -> float:
    """What is left of it when some proposed blocks have started."""
    name, room = provider["provider_id"], capacity(draft, provider)
    for block in blocks:
        if draft.blocks[block]["provider"] == name:
            room -= new_hours(draft, block, name)
        else:
            room += sum(carer_hours(row) for row in packages_in(draft, block) if row["provider_id"] == name)
    return float(room)


def next_providers(draft: Draft, proposals: list[Row]) -> list[Row]:
    """Rows of next_providers.csv: only the suggested ones, since nobody else may have a block of this plan."""
    rows = []
    proposed = [block["block_id"] for block in proposals if block["status"] == "proposed"]
    for block in proposals:
        if block["block_id"] not in proposed:
            continue
        provider = next(row for row in draft.providers if row["provider_id"] == block["suggested_provider_id"])
        inside = packages_in(draft, block["block_id"])
        room = room_after(draft, provider, proposed)
        held = sum(carer_hours(row) for row in inside if row["provider_id"] == provider["provider_id"])
        rows.append(
            {
                "block_id": block["block_id"],
                "rank": 1,
                "provider_id": provider["provider_id"],
                "provider_name": provider["provider_name"],
                "company_id": provider["company_id"] or provider["provider_id"],
                "cqc_rating": provider["cqc_rating"],
                "room_in_plan": "yes",
                "backup": "no",
                "minutes_week": block["cost_total"],
                "minutes_more_week": 0.0,
                "hours_already_with_provider": block["hours_already_with_provider"],
                "hours_changing_hands": block["hours_with_others"],
                "price_hour": provider["price_hour"],
                "pounds_more_week": 0.0 if provider["price_hour"] != "" else "",
                "carer_hours_room_after_plan": room,
                "carer_hours_room_left": room,
                "carer_hours_guaranteed": held + sum_waiting(draft, block["block_id"]),
                "reason": "Suggested",
            }
        )
    return rows


def rollout(draft: Draft, proposals: list[Row]) -> list[Row]:
    """Rows of rollout.csv: the two blocks of this plan take work off each other, so they start on one day."""
    rows: list[Row] = []
    gain = others = guaranteed = 0.0
    ordered = sorted((row for row in proposals if row["status"] == "proposed"), key=lambda row: -row["gain_total"])
    for block in ordered:
        provider = next(row for row in draft.providers if row["provider_id"] == block["suggested_provider_id"])
        new = new_hours(draft, block["block_id"], provider["provider_id"])
        before = room_after(draft, provider, [])
        now = new <= capacity(draft, provider)
        gain += block["gain_total"]
        others += block["hours_with_others"]
        guaranteed += block["hours_guaranteed_start"]
        rows.append(
            {
                "rollout_rank": len(rows) + 1,
                "rollout_step": 1,
                "block_id": block["block_id"],
                "suggested_provider_id": provider["provider_id"],
                "suggested_provider_name": provider["provider_name"],
                "possible_now": "yes" if now else "no",
                "gain_minutes_week": block["gain_total"],
                "cumulative_gain_minutes_week": gain,
                "hours_with_others": block["hours_with_others"],
                "cumulative_hours_with_others": others,
                "hours_guaranteed_start": block["hours_guaranteed_start"],
                "cumulative_hours_guaranteed": guaranteed,
                "carer_hours_new": new,
                "carer_hours_room_before": before,
                "rollout_after": "",
                "starts_with": ";".join(row["block_id"] for row in ordered if row is not block),
                "note": f"{'Could start today; else o' if now else 'O'}nly on one day: each makes room for the other",
            }
        )
    return rows
