"""Clients' credentials on the control port: made, registered, shown, kept, refused."""

from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from src_system.clock import machine_now
from src_system.crypto.certificate_authority import (
    certificate_fingerprint,
    certificate_from_pem,
    new_certificate_authority,
)
from src_system.crypto.rsa_keys import (
    generate_private_key,
    private_to_pem,
    public_to_pem,
    self_signed_certificate,
)

Json = dict[str, Any]
SECTIONS = {"oauth1", "xPayToken", "oauth2"}


@pytest.fixture(scope="module")
def key():
    return generate_private_key()


async def put(
    control: aiohttp.ClientSession, sandbox: Json, authentication: Json | None, status: int = 200
) -> Json:
    """The ready-made client with this authentication; or the refusal."""
    path = f"{sandbox['path']}/clients/{sandbox['clients'][0]['srcClientId']}"
    body = {} if authentication is None else {"authentication": authentication}
    async with control.put(path, json=body) as answer:
        document: Json = await answer.json()
        assert answer.status == status, document
    return document


async def test_a_ready_made_client_of_an_open_server_is_open(sandbox: Json) -> None:
    assert sandbox["clients"][0]["authentication"] == {"scheme": "open"}
    assert sandbox["urls"]["discover"]["token"].endswith("/discover/oauth2/token")


async def test_a_native_client_gets_working_secrets_of_every_network(
    control: aiohttp.ClientSession, sandbox: Json
) -> None:
    shown = (await put(control, sandbox, {"scheme": "native"}))["authentication"]
    client_id = sandbox["clients"][0]["srcClientId"]

    assert set(shown) == {"scheme", *SECTIONS}
    private = serialization.load_pem_private_key(shown["oauth1"]["privateKey"].encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    assert public_to_pem(private.public_key()) == shown["oauth1"]["publicKey"]
    assert "!" in shown["oauth1"]["consumerKey"]
    assert shown["xPayToken"]["apiKey"] == shown["oauth2"]["clientId"] == client_id
    assert len({shown["xPayToken"]["sharedSecret"], shown["oauth2"]["clientSecret"]}) == 2
    async with control.get(sandbox["path"]) as answer:
        assert (await answer.json())["clients"][0]["authentication"] == shown


async def test_secrets_are_derived_from_the_seed(control: aiohttp.ClientSession) -> None:
    seen = []
    for seed in ("7", "7", "8"):
        async with control.post("/v1/sandboxes", json={"seed": seed}) as answer:
            sandbox = await answer.json()
        sandbox["path"] = f"/v1/sandboxes/{sandbox['name']}"
        shown = (await put(control, sandbox, {"scheme": "native"}))["authentication"]
        seen.append((shown["xPayToken"], shown["oauth2"], shown["oauth1"]["consumerKey"]))

    assert seen[0] == seen[1]
    assert seen[0][0]["sharedSecret"] != seen[2][0]["sharedSecret"]


async def test_secrets_stay_when_nothing_new_is_said(
    control: aiohttp.ClientSession, sandbox: Json
) -> None:
    first = await put(control, sandbox, {"scheme": "native"})

    for again in ({"scheme": "native"}, None, first["authentication"]):
        assert (await put(control, sandbox, again))["authentication"] == first["authentication"]
    assert (await put(control, sandbox, {"scheme": "open"}))["authentication"] == {"scheme": "open"}
    back = await put(control, sandbox, {"scheme": "native"})
    assert back["authentication"] == first["authentication"]


async def test_applying_native_fixtures_twice_changes_nothing(
    control: aiohttp.ClientSession, sandbox: Json
) -> None:
    fixtures = {"clients": [{"name": "Signer", "authentication": {"scheme": "native"}}]}
    answers = []
    for _ in range(2):
        async with control.post(f"{sandbox['path']}/fixtures", json=fixtures) as answer:
            assert answer.status == 200
            answers.append(await answer.json())

    assert answers[0] == answers[1]


@pytest.mark.parametrize("form", ["publicKey", "certificate", "privateKey"])
async def test_a_client_may_register_its_own_signing_key(
    control: aiohttp.ClientSession, sandbox: Json, key: Any, form: str
) -> None:
    now = machine_now()
    pem = {
        "publicKey": public_to_pem(key.public_key()),
        "certificate": self_signed_certificate(
            key, common_name="shop", not_before=now, not_after=now.replace(year=now.year + 1)
        ),
        "privateKey": private_to_pem(key),
    }[form]
    await put(control, sandbox, {"scheme": "native"})

    own = {"scheme": "oauth1", "oauth1": {"consumerKey": "mine!1", form: pem}}
    shown = (await put(control, sandbox, own))["authentication"]["oauth1"]

    assert shown["consumerKey"] == "mine!1"
    assert shown["publicKey"] == public_to_pem(key.public_key())
    assert ("privateKey" in shown) == (form == "privateKey")


async def test_a_client_may_register_its_own_secrets(
    control: aiohttp.ClientSession, sandbox: Json
) -> None:
    own = {
        "scheme": "native",
        "xPayToken": {"apiKey": "A", "sharedSecret": "B"},
        "oauth2": {"clientId": "C", "clientSecret": "D"},
    }
    shown = (await put(control, sandbox, own))["authentication"]

    assert shown["xPayToken"] == own["xPayToken"]
    assert shown["oauth2"] == own["oauth2"]


async def test_two_clients_cannot_have_one_consumer_key(
    control: aiohttp.ClientSession, sandbox: Json
) -> None:
    await put(control, sandbox, {"scheme": "oauth1", "oauth1": {"consumerKey": "mine!1"}})
    other = {
        "name": "Other",
        "authentication": {"scheme": "oauth1", "oauth1": {"consumerKey": "mine!1"}},
    }

    async with control.post(f"{sandbox['path']}/clients", json=other) as answer:
        refusal = await answer.json()
    async with control.get(f"{sandbox['path']}/clients") as answer:
        clients = (await answer.json())["clients"]

    assert refusal["reason"] == "ALREADY_EXISTS"
    assert refusal["errordetail"][0]["source"] == "clients[0].authentication"
    assert len(clients) == 1


async def test_a_certificate_is_bound_by_its_fingerprint(
    control: aiohttp.ClientSession, sandbox: Json
) -> None:
    pem = new_certificate_authority(now=machine_now()).issue_client("shop").certificate
    fingerprint = certificate_fingerprint(certificate_from_pem(pem))
    colons = ":".join(fingerprint[n : n + 2] for n in range(0, 64, 2)).upper()

    for mtls in ({"certificate": pem}, {"fingerprint": colons}):
        shown = (await put(control, sandbox, {"scheme": "mtls", "mtls": mtls}))["authentication"]
        assert shown["mtls"]["fingerprint"] == fingerprint
    subject = {"subject": "CN=shop"}
    shown = (await put(control, sandbox, {"scheme": "mtls", "mtls": subject}))["authentication"]
    assert shown["mtls"] == subject


@pytest.mark.parametrize(
    ("authentication", "reason", "source"),
    [
        ({}, "CANNOT_BE_NULL", "scheme"),
        ({"scheme": 1}, "CANNOT_BE_NULL", "scheme"),
        ({"scheme": "basic"}, "INVALID_VALUE", "scheme"),
        ({"scheme": "oauth1", "oauth1": "x"}, "INVALID_FORMAT", "oauth1"),
        ({"scheme": "oauth1", "oauth1": {"publicKey": "x"}}, "INVALID_VALUE", "oauth1.publicKey"),
        ({"scheme": "oauth1", "oauth1": {"publicKey": 1}}, "INVALID_FORMAT", "oauth1.publicKey"),
        (
            {"scheme": "oauth1", "oauth1": {"consumerKey": "a b"}},
            "INVALID_FORMAT",
            "oauth1.consumerKey",
        ),
        (
            {"scheme": "oauth2", "oauth2": {"clientSecret": "x" * 256}},
            "INVALID_FORMAT",
            "oauth2.clientSecret",
        ),
        ({"scheme": "mtls"}, "INVALID_VALUE", "mtls"),
        ({"scheme": "mtls", "mtls": {"certificate": "x"}}, "INVALID_VALUE", "mtls.certificate"),
        ({"scheme": "mtls", "mtls": {"fingerprint": "x"}}, "INVALID_FORMAT", "mtls.fingerprint"),
    ],
)
async def test_what_cannot_be_used_is_refused_with_its_path(
    control: aiohttp.ClientSession, sandbox: Json, authentication: Json, reason: str, source: str
) -> None:
    refusal = await put(control, sandbox, authentication, 400)

    (detail,) = refusal["errordetail"]
    assert (detail["reason"], detail["source"]) == (reason, f"clients[0].authentication.{source}")
