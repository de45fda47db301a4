"""The examples in the documents are those of a real run, recorded here."""

import json
import re
from pathlib import Path
from typing import Any

import aiohttp
from inline_snapshot import external_file

from src_system.openapi.examples import recorded
from tests.conftest import RunningServer
from tests.http.initiator import CONSENT, Initiator

_RECORDED = Path(__file__).parents[2] / "src_system" / "openapi" / "recorded"
_TOKEN = re.compile(r"\beyJ[\w-]{17}[\w.-]{40,}")
_BARE_URL = re.compile(r"http://127\.0\.0\.1:[0-9]+")
_CARD = "4111111111111111"
_PERSON = {
    "emailAddress": "ana@shop.test",
    "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550143"},
    "firstName": "Ana",
    "lastName": "Lopez",
    "countryCode": "US",
    "locale": "en_US",
}
_IDENTITY = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
_OPTIONS = {
    "transactionAmount": {"transactionAmount": "12.34", "transactionCurrencyCode": "USD"},
    "consumerEmailAddressRequested": True,
}


_ADDRESS = {
    "name": "Ana Lopez",
    "line1": "1 Main Street",
    "city": "Springfield",
    "state": "IL",
    "countryCode": "US",
    "zip": "62701",
}
_ITEM = {
    "action": "ADD",
    "programType": "SRC",
    "dpas": [{"srcDpaId": "shop-1", "dpaData": {"dpaName": "Shop One"}}],
}


class Recorder:
    """Calls operations and keeps what was sent and answered, long tokens cut short."""

    def __init__(self, server: RunningServer, initiator: Initiator) -> None:
        self.server = server
        self.initiator = initiator
        self.calls: dict[str, Any] = {}

    def keep(self, name: str, **parts: Any) -> None:
        """Only the first call of an operation is its example."""
        text = json.dumps({key: value for key, value in parts.items() if value})
        text = text.replace(self.server.protocol, "http://127.0.0.1:8080")
        text = _BARE_URL.sub("http://127.0.0.1:8080", text)
        text = _TOKEN.sub(lambda found: found.group(0)[:20] + "…", text)
        self.calls.setdefault(name, json.loads(text))

    async def post(self, name: str, resource: str, **body: Any) -> dict[str, Any]:
        """A call of the SRC API at Visa."""
        answer = await self.initiator.call("visa", resource, body)
        assert answer.status in (200, 204), answer.body
        sent = {
            "srcClientId": self.initiator.client_id,
            "srcDpaId": self.initiator.dpa_id,
            **body,
        }
        self.keep(name, request=sent, answer=answer.body)
        return answer.body

    async def put(self, name: str, resource: str, **body: Any) -> None:
        """A change at Visa."""
        sent = {"srcClientId": self.initiator.client_id, **body}
        answer = await self.initiator.send(
            "PUT",
            f"{self.initiator.sandbox['urls']['visa']['src']}/{resource}",
            data=json.dumps(sent).encode(),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status == 200, answer.body
        self.keep(name, request=sent, answer=answer.body)

    async def get(self, name: str, resource: str, **query: str) -> dict[str, Any]:
        """A call without a body."""
        query = {"srcClientId": self.initiator.client_id, **query}
        base = self.initiator.sandbox["urls"]["visa"]["src"]
        method = "DELETE" if name.startswith("delete") else "GET"
        async with self.initiator.session.request(
            method, f"{base}/{resource}", params=query
        ) as response:
            raw = await response.read()
            assert response.status in (200, 204), raw
        body: dict[str, Any] = json.loads(raw) if raw else {}
        self.keep(name, query=query, answer=body)
        return body

    async def manage(self, name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A call of the control port."""
        answer = await self.initiator.manage(method, path, body)
        assert answer.status in (200, 201, 204), answer.body
        self.keep(name, request=body, answer=answer.body)
        return answer.body


async def new_recorder(
    server: RunningServer, http: aiohttp.ClientSession, name: str
) -> tuple[Recorder, dict[str, Any]]:
    """A recorder in a sandbox whose answers are the same at every run."""
    body = {
        "name": name,
        "seed": "42",
        "clock": {"mode": "frozen", "at": "2026-11-23T09:00:00Z"},
    }
    async with http.post(f"{server.control}/v1/sandboxes", json=body) as response:
        assert response.status == 201, await response.text()
        sandbox = await response.json()
    return Recorder(server, Initiator(http, server.control, sandbox)), body


async def test_the_examples_of_the_protocol_port_are_those_of_a_run(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    recorder, _ = await new_recorder(server, http, "examples-protocol")
    initiator, post, get = recorder.initiator, recorder.post, recorder.get
    await get("keys", "keys")
    enrolled = await post(
        "enrollCard",
        "cards",
        encryptedCard=await initiator.encrypted_card("visa", _CARD),
        consumer=_PERSON,
        complianceSettings=CONSENT,
    )
    card_id = enrolled["maskedCard"]["srcDigitalCardId"]
    await get("getCard", f"cards/{card_id}")
    token, begun = enrolled["idToken"], enrolled["srcCorrelationId"]
    place = f"cards/{card_id}"
    later = {"panExpirationMonth": "11", "panExpirationYear": "2036"}
    await recorder.put("updateCard", place, srcCorrelationId=begun, **later)
    home = {"billingAddress": _ADDRESS, "srcCorrelationId": begun}
    await post("addBillingAddress", f"{place}/billingaddress", **home)
    await get("deleteBillingAddress", f"{place}/billingaddress", srcCorrelationId=begun)
    known = {"idToken": token, "srcCorrelationId": begun}
    kept = await post("addShippingAddress", "shippingaddresses", shippingAddress=_ADDRESS, **known)
    place = f"shippingaddresses/{kept['addressId']}"
    moved = {**_ADDRESS, "line1": "2 Elm Street"}
    await recorder.put("updateShippingAddress", place, shippingAddress=moved, **known)
    await get("deleteShippingAddress", place, srcCorrelationId=begun)
    await post("identityLookup", "identities/lookup", consumerIdentity=_IDENTITY)
    validation = await post(
        "initiateIdentityValidation", "identities/validation/initiate", consumerIdentity=_IDENTITY
    )
    completed = await post(
        "completeIdentityValidation",
        "identities/validation/complete",
        idValidationSessionId=validation["idValidationSessionId"],
        validationData=await initiator.code(),
        complianceSettings={"complianceResources": [{"complianceType": "REMEMBER_ME", "uri": ""}]},
    )
    remembered = [completed["recognitionToken"]]
    # A session that began by itself would be named after the token, which is never twice the same.
    session = completed["srcCorrelationId"]
    known = {"recognitionTokens": remembered, "srcCorrelationId": session}
    await post("isRecognized", "identities/recognize", **known)
    await post(
        "getSrcProfile",
        "profiles/prepare",
        idTokens=[completed["idToken"]],
        srcCorrelationId=session,
    )
    await post(
        "checkout",
        "transaction/credentials",
        srcCorrelationId=session,
        srciTransactionId="order-1001",
        srcDigitalCardId=card_id,
        idToken=completed["idToken"],
        dpaTransactionOptions=_OPTIONS,
        payloadTypeIndicatorCheckout="FULL",
    )
    await _authenticated(recorder, card_id, begun)
    await get("getPayload", "transaction/credentials", srcCorrelationId=session)
    await post(
        "confirmation",
        "confirmations",
        srcCorrelationId=session,
        confirmationData={
            "checkoutEventType": "01",
            "checkoutEventStatus": "02",
            "confirmationStatus": "01",
            "confirmationTimestamp": "2026-11-23T09:00:30Z",
            "networkTransactionIdentifier": "UNAVLB",
        },
    )
    await post("unbindAppInstance", "apps/unbind", **known)
    await get("deleteCard", f"cards/{card_id}")
    shops = f"srci/{initiator.client_id}/dpas/batch"
    batch = await post("registerDpas", shops, items=[_ITEM], requestId="request-1001")
    await get("getDpaBatch", f"{shops}/status/{batch['batchId']}")

    for key in recorder.calls["keys"]["answer"]["keys"]:
        key.update({"kid": key["kid"][:-14] + "20261123090000", "n": "…"})
    recorder.calls["keys"].pop("query")
    assert recorder.calls == external_file(str(_RECORDED / "protocol.json"))


async def _authenticated(recorder: Recorder, card_id: str, session: str) -> None:
    """A holder whom a passkey proves."""
    known = {"srcCorrelationId": session, "accountReference": {"srcDigitalCardId": card_id}}
    await recorder.post("authenticationMethodsLookup", "authentication/lookup", **known)
    begun = await recorder.post(
        "initiateAuthentication",
        "authentication/initiate",
        **known,
        authenticationMethod={"authenticationMethodType": "FIDO2"},
        authenticationContext={"dpaTransactionOptions": _OPTIONS},
    )
    challenge = begun["authenticationMethod"]["methodAttributes"]["challenge"]
    await recorder.post(
        "completeAuthentication",
        "authentication/complete",
        srcCorrelationId=session,
        authenticationSessionId=begun["authenticationSessionId"],
        methodAttributes={"challenge": challenge, "userVerified": True},
    )


async def test_the_examples_of_the_control_port_are_those_of_a_run(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    recorder, made = await new_recorder(server, http, "examples-control")
    initiator, manage = recorder.initiator, recorder.manage
    recorder.keep("postSandbox", request=made, answer=initiator.sandbox)
    await manage("getSandbox", "GET", "")
    await manage("getClock", "GET", "/clock")
    await manage("putClock", "PUT", "/clock", {"mode": "frozen", "at": "2026-11-23T09:00:00Z"})
    await manage("advanceClock", "POST", "/clock/advance", {"by": "PT10M"})
    card = {
        "network": "visa",
        "primaryAccountNumber": _CARD,
        "panExpirationMonth": "12",
        "panExpirationYear": "2030",
    }
    await manage("postFixtures", "POST", "/fixtures", {"consumers": [{**_PERSON, "cards": [card]}]})
    await manage("postConsumer", "POST", "/consumers", {**_PERSON, "networks": ["visa", "amex"]})
    people = await manage("listConsumers", "GET", "/consumers?network=visa&limit=10")
    person = people["consumers"][0]["srcConsumerId"]
    another = {**card, "primaryAccountNumber": "4012888888881881", "srcConsumerId": person}
    kept = await manage("postCard", "POST", "/cards", another)
    place = f"/cards/visa/{kept['srcDigitalCardId']}"
    await manage("getCard", "GET", place)
    await manage("putCard", "PUT", place, {"panExpirationYear": "2031"})
    await manage("actOnCard", "POST", f"{place}/suspend")
    await manage("refreshCardTokens", "POST", f"{place}/refresh-tokens", {"change": "NUMBER"})
    trust = {"trustedNetworks": {"visa": ["mastercard"]}}
    await manage("putFederation", "PUT", "/federation", trust)
    await manage("getFederation", "GET", "/federation")
    await manage("listNotifications", "GET", "/notifications?network=visa")
    await manage("listCards", "GET", "/cards?network=visa")
    await initiator.initiated("visa")
    await manage("listOtps", "GET", "/otps?identity=ana@shop.test&wait=5")
    await manage("listClockDue", "GET", "/clock/due?until=2026-11-23T09:20:00Z")
    rule = {
        "id": "third-checkout-hangs",
        "match": {"operation": "checkout", "network": ["visa", "amex"], "nth": 3},
        "effect": {"transport": "hang"},
    }
    await manage("postFaults", "POST", "/faults", rule)
    await manage("listFaults", "GET", "/faults")
    await manage("getFault", "GET", "/faults/third-checkout-hangs")
    await _judged(recorder)
    client = await manage("postClient", "POST", "/clients", {"name": "My initiator"})
    await manage("getClient", "GET", f"/clients/{client['srcClientId']}")
    shop = {"srciDpaId": "my-shop", "srcClientId": client["srcClientId"], "markets": ["US"]}
    await manage("postDpa", "POST", "/dpas", {**shop, "dpaData": {"dpaName": "My shop"}})
    await manage("listDpas", "GET", "/dpas?limit=10")
    await manage("postSnapshot", "POST", "/snapshots", {"name": "enrolled"})
    await manage("listSnapshots", "GET", "/snapshots")
    for name, path in (("getVersion", "version"), ("getLivez", "livez"), ("getReadyz", "readyz")):
        answer = await initiator.send("GET", f"{server.control}/{path}")
        recorder.keep(name, answer=answer.body)

    without_keys = _without_keys(recorder.calls, {made["name"]: "my-test"})
    assert without_keys == external_file(str(_RECORDED / "control.json"))


async def _judged(recorder: Recorder) -> None:
    """A client that speaks as ten years ago, and whoever agreed to it."""
    before = await recorder.initiator.manage("GET", "/verdict")
    place = max((one["place"] for f in before.body["findings"] for one in f["evidence"]), default=0)
    old = {"type": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
    await recorder.initiator.call("visa", "identities/lookup", {"consumerIdentity": old})
    await recorder.manage("getVerdict", "GET", f"/verdict?since={place}")
    waiver = {"id": "src.spelling.deprecated", "reason": "Until release 7.", "until": "2999-12-31"}
    path = f"/verdict?since={place}"
    await recorder.manage("postVerdict", "POST", path, {"waivers": [waiver]})


def _without_keys(calls: Any, names: dict[str, str]) -> Any:
    """Key pairs come from a pool and are not derived from the seed: they are cut out."""
    if isinstance(calls, dict):
        if "keys" in calls and isinstance(calls["keys"], list):
            return {"keys": [{"kty": key["kty"], "use": key["use"]} for key in calls["keys"]]}
        hidden = {"kid", "keyFingerprintId", "createdAt", "takenAt"}
        return {
            key: "…" if key in hidden else _without_keys(value, names)
            for key, value in calls.items()
        }
    if isinstance(calls, list):
        return [_without_keys(value, names) for value in calls]
    if isinstance(calls, str):
        for name, shown in names.items():
            calls = calls.replace(name, shown)
    return calls


def test_every_example_belongs_to_an_operation() -> None:
    assert recorded("protocol")["enrollCard"]["request"]["consumer"]["emailAddress"]
    assert recorded("control")["postSandbox"]["request"]["name"] == "my-test"
