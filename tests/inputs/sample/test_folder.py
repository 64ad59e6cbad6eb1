from pathlib import Path

import pytest

from marketmap.inputs.sample import SampleError, build_sample, folder

RUTLAND = ("E06000017",)


def _build(out: Path, *, seed: int = 0) -> Path:
    return build_sample(out, districts=RUTLAND, packages=20, seed=seed)


def test_a_folder_of_somebody_elses_is_left_as_it_is(tmp_path: Path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    real = tmp_path / "real"
    real.mkdir()
    (real / "marketmap.toml").write_text('[county]\nname = "Somewhere"\n')
    (real / "packages.csv").write_text("package_id\n")
    file = tmp_path / "file"
    file.write_text("")
    for out in (mine, real, file):
        with pytest.raises(SampleError, match=out.name):
            _build(out)
    assert (mine / "thesis.txt").read_text() == "years of work"
    assert (real / "packages.csv").read_text() == "package_id\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "mine", "real"]


def test_an_earlier_sample_is_replaced_and_other_files_in_it_kept(tmp_path: Path):
    out = _build(tmp_path / "deep" / "sample")
    before = (out / "packages.csv").read_bytes()
    (out / "roads.osm.pbf").write_bytes(b"roads")
    (out / "block_areas.csv").write_text("left over from a larger sample")
    assert _build(out, seed=1) == out
    assert (out / "packages.csv").read_bytes() != before
    assert (out / "roads.osm.pbf").read_bytes() == b"roads"
    assert not (out / "block_areas.csv").exists()
    assert [path.name for path in out.parent.iterdir()] == ["sample"]


def test_an_empty_folder_may_be_filled(tmp_path: Path):
    out = tmp_path / "sample"
    out.mkdir()
    assert (_build(out) / "packages.csv").exists()


def test_a_folder_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    kept = _build(tmp_path / "kept")
    before = {path.name: path.read_bytes() for path in kept.iterdir()}

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "write_areas", fail)
    for out in (kept, tmp_path / "new"):
        with pytest.raises(SampleError, match="No space left on device"):
            _build(out, seed=1)
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_tables_are_rfc_4180_in_utf_8(rutland_folder: Path):
    for name in folder.CSV_TABLES:
        data = (rutland_folder / f"{name}.csv").read_bytes()
        assert not data.startswith(b"\xef\xbb\xbf")
        lines = data.decode("utf-8").split("\r\n")
        assert lines[-1] == ""
        assert "\n" not in "".join(lines)
