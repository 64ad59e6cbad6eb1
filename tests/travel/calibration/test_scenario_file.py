"""What a calibration gives to paste: every scenario, in the right order of speed, as settings that can be read."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from marketmap.settings import TravelSettings, figures, load_settings, settings_from_mapping
from marketmap.travel.calibration.factors import ANY_HOUR, AREAS, FITTED, NOT_ENOUGH, Calibration
from marketmap.travel.calibration.scenario_file import write_scenarios

ODD = 'school run "a.m."\n[travel]\\ é \x7f # 1'


def found(**factors: float) -> Calibration:
    """Give a calibration in which the scenarios named have this factor, on every kind of road."""
    rows = [
        {
            "scenario": scenario,
            "area": area,
            "gaps": 400,
            "gaps_fitted": 300,
            "factor": factors.get(scenario, math.nan),
            "factor_low": factors.get(scenario, math.nan) * 0.95,
            "factor_high": factors.get(scenario, math.nan) * 1.05,
            "status": FITTED if scenario in factors else f"{NOT_ENOUGH}: 9 gaps, 200 are needed",
        }
        for scenario in (ANY_HOUR, "offpeak", "peak", "night")
        for area in AREAS
    ]
    return Calibration(table=pd.DataFrame(rows), reasons=pd.Series(dtype=int))


def load(text: str, folder: Path) -> TravelSettings:
    path = folder / "marketmap.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path).travel


def test_what_was_not_fitted_keeps_its_place_against_off_peak(tmp_path: Path) -> None:
    now = TravelSettings()
    text = write_scenarios(found(offpeak=1.24), travel=now)
    made = load(text, tmp_path)
    assert made.scenario == now.scenario
    assert figures(made.scenarios["offpeak"]["other"]) == (1.24, 1.24)
    assert made.scenarios.keys() == now.scenarios.keys()
    for name in ("peak", "night", "winter"):
        for road, figure in now.scenarios[name].items():
            want = [1.24 * value for value in figures(figure)]
            assert list(figures(made.scenarios[name][road])) == pytest.approx(want, abs=6e-4), (name, road)
    assert made.scenarios["winter"]["junction"] == pytest.approx(1.24)
    assert text.count("# fitted: 1.240 (1.178 to 1.302)") == 1
    assert text.count("# assumed: the present factor on top of the fitted off-peak one") == 3


def test_fitted_ones_stand_as_fitted_and_pasting_twice_changes_nothing(tmp_path: Path) -> None:
    fit = found(any=1.2, offpeak=1.2, peak=1.4)
    once = load(write_scenarios(fit, travel=TravelSettings()), tmp_path)
    assert figures(once.scenarios["peak"]["other"]) == (1.4, 1.4)
    assert once.scenarios["peak"]["junction"] == 1.4
    again = load(write_scenarios(fit, travel=once), tmp_path)
    for name, factors in once.scenarios.items():
        for road, figure in factors.items():
            assert figures(again.scenarios[name][road]) == pytest.approx(figures(figure), abs=2e-3), (name, road)


def test_all_hours_together_stand_for_an_off_peak_that_was_not_fitted(tmp_path: Path) -> None:
    text = write_scenarios(found(any=1.3), travel=TravelSettings())
    made = load(text, tmp_path)
    assert figures(made.scenarios["offpeak"]["other"]) == (1.3, 1.3)
    assert figures(made.scenarios["peak"]["other"]) == pytest.approx((1.3 * 1.03, 1.3 * 1.10), abs=6e-4)
    assert "# assumed: the factor for all hours together" in text
    assert "# fitted" not in text


def test_without_a_factor_to_build_on_nothing_is_to_be_pasted() -> None:
    text = write_scenarios(found(peak=1.4), travel=TravelSettings())
    assert tomllib.loads(text) == {}
    assert "# offpeak: not enough data" in text


def test_any_name_and_any_caveat_come_out_as_toml() -> None:
    # The settings take plain names only; a name that came by another way must not break the file all the same.
    now = TravelSettings(scenarios={ODD: {"other": 1.5, "primary": (1.1, 1.2)}, "a.b": {}})
    text = write_scenarios(found(offpeak=1.1), travel=now, caveats=['P1\n[x]\n"', "two\rthree\x00four"])
    made = settings_from_mapping(tomllib.loads(text))[0].travel
    assert {ODD, "a.b"} <= made.scenarios.keys()
    assert figures(made.scenarios[ODD]["primary"]) == pytest.approx((1.21, 1.32))
    assert figures(made.scenarios["a.b"]["other"]) == pytest.approx((1.1, 1.1))
    assert tomllib.loads(text).keys() == {"travel"}


@pytest.mark.parametrize(("peak", "said"), [(1.18, "may be chance"), (1.0, "may be true"), (1.3, "")])
def test_a_peak_quicker_than_off_peak_is_said_with_both_intervals(peak: float, said: str) -> None:
    fit = found(offpeak=1.24, peak=peak)
    doubts = fit.doubts()
    assert len(doubts) == bool(said)
    for doubt in doubts:
        assert said in doubt
        assert f"× {peak:.2f} ({peak * 0.95:.2f} to {peak * 1.05:.2f}) against × 1.24 (1.18 to 1.30)" in doubt
        assert doubt in write_scenarios(fit, travel=TravelSettings())
