"""The ground that a county covers: its districts, their postcodes and their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from marketmap.errors import Fault, PostcodeError
from marketmap.inputs.postcodes import PostcodeDirectory, infer_districts, load_directory
from marketmap.inputs.wording import counted
from marketmap.settings import SETTINGS_FILE, Settings


@dataclass(frozen=True)
class Ground:
    """Where a county is.

    Attributes
    ----------
    directory
        Postcodes of the county and of everything its tables name.
    postcodes
        The county's own live postcodes (`PostcodeDirectory.county`).
    district_codes
        Its local-authority districts.
    """

    directory: PostcodeDirectory
    postcodes: pd.DataFrame
    district_codes: tuple[str, ...]


def find_ground(
    folder: Path, *, settings: Settings, frames: Mapping[str, pd.DataFrame]
) -> tuple[Ground | None, list[Fault]]:
    """Load the postcodes that a county needs.

    Parameters
    ----------
    folder
        The county folder, which ``postcodes.file`` is relative to.
    settings
        ``county.district_codes`` says which districts; where empty they are found from the packages.
    frames
        Typed tables by name.

    Returns
    -------
    ground, faults
        None with the faults, or None without any where there is neither a code nor a packages table.
    """
    codes, file = settings.county.district_codes, settings.postcodes.file
    path = folder / file if file else None
    written = [frame["postcode"].dropna() for frame in frames.values() if "postcode" in frame]
    if not codes and "packages" not in frames:
        return None, []
    why = ""
    try:
        if not codes:
            homes = frames["packages"]["postcode"].dropna()
            placed = load_directory(homes, file=path).place(homes)
            codes = infer_districts(placed)
            why = ", ".join(f"{count:,} {reason}" for reason, count in placed["reason"].value_counts().items())
        if codes:
            directory = load_directory(pd.concat(written) if written else None, district_codes=codes, file=path)
            return Ground(directory, directory.county(codes), tuple(codes)), []
    except PostcodeError as error:
        what, _, remedy = str(error).partition(". ")
    else:
        what = f"no package's postcode can be placed ({why or 'all are blank'}), so the county's districts are unknown"
        remedy = "Check the packages' postcodes, or set county.district_codes"
    return None, [Fault(file or SETTINGS_FILE, what.rstrip("."), remedy or "Check county.district_codes")]


def name_districts(codes: Iterable[str], *, areas: pd.DataFrame | None, settings: Settings) -> dict[str, str]:
    """Name districts from the settings, else from the areas of type district, else by their code."""
    named: dict[str, str] = {}
    if areas is not None:
        districts = areas[areas["area_type"] == "district"]
        named = dict(zip(districts["area_code"], districts["area_name"], strict=True))
    named |= settings.county.district_names
    return {code: named.get(code, code) for code in sorted(set(codes))}


def list_unknown_sectors(block_areas: pd.DataFrame, *, postcodes: pd.DataFrame) -> pd.DataFrame:
    """List the rows whose sector holds no postcode of the county, as `list_unplaced` lists rows."""
    unknown = block_areas[block_areas["sector"].notna() & ~block_areas["sector"].isin(postcodes["sector"])]
    return pd.DataFrame(
        {
            "table": pd.Series("block_areas", index=unknown.index, dtype="str"),
            "row": unknown["row"],
            "id": unknown["block_id"],
            "postcode": unknown["sector"],
            "reason": pd.Series("no postcode of the county is in this sector", index=unknown.index, dtype="str"),
        }
    )


def remark_on_areas(frames: Mapping[str, pd.DataFrame], *, table: str, consequence: str, ground: Ground) -> str:
    """Say which rows of a table name an area that nothing goes by, and what becomes of them; blank where none do."""
    stray = _stray_rows(frames, table, ground)
    if not stray:
        return ""
    rows = ", ".join(map(str, stray[:3])) + (" …" if len(stray) > 3 else "")
    return (
        f"{counted(len(stray), 'row')} of {table} (row {rows}) {consequence}: the "
        "area named is no area of the areas file and no district or sector of the county."
    )


def stray_area_faults(frames: Mapping[str, pd.DataFrame], *, ground: Ground, files: Mapping[str, Path]) -> list[Fault]:
    """Find rates and scenarios of an area that nothing goes by: a slip there is money on no map.

    Parameters
    ----------
    frames
        Typed tables by name, each with ``row``; ``areas`` where the council gave one.
    files
        Table name to its file, to name in faults.
    """
    what = "no area of the areas file and no district or sector of this county"
    remedy = "Write the code as the areas file has it, or like E07000081 or GL1 2"
    found = {table: _stray_rows(frames, table, ground) for table in ("rates", "growth") if table in frames}
    return [Fault(files[table].name, what, remedy, "area_code", tuple(rows)) for table, rows in found.items() if rows]


def _stray_rows(frames: Mapping[str, pd.DataFrame], table: str, ground: Ground) -> list[int]:
    known = {*ground.postcodes["sector"], *ground.postcodes["district_code"]}
    if "areas" in frames:
        known |= set(frames["areas"]["area_code"])
    named = frames[table]
    return sorted(int(row) for row in named.loc[named["area_code"].notna() & ~named["area_code"].isin(known), "row"])
