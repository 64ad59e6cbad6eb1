"""Postcode directories that a council downloads, in every dialect they are published in.

Read are the ONS Postcode Directory with its old and its new column names, the National Statistics Postcode
Lookup and Code-Point Open, as ``.csv``, ``.csv.gz``, the ``.zip`` as downloaded or the folder it unpacks to.
What comes out is one frame; spelling and placing belong to `marketmap.inputs.postcodes`.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
from pyproj import Transformer

from marketmap.errors import PostcodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Floats = npt.NDArray[np.float64]

AGREE_METRES = 250.0  # a latitude with three decimals is good to about 100 m
MAX_DISAGREEING_SHARE = 0.01

# Code-Point Open, which carries no header row
CODE_POINT_COLUMNS = ("pc", "pq", "ea", "no", "cy", "rh", "lh", "cc", "dc", "wc")

# for each thing wanted, the header patterns it goes by, best first; headers are compared in lower case
_HEADERS = {
    "postcode": (r"pcds", r"pcd2", r"pcd8", r"pcd", r"pcd7", r"postcode", r"pc"),
    "easting": (r"oseast1m", r"east1m", r"eastings?", r"ea"),
    "northing": (r"osnrth1m", r"north1m", r"northings?", r"no"),
    "district_code": (r"lad\d\dcd", r"oslaua", r"laua", r"admin_district_code", r"dc"),
    "ended": (r"doterm",),
    "quality": (r"osgrdind", r"gridind"),
    "code_point_quality": (r"positional_quality_indicator", r"pq"),
    "latitude": (r"lat",),
    "longitude": (r"long",),
}
_NUMBERS = ("easting", "northing", "quality", "code_point_quality", "latitude", "longitude")
_NEEDED = ("postcode", "easting", "northing", "district_code")
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?\s*[0-9][A-Z]{2}", re.IGNORECASE)
_HOW = "Give the ONSPD, NSPL or Code-Point Open as published: .csv, .csv.gz, .zip or its unpacked folder"


@dataclass(frozen=True)
class DirectoryFile:
    """A postcode directory as read.

    Attributes
    ----------
    frame
        ``postcode`` (as spelt in the file), ``easting``, ``northing`` (metres, NaN where there is none;
        Irish Grid in Northern Ireland), ``district_code`` (NA where blank) and ``live`` (boolean, NA where
        the file does not say).
    kind
        ``"ONS directory"`` or ``"Code-Point Open"``.
    tells_liveness
        Whether ``live`` is known.
    holds_terminated
        Whether terminated postcodes stand in it: a postcode missing from a file without them may be one.
    disagreeing
        Rows whose grid reference and latitude and longitude are more than 250 m apart.
    """

    frame: pd.DataFrame
    kind: str
    tells_liveness: bool
    holds_terminated: bool
    disagreeing: int


@dataclass(frozen=True)
class _Member:
    name: str
    size: int
    open: Callable[[], IO[bytes]]


def read_directory_file(path: Path) -> DirectoryFile:
    """Read a postcode directory in any published dialect.

    Parameters
    ----------
    path
        A ``.csv``, ``.csv.gz``, ``.zip`` or folder.

    Raises
    ------
    PostcodeError
        When the file is missing, unreadable, lacks a column, or when more than 1 % of its rows have a
        grid reference that disagrees with their latitude and longitude.
    """
    with _members(path) as members:
        areas = [member for member in members if re.fullmatch(r"[A-Za-z]{1,2}\.csv", Path(member.name).name)]
        if areas:
            parts = [_read_member(member, path.name) for member in areas]
        elif members:
            parts = [_read_member(max(members, key=lambda member: member.size), path.name)]
        else:
            raise PostcodeError(f"{path.name} holds no CSV file. {_HOW}.")
    raw = pd.concat(parts, ignore_index=True)
    if raw.empty:
        raise PostcodeError(f"{path.name} holds no rows. {_HOW}.")
    return _shape(raw, path.name)


@contextmanager
def _members(path: Path) -> Iterator[list[_Member]]:
    if not path.exists():
        raise PostcodeError(f"The postcode file {path.name} does not exist. Correct its path in the settings.")
    suffixes = "".join(path.suffixes[-2:]).lower()
    try:
        if path.is_dir():
            files = sorted(path.rglob("*.[cC][sS][vV]"))
            yield [_Member(file.name, file.stat().st_size, _opener(file)) for file in files]
        elif suffixes.endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                yield [
                    _Member(item.filename, item.file_size, _opener(archive, item.filename))
                    for item in archive.infolist()
                    if item.filename.lower().endswith(".csv")
                ]
        elif suffixes.endswith((".csv", ".csv.gz")):
            yield [_Member(path.name, path.stat().st_size, _opener(path))]
        else:
            raise PostcodeError(f"The postcode file {path.name} is of no kind that can be read. {_HOW}.")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise PostcodeError(f"{path.name} is damaged or locked and cannot be opened. Download it again.") from error


def _opener(source: Path | zipfile.ZipFile, name: str = "") -> Callable[[], IO[bytes]]:
    if isinstance(source, zipfile.ZipFile):
        return lambda: source.open(name)
    if source.suffix.lower() == ".gz":
        return lambda: io.BufferedReader(gzip.open(source))
    return lambda: source.open("rb")


def _read_member(member: _Member, file: str) -> pd.DataFrame:
    """Read the wanted columns, named as in `_HEADERS`."""
    with member.open() as stream:
        first = stream.readline(65_536).decode("utf-8-sig", errors="replace")
    cells = [cell.strip().lower() for cell in next(csv.reader([first]), [])]
    headerless = bool(cells) and bool(_POSTCODE.fullmatch(cells[0]))
    names = list(CODE_POINT_COLUMNS) if headerless else cells
    wanted = _match_headers(names)
    missing = [name.replace("_", " ") for name in _NEEDED if name not in wanted]
    if missing:
        raise PostcodeError(
            f"{file} lacks a column for: {', '.join(missing)}. {_HOW}; columns such as pcds, oseast1m or "
            "east1m, osnrth1m or north1m, and oslaua, laua or lad25cd are looked for."
        )
    kinds = {column: pa.float64() if name in _NUMBERS else pa.string() for name, column in wanted.items()}
    try:
        with member.open() as stream:
            table = pacsv.read_csv(
                stream,
                read_options=pacsv.ReadOptions(column_names=names, skip_rows=0 if headerless else 1),
                convert_options=pacsv.ConvertOptions(
                    include_columns=list(kinds), column_types=kinds, strings_can_be_null=True
                ),
            )
    except pa.ArrowException as error:  # its text can quote a row, so it is not passed on
        raise PostcodeError(
            f"{file} cannot be read as a table of postcodes: rows of unequal length, or grid columns that hold "
            f"something else than numbers. {_HOW}."
        ) from error
    frame: pd.DataFrame = table.to_pandas().rename(columns={column: name for name, column in wanted.items()})
    return frame


def _match_headers(names: list[str]) -> dict[str, str]:
    wanted = {}
    for name, patterns in _HEADERS.items():
        for pattern in patterns:
            # of lad24cd and lad25cd the later
            found = sorted((header for header in names if re.fullmatch(pattern, header)), reverse=True)
            if found:
                wanted[name] = found[0]
                break
    return wanted


def _shape(raw: pd.DataFrame, file: str) -> DirectoryFile:
    postcode = raw["postcode"].astype("str")
    numbers = {name: raw[name] if name in raw else pd.Series(np.nan, index=raw.index) for name in _NUMBERS}
    grid = np.column_stack([numbers["easting"], numbers["northing"]])
    absent = ~(np.isfinite(grid) & (grid > 0)).all(axis=1)
    absent |= (numbers["quality"] == 9).to_numpy() | (numbers["code_point_quality"] == 90).to_numpy()
    grid[absent] = np.nan

    irish = postcode.str.strip().str.upper().str.startswith("BT").fillna(value=False).to_numpy(dtype=bool)
    apart = _metres_apart(grid, np.column_stack([numbers["latitude"], numbers["longitude"]]))
    apart[irish] = np.nan
    checked, disagreeing = int(np.isfinite(apart).sum()), int((apart > AGREE_METRES).sum())
    if disagreeing > MAX_DISAGREEING_SHARE * checked:
        raise PostcodeError(
            f"In {file} the grid reference and the latitude and longitude are more than {AGREE_METRES:.0f} m "
            f"apart in {disagreeing:,} of {checked:,} rows, so its columns are mixed up. Download it again."
        )

    code_point = "code_point_quality" in raw
    if code_point:
        live = pd.Series(data=True, index=raw.index, dtype="boolean")
    elif "ended" in raw:
        live = raw["ended"].astype("str").str.strip().fillna("").eq("").astype("boolean")
    else:
        live = pd.Series(pd.NA, index=raw.index, dtype="boolean")
    district = raw["district_code"].astype("str").str.strip()
    return DirectoryFile(
        frame=pd.DataFrame(
            {
                "postcode": postcode,
                "easting": grid[:, 0],
                "northing": grid[:, 1],
                "district_code": district.where(district.ne("")),
                "live": live,
            }
        ),
        kind="Code-Point Open" if code_point else "ONS directory",
        tells_liveness=bool(live.notna().all()),
        holds_terminated=bool((~live.fillna(value=True)).any()),
        disagreeing=disagreeing,
    )


def _metres_apart(grid: Floats, degrees: Floats) -> Floats:
    """Distance between grid and latitude-longitude of a row: NaN without both, huge where one is nowhere."""
    apart = np.full(len(grid), np.nan)
    both = np.isfinite(grid).all(axis=1) & np.isfinite(degrees).all(axis=1)
    both &= degrees[:, 0] < 99  # 99.999999 stands for no position
    if both.any():
        to_grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
        east, north = to_grid.transform(degrees[both, 1], degrees[both, 0])
        metres = np.hypot(grid[both, 0] - east, grid[both, 1] - north)
        apart[both] = np.nan_to_num(metres, nan=1e9, posinf=1e9)
    return apart
