"""Compiled loops: the plan under search, its moves, and the knapsacks of the lower bound."""
