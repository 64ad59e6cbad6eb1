"""What every chapter is made from: the county, read once, where its places lie, and the outlines to draw them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import pandas as pd

from marketmap.errors import OutputError
from marketmap.inputs.county import Tables
from marketmap.market.footprints import find_deliveries
from marketmap.market.gaps import Gaps, find_gaps, spread_spare
from marketmap.market.overlap import find_near_providers
from marketmap.market.places import UNPLACED, Places, name_areas, place_postcodes
from marketmap.market.refusals import Answers
from marketmap.market.round_travel import measure_round_travel
from marketmap.market.waits import Waits
from marketmap.outputs.plans.writing import find_outlines
from marketmap.outputs.report.plan_blocks import PlanBlocks, read_plan_blocks
from marketmap.outputs.report.public_facts import PublicFacts
from marketmap.outputs.runs.batch import Batch, roads_of
from marketmap.settings import Settings
from marketmap.travel import RoadNetwork

SECTOR, DISTRICT = "sector", "district_code"
CRS = "EPSG:27700"


@dataclass(frozen=True, eq=False)
class Survey:
    """A county, ready to be reported on.

    Attributes
    ----------
    batch
        The county and its road minutes.
    places
        Which areas every postcode lies in.
    district
        The district that a report keeps to; None: the whole county.
    plan_folder
        Output folder of a plan of blocks, or None.
    rounds_folder
        Output folder of simulated rounds, or None.
    """

    batch: Batch
    places: Places
    district: str | None = None
    plan_folder: Path | None = None
    rounds_folder: Path | None = None

    @property
    def tables(self) -> Tables:
        """The county's tables."""
        return self.batch.county.tables

    @property
    def settings(self) -> Settings:
        """The county's settings."""
        return self.batch.county.settings

    @cached_property
    def placed(self) -> pd.DataFrame:
        """The packages that have a place."""
        packages = self.tables.packages
        return packages[packages["placed"].astype(bool)]

    @cached_property
    def public(self) -> PublicFacts:
        """What may be told everybody, cut once for the whole report."""
        return PublicFacts(self.tables, self.places, self.settings)

    @property
    def waits(self) -> Waits:
        """Every wait of the period."""
        return self.public.listed_waits

    @property
    def answers(self) -> Answers:
        """Offers and handbacks of the period."""
        return self.public.answers

    @cached_property
    def deliveries(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Who delivers what where, and what that is read from, as `market.footprints.find_deliveries` gives it."""
        return find_deliveries(self.tables, self.places, settings=self.settings)

    @cached_property
    def gaps(self) -> Gaps:
        """Spare hours against who waits, by road."""
        spare = spread_spare(self.tables.providers, self.deliveries[0])
        return find_gaps(self.tables, spare, self.places, self.batch.matrix, settings=self.settings.market)

    def round_travel(self, *, level: str) -> pd.DataFrame:
        """Measure road minutes for each carer hour by area, as `market.round_travel` does; indexed by area code."""
        tables = self.tables
        return measure_round_travel(tables.visits, tables.packages, self.places, matrix=self.batch.matrix, by=level)

    @cached_property
    def near_providers(self) -> pd.DataFrame:
        """Who delivers near each package."""
        near = self.settings.market.near_minutes
        return find_near_providers(self.tables.packages, self.deliveries[0], self.batch.matrix, near_minutes=near)

    @cached_property
    def outlines(self) -> gpd.GeoDataFrame:
        """Polygons of every level: ``level, area_code, area_name, geometry``, EPSG:27700."""
        drawn = find_outlines(self.batch.county)
        given = self.tables.areas
        frames = [drawn] if given is None or drawn is given else [drawn, given]
        kept = pd.concat([frame[["area_type", "area_code", "area_name", "geometry"]] for frame in frames])
        kept = kept.rename(columns={"area_type": "level"}).replace({"level": {"district": DISTRICT}})
        known = gpd.GeoDataFrame(kept, geometry="geometry", crs=CRS)
        return known.drop_duplicates(["level", "area_code"]).reset_index(drop=True)

    @cached_property
    def plan(self) -> PlanBlocks | None:
        """The blocks of the plan, or None where there is no plan."""
        return None if self.plan_folder is None else read_plan_blocks(self.plan_folder, self.tables)

    def outlines_of(self, level: str) -> gpd.GeoDataFrame:
        """Give the polygons of one level."""
        return self.outlines[self.outlines["level"] == level]

    def district_of(self, *, level: str) -> pd.Series:
        """Say which district holds most postcodes of each area of a level: district code by area code."""
        pairs = self.places.of[[level, DISTRICT]].dropna()
        counts = pairs.set_axis(["area", "district"], axis="columns").value_counts().rename("n").reset_index()
        ordered = counts.sort_values(["n", "district"], ascending=[False, True]).drop_duplicates("area")
        most: pd.Series = ordered.set_index("area")["district"].sort_index()
        return most

    def rural_areas(self, *, level: str) -> pd.Index:
        """List the areas of a level that are rural: more than half of their postcodes whose class is known are."""
        known = self.places.of[[level, "rural"]].dropna()
        share = known["rural"].astype(float).groupby(known[level]).mean()
        most: pd.Index = share.index[share > 0.5].rename("area_code")
        return most

    @cached_property
    def cell_outlines(self) -> gpd.GeoDataFrame:
        """Outlines of the gate's cells, each district's rural and urban part: ``area_code`` (code/class), geometry.

        Put together from sectors, or from LSOAs where there are any: approximate where one lies in two districts.
        """
        level = self.fine_level
        shapes = self.outlines_of(level)
        district = shapes["area_code"].map(self.district_of(level=level))
        rural = shapes["area_code"].isin(self.rural_areas(level=level)).map({True: "rural", False: "urban"})
        cells = gpd.GeoDataFrame({"area_code": district + "/" + rural}, geometry=shapes.geometry.buffer(0), crs=CRS)
        return cells.dropna(subset=["area_code"]).dissolve("area_code").reset_index()

    @cached_property
    def network(self) -> RoadNetwork:
        """The county's roads."""
        return roads_of(self.batch.county)

    @property
    def fine_level(self) -> str:
        """The finest level of the county's areas: LSOAs where there are any, else postcode sectors."""
        return "lsoa" if "lsoa" in self.places.levels else SECTOR

    @property
    def levels(self) -> tuple[str, ...]:
        """Every level that measures are given at, the finest first."""
        return (*self.places.levels, "rural", "rural_urban", "county")

    def at_levels(self, measure: Callable[..., pd.DataFrame], *levels: str) -> pd.DataFrame:
        """Apply a measure that takes ``by`` to several levels, all by default, and name the areas."""
        parts = [measure(by=level) for level in levels or self.levels]
        filled = [part for part in parts if len(part)] or parts[:1]
        return name_areas(pd.concat(filled, ignore_index=True), self.places)

    def lead(self, frame: pd.DataFrame, *levels: str) -> tuple[pd.DataFrame, int]:
        """Put the rows that a page shows before the others: those of some levels, in that order, that have a place.

        Returns
        -------
        frame, count
            All rows, and how many of them are to be shown.
        """
        placed = frame["area_code"] != UNPLACED
        first = pd.concat([frame[placed & (frame["level"] == level)] for level in levels])
        return pd.concat([first, frame.drop(first.index)], ignore_index=True), len(first)

    def name(self, level: str, code: str) -> str:
        """Name an area; a code without a name is its own."""
        return str(self.places.names.get(level, {}).get(code, code))


def survey_county(
    batch: Batch, *, district: str | None = None, plan_folder: Path | None = None, rounds_folder: Path | None = None
) -> Survey:
    """Find the places of a county that was read.

    Parameters
    ----------
    batch
        As `marketmap.outputs.runs.batch.prepare` gives it.
    district
        Code or name of the district to keep to, capitals or not.
    plan_folder, rounds_folder
        Output folders of a plan and of simulated rounds of this county; None: there are none.

    Raises
    ------
    OutputError
        When the county has no such district (names those it has).
    """
    county = batch.county
    places = place_postcodes(county.tables, settings=county.settings)
    code = None if not district else find_district(district, names=county.tables.district_names, places=places)
    return Survey(batch=batch, places=places, district=code, plan_folder=plan_folder, rounds_folder=rounds_folder)


def find_district(wanted: str, *, names: dict[str, str], places: Places) -> str:
    """Find a district by its code or its name.

    Raises
    ------
    OutputError
        When there is none; names those there are.
    """
    codes = sorted(set(places.of[DISTRICT].dropna()) & set(names)) or sorted(names)
    plain = wanted.strip().casefold()
    found = [code for code in codes if plain in (code.casefold(), names[code].casefold())]
    if not found:
        known = ", ".join(f"{names[code]} ({code})" for code in codes)
        raise OutputError(f"--district: the county has no district {wanted!r}. It has: {known}.")
    return str(found[0])
