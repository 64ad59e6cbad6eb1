"""The blocks already let, week by week: what is guaranteed, commissioned and delivered, and what goes elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.inputs.market_contracts import ACCEPTED, REFUSED
from marketmap.market.area_rows import say_missing
from marketmap.market.demand import describe_packages
from marketmap.market.intervals import add_share
from marketmap.market.waits import list_waits
from marketmap.settings import Settings

WEEK = pd.Timedelta(days=7)
DAYS_WEEK = 7
MONITORED, COMMISSIONED = "call monitoring", "commissioned hours"
TWO_WEEKS = "needs two whole weeks of call monitoring"
COLUMNS = [
    "block_id", "provider_id", "week", "basis", "hours_guaranteed", "hours_commissioned", "hours_delivered",
    "hours_unused", "pounds_unused", "price_hour", "hours_flexible", "packages", "packages_started", "packages_leaked",
    "hours_leaked", "leaked_since_start", "started_since_start",
    "leaked_share", "leaked_share_low", "leaked_share_high", "refusals", "handbacks", "waiting",
    "waiting_long", "waiting_median_days", "change_hours_delivered", "change_hours_commissioned", "change_note",
]  # fmt: skip
LEAKED = ["block_id", "package_id", "postcode", "start_date", "provider_id", "hours_week", "reason"]


@dataclass(frozen=True)
class _Block:
    block_id: str
    provider_id: str
    guaranteed: float
    price_hour: float
    start: pd.Timestamp
    end: pd.Timestamp  # the first day after it
    ground: pd.Index


@dataclass(frozen=True)
class Monitor:
    """What has become of the blocks already let.

    Attributes
    ----------
    weeks
        One row a block and week; the columns of `marketmap.outputs.schema.flow.BLOCK_MONITOR`.
    leakage
        ``block_id, package_id, postcode, start_date, provider_id, hours_week, reason``: each placeable package of a
        block's ground that began with somebody else since the block did.
    notes
        What was lacking, in sentences.
    """

    weeks: pd.DataFrame
    leakage: pd.DataFrame
    notes: tuple[str, ...]


def monitor_blocks(tables: Tables, *, settings: Settings) -> Monitor:
    """Follow each block already let through the whole weeks (Monday to Sunday) that call monitoring holds.

    Hours are client contact hours a week, those of a double-handed visit counted once, as guarantees are.
    Commissioned is what the block's provider holds in the block's ground (home care that may be placed in a block, with
    that marked to stay), each day a seventh of its weekly hours. Delivered is the planned length of its visits there
    that somebody made. Unused are the guaranteed hours that were not delivered, in pounds at the block's price (else
    the provider's); flexible are those delivered beyond the guarantee. Leakage is what may be placed in a block, lies
    in its ground and began with another provider since the block's start.

    Parameters
    ----------
    tables
        Reads ``blocks``, ``block_areas``, ``package_lines``, ``providers`` and, where there, ``visits`` (without them
        or where a provider has none, hours are judged by what is commissioned, for the last whole week), ``offers``
        and ``handbacks``.
    """
    lacking = say_missing(tables, "blocks", "block_areas")
    if lacking or tables.blocks is None or tables.block_areas is None:
        return Monitor(_typed(pd.DataFrame(columns=COLUMNS)), pd.DataFrame(columns=LEAKED), (lacking,))
    more = [say_missing(tables, name) for name in ("visits", "offers", "handbacks")]
    notes = tuple(f"The block monitor {text} for some of its figures." for text in more if text)
    lines = _placeable_lines(tables, settings)
    waits = list_waits(tables.package_lines, snapshot_date=tables.snapshot_date, settings=settings.market).rows
    visits = _contact_hours(tables.visits)
    mondays = _whole_weeks(tables)
    rows, leaks = [], []
    for block in _list_blocks(tables, tables.blocks, tables.block_areas):
        own = lines[lines["postcode"].isin(block.ground)]
        begun = _find_begun(own, block, tables.offers)
        leaks.append(begun[begun["leaked"]])
        known = waits[waits["package_id"].isin(own["package_id"])]
        before: dict[str, Any] = {}
        for monday in mondays:
            days = (min(monday + WEEK, block.end) - max(monday, block.start)).days
            if days <= 0:
                continue
            row = _follow_week(block, monday, days, own=own, visits=visits)
            row |= _count_begun(begun, monday)
            row |= {
                "refusals": _count_in_week(tables.offers, "offered_at", own, block, monday),
                "handbacks": _count_in_week(tables.handbacks, "notice_date", own, block, monday),
            }
            row |= _count_waiting(known, monday + WEEK, settings.market.long_wait_days)
            row |= _change(row, before)
            rows.append(row)
            before = row
    frame = pd.DataFrame(rows, columns=[name for name in COLUMNS if not name.startswith("leaked_share")])
    frame = add_share(frame, "leaked_share", part="leaked_since_start", whole="started_since_start")
    leakage = pd.concat(leaks, ignore_index=True)[LEAKED] if leaks else pd.DataFrame(columns=LEAKED)
    return Monitor(_typed(frame[COLUMNS]), leakage.sort_values(LEAKED[:2], ignore_index=True), notes)


def _list_blocks(tables: Tables, blocks: pd.DataFrame, block_areas: pd.DataFrame) -> list[_Block]:
    """List the blocks that have begun, each with its postcodes; its price, else its provider's."""
    county = tables.county_postcodes
    offered = tables.providers.set_index("provider_id")["price_hour"]
    found = []
    for row in blocks[blocks["status"] != "planned"].sort_values("block_id").to_dict("records"):
        places = block_areas[block_areas["block_id"] == row["block_id"]]
        by_sector = county.index[county["sector"].isin(places["sector"].dropna())]
        price = row["price_hour"] if pd.notna(row["price_hour"]) else offered.get(row["provider_id"], np.nan)
        found.append(
            _Block(
                block_id=str(row["block_id"]),
                provider_id=str(row["provider_id"]),
                guaranteed=float(row["guaranteed_hours_week"]),
                price_hour=float(price),
                start=row["start_date"],
                end=row["end_date"] + pd.Timedelta(days=1) if pd.notna(row["end_date"]) else pd.Timestamp.max,
                ground=by_sector.union(pd.Index(places["postcode"].dropna())),
            )
        )
    return found


def _placeable_lines(tables: Tables, settings: Settings) -> pd.DataFrame:
    lines = tables.package_lines.assign(placed=True)  # those in a block's ground are, and others are not looked at
    described = describe_packages(lines, settings=settings.blocks)
    kept = lines[described["placeable"] | described["fixed"]]
    begins = kept["effective_from"].fillna(kept["start_date"]).fillna(pd.Timestamp.min)
    ends = kept["effective_to"].fillna(kept["end_date"] + pd.Timedelta(days=1)).fillna(pd.Timestamp.max)
    return kept.assign(begins=begins, ends=ends).sort_values(["package_id", "begins"], kind="stable")


def _whole_weeks(tables: Tables) -> list[pd.Timestamp]:
    """List the Mondays of the weeks that call monitoring holds whole; without it, of the last one before the day."""
    if tables.visits is None or tables.visits.empty:
        day = pd.Timestamp(tables.snapshot_date)
        return [day - pd.Timedelta(days=day.weekday()) - WEEK]
    days = tables.visits["planned_start"].dt.tz_localize(None).dt.normalize()
    first, last = days.min(), days.max()
    mondays = (days - pd.to_timedelta(days.dt.weekday, unit="D")).drop_duplicates().sort_values()
    return [monday for monday in mondays if monday >= first and monday + WEEK - pd.Timedelta(days=1) <= last]


def _contact_hours(visits: pd.DataFrame | None) -> pd.DataFrame:
    """Sum delivered visits to one row each, however many carers came: provider, package, week and planned hours."""
    if visits is None:
        return pd.DataFrame({"provider_id": [], "package_id": [], "week": [], "hours": [], "delivered": []})
    day = visits["planned_start"].dt.tz_localize(None).dt.normalize()
    table = visits[["visit_id", "provider_id", "package_id"]].assign(
        week=day - pd.to_timedelta(day.dt.weekday, unit="D"),
        hours=(visits["planned_end"] - visits["planned_start"]).dt.total_seconds() / 3600,
        delivered=visits["status"] == "delivered",
    )
    keys = ["visit_id", "provider_id", "package_id", "week"]
    return table.groupby(keys, as_index=False).agg(hours=("hours", "max"), delivered=("delivered", "max"))


def _find_begun(own: pd.DataFrame, block: _Block, offers: pd.DataFrame | None) -> pd.DataFrame:
    """Find what began in the ground since the block did; ``leaked`` (bool) tells what began with somebody else."""
    active = own[(own["status"] == "active") & own["start_date"].notna() & own["provider_id"].notna()]
    firsts = active.drop_duplicates("package_id")
    firsts = firsts[firsts["start_date"] >= block.start]
    reasons = [_leak_reason(offers, str(name), block.provider_id) for name in firsts["package_id"]]
    return firsts[["package_id", "postcode", "start_date", "provider_id", "hours_week"]].assign(
        block_id=block.block_id,
        reason=pd.Series(reasons, index=firsts.index, dtype="object"),
        leaked=firsts["provider_id"] != block.provider_id,
    )


def _leak_reason(offers: pd.DataFrame | None, package_id: str, provider_id: str) -> str:
    if offers is None:
        return "needs table offers"
    asked = offers[(offers["package_id"] == package_id) & (offers["provider_id"] == provider_id)]
    if asked.empty:
        return "not offered to the block's provider"
    last = asked.sort_values("offered_at").iloc[-1]
    if last["response"] == ACCEPTED:
        return "accepted by the block's provider, and given to another"
    told = "refused by the block's provider" if last["response"] == REFUSED else "no response"
    return f"{told}: {last['reason']}" if pd.notna(last["reason"]) else told


def _follow_week(
    block: _Block, monday: pd.Timestamp, days: int, *, own: pd.DataFrame, visits: pd.DataFrame
) -> dict[str, Any]:
    end = monday + WEEK
    held = own[(own["status"] == "active") & (own["provider_id"] == block.provider_id)]
    until = held["ends"].where(held["ends"] < end, end)
    since = held["begins"].where(held["begins"] > monday, monday)
    overlap = (until - since).dt.days.clip(lower=0)
    commissioned = float((held["hours_week"] * overlap).sum()) / DAYS_WEEK
    logged = visits[(visits["week"] == monday) & (visits["provider_id"] == block.provider_id)]
    inside = logged["package_id"].isin(own["package_id"]) & logged["delivered"].astype(bool)
    delivered = float(logged.loc[inside, "hours"].sum()) if len(logged) else np.nan
    used = delivered if len(logged) else commissioned
    guaranteed = block.guaranteed * days / DAYS_WEEK
    unused = max(guaranteed - used, 0.0)
    return {
        "block_id": block.block_id,
        "provider_id": block.provider_id,
        "week": monday,
        "basis": MONITORED if len(logged) else COMMISSIONED,
        "hours_guaranteed": guaranteed,
        "hours_commissioned": commissioned,
        "hours_delivered": delivered,
        "hours_unused": unused,
        "price_hour": block.price_hour,
        "pounds_unused": unused * block.price_hour,
        "hours_flexible": max(used - guaranteed, 0.0),
        "packages": int(held.loc[overlap > 0, "package_id"].nunique()),
    }


def _count_begun(begun: pd.DataFrame, monday: pd.Timestamp) -> dict[str, Any]:
    """Count what had begun by the week's end, and of it what began with others."""
    so_far = begun[begun["start_date"] < monday + WEEK]
    now = so_far[so_far["start_date"] >= monday]
    return {
        "packages_started": len(now),
        "packages_leaked": int(now["leaked"].sum()),
        "hours_leaked": float(now.loc[now["leaked"], "hours_week"].sum()),
        "started_since_start": len(so_far),
        "leaked_since_start": int(so_far["leaked"].sum()),
    }


def _count_in_week(
    frame: pd.DataFrame | None, column: str, own: pd.DataFrame, block: _Block, monday: pd.Timestamp
) -> float:
    """Count the provider's refusals (no answer is one too) or handbacks in the ground; NaN without the table."""
    if frame is None:
        return float("nan")
    day = pd.to_datetime(frame[column])
    ours = frame["package_id"].isin(own["package_id"]) & (frame["provider_id"] == block.provider_id)
    if "response" in frame:
        ours &= frame["response"] != ACCEPTED
    return float((ours & (day >= monday) & (day < monday + WEEK)).sum())


def _count_waiting(waits: pd.DataFrame, end: pd.Timestamp, long_days: int) -> dict[str, Any]:
    # On the week's Sunday: the clock had begun, and care had not.
    there = waits[(waits["clock_date"] < end) & (waits["end_date"].isna() | (waits["end_date"] >= end))]
    days = (end - pd.Timedelta(days=1) - there["clock_date"]).dt.days
    return {
        "waiting": len(there),
        "waiting_long": int((days > long_days).sum()),
        "waiting_median_days": float(days.median()) if len(days) else np.nan,
    }


def _change(row: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    follows = bool(before) and row["week"] - before["week"] == WEEK
    if not follows or {row["basis"], before["basis"]} != {MONITORED}:
        return {"change_hours_delivered": np.nan, "change_hours_commissioned": np.nan, "change_note": TWO_WEEKS}
    changes = {f"change_{name}": row[name] - before[name] for name in ("hours_delivered", "hours_commissioned")}
    return changes | {"change_note": ""}


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    text = ["block_id", "provider_id", "basis", "change_note"]
    numbers = [name for name in COLUMNS if name not in {*text, "week"}]
    return frame.astype({**dict.fromkeys(text, "str"), **dict.fromkeys(numbers, float), "week": "datetime64[us]"})
