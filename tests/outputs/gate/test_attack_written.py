"""Attacks on folders that were really written: ``public/`` of two counties that differ in hidden counts alone."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from marketmap.market.places import place_postcodes
from marketmap.outputs.gate.populations import place_cells
from marketmap.outputs.gate.postcode_search import find_postcodes
from marketmap.outputs.report.run import run_report
from marketmap.outputs.runs.batch import prepare, run_blocks
from tests.outputs.factory import SNAPSHOT, write_county

KINDS = ("report", "rural")
COMPANIES = ("Zebra Home Care", "Quagga Carers", "Okapi at Home")
SPARE = (7311.5, 7312.5, 7313.5)
# In the urban part of the county: how many wait, waited long, were refused, handed back, referred, and cut; each of
# 1 to 7 people, so each is "*" and may be any other such number.
HIDDEN = {"waiting": 3, "long": 2, "refused": 4, "handbacks": 6, "referrals": 5, "cut": 2}
OTHERS = {"waiting": 7, "long": 6, "refused": 1, "handbacks": 1, "referrals": 7, "cut": 6}


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """List postcodes of the rural and of the urban part."""
    batch = prepare(write_county(tmp_path_factory.mktemp("plain") / "county"))
    cells = place_cells(place_postcodes(batch.county.tables, settings=batch.county.settings))
    return {kind: sorted(cells.index[cells["rural"] == kind])[:400:8] for kind in ("rural", "urban")}


def write_case(folder: Path, homes: dict[str, list[str]], counts: dict[str, int]) -> Path:
    """Write a county in which so many people of the urban part wait, waited long, and so on."""
    write_county(folder, names=COMPANIES)
    providers = pd.read_csv(folder / "providers.csv").assign(hours_spare_week=SPARE)
    providers.to_csv(folder / "providers.csv", index=False)
    lines = []
    for kind, count in (("rural", 60), ("urban", 40)):
        for number in range(count):
            long = number < (30 if kind == "rural" else counts["long"])
            ready = pd.Timestamp(SNAPSHOT) - pd.Timedelta(days=300 - number)
            lines.append((kind, "active", number, ready, ready + pd.Timedelta(days=30 if long else 3)))
        waiting = 20 if kind == "rural" else counts["waiting"]
        lines += [(kind, "waiting", 100 + number, pd.NaT, pd.NaT) for number in range(waiting)]
    frame = pd.DataFrame(lines, columns=["kind", "status", "number", "ready_date", "start_date"])
    frame["package_id"] = frame["kind"].str[0].str.upper() + frame["number"].astype(str).str.zfill(4)
    frame["person_id"] = "Q" + frame["package_id"]
    frame["postcode"] = [homes[kind][number % len(homes[kind])] for kind, number in zip(frame["kind"], frame["number"],
                                                                                      strict=True)]  # fmt: skip
    active = frame["status"] == "active"
    frame["provider_id"] = np.where(active, "V0" + (frame["number"] % 3).astype(str), "")
    # Before: ten hours each. Since: some of the urban people have three less, one has what they lost, so that all
    # together have as many as before.
    frame["hours_week"] = 10.0
    frame = frame.assign(service_type="home_care", visits_week=14, carers_required=1, funding="council")
    frame = frame.assign(effective_from=frame["start_date"], effective_to=pd.NaT, change_reason="")
    changed = frame[active & (frame["kind"] == "urban") & (frame["number"] < 30)]
    since = pd.Timestamp(SNAPSHOT) - pd.Timedelta(days=40)
    frame.loc[changed.index, "effective_to"] = since - pd.Timedelta(days=1)
    less = changed["number"].between(10, 9 + counts["cut"])
    more = changed["number"].between(20, 29) * 0.3 * counts["cut"]
    later = changed.assign(effective_from=since, effective_to=pd.NaT, change_reason="review",
                           hours_week=10.0 - 3.0 * less + more)  # fmt: skip
    packages = pd.concat([frame, later]).drop(columns=["kind", "number"])
    packages.to_csv(folder / "packages.csv", index=False, date_format="%Y-%m-%d")
    answers = [(f"{kind}{number:04d}", "refused" if number < few else "accepted")
               for kind, few in (("R", 30), ("U", counts["refused"])) for number in range(40)]  # fmt: skip
    offers = pd.DataFrame(answers, columns=["package_id", "response"])
    offers = offers.assign(provider_id="V01", offered_at="2026-02-03", reason="other")
    offers.to_csv(folder / "offers.csv", index=False)
    gone = [f"R{number:04d}" for number in range(12)] + [f"U{number:04d}" for number in range(counts["handbacks"])]
    handbacks = pd.DataFrame({"package_id": gone, "provider_id": "V01", "notice_date": "2026-02-05", "reason": "other"})
    handbacks.to_csv(folder / "handbacks.csv", index=False)
    sectors = {kind: homes[kind][0][:-2] for kind in homes}
    referred = [sectors["rural"]] * 30 + [sectors["urban"]] * counts["referrals"]
    pd.DataFrame({
        "episode_id": [f"E{number:04d}" for number in range(len(referred))], "area_code": referred,
        "referral_date": "2026-01-05", "start_date": "2026-01-06", "end_date": "2026-02-03", "outcome": "",
    }).to_csv(folder / "reablement.csv", index=False)  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def written(homes: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Write both reports of a county, and of the same one with other hidden counts."""
    base = tmp_path_factory.mktemp("written")
    for name, counts in (("one", HIDDEN), ("other", OTHERS)):
        county = write_case(base / name / "county", homes, counts)
        for kind in KINDS:
            run_report(kind, county, base / name / kind)  # type: ignore[arg-type]
    run_blocks(base / "one" / "county", base / "one" / "blocks", overrides={"solver": {"max_iterations": 20}})
    return [base / "one", base / "other"]


def list_public(county: Path) -> dict[str, bytes]:
    return {
        f"{kind}/{path.name}": path.read_bytes()
        for kind in KINDS
        for path in sorted((county / kind / "public").iterdir())
    }


def cell(county: Path, table: str, name: str) -> str:
    rows = pd.read_csv(county / "report" / "public" / table, dtype=str).set_index("rural")
    return str(rows.loc["urban", name])


def test_the_counts_in_question_are_hidden_and_others_show(written: list[Path]) -> None:
    for county in written:
        assert [cell(county, *place) for place in (
            ("demand.csv", "waiting"), ("waits.csv", "long_waits"), ("refusals.csv", "refused"),
        )] == ["*"] * 3  # fmt: skip
        assert cell(county, "demand.csv", "packages") == "40"
        assert cell(county, "waits.csv", "waits") == "40"


def test_no_public_byte_depends_on_which_numbers_the_hidden_counts_are(written: list[Path]) -> None:
    one, other = (list_public(county) for county in written)
    assert set(one) == set(other)
    assert [name for name in one if one[name] != other[name]] == []


def test_what_is_internal_does_tell_them_apart(written: list[Path]) -> None:
    # so that the test before compares two counties that really differ, in each of the counts
    for name in ("waits.csv", "refusals.csv", "demand_areas.csv", "reablement.csv", "package_growth.csv"):
        one, other = ((county / "report" / "internal" / name).read_bytes() for county in written)
        assert one != other, name


def test_no_postcode_provider_or_spare_hour_is_public(written: list[Path]) -> None:
    postcodes = pd.read_csv(written[0] / "county" / "packages.csv")["postcode"].unique()
    secret = [*COMPANIES, *(f"{hours:,.1f}" for hours in SPARE), *(str(hours) for hours in SPARE), "QR0", "QU0"]
    for kind in (*KINDS, "blocks"):
        public = written[0] / kind / "public"
        assert [*public.iterdir()]
        assert find_postcodes(public, postcodes) == []
        for path in sorted(public.iterdir()):
            content = path.read_bytes()
            assert not [text for text in secret if text.encode() in content], path.name
    assert find_postcodes(written[0] / "county", postcodes) != []  # the search sees those of the input


def test_a_public_map_holds_only_text_that_its_tables_show(written: list[Path]) -> None:
    for kind in KINDS:
        public = written[0] / kind / "public"
        shown = {value for path in public.glob("*.csv") for value in pd.read_csv(path, dtype=str).to_numpy().ravel()}
        for path in public.glob("*.gpkg"):
            for layer in gpd.list_layers(path)["name"]:
                cells = gpd.read_file(path, layer=layer).drop(columns="geometry")
                assert (cells.pop("hidden") == (cells == "*").sum(axis=1)).all()
                cells = cells.drop(columns="area_code", errors="ignore")  # the part's own: district and class
                assert {*cells.to_numpy().ravel()} <= shown, layer
