import hashlib
import tomllib
from pathlib import Path

import pytest

from marketmap.errors import MarketmapError, PostcodeError
from marketmap.inputs.county import County, read_county
from marketmap.inputs.sample import SampleError, SampleSettings, build_sample
from marketmap.settings import load_settings

RUTLAND = ("E06000017",)


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_county_and_seed_give_the_same_bytes(rutland_folder: Path, tmp_path: Path):
    stages: list[str] = []
    again = build_sample(tmp_path / "again", county="rutland", on_progress=stages.append)
    assert _digests(again) == _digests(rutland_folder)
    assert len(stages) > 3
    other = build_sample(tmp_path / "other", county="rutland", seed=1)
    changed = _digests(other)
    same = {name for name, digest in _digests(rutland_folder).items() if changed.get(name) == digest}
    assert same == {"areas.gpkg", "marketmap.toml", "rates.csv"}  # nothing is drawn for these


def test_a_larger_sample_of_the_same_kind_is_drawn_the_same_way_twice(gloucestershire_folder: Path, tmp_path: Path):
    again = build_sample(tmp_path / "again", county="gloucestershire")
    assert _digests(again) == _digests(gloucestershire_folder)


def test_the_settings_file_is_known_to_the_last_key(gloucestershire_folder: Path):
    settings = load_settings(gloucestershire_folder / "marketmap.toml")
    assert settings.county.name == "Gloucestershire"
    assert settings.county.synthetic
    assert settings.county.synthetic_note == (
        "Synthetic data. Any saving follows from the overlap planted here (patch_overlap = 1.0); "
        "it is not evidence about any council."
    )
    assert settings.county.district_names["E07000082"] == "Stroud"
    assert settings.roads.file == ""
    raw = tomllib.loads((gloucestershire_folder / "marketmap.toml").read_text(encoding="utf-8"))
    assert set(raw) == {"county", "roads"}


def test_reading_a_sample_back_warns_of_nothing(gloucestershire: County, rutland: County):
    for county in (gloucestershire, rutland):
        assert not [note for note in county.tables.notes if "Warning" in note or "not used" in note]
        assert county.tables.rejected.empty


def test_what_refers_to_something_finds_it(gloucestershire: County, rutland: County):
    for county in (gloucestershire, rutland):
        tables = county.tables
        packages, providers = set(tables.package_lines["package_id"]), set(tables.providers["provider_id"])
        assert set(tables.package_lines["provider_id"].dropna()) <= providers
        assert set(tables.participation["provider_id"]) <= providers
        assert set(tables.calls["package_id"]) <= packages
        assert set(tables.visits["package_id"]) <= packages
        assert set(tables.participation["area_code"].dropna()) <= set(tables.areas["area_code"])
        assert set(tables.block_areas["block_id"]) == set(tables.blocks["block_id"])


def test_the_readme_says_what_it_is_and_what_came_out(gloucestershire_folder: Path):
    text = (gloucestershire_folder / "README.txt").read_text(encoding="utf-8")
    assert text.startswith("Synthetic county: Gloucestershire, seed 0")
    assert "not evidence about any council" in text
    assert "patch_overlap = 1.0" in text
    assert "packages in force (active, suspended, waiting)" in text


def test_any_other_council_gets_a_county_of_its_own(tmp_path: Path):
    codes = ("E07000235", "E07000237")
    settings = SampleSettings(patch_overlap=0.5)
    folder = build_sample(tmp_path / "other", districts=codes, settings=settings)
    assert "(patch_overlap = 0.5)" in (folder / "marketmap.toml").read_text(encoding="utf-8")
    tables = read_county(folder).tables
    expected = round(settings.packages_per_postcode * len(tables.county_postcodes))
    assert len(tables.packages) == expected
    assert set(tables.packages["district_code"].dropna()) == set(codes)
    assert tables.district_names == {code: code for code in codes}
    assert tables.packages["hours_week"].sum() == pytest.approx(12.6 * expected, rel=0.06)


def test_a_handful_of_packages_is_a_valid_county(tmp_path: Path):
    tables = read_county(build_sample(tmp_path / "tiny", districts=("E06000019",), packages=20)).tables
    assert len(tables.packages) == 20
    assert (tables.packages["status"] == "waiting").sum() == 1
    assert tables.providers.loc[tables.providers["on_framework"].astype(bool), "company_id"].nunique() == 3
    assert tables.blocks is None


def test_what_cannot_be_made_is_refused_in_words(tmp_path: Path):
    asked: list[dict[str, object]] = [
        {},
        {"county": "atlantis"},
        {"county": "rutland", "districts": RUTLAND},
        {"county": "rutland", "packages": 3},
        {"county": "rutland", "packages": 10**7},
        {"county": "rutland", "seed": -1},
        {"districts": ("E99999999",)},
        {"districts": ("N09000003",)},
    ]
    for arguments in asked:
        with pytest.raises(MarketmapError) as caught:
            build_sample(tmp_path / "none", **arguments)
        assert isinstance(caught.value, SampleError | PostcodeError)
    assert list(tmp_path.iterdir()) == []
