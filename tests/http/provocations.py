"""For each class of refusal one way to meet it over the protocol port, as a client could."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from tests.http.initiator import CARDS, CONSENT, Initiator, Json
from tests.http.magic_calls import options
from tests.http.signers import LOOKUP, Signer, register
from tests.http.test_dpa_batches import item
from tests.http.test_dpa_batches import register as register_dpas
from tests.http.test_ownership import second_client

Provoke = Callable[[Initiator], Awaitable[object]]

START = "2026-11-23T09:00:00Z"
INITIATE = "identities/validation/initiate"
COMPLETE = "identities/validation/complete"
# Whatever else a sandbox has to be for its refusal.
SANDBOXES: dict[str, Json] = {
    "CodeExpired": {"clock": START},
    "CvcVerificationRequired": {"profile": "strict"},
}


async def look_up(initiator: Initiator, network: str = "visa", **members: Any) -> None:
    """An identityLookup of somebody unknown."""
    await initiator.call(network, "identities/lookup", {**LOOKUP, **members})


async def send_raw(
    initiator: Initiator, data: bytes, kind: str = "application/json", method: str = "POST"
) -> None:
    """Any bytes to identityLookup."""
    url = f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup"
    await initiator.send(method, url, data=data, headers={"Content-Type": kind})


def asked(reason: str) -> Provoke:
    """Nothing but the header brings it about when a test wants it."""

    async def ask(initiator: Initiator) -> None:
        url = f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup"
        body = {"srcClientId": initiator.client_id, **LOOKUP}
        headers = {"Content-Type": "application/json", "X-Src-Simulate": f"error={reason}"}
        await initiator.send("POST", url, data=json.dumps(body).encode(), headers=headers)

    return ask


async def anas_card(initiator: Initiator, network: str = "visa") -> str:
    """Ana is made, with a card on each network; the one on *network*."""
    cards = await initiator.with_consumer()
    return next(str(one["srcDigitalCardId"]) for one in cards if one["network"] == network)


async def enrol(initiator: Initiator, *, email: str = "new@shop.test", **card: str) -> None:
    """A new card of a new person."""
    number = card.pop("number", CARDS["visa"])
    body = {
        "encryptedCard": await initiator.encrypted_card("visa", number, **card),
        "consumer": {
            "emailAddress": email,
            "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550177"},
        },
        "complianceSettings": CONSENT,
    }
    await initiator.call("visa", "cards", body)


async def pay_after(
    initiator: Initiator, action: str = "", network: str = "visa", **members: Any
) -> None:
    """Ana signs in, something is done to her card, and she pays with it."""
    card = await anas_card(initiator, network)
    token = await initiator.id_token(network)
    if action:
        changed = await initiator.manage("POST", f"/cards/{network}/{card}/{action}")
        assert changed.status == 200, changed.body
    await initiator.checkout(network, **{"srcDigitalCardId": card, "idToken": token, **members})


async def give(initiator: Initiator, *codes: str, wait: str = "") -> None:
    """Ana is sent a code, and these are given, after some time if asked to."""
    await initiator.with_consumer()
    validation = await initiator.initiated("visa")
    if wait:
        await initiator.manage("POST", "/clock/advance", {"by": wait})
    right = await initiator.code()
    for code in codes:
        given = right if code == "right" else code
        body = {"idValidationSessionId": validation["idValidationSessionId"]}
        await initiator.call("visa", COMPLETE, {**body, "validationData": given})


def not_the(code: str) -> str:
    """A code that is another one."""
    return "135790" if code != "135790" else "135791"


async def wrong(initiator: Initiator, times: int) -> None:
    """So many wrong codes."""
    await initiator.with_consumer()
    validation = await initiator.initiated("visa")
    code = not_the(await initiator.code())
    body = {"idValidationSessionId": validation["idValidationSessionId"], "validationData": code}
    for _ in range(times):
        await initiator.call("visa", COMPLETE, body)


async def unfinished_confirmation(initiator: Initiator) -> None:
    """A session without a checkout is confirmed."""
    answer = await initiator.call("visa", "identities/lookup", LOOKUP)
    data = {
        "checkoutEventType": "01",
        "checkoutEventStatus": "02",
        "confirmationTimestamp": START,
        "networkTransactionIdentifier": "UNAVLB",
    }
    session = {"srcCorrelationId": answer.body["srcCorrelationId"]}
    await initiator.call("visa", "confirmations", {**session, "confirmationData": data})


async def foreign_market(initiator: Initiator) -> None:
    """A DPA of one market is used in another."""
    shop = {"dpaData": {"dpaName": "Shop"}, "srciDpaId": "shop", "markets": ["US"]}
    dpa = await initiator.manage("POST", "/dpas", {"srcClientId": initiator.client_id, **shop})
    assert dpa.status == 201, dpa.body
    await pay_after(
        initiator,
        srcDpaId=dpa.body["srcDpaId"],
        dpaTransactionOptions={"merchantCountryCode": "GB"},
    )


async def expired_key(initiator: Initiator) -> None:
    """The client's payload key is past its end."""
    clients = (await initiator.manage("GET", "/clients")).body["clients"]
    client = next(one for one in clients if one["srcClientId"] == initiator.client_id)
    ended = {**client, "keysNotAfter": "2020-01-01T00:00:00Z"}
    assert (await initiator.manage("PUT", f"/clients/{initiator.client_id}", ended)).status == 200
    await pay_after(initiator)


async def foreign_session(initiator: Initiator) -> None:
    """Another client goes on with a session."""
    answer = await initiator.call("visa", "identities/lookup", LOOKUP)
    other = await second_client(initiator)
    await look_up(initiator, srcCorrelationId=answer.body["srcCorrelationId"], **other)


async def locked_out(initiator: Initiator) -> None:
    """Ana's profile is locked."""
    await initiator.with_consumer()
    listed = await initiator.manage("GET", "/consumers?identity=ana@shop.test")
    [person] = [one for one in listed.body["consumers"] if one["network"] == "visa"]
    consumer_id = quote(person["srcConsumerId"], safe="")
    locked = await initiator.manage("POST", f"/consumers/visa/{consumer_id}/lock")
    assert locked.status == 200, locked.body
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
    await initiator.call("visa", INITIATE, {"consumerIdentity": identity})


async def wrong_security_code(initiator: Initiator) -> None:
    """The proof of an authentication is wrong."""
    card = {
        "network": "visa",
        "primaryAccountNumber": CARDS["visa"],
        "panExpirationMonth": "12",
        "panExpirationYear": "2030",
        "cardSecurityCode": "123",
    }
    [kept] = await initiator.with_consumer(cards=[card])
    token = await initiator.id_token("visa")
    profile = await initiator.call("visa", "profiles/prepare", {"idTokens": [token]})
    begun = await initiator.call(
        "visa",
        "authentication/initiate",
        {
            "srcCorrelationId": profile.body["srcCorrelationId"],
            "accountReference": {"srcDigitalCardId": kept["srcDigitalCardId"]},
            "authenticationMethod": {"authenticationMethodType": "CARD_SECURITY_CODE"},
            "authenticationContext": options(),
        },
    )
    session = {"authenticationSessionId": begun.body["authenticationSessionId"]}
    proof = {"methodAttributes": {"cardSecurityCode": "999"}}
    await initiator.call("visa", "authentication/complete", {**session, **proof})


async def security_code_wanted(initiator: Initiator) -> None:
    """Mastercard wants the code of a card that came without it, in a strict sandbox."""
    number = CARDS["mastercard"]
    await initiator.checkout(
        "mastercard",
        encryptedCard=await initiator.encrypted_card("mastercard", number, cardSecurityCode=""),
        consumer={"emailAddress": "new@shop.test"},
        complianceSettings=CONSENT,
    )


async def batch_too_large(initiator: Initiator) -> None:
    """More DPAs than a batch may hold."""
    await register_dpas(initiator, "visa", *[item()] * 101)


async def enrolled_twice(initiator: Initiator) -> None:
    """Visa refuses a card that is in the profile."""
    await anas_card(initiator)
    token = await initiator.id_token("visa")
    sealed = await initiator.encrypted_card("visa", CARDS["visa"])
    await initiator.call("visa", "cards", {"encryptedCard": sealed, "idToken": token})


async def beyond_a_quota(initiator: Initiator) -> None:
    """One call is allowed, and two are made."""
    quota = {"effect": {"quota": {"limit": 1, "per": "PT1H"}}}
    assert (await initiator.manage("POST", "/faults", quota)).status == 201
    await look_up(initiator)
    await look_up(initiator)


async def unsigned(initiator: Initiator) -> None:
    """The client has to sign, and does not."""
    signer: Signer = await register(initiator)
    await signer.send(signer.lookup("mastercard"))


async def enrol_without_consent(initiator: Initiator) -> None:
    """A new profile, and nobody agreed to anything."""
    sealed = await initiator.encrypted_card("amex", CARDS["amex"])
    body = {"encryptedCard": sealed, "consumer": {"emailAddress": "new@shop.test"}}
    await initiator.call("amex", "cards", body)


def of_identity(kind: str, value: str) -> Provoke:
    """A look-up of this identity."""
    identity = {"identityType": kind, "identityValue": value}
    return lambda initiator: look_up(initiator, consumerIdentity=identity)


PROVOCATIONS: dict[str, Provoke] = {
    "InvalidArgument": asked("INVALID_ARGUMENT"),
    "MalformedBody": lambda one: send_raw(one, b"[]"),
    "MissingMember": lambda one: one.call("visa", "cards", {}),
    "InvalidFormat": lambda one: look_up(one, srcCorrelationId="not-a-uuid"),
    "InvalidValue": lambda one: one.call(
        "visa", COMPLETE, {"idValidationSessionId": "none", "validationData": "135790"}
    ),
    "NotSupported": lambda one: pay_after(
        one,
        network="mastercard",
        **options(paymentOptions=[{"dynamicDataType": "CARD_APPLICATION_CRYPTOGRAM_LONG_FORM"}]),
    ),
    "BodyTooLarge": lambda one: send_raw(one, b" " * 300_000),
    "UnsupportedContentType": lambda one: send_raw(one, b"{}", "text/plain"),
    "MethodNotAllowed": lambda one: send_raw(one, b"{}", method="PUT"),
    "NotFound": lambda one: one.send(
        "GET", f"{one.sandbox['urls']['visa']['src']}/cards/none?srcClientId={one.client_id}"
    ),
    "InvalidState": unfinished_confirmation,
    "Aborted": asked("ABORTED"),
    "PermissionDenied": lambda one: one.send(
        "POST",
        f"{one.sandbox['urls']['visa']['src']}/identities/lookup?srcClientId=other",
        data=json.dumps({"srcClientId": one.client_id, **LOOKUP}).encode(),
        headers={"Content-Type": "application/json"},
    ),
    "UnknownClient": lambda one: look_up(one, srcClientId="nobody"),
    "UnknownDpa": lambda one: look_up(one, srcDpaId="nothing"),
    "MarketNotEnabled": foreign_market,
    "UnknownRecipient": lambda one: pay_after(one, recipientIdCheckout="nobody"),
    "ClientKeyExpired": expired_key,
    "ForeignCorrelation": foreign_session,
    "Unauthenticated": asked("UNAUTHENTICATED"),
    "GatewayRefused": unsigned,
    "AuthInvalid": lambda one: one.checkout("visa", srcDigitalCardId="any", idToken="a.b.c"),
    "ConsumerIdMissing": of_identity("EMAIL_ADDRESS", ""),
    "IdFormatUnsupported": of_identity("LOYALTY_NUMBER", "12"),
    "ConsumerIdFormatInvalid": of_identity("EMAIL_ADDRESS", "nobody"),
    "UnrecognizedConsumerId": lambda one: one.call("visa", INITIATE, LOOKUP),
    "AccountInaccessible": locked_out,
    "IdentityValidationRequired": lambda one: pay_after(one, idToken=None),
    "ValidationDataMissing": lambda one: give(one, ""),
    "CodeInvalid": lambda one: wrong(one, 1),
    "CodeExpired": lambda one: give(one, "right", wait="PT1H"),
    "RetriesExceeded": lambda one: wrong(one, 3),
    "AuthenticateFailure": wrong_security_code,
    "ComplianceRequired": enrol_without_consent,
    "CardMissing": lambda one: pay_after(one, srcDigitalCardId=None),
    "CorruptData": lambda one: one.call("visa", "cards", {"encryptedCard": "not.a.jwe"}),
    "PanIneligible": lambda one: enrol(one, number="4539578763621486"),
    "CardExpired": lambda one: enrol(one, panExpirationYear="2020"),
    "CardNotFound": lambda one: pay_after(one, srcDigitalCardId="unknown"),
    "SuspendedCard": lambda one: pay_after(one, "suspend"),
    "InactiveCard": lambda one: pay_after(one, "expire"),
    "CvcVerificationRequired": security_code_wanted,
    "LimitExceeded": batch_too_large,
    "AlreadyExists": enrolled_twice,
    "ServerError": asked("INTERNAL"),
    "Unavailable": asked("UNAVAILABLE"),
    "DeadlineExceeded": asked("DEADLINE_EXCEEDED"),
    "ResourceExhausted": beyond_a_quota,
}
