"""Checks of what a swap list says of its chains, and of what it sums of each provider and of the county."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import HUNDREDTH, TENTH, compare
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.lists import ListEvidence
from marketmap.check.swaps import ALLOW_HOURS, REFUSED, _lists

SWAP, RING, ONE_WAY, LINKED = "swap", "ring", "one way", "linked"
# Moves in a chain of each kind, at least and at most.
SIZES = {SWAP: (2, 2), RING: (3, 6), ONE_WAY: (1, 3), LINKED: (1, None)}


def _moves(evidence: Evidence) -> pd.DataFrame:
    rows = evidence.written(written.SWAP_LIST)
    return rows[rows["chain_kind"] != REFUSED]


@check("swap-chains")
def swap_chains(evidence: Evidence) -> Iterator[Broken]:
    """Hold that a swap is one, a ring closes, a run leads from one to the next, and who says stands alone does."""
    lists, rows = _lists(evidence), _moves(evidence)
    room = lists.settings.swaps.tolerance * lists.held
    most = np.minimum(room, lists.providers["spare"].clip(lower=0.0))
    misnamed, alone = [], []
    for chain, own in rows.groupby("chain_id"):
        kinds, words = set(own["chain_kind"]), set(own["chain_stands_alone"])
        if len(kinds) > 1 or not _is_kind(own, str(min(kinds))):
            misnamed.append(chain)
        sides = ("from_provider_id", "to_provider_id")
        gives, takes = (own.groupby(side)["carer_hours_week"].sum().reindex(room.index).fillna(0.0) for side in sides)
        change = takes - gives
        over = float(np.maximum(change - most, -room - change).max())
        # What was rounded away leaves open those that are at a limit.
        stands = over <= 0.0 if abs(over) > ALLOW_HOURS * len(own) else words == {"yes"}
        if words != {"yes" if stands else "no"} or (not stands and kinds != {LINKED}):
            alone.append(chain)
    if misnamed:
        yield Broken(written.SWAP_LIST, f"{count(len(misnamed), 'chain')} of another kind than said", some(misnamed))
    if alone:
        what = f"{count(len(alone), 'chain')} with a wrong word on whether it stands alone"
        yield Broken(written.SWAP_LIST, what, some(alone))


def _is_kind(own: pd.DataFrame, kind: str) -> bool:
    """Say whether moves are a chain of a kind: each provider gives once and takes once, but at the ends of a run."""
    least, most = SIZES.get(kind, (1, 0))
    if len(own) < least or (most is not None and len(own) > most):
        return False
    edges = list(zip(own["from_provider_id"], own["to_provider_id"], strict=True))
    met = {edges[0][0]}
    for _ in edges:  # one provider more at least is met each time, where all hang together
        met |= {name for edge in edges if met & set(edge) for name in edge}
    sources, targets = ([edge[side] for edge in edges] for side in (0, 1))
    if met != {*sources, *targets}:
        return False
    if kind == LINKED:
        return True
    once = len(set(sources)) == len(set(targets)) == len(edges)
    return once and (set(sources) == set(targets)) == (kind in (SWAP, RING))


@check("swap-told")
def swap_told(evidence: Evidence) -> Iterator[Broken]:
    """Hold that places, names, hours and visits of each move are those of the tables."""
    lists, rows = _lists(evidence), _moves(evidence).drop_duplicates("package_id")
    yield from tell_of_packages(lists, rows, written.SWAP_LIST)
    for side in ("from", "to"):
        yield from tell_of_names(lists, rows, f"{side}_provider", written.SWAP_LIST)
    yield from _hold_near(lists, rows)


def _hold_near(lists: ListEvidence, rows: pd.DataFrame) -> Iterator[Broken]:
    """Hold that no more visits are near a package than its providers make at all, its own visits apart."""
    made = lists.in_force[lists.visited & ~lists.in_force["waiting"]]
    of_week = made.groupby("provider_id")["carer_visits"].sum()
    for side in ("from", "to"):
        most = rows[f"{side}_provider_id"].map(of_week).astype(float).fillna(0.0)
        most = most - rows["carer_visits_week"] if side == "from" else most
        near = rows[f"{side}_visits_near"]
        wrong = (near < -HUNDREDTH) | (near > most + 2 * HUNDREDTH)
        if wrong.any():
            what = f"{side}_visits_near is more than the provider makes in {count(int(wrong.sum()), 'row')}"
            yield Broken(written.SWAP_LIST, what, some(rows.loc[wrong, "package_id"]))


def tell_of_packages(lists: ListEvidence, rows: pd.DataFrame, file: str) -> Iterator[Broken]:
    """Hold postcode, district, hours and attendances a week of rows against their packages."""
    known = rows[rows["package_id"].isin(lists.in_force.index)].reset_index(drop=True)
    own = lists.in_force.loc[known["package_id"]].reset_index(drop=True)
    for name in ("postcode", "district_code"):
        wrong = (known[name] != own[name]) & (own[name] != "")
        if wrong.any():
            yield Broken(file, f"{name} is wrong in {count(int(wrong.sum()), 'row')}", some(known["package_id"][wrong]))
    yield from compare(file, "hours_week", own["hours"], known["hours_week"], allow=HUNDREDTH)
    yield from compare(file, "carer_visits_week", own["carer_visits"], known["carer_visits_week"], allow=HUNDREDTH)


def tell_of_names(lists: ListEvidence, rows: pd.DataFrame, column: str, file: str) -> Iterator[Broken]:
    """Hold the name beside a provider's reference; a cell that begins like a formula is written with a mark before."""
    known = rows[rows[f"{column}_id"].isin(lists.providers.index)]
    names = known[f"{column}_id"].map(lists.providers["provider_name"])
    wrong = known[f"{column}_name"].str.lstrip("'").str.strip() != names.str.lstrip("'").str.strip()
    if wrong.any():
        what = f"{column}_name is wrong in {count(int(wrong.sum()), 'row')}"
        yield Broken(file, what, some(known.loc[wrong, f"{column}_id"]))


@check("swap-counts")
def swap_counts(evidence: Evidence) -> Iterator[Broken]:
    """Hold that what is counted and summed of each provider, of the county and by rounds is what the list gives."""
    lists, rows = _lists(evidence), _moves(evidence)
    file = written.SWAP_PROVIDERS
    table = evidence.written(file).drop_duplicates("provider_id").set_index("provider_id", drop=False)
    yield from tell_of_names(lists, table, "provider", file)
    out, saved = rows.groupby("from_provider_id").size(), rows.groupby("from_provider_id")["minutes_saved_week"].sum()
    into = rows.groupby("to_provider_id").size()
    for name, derived, allow in (
        ("packages_out", out, 0.0),
        ("packages_in", into, 0.0),
        ("minutes_saved_of_given", saved, HUNDREDTH * (1 + out.reindex(table.index).fillna(0.0))),
    ):
        yield from compare(file, name, derived.reindex(table.index).fillna(0.0), table[name], allow=allow)
    spare = lists.providers["spare"].reindex(table.index)
    yield from compare(file, "hours_spare_week", spare, table["hours_spare_week"], allow=HUNDREDTH)
    file, totals = written.SWAP_TOTALS, evidence.written(written.SWAP_TOTALS)
    if len(totals) != 1:
        return  # told by another check
    touched = set(rows["from_provider_id"]) | set(rows["to_provider_id"])
    many = len(rows) + 1
    sums = {
        "providers": (len(touched), 0.0),
        "providers_of_county": (len(lists.providers), 0.0),
        "miles_saved_week": (rows["miles_saved_week"].sum(), TENTH * many),
        "pounds_more_week": (rows["pounds_more_week"].sum(skipna=False), HUNDREDTH * many),
        "confirmed_minutes_saved_week": (
            table["minutes_confirmed"].sum(min_count=1) if len(table) else np.nan,
            HUNDREDTH * (len(table) + 1),
        ),
    }
    for name, (total, step) in sums.items():
        yield from compare(file, name, pd.Series([float(total)]), totals[name].reset_index(drop=True), allow=step)
    row = totals.iloc[0]
    middle = row["confirmed_minutes_saved_week"]
    if row["confirmed_low"] > middle + TENTH or row["confirmed_high"] < middle - TENTH:
        yield Broken(file, "what rounds confirm lies outside its own interval")
