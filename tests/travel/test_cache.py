"""The disk cache."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketmap.travel import cache
from marketmap.travel.cache import MAKES_NO_TIMES, Arrays, code_files, digest_of, remember

KEY = digest_of("a", np.arange(3))


class Maker:
    """Makes arrays, and counts how often."""

    def __init__(self, value: float = 1.0) -> None:
        self.made = 0
        self.value = value

    def __call__(self) -> Arrays:
        self.made += 1
        return {"minutes": np.full((4, 4), self.value, dtype=np.float32)}


def _only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_the_second_time_it_is_read(tmp_path: Path) -> None:
    make = Maker()
    first = remember(tmp_path / "new" / "folder", "minutes", KEY, make=make)
    second = remember(tmp_path / "new" / "folder", "minutes", KEY, make=make)
    assert make.made == 1
    assert np.array_equal(first["minutes"], second["minutes"])
    assert second["minutes"].dtype == np.float32
    assert [file.suffix for file in (tmp_path / "new" / "folder").iterdir()] == [".npz"]


def test_without_a_folder_nothing_is_kept() -> None:
    make = Maker()
    remember(None, "minutes", KEY, make=make)
    remember(None, "minutes", KEY, make=make)
    assert make.made == 2


def test_a_file_made_from_something_else_is_made_again(tmp_path: Path) -> None:
    remember(tmp_path, "minutes", KEY, make=Maker(1.0))
    other = digest_of("b")
    _only_file(tmp_path).rename(tmp_path / f"minutes-{other[:32]}.npz")
    assert remember(tmp_path, "minutes", other, make=Maker(2.0))["minutes"][0, 0] == 2.0


def test_arrays_that_do_not_fit_are_made_again(tmp_path: Path) -> None:
    remember(tmp_path, "minutes", KEY, make=Maker(1.0))
    found = remember(tmp_path, "minutes", KEY, make=Maker(2.0), fits=lambda arrays: "seconds" in arrays)
    assert found["minutes"][0, 0] == 2.0
    assert remember(tmp_path, "minutes", KEY, make=Maker(3.0))["minutes"][0, 0] == 2.0


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all", b"\x93NUMPY"])
def test_a_foreign_file_is_made_again(tmp_path: Path, content: bytes) -> None:
    remember(tmp_path, "minutes", KEY, make=Maker(1.0))
    _only_file(tmp_path).write_bytes(content)
    assert remember(tmp_path, "minutes", KEY, make=Maker(2.0))["minutes"][0, 0] == 2.0
    assert remember(tmp_path, "minutes", KEY, make=Maker(3.0))["minutes"][0, 0] == 2.0


def test_objects_in_a_file_are_never_unpickled(tmp_path: Path) -> None:
    remember(tmp_path, "minutes", KEY, make=Maker(1.0))
    file = _only_file(tmp_path)
    with file.open("wb") as handle:
        np.savez(handle, minutes=np.array([{}], dtype=object))
    assert remember(tmp_path, "minutes", KEY, make=Maker(2.0))["minutes"][0, 0] == 2.0


def _npy(header: str) -> bytes:
    text = header.encode("latin-1")
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    "member",
    [
        _npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4000000000, 4000000000), }\n"),
        _npy("{'descr': '<f4', 'fortran_order': False, 'shape': (10000000000000, 3), }\n"),
        _npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999999, ), }\n"),
        _npy("{'descr': '<f4', 'fortran_order': (((((\n"),
        _npy('{"descr": """<f4\n'),
        _npy("(" * 5000),
        b"no array",
    ],
)
def test_a_crafted_member_is_made_again(tmp_path: Path, member: bytes) -> None:
    remember(tmp_path, "minutes", KEY, make=Maker(1.0))
    file = _only_file(tmp_path)
    for names in (("minutes.npy",), ("minutes", "seal.npy")):
        with zipfile.ZipFile(file, "w") as packed:
            for name in names:
                packed.writestr(name, member)
        assert remember(tmp_path, "minutes", KEY, make=Maker(2.0))["minutes"][0, 0] == 2.0


def test_packed_content_is_never_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(tmp_path, "minutes", KEY, make=Maker(1.0))
    np.savez_compressed(_only_file(tmp_path), minutes=np.zeros((2000, 2000)))
    unpacked: list[object] = []
    monkeypatch.setattr(np, "load", lambda *given, **_: unpacked.append(given))
    assert remember(tmp_path, "minutes", KEY, make=Maker(2.0))["minutes"][0, 0] == 2.0
    assert unpacked == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_does_not_stop_the_run(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"minutes-{KEY[:32]}.npz")
    assert remember(tmp_path, "minutes", KEY, make=Maker(2.0))["minutes"][0, 0] == 2.0


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255), cut=st.booleans())
def test_damage_anywhere_never_changes_what_comes_out(tmp_path: Path, place: float, flip: int, cut: bool) -> None:
    remember(tmp_path, "minutes", KEY, make=Maker(1.0))
    file = _only_file(tmp_path)
    whole = bytearray(file.read_bytes())
    at = int(place * len(whole))
    whole[at] ^= flip
    file.write_bytes(bytes(whole[:at] if cut else whole))
    found = remember(tmp_path, "minutes", KEY, make=Maker(1.0))
    assert set(found) == {"minutes"}
    assert np.array_equal(found["minutes"], np.ones((4, 4), dtype=np.float32))


def test_a_folder_that_cannot_be_written_does_not_stop_the_run(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert remember(blocked, "minutes", KEY, make=Maker(2.0))["minutes"][0, 0] == 2.0


def test_a_maker_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def fail() -> Arrays:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        remember(tmp_path, "minutes", KEY, make=fail)
    assert list(tmp_path.iterdir()) == []


def test_the_key_depends_on_every_part_and_its_shape() -> None:
    parts = [
        digest_of("a", "b"), digest_of("ab"), digest_of("b", "a"), digest_of(np.zeros(4)),
        digest_of(np.zeros((2, 2))), digest_of(np.zeros(4, dtype=np.float32)), digest_of(np.zeros(3)),
    ]  # fmt: skip
    assert len(set(parts)) == len(parts)
    assert digest_of("a", np.arange(3)) == KEY


ROOM = Path(cache.__file__).parent


def _names(files: list[Path], room: Path) -> set[str]:
    return {file.relative_to(room).as_posix() for file in files}


def test_no_file_that_counts_uses_one_that_does_not() -> None:
    counted = code_files(ROOM)
    imports = re.compile(r"^\s*(?:from|import) marketmap\.travel\.(\w+)", re.MULTILINE)
    used = {module for file in counted for module in imports.findall(file.read_text(encoding="utf-8"))}
    assert len(used) > 10
    assert used & set(MAKES_NO_TIMES) == set()


def test_files_of_folders_within_count_too(tmp_path: Path) -> None:
    for name in ("times.py", "fetching/fetch.py", "parts/engine.py", "parts/note.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert _names(code_files(tmp_path), tmp_path) == {"times.py", "parts/engine.py"}
