"""Who may do what in the app: the roles, and the file that gives each person one."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from marketmap.errors import Fault, SettingsError

Action = Literal["see_rows", "change_plans", "load_data"]
# From the least to the most: each role may do what those before it may.
ROLES: dict[str, frozenset[Action]] = {
    "viewer": frozenset(),
    "broker": frozenset({"see_rows"}),
    "commissioner": frozenset({"see_rows", "change_plans", "load_data"}),
}
HOURS_SIGNED_IN = 12.0  # assumed: a working day; Streamlit's own cookie would last thirty days
MOST_HOURS = 720.0
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_KEYS = ("default", "hours_signed_in", "people")


@dataclass(frozen=True)
class Roles:
    """The roles of people who sign in.

    Attributes
    ----------
    people
        E-mail address, in lower case, to a role of `ROLES`.
    default
        The role of everybody else who signs in; blank: they are turned away.
    hours_signed_in
        How long after a sign-in the app asks for the next, hours.
    """

    people: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    hours_signed_in: float = HOURS_SIGNED_IN

    def of(self, email: str) -> str:
        """Give the role of an e-mail address in any spelling; blank where it has none."""
        return self.people.get(tidy_address(email), self.default)


def tidy_address(email: str) -> str:
    """Put an e-mail address into the one spelling by which it is looked up.

    Only A to Z: other letters have lower cases that are other people's addresses (the Kelvin sign's is k, and ß folds
    to ss).
    """
    return email.strip().translate(_LOWER)


def load_roles(path: Path) -> Roles:
    """Read the file of roles: a TOML file of e-mail addresses.

    Parameters
    ----------
    path
        Holds a table ``people`` of ``"e-mail" = "role"``, and perhaps ``default`` and ``hours_signed_in``.

    Raises
    ------
    SettingsError
        Naming every unknown role, key and address at once, and where the file cannot be read.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or "no reason given"
        remedy = "Name the file of roles in MARKETMAP_ROLES; docs/serving.md shows one"
        raise SettingsError([Fault(path.name, f"the file of roles cannot be read ({reason})", remedy)]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise SettingsError([Fault(path.name, f"not a TOML file ({error})", "Mend the line it names")]) from error
    faults = [
        Fault(path.name, "unknown setting", f"Remove it, or use one of: {', '.join(_KEYS)}", column=key)
        for key in raw
        if key not in _KEYS
    ]
    roles = Roles(
        people=_people(raw.get("people", {}), path.name, faults),
        default=_default(raw.get("default", ""), path.name, faults),
        hours_signed_in=_hours(raw.get("hours_signed_in", HOURS_SIGNED_IN), path.name, faults),
    )
    if faults:
        raise SettingsError(faults)
    return roles


def _people(raw: Any, file: str, faults: list[Fault]) -> dict[str, str]:
    if not isinstance(raw, Mapping):
        remedy = 'Write [people] above lines such as "ann@example.gov.uk" = "viewer"'
        faults.append(Fault(file, "must be a table", remedy, column="people"))
        return {}
    people: dict[str, str] = {}
    for email, role in raw.items():
        where, address = f"people.{email}", tidy_address(email)
        if not _ADDRESS.fullmatch(address):
            faults.append(Fault(file, "not an e-mail address", 'Write it in quotes, as "ann@example.gov.uk"', where))
        elif role not in tuple(ROLES):
            faults.append(Fault(file, "unknown role", f"Use one of: {', '.join(ROLES)}", column=where))
        elif address in people:
            faults.append(Fault(file, "the address stands twice, in two spellings", "Keep one", column=where))
        else:
            people[address] = str(role)
    return people


def _default(raw: Any, file: str, faults: list[Fault]) -> str:
    if raw == "" or raw in tuple(ROLES):
        return str(raw)
    remedy = f"Use one of: {', '.join(ROLES)}; leave it out to turn everybody else away"
    faults.append(Fault(file, "unknown role", remedy, column="default"))
    return ""


def _hours(raw: Any, file: str, faults: list[Fault]) -> float:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and 0 < raw <= MOST_HOURS:
        return float(raw)
    remedy = f"Give hours, above 0 and at most {MOST_HOURS:g}"
    faults.append(Fault(file, "not a number of hours", remedy, column="hours_signed_in"))
    return HOURS_SIGNED_IN
