"""What a real roll-out of blocks changed: inside blocks, against comparable areas outside, before and after."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from marketmap.errors import MarketError
from marketmap.inputs.county import Tables
from marketmap.market.demand import describe_packages
from marketmap.market.differences import Effect, Scale, compare_changes
from marketmap.market.periods import Period, refuse_order, tell_elsewhere, tell_weekdays
from marketmap.market.places import SECTOR, Places
from marketmap.market.round_travel import measure_round_travel
from marketmap.market.waits import STARTED, list_waits
from marketmap.settings import Settings
from marketmap.travel import TravelTimes

UNIT = "unit"
RURAL, URBAN, UNKNOWN = "rural", "urban", "unknown"
# Outcome: its scale, and what it is, in words that a table's reader needs no other page for.
OUTCOMES: dict[str, tuple[Scale, str]] = {
    "hours_delivered": ("ratio", "contact hours delivered a week"),
    "travel": ("ratio", "modelled minutes driven between visits for each carer hour"),
    "days_waited": ("difference", "mean days waited by those who began, days"),
    "leakage": ("difference", "share of starts that went to another than the area's own provider"),
}
SAME = "sectors outside every block, each compared with those of the same kind (rural or urban)"


@dataclass(frozen=True)
class RollOut:
    """What changed.

    Attributes
    ----------
    effects
        One row an outcome; the columns of `marketmap.outputs.schema.roll_out.ROLL_OUT` but ``basis``.
    areas
        One row an area: ``area``, ``inside``, ``kind``, ``block_id``, ``counted``, ``why_not`` and of each outcome
        ``<outcome>_before`` and ``_after``.
    notes
        What was compared with what, and what was left out.
    """

    effects: pd.DataFrame
    areas: pd.DataFrame
    notes: tuple[str, ...]


def evaluate_roll_out(
    tables: Tables,
    places: Places,
    before: Period,
    after: Period,
    *,
    matrix: TravelTimes,
    settings: Settings,
    earlier_lines: pd.DataFrame | None = None,
) -> RollOut:
    """Evaluate a roll-out of blocks by difference in differences over areas.

    An area inside is the ground of a block that began after the time before and by the first day of the time after. An
    area outside is what of a postcode sector lies in no block, planned ones included. Both need ``least_hours`` on
    average of both times: of areas chosen by the time before alone small ones would seem to have shrunk, for they were
    chosen in a good week (regression to the mean), and blocks larger than sectors would seem to grow. Waits and starts
    are counted over the days that each period covers.

    Parameters
    ----------
    tables
        As they are after; ``blocks`` and ``block_areas`` say who began where and when.
    places
        Of the same tables: sector and rural or urban of each postcode.
    before, after
        Call monitoring of the two periods.
    matrix
        Road minutes; journeys between places that it does not hold are left out.
    earlier_lines
        Package lines of the time before, for packages that have left the table since.

    Raises
    ------
    MarketError
        Where the periods overlap, or there are no blocks.
    """
    refuse_order(before, after)
    grounds, notes = list_grounds(tables, places, before=before, after=after)
    parts = [tables.package_lines] if earlier_lines is None else [tables.package_lines, earlier_lines]
    lines = pd.concat(parts, ignore_index=True)
    home = lines.dropna(subset=["postcode"]).drop_duplicates("package_id").set_index("package_id")["postcode"]
    for name, period in (("before", before), ("after", after)):
        notes += tell_elsewhere(period, home, tables.county_postcodes.index, name=name)
    notes += tell_weekdays(before, after)
    figures = {
        name: _measure(period, lines, home, grounds, places, matrix=matrix, settings=settings)
        for name, period in (("before", before), ("after", after))
    }
    areas = grounds.areas.copy()
    for outcome in OUTCOMES:
        for name, measured in figures.items():
            areas[f"{outcome}_{name}"] = measured[outcome].reindex(areas.index)
    thin = (areas["why_not"] == "") & ~(average_hours(areas) >= settings.evaluation.least_hours)
    areas.loc[thin, "why_not"] = f"under {settings.evaluation.least_hours:g} hours a week on average of both times"
    areas["counted"] = areas["why_not"] == ""
    gone = areas[areas["counted"] & (areas["hours_delivered_after"] == 0)]
    if len(gone):
        inside = int(gone["inside"].astype(bool).sum())
        notes.append(
            f"Nothing is delivered any more in {inside:,} areas inside and {len(gone) - inside:,} outside: no ratio "
            "tells that, so they are not in the effect on hours."
        )
    effects = pd.DataFrame([_tell(areas, outcome, settings) for outcome in OUTCOMES])
    left = areas["why_not"][~areas["counted"]].value_counts()
    notes += [f"Left out: {count:,} areas: {why}." for why, count in left.items()]
    span = f"{before.first:%Y-%m-%d} to {before.last:%Y-%m-%d} against {after.first:%Y-%m-%d} to {after.last:%Y-%m-%d}"
    return RollOut(effects, areas.rename_axis("area").reset_index(), (f"Compared: {span}; {SAME}.", *notes))


def average_hours(areas: pd.DataFrame) -> pd.Series:
    """Give each area's delivered hours a week on average of both times: neither tells alone which areas count."""
    return (areas["hours_delivered_before"] + areas["hours_delivered_after"]) / 2


@dataclass(frozen=True)
class Grounds:
    """The areas that are compared.

    Attributes
    ----------
    of
        Indexed by postcode: the area that it belongs to; postcodes in none are absent.
    areas
        Indexed by area: ``inside`` (bool), ``kind``, ``block_id`` and ``provider_id`` (blank outside), ``why_not``.
    """

    of: pd.Series
    areas: pd.DataFrame


def list_grounds(tables: Tables, places: Places, *, before: Period, after: Period) -> tuple[Grounds, list[str]]:
    """List the areas inside and outside, and the blocks that are neither; parameters as `evaluate_roll_out`.

    Raises
    ------
    MarketError
        Where there is no table of blocks or of their ground.
    """
    if tables.blocks is None or tables.block_areas is None:
        missing = " and ".join(name for name in ("blocks", "block_areas") if getattr(tables, name) is None)
        raise MarketError(f"An evaluation needs table {missing}.")
    county = tables.county_postcodes
    unit = pd.Series(pd.NA, index=county.index, dtype="object")
    rows: dict[str, dict[str, object]] = {}
    apart: list[str] = []
    for block in tables.blocks.sort_values("block_id").to_dict("records"):
        own = tables.block_areas[tables.block_areas["block_id"] == block["block_id"]]
        ground = county.index.isin(own["postcode"].dropna()) | county["sector"].isin(own["sector"].dropna())
        name = f"block {block['block_id']}"
        unit[ground] = name
        why_not = _why_not_inside(block, before, after)
        if why_not:
            apart.append(str(block["block_id"]))
        rows[name] = {
            "inside": True,
            "block_id": str(block["block_id"]),
            "provider_id": str(block["provider_id"]),
            "why_not": why_not,
        }
    outside = unit.isna()
    sector = places.of[SECTOR].reindex(county.index)
    unit[outside] = ("sector " + sector.astype("object"))[outside]
    for name in sorted(set(unit[outside].dropna())):
        rows[name] = {"inside": False, "block_id": "", "provider_id": "", "why_not": ""}
    areas = pd.DataFrame.from_dict(rows, orient="index", columns=["inside", "block_id", "provider_id", "why_not"])
    rural = places.of["rural"].reindex(county.index)
    most = rural.astype("float").groupby(unit).mean()
    kind = np.select([most >= 0.5, most < 0.5], [RURAL, URBAN], UNKNOWN)
    areas["kind"] = pd.Series(kind, index=most.index).reindex(areas.index).fillna(UNKNOWN)
    notes = [f"Blocks that are neither inside nor outside, by when they began: {', '.join(apart)}."] if apart else []
    return Grounds(unit.dropna(), areas), notes


def _why_not_inside(block: Mapping[Hashable, Any], before: Period, after: Period) -> str:
    """Say why a block's ground is no area inside."""
    start, end = pd.Timestamp(block["start_date"]), pd.Timestamp(block["end_date"])
    if block["status"] == "planned" or start > after.last:
        return "a block that had not begun"
    if start <= before.last:
        return "a block that began in or before the time before"
    if start > after.first:
        return "a block that began within the time after"
    return "a block that ended before the time after did" if pd.notna(end) and end < after.last else ""


def _measure(
    period: Period,
    lines: pd.DataFrame,
    home: pd.Series,
    grounds: Grounds,
    places: Places,
    *,
    matrix: TravelTimes,
    settings: Settings,
) -> dict[str, pd.Series]:
    """Measure every outcome of a period by area."""
    made = period.visits[period.visits["status"] == "delivered"]
    place = made["postcode"].astype("object")
    where = place.where(place.notna(), made["package_id"].map(home))
    hours = (made["planned_end"] - made["planned_start"]).dt.total_seconds() / 3600
    once = pd.DataFrame({"visit_id": made["visit_id"], "area": where.map(grounds.of), "hours": hours})
    # A visit that two carers make is one contact.
    contact = once.groupby(["area", "visit_id"])["hours"].max().groupby("area").sum() / period.weeks
    of = places.of.assign(**{UNIT: grounds.of.reindex(places.of.index)})
    drawn = dataclasses.replace(places, of=of, levels=(*places.levels, UNIT))
    at = pd.DataFrame({"package_id": home.index, "postcode": home.to_numpy()})
    travel = measure_round_travel(period.visits, at, drawn, matrix=matrix, by=UNIT)["minutes_hour"]
    return {
        # An area that had care once and has none now has had its hours go to nothing, not to unknown.
        "hours_delivered": contact.reindex(grounds.areas.index, fill_value=0.0),
        "travel": travel,
        "days_waited": _mean_wait(period, lines, grounds, settings),
        "leakage": _share_elsewhere(period, lines, made, where, grounds, settings),
    }


def _begun(period: Period, lines: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """List the packages that may be placed in a block and began within the period, with whom they began."""
    firsts = lines[lines["start_date"].notna() & lines["provider_id"].notna()].sort_values("start_date", kind="stable")
    firsts = firsts.drop_duplicates("package_id")
    firsts = firsts[(firsts["start_date"] >= period.first) & (firsts["start_date"] <= period.last)]
    described = describe_packages(firsts.assign(placed=True, status="active"), settings=settings.blocks)
    return firsts[described["placeable"] | described["fixed"]]


def _mean_wait(period: Period, lines: pd.DataFrame, grounds: Grounds, settings: Settings) -> pd.Series:
    # However many weeks back the market picture looks: all that ended in the period counts here.
    market = dataclasses.replace(settings.market, wait_weeks=max(settings.market.wait_weeks, math.ceil(period.weeks)))
    waits = list_waits(lines.drop_duplicates(), snapshot_date=period.last.date(), settings=market).rows
    ended = waits[(waits["end"] == STARTED) & (waits["end_date"] >= period.first) & (waits["end_date"] <= period.last)]
    mean: pd.Series[float] = ended["days"].astype(float).groupby(ended["postcode"].map(grounds.of)).mean()
    return mean


def _share_elsewhere(
    period: Period,
    lines: pd.DataFrame,
    made: pd.DataFrame,
    where: pd.Series,
    grounds: Grounds,
    settings: Settings,
) -> pd.Series:
    """Share of starts with another than the area's own provider: the block's; outside, who makes most visits there."""
    visited = pd.DataFrame({"area": where.map(grounds.of), "provider_id": made["provider_id"].astype("object")})
    counts = visited.groupby(["area", "provider_id"]).size().reset_index(name="visits")
    ranked = counts.sort_values(["visits", "provider_id"], ascending=[False, True], kind="stable")
    own = ranked.drop_duplicates("area").set_index("area")["provider_id"].reindex(grounds.areas.index)
    own = grounds.areas["provider_id"].where(grounds.areas["inside"].astype(bool), own)
    begun = _begun(period, lines, settings)
    area = begun["postcode"].map(grounds.of)
    elsewhere = begun["provider_id"].astype("object") != area.map(own)
    share: pd.Series[float] = elsewhere[area.notna()].astype(float).groupby(area).mean()
    return share


def _tell(areas: pd.DataFrame, outcome: str, settings: Settings) -> dict[str, object]:
    scale, meaning = OUTCOMES[outcome]
    rows = areas.loc[areas["counted"], ["inside", "kind"]].assign(
        before=areas[f"{outcome}_before"], after=areas[f"{outcome}_after"]
    )
    effect: Effect = compare_changes(rows, scale=scale, settings=settings.evaluation)
    told = dataclasses.asdict(effect)
    kinds = ", ".join(told.pop("kinds")) or "none"
    return {"outcome": outcome, "meaning": meaning, "scale": scale, **told, "kinds": kinds, "answer": _answer(effect)}


def _answer(effect: Effect) -> str:
    if effect.why_not:
        return "not told"
    if effect.low > 0 or effect.high < 0:
        return "more inside" if effect.effect > 0 else "less inside"
    return "no effect shown"
