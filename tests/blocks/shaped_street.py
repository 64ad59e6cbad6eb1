"""A street with every rule on it that an edit may break: a block already let, locks, participation, shares."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pandas as pd

from marketmap.blocks import Plan, Stop, propose
from marketmap.blocks.draft import PROPOSED, Draft, DraftZone
from marketmap.blocks.draft_zones import name_zone
from marketmap.blocks.plan import PlanCase
from marketmap.inputs.county import Tables
from tests.blocks.mixed_street import PROVIDERS, mixed_settings
from tests.blocks.small_county import DISTRICT, make_rounds, make_street, make_tables, make_times

POSTCODES = 60
# The street's end is let to D; every third postcode has no work.
LET = tuple(range(54, 60))


@functools.cache
def shaped_tables() -> Tables:
    street = make_street(POSTCODES, metres=400.0)
    random = np.random.default_rng(5)
    packages: list[dict[str, object]] = []
    for number, (postcode, hours) in enumerate(zip(street.index, random.integers(8, 20, POSTCODES), strict=True)):
        holder = PROVIDERS[int(random.integers(4))]
        if number % 3:
            packages.append(
                {"postcode": postcode, "provider_id": holder, "hours_week": float(hours), "visits_week": float(hours)}
            )
        if number % 10 == 4:
            packages.append({"postcode": postcode, "provider_id": None, "status": "waiting", "hours_week": 6.0})
    packages[3]["needs"] = "dementia"
    tables = make_tables(
        packages,
        [{"provider_id": name, "hours_spare_week": 95.0, "services": "dementia" if name != "C" else "x",
          "company_id": "AB" if name in "AB" else name} for name in PROVIDERS]
        + [{"provider_id": "S", "placements_suspended": True}],
        postcodes=street,
        participation=pd.DataFrame(
            {"provider_id": [*PROVIDERS, "S"], "area_code": [pd.NA, pd.NA, pd.NA, "LE15 2", pd.NA],
             "max_block_hours": [pd.NA, 150.0, pd.NA, pd.NA, pd.NA], "valid_from": [pd.NaT] * 5}
        ),
        blocks=pd.DataFrame(
            {"block_id": ["X1"], "provider_id": ["D"], "status": ["active"], "end_date": [pd.NaT],
             "guaranteed_hours_week": [20.0], "price_hour": [24.0]}
        ),
        block_areas=pd.DataFrame(
            {"block_id": "X1", "postcode": [street.index[at] for at in LET], "sector": pd.NA}
        ),
    )  # fmt: skip
    locks = pd.DataFrame(
        [
            ("forbid", "F1", "A", street.index[20]),
            ("together", "T1", None, street.index[11]),
            ("together", "T1", None, street.index[13]),
            ("apart", "P1", None, street.index[31]),
            ("apart", "P1", None, street.index[49]),
        ],
        columns=["kind", "lock_id", "provider_id", "place"],
    )
    locks["row"] = np.arange(2, 2 + len(locks))
    return dataclasses.replace(tables, visits=make_rounds(tables.packages), locks=locks)


@functools.cache
def shaped_plan() -> Plan:
    tables = shaped_tables()
    settings = mixed_settings(share_cap=0.7, reach_minutes=9.0, min_hours=50.0, max_hours=120.0)
    return propose(tables, make_times(tables.county_postcodes), settings, stop=Stop(max_iterations=60))


def shaped_case() -> PlanCase:
    return dataclasses.replace(shaped_plan().case, zones=())


def draft_plan(plan: Plan) -> Draft:
    """Take a plan up as a draft, from what is in memory."""
    model = plan.case.model
    rows = plan.postcodes.groupby("block_id")["postcode"].agg(tuple)
    zones = [
        name_zone(model, zone)
        if not zone.existing
        else DraftZone(
            zone.block_id,
            zone.status,
            str(model.providers.index[zone.provider]),
            str(model.points.index[zone.centre]),
            tuple(sorted(rows[zone.block_id])),
        )
        for zone in plan.case.zones
    ]
    return Draft(
        county={},
        settings={},
        seed=0,
        stop={},
        solver={"status": plan.status, "objective": plan.objective, "lower_bound": plan.lower_bound,
                "relaxed": list(plan.relaxed), "ended": plan.ended, "forbidden": []},
        origin="the street's plan",
        zones=tuple(sorted(zones, key=lambda zone: zone.block_id)),
    )  # fmt: skip


@functools.cache
def shaped_draft() -> Draft:
    return draft_plan(shaped_plan())


def proposed_ids(draft: Draft) -> list[str]:
    return [zone.block_id for zone in draft.zones if zone.status == PROPOSED]


__all__ = ["DISTRICT", "draft_plan", "proposed_ids", "shaped_case", "shaped_draft", "shaped_plan", "shaped_tables"]
