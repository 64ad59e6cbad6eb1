"""What stands beside miles, pounds and kgCO2e: the figure, its own source and its year."""

from __future__ import annotations

from dataclasses import replace

from marketmap.outputs.files.rates import UNSAID, describe_rates
from marketmap.settings import Settings, settings_to_mapping

USUAL = Settings()


def told(settings: Settings) -> tuple[str, str, str]:
    miles, pounds, carbon = describe_rates(settings_to_mapping(settings))
    return miles, pounds, carbon


class TestTheUsualFigures:
    def test_each_has_its_unit_its_source_and_its_year(self) -> None:
        miles, pounds, carbon = told(USUAL)
        assert "35 km/h" in miles
        assert pounds.startswith("Pounds: £0.45 a mile")
        assert USUAL.market.mileage_source in pounds
        assert carbon.startswith("Carbon: 0.17067 kgCO2e a kilometre")
        assert f"{USUAL.rounds.co2e_source} 2022)" in carbon


class TestAFigureOfTheCouncil:
    def test_it_is_not_given_the_usual_source(self) -> None:
        settings = replace(
            USUAL, rounds=replace(USUAL.rounds, co2e_km=0.1), market=replace(USUAL.market, mileage_pounds=0.3)
        )
        _, pounds, carbon = told(settings)
        assert pounds == f"Pounds: £0.3 a mile (market.mileage_pounds: {UNSAID})."
        assert carbon == f"Carbon: 0.1 kgCO2e a kilometre (rounds.co2e_km: {UNSAID})."

    def test_it_has_the_source_and_year_that_are_named(self) -> None:
        rounds = replace(USUAL.rounds, co2e_km=0.16, co2e_year=2026, co2e_source="Set of 2026, average car")
        assert "(rounds.co2e_km: Set of 2026, average car 2026)" in told(replace(USUAL, rounds=rounds))[2]

    def test_none_where_nothing_is_counted(self) -> None:
        settings = replace(USUAL, rounds=replace(USUAL.rounds, co2e_km=0.0))
        assert "none is counted" in told(settings)[2]


class TestARecordOfAnEarlierVersion:
    def test_it_names_no_source_that_it_does_not_hold(self) -> None:
        mapping = settings_to_mapping(USUAL)
        rounds = {name: value for name, value in mapping["rounds"].items() if name != "co2e_source"}
        assert UNSAID in describe_rates({**mapping, "rounds": rounds})[2]
