"""A sixteenth market is one row of data: added here, and everything works with it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from src_system.app import bring_up_to_date, open_vault, running_server
from src_system.config import load
from src_system.crypto import jwe, jws
from src_system.crypto.rsa_keys import private_from_jwk
from src_system.networks.market import Market, NationalIdentifier
from src_system.networks.markets import MARKETS
from src_system.store.embedded import EmbeddedPostgres
from src_system.store.postgres_cluster import DATABASE
from tests.http.initiator import CONSENT, Initiator

CHILE = Market(
    country_code="CL",
    name="Chile",
    currency_code="CLP",
    minor_units=0,
    calling_code="56",
    languages=("es_CL",),
    zip_pattern="[0-9]{7}",
    states=("RM", "VS"),
    state_required=True,
    compliance_types=frozenset({"TERMS_AND_CONDITIONS"}),
    national_identifier=NationalIdentifier("RUT", ("cl", "rut")),
    token_only=True,
    mobile_prefix="9",
    mobile_digits=9,
)
ADDRESS = {
    "line1": "Avenida Providencia 1",
    "city": "Santiago",
    "state": "CL-RM",
    "countryCode": "CL",
    "zip": "7500000",
}


@pytest.fixture
async def chile(
    postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Initiator]:
    """A sandbox of a server that has one market more."""
    monkeypatch.setitem(MARKETS, CHILE.country_code, CHILE)
    connection = await asyncpg.connect(postgres.dsn)
    await connection.execute("CREATE DATABASE sixteenth")
    dsn = postgres.dsn.replace(f"/{DATABASE}?", "/sixteenth?")
    config = load(
        {
            "listen": "127.0.0.1:0",
            "control": "127.0.0.1:0",
            "data_dir": str(tmp_path),
        },
        {},
    )
    await bring_up_to_date(dsn, may_migrate=True)
    async with (
        running_server(config, dsn, open_vault(config)) as server,
        aiohttp.ClientSession() as session,
    ):
        async with session.post(f"{server.control}/v1/sandboxes", json={}) as response:
            sandbox = json.loads(await response.read())
        yield Initiator(session, server.control, sandbox)
    await connection.execute("DROP DATABASE sixteenth")
    await connection.close()


def _opened(initiator: Initiator, body: dict[str, Any]) -> tuple[Any, Any]:
    """(checkoutResponse, payload) of Mastercard."""
    response = json.loads(jws.parse(body["checkoutResponseJWS"], max_length=100_000).payload)
    [key] = initiator.sandbox["clients"][0]["jwks"]["keys"]
    sealed = jwe.parse(response["encryptedPayload"], max_length=100_000)
    opened = jwe.open_jwe(sealed, private_from_jwk(key), enc_allowed=("A128GCM",))
    return response, json.loads(opened)


async def test_one_row_of_data_makes_a_market(chile):
    assert "CL" in chile.sandbox["dpas"][0]["markets"]
    body: dict[str, Any] = {
        "encryptedCard": await chile.encrypted_card("mastercard", "5186001700008785"),
        "consumer": {
            "emailAddress": "paula@shop.test",
            "mobileNumber": {"countryCode": "56", "phoneNumber": "912345678"},
            "nationalIdentifier": "12.531.909-2",
        },
        "complianceSettings": {"complianceResources": CONSENT["complianceResources"][:1]},
        "shippingAddress": ADDRESS,
        "srciTransactionId": "t-1",
    }
    options: dict[str, Any] = {
        "dpaLocale": "es-CL",
        "dpaShippingPreference": "FULL",
        "consumerNationalIdentifierRequested": True,
    }

    def asked(amount: str) -> dict[str, Any]:
        money = {"transactionAmount": amount, "transactionCurrencyCode": "CLP"}
        return {"dpaTransactionOptions": {**options, "transactionAmount": money}}

    refused = await chile.checkout("mastercard", **body, **asked("10.5"))
    assert (refused.status, refused.reasons) == (400, {"INVALID_ARGUMENT", "INVALID_VALUE"})
    wrong = {**body, "shippingAddress": {**ADDRESS, "state": "XX"}}
    refused = await chile.checkout("mastercard", **wrong, **asked("1000"))
    assert (refused.status, refused.source) == (400, "shippingAddress.state")

    answer = await chile.checkout("mastercard", **body, **asked("1000"))
    assert answer.status == 200, answer.body
    response, payload = _opened(chile, answer.body)
    assert response["maskedConsumer"]["languageCode"] == "ES"
    assert payload["consumerNationalIdentifier"] == "125319092"
    assert payload["shippingAddress"]["state"] == "RM"
    # Published numbers 5186… yield the PAN elsewhere; here the PAN never leaves (spec 11.6).
    assert payload["token"]["paymentToken"].startswith("520424")
    assert "card" not in payload

    options["paymentOptions"] = [{"dynamicDataType": "NONE"}]
    answer = await chile.checkout("mastercard", **body, **asked("1000"))
    _, payload = _opened(chile, answer.body)
    assert payload["card"]["primaryAccountNumber"].startswith("520424")
    assert payload["dynamicData"]["dynamicDataType"] == "DYNAMIC_CARD_SECURITY_CODE"
    assert len(payload["dynamicData"]["dynamicDataValue"]) == 3
    assert "token" not in payload
