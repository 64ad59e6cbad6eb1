"""Private files: whole or not at all, nobody else's to read, and written by many threads at once."""

import os
import stat
import threading
from pathlib import Path

import pytest

from marketmap.errors import OutputError
from marketmap.outputs.files.private_files import write_private


def test_threads_that_write_one_file_leave_it_whole(tmp_path: Path) -> None:
    path, faults = tmp_path / "state.json", []
    contents = [bytes([65 + number]) * 200_000 for number in range(8)]

    def write(content: bytes) -> None:
        try:
            for _ in range(15):
                write_private(path, content)
                assert path.read_bytes() in contents
        except (OutputError, OSError, AssertionError) as fault:  # a thread's fault fails no test by itself
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [left.name for left in tmp_path.iterdir()] == ["state.json"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_stood_there_stays_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.json"
    write_private(path, b"before")

    def fail(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match=r"state\.json cannot be written \(No space left on device\)"):
        write_private(path, b"after")
    assert path.read_bytes() == b"before"
    assert [left.name for left in tmp_path.iterdir()] == ["state.json"]
    monkeypatch.undo()
    with pytest.raises(OutputError, match="cannot be written"):
        write_private(tmp_path / "nowhere" / "state.json", b"after")
