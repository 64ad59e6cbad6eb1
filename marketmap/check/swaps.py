"""Checks of a swap list: every move is allowed, everybody's hours are kept, and who must agree is named."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import HUNDREDTH, TENTH, compare
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.lists import ListEvidence

REFUSED, DECISIONS = "refused", ("", "accepted", "refused")
PERSON, WORKER, ICB = "the person or their representative", "the social worker", "the ICB"
FROM_THE_NHS = ("chc", "joint")
TAKE_ADVICE, NO_VISITS = "take TUPE advice", "needs table visits"
# Hours are written with two decimals.
ALLOW_HOURS = 0.011


def _lists(evidence: Evidence) -> ListEvidence:
    return evidence if isinstance(evidence, ListEvidence) else ListEvidence(evidence.folder, county=evidence.county)


def _moves(evidence: Evidence) -> pd.DataFrame:
    """Take the moves that are on the list, refused ones apart."""
    rows = evidence.written(written.SWAP_LIST)
    return rows[rows["chain_kind"] != REFUSED]


def _known(evidence: ListEvidence) -> pd.DataFrame:
    """Take the moves of packages and providers that there are, each with what the tables say of its package."""
    rows = _moves(evidence)
    there = rows["package_id"].isin(evidence.in_force.index) & rows["to_provider_id"].isin(evidence.providers.index)
    rows = rows[there & rows["from_provider_id"].isin(evidence.providers.index)].drop_duplicates("package_id")
    wanted = ["provider_id", "waiting", "placeable", "fixed", "carer_hours", "funding", "price", "postcode"]
    own = evidence.in_force[wanted].add_prefix("table_")
    return rows.set_index("package_id", drop=False).join(own)


@check("swap-packages")
def swap_packages(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every move is of one package, active today and with the provider it is said to leave."""
    rows = _moves(evidence)
    lists = _lists(evidence)
    twice = rows.loc[rows.duplicated("package_id"), "package_id"]
    if len(twice):
        yield Broken(written.SWAP_LIST, f"{count(len(twice), 'package')} moved twice", some(twice))
    unknown = rows[~rows["package_id"].isin(lists.in_force.index)]
    nobody = rows[~rows[["from_provider_id", "to_provider_id"]].isin(lists.providers.index).all(axis=1)]
    for frame, what in ((unknown, "not in force"), (nobody, "of a provider that there is none of")):
        if len(frame):
            yield Broken(written.SWAP_LIST, f"{count(len(frame), 'move')} {what}", some(frame["package_id"]))
    known = _known(lists)
    wrong = (known["table_provider_id"] != known["from_provider_id"]) | known["table_waiting"]
    wrong |= known["from_provider_id"] == known["to_provider_id"]
    if wrong.any():
        what = f"{count(int(wrong.sum()), 'package')} not with the provider it is said to leave"
        yield Broken(written.SWAP_LIST, what, some(known.index[wrong]))


@check("swap-may-move")
def swap_may_move(evidence: Evidence) -> Iterator[Broken]:
    """Hold that nothing moves that must stay: marked so, of another service or funding, or in its provider's block."""
    lists = _lists(evidence)
    known = _known(lists)
    stays = known["table_fixed"]
    if stays.any():
        what = f"{count(int(stays.sum()), 'package')} moved that is marked do_not_move"
        yield Broken(written.SWAP_LIST, what, some(known.index[stays]))
    out = ~known["table_placeable"] & ~stays
    if out.any():
        what = f"{count(int(out.sum()), 'package')} moved that may not be placed"
        yield Broken(written.SWAP_LIST, what, some(known.index[out]))
    owner = {postcode: provider for provider, ground in lists.let.values() for postcode in ground}
    mine = known["table_postcode"].map(owner)
    leaves = mine.notna() & (mine != known["to_provider_id"])
    if leaves.any():
        what = f"{count(int(leaves.sum()), 'package')} in a block already let that would not go to its provider"
        yield Broken(written.SWAP_LIST, what, some(known.index[leaves]))


@check("swap-takers")
def swap_takers(evidence: Evidence) -> Iterator[Broken]:
    """Hold that whoever takes a package may be given one, and can do what it needs."""
    lists = _lists(evidence)
    known = _known(lists)
    barred = known["to_provider_id"].map(lists.barred) != ""
    if barred.any():
        what = f"{count(int(barred.sum()), 'move')} to a provider that can be given nothing"
        yield Broken(written.SWAP_LIST, what, some(known.index[barred]))
    pairs = list(zip(known.index, known["to_provider_id"], known["table_postcode"], strict=True))
    lacking = [package for package, provider, _ in pairs if lists.lacks(package, provider)]
    if lacking:
        yield Broken(written.SWAP_LIST, f"{count(len(lacking), 'move')} to who lacks a service", some(lacking))
    locked = [package for package, provider, postcode in pairs if (provider, postcode) in lists.kept_out]
    if locked:
        yield Broken(written.SWAP_LIST, f"{count(len(locked), 'move')} to who is kept out by a lock", some(locked))


@check("swap-hours")
def swap_hours(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every provider's hours stay within the tolerance and its spare hours, and that none are lost."""
    lists = _lists(evidence)
    known = _known(lists)
    yield from compare(
        written.SWAP_LIST, "carer_hours_week", known["table_carer_hours"], known["carer_hours_week"], allow=HUNDREDTH
    )
    hours = known["table_carer_hours"]
    index = lists.providers.index
    gives = hours.groupby(known["from_provider_id"]).sum().reindex(index).fillna(0.0)
    takes = hours.groupby(known["to_provider_id"]).sum().reindex(index).fillna(0.0)
    room = lists.settings.swaps.tolerance * lists.held
    most = np.minimum(room, lists.providers["spare"].clip(lower=0.0))
    change = takes - gives
    over = (change > most + ALLOW_HOURS) | (change < -room - ALLOW_HOURS)
    if over.any():
        shown = some(f"{name}: {change[name]:+,.2f} carer hours a week" for name in index[over])
        yield Broken(written.SWAP_LIST, f"{count(int(over.sum()), 'provider')} beyond its limits", shown)
    table = evidence.written(written.SWAP_PROVIDERS).drop_duplicates("provider_id").set_index("provider_id")
    figures = {"before": lists.held, "out": gives, "in": takes, "after": lists.held + change}
    figures |= {"lowest": lists.held - room, "highest": lists.held + most}
    for name, derived in figures.items():
        yield from compare(written.SWAP_PROVIDERS, f"carer_hours_{name}", derived, table[f"carer_hours_{name}"])
    untold = set(known["from_provider_id"]) | set(known["to_provider_id"])
    if untold != set(table.index):
        yield Broken(
            written.SWAP_PROVIDERS,
            "does not list the providers that give or take",
            some(sorted(untold ^ set(table.index))),
        )
    if abs(float(table["carer_hours_after"].sum() - table["carer_hours_before"].sum())) > 0.1:
        yield Broken(written.SWAP_PROVIDERS, "hours are lost or come from nowhere")


@check("swap-pays")
def swap_pays(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every open move saves the least asked for, first or last of all, and that there are not too many."""
    rows, swaps = _moves(evidence), evidence.settings.swaps
    least = rows[["minutes_saved_alone", "minutes_saved_last"]].min(axis=1)
    poor = (least < swaps.min_saving_minutes - HUNDREDTH) & (rows["decision"] != "accepted")
    if poor.any():
        shown = some(rows.loc[poor, "package_id"])
        yield Broken(written.SWAP_LIST, f"{count(int(poor.sum()), 'move')} that saves too little", shown)
    if len(rows) > swaps.most_moves:
        yield Broken(written.SWAP_LIST, f"{count(len(rows), 'move')}: more than the {swaps.most_moves} allowed")


@check("swap-sums")
def swap_sums(evidence: Evidence) -> Iterator[Broken]:
    """Hold that minutes, miles and pounds follow from one another and sum to the totals."""
    rows = _moves(evidence).reset_index(drop=True)
    middle = (rows["minutes_saved_alone"] + rows["minutes_saved_last"]) / 2
    yield from compare(written.SWAP_LIST, "minutes_saved_week", middle, rows["minutes_saved_week"], allow=2 * HUNDREDTH)
    running = rows["minutes_saved_week"].cumsum()
    step = HUNDREDTH * pd.Series(np.arange(1, len(rows) + 1), index=rows.index)
    name = "cumulative_minutes_saved_week"
    yield from compare(written.SWAP_LIST, name, running, rows[name], allow=step + HUNDREDTH)
    miles = rows["minutes_saved_week"] / 60 * evidence.settings.market.round_kmh / 1.609344
    yield from compare(written.SWAP_LIST, "miles_saved_week", miles, rows["miles_saved_week"], allow=TENTH + HUNDREDTH)
    pounds = (rows["price_to"] - rows["price_from"]) * rows["carer_hours_week"]
    yield from compare(
        written.SWAP_LIST,
        "pounds_more_week",
        pounds,
        rows["pounds_more_week"],
        allow=0.011 * rows["carer_hours_week"] + 0.01,
    )
    chain = rows.groupby("chain_id")["minutes_saved_week"].transform("sum")
    size = rows.groupby("chain_id")["minutes_saved_week"].transform("size")
    name = "chain_minutes_saved_week"
    yield from compare(written.SWAP_LIST, name, chain, rows[name], allow=HUNDREDTH * (size + 1))
    totals = evidence.written(written.SWAP_TOTALS)
    if len(totals) != 1:
        yield Broken(written.SWAP_TOTALS, f"{count(len(totals), 'row')}, not one")
        return
    sums = {
        "moves": float(len(rows)),
        "moves_accepted": float((rows["decision"] == "accepted").sum()),
        "chains": float(rows["chain_id"].nunique()),
        "carer_hours_moving": float(rows["carer_hours_week"].sum()),
        **{f"minutes_saved_{kind}": float(rows[f"minutes_saved_{kind}"].sum()) for kind in ("week", "alone", "last")},
    }
    for name, total in sums.items():
        step_all = HUNDREDTH * (len(rows) + 1) if "minutes" in name or "hours" in name else 0.0
        yield from compare(written.SWAP_TOTALS, name, pd.Series([total]), totals[name], allow=step_all)


@check("swap-agreement")
def swap_agreement(evidence: Evidence) -> Iterator[Broken]:
    """Hold that all who must agree are named: the person, the social worker, both providers, the ICB if it pays."""
    lists = _lists(evidence)
    wrong = []
    for row in _known(lists).to_dict("records"):
        needed = {PERSON, WORKER, row["from_provider_id"], row["to_provider_id"]}
        if sources.to_word(str(row["table_funding"])) in FROM_THE_NHS:
            needed.add(ICB)
        if set(str(row["who_must_agree"]).split(";")) != needed:
            wrong.append(row["package_id"])
    if wrong:
        yield Broken(written.SWAP_LIST, f"{count(len(wrong), 'move')} with others to agree than must", some(wrong))


@check("swap-tupe")
def swap_tupe(evidence: Evidence) -> Iterator[Broken]:
    """Hold that TUPE advice is asked for wherever a carer has over half of her hours on moving packages."""
    lists = _lists(evidence)
    rows = _known(lists)
    if "visits" not in evidence.recorded("inputs"):
        silent = rows[rows["tupe_advice"] != NO_VISITS]
        if len(silent):
            yield Broken(written.SWAP_LIST, "TUPE is told of without call monitoring", some(silent.index))
        return
    over = _carers_over_half(lists, rows)
    told = rows["carers_over_half"].map(lambda cell: frozenset(filter(None, str(cell).split(";"))))
    due = pd.Series([over.get(str(name), frozenset()) for name in rows.index], index=rows.index, dtype=object)
    advised = rows["tupe_advice"] == TAKE_ADVICE
    wrong = (told != due) | (advised != due.map(bool))
    if wrong.any():
        shown = some(rows.index[wrong])
        yield Broken(written.SWAP_LIST, f"{count(int(wrong.sum()), 'move')} with a wrong word on TUPE", shown)


def _carers_over_half(lists: ListEvidence, rows: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Find for each moving package its carers with over half of their delivered hours on moving packages."""
    visits = sources.read_source(lists.source_path("visits"))
    rejected = lists.rejected.loc[lists.rejected["table"] == "visits", "row"]
    visits = visits[(sources.to_words(visits["status"]) == "delivered") & ~visits["row"].astype(str).isin(rejected)]
    begin, end = (pd.to_datetime(visits[name], utc=True, format="ISO8601") for name in ("planned_start", "planned_end"))
    leaving = visits["package_id"].map(rows["from_provider_id"]) == visits["provider_id"]
    hours = (end - begin).dt.total_seconds()
    keys = [visits["provider_id"], visits["carer_id"]]
    share = hours.where(leaving, 0.0).groupby(keys).sum() / hours.groupby(keys).sum()
    over = set(share.index[share > 0.5])
    moving = visits[visits["package_id"].isin(rows.index)]
    carers: dict[str, set[str]] = {}
    for package, provider, carer in zip(moving["package_id"], moving["provider_id"], moving["carer_id"], strict=True):
        if (provider, carer) in over:
            carers.setdefault(str(package), set()).add(str(carer))
    return {name: frozenset(found) for name, found in carers.items()}


@check("swap-decisions")
def swap_decisions(evidence: Evidence) -> Iterator[Broken]:
    """Hold that a decision is accepted, refused or blank, and that what was refused is not on the list."""
    rows = evidence.written(written.SWAP_LIST)
    odd = rows[~rows["decision"].isin(DECISIONS)]
    if len(odd):
        yield Broken(written.SWAP_LIST, f"{count(len(odd), 'decision')} that is none", some(odd["package_id"]))
    refused = rows[(rows["chain_kind"] == REFUSED) & (rows["decision"] == REFUSED)]
    pairs = {(row["package_id"], row["to_provider_id"]) for row in refused.to_dict("records")}
    back = [
        row["package_id"]
        for row in _moves(evidence).to_dict("records")
        if (row["package_id"], row["to_provider_id"]) in pairs
    ]
    if back:
        yield Broken(written.SWAP_LIST, f"{count(len(back), 'move')} on the list that was refused", some(back))
