import numpy as np
import pandas as pd
import pytest

from marketmap.inputs.county import County


@pytest.fixture(scope="module")
def visits(gloucestershire: County) -> pd.DataFrame:
    frame = gloucestershire.tables.visits
    day = frame["planned_start"].dt.date
    return frame.assign(day=day).sort_values(["carer_id", "planned_start"], ignore_index=True)


def _same_round(frame: pd.DataFrame) -> pd.Series:
    return (frame["carer_id"] == frame["carer_id"].shift()) & (frame["day"] == frame["day"].shift())


def test_call_monitoring_is_one_full_week_before_the_snapshot(visits: pd.DataFrame, gloucestershire: County):
    days = sorted(visits["day"].unique())
    assert len(days) == 7
    assert days[-1] == gloucestershire.tables.snapshot_date - pd.Timedelta(days=1)
    assert set(visits["planned_start"].map(lambda moment: moment.utcoffset().seconds)) == {3600}


def test_every_settled_package_has_its_visits_and_carers(visits: pd.DataFrame, gloucestershire: County):
    packages = gloucestershire.tables.packages
    monday = pd.Timestamp(min(visits["day"]))
    settled = packages[
        (packages["status"] == "active") & (packages["start_date"] <= monday) & (packages["service_type"] != "live_in")
    ].set_index("package_id")
    seen = visits[visits["package_id"].isin(settled.index)].groupby("package_id")
    assert (seen["visit_id"].nunique().reindex(settled.index) == settled["visits_week"]).all()
    attendances = settled["visits_week"] * settled["carers_required"].astype(float)
    assert (seen.size().reindex(settled.index) == attendances).all()
    idle = packages.loc[packages["status"] != "active", "package_id"]
    assert not visits["package_id"].isin(idle).any()
    holder = packages.set_index("package_id")["provider_id"]
    assert (visits["provider_id"] == visits["package_id"].map(holder)).all()


def test_no_carer_is_in_two_places_at_once(visits: pd.DataFrame):
    planned = (visits["planned_start"] - visits["planned_end"].shift()).dt.total_seconds() / 60
    assert (planned[_same_round(visits)] >= 0).all()
    came = visits.dropna(subset=["actual_start"]).sort_values(["carer_id", "actual_start"], ignore_index=True)
    actual = (came["actual_start"] - came["actual_end"].shift()).dt.total_seconds() / 60
    assert (actual[_same_round(came)] >= 0).all()


def test_carers_work_at_most_five_days_for_one_provider(visits: pd.DataFrame):
    carers = visits.groupby("carer_id")
    assert carers["day"].nunique().max() == 5
    assert carers["provider_id"].nunique().max() == 1


def test_double_handed_visits_have_two_carers_at_the_same_time(visits: pd.DataFrame):
    carers = visits.groupby("visit_id").agg(
        carers=("carer_id", "nunique"), wanted=("carers_required", "first"), starts=("planned_start", "nunique")
    )
    assert (carers["carers"] == carers["wanted"]).all()
    assert (carers["starts"] == 1).all()


def test_rounds_begin_and_end_near_each_other_and_not_at_the_office(visits: pd.DataFrame, gloucestershire: County):
    tables = gloucestershire.tables
    home = tables.packages.set_index("package_id")[["easting", "northing"]]
    office = tables.providers.set_index("provider_id")[["easting", "northing"]]
    day_visits = visits[visits["planned_start"].dt.hour < 22]
    rounds = day_visits.groupby(["carer_id", "day"]).agg(
        first=("package_id", "first"), last=("package_id", "last"), provider=("provider_id", "first")
    )
    first, last = home.loc[rounds["first"]].to_numpy(), home.loc[rounds["last"]].to_numpy()
    from_office = np.hypot(*(first - office.loc[rounds["provider"]].to_numpy()).T)
    assert np.nanmedian(np.hypot(*(first - last).T)) < 0.35 * np.nanmedian(from_office)


def test_a_few_visits_go_wrong_and_some_are_logged_by_hand(visits: pd.DataFrame):
    status = visits["status"].value_counts(normalize=True)
    assert status["delivered"] > 0.95
    assert {"missed", "cancelled", "frustrated"} < set(status.index)
    came = visits["status"].isin(["delivered", "frustrated"])
    assert visits.loc[came, ["actual_start", "actual_end", "verification"]].notna().all(axis=None)
    assert visits.loc[~came, ["actual_start", "actual_end", "verification"]].isna().all(axis=None)
    assert 0.05 < (visits["verification"] == "manual").mean() < 0.2
    late = (visits["actual_start"] - visits["planned_start"]).dt.total_seconds() / 60
    assert late.abs().quantile(0.95) < 20


def test_travel_is_a_plausible_part_of_the_day(visits: pd.DataFrame, gloucestershire: County):
    # 11.7 minutes a contact hour in the UKHCA price split; measured here from the straight lines alone.
    home = gloucestershire.tables.packages.set_index("package_id")[["easting", "northing"]]
    points = home.loc[visits["package_id"]].to_numpy()
    legs = np.hypot(*(points[1:] - points[:-1]).T)[_same_round(visits).to_numpy()[1:]]
    minutes = np.nansum(legs) / 1000 * 1.35 / 35 * 60
    hours = (visits["planned_end"] - visits["planned_start"]).dt.total_seconds().sum() / 3600
    assert 6 < minutes / hours < 14


def test_calls_agree_with_the_packages_and_peak_in_the_morning(gloucestershire: County):
    tables = gloucestershire.tables
    calls = tables.calls.assign(week=tables.calls["days"].str.split(";").map(len))
    packages = tables.packages.set_index("package_id")
    wanted = packages[packages["service_type"] != "live_in"]
    assert set(calls["package_id"]) == set(wanted.index)
    assert (calls.groupby("package_id")["week"].sum() == wanted["visits_week"].sort_index()).all()
    for column, other in (("minutes", "visit_minutes"), ("carers_required", "carers_required")):
        assert (calls[column] == calls["package_id"].map(wanted[other])).all()
    by_band = calls.groupby("time_band")["week"].sum()
    assert by_band["morning"] > 1.15 * by_band.drop("morning").max()
    critical = calls["time_critical"].astype(bool)
    assert 0.05 < critical.mean() < 0.15


def test_time_critical_calls_hold_their_usual_time(visits: pd.DataFrame, gloucestershire: County):
    calls = gloucestershire.tables.calls
    morning = calls[calls["time_critical"].astype(bool) & (calls["time_band"] == "morning")].set_index("package_id")
    seen = visits[visits["package_id"].isin(morning.index) & (visits["planned_start"].dt.hour < 11)]
    minute = (seen["planned_start"].dt.hour * 60 + seen["planned_start"].dt.minute).groupby(seen["package_id"]).mean()
    clock = morning[["earliest", "latest"]].apply(lambda times: pd.to_timedelta(times + ":00").dt.total_seconds() / 60)
    both = clock.reindex(minute.index)
    assert len(both) > 100
    assert (both["earliest"] <= minute).all()
    assert (minute <= both["latest"]).all()
