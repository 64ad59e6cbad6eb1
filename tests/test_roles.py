from itertools import pairwise
from pathlib import Path

import pytest

from marketmap.errors import SettingsError
from marketmap.settings.roles import ROLES, load_roles


def write(folder: Path, text: str) -> Path:
    path = folder / "roles.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_role_may_do_what_those_before_it_may() -> None:
    allowed = list(ROLES.values())
    assert list(ROLES) == ["viewer", "broker", "commissioner"]
    assert allowed[0] == frozenset()
    assert all(less < more for less, more in pairwise(allowed))


def test_people_are_found_by_their_address_in_any_spelling(tmp_path: Path) -> None:
    roles = load_roles(write(tmp_path, 'hours_signed_in = 8\n[people]\n"Ann@Example.gov.uk" = "broker"\n'))
    assert roles.of(" ANN@example.GOV.uk ") == "broker"
    assert roles.of("ben@example.gov.uk") == ""
    assert roles.hours_signed_in == 8


def test_a_default_role_is_everybody_elses(tmp_path: Path) -> None:
    roles = load_roles(write(tmp_path, 'default = "viewer"\n[people]\n"a@b.uk" = "commissioner"\n'))
    assert (roles.of("a@b.uk"), roles.of("c@d.uk")) == ("commissioner", "viewer")


def test_an_empty_file_lets_nobody_in(tmp_path: Path) -> None:
    assert load_roles(write(tmp_path, "")).of("a@b.uk") == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[people]\n"a@b.uk" = "queen"\n',
            "roles.toml, setting people.a@b.uk: unknown role. Use one of: viewer, broker",
        ),
        ('[people]\n"a@b.uk" = 3\n', "unknown role"),
        ('[people]\n"a@b.uk" = ["viewer"]\n', "unknown role"),
        ('[people]\n"ann" = "viewer"\n', "not an e-mail address"),
        ('[people]\n"a@b.uk" = "viewer"\n"A@B.uk" = "broker"\n', "stands twice"),
        ('default = "anybody"\n', "setting default: unknown role"),
        ('people = "everyone"\n', "must be a table"),
        ('defualt = "viewer"\n', "setting defualt: unknown setting"),
        ("hours_signed_in = 0\n", "not a number of hours"),
        ("hours_signed_in = true\n", "not a number of hours"),
        ("hours_signed_in = nan\n", "not a number of hours"),
        ("[people\n", "not a TOML file"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_roles(write(tmp_path, text))
    assert told in str(raised.value)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        load_roles(write(tmp_path, 'default = "x"\nhours_signed_in = -1\n[people]\n"a" = "viewer"\n"a@b.uk" = "x"\n'))
    assert len(raised.value.faults) == 4


def test_a_file_that_is_not_there_is_told_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot be read.*MARKETMAP_ROLES"):
        load_roles(tmp_path / "none.toml")
