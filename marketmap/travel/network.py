"""The road network: one directed graph held as plain arrays, with the shape of every road for placing points.

A *line* is a stretch of road between two nodes as it lies on the map; an *edge* is one direction of travel
along a line. A two-way street is one line and two edges, so a house placed on it is reached from both sides.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from marketmap.settings import OFF_PEAK, TravelSettings
from marketmap.travel.scenarios import Flags, Floats, Ints, scenario_seconds

__all__ = [
    "CRS",
    "NO_FRONTAGE",
    "OFF_PEAK",
    "Flags",
    "Floats",
    "Ints",
    "RoadNetwork",
    "RoadSource",
    "building_text",
    "describe_cut_off",
]

CRS = "EPSG:27700"
# Nobody's front door is on these, however near the carriageway runs.
NO_FRONTAGE = ("motorway", "motorway_link", "ferry")
# Settings that say how a network is used; all the others are built into it.
_USED_LATER = frozenset({"snap_metres", "access_kmh", "scenario", "scenarios"})


@dataclass(frozen=True)
class RoadSource:
    """Where a network came from.

    Attributes
    ----------
    name
        Name of the file (never its path), or words for a network that was made up.
    date
        ISO date of the map data, blank when the file does not say.
    sha256
        Of the file's bytes, or of the points that an illustrative network was built from.
    facts
        What the reading met and left out, as words to figures.
    """

    name: str
    date: str
    sha256: str
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """A road network to drive or to walk, strongly connected, in EPSG:27700 metres.

    Attributes
    ----------
    x, y
        Node eastings and northings, (nodes,).
    indptr, heads
        Compressed sparse rows: the edges that leave node ``i`` are ``indptr[i]:indptr[i + 1]``, and
        ``heads`` (edges,) says where each leads.
    metres
        Length of each edge along the road, (edges,).
    kmh
        Off-peak speed of each edge, (edges,).
    delay
        Seconds lost at the junction each edge arrives at, (edges,); 0 where no roads meet.
    road_class
        Position of each edge's class in ``classes``, (edges,).
    classes
        OpenStreetMap ``highway`` values.
    built_up
        Whether each edge lies in a built-up area, (edges,).
    line
        Which line each edge runs along, (edges,); -1 for the inside of a junction with forbidden turns.
    against
        Whether the edge runs from its line's last vertex to its first, (edges,).
    line_start, line_x, line_y
        Vertices of line ``k`` are ``line_start[k]:line_start[k + 1]`` of ``line_x`` and ``line_y``.
    settings
        What the speeds and delays were made with; also says how points are placed.
    source
        File, date and hash.
    illustrative
        True when the roads are made up: whatever is shown from them must say so.
    cut_off
        One row for each part that could not be driven to and from the rest, largest first: ``easting``,
        ``northing`` (of its middle), ``nodes``, ``metres``.
    order
        Contraction order of the nodes, (nodes,), or empty where the fast engine is not installed.
    limit_kmh
        Posted limit of each edge, NaN where unknown, (edges,); empty where none is known.
    """

    x: Floats
    y: Floats
    indptr: Ints
    heads: Ints
    metres: Floats
    kmh: Floats
    delay: Floats
    road_class: Ints
    classes: tuple[str, ...]
    built_up: Flags
    line: Ints
    against: Flags
    line_start: Ints
    line_x: Floats
    line_y: Floats
    settings: TravelSettings
    source: RoadSource
    illustrative: bool
    cut_off: pd.DataFrame
    order: Ints
    limit_kmh: Floats = dataclasses.field(default_factory=lambda: np.empty(0))

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.x)

    @property
    def n_edges(self) -> int:
        """Number of directed edges."""
        return len(self.heads)

    @property
    def n_lines(self) -> int:
        """Number of stretches of road."""
        return len(self.line_start) - 1

    @cached_property
    def tails(self) -> Ints:
        """The node each edge leaves, (edges,)."""
        return np.repeat(np.arange(self.n_nodes), np.diff(self.indptr))

    @cached_property
    def extent(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the roads' shapes, metres."""
        return (
            float(self.line_x.min()),
            float(self.line_y.min()),
            float(self.line_x.max()),
            float(self.line_y.max()),
        )

    @cached_property
    def lines(self) -> NDArray[Any]:
        """Every line as a Shapely linestring, (lines,)."""
        which = np.repeat(np.arange(self.n_lines), np.diff(self.line_start))
        made: NDArray[Any] = shapely.linestrings(np.column_stack([self.line_x, self.line_y]), indices=which)
        return made

    @cached_property
    def edges_of_line(self) -> tuple[Ints, Ints]:
        """The edge along and the edge against each line, each (lines,); -1 where that way is not open."""
        along, against = np.full(self.n_lines, -1), np.full(self.n_lines, -1)
        edges = np.flatnonzero(self.line >= 0)
        reverse = self.against[edges]
        along[self.line[edges[~reverse]]] = edges[~reverse]
        against[self.line[edges[reverse]]] = edges[reverse]
        return along, against

    def seconds(self, scenario: str = OFF_PEAK) -> Floats:
        """Time on each edge with the delay at its end, (edges,), in a named scenario; errors as `split_seconds`."""
        moving, junction = self.split_seconds(scenario)
        return moving + junction

    def split_seconds(self, scenario: str = OFF_PEAK) -> tuple[Floats, Floats]:
        """Time on the way along each edge, and at the junction at its end, each (edges,), in a named scenario.

        Raises
        ------
        RoadsError
            For a scenario that there is none of, naming those there are.
        """
        return scenario_seconds(
            self.metres, self.kmh, self.delay, self.limit_kmh, self.road_class, self.built_up,
            classes=self.classes, settings=self.settings, scenario=scenario,
        )  # fmt: skip

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the roads: all that off-peak times and places depend on, whatever the scenarios are."""
        made = hashlib.sha256()
        for array in (self.x, self.y, self.indptr, self.heads, self.metres, self.kmh, self.delay,
                      self.road_class, self.line, self.against, self.line_start, self.line_x, self.line_y):  # fmt: skip
            made.update(np.ascontiguousarray(array).tobytes())
        made.update(json.dumps([self.classes, self.illustrative, building_text(self.settings)]).encode())
        return made.hexdigest()

    def describe(self) -> dict[str, str]:
        """Say about the roads what a run record holds, as words to figures."""
        facts = {
            "file": self.source.name,
            "date": self.source.date,
            "sha256": self.source.sha256,
            "illustrative": "yes" if self.illustrative else "no",
            "nodes": str(self.n_nodes),
            "edges": str(self.n_edges),
            "cut_off": describe_cut_off(self.cut_off),
            "cut_off_parts": str(len(self.cut_off)),
            "cut_off_km": f"{self.cut_off['metres'].sum() / 1000:.1f}",
        }
        return facts | dict(self.source.facts)


def describe_cut_off(cut_off: pd.DataFrame) -> str:
    """Say in a sentence what was left out because it could not be reached, and where the largest part is."""
    if cut_off.empty:
        return "nothing"
    largest = cut_off.iloc[0]
    return (
        f"{len(cut_off):,} parts with {int(cut_off['nodes'].sum()):,} nodes and "
        f"{cut_off['metres'].sum() / 1000:,.1f} km, the largest ({largest['metres'] / 1000:,.1f} km) "
        f"near {largest['easting']:.0f}, {largest['northing']:.0f}"
    )


def building_text(settings: TravelSettings) -> str:
    """Write the settings that a network is built with as one line of JSON, the same for equal settings."""
    names = {field.name for field in dataclasses.fields(settings)} - _USED_LATER
    return json.dumps({name: getattr(settings, name) for name in names}, sort_keys=True, default=dict)
