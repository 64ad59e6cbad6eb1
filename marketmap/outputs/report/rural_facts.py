"""The rural areas of a county with everything that bears on their need, in the order of that need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from marketmap.market.demand import measure_demand
from marketmap.market.gaps import measure_gaps
from marketmap.market.overlap import measure_overlap, sum_near_providers
from marketmap.market.ranking import rank_needs, try_weights
from marketmap.market.refusals import refusals_by_area
from marketmap.market.waits import measure_waits
from marketmap.outputs.report.block_effects import tell_effects
from marketmap.outputs.report.survey import DISTRICT, SECTOR, Survey

PART_WORDS = {
    "unmet": "carer hours that wait",
    "waits": "long waits as a share of waits",
    "access": "spare hours within reach for each hour of care (fewer is worse)",
    "travel": "road minutes for each carer hour",
    "refusals": "refused offers as a share of offers",
}
# Column that each part is ranked by, and how many it rests on where it is a share.
PART_COLUMNS = {
    "unmet": ("waiting_hours", ""),
    "waits": ("long_share", "waits_decided"),
    "access": ("access_3sfca", ""),
    "travel": ("minutes_hour", ""),
    "refusals": ("refused_share", "offers"),
}
BETTER_HIGH = ("access",)


@dataclass(frozen=True)
class RuralFacts:
    """Rural areas by need.

    Attributes
    ----------
    areas
        Columns of `marketmap.outputs.report.rural_columns.RURAL_AREAS`, greatest need first.
    order
        Columns of ``RURAL_ORDER``: how firm the first five are.
    parts
        The parts of need that could be measured.
    lacking
        "needs table X" for those that could not.
    """

    areas: pd.DataFrame
    order: pd.DataFrame
    parts: tuple[str, ...]
    lacking: tuple[str, ...]


@lru_cache(maxsize=1)
def rank_rural_areas(survey: Survey) -> RuralFacts:
    """Rank the county's rural postcode sectors, or those of one district, by need.

    Sectors, because most hold enough people for shares to mean something; one with fewer packages than
    ``market.rank_least`` comes last and has no score.
    """
    level = SECTOR
    frame = _measure(survey, level)
    rural = survey.rural_areas(level=level)
    district = survey.district_of(level=level)
    frame = frame[frame.index.isin(rural)]
    frame["district_code"] = district.reindex(frame.index).to_numpy()
    if survey.district is not None:
        frame = frame[frame["district_code"] == survey.district]
    settings = survey.settings.market
    parts = pd.DataFrame(index=frame.index)
    for name, (column, among) in PART_COLUMNS.items():
        values = frame[column].astype(float)
        if among:
            values = values.where(frame[among].astype(float) >= max(settings.rank_least, 1))
        values = values.where(frame["packages"] >= settings.rank_least)
        parts[name] = -values if name in BETTER_HIGH else values
    measured = tuple(name for name in parts.columns if parts[name].notna().any())
    parts = parts[list(measured)]
    ranking = rank_needs(parts, weights=settings.rank_weights)
    areas = ranking.join(frame)
    for name in PART_COLUMNS:
        if name not in measured:
            areas[f"rank_{name}"] = np.nan
    areas = areas.join(tell_effects(survey, areas.index, level=level))
    areas.index.name = "area_code"
    areas = areas.reset_index()
    areas["rank"] = areas["rank"].where(areas["score"].notna())  # too small to be ranked
    areas.insert(0, "level", level)
    areas["area_name"] = [survey.name(level, code) for code in areas["area_code"]]
    areas["district_name"] = [survey.name(DISTRICT, code) for code in areas["district_code"]]
    order = try_weights(parts, weights=settings.rank_weights)
    order["area_name"] = [survey.name(level, code) for code in order["area_code"]]
    return RuralFacts(areas, order, measured, _lacking(survey, measured))


def _measure(survey: Survey, level: str) -> pd.DataFrame:
    """Put every measure of a level side by side; index ``area_code``, those with demand."""
    packages, places, settings = survey.tables.packages, survey.places, survey.settings.market
    deliveries = survey.deliveries[0]
    frames = [
        measure_demand(packages, places, by=level)[["area_code", "packages", "packages_waiting", "contact_hours"]],
        measure_gaps(survey.gaps, places, by=level, settings=settings).drop(columns=["level", "packages_waiting"]),
        measure_waits(survey.waits, packages, places, by=level, settings=settings)[
            ["area_code", "waits_decided", "waits_long", "long_share", "long_share_low", "long_share_high"]
        ],
        survey.round_travel(level=level)[["journeys", "minutes_hour"]].rename_axis("area_code").reset_index(),
        refusals_by_area(survey.answers, places, by=level)[
            ["area_code", "offers", "refused", "refused_share", "refused_share_low", "refused_share_high"]
        ],
        measure_overlap(deliveries, survey.tables.providers, places, by=level, settings=settings)[
            ["area_code", "providers"]
        ],
        sum_near_providers(survey.near_providers, places, by=level, settings=settings)[
            ["area_code", "near_providers_median"]
        ],
    ]
    table = frames[0].set_index("area_code")
    for frame in frames[1:]:
        table = table.join(frame.set_index("area_code"))
    return table


def _lacking(survey: Survey, measured: tuple[str, ...]) -> tuple[str, ...]:
    needs = {"travel": "visits", "refusals": "offers"}
    absent = {part: table for part, table in needs.items() if getattr(survey.tables, table) is None}
    return tuple(f"Needs table {table}: {PART_WORDS[part]}." for part, table in absent.items() if part not in measured)
