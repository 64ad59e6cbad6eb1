"""What a report may tell everybody: each population of the gate, cut once from the county's tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property

import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.inputs.market_contracts import AT_HOME
from marketmap.market.demand import describe_packages
from marketmap.market.overlap import FULL_HHI
from marketmap.market.package_growth import match_people
from marketmap.market.places import Places
from marketmap.market.reablement import FOLLOWED_DAYS, place_areas
from marketmap.market.refusals import ACCEPTED, REFUSED, Answers, list_answers
from marketmap.market.waits import Waits, list_waits
from marketmap.outputs.gate.disclosure import Shown, show_name
from marketmap.outputs.gate.population import LEVEL, Population
from marketmap.outputs.gate.populations import (
    CARE,
    GROWTH,
    HANDBACKS,
    OFFERS,
    REABLEMENT,
    RURAL,
    UNKNOWN,
    UNPLACED,
    URBAN,
    WAITING,
    WAITS,
    place_cells,
    tally_cells,
)
from marketmap.outputs.gate.public_cells import PublicCells
from marketmap.outputs.gate.publish import Gate
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
        care = self._add_market(records.assign(company=self._companies(rows)), rows)
        return self._gate.cut(care[0], CARE, hours_by_company=care[1])

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
    def growth(self) -> PublicCells:
        """The same people half a year ago and today; hours of who was with the same provider on both days."""
        market, lines = self._settings.market, self._tables.package_lines
        later = self._tables.snapshot_date
        people = match_people(lines, earlier=later - dt.timedelta(weeks=market.growth_weeks), later=later)
        person = lines["person_id"].astype("object").where(lines["person_id"].notna(), lines["package_id"])
        home = lines["postcode"].groupby(person).last()
        # Rounded as in `market.package_growth`: 8.4 of 10.5 hours is a fifth less.
        change = (people["hours_after"] / people["hours_before"] - 1).round(9)
        records = people.assign(
            postcode=people["person"].map(home), cut=change <= -market.large_change, risen=change >= market.large_change
        )
        return self._cut(records, GROWTH)

    @cached_property
    def reablement(self) -> PublicCells | None:
        """People referred to reablement, how many began, and where they are on the 91st day; None without the table."""
        rows = self._tables.reablement
        if rows is None:
            return None
        day = pd.Timestamp(self._tables.snapshot_date)
        rows = rows[rows["referral_date"] >= day - pd.Timedelta(weeks=self._settings.market.wait_weeks)]
        began = rows["start_date"].notna() & (rows["start_date"] <= day)
        known = began & (rows["start_date"] + pd.Timedelta(days=FOLLOWED_DAYS) <= day) & rows["outcome"].notna()
        kind = place_areas(rows["area_code"], self._places, by=LEVEL[1])
        # A whole district is rural and urban in parts: to call its people the one or the other would be made up.
        kind = kind.mask(rows["area_code"].isin(set(self._places.of[LEVEL[0]].dropna())), UNKNOWN)
        records = pd.DataFrame(
            {
                LEVEL[0]: place_areas(rows["area_code"], self._places, by=LEVEL[0]).fillna(UNPLACED).astype(str),
                LEVEL[1]: kind.where(kind.isin([RURAL, URBAN]), UNKNOWN).astype(str),
                "person": rows["episode_id"],
                "began": began,
                "followed_up": known,
                "home_at_91_days": known & rows["outcome"].isin(AT_HOME),
            }
        )
        return self._cut(records, REABLEMENT)

    @cached_property
    def listed_waits(self) -> Waits:
        """The waits themselves: internal."""
        tables = self._tables
        return list_waits(tables.package_lines, snapshot_date=tables.snapshot_date, settings=self._settings.market)

    @cached_property
    def answers(self) -> Answers:
        """The offers and handbacks themselves: internal."""
        return list_answers(self._tables, settings=self._settings.market)

    def name_cells(self, shown: pd.DataFrame, *, unknown: str = CELL_WORDS[UNKNOWN]) -> pd.DataFrame:
        """Put a column ``area`` in words before a frame of shown cells: "Cotswold, rural part".

        Parameters
        ----------
        shown
            Has `LEVEL`'s columns.
        unknown
            What a part is called of which nobody says whether it is rural.
        """
        words_of = CELL_WORDS | {UNKNOWN: unknown}
        names = self._places.names.get("district_code", {})
        words = [
            show_name(f"{self._name(str(code), names)}, {words_of.get(str(kind), str(kind))}")
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

    def _companies(self, rows: pd.DataFrame) -> pd.Series:
        """Say which company delivers each package; a provider that names none is its own."""
        company = self._tables.providers.drop_duplicates("provider_id").set_index("provider_id")["company_id"]
        return rows["provider_id"].map(company).fillna(rows["provider_id"]).astype("object").fillna("")

    def _add_market(
        self, records: pd.DataFrame, rows: pd.DataFrame
    ) -> tuple[pd.DataFrame, dict[tuple[str, ...], dict[str, float]]]:
        """Count care into cells with its price, its companies and their concentration; and hours by company."""
        described = describe_packages(rows, settings=self._settings.blocks)
        price = rows["price_hour"].astype(float)
        records["priced"] = described["why_not"].isin(["", "do not move"]) & price.notna()
        cells = self._cells.reindex(records["postcode"]).fillna({LEVEL[0]: UNPLACED, LEVEL[1]: UNKNOWN})
        records = records.assign(**{key: cells[key].to_numpy() for key in LEVEL}, price=price)
        tally = tally_cells(records, CARE, cells=self._cells).set_index(list(LEVEL))
        hours = records.groupby([*LEVEL, "company"])["carer_hours"].sum()
        shares = hours / hours.groupby(level=[*LEVEL]).sum()
        priced = records[records["priced"]]
        paid = (priced["price"] * priced["carer_hours"]).groupby([priced[key] for key in LEVEL]).sum()
        tally["paid_hour"] = paid / priced.groupby([*LEVEL])["carer_hours"].sum()
        tally["companies"] = hours.groupby(level=[*LEVEL]).size()
        tally["concentration"] = (shares**2).groupby(level=[*LEVEL]).sum() * FULL_HHI
        behind: dict[tuple[str, ...], dict[str, float]] = {}
        bought = priced.groupby([*LEVEL, "company"])["carer_hours"].sum().reset_index()
        for row in bought.to_dict("records"):
            key = tuple(str(row[name]) for name in LEVEL)
            behind.setdefault(key, {})[str(row["company"])] = float(row["carer_hours"])
        return tally.reset_index(), behind

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
