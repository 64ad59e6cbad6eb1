import pandas as pd
import pytest

from marketmap.inputs.columns import KINDS
from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.rules import overlapping_lines

# Required columns as the council is told them; a change here is a change of what councils must send.
REQUIRED = {
    "packages": "package_id postcode service_type status hours_week visits_week carers_required provider_id",
    "providers": "provider_id provider_name postcode hours_spare_week",
    "participation": "provider_id",
    "calls": "package_id days time_band minutes",
    "visits": "visit_id carer_id provider_id package_id planned_start planned_end status",
    "areas": "area_code area_name area_type geometry",
    "blocks": "block_id provider_id guaranteed_hours_week start_date status",
    "block_areas": "block_id",
    "locks": "kind lock_id place",
    "offers": "package_id provider_id offered_at response",
    "handbacks": "package_id provider_id notice_date",
    "rates": "area_code rate_pounds",
    "assets": "asset_id name kind postcode",
    "reablement": "episode_id area_code referral_date",
    "growth": "area_code year factor",
}


def test_the_tables_and_their_required_columns():
    assert list(CONTRACTS) == list(REQUIRED)
    for name, contract in CONTRACTS.items():
        assert set(contract.required_names) == set(REQUIRED[name].split()), name
        assert contract.required is (name in {"packages", "providers"})


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.name)
def test_a_contract_is_whole(contract):
    assert len(set(contract.names)) == len(contract.names)
    assert set(contract.key) <= set(contract.names)
    for column in contract.columns:
        assert column.kind in KINDS
        assert column.about.endswith("."), column.name
        assert not column.allowed or column.kind in {"choice", "codes"}
        assert (column.kind == "choice") <= bool(column.allowed)
        assert column.kind not in {"number", "whole"} or column.bounds, f"{column.name} has no bounds"
        assert not column.refers_to or column.name in CONTRACTS[column.refers_to].names


def test_a_contract_gives_its_columns_by_name():
    assert CONTRACTS["packages"]["hours_week"].maximum == 168
    assert CONTRACTS["packages"]["carers_required"].bounds == "from 1 to 2"
    assert CONTRACTS["blocks"]["price_hour"].bounds == "above 0 and at most 250"


def lines(*rows):
    frame = pd.DataFrame(rows, columns=["package_id", "effective_from", "effective_to"], index=range(2, 2 + len(rows)))
    return frame.astype({"effective_from": "datetime64[us]", "effective_to": "datetime64[us]"})


@pytest.mark.parametrize(
    ("rows", "overlapping"),
    [
        ([("A", None, None), ("B", None, None)], []),
        ([("A", None, None), ("A", None, None)], [2, 3]),
        ([("A", "2025-01-01", "2025-02-01"), ("A", "2025-02-01", None)], []),
        ([("A", "2025-02-01", None), ("A", "2025-01-01", "2025-02-02")], [2, 3]),
        # a long line covers a later one although a short one lies between them
        ([("A", "2025-01-01", None), ("A", "2025-02-01", "2025-02-02"), ("A", "2025-03-01", None)], [2, 3, 4]),
        # a line that holds on no day is in nobody's way
        ([("A", "2025-01-01", None), ("A", "2025-02-01", "2025-02-01")], []),
        ([("A", None, "2025-02-01"), ("A", "2025-02-01", None), ("A", "2025-01-31", "2025-02-01")], [2, 4]),
    ],
)
def test_lines_of_one_package_overlap(rows, overlapping):
    found = overlapping_lines(lines(*rows))
    assert list(found.index[found]) == overlapping
