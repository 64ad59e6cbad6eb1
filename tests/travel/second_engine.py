"""Makes the table that `test_second_engine.py` holds our times against: quickest routes by Routino, another engine.

    python -m tests.travel.second_engine EXTRACT.osm.pbf TABLE.csv

needs ``planetsplitter`` and ``routino-router`` on the path (Debian package ``routino``). Routino reads the extract by
itself, with its own rules for access, one-ways, barriers and turns; all it is given is the plain speed table below,
and a copy of the extract without ``maxspeed``. The times are of the routes it chose, at the speeds it printed for each
segment, but over lengths measured on the ellipsoid between the points it printed: its own lengths are cut to whole
metres at every bend, which makes its routes 1.4 % short (median of Rutland), and its totals are rounded to six seconds.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pandas as pd
from pyproj import Geod, Transformer

from marketmap.settings import TravelSettings
from marketmap.travel import RoadNetwork, read_roads

# Routino knows no links, living streets or unknown roads of their own: they go as fast as the class it takes them for.
ROUTINO_KMH = {
    "motorway": 110, "trunk": 90, "primary": 80, "secondary": 70, "tertiary": 60, "unclassified": 50,
    "residential": 35, "service": 20,
}  # fmt: skip
_TAKEN_FOR = {"living_street": "residential", "road": "unclassified"}
_LINKED = ("motorway", "trunk", "primary", "secondary", "tertiary")
PLAIN_TABLE = TravelSettings(
    speeds_kmh={name: float(kmh) for name, kmh in ROUTINO_KMH.items()}
    | {f"{name}_link": float(ROUTINO_KMH[name]) for name in _LINKED}
    | {name: float(ROUTINO_KMH[like]) for name, like in _TAKEN_FOR.items()},
    use_maxspeed=False,
    junction_seconds=0.0,
)
# Of each origin, one destination in each band of straight distance, metres.
_BANDS = ((300, 1000), (1000, 3000), (3000, 7000), (7000, 14000), (14000, 60000))
_ORIGINS, _SEED, _MOVED_DEGREES = 520, 3, 0.00001
_ELLIPSOID = Geod(ellps="WGS84")
_CLOSED = ("track", "cycleway", "path", "steps", "ferry")
_PROPERTIES = ("paved", "multilane", "bridge", "tunnel", "footroute", "bicycleroute")


def choose_pairs(network: RoadNetwork) -> pd.DataFrame:
    """Pairs of nodes of a network: ``from_lon``, ``from_lat``, ``to_lon``, ``to_lat`` to 7 digits.

    Places that hold several nodes (barriers and forbidden turns) are not ends: what is asked there has two answers.
    """
    rng = np.random.default_rng(_SEED)
    places, n_nodes = np.unique(np.column_stack([network.x, network.y]), axis=0, return_counts=True)
    x, y = places[n_nodes == 1].T
    lon, lat = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True).transform(x, y)
    rows = []
    for i in rng.choice(len(x), _ORIGINS, replace=False):
        metres = np.hypot(x - x[i], y - y[i])
        for low, high in _BANDS:
            near = np.flatnonzero((metres >= low) & (metres < high))
            if len(near):
                j = rng.choice(near)
                rows.append((lon[i], lat[i], lon[j], lat[j]))
    return pd.DataFrame(rows, columns=["from_lon", "from_lat", "to_lon", "to_lat"]).round(7)


def routino_seconds(extract: Path, pairs: pd.DataFrame) -> np.ndarray:
    """Seconds of Routino's quickest routes, (pairs,); NaN where it has none or moved an end to another road."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        plain = folder / "plain.osm.pbf"
        with osmium.SimpleWriter(str(plain)) as writer:
            entities: Any = osmium.FileProcessor(str(extract))
            for entity in entities:
                kept = {tag.k: tag.v for tag in entity.tags if not tag.k.startswith("maxspeed")}
                writer.add(entity.replace(tags=kept))
        _run("planetsplitter", f"--dir={folder}", "--prefix=table", "--prune-none", str(plain))
        speeds = [f"--speed-{name}={kmh}" for name, kmh in ROUTINO_KMH.items()]
        wanted = [f"--highway-{name}=100" for name in ROUTINO_KMH]
        closed = [f"--highway-{name}=0" for name in _CLOSED]
        even = [f"--property-{name}=50" for name in _PROPERTIES]
        command = [
            "routino-router", f"--dir={folder}", "--prefix=table", "--transport=motorcar", "--quickest", "--oneway=1",
            "--turns=1", "--output-text-all", "--output-stdout", *speeds, *wanted, *closed, *even,
        ]  # fmt: skip

        def ask(row: tuple[float, float, float, float]) -> float:
            ends = [f"--lon1={row[0]}", f"--lat1={row[1]}", f"--lon2={row[2]}", f"--lat2={row[3]}"]
            return _seconds_of(_run(*command, *ends), row)

        with ThreadPoolExecutor() as pool:
            return np.array(list(pool.map(ask, pairs.itertuples(index=False, name=None))))


def _run(program: str, *options: str) -> str:
    path = shutil.which(program)
    if path is None:
        sys.exit(f"{program} is not on the path: install routino")
    done = subprocess.run([path, *options], capture_output=True, text=True, check=False)
    return done.stdout or done.stderr


def _seconds_of(route: str, row: tuple[float, float, float, float]) -> float:
    steps = [line.split("\t") for line in route.splitlines() if line and not line.startswith("#")]
    if len(steps) < 2:
        return np.nan
    places = np.array([[float(step[1]), float(step[0])] for step in steps])
    if np.abs(places[[0, -1]] - np.array(row).reshape(2, 2)).max() > _MOVED_DEGREES:
        return np.nan
    metres = _ELLIPSOID.line_lengths(*places.T)
    return float(np.sum(metres * 3.6 / [float(step[8]) for step in steps[1:]]))


def main() -> None:
    """Write the table."""
    extract, out = Path(sys.argv[1]), Path(sys.argv[2])
    pairs = choose_pairs(read_roads(extract, settings=PLAIN_TABLE))
    pairs["seconds"] = routino_seconds(extract, pairs).round(2)
    whole = pairs.dropna()
    version = _run("routino-router", "--version").partition("<")[0].strip()
    notes = (
        f"Quickest routes by {version} on {extract.name}; tests/travel/second_engine.py made it and has the speeds.",
        f"{len(pairs) - len(whole)} of {len(pairs)} pairs are left out: it moves an end elsewhere, or finds no way.",
        "Made from OpenStreetMap data: © OpenStreetMap contributors, Open Database Licence 1.0.",
    )
    head = "".join(f"# {note}\n" for note in notes)
    out.write_text(head + whole.to_csv(index=False, float_format="%.9g"), encoding="utf-8")


if __name__ == "__main__":
    main()
