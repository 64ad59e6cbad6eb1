"""Demand by time of day: what calls say, the stated mix for the rest, and sums that are whole."""

import pandas as pd
import pytest

from marketmap.market.bands import measure_bands, measure_peaks
from marketmap.settings import BlockSettings
from tests.market.test_demand import make_packages, make_places

PLACES = make_places({"A": "D1", "B": "D2"})
CALLS = pd.DataFrame(
    {
        "package_id": ["K0", "K0", "K9"],
        "days": ["Mo;Tu;We;Th;Fr", "Mo", "Mo"],
        "time_band": ["morning", "bed", "tea"],
        "minutes": [30.0, 150.0, 30.0],
        "carers_required": [1, 1, 1],
    }
)


def test_calls_say_when_care_is_and_the_mix_says_the_rest() -> None:
    packages = make_packages(
        postcode=["A", "A", "B"], hours_week=[8.0, 10.0, 5.0], visits_week=[6.0, 14.0, 7.0],
        carers_required=[2, 1, 1], service_type=["home_care", "home_care", "live_in"],
    )  # fmt: skip
    bands = measure_bands(packages, CALLS, PLACES, by="district_code", settings=BlockSettings())
    table = bands.set_index(["area_code", "time_band"])
    # K0: 150 of 300 minutes and 5 of 6 calls in the morning; K1: 40 % of 10 hours by the mix.
    morning = table.loc[("D1", "morning")]
    assert morning["contact_hours"] == pytest.approx(4.0 + 4.0)
    assert morning["carer_hours"] == pytest.approx(8.0 + 4.0)
    assert morning["visits"] == pytest.approx(5.0 + 0.4 * 14)
    assert morning["hours_from_calls"] == pytest.approx(4.0)
    assert table.loc[("D2", "not_by_visit"), "contact_hours"] == 5.0
    assert table.loc["D2"].index.tolist() == ["not_by_visit"]
    assert bands["contact_hours"].sum() == pytest.approx(23.0)
    assert bands["visits"].sum() == pytest.approx(27.0)
    assert list(table.loc["D1"].index) == ["morning", "lunch", "tea", "bed", "night"]


def test_without_calls_all_is_by_the_mix() -> None:
    packages = make_packages(postcode=["A"], hours_week=[10.0])
    mix = {"morning": 0.5, "lunch": 0.0, "tea": 0.25, "bed": 0.25, "night": 0.0}
    bands = measure_bands(packages, None, PLACES, by="county", settings=BlockSettings(band_mix=mix))
    assert bands.set_index("time_band")["contact_hours"].to_dict() == {"morning": 5.0, "tea": 2.5, "bed": 2.5}
    assert bands["hours_from_calls"].sum() == 0


def test_peaks_leave_out_who_lives_in() -> None:
    packages = make_packages(
        postcode=["A", "A", "B"], hours_week=[140.0, 168.0, 7.0], service_type=["home_care", "live_in", "home_care"],
        status=["active", "active", "ended"],
    )  # fmt: skip
    settings = BlockSettings(band_minutes=dict.fromkeys(["morning", "lunch", "tea", "bed", "night"], 60.0))
    peaks = measure_peaks(packages, None, PLACES, by="district_code", settings=settings)
    # 20 hours a day, 40 % of them in an hour of the morning.
    assert peaks["area_code"].tolist() == ["D1"]
    assert peaks.loc[0, ["carers_at_peak_morning", "carers_at_peak_lunch"]].tolist() == [8, 4]


def test_nobody_needs_nothing() -> None:
    packages = make_packages(postcode=["A"])
    for measure in (measure_bands, measure_peaks):
        some = measure(packages, CALLS, PLACES, by="county", settings=BlockSettings())
        none = measure(packages.iloc[:0], CALLS, PLACES, by="county", settings=BlockSettings())
        assert none.empty
        assert list(none.columns) == list(some.columns)
