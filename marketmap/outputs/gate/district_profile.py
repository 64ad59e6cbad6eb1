"""What home care in a whole district is like, for zones of which too few people live to say it of themselves.

Only shares are given, of a total that is nowhere shown, and only where enough people stand behind what a reader could
be left with: those in no block of the district that shows figures of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from marketmap.outputs.gate.disclosure import SUPPRESSED, Shown, is_few, show_share, show_shares
from marketmap.settings import TIME_BANDS, DisclosureSettings


def profile_districts(
    members: pd.DataFrame, calls: pd.DataFrame, *, lengths: Sequence[str], rules: DisclosureSettings
) -> dict[str, Mapping[str, Shown]]:
    """Profile each district's home care that could be in a block, inside and outside of blocks.

    Parameters
    ----------
    members
        Packages: ``district, block_id, person, carers``.
    calls
        Their calls: ``district, person, band, length, hours, times``.
    lengths
        Names of the classes of visits' length.
    rules
        The thresholds.

    Returns
    -------
    dict
        By district code: ``district_<band>`` and ``district_<length>``, each a share, and ``district_double_handed``.
    """
    by_call = dict(list(calls.groupby("district")))
    profiles: dict[str, Mapping[str, Shown]] = {}
    for district, own in members.groupby("district"):
        counts = own.groupby("block_id")["person"].nunique()
        showing = counts[(counts.index != "spot") & (counts >= rules.least_people)].index
        rest = own.loc[~own["block_id"].isin(showing), "person"].nunique()
        cells = _share(own, by_call.get(district, calls.iloc[:0]), lengths=lengths, rules=rules)
        hide = is_few(rest, rules=rules)
        profiles[str(district)] = {name: Shown(SUPPRESSED) if hide else cell for name, cell in cells.items()}
    return profiles


def _share(
    own: pd.DataFrame, calls: pd.DataFrame, *, lengths: Sequence[str], rules: DisclosureSettings
) -> dict[str, Shown]:
    cells: dict[str, Shown] = {}
    for key, amount, names in (("band", "hours", TIME_BANDS), ("length", "times", lengths)):
        groups = calls.groupby(key)
        sums, people = groups[amount].sum(), groups["person"].nunique()
        shares = show_shares(
            [float(sums.get(name, 0.0)) for name in names],
            people=[float(people.get(name, 0)) for name in names],
            rules=rules,
        )
        cells |= {f"district_{name}": share for name, share in zip(names, shares, strict=True)}
    people_all, double = own["person"].nunique(), own.loc[own["carers"] > 1, "person"].nunique()
    cells["district_double_handed"] = show_share(double, people_all, rules=rules)
    return cells
