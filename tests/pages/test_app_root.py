import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route
from streamlit import file_util
from streamlit.web.server.starlette.starlette_gzip_middleware import SelectiveGZipMiddleware

from marketmap.pages.app_root import SCRIPT, SCRIPT_NAME, AppRoot

PAGE = Path(file_util.get_static_dir(), "index.html")
LENGTH = PAGE.stat().st_size
TAG = f'<script src="./{SCRIPT_NAME}"></script>'


async def index(_request: Request) -> Response:
    return FileResponse(PAGE)


async def other(_request: Request) -> Response:
    return HTMLResponse("<script>1</script>" + " " * (LENGTH - len("<script>1</script>")))


async def table(request: Request) -> Response:
    return Response(request.headers.get("accept-encoding", ""), media_type="text/csv")


def ask(path: str, *, method: str = "GET", headers: dict[str, str] | None = None) -> httpx.Response:
    routes = [Route("/other", other), Route("/media/a.csv", table), Route("/{rest:path}", index)]
    app = AppRoot(SelectiveGZipMiddleware(Starlette(routes=routes)))

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path, headers=headers)

    # In a thread of its own: a browser that another test left open keeps a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()


@pytest.mark.parametrize("path", ["/", "/market_map", "/below/market_map"])
def test_streamlits_page_names_the_root_before_anything_else_runs(path: str) -> None:
    answer = ask(path, headers={"accept-encoding": "gzip", "range": "bytes=0-9", "if-modified-since": "x"})
    assert answer.status_code == 200
    assert answer.text.count(TAG) == 1
    assert answer.text.index("<script") == answer.text.index(TAG)
    assert answer.text.replace(TAG + "\n    ", "") == PAGE.read_text()
    assert answer.headers["content-length"] == str(len(answer.content))
    assert not {"etag", "last-modified", "content-encoding"} & set(answer.headers)
    head = ask(path, method="HEAD")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(answer.content)))


@pytest.mark.parametrize("path", [f"/{SCRIPT_NAME}", f"/below/{SCRIPT_NAME}"])
def test_the_script_is_served_wherever_the_app_lies(path: str) -> None:
    answer = ask(path)
    assert answer.content == SCRIPT
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-length"] == str(len(SCRIPT))
    assert ask(path, method="HEAD").content == b""


def test_what_is_not_streamlits_page_passes_as_it_is() -> None:
    assert TAG not in ask("/other").text
    assert "<script>1</script>" in ask("/other").text
    assert ask("/media/a.csv", headers={"accept-encoding": "br"}).text == "br"
    assert ask("/", method="POST").status_code == 405
