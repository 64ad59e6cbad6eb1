"""Package growth: how the weekly hours of the same people with the same provider changed over a period."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.inputs.snapshot import select_in_force
from marketmap.market.intervals import add_share, ratio_interval
from marketmap.settings.market import MarketSettings

NEEDS_LINES = (
    "Package growth needs dated lines: no package has a line for more than one period, so no change can be seen."
)
CUT, RISEN = "cut", "risen"
PROVIDER_COLUMNS = [
    "provider_id", "people", "hours_before", "hours_after", "change_hours", "change_share", "change_share_low",
    "change_share_high", "people_cut", "cut_share", "cut_share_low", "cut_share_high", "people_risen", "risen_share",
    "risen_share_low", "risen_share_high", "large_change",
]  # fmt: skip
FINDING_COLUMNS = ["finding", "number", "among", "share", "share_low", "share_high", "warning"]


@dataclass(frozen=True)
class Growth:
    """How packages grew.

    Attributes
    ----------
    providers
        One row a provider, `PROVIDER_COLUMNS`, and a last one "all": hours are client contact hours a week.
    findings
        How many people and providers had large cuts and rises: ``finding``, ``number``, ``among``, ``share`` with
        ``share_low`` and ``share_high``, ``warning`` (blank, or that it rests on few providers).
    since
        The earlier of the two days.
    notes
        What was lacking, in sentences.
    """

    providers: pd.DataFrame
    findings: pd.DataFrame
    since: dt.date
    notes: tuple[str, ...]


def measure_growth(lines: pd.DataFrame, *, snapshot_date: dt.date, settings: MarketSettings) -> Growth:
    """Compare weekly hours on the snapshot with those ``growth_weeks`` before, on the same people.

    Only who was with the same provider on both days counts, so that neither new people nor who left or moved can pass
    for growth; all of a person's active packages with that provider are summed. A large change is one of
    ``large_change`` of the earlier hours or more, of a person or of a provider's people together. The interval of a
    provider's change resamples its people.

    Parameters
    ----------
    lines
        `Tables.package_lines`; a person without ``person_id`` is told by ``package_id``.
    """
    since = snapshot_date - dt.timedelta(weeks=settings.growth_weeks)
    if not lines["package_id"].duplicated().any():
        return Growth(_provider_rows([]), _finding_rows([]), since, (NEEDS_LINES,))
    people = match_people(lines, earlier=since, later=snapshot_date)
    rows = [_sum_people(str(name), some, settings) for name, some in people.groupby("provider_id")]
    each = _provider_rows(rows)
    if len(people):
        rows.append(_sum_people("all", people, settings))
    findings = []
    total, firms = len(people), len(each)
    small = firms < settings.few_firms
    warning = f"Small numbers: {firms} provider{'s' * (firms != 1)}, so one of them is {1 / max(firms, 1):.0%}."
    for what in (CUT, RISEN):
        number = int(each[f"people_{what}"].sum())
        findings.append((f"people {what}", number, total, ""))
        findings.append(
            (f"providers {what}", int((each["large_change"] == what).sum()), firms, warning if small else "")
        )
    return Growth(_provider_rows(rows), _finding_rows(findings), since, ())


def match_people(lines: pd.DataFrame, *, earlier: dt.date, later: dt.date) -> pd.DataFrame:
    """Find who was with the same provider on two days.

    Returns
    -------
    DataFrame
        ``provider_id``, ``person``, ``hours_before``, ``hours_after`` (contact hours a week, both above 0).
    """
    hours = [_hours_on(lines, day) for day in (earlier, later)]
    both = pd.concat(hours, axis=1, join="inner", keys=["hours_before", "hours_after"])
    return both[(both > 0).all(axis=1)].sort_index().reset_index()


def _hours_on(lines: pd.DataFrame, day: dt.date) -> pd.Series:
    held = select_in_force(lines, on=day)
    held = held[(held["status"] == "active") & held["provider_id"].notna()]
    person = held["person_id"].astype("object").where(held["person_id"].notna(), held["package_id"])
    return held["hours_week"].astype(float).groupby([held["provider_id"], person.rename("person")]).sum()


def _sum_people(name: str, people: pd.DataFrame, settings: MarketSettings) -> dict[str, object]:
    before, after = people["hours_before"].to_numpy(float), people["hours_after"].to_numpy(float)
    change = _change(after.sum(), before.sum())
    each = np.array([_change(now, then) for now, then in zip(after, before, strict=True)])
    low, high = ratio_interval(after, before)
    large = RISEN if change >= settings.large_change else CUT if change <= -settings.large_change else ""
    return {
        "provider_id": name,
        "people": len(people),
        "hours_before": before.sum(),
        "hours_after": after.sum(),
        "change_hours": after.sum() - before.sum(),
        "change_share": change,
        "change_share_low": low - 1,
        "change_share_high": high - 1,
        "people_cut": int((each <= -settings.large_change).sum()),
        "people_risen": int((each >= settings.large_change).sum()),
        "large_change": large,
    }


def _change(after: float, before: float) -> float:
    # Rounded, for 8.4 of 10.5 hours is a fifth less to a person and a little under it to a computer.
    return round(float(after / before - 1), 9)


def _provider_rows(rows: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=PROVIDER_COLUMNS)
    whole = dict.fromkeys(["people", "people_cut", "people_risen"], "int64")
    frame = frame.astype(whole | dict.fromkeys(["provider_id", "large_change"], "str"))
    for what in (CUT, RISEN):
        frame = add_share(frame, f"{what}_share", part=f"people_{what}", whole="people")
    text = {"provider_id", "large_change"}
    return frame.astype({name: float for name in PROVIDER_COLUMNS if name not in {*whole, *text}})


def _finding_rows(rows: list[tuple[str, int, int, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["finding", "number", "among", "warning"])
    frame = frame.astype({"finding": "str", "number": "int64", "among": "int64", "warning": "str"})
    return add_share(frame, "share", part="number", whole="among")[FINDING_COLUMNS]
