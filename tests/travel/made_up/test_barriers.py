"""The Severn."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from marketmap.travel.made_up.barriers import SEVERN, Barrier, crosses_any
from tests.travel.conftest import REAL

WALL = Barrier("a wall", ((500.0, 0.0), (500.0, 1000.0)))


def test_only_lines_over_the_course_cross_it() -> None:
    x_from, y_from = np.array([0.0, 0.0, 0.0, 600.0]), np.array([500.0, 500.0, 1500.0, 0.0])
    x_to, y_to = np.array([1000.0, 400.0, 1000.0, 900.0]), np.array([500.0, 900.0, 1200.0, 900.0])
    assert crosses_any(x_from, y_from, x_to, y_to, barriers=(WALL,)).tolist() == [True, False, False, False]
    assert not crosses_any(x_from, y_from, x_to, y_to, barriers=()).any()


def test_no_lines_cross_nothing() -> None:
    nothing = np.empty(0)
    assert crosses_any(nothing, nothing, nothing, nothing).shape == (0,)


def test_the_severn_runs_between_the_districts_on_its_banks() -> None:
    file: Path = REAL / "gloucestershire" / "lad.geojson"
    if not file.is_file():
        pytest.skip("needs the real data: ../shared/real/gloucestershire/lad.geojson is not there")
    land = gpd.read_file(file).to_crs(27700).set_index("lad_code").geometry
    # The published outlines are simplified, so the course may touch a bank, not run over land.
    over_land = land.intersection(SEVERN.shape()).length
    assert over_land.sum() < 0.1 * SEVERN.shape().length
    assert over_land.max() < 2500
    shores = shapely.buffer(SEVERN.shape(), 1500)
    for code in ("E07000080", "E07000082"):
        assert land[code].intersects(shores)
