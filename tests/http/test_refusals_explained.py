"""Every refusal that a client can meet is explained: the rule, the state, and what would pass."""

import asyncio
import typing
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from src_system.http.authentication.token_endpoint import OAuthError
from src_system.journal.explanations import EXPLANATIONS, GATEWAY, TOKEN_ENDPOINT
from src_system.model import errors
from src_system.model.client_authentication import GatewayCause
from src_system.model.errors import SrcError
from src_system.model.vocabulary import REASONS
from tests.http.initiator import Initiator, Json
from tests.http.provocations import PROVOCATIONS, SANDBOXES, asked
from tests.http.signers import register
from tests.http.test_access_tokens import ask, by_form
from tests.http.test_fault_rules import add, lookup
from tests.journal.entries import explained, journal, shown

NewSandbox = Callable[..., Awaitable[Initiator]]
KINDS: dict[str, type[SrcError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, SrcError) and kind is not SrcError
}
# About the request alone: nothing was looked up to refuse it.
STATELESS = {
    "MalformedBody",
    "MissingMember",
    "InvalidFormat",
    "InvalidValue",
    "BodyTooLarge",
    "UnsupportedContentType",
    "MethodNotAllowed",
    "ConsumerIdMissing",
    "IdFormatUnsupported",
    "ConsumerIdFormatInvalid",
    "ValidationDataMissing",
    "ComplianceRequired",
    "CardMissing",
    "PanIneligible",
}
SERVERS_OWN = {"ServerError", "Unavailable", "DeadlineExceeded"}
# Of the network below or of two calls at once: met on purpose by a fault only.
ASKED_FOR = {"InvalidArgument", "Aborted", "Unauthenticated", *SERVERS_OWN}
BY_HEADER = "The header X-Src-Simulate of the call asks for this answer."


@pytest.mark.parametrize("name", KINDS)
async def test_a_refusal_names_its_rule_the_state_it_met_and_what_would_have_passed(
    new_sandbox: NewSandbox, name: str
) -> None:
    initiator = await new_sandbox(**SANDBOXES.get(name, {}))
    await PROVOCATIONS[name](initiator)
    kind = KINDS[name]
    # What the journal calls a gateway's refusal is its cause.
    reason = GatewayCause.MISSING if name == "GatewayRefused" else kind.detail_reason or kind.reason
    account = await explained(initiator, f"reason={reason}")

    rule = BY_HEADER if name in ASKED_FOR else EXPLANATIONS[kind].rule
    if name == "GatewayRefused":
        rule = GATEWAY[GatewayCause.MISSING].rule
    assert account["rule"]["text"] == rule, account
    assert account["isRefused"] is True
    assert account["wouldPass"].endswith(".")
    assert account["seen"] or name in STATELESS, account


async def test_every_reason_of_the_vocabulary_that_was_asked_for_names_who_asked(
    initiator: Initiator,
) -> None:
    for reason in sorted(REASONS):
        await asked(reason)(initiator)
    entries = (await journal(initiator, least=len(REASONS)))["entries"]
    accounts = await asyncio.gather(
        *(shown(initiator, entry["place"], "/explain") for entry in entries)
    )

    assert [account["seen"] for account in accounts] == [
        {"faultSource": "header", "faultId": f"error={reason}"} for reason in sorted(REASONS)
    ]
    assert {account["rule"]["text"] for account in accounts} == {BY_HEADER}
    assert {account["wouldPass"] for account in accounts} == {"The same call without the header."}


@pytest.mark.parametrize("network", ["visa", "mastercard"])
async def test_after_too_many_magic_codes_a_new_validation_would_pass(
    initiator: Initiator, network: str
) -> None:
    await initiator.with_consumer()
    begun = await initiator.initiated(network)
    for _ in range(4):
        await initiator.call(
            network,
            "identities/validation/complete",
            {
                "idValidationSessionId": begun["idValidationSessionId"],
                "validationData": "000000",
            },
        )
    entries = (await journal(initiator, least=5))["entries"]
    tries = [entry for entry in entries if entry["operation"] == "completeIdentityValidation"]
    accounts = [await shown(initiator, entry["place"], "/explain") for entry in tries]
    accounts.sort(key=lambda account: int(account["place"]))

    assert [account["wouldPass"][:30] for account in accounts] == [
        *["The same call with another val"] * 3,
        "The right code within 3 tries,",
    ]
    assert "faultSource" not in accounts[-1]["seen"]


@pytest.mark.parametrize("network", ["visa", "mastercard"])
async def test_what_cannot_be_read_is_told_with_what_is_wrong_with_it(
    initiator: Initiator, network: str
) -> None:
    await initiator.call(network, "profiles/prepare", {"idTokens": ["not.a.token.at.all"]})
    token = await explained(initiator, "reason=INVALID_VALUE")
    await initiator.call(network, "cards", {"encryptedCard": "not.a.jwe"})
    card = await explained(initiator, "reason=CORRUPT_DATA")

    assert token["seen"] == {"unreadable": "A compact JWS has three parts."}
    assert card["seen"] == {"unreadable": "A compact JWE has five parts."}


@pytest.mark.parametrize(
    "effect", [{"error": {"reason": "ACCT_INACCESSIBLE"}}, {"http": {"status": 503}}], ids=str
)
async def test_what_a_rule_refuses_is_explained_by_the_rule(
    initiator: Initiator, effect: Json
) -> None:
    rule = await add(initiator, effect)
    async with initiator.session.post(
        f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup",
        json={"srcClientId": initiator.client_id},
    ) as answer:
        assert answer.status in (403, 503)
    account = await explained(initiator, f"status={answer.status}")

    assert rule["id"] in account["rule"]["text"]
    assert rule["id"] in account["wouldPass"]
    assert account["seen"] == {"faultSource": "rule", "faultId": rule["id"]}


async def test_a_fault_that_did_not_refuse_leaves_the_explanation_to_the_rule(
    initiator: Initiator,
) -> None:
    await add(initiator, {"latency": {"fixed": "PT0.01S"}})
    await PROVOCATIONS["UnrecognizedConsumerId"](initiator)
    account = await explained(initiator)

    assert account["rule"]["text"] == EXPLANATIONS[errors.UnrecognizedConsumerId].rule
    assert account["seen"] == {"hasProfile": False}
    assert [fault["source"] for fault in account["faults"]] == ["rule"]


async def test_a_quota_says_until_when(new_sandbox: NewSandbox) -> None:
    initiator = await new_sandbox(clock="2026-11-23T09:00:00Z")
    rule = await add(initiator, {"quota": {"limit": 1, "per": "PT1H"}})
    await lookup(initiator)
    await PROVOCATIONS["UnrecognizedConsumerId"](initiator)
    account = await explained(initiator)

    assert account["seen"] == {
        "faultId": rule["id"],
        "limit": 1,
        "windowEndsAt": "2026-11-23T10:00:00.000Z",
    }
    assert account["wouldPass"] == "The same call from 2026-11-23T10:00:00.000Z on."


async def provoke_gateway(initiator: Initiator, cause: GatewayCause) -> None:
    """The gateway refuses the call for that cause."""
    if cause is GatewayCause.CERTIFICATE:
        signer = await register(initiator, "mtls", mtls={"subject": "CN=shop.test"})
        await signer.send(signer.lookup("mastercard"))
        return
    signer = await register(initiator)
    if cause is GatewayCause.INVALID:
        signer = signer.with_wrong_secrets()
    if cause is GatewayCause.STALE:
        signer = replace(signer, seconds=-600)
    call = await signer.signed("mastercard")
    if cause is GatewayCause.REPLAYED:
        await signer.send(call)
    if cause is GatewayCause.BODY_CHANGED:
        call = replace(call, data=call.data + b" ")
    if cause is GatewayCause.MISSING:
        call = signer.lookup("mastercard")
    await signer.send(call)


@pytest.mark.parametrize("cause", GatewayCause)
async def test_a_gateway_names_the_cause_and_the_scheme(
    initiator: Initiator, cause: GatewayCause
) -> None:
    await provoke_gateway(initiator, cause)
    account = await explained(initiator)

    assert account["rule"]["text"] == GATEWAY[cause].rule
    assert account["wouldPass"] == GATEWAY[cause].would_pass
    scheme = "mtls" if cause is GatewayCause.CERTIFICATE else "oauth1"
    assert account["seen"]["client"] == "ACTIVE"
    assert account["seen"]["scheme"] == scheme
    assert ("signedAtSeconds" in account["seen"]) is (cause is GatewayCause.STALE)


TOKEN_REFUSALS: dict[str, dict[str, str]] = {
    "invalid_request": {"grant_type": ""},
    "invalid_client": {"client_secret": "wrong"},
    "unsupported_grant_type": {"grant_type": "password"},
}


@pytest.mark.parametrize("error", typing.get_args(OAuthError))
async def test_the_token_endpoint_is_explained_too(initiator: Initiator, error: str) -> None:
    signer = await register(initiator)
    await ask(signer, by_form(signer, **TOKEN_REFUSALS[error]))
    account = await explained(initiator)

    assert account["rule"]["text"] == TOKEN_ENDPOINT[error].rule
    assert account["wouldPass"] == TOKEN_ENDPOINT[error].would_pass
    assert account["seen"] == ({"client": "ACTIVE"} if error == "invalid_client" else {})
