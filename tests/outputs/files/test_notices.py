import pytest

from marketmap.outputs.files.notices import (
    OPEN_STREET_MAP,
    ROADS_FLAG,
    SYNTHETIC_FLAG,
    explain_synthetic,
    make_notices,
    notices_of,
)
from tests.outputs.factory import make_record


@pytest.mark.parametrize(
    ("synthetic", "roads", "flags"),
    [
        (True, {"illustrative": True}, (SYNTHETIC_FLAG, ROADS_FLAG)),
        (False, {"illustrative": True}, (ROADS_FLAG,)),
        (False, {"file": "county.osm.pbf", "illustrative": False}, ()),
    ],
)
def test_what_is_made_up_is_flagged(synthetic: bool, roads: dict[str, object], flags: tuple[str, ...]) -> None:
    notices = notices_of(make_record(synthetic=synthetic, roads=roads))
    assert notices.flags == flags
    for line in (notices.licence, notices.short_licence):
        assert (OPEN_STREET_MAP in line) == ("file" in roads)


@pytest.mark.parametrize(("source", "year"), [("ONSPD May 2027, liveness known", "2027"), ("Code-Point Open", "2025")])
def test_the_licence_carries_the_year_of_the_postcodes(source: str, year: str) -> None:
    notices = make_notices(synthetic=False, illustrative_roads=False, open_street_map=False, postcode_source=source)
    assert f"database right {year}" in notices.licence
    assert f"database right {year}" in notices.short_licence
    assert "Open Government Licence v3.0" in notices.licence


@pytest.mark.parametrize(
    ("note", "saving", "text"),
    [
        ("", False, "Synthetic data."),
        ("Made up.", False, "Synthetic data. Made up."),
        ("Synthetic data. Made up.", False, "Synthetic data. Made up."),
        ("", True, "Synthetic data. Any saving follows from the overlap planted here; not evidence about any council."),
        (
            "Synthetic data. It is not evidence about any council.",
            True,
            "Synthetic data. It is not evidence about any council.",
        ),
    ],
)
def test_made_up_data_say_so_once(note: str, saving: bool, text: str) -> None:
    assert explain_synthetic(note, saving=saving) == text
