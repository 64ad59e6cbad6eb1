"""The whole way, as a broker takes it: sample, blocks, check, lookup, replay."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest

from marketmap.check import check_plan
from tests.spine.conftest import ITERATIONS, RUTLAND_ROADS, Run


def table(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / "internal" / f"{name}.csv", dtype=str, keep_default_na=False)


def csv_bytes(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.rglob("*.csv"))}


def test_every_postcode_of_the_county_has_one_answer_and_a_reason(planned: Path) -> None:
    postcodes = table(planned, "block_postcodes")
    assert postcodes["postcode"].is_unique
    assert len(postcodes) > 1000
    assert (postcodes["reason"] != "").all()
    blocks = set(table(planned, "block_proposals")["block_id"])
    assert blocks
    assert set(postcodes["block_id"]) <= blocks | {"spot"}


def test_the_independent_checker_accepts_the_plan(planned: Path) -> None:
    assert check_plan(planned) == []


def test_the_record_says_what_the_data_and_roads_are(planned: Path) -> None:
    record = json.loads((planned / "run.json").read_text(encoding="utf-8"))
    assert record["synthetic"] is True
    assert "not evidence about any council" in record["synthetic_note"]
    assert record["roads"]["illustrative"] is True
    assert record["solver"]["lower_bound"] <= record["solver"]["objective"]
    assert {"packages", "providers"} <= set(record["inputs"])


def test_the_map_says_so_too(planned: Path) -> None:
    page = (planned / "internal" / "map.html").read_text(encoding="utf-8")
    assert "llustrative roads" in page
    assert "not evidence about any council" in page


def test_two_runs_give_the_same_bytes(planned: Path, rutland: Path, tmp_path: Path, run: Run) -> None:
    again = tmp_path / "again"
    done = run("blocks", "--county", rutland, "--out", again, "--max-iterations", ITERATIONS)
    assert done.returncode == 0, done.stderr
    assert csv_bytes(again) == csv_bytes(planned)


def test_a_replay_gives_the_same_bytes_and_notices_changed_inputs(
    planned: Path, county_copy: Path, tmp_path: Path, run: Run
) -> None:
    done = run("replay", planned, "--out", tmp_path / "replay")
    assert done.returncode == 0, done.stderr
    assert csv_bytes(tmp_path / "replay") == csv_bytes(planned)
    first = tmp_path / "first"
    assert run("blocks", "--county", county_copy, "--out", first, "--max-iterations", 20).returncode == 0
    (county_copy / "packages.csv").write_bytes((county_copy / "packages.csv").read_bytes() + b"\r\n")
    done = run("replay", first, "--out", tmp_path / "second")
    assert done.returncode == 1
    assert "input packages" in done.stderr


def test_lookup_answers_for_any_postcode_in_any_spelling(planned: Path, run: Run) -> None:
    with_demand = set(table(planned, "block_points")["postcode"])
    postcodes = table(planned, "block_postcodes")
    empty = postcodes[(postcodes["block_id"] != "spot") & ~postcodes["postcode"].isin(with_demand)].iloc[0]
    done = run("lookup", empty["postcode"].lower().replace(" ", ""), "--out", planned)
    assert done.returncode == 0, done.stderr
    assert f"{empty['postcode']}: {empty['block_id']}" in done.stdout
    assert empty["suggested_provider_id"] in done.stdout


def test_lookup_of_a_postcode_elsewhere_is_a_clear_fault(planned: Path, run: Run) -> None:
    done = run("lookup", "SW1A 1AA", "--out", planned)
    assert done.returncode == 2
    assert "SW1A 1AA" in done.stderr
    assert "Traceback" not in done.stderr


def test_tables_are_rfc_4180(planned: Path) -> None:
    for name, content in csv_bytes(planned).items():
        text = content.decode("utf-8")
        assert not text.startswith("\ufeff"), name
        assert text.replace("\r\n", "").count("\n") == 0, name
        widths = {len(row) for row in csv.reader(io.StringIO(text, newline=""))}
        assert len(widths) == 1, name


def test_no_row_level_file_stands_outside_internal(planned: Path) -> None:
    assert {path.name for path in planned.iterdir()} == {"internal", "public", "README.txt", "run.json"}
    postcodes = table(planned, "block_postcodes")["postcode"]
    for path in (planned / "public").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not any(postcode in text for postcode in postcodes)


def test_clusters_give_every_placed_package_a_home(rutland: Path, tmp_path: Path, run: Run) -> None:
    done = run("clusters", "--county", rutland, "--out", tmp_path / "clusters")
    assert done.returncode == 0, done.stderr
    clusters = table(tmp_path / "clusters", "clusters")
    members = table(tmp_path / "clusters", "cluster_postcodes")
    assert set(members["cluster_id"]) == set(clusters["cluster_id"])
    assert members["postcode"].is_unique
    assert clusters["postcodes"].astype(int).sum() == len(members)


@pytest.mark.skipif(not RUTLAND_ROADS.is_file(), reason="the Rutland road extract (../shared/real) is not here")
def test_rutland_on_its_real_roads(rutland: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    done = run("blocks", "--county", rutland, "--out", out, "--roads", RUTLAND_ROADS, "--max-iterations", ITERATIONS)
    assert done.returncode == 0, done.stderr
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["roads"]["illustrative"] is False
    assert "llustrative roads" not in (out / "internal" / "map.html").read_text(encoding="utf-8")
    assert len(table(out, "block_proposals")) > 1
    assert check_plan(out) == []


def test_another_council_by_its_code(tmp_path: Path, run: Run) -> None:
    county, out = tmp_path / "county", tmp_path / "out"
    done = run("sample", "--districts", "E06000035", "--packages", 150, "--out", county)
    assert done.returncode == 0, done.stderr
    done = run("blocks", "--county", county, "--out", out, "--max-iterations", 100)
    assert done.returncode == 0, done.stderr
    assert check_plan(out) == []
    districts = pd.read_csv(out / "internal" / "block_points.csv", dtype=str)["district_code"]
    assert set(districts) == {"E06000035"}


def test_a_plan_without_any_block_stands(county_copy: Path, tmp_path: Path, run: Run) -> None:
    for name in ("blocks.csv", "block_areas.csv"):
        (county_copy / name).unlink()
    with (county_copy / "marketmap.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[blocks]\nblock_cost_minutes = 9e9\n")
    out = tmp_path / "out"
    done = run("blocks", "--county", county_copy, "--out", out, "--max-iterations", 20)
    assert done.returncode == 0, done.stderr
    assert "No block is proposed" in done.stdout
    assert set(table(out, "block_postcodes")["block_id"]) == {"spot"}
    assert check_plan(out) == []


def test_a_run_is_made_anew_only_when_something_changed(county_copy: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    command = ("blocks", "--if-stale", "--county", county_copy, "--out", out)
    assert "Wrote" in run(*command, "--max-iterations", 20).stdout
    assert "nothing to do" in run(*command).stdout
    (county_copy / "packages.csv").write_bytes((county_copy / "packages.csv").read_bytes() + b"\r\n")
    assert "Wrote" in run(*command, "--max-iterations", 20).stdout


def test_roads_of_another_county_are_refused(rutland: Path, tmp_path: Path, run: Run) -> None:
    roads = tmp_path / "street.osm"
    nodes = "".join(f"<node id='{n}' lat='52.67' lon='{-0.73 + n / 1000}' version='1'/>" for n in range(1, 4))
    way = "<way id='9' version='1'><nd ref='1'/><nd ref='2'/><nd ref='3'/><tag k='highway' v='residential'/></way>"
    roads.write_text(f"<?xml version='1.0'?><osm version='0.6'>{nodes}{way}</osm>", encoding="utf-8")
    done = run("blocks", "--county", rutland, "--out", tmp_path / "out", "--roads", roads)
    assert done.returncode == 2
    assert "off the road network" in done.stderr
    assert not (tmp_path / "out").exists()
