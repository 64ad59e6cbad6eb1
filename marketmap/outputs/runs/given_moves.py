"""The moves of a swap list that a run is given: held against the tables of the day before anything is simulated."""

from __future__ import annotations

import pandas as pd

from marketmap.errors import MAX_EXAMPLES, Fault, InputError
from marketmap.inputs.county import Tables


def hold_moves(moves: pd.DataFrame, tables: Tables, *, file: str) -> list[str]:
    """Refuse moves of what there is not, and tell of moves whose package is with another provider by now.

    Parameters
    ----------
    moves
        ``package_id``, ``from_provider_id``, ``to_provider_id`` of a swap list, refused ones apart.
    tables
        The county as it is.
    file
        The list's name, for faults.

    Returns
    -------
    list of str
        A note where a package is no longer with the provider that it is said to leave; else none.

    Raises
    ------
    InputError
        For moves of a package or to a provider that the tables do not hold, with their rows.
    """
    packages = tables.packages.drop_duplicates("package_id").set_index("package_id")["provider_id"].astype("object")
    known = {"package_id": packages.index, "to_provider_id": pd.Index(tables.providers["provider_id"])}
    faults = []
    for column, there in known.items():
        strange = ~moves[column].isin(there.astype(str))
        if strange.any():
            rows = tuple(int(row) + 2 for row in strange.index[strange])  # below the header, as a spreadsheet counts
            what = f"{int(strange.sum()):,} moves of what the tables do not hold"
            faults.append(Fault(file, what, "Make the swap list anew for this county and day", column, rows))
    if faults:
        raise InputError(faults)
    gone = moves["package_id"].map(packages).fillna("").astype(str) != moves["from_provider_id"].astype(str)
    if not gone.any():
        return []
    named = ", ".join(f"{row + 2}" for row in gone.index[gone][:MAX_EXAMPLES])
    told = (
        f"The swap list is of another day: {int(gone.sum()):,} of its {len(moves):,} moves are of packages that are no "
        f"longer with the provider that they would leave ({file}, row {named}"
        f"{' and more' if gone.sum() > MAX_EXAMPLES else ''}). Make it anew."
    )
    return [told]
