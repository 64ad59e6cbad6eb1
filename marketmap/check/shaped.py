"""Checks of what somebody asked for and changed by hand: the locks asked for, the list of edits, the draft itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, Unreadable, check, count, some
from marketmap.check.locks import FORBID, HOLD, list_locks

# What a search began from stands in the table of locks as well, and binds nothing.
BEGIN = "begin"
KINDS = (HOLD, FORBID, BEGIN)


@check("plan-locks")
def plan_locks(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the locks asked for are those that run.json counts, and stand beside all of the council's own."""
    said = evidence.record.get("locks") or {}
    there = (evidence.folder / written.PLAN_LOCKS).is_file()
    if there != bool(said):
        yield Broken(written.RECORD, f"counts {'no' if there else 'some'} locks asked for, against the files")
    if not there:
        return
    rows = evidence.asked_locks
    found = {
        "held": rows.loc[rows["kind"] == HOLD, "lock_id"].nunique(),
        "forbidden": int((rows["kind"] == FORBID).sum()),
        "begun": rows.loc[rows["kind"] == BEGIN, "lock_id"].nunique(),
    }
    if {name: value for name, value in found.items() if value} != dict(said):
        yield Broken(
            written.RECORD, f"counts other locks asked for than {written.PLAN_LOCKS} lists", some([said, found])
        )
    odd = rows.loc[~rows["kind"].isin(KINDS), "lock_id"]
    if len(odd):
        yield Broken(
            written.PLAN_LOCKS, f"{count(len(odd), 'row')} asked for that neither hold nor forbid nor begin", some(odd)
        )
    every = evidence.written(written.PLAN_LOCKS)
    own = evidence.source("locks")
    given = set() if own is None else _spell(own)
    told = _spell(every[every["origin"] == written.COUNCIL])
    if given != told:
        what = f"{count(len(given ^ told), 'row')} of the council's locks here or in its table, not both"
        yield Broken(written.PLAN_LOCKS, what, some(sorted(given ^ told)))
    strangers = sorted(set(rows["provider_id"]) - set(evidence.providers.index))
    if strangers:
        yield Broken(written.PLAN_LOCKS, f"{count(len(strangers), 'provider')} unknown", some(strangers))
    for kind in KINDS:
        for name, _, places in list_locks(evidence, kind):
            nowhere = [place for place, inside in places.items() if not len(inside)]
            if nowhere and name in set(rows["lock_id"]):
                what = f"lock {name} names {count(len(nowhere), 'place')} that the county does not have"
                yield Broken(written.PLAN_LOCKS, what, some(nowhere))


def _spell(rows: pd.DataFrame) -> set[str]:
    """Write each lock in one way: kind, name, provider and place."""
    places = sources.to_postcodes(rows["place"])
    plain = rows["place"].str.upper().str.split().str.join(" ")
    spelt = places.where(places != "", plain)
    parts = zip(sources.to_words(rows["kind"]), rows["lock_id"], rows["provider_id"], spelt, strict=True)
    return {" | ".join(map(str, part)) for part in parts}


@check("edits-listed")
def edits_listed(evidence: Evidence) -> Iterator[Broken]:
    """Hold that a plan is called edited where edits are listed and nowhere else, each with its number."""
    solver = evidence.recorded("solver")
    there = (evidence.folder / written.EDITS).is_file()
    rows = evidence.written(written.EDITS) if there else pd.DataFrame({"number": [], "edit": []})
    if there != ("edits" in solver) or solver.get("edits", 0) != len(rows):
        yield Broken(written.RECORD, f"counts {solver.get('edits', 0)} edits; {count(len(rows), 'edit')} listed")
    if list(rows["number"]) != list(range(1, len(rows) + 1)):
        yield Broken(written.EDITS, "numbers are not 1, 2, 3, …")
    if (solver.get("status") == written.EDITED) != bool(len(rows)):
        yield Broken(written.RECORD, f"solver.status is {solver.get('status')!r}; {count(len(rows), 'edit')} listed")


@check("draft-agrees")
def draft_agrees(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the draft beside a plan, which the app opens, has the plan's blocks, providers, pairs and edits."""
    path = evidence.folder / written.DRAFT
    if not path.is_file():
        return
    try:
        draft = json.loads(path.read_text(encoding="utf-8"))
        zones = {str(zone["block_id"]): zone for zone in draft["zones"]}
        block_of = {str(name): block for block, zone in zones.items() for name in zone["postcodes"]}
        pairs = {(str(provider), str(place)) for provider, place in draft["forbidden"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(written.DRAFT, f"cannot be read as a draft ({type(error).__name__})") from error
    yield from _compare_places(evidence, zones, block_of)
    rows = evidence.asked_locks
    listed = set(zip(rows["provider_id"], rows["place"], strict=True))
    if pairs != listed:
        yield Broken(written.DRAFT, "keeps other providers out than the plan's locks", some(sorted(pairs ^ listed)))
    if len(draft.get("edits", ())) != len(evidence.written(written.EDITS)):
        yield Broken(written.DRAFT, f"has {len(draft.get('edits', ()))} edits, not those of the list")


def _compare_places(evidence: Evidence, zones: dict[str, Any], block_of: dict[str, str]) -> Iterator[Broken]:
    now = evidence.block_of
    drawn = pd.Series(block_of, dtype=object).reindex(now.index).fillna(written.SPOT)
    wrong = now.index[(drawn != now).to_numpy(bool)]
    if len(wrong):
        yield Broken(written.DRAFT, f"{count(len(wrong), 'postcode')} in another block than in the plan", some(wrong))
    for name, row in evidence.proposals.iterrows():
        zone = zones.get(str(name), {})
        claimed = (zone.get("status"), zone.get("provider_id"), zone.get("centre"))
        if claimed != (row["status"], row["suggested_provider_id"], row["centre_postcode"]):
            yield Broken(written.DRAFT, f"block {name} is another than in the plan", (str(name),))
