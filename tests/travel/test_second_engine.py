"""Our times against those of Routino, an engine of another make that read the same extract by itself.

`second_engine.py` makes the table and says how. What is left of a difference is the six digits of a degree that
Routino prints. The two differ by design on ``access=destination``, where it drives on none and we on all: pairs that
end on such a road are not in the table.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from marketmap.travel import RoadNetwork, place_points, read_roads
from marketmap.travel.matrix import placed_matrix
from tests.travel.second_engine import PLAIN_TABLE

TABLE = Path(__file__).with_name("second_engine_rutland.csv")


@pytest.fixture(scope="module")
def network(rutland_file: Path) -> RoadNetwork:
    return read_roads(rutland_file, settings=PLAIN_TABLE)


@pytest.fixture(scope="module")
def compared(network: RoadNetwork) -> pd.DataFrame:
    """Both engines' seconds for each pair, and how far its ends lie from the road we put them on."""
    table = pd.read_csv(TABLE, comment="#")
    ends = pd.concat([table[["from_lon", "from_lat"]].set_axis(["lon", "lat"], axis=1),
                      table[["to_lon", "to_lat"]].set_axis(["lon", "lat"], axis=1)])  # fmt: skip
    number, places = ends.groupby(["lon", "lat"]).ngroup().to_numpy(), ends.groupby(["lon", "lat"]).size().index
    came, goes = np.split(number, 2)
    lon, lat = places.get_level_values(0), places.get_level_values(1)
    points = place_points(network, gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326))
    minutes = placed_matrix(network, points, points)
    return table.assign(
        ours=minutes[came, goes].astype(float) * 60, metres=np.maximum(points.metres[came], points.metres[goes])
    )


def test_the_ends_are_on_our_roads(compared: pd.DataFrame) -> None:
    assert len(compared) >= 2000
    assert compared["metres"].max() < 0.1


def test_times_agree(compared: pd.DataFrame) -> None:
    ratio = compared["ours"] / compared["seconds"]
    assert abs(ratio.median() - 1) < 0.001
    assert (abs(ratio - 1) < 0.03).mean() > 0.999
    assert (abs(ratio - 1) < 0.005).mean() > 0.99


def test_long_and_short_journeys_agree_alike(compared: pd.DataFrame) -> None:
    ratio = compared["ours"] / compared["seconds"]
    by_length = ratio.groupby(pd.qcut(compared["seconds"], 5)).median()
    assert (abs(by_length - 1) < 0.002).all()
