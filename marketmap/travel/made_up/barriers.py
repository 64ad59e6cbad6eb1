"""Water that illustrative roads may not cross except where there really is a bridge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from marketmap.travel.network import Flags, Floats

Place = tuple[float, float]


@dataclass(frozen=True)
class Barrier:
    """A course that roads do not cross. Coordinates are EPSG:27700 metres.

    Attributes
    ----------
    name
        What it is.
    course
        From the lowest bridge on the way inland, round which roads go, down to the sea.
    crossings
        Long bridges below that: the landing on each side.
    """

    name: str
    course: tuple[Place, ...]
    crossings: tuple[tuple[Place, Place], ...] = ()

    @property
    def head(self) -> Place:
        """The bridge at the top of the course."""
        return self.course[0]

    def shape(self) -> Any:
        """Return the course as a linestring."""
        return shapely.linestrings(np.array(self.course))


# Source: geography. The tidal Severn traced by hand to about 100 m from Over bridge at Gloucester, the last on the
# way down, round the Arlingham bend to Beachley, then coarsely down the estuary. The bridges are the M48 and the M4.
SEVERN = Barrier(
    name="the Severn below Gloucester",
    course=(
        (381600, 219700), (381450, 218750), (381000, 218180), (380350, 218000), (380230, 217850),
        (380800, 216500), (380780, 216150), (380100, 215750), (380000, 215150), (379650, 214920),
        (379350, 215050), (379150, 216000), (378850, 216500), (378000, 216600), (377150, 216900),
        (376600, 216650), (375850, 216500), (375550, 215600), (375600, 215050), (376000, 214680),
        (375400, 214420), (375120, 214100), (375200, 213000), (375450, 212250), (376100, 211850),
        (376200, 211350), (375800, 210850), (374900, 210550), (374300, 210700), (373300, 211400),
        (372400, 211750), (371700, 212450), (371400, 213150), (370900, 213300), (370100, 212900),
        (369350, 211800), (369080, 211000), (369250, 210200), (369900, 209600), (371500, 209550),
        (372700, 208900), (373000, 207600), (372200, 206700), (370000, 205300), (368200, 204600),
        (366600, 203200), (365700, 201500), (362800, 198300), (359000, 195000), (356300, 191500),
        (355500, 190000), (354000, 188000), (352300, 186500), (349500, 183500), (345000, 179500),
        (338000, 177000), (325000, 171500), (305000, 162000),
    ),
    crossings=(((354900, 190900), (356600, 189500)), ((350500, 187000), (354200, 185800))),
)  # fmt: skip
BARRIERS = (SEVERN,)


def crosses_any(
    x_from: Floats, y_from: Floats, x_to: Floats, y_to: Floats, *, barriers: tuple[Barrier, ...] = BARRIERS
) -> Flags:
    """Whether each straight line crosses a barrier, (lines,); ends in EPSG:27700 metres."""
    crossed = np.zeros(len(x_from), dtype=bool)
    for barrier in barriers:
        course = barrier.shape()
        west, south, east, north = shapely.bounds(course)
        near = np.flatnonzero(
            (np.minimum(x_from, x_to) <= east)
            & (np.maximum(x_from, x_to) >= west)
            & (np.minimum(y_from, y_to) <= north)
            & (np.maximum(y_from, y_to) >= south)
        )
        ends = np.column_stack([x_from[near], y_from[near], x_to[near], y_to[near]]).reshape(-1, 2, 2)
        segments: NDArray[Any] = shapely.linestrings(ends) if len(near) else np.empty(0, dtype=object)
        crossed[near] |= shapely.intersects(segments, course)
    return crossed
