"""Who could have each block, and what it would cost."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pytest

from marketmap.blocks.audit import cost_providers, tabulate_eligible
from marketmap.blocks.locks import Locks
from marketmap.blocks.model import BlockModel, build_model
from marketmap.blocks.plan import Zone
from marketmap.settings import BlockSettings
from tests.blocks.small_county import make_times
from tests.blocks.test_propose import settings_with, two_towns

SETTINGS = settings_with()


def _model(rounds: float) -> BlockModel:
    """Two providers, one 7 minutes from its base and one with none on the roads; ``rounds`` at each point."""
    tables = two_towns()
    model = build_model(tables, make_times(tables.county_postcodes), SETTINGS.blocks, locks=Locks())
    base = np.full_like(model.base, np.inf)
    base[0] = 7.0
    return dataclasses.replace(model, base=base, rounds=np.full(len(model.points), rounds))


@pytest.mark.parametrize("rounds", [0.0, 2.0])
def test_without_a_base_the_minutes_stay_blank(rounds: float) -> None:
    model = _model(rounds)
    zone = Zone("B1", existing=False, provider=0, centre=0, points=np.arange(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cost = cost_providers(model, zone, settings=SETTINGS.blocks)
        names = model.why_not.rename("name")
        table = tabulate_eligible(model, [zone], provider_names=names, settings=SETTINGS.blocks)
    assert np.isfinite(cost[0])
    assert np.isinf(cost[1])
    table = table.set_index("provider_id")
    assert table["minutes_week"].notna().tolist() == [True, False]
    assert table["eligible"].tolist() == [True, False]
    assert table.loc["B", "reason"] == "no round start or office on the road network"


def test_rounds_cost_the_way_from_the_base() -> None:
    zone = Zone("B1", existing=False, provider=0, centre=1, points=np.arange(3))
    settings = BlockSettings(**{**dataclasses.asdict(SETTINGS.blocks), "block_cost_minutes": 0.0})
    none, some = (_model(rounds) for rounds in (0.0, 2.0))
    more = cost_providers(some, zone, settings=settings)[0] - cost_providers(none, zone, settings=settings)[0]
    assert more == pytest.approx(3 * 2.0 * 7.0)
