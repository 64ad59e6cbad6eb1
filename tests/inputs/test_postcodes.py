"""Spelling, placing and choosing postcodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketmap.errors import PostcodeError
from marketmap.inputs import postcodes as module
from marketmap.inputs.postcodes import (
    PostcodeDirectory,
    infer_districts,
    load_directory,
    normalise_postcodes,
)

GLOUCESTERSHIRE = tuple(f"E070000{number}" for number in range(78, 84))
REAL = Path(__file__).parents[3] / "shared" / "real" / "gloucestershire" / "postcodes_live.csv.gz"

outward = st.from_regex(r"[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKMNPR-Y]?", fullmatch=True)
inward = st.from_regex(r"[0-9][ABD-HJLNP-UW-Z]{2}", fullmatch=True)


def make_directory(rows: list[tuple[str, float, float, str, bool | None]]) -> PostcodeDirectory:
    frame = pd.DataFrame(rows, columns=["postcode", "easting", "northing", "district_code", "live"])
    frame = frame.astype({"easting": float, "northing": float, "district_code": "str", "live": "boolean"})
    return PostcodeDirectory(frame.set_index("postcode").sort_index(), "made by hand")


@pytest.fixture
def small() -> PostcodeDirectory:
    return make_directory(
        [
            ("GL1 1AA", 383000, 218000, "E07000081", True),
            ("GL1 1AB", 383100, 218100, "E07000081", False),
            ("GL50 1AA", 394000, 222000, "E07000078", None),
            ("GL50 1AB", np.nan, np.nan, "E07000078", True),
            ("BT1 1AA", np.nan, np.nan, "N09000003", True),
        ]
    )


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand a country of a few postcodes in for the package."""
    rows = [
        ("BT1 1AA", 334316, 374675, "N09000003"),
        ("GL1 1AA", 383000, 218000, "E07000081"),
        ("GL1 1AB", 383100, 218100, "E07000081"),
        ("GL50 1AA", 394000, 222000, "E07000078"),
        ("HR1 1AA", 380000, 226000, "E06000019"),  # 8.5 km from GL1 1AA
        ("N1 1AA", 531000, 184000, "E09000019"),
        ("OX1 1AA", 384000, 218000, "E07000081"),
    ]
    frame = pd.DataFrame(rows, columns=["postcode", "easting", "northing", "district_code"])
    frame = frame.astype({"easting": float, "northing": float, "district_code": "category"})
    monkeypatch.setattr(module, "read_package", lambda **_: frame)
    monkeypatch.setattr(module, "describe_package", lambda: "the package")


@pytest.mark.parametrize(
    "text",
    ["gl1 1aa", "GL11AA", "GL1  1AA", "GL1\u00a01AA", "  GL1 1AA\t", "Gl1 1aA\r\n", "\ufeffGL1\u2009 1AA", "GL 11AA"],
)
def test_any_spelling_becomes_one(text: str) -> None:
    assert normalise_postcodes(pd.Series([text])).tolist() == ["GL1 1AA"]


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("gir0aa", "GIR 0AA"),
        ("w1a1aa", "W1A 1AA"),
        ("ec1a1bb", "EC1A 1BB"),
        ("m11ae", "M1 1AE"),
        ("ox289ab", "OX28 9AB"),
        ("w1x 8aa", "W1X 8AA"),
        ("npt0va", "NPT 0VA"),
    ],
)
def test_every_shape_of_postcode_is_known(text: str, spelt: str) -> None:
    assert normalise_postcodes(pd.Series([text])).tolist() == [spelt]


@pytest.mark.parametrize(
    "value",
    ["", " ", "GL1", "GL1 1", "GL1 1A", "GLI 1AA", "GL1 OAA", "GL1 1OA", "G1O 1AA", "GL1 1AA;", "GL1-1AA", "ZZ99 3CZ9",
     12, 3.5, None, float("nan"), "GL1 1AA GL1 1AB", "<b>GL1 1AA", "\u0397\u039b1 1AA"],
)  # fmt: skip
def test_what_is_no_postcode_is_left_out_not_mended(value: object) -> None:
    assert normalise_postcodes(pd.Series([value], dtype=object)).isna().tolist() == [True]


def test_spelling_keeps_the_index_and_the_input() -> None:
    values = pd.Series(["gl11aa", None, "x"], index=[7, 7, 3], name="postcode")
    before = values.copy()
    spelt = normalise_postcodes(values)
    assert spelt.index.tolist() == [7, 7, 3]
    assert spelt.name == "postcode"
    pd.testing.assert_series_equal(values, before)


def test_an_empty_series_stays_empty() -> None:
    assert normalise_postcodes(pd.Series([], dtype="str")).empty


@given(st.lists(st.one_of(st.text(max_size=12), st.none(), st.builds("{} {}".format, outward, inward)), max_size=20))
def test_spelling_twice_changes_nothing(values: list[str | None]) -> None:
    once = normalise_postcodes(pd.Series(values, dtype=object))
    pd.testing.assert_series_equal(normalise_postcodes(once), once)


@given(outward, inward, st.lists(st.sampled_from([" ", "\t", "\u00a0", ""]), min_size=7, max_size=7), st.booleans())
def test_case_and_spaces_do_not_matter(out: str, last: str, spaces: list[str], lower: bool) -> None:
    text = "".join(gap + letter for gap, letter in zip(spaces, out + last, strict=False)) + spaces[-1]
    spelt = normalise_postcodes(pd.Series([text.lower() if lower else text]))
    assert spelt.tolist() == [f"{out} {last}"]


def test_place_says_where_or_why_not(small: PostcodeDirectory) -> None:
    given_postcodes = pd.Series(
        ["gl11aa", "GL1 1AB", "GL50 1AB", "BT11AA", "GL99 9AA", "hello", None], index=list("aabcdef")
    )
    placed = small.place(given_postcodes)
    assert placed.index.tolist() == list("aabcdef")
    assert placed["reason"].tolist() == [
        "",
        "",
        "has no grid reference",
        "Northern Ireland: Irish Grid",
        "not in the directory",
        "not a postcode",
        "not a postcode",
    ]
    assert placed["easting"].iloc[:2].tolist() == [383000, 383100]
    assert placed["northing"].iloc[:2].tolist() == [218000, 218100]
    assert placed["sector"].iloc[:2].tolist() == ["GL1 1", "GL1 1"]
    assert placed["district_code"].iloc[:2].tolist() == ["E07000081", "E07000081"]
    assert placed[["easting", "northing", "sector", "district_code"]].iloc[2:].isna().all(axis=None)
    assert placed["postcode"].iloc[:5].tolist() == ["GL1 1AA", "GL1 1AB", "GL50 1AB", "BT1 1AA", "GL99 9AA"]
    assert placed["postcode"].iloc[5:].isna().all()


@pytest.mark.parametrize("postcodes", [[], ["x"], ["ZE1 0AA", None]])
def test_place_copes_when_nothing_is_found(small: PostcodeDirectory, postcodes: list[str | None]) -> None:
    placed = small.place(pd.Series(postcodes, dtype="str"))
    assert len(placed) == len(postcodes)
    assert placed["easting"].isna().all()
    assert (placed["reason"] != "").all()


@given(st.lists(st.sampled_from(["GL1 1AA", "gl1 1ab", "GL501AA", "BT1 1AA", "zz"]), max_size=12))
def test_sector_is_the_start_of_the_postcode(values: list[str]) -> None:
    directory = make_directory(
        [("GL1 1AA", 1, 2, "A", None), ("GL1 1AB", 3, 4, "A", None), ("GL50 1AA", 5, 6, "B", None)]
    )
    placed = directory.place(pd.Series(values, dtype="str"))
    placed = placed[placed["reason"] == ""]
    assert all(text.startswith(sector) for text, sector in zip(placed["postcode"], placed["sector"], strict=True))
    assert (placed["postcode"].str.len() - placed["sector"].str.len() == 2).all()


def test_county_leaves_out_the_terminated_and_the_unplaced(small: PostcodeDirectory) -> None:
    county = small.county(["E07000081", "E07000078"])
    assert county.index.tolist() == ["GL1 1AA", "GL50 1AA"]
    assert county.index.name == "postcode"
    assert county.columns.tolist() == ["easting", "northing", "sector", "district_code", "live"]
    assert county["sector"].tolist() == ["GL1 1", "GL50 1"]
    assert county["live"].isna().tolist() == [False, True]


def test_county_without_grid_references_is_an_error(small: PostcodeDirectory) -> None:
    with pytest.raises(PostcodeError, match="N09000003"):
        small.county(["N09000003"])


def test_districts_with_few_people_are_not_the_county() -> None:
    codes = ["E1"] * 60 + ["E2"] * 38 + ["E3"] * 2 + [None] * 50
    assert infer_districts(pd.DataFrame({"district_code": codes})) == ("E1", "E2")
    assert infer_districts(pd.DataFrame({"district_code": [None, None]})) == ()
    many = [f"E{number}" for number in range(40)] + ["E7"]
    assert infer_districts(pd.DataFrame({"district_code": many})) == ("E7",)


@pytest.mark.usefixtures("packaged")
def test_loaded_are_the_letters_of_the_county_and_over_its_border() -> None:
    directory = load_directory(district_codes=["E07000081"])
    assert directory.frame.index.tolist() == ["GL1 1AA", "GL1 1AB", "GL50 1AA", "HR1 1AA", "OX1 1AA"]
    assert directory.frame["live"].isna().all()
    assert "not told apart" in directory.source


@pytest.mark.usefixtures("packaged")
def test_letters_of_given_postcodes_are_loaded_too() -> None:
    given_postcodes = pd.Series(["n1 1aa", "GL1 1AA", "no postcode"])
    directory = load_directory(given_postcodes, district_codes=["E07000081"])
    assert directory.place(given_postcodes)["reason"].tolist() == ["", "", "not a postcode"]


@pytest.mark.usefixtures("packaged")
def test_without_districts_the_neighbours_of_the_given_postcodes_are_loaded() -> None:
    assert "HR1 1AA" in load_directory(pd.Series(["GL1 1AA"])).frame.index
    assert "HR1 1AA" not in load_directory(pd.Series(["N1 1AA"])).frame.index
    assert len(load_directory().frame) == 7


@pytest.mark.usefixtures("packaged")
def test_northern_ireland_is_never_placed_on_the_british_grid() -> None:
    placed = load_directory(pd.Series(["BT1 1AA"])).place(pd.Series(["BT1 1AA"]))
    assert placed["easting"].isna().all()
    assert placed["reason"].tolist() == ["Northern Ireland: Irish Grid"]


@pytest.mark.usefixtures("packaged")
def test_an_unknown_district_is_named_with_the_nearest() -> None:
    with pytest.raises(PostcodeError, match=r"district E07000080\..*E07000078.*E07000081"):
        load_directory(district_codes=["E07000081", "E07000080"])


def write_onspd(path: Path, rows: list[str]) -> Path:
    path.write_text("pcd7,doterm,east1m,north1m,lad25cd\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.usefixtures("packaged")
def test_a_full_directory_gives_liveness_and_keeps_the_terminated_for_placing(tmp_path: Path) -> None:
    rows = ["GL1 1AA,,383001,218001,E07000081", "GL1 1AB,199912,383101,218101,E07000081"]
    directory = load_directory(district_codes=["E07000081"], file=write_onspd(tmp_path / "ONSPD.csv", rows))
    assert directory.county(["E07000081"]).index.tolist() == ["GL1 1AA", "OX1 1AA"]
    placed = directory.place(pd.Series(["gl1 1ab", "ox1 1aa"]))
    assert placed["easting"].tolist() == [383101, 384000]
    live = directory.frame["live"]
    assert live["GL1 1AA"]
    assert not live["GL1 1AB"]
    assert pd.isna(live["OX1 1AA"])  # newer than the file
    assert (
        directory.source
        == "ONSPD.csv (ONS directory; live and terminated told apart); postcodes it lacks from the package"
    )


@pytest.mark.usefixtures("packaged")
def test_a_live_only_file_says_by_silence_that_a_postcode_is_terminated(tmp_path: Path) -> None:
    file = tmp_path / "gl.csv"
    file.write_text('"GL1 1AA",10,383001,218001,"E92000001","","","","E07000081","E05010967"\n', encoding="utf-8")
    live = load_directory(district_codes=["E07000081"], file=file).frame["live"]
    assert live["GL1 1AA"]
    assert not live["GL1 1AB"]
    assert live[["GL50 1AA", "OX1 1AA", "HR1 1AA"]].isna().all()  # where the file does not reach


@pytest.mark.usefixtures("packaged")
def test_of_a_postcode_given_twice_the_live_one_counts(tmp_path: Path) -> None:
    rows = ["GL1 1AA,199912,383500,218500,E07000081", "GL1 1AA,,383001,218001,E07000081"]
    directory = load_directory(district_codes=["E07000081"], file=write_onspd(tmp_path / "o.csv", rows))
    assert directory.frame.loc["GL1 1AA", "easting"] == 383001
    assert directory.frame.index.is_unique


@pytest.mark.usefixtures("packaged")
def test_a_file_with_the_codes_of_other_years_is_refused(tmp_path: Path) -> None:
    rows = ["GL1 1AA,,383001,218001,E07000999", "GL1 1AB,199912,383101,218101,E07000999"]
    file = write_onspd(tmp_path / "ONSPD_2009.csv", rows)
    with pytest.raises(PostcodeError, match=r"ONSPD_2009\.csv has most postcodes of E07000081"):
        load_directory(district_codes=["E07000081"], file=file)
    assert load_directory(district_codes=["E07000999"], file=file).county(["E07000999"]).index.tolist() == ["GL1 1AA"]


@pytest.mark.usefixtures("packaged")
def test_a_file_without_postcodes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PostcodeError, match="nothing spelt like a postcode"):
        load_directory(file=write_onspd(tmp_path / "o.csv", ["total,,1,1,E07000081"]))


@pytest.fixture(scope="module")
def gloucestershire() -> PostcodeDirectory:
    return load_directory(district_codes=GLOUCESTERSHIRE)


@pytest.mark.slow
def test_every_letter_that_gloucestershire_touches_is_loaded(gloucestershire: PostcodeDirectory) -> None:
    assert set("GNOSWH") <= set(gloucestershire.frame.index.str[0])
    county = gloucestershire.county(GLOUCESTERSHIRE)
    assert set("GNOSWH") <= set(county.index.str[0])
    assert county.index.is_monotonic_increasing
    assert county.index.is_unique
    assert "November 2025" in gloucestershire.source


@pytest.mark.slow
def test_every_spelling_in_the_directory_is_a_postcode(gloucestershire: PostcodeDirectory) -> None:
    names = gloucestershire.frame.index.to_series()
    assert (normalise_postcodes(names.str.replace(" ", "")) == names).all()


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="the shared real data (../shared/real) are not here")
def test_all_live_gloucestershire_postcodes_are_placed_within_a_metre(gloucestershire: PostcodeDirectory) -> None:
    real = pd.read_csv(REAL, dtype={"postcode": "str", "lad_code": "str"})
    assert len(real) == 21_289
    placed = gloucestershire.place(real["postcode"])
    assert (placed["reason"] == "").all()
    metres = np.hypot(placed["easting"] - real["easting"], placed["northing"] - real["northing"])
    assert metres.max() <= 1.0
    assert (placed["district_code"] == real["lad_code"]).all()
    assert (placed["sector"] == real["sector"]).all()
    assert infer_districts(placed) == GLOUCESTERSHIRE
