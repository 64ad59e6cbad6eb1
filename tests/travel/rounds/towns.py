"""Days of visits in made-up towns, for what holds of many days or of large ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

BANDS = np.array([[420, 630], [690, 870], [960, 1140], [1140, 1335]], dtype=float)
MINUTES_KM = 1.7  # 35 km/h


def make_town(seed: int, count: int) -> tuple[pd.DataFrame, np.ndarray]:
    """So many visits of people who live in a few villages, and road minutes between them."""
    rng = np.random.default_rng(seed)
    people = max(4, count // 3)
    villages = rng.uniform(0, rng.uniform(6, 20), size=(max(2, people // 6), 2))
    homes = villages[rng.integers(len(villages), size=people)] + rng.normal(0, 0.8, size=(people, 2))
    who = rng.integers(people, size=count)
    bands = BANDS[rng.choice(4, size=count, p=[0.4, 0.2, 0.2, 0.2])]
    begin = rng.uniform(bands[:, 0], bands[:, 1]).round()
    narrow = rng.random(count) < 0.1
    work = pd.DataFrame(
        {
            "visit_id": [f"V{row:03d}" for row in range(count)],
            "provider_id": "P",
            "package_id": [f"K{number}" for number in who],
            "day": pd.Timestamp("2026-09-21"),
            "postcode": [f"GL1 {number}AA" for number in who],
            "carers": np.where(rng.random(people) < 0.1, 2, 1)[who],
            "minutes": rng.choice([15.0, 30.0, 45.0, 60.0], size=count, p=[0.1, 0.5, 0.25, 0.15]),
            "begin": begin,
            "earliest": np.where(narrow, begin - 15, bands[:, 0]),
            "latest": np.where(narrow, begin + 15, bands[:, 1]),
            "reason": "",
        }
    )
    at = homes[who]
    return work, np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) * 1.3 * MINUTES_KM
