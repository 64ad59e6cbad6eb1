import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from marketmap.errors import SettingsError
from marketmap.pages import access
from marketmap.pages.access import AccessError, User, login_needed, recognise
from marketmap.pages.serving import serve
from marketmap.settings.roles import Roles

NOW = 1_800_000_000.0
ROLES = Roles({"ann@example.gov.uk": "broker", "ken@example.gov.uk": "broker", "strasse@example.de": "commissioner"})
CLAIMS = {
    "is_logged_in": True,
    "iat": NOW - 60,
    "email": "Ann@Example.gov.uk",
    "email_verified": True,
    "sub": "1",
    "iss": "https://id.example",
}


def test_somebody_vouched_for_and_named_is_let_in() -> None:
    user = recognise(CLAIMS, roles=ROLES, now=NOW)
    assert (user.name, user.role) == ("ann@example.gov.uk", "broker")
    assert user.may("see_rows")
    assert not user.may("load_data")


def test_a_clock_that_is_a_little_ahead_shuts_nobody_out() -> None:
    assert recognise(CLAIMS | {"iat": NOW + 60}, roles=ROLES, now=NOW).role == "broker"


def test_things_are_kept_under_the_account_and_not_the_address() -> None:
    # An address can be given to somebody else one day; an account cannot.
    ids = {
        recognise(CLAIMS | change, roles=ROLES, now=NOW).user_id
        for change in ({}, {"sub": "2"}, {"iss": "https://other.example"})
    }
    assert len(ids) == 3
    assert all(name.isalnum() and len(name) == 32 for name in ids)
    assert recognise(CLAIMS | {"email": "ANN@example.gov.uk"}, roles=ROLES, now=NOW).user_id in ids


@pytest.mark.parametrize(
    "vouched", [{"email_verified": "true"}, {"email_verified": None, "xms_edov": 1}, {"xms_edov": "1"}]
)
def test_providers_vouch_each_in_its_way(vouched: dict[str, object]) -> None:
    assert recognise(CLAIMS | vouched, roles=ROLES, now=NOW).role == "broker"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"is_logged_in": False}, "Please sign in"),
        ({"is_logged_in": "yes"}, "Please sign in"),
        ({"email_verified": False}, "does not vouch"),
        ({"email_verified": "false"}, "does not vouch"),
        ({"email_verified": None}, "does not vouch"),
        ({"email": None}, "did not say who you are"),
        ({"email": " "}, "did not say who you are"),
        ({"sub": ""}, "did not say who you are"),
        ({"iss": 7}, "did not say who you are"),
        ({"email": "ben@example.gov.uk"}, "no role"),
        ({"email": "stra\u00dfe@example.de"}, "no role"),
        ({"iat": NOW - 13 * 3600}, "more than 12 hours ago"),
        ({"iat": None}, "more than 12 hours ago"),
        ({"iat": NOW + 3600}, "clocks disagree"),
        ({"iat": float("nan")}, "clocks disagree"),
        ({"email": "\u212aen@example.gov.uk"}, "no role"),
    ],
)
def test_anybody_else_is_turned_away(change: dict[str, object], told: str) -> None:
    with pytest.raises(AccessError, match=told):
        recognise(CLAIMS | change, roles=ROLES, now=NOW)


def options(monkeypatch: pytest.MonkeyPatch, address: str | None, hosts: list[str]) -> None:
    given = {"server.address": address, "server.allowedHosts": hosts}
    monkeypatch.setattr(access.st, "get_option", given.__getitem__)


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        (None, ["localhost"]),
        ("0.0.0.0", ["localhost"]),  # noqa: S104  that it is refused is the point
        ("10.1.2.3", []),
        ("127.0.0.1", ["localhost", "care.example.gov.uk"]),
        ("127.0.0.1", ["*"]),
        ("::", ["localhost"]),
    ],
)
def test_without_login_no_other_computer_is_let_in(
    monkeypatch: pytest.MonkeyPatch, address: str | None, hosts: list[str]
) -> None:
    options(monkeypatch, address, hosts)
    with pytest.raises(AccessError, match="nobody has to sign in"):
        login_needed({})
    assert login_needed({"is_logged_in": False})


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_this_computer_needs_no_login(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    options(monkeypatch, address, ["127.0.0.1", "localhost"])
    assert not login_needed({})


def test_roles_without_a_login_let_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    # Else a slip in the file of secrets would make everybody a commissioner.
    options(monkeypatch, "127.0.0.1", ["localhost"])
    monkeypatch.setenv(access.ROLES_VARIABLE, "roles.toml")
    with pytest.raises(AccessError, match="nobody can sign in"):
        login_needed({})


def test_the_file_is_read_again_when_it_was_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "roles.toml"
    monkeypatch.setenv(access.ROLES_VARIABLE, str(path))
    for number, role in enumerate(("viewer", "broker")):
        path.write_text(f'[people]\n"a@b.uk" = "{role}"\n')
        os.utime(path, ns=(number, number))
        assert access.read_roles().of("a@b.uk") == role
    path.unlink()
    with pytest.raises(SettingsError):
        access.read_roles()


def test_the_server_does_not_start_on_a_role_that_there_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "roles.toml").write_text('[people]\n"a@b.uk" = "queen"\n')
    monkeypatch.setenv(access.ROLES_VARIABLE, str(tmp_path / "roles.toml"))
    monkeypatch.setattr("marketmap.pages.serving.make_app", lambda *_arguments, **_options: pytest.fail("started"))
    with pytest.raises(SystemExit) as ended:
        serve(["app.py"])
    assert ended.value.code == 2
    assert "unknown role" in capsys.readouterr().err


def refused_page() -> None:
    import streamlit as st

    from marketmap.pages.access import require

    if require("load_data"):
        st.write("let in")


@pytest.mark.parametrize(("role", "let_in"), [("viewer", False), ("broker", False), ("commissioner", True)])
def test_a_page_that_asks_says_why_not(monkeypatch: pytest.MonkeyPatch, role: str, let_in: bool) -> None:
    monkeypatch.setattr(access, "current_user", lambda: User("x", "ann@example.gov.uk", role))
    test = AppTest.from_function(refused_page).run()
    assert bool(test.markdown) == let_in
    assert [info.value for info in test.info] == (
        [] if let_in else [f"You are signed in as a {role}: {access.DOINGS['load_data']}."]
    )
