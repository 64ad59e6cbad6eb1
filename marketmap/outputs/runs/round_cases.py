"""What the rounds of each policy come to: measures by area, differences, and the sentences that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.policies import NEW_ONLY, TODAY
from marketmap.inputs.county import Tables
from marketmap.market.area_rows import code_rows
from marketmap.market.places import COUNTY, UNPLACED, place_postcodes
from marketmap.market.round_measures import compare_rounds, measure_rounds, tally_days
from marketmap.outputs.schema import round as round_columns
from marketmap.settings import Settings
from marketmap.travel.rounds.week import WeekRounds

# Within this share of the published figure a baseline needs no word of its own.
NEAR = 0.15
LEVELS = ("county", "rural", "district_code")
OUTSIDE = "outside"


@dataclass(frozen=True)
class Case:
    """One policy's rounds, what they are compared with (the same visits made as today), and of how many days."""

    policy: str
    rounds: WeekRounds
    before: WeekRounds | None
    days: int


def measure_cases(
    cases: Sequence[Case], ground: pd.DataFrame, settings: Settings, *, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure every policy by every level, and compare each with the same visits made as today.

    Parameters
    ----------
    cases
        The first is `TODAY`.
    ground
        The areas of each postcode that rounds come to, as `list_places` gives them; without a plan there are no rows
        by block.

    Returns
    -------
    measured, compared
        The columns of `ROUND_MEASURES` and `ROUND_DIFFERENCES` without their basis and factors.
    """
    levels = [*LEVELS, *(["block"] if ground["block_id"].ne("").any() else []), "provider"]
    measured, compared = [], []
    for case in cases:
        for level in levels:
            codes = _codes(case.rounds.stops, level, ground)
            rows = measure_rounds(case.rounds.stops, codes, market=settings.market)
            measured.append(rows.reset_index().assign(policy=case.policy, level=level, days=case.days))
            if case.before is None:
                continue
            rows = compare_rounds(
                tally_days(case.before.stops, _codes(case.before.stops, level, ground)),
                tally_days(case.rounds.stops, codes),
                days=case.days,
                settings=settings.rounds,
                market=settings.market,
                seed=seed,
            )
            compared.append(rows.reset_index().assign(policy=case.policy, level=level, days=case.days))
    empty = pd.DataFrame(columns=[column.name for column in round_columns.DIFFERENCES.columns])
    return pd.concat(measured, ignore_index=True), pd.concat(compared, ignore_index=True) if compared else empty


def list_places(cases: Sequence[Case], tables: Tables, zones: pd.DataFrame | None, settings: Settings) -> pd.DataFrame:
    """List the postcodes that the rounds of any case come to, and the areas that each lies in.

    Parameters
    ----------
    cases
        As `measure_cases` takes them.
    zones
        Indexed by postcode: ``block_id``; None where there is no plan.

    Returns
    -------
    DataFrame
        Sorted by ``postcode``, which is a column: ``district_code``, ``rural`` (rural, urban or unplaced) and
        ``block_id`` (``outside`` where in none, blank where there is no plan).
    """
    places = place_postcodes(tables, settings=settings)
    rounds = [side for case in cases for side in (case.rounds, case.before) if side is not None]
    named = pd.concat([side.stops["postcode"] for side in rounds]).astype("object").drop_duplicates().sort_values()
    ground = pd.DataFrame({"postcode": named.to_numpy(dtype=object)})
    for level in ("district_code", "rural"):
        ground[level] = code_rows(ground, places, by=level).fillna(UNPLACED)
    block = "" if zones is None else ground["postcode"].map(zones["block_id"].to_dict()).fillna(OUTSIDE)
    return ground.assign(block_id=block)


def _codes(stops: pd.DataFrame, level: str, ground: pd.DataFrame) -> pd.Series:
    if level == "provider":
        return stops["provider_id"].astype("object")
    if level == COUNTY:
        return pd.Series(COUNTY, index=stops.index, dtype="object")
    column = "block_id" if level == "block" else level
    return stops["postcode"].map(ground.set_index("postcode")[column].to_dict()).astype("object")


def join_as_today(cases: Sequence[Case]) -> pd.DataFrame:
    """Put the rounds as today that policies of the future are compared with into one frame, by ``policy``; or none."""
    apart = [case for case in cases if case.before is not None and case.policy.startswith(NEW_ONLY)]
    if not apart:
        return pd.DataFrame()
    return join_cases([case.before.stops for case in apart if case.before is not None], apart)


def join_cases(frames: Sequence[pd.DataFrame], cases: Sequence[Case]) -> pd.DataFrame:
    """Put the same frame of every case into one, with its ``policy``."""
    named = [frame.assign(policy=case.policy) for frame, case in zip(frames, cases, strict=True)]
    return pd.concat(named, ignore_index=True)


def tell_coverage(driven: pd.DataFrame, settings: Settings) -> list[str]:
    """Say of how many providers call monitoring shows too little to judge today by."""
    thin = driven[~driven["enough"].astype("boolean").fillna(value=False) & driven["hours_commissioned"].gt(0)]
    if thin.empty:
        return []
    least = settings.calibration.least_coverage
    text = (
        f"Call monitoring shows less than {least:.0%} of what is bought from {len(thin):,} of {len(driven):,} "
        "providers: their rounds of today are too sparse to judge by; internal/rounds_driven.csv names them."
    )
    return [text]


def tell_unserved(today: WeekRounds) -> list[str]:
    """Say how many visits are in no round, and why."""
    if today.unserved.empty:
        return []
    told = today.unserved.groupby("reason").size().sort_values(ascending=False)
    parts = "; ".join(f"{reason}: {count:,}" for reason, count in told.items())
    return [f"In no round of today: {len(today.unserved):,} visits ({parts}). internal/rounds_unserved.csv lists them."]


def sum_up(measured: pd.DataFrame, compared: pd.DataFrame, driven: pd.DataFrame, settings: Settings) -> str:
    """Sum up: today's travel simulated, as driven and as a price pays for it, then what each policy changes."""
    whole = measured[(measured["level"] == "county") & (measured["policy"] == TODAY)]
    if whole.empty:
        return "There was nothing to simulate."
    others = [
        f"{row.policy}: {row.minutes_hour_change:+.2f} minutes a carer hour "
        f"({tell_interval(row.minutes_hour_change_low, row.minutes_hour_change_high)}), "
        f"{row.hours_released:,.0f} contact hours a week released (ceiling {row.hours_ceiling:,.0f})."
        for row in compared[compared["level"] == "county"].itertuples()
    ]
    return " ".join([*tell_baseline(float(whole["minutes_hour"].iloc[0]), driven, settings), *others])


def tell_interval(*ends: object) -> str:
    """Say an interval by its lower and upper end, or that so few days give none."""
    low, high = (float(str(end)) for end in ends)
    return f"{low:+.2f} to {high:+.2f}" if np.isfinite([low, high]).all() else "no interval from so few days"


def tell_baseline(simulated: float, driven: pd.DataFrame, settings: Settings) -> list[str]:
    """Say today's travel three times, simulated, as driven and as priced, and why the first is not the others.

    Parameters
    ----------
    simulated
        Minutes a carer hour of today's simulated rounds.
    driven
        As `marketmap.market.driven.measure_driven` gives it.
    settings
        ``market.price_travel_minutes``.
    """
    paid, hours = settings.market.price_travel_minutes, float(driven["carer_hours"].sum())
    seen = f"{driven['driven_minutes'].sum() / hours:.1f}" if hours else "not known"
    three = (
        f"Travel of today's rounds, minutes a carer hour: {simulated:.1f} simulated, {seen} as driven by the roads in "
        f"the order of log-ins, {paid:g} in the published split of a price."
    )
    told = [three]
    if abs(simulated - paid) > NEAR * paid:
        word = "below" if simulated < paid else "above"
        told.append(
            f"The simulated baseline is {abs(simulated - paid) / paid:.0%} {word} the published figure: a search makes "
            "the best rounds of each day anew, within time bands, which no rota does. So compare simulated with "
            "simulated."
        )
    return told
