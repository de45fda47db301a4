"""`serve --auth native --tls auto`: clients sign by default, over TLS, some by certificate."""

import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from src_system.clock import machine_now
from src_system.crypto.certificate_authority import new_certificate_authority

COMMAND = [sys.executable, "-m", "src_system"]
LOOKUP = {"consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": "a@shop.test"}}


@dataclass
class Native:
    """The running server and what it told."""

    ready: dict[str, Any]
    home: Path

    def control(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """A call of the control port."""
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.ready["control"] + path, data, method=method)) as answer:
            document: dict[str, Any] = json.loads(answer.read())
        return document

    def trusting(self, **identity: str) -> ssl.SSLContext:
        """A context that trusts the server's authority; *identity*: certificate and key in PEM."""
        context = ssl.create_default_context(cafile=self.ready["tls_ca"])
        if identity:
            path = self.home / "identity.pem"
            path.write_text(identity["privateKey"] + identity["certificate"])
            context.load_cert_chain(path)
        return context

    def lookup(self, url: str, src_client_id: str, context: ssl.SSLContext) -> tuple[int, Any]:
        """Status and body of an identityLookup without any signature."""
        body = json.dumps({"srcClientId": src_client_id, **LOOKUP}).encode()
        request = Request(
            f"{url}/identities/lookup", body, {"Content-Type": "application/json"}, method="POST"
        )
        answer: HTTPResponse | HTTPError
        try:
            answer = urlopen(request, context=context)
        except HTTPError as error:
            answer = error
        with answer:
            return int(answer.status or 0), json.loads(answer.read() or b"null")


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Native]:
    """One server for the module, which leaves nothing behind."""
    home = tmp_path_factory.mktemp("native")
    scratch = home / "tmp"
    scratch.mkdir()
    log = home / "log"
    flags = "--listen=127.0.0.1:0 --control=127.0.0.1:0 --ephemeral --auth=native --tls=auto"
    with log.open("wb") as log_file:
        process = subprocess.Popen(
            [*COMMAND, "serve", *flags.split()],
            stdout=subprocess.PIPE,
            stderr=log_file,
            text=True,
            env={**os.environ, "HOME": str(home), "TMPDIR": str(scratch)},
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log.read_text()
        yield Native(json.loads(line), home)
        process.terminate()
        assert process.wait(60) == 0, log.read_text()[-2000:]
        process.stdout.close()
    assert list(scratch.iterdir()) == []
    assert "Traceback" not in log.read_text()


def test_the_ready_line_tells_https_and_the_authority(native: Native) -> None:
    ca = Path(native.ready["tls_ca"])

    assert native.ready["protocol"].startswith("https://127.0.0.1:")
    assert native.ready["control"].startswith("http://")
    assert ca.read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in ca.read_text()


@pytest.mark.parametrize(
    "host",
    "localhost 127.0.0.1 ::1 visa.localhost mastercard.localhost amex.localhost"
    " discover.localhost".split(),
)
def test_the_certificate_holds_for_every_name_of_this_machine(native: Native, host: str) -> None:
    port = int(native.ready["protocol"].rpartition(":")[2])

    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        native.trusting().wrap_socket(plain, server_hostname=host) as connection,
    ):
        assert connection.version() in ("TLSv1.2", "TLSv1.3")


def test_clients_of_a_native_server_must_sign(native: Native) -> None:
    sandbox = native.control("POST", "/v1/sandboxes", {})
    client = sandbox["clients"][0]
    statuses = {
        name: native.lookup(urls["src"], client["srcClientId"], native.trusting())[0]
        for name, urls in sandbox["urls"].items()
    }

    assert set(client["authentication"]) == {"scheme", "oauth1", "xPayToken", "oauth2", "mtls"}
    assert client["authentication"]["scheme"] == "native"
    assert sandbox["urls"]["visa"]["src"].startswith("https://")
    assert set(statuses.values()) == {401}


def test_the_default_sandboxs_client_is_native_too(native: Native) -> None:
    shown = native.control("GET", "/v1/sandboxes/default")

    assert shown["clients"][0]["authentication"]["scheme"] == "native"


def test_a_native_server_does_not_say_which_clients_it_knows(native: Native) -> None:
    sandbox = native.control("POST", "/v1/sandboxes", {})
    url = sandbox["urls"]["mastercard"]["src"]
    known = native.lookup(url, "nobody", native.trusting())
    unnamed = native.lookup(url, "", native.trusting())

    assert known[0] == unnamed[0] == 401
    assert known[1]["Errors"]["Error"][0]["ReasonCode"] == "AUTHENTICATION_FAILED"
    assert unnamed[1]["Errors"]["Error"][0]["ReasonCode"] == "INVALID_AUTH_HEADER"


def test_a_client_that_is_registered_open_stays_open_on_a_native_server(native: Native) -> None:
    open_client = {"name": "Open", "authentication": {"scheme": "open"}}
    sandbox = native.control("POST", "/v1/sandboxes", {"fixtures": {"clients": [open_client]}})
    src_client_id = sandbox["clients"][1]["srcClientId"]

    status, _ = native.lookup(sandbox["urls"]["visa"]["src"], src_client_id, native.trusting())

    assert status == 200


def test_a_certificate_is_enough_for_a_client_of_mutual_tls(native: Native) -> None:
    sandbox = native.control("POST", "/v1/sandboxes", {})
    path = f"/v1/sandboxes/{sandbox['name']}/clients"
    mine, other = (
        native.control("POST", path, {"name": name, "authentication": {"scheme": "mtls"}})
        for name in ("Mine", "Other")
    )
    identity = mine["authentication"]["mtls"]
    foreign = other["authentication"]["mtls"]

    for urls in sandbox["urls"].values():
        src_client_id = mine["srcClientId"]
        right = native.lookup(urls["src"], src_client_id, native.trusting(**identity))
        wrong = native.lookup(urls["src"], src_client_id, native.trusting(**foreign))
        none = native.lookup(urls["src"], src_client_id, native.trusting())
        assert right[0] == 200, right
        assert (wrong[0], none[0]) == (401, 401)
        assert wrong[1] is None or wrong[1]["Errors"]["Error"][0]["ReasonCode"] == (
            "INVALID_CLIENT_CERT"
        )


def test_a_subject_may_stand_for_a_certificate(native: Native) -> None:
    sandbox = native.control("POST", "/v1/sandboxes", {})
    path = f"/v1/sandboxes/{sandbox['name']}/clients"
    issued = native.control("POST", path, {"name": "One", "authentication": {"scheme": "mtls"}})
    identity = issued["authentication"]["mtls"]
    by_subject = {
        "scheme": "mtls",
        "mtls": {"subject": f"O=src-system client,CN={issued['srcClientId']}"},
    }
    named = native.control("POST", path, {"name": "Two", "authentication": by_subject})

    status, body = native.lookup(
        sandbox["urls"]["visa"]["src"], named["srcClientId"], native.trusting(**identity)
    )

    assert status == 200, body


def test_a_certificate_of_nobody_we_know_ends_the_connection(native: Native) -> None:
    issued = new_certificate_authority(now=machine_now()).issue_client("stranger")
    stranger = {"privateKey": issued.private_key, "certificate": issued.certificate}

    with pytest.raises(OSError):
        native.lookup(native.ready["protocol"], "x", native.trusting(**stranger))
