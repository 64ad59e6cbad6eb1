"""Simulated rounds by area, provider and day: the sums that every figure of a rounds run is found again from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import compare
from marketmap.check.findings import Broken, Unreadable, count, some

TODAY, FUTURE = "today", "new_only"
COUNTY, BLOCK = "county", "block"
# What each kind of area is called, and the column that says which one a stop is in.
LEVELS = {"county": "county", "rural": "rural", "district_code": "district_code", "block": "block_id",
          "provider": "provider_id"}  # fmt: skip
SUMS = ["travel", "hours", "attendances"]
CELL = ["area_code", "provider_id", "day"]
# What names a row of the tables of areas.
KEYS = ["policy", "level", "area_code"]
KM_IN_A_MILE = 1.609344


def read_stops(evidence: Evidence, file: str = written.ROUNDS) -> pd.DataFrame:
    """Read the stops of a file of rounds as they were before rounding, each with what it adds and where it is.

    Rounds are timed in whole seconds and written in hundredths of a minute, so that the second can be told exactly.

    Returns
    -------
    DataFrame
        The columns of the file, then ``travel`` (minutes × carers), ``hours`` (carer hours), ``attendances`` and one
        column for each of `LEVELS`; no row where the run wrote no such file.
    """
    if file == written.ROUNDS_AS_TODAY and not (evidence.folder / file).is_file():
        return read_stops(evidence).iloc[:0]
    stops = evidence.written(file)
    exact = {
        name: np.rint(stops[name].to_numpy(float) * 60.0) / 60.0
        for name in ("travel_minutes", "back_minutes", "begins", "ends")
    }
    carers = stops["carers"].to_numpy(float)
    where = _places(evidence).reindex(stops["postcode"])
    if where["rural"].isna().any():
        lost = stops["postcode"][where["rural"].isna().to_numpy()].unique()
        raise Unreadable(written.ROUND_PLACES, "a postcode with rounds is not listed", tuple(map(str, lost[:3])))
    return stops.assign(
        **exact,
        travel=(exact["travel_minutes"] + exact["back_minutes"]) * carers,
        hours=(exact["ends"] - exact["begins"]) / 60.0 * carers,
        attendances=carers,
        county=COUNTY,
        **{name: where[name].to_numpy(dtype=object) for name in ("rural", "district_code", "block_id")},
    )


def _places(evidence: Evidence) -> pd.DataFrame:
    return evidence.written(written.ROUND_PLACES).drop_duplicates("postcode").set_index("postcode")


def levels_of(evidence: Evidence) -> dict[str, str]:
    """Name the kinds of area that the run tells of: blocks only where it was given a plan."""
    blocks = evidence.written(written.ROUND_PLACES)["block_id"].ne("").any()
    return {level: column for level, column in LEVELS.items() if level != BLOCK or blocks}


def days_of(evidence: Evidence) -> dict[str, list[str]]:
    """List the days that were simulated under each policy."""
    told = pd.concat([evidence.written(file)[["policy", "day"]] for file in (written.ROUNDS, written.ROUNDS_UNSERVED)])
    return {str(policy): sorted(days.unique()) for policy, days in told.groupby("policy")["day"]}


def tally(stops: pd.DataFrame, column: str) -> pd.DataFrame:
    """Sum stops by area, provider and day: `SUMS`, indexed and sorted by `CELL`."""
    return stops.groupby([stops[column].rename("area_code"), "provider_id", "day"], sort=True)[SUMS].sum()


def pair_cells(evidence: Evidence) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Give each policy's provider-days beside those that it is compared with, by kind of area.

    Yields
    ------
    policy, level, cells
        ``cells`` is indexed and sorted by `CELL`: `SUMS` with ``_before`` and ``_after``, 0 where a side has none.
    """
    if "cells" not in evidence.kept:
        evidence.kept["cells"] = list(_pair(evidence))
    yield from evidence.kept["cells"]


def _pair(evidence: Evidence) -> Iterator[tuple[str, str, pd.DataFrame]]:
    stops, apart = read_stops(evidence), read_stops(evidence, written.ROUNDS_AS_TODAY)
    for policy, days in days_of(evidence).items():
        if policy == TODAY:
            continue
        if policy.startswith(FUTURE):
            before = apart[apart["policy"] == policy]
        else:
            before = stops[(stops["policy"] == TODAY) & stops["day"].isin(days)]
        after = stops[stops["policy"] == policy]
        for level, column in levels_of(evidence).items():
            sides = [tally(side, column) for side in (before, after)]
            cells = sides[0].join(sides[1], how="outer", lsuffix="_before", rsuffix="_after").fillna(0.0)
            yield policy, level, cells.sort_index()


def most_at_once(stops: pd.DataFrame, column: str) -> pd.Series:
    """Count the most carers at work at any moment of a day, by policy and area.

    Who leaves at a moment makes room for who comes at it.
    """
    group = stops.groupby(["policy", column, "day"], sort=True).ngroup().to_numpy()
    carers = stops["carers"].to_numpy(float)
    come = np.rint((stops["begins"] - stops["travel_minutes"]).to_numpy(float) * 60.0)
    go = np.maximum(np.rint(stops["ends"].to_numpy(float) * 60.0), come)
    events = (np.concatenate([carers, -carers]), np.concatenate([come, go]), np.concatenate([group, group]))
    order = np.lexsort(events)
    # Whoever comes goes, so that one running sum over all days is back at 0 where the next day begins.
    running: NDArray[np.float64] = np.cumsum(events[0][order])
    begins = np.flatnonzero(np.diff(events[2][order], prepend=-1))
    most = np.maximum.reduceat(running, begins)
    first = stops[["policy", column]].assign(group=group).drop_duplicates("group").sort_values("group")
    keys = [first["policy"].to_numpy(), first[column].to_numpy()]
    return pd.Series(most, index=pd.MultiIndex.from_arrays(keys)).groupby(level=[0, 1]).max()


def hold_areas(file: str, rows: pd.DataFrame, due: pd.DataFrame, *, steps: Mapping[str, float]) -> Iterator[Broken]:
    """Hold that a table has a row for every area, once, and that each figure is the one found again.

    Parameters
    ----------
    file
        Whose rows they are.
    rows
        The table as written.
    due
        The figures found again, indexed by `KEYS`.
    steps
        By column how far a figure may lie off: half of its last decimal.
    """
    twice = rows[rows.duplicated(KEYS)]
    if len(twice):
        yield Broken(file, f"{count(len(twice), 'area')} listed twice", some(twice["area_code"]))
    own = rows.drop_duplicates(KEYS).set_index(KEYS)
    missing = due.index.symmetric_difference(own.index)
    if len(missing):
        yield Broken(file, f"{count(len(missing), 'row')} missing, or of an area without rounds", some(missing))
    for name, step in steps.items():
        # A row of nobody has been told; it is not told again for each of its figures.
        told = own.loc[own.index.isin(due.index), name]
        yield from compare(file, name, due[name].reindex(told.index), told, allow=step)
