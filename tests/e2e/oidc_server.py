"""A small OpenID Connect provider for tests: it signs in whoever is picked from a list, over plain HTTP."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "marketmap", "of-the-test-only"
SECONDS_VALID = 600


def make_provider(url: str, people: Mapping[str, Mapping[str, Any]]) -> Starlette:
    """Make the provider's web application.

    Parameters
    ----------
    url
        Where it answers.
    people
        A person's short name → what the token says of them, beside the standard claims.
    """
    key = RSAKey.generate_key(2048, {"kid": "test", "use": "sig", "alg": "RS256"})
    codes: dict[str, dict[str, str]] = {}

    async def describe(_request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": url,
                "authorization_endpoint": f"{url}/authorize",
                "token_endpoint": f"{url}/token",
                "jwks_uri": f"{url}/keys",
                "end_session_endpoint": f"{url}/end",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def keys(_request: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False)]})

    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        links = []
        for name in people:
            code = secrets.token_urlsafe(16)
            codes[code] = asked | {"person": name}
            query = urlencode({"code": code, "state": asked["state"]})
            links.append(f"<p><a href='{escape(asked['redirect_uri'])}?{escape(query)}'>{escape(name)}</a></p>")
        # Without an icon of its own a browser asks for one, and complains that there is none.
        head = "<link rel='icon' href='data:,'><title>Who are you?</title>"
        return HTMLResponse(f"<html lang='en'>{head}{''.join(links)}</html>")

    async def token(request: Request) -> Response:
        form = await request.form()
        asked = codes.pop(str(form["code"]), None)
        plain = base64.b64decode(request.headers.get("authorization", "Basic ").split(" ")[1]).decode()
        if asked is None or plain != f"{CLIENT_ID}:{CLIENT_SECRET}":
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        claims = {"iss": url, "aud": CLIENT_ID, "sub": asked["person"], "nonce": asked["nonce"]}
        claims |= {"iat": now, "exp": now + SECONDS_VALID, **people[asked["person"]]}
        signed = jwt.encode({"alg": "RS256", "kid": "test"}, claims, key)
        return JSONResponse(
            {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 600, "id_token": signed}
        )

    async def end(request: Request) -> Response:
        return RedirectResponse(request.query_params["post_logout_redirect_uri"])

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", describe),
            Route("/keys", keys),
            Route("/authorize", authorize),
            Route("/token", token, methods=["POST"]),
            Route("/end", end),
        ]
    )
