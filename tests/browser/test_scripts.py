"""Our scripts as files: typed, small, and the same for every way to load them."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from src_system.http.browser import SCRIPTS
from tests.browser.packages import installed
from tests.browser.shop import NETWORKS, Stage
from tests.conftest import RunningServer
from tests.fetching import fetch

COMPRESSED_MAX = 15 * 1024
FILES = [(network, path) for network, paths in SCRIPTS.items() for path in paths]


def test_the_types_written_beside_the_scripts_hold(
    repository: Path, pytestconfig: pytest.Config
) -> None:
    assert pytestconfig.cache is not None
    compiler = installed(pytestconfig.cache.mkdir("node")) / "typescript" / "bin" / "tsc"

    checked = subprocess.run(
        ["node", str(compiler), "--project", str(repository / "src_system" / "web/jsconfig.json")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert checked.stdout == ""
    assert checked.returncode == 0


@pytest.mark.parametrize(("network", "path"), FILES)
def test_an_sdk_is_small_typed_and_for_every_page(
    server: RunningServer, network: str, path: str
) -> None:
    url = f"{server.protocol}/{network}/{path}?v2"

    status, headers, body = fetch(url, Accept_Encoding="gzip")
    again, _, _ = fetch(url, If_None_Match=headers["ETag"])

    assert status == 200
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(body) < COMPRESSED_MAX
    assert b"Apache-2.0" in gzip.decompress(body)
    assert again == 304


@pytest.mark.parametrize(("network", "path"), FILES)
def test_an_sdk_is_one_classic_script_that_a_browser_can_parse(
    server: RunningServer, tmp_path: Path, network: str, path: str
) -> None:
    _, _, body = fetch(f"{server.protocol}/{network}/{path}")
    (tmp_path / "sdk.js").write_bytes(body)
    node = shutil.which("node")
    assert node is not None

    checked = subprocess.run([node, "--check", str(tmp_path / "sdk.js")], check=False, timeout=60)

    assert checked.returncode == 0
    assert re.search(rb"^\s*(import|export) ", body, re.MULTILINE) is None


def test_a_path_that_only_one_network_has_needs_no_network(stage: Stage) -> None:
    port = stage.server.protocol
    for network, path in FILES:
        plain = f"{port}/{path}"
        status, _, body = fetch(plain)
        if path == "sdk/v1/src-sdk.js":
            assert status == 404
            status, _, body = fetch(plain, Host=f"{network}.localhost")
        assert status == 200
        assert body == fetch(f"{stage.base(network, '127.0.0.1')}/{path}")[2]


@pytest.mark.parametrize("network", NETWORKS)
def test_pages_forbid_whatever_they_do_not_need(server: RunningServer, network: str) -> None:
    for path in ("dcf/", "sdk/frame?origin=https://shop.test"):
        _, headers, _ = fetch(f"{server.protocol}/{network}/{path}")
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_system_frame_is_for_the_origin_that_asks_if_it_is_registered(
    stage: Stage,
) -> None:
    frame = f"{stage.base('visa', '127.0.0.1')}/sdk/frame"
    [dpa] = stage.document["dpas"]
    stage.manage("PUT", f"/dpas/{dpa['srcDpaId']}", {**dpa, "origins": ["https://shop.test"]})

    registered = fetch(f"{frame}?origin=https://shop.test")[1]["Content-Security-Policy"]
    stranger = fetch(f"{frame}?origin=https://thief.test")[1]["Content-Security-Policy"]
    smuggled = fetch(f"{frame}?origin=https://shop.test;script-src%20*")[1]

    assert registered.endswith("frame-ancestors https://shop.test")
    assert stranger.endswith("frame-ancestors 'none'")
    assert smuggled["Content-Security-Policy"].endswith("frame-ancestors 'none'")


def test_every_script_that_the_page_about_browsers_names_is_served(
    server: RunningServer, repository: Path
) -> None:
    text = (repository / "docs" / "browser.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(/(?:visa|mastercard|amex|discover)/[^`?{]*\.js)", text))

    statuses = {path: fetch(f"{server.protocol}{path}")[0] for path in named}

    assert len(named) >= 6
    assert set(statuses.values()) == {200}
