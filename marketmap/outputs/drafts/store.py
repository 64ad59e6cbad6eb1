"""Saved plans and unsaved drafts: one SQLite file, every save one transaction.

Each save is a new revision beside those before it; none is ever changed. A save says which revision it began from,
and is refused when another one stands there by now. The file is opened for each call and closed again, so any number
of threads and processes may use it, and a process that is killed leaves it as it was before its last call.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marketmap.errors import OutputError
from marketmap.outputs.drafts.differences import tell_differences
from marketmap.outputs.drafts.file import open_store

__all__ = ["PlanConflictError", "PlanStore", "Plans", "SavedPlan", "tell_differences"]

LONGEST_NAME = 100
LONGEST_WORDS = 2000
_SELECT = (
    "SELECT r.plan_id, p.name, p.county_id, r.revision, r.saved_by, r.saved_at, r.what, {document} "
    "FROM plans p JOIN revisions r ON r.plan_id = p.plan_id "
)


@dataclass(frozen=True)
class SavedPlan:
    """A plan as it was saved once.

    Attributes
    ----------
    plan_id, name, county_id
        Which plan, what it is called now, and of which county it is.
    revision
        1 for the first save; one more with each.
    saved_by, saved_at, what
        The user, the moment (ISO 8601, UTC) and what changed, in the user's words.
    document
        The plan as a JSON mapping; empty where only a list was asked for.
    """

    plan_id: str
    name: str
    county_id: str
    revision: int
    saved_by: str
    saved_at: str
    what: str
    document: dict[str, Any] = field(default_factory=dict)


Plans = tuple[SavedPlan, ...]


class PlanConflictError(OutputError):
    """A save that began from a revision that is no longer the last: nothing was overwritten.

    Attributes
    ----------
    saved
        What stands there now.
    """

    def __init__(self, message: str, saved: SavedPlan) -> None:
        super().__init__(message)
        self.saved = saved


class PlanStore:
    """The plans in one file; the file is made by the first save.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    OutputError
        By every method: when the file is damaged, is another program's or a later version's, is locked for too long,
        or cannot be written. It names the file and what to do; the file is never deleted.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def list(self, county_id: str) -> Plans:
        """List the plans of a county, the one saved last first, without their documents."""
        with open_store(self.path) as store:
            rows = store.execute(
                _SELECT.format(document="'{}'") + "WHERE p.county_id = ? AND p.deleted = 0 AND r.revision = p.revision "
                "ORDER BY r.saved_at DESC, p.rowid DESC",
                (county_id,),
            )
            return tuple(_saved(row) for row in rows)

    def create(self, name: str, county_id: str, document: Mapping[str, Any], *, by: str, what: str) -> SavedPlan:
        """Save a plan under a new name.

        Raises
        ------
        OutputError
            When the name is blank, too long, or another plan of the county has it.
        """
        plan_id, tidy = f"p-{secrets.token_hex(6)}", _tidy_name(name)
        with self._change() as store:
            self._refuse_taken(store, tidy, county_id)
            store.execute(
                "INSERT INTO plans (plan_id, county_id, name, name_key, revision) VALUES (?, ?, ?, ?, 1)",
                (plan_id, county_id, tidy, tidy.casefold()),
            )
            _insert(store, plan_id, 1, name=tidy, document=document, by=by, what=what)
            return _find(store, plan_id)

    def save(self, plan_id: str, document: Mapping[str, Any], *, revision: int, by: str, what: str) -> SavedPlan:
        """Save a plan again.

        Parameters
        ----------
        revision
            The one that the user opened.

        Raises
        ------
        PlanConflictError
            When it is not the last any more.
        OutputError
            When there is no such plan, or it was deleted.
        """
        with self._change() as store:
            now = _find(store, plan_id)
            if now.revision != revision:
                raise PlanConflictError(
                    f"Not saved: {now.saved_by or 'somebody'} saved {now.name} ({now.what or 'without a word'}) "
                    "after you opened it. Nothing was overwritten. Open theirs, or save yours under another name.",
                    now,
                )
            _insert(store, plan_id, revision + 1, name=now.name, document=document, by=by, what=what)
            store.execute("UPDATE plans SET revision = ? WHERE plan_id = ?", (revision + 1, plan_id))
            return _find(store, plan_id)

    def open(self, plan_id: str, revision: int | None = None) -> SavedPlan:
        """Open a plan as it is now or as it was at a revision, also one that was deleted where a revision is given.

        Raises
        ------
        OutputError
            When there is none.
        """
        with open_store(self.path) as store:
            return _find(store, plan_id, revision)

    def history(self, plan_id: str) -> Plans:
        """List every revision of a plan, the last first, without documents; of a deleted one as well."""
        with open_store(self.path) as store:
            rows = store.execute(
                _SELECT.format(document="'{}'") + "WHERE p.plan_id = ? ORDER BY r.revision DESC", (plan_id,)
            )
            return tuple(_saved(row) for row in rows)

    def rename(self, plan_id: str, name: str) -> SavedPlan:
        """Give a plan another name; errors as `create` and `open`."""
        tidy = _tidy_name(name)
        with self._change() as store:
            self._refuse_taken(store, tidy, _find(store, plan_id).county_id, besides=plan_id)
            store.execute("UPDATE plans SET name = ?, name_key = ? WHERE plan_id = ?", (tidy, tidy.casefold(), plan_id))
            return _find(store, plan_id)

    def delete(self, plan_id: str) -> None:
        """Take a plan off the list; its revisions stay and `history` tells them."""
        with self._change() as store:
            _find(store, plan_id)
            store.execute("UPDATE plans SET deleted = 1 WHERE plan_id = ?", (plan_id,))

    def forget_county(self, county_id: str) -> tuple[str, ...]:
        """Delete every plan of a county for good, with its history and every draft of it; their plan ids."""
        with self._change() as store:
            rows = store.execute("SELECT plan_id FROM plans WHERE county_id = ?", (county_id,)).fetchall()
            store.execute("DELETE FROM plans WHERE county_id = ?", (county_id,))
            for (plan_id,) in [*rows, (county_id,)]:
                store.execute("DELETE FROM drafts WHERE instr(key, ?) > 0", (plan_id,))
            return tuple(str(plan_id) for (plan_id,) in rows)

    def mentions(self, text: str) -> bool:
        """Say whether any listed plan or any draft mentions a text, for instance the job that it came from."""
        if not self.path.exists():
            return False
        with open_store(self.path) as store:
            found = store.execute(
                "SELECT EXISTS (SELECT 1 FROM plans p JOIN revisions r USING (plan_id) WHERE p.deleted = 0 "
                "AND instr(r.document, ?1) > 0) OR EXISTS (SELECT 1 FROM drafts WHERE instr(document, ?1) > 0 "
                "OR instr(key, ?1) > 0)",
                (text,),
            ).fetchone()
            return bool(found[0])

    def keep_draft(self, user: str, key: str, document: Mapping[str, Any]) -> None:
        """Keep what a user has not saved yet, in the place of what was kept under that key.

        Parameters
        ----------
        key
            What the draft is of: a plan's id, or a county's and a word. It holds the county's id or the plan's, so
            that the draft goes with them.
        """
        with self._change() as store:
            store.execute(
                "INSERT INTO drafts (user, key, kept_at, document) VALUES (?, ?, ?, ?) ON CONFLICT (user, key) DO "
                "UPDATE SET kept_at = excluded.kept_at, document = excluded.document",
                (user, key, _now(), _encode(document)),
            )

    def draft(self, user: str, key: str) -> dict[str, Any] | None:
        """Give back what was kept; None where nothing was, or it was dropped."""
        if not self.path.exists():
            return None
        with open_store(self.path) as store:
            row = store.execute("SELECT document FROM drafts WHERE user = ? AND key = ?", (user, key)).fetchone()
            return None if row is None else _decode(row[0])

    def drop_draft(self, user: str, key: str) -> None:
        """Forget what was kept, after a save or when the user gives it up."""
        if self.path.exists():
            with self._change() as store:
                store.execute("DELETE FROM drafts WHERE user = ? AND key = ?", (user, key))

    @staticmethod
    def _refuse_taken(store: sqlite3.Connection, name: str, county_id: str, *, besides: str = "") -> None:
        taken = store.execute(
            "SELECT 1 FROM plans WHERE county_id = ? AND name_key = ? AND deleted = 0 AND plan_id != ?",
            (county_id, name.casefold(), besides),
        ).fetchone()
        if taken:
            raise OutputError(
                f"There is a plan called {name} already. Give another name, or open that one and save it."
            )

    @contextlib.contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or nothing."""
        with open_store(self.path) as store:
            store.execute("BEGIN IMMEDIATE")
            try:
                yield store
            except BaseException:
                store.execute("ROLLBACK")
                raise
            store.execute("COMMIT")


def _insert(
    store: sqlite3.Connection,
    plan_id: str,
    revision: int,
    *,
    name: str,
    document: Mapping[str, Any],
    by: str,
    what: str,
) -> None:
    store.execute(
        "INSERT INTO revisions (plan_id, revision, name, saved_by, saved_at, what, document) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (plan_id, revision, name, _tidy(by), _now(), _tidy(what)[:LONGEST_WORDS], _encode(document)),
    )


def _find(store: sqlite3.Connection, plan_id: str, revision: int | None = None) -> SavedPlan:
    where, values = ("r.revision = p.revision AND p.deleted = 0", (plan_id,)) if revision is None else (
        "r.revision = ?", (plan_id, revision)
    )  # fmt: skip
    row = store.execute(_SELECT.format(document="r.document") + f"WHERE p.plan_id = ? AND {where}", values).fetchone()
    if row is None:
        raise OutputError("There is no such saved plan: it was deleted, or the address is wrong. Choose another.")
    return _saved(row)


def _saved(row: tuple[Any, ...]) -> SavedPlan:
    return dataclasses.replace(SavedPlan(*row[:7]), document=_decode(row[7]))


def _encode(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=True, separators=(",", ":"))


def _decode(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    return document


def _tidy_name(name: str) -> str:
    tidy = _tidy(name)
    if not tidy or len(tidy) > LONGEST_NAME:
        raise OutputError(f"Give the plan a name of 1 to {LONGEST_NAME} characters.")
    return tidy


def _tidy(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _now() -> str:
    return dt.datetime.now(tz=dt.UTC).isoformat(timespec="milliseconds")
