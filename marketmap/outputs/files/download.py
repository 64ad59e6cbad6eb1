"""Tables and layers as files to take away: workbooks in which no cell can run, and GeoPackages.

A cell of text is text in every spreadsheet: it is typed as such, and one that begins like a formula carries the mark
(``quotePrefix``) by which a spreadsheet keeps it text when it is edited. Numbers stay numbers, shown to the decimals of
their kind, with the unit in the header. Headers are in plain words; the sheet "About" has each column's name beside it.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from marketmap.outputs.files.notices import describe_basis, notices_of
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.files.tables import GUARDED
from marketmap.outputs.report.geopackage import pack_layers
from marketmap.outputs.schema.columns import UNITS, Column, OutputTable
from marketmap.outputs.schema.headings import add_unit, head_column

WORKBOOK_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GEOPACKAGE_MIME = "application/geopackage+sqlite3"
GRID = "EPSG:27700"
MILLIMETRE = 0.001
ABOUT = "About"
ABOUT_HEADS = ("Sheet", "Column", "Unit", "Name in CSV files", "Meaning")
# The most that a cell and the name of a sheet may hold (ECMA-376; Excel's limits).
MOST_TEXT, MOST_TITLE = 32_767, 31
CUT = " … (cut)"
A4 = 9  # as the format numbers sheets of paper
WIDEST, NARROWEST, SAMPLED = 60, 9, 500
# Columns by which a reader knows a row: those to their left stay in view with them, where they stand near the edge.
ROW_NAMES = ("block_id", "cluster_id", "area_name", "provider_name", "postcode", "plan", "assumption", "rank")
NEAR_EDGE = 5
# So few columns can be read on one A4 page across.
FIT_ONE_PAGE = 12
# A share is kept as it is and shown in hundredths, as people say it.
SHARE, PERCENT = "share from 0 to 1", "%"
_TITLE = re.compile(r"[\[\]:*?/\\']")
# The face and size of the other cells: a bold one that names none is set in another.
_HEAD = Font(name="Calibri", size=11, bold=True)
_SHADE = PatternFill("solid", start_color="E6EDF0")
_TOP = Alignment(vertical="top", wrap_text=True)
_TOP_RIGHT = Alignment(vertical="top", wrap_text=True, horizontal="right")
LINE_POINTS = 15.5


def describe_source(record: RunRecord) -> dict[str, str]:
    """Say of a run's files what a reader must know when they travel alone: the day, what is made up, whose data."""
    return {
        "Data of": f"{record.snapshot_date:%-d %B %Y}",
        "Made on": record.created[:10],
        "Rests on": describe_basis(record),
        "Licence": notices_of(record).licence,
        "For": "The council alone. Suggestions for people to decide on; no decision.",
    }


def encode_workbook(tables: Mapping[str, tuple[pd.DataFrame, OutputTable]], about: Mapping[str, str]) -> bytes:
    """Turn tables into the bytes of one workbook (XLSX).

    Parameters
    ----------
    tables
        Sheet title → the frame, raw values, and its columns. Columns that the table does not list are left out, unless
        it is open-ended: then they follow as text.
    about
        Heading → text for the last sheet, which also says what each column means and what it is called in CSV files.

    Returns
    -------
    bytes
        A sheet a table in the order given, its header frozen, in plain words and with units, then the sheet "About".

    Raises
    ------
    ValueError
        When a listed column is missing: a defect of the program.
    """
    book = Workbook(write_only=True)
    taken: set[str] = {ABOUT.lower()}
    meanings: list[tuple[str, Column]] = []
    for wanted, (frame, table) in tables.items():
        title = _name_sheet(wanted, taken)
        columns = _columns_of(frame, table)
        meanings += [(title, column) for column in columns]
        _write_sheet(book, title, frame, columns)
    _write_about(book, about, meanings)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def encode_geopackage(
    layers: Mapping[str, gpd.GeoDataFrame], *, about: Mapping[str, str] | None = None
) -> bytes | None:
    """Turn layers into the bytes of one GeoPackage, on the National Grid (EPSG:27700).

    Parameters
    ----------
    layers
        Name → rows in any coordinate reference system. Text stays as it is; lists are joined by semicolons.
    about
        Heading → text, kept as the file's metadata.

    Returns
    -------
    bytes or None
        None where no layer has a row.
    """
    made = [(name, _plain_layer(layer)) for name, layer in layers.items() if len(layer)]
    return pack_layers(made, about=about) if made else None


def _name_sheet(wanted: str, taken: set[str]) -> str:
    """Find a sheet's name that every spreadsheet takes: short, without signs that mean something there, and once."""
    base = ILLEGAL_CHARACTERS_RE.sub("", _TITLE.sub(" ", wanted)).strip()[:MOST_TITLE] or "Sheet"
    title, number = base, 1
    while title.lower() in taken:
        number += 1
        title = f"{base[: MOST_TITLE - 4]} {number}"
    taken.add(title.lower())
    return title


def _columns_of(frame: pd.DataFrame, table: OutputTable) -> list[Column]:
    missing = [name for name in table.names if name not in frame.columns]
    if missing:
        raise ValueError(f"{table.path}: the frame has no column {', '.join(missing)}")
    further = [str(name) for name in frame.columns if name not in table.names] if table.open_ended else []
    return [*table.columns, *(Column(name, "text", "") for name in further)]


def _write_sheet(book: Workbook, title: str, frame: pd.DataFrame, columns: list[Column]) -> None:
    sheet = book.create_sheet(title)
    kept = _count_kept(columns)
    sheet.freeze_panes = f"{get_column_letter(kept + 1)}2"
    _set_up_print(sheet, len(columns), kept=kept)
    heads = [_head_of(column) for column in columns]
    lines = 1
    for place, (head, column) in enumerate(zip(heads, columns, strict=True), start=1):
        longest = max((len(_text_of(value)) for value in frame[column.name].head(SAMPLED)), default=0)
        # A head is set in up to three lines, none of which may cut a word.
        word = max(len(part) for part in head.split())
        width = max(NARROWEST, min(WIDEST, longest + 2), min(max(word, len(head) // 3) + 4, 28))
        sheet.column_dimensions[get_column_letter(place)].width = width
        lines = max(lines, len(textwrap.wrap(head, int(width) - 2)))
    # Spreadsheets do not all make room for a head of several lines by themselves.
    sheet.row_dimensions[1].height = LINE_POINTS * lines
    if columns:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(frame) + 1}"
    sheet.append([_write_head(sheet, head, column) for head, column in zip(heads, columns, strict=True)])
    for row in zip(*(frame[column.name].tolist() for column in columns), strict=True):
        sheet.append([_write_value(sheet, value, column) for value, column in zip(row, columns, strict=True)])


def _head_of(column: Column) -> str:
    return add_unit(head_column(column.name), _unit_of(column))


def _unit_of(column: Column) -> str:
    return PERCENT if column.shown_unit == SHARE else column.shown_unit


def _count_kept(columns: list[Column]) -> int:
    """Count the columns that stay in view: up to the one by which a row is known."""
    return next((at for at, column in enumerate(columns[:NEAR_EDGE], start=1) if column.name in ROW_NAMES), 0)


def _set_up_print(sheet: WriteOnlyWorksheet, width: int, *, kept: int) -> None:
    """Turn the paper across, and print the head and what a row is known by on every sheet of it."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.print_title_rows = "1:1"
    if kept:
        sheet.print_title_cols = f"A:{get_column_letter(kept)}"
    if width <= FIT_ONE_PAGE:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.fitToHeight = 0


def _write_about(book: Workbook, about: Mapping[str, str], meanings: list[tuple[str, Column]]) -> None:
    sheet = book.create_sheet(ABOUT)
    for letter, width in zip("ABCDE", (22, 44, 28, 32, WIDEST), strict=True):
        sheet.column_dimensions[letter].width = width
    for heading, text in about.items():
        sheet.append([_write_text(sheet, heading, head=True), _write_text(sheet, text)])
    sheet.append([])
    sheet.append([_write_text(sheet, text, head=True) for text in ABOUT_HEADS])
    for title, column in meanings:
        told = (title, head_column(column.name), _unit_of(column), column.name, column.meaning)
        sheet.append([_write_text(sheet, text) for text in told])


def _write_value(sheet: WriteOnlyWorksheet, value: object, column: Column) -> object:
    if column.kind in UNITS and not _is_blank(value):
        cell = WriteOnlyCell(sheet, value=float(value))  # type: ignore[arg-type]  # a non-number must raise here
        decimals = UNITS[column.kind][1]
        if column.shown_unit == SHARE:
            cell.number_format = "0.0%"
        else:
            cell.number_format = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
        return cell
    return None if _is_blank(value) else _write_text(sheet, _text_of(value))


def _write_text(sheet: WriteOnlyWorksheet, text: str, *, head: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet)
    cell.value = _clean(text)
    # After the value: the library takes "=…" for a formula and "#N/A" for an error.
    cell.data_type = "s"
    if head:
        cell.font, cell.alignment = _HEAD, _TOP
    if GUARDED.match(text):
        cell.quotePrefix = True
    return cell


def _write_head(sheet: WriteOnlyWorksheet, head: str, column: Column) -> WriteOnlyCell:
    cell = _write_text(sheet, head, head=True)
    cell.fill = _SHADE
    if column.kind in UNITS:
        cell.alignment = _TOP_RIGHT
    return cell


def _text_of(value: object) -> str:
    if _is_blank(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return ";".join(str(item) for item in (value if isinstance(value, list | tuple) else sorted(value)))
    if isinstance(value, pd.Timestamp) and value == value.normalize():
        return str(value.date())
    return str(value)


def _is_blank(value: object) -> bool:
    return not isinstance(value, list | tuple | set | frozenset) and bool(pd.isna(value))  # type: ignore[call-overload]


def _clean(text: str) -> str:
    """Take out what the format has no place for, and cut what is longer than a cell."""
    bare: str = ILLEGAL_CHARACTERS_RE.sub("", text).encode("utf-8", errors="replace").decode("utf-8")
    return bare if len(bare) <= MOST_TEXT else bare[: MOST_TEXT - len(CUT)] + CUT


def _plain_layer(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give a layer's columns types that every GIS reads, and bring it onto the National Grid."""
    placed = layer.to_crs(GRID).reset_index(drop=True)
    columns = {
        str(name): values.astype(float)
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        else values.map(lambda value: None if _is_blank(value) else _clean(_text_of(value))).astype(object)
        for name, values in placed.drop(columns=placed.geometry.name).items()
    }
    shapes = placed.geometry.set_precision(MILLIMETRE).to_numpy()
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=placed.index), geometry=shapes, crs=GRID)
