"""Checks of what travel is scaled by: what a run says it took from a fit is what it used, and what its notes tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, check, some
from marketmap.settings import settings_to_mapping

FACTORS_FILE = "internal/round_factors.toml"
# What a note says, with the settings that it says it of.
TOLD = {
    r"Travel minutes are scaled by ([\d.]+)[, ]": "blocks.factor_inside",
    r"Travel minutes are scaled by [\d.]+ inside blocks and ([\d.]+) outside": "blocks.factor_outside",
    r"its nearest two stands for ([\d.]+) of travel": "swaps.near_share",
    r"Savings are estimates: ([\d.]+) × minutes": "swaps.near_share",
}
OFF = r"off by ([\d.]+)% on ([\d,]+) held-out sets"


@check("travel-scale")
def travel_scale(evidence: Evidence) -> Iterator[Broken]:
    """Hold that factors said to be a fit's are those of the settings, the notes, and the fit where it is there."""
    used = {
        f"{table}.{key}": value
        for table, rows in settings_to_mapping(evidence.settings).items()
        if isinstance(rows, dict)
        for key, value in rows.items()
    }
    notes = " ".join(map(str, evidence.recorded("notes")))
    for pattern, name in TOLD.items():
        said = re.search(pattern, notes)
        if said and abs(float(said.group(1)) - float(used[name])) > 1e-6 * max(float(used[name]), 1.0):
            yield Broken(written.RECORD, f"a note tells {name} as {said.group(1)}; the settings have {used[name]:g}")
    scaled = any(used[f"blocks.factor_{side}"] != 1 for side in ("inside", "outside"))
    if scaled and "unscaled model minutes" in notes:
        yield Broken(written.RECORD, "a note tells of unscaled minutes, against the settings")
    facts = evidence.record.get("factors") or {}
    if not facts:
        return
    taken = facts.get("settings") if isinstance(facts, dict) else None
    if not isinstance(taken, dict) or not taken:
        yield Broken(written.RECORD, "factors names no settings")
        return
    wrong = [f"{name}: {value}, used {used.get(name)}" for name, value in taken.items() if used.get(name) != value]
    if wrong:
        yield Broken(written.RECORD, "factors has other values than the settings", some(wrong))
    if str(facts.get("fit", "")) not in notes or not re.search(OFF, notes):
        yield Broken(written.RECORD, "no note tells of the fit that travel is scaled by, and how far it is off")
    yield from _hold_against_fit(evidence, facts)


def _hold_against_fit(evidence: Evidence, facts: dict[str, Any]) -> Iterator[Broken]:
    """Hold what was taken against the fit itself, where its folder still lies beside this one."""
    try:
        path = evidence.folder.resolve().parent / str(facts.get("fit", "")) / written.RECORD
        fit = json.loads(path.read_text(encoding="utf-8"))
        same = fit["outputs"][FACTORS_FILE] == facts.get("sha256")
        found = fit["factors"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    wrong = [name for name, value in found.items() if facts.get(name) != value]
    if same and wrong:
        yield Broken(written.RECORD, "factors tells otherwise of the fit than its own record does", some(wrong))
