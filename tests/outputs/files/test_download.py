import io
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from marketmap.outputs.files.download import describe_source, encode_geopackage, encode_workbook
from marketmap.outputs.schema.columns import Column, OutputTable
from tests.outputs.factory import HOSTILE_NAMES, make_record

TABLE = OutputTable(
    "internal/areas.csv",
    "each area",
    (
        Column("area", "text", "Its name"),
        Column("hours", "hours", "Hours that wait"),
        Column("people", "count", "People who wait", "people"),
        Column("rural", "yes_no", "Whether it is rural"),
        Column("sectors", "list", "Its sectors"),
    ),
)
FORMULAS = ("=1+1", "+44", "-3", "@sum", "\t=1", "#N/A", "'=x", '=HYPERLINK("http://x")', "TRUE", "2026-01-02", "1e5")


def make_frame(names: tuple[str, ...]) -> pd.DataFrame:
    count = len(names)
    return pd.DataFrame(
        {
            "area": list(names),
            "hours": np.arange(count) + 0.125,
            "people": np.arange(count, dtype=float),
            "rural": [number % 2 == 0 for number in range(count)],
            "sectors": [["GL1 1", "GL1 2"]] * count,
            "secret": "not listed",
        }
    )


def open_book(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


class TestWorkbook:
    @pytest.mark.parametrize("text", [*FORMULAS, *HOSTILE_NAMES])
    def test_text_is_text_whatever_it_looks_like(self, text: str) -> None:
        book = open_book(encode_workbook({"Areas": (make_frame((text,)), TABLE)}, {"Data of": text}))
        for cell in (book["Areas"]["A2"], book["About"]["B1"]):
            assert cell.data_type == "s"
            assert cell.value == text.strip("\x00")
            assert cell.hyperlink is None

    def test_no_cell_of_the_file_itself_is_a_formula_an_error_or_a_link(self) -> None:
        content = encode_workbook({"Areas": (make_frame((*FORMULAS, *HOSTILE_NAMES)), TABLE)}, {"=a": "=b"})
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            sheets = [packed.read(name) for name in packed.namelist() if name.startswith("xl/worksheets/")]
        assert len(sheets) == 2
        for sheet in sheets:
            assert b"<f>" not in sheet
            assert b't="e"' not in sheet
            assert b"hyperlink" not in sheet

    @pytest.mark.parametrize(("text", "marked"), [("=1+1", True), ("@sum", True), ("plain", False)])
    def test_what_begins_like_a_formula_stays_text_when_edited(self, text: str, marked: bool) -> None:
        book = open_book(encode_workbook({"Areas": (make_frame((text,)), TABLE)}, {}))
        assert book["Areas"]["A2"].quotePrefix == marked

    def test_numbers_keep_their_value_and_show_the_decimals_of_their_kind(self) -> None:
        frame = make_frame(("a", "b")).assign(hours=[1234.5678, np.nan])
        sheet = open_book(encode_workbook({"Areas": (frame, TABLE)}, {}))["Areas"]
        assert sheet["B2"].value == pytest.approx(1234.5678)
        assert sheet["B2"].number_format == "#,##0.00"
        assert sheet["C2"].number_format == "#,##0"
        assert sheet["B3"].value is None
        assert [sheet["D2"].value, sheet["D3"].value, sheet["E2"].value] == ["yes", "no", "GL1 1;GL1 2"]

    def test_the_header_is_frozen_has_units_and_only_listed_columns(self) -> None:
        book = open_book(encode_workbook({"Areas": (make_frame(("a",)), TABLE)}, {"Licence": "OGL"}))
        sheet = book["Areas"]
        assert sheet.freeze_panes == "A2"
        heads = [cell.value for cell in sheet[1]]
        assert heads == ["Area", "Hours (hours a week)", "People", "Rural", "Postcode sectors"]
        told = [tuple(cell.value for cell in row) for row in book["About"].iter_rows()]
        assert told[0][:2] == ("Licence", "OGL")
        assert ("Areas", "Hours", "hours a week", "hours", "Hours that wait") in told
        assert ("Areas", "Postcode sectors", None, "sectors", "Its sectors") in told

    def test_a_share_is_shown_in_hundredths_and_stays_a_share(self) -> None:
        whole = Column("leaked_share", "part", "Leaked of begun", whole="begun")
        frame = pd.DataFrame({"block_id": ["B1"], "leaked_share": [0.437]})
        table = OutputTable("internal/leaks.csv", "each block", (Column("block_id", "text", "The block"), whole))
        sheet = open_book(encode_workbook({"Leaks": (frame, table)}, {}))["Leaks"]
        assert sheet["B1"].value == "Part begun with another provider (%)"
        assert (sheet["B2"].value, sheet["B2"].number_format) == (0.437, "0.0%")

    def test_a_row_keeps_its_name_in_view_and_on_every_printed_page(self) -> None:
        named = (Column("status", "text", "x"), Column("block_id", "text", "x"), Column("hours", "hours", "x"))
        frame = pd.DataFrame({"status": ["proposed"], "block_id": ["B1"], "hours": [1.0]})
        table = OutputTable("internal/blocks.csv", "each block", named)
        sheet = open_book(encode_workbook({"Blocks": (frame, table)}, {}))["Blocks"]
        assert sheet.freeze_panes == "C2"
        assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$1", "$A:$B")
        assert sheet.page_setup.orientation == "landscape"

    def test_a_head_of_several_lines_has_the_height_for_them(self) -> None:
        long = Column("carer_hours_moving_more", "hours", "x")
        frame = pd.DataFrame({"carer_hours_moving_more": [1.0]})
        sheet = open_book(encode_workbook({"A": (frame, OutputTable("internal/a.csv", "each", (long,)))}, {}))["A"]
        assert sheet.row_dimensions[1].height > 40  # points: three lines or more
        short = open_book(
            encode_workbook({"A": (make_frame(("a",))[["area"]], OutputTable("a", "x", TABLE.columns[:1]))}, {})
        )
        assert short["A"].row_dimensions[1].height < 20

    def test_sheets_have_names_that_a_spreadsheet_takes(self) -> None:
        frame = make_frame(("a",))
        wanted = {
            "a" * 40: (frame, TABLE),
            "A" * 40: (frame, TABLE),
            "x/y:[z]?*": (frame, TABLE),
            "about": (frame, TABLE),
        }
        names = open_book(encode_workbook(wanted, {})).sheetnames
        assert len({name.lower() for name in names}) == len(wanted) + 1
        assert all(len(name) <= 31 and not set("[]:*?/\\") & set(name) for name in names)

    def test_a_cell_holds_no_more_than_a_spreadsheet_takes(self) -> None:
        book = open_book(encode_workbook({"Areas": (make_frame(("x" * 40_000,)), TABLE)}, {}))
        assert len(book["Areas"]["A2"].value) == 32_767
        assert book["Areas"]["A2"].value.endswith("(cut)")

    def test_signs_that_the_format_has_no_place_for_are_left_out(self) -> None:
        book = open_book(encode_workbook({"Areas": (make_frame(("a\x00b\x0bc",)), TABLE)}, {"x": "a\x00b\x0bc\ud800"}))
        assert book["Areas"]["A2"].value == "abc"
        assert book["About"]["B1"].value == "abc?"

    def test_an_empty_table_has_its_header(self) -> None:
        sheet = open_book(encode_workbook({"Areas": (make_frame(()), TABLE)}, {}))["Areas"]
        assert [sheet.max_row, sheet["A1"].value] == [1, "Area"]

    def test_a_missing_column_is_a_defect_that_is_named(self) -> None:
        with pytest.raises(ValueError, match=r"internal/areas\.csv: the frame has no column hours"):
            encode_workbook({"Areas": (make_frame(("a",)).drop(columns="hours"), TABLE)}, {})


class TestGeopackage:
    def layer(self, names: tuple[str, ...], *, crs: int = 4326) -> gpd.GeoDataFrame:
        shapes = [shapely.box(-1.0 - number, 52.0, -0.9 - number, 52.1) for number in range(len(names))]
        return gpd.GeoDataFrame(make_frame(names), geometry=shapes, crs=crs)

    def test_it_is_on_the_national_grid_with_text_as_it_is(self, tmp_path: Path) -> None:
        path = tmp_path / "a.gpkg"
        path.write_bytes(encode_geopackage({"areas": self.layer(HOSTILE_NAMES)}) or b"")
        back = gpd.read_file(path, layer="areas")
        assert back.crs.to_epsg() == 27700
        assert back["area"].tolist() == list(HOSTILE_NAMES)
        assert back["hours"].tolist() == pytest.approx(make_frame(HOSTILE_NAMES)["hours"].tolist())
        assert back["sectors"].iloc[0] == "GL1 1;GL1 2"
        assert back["rural"].tolist()[:2] == ["yes", "no"]
        assert back.geometry.iloc[0].centroid.x == pytest.approx(465_000, abs=10_000)

    def test_every_layer_is_there_and_empty_ones_are_not(self, tmp_path: Path) -> None:
        path = tmp_path / "a.gpkg"
        layers = {"one": self.layer(("a",)), "none": self.layer(()), "two": self.layer(("b",), crs=4326)}
        path.write_bytes(encode_geopackage(layers, about={"Licence": "OGL"}) or b"")
        assert gpd.list_layers(path)["name"].tolist() == ["one", "two"]
        assert b"OGL" in path.read_bytes()
        assert encode_geopackage({"none": self.layer(())}) is None


def test_a_file_says_which_day_and_that_data_are_made_up() -> None:
    about = describe_source(make_record())
    assert about["Data of"] == "31 March 2026"
    assert "Synthetic data" in about["Rests on"]
    assert "Illustrative roads" in about["Rests on"]
    assert "Open Government Licence" in about["Licence"]
