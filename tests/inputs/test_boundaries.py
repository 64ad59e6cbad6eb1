import pytest
from shapely.geometry import Polygon

from marketmap.inputs.county import read_county
from tests.inputs.county_folder import error_of, good_tables, squares, write_folder

pytestmark = pytest.mark.usefixtures("few_postcodes")


def test_areas_come_in_metres_and_name_the_districts(tmp_path):
    folder = write_folder(tmp_path, good_tables())
    areas = squares((383_000, 218_000), (384_000, 218_000), area_type=["district", "other"], people_65plus=[7, 8])
    areas["area_code"] = ["E07000081", "X1"]
    areas["area_name"] = ["Gloucester", "Elsewhere"]
    areas.to_crs("EPSG:4326").to_file(folder / "areas.geojson")
    read = read_county(folder).tables
    assert read.areas.crs == "EPSG:27700"
    assert read.areas.geometry.area.round(-2).tolist() == [1_000_000, 1_000_000]
    assert read.areas["people_65plus"].tolist() == [7, 8]
    assert read.district_names["E07000081"] == "Gloucester"
    named = read_county(folder, overrides={"county": {"district_names": {"E07000081": "Glos City"}}}).tables
    assert named.district_names["E07000081"] == "Glos City"


@pytest.mark.filterwarnings("ignore:Normalized/laundered field name")
def test_a_shapefile_cuts_its_headers_short(tmp_path):
    folder = write_folder(tmp_path, good_tables())
    with pytest.warns(UserWarning, match="longer than 10"):
        squares((383_000, 218_000), people_65plus=[7.0]).to_file(folder / "areas.shp")
    assert read_county(folder).tables.areas["people_65plus"].tolist() == [7.0]


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_metres_that_call_themselves_degrees(tmp_path):
    folder = write_folder(tmp_path, good_tables())
    frame = squares((383_000, 218_000), crs=None)
    frame.to_file(folder / "areas.geojson")
    assert "the coordinates are metres" in str(error_of(folder))


def test_geometries_that_are_no_areas(tmp_path):
    folder = write_folder(tmp_path, good_tables())
    frame = squares((383_000, 218_000), (383_000, 219_000), (4_000_000, 219_000), (384_000, 218_000))
    frame.loc[0, "geometry"] = None
    frame.loc[1, "geometry"] = frame.geometry[1].boundary
    frame.to_file(folder / "areas.gpkg")
    assert [(fault.what, fault.rows) for fault in error_of(folder).faults] == [
        ("the area has no geometry", (2,)),
        ("the geometry is not a polygon", (3,)),
        ("the area lies outside the United Kingdom", (4,)),
    ]
    read = read_county(folder, overrides={"validation.max_rejected_share": 0.75}).tables
    assert read.areas["area_code"].tolist() == ["X3"]
    assert list(read.rejected["table"]) == ["areas"] * 3


def test_an_areas_file_that_the_settings_name(tmp_path):
    folder = write_folder(tmp_path / "county", good_tables(), toml='[areas]\nfile = "../wards.gpkg"\n')
    assert "cannot be opened" in str(error_of(folder))
    squares((383_000, 218_000)).to_file(tmp_path / "wards.gpkg")
    assert read_county(folder).tables.files["areas"].name == "wards.gpkg"


def test_an_outline_that_crosses_itself_is_mended_and_told(tmp_path):
    folder = write_folder(tmp_path, good_tables())
    frame = squares((383_000, 218_000))
    frame.loc[0, "geometry"] = Polygon([(383_000, 218_000), (384_000, 219_000), (384_000, 218_000), (383_000, 219_000)])
    frame.to_parquet(folder / "areas.parquet")
    read = read_county(folder).tables
    assert read.areas.is_valid.all()
    assert read.areas.geometry.area.tolist() == [500_000.0]
    assert "areas.parquet: outlines that crossed themselves and were mended: 1." in read.notes
