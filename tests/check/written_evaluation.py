"""An evaluation as its verb writes it: a made-up county whose blocks began between two weeks of call monitoring."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

from marketmap.outputs.runs.roll_out import run_evaluation

BEFORE, AFTER = pd.Timestamp("2026-01-05"), pd.Timestamp("2026-06-01")  # two Mondays
WIDE = 9_000  # metres
BLOCKS, SECTORS, DISTRICT = 12, 14, "E06999999"
SETTINGS = f"""[county]
name = "Made up"
synthetic = true
synthetic_note = "Made-up visits."
snapshot_date = 2026-06-07
district_codes = ["{DISTRICT}"]
[postcodes]
file = "places.csv"
[evaluation]
least_areas = LEAST
least_hours = 12.0
"""


def write_evaluation(folder: Path, *, least_areas: int = 10, spanning: bool = False) -> Path:
    """Write ``county``, ``earlier`` and ``out`` into a folder; gives the folder.

    Twelve blocks, each with a provider of its own, and fourteen sectors outside, three homes in each; hours in blocks
    grow by a fifth, each area by a little of its own; two sectors are too small, one block ended, one has not begun.
    Where ``spanning``, one visits table holds both times.
    """
    random = np.random.default_rng(1)
    names = [f"BB{number + 1} 1" for number in range(BLOCKS)] + [f"BD{number + 1} 1" for number in range(SECTORS)]
    homes = [f"{name}A{letter}" for name in names for letter in "ABD"]
    grown = {name: np.exp(random.normal(0, 0.02)) * (1.2 if name.startswith("BB") else 1.0) for name in names}
    small = dict.fromkeys(names[-2:], 0.5)
    for time in ("county", "earlier"):
        (folder / time).mkdir(parents=True)
        text = SETTINGS.replace("LEAST", str(least_areas))
        (folder / time / "marketmap.toml").write_text(text, encoding="utf-8")
        _write_places(folder / time, names, homes)
        _write_blocks(folder / time)
        _write_packages(folder / time, names, homes, random, later=time == "county")
    _write_visits(folder / "earlier", BEFORE, homes, small)
    _write_visits(folder / "county", AFTER, homes, grown | small)
    if spanning:
        _join_visits(folder / "county", folder / "earlier")
    run_evaluation(folder / "county", folder / "out", earlier_folder=None if spanning else folder / "earlier")
    return folder


def _write_places(folder: Path, names: list[str], homes: list[str]) -> None:
    """Sectors are squares in rows of six, with three homes each, three kilometres apart; a third of them are towns."""
    at = {name: (400_000 + WIDE * (number % 6), 400_000 + WIDE * (number // 6)) for number, name in enumerate(names)}
    rows = [
        {
            "pcds": home,
            "oseast1m": at[home[:-2]][0] + 3_000 * "ABD".index(home[-1]) + 1_000,
            "osnrth1m": at[home[:-2]][1] + 4_000,
            "oslaua": DISTRICT,
            "doterm": "",
        }
        for home in homes
    ]
    pd.DataFrame(rows).to_csv(folder / "places.csv", index=False)
    kinds = ["UN1" if number % 3 == 0 else "RSF1" for number in range(len(names))]
    shapes = [box(east, north, east + WIDE, north + WIDE) for east, north in at.values()]
    areas = gpd.GeoDataFrame(
        {"area_code": names, "area_name": names, "area_type": "sector", "rural_urban": kinds},
        geometry=shapes,
        crs="EPSG:27700",
    )
    areas.to_file(folder / "areas.gpkg", driver="GPKG")


def _write_blocks(folder: Path) -> None:
    number = range(BLOCKS)
    blocks = pd.DataFrame(
        {
            "block_id": [f"X{each:02d}" for each in number],
            "provider_id": [f"B{each:02d}" for each in number],
            "guaranteed_hours_week": 20,
            "start_date": "2026-03-01",
            "end_date": "",
            "status": "active",
        }
    )
    blocks.loc[0, "end_date"] = "2026-06-03"
    blocks.loc[1, "start_date"] = "2026-06-30"
    blocks.to_csv(folder / "blocks.csv", index=False)
    sectors = [f"BB{each + 1} 1" for each in number]
    pd.DataFrame({"block_id": blocks["block_id"], "postcode": "", "sector": sectors}).to_csv(
        folder / "block_areas.csv", index=False
    )


def _write_packages(
    folder: Path, names: list[str], homes: list[str], random: np.random.Generator, *, later: bool
) -> None:
    rows = [_package(f"K{home}", home, "P", "2025-01-01", "2024-12-20") for home in homes]
    for time in (BEFORE, AFTER) if later else (BEFORE,):
        for number, name in enumerate(names):
            own = f"B{number:02d}" if name.startswith("BB") else "P"
            for each in "AB":
                start = time + pd.Timedelta(days=int(random.integers(0, 7)))
                ready = start - pd.Timedelta(days=int(random.integers(1, 40)))
                who = own if random.random() < (0.9 if time == AFTER else 0.4) else "Z"
                rows.append(_package(f"N{name}{each}{time:%m}", f"{name}A{each}", who, f"{start:%F}", f"{ready:%F}"))
    pd.DataFrame(rows).to_csv(folder / "packages.csv", index=False)
    ids = ["P", "Z", *(f"B{number:02d}" for number in range(BLOCKS))]
    pd.DataFrame(
        {"provider_id": ids, "provider_name": ids, "postcode": homes[: len(ids)], "hours_spare_week": 50,
         "cqc_rating": "Good", "on_framework": "yes"}
    ).to_csv(folder / "providers.csv", index=False)  # fmt: skip


def _package(name: str, home: str, provider: str, start: str, ready: str) -> dict[str, object]:
    return {
        "package_id": name, "person_id": f"C{name}", "postcode": home, "service_type": "home_care", "status": "active",
        "hours_week": 7, "visits_week": 7, "carers_required": 1, "provider_id": provider, "funding": "council",
        "price_hour": 24.5, "start_date": start, "ready_date": ready, "request_date": ready,
    }  # fmt: skip


def _write_visits(folder: Path, monday: pd.Timestamp, homes: list[str], hours: dict[str, float]) -> None:
    """Each home has an hour a day, times its sector's factor; one carer a sector makes them all."""
    rows = []
    for home in homes:
        for day in range(7):
            start = monday + pd.Timedelta(days=day, hours=8 + 3 * "ABD".index(home[-1]))
            end = start + pd.Timedelta(minutes=round(60 * hours.get(home[:-2], 1.0), 2))
            rows.append((f"V{home}{day}", f"C{home[:-2]}", "P", f"K{home}", f"{start:%FT%T}", f"{end:%FT%T}"))
    names = ["visit_id", "carer_id", "provider_id", "package_id", "planned_start", "planned_end"]
    pd.DataFrame(rows, columns=names).assign(status="delivered").to_csv(folder / "visits.csv", index=False)


def _join_visits(county: Path, earlier: Path) -> None:
    """One table of both times; every block begins between them, for the times are split at the first and last start."""
    both = pd.concat([pd.read_csv(folder / "visits.csv", dtype=str) for folder in (earlier, county)])
    both.assign(visit_id=[f"V{number}" for number in range(len(both))]).to_csv(county / "visits.csv", index=False)
    blocks = pd.read_csv(county / "blocks.csv", dtype=str)
    blocks.assign(start_date="2026-03-01").to_csv(county / "blocks.csv", index=False)
