"""The people about whom market figures are published: each fact of them in one population, cut once.

Two populations must never differ by a small group of people that one of them hides: so no fact stands in two of them,
and a new one is added here only with a fact of its own.
"""

from __future__ import annotations

import pandas as pd

from marketmap.market.places import Places
from marketmap.outputs.gate.population import LEVEL, Breakdown, Population
from marketmap.outputs.gate.publish import PEOPLE

# Herfindahl-Hirschman index of companies' hours: Merger Assessment Guidelines (OFT1254, 2010), paragraph 5.3.5.
CONCENTRATION = ((1000.0, "not concentrated"), (2000.0, "concentrated"), (10_001.0, "highly concentrated"))
NUMBER_OF_COMPANIES = ((3.0, "1 or 2"), (6.0, "3 to 5"), (float("inf"), "6 or more"))

RURAL, URBAN, UNKNOWN = "rural", "urban", "unknown"
UNPLACED = "unplaced"

CARE = Population(
    "care",
    "packages of care that are delivered today",
    "packages",
    (Breakdown("packages", ("priced",)),),
    amounts={"contact_hours": "packages", "carer_hours": "packages", "carer_visits": "packages"},
    means={"paid_hour": ("priced", 1)},
    prices=("paid_hour",),
    bands={"companies": ("packages", NUMBER_OF_COMPANIES), "concentration": ("packages", CONCENTRATION)},
)
WAITING = Population(
    "waiting",
    "packages that wait for a provider today",
    "waiting",
    (Breakdown("waiting", ("waiting_home", "waiting_bridged", "waiting_hospital")),),
    amounts={"hours_waiting": "waiting"},
)
WAITS = Population(
    "waits",
    "waits of the period of which it is known whether they were long",
    "waits",
    (Breakdown("waits", ("long_waits",)),),
)
OFFERS = Population(
    "offers",
    "offers of packages to providers",
    "offers",
    (Breakdown("offers", ("accepted", "refused")),),
)
HANDBACKS = Population("handbacks", "packages that a provider handed back", "handbacks")
GROWTH = Population(
    "growth",
    "packages delivered at the beginning and at the end of the period",
    "followed",
    (Breakdown("followed", ("cut", "risen")),),
    amounts={"hours_before": "followed", "hours_after": "followed"},
)
REABLEMENT = Population(
    "reablement",
    "people referred to reablement in the period",
    "referrals",
    (
        Breakdown("referrals", ("began",)),
        Breakdown("began", ("followed_up",)),
        Breakdown("followed_up", ("home_at_91_days",)),
    ),
)
POPULATIONS = (CARE, WAITING, WAITS, OFFERS, HANDBACKS, GROWTH, REABLEMENT)


def place_cells(places: Places) -> pd.DataFrame:
    """Give each postcode's cell: `LEVEL`'s columns by postcode, "unplaced" and "unknown" where that is not known."""
    rural = places.of["rural"].astype("boolean")
    return pd.DataFrame(
        {
            LEVEL[0]: places.of[LEVEL[0]].astype("object").fillna(UNPLACED).astype(str),
            LEVEL[1]: rural.map({True: RURAL, False: URBAN}).astype("object").fillna(UNKNOWN),
        }
    )


def tally_cells(records: pd.DataFrame, population: Population, *, cells: pd.DataFrame) -> pd.DataFrame:
    """Count records into the cells that the gate cuts by.

    Parameters
    ----------
    records
        One row a thing that the population counts: ``postcode`` (or `LEVEL`'s columns themselves), ``person`` (whose
        it is), a boolean column for each class, a number for each amount (NaN counts as 0).
    population
        What is counted.
    cells
        As `place_cells` gives it. Every cell of it stands in the result, with 0 where nobody is.

    Returns
    -------
    DataFrame
        `LEVEL`'s columns, the counts, ``<count>_people`` (distinct persons, of each breakdown's rest as well) and the
        amounts: raw, for `Gate.cut` only. Means are the caller's to add.
    """
    keys = list(LEVEL)
    if not set(keys) <= {*records.columns}:
        found = cells.reindex(records["postcode"]).fillna({LEVEL[0]: UNPLACED, LEVEL[1]: UNKNOWN})
        records = records.assign(**{key: found[key].to_numpy() for key in keys})
    every = cells.drop_duplicates()
    members = {population.whole: pd.Series(data=True, index=records.index)}
    rests = {}
    for breakdown in population.breakdowns:
        classes = records[list(breakdown.names)].astype(bool)
        inside = members[breakdown.of]
        members |= {name: classes[name] & inside for name in breakdown.names}
        rests[breakdown.rest] = inside & ~classes.any(axis=1)
    made: dict[str, pd.Series] = {}
    for name, chosen in (members | rests).items():
        rows = records[chosen].groupby(keys)["person"]
        made[name] = rows.size()
        made[f"{name}{PEOPLE}"] = rows.nunique()
    for name in population.amounts:
        made[name] = records[name].astype(float).fillna(0.0).groupby([records[key] for key in keys]).sum()
    counted = every[keys].merge(pd.DataFrame(made).reset_index(), on=keys, how="outer")
    return counted.fillna(0.0).sort_values(keys, ignore_index=True)
