"""Demand, footprints and prices: one measure, one function."""
