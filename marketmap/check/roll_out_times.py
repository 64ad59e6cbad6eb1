"""The two times of an evaluation, as the checker reads them: their days, visits and package lines."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Unreadable
from marketmap.check.lists import ListEvidence
from marketmap.check.sources import hash_file
from marketmap.check.visits import COLUMNS, list_visits

DAYS_IN_A_WEEK = 7
BEFORE, AFTER = "before", "after"
LINES = ["package_id", "postcode", "service_type", "status", "hours_week", "provider_id", "funding", "request_date",
         "ready_date", "start_date", "end_date", "effective_from", "effective_to", "do_not_move"]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Time:
    """One of the two times: its visits, and its first and last day."""

    visits: pd.DataFrame
    first: pd.Timestamp
    last: pd.Timestamp

    @property
    def weeks(self) -> float:
        """How long it is."""
        return ((self.last - self.first).days + 1) / DAYS_IN_A_WEEK


class Times:
    """What an evaluation compared, from the council's tables; what cannot be read raises `Unreadable`."""

    def __init__(self, lists: ListEvidence) -> None:
        self.lists = lists
        facts = lists.record.get("evaluation")
        if not isinstance(facts, dict) or not facts:
            raise Unreadable(written.RECORD, "does not say which days an evaluation compared: evaluate again")
        self.facts: dict[str, Any] = facts

    @cached_property
    def earlier(self) -> Path | None:
        """The folder of the time before; None where one visits table spans both times."""
        named = str(self.facts.get("earlier_folder", ""))
        if not named:
            return None
        given = Path(named)
        for place in (
            given,
            self.lists.folder / given,
            self.lists.folder.parent / given,
            self.lists.county.parent / given.name,
        ):
            if place.is_dir():
                return place
        raise Unreadable(
            written.RECORD, f"the folder of the time before, {given.name}, is not there: put it beside the county's"
        )

    def _earlier_table(self, table: str) -> pd.DataFrame:
        folder = self.earlier
        files = self.facts.get("earlier_inputs")
        file = files.get(table) if isinstance(files, dict) else None
        if folder is None or not isinstance(file, dict):
            raise Unreadable(written.RECORD, f"names no {table} table of the time before")
        path = folder / Path(str(file.get("name"))).name
        if not path.is_file() or hash_file(path) != file.get("sha256"):
            raise Unreadable(path.name, "is not the table of the time before that was evaluated")
        return sources.read_source(path)

    @cached_property
    def times(self) -> dict[str, Time]:
        """Both times, by name."""
        now = list_visits(self.lists.needed("visits"))
        day = now["planned_start"].dt.tz_localize(None).dt.normalize()
        if self.earlier is not None:
            rows = self._earlier_table("visits")
            then = rows.reindex(columns=[*COLUMNS, "planned_start", "planned_end", "status"], fill_value="")
            return {BEFORE: _time(list_visits(then)), AFTER: _time(now)}
        blocks = self.lists.needed("blocks")
        starts = sources.to_dates(blocks.loc[sources.to_words(blocks["status"]) != "planned", "start_date"])
        within = starts[(starts > day.min()) & (starts <= day.max())]
        return {BEFORE: _time(now[day < within.min()]), AFTER: _time(now[day >= within.max()])}

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Every dated line of both times, the later time's first, as text but for its dates and hours."""
        parts = [self.lists.package_lines]
        if self.earlier is not None:
            parts.append(self._earlier_table("packages"))
        rows = pd.concat([part.reindex(columns=LINES, fill_value="") for part in parts], ignore_index=True).fillna("")
        dated = {name: sources.to_dates(rows[name]) for name in LINES if name.endswith("_date") or name[:5] == "effec"}
        return rows.assign(
            **dated,
            postcode=sources.to_postcodes(rows["postcode"]),
            hours_week=sources.to_numbers(rows["hours_week"]),
            status=sources.to_words(rows["status"]),
        )

    @cached_property
    def home(self) -> pd.Series:
        """Where each package is, for visits that name no postcode."""
        rows = self.lines[self.lines["postcode"] != ""]
        return rows.drop_duplicates("package_id").set_index("package_id")["postcode"]


def _time(visits: pd.DataFrame) -> Time:
    day = visits["planned_start"].dt.tz_localize(None).dt.normalize()
    return Time(visits, day.min(), day.max())


def times_of(evidence: Evidence) -> Times:
    """Take the times of an evaluation, read once for all checks of the same evidence."""
    if "times" not in evidence.kept:
        own = evidence if isinstance(evidence, ListEvidence) else ListEvidence(evidence.folder, county=evidence.county)
        evidence.kept["times"] = Times(own)
    found: Times = evidence.kept["times"]
    return found
