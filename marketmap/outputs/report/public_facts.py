"""What a report may tell everybody: each population of the gate, cut once from the county's tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.market.places import Places
from marketmap.market.refusals import ACCEPTED, REFUSED, Answers, list_answers
from marketmap.market.waits import Waits, list_waits
from marketmap.outputs.disclosure import Shown, show_name
from marketmap.outputs.populations import (
    CARE,
    HANDBACKS,
    OFFERS,
    RURAL,
    UNKNOWN,
    UNPLACED,
    URBAN,
    WAITING,
    WAITS,
    place_cells,
    tally_cells,
)
from marketmap.outputs.public_cells import Population, PublicCells
from marketmap.outputs.publish import Gate
from marketmap.settings import Settings

CELL_WORDS = {RURAL: "rural part", URBAN: "urban part", UNKNOWN: "class not known"}
COUNTED = ("accepted", "refused")
# Where somebody who waits is, as the gate's classes have it.
WAITING_CLASSES = {"waiting_home": "home_no_care", "waiting_bridged": "home_bridged", "waiting_hospital": "hospital"}


class PublicFacts:
    """The populations of the gate for one run, each cut when it is first asked for and never again.

    Parameters
    ----------
    tables, places
        The county's.
    settings
        ``disclosure`` has the thresholds, ``market`` says what is long.
    """

    def __init__(self, tables: Tables, places: Places, settings: Settings) -> None:
        self._tables = tables
        self._places = places
        self._settings = settings
        self._gate = Gate(settings.disclosure)
        self._cells = place_cells(places)

    @cached_property
    def care(self) -> PublicCells:
        """Packages that are delivered today, and their hours."""
        packages = self._tables.packages
        rows = packages[packages["status"] == "active"]
        carers = pd.to_numeric(rows["carers_required"]).astype(float)
        hours = rows["hours_week"].astype(float)
        records = self._records(rows).assign(
            contact_hours=hours, carer_hours=hours * carers, carer_visits=rows["visits_week"].astype(float) * carers
        )
        return self._cut(records, CARE)

    @cached_property
    def waiting(self) -> PublicCells:
        """Packages that wait today, their hours, and where the people are."""
        packages = self._tables.packages
        rows = packages[packages["status"] == "waiting"]
        where = rows["waiting_where"].astype("object").fillna("")
        records = self._records(rows).assign(hours_waiting=rows["hours_week"].astype(float))
        return self._cut(records.assign(**{name: where == word for name, word in WAITING_CLASSES.items()}), WAITING)

    @cached_property
    def waits(self) -> PublicCells:
        """Waits of the period of which it is known whether they were long."""
        rows = self.listed_waits.rows
        known = rows[rows["decided"]]
        return self._cut(self._records(known).assign(long_waits=known["long"]), WAITS)

    @cached_property
    def offers(self) -> PublicCells | None:
        """Offers to providers, with their answers; None without the table."""
        rows = self.answers.offers
        if rows is None:
            return None
        answered = {"accepted": rows["response"] == ACCEPTED, "refused": rows["response"] == REFUSED}
        return self._cut(self._records(rows).assign(**answered), OFFERS)

    @cached_property
    def handbacks(self) -> PublicCells | None:
        """Packages handed back; None without the table."""
        rows = self.answers.handbacks
        return None if rows is None else self._cut(self._records(rows), HANDBACKS)

    @cached_property
    def listed_waits(self) -> Waits:
        """The waits themselves: internal."""
        tables = self._tables
        return list_waits(tables.package_lines, snapshot_date=tables.snapshot_date, settings=self._settings.market)

    @cached_property
    def answers(self) -> Answers:
        """The offers and handbacks themselves: internal."""
        return list_answers(self._tables, settings=self._settings.market)

    def name_cells(self, shown: pd.DataFrame) -> pd.DataFrame:
        """Put a column ``area`` in words before a frame of shown cells: "Cotswold, rural part"."""
        names = self._places.names.get("district_code", {})
        words = [
            show_name(f"{self._name(str(code), names)}, {CELL_WORDS.get(str(kind), str(kind))}")
            for code, kind in zip(shown["district_code"], shown["rural"], strict=True)
        ]
        frame = shown.copy()
        frame.insert(0, "area", pd.Series(words, index=shown.index, dtype=object))
        return frame

    def name_classes(self, shown: pd.DataFrame) -> pd.DataFrame:
        """Put a column ``area`` in words before a frame of shown sums by class: "Rural", "Urban"."""
        frame = shown.copy()
        words = [show_name(str(kind).capitalize()) for kind in shown["rural"]]
        frame.insert(0, "area", pd.Series(words, index=shown.index, dtype=object))
        return frame

    def _name(self, code: str, names: Mapping[str, str]) -> Shown:
        return show_name("Without a place" if code == UNPLACED else names.get(code, code))

    def _cut(self, records: pd.DataFrame, population: Population) -> PublicCells:
        return self._gate.cut(tally_cells(records, population, cells=self._cells), population)

    def _records(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Give rows of packages, waits or offers their place and the person whose they are."""
        lines = self._tables.package_lines.drop_duplicates("package_id", keep="last").set_index("package_id")
        person = lines["person_id"].astype("object").where(lines["person_id"].notna(), lines.index)
        known = rows["package_id"].map(person)
        postcodes = (
            rows["postcode"].astype("object") if "postcode" in rows else rows["package_id"].map(lines["postcode"])
        )
        return pd.DataFrame({"postcode": postcodes, "person": known.fillna(rows["package_id"])}, index=rows.index)
