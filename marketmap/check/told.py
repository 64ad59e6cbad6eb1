"""Checks of what people read first: the summary, the settings that were used, the outlines on the map."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from marketmap.check import written
from marketmap.check.costs import number
from marketmap.check.evidence import Evidence
from marketmap.check.figures import HUNDREDTH, unique_blocks
from marketmap.check.findings import Broken, check, count, some
from marketmap.settings import read_settings, settings_to_mapping

README, ZONES, SETTINGS = "README.txt", "internal/zones.geojson", "marketmap.toml"
# A road file may be named where a run is started.
TYPED = frozenset({"roads.file"})
STATUSES = frozenset({"optimal", "feasible", "stopped", written.EDITED})
# What a sentence of the summary says, each with one number.
SAYS = {
    "blocks": r"([\d,]+) blocks? proposed",
    "hours_zone": r"proposed over ([\d,]+) contact hours",
    "hours_guaranteed_start": r"([\d,]+) of them could be guaranteed",
    "hours of driving saved": r"about ([\d,]+) hours of driving saved",
    "hours_with_others": r"([\d,]+) contact hours with another provider",
    "hours_waiting": r"([\d,]+) waiting hours taken up",
    "share of gain_waiting": r"without care is ([\d,]+)% of the whole gain",
    "gain_total": r"the whole gain of ([\d,]+) minutes-equivalent",
    "gap": r"at most ([\d.]+)% from the best possible",
}
# What the notes say of guarantees and backups.
NOTES = {
    "nothing guaranteed": r"nothing can be guaranteed on day one: ([\d,]+) of",
    "no backup": r"a guarantee and nobody to back it: ([\d,]+) of",
    "most blocks on one backup": r"Most blocks on one backup: ([\d,]+),",
}


@check("summary")
def summary(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the summary's numbers are those of the tables, and that the first page shows that summary."""
    text = str(evidence.record.get("summary", ""))
    blocks = unique_blocks(evidence)
    blocks = blocks[blocks["status"] == written.PROPOSED]
    rough = HUNDREDTH * len(blocks)
    gain, waiting = float(blocks["gain_total"].sum()), float(blocks["gain_waiting"].sum())
    derived = {
        "blocks": (float(len(blocks)), 0.0),
        "hours_zone": (float(blocks["hours_zone"].sum()), 0.5 + rough),
        "hours_guaranteed_start": (float(blocks["hours_guaranteed_start"].sum()), 0.5 + rough),
        "hours of driving saved": (float(blocks["driving_minutes_saved_week"].sum()) / 60, 0.5 + rough / 60),
        "hours_with_others": (float(blocks["hours_with_others"].sum()), 0.5 + rough),
        "hours_waiting": (float(blocks["hours_waiting"].sum()), 0.5 + rough),
        "share of gain_waiting": (
            100 * float(waiting / gain) if gain else 0.0,
            0.5 + (100 * rough / gain if gain else 0),
        ),
        "gain_total": (gain, 0.5 + rough),
        "gap": (100 * number(evidence, "gap"), 0.05),
    }
    for name, pattern in SAYS.items():
        said = re.search(pattern, text)
        value, allow = derived[name]
        if said and not abs(float(said.group(1).replace(",", "")) - value) <= allow + 1e-6:
            yield Broken(written.RECORD, f"summary: {name} is {said.group(1)}; the plan has {value:g}")
    page = evidence.folder / README
    if text and page.is_file() and text not in page.read_text(encoding="utf-8", errors="replace"):
        yield Broken(README, "does not hold the summary of run.json")


@check("notes-figures")
def notes_figures(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the notes count the blocks without a guarantee, those without a backup and those on one backup."""
    blocks = unique_blocks(evidence)
    blocks = blocks[blocks["status"] == written.PROPOSED]
    sure, named = blocks["hours_guaranteed_start"] > 0, blocks["backup_provider_id"]
    most = named[named != ""].value_counts().max()
    derived = {
        "nothing guaranteed": int((~sure).sum()),
        "no backup": int((sure & (named == "")).sum()),
        "most blocks on one backup": 0 if pd.isna(most) else int(most),
    }
    text = " ".join(map(str, evidence.recorded("notes")))
    for name, pattern in NOTES.items():
        said = re.search(pattern, text)
        if said and int(said.group(1).replace(",", "")) != derived[name]:
            yield Broken(written.RECORD, f"notes: {name} is {said.group(1)}; the plan has {derived[name]}")


@check("asked")
def asked(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the plan has as many blocks as were asked for, and is called optimal only without a gap."""
    solver = evidence.recorded("solver")
    first, status, gap = solver.get("first"), solver.get("status"), number(evidence, "gap")
    blocks = int((unique_blocks(evidence)["status"] == written.PROPOSED).sum())
    if isinstance(first, int) and blocks != first:
        yield Broken(written.PROPOSALS, f"{count(blocks, 'block')} proposed, where {first} were asked for")
    if status not in STATUSES:
        yield Broken(written.RECORD, f"solver.status is {status!r}, which is none")
    if status == "optimal" and gap > 1e-4:
        yield Broken(written.RECORD, f"solver.status is optimal with a gap of {gap:.2%}")


@check("settings-source")
def settings_source(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the plan was made with the settings of the council's file, but for those that it says were changed."""
    used = settings_to_mapping(evidence.settings)
    file, faults = read_settings(evidence.county / SETTINGS)
    if faults:
        yield Broken(SETTINGS, "cannot be read as settings", some(faults))
        return
    differ = sorted(_differ(settings_to_mapping(file), used, ""))
    said = evidence.record.get("changed_settings") or []
    differ = [name for name in differ if name not in TYPED and name not in said]
    if differ:
        what = f"{count(len(differ), 'setting')} not as in the council's {SETTINGS}"
        yield Broken(written.RECORD, what, some(differ))
    text = " ".join(map(str, evidence.recorded("notes")))
    silent = [name for name in said if str(name) not in text]
    if silent:
        yield Broken(written.RECORD, f"{count(len(silent), 'changed setting')} that no note tells", some(silent))


def _differ(one: dict[str, Any], other: dict[str, Any], prefix: str) -> Iterator[str]:
    for key in {*one, *other}:
        here, there = one.get(key), other.get(key)
        if isinstance(here, dict) and isinstance(there, dict):
            yield from _differ(here, there, f"{prefix}{key}.")
        elif here != there:
            yield prefix + key


@check("zones-drawn")
def zones_drawn(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the outlines on the map are of the plan's blocks, each with the figures of its row."""
    path = evidence.folder / ZONES
    if not path.is_file():
        return
    try:
        drawn = [dict(feature["properties"]) for feature in json.loads(path.read_text(encoding="utf-8"))["features"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield Broken(ZONES, f"cannot be read as outlines ({type(error).__name__})")
        return
    blocks, names = unique_blocks(evidence), [str(one.get("block_id")) for one in drawn]
    if len(set(names)) != len(names) or set(names) - {written.SPOT} != set(blocks.index):
        yield Broken(ZONES, "does not draw every block once", some(sorted(set(names) ^ set(blocks.index))))
    for one in (one for one in drawn if one.get("block_id") in blocks.index):
        row = blocks.loc[str(one["block_id"])]
        wrong = [name for name, value in one.items() if name in row.index and not _same(value, row[name])]
        if wrong:
            yield Broken(ZONES, f"block {one['block_id']} is not told as in block_proposals.csv", some(wrong))


def _same(drawn: object, said: object) -> bool:
    if isinstance(said, float):
        if drawn is None:
            return bool(pd.isna(said))
        return isinstance(drawn, int | float) and abs(float(drawn) - said) <= HUNDREDTH + 1e-6
    return ("" if drawn is None else str(drawn)) == str(said)


# Losses below half a minute each go untold: travel, rounds, moves, price and the block, and rounding.
MINUTE = 2.5
# What a block's reason says in numbers, by the column that has them.
REASONS = {
    "gain_total": r"The block gains ([\d,]+) minutes",
    "hours_with_others": r"([\d,]+) hours would change provider",
    "hours_waiting": r"([\d,]+) waiting hours would be taken up",
    "minutes_per_visit_proposed": r"visits lie ([\d.]+) minutes on average",
    "minutes_per_visit_now": r"against ([\d.]+) from",
}


@check("reason-figures")
def reason_figures(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the numbers in the reason for a block are those of its row."""
    blocks = unique_blocks(evidence)
    for name, pattern in REASONS.items():
        said = pd.to_numeric(blocks["reason"].str.extract(pattern)[0].str.replace(",", ""), errors="coerce")
        allow = (0.05 if name.startswith("minutes") else 0.5) + HUNDREDTH
        wrong = (said - blocks[name]).abs() > allow + 1e-6
        if wrong.any():
            yield Broken(written.PROPOSALS, f"the reason tells another {name}", some(blocks.index[wrong]))
    larger, least = blocks[["gain_travel", "gain_waiting"]].max(axis=1), 2 * HUNDREDTH
    wrong = blocks["reason"].str.contains(", most of it from") & (larger > blocks["gain_total"] + MINUTE)
    wrong |= blocks["reason"].str.contains(", chiefly from") & (larger < blocks["gain_total"] - least)
    if wrong.any():
        yield Broken(written.PROPOSALS, "the reason takes a part of the gain for the whole", some(blocks.index[wrong]))
    told = blocks["reason"].str.contains("nothing can be guaranteed")
    wrong = (told != (blocks["hours_guaranteed_start"] <= 0)) & (blocks["status"] == written.PROPOSED)
    if wrong.any():
        yield Broken(written.PROPOSALS, "the reason tells another guarantee", some(blocks.index[wrong]))


@check("district-named")
def district_named(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each district has one name in all rows, the council's own where its settings give one."""
    blocks = unique_blocks(evidence)
    own = blocks["district_code"].map(dict(evidence.settings.county.district_names))
    wrong = own.notna() & (own != blocks["district_name"])
    several = blocks.groupby("district_code")["district_name"].transform("nunique") > 1
    if (wrong | several).any():
        yield Broken(written.PROPOSALS, "a district by a name that is not its own", some(blocks.index[wrong | several]))
