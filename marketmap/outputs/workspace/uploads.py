"""What may be uploaded, and which folders may be pointed to: nothing that leads out of where it should be."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from marketmap.errors import Fault, InputError, OutputError
from marketmap.inputs.boundaries import AREA_SUFFIXES
from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.readers import OPENERS
from marketmap.settings import SETTINGS_FILE, Settings, read_settings, settings_from_mapping

# A large county's tables come to some tens of megabytes; more would fill the server's disk and memory.
MOST_BYTES = 200_000_000
LONGEST_NAME = 120
# A shapefile is several files.
_SHAPE_PARTS = (".dbf", ".shx", ".prj", ".cpg")


def check_upload(files: Mapping[str, bytes]) -> None:
    """Check the names and sizes of uploaded files, and that the settings among them name no file elsewhere.

    Parameters
    ----------
    files
        File name → content.

    Raises
    ------
    InputError
        With every fault: no file, a name that is a path or is no table's, two names that a disk may take for one,
        too much, and settings that cannot be read or that name a file outside the upload.
    """
    faults = (
        [] if files else [Fault("upload", "no file was given", "Choose at least the tables packages and providers")]
    )
    size = sum(len(content) for content in files.values())
    if size > MOST_BYTES:
        what = f"{size / 1e6:,.0f} MB are too much: at most {MOST_BYTES / 1e6:,.0f} MB in all may be uploaded"
        faults.append(Fault("upload", what, "Put the folder on the server and point to it"))
    settings = Settings()
    if SETTINGS_FILE in files:
        settings, more = _read_settings(files[SETTINGS_FILE])
        faults += more
    named = _named_files(settings)
    for key, name in named.items():
        if _is_path(name):
            what = f"names a file outside the upload ({_shown(name)})"
            faults.append(Fault(SETTINGS_FILE, what, "Upload that file too and give its bare name", column=key))
        elif name not in files:
            what = f"names {_shown(name)}, which is not among the uploaded files"
            faults.append(Fault(SETTINGS_FILE, what, "Upload it with the tables, or take the line away", column=key))
    seen: set[str] = set()
    for name in files:
        faults += _name_faults(name, extra=set(named.values()))
        if name.casefold() in seen:
            faults.append(Fault(_shown(name), "two files of this name", "Keep one"))
        seen.add(name.casefold())
    if faults:
        raise InputError(faults)


def known_names() -> list[str]:
    """List the names that an uploaded file may have besides those that the settings name."""
    tables = [
        f"{name}{suffix}"
        for name in CONTRACTS
        for suffix in ((*AREA_SUFFIXES, *_SHAPE_PARTS) if name == "areas" else OPENERS)
    ]
    return [*tables, SETTINGS_FILE]


def refuse_ways_out(folder: Path, roots: Sequence[Path]) -> None:
    """Refuse a county folder of which a file, by a link or by its settings, lies outside the allowed folders.

    Parameters
    ----------
    folder
        Resolved.
    roots
        The allowed folders, resolved.

    Raises
    ------
    OutputError
        Naming the files, not where they lead.
    """
    # A link, a pipe or a device under a file's name is not even opened.
    strays = [path.name for path in folder.iterdir() if not _is_below(path, roots) or not _is_plain(path)]
    _refuse_strays(strays)
    settings, _ = read_settings(folder / SETTINGS_FILE)
    named = (folder / name for name in _named_files(settings).values())
    _refuse_strays([path.name for path in _distinct(named) if not _is_below(path, roots)])


def _refuse_strays(strays: Sequence[str]) -> None:
    if strays:
        raise OutputError(
            f"The folder may not be opened: {', '.join(strays[:3])} in it or in its {SETTINGS_FILE} is no plain file "
            "or leads out of the folders that this app may read. Put a copy of the file into the folder."
        )


def _distinct(paths: Iterable[Path]) -> list[Path]:
    return list(dict.fromkeys(paths))


def _is_below(path: Path, roots: Sequence[Path]) -> bool:
    try:
        target = path.resolve()
    except (OSError, RuntimeError, ValueError):  # a link to itself, a name with a null in it
        return False
    return any(target.is_relative_to(root) for root in roots)


def _is_plain(path: Path) -> bool:
    return path.is_file() or path.is_dir()


def _read_settings(content: bytes) -> tuple[Settings, list[Fault]]:
    try:
        raw = tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        return Settings(), [Fault(SETTINGS_FILE, f"not a TOML file ({error})", "Mend the line it names")]
    return settings_from_mapping(raw, by_hand=True)


def _named_files(settings: Settings) -> dict[str, str]:
    """List the settings that name a file, each with the name."""
    named = {
        "postcodes.file": settings.postcodes.file,
        "roads.file": settings.roads.file,
        "areas.file": settings.areas.file,
    }
    return {key: name for key, name in named.items() if name}


def _name_faults(name: str, *, extra: set[str]) -> list[Fault]:
    if _is_path(name) or name.startswith(".") or len(name) > LONGEST_NAME or not name.isprintable():
        return [Fault(_shown(name), "this is not a plain file name", "Rename the file as the table that it holds")]
    if name in extra or name.lower() in known_names():
        return []
    what = "no table goes by this name"
    return [Fault(_shown(name), what, f"Name it as one of {', '.join(CONTRACTS)} with {', '.join(OPENERS)}")]


def _is_path(name: str) -> bool:
    return (
        name in {"", ".", ".."}
        or "\0" in name
        or PurePosixPath(name).name != name
        or PureWindowsPath(name).name != name
        or bool(PureWindowsPath(name).drive)
    )


def _shown(name: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in name)[:LONGEST_NAME]
