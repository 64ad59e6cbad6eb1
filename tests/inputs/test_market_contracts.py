"""The tables of the market measures: every fault is named with its rows, and what others make of them."""

import geopandas as gpd
import pandas as pd
import pytest

from marketmap.inputs.county import read_county
from marketmap.inputs.market_contracts import MARKET_CONTRACTS
from tests.inputs.county_folder import check, error_of, good_tables, market_tables, squares, write_folder

pytestmark = pytest.mark.usefixtures("few_postcodes")
NAMES = [contract.name for contract in MARKET_CONTRACTS]


def with_row(table, **changes):
    """The good tables, and a second row of one of them."""
    tables = good_tables() | market_tables()
    tables[table] = [tables[table][-1], tables[table][-1] | changes]
    return tables


def test_all_six_are_read_and_none_is_needed(tmp_path):
    tables = read_county(write_folder(tmp_path / "all", good_tables() | market_tables())).tables
    for name in NAMES:
        frame = getattr(tables, name)
        assert frame["row"].notna().all(), name
        assert tables.files[name].rows == len(frame), name
    assert tables.offers["provider_id"].tolist() == ["V1", "V2"]
    assert tables.growth["year"].dtype == "int64"
    assert not [note for note in tables.notes if "not used" in note or "unmatched" in note or "area" in note]
    bare = read_county(write_folder(tmp_path / "none", good_tables())).tables
    assert [getattr(bare, name) for name in NAMES] == [None] * 6


def test_assets_are_placed_like_packages(tmp_path):
    rows = market_tables()
    rows["assets"] += [
        {"asset_id": "A2", "name": "A hall", "kind": "hall", "postcode": "GL99 9ZZ"},
        {"asset_id": "A3", "name": "A group", "kind": "voluntary_group", "postcode": ""},
    ]
    tables = read_county(write_folder(tmp_path, good_tables() | rows)).tables
    first, second, third = tables.assets.to_dict("records")
    assert (first["postcode"], first["sector"], first["district_code"]) == ("GL50 3AA", "GL50 3", "E07000078")
    assert first["easting"] > 390_000
    assert (first["placed"], second["placed"], third["placed"]) == (True, False, False)
    missing = tables.unplaced[tables.unplaced["table"] == "assets"]
    assert missing["id"].tolist() == ["A2", "A3"]
    assert missing["row"].tolist() == [3, 4]
    assert any("2 rows of assets" in note for note in tables.notes)


@pytest.mark.parametrize(
    ("table", "changes", "column", "faulty", "what"),
    [
        ("offers", {"response": "perhaps"}, "response", (3,), "not one of the allowed values"),
        ("offers", {"provider_id": "V9"}, "provider_id", (3,), "not in the providers table"),
        ("offers", {"offered_at": "26/02/2025"}, "offered_at", (3,), "not an ISO date"),
        ("offers", {"offered_at": "2025-02-30T08:00"}, "offered_at", (3,), "an impossible date"),
        ("offers", {"offered_at": ""}, "offered_at", (3,), "required cell is blank"),
        ("handbacks", {"provider_id": "V9"}, "provider_id", (3,), "not in the providers table"),
        ("handbacks", {"notice_date": "2025-02-04", "end_date": "2025-02-03"}, "end_date", (3,), "before notice_date"),
        ("handbacks", {}, "package_id", (2, 3), "the same package_id, provider_id and notice_date"),
        ("rates", {"rate_pounds": "0", "visit_minutes": "30"}, "rate_pounds", (3,), "out of bounds"),
        ("rates", {"rate_pounds": "27"}, "rate_pounds", (2, 3), "the same area_code, provider_id, visit_minutes"),
        ("rates", {"provider_id": "V9"}, "provider_id", (3,), "not in the providers table"),
        ("rates", {"area_code": "E07"}, "area_code", (3,), "no area of the areas file"),
        ("assets", {"name": "Another"}, "asset_id", (2, 3), "the same asset_id"),
        ("assets", {"asset_id": "A2", "kind": ""}, "kind", (3,), "required cell is blank"),
        ("reablement", {}, "episode_id", (2, 3), "the same episode_id"),
        ("reablement", {"episode_id": "R2", "start_date": "2025-01-05"}, "start_date", (3,), "before referral_date"),
        (
            "reablement",
            {"episode_id": "R2", "start_date": "2025-01-08", "end_date": "2025-01-07"},
            "end_date",
            (3,),
            "before start_date",
        ),
        ("reablement", {"episode_id": "R2", "end_date": "2025-01-05"}, "end_date", (3,), "before referral_date"),
        ("reablement", {"episode_id": "R2", "outcome": "fine"}, "outcome", (3,), "not one of the allowed values"),
        ("growth", {"year": "2031", "factor": "0"}, "factor", (3,), "out of bounds"),
        ("growth", {"year": "31"}, "year", (3,), "out of bounds"),
        ("growth", {"factor": "1.1"}, "area_code", (2, 3), "the same area_code, year and age_band"),
        ("growth", {"age_band": "75plus"}, "age_band", (3,), "not one of the allowed values"),
        ("growth", {"year": "2031", "area_code": "E07"}, "area_code", (3,), "no district or sector of this county"),
    ],
)
def test_every_fault_is_named_with_its_rows_and_a_remedy(tmp_path, table, changes, column, faulty, what):
    error = error_of(write_folder(tmp_path, with_row(table, **changes)))
    assert [(fault.file, fault.column, fault.rows) for fault in error.faults] == [(f"{table}.csv", column, faulty)]
    assert what in error.faults[0].what
    assert error.faults[0].remedy


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        ("offers", {"response": "No response", "reason": "no_capacity"}),
        ("offers", {}),  # asked twice on one day
        ("handbacks", {"notice_date": "2025-02-10", "end_date": ""}),
        ("rates", {"rate_pounds": "27", "visit_minutes": "30"}),
        ("rates", {"rate_pounds": "27", "valid_from": "2025-04-01"}),
        ("rates", {"rate_pounds": "27", "provider_id": "V1"}),
        ("rates", {"rate_pounds": "27", "area_code": "E07000078"}),
        ("reablement", {"episode_id": "R2", "end_date": "2025-01-07"}),  # closed without a start
        ("growth", {"age_band": "85plus", "factor": "0.9"}),
    ],
)
def test_what_may_stand_beside_another_row(tmp_path, table, changes):
    frame = getattr(read_county(write_folder(tmp_path, with_row(table, **changes))).tables, table)
    assert len(frame) == 2


@pytest.mark.parametrize("written", ["2025-02-24", "2025-02-24T23:30", "2025-02-24 09:05", "2025-02-24T00:15+00:00"])
def test_an_offer_keeps_its_day_alone(written):
    row = market_tables()["offers"][0] | {"offered_at": written}
    checked = check("offers", [row])
    assert checked.faults == ()
    assert checked.frame["offered_at"].tolist() == [pd.Timestamp("2025-02-24")]


@pytest.mark.parametrize("table", ["offers", "handbacks"])
def test_rows_of_unknown_packages_are_kept_and_counted(tmp_path, table):
    changes = {"package_id": "PRIVATE", "provider_id": "V9"}
    tables = read_county(write_folder(tmp_path, with_row(table, **changes))).tables
    assert len(getattr(tables, table)) == 2
    told = [note for note in tables.notes if note.startswith(table.capitalize())]
    assert [note.split(". ")[0].rpartition(": ")[2] for note in told] == ["1 of 2"]


def test_areas_of_the_areas_file_are_known(tmp_path):
    tables = with_row("growth", area_code="X0", year="2031")
    tables["rates"].append({"area_code": "X0", "rate_pounds": "30"})
    tables["reablement"].append({"episode_id": "R2", "area_code": "X0", "referral_date": "2025-01-06"})
    folder = write_folder(tmp_path, tables)
    error = error_of(folder)
    assert [(fault.file, fault.rows) for fault in error.faults] == [("rates.csv", (4,)), ("growth.csv", (3,))]
    areas: gpd.GeoDataFrame = squares((383_000, 218_000))
    areas.to_file(folder / "areas.gpkg")
    assert read_county(folder).tables.growth["area_code"].tolist() == ["E07000081", "X0"]


def test_a_referral_from_an_unknown_area_stays_and_is_told(tmp_path):
    tables = read_county(write_folder(tmp_path, with_row("reablement", episode_id="R2", area_code="E07"))).tables
    assert len(tables.reablement) == 2
    assert [note for note in tables.notes if "1 row of reablement (row 3) counted in no area" in note]
