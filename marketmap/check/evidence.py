"""What the checks look at: the written files, the council's tables and the postcodes, each read once."""

from __future__ import annotations

import datetime as dt
import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from marketmap.check import sources, written
from marketmap.check.directory import find_postcodes
from marketmap.check.findings import Unreadable, some
from marketmap.check.packages import describe_packages, sum_points
from marketmap.settings import Settings, settings_from_mapping

# Columns of each table that the checks use; one that the file lacks is blank throughout.
COLUMNS = {
    "packages": "package_id postcode service_type status hours_week visits_week carers_required provider_id person_id "
    "funding price_hour needs do_not_move request_date ready_date start_date end_date effective_from effective_to",
    "rates": "rate_pounds",
    "providers": "provider_id provider_name hours_spare_week company_id cqc_rating max_growth_hours_13w price_hour "
    "services on_framework placements_suspended",
    "participation": "provider_id area_code max_block_hours valid_from",
    "blocks": "block_id provider_id guaranteed_hours_week price_hour status start_date end_date",
    "block_areas": "block_id postcode sector",
    "locks": "kind lock_id provider_id place",
    "calls": "package_id days time_band minutes carers_required",
    "visits": "visit_id carer_id provider_id package_id planned_start planned_end status postcode",
}


class Evidence:
    """A plan's files and the inputs they came from; what cannot be read raises `Unreadable` when asked for."""

    def __init__(self, folder: Path, *, county: Path | None = None) -> None:
        self.folder = folder
        self._county = county
        self._tables: dict[str, pd.DataFrame] = {}
        self._written: dict[str, pd.DataFrame] = {}
        self.kept: dict[str, Any] = {}  # what one check found and another needs too, by a name of their own
        self.variants: dict[tuple[str, str], Evidence] = {}  # other plans of the run, by file and name

    # -- the record ---------------------------------------------------------------------------------------

    @cached_property
    def record(self) -> dict[str, Any]:
        """``run.json``."""
        path = self.folder / written.RECORD
        if not path.is_file():
            raise Unreadable(written.RECORD, "the file is missing")
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Unreadable(written.RECORD, f"is not JSON ({type(error).__name__})") from error
        if not isinstance(record, dict):
            raise Unreadable(written.RECORD, "is not a JSON object")
        return record

    def recorded(self, *keys: str) -> Any:
        """Take one entry of ``run.json``, by its path."""
        value: Any = self.record
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                raise Unreadable(written.RECORD, f"no entry {'.'.join(keys)}")
            value = value[key]
        return value

    @cached_property
    def settings(self) -> Settings:
        """The run's settings, as ``run.json`` echoes them."""
        raw = self.recorded("settings")
        if not isinstance(raw, dict):
            raise Unreadable(written.RECORD, "settings is not a table")
        settings, faults = settings_from_mapping(raw, file=written.RECORD)
        if faults:
            raise Unreadable(written.RECORD, "the settings are not valid", some(faults))
        return settings

    @cached_property
    def snapshot(self) -> pd.Timestamp:
        """The day the plan is for."""
        try:
            return pd.Timestamp(dt.date.fromisoformat(str(self.recorded("snapshot_date"))))
        except ValueError as error:
            raise Unreadable(written.RECORD, "snapshot_date is not an ISO date") from error

    # -- what was written ---------------------------------------------------------------------------------

    def written(self, file: str) -> pd.DataFrame:
        """Read one written table by its contract."""
        if file not in self._written:
            self._written[file] = written.read_written(self.folder, file)
        return self._written[file]

    @cached_property
    def proposals(self) -> pd.DataFrame:
        """``block_proposals.csv``, indexed by block."""
        return self.written(written.PROPOSALS).set_index("block_id", drop=False)

    @cached_property
    def postcodes(self) -> pd.DataFrame:
        """``block_postcodes.csv``."""
        return self.written(written.POSTCODES)

    @cached_property
    def points(self) -> pd.DataFrame:
        """``block_points.csv``, indexed by postcode."""
        return self.written(written.POINTS).set_index("postcode", drop=False)

    @cached_property
    def eligible(self) -> pd.DataFrame:
        """``eligible_providers.csv``."""
        return self.written(written.ELIGIBLE)

    @cached_property
    def neighbours(self) -> pd.DataFrame:
        """``neighbours.csv``."""
        return self.written(written.NEIGHBOURS)

    @cached_property
    def unplaced(self) -> pd.DataFrame:
        """``unplaced.csv``."""
        return self.written(written.UNPLACED)

    @cached_property
    def block_of(self) -> pd.Series:
        """Block (or spot) by postcode, from the look-up list, which every other claim is held against."""
        rows = self.postcodes.drop_duplicates("postcode")
        return pd.Series(rows["block_id"].to_numpy(), index=rows["postcode"].to_numpy())

    @cached_property
    def existing(self) -> frozenset[str]:
        """Blocks that stay as they are: written as already let, or as held by a lock."""
        return frozenset(self.proposals.index[self.proposals["status"].isin([written.EXISTING, written.HELD])])

    @cached_property
    def suggested(self) -> pd.Series:
        """Suggested provider by block."""
        rows = self.proposals[~self.proposals.index.duplicated()]
        return rows["suggested_provider_id"]

    # -- what the council gave ----------------------------------------------------------------------------

    @cached_property
    def county(self) -> Path:
        """The folder of the council's tables."""
        if self._county is not None:
            places = [self._county]
        else:
            named = Path(str(self.recorded("county_folder")))
            places = [named, self.folder / named, self.folder.parent / named]
        for place in places:
            if place.is_dir():
                return place
        raise Unreadable(written.RECORD, "the county folder it names is not there: say where it is now")

    def source_path(self, table: str) -> Path:
        """Find the file a table came from: in the county folder, or where a setting says."""
        name = str(self.recorded("inputs", table, "name"))
        settings = self.settings
        for file in (name, settings.areas.file, settings.postcodes.file, settings.roads.file):
            path = self.county / file
            if file and path.name == Path(name).name and path.is_file():
                return path
        raise Unreadable(name, "the input is not in the county folder")

    def source(self, table: str) -> pd.DataFrame | None:
        """Read a council table without its rejected rows, or None where the run had none."""
        if table not in self.recorded("inputs"):
            return None
        if table not in self._tables:
            rejected = self.rejected.loc[self.rejected["table"] == table, "row"]
            frame = sources.read_source(self.source_path(table))
            frame = frame[~frame["row"].astype(str).isin(rejected)]
            columns = [*COLUMNS[table].split(" "), "row"]
            self._tables[table] = frame.reindex(columns=columns, fill_value="").reset_index(drop=True)
        return self._tables[table]

    def needed(self, table: str) -> pd.DataFrame:
        """Read a council table that no plan can do without."""
        frame = self.source(table)
        if frame is None:
            raise Unreadable(written.RECORD, f"inputs names no {table} table")
        return frame

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """Rows of the inputs that the run left out; none where no such file was written."""
        if not (self.folder / written.REJECTED).is_file():
            return pd.DataFrame({name: pd.Series(dtype=str) for name in written.CONTRACT[written.REJECTED]})
        return self.written(written.REJECTED)

    @cached_property
    def package_lines(self) -> pd.DataFrame:
        """Every dated line of the packages table."""
        return self.needed("packages")

    @cached_property
    def directory(self) -> pd.DataFrame:
        """Postcodes of the county and of everything the plan names: grid reference, district, liveness."""
        listed = frozenset(self.block_of.index.astype(str))
        wanted = frozenset(sources.to_postcodes(self.package_lines["postcode"])) | listed
        file = self.county / self.settings.postcodes.file if self.settings.postcodes.file else None
        chosen = frozenset(self.settings.county.district_codes)
        if not chosen:  # the run found its districts itself: they are those its look-up list lies in
            chosen = frozenset(find_postcodes(district_codes=chosen, wanted=listed, file=file)["district_code"])
        frame = find_postcodes(district_codes=chosen, wanted=wanted, file=file)
        return frame.assign(in_county=frame["district_code"].isin(chosen))

    @cached_property
    def packages(self) -> pd.DataFrame:
        """Packages in force on the snapshot date, as `describe_packages` gives them."""
        return describe_packages(
            self.package_lines,
            directory=self.directory,
            block_of=self.block_of,
            settings=self.settings.blocks,
            snapshot=self.snapshot,
        )

    @cached_property
    def movable(self) -> pd.DataFrame:
        """The placeable packages at the plan's points, with ``provider`` the one suggested for their block.

        That no package is missing there is a check of its own.
        """
        rows = self.packages[self.packages["placeable"] & self.packages["postcode"].isin(self.points.index)]
        provider = rows["block_id"].map(self.suggested).fillna("")
        held = (rows["provider_id"] == provider) & ~rows["waiting"] & (provider != "")
        return rows.assign(provider=provider, held=held, others=~held & ~rows["waiting"])

    @cached_property
    def demand(self) -> pd.DataFrame:
        """What the placeable packages sum to, by postcode, as `sum_points` gives it."""
        return sum_points(self.movable)

    @cached_property
    def providers(self) -> pd.DataFrame:
        """Providers, indexed by id, with ``company``, ``spare, growth, price`` as numbers and ``suspended``."""
        rows = self.needed("providers")
        frame = rows.assign(
            company=rows["company_id"].where(rows["company_id"] != "", rows["provider_id"]),
            spare=sources.to_numbers(rows["hours_spare_week"]).fillna(0.0),
            growth=sources.to_numbers(rows["max_growth_hours_13w"]).fillna(0.0),
            price=sources.to_numbers(rows["price_hour"]),
            suspended=sources.to_flags(rows["placements_suspended"]),
        )
        return frame.drop_duplicates("provider_id").set_index("provider_id", drop=False)

    @cached_property
    def participation(self) -> pd.DataFrame | None:
        """Who takes part where on the snapshot date, by each one's latest row for an area; None without a table."""
        rows = self.source("participation")
        if rows is None:
            return None
        starts = sources.to_dates(rows["valid_from"]).fillna(pd.Timestamp.min)
        rows = rows.assign(most=sources.to_numbers(rows["max_block_hours"]), start=starts)
        begun = rows[starts <= self.snapshot].sort_values("start", kind="stable")
        return begun.drop_duplicates(["provider_id", "area_code"], keep="last")

    @cached_property
    def asked_locks(self) -> pd.DataFrame:
        """Locks that the plan was asked to keep beside the council's own; none where no such file was written."""
        if not (self.folder / written.PLAN_LOCKS).is_file():
            return pd.DataFrame({name: pd.Series(dtype=str) for name in written.CONTRACT[written.PLAN_LOCKS]})
        rows = self.written(written.PLAN_LOCKS)
        return rows[rows["origin"] != written.COUNCIL]

    @cached_property
    def locks(self) -> pd.DataFrame:
        """All locks that the plan must keep: the council's own and those asked for."""
        own = self.source("locks")
        return self.asked_locks if own is None else pd.concat([own, self.asked_locks], ignore_index=True)

    @cached_property
    def let(self) -> dict[str, tuple[str, frozenset[str]]]:
        """Blocks the council has already let: own id to (provider, postcodes of the look-up list).

        Contracts that are active or planned and have not ended before the snapshot date.
        """
        contracts = self.source("blocks")
        areas = self.source("block_areas")
        if contracts is None or areas is None:
            return {}
        listed = pd.Series(self.block_of.index.astype(str))
        sectors = sources.to_sectors(listed)
        status = sources.to_words(contracts["status"])
        ends = sources.to_dates(contracts["end_date"])
        running = status.isin(["active", "planned"]) & (ends.isna() | (ends >= self.snapshot))
        zones = {}
        for row in contracts[running].itertuples():
            own = areas[areas["block_id"] == row.block_id]
            inside = listed.isin(sources.to_postcodes(own["postcode"]))
            inside |= sectors.isin(set(own["sector"].str.upper()) - {""})
            zones[str(row.block_id)] = (str(row.provider_id), frozenset(listed[inside]))
        return zones
