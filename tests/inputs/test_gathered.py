"""Postcodes that stand together on one spot: what counts as such, and what is said of packages there."""

from __future__ import annotations

import pandas as pd

from marketmap.inputs.gathered import LEAST_POSTCODES, find_districts, find_gathered, remark_on_gathered

LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def spot(sectors: list[str], *, at: tuple[float, float]) -> pd.DataFrame:
    codes = [f"{sector}A{LETTERS[number]}" for number, sector in enumerate(sectors)]
    return pd.DataFrame(
        {"easting": at[0], "northing": at[1], "sector": sectors}, index=pd.Index(codes, name="postcode")
    )


def county() -> pd.DataFrame:
    """A delivery office, flats of one sector, a corner of two sectors, and a street."""
    office = spot(["GL50 9"] * (LEAST_POSTCODES - 1) + ["GL51 9"], at=(394452.0, 223016.0))
    flats = spot(["GL1 1"] * (LEAST_POSTCODES + 5), at=(383000.0, 218000.0))
    corner = spot(["GL2 0"] * (LEAST_POSTCODES - 2) + ["GL2 2"], at=(385000.0, 219000.0))
    street = spot(["GL50 3"], at=(394450.0, 223016.0))
    return pd.concat([office, flats, corner, street])


def test_only_many_postcodes_of_several_sectors_on_one_spot_are_gathered() -> None:
    found = find_gathered(county())
    assert found.groupby(county()["sector"]).all().to_dict() == {
        "GL1 1": False, "GL2 0": False, "GL2 2": False, "GL50 3": False, "GL50 9": True, "GL51 9": True,
    }  # fmt: skip


def test_packages_there_are_told_by_their_sector_and_never_by_their_postcode() -> None:
    packages = pd.DataFrame(
        {
            "postcode": ["GL50 9AA", "GL50 9AB", "GL51 9AL", "GL50 3AA", None],
            "status": ["active", "waiting", "ended", "active", "active"],
        }
    )
    told = remark_on_gathered(packages, county())
    assert told.startswith("2 packages at a postcode that stands on one spot")
    assert "GL50 9" in told
    assert "GL51 9" not in told  # has ended
    assert "GL50 9A" not in told
    assert remark_on_gathered(packages.iloc[3:], county()) == ""


def test_a_sector_lies_where_its_doors_are_and_not_where_its_boxes_are() -> None:
    doors = spot(["GL51 9"] * 3 + ["GL1 1"], at=(1.0, 1.0)).rename(index=lambda code: code.replace("A", "B"))
    frame = pd.concat([county().assign(district_code="E1"), doors.assign(district_code=["E2", "E3", "E3", "E2"])])
    found = find_districts(frame)
    assert found["GL51 9"] == "E3;E2"  # its box is in E1
    assert found["GL1 1"] == "E1;E2"
    assert found["GL50 9"] == "E1"  # it has nothing but boxes
