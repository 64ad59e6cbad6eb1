"""Roads made up from postcodes, for looking at a county before its road extract is at hand.

Neighbouring places are joined in a Gabriel graph, which is thinned until detours are as long as on real English
roads; the shortest ways between towns become main roads. Lengths and the thinning were fitted to the ratios of road to
straight-line distance measured on real networks (see `detours.py`). It is a drawing, not a map: whatever is
shown from it says "illustrative roads".
"""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from marketmap.errors import RoadsError
from marketmap.settings import WALK, TravelSettings
from marketmap.travel.assembly import RoadLines, assemble
from marketmap.travel.made_up.barriers import BARRIERS, Barrier, crosses_any
from marketmap.travel.made_up.main_roads import TIERS, crowding, main_road_tiers
from marketmap.travel.made_up.planar import Places, gabriel, neighbouring_pairs, spanning, straight_metres
from marketmap.travel.network import Floats, Ints, RoadNetwork, RoadSource
from marketmap.travel.speeds import check_speeds

# Fitted on Gloucestershire's postcodes to the measured ratios; Rutland's real roads bear them out.
_KEPT_SHARE = (0.2, 0.1)  # of the streets that are not needed to hold all together: outside and inside towns
_TREE_NOISE = 1.0  # how far the tree of needed streets strays from the shortest one
_STREET_BENDS = 0.2  # streets are up to this share longer than the straight line, main roads up to the next
_MAIN_BENDS = 0.04
BUILT_UP_PLACES = 40  # places within the town radius at both ends of a built-up road
_LANDING_METRES = 3000.0  # a long bridge is built where postcodes lie this near both its landings
_LINK_BENDS = 0.15


def illustrative_roads(
    postcodes: pd.DataFrame, *, settings: TravelSettings | None = None, barriers: tuple[Barrier, ...] = BARRIERS
) -> RoadNetwork:
    """Make up a connected road network that joins every postcode.

    Parameters
    ----------
    postcodes
        ``easting`` and ``northing``, EPSG:27700 metres; rows without them are passed over. Postcodes
        at one place (to a metre) share a node. The order of rows does not matter.
    settings
        Speeds by class; None: the defaults.
    barriers
        Water to go round.

    Returns
    -------
    RoadNetwork
        Both ways open on every road, ``illustrative`` true. The same postcodes give the same roads.

    Raises
    ------
    RoadsError
        When the settings cannot be used or the postcodes lie at fewer than two places.
    """
    settings = TravelSettings() if settings is None else settings
    check_speeds(settings)
    places = _distinct_places(postcodes)
    if len(places) < 2:
        raise RoadsError(
            "Illustrative roads need postcodes at two places or more. Give the county's postcodes, or a road file."
        )
    pairs = neighbouring_pairs(places)
    pairs = pairs[~crosses_any(*places[pairs[:, 0]].T, *places[pairs[:, 1]].T, barriers=barriers)]
    pairs, bridges = _join_up(places, pairs, barriers)

    metres = straight_metres(places, pairs)
    needed = spanning(len(places), pairs, metres * (1 + _TREE_NOISE * _noise(places, pairs, 1)))
    candidate = gabriel(places, pairs) | needed
    crowd = crowding(places)
    tier = main_road_tiers(places, crowd, pairs, candidate, metres)
    built_up = np.minimum(crowd[pairs[:, 0]], crowd[pairs[:, 1]]) >= BUILT_UP_PLACES
    share = np.array(_KEPT_SHARE)[built_up.astype(np.int64)]
    kept = needed | (tier < len(TIERS)) | (candidate & (_noise(places, pairs, 2) < share))
    pairs, metres, tier, built_up = pairs[kept], metres[kept], tier[kept], built_up[kept]
    bends = np.where(tier < len(TIERS), _MAIN_BENDS, _STREET_BENDS)
    metres = metres * (1 + bends * _noise(places, pairs, 3))
    lines = _as_lines(places, pairs, metres, tier, built_up, bridges, settings)
    source = RoadSource(
        name=f"illustrative roads from {len(places):,} places",
        date="",
        sha256=hashlib.sha256(places.tobytes()).hexdigest(),
        facts={"note": "made up from postcodes; not evidence about any real road"},
    )
    return assemble(lines, settings=settings, source=source, illustrative=True)


def _distinct_places(postcodes: pd.DataFrame) -> Places:
    """Places at least about a metre apart, sorted, so that the roads do not depend on the order of rows."""
    places = postcodes[["easting", "northing"]].to_numpy(dtype=float, na_value=np.nan)
    places = np.unique(places[np.isfinite(places).all(axis=1)], axis=0)
    _, first = np.unique(np.rint(places), axis=0, return_index=True)
    return np.ascontiguousarray(places[np.sort(first)])


def _noise(places: Places, pairs: Ints, salt: int) -> Floats:
    """Draw a figure in [0, 1) for each pair from where its ends lie and nothing else, (pairs,)."""
    ends = np.rint(places[pairs]).reshape(-1, 4).astype(np.int64)
    table = pd.DataFrame(ends).assign(salt=salt)
    return np.asarray(pd.util.hash_pandas_object(table, index=False).to_numpy() / 2.0**64, dtype=float)


def _join_up(places: Places, pairs: Ints, barriers: tuple[Barrier, ...]) -> tuple[Ints, list[tuple[int, int, Places]]]:
    """Add long bridges where both landings are settled, and join whatever the barriers have cut off.

    Returns the pairs, with straight links added, and links with a shape of their own: (place, place, vertices).
    """
    tree = KDTree(places)
    links: list[tuple[int, int, Places]] = []
    for barrier in barriers:
        for landings in barrier.crossings:
            here, there = (_nearest_on_bank(places, tree, landing, barriers) for landing in landings)
            if here is not None and there is not None:
                links.append((here, there, np.array([places[here], *landings, places[there]])))
    while True:
        ends = np.concatenate([pairs, np.array([link[:2] for link in links], dtype=np.int64).reshape(-1, 2)])
        graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(places), len(places)))
        count, part = connected_components(graph, directed=False)
        if count == 1:
            return np.unique(pairs, axis=0), links
        main = part == np.bincount(part).argmax()
        apart = np.flatnonzero(part == part[np.flatnonzero(~main)[0]])
        inside = np.flatnonzero(main)
        away, nearest = KDTree(places[inside]).query(places[apart])
        free = ~crosses_any(*places[apart].T, *places[inside[nearest]].T, barriers=barriers)
        if free.any():
            best = np.flatnonzero(free)[away[free].argmin()]
            link = np.sort([apart[best], inside[nearest[best]]])
            pairs = np.concatenate([pairs, link[np.newaxis]])
        else:
            links.append(_round_by_head(places, apart, inside, barriers))


def _nearest_on_bank(
    places: Places, tree: KDTree, landing: tuple[float, float], barriers: tuple[Barrier, ...]
) -> int | None:
    near = np.array(tree.query_ball_point(landing, _LANDING_METRES), dtype=np.int64)
    ends = np.broadcast_to(np.array(landing, dtype=float), (len(near), 2))
    near = near[~crosses_any(*places[near].T, *ends.T, barriers=barriers)]
    away = np.hypot(places[near, 0] - landing[0], places[near, 1] - landing[1])
    return int(near[away.argmin()]) if len(near) else None


def _round_by_head(places: Places, apart: Ints, inside: Ints, barriers: tuple[Barrier, ...]) -> tuple[int, int, Places]:
    """Join two shores by way of the bridge at the top of the barrier that lies nearest to one of them."""
    heads = np.array([barrier.head for barrier in barriers], dtype=float)
    near_apart = KDTree(places[apart]).query(heads)
    near_inside = KDTree(places[inside]).query(heads)
    best = int((near_apart[0] + near_inside[0]).argmin())
    here, there = int(apart[near_apart[1][best]]), int(inside[near_inside[1][best]])
    return here, there, np.array([places[here], heads[best], places[there]])


def _as_lines(
    places: Places,
    pairs: Ints,
    metres: Floats,
    tier: Ints,
    built_up: np.ndarray,
    links: list[tuple[int, int, Places]],
    settings: TravelSettings,
) -> RoadLines:
    wanted = [name for name, _, _ in TIERS]
    names = [*wanted, "unclassified", "residential"]
    road = np.where(tier < len(TIERS), tier, len(TIERS) + built_up)
    road = np.concatenate([road, np.zeros(len(links), dtype=np.int64)])
    shapes = [vertices for _, _, vertices in links]
    lengths = [float(np.hypot(*np.diff(shape, axis=0).T).sum()) * (1 + _LINK_BENDS) for shape in shapes]
    xy = np.concatenate([places[pairs].reshape(-1, 2), *shapes])
    sizes = np.concatenate([np.full(len(pairs), 2), [len(shape) for shape in shapes]]).astype(np.int64)
    ends = np.concatenate([pairs, np.array([link[:2] for link in links], dtype=np.int64).reshape(-1, 2)])
    missing = [name for name in names if name not in settings.speeds_kmh and settings.mode != WALK]
    if missing:
        raise RoadsError(f"Illustrative roads need a speed for every class they use: add {', '.join(missing)}.")
    n_lines = len(ends)
    return RoadLines(
        node_x=places[:, 0].copy(),
        node_y=places[:, 1].copy(),
        start=ends[:, 0],
        end=ends[:, 1],
        along=np.ones(n_lines, dtype=bool),
        against=np.ones(n_lines, dtype=bool),
        metres=np.concatenate([metres, lengths]),
        road_class=road,
        classes=tuple(names),
        maxspeed_kmh=np.full(n_lines, np.nan),
        built_up=np.concatenate([built_up, np.zeros(len(links), dtype=bool)]),
        line_start=np.concatenate([[0], np.cumsum(sizes)]),
        line_x=xy[:, 0].copy(),
        line_y=xy[:, 1].copy(),
    )
