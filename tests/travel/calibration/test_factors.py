"""Factors planted into made-up call monitoring are found again, and where the data cannot tell, that is said."""

from __future__ import annotations

import tomllib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from marketmap.settings import CalibrationSettings, TravelSettings, settings_from_mapping
from marketmap.travel import RoadNetwork, illustrative_roads, travel_matrix
from marketmap.travel.calibration.envelope import fit_envelope
from marketmap.travel.calibration.factors import (
    ALL_GAPS,
    ANY_HOUR,
    FITTED,
    NOT_ENOUGH,
    NOT_SUPPORTED,
    UNHURRIED,
    Calibration,
    _choose_basis,
    _fit_scenario,
    calibrate,
)
from marketmap.travel.calibration.gaps import NOT_AUTOMATIC, observe_gaps
from marketmap.travel.calibration.scenario_file import write_scenarios
from tests.travel.calibration.call_monitoring import Rota, Week, record_rota, record_week

SETTINGS = CalibrationSettings(shortest_minutes=0.5)


@pytest.fixture(scope="module")
def rutland_made_up(rutland_postcodes: pd.DataFrame) -> RoadNetwork:
    return illustrative_roads(rutland_postcodes)


@pytest.fixture(scope="module")
def places(rutland_postcodes: pd.DataFrame) -> pd.DataFrame:
    return rutland_postcodes.sample(250, random_state=1).reset_index()


@pytest.fixture(scope="module")
def minutes(places: pd.DataFrame, rutland_made_up: RoadNetwork) -> np.ndarray:
    points = gpd.GeoSeries(gpd.points_from_xy(places["easting"], places["northing"]), crs=27700)
    return travel_matrix(rutland_made_up, points, points)


@pytest.fixture(scope="module")
def planted(places: pd.DataFrame, minutes: np.ndarray, rutland_made_up: RoadNetwork) -> Calibration:
    visits = record_week(places, minutes, week=Week(factor=1.25, carers=120), seed=1)
    return calibrate(observe_gaps(visits, settings=SETTINGS), rutland_made_up, settings=SETTINGS)


def row_of(found: Calibration, scenario: str = ANY_HOUR, area: str = "all") -> pd.Series:
    return found.table.set_index(["scenario", "area"]).loc[(scenario, area)]


def test_a_planted_factor_is_found_within_three_percent(planted: Calibration) -> None:
    # Breaks, missed visits, pairs of carers, 30 % of visits unseen, 15 % keyed by hand, and the clocks go back.
    whole = row_of(planted)
    assert whole["status"] == FITTED
    assert whole["factor"] == pytest.approx(1.25, rel=0.03)
    assert whole["factor_low"] < 1.25 < whole["factor_high"]
    assert whole["gaps_fitted"] >= 1000
    assert row_of(planted, "offpeak")["factor"] == pytest.approx(1.25, rel=0.05)


def test_every_gap_is_used_or_has_a_reason(planted: Calibration) -> None:
    assert planted.reasons[""] == row_of(planted)["gaps"]
    assert planted.reasons[NOT_AUTOMATIC] > 0
    assert planted.table["status"].ne("").all()


def test_the_factors_can_be_pasted_into_the_settings(planted: Calibration) -> None:
    read = tomllib.loads(write_scenarios(planted, travel=TravelSettings()))
    settings, faults = settings_from_mapping(read)
    assert faults == []
    outside, inside = settings.travel.scenarios["offpeak"]["other"]
    factor = row_of(planted, "offpeak")["factor"]
    assert outside == pytest.approx(factor, rel=0.15)
    assert inside == pytest.approx(factor, rel=0.15)
    assert row_of(planted, "night")["status"].startswith(NOT_ENOUGH)
    assert settings.travel.scenarios["night"]["junction"] == pytest.approx(factor * 0.5, abs=1e-3)


def test_times_all_keyed_by_hand_give_no_factor_and_say_so(
    places: pd.DataFrame, minutes: np.ndarray, rutland_made_up: RoadNetwork
) -> None:
    visits = record_week(places, minutes, week=Week(carers=20, manual_share=1.0), seed=2)
    found = calibrate(observe_gaps(visits, settings=SETTINGS), rutland_made_up, settings=SETTINGS)
    assert found.table["factor"].isna().all()
    assert found.table["status"].str.startswith(NOT_ENOUGH).all()
    assert "logged automatically" in found.summary()


def test_gaps_that_have_nothing_to_do_with_journeys_are_refused(
    places: pd.DataFrame, minutes: np.ndarray, rutland_made_up: RoadNetwork
) -> None:
    visits = record_week(places, minutes, week=Week(carers=60), seed=3)
    gaps = observe_gaps(visits, settings=SETTINGS)
    noise = np.random.default_rng(0).integers(5, 60, len(gaps)).astype(float)
    found = calibrate(gaps.assign(gap_minutes=noise), rutland_made_up, settings=SETTINGS)
    whole = row_of(found)
    assert whole["status"].startswith(NOT_SUPPORTED)
    assert np.isnan(whole["factor"])
    assert tomllib.loads(write_scenarios(found, travel=TravelSettings())) == {}


def test_no_gap_at_all_is_a_result(places: pd.DataFrame, minutes: np.ndarray, rutland_made_up: RoadNetwork) -> None:
    visits = record_week(places, minutes, week=Week(carers=1, days=1), seed=4)
    gaps = observe_gaps(visits, settings=SETTINGS).iloc[:0]
    found = calibrate(gaps, rutland_made_up, settings=SETTINGS)
    assert found.table["status"].str.startswith(NOT_ENOUGH).all()


def simulate(seed: int, *, gaps: int = 1500, waits: str = "some") -> pd.DataFrame:
    random = np.random.default_rng(seed)
    outside, inside = random.gamma(2.0, 3.0, (2, gaps))
    drive = (1.1 * outside + 1.4 * inside) * np.exp(0.1 * random.standard_normal(gaps))
    wait = random.exponential(6.0, gaps) * (random.random(gaps) < 0.4)
    late = random.normal(-2.0, 5.0, gaps)
    planned = np.ceil(1.25 * (outside + inside) / 5) * 5
    if waits == "planned":  # at the door until shortly before the planned time, the rota being in steps of five minutes
        wait = np.maximum(0.0, planned - 3.0 * random.random(gaps) - late - drive)
    return pd.DataFrame(
        {
            "minutes_outside": outside,
            "minutes_inside": inside,
            "minutes_access": 0.0,
            "gap_minutes": np.floor(drive + wait + random.random(gaps)),
            "late_minutes": late,
            "allowed_minutes": planned - late,
            "carer_day": np.arange(gaps) // 8,
        }
    )


def test_roads_outside_and_inside_towns_get_their_own_factors() -> None:
    rows = simulate(1, gaps=3000)
    fit = fit_envelope(
        rows["gap_minutes"].to_numpy(),
        rows[["minutes_outside", "minutes_inside"]].to_numpy(),
        fixed_minutes=np.zeros(len(rows)),
        groups=rows["carer_day"].to_numpy(),
    )
    assert fit.factors == pytest.approx([1.1, 1.4], rel=0.04)
    assert np.all(np.abs(np.log(fit.factors / [1.1, 1.4])) < 3 * np.sqrt(np.diag(fit.log_covariance)))
    assert fit.spread == pytest.approx(0.1, abs=0.03)


def test_who_has_no_time_to_wait_is_believed_where_the_others_wait_for_the_planned_hour() -> None:
    rows = simulate(5, gaps=6000, waits="planned")
    basis, fault = _choose_basis(rows, SETTINGS)
    assert (basis, fault) == (UNHURRIED, "")
    table, _ = _fit_scenario(ANY_HOUR, rows, SETTINGS, basis=basis)
    assert table[0]["factor"] == pytest.approx(1.25, rel=0.03)
    # Where waits have nothing to do with the plan, every gap counts.
    assert _choose_basis(simulate(6, gaps=2500), SETTINGS) == (ALL_GAPS, "")


def test_a_small_county_with_a_flat_allowance_gets_the_factor_or_is_told_how_much_more_it_needs(
    places: pd.DataFrame, minutes: np.ndarray, rutland_made_up: RoadNetwork
) -> None:
    visits = record_rota(places, minutes, rota=Rota(factor=1.25, carers=60, allowance_minutes=5.0), seed=1)
    gaps = observe_gaps(visits, settings=SETTINGS)
    whole = row_of(calibrate(gaps, rutland_made_up, settings=SETTINGS))
    assert whole["basis"] == UNHURRIED
    assert whole["factor"] == pytest.approx(1.25, rel=0.03)
    assert whole["factor_low"] < 1.25 < whole["factor_high"]
    visits = record_rota(places, minutes, rota=Rota(factor=1.25, carers=60, allowance_minutes=15.0), seed=1)
    found = calibrate(observe_gaps(visits, settings=SETTINGS), rutland_made_up, settings=SETTINGS)
    assert found.table["factor"].isna().all()
    assert found.summary().startswith("Every scenario: not supported: carers wait for the planned hour, and only ")
    assert found.summary().count("carers wait") == 1


@pytest.mark.parametrize("error", [0.12, 0.3])
def test_a_plan_that_knows_the_journeys_better_than_the_model_is_not_believed(error: float) -> None:
    rows = simulate(7, gaps=3000)
    # The rota allows what each journey takes, which the model gets wrong by an eighth either way or by more.
    drive = rows["gap_minutes"].to_numpy() * np.exp(error * np.random.default_rng(7).standard_normal(len(rows)))
    late = rows["late_minutes"].to_numpy()
    gap = np.floor(np.maximum(drive, drive - late))
    known = rows.assign(allowed_minutes=drive - late, gap_minutes=gap)
    basis, fault = _choose_basis(known, SETTINGS)
    assert basis == ALL_GAPS
    assert "knows the roads better than the model" in fault
    table, fit = _fit_scenario(ANY_HOUR, known, SETTINGS, basis=basis, fault=fault)
    assert fit is None
    assert {row["status"] for row in table} == {f"{NOT_SUPPORTED}: {fault}"}


def test_the_order_of_gaps_changes_nothing() -> None:
    rows = simulate(2, gaps=600)
    turned = rows.iloc[::-1]
    factors = [
        fit_envelope(
            each["gap_minutes"].to_numpy(),
            each[["minutes_outside", "minutes_inside"]].sum(axis=1).to_numpy()[:, None],
            fixed_minutes=np.zeros(len(each)),
            groups=each["carer_day"].to_numpy(),
        ).factors[0]
        for each in (rows, turned)
    ]
    assert factors[0] == pytest.approx(factors[1], rel=2e-3)
