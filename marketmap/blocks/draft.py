"""A plan under somebody's hands: its blocks, what may not change, what was changed, and what it is a plan of."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from marketmap.errors import PlanError

SCHEMA = "marketmap/draft/1"
PROPOSED = "proposed"
CANNOT_OPEN = "This plan cannot be opened"


@dataclass(frozen=True)
class DraftZone:
    """One block of a draft, in names alone.

    Attributes
    ----------
    block_id
        Stable: an edited block keeps it.
    status
        ``proposed``, or ``existing`` or ``held``: as the council let it or holds it by a lock.
    provider_id, centre
        Who has it, and the postcode that travel is counted from (blank where a block already let has no work).
    postcodes
        Every postcode of it, in order.
    """

    block_id: str
    status: str
    provider_id: str
    centre: str
    postcodes: tuple[str, ...]

    @property
    def proposed(self) -> bool:
        """Whether it may be edited at all: the blocks already let and those that the council holds stay as they are."""
        return self.status == PROPOSED


@dataclass(frozen=True)
class Draft:
    """A plan as it stands after some edits, with all that is needed to judge it anew.

    Attributes
    ----------
    county
        SHA-256 of each input table that the plan was made from, by its name, and of the road file (``roads``).
    settings
        Every setting, as ``run.json`` echoes them.
    seed, stop
        Of the search.
    solver
        What is known of the plan that this one began as: ``status, objective, lower_bound, relaxed, ended``, and as
        ``forbidden`` the pairs that the bound was found with. No plan of the same problem costs less than the bound.
    origin
        What it began as, in words.
    zones
        In order of their names.
    locked
        Blocks that no edit may touch and that a new search keeps.
    forbidden
        (provider_id, place) pairs: no block for that provider there, on top of the council's own locks.
    edits
        What was done, each as `edits.Edit.to_dict` gives it.
    left_out
        Postcodes with work that an edit left as spot purchase.
    """

    county: Mapping[str, str]
    settings: Mapping[str, Any]
    seed: int
    stop: Mapping[str, Any]
    solver: Mapping[str, Any]
    origin: str
    zones: tuple[DraftZone, ...]
    locked: tuple[str, ...] = ()
    forbidden: tuple[tuple[str, str], ...] = ()
    edits: tuple[Mapping[str, Any], ...] = ()
    left_out: tuple[str, ...] = field(default=())

    def zone(self, block_id: str) -> DraftZone | None:
        """Find a block by its name."""
        return next((zone for zone in self.zones if zone.block_id == block_id), None)

    def to_document(self) -> dict[str, Any]:
        """Turn it into plain lists, texts and numbers, such as JSON holds."""
        return {"schema": SCHEMA, **_plain(dataclasses.asdict(self))}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_document` gave.

        Raises
        ------
        PlanError
            When it is of another version or is not whole.
        """
        if document.get("schema") != SCHEMA:
            raise PlanError(
                f"{CANNOT_OPEN}: it was saved by another version ({document.get('schema')}, not {SCHEMA}). "
                "Open the run that it came from and edit anew."
            )
        try:
            zones = tuple(
                DraftZone(
                    str(zone["block_id"]),
                    str(zone["status"]),
                    str(zone["provider_id"]),
                    str(zone["centre"]),
                    tuple(str(name) for name in zone["postcodes"]),
                )
                for zone in document["zones"]
            )
            draft = cls(
                county={str(name): str(digest) for name, digest in document["county"].items()},
                settings=dict(document["settings"]),
                seed=int(document["seed"]),
                stop=dict(document["stop"]),
                solver=dict(document["solver"]),
                origin=str(document["origin"]),
                zones=zones,
                locked=tuple(str(name) for name in document["locked"]),
                forbidden=tuple((str(provider), str(place)) for provider, place in document["forbidden"]),
                edits=tuple(dict(edit) for edit in document["edits"]),
                left_out=tuple(str(name) for name in document["left_out"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise PlanError(f"{CANNOT_OPEN}: it is not whole ({error}). Open an earlier version of it.") from error
        _refuse_doubled(zones)
        return draft


def encode_draft(draft: Draft) -> bytes:
    """Write a draft as canonical JSON: equal drafts give equal bytes."""
    text = json.dumps(draft.to_document(), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def decode_draft(content: bytes) -> Draft:
    """Read what `encode_draft` wrote; errors as `Draft.from_document`."""
    try:
        document = json.loads(content.decode("utf-8"))
    except ValueError as error:
        raise PlanError(f"{CANNOT_OPEN}: it is not JSON. Open an earlier version of it.") from error
    if not isinstance(document, dict):
        raise PlanError(f"{CANNOT_OPEN}: it is not a plan.")
    return Draft.from_document(document)


def _refuse_doubled(zones: tuple[DraftZone, ...]) -> None:
    owner: dict[str, str] = {}
    names: set[str] = set()
    for zone in zones:
        if zone.block_id in names:
            raise PlanError(f"{CANNOT_OPEN}: it has two blocks {zone.block_id}. Open an earlier version of it.")
        names.add(zone.block_id)
        for postcode in zone.postcodes:
            if owner.setdefault(postcode, zone.block_id) != zone.block_id:
                raise PlanError(
                    f"{CANNOT_OPEN}: blocks {owner[postcode]} and {zone.block_id} both have a postcode. "
                    "Open an earlier version of it."
                )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
