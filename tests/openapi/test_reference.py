"""The page to read a document: all of it ours, and every command on it works as it stands."""

import html
import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from http.client import HTTPResponse
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from src_system.control.application import ControlParts, control_application
from tests.conftest import RunningServer

_COMMAND = re.compile(r'<code class="command" data-operation="(\w+)">(.*?)</code>', re.DOTALL)
_REFERENCE = re.compile(r'(?:href|src)="([^"#][^"]*)"')
_PORTS = ("protocol", "control")


def fetch(url: str, **headers: str) -> HTTPResponse:
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    found: HTTPResponse = answer
    return found


def text_of(url: str) -> str:
    with fetch(url) as answer:
        assert answer.status == 200
        return answer.read().decode()


@pytest.mark.parametrize("port", _PORTS)
@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/reference.css"])
def test_what_a_reader_has_already_is_not_sent_again(
    server: RunningServer, port: str, path: str
) -> None:
    url = getattr(server, port) + path
    with fetch(url) as first:
        tag = first.headers["ETag"]
        assert (first.status, first.headers["Cache-Control"]) == (200, "no-cache")
        assert first.read()

    with fetch(url, **{"If-None-Match": tag}) as second:
        assert (second.status, second.read()) == (304, b"")


@pytest.mark.parametrize("port", _PORTS)
def test_the_page_fetches_nothing_from_elsewhere_and_runs_nothing_inline(
    server: RunningServer, port: str
) -> None:
    with fetch(f"{getattr(server, port)}/docs") as answer:
        policy = answer.headers["Content-Security-Policy"]
        page = answer.read().decode()

    references = set(_REFERENCE.findall(page))

    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    assert references == {
        *("/docs/reference.css", "/docs/reference.js", "/docs/icon.svg", "/openapi.json")
    }
    assert not re.search(r"<style|style=|<script>|\son[a-z]+=", page)


@pytest.mark.parametrize("port", _PORTS)
def test_the_page_shows_every_operation_of_the_document(server: RunningServer, port: str) -> None:
    base = getattr(server, port)
    document = json.loads(text_of(f"{base}/openapi.json"))
    named = {
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
    }

    assert {name for name, _ in _COMMAND.findall(text_of(f"{base}/docs"))} == named


def test_neither_page_needs_a_sandbox_or_credentials_and_neither_takes_a_post(
    server: RunningServer,
) -> None:
    posted = urllib.request.Request(f"{server.protocol}/openapi.json", data=b"{}")

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(posted, timeout=30)

    with refused.value as answer:
        assert answer.code == 405
        assert json.loads(answer.read())["reason"] == "NOT_IMPLEMENTED"


class Shell:
    """Runs a page's commands one after the other, with what earlier answers said."""

    def __init__(self, page: str, network: str = "visa") -> None:
        self.commands = {name: html.unescape(text) for name, text in _COMMAND.findall(page)}
        self.options = {
            name: (html.unescape(base), html.unescape(sealed))
            for name, base, sealed in re.findall(
                r'<option value="(\w+)" data-base="(.*?)" data-sealed="(.*?)">', page
            )
        }
        self.network = network
        self.variables: dict[str, str] = {}

    def command(self, name: str) -> str:
        """The command, as the page shows it when the network is chosen."""
        text = self.commands[name]
        for shown, chosen in zip(
            self.options.get("visa", ()), self.options.get(self.network, ()), strict=True
        ):
            text = text.replace(shown, chosen)
        return text

    def run(self, name: str) -> dict[str, Any]:
        """The answer's JSON; an error body fails."""
        ran = subprocess.run(
            ["bash", "-c", self.command(name)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, **self.variables},
        )
        assert ran.returncode == 0, ran.stderr
        answer: dict[str, Any] = json.loads(ran.stdout) if ran.stdout else {}
        assert "reason" not in answer, (name, self.command(name), answer)
        return answer


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's commands call curl")
@pytest.mark.parametrize("network", ["visa", "mastercard", "amex", "discover"])
def test_the_commands_of_the_protocol_page_tell_a_whole_checkout(
    server: RunningServer, network: str
) -> None:
    shell = Shell(text_of(f"{server.protocol}/docs"), network)
    known = shell.variables
    enrolled = shell.run("enrollCard")
    known["SRC_DIGITAL_CARD_ID"] = enrolled["maskedCard"]["srcDigitalCardId"]
    shell.run("getCard")
    assert shell.run("identityLookup")["consumerPresent"]
    validation = shell.run("initiateIdentityValidation")
    known["ID_VALIDATION_SESSION_ID"] = validation["idValidationSessionId"]
    codes = json.loads(text_of(f"{server.control}/v1/sandboxes/default/otps?network={network}"))
    known["CODE"] = codes["otps"][-1]["value"]
    completed = shell.run("completeIdentityValidation")
    known["ID_TOKEN"] = completed["idToken"]
    known["RECOGNITION_TOKEN"] = completed["recognitionToken"]
    known["SRC_CORRELATION_ID"] = completed["srcCorrelationId"]
    assert shell.run("isRecognized")["recognized"]
    assert shell.run("getSrcProfile")["profiles"]
    assert shell.run("checkout")["dcfActionCode"] == "COMPLETE"
    if network != "mastercard":
        assert shell.run("getPayload")["encryptedPayload"]
    shell.run("confirmation")
    assert shell.run("unbindAppInstance")["srcCorrelationId"]
    shell.run("deleteCard")
    assert shell.run("keys")["keys"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's commands call curl")
def test_the_reading_commands_of_the_control_page_work_as_they_stand(
    server: RunningServer,
) -> None:
    shell = Shell(text_of(f"{server.control}/docs"))

    for name in ("listSandboxes", "getSandbox", "getClock", "listClients", "listOtps"):
        assert shell.run(name), name
    assert shell.run("getVersion")["name"] == "src-system"


async def test_with_a_control_token_the_page_is_open_and_its_commands_send_the_token() -> None:
    nowhere: Any = None
    parts = ControlParts(
        installation=nowhere,
        key_pool=nowhere,
        control_token="a-token-of-the-test",
        control_host_names=(),
        journal=nowhere,
        metrics_text=lambda: (b"", "text/plain"),
        version="0",
    )
    async with TestClient(TestServer(control_application(parts))) as client:
        page = await client.get("/docs")
        refused = await client.get("/version")

        assert (page.status, refused.status) == (200, 401)
        assert "Authorization: Bearer $CONTROL_TOKEN" in html.unescape(await page.text())
