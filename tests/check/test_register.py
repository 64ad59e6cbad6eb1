"""The register of checks: each has a name of its own, a sentence that says what it holds, and a lie that it catches."""

from pathlib import Path

from marketmap.check.findings import REGISTER


def test_every_check_says_what_it_holds() -> None:
    names = [entry.name for entry in REGISTER]
    assert len(set(names)) == len(names)
    assert [entry.name for entry in REGISTER if not (entry.examine.__doc__ or "").startswith("Hold that ")] == []


def test_every_check_is_seen_to_catch_something() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
    assert [entry.name for entry in REGISTER if f'"{entry.name}"' not in tests] == []
