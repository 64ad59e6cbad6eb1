"""A broker's questions, answered where the county and its roads are in memory: who is near, and who waits.

Called in the desk's process, never in a page's: reading a county takes seconds, a question after that a fraction of
one. What was read is kept until a file of the county or of the plan is touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from marketmap.errors import OutputError
from marketmap.inputs.county import County, read_county
from marketmap.inputs.postcodes import normalise_postcodes
from marketmap.market.nearest import rank_nearest
from marketmap.market.waiting_list import list_waiting
from marketmap.outputs.files.reading import PlanFiles, read_plan
from marketmap.outputs.files.stamps import FolderStamp, stamp_folder
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.runs.batch import roads_of
from marketmap.outputs.schema.block import NEIGHBOURS
from marketmap.outputs.views.postcode_lists import ELSEWHERE, NO_POSTCODE, describe_postcodes
from marketmap.travel import RoadNetwork
from marketmap.travel.matrix import placed_matrix
from marketmap.travel.placing import Placement, keep_covered, place_coordinates


@dataclass(frozen=True, eq=False)
class PlaceAnswer:
    """What there is to say of one postcode.

    Attributes
    ----------
    postcode
        In its usual spelling; blank where the text is none.
    fault
        Why there is no answer, in words; blank where there is one.
    place
        The columns of `marketmap.outputs.views.postcode_lists.PLAN_COLUMNS` and ``reason``.
    off_roads
        Why no road minutes can be told from here; blank where they can.
    nearest
        As `marketmap.market.nearest.rank_nearest` gives it.
    snapshot
        The day of the extract, written out.
    """

    postcode: str
    fault: str
    place: dict[str, str]
    off_roads: str
    nearest: pd.DataFrame
    snapshot: str


@dataclass(frozen=True, eq=False)
class _Ground:
    """A county with its roads, and where its current packages lie on them."""

    county: County
    roads: RoadNetwork
    work: Placement


@dataclass(frozen=True, eq=False)
class _Plan:
    files: PlanFiles
    beside: dict[str, frozenset[str]]


def answer_postcode(text: str, county_folder: Path, plan_folder: Path) -> PlaceAnswer:
    """Answer for one postcode: its block, its provider and backup, and every provider by how near it works.

    Parameters
    ----------
    text
        The postcode in any spelling.
    county_folder, plan_folder
        The county, and the output folder of the plan of it that is looked at.

    Raises
    ------
    MarketmapError
        When either cannot be read.
    """
    ground, plan = _open_ground(county_folder), _open_plan(plan_folder)
    tables, settings = ground.county.tables, ground.county.settings
    snapshot = f"{tables.snapshot_date:%-d %B %Y}"
    found = normalise_postcodes(pd.Series([text], dtype="str"))
    postcode = "" if found.isna()[0] else str(found[0])
    known = postcode in tables.county_postcodes.index
    if not known or postcode not in plan.files.postcodes.index:
        fault = NO_POSTCODE if not postcode else ELSEWHERE
        return PlaceAnswer(postcode, fault, {}, "", pd.DataFrame(), snapshot)
    easting, northing = tables.county_postcodes.loc[[postcode], ["easting", "northing"]].to_numpy(float)[0]
    here = (postcode, float(easting), float(northing))
    minutes, off_roads = _time_from(ground, here)
    nearest = rank_nearest(
        tables.packages,
        tables.providers,
        minutes=minutes,
        here=here,
        beside=plan.beside.get(postcode, frozenset()),
        near_minutes=settings.market.near_minutes,
        snapshot_date=tables.snapshot_date,
    )
    place = describe_postcodes(plan.files, pd.Series([postcode])).iloc[0]
    told = {str(name): str(value) for name, value in place.items()}
    return PlaceAnswer(postcode, "", told, off_roads, nearest, snapshot)


def tabulate_waiting(county_folder: Path, plan_folder: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Tabulate who waits, with the provider of the block that each is in.

    Returns
    -------
    rows, notes
        The columns of `marketmap.outputs.schema.broker.WAITING_LIST`; and what the wait is counted from.

    Raises
    ------
    MarketmapError
        When the county or the plan cannot be read.
    """
    county, plan = _open_ground(county_folder).county, _open_plan(plan_folder)
    rows, notes = list_waiting(county.tables, settings=county.settings.market)
    placed = describe_postcodes(plan.files, rows["postcode"])
    providers = county.tables.providers.set_index("provider_id")
    age = (pd.Timestamp(county.tables.snapshot_date) - providers["capacity_as_of"]).dt.days
    frame = pd.concat([rows, placed.drop(columns="reason")], axis="columns")
    names = pd.Series(county.tables.district_names, dtype="object")
    return frame.assign(
        district_name=frame["district_code"].map(names).fillna("not placed"),
        provider_spare=frame["provider_id"].map(providers["hours_spare_week"]).astype(float),
        provider_spare_days=frame["provider_id"].map(age).astype(float),
    ), notes


def _time_from(ground: _Ground, here: tuple[str, float, float]) -> tuple[pd.Series, str]:
    """Time the way by road from a postcode to every postcode with a current package; the reason where there is none."""
    limit = ground.county.settings.travel.snap_metres
    postcode, easting, northing = here
    coordinates = pd.DataFrame({"easting": [easting], "northing": [northing]}, index=pd.Index([postcode]))
    origin = place_coordinates(ground.roads, coordinates["easting"], coordinates["northing"], snap_metres=limit)
    if not origin.placed[0]:
        return pd.Series(dtype=float), str(origin.reason[0])
    # One source: a search from it is quicker than preparing the roads for many.
    minutes = placed_matrix(ground.roads, origin, ground.work, fast=False)[0]
    return pd.Series(np.asarray(minutes, dtype=float), index=ground.work.index), ""


def _open_ground(folder: Path) -> _Ground:
    return _keep_ground(str(folder.resolve()), stamp_folder(folder, deep=True))


def _open_plan(folder: Path) -> _Plan:
    if not folder.is_dir():
        raise OutputError(
            f"There is no plan in {folder.name} yet. Run `marketmap blocks`, or the plan on the plan's page."
        )
    return _keep_plan(str(folder.resolve()), stamp_folder(folder, deep=True))


@lru_cache(maxsize=2)
def _keep_ground(folder: str, state: FolderStamp) -> _Ground:
    del state  # part of the cache's key
    county = read_county(Path(folder))
    roads = roads_of(county)
    packages = county.tables.packages
    active = packages[packages["placed"].astype(bool) & (packages["status"] == "active")]
    places = active.drop_duplicates("postcode").set_index("postcode")[["easting", "northing"]].astype(float)
    work = place_coordinates(
        roads, places["easting"], places["northing"], snap_metres=county.settings.travel.snap_metres
    )
    covered = keep_covered(roads, work, own=county.tables.county_postcodes.index)
    return _Ground(county, roads, covered.only_placed())


@lru_cache(maxsize=2)
def _keep_plan(folder: str, state: FolderStamp) -> _Plan:
    del state  # part of the cache's key
    files = read_plan(Path(folder))
    path = Path(folder) / NEIGHBOURS.path
    pairs = read_table(path, NEIGHBOURS)[["postcode_a", "postcode_b"]] if path.is_file() else pd.DataFrame()
    beside: dict[str, set[str]] = {}
    for first, second in pairs.itertuples(index=False):
        beside.setdefault(str(first), set()).add(str(second))
        beside.setdefault(str(second), set()).add(str(first))
    return _Plan(files, {postcode: frozenset(others) for postcode, others in beside.items()})
