"""The bounds of the market settings: what cannot be is told by name, with what to give instead."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from marketmap.settings import MarketSettings, market_faults, settings_from_mapping
from marketmap.settings.bounds import MARKET_BOUNDS, RANK_PARTS


def faults_of(**market: Any) -> list[tuple[str, str]]:
    _, faults = settings_from_mapping({"market": market})
    assert all(fault.remedy for fault in faults)
    return [(str(fault.column), fault.what) for fault in faults]


def test_every_figure_has_bounds_that_its_default_keeps() -> None:
    figures = {item.name for item in dataclasses.fields(MarketSettings) if item.type in {"int", "float"}}
    assert set(MARKET_BOUNDS) == figures
    assert list(market_faults(MarketSettings())) == []


@pytest.mark.parametrize("name", MARKET_BOUNDS)
def test_a_figure_beyond_what_can_be_is_a_fault(name: str) -> None:
    low, high, unit, _ = MARKET_BOUNDS[name]
    whole = isinstance(getattr(MarketSettings(), name), int)
    step = 1 if whole else 0.001
    for value in (low - step, high + step):
        told = [
            what for column, what in faults_of(**{name: int(value) if whole else value}) if column == f"market.{name}"
        ]
        assert len(told) == 1
        assert "must be" in told[0]
        assert unit in told[0] or value <= 0 < low
    for edge in (low, high):
        told = [column for column, _ in faults_of(**{name: int(edge) if whole else edge})]
        assert set(told) <= {"market.access_weights"}, "only the catchment hangs on another setting"


@pytest.mark.parametrize("clock", ["start_date", "", "READY_DATE"])
def test_a_clock_that_there_is_none_of_is_a_fault(clock: str) -> None:
    assert [column for column, _ in faults_of(wait_clock=clock)] == ["market.wait_clock"]
    assert faults_of(wait_clock="request_date") == []


class TestAccessWeights:
    @pytest.mark.parametrize(
        ("weights", "column", "words"),
        [
            ({}, "access_weights", "no zone counts"),
            ({"30": 0}, "access_weights", "no zone counts"),
            ({"near": 1, "30": 0.2}, "access_weights", '"near" is no number'),
            ({"0": 1, "30": 0.2}, "access_weights", '"0" is no number'),
            ({"-5": 1, "30": 0.2}, "access_weights", '"-5" is no number'),
            ({"nan": 1, "30": 0.2}, "access_weights", '"nan" is no number'),
            ({"20": 1, "10": 0.5, "30": 0.2}, "access_weights", "do not rise"),
            ({"10": 1, "10.0": 0.5, "30": 0.2}, "access_weights", "do not rise"),
            ({"10": -1, "30": 0.2}, "access_weights.10", "not -1"),
            ({"10": 1, "20": 0.5}, "access_weights", "ends at 20 minutes, the catchment (access_minutes) at 30"),
        ],
    )
    def test_what_cannot_be_is_a_fault(self, weights: dict[str, float], column: str, words: str) -> None:
        ((told, what),) = faults_of(access_weights=weights)
        assert told == f"market.{column}"
        assert words in what

    def test_a_catchment_and_its_zones_change_together(self) -> None:
        assert [column for column, _ in faults_of(access_minutes=45)] == ["market.access_weights"]
        assert faults_of(access_minutes=45, access_weights={"7.5": 1, "45": 0.4}) == []

    def test_weights_may_rise_and_be_nought_somewhere(self) -> None:
        assert faults_of(access_weights={"10": 0, "20": 0.5, "30": 1}) == []


class TestRankWeights:
    def test_the_parts_are_those_of_the_default(self) -> None:
        assert tuple(MarketSettings().rank_weights) == RANK_PARTS

    @pytest.mark.parametrize(
        ("weights", "column"),
        [
            ({"unmet": 1, "love": 1}, "rank_weights.love"),
            ({"unmet": 1, "waits": -0.5}, "rank_weights.waits"),
            ({"unmet": 0}, "rank_weights"),
            ({}, "rank_weights"),
        ],
    )
    def test_what_cannot_be_is_a_fault(self, weights: dict[str, float], column: str) -> None:
        assert [told for told, _ in faults_of(rank_weights=weights)] == [f"market.{column}"]

    def test_a_part_may_be_left_out(self) -> None:
        assert faults_of(rank_weights={"unmet": 3}) == []

    def test_a_weight_made_in_python_must_be_a_number_too(self) -> None:
        odd = MarketSettings(rank_weights={"unmet": math.nan, "waits": 1.0})
        assert [name for name, _, _ in market_faults(odd)] == ["rank_weights.unmet"]


def test_every_fault_is_told_at_once() -> None:
    told = faults_of(core_share=2, wait_clock="x", rank_weights={"love": 1}, walk_minutes=0)
    assert {column for column, _ in told} == {
        "market.core_share", "market.wait_clock", "market.rank_weights.love", "market.walk_minutes",
    }  # fmt: skip
