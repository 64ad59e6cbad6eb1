"""The drawn county as the tables and settings of a county folder: identifiers, dates and text."""

from __future__ import annotations

import json
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from marketmap.inputs.sample.demand import NO_PATTERN
from marketmap.inputs.sample.known_counties import KnownCounty
from marketmap.inputs.sample.let_blocks import BLOCK_YEARS
from marketmap.inputs.sample.market import MarketTables
from marketmap.inputs.sample.places import Ground
from marketmap.inputs.sample.providers import list_names
from marketmap.inputs.sample.settings import SampleSettings
from marketmap.inputs.sample.spelling import number_ids, spell_dates

UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # the letters that end a postcode
CRITICAL_MINUTES = 30  # a time-critical call may begin this much before or after its usual time
DAY_MINUTES = 1440


@dataclass(frozen=True)
class SampleTables:
    """Every table as it is written, save ``planned``: the rounds behind the visits, for the summary."""

    packages: pd.DataFrame
    providers: pd.DataFrame
    participation: pd.DataFrame
    calls: pd.DataFrame
    visits: pd.DataFrame
    blocks: pd.DataFrame
    block_areas: pd.DataFrame
    market: MarketTables
    planned: pd.DataFrame


def spell_postcodes(
    packages: pd.DataFrame, ground: Ground, *, current: int, settings: SampleSettings, rng: np.random.Generator
) -> np.ndarray:
    """Spell each package's postcode; a planted few of the ``current`` first ones do not exist."""
    spelt: np.ndarray = ground.frame["postcode"].to_numpy(dtype=object)[packages["home"].to_numpy()]
    used = set(ground.frame["postcode"])
    able = (packages["status"] == "active") & (packages["service_type"] == "home_care")
    alone = ~packages["person"].duplicated(keep=False)
    rows = np.flatnonzero((able & alone).to_numpy()[:current])
    bad = rng.choice(rows, size=min(round(settings.unplaceable_share * current), len(rows)), replace=False)
    for row in bad:
        sector = str(spelt[row])[:-2]
        free = [sector + a + b for a in UNIT_LETTERS for b in UNIT_LETTERS if sector + a + b not in used]
        spelt[row] = free[-1] if free else "ZZ99 3ZZ"
    return spelt


def tabulate_packages(
    lines: pd.DataFrame, locations: pd.DataFrame, postcodes: np.ndarray, *, settings: SampleSettings
) -> pd.DataFrame:
    """Tabulate the dated lines of `history.draw_lines`."""
    package = lines["package"].to_numpy()
    location = lines["location"].to_numpy()
    provider = np.where(location >= 0, locations["provider_id"].to_numpy(dtype=object)[location], "")
    needs = ("double_handed", *(name for name, _ in settings.needs))
    flags = lines.assign(double_handed=lines["carers_required"] > 1)
    fixed = lines["do_not_move_reason"] != ""
    return pd.DataFrame(
        {
            "package_id": number_ids("K", package + 1, width=5),
            "person_id": number_ids("U", lines["person"] + 1, width=5),
            "postcode": postcodes[package],
            "service_type": lines["service_type"],
            "status": lines["status"],
            "funding": lines["funding"],
            "hours_week": lines["hours_week"].round(2),
            "visits_week": lines["visits_week"],
            "visit_minutes": lines["visit_minutes"],
            "carers_required": lines["carers_required"],
            "provider_id": provider,
            "price_hour": lines["price_hour"],
            "needs": list_names(flags, needs),
            "request_date": spell_dates(lines["request_day"], settings=settings),
            "ready_date": spell_dates(lines["ready_day"], settings=settings),
            "start_date": spell_dates(lines["start_day"], settings=settings),
            "end_date": spell_dates(lines["end_day"], settings=settings),
            "end_reason": lines["end_reason"],
            "effective_from": spell_dates(lines["from_day"], settings=settings),
            "effective_to": spell_dates(lines["to_day"], settings=settings),
            "change_reason": lines["change_reason"],
            "waiting_where": lines["waiting_where"],
            "do_not_move": np.where(fixed, "yes", "no"),
            "do_not_move_reason": lines["do_not_move_reason"],
        }
    )


def tabulate_providers(locations: pd.DataFrame, ground: Ground, *, settings: SampleSettings) -> pd.DataFrame:
    """Tabulate the registered locations."""
    return pd.DataFrame(
        {
            "provider_id": locations["provider_id"],
            "provider_name": locations["provider_name"],
            "company_id": locations["company_id"],
            "postcode": ground.frame["postcode"].to_numpy()[locations["home"].to_numpy()],
            "cqc_location_id": locations["cqc_location_id"],
            "cqc_rating": locations["cqc_rating"],
            "hours_spare_week": locations["hours_spare_week"],
            "capacity_as_of": spell_dates(-locations["capacity_age"], settings=settings),
            "max_growth_hours_13w": locations["max_growth_hours_13w"],
            "price_hour": locations["price_hour"],
            "services": list_names(locations, tuple(name for name, _ in settings.services)),
            "on_framework": np.where(locations["on_framework"], "yes", "no"),
            "placements_suspended": np.where(locations["placements_suspended"], "yes", "no"),
        }
    )


def tabulate_participation(participation: pd.DataFrame, *, settings: SampleSettings) -> pd.DataFrame:
    """Tabulate who would take blocks, in order of provider."""
    frame = participation.assign(valid_from=spell_dates(participation["valid_day"], settings=settings))
    frame = frame.sort_values(["provider_id", "area_code"], kind="stable", ignore_index=True)
    return frame[["provider_id", "area_code", "max_block_hours", "valid_from"]]


def tabulate_calls(
    calls: pd.DataFrame,
    packages: pd.DataFrame,
    planned: pd.DataFrame,
    *,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Tabulate when care is wanted; a time-critical call may not stray from its usual time."""
    package = calls["package"].to_numpy()
    bands = settings.bands
    opens = np.array([band.start_minute for band in bands])[calls["band"]]
    closes = np.array([band.end_minute for band in bands])[calls["band"]]
    usual = planned.groupby(["package", "band"])["start"].mean()
    at = usual.reindex(pd.MultiIndex.from_frame(calls[["package", "band"]])).to_numpy()
    day_visits = (packages["pattern"] != NO_PATTERN).to_numpy()[package]
    chosen = (rng.random(len(packages)) < settings.time_critical_share)[package] & day_visits
    at = np.round(np.where(np.isnan(at), opens + CRITICAL_MINUTES, at) / 5) * 5
    earliest = np.where(chosen, at - CRITICAL_MINUTES, opens)
    latest = np.where(chosen, at + CRITICAL_MINUTES, closes)
    frame = pd.DataFrame(
        {
            "package_id": number_ids("K", package + 1, width=5),
            "days": calls["days"].to_numpy(dtype=object),
            "time_band": [bands[band].name for band in calls["band"]],
            "minutes": packages["visit_minutes"].to_numpy()[package],
            "earliest": _spell_times(earliest),
            "latest": _spell_times(latest),
            "carers_required": packages["carers_required"].to_numpy()[package],
            "time_critical": np.where(chosen, "yes", "no"),
        }
    )
    return frame.reset_index(drop=True)


def _spell_times(minutes: np.ndarray) -> list[str]:
    return [f"{minute // 60:02d}:{minute % 60:02d}" for minute in (minutes.astype(int) % DAY_MINUTES).tolist()]


def tabulate_visits(
    visits: pd.DataFrame,
    packages: pd.DataFrame,
    locations: pd.DataFrame,
    *,
    settings: SampleSettings,
) -> pd.DataFrame:
    """Tabulate call monitoring, all of it at the packages' own postcodes; times carry their zone, Europe/London."""
    package = visits["package"].to_numpy()
    provider = locations["provider_id"].to_numpy(dtype=object)[packages["location"].to_numpy()[package]]
    monday = pd.Timestamp(settings.snapshot_date) - pd.Timedelta(days=7)
    midnight = monday + pd.to_timedelta(visits["day"], unit="D")

    def moment(minutes: pd.Series) -> pd.Series:
        # Wall-clock time: minutes are added before the zone is given.
        return (
            (midnight + pd.to_timedelta(minutes, unit="min")).astype("datetime64[us]").dt.tz_localize("Europe/London")
        )

    return pd.DataFrame(
        {
            "visit_id": number_ids("V", visits["visit"], width=6),
            "carer_id": number_ids("A", visits["carer"] + 1, width=5),
            "provider_id": provider,
            "package_id": number_ids("K", package + 1, width=5),
            "person_id": number_ids("U", packages["person"].to_numpy()[package] + 1, width=5),
            "planned_start": moment(visits["start"]),
            "planned_end": moment(visits["start"] + visits["minutes"]),
            "actual_start": moment(visits["actual_start"]),
            "actual_end": moment(visits["actual_end"]),
            "carers_required": visits["carers"].to_numpy(),
            "status": visits["status"].to_numpy(dtype=object),
            "verification": visits["verification"].where(visits["verification"] != "", None).to_numpy(dtype=object),
        }
    )


def tabulate_blocks(blocks: pd.DataFrame, locations: pd.DataFrame, *, settings: SampleSettings) -> pd.DataFrame:
    """Tabulate the blocks already let."""
    row = blocks["row"].to_numpy(dtype=int)
    ends = blocks["start_day"].astype(float) + BLOCK_YEARS * 365
    return pd.DataFrame(
        {
            "block_id": blocks["block_id"],
            "provider_id": locations["provider_id"].to_numpy()[row],
            "guaranteed_hours_week": blocks["guaranteed_hours_week"],
            "start_date": spell_dates(blocks["start_day"].astype(float), settings=settings),
            "status": "active",
            "price_hour": locations["price_hour"].to_numpy()[row],
            "end_date": spell_dates(ends, settings=settings),
        }
    )


def describe_areas(areas: gpd.GeoDataFrame, *, known: KnownCounty | None) -> gpd.GeoDataFrame:
    """Add the people 65+ of the districts where they are known, and keep only the contract's columns.

    No rural-urban class is given: the official one is of smaller areas, and none is made up.
    """
    frame = areas.drop(columns="approximate")
    people = {each.code: each.people_65plus for each in known.districts} if known else {}
    if any(people.values()):
        frame["people_65plus"] = frame["area_code"].map(people).astype("Float64")
    return frame


def write_settings(*, name: str, ground: Ground, settings: SampleSettings) -> str:
    """Write the county folder's ``marketmap.toml``."""
    note = (
        "Synthetic data. Any saving follows from the overlap planted here "
        f"(patch_overlap = {settings.patch_overlap}); it is not evidence about any council."
    )
    names = "".join(f"{code} = {json.dumps(ground.names[code])}\n" for code in ground.districts)
    return (
        "# Settings of this county folder. Everything not said here has its default.\n\n"
        "[county]\n"
        f"name = {json.dumps(name)}\n"
        f"snapshot_date = {settings.snapshot_date.isoformat()}\n"
        f"district_codes = {json.dumps(list(ground.districts))}\n"
        "synthetic = true\n"
        f"synthetic_note = {json.dumps(note)}\n\n"
        f"[county.district_names]\n{names}\n"
        "[roads]\n"
        "# An OpenStreetMap extract (.osm.pbf) in this folder; empty: illustrative roads drawn from the postcodes.\n"
        'file = ""\n'
    )
