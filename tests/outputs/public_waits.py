"""A population made up for the tests of the gate: waits with classes, classes of classes, sums, a mean and a band."""

from __future__ import annotations

import pandas as pd
from hypothesis import strategies as st

from marketmap.outputs.gate.population import LEVEL, Breakdown, Population
from marketmap.outputs.gate.public_cells import PublicCells
from marketmap.outputs.gate.publish import Gate
from marketmap.settings import DisclosureSettings

RULES = DisclosureSettings()
WAITS = Population(
    "waits",
    "waits",
    "waits",
    (Breakdown("waits", ("home", "hospital")), Breakdown("waits", ("long",)), Breakdown("long", ("very_long",))),
    amounts={"days": "waits", "days_long": "long"},
    means={"median_days": ("waits", 0)},
    bands={"hhi": ("waits", ((1000.0, "low"), (10_001.0, "high")))},
)
CELLS = [(district, rural) for district in ("D1", "D2", "D3") for rural in ("rural", "urban")]
COUNTS = ("waits", "home", "hospital", "long", "very_long")
PARENT = {"home": "waits", "hospital": "waits", "long": "waits", "very_long": "long"}
RESIDENTS = [900.0, 12_000.0, 2500.0, 8000.0, 30.0, 4000.0]


def part_of(whole: int) -> st.SearchStrategy[int]:
    """A part of a whole, small complements and all of it as likely as anything between."""
    ends = [0, 1, 2, 3, 7, 8, 9, 10, whole // 2, whole - 9, whole - 8, whole - 7, whole - 3, whole - 1, whole]
    return st.sampled_from(sorted({number for number in ends if 0 <= number <= whole}))


@st.composite
def raw_rows(draw: st.DrawFn) -> dict[str, float]:
    """Draw a cell: mostly few people, or numbers about the limits of the rules."""
    waits = draw(st.one_of(st.integers(0, 20), st.integers(0, 120)))
    home = draw(part_of(waits))
    hospital = draw(part_of(waits - home))
    long = draw(part_of(waits))
    very_long = draw(part_of(long))
    days = waits * draw(st.floats(0, 30))
    return {"waits": waits, "home": home, "hospital": hospital, "long": long, "very_long": very_long, "days": days,
            "days_long": days * long / max(1, waits), "median_days": draw(st.floats(0, 40)),
            "hhi": draw(st.floats(500, 9000))}  # fmt: skip


def make_table(rows: list[dict[str, float]]) -> pd.DataFrame:
    """Put drawn cells side by side, at the gate's level."""
    keys = pd.DataFrame(CELLS[: len(rows)], columns=list(LEVEL))
    return pd.concat([keys, pd.DataFrame(rows).astype(float)], axis=1)


RAW = st.lists(raw_rows(), min_size=len(CELLS), max_size=len(CELLS)).map(make_table)


def cut(raw: pd.DataFrame) -> PublicCells:
    """Cut the population once."""
    return Gate(RULES).cut(raw, WAITS)


def derive(cells: PublicCells) -> dict[str, pd.DataFrame]:
    """Make everything else of the cells that a report may publish, as texts."""
    made = {"mean": cells.mean("days").show(), "rate": cells.rate("waits", RESIDENTS).show()}
    for keys in ((), ("district_code",), ("rural",)):
        sums = cells.roll_up(*keys)
        made[f"sums {keys}"] = sums.show()
        made[f"mean {keys}"] = sums.mean("days").show()
        made |= {f"share {part} {keys}": sums.share(part).show() for part in PARENT}
        made[f"ratio {keys}"] = sums.risk_ratio("long").show()
    made |= {f"share {part}": cells.share(part).show() for part in PARENT}
    return made | {"joined": cells.figures("waits").join(cells.share("long")).show()}
