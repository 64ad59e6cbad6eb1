"""Sign-in with a local identity provider: who sees which pages, and what nobody gets without it."""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from itsdangerous import URLSafeTimedSerializer
from playwright.sync_api import Page, expect

from marketmap.pages.navigation import ENTRIES
from tests.e2e.conftest import Served, Watch
from tests.e2e.oidc_server import CLIENT_ID, CLIENT_SECRET, make_provider
from tests.e2e.servers import free_port, serve_app, serve_web

pytestmark = pytest.mark.e2e

COOKIE, COOKIE_SECRET = "_streamlit_user", "a long secret of this test only"
VERIFIED = {"email_verified": True}
PEOPLE = {
    "vera": {"email": "Vera@example.gov.uk", **VERIFIED},
    "ben": {"email": "ben@example.gov.uk", "xms_edov": "1"},
    "connie": {"email": "connie@example.gov.uk", **VERIFIED},
    "stranger": {"email": "stranger@example.com", **VERIFIED},
    "unvouched": {"email": "connie@example.gov.uk", "email_verified": False},
    "hours ago": {"email": "connie@example.gov.uk", "iat": int(time.time()) - 20 * 3600, **VERIFIED},
}
ROLES = """[people]
"vera@example.gov.uk" = "viewer"
"ben@example.gov.uk" = "broker"
"connie@example.gov.uk" = "commissioner"
"""
# Pages that are not for everybody.
REFUSED = {"vera": {"Find a provider", "Waiting list", "Swaps", "Data"}, "ben": {"Data"}, "connie": set()}


@dataclass(frozen=True)
class Guarded:
    url: str
    roles: Path
    log: Path


@pytest.fixture(scope="module")
def guarded(app: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    port, provider_port = free_port(), free_port()
    provider = f"http://127.0.0.1:{provider_port}"
    (folder / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "{COOKIE_SECRET}"\n'
        f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n'
        f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n'
    )
    roles = folder / "roles.toml"
    roles.write_text(ROLES)
    environ = {f"MARKETMAP_{name.upper()}": str(path) for name, path in vars(app).items() if name != "url"}
    environ |= {"MARKETMAP_WORK": str(folder / "work"), "MARKETMAP_ROLES": str(roles)}
    flags = (f"--secrets.files={folder / 'secrets.toml'}",)
    with (
        serve_web(make_provider(provider, PEOPLE), provider_port),
        serve_app(port, folder / "server.log", *flags, environ=environ) as url,
    ):
        yield Guarded(url, roles, folder / "server.log")


def sign_in(page: Page, guarded: Guarded, person: str) -> None:
    page.goto(guarded.url)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=person, exact=True).click()
    expect(page).to_have_url(f"{guarded.url}/", timeout=30_000)


def test_nothing_of_a_county_is_drawn_before_a_sign_in(page: Page, guarded: Guarded, watch: Watch) -> None:
    for entry in ENTRIES:
        page.goto(f"{guarded.url}/{entry.path}")
        expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible(timeout=30_000)
        expect(page.get_by_text("Please sign in.")).to_be_visible()
        assert page.locator("iframe, table, [data-testid=stDataFrame], [data-testid=stDownloadButton]").count() == 0
        assert all(page.get_by_role("link", name=other.title).count() == 0 for other in ENTRIES)
        assert "Rutland" not in page.inner_text("body")
    watch.check()


@pytest.mark.parametrize("person", REFUSED)
def test_each_role_has_its_pages_and_is_told_of_the_others(
    page: Page, guarded: Guarded, watch: Watch, person: str
) -> None:
    sign_in(page, guarded, person)
    expect(page.get_by_text(f"Signed in as {person}@example.gov.uk")).to_be_visible(timeout=60_000)
    for entry in ENTRIES:
        listed = page.get_by_role("link", name=entry.title, exact=True)
        expect(listed).to_have_count(0 if entry.title in REFUSED[person] else 1)
    for entry in ENTRIES:
        if entry.title in REFUSED[person]:
            page.goto(f"{guarded.url}/{entry.path}")
            expect(page.get_by_text("You are signed in as a")).to_be_visible(timeout=30_000)
            assert page.locator("iframe, table, input").count() == 0
    watch.check()


@pytest.mark.parametrize(
    ("person", "told"),
    [
        ("stranger", "You have no role here"),
        ("unvouched", "does not vouch for your e-mail address"),
        ("hours ago", "more than 12 hours ago"),
    ],
)
def test_who_is_not_named_or_not_vouched_for_sees_nothing(
    page: Page, guarded: Guarded, watch: Watch, person: str, told: str
) -> None:
    sign_in(page, guarded, person)
    expect(page.get_by_text(told)).to_be_visible(timeout=30_000)
    assert page.locator("iframe, table").count() == 0
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Please sign in.")).to_be_visible(timeout=30_000)
    watch.check()


def test_who_is_taken_out_of_the_file_is_out_at_the_next_click(page: Page, guarded: Guarded) -> None:
    sign_in(page, guarded, "vera")
    expect(page.get_by_text("Signed in as")).to_be_visible(timeout=60_000)
    try:
        guarded.roles.write_text('[people]\n"ben@example.gov.uk" = "broker"\n')
        page.get_by_role("link", name="Accessibility").click()
        expect(page.get_by_text("You have no role here")).to_be_visible(timeout=30_000)
        guarded.roles.write_text('[people]\n"vera@example.gov.uk" = "queen"\n')
        page.goto(guarded.url)
        expect(page.get_by_text("unknown role")).to_be_visible(timeout=30_000)
    finally:
        guarded.roles.write_text(ROLES)


@pytest.mark.parametrize("secret", ["", "another secret, guessed"])
def test_a_forged_cookie_gives_nothing(page: Page, guarded: Guarded, watch: Watch, secret: str) -> None:
    claims = {"is_logged_in": True, "origin": guarded.url, "provider": "default", "iat": int(time.time())}
    claims |= {"iss": "x", "sub": "connie", **PEOPLE["connie"]}
    plain = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
    value = URLSafeTimedSerializer(secret, salt=COOKIE).dumps(json.dumps(claims)) if secret else plain
    page.context.add_cookies([{"name": COOKIE, "value": str(value), "url": guarded.url}])
    page.goto(f"{guarded.url}/data")
    expect(page.get_by_text("Please sign in.")).to_be_visible(timeout=30_000)
    assert page.locator("iframe, table").count() == 0
    watch.check()


def test_the_cookie_that_the_forgery_is_like_lets_in(page: Page, guarded: Guarded) -> None:
    # Else the test above would pass whatever the app did.
    claims = {"is_logged_in": True, "origin": guarded.url, "provider": "default", "iat": int(time.time())}
    claims |= {"iss": "x", "sub": "connie", **PEOPLE["connie"]}
    value = URLSafeTimedSerializer(COOKIE_SECRET, salt=COOKIE).dumps(json.dumps(claims))
    page.context.add_cookies([{"name": COOKIE, "value": str(value), "url": guarded.url}])
    page.goto(f"{guarded.url}/accessibility")
    expect(page.get_by_text("Signed in as connie@example.gov.uk (commissioner)")).to_be_visible(timeout=30_000)


@pytest.mark.parametrize("path", [f"/media/{40 * '0'}.csv", "/app/static/x.csv", "/out/internal/block_postcodes.csv"])
def test_a_file_that_nobody_asked_for_is_not_there_to_guess(page: Page, guarded: Guarded, path: str) -> None:
    answer = page.request.get(guarded.url + path)
    assert answer.status >= 400 or answer.headers["content-type"].startswith("text/html")  # the app's own shell
