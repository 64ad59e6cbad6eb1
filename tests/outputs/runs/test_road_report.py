"""A road report is one folder, whole or not at all, that opens offline and says the same when made again."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from marketmap.errors import InputError
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.files.tables import encode_table, read_table
from marketmap.outputs.runs.road_journeys import MOST_JOURNEYS, choose_journeys, read_journeys
from marketmap.outputs.runs.road_report import run_road_report
from marketmap.outputs.schema.columns import OutputTable
from marketmap.outputs.schema.road import (
    JOURNEYS,
    POSTCODES_FAR,
    ROAD_ENDS,
    ROAD_TABLES,
    ROADS_BY_CLASS,
    ROADS_CUT_OFF,
)
from marketmap.settings import TravelSettings
from tests.outputs.factory import HOSTILE_NAMES, RUTLAND, postcodes_of, write_county
from tests.spine.conftest import RUTLAND_ROADS

MAP = "internal/map.html"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_county(tmp_path_factory.mktemp("road report") / "county")


@pytest.fixture(scope="module")
def real(county: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunRecord]:
    if not RUTLAND_ROADS.is_file():
        pytest.skip("needs the real data: ../shared/real/rutland is not there")
    out = tmp_path_factory.mktemp("out") / "out-roads"
    return out, run_road_report(county, out, overrides={"roads": {"file": str(RUTLAND_ROADS)}})


@pytest.fixture(scope="module")
def made_up(county: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunRecord]:
    out = tmp_path_factory.mktemp("out") / "out-roads"
    return out, run_road_report(county, out)


def test_every_table_is_there_and_reads_back(made_up: tuple[Path, RunRecord]) -> None:
    out, record = made_up
    assert set(record.outputs) == {*(table.path for table in ROAD_TABLES), MAP, "README.txt"}
    for table in ROAD_TABLES:
        assert list(read_table(out / table.path, table).columns) == list(table.names)
    assert record.illustrative_roads
    assert len(read_table(out / ROAD_ENDS.path, ROAD_ENDS)) == 0
    assert not any(note.startswith(("Roads:", "The road file ends")) for note in record.notes)


def test_real_roads_are_what_they_are(real: tuple[Path, RunRecord]) -> None:
    out, record = real
    by_class = read_table(out / ROADS_BY_CLASS.path, ROADS_BY_CLASS)
    assert by_class["km"].sum() == pytest.approx(862, abs=5)
    assert f"{by_class['km'].sum():,.0f} km of road" in record.summary
    cut_off = read_table(out / ROADS_CUT_OFF.path, ROADS_CUT_OFF)
    assert f"{cut_off['km'].sum():,.1f} km in {len(cut_off)} parts cannot be reached" in record.notes[0]
    ends = read_table(out / ROAD_ENDS.path, ROAD_ENDS)
    assert len(ends) == 20
    assert ends["packages_near"].is_monotonic_decreasing
    assert (ends["postcodes_near"] > 0).any()
    far = read_table(out / POSTCODES_FAR.path, POSTCODES_FAR)
    assert len(far) == 50
    assert far["metres"].is_monotonic_decreasing
    assert set(far["postcode"]) <= set(postcodes_of(RUTLAND).index)
    first_page = (out / "README.txt").read_text(encoding="utf-8")
    assert record.notes[0] in first_page
    assert "The road file ends at " in first_page


def test_journeys_are_each_way_in_every_scenario_and_no_shorter_than_the_crow_flies(
    real: tuple[Path, RunRecord],
) -> None:
    table = read_table(real[0] / JOURNEYS.path, JOURNEYS)
    scenarios = list(TravelSettings().scenarios)
    assert len(table) == 24 * 2 * len(scenarios)
    assert (table["reason"] == "").all()
    assert (table["detour"] >= 1).all()
    assert table["straight_km"].min() < 1
    assert table["straight_km"].max() > 20
    wide = table.pivot_table(index=["from_postcode", "to_postcode"], columns="scenario", values="minutes")
    assert (wide["peak"] > wide["offpeak"]).all()
    back = wide.swaplevel().sort_index()
    assert (wide.sort_index().index == back.index).all()
    assert not np.allclose(wide.sort_index()["offpeak"], back["offpeak"])
    quick = table["km"] / (table["minutes"] / 60)
    assert table["mean_kmh"].to_numpy() == pytest.approx(quick.to_numpy(), rel=0.02)


def test_asked_journeys_are_taken_and_what_is_wrong_with_them_is_named(county: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked.csv"
    own = postcodes_of(RUTLAND).index
    asked.write_text(f"From_postcode,to_postcode,remark\n{own[0].replace(' ', '').lower()},{own[40]},x\n"
                     f"{own[0]},ZZ99 9ZZ,y\n", encoding="utf-8")  # fmt: skip
    record = run_road_report(county, tmp_path / "out", journeys=asked)
    table = read_table(tmp_path / "out" / JOURNEYS.path, JOURNEYS)
    known = table[table["reason"] == ""]
    assert set(known["from_postcode"]) | set(known["to_postcode"]) == {own[0], own[40]}
    assert known["minutes"].notna().all()
    lost = table[table["reason"] != ""]
    assert set(lost["reason"]) == {"ZZ99 9ZZ is not a postcode that is known here"}
    assert lost["minutes"].isna().all()
    assert any(note.startswith("1 of them have no time") for note in record.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from_postcode,elsewhere\nLE15 6DE,x\n", "to_postcode"),
        ("from_postcode,to_postcode\nLE15 6DE,\n", "row 2"),
        ("from_postcode,to_postcode\n" + "".join(f"LE15 6DE,P{n}\n" for n in range(MOST_JOURNEYS + 1)), "500 at most"),
        ("from_postcode,to_postcode\nZZ99 9ZZ,ZZ99 9ZY\n", "none of the journeys' postcodes"),
    ],
)
def test_a_faulty_file_of_journeys_leaves_what_stood_there(county: Path, tmp_path: Path, text: str, said: str) -> None:
    asked = tmp_path / "asked.csv"
    asked.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)):
        run_road_report(county, tmp_path / "out", journeys=asked)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["asked.csv"]


def test_the_same_run_writes_the_same_bytes(county: Path, made_up: tuple[Path, RunRecord], tmp_path: Path) -> None:
    again = run_road_report(county, tmp_path / "again")
    assert again.outputs == made_up[1].outputs


def test_the_map_asks_nothing_of_any_network_and_runs_no_name(county: Path, tmp_path: Path) -> None:
    settings = (county / "marketmap.toml").read_text(encoding="utf-8")
    hostile = tmp_path / "county"
    hostile.mkdir()
    for path in county.iterdir():
        (hostile / path.name).write_bytes(path.read_bytes())
    name = HOSTILE_NAMES[2].replace("\\", "").replace('"', '\\"')
    changed = settings.replace('name = "Rutland"', f'name = "{name}"').replace('= "Rutland"', f'= "{HOSTILE_NAMES[0]}"')
    (hostile / "marketmap.toml").write_text(changed, encoding="utf-8")
    run_road_report(hostile, tmp_path / "out")
    page = (tmp_path / "out" / MAP).read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=[\"']https?:", page)


def test_chosen_journeys_are_spread_over_distance() -> None:
    own = postcodes_of(RUTLAND)
    chosen = choose_journeys(own)
    ends = [own.loc[chosen[name], ["easting", "northing"]].to_numpy(float) for name in chosen]
    metres = np.hypot(*(ends[0] - ends[1]).T)
    counted = pd.cut(metres, [500, 1000, 2000, 5000, 10000, 20000, 40000]).value_counts()
    assert (counted == 4).all()
    assert not chosen.duplicated().any()
    alone = choose_journeys(own.head(1))
    assert len(alone) == 0
    assert list(alone.columns) == ["from_postcode", "to_postcode"]


def test_a_county_of_one_place_has_a_report_without_journeys(county: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked.csv"
    asked.write_text("from_postcode,to_postcode\nLE15 6DE,LE15 6DE\n", encoding="utf-8")
    assert len(read_journeys(asked)) == 1
    run_road_report(county, tmp_path / "out", journeys=asked)
    table = read_table(tmp_path / "out" / JOURNEYS.path, JOURNEYS)
    assert (table["minutes"] == 0).all()
    assert table["detour"].isna().all()


@pytest.mark.parametrize("table", ROAD_TABLES, ids=lambda table: table.path)
def test_columns_say_what_they_mean(table: OutputTable) -> None:
    assert len(set(table.names)) == len(table.names)
    assert all(column.meaning and not column.meaning.endswith(".") for column in table.columns)
    blank = pd.DataFrame({name: [] for name in table.names})
    assert encode_table(blank, table).decode() == ",".join(table.names) + "\r\n"
