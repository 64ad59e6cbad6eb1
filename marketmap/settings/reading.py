"""Reads the settings file, and turns settings into plain mappings and back."""

from __future__ import annotations

import dataclasses
import math
import tomllib
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from marketmap.errors import Fault, SettingsError
from marketmap.settings.bounds import speed_table_faults
from marketmap.settings.contradictions import contradictions
from marketmap.settings.schema import Settings
from marketmap.settings.traffic import WALK, TravelSettings

SETTINGS_FILE = "marketmap.toml"
T = TypeVar("T")


def read_settings(path: Path) -> tuple[Settings, list[Fault]]:
    """Read a settings file and say everything that is wrong with it, raising nothing.

    Parameters
    ----------
    path
        The TOML file. A file that does not exist gives the defaults.

    Returns
    -------
    settings, faults
        The settings with every faulty key left at its default, and the faults.
    """
    if not path.exists():
        return Settings(), []
    if not path.is_file():
        return Settings(), [Fault(path.name, "is not a file", "Put the settings into a file of that name")]
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        return Settings(), [Fault(path.name, f"not a TOML file ({error})", "Mend the line it names")]
    return settings_from_mapping(raw, file=path.name, by_hand=True)


def load_settings(path: Path) -> Settings:
    """Read a settings file.

    Raises
    ------
    SettingsError
        Naming every unknown key, wrong type and contradiction at once.
    """
    settings, faults = read_settings(path)
    if faults:
        raise SettingsError(faults)
    return settings


def settings_from_mapping(
    raw: Mapping[str, Any], *, file: str = SETTINGS_FILE, by_hand: bool = False
) -> tuple[Settings, list[Fault]]:
    """Build `Settings` from nested mappings, as TOML or ``run.json`` holds them; faults as in `read_settings`.

    Parameters
    ----------
    raw
        The mappings.
    file
        Name of the file they are from, for the faults.
    by_hand
        Whether people wrote them: then `speed_table_faults` hold too.
    """
    faults: list[Fault] = []
    settings = _build(Settings, _on_foot(raw), prefix="", file=file, faults=faults)
    faults += contradictions(settings, file)
    if by_hand:
        told = speed_table_faults(settings.travel)
        faults += [Fault(file, what, remedy, column=f"travel.{name}") for name, what, remedy in told]
    return settings, faults


def settings_to_mapping(settings: Settings) -> dict[str, Any]:
    """Turn settings into plain JSON-ready mappings, in full."""
    return typing.cast("dict[str, Any]", _plain(settings))


def _on_foot(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let those who walk claim no mileage and burn nothing, where nobody says otherwise."""
    travel = raw.get("travel")
    if not isinstance(travel, Mapping) or travel.get("mode") != WALK:
        return raw
    pace = travel.get("walk_kmh", TravelSettings().walk_kmh)
    usual = {"market": {"round_kmh": pace, "mileage_pounds": 0.0}, "rounds": {"co2e_km": 0.0}}
    given = {name: raw.get(name, {}) for name in usual}
    if not all(isinstance(table, Mapping) for table in given.values()):
        return raw
    return {**raw, **{name: {**values, **given[name]} for name, values in usual.items()}}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _build(kind: type[T], raw: Mapping[str, Any], *, prefix: str, file: str, faults: list[Fault]) -> T:
    hints = typing.get_type_hints(kind)
    known = {item.name: hints[item.name] for item in dataclasses.fields(typing.cast("Any", kind))}
    values: dict[str, Any] = {}
    for key, value in raw.items():
        name = f"{prefix}{key}"
        if key not in known:
            choices = ", ".join(sorted(known))
            faults.append(Fault(file, "unknown setting", f"Remove it, or use one of: {choices}", column=name))
            continue
        want = known[key]
        if dataclasses.is_dataclass(want):
            if isinstance(value, Mapping):
                values[key] = _build(typing.cast("type[Any]", want), value, prefix=f"{name}.", file=file, faults=faults)
            else:
                faults.append(Fault(file, "must be a table of settings", f"Write [{name}] above its keys", column=name))
            continue
        try:
            values[key] = _convert(want, value)
        except (TypeError, ValueError) as error:
            faults.append(Fault(file, str(error), "Correct the value", column=name))
    return kind(**values)


def _convert_item(want: Any, key: Any, value: Any) -> Any:
    try:
        return _convert(want, value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{key}: {error}") from error


def _convert(want: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(want), typing.get_args(want)
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in arguments:
            return None
        for choice in arguments:
            try:
                return _convert(choice, value)
            except TypeError:
                continue
        raise TypeError(f"has the wrong type ({type(value).__name__})")
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise TypeError("must be a list")
        kinds = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else list(arguments)
        if len(kinds) != len(value):
            raise TypeError(f"must be a list of {len(kinds)} values")
        return tuple(_convert(kind, item) for kind, item in zip(kinds, value, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise TypeError("must be a table")
        return {str(key): _convert_item(arguments[1], key, item) for key, item in value.items()}
    if want is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"must be a number, not {type(value).__name__}")
        try:
            number = float(value)
        except OverflowError as error:  # TOML's whole numbers may have any length
            raise ValueError("must be a finite number") from error
        if not math.isfinite(number):
            raise ValueError("must be a finite number")
        return number
    if want is date:
        if isinstance(value, datetime):
            return value.date()
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError as error:
            raise ValueError("must be a day of the calendar, e.g. 2026-09-28") from error
    if not isinstance(value, want) or (want is int and isinstance(value, bool)):
        raise TypeError(f"must be {want.__name__}, not {type(value).__name__}")
    return value
