"""The county folder on disk: written whole or not at all, and never over somebody's own data."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from dataclasses import fields
from pathlib import Path

import geopandas as gpd
import pandas as pd

from marketmap.errors import OutputError
from marketmap.inputs.areas import write_areas
from marketmap.inputs.sample.market import MarketTables
from marketmap.inputs.sample.tables import SampleTables
from marketmap.settings import SETTINGS_FILE

README = "README.txt"
CSV_TABLES = ("packages", "providers", "participation", "calls", "blocks", "block_areas")
MARKET_TABLES = tuple(item.name for item in fields(MarketTables))
WRITTEN = (
    SETTINGS_FILE, README, "areas.gpkg", "visits.parquet", *(f"{name}.csv" for name in (*CSV_TABLES, *MARKET_TABLES)),
)  # fmt: skip


class SampleError(OutputError):
    """A sample county cannot be made as asked."""


def check_target(out: Path) -> None:
    """Refuse a target that is not free: only an empty folder or an earlier sample may be replaced.

    Raises
    ------
    SampleError
        Saying why, and what to do.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise SampleError(f"{out.name} is a file. Give the name of a folder that does not exist yet.")
    if any(out.iterdir()) and not _is_sample(out):
        raise SampleError(
            f"The folder {out.name} is not an earlier sample, so it is left as it is. Give a folder that does not "
            f"exist yet, or one whose {SETTINGS_FILE} says synthetic = true."
        )


def _is_sample(folder: Path) -> bool:
    try:
        told = tomllib.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False
    county = told.get("county")
    return isinstance(county, dict) and county.get("synthetic") is True


def write_folder(out: Path, tables: SampleTables, areas: gpd.GeoDataFrame, *, toml: str, readme: str) -> Path:
    """Write every file of the county folder, then put it in its place in one move.

    Parameters
    ----------
    out
        As `check_target` allows. Files there that a sample does not write are carried over.

    Raises
    ------
    SampleError
        When the folder cannot be written; what was there before is there still.
    """
    new: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        new.chmod(0o755)
        _write_files(new, tables, areas, toml=toml, readme=readme)
        check_target(out)
        _swap(new, out)
    except OSError as error:
        raise SampleError(
            f"The folder {out.name} cannot be written ({error.strerror}). Check the place, its permissions and its "
            "space."
        ) from error
    finally:
        if new is not None and new.exists():
            shutil.rmtree(new, ignore_errors=True)
    return out


def _write_files(folder: Path, tables: SampleTables, areas: gpd.GeoDataFrame, *, toml: str, readme: str) -> None:
    frames: dict[str, pd.DataFrame] = {name: getattr(tables, name) for name in CSV_TABLES}
    frames |= {name: getattr(tables.market, name) for name in MARKET_TABLES}
    for name, frame in frames.items():
        if len(frame):  # an optional table is absent rather than empty
            frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\r\n")
    if len(tables.visits):
        tables.visits.to_parquet(folder / "visits.parquet", index=False, compression="zstd")
    write_areas(areas, folder / "areas.gpkg")
    (folder / README).write_text(readme, encoding="utf-8")
    (folder / SETTINGS_FILE).write_text(toml, encoding="utf-8")


def _swap(new: Path, out: Path) -> None:
    if not out.exists():
        new.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    out.rename(old / out.name)
    try:
        for item in (old / out.name).iterdir():
            if item.name not in WRITTEN:
                item.rename(new / item.name)
        new.rename(out)
    except OSError:
        if not out.exists():
            (old / out.name).rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
