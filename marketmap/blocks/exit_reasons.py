"""Why nobody can have a block whole when its company leaves: the others that take part, counted by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from marketmap.blocks.audit import Commitments, find_bar, find_limit
from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import Zone

PLURALS = {"lacks": "lack", "does": "do"}


def explain_left(model: BlockModel, left: Sequence[Zone], after: Commitments) -> dict[str, str]:
    """Say of each block that nobody can have whole why not, counting providers by reason.

    Parameters
    ----------
    model
        Of the county without the company.
    left
        The blocks, in the model's positions.
    after
        What providers have taken on once the other blocks are given out.

    Returns
    -------
    dict
        A sentence without its full stop, by block.
    """
    # who holds a block already let may be among the model's providers without taking part
    others = [number for number, name in enumerate(model.providers.index) if not model.why_not[name]]
    who = f"{len(others)} others that take part" if len(others) != 1 else "1 other that takes part"
    why = {}
    for zone in left:
        reasons: Counter[str] = Counter()
        for number in others:
            bar = find_bar(model, zone, number) or find_limit(model, zone, number, after)
            reasons[_shorten(bar)] += 1
        told = ", ".join(
            f"{count} {_agree(what, count)}"
            for what, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        )
        why[zone.block_id] = f"Nobody can have it whole. Of {who}: {told}"
    return why


def _agree(what: str, count: int) -> str:
    """Put the verb that a reason begins with into the plural where several share it."""
    verb, _, rest = what.partition(" ")
    return f"{PLURALS[verb]} {rest}" if count != 1 and verb in PLURALS else what


def _shorten(reason: str) -> str:
    if reason.startswith("needs "):
        return "without the room"
    if reason.startswith("would take at most"):
        return "at the block hours they would take"
    if reason.startswith("its company"):
        return "at their company's share of a district"
    if reason.startswith("lacks "):
        return f"{reason.split(' (', maxsplit=1)[0]} somewhere in it"
    if not reason:
        return "kept for another block"
    return reason.split(" (", maxsplit=1)[0]
