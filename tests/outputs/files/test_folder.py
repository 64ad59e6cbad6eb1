import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest

from marketmap.errors import OutputError
from marketmap.outputs.files import folder as module
from marketmap.outputs.files.folder import OutputFolder, hash_file
from marketmap.outputs.schema.block import CLUSTER_POSTCODES
from tests.outputs.factory import make_record

FRAME = pd.DataFrame({"postcode": ["GL1 1AA"], "cluster_id": ["C001"]})


def write(out: Path, text: str = "one") -> None:
    with OutputFolder(out) as folder:
        folder.write_table(FRAME, CLUSTER_POSTCODES)
        folder.write_bytes("internal/note.txt", text.encode())
        folder.finish(dataclasses.replace(make_record(), summary="1 block."))


def fail_midway(out: Path) -> None:
    with OutputFolder(out) as folder:
        folder.write_bytes("internal/note.txt", b"half")
        raise KeyError


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_holds_what_was_written_and_a_checksum_of_each(tmp_path: Path) -> None:
    write(tmp_path / "out")
    assert set(contents(tmp_path / "out")) == {
        "README.txt",
        "run.json",
        "internal/cluster_postcodes.csv",
        "internal/note.txt",
    }
    hashes = json.loads((tmp_path / "out" / "run.json").read_text())["outputs"]
    assert hashes == {
        path: hash_file(tmp_path / "out" / path) for path in contents(tmp_path / "out") if path != "run.json"
    }
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_root_holds_no_row_value_and_says_what_is_made_up(tmp_path: Path) -> None:
    write(tmp_path / "out")
    readme = (tmp_path / "out" / "README.txt").read_text()
    assert "Made-up packages on real postcodes." in readme
    assert "1 block." in readme
    assert "  internal/cluster_postcodes.csv: one row for each postcode with placeable demand\n" in readme
    for name in ("README.txt", "run.json"):
        assert "GL1 1AA" not in (tmp_path / "out" / name).read_text()


def test_an_earlier_output_is_replaced_whole(tmp_path: Path) -> None:
    write(tmp_path / "out", "one")
    write(tmp_path / "out", "two")
    assert (tmp_path / "out" / "internal" / "note.txt").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_exception_leaves_what_stood_there(tmp_path: Path) -> None:
    write(tmp_path / "out")
    before = contents(tmp_path / "out")
    with pytest.raises(KeyError):
        fail_midway(tmp_path / "out")
    assert contents(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_was_not_finished_never_appears(tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "out") as folder:
        folder.write_bytes("internal/note.txt", b"half")
    assert list(tmp_path.iterdir()) == []


def test_a_swap_that_fails_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "out")
    before = contents(tmp_path / "out")
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if "building" in self.name:
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match="untouched"):
        write(tmp_path / "out", "two")
    assert contents(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_run_killed_between_the_renames_is_mended_by_the_next(tmp_path: Path) -> None:
    write(tmp_path / "out")
    before = contents(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.previous")
    with pytest.raises(KeyError):
        fail_midway(tmp_path / "out")
    assert contents(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"thesis.docx": "mine"}, "no run record of marketmap"),
        ({"run.json": '{"schema": "another program"}'}, "no run record of marketmap"),
        ({"run.json": "not json"}, "no run record of marketmap"),
        ({"run.json": '{"schema": "marketmap/run/1", "outputs": {}}', "notes/a.txt": "mine"}, "notes/a.txt"),
    ],
)
def test_a_folder_that_holds_anything_else_is_refused_before_any_work(
    tmp_path: Path, files: dict[str, str], says: str
) -> None:
    for name, text in files.items():
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_text(text)
    before = contents(tmp_path / "out")
    with pytest.raises(OutputError, match=says), OutputFolder(tmp_path / "out"):
        pytest.fail("the run went on")
    assert contents(tmp_path / "out") == before


def test_a_file_of_the_users_that_came_during_the_run_is_kept(tmp_path: Path) -> None:
    write(tmp_path / "out")
    folder = OutputFolder(tmp_path / "out").__enter__()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    folder.finish(make_record())
    with pytest.raises(OutputError, match=r"mine\.txt"):
        folder.__exit__(None, None, None)
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_lock_file_of_a_spreadsheet_is_no_reason_to_refuse(tmp_path: Path) -> None:
    write(tmp_path / "out")
    (tmp_path / "out" / "internal" / "~$block_proposals.csv").write_text("")
    write(tmp_path / "out", "two")
    assert (tmp_path / "out" / "internal" / "note.txt").read_text() == "two"


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="is a file"), OutputFolder(tmp_path / "out"):
        pytest.fail("the run went on")


def test_an_empty_folder_and_missing_parents_are_fine(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write(tmp_path / "out")
    write(tmp_path / "a" / "b" / "out")
    assert (tmp_path / "a" / "b" / "out" / "run.json").exists()


def test_no_file_can_be_written_outside(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside"), OutputFolder(tmp_path / "out") as folder:
        folder.write_bytes("../escaped.txt", b"x")


def test_a_full_disk_is_told_as_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.Path, "write_bytes", refuse)
    with pytest.raises(OutputError, match="No space left"):
        write(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["GL1 1AA", "gl11aa"])
def test_a_postcode_of_a_package_in_public_stops_the_run(tmp_path: Path, text: str) -> None:
    def write_public(out: Path) -> None:
        with OutputFolder(out) as folder:
            folder.write_bytes("internal/points.csv", text.encode())
            folder.write_bytes("public/page.html", f"<p>{text}</p>".encode())
            folder.finish(make_record(), never_public=["GL1 1AA"])

    with pytest.raises(OutputError, match=r"page\.html"):
        write_public(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_link_that_leads_to_itself_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "out")
    with pytest.raises(OutputError, match=r"a link that leads to itself\. Name another"):
        OutputFolder(tmp_path / "out")
