import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import box

from marketmap.errors import CrsError, OutputError
from marketmap.outputs.maps.zones import (
    ZONE_PROPERTIES,
    describe_zones,
    encode_layer,
    pick_outlines,
    read_layer,
    zone_polygons,
)

SIDE = 1000.0


def grid(columns: int = 4, rows: int = 3) -> gpd.GeoDataFrame:
    """Square cells; the last postcode shares the first one's."""
    places = [(x, y) for y in range(rows) for x in range(columns)]
    shapes = [
        box(400_000 + x * SIDE, 200_000 + y * SIDE, 400_000 + (x + 1) * SIDE, 200_000 + (y + 1) * SIDE)
        for x, y in places
    ]
    names = [f"GL1 1A{chr(65 + number)}" for number in range(len(places))]
    cells = gpd.GeoDataFrame(
        {"cell": range(len(places))}, geometry=shapes, index=pd.Index(names, name="postcode"), crs=27700
    )
    return pd.concat([cells, cells.iloc[:1].rename({"GL1 1AA": "GL1 1ZZ"})])


def blocks_of(cells: gpd.GeoDataFrame) -> pd.DataFrame:
    """The left half in B001, the right half in B002 but for the last cell, which is spot."""
    column = ((cells.geometry.bounds["minx"] - 400_000) / SIDE).round()
    block = np.where(column < 2, "B001", "B002").astype(object)
    table = pd.DataFrame({"postcode": cells.index, "block_id": block})
    table.loc[table["postcode"] == "GL1 1AL", "block_id"] = "spot"
    table.loc[table["postcode"] == "GL1 1ZZ", "block_id"] = "B002"
    return table


def proposals() -> pd.DataFrame:
    table = pd.DataFrame({name: ["x", "y"] for name in ZONE_PROPERTIES})
    return table.assign(block_id=["B001", "B002"], status=["proposed", "existing"], hours_zone=[90.0, 120.0])


def test_zones_are_the_cells_dissolved_and_cover_each_place_once() -> None:
    cells = grid()
    zones = zone_polygons(cells, blocks_of(cells), simplify_metres=0).set_index("block_id")
    assert zones.geometry.area.to_dict() == pytest.approx({"B001": 6 * SIDE**2, "B002": 5 * SIDE**2, "spot": SIDE**2})
    assert zones.union_all().area == pytest.approx(12 * SIDE**2)


def test_a_cell_of_several_postcodes_goes_with_the_first() -> None:
    cells = grid()
    zones = zone_polygons(cells, blocks_of(cells)).set_index("block_id")
    assert zones.geometry["B001"].covers(cells.geometry["GL1 1ZZ"].centroid)


def test_a_block_whose_only_cell_is_shared_is_drawn_all_the_same() -> None:
    cells = grid()
    table = blocks_of(cells)
    table.loc[table["postcode"] == "GL1 1ZZ", "block_id"] = "B009"
    zones = zone_polygons(cells, table).set_index("block_id")
    assert zones.geometry["B009"].equals(cells.geometry["GL1 1ZZ"])
    assert zones.geometry["B001"].area == pytest.approx(5 * SIDE**2)
    # where it is all that either has, both have it
    table.loc[table["postcode"] == "GL1 1AA", "block_id"] = "B008"
    both = zone_polygons(cells, table)
    assert list(both["block_id"]) == ["B001", "B002", "B008", "B009", "spot"]
    assert both.geometry[2].equals(both.geometry[3])
    # spot purchase is no block: it needs no ground of its own
    table.loc[table["block_id"] == "spot", "block_id"] = "B002"
    table.loc[table["block_id"] == "B009", "block_id"] = "spot"
    assert list(zone_polygons(cells, table)["block_id"]) == ["B001", "B002", "B008"]


def test_a_zone_narrower_than_the_files_step_is_not_rounded_away() -> None:
    narrow = gpd.GeoDataFrame({"block_id": ["B001"]}, geometry=[box(-2.0, 52.0, -2.0 + 1e-7, 52.0 + 1e-7)], crs=4326)
    feature = json.loads(encode_layer(narrow))["features"][0]
    assert not shapely.geometry.shape(feature["geometry"]).is_empty


def test_simplifying_keeps_borders_shared_and_loses_no_zone() -> None:
    random = np.random.default_rng(3)
    points = shapely.points(400_000 + random.random((300, 2)) * 10_000)
    shapes = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), ordered=True))
    names = pd.Index([f"GL1 {number:03d}" for number in range(300)], name="postcode")
    cells = gpd.GeoDataFrame({"cell": range(300)}, geometry=shapes, index=names, crs=27700)
    block = pd.Series(np.where(shapely.get_x(points) < 405_000, "B001", "B002"), index=names)
    block.iloc[0] = "B003"
    zones = zone_polygons(cells, block.rename("block_id").reset_index(), simplify_metres=100)
    assert sorted(zones["block_id"]) == ["B001", "B002", "B003"]
    assert not zones.geometry.is_empty.any()
    assert zones.union_all().area == pytest.approx(zones.area.sum(), rel=1e-6)


def test_a_zone_carries_its_facts_and_neighbours_differ_in_colour() -> None:
    cells = grid()
    described = describe_zones(zone_polygons(cells, blocks_of(cells)), proposals())
    assert described.crs.to_epsg() == 4326
    assert described["block_id"].tolist() == ["spot", "B001", "B002"]
    assert described["status"].tolist() == ["spot", "proposed", "existing"]
    assert described["hours_zone"].tolist()[1:] == [90.0, 120.0]
    assert described["colour"].iloc[0] == -1
    assert described["colour"].iloc[1] != described["colour"].iloc[2]


def test_outlines_are_the_sectors_and_districts_of_the_areas() -> None:
    cells = grid()
    areas = gpd.GeoDataFrame(
        {
            "area_code": ["X2", "GL1 1", "X1", "W1"],
            "area_name": ["Two", "GL1 1", "One", "Ward"],
            "area_type": ["district", "sector", "district", "ward"],
        },
        geometry=cells.geometry.iloc[:4].to_numpy(),
        crs=27700,
    )
    outlines = pick_outlines(areas)
    assert outlines["area_code"].tolist() == ["GL1 1", "X1", "X2"]
    assert outlines.crs.to_epsg() == 4326
    assert pick_outlines(None).empty
    assert pick_outlines(areas[areas["area_type"] == "ward"]).empty


def test_a_layer_reads_back_as_written(tmp_path: Path) -> None:
    cells = grid()
    described = describe_zones(zone_polygons(cells, blocks_of(cells)), proposals())
    described.loc[1, "suggested_provider_name"] = "</script> Île \u202e"
    path = tmp_path / "zones.geojson"
    path.write_bytes(encode_layer(described))
    back = read_layer(path)
    assert (
        back.drop(columns="geometry")
        .astype(object)
        .equals(described.drop(columns="geometry").astype(object)[back.columns.drop("geometry")])
    )
    assert (shapely.hausdorff_distance(back.geometry.to_numpy(), described.geometry.to_numpy()) < 2e-5).all()
    assert encode_layer(described) == path.read_bytes()
    path.write_bytes(encode_layer(described.iloc[:0]))
    assert read_layer(path).empty


def test_faults_are_told() -> None:
    cells = grid()
    with pytest.raises(CrsError, match="EPSG:27700"):
        zone_polygons(cells.to_crs(4326), blocks_of(cells))
    with pytest.raises(CrsError, match="EPSG:4326"):
        encode_layer(cells)
    with pytest.raises(OutputError, match=r"zones\.geojson: missing or unreadable"):
        read_layer(Path("nowhere/zones.geojson"))
