"""Checks of which areas the postcodes with rounds are in: figures by area are summed by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pandas as pd

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.rurality import UNTOLD, find_rural
from marketmap.check.sources import hash_file
from marketmap.check.swaps import _lists

FILE = written.ROUND_PLACES
UNPLACED, OUTSIDE = "unplaced", "outside"


@check("rounds-places")
def rounds_places(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each postcode with rounds is there once, in its district, rural or not as it is, and in its block."""
    rows = evidence.written(FILE)
    twice = rows["postcode"].duplicated()
    if twice.any():
        yield Broken(FILE, f"{count(int(twice.sum()), 'postcode')} listed twice", some(rows.loc[twice, "postcode"]))
    places = rows.drop_duplicates("postcode").set_index("postcode")
    strange = places.index.difference(sorted(_with_rounds(evidence)))
    if len(strange):
        yield Broken(FILE, f"{count(len(strange), 'postcode')} that no round comes to", some(strange))
    if rows.empty:
        return  # every visit is in the list: there is no postcode to place
    lists = _lists(evidence)
    district = lists.directory["district_code"].reindex(places.index)
    due = {"district_code": district.fillna(UNPLACED), "rural": find_rural(lists, places.index)}
    due["rural"] = due["rural"].where(due["rural"] != UNTOLD, places["rural"])
    zones = _zones(evidence)
    if zones is not None:
        due["block_id"] = zones.reindex(places.index).fillna(OUTSIDE)
    for name, found in due.items():
        wrong = places[name] != found
        if wrong.any():
            shown = (f"{code}: {places[name][code]}, not {found[code]}" for code in places.index[wrong])
            yield Broken(FILE, f"{name} is wrong of {count(int(wrong.sum()), 'postcode')}", some(shown))
    words = places.loc[~places["rural"].isin(["rural", "urban", UNPLACED])]
    if len(words):
        yield Broken(FILE, "rural is neither rural nor urban nor unplaced", some(words.index))
    blank = places["block_id"] == ""
    if blank.any() != blank.all() or (bool(evidence.record.get("plan")) and blank.any()):
        yield Broken(FILE, "block_id is blank though there was a plan", some(places.index[blank]))


def _with_rounds(evidence: Evidence) -> set[str]:
    files = [written.ROUNDS]
    files += [written.ROUNDS_AS_TODAY] if (evidence.folder / written.ROUNDS_AS_TODAY).is_file() else []
    return {str(code) for file in files for code in evidence.written(file)["postcode"].unique()}


def _zones(evidence: Evidence) -> pd.Series | None:
    """Find the block of each postcode in the very plan that the run was given, if it is still where it was."""
    plan = evidence.record.get("plan")
    words = [str(word) for word in evidence.record.get("command") or ()]
    named = [value for option, value in pairwise(words) if option == "--plan"]
    if not isinstance(plan, dict) or not named:
        return None
    given = Path(named[-1])
    for folder in (given, evidence.folder.resolve().parent / given.name):
        path = folder / written.POSTCODES
        if path.is_file() and hash_file(path) == plan.get("sha256"):
            listed = written.read_written(folder, written.POSTCODES).drop_duplicates("postcode").set_index("postcode")
            return listed.loc[listed["block_id"] != written.SPOT, "block_id"]
    return None
