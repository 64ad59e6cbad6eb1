"""Identifiers and dates as they are written in the sample's tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.inputs.sample.settings import SampleSettings


def number_ids(prefix: str, numbers: np.ndarray | pd.Series, *, width: int) -> np.ndarray:
    """Spell numbers as identifiers: ``K00001``."""
    return np.array([f"{prefix}{number:0{width}d}" for number in np.asarray(numbers).tolist()], dtype=object)


def spell_dates(days: pd.Series, *, settings: SampleSettings) -> pd.Series:
    """Spell days from the snapshot as ISO dates, blank where there is none."""
    dates = pd.Timestamp(settings.snapshot_date) + pd.to_timedelta(days, unit="D")
    return dates.dt.strftime("%Y-%m-%d").fillna("")
