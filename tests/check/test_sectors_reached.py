"""The checker and the plan say alike which sectors a block reaches, also where it holds a delivery office."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd

from marketmap.blocks.proposals import list_sectors
from marketmap.check.demand import _sectors_reached
from marketmap.check.evidence import Evidence
from marketmap.inputs.county import Tables

LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def make_county() -> tuple[pd.DataFrame, pd.Series]:
    """Make five spots of up to 20 postcodes with drawn sectors, and a block for each."""
    rng = np.random.default_rng(7)
    rows = []
    for number in range(200):
        sector = f"GL{rng.integers(1, 9)} {rng.integers(1, 9)}"
        where = int(rng.integers(0, 25)) if number % 2 else number + 100
        rows.append((f"{sector}{LETTERS[number // 20]}{LETTERS[number % 20]}", 380_000.0 + 50 * min(where, 4 + number)))
    frame = pd.DataFrame(rows, columns=["postcode", "easting"]).set_index("postcode").sort_index()
    office = frame.index[:40]
    frame.loc[office, "easting"] = 390_000.0
    frame = frame.assign(northing=220_000.0, sector=frame.index.str[:-2])
    block = pd.Series(rng.choice(["B1", "B2", "B3", "spot"], size=len(frame)), index=frame.index)
    block[office] = "B1"
    block[office[:3]] = "B4"  # a block of nothing but boxes keeps their sectors
    return frame, block


def test_both_leave_out_the_sectors_of_a_delivery_office() -> None:
    frame, block = make_county()
    tables = cast("Tables", SimpleNamespace(county_postcodes=frame))
    plan = pd.DataFrame({"postcode": frame.index, "block_id": block.to_numpy()})
    told = list_sectors(plan, tables)
    own = _sectors_reached(cast("Evidence", SimpleNamespace(block_of=block, directory=frame)))
    derived = own.groupby(block.reindex(own.index)).agg(lambda values: ";".join(sorted(set(values))))
    assert derived.drop("spot").to_dict() == told
    everything = set(frame.loc[block == "B1", "sector"])
    assert set(told["B1"].split(";")) < everything
    assert set(told["B4"].split(";")) == set(frame.loc[block == "B4", "sector"])
