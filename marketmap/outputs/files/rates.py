"""The lines that stand beside miles, pounds and kgCO2e: what turned minutes into them, of which year, from where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketmap.settings import MarketSettings, RoundSettings

UNSAID = "the council's own figure; its source is not named"


def describe_rates(settings: Mapping[str, Any]) -> list[str]:
    """Say at which speed, allowance and factor minutes became miles, pounds and kgCO2e, each with its source.

    A figure that is not the usual one has not the usual one's source: where the settings name no other, that is said.

    Parameters
    ----------
    settings
        As `marketmap.settings.settings_to_mapping` gives them, or a run's record holds them.

    Returns
    -------
    list
        A sentence each for miles, pounds and carbon.
    """
    market, rounds = dict(settings.get("market", {})), dict(settings.get("rounds", {}))
    allowance = _name_source(market, MarketSettings(), figure="mileage_pounds", source="mileage_source")
    factor = _name_source(rounds, RoundSettings(), figure="co2e_km", source="co2e_source")
    year = f" {rounds['co2e_year']}" if "co2e_year" in rounds and factor != UNSAID else ""
    return [
        f"Miles: minutes at {market.get('round_kmh', 0.0):g} km/h (market.round_kmh).",
        f"Pounds: £{market.get('mileage_pounds', 0.0):g} a mile (market.mileage_pounds: {allowance}).",
        f"Carbon: {rounds.get('co2e_km', 0.0):g} kgCO2e a kilometre (rounds.co2e_km: {factor}{year}).",
    ]


def _name_source(given: Mapping[str, Any], usual: object, *, figure: str, source: str) -> str:
    named = str(given.get(source, "")).strip()
    if not given.get(figure):
        return "none is counted"
    own = given[figure] != getattr(usual, figure) and named == getattr(usual, source)
    return UNSAID if own or not named else named
