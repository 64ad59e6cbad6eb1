"""What `propose` is given, looked at before a model is built of it: tables made by hand tell faults as files do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from marketmap.blocks.arguments import LARGEST
from marketmap.blocks.locks import Locks
from marketmap.errors import PlanError
from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.county import Tables
from marketmap.settings import Settings
from marketmap.travel import TravelTimes

_KEYS = {"packages": "package_id", "providers": "provider_id"}
_FIGURES = ("hours_week", "visits_week", "carers_required")


def check_given(tables: Tables, matrix: TravelTimes, settings: Settings, locks: Locks | None) -> None:
    """Refuse what is no county, no road times or no settings; what `read_county` and `county_travel` give passes.

    Raises
    ------
    PlanError
        Naming every fault at once, with its table, column and rows.
    """
    wanted = ((tables, Tables, "tables"), (matrix, TravelTimes, "matrix"), (settings, Settings, "settings"))
    wrong = [
        f"{name} is a {type(value).__name__}; give a {kind.__name__}"
        for value, kind, name in (*wanted, (locks or Locks(), Locks, "locks"))
        if not isinstance(value, kind)
    ]
    wrong = wrong or [*_table_faults(tables), *_matrix_faults(matrix)]
    if wrong:
        raise PlanError("No plan can be made of this: " + "; ".join(wrong) + ".")


def _table_faults(tables: Tables) -> Iterator[str]:
    for name, key in _KEYS.items():
        frame: pd.DataFrame = getattr(tables, name)
        required = CONTRACTS[name].required_names
        missing = [column for column in required if column not in frame]
        if missing:
            yield f"{name} lacks {', '.join(missing)}; read_county gives every column"
            continue
        if not frame.index.is_unique:
            yield f"{name} has an index with labels twice; reset_index(drop=True) mends it"
        for column in dict.fromkeys((key, "provider_id")):
            values = frame[column].dropna()
            if not all(isinstance(value, str) for value in values.unique()):
                yield f"{name}.{column} holds {values.iloc[0]!r:.40}: identifiers are text, so write them as text"
        again = frame[key].duplicated()
        if again.any():
            yield f"{name}.{key} holds the same {key} twice, first again {_at(frame, again)}; give one row each"
    packages = tables.packages
    for column in _FIGURES:
        if column in packages:
            figures = pd.to_numeric(packages[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            odd = pd.Series(~((figures >= 0) & (figures < LARGEST)), packages.index)
            if odd.any():
                yield f"packages.{column} holds no figure of 0 or more {_at(packages, odd)}; correct it"
    if {"placed", "district_code"} <= set(packages):
        lost = packages["placed"].astype(bool) & packages["district_code"].isna()
        if lost.any():
            yield f"packages.district_code is blank though the package is placed {_at(packages, lost)}; fill it in"


def _matrix_faults(matrix: TravelTimes) -> Iterator[str]:
    minutes, size = np.asarray(matrix.minutes), len(matrix.postcodes)
    if not isinstance(matrix.postcodes, pd.Index):
        yield f"matrix.postcodes is a {type(matrix.postcodes).__name__}; give a pandas Index"
    elif not matrix.postcodes.is_unique:
        yield "matrix.postcodes holds a postcode twice; give each once"
    if minutes.shape != (size, size):
        yield f"matrix.minutes has shape {minutes.shape}; for {size} postcodes it must be ({size}, {size})"
    elif minutes.dtype.kind not in "fiu" or not (minutes >= 0).all():
        yield "matrix.minutes holds values that are no times of 0 or more; give inf where there is no way"


def _at(frame: pd.DataFrame, marked: Any) -> str:
    first = int(np.flatnonzero(marked)[0])
    return f"in row {frame['row'].iloc[first]} of its file" if "row" in frame else f"at position {first}"
