"""Checks of the waiting list's matches: nobody is left out, no spare hours are given twice, every reason is there."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from marketmap.check import written
from marketmap.check.chains import tell_of_names, tell_of_packages
from marketmap.check.evidence import Evidence
from marketmap.check.figures import HUNDREDTH, compare
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.lists import ListEvidence
from marketmap.check.swaps import _lists

MATCHED, OUTBID, NOBODY_FITS, NOT_PLACED = ANSWERS = (
    "matched",
    "spare hours go to others",
    "nobody fits",
    "cannot be placed",
)


def _rows(evidence: Evidence) -> pd.DataFrame:
    return evidence.written(written.WAITING_MATCHES)


def _known(lists: ListEvidence) -> pd.DataFrame:
    """Take the rows that name a provider that there is, for a package in force, with what the tables say of it."""
    rows = _rows(lists)
    rows = rows[rows["provider_id"].isin(lists.providers.index) & rows["package_id"].isin(lists.in_force.index)]
    own = lists.in_force[["carer_hours", "placeable", "postcode"]].add_prefix("table_")
    return rows.join(own, on="package_id")


@check("waiting-everybody")
def waiting_everybody(evidence: Evidence) -> Iterator[Broken]:
    """Hold that everybody who waits is on the list, and nobody else."""
    packages = _lists(evidence).in_force
    due, told = set(packages.index[packages["waiting"]]), set(_rows(evidence)["package_id"])
    for found, what in ((due - told, "who waits is missing"), (told - due, "is listed who does not wait")):
        if found:
            yield Broken(
                written.WAITING_MATCHES, f"{count(len(found), 'package')} of somebody {what}", some(sorted(found))
            )


@check("waiting-answers")
def waiting_answers(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each person has one answer, that the rows bear it out, and that without a match there is a reason."""
    rows = _rows(evidence)
    people = rows.groupby("package_id")
    one = people["answer"].transform("nunique") > 1
    if one.any() or not rows["answer"].isin(ANSWERS).all():
        odd = rows[one | ~rows["answer"].isin(ANSWERS)]
        yield Broken(written.WAITING_MATCHES, "a person with two answers, or one that is none", some(odd["package_id"]))
    given, fits = (
        people["matched"].transform(lambda cells: (cells == "yes").sum()),
        people["fits"].transform(lambda cells: (cells == "yes").any()),
    )
    wrong = (given > 1) | ((given == 1) != (rows["answer"] == MATCHED))
    wrong |= (rows["answer"] == OUTBID) & ~fits.astype(bool)
    wrong |= rows["answer"].isin([NOBODY_FITS, NOT_PLACED]) & fits.astype(bool)
    if wrong.any():
        shown = some(sorted(set(rows.loc[wrong, "package_id"])))
        yield Broken(written.WAITING_MATCHES, "an answer that the person's rows do not bear out", shown)
    silent = rows[(rows["answer"] != MATCHED) & (rows["reason"].str.strip() == "")]
    if len(silent):
        shown = some(silent["package_id"])
        yield Broken(
            written.WAITING_MATCHES, f"{count(len(silent), 'row')} of somebody unmatched without a reason", shown
        )


@check("waiting-told")
def waiting_told(evidence: Evidence) -> Iterator[Broken]:
    """Hold that places, names, hours, spare hours and pounds of each row are those of the tables."""
    lists, rows, file = _lists(evidence), _rows(evidence), written.WAITING_MATCHES
    yield from tell_of_packages(lists, rows, file)
    yield from tell_of_names(lists, rows, "provider", file)
    nobody = (rows["provider_id"] == "") & ((rows["fits"] == "yes") | (rows["matched"] == "yes"))
    strange = (rows["provider_id"] != "") & ~rows["provider_id"].isin(lists.providers.index)
    if (nobody | strange).any():
        shown = some(rows.loc[nobody | strange, "package_id"])
        yield Broken(file, "a provider that there is none of", shown)
    named = rows[rows["provider_id"].isin(lists.providers.index)]
    spare = named["provider_id"].map(lists.providers["spare"])
    yield from compare(file, "carer_hours_spare", spare, named["carer_hours_spare"])
    pounds = rows["price_hour"] * rows["carer_hours_week"]
    yield from compare(file, "pounds_week", pounds, rows["pounds_week"], allow=0.011 * rows["carer_hours_week"] + 0.01)
    a_visit = rows["added_minutes_week"] / rows["carer_visits_week"].where(rows["carer_visits_week"] > 0)
    rough = HUNDREDTH * (1.0 + (1.0 + a_visit.abs()) / rows["carer_visits_week"].where(rows["carer_visits_week"] > 0))
    yield from compare(file, "added_minutes_visit", a_visit, rows["added_minutes_visit"], allow=rough.fillna(HUNDREDTH))
    same = ["days_waiting", "waiting_where", "priority", "carer_visits_week", "needs", "block_id"]
    apart = rows[["package_id", *same]].drop_duplicates().groupby("package_id").size() > 1
    if apart.any():
        yield Broken(file, "rows of one person that differ in what is the person's", some(apart.index[apart]))


@check("waiting-spare")
def waiting_spare(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no provider gives away more hours than it has to spare, over the whole list."""
    lists = _lists(evidence)
    rows = _known(lists)
    chosen = rows[rows["matched"] == "yes"]
    used = chosen.groupby("provider_id")["table_carer_hours"].sum().reindex(lists.providers.index).fillna(0.0)
    spare = lists.providers["spare"]
    over = used > spare + 1e-6
    if over.any():
        shown = some(f"{name}: {used[name]:,.2f} of {spare[name]:,.2f}" for name in used.index[over])
        yield Broken(written.WAITING_MATCHES, f"{count(int(over.sum()), 'provider')} over its spare hours", shown)
    numbered = rows.reset_index(drop=True)
    left = numbered["provider_id"].map(spare - used)
    yield from compare(written.WAITING_MATCHES, "carer_hours_spare_left", left, numbered["carer_hours_spare_left"])
    hours = numbered["table_carer_hours"]
    yield from compare(written.WAITING_MATCHES, "carer_hours_week", hours, numbered["carer_hours_week"])


@check("waiting-fits")
def waiting_fits(evidence: Evidence) -> Iterator[Broken]:
    """Hold that whoever is said to fit may be given a package, can do what it needs and has the hours for it."""
    lists = _lists(evidence)
    rows = _known(lists)
    rows = rows[(rows["fits"] == "yes") | (rows["matched"] == "yes")]
    if rows.empty:
        return  # nobody is said to fit
    most = lists.settings.waiting.most_minutes_visit
    faults = {
        "that may be given nothing": rows["provider_id"].map(lists.barred) != "",
        "without the hours": rows["table_carer_hours"] > rows["provider_id"].map(lists.providers["spare"]) + 1e-6,
        "that would drive too far": ~(rows["added_minutes_visit"] <= most + HUNDREDTH),
        "for a package that may not be placed": ~rows["table_placeable"].astype(bool),
    }
    pairs = list(zip(rows["package_id"], rows["provider_id"], rows["table_postcode"], strict=True))
    lacks = [bool(lists.lacks(package, provider)) for package, provider, _ in pairs]
    faults["that lacks a service"] = pd.Series(lacks, index=rows.index, dtype=bool)
    locked = [(provider, postcode) in lists.kept_out for _, provider, postcode in pairs]
    faults["that a lock keeps out"] = pd.Series(locked, index=rows.index, dtype=bool)
    for what, wrong in faults.items():
        if wrong.any():
            shown = some(rows.loc[wrong, "package_id"])
            yield Broken(written.WAITING_MATCHES, f"{count(int(wrong.sum()), 'row')} with a provider {what}", shown)


@check("waiting-totals")
def waiting_totals(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the totals are those of the list."""
    rows, totals = _rows(evidence), evidence.written(written.WAITING_TOTALS)
    if len(totals) != 1:
        yield Broken(written.WAITING_TOTALS, f"{count(len(totals), 'row')}, not one")
        return
    people, chosen = rows.drop_duplicates("package_id"), rows[rows["matched"] == "yes"]
    names = ("people_matched", "people_outbid", "people_nobody_fits", "people_not_placed")
    sums = {name: float((people["answer"] == answer).sum()) for name, answer in zip(names, ANSWERS, strict=True)}
    sums |= {
        "people_waiting": float(len(people)),
        "people_with_block_provider": float((chosen["of_block"] == "yes").sum()),
        "carer_hours_matched": float(chosen["carer_hours_week"].sum()),
        "carer_hours_waiting": float(people["carer_hours_week"].sum()),
        "carer_hours_spare": float(_lists(evidence).providers["spare"].sum()),
        "added_minutes_week": float(chosen["added_minutes_week"].sum()),
    }
    step = HUNDREDTH * (len(people) + 1)
    for name, total in sums.items():
        allow = 0.0 if name.startswith("people") else step
        yield from compare(written.WAITING_TOTALS, name, pd.Series([total]), totals[name], allow=allow)


@check("lookup-agrees")
def lookup_agrees(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the look-up list has each postcode once, and names providers that can be given packages as nearest."""
    lists = _lists(evidence)
    rows = evidence.written(written.LOOKUP)
    twice = rows.loc[rows.duplicated("postcode"), "postcode"]
    if len(twice):
        yield Broken(written.LOOKUP, f"{count(len(twice), 'postcode')} listed twice", some(twice))
    of_block = rows["block_id"] != written.SPOT
    odd = rows[
        (of_block & ~rows["provider_id"].isin(lists.providers.index)) | (~of_block & (rows["provider_id"] != ""))
    ]
    if len(odd):
        yield Broken(written.LOOKUP, f"{count(len(odd), 'postcode')} with a wrong provider", some(odd["postcode"]))
    yield from tell_of_names(lists, rows[of_block], "provider", written.LOOKUP)
    yield from tell_of_names(lists, rows[rows["backup_provider_id"] != ""], "backup_provider", written.LOOKUP)
    strange = ~rows["backup_provider_id"].isin(["", *lists.providers.index])
    if strange.any():
        yield Broken(written.LOOKUP, "a backup that there is none of", some(rows.loc[strange, "postcode"]))
    parts = rows["nearest_minutes"].map(lambda cell: [float(part) for part in str(cell).split(";") if part])
    names = rows["nearest_provider_ids"].map(lambda cell: [part for part in str(cell).split(";") if part])
    odd_row = (parts.map(len) != names.map(len)) | (parts != parts.map(sorted))
    odd_row |= names.map(lambda own: len(set(own)) < len(own))
    if odd_row.any():
        what = f"{count(int(odd_row.sum()), 'postcode')} with nearest providers out of order, twice or without minutes"
        yield Broken(written.LOOKUP, what, some(rows.loc[odd_row, "postcode"]))
    may = set(lists.barred.index[lists.barred == ""])
    near = rows["nearest_provider_ids"].map(lambda cell: set(filter(None, str(cell).split(";"))) <= may)
    if not near.all():
        shown = some(rows.loc[~near, "postcode"])
        yield Broken(
            written.LOOKUP, f"{count(int((~near).sum()), 'postcode')} with a nearest provider that takes nothing", shown
        )
    owner = {postcode: name for name, (_, ground) in lists.let.items() for postcode in ground}
    listed = rows.drop_duplicates("postcode").set_index("postcode")["block_id"]
    wrong = [code for code, block in owner.items() if code in listed.index and listed[code] != block]
    if wrong:
        yield Broken(written.LOOKUP, f"{count(len(wrong), 'postcode')} not in the block already let there", some(wrong))
