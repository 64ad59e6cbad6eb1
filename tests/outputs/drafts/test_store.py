"""Saved plans: a save is whole or not at all, and never overwrites what somebody else saved meanwhile."""

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from marketmap.errors import OutputError
from marketmap.outputs.drafts.file import open_store
from marketmap.outputs.drafts.store import PlanConflictError, PlanStore, tell_differences

ROOT = Path(__file__).parents[3]


def zone(block: str, provider: str = "V01", postcodes: tuple[str, ...] = ("LE15 6AA", "LE15 6AB")) -> dict[str, object]:
    return {
        "block_id": block,
        "status": "proposed",
        "provider_id": provider,
        "centre": postcodes[0],
        "postcodes": list(postcodes),
    }


def document(*zones: dict[str, object], **more: object) -> dict[str, object]:
    return {"zones": list(zones), "locked": [], "forbidden": [], "settings": {}, "seed": 0} | more


@pytest.fixture
def store(tmp_path: Path) -> PlanStore:
    return PlanStore(tmp_path / "work" / "plans.sqlite")


def test_a_plan_is_saved_listed_and_opened_with_who_when_and_what(store: PlanStore) -> None:
    first = store.create("Autumn", "first", document(zone("B1")), by="ann@example.org", what="as proposed")
    second = store.create("Winter ❄", "first", document(zone("B2")), by="bob@example.org", what="bigger")
    store.create("Elsewhere", "c-000000000001", document(), by="ann@example.org", what="")
    again = store.save(first.plan_id, document(zone("B1", "V02")), revision=1, by="bob@example.org", what="V02")
    assert [(plan.name, plan.revision, plan.document) for plan in store.list("first")] == [
        ("Autumn", 2, {}),
        ("Winter ❄", 1, {}),
    ]
    opened = store.open(first.plan_id)
    assert opened == again
    assert (opened.saved_by, opened.what, opened.document["zones"][0]["provider_id"]) == (
        "bob@example.org",
        "V02",
        "V02",
    )
    assert first.saved_at <= second.saved_at <= opened.saved_at
    assert store.open(first.plan_id, 1).document == document(zone("B1"))
    assert [(plan.revision, plan.what) for plan in store.history(first.plan_id)] == [(2, "V02"), (1, "as proposed")]


def test_the_file_is_for_the_servers_account_alone(store: PlanStore) -> None:
    before = os.umask(0)
    try:
        store.create("Plan", "first", document(), by="ann", what="")
        with open_store(store.path) as held:  # while it is open, SQLite's own files stand beside it
            held.execute("SELECT * FROM plans").fetchall()
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.path.parent.iterdir()}
            assert held.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}
    assert "plans.sqlite-wal" in modes
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_a_save_from_an_old_revision_is_refused_and_overwrites_nothing(store: PlanStore) -> None:
    plan = store.create("Plan", "first", document(zone("B1"), zone("B2")), by="ann", what="as proposed")
    theirs = store.save(plan.plan_id, document(zone("B1", "V02"), zone("B2")), revision=1, by="bob", what="V02 for B1")
    mine = document(zone("B1"))
    with pytest.raises(PlanConflictError, match=r"bob saved Plan \(V02 for B1\)") as refused:
        store.save(plan.plan_id, mine, revision=1, by="ann", what="without B2")
    assert refused.value.saved == theirs
    assert store.open(plan.plan_id) == theirs
    assert len(store.history(plan.plan_id)) == 2
    differs = tell_differences(mine, refused.value.saved.document)
    assert differs.to_dict("records") == [
        {"block_id": "B1", "what": "provider", "a": "V01", "b": "V02"},
        {"block_id": "B2", "what": "block", "a": "not there", "b": "V01, 2 postcodes"},
    ]


def test_differences_name_places_providers_locks_and_settings_but_no_postcode() -> None:
    a = document(
        zone("B1", postcodes=("LE15 6AA", "LE15 6AB", "LE15 6AD")),
        locked=["B1"],
        forbidden=[["V01", "LE15 6"]],
        settings={"blocks": {"min_hours": 100, "max_hours": 300}},
    )
    b = document(zone("B1"), settings={"blocks": {"min_hours": 80, "max_hours": 300}}, seed=4)
    found = tell_differences(a, b)
    assert found.to_numpy().tolist() == [
        ["B1", "postcodes", "3, of them 1 only here", "2, of them 0 only here"],
        ["B1", "lock", "locked", "free"],
        ["", "provider V01 at LE15 6", "forbidden", "allowed"],
        ["", "setting blocks.min_hours", "100", "80"],
        ["", "seed", "0", "4"],
    ]
    assert tell_differences(a, a).empty


def test_names_are_one_to_a_plan_of_a_county_and_free_again_when_it_is_deleted(store: PlanStore) -> None:
    plan = store.create("  Äpfel \n one ", "first", document(), by="ann", what="")
    assert plan.name == "Äpfel one"
    with pytest.raises(OutputError, match="There is a plan called äPFEL ONE already"):
        store.create("äPFEL ONE", "first", document(), by="bob", what="")
    store.create("Äpfel one", "c-000000000001", document(), by="bob", what="")
    other = store.create("Other", "first", document(), by="bob", what="")
    with pytest.raises(OutputError, match="already"):
        store.rename(other.plan_id, "ÄPFEL one")
    assert store.rename(plan.plan_id, "ÄPFEL one").name == "ÄPFEL one"
    store.delete(plan.plan_id)
    with pytest.raises(OutputError, match="no such saved plan"):
        store.open(plan.plan_id)
    with pytest.raises(OutputError, match="no such saved plan"):
        store.save(plan.plan_id, document(), revision=1, by="ann", what="")
    assert store.history(plan.plan_id)[0].saved_by == "ann"
    assert store.open(plan.plan_id, 1).document == document()
    assert store.rename(other.plan_id, "Äpfel one").name == "Äpfel one"
    for name in ("", " \t", "x" * 101):
        with pytest.raises(OutputError, match="1 to 100 characters"):
            store.create(name, "first", document(), by="ann", what="")


def test_drafts_are_kept_by_user_until_they_are_dropped(store: PlanStore) -> None:
    assert store.draft("ann", "first/run") is None
    assert not store.path.exists()  # looking makes nothing
    store.keep_draft("ann", "first/run", document(zone("B1")))
    store.keep_draft("ann", "first/run", document(zone("B2")))
    store.keep_draft("bob", "first/run", document())
    assert PlanStore(store.path).draft("ann", "first/run") == document(zone("B2"))
    store.drop_draft("ann", "first/run")
    assert store.draft("ann", "first/run") is None
    assert store.draft("bob", "first/run") == document()


def test_what_a_plan_came_from_is_known_while_it_is_listed(store: PlanStore) -> None:
    assert not store.mentions("j-1")
    plan = store.create("Plan", "first", document(origin="job j-1"), by="ann", what="")
    assert store.mentions("j-1")
    assert not store.mentions("j-2")
    store.delete(plan.plan_id)
    assert not store.mentions("j-1")
    store.keep_draft("ann", "first/job-j-2", document())
    assert store.mentions("j-2")


def test_a_county_is_forgotten_for_good(store: PlanStore) -> None:
    told = "TOLD-IN-THE-UPLOAD"
    plan = store.create("Plan", "c-000000000001", document(origin=told), by="ann", what="")
    kept = store.create("Plan", "first", document(), by="ann", what="")
    store.keep_draft("ann", plan.plan_id, document(origin=told))
    store.keep_draft("ann", "c-000000000001/run", document(origin=told))
    store.keep_draft("ann", "first/run", document())
    assert store.forget_county("c-000000000001") == (plan.plan_id,)
    assert store.history(plan.plan_id) == ()
    assert store.draft("ann", "c-000000000001/run") is None
    assert store.open(kept.plan_id) == kept
    assert store.draft("ann", "first/run") == document()
    assert told.encode() not in b"".join(path.read_bytes() for path in store.path.parent.iterdir())


@pytest.mark.parametrize("spoil", ["head", "middle", "text", "cut"])
def test_a_damaged_file_is_named_and_left(store: PlanStore, spoil: str) -> None:
    plan = store.create("Plan", "first", document(*(zone(f"B{n}") for n in range(300))), by="ann", what="")
    whole = bytearray(store.path.read_bytes())
    if spoil == "head":
        whole[:100] = bytes(100)
    elif spoil == "middle":
        whole[4096:] = b"\xff" * (len(whole) - 4096)
    elif spoil == "text":
        whole[:] = b"not a database at all, just some words that somebody put here instead"
    else:
        del whole[5000:]
    store.path.write_bytes(whole)
    with pytest.raises(OutputError, match=r"plans\.sqlite.*(damaged|not a file of saved plans).*"):
        store.open(plan.plan_id)
    with pytest.raises(OutputError, match=r"plans\.sqlite"):
        store.create("Other", "first", document(), by="ann", what="")
    assert store.path.stat().st_size >= len(whole) - 4096  # there still


def test_another_programs_file_and_a_later_versions_are_left_alone(tmp_path: Path, store: PlanStore) -> None:
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()
    before = foreign.read_bytes()
    with pytest.raises(OutputError, match=r"foreign\.sqlite is not a file of saved plans"):
        PlanStore(foreign).list("first")
    assert foreign.read_bytes() == before
    store.create("Plan", "first", document(), by="ann", what="")
    with sqlite3.connect(store.path) as later:
        later.execute("PRAGMA user_version = 2")
    later.close()
    with pytest.raises(OutputError, match="another version"):
        store.list("first")


COUNTER = """
import sys
from pathlib import Path
from marketmap.outputs.drafts.file import open_store
from marketmap.outputs.drafts.store import PlanConflictError, PlanStore
store, plan_id, who = PlanStore(Path(sys.argv[1])), sys.argv[2], sys.argv[3]
print("ready", flush=True)
sys.stdin.readline()
done = refused = 0
while done < 15:
    now = store.open(plan_id)
    try:
        store.save(plan_id, {"count": now.document["count"] + 1}, revision=now.revision, by=who, what="+1")
        done += 1
    except PlanConflictError:
        refused += 1
print(refused)
"""


def test_of_saves_at_once_one_wins_each_round_and_none_is_lost(store: PlanStore) -> None:
    plan = store.create("Plan", "first", {"count": 0}, by="first", what="")
    users = [start(COUNTER, store, plan.plan_id, f"user {number}", stdin=subprocess.PIPE) for number in range(3)]
    assert [user.stdout.readline() for user in users] == [b"ready\n"] * 3
    for user in users:
        user.stdin.write(b"go\n")
        user.stdin.flush()
    refused = sum(int(user.communicate(timeout=60)[0]) for user in users)
    last = store.open(plan.plan_id)
    assert (last.revision, last.document) == (46, {"count": 45})
    assert [store.open(plan.plan_id, number).document["count"] for number in range(1, 47)] == list(range(46))
    assert refused > 0  # they did get in each other's way


def start(script: str, store: PlanStore, *arguments: str, stdin: int | None = None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", script, str(store.path), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=stdin, stdout=subprocess.PIPE)


SAVER = """
import sys
from pathlib import Path
from marketmap.outputs.drafts.file import open_store
from marketmap.outputs.drafts.store import PlanStore
store, plan_id, who = PlanStore(Path(sys.argv[1])), sys.argv[2], sys.argv[3]
while True:
    now = store.open(plan_id)
    number = now.revision + 1
    store.save(plan_id, {"number": number, "text": str(number) * 20000}, revision=now.revision, by=who, what="")
    store.keep_draft("ann", "first/run", {"number": number, "text": str(number) * 20000})
    print(number, flush=True)
"""


def test_a_process_killed_in_the_middle_of_a_save_leaves_the_last_save_whole(store: PlanStore) -> None:
    plan = store.create("Plan", "first", {"number": 1, "text": "1" * 20000}, by="ann", what="")
    moments = random.Random(6)  # noqa: S311  nothing secret
    for _ in range(12):
        saver = start(SAVER, store, plan.plan_id, "ann")
        assert saver.stdout is not None
        told = int(saver.stdout.readline())  # from here on it is always in the midst of saving
        time.sleep(moments.uniform(0, 0.02))
        saver.send_signal(signal.SIGKILL)
        rest = saver.stdout.read().split()
        saver.wait()
        told = max([told, *(int(line) for line in rest)])
        found = store.open(plan.plan_id)
        assert found.revision >= told  # what was told as saved is there
        for number in {found.revision, told, max(1, told - 1)}:
            assert store.open(plan.plan_id, number).document == {"number": number, "text": str(number) * 20000}
        draft = store.draft("ann", "first/run")
        assert draft is not None
        assert draft["text"] == str(draft["number"]) * 20000
    history = [saved.revision for saved in store.history(plan.plan_id)]
    assert history == list(range(store.open(plan.plan_id).revision, 0, -1))
