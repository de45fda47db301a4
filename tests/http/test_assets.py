"""The files of pages: typed, named by their content, compressed, and nothing but them."""

import gzip
import urllib.error
import urllib.request

import pytest

from tests.conftest import RunningServer
from tests.fetching import fetch


def test_a_style_sheet_is_served_once_and_then_known_by_its_name(server: RunningServer) -> None:
    url = f"{server.protocol}/assets/style/base.css"

    status, headers, body = fetch(url)
    again, _, nothing = fetch(url, If_None_Match=headers["ETag"])
    _, packed, small = fetch(url, Accept_Encoding="gzip, br")

    assert (status, again, nothing) == (200, 304, b"")
    assert headers["Content-Type"] == "text/css; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert packed["Content-Encoding"] == "gzip"
    assert packed["ETag"] == headers["ETag"]
    assert "Accept-Encoding" in headers["Vary"]
    assert gzip.decompress(small) == body
    assert b"--accent" in body


@pytest.mark.parametrize(
    "path",
    [
        "style/none.css",
        "style/../pages.py",
        "style/%2e%2e/pages.py",
        "pages.py",
        "i18n/en/dcf.json",
        "",
        "style",
        "dcf/page.html",
    ],
)
def test_nothing_else_of_the_program_can_be_fetched(server: RunningServer, path: str) -> None:
    status, _, body = fetch(f"{server.protocol}/assets/{path}")

    assert status == 404
    assert b"import" not in body


def test_a_file_is_only_read(server: RunningServer) -> None:
    asked = urllib.request.Request(
        f"{server.protocol}/assets/style/base.css", data=b"x", method="POST"
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked, timeout=10)

    refused.value.close()
    assert refused.value.code == 405
    assert refused.value.headers["Allow"] == "GET, HEAD"
