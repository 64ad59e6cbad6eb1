"""The rules of a plan in plain words: what the checker calls by ids, and what the bound does not honour in full."""

from __future__ import annotations

import re

RULES = {
    "contiguous": "in one piece",
    "block-size": "size",
    "cost-travel": "reach",
    "eligible": "provider may have it",
    "capacity": "provider has room",
    "block-hours-wanted": "provider wants so much",
    "company-share": "one company's share",
    "lock-hold": "locked block kept",
    "lock-forbid": "provider kept out",
    "lock-together": "together",
    "lock-apart": "apart",
    "zones-drawn": "map of the zones",
    "inputs-unchanged": "the council's tables are those of the run",
    "outputs-unchanged": "files as the run wrote them",
}
# As `blocks.answers.relaxed_constraints` names them.
RELAXED = {
    "contiguity": "that a block is in one piece",
    "contiguity (its fences alone)": "that a block is in one piece (kept in part)",
    "share cap (a single block counts as its maximum size)": "one company's share of a district (kept in part)",
    "places kept apart by a lock": "places that a lock keeps apart",
}
_SETTING = re.compile(r" \([a-z]+(?:_[a-z]+)+ = [^)]*\)")
_FINDING = re.compile(r"\[([a-z-]+)\] ([^:]*): (.*)", re.DOTALL)


def tell_finding(finding: str) -> str:
    """Tell a finding as `check.findings.Finding` writes it without its id and its file."""
    parts = _FINDING.fullmatch(finding)
    if parts is None:
        return finding
    rule, _, what = parts.groups()
    return f"{RULES.get(rule, rule.replace('-', ' '))}: {what}"


def drop_settings(text: str) -> str:
    """Leave out settings named in brackets, such as ``(patch_overlap = 1.0)``: their names say nothing to a reader."""
    return _SETTING.sub("", text)


def tell_relaxed(names: list[str]) -> str:
    """Say which rules a lower bound keeps in part or not at all, with a space before it; blank for none."""
    if not names:
        return ""
    told = "; ".join(RELAXED.get(name, name) for name in names)
    return f" The proof does not hold all rules in full ({told}), so the plan may well be nearer than that."
