"""What may not be in the project: machine paths, a registry's address, large files, unfinished marks, loose pins."""

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_BYTES = 5_000_000
MADE = {".venv", ".git", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"}

MACHINE = re.compile(r"(?<![\w.:/-])/(?:work|home|root|Users|tmp|mnt)/[\w.]")
REGISTRY = re.compile(
    r"--(?:extra-)?index-url|trusted-host|pypi\.org|pythonhosted\.org|npmjs\.org|/artifactory/|//nexus\."
)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME)\b")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Files that are in the repository or would be with the next commit; every file where there is none."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split("\0")
        paths = [ROOT / name for name in listed if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not MADE & set(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in paths if path.is_file()))


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked_files():
        if path == Path(__file__):
            continue  # it names what it forbids
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and the like
        lines = enumerate(text.splitlines(), start=1)
        found += [f"{path.relative_to(ROOT)}:{number}" for number, line in lines if pattern.search(line)]
    return found


def test_project_is_seen() -> None:
    assert ROOT / "pyproject.toml" in tracked_files()


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY, UNFINISHED], ids=["machine path", "registry", "unfinished"])
def test_no_line_holds(pattern: re.Pattern[str]) -> None:
    assert lines_with(pattern) == []


def test_patterns_notice_what_they_are_for() -> None:
    assert MACHINE.search("file = '/home/ann/x.csv'")
    assert not MACHINE.search("../shared/real and example.com/home/page")
    assert REGISTRY.search("https://pypi.org/simple")
    assert UNFINISHED.search("# TODO later")


def test_no_large_file_is_tracked() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked_files() if path.stat().st_size > MAX_BYTES] == []


def plain_name(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name.group()).lower()


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(name for extra in project["optional-dependencies"].values() for name in extra)]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []
    assert {plain_name(name) for name in asked} - {plain_name(line) for line in pins} == set()
