"""Checks of an evaluation's areas: which there are, which count, and what was measured there, from the tables.

Travel by area is the roads' and is not in the files: of it only what it makes of the effect is held (``roll_out``).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import HUNDREDTH, TENTH, compare
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.roll_out_times import AFTER, BEFORE, Time, Times, times_of
from marketmap.check.rurality import RURAL, UNTOLD, URBAN, find_rural

FILE = written.ROLL_OUT_AREAS
INDEX_STEP = 0.00005
CLOCKS = {"ready_date": "request_date", "request_date": "ready_date"}
HALF = 0.5


@check("evaluation-times")
def evaluation_times(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the days compared are those that call monitoring covers."""
    times = times_of(evidence)
    for name, time in times.times.items():
        due = [f"{day:%Y-%m-%d}" for day in (time.first, time.last)]
        if times.facts.get(name) != due:
            yield Broken(written.RECORD, f"the time {name} is not {' to '.join(due)}", (str(times.facts.get(name)),))


@check("evaluation-grounds")
def evaluation_grounds(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each block and each sector outside is there, whose it is, of which kind, and why it counts or not."""
    areas = evidence.written(FILE).drop_duplicates("area").set_index("area")
    times = times_of(evidence)
    due, ground = _list_grounds(times)
    missing = due.index.symmetric_difference(areas.index)
    if len(missing):
        yield Broken(FILE, f"{count(len(missing), 'area')} missing, or that there are not", some(missing))
    both = due.index.intersection(areas.index)
    due["kind"] = _find_kinds(times, ground).reindex(due.index).fillna("")
    due["kind"] = due["kind"].where(due["kind"] != "", areas["kind"].reindex(due.index))
    hours = (areas["hours_delivered_before"] + areas["hours_delivered_after"]) / 2
    least = evidence.settings.evaluation.least_hours
    thin = hours.reindex(due.index) < least - HUNDREDTH
    near = (hours.reindex(due.index) - least).abs() <= HUNDREDTH + 1e-9
    reason = due["why_not"].mask((due["why_not"] == "") & thin, f"under {least:g} hours")
    for name in ("inside", "block_id", "provider_id", "kind"):
        wrong = areas.loc[both, name] != due.loc[both, name]
        if wrong.any():
            yield Broken(FILE, f"{name} is wrong of {count(int(wrong.sum()), 'area')}", some(both[wrong]))
    said = areas.loc[both, "why_not"]
    wrong = pd.Series(
        [not own if not why else not own.startswith(why) for own, why in zip(said, reason[both], strict=True)], both
    )
    wrong = wrong.where(reason[both] != "", said != "") & ~near[both]
    if wrong.any():
        yield Broken(FILE, f"why_not is wrong of {count(int(wrong.sum()), 'area')}", some(both[wrong]))


@check("evaluation-measured")
def evaluation_measured(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the hours, the days waited and the leakage of each area are the tables' own, in both times."""
    areas = evidence.written(FILE).drop_duplicates("area").set_index("area")
    times = times_of(evidence)
    grounds, ground = _list_grounds(times)
    steps = {"hours_delivered": HUNDREDTH, "days_waited": TENTH, "leakage": INDEX_STEP}
    for name, time in times.times.items():
        made = _made(times, time, ground)
        found = {
            "hours_delivered": _sum_hours(made, time).reindex(grounds.index).fillna(0.0),
            "days_waited": _mean_wait(times, time, ground),
            "leakage": _share_elsewhere(times, time, grounds, ground, made),
        }
        for outcome, due in found.items():
            told = areas.loc[areas.index.isin(grounds.index), f"{outcome}_{name}"]
            yield from compare(FILE, f"{outcome}_{name}", due.reindex(told.index), told, allow=steps[outcome])
        empty = areas.index[areas[f"travel_{name}"].notna() & ~areas.index.isin(made["area"].dropna())]
        odd = areas.index[areas[f"travel_{name}"] < 0].union(empty)
        if len(odd):
            yield Broken(FILE, f"travel_{name} of {count(len(odd), 'area')} without visits, or below 0", some(odd))


def _list_grounds(times: Times) -> tuple[pd.DataFrame, pd.Series]:
    """List the areas with ``inside, block_id, provider_id, why_not``, and the area of each postcode of the county."""
    lists = times.lists
    directory = lists.directory
    county = pd.Series(directory.index[directory["in_county"]].astype(str))
    sector = sources.to_sectors(county)
    blocks, shapes = lists.needed("blocks"), lists.needed("block_areas")
    area = pd.Series("", index=county.index, dtype=object)
    rows: dict[str, tuple[str, str, str, str]] = {}
    for block in blocks.sort_values("block_id", kind="stable").to_dict("records"):
        own = shapes[shapes["block_id"] == block["block_id"]]
        inside = county.isin(set(sources.to_postcodes(own["postcode"])) - {""})
        inside |= sector.isin(set(own["sector"].str.upper().str.split().str.join(" ")) - {""})
        name = f"block {block['block_id']}"
        area[inside] = name
        rows[name] = ("yes", str(block["block_id"]), str(block["provider_id"]), _apart(block, times.times))
    area = area.where(area != "", "sector " + sector)
    rows |= {name: ("no", "", "", "") for name in sorted(set(area)) if name not in rows}
    listed = pd.DataFrame.from_dict(rows, orient="index", columns=["inside", "block_id", "provider_id", "why_not"])
    return listed, pd.Series(area.to_numpy(), index=pd.Index(county))


def _apart(block: Mapping[Hashable, Any], times: dict[str, Time]) -> str:
    """Say why a block is on neither side, from the days on which it begins and ends."""
    day = {name: sources.to_dates(pd.Series([str(block[name])])).iloc[0] for name in ("start_date", "end_date")}
    start, end = day["start_date"], day["end_date"]
    before, after = times[BEFORE], times[AFTER]
    planned = sources.to_word(str(block["status"])) == "planned"
    reasons = (
        (planned or start > after.last, "a block that had not begun"),
        (start <= before.last, "a block that began in or before the time before"),
        (start > after.first, "a block that began within the time after"),
        (not pd.isna(end) and end < after.last, "a block that ended before the time after did"),
    )
    return next((why for holds, why in reasons if holds), "")


def _find_kinds(times: Times, ground: pd.Series) -> pd.Series:
    """Say of each area whether most of its postcodes are rural; blank where a postcode's kind is not told."""
    rural = find_rural(times.lists, ground.index)
    told = (rural != UNTOLD).groupby(ground).all()
    most = (rural == RURAL).groupby(ground).mean()
    return pd.Series(RURAL, index=most.index).where(most >= HALF, URBAN).where(told, "")


def _made(times: Times, time: Time, ground: pd.Series) -> pd.DataFrame:
    """Take the visits made in a time, each with the area that it was in."""
    made = time.visits[time.visits["delivered"]]
    own = sources.to_postcodes(made["postcode"])
    place = own.where(own != "", made["package_id"].map(times.home))
    return made.assign(area=place.map(ground))


def _sum_hours(made: pd.DataFrame, time: Time) -> pd.Series:
    """Sum contact hours a week by area: a visit of two carers once."""
    hours = (made["planned_end"] - made["planned_start"]).dt.total_seconds() / 3600.0
    once = hours.groupby([made["area"], made["visit_id"]]).max()
    return once.groupby(level=0).sum() / time.weeks


def _mean_wait(times: Times, time: Time, ground: pd.Series) -> pd.Series:
    """Average the days from a package's clock to its first start, of those that started in a time, by area."""
    lines = times.lines.drop_duplicates()
    begins = lines["effective_from"].fillna(pd.Timestamp.min)
    ordered = lines.assign(due=begins > time.last, begins=begins).sort_values(["package_id", "begins"], kind="stable")
    # The last line that had begun; of a package with none, its first.
    begun = ordered[~ordered["due"]].drop_duplicates("package_id", keep="last")
    rest = ordered[~ordered["package_id"].isin(begun["package_id"])].drop_duplicates("package_id")
    rows = pd.concat([begun, rest]).set_index("package_id")
    first = lines.groupby("package_id")["start_date"].min()[rows.index]
    name = times.lists.settings.market.wait_clock
    clock = rows[name].fillna(rows[CLOCKS[name]])
    ended = first.between(time.first, time.last) & (rows["status"] != "waiting") & (clock <= time.last)
    days = (first - clock).dt.days.clip(lower=0).astype(float)
    mean: pd.Series[float] = days[ended].groupby(rows["postcode"].map(ground)[ended]).mean()
    return mean


def _share_elsewhere(
    times: Times, time: Time, grounds: pd.DataFrame, ground: pd.Series, made: pd.DataFrame
) -> pd.Series:
    """Find the share of starts in a time that went to another than the block's provider, or outside the most usual."""
    visits = made.groupby(["area", "provider_id"]).size().reset_index(name="visits")
    visits = visits.sort_values(["visits", "provider_id"], ascending=[False, True], kind="stable")
    usual = visits.drop_duplicates("area").set_index("area")["provider_id"].reindex(grounds.index)
    own = grounds["provider_id"].where(grounds["inside"] == "yes", usual)
    rows = times.lines[times.lines["start_date"].notna() & (times.lines["provider_id"] != "")]
    rows = rows.sort_values("start_date", kind="stable").drop_duplicates("package_id")
    blocks = times.lists.settings.blocks
    rows = rows[
        rows["start_date"].between(time.first, time.last)
        & sources.to_words(rows["service_type"]).isin(blocks.service_types)
        & sources.to_words(rows["funding"]).replace("", "council").isin(blocks.funding)
        & (rows["hours_week"] > 0)
    ]
    area = rows["postcode"].map(ground)
    other = (rows["provider_id"] != area.map(own))[area.notna()].astype(float)
    share: pd.Series[float] = other.groupby(area).mean()
    return share
