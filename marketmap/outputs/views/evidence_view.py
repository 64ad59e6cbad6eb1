"""Simulated rounds, read back for looking at: policies side by side, before and after by area, rounds as driven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from marketmap.outputs.files.record import RunRecord, read_record, refuse_purged
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.schema.round import DIFFERENCES, DRIVEN, MEASURES, UNSERVED
from marketmap.outputs.views.round_moves import read_moves

TODAY, SWAPS, ALL, NEW_ONLY = "today", "swaps", "all", "new_only"
COUNTY, RURAL, DISTRICT, BLOCK, PROVIDER = "county", "rural", "district_code", "block", "provider"
# Where the same visits are compared first; a provider's are not the same after as before.
LEVEL_WORDS = {DISTRICT: "District", RURAL: "Rural or urban", BLOCK: "Block", PROVIDER: "Provider"}
FAIR = (
    "The fair comparison is simulated against simulated: the same visits, the same rules, only who makes them differs. "
    "What lies between driven and simulated is better routing, which no block brings."
)
NOT_A_ROTA = "Nobody drove the simulated rounds; intervals are over provider-days and say nothing of wrong settings."
CARERS = (
    "Different carers a person: today's from call monitoring. Before and after: not simulated, for simulated rounds "
    "are made anew each day and keep no carer with a person."
)
POLICY_HEADINGS = {
    "policy": "Policy",
    "days": "Days",
    "before": "Before (min an hour)",
    "after": "After (min an hour)",
    "change": "Change (min an hour)",
    "released": "Contact hours released a week",
    "ceiling": "At most (ceiling)",
    "rounds": "Rounds a day",
    "miles": "Miles saved a year",
    "pounds": "Mileage saved a year (£)",
    "carbon": "kgCO2e saved a year",
}
AREA_HEADINGS = {
    "area": "",
    "hours": "Carer hours",
    "before": "Before (min an hour)",
    "after": "After (min an hour)",
    "change": "Change (min an hour)",
    "saved": "Minutes saved",
    "released": "Contact hours released a week",
}
PROVIDER_HEADINGS = {
    "area": "",
    "hours_before": "Carer hours before",
    "hours_after": "Carer hours after",
    "minutes_before": "Travel before (min)",
    "minutes_after": "Travel after (min)",
    "before": "Before (min an hour)",
    "after": "After (min an hour)",
    "change": "Change (min an hour)",
}
WHOLE = "The whole county"
AREAS_SAVE = "The same visits before and after, so each row is a saving. A journey belongs to where it leads."
PROVIDERS_MOVE = (
    "A provider's row is no saving. Work moves between providers and takes its travel with it: who gives visits up "
    "travels less, who takes them on travels more. What is saved is the whole county's row, and its parts by district, "
    "by block and rural or urban, where the same visits are compared."
)
DRIVEN_HEADINGS = {
    "provider": "Provider",
    "coverage": "Call monitoring shows of what is bought",
    "driven": "As driven (min an hour)",
    "simulated": "Simulated today (min an hour)",
    "overlaps": "Visits begun before the last had ended",
    "carers": "Carers a package, today",
}


@dataclass(frozen=True, eq=False)
class EvidenceFiles:
    """A rounds run as its files say.

    Attributes
    ----------
    record
        ``run.json``.
    measures, differences, driven, unserved
        The tables `MEASURES`, `DIFFERENCES`, `DRIVEN` and `UNSERVED`.
    moves
        As `marketmap.outputs.views.round_moves.tally_moves` gives them.
    """

    record: RunRecord
    measures: pd.DataFrame
    differences: pd.DataFrame
    driven: pd.DataFrame
    unserved: pd.DataFrame
    moves: pd.DataFrame


def read_evidence(folder: Path) -> EvidenceFiles:
    """Read the output folder of a rounds run.

    Raises
    ------
    OutputError
        When it is missing, is none of ours, was purged, or a file of it cannot be read.
    """
    record = read_record(folder)
    refuse_purged(record, folder)
    measures, differences, driven, unserved = (
        read_table(folder / table.path, table) for table in (MEASURES, DIFFERENCES, DRIVEN, UNSERVED)
    )
    return EvidenceFiles(record, measures, differences, driven, unserved, read_moves(folder))


def tell_policy(policy: str) -> str:
    """Say a policy in words."""
    if policy.startswith(NEW_ONLY):
        months = policy.removeprefix(NEW_ONLY).strip(", ")
        return f"Only who begins goes to the block{f', after {months}' if months else ''}"
    words = {
        TODAY: "As today",
        SWAPS: "The swap list made",
        ALL: "Everybody in a zone to its block: an upper bound",
    }
    return words.get(policy, policy)


def name_policy(policy: str) -> str:
    """Name a policy in so few words that a chart's axis holds them."""
    words = {TODAY: "today", SWAPS: "swap list", ALL: "all to their blocks"}
    return policy.replace(NEW_ONLY, "who begins") if policy.startswith(NEW_ONLY) else words.get(policy, policy)


def tell_baseline(files: EvidenceFiles) -> dict[str, str]:
    """Tell today's travel, in minutes a carer hour: simulated, as driven, and what a price pays for."""
    measures, driven = files.measures, files.driven
    whole = measures[(measures["policy"] == TODAY) & (measures["level"] == COUNTY)]["minutes_hour"]
    hours = float(driven["carer_hours"].sum())
    market = dict(files.record.settings.get("market", {}))
    paid = market.get("price_travel_minutes")
    return {
        "Simulated, as bought today": _minutes(float(whole.iloc[0])) if len(whole) else "not known",
        "As driven, by the roads and with parking": _minutes(float(driven["driven_minutes"].sum()) / hours)
        if hours
        else "not known",
        "In the published split of a price": "not known" if paid is None else _minutes(float(paid)),
        "Days simulated": f"{int(measures['days'].max()):,}" if len(measures) else "0",
        "Visits in no round today": f"{int((files.unserved['policy'] == TODAY).sum()):,}",
    }


def tell_sparse(files: EvidenceFiles) -> str:
    """Say of how many providers call monitoring shows too little; blank where of none."""
    thin = files.driven[~files.driven["enough"] & files.driven["hours_commissioned"].gt(0)]
    if thin.empty:
        return ""
    least = float(dict(files.record.settings.get("calibration", {})).get("least_coverage", 0.8))
    return (
        f"Call monitoring shows less than {least:.0%} of what is bought from {len(thin):,} of {len(files.driven):,} "
        "providers: today's rounds of theirs are too sparse to judge by, and so is the saving."
    )


def list_policies(files: EvidenceFiles) -> list[str]:
    """List the policies that are compared with today, in the order of the run."""
    return list(dict.fromkeys(files.differences["policy"]))


def list_levels(files: EvidenceFiles) -> list[str]:
    """List the levels that the differences have, in the order of `LEVEL_WORDS`."""
    there = set(files.differences["level"])
    return [level for level in LEVEL_WORDS if level in there]


def tabulate_policies(files: EvidenceFiles) -> pd.DataFrame:
    """Tell each policy over the whole county as text under `POLICY_HEADINGS`."""
    rows = files.differences[files.differences["level"] == COUNTY]
    told = [
        {
            "policy": tell_policy(row["policy"]),
            "days": f"{row['days']:.0f}",
            "before": _minutes(row["minutes_hour_before"]),
            "after": _minutes(row["minutes_hour_after"]),
            "change": tell_change(row),
            "released": f"{row['hours_released']:,.0f}",
            "ceiling": f"{row['hours_ceiling']:,.0f}",
            "rounds": _tell_rounds(files.measures, row["policy"]),
            "miles": f"{row['miles_saved_year']:,.0f}",
            "pounds": f"{row['mileage_pounds_saved_year']:,.0f}",
            "carbon": f"{row['kgco2e_saved_year']:,.0f}",
        }
        for row in rows.to_dict("records")
    ]
    return pd.DataFrame(told, columns=list(POLICY_HEADINGS))


def _tell_rounds(measures: pd.DataFrame, policy: str) -> str:
    """Tell the county's rounds a day, today and under a policy: fewer journeys must not come of more rounds."""
    rounds = measures[measures["level"] == COUNTY].set_index("policy")["rounds_day"]
    then = f"{rounds[policy]:,.0f}" if policy in rounds else "not known"
    # What new_only is compared with, the same starts placed as today, is no row of the measures.
    return then if policy.startswith(NEW_ONLY) or TODAY not in rounds else f"{rounds[TODAY]:,.0f} → {then}"


def keep_areas(files: EvidenceFiles, policy: str, level: str, *, names: Mapping[str, str]) -> pd.DataFrame:
    """Keep one policy's differences of one level with ``area``, its name.

    Parameters
    ----------
    names
        Codes of providers and districts → names; a code that it lacks stands for itself.

    Returns
    -------
    DataFrame
        The largest saving first; providers, whose rows are no savings, by carer hours before. ``carer_hours_after``:
        those of the policy's rounds.
    """
    rows = files.differences[(files.differences["policy"] == policy) & (files.differences["level"] == level)]
    measured = files.measures[(files.measures["policy"] == policy) & (files.measures["level"] == level)]
    after = measured.set_index("area_code")["carer_hours"]
    named = rows.assign(
        area=[names.get(code, code) for code in rows["area_code"]],
        # Who has no visit left has no row in the measures.
        carer_hours_after=rows["area_code"].map(after).fillna(0.0),
    )
    first = "carer_hours" if level == PROVIDER else "minutes_saved"
    return named.sort_values([first, "area_code"], ascending=[False, True], ignore_index=True)


def tabulate_areas(rows: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Tell areas and the whole county, as `keep_areas` gives them, as text under `AREA_HEADINGS`: the county first."""
    told = [
        {
            "area": row["area"],
            "hours": f"{row['carer_hours']:,.0f}",
            "before": _minutes(row["minutes_hour_before"]),
            "after": _minutes(row["minutes_hour_after"]),
            "change": tell_change(row),
            "saved": tell_span(row["minutes_saved"], row["minutes_saved_low"], row["minutes_saved_high"]),
            "released": f"{row['hours_released']:,.1f}",
        }
        for row in (*whole.assign(area=WHOLE).to_dict("records"), *rows.to_dict("records"))
    ]
    return pd.DataFrame(told, columns=list(AREA_HEADINGS))


def tabulate_providers(rows: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Tell providers, and the county first, as text under `PROVIDER_HEADINGS`: hours beside travel, for both move."""
    told = [
        {
            "area": row["area"],
            "hours_before": f"{row['carer_hours']:,.0f}",
            "hours_after": f"{row['carer_hours_after']:,.0f}",
            "minutes_before": f"{row['minutes_before']:,.0f}",
            "minutes_after": f"{row['minutes_after']:,.0f}",
            "before": _minutes(row["minutes_hour_before"], none="no hours"),
            "after": _minutes(row["minutes_hour_after"], none="no hours"),
            "change": tell_change(row),
        }
        for row in (*whole.assign(area=WHOLE).to_dict("records"), *rows.to_dict("records"))
    ]
    return pd.DataFrame(told, columns=list(PROVIDER_HEADINGS))


def tabulate_driven(files: EvidenceFiles, *, names: Mapping[str, str]) -> pd.DataFrame:
    """Tell each provider's rounds as call monitoring saw them, as text under `DRIVEN_HEADINGS`, the largest first."""
    rows = files.driven.sort_values(["carer_hours", "provider_id"], ascending=[False, True])
    told = []
    for row in rows.to_dict("records"):
        share = "not known" if pd.isna(row["coverage"]) else f"{row['coverage']:.0%}"
        told.append(
            {
                "provider": names.get(row["provider_id"], row["provider_id"]),
                "coverage": share if row["enough"] or pd.isna(row["coverage"]) else f"{share}: too little to judge by",
                "driven": _minutes(row["driven_minutes_hour"]),
                "simulated": _minutes(row["simulated_minutes_hour"]),
                "overlaps": "none seen" if pd.isna(row["overlaps"]) else f"{row['overlaps']:,.0f}",
                "carers": "not known" if pd.isna(row["carers_a_package"]) else f"{row['carers_a_package']:.1f}",
            }
        )
    return pd.DataFrame(told, columns=list(DRIVEN_HEADINGS))


def tell_change(row: Mapping[Any, Any]) -> str:
    """Tell a change of minutes an hour with its interval."""
    if pd.isna(row["minutes_hour_change"]):
        return "not known"
    low, high = row["minutes_hour_change_low"], row["minutes_hour_change_high"]
    span = "no interval" if pd.isna(low) or pd.isna(high) else f"{low:+.2f} to {high:+.2f}"
    return f"{row['minutes_hour_change']:+.2f} ({span})"


def tell_span(value: float, low: float, high: float) -> str:
    """Tell a number of minutes with its interval."""
    span = "no interval" if pd.isna(low) or pd.isna(high) else f"{low:,.0f} to {high:,.0f}"
    return f"{value:,.0f} ({span})"


def _minutes(value: float, *, none: str = "not known") -> str:
    return none if pd.isna(value) else f"{value:.1f}"
