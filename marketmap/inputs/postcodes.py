"""One spelling for every postcode, and where each one lies.

Placing happens offline, from the postcode package that is installed with the program; an ONSPD, NSPL or
Code-Point Open file, where the settings name one, replaces its positions and says which are live.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from marketmap.errors import PostcodeError
from marketmap.inputs.directories import AGREE_METRES, DirectoryFile, read_directory_file
from marketmap.inputs.postcode_package import cache_folder, describe_package, read_package

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

BORDER_METRES = 10_000.0  # postcodes this near to a county help to draw its edge
MIN_AGREEING_SHARE = 0.5  # of a district's postcodes, under the same code in the file and the package
COUNTY_SHARE = 0.03  # a district with fewer of the placed rows holds people placed out of the county

_SPACES = "[\\s\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+"
# The letters used at each place, wide enough for old outward codes that the directory holds (W1X, NPT)
_SHAPE = r"(?:[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKMNPR-Y]?|NPT)[0-9][ABD-HJLNP-Z]{2}|GIR0AA"

NOT_A_POSTCODE = "not a postcode"
NOT_IN_DIRECTORY = "not in the directory"
NO_GRID = "has no grid reference"
IRISH = "Northern Ireland: Irish Grid"


def normalise_postcodes(values: pd.Series) -> pd.Series:
    """Bring any spelling of a postcode to outward code, one space, inward code.

    Letter case and spaces of every kind are evened out and nothing else: an O typed for a 0 is
    not a postcode rather than a guess.

    Parameters
    ----------
    values
        Text in any dtype; numbers and blanks are not postcodes.

    Returns
    -------
    Series of str
        Indexed like `values`, e.g. ``"GL1 1AA"``, NA where the text is not a postcode.
    """
    text = values.astype("str")
    compact = text.str.replace(" ", "", regex=False).str.upper()
    good = compact.str.fullmatch(_SHAPE).fillna(value=False).astype(bool)
    if not good.all():  # the odder kinds of space are looked for only where it matters, which is many times faster
        compact = compact.where(good, text.where(~good).str.replace(_SPACES, "", regex=True).str.upper())
        good = compact.str.fullmatch(_SHAPE).fillna(value=False).astype(bool)
    return (compact.str[:-3] + " " + compact.str[-3:]).where(good)


@dataclass(frozen=True)
class PostcodeDirectory:
    """Postcodes and where they lie.

    Attributes
    ----------
    frame
        Index ``postcode`` (one spelling, sorted, unique); ``easting``, ``northing`` (EPSG:27700 metres,
        NaN where there is none and in Northern Ireland), ``district_code`` (NA where unknown), ``live``
        (boolean, NA = unknown).
    source
        Sentence naming the source, its vintage and whether live and terminated are told apart.
    """

    frame: pd.DataFrame
    source: str

    def place(self, postcodes: pd.Series) -> pd.DataFrame:
        """Place postcodes of any spelling, live or terminated.

        Returns
        -------
        DataFrame
            Indexed like `postcodes`: ``postcode`` (one spelling, NA where it is none), ``easting``,
            ``northing`` (EPSG:27700 metres), ``sector``, ``district_code`` (these four NA unless placed) and
            ``reason``: blank when placed, else why not.
        """
        spelt = normalise_postcodes(postcodes)
        known = self.frame.loc[self.frame.index.isin(spelt.dropna().unique())]
        at = known.index.get_indexer(pd.Index(spelt))
        found = at >= 0
        rows = known.take(np.where(found, at, 0)) if len(known) else known.reindex(spelt)
        rows.index = postcodes.index
        placed = found & rows["easting"].notna().to_numpy() & rows["northing"].notna().to_numpy()
        irish = spelt.str.startswith("BT").fillna(value=False).to_numpy(dtype=bool)
        reason = np.select(
            [spelt.isna().to_numpy(), ~found, placed, irish],
            [NOT_A_POSTCODE, NOT_IN_DIRECTORY, "", IRISH],
            default=NO_GRID,
        )
        return pd.DataFrame(
            {
                "postcode": spelt,
                "easting": rows["easting"].where(placed),
                "northing": rows["northing"].where(placed),
                "sector": spelt.str[:-2].where(placed),
                "district_code": rows["district_code"].where(placed),
                "reason": pd.Series(reason, index=postcodes.index, dtype="str"),
            },
            index=postcodes.index,
        )

    def county(self, district_codes: Sequence[str]) -> pd.DataFrame:
        """Give the live postcodes of some districts; those of unknown liveness count as live.

        Returns
        -------
        DataFrame
            Index ``postcode``, sorted; ``easting``, ``northing`` (EPSG:27700 metres), ``sector``,
            ``district_code``, ``live``.

        Raises
        ------
        PostcodeError
            When the districts hold no postcode that can be placed.
        """
        frame = self.frame
        keep = (
            frame["district_code"].isin(list(district_codes))
            & frame["easting"].notna()
            & frame["live"].fillna(value=True).astype(bool)
        )
        rows = frame.loc[keep]
        if rows.empty:
            raise PostcodeError(
                f"No postcode of the districts {', '.join(district_codes)} has a grid reference in EPSG:27700"
                ". Check the codes; Northern Ireland, the Channel Islands and the Isle of Man have none."
            )
        return rows.assign(sector=rows.index.str[:-2])[["easting", "northing", "sector", "district_code", "live"]]


def load_directory(
    postcodes: pd.Series | None = None, *, district_codes: Sequence[str] = (), file: Path | None = None
) -> PostcodeDirectory:
    """Load the part of the directory that a county needs.

    That is every postcode that begins with the letter of a given one, of one inside the districts or of one
    within 10 km of theirs. Without districts those that the given postcodes lie in are taken; without either
    the whole of the United Kingdom is loaded.

    Parameters
    ----------
    postcodes
        Postcodes to be placed, in any spelling.
    district_codes
        ONS codes of the county's local-authority districts.
    file
        An ONSPD, NSPL or Code-Point Open file. It replaces the package's positions and says which postcodes
        are live; what it lacks is still placed from the package.

    Raises
    ------
    PostcodeError
        When a district code is unknown or the file cannot be used.
    """
    national, source = _package_alone() if file is None else _with_file(file, district_codes)
    _check_codes(national, district_codes)
    initial = national["postcode"].str[0]
    letters: set[str] = set()
    if postcodes is not None:
        letters |= set(normalise_postcodes(postcodes).dropna().str[0])
        if not district_codes:
            everywhere = PostcodeDirectory(national.set_index("postcode"), source)
            district_codes = infer_districts(everywhere.place(postcodes))
    if district_codes:
        letters |= set(initial[_near_districts(national, district_codes)])
    if letters:
        national = national.loc[initial.isin(sorted(letters))]
    frame = national.set_index("postcode")
    return PostcodeDirectory(frame.assign(district_code=frame["district_code"].astype("str")), source)


def infer_districts(placed: pd.DataFrame) -> tuple[str, ...]:
    """Say which districts make up the county that placed rows come from.

    A council also pays for people placed over its border: a district with under 3 % of the placed rows is
    taken for such and left out.

    Parameters
    ----------
    placed
        Has ``district_code``, NA where unplaced, as `PostcodeDirectory.place` gives it.

    Returns
    -------
    tuple of str
        Codes in order; empty when nothing is placed.
    """
    shares = placed["district_code"].dropna().value_counts(normalize=True)
    return tuple(sorted(str(code) for code in shares.index[shares >= COUNTY_SHARE])) or tuple(shares.index[:1])


def _package_alone() -> tuple[pd.DataFrame, str]:
    national = read_package(cache=cache_folder())
    national = national.assign(live=pd.array([pd.NA], dtype="boolean").take([0] * len(national)))
    return _without_irish_grid(national), f"{describe_package()}; live and terminated not told apart"


def _with_file(file: Path, district_codes: Sequence[str]) -> tuple[pd.DataFrame, str]:
    read = read_directory_file(file)
    frame = read.frame.assign(postcode=normalise_postcodes(read.frame["postcode"])).dropna(subset="postcode")
    if frame.empty:
        raise PostcodeError(f"{file.name} holds nothing spelt like a postcode. Check that it is a postcode directory.")
    package = read_package(cache=cache_folder())
    package = package.assign(
        district_code=package["district_code"].astype("str"),
        live=pd.array([pd.NA], dtype="boolean").take([0] * len(package)),
    )
    _check_vintage(frame, package, district_codes, file.name)
    live = frame["live"].fillna(value=True).astype(bool)
    national = pd.concat([frame.loc[live], frame.loc[~live], package], keys=[0, 1, 2], names=["from", None])
    national = national.drop_duplicates("postcode").sort_values("postcode").reset_index("from")
    if read.tells_liveness and not read.holds_terminated:
        # where a file without terminated postcodes reaches, one that it leaves out is terminated
        reached = national["postcode"].str[:-4].isin(frame["postcode"].str[:-4].unique())
        national["live"] = national["live"].mask(national["from"].eq(2) & reached, other=False)
    national = national.drop(columns="from").reset_index(drop=True)
    return _without_irish_grid(national), _describe_file(file.name, read)


def _describe_file(name: str, read: DirectoryFile) -> str:
    told = "told apart" if read.tells_liveness else "not told apart"
    text = f"{name} ({read.kind}; live and terminated {told}); postcodes it lacks from {describe_package()}"
    if read.disagreeing:
        text += f"; grid reference and latitude differ by over {AGREE_METRES:.0f} m in {read.disagreeing:,} rows"
    return text


def _without_irish_grid(national: pd.DataFrame) -> pd.DataFrame:
    irish = national["postcode"].str.startswith("BT")
    return national.assign(easting=national["easting"].mask(irish), northing=national["northing"].mask(irish))


def _check_codes(national: pd.DataFrame, district_codes: Iterable[str]) -> None:
    known = sorted(str(code) for code in national["district_code"].dropna().unique())
    unknown = sorted(set(district_codes) - set(known))
    if unknown:
        near = sorted({match for code in unknown for match in difflib.get_close_matches(code.upper(), known, n=3)})
        raise PostcodeError(
            f"The postcode directory has no local-authority district {', '.join(unknown)}. District codes "
            "look like E07000078, E06000017, S12000033 or W06000001"
            + (f"; the nearest it has are {', '.join(near)}" if near else "")
            + ". Correct the district codes (names are not read)."
        )


def _check_vintage(frame: pd.DataFrame, package: pd.DataFrame, district_codes: Sequence[str], name: str) -> None:
    """Refuse a file that knows the county's postcodes under the codes of other years."""
    here = package.loc[package["district_code"].isin(list(district_codes)), ["postcode", "district_code"]]
    both = here.merge(frame[["postcode", "district_code"]].dropna(), on="postcode", suffixes=("", "_file"))
    if both.empty:
        return
    agree = both["district_code"].eq(both["district_code_file"]).groupby(both["district_code"]).mean()
    if (agree < MIN_AGREEING_SHARE).any():
        codes = ", ".join(str(code) for code in agree.index[agree < MIN_AGREEING_SHARE])
        raise PostcodeError(
            f"{name} has most postcodes of {codes} under other district codes, so it is from before or after "
            "a change of districts. Give a newer file, or the district codes that the file uses."
        )


def _near_districts(national: pd.DataFrame, district_codes: Sequence[str]) -> pd.Series[bool]:
    """Mark the postcodes inside the districts or within `BORDER_METRES` of one of theirs."""
    inside = national["district_code"].isin(list(district_codes))
    grid = national[["easting", "northing"]]
    county = grid.loc[inside].dropna()
    if county.empty:
        return inside
    low, high = county.min() - BORDER_METRES, county.max() + BORDER_METRES
    box = grid.loc[((grid >= low) & (grid <= high)).all(axis=1)]
    metres, _ = cKDTree(county.to_numpy()).query(box.to_numpy(), distance_upper_bound=BORDER_METRES)
    near = inside.copy()
    near.loc[box.index[np.isfinite(metres)]] = True
    return near
