from marketmap.inputs.references import sift_tables
from tests.inputs.county_folder import check, good_tables


def sift(tables, share=0.0, unread=()):
    checked = {name: check(name, rows) for name, rows in tables.items()}
    return sift_tables(checked, max_rejected_share=share, unread=frozenset(unread))


def test_rows_that_refer_to_nothing():
    tables = good_tables()
    tables["packages"][1]["provider_id"] = "V9"
    tables["participation"].append({"provider_id": "V8", "area_code": ""})
    tables["calls"].append(tables["calls"][0] | {"package_id": "P9"})
    tables["blocks"][0]["provider_id"] = "V7"
    tables["block_areas"].append({"block_id": "B9", "sector": "GL1 1"})
    found = {(fault.file, fault.column): fault.rows for fault in sift(tables).faults}
    assert found == {
        ("packages.csv", "provider_id"): (3,),
        ("participation.csv", "provider_id"): (3,),
        ("calls.csv", "package_id"): (3,),
        ("blocks.csv", "provider_id"): (2,),
        ("block_areas.csv", "block_id"): (3,),
    }


def test_what_refers_to_an_unread_table_is_not_judged():
    tables = good_tables()
    del tables["providers"]
    assert sift(tables, unread=["providers"]).faults == ()


def test_a_block_area_without_a_blocks_table():
    tables = good_tables()
    del tables["blocks"]
    assert "there is no blocks table" in sift(tables).faults[0].what


def test_visits_of_unknown_packages_are_kept_and_counted():
    tables = good_tables()
    visit = tables["visits"][0]
    tables["visits"] += [
        visit | {"visit_id": "W2", "package_id": "PRIVATE", "provider_id": "V9"},
        visit | {"visit_id": "W3", "provider_id": "V9"},
    ]
    sifted = sift(tables)
    assert [(fault.file, fault.rows) for fault in sifted.faults] == [("visits.csv", (4,))]
    assert "hold: 1 of 3." in sifted.notes[-1]
    tables["visits"].pop()
    assert len(sift(tables).frames["visits"]) == 2


def test_a_share_of_rows_may_go():
    tables = good_tables(packages=20)
    tables["packages"][3]["hours_week"] = "ten"
    assert sift(tables, share=0.04).faults[0].rows == (5,)
    sifted = sift(tables, share=0.05)
    assert sifted.faults == ()
    assert 5 not in sifted.frames["packages"].index
    assert len(sifted.frames["packages"]) == 19
    row = sifted.rejected.iloc[0]
    assert (row["table"], row["row"], row["reason"]) == ("packages", 5, "hours_week: not a number")
    assert (row["package_id"], row["hours_week"], row["visit_id"]) == ("P003", "ten", "")
    assert "Rejected: 1 of 20 rows of packages.csv (0.0 contact hours a week and 1 with no usable hours)" in str(
        sifted.notes
    )


def test_the_hours_of_rejected_packages_are_told():
    tables = good_tables(packages=20)
    tables["packages"][3]["status"] = "gone"
    assert "(10.5 contact hours a week)" in sift(tables, share=0.05).notes[0]


def test_what_leans_on_a_rejected_row_goes_with_it():
    tables = good_tables(packages=20)
    tables["packages"][0]["status"] = "gone"
    tables["calls"] += [tables["calls"][0] | {"package_id": f"P{number:03}"} for number in range(1, 20)]
    sifted = sift(tables, share=0.05)
    assert sifted.faults == ()
    assert list(sifted.rejected["table"]) == ["packages", "calls"]
    assert sifted.rejected["reason"][1] == "package_id: its row in the packages table was rejected"
    # its visit stays: that it took place is true whatever became of the package's row
    assert len(sifted.frames["visits"]) == 1
    assert "hold: 1 of 1." in sifted.notes[-1]


def test_a_rejected_provider_does_not_take_more_packages_along_than_the_share():
    tables = good_tables(packages=20)
    tables["providers"] += [tables["providers"][0] | {"provider_id": f"V{number}"} for number in range(3, 30)]
    tables["providers"][0]["hours_spare_week"] = "-1"
    found = sift(tables, share=0.05).faults
    assert ("packages.csv", "its row in the providers table was rejected") in {
        (fault.file, fault.what) for fault in found
    }


def test_the_reason_of_a_rejected_offer_stands_beside_the_reason_for_rejecting_it():
    tables = good_tables()
    offer = {"package_id": "P001", "provider_id": "V1", "offered_at": "2025-01-01", "response": "refused"}
    tables["offers"] = [offer | {"reason": "too far"}] * 30 + [offer | {"response": "perhaps", "reason": "no carers"}]
    (row,) = sift(tables, share=0.05).rejected.to_dict("records")
    assert row["reason"].startswith("response: ")
    assert row["offers_reason"] == "no carers"
