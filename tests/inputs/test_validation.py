import pytest

from marketmap.inputs.contracts import CONTRACTS, PACKAGES, VISITS
from marketmap.inputs.validation import fault_rows
from tests.inputs.county_folder import check, good_tables, market_tables, package


def faults(name, rows):
    return {(fault.column, fault.what): fault.rows for fault in check(name, rows).faults}


@pytest.mark.parametrize("name", [name for name in CONTRACTS if name != "areas"])
def test_good_rows_have_no_fault_and_every_column_of_the_contract(name):
    lock = {"kind": "forbid", "lock_id": "F1", "provider_id": "V1", "place": "GL50 1"}
    checked = check(name, (good_tables() | market_tables() | {"locks": [lock]})[name])
    assert checked.faults == ()
    assert tuple(checked.frame.columns) == CONTRACTS[name].names
    for column in CONTRACTS[name].columns:
        assert str(checked.frame[column.name].dtype) == column.dtype


@pytest.mark.parametrize(
    ("changes", "column", "what"),
    [
        ({"hours_week": "-2"}, "hours_week", "out of bounds: must be from 0 to 168"),
        ({"hours_week": "169"}, "hours_week", "out of bounds: must be from 0 to 168"),
        ({"hours_week": "ten"}, "hours_week", "not a number"),
        ({"hours_week": "inf"}, "hours_week", "not a finite number"),
        ({"hours_week": ""}, "hours_week", "a required cell is blank"),
        ({"visits_week": "151"}, "visits_week", "out of bounds: must be from 0 to 150"),
        ({"carers_required": "3"}, "carers_required", "out of bounds: must be from 1 to 2"),
        ({"carers_required": "0"}, "carers_required", "out of bounds: must be from 1 to 2"),
        ({"carers_required": "1.5"}, "carers_required", "not a whole number"),
        ({"price_hour": "0"}, "price_hour", "out of bounds: must be above 0 and at most 250"),
        ({"status": "on hold"}, "status", "not one of the allowed values"),
        ({"funding": "lottery"}, "funding", "not one of the allowed values"),
        ({"start_date": "2025-02-30"}, "start_date", "an impossible date"),
        ({"start_date": "30/03/2025"}, "start_date", "not an ISO date"),
        ({"end_date": "2025-03-02"}, "end_date", "before start_date"),
        ({"effective_from": "2025-03-02", "effective_to": "2025-03-01"}, "effective_to", "before effective_from"),
        ({"provider_id": ""}, "provider_id", "blank although the package is neither waiting nor withdrawn"),
        ({"package_id": ""}, "package_id", "a required cell is blank"),
        ({"do_not_move": "perhaps"}, "do_not_move", "neither yes nor no"),
        ({"package_id": "P001"}, "package_id", "the same package_id on more than one row for the same days"),
    ],
)
def test_a_faulty_package_is_named_once_with_its_row_and_a_remedy(changes, column, what):
    rows = [package(1), package(2), package(3, **changes)]
    found = check("packages", rows).faults
    assert [(fault.column, fault.what) for fault in found] == [(column, what)]
    assert found[0].rows == ((2, 4) if changes.get("package_id") else (4,))
    assert found[0].remedy
    assert all(value not in str(found[0]) for value in changes.values() if len(value) > 3 and value != "P001")


def test_a_vocabulary_fault_lists_what_is_allowed():
    found = check("packages", [package(1, status="gone")]).faults[0]
    assert "active, waiting, suspended, ended, withdrawn" in str(found)


def test_many_faults_are_all_told_at_once():
    rows = [
        package(1, hours_week="ten", status="gone"),
        package(2, hours_week="ten"),
        package(3, start_date="2025-02-30"),
    ]
    assert faults("packages", rows) == {
        ("hours_week", "not a number"): (2, 3),
        ("start_date", "an impossible date"): (4,),
        ("status", "not one of the allowed values"): (2,),
    }
    assert fault_rows(check("packages", rows).faults) == {
        2: "hours_week: not a number; status: not one of the allowed values",
        3: "hours_week: not a number",
        4: "start_date: an impossible date",
    }


@pytest.mark.parametrize("status", ["waiting", "withdrawn"])
def test_a_package_without_care_needs_no_provider(status):
    assert faults("packages", [package(1, status=status, provider_id="")]) == {}


def test_a_blank_postcode_is_no_fault():
    assert faults("packages", [package(1, postcode="")]) == {}


def test_keys():
    visit = good_tables()["visits"][0]
    assert faults("visits", [visit, visit | {"carer_id": "K2"}]) == {}
    assert faults("visits", [visit, visit | {"carer_id": "K2"}, visit]) == {
        ("visit_id", "the same visit_id and carer_id on more than one row"): (2, 4)
    }
    provider = good_tables()["providers"][0]
    assert list(faults("providers", [provider, provider]).values()) == [(2, 3)]


def test_a_visit_that_ends_before_it_began_or_lasts_for_weeks():
    visit = good_tables()["visits"][0]
    rows = [
        visit | {"visit_id": "W2", "planned_end": "2025-03-03T07:59"},
        visit | {"visit_id": "W3", "planned_end": "2025-04-03T08:30"},
        visit | {"visit_id": "W4", "actual_start": "2025-03-03T08:10", "actual_end": "2025-03-03T08:05"},
    ]
    assert faults("visits", rows) == {
        ("planned_end", "before planned_start"): (2,),
        ("planned_end", "more than seven days after planned_start"): (3,),
        ("actual_end", "before actual_start"): (4,),
    }


def test_calls_at_night_may_pass_midnight():
    call = good_tables()["calls"][0] | {"earliest": "22:00", "latest": "06:00"}
    assert faults("calls", [call | {"time_band": "night"}]) == {}
    assert faults("calls", [call]) == {("latest", "before earliest"): (2,)}


def test_a_block_area_is_a_postcode_or_a_sector():
    rows = [{"block_id": "B1", "postcode": "GL1 1AA", "sector": ""}, {"block_id": "B1", "postcode": "", "sector": ""}]
    assert faults("block_areas", rows) == {("postcode", "exactly one of postcode and sector must be filled"): (3,)}


def test_unknown_columns_are_named_and_personal_ones_warned_of():
    notes = check("packages", [package(1)], dropped=("team", "client_name", "dob", "care_notes")).notes
    assert "team, client_name, dob, care_notes" in notes[0]
    assert "team" not in notes[1]
    assert notes[1].startswith("Warning: in packages.csv, client_name, dob, care_notes ")


@pytest.mark.parametrize(
    ("header", "warned"),
    [
        ("client_name", True), ("surname", True), ("nhs_number", True), ("nhs no", True), ("dob", True),
        ("date of birth", True), ("home_address", True), ("address1", True), ("tel", True), ("phone_home", True),
        ("mobile", True), ("email", True), ("notes", True), ("free_text", True), ("comments", True),
        ("team", False), ("band", False), ("hotel", False), ("cost_centre", False), ("region", False),
    ],
)  # fmt: skip
def test_headers_that_look_personal(header, warned):
    notes = check("packages", [package(1)], dropped=(header,)).notes
    assert any(note.startswith("Warning") for note in notes) is warned


def test_identifiers_that_are_nhs_numbers_are_warned_of():
    # 943 476 5919 and 999 000 0018 are published examples whose check digit is right
    notes = check("packages", [package(1, person_id="943 476 5919"), package(2, person_id="9990000018")]).notes
    assert notes == ("Warning: packages.csv, column person_id looks like NHS numbers: use pseudonyms instead.",)
    notes = check("packages", [package(1, person_id="9434765918"), package(2, person_id="9990000010")]).notes
    assert notes == ()


def test_the_schemas_are_those_of_a_schema_library():
    assert set(PACKAGES.schema.columns) == set(PACKAGES.names)
    assert VISITS.schema.columns["planned_start"].dtype.type.tz.key == "Europe/London"
