"""Who may take part in blocks where, as a grid to tick: providers down, districts across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd


def make_grid(eligible: pd.DataFrame, proposals: pd.DataFrame, *, districts: Mapping[str, str]) -> pd.DataFrame:
    """List the providers that a plan found eligible somewhere, and in which districts they are.

    Parameters
    ----------
    eligible
        ``block_id, provider_id, provider_name, eligible``.
    proposals
        ``block_id, district_code``.
    districts
        District code → name.

    Returns
    -------
    DataFrame
        ``provider_id, provider_name`` and a column a district code: True where the provider is eligible for a block of
        the plan there, None where it is for none, so that there is nothing to forbid. By name.
    """
    where = eligible.loc[eligible["eligible"], ["block_id", "provider_id", "provider_name"]].merge(
        proposals[["block_id", "district_code"]], on="block_id"
    )
    found = where.drop_duplicates(["provider_id", "district_code"])
    names = found.drop_duplicates("provider_id").set_index("provider_id")["provider_name"]
    there = pd.crosstab(found["provider_id"], found["district_code"]).reindex(names.index, fill_value=0)
    grid = pd.DataFrame({"provider_id": names.index, "provider_name": names.to_numpy()})
    for code in districts:
        column = there[code].to_numpy() if code in there else [0] * len(grid)
        grid[code] = pd.Series([True if count else None for count in column], dtype="object")
    return grid.sort_values(["provider_name", "provider_id"], ignore_index=True)


def read_grid(grid: pd.DataFrame, edited: pd.DataFrame, *, districts: Sequence[str]) -> list[tuple[str, str]]:
    """List which ticks were taken away: (provider_id, district code) pairs to keep out, in order."""
    pairs = [
        (str(provider), code)
        for code in districts
        for provider, before, after in zip(grid["provider_id"], grid[code], edited[code], strict=True)
        if before is True and after is not True
    ]
    return sorted(pairs)
