"""A folder's stamp changes with what is in it and with nothing else."""

import os
from pathlib import Path

from marketmap.outputs.files.stamps import stamp_file, stamp_folder


def test_a_change_of_any_file_changes_the_stamp(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    first, second = tmp_path / "a.csv", tmp_path / "below" / "b.csv"
    first.write_text("x")
    second.write_text("y")
    flat, deep = stamp_folder(tmp_path), stamp_folder(tmp_path, deep=True)
    assert [name for name, _ in flat] == ["a.csv"]
    assert [name for name, _ in deep] == ["a.csv", "below/b.csv"]
    assert stamp_folder(tmp_path, deep=True) == deep
    os.utime(second, ns=(1, 1))
    assert stamp_folder(tmp_path) == flat
    assert stamp_folder(tmp_path, deep=True) != deep
    again = stamp_file(first)
    first.write_text("xx")
    assert stamp_file(first) != again


def test_what_is_not_there_has_no_stamp(tmp_path: Path) -> None:
    assert stamp_file(tmp_path / "none") is None
    assert stamp_folder(tmp_path / "none") == ()
