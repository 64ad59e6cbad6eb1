"""Who uses the app, and what they may do.

Without login there is one user, of this computer, who may do everything; so without login the app answers this
computer alone. With login (``[auth]`` in Streamlit's secrets) a person is whoever the identity provider says, by a
verified e-mail address, and the file named in ``MARKETMAP_ROLES`` says what they may do. Both are looked at on every
run of a page: somebody taken out of the file is out at their next click. Everything here fails closed.
"""

from __future__ import annotations

import functools
import hashlib
import ipaddress
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.settings.roles import ROLES, Action, Roles, load_roles, tidy_address

ROLES_VARIABLE = "MARKETMAP_ROLES"
SECONDS_IN_AN_HOUR = 3600.0
# How far the identity provider's clock may be ahead of ours.
CLOCKS_APART_SECONDS = 300.0
# What each action is called where somebody may not do it.
DOINGS: dict[Action, str] = {
    "see_rows": "rows of single packages, people or postcodes are for brokers and commissioners",
    "change_plans": "making and changing plans is for commissioners",
    "load_data": "loading data is for commissioners",
}
# Claims by which identity providers vouch for an e-mail address: the standard's, and that of Microsoft Entra ID.
VOUCHING = ("email_verified", "xms_edov")
_VOUCHED = (True, 1, "1", "true", "True")


class AccessError(MarketmapError):
    """Nobody is signed in, or whoever is has no role."""


@dataclass(frozen=True)
class User:
    """Somebody at the app.

    Attributes
    ----------
    user_id
        What things are kept under: safe in file names, the same at every sign-in.
    name
        What is shown and written beside what they save: the verified e-mail address.
    role
        One of `marketmap.settings.roles.ROLES`.
    """

    user_id: str
    name: str
    role: str

    def may(self, action: Action) -> bool:
        """Say whether the role allows it."""
        return action in ROLES[self.role]


LOCAL = User("local", "This computer", "commissioner")


def current_user() -> User:
    """Say who is here: with login whoever signed in, else the one user of this computer.

    Raises
    ------
    AccessError
        Where login is set up and nobody with a role is signed in, or is not and other computers could come in.
    SettingsError
        When the file of roles is faulty.
    """
    claims = st.user.to_dict()
    if not login_needed(claims):
        return LOCAL
    return recognise(claims, roles=read_roles(), now=time.time())


def login_needed(claims: Mapping[str, Any]) -> bool:
    """Say whether people must sign in.

    Parameters
    ----------
    claims
        ``st.user``: it says whether somebody is signed in only where login is set up.

    Raises
    ------
    AccessError
        Where they must, and login is not set up: roles are given, or other computers could come in.
    """
    if "is_logged_in" in claims:
        return True
    if os.environ.get(ROLES_VARIABLE):
        raise AccessError(
            f"{ROLES_VARIABLE} names a file of roles, but nobody can sign in: give [auth] in "
            ".streamlit/secrets.toml, as docs/serving.md shows."
        )
    hosts = _hosts_beyond(st.get_option("server.address"), st.get_option("server.allowedHosts"))
    if hosts:
        raise AccessError(
            f"The app is open to other computers ({', '.join(hosts)}) and nobody has to sign in: set up login, as "
            "docs/serving.md shows, or serve it to this computer only."
        )
    return False


def recognise(claims: Mapping[str, Any], *, roles: Roles, now: float) -> User:
    """Say who somebody is by what the identity provider told of them.

    Parameters
    ----------
    claims
        Of the identity token, checked and signed by the server.
    roles
        Who may do what.
    now
        Seconds since 1970.

    Raises
    ------
    AccessError
        Where nobody is signed in, they signed in too long ago, their address is not vouched for or has no role.
    """
    if claims.get("is_logged_in") is not True:
        raise AccessError("Please sign in.")
    issued = claims.get("iat")
    # A moment to come would never grow old; one that is no number compares as false.
    if not isinstance(issued, int | float) or not -CLOCKS_APART_SECONDS <= now - issued <= (
        roles.hours_signed_in * SECONDS_IN_AN_HOUR
    ):
        raise AccessError(
            f"You signed in more than {roles.hours_signed_in:g} hours ago, or the clocks disagree. Please sign in "
            "again."
        )
    email, subject, issuer = (claims.get(name) for name in ("email", "sub", "iss"))
    if not all(isinstance(value, str) and value.strip() for value in (email, subject, issuer)):
        raise AccessError("Your identity provider did not say who you are: it must send an e-mail address.")
    if not any(claims.get(name) in _VOUCHED for name in VOUCHING):
        raise AccessError(
            "Your identity provider does not vouch for your e-mail address. The administrator can mend that: "
            "docs/serving.md says how."
        )
    role = roles.of(str(email))
    if not role:
        raise AccessError("You have no role here. Ask the administrator of marketmap to add your e-mail address.")
    digest = hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:32]
    return User(digest, tidy_address(str(email)), role)


def read_roles() -> Roles:
    """Read the file that ``MARKETMAP_ROLES`` names, again whenever it was touched; without one nobody has a role.

    Raises
    ------
    SettingsError
        When it is faulty.
    """
    named = os.environ.get(ROLES_VARIABLE)
    if not named:
        return Roles()
    path = Path(named)
    touched = path.stat().st_mtime_ns if path.is_file() else -1
    return _load_roles(str(path), touched)


@functools.lru_cache(maxsize=4)
def _load_roles(path: str, touched: int) -> Roles:
    del touched  # part of the cache's key
    return load_roles(Path(path))


def demand(action: Action) -> User:
    """Give back the user, whose role is looked at now, if it allows an action: for all that writes or starts work.

    A page that was drawn for somebody stays in their browser, and its buttons with it, when their role is taken away.

    Raises
    ------
    AccessError
        When it does not, or as `current_user`.
    """
    user = current_user()
    if not user.may(action):
        raise AccessError(f"You are signed in as a {user.role}: {DOINGS[action]}. Nothing was done.")
    return user


def require(action: Action) -> bool:
    """Say whether the user may do it; where not, a plain sentence is drawn in its place."""
    user = current_user()
    if user.may(action):
        return True
    st.info(f"You are signed in as a {user.role}: {DOINGS[action]}.")
    return False


def _hosts_beyond(address: str | None, allowed: object) -> list[str]:
    """List the addresses, among those the app is served under, by which other computers could reach it."""
    names = [address or "every address of this computer"]
    names += [str(host) for host in allowed] if isinstance(allowed, list | tuple) else []
    return [name for name in names if not _is_this_computer(name)]


def _is_this_computer(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
