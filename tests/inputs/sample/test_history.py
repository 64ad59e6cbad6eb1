import pandas as pd
import pytest

from marketmap.inputs.county import County


@pytest.fixture(scope="module")
def lines(gloucestershire: County) -> pd.DataFrame:
    return gloucestershire.tables.package_lines.sort_values(["package_id", "effective_from"], ignore_index=True)


def test_each_package_is_one_unbroken_run_of_lines(lines: pd.DataFrame, gloucestershire: County):
    same = lines["package_id"] == lines["package_id"].shift(-1)
    assert (lines["effective_to"][same] == lines["effective_from"].shift(-1)[same]).all()
    last = lines[~same]
    assert (last["effective_to"].isna() == last["end_date"].isna()).all()
    ended = last[last["end_date"].notna()]
    assert (ended["effective_to"] == ended["end_date"] + pd.Timedelta(days=1)).all()
    assert set(last.loc[last["end_date"].isna(), "package_id"]) == set(gloucestershire.tables.packages["package_id"])


def test_a_year_of_ends_flows_at_the_planted_rate(lines: pd.DataFrame, gloucestershire: County):
    snapshot = pd.Timestamp(gloucestershire.tables.snapshot_date)
    ended = lines[lines["end_date"].notna() & (lines["service_type"] == "home_care") & lines["start_date"].notna()]
    assert ended["end_date"].between(snapshot - pd.Timedelta(weeks=52), snapshot).all()
    assert ended["end_reason"].notna().all()
    packages = gloucestershire.tables.packages
    active = packages[(packages["service_type"] == "home_care") & (packages["status"] != "waiting")]
    assert len(ended) / 52 / len(active) == pytest.approx(0.015, abs=0.001)
    started = active["start_date"].ge(snapshot - pd.Timedelta(weeks=52)).sum()
    # At rest all but 1 / exp(0.015 × 52) of those in force began within the year.
    assert started / len(active) == pytest.approx(0.5416, abs=0.03)


def test_the_market_was_about_as_large_all_year(lines: pd.DataFrame, gloucestershire: County):
    snapshot = pd.Timestamp(gloucestershire.tables.snapshot_date)
    served = lines[lines["status"].isin(["active", "suspended"])]

    def hours(day: pd.Timestamp) -> float:
        held = (served["effective_from"] <= day) & ~(served["effective_to"] <= day)
        return float(served.loc[held, "hours_week"].sum())

    now = hours(snapshot)
    for weeks in (13, 26, 39, 52):
        assert hours(snapshot - pd.Timedelta(weeks=weeks)) == pytest.approx(now, rel=0.08)


def test_terms_change_for_the_reason_given(lines: pd.DataFrame):
    before = lines.groupby("package_id").shift()
    step = lines["hours_week"] - before["hours_week"]
    assert (step[lines["change_reason"] == "review_increase"] > 0).all()
    assert (step[lines["change_reason"] == "review_decrease"] < 0).all()
    handed = lines["change_reason"] == "provider_handback"
    assert (lines["provider_id"] != before["provider_id"])[handed].all()
    assert (
        lines["change_reason"].value_counts().reindex(["review_increase", "review_decrease", "provider_handback"]).min()
        > 100
    )


def test_some_reablement_leads_on_to_home_care_for_the_same_person(lines: pd.DataFrame):
    first = lines[lines["end_reason"] == "reablement_to_home_care"]
    onward = lines[(lines["service_type"] == "home_care")].drop_duplicates("package_id")
    both = first.merge(onward, on="person_id", suffixes=("", "_onward"))
    both = both[both["start_date_onward"] == both["end_date"] + pd.Timedelta(days=1)]
    assert first["package_id"].nunique() > 50
    assert set(both["package_id"]) == set(first["package_id"])


def test_withdrawn_requests_never_had_a_provider(lines: pd.DataFrame):
    withdrawn = lines[lines["status"] == "withdrawn"]
    assert len(withdrawn) > 10
    assert withdrawn["provider_id"].isna().all()
    assert withdrawn["start_date"].isna().all()
