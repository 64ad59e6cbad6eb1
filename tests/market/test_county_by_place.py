"""The sample county, measured by place at every level: whole, quick, and with the columns that its tables list."""

import dataclasses
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from marketmap.inputs import County
from marketmap.inputs.county import Tables
from marketmap.market.assets import find_near_assets, measure_assets
from marketmap.market.bands import measure_bands, measure_peaks
from marketmap.market.demand import measure_demand
from marketmap.market.footprints import find_deliveries, measure_footprints
from marketmap.market.gaps import find_gaps, measure_gaps, spread_spare
from marketmap.market.overlap import find_near_providers, measure_overlap, sum_near_providers
from marketmap.market.places import name_areas, place_postcodes
from marketmap.market.scenarios import measure_scenarios
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.schema import place as place_columns
from marketmap.outputs.schema.columns import OutputTable
from marketmap.settings import Settings
from marketmap.travel import TravelTimes

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "real" / "gloucestershire"
METRES_MINUTE = 40_000 / 60 / 1.3  # 40 km/h on roads that are 1.3 times the straight line

Measured = list[tuple[OutputTable, pd.DataFrame]]


def straight_times(tables: Tables) -> TravelTimes:
    placed = pd.concat([frame[frame["placed"]] for frame in (tables.packages, tables.providers)])
    points = placed.drop_duplicates("postcode").set_index("postcode")[["easting", "northing"]].astype(float)
    place = points.to_numpy(np.float32)
    minutes = np.hypot(*(place[:, None, axis] - place[None, :, axis] for axis in (0, 1))) / np.float32(METRES_MINUTE)
    empty = pd.DataFrame()
    return TravelTimes(points.index, minutes, empty, empty, illustrative=True, source={})


def add_lsoas(tables: Tables) -> Tables:
    shapes = gpd.read_file(REAL / "lsoa21.geojson").to_crs("EPSG:27700")
    facts = pd.read_csv(REAL / "lsoa21_attributes.csv").set_index("lsoa21")
    of = shapes["lsoa21"]
    lsoas = gpd.GeoDataFrame(
        {
            "area_code": of, "area_name": shapes["name"], "area_type": "lsoa", "rural_urban": of.map(facts["ruc21"]),
            "people_65plus": of.map(facts["pop21_65plus"]).astype(float),
        },
        geometry=shapes.geometry,
    )  # fmt: skip
    both = pd.concat([tables.areas, lsoas], ignore_index=True)
    return dataclasses.replace(tables, areas=both)


def measure(tables: Tables, times: TravelTimes, settings: Settings, *, by: tuple[str, ...]) -> Measured:
    places = place_postcodes(tables, settings=settings)
    deliveries, bases = find_deliveries(tables, places, settings=settings)
    market, blocks, packages = settings.market, settings.blocks, tables.packages
    gaps = find_gaps(tables, spread_spare(tables.providers, deliveries), places, times, settings=market)
    near = find_near_providers(packages, deliveries, times, near_minutes=market.near_minutes)
    assets = find_near_assets(packages, tables.assets, None, settings=settings)
    found: Measured = [(place_columns.NEAR_PROVIDERS, near)]
    for level in by:
        named = [
            (place_columns.DEMAND_AREAS, measure_demand(packages, places, by=level)),
            (place_columns.DEMAND_BANDS, measure_bands(packages, tables.calls, places, by=level, settings=blocks)),
            (place_columns.DEMAND_PEAKS, measure_peaks(packages, tables.calls, places, by=level, settings=blocks)),
            (place_columns.FOOTPRINTS, measure_footprints(deliveries, bases, places, by=level, settings=market)),
            (place_columns.OVERLAP, measure_overlap(deliveries, tables.providers, places, by=level, settings=market)),
            (place_columns.NEAR_AREAS, sum_near_providers(near, places, by=level, settings=market)),
            (place_columns.GAPS, measure_gaps(gaps, places, by=level, settings=market)),
            (place_columns.GROWTH_SCENARIOS, measure_scenarios(packages, tables.growth, places, by=level)),
            (place_columns.ASSET_REACH, measure_assets(assets, packages, places, by=level, settings=settings)),
        ]
        found += [(table, name_areas(frame, places)) for table, frame in named]
    return found


def check_whole(found: Measured, tables: Tables) -> None:
    """Check that no hours are lost at any level, and that every frame can be written."""
    current = tables.packages[tables.packages["status"].isin(["active", "waiting"])]
    hours = current["hours_week"].sum()
    footprints = [frame["carer_hours"].sum() for table, frame in found if table is place_columns.FOOTPRINTS]
    assert np.ptp(footprints) < 0.1
    for table, frame in found:
        assert encode_table(frame, table).startswith(table.names[0].encode())
        if table in (place_columns.DEMAND_AREAS, place_columns.DEMAND_BANDS):
            assert frame["contact_hours"].sum() == pytest.approx(hours, abs=0.1)
        if table is place_columns.FOOTPRINTS:
            assert frame.groupby("provider_id")["share_of_provider"].sum().to_numpy() == pytest.approx(1.0)
            assert frame.groupby("area_code")["share_of_area"].sum().to_numpy() == pytest.approx(1.0)
        if table is place_columns.GAPS:
            assert frame["spare_hours"].sum() == pytest.approx(
                tables.providers.loc[~tables.providers["placements_suspended"].fillna(value=False).astype(bool),
                                     "hours_spare_week"].sum(), abs=0.1,
            )  # fmt: skip


@pytest.mark.slow
def test_the_sample_with_real_lsoas(gloucestershire: County) -> None:
    if not REAL.exists():
        pytest.skip("the real LSOAs of Gloucestershire are not beside the project (../shared/real)")
    tables = add_lsoas(gloucestershire.tables)
    times = straight_times(tables)
    found = measure(tables, times, gloucestershire.settings, by=("lsoa", "sector", "district_code", "rural", "county"))
    check_whole(found, tables)
    lsoas = next(frame for table, frame in found if table is place_columns.DEMAND_AREAS)
    assert len(lsoas) > 380
    assert lsoas["hours_1000"].notna().sum() > 380


@pytest.mark.slow
def test_the_sample_as_it_is_and_without_any_table_that_may_be_absent(gloucestershire: County) -> None:
    by = ("sector", "rural_urban", "county")
    tables = gloucestershire.tables
    check_whole(measure(tables, straight_times(tables), gloucestershire.settings, by=by), tables)
    bare = dataclasses.replace(tables, calls=None, visits=None, areas=None, growth=None, assets=None)
    check_whole(measure(bare, straight_times(bare), gloucestershire.settings, by=by), bare)
