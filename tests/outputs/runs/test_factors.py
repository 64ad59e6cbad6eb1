"""Factors of a fit, taken up by a later run: read from its folder alone, held to the county, told in plain words."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from marketmap.errors import InputError, OutputError
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.record import read_record
from marketmap.outputs.runs.factors import (
    FACTORS_FILE,
    UNSCALED,
    Factors,
    describe_scale,
    factors_of,
    find_factors,
    read_factors,
)
from marketmap.outputs.schema.round import FIT
from marketmap.settings import Settings
from tests.outputs.files.test_record import RECORD

FOUND = {"blocks.factor_inside": 0.57, "blocks.factor_outside": 0.57, "swaps.near_share": 0.736}
FACTS = {
    "settings": FOUND,
    "day": "2026-09-21",
    "off": {"blocks": 0.2271, "swaps": 0.0918},
    "sets": {"blocks": 27, "swaps": 38},
}


@pytest.fixture
def county(tmp_path: Path) -> Path:
    folder = tmp_path / "county"
    folder.mkdir()
    (folder / "packages.csv").write_text("package_id\nK1\n")
    return folder


def write_fit(out: Path, county: Path, **changes: Any) -> Path:
    with OutputFolder(out) as folder:
        folder.write_bytes(FACTORS_FILE, b"[blocks]\n")
        folder.write_bytes(FIT.path, b"")
        made = dataclasses.replace(RECORD, county_folder=str(county), solver={}, factors=FACTS, outputs={})
        folder.finish(dataclasses.replace(made, **changes))
    return out


def test_a_fit_is_read_and_told(tmp_path: Path, county: Path) -> None:
    fit = write_fit(tmp_path / "out-fit", county)
    found = read_factors(fit, county, needed="blocks")
    assert found.settings == FOUND
    record = read_record(fit)
    assert (found.facts["fit"], found.facts["fitted"]) == ("out-fit", record.created)
    assert found.facts["sha256"] == record.outputs[FACTORS_FILE]
    source = "fitted on simulated rounds of 21 September 2026 (out-fit) and off by"
    assert found.describe_blocks() == f"Travel minutes are scaled by 0.57, {source} 23% on 27 held-out sets."
    assert f"stands for 0.736 of travel, {source} 9% on 38 held-out sets." in found.describe_swaps()
    # A run that used them says so; the fit itself used none.
    assert factors_of(dataclasses.replace(RECORD, factors=found.facts)) == found
    assert factors_of(record) is None
    assert factors_of(None) is None


def test_what_is_no_fit_of_this_county_is_refused(tmp_path: Path, county: Path) -> None:
    def refused(folder: Path, says: str, *, needed: str = "blocks") -> None:
        with pytest.raises((OutputError, InputError), match=says):
            read_factors(folder, county, needed=needed)

    refused(tmp_path / "none", "There is no none. Name the output folder")
    with OutputFolder(tmp_path / "plan") as folder:
        folder.finish(RECORD)
    refused(
        tmp_path / "plan", r"does not hold a fit on simulated rounds \(it was written by: blocks --seed 3\).*make fit"
    )
    refused(write_fit(tmp_path / "purged", county, purged={"on": "2026-11-01"}), "purged on 2026-11-01")
    refused(write_fit(tmp_path / "theirs", tmp_path / "other"), "a fit on simulated rounds of another county")
    edited = write_fit(tmp_path / "edited", county)
    (edited / FACTORS_FILE).write_text("[blocks]\nfactor_inside = 0.1\n")
    refused(edited, r"is not the one that the fit wrote.*marketmap\.toml")
    refused(write_fit(tmp_path / "old", county, factors={}), "is not the one that the fit wrote")
    few = write_fit(tmp_path / "few", county, factors=FACTS | {"settings": {"swaps.near_share": 0.7}})
    refused(few, "too few sets of visits to find a factor for blocks")
    assert read_factors(few, county, needed="swaps").settings == {"swaps.near_share": 0.7}
    odd = write_fit(tmp_path / "odd", county, factors=FACTS | {"settings": FOUND | {"swaps.near_share": 0.0}})
    refused(odd, r"round_factors\.toml, setting swaps\.near_share", needed="swaps")


def test_a_plan_made_anew_keeps_its_factors_where_no_fit_is_at_hand(tmp_path: Path, county: Path) -> None:
    fit = write_fit(tmp_path / "out-fit", county)
    plan = dataclasses.replace(
        RECORD, factors=FACTS | {"fit": "earlier", "settings": FOUND | {"swaps.near_share": 0.8}}
    )
    newer, older, none = (
        find_factors(folder, county, needed="blocks", plan=made)
        for folder, made in ((fit, plan), (tmp_path / "none", plan), (tmp_path / "none", None))
    )
    assert newer is not None
    assert newer.facts["fit"] == "out-fit"
    assert older is not None
    assert older.facts["fit"] == "earlier"
    assert none is None


def test_every_plan_says_what_its_minutes_are_scaled_by() -> None:
    def scaled(inside: float, outside: float) -> str:
        blocks = dataclasses.replace(Settings().blocks, factor_inside=inside, factor_outside=outside)
        return describe_scale(dataclasses.replace(Settings(), blocks=blocks), None)

    assert scaled(1.0, 1.0) == UNSCALED
    assert "make fit" in UNSCALED
    assert "scaled by 0.5, as the settings say" in scaled(0.5, 0.5)
    assert "scaled by 0.5 inside blocks and 1 outside" in scaled(0.5, 1.0)
    fitted = Factors(json.loads(json.dumps(FACTS | {"fit": "out-fit"})))
    assert describe_scale(Settings(), fitted) == fitted.describe_blocks()
