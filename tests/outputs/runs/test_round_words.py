"""What a run of rounds says in its summary where days are too few for an interval."""

from __future__ import annotations

import numpy as np
import pytest

from marketmap.outputs.runs.round_cases import tell_interval


@pytest.mark.parametrize(
    ("ends", "words"),
    [((-0.5, 0.25), "-0.50 to +0.25"), ((np.nan, np.nan), "no interval from so few days")],
)
def test_an_interval_is_told_or_is_said_not_to_be(ends: tuple[float, float], words: str) -> None:
    assert tell_interval(*ends) == words
