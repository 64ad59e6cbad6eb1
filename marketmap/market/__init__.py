"""Demand, footprints, access, gaps, waits and prices: one measure, one function."""

from marketmap.market.access import access_scores, raam_cost

__all__ = ["access_scores", "raam_cost"]
