"""A small county and an output folder for it, written by the project's own writers, on real Rutland postcodes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from marketmap.inputs.areas import approximate_areas, postcode_cells, write_areas
from marketmap.inputs.postcodes import PostcodeDirectory, load_directory
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.maps.files import write_maps
from marketmap.outputs.schema import block as block_columns

RUTLAND = ("E06000017",)
NAMES = {"E06000017": "Rutland"}
PLAIN_NAMES = ("Oakham Home Care", "Vale Care", "Uppingham Carers")
HOSTILE_NAMES = (
    "<img src=x onerror=alert(1)>",
    "${alert(1)} `alert(2)` {{ 7*7 }} {% raise %}",
    "</script><script>alert(3)</script>\"'",
    "=cmd|' /C calc'!A0",
    "\u202egnirts desrever\u202c \u05d0\u05d1\u05d2",
    "![pixel](http://example.invalid/p.png) [link](javascript:alert(4)) :material/home: $x$",
    "long " * 2000,
)
BLOCKS_OF = 6_000.0  # metres from a block's centre to its furthest postcode
SNAPSHOT = dt.date(2026, 3, 31)


@functools.cache
def directory_of(codes: tuple[str, ...]) -> PostcodeDirectory:
    return load_directory(district_codes=codes)


@functools.cache
def cells_of(codes: tuple[str, ...]) -> gpd.GeoDataFrame:
    return postcode_cells(directory_of(codes).frame, district_codes=codes)


@functools.cache
def areas_of(codes: tuple[str, ...], names: tuple[tuple[str, str], ...]) -> gpd.GeoDataFrame:
    return approximate_areas(directory_of(codes), codes, names=dict(names))


def postcodes_of(codes: tuple[str, ...]) -> pd.DataFrame:
    frame = directory_of(codes).county(codes)
    return frame.assign(sector=frame.index.str[:-2])


def make_packages(postcodes: pd.DataFrame, *, count: int, providers: int, seed: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    places = postcodes.iloc[random.choice(len(postcodes), count)]
    waiting = np.arange(count) % 9 == 0
    visits = random.choice([7, 14, 21, 28], count)
    return pd.DataFrame(
        {
            "package_id": [f"P{number:05d}" for number in range(count)],
            "person_id": [f"C{number:05d}" for number in range(count)],
            "postcode": places.index,
            "service_type": np.where(np.arange(count) % 10 == 3, "reablement", "home_care"),
            "status": np.where(waiting, "waiting", "active"),
            "hours_week": visits * random.choice([0.5, 0.75, 1.0], count),
            "visits_week": visits,
            "carers_required": np.where(np.arange(count) % 8 == 0, 2, 1),
            "provider_id": np.where(waiting, "", [f"V{number % providers:02d}" for number in range(count)]),
            "funding": "council",
            "price_hour": 24.5,
        }
    )


def make_providers(names: Sequence[str], postcodes: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "provider_id": [f"V{number:02d}" for number in range(len(names))],
            "provider_name": list(names),
            "postcode": postcodes.index[: len(names)],
            "hours_spare_week": 120.0,
            "cqc_rating": "Good",
            "on_framework": "yes",
        }
    )


def write_county(
    folder: Path, *, names: Sequence[str] = PLAIN_NAMES, codes: tuple[str, ...] = RUTLAND, count: int = 120
) -> Path:
    folder.mkdir(parents=True)
    postcodes = postcodes_of(codes)
    make_packages(postcodes, count=count, providers=len(names)).to_csv(folder / "packages.csv", index=False)
    make_providers(names, postcodes).to_csv(folder / "providers.csv", index=False)
    write_areas(areas_of(codes, tuple(NAMES.items())), folder / "areas.geojson")
    quoted = ", ".join(f'"{code}"' for code in codes)
    (folder / "marketmap.toml").write_text(
        f'[county]\nname = "Rutland"\nsynthetic = true\nsnapshot_date = {SNAPSHOT}\n'
        f'synthetic_note = "Made-up packages on real postcodes."\ndistrict_codes = [{quoted}]\n'
        "[county.district_names]\n" + "".join(f'{code} = "{NAMES.get(code, code)}"\n' for code in codes),
        encoding="utf-8",
    )
    return folder


def make_plan(
    postcodes: pd.DataFrame, packages: pd.DataFrame, *, names: Sequence[str], blocks: int = 3, seed: int = 1
) -> dict[str, pd.DataFrame]:
    """Put each postcode into the nearest of a few zones: not a good plan, but one of the right shape."""
    random = np.random.default_rng(seed)
    places = postcodes[["easting", "northing"]].to_numpy(float)
    centres = [int(random.integers(len(places)))]
    while len(centres) < blocks:  # each next centre is the postcode furthest from those there are
        apart = np.linalg.norm(places[:, None] - places[centres], axis=2).min(axis=1)
        centres.append(int(apart.argmax()))
    metres = np.linalg.norm(places[:, None] - places[centres], axis=2)
    nearest = metres.argmin(axis=1)
    inside = metres.min(axis=1) <= BLOCKS_OF
    ids = np.array([f"B{number + 1:03d}" for number in range(blocks)])
    holder = np.arange(blocks) % len(names)
    look_up = pd.DataFrame(
        {
            "postcode": postcodes.index,
            "block_id": np.where(inside, ids[nearest], "spot"),
            "suggested_provider_id": np.where(inside, [f"V{holder[zone]:02d}" for zone in nearest], ""),
            "suggested_provider_name": np.where(inside, [names[holder[zone]] for zone in nearest], ""),
            "live": "unknown",
            "reason": np.where(inside, "nearest by road", "no provider reaches it"),
        }
    )
    demand = packages.merge(look_up, on="postcode")
    demand["sector"] = demand["postcode"].str[:-2]
    rows, eligible = [], []
    for number, (name, part) in enumerate(demand[demand["block_id"] != "spot"].groupby("block_id")):
        mine = part["provider_id"] == part["suggested_provider_id"]
        waiting = part["status"] == "waiting"
        hours = part["hours_week"]
        centre = postcodes.index[centres[int(str(name)[1:]) - 1]]
        already, queue = hours[mine].sum(), hours[waiting].sum()
        with_others = hours.sum() - already - queue
        rows.append(
            {
                "block_id": name,
                "status": "existing" if number == 1 else "proposed",
                "suggested_provider_id": part["suggested_provider_id"].iloc[0],
                "suggested_provider_name": part["suggested_provider_name"].iloc[0],
                "company_id": part["suggested_provider_id"].iloc[0],
                "cqc_rating": "Good",
                "centre_postcode": centre,
                "district_code": postcodes["district_code"][centre],
                "district_name": NAMES.get(postcodes["district_code"][centre], ""),
                "sectors": sorted(part["sector"].unique()),
                "postcodes": int((look_up["block_id"] == name).sum()),
                "people": len(part),
                "packages": len(part),
                "hours_zone": hours.sum(),
                "hours_already_with_provider": already,
                "hours_with_others": with_others,
                "hours_waiting": queue,
                "hours_fixed": 12.0,
                "expected_starts_hours_13w": hours.sum() * 0.18,
                "expected_ends_hours_13w": hours.sum() * 0.17,
                "hours_guaranteed_start": already + queue,
                "weeks_to_fill": 11.5,
                "void_cost_pounds_week": 85.25,
                "annual_value_pounds": hours.sum() * 52 * 24.5,
                "carers_full_time": hours.sum() / 30,
                "carers_at_peak_morning": 5,
                "carers_at_peak_lunch": 3,
                "carers_at_peak_tea": 4,
                "carers_at_peak_bed": 4,
                "carer_hours_zone": hours.sum() * 1.1,
                "carer_visits_week": part["visits_week"].sum() * 1.1,
                "minutes_per_visit_now": 9.4,
                "minutes_per_visit_proposed": 6.1,
                "travel_minutes_saved_week": part["visits_week"].sum() * 3.3,
                "driving_minutes_saved_week": part["visits_week"].sum() * 0.8,
                "cost_travel": 900.0,
                "cost_rounds": 80.0,
                "cost_moves": 2 * with_others,
                "cost_price": 10.0,
                "cost_block": 120.0,
                "cost_total": 1110.0 + 2 * with_others,
                "cost_if_left_spot": 2400.0 + 2 * with_others,
                "reason": f"Work of {len(names)} providers overlaps here within a short drive of {centre}.",
            }
        )
        for place, provider in enumerate(names):
            fits = place != (holder[number] + 1) % len(names)
            eligible.append(
                {
                    "block_id": name,
                    "provider_id": f"V{place:02d}",
                    "provider_name": provider,
                    "eligible": fits,
                    "suggested": f"V{place:02d}" == rows[-1]["suggested_provider_id"],
                    "minutes_week": 1110.0 + 40 * place if fits else np.nan,
                    "hours_already_with_provider": hours[part["provider_id"] == f"V{place:02d}"].sum(),
                    "reason": "takes part here and has room"
                    if fits
                    else "the spare hours do not cover the work of others",
                }
            )
    points = demand.groupby("postcode").agg(
        block_id=("block_id", "first"),
        packages=("package_id", "size"),
        people=("person_id", "nunique"),
        contact_hours=("hours_week", "sum"),
        carer_visits=("visits_week", "sum"),
    )
    points = points.reset_index().assign(
        centre_postcode="", district_code="", hours_waiting=0.0, carer_hours=lambda table: table["contact_hours"]
    )
    blank = ["carer_hours_held", "minutes_to_centre", "minutes_outside"]
    blank += ["cost_travel", "cost_rounds", "cost_moves", "cost_price", "cost_outside"]
    return {
        "proposals": pd.DataFrame(rows, columns=list(block_columns.BLOCK_PROPOSALS.names)),
        "postcodes": look_up,
        "points": points.assign(**dict.fromkeys(blank, np.nan)),
        "eligible": pd.DataFrame(eligible, columns=list(block_columns.ELIGIBLE_PROVIDERS.names)),
        "demand": demand.groupby("sector")[["hours_week"]].sum().rename(columns={"hours_week": "contact_hours"}),
    }


def make_record(**changes: object) -> RunRecord:
    values: dict[str, object] = {
        "command": ["blocks", "--county", "county", "--out", "out"],
        "county_folder": "county",
        "inputs": {},
        "settings": {"county": {"name": "Rutland"}},
        "seed": 0,
        "stop": {"max_iterations": 100},
        "solver": {
            "status": "feasible",
            "objective": 1000.0,
            "lower_bound": 962.0,
            "gap": 0.038,
            "relaxed": ["contiguity"],
        },
        "roads": {"illustrative": True},
        "postcode_source": "ONSPD November 2025; live and terminated not told apart",
        "snapshot_date": SNAPSHOT,
        "synthetic": True,
        "synthetic_note": "Made-up packages on real postcodes.",
        "notes": ["3 visits had no package."],
    }
    return RunRecord(**(values | changes))  # type: ignore[arg-type]


def write_output(
    out: Path,
    *,
    names: Sequence[str] = PLAIN_NAMES,
    codes: tuple[str, ...] = RUTLAND,
    count: int = 120,
    blocks: int = 3,
    record: RunRecord | None = None,
) -> Path:
    postcodes = postcodes_of(codes)
    plan = make_plan(postcodes, make_packages(postcodes, count=count, providers=len(names)), names=names, blocks=blocks)
    chosen = record or make_record()
    with OutputFolder(out) as folder:
        folder.write_table(plan["proposals"], block_columns.BLOCK_PROPOSALS)
        folder.write_table(plan["postcodes"], block_columns.BLOCK_POSTCODES)
        folder.write_table(plan["points"], block_columns.BLOCK_POINTS)
        folder.write_table(plan["eligible"], block_columns.ELIGIBLE_PROVIDERS)
        write_maps(
            folder,
            cells=cells_of(codes),
            areas=areas_of(codes, tuple(NAMES.items())),
            postcodes=plan["postcodes"],
            proposals=plan["proposals"],
            demand=plan["demand"],
            record=chosen,
            county="Rutland",
        )
        folder.finish(dataclasses.replace(chosen, summary="3 blocks."))
    return out
