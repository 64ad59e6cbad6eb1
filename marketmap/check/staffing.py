"""Checks of how many carers a block needs at once, found again from the calls and the packages."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import compare, unique_blocks
from marketmap.check.findings import Broken, check

PEAKS = ("morning", "lunch", "tea", "bed")
DAYS_WEEK, MINUTES_HOUR = 7, 60


def list_calls(evidence: Evidence) -> pd.DataFrame:
    """List the calls of placeable packages: ``package_id, person, block_id, band, day, minutes`` (carer minutes)."""
    keys = evidence.movable[["package_id", "person", "block_id", "carers"]]
    calls = evidence.source("calls")
    if calls is None:
        return keys.iloc[:0].assign(band="", day="", minutes=0.0)
    rows = calls.merge(keys, on="package_id")
    carers = sources.to_numbers(rows["carers_required"]).fillna(rows["carers"])
    rows = rows.assign(
        band=rows["time_band"].map(sources.to_word),
        day=rows["days"].str.split(";"),
        minutes=sources.to_numbers(rows["minutes"]) * carers,
    )
    return rows[["package_id", "person", "block_id", "band", "day", "minutes"]].explode("day")


@check("carers-at-peak")
def carers_at_peak(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the carers needed at once are the band's carer minutes on its busiest day over its length, rounded up.

    A package without calls is spread over the week by the settings' mix.
    """
    blocks, settings, calls = unique_blocks(evidence), evidence.settings.blocks, list_calls(evidence)
    rest = evidence.movable[~evidence.movable["package_id"].isin(calls["package_id"])]
    spread = rest.groupby("block_id")["carer_hours"].sum() * MINUTES_HOUR / DAYS_WEEK
    days = calls.groupby(["block_id", "band", "day"])["minutes"].sum()
    busiest = days.groupby(level=[0, 1]).max()
    for band in PEAKS:
        own = busiest[busiest.index.get_level_values(1) == band].droplevel(1)
        mixed = spread.reindex(blocks.index).fillna(0.0) * settings.band_mix.get(band, 0.0)
        wanted = (own.reindex(blocks.index).fillna(0.0) + mixed) / settings.band_minutes[band]
        name = f"carers_at_peak_{band}"
        derived = pd.Series(np.ceil(wanted.round(6)), index=blocks.index)
        yield from compare(written.PROPOSALS, name, derived, blocks[name], allow=0.0)
