"""A draft's blocks in the arrays of the model that they are judged on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from marketmap.blocks.draft import PROPOSED, Draft, DraftZone
from marketmap.blocks.eligibility import keep_out, map_forbidden
from marketmap.blocks.locks import Locks
from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import PlanCase, Zone
from marketmap.blocks.propose import find_locked_zones
from marketmap.errors import PlanError
from marketmap.settings import BlockSettings


def place_zones(case: PlanCase, draft: Draft) -> list[Zone]:
    """Write a draft's blocks in the arrays of its case, those that stay as they are first.

    Raises
    ------
    PlanError
        When the draft's blocks are not of this case.
    """
    model = case.model
    settled = find_locked_zones(model)
    if sorted(zone.block_id for zone in settled) != sorted(zone.block_id for zone in draft.zones if not zone.proposed):
        raise PlanError(
            "The blocks already let or held by a lock are not those of this plan: the county's tables have changed. "
            "Run again."
        )
    return [*settled, *_place(model, [zone for zone in draft.zones if zone.proposed])]


def place_zone(model: BlockModel, zone: DraftZone) -> Zone:
    """Write one proposed block in a model's arrays; errors as `place_zones`."""
    return _place(model, [zone])[0]


def _place(model: BlockModel, zones: Sequence[DraftZone]) -> list[Zone]:
    every = model.points.index.get_indexer(pd.Index([name for zone in zones for name in zone.postcodes], dtype="str"))
    centres = model.points.index.get_indexer(pd.Index([zone.centre for zone in zones], dtype="str"))
    providers = model.providers.index.get_indexer(pd.Index([zone.provider_id for zone in zones], dtype="str"))
    ends = np.cumsum([len(zone.postcodes) for zone in zones])
    placed = []
    for number, zone in enumerate(zones):
        at = every[ends[number] - len(zone.postcodes) : ends[number]]
        points, centre, provider = np.sort(at[at >= 0]), int(centres[number]), int(providers[number])
        if centre < 0 or provider < 0 or not len(points) or not model.free[points].all():
            raise PlanError(
                f"Block {zone.block_id} cannot be placed: its work, its centre or its provider {zone.provider_id} is "
                "not in the county's tables as they are now. Run again."
            )
        placed.append(Zone(block_id=zone.block_id, existing=False, provider=provider, centre=centre, points=points))
    return placed


def name_zone(model: BlockModel, zone: Zone) -> DraftZone:
    """Write a proposed block in names, with every postcode that hangs on its work."""
    inside = model.point_of.index[model.point_of.isin(zone.points)]
    return DraftZone(
        block_id=zone.block_id,
        status=PROPOSED,
        provider_id=str(model.providers.index[zone.provider]),
        centre=str(model.points.index[zone.centre]),
        postcodes=tuple(sorted(str(name) for name in inside)),
    )


def forbid_more(case: PlanCase, forbidden: Sequence[tuple[str, str]]) -> PlanCase:
    """Add forbidden pairs to a case: the same as building it with them, for they change only who is barred where.

    Raises
    ------
    PlanError
        Naming a place that the county does not have.
    """
    locks = case.locks.joined(Locks(forbidden=tuple(forbidden)))
    if locks.forbidden == case.locks.forbidden:
        return case
    model = case.model
    kept_out = map_forbidden(
        locks,
        [str(name) for name in model.providers.index],
        case.tables.county_postcodes,
        point_of=model.point_of,
        points=model.points.index,
    )
    barred = keep_out(model.standing, kept_out)
    notes = [note for note in model.notes if note != case.locks.describe()]
    model = dataclasses.replace(model, barred=barred, notes=(*notes, locks.describe()))
    return dataclasses.replace(case, locks=locks, model=model)


def choose_centre(
    model: BlockModel, points: np.ndarray, *, provider: int, used: Sequence[int], settings: BlockSettings
) -> int:
    """Choose the centre from which some points cost a provider least, travel and rounds together.

    As in the search: any point with work that a block may have, within reach of all of them; where there is none, the
    one that leaves fewest out of reach. Two blocks never have one centre.

    Parameters
    ----------
    used
        Centres of the other blocks.

    Returns
    -------
    int
        Position of the point, -1 where the provider's rounds begin nowhere on the roads.
    """
    open_to = model.free & np.isfinite(model.base[provider])
    open_to[np.asarray(used, dtype=np.int64)] = False
    candidates = np.flatnonzero(open_to)
    if not len(candidates):
        return -1
    minutes = model.minutes[np.ix_(points, candidates)]
    visits = model.points["carer_visits"].to_numpy(float)[points]
    cost = settings.factor_inside * (visits @ minutes) + model.rounds[points].sum() * model.base[provider, candidates]
    lost = (minutes > settings.reach_minutes).sum(axis=0)
    return int(candidates[np.lexsort((cost, lost))[0]])
