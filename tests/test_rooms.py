"""The rooms' order, held by walking the imports: data flows one way, and each library has its room."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "marketmap"
MODULES = sorted(PACKAGE.rglob("*.py"))
KNOWN = {"errors", "settings"}  # to every room
ROOMS = ("inputs", "travel", "market", "blocks", "outputs")

# What each room may import from, itself apart. The checker shares no code with what made a plan.
LEFT = {room: {*KNOWN, *ROOMS[:place]} for place, room in enumerate(ROOMS)} | {
    "errors": set(),
    "settings": {"errors"},
    "check": KNOWN,
    "cli": {*KNOWN, *ROOMS, "check"},
    "pages": {*KNOWN, *ROOMS, "check"},
}
# Readers of tables; outputs reads back what it wrote itself, the checker reads everything by itself.
READERS = {"read_csv", "read_excel", "read_parquet", "read_feather", "read_orc", "read_file"}
MAY_READ = {"inputs", "check", "outputs"}
MAX_LINES = 400
APP_LINES = 40


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports_of(path: Path) -> Iterator[str]:
    """Every module or name that a file imports, wherever in it, with relative imports made absolute."""
    inside = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [*inside[: len(inside) - node.level]] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{start}.{alias.name}" for alias in node.names)


def rooms_used(path: Path) -> set[str]:
    parts = [name.split(".") for name in imports_of(path)]
    return {names[1] for names in parts if names[0] == "marketmap" and len(names) > 1} & set(LEFT)


def test_walk_sees_every_room() -> None:
    assert {room_of(path) for path in MODULES} - {"__init__", "__main__"} <= set(LEFT)
    assert set(ROOMS) <= {room_of(path) for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_room_imports_only_from_its_left(path: Path) -> None:
    room = room_of(path)
    allowed = LEFT.get(room, {"cli"} if room == "__main__" else set())
    assert rooms_used(path) - {room} <= allowed


def test_relative_and_nested_imports_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_rooms.ROOT", tmp_path)
    (tmp_path / "marketmap" / "inputs").mkdir(parents=True)
    path = tmp_path / "marketmap" / "inputs" / "late.py"
    path.write_text(
        "from ..blocks import plan\nfrom marketmap import travel\ndef late():\n    import marketmap.outputs.maps\n",
        encoding="utf-8",
    )
    assert rooms_used(path) == {"blocks", "travel", "outputs"}


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("folium", {"outputs"}),
        ("branca", {"outputs"}),
        ("streamlit", {"pages"}),
        ("streamlit_folium", {"pages"}),
        ("typer", {"cli"}),
    ],
)
def test_library_has_its_room(library: str, rooms: set[str]) -> None:
    users = {path for path in MODULES if any(name.split(".")[0] == library for name in imports_of(path))}
    assert {name_of(path) for path in users if room_of(path) not in rooms} == set()


def test_only_inputs_opens_council_tables() -> None:
    callers = {
        name_of(path)
        for path in MODULES
        if room_of(path) not in MAY_READ
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in READERS
    }
    assert callers == set()


def test_popups_and_tooltips_are_made_in_one_place() -> None:
    # There the text is escaped; anywhere else a provider's name could run as a script.
    found = [
        name_of(path)
        for path in [*MODULES, ROOT / "app.py"]
        if path != PACKAGE / "outputs" / "maps" / "block_maps.py"
        and re.search(
            r"\b(?:folium\.(?:map\.)?)(?:Popup|Tooltip)\(|import .*\b(?:Popup|Tooltip)\b", path.read_text("utf-8")
        )
    ]
    assert found == []


def test_app_is_a_list_of_pages() -> None:
    text = (ROOT / "app.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < APP_LINES
    assert {name.split(".")[0] for name in imports_of(ROOT / "app.py")} <= {"streamlit", "marketmap"}
    assert rooms_used(ROOT / "app.py") <= {"pages"}


def test_files_are_named_for_what_they_hold_and_short() -> None:
    files = [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]
    assert [name_of(path) for path in files if path.stem in {"utils", "util", "helpers", "misc", "common"}] == []
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}
