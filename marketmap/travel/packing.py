"""A network as plain named arrays and back, for the cache."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from marketmap.settings import TravelSettings
from marketmap.travel.network import RoadNetwork, RoadSource

_ABOUT = "about"
_CUT_OFF = "cut_off"
_CUT_OFF_COLUMNS = ("easting", "northing", "nodes", "metres")
_KINDS: Mapping[str, type] = {
    "x": np.float64, "y": np.float64, "indptr": np.int64, "heads": np.int64, "metres": np.float64,
    "kmh": np.float64, "delay": np.float64, "road_class": np.int64, "built_up": np.bool_, "line": np.int64,
    "against": np.bool_, "line_start": np.int64, "line_x": np.float64, "line_y": np.float64, "order": np.int64,
    "limit_kmh": np.float64,
}  # fmt: skip


def pack_network(network: RoadNetwork) -> dict[str, NDArray[Any]]:
    """Every array of a network, and what else is to be known about it as JSON bytes. Settings are not in it."""
    about = {
        "classes": network.classes,
        "illustrative": network.illustrative,
        "source": dataclasses.asdict(network.source),
    }
    arrays: dict[str, NDArray[Any]] = {name: getattr(network, name) for name in _KINDS}
    arrays[_CUT_OFF] = network.cut_off[list(_CUT_OFF_COLUMNS)].to_numpy(dtype=np.float64)
    arrays[_ABOUT] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    return arrays


def is_packed_network(arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Whether arrays are all there, of the right kinds and as long as one another says."""
    if {*_KINDS, _CUT_OFF, _ABOUT} != set(arrays):
        return False
    if any(arrays[name].dtype != kind or arrays[name].ndim != 1 for name, kind in _KINDS.items()):
        return False
    sizes = {name: len(arrays[name]) for name in _KINDS}
    by_edge = ("metres", "kmh", "delay", "road_class", "built_up", "line", "against")
    return (
        sizes["x"] == sizes["y"] == sizes["indptr"] - 1
        and all(sizes[name] == sizes["heads"] for name in by_edge)
        and sizes["line_x"] == sizes["line_y"]
        and sizes["order"] in (0, sizes["x"])
        and sizes["limit_kmh"] in (0, sizes["heads"])
    )


def unpack_network(arrays: Mapping[str, NDArray[Any]], settings: TravelSettings) -> RoadNetwork:
    """Build the network that was packed; ``settings`` are those it was made with."""
    about = json.loads(arrays[_ABOUT].tobytes())
    cut_off = pd.DataFrame(arrays[_CUT_OFF].reshape(-1, len(_CUT_OFF_COLUMNS)), columns=list(_CUT_OFF_COLUMNS))
    return RoadNetwork(
        **{name: arrays[name] for name in _KINDS},
        classes=tuple(about["classes"]),
        settings=settings,
        source=RoadSource(**about["source"]),
        illustrative=about["illustrative"],
        cut_off=cut_off.astype({"nodes": np.int64}),
    )
