"""Does your side verify? Every artefact forged in every way, for a client that looks and for one
that does not.
"""

from collections.abc import Callable
from itertools import cycle, product
from typing import Any

import pytest

from src_system.model.fault_effects import POSSIBLE_TAMPERING, Artefact, Tampering
from tests.clients.dialects import NETWORKS
from tests.clients.exchange import Json, call
from tests.clients.shopper import by_email, fixture_consumer, options, remember_me
from tests.clients.src_client import Initiator, Sandbox, Server
from tests.verdict.conftest import Judge

CHECK_OF = {
    Artefact.CHECKOUT_RESPONSE: "src.verify.checkout-response",
    Artefact.PAYLOAD: "src.verify.payload",
    Artefact.ID_TOKEN: "src.verify.id-token",
    Artefact.RECOGNITION_TOKEN: "src.verify.recognition-token",
    Artefact.KEYS: "src.verify.keys",
}
CASES = [
    pytest.param(artefact, how, network, id=f"{artefact}-{how}-{network}")
    for (artefact, how), network in zip(
        ((one, how) for one, how in product(Artefact, Tampering) if how in POSSIBLE_TAMPERING[one]),
        cycle(NETWORKS),
        strict=False,
    )
]
Act = Callable[[], object]


def forge(sandbox: Sandbox, artefact: Artefact, how: Tampering) -> None:
    """From now on the artefact is wrong in this way."""
    effect = {"tamper": {"artefact": artefact, "how": how}}
    call("POST", f"{sandbox.address}/faults", {"effect": effect}).expect(201)


def pays(client: Initiator, id_token: str) -> None:
    """A checkout of her only card, whatever is answered: nothing of it is looked at."""
    [profile] = client.src_profile(id_token).expect(200)["profiles"]
    client.checkout(
        profile[client.dialect.profile_token_member],
        srcDigitalCardId=profile["maskedCards"][0]["srcDigitalCardId"],
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(client.network),
    ).expect(200)


def forged_payment(sandbox: Sandbox, network: str, artefact: Artefact, how: Tampering) -> Act:
    """A purchase as it should be, and another whose answer is forged; what a careless client does.

    The first is what the second may be swapped with.
    """
    first = Initiator(sandbox, network)
    id_token = first.validate(by_email())["idToken"]
    pays(first, id_token)
    first.confirmation()
    forge(sandbox, artefact, how)
    second = Initiator(sandbox, network)
    pays(second, id_token)
    return second.confirmation


def forged_keys(sandbox: Sandbox, network: str, artefact: Artefact, how: Tampering) -> Act:
    """A key set that is forged, and all that the client ever sees."""
    forge(sandbox, artefact, how)
    client = Initiator(sandbox, network)
    client.keys.fetch()
    pays(client, client.validate(by_email())["idToken"])
    return client.confirmation


def forged_token(sandbox: Sandbox, network: str, artefact: Artefact, how: Tampering) -> Act:
    """A code brought, and a forged token for it."""
    forge(sandbox, artefact, how)
    client, later = Initiator(sandbox, network), Initiator(sandbox, network)
    answer = client.validate(by_email(), remember_me())
    if artefact is Artefact.ID_TOKEN:
        return lambda: client.src_profile(answer["idToken"])
    return lambda: later.is_recognized(answer["recognitionToken"])


FORGED = {
    Artefact.CHECKOUT_RESPONSE: forged_payment,
    Artefact.PAYLOAD: forged_payment,
    Artefact.ID_TOKEN: forged_token,
    Artefact.RECOGNITION_TOKEN: forged_token,
    Artefact.KEYS: forged_keys,
}


@pytest.fixture
def sandbox(server: Server) -> Any:
    made = Sandbox.create(server.control)
    made.fixtures(fixture_consumer(*NETWORKS))
    return made


def found(verdict: Json, check_id: str) -> list[Json]:
    return [finding for finding in verdict["findings"] if finding["id"] == check_id]


@pytest.mark.parametrize(("artefact", "how", "network"), CASES)
def test_whoever_uses_a_forged_artefact_fails_with_both_calls_as_evidence(
    sandbox: Sandbox, verdict_of: Judge, artefact: Artefact, how: Tampering, network: str
) -> None:
    use = FORGED[artefact](sandbox, network, artefact, how)
    use()
    verdict = verdict_of(sandbox)
    [finding] = found(verdict, CHECK_OF[artefact])
    forged, *_, used = finding["evidence"]

    assert verdict["verdict"] == "FAILED"
    assert f"tampered {artefact} ({how}) was used" in finding["message"]
    assert forged["place"] < used["place"]
    assert used["operation"] in ("confirmation", "getSrcProfile", "isRecognized")
    assert found(verdict, "src.verify.rejected") == []


@pytest.mark.parametrize(("artefact", "how", "network"), CASES)
def test_whoever_rejects_a_forged_artefact_is_told_so_and_has_done_nothing_wrong(
    sandbox: Sandbox, verdict_of: Judge, artefact: Artefact, how: Tampering, network: str
) -> None:
    FORGED[artefact](sandbox, network, artefact, how)
    verdict = verdict_of(sandbox)
    messages = {finding["message"] for finding in found(verdict, "src.verify.rejected")}

    assert messages == {f"Rejected a tampered {artefact} ({how})."}
    assert [one["id"] for one in verdict["findings"] if one["severity"] != "INFO"] == []
    assert verdict["verdict"] == "PASSED"


@pytest.mark.parametrize(
    ("how", "network"),
    [
        (how, network)
        for how, network in product(("incomplete", "outage", "fetched"), NETWORKS)
        # Mastercard's payload comes with a new signed response: that is asking again.
        if (how, network) != ("fetched", "mastercard")
    ],
)
def test_whoever_goes_on_from_a_forged_response_fails_also_when_the_network_refuses(
    sandbox: Sandbox, verdict_of: Judge, how: str, network: str
) -> None:
    forge(sandbox, Artefact.CHECKOUT_RESPONSE, Tampering.BAD_SIGNATURE)
    client = Initiator(sandbox, network)
    pays(client, client.validate(by_email())["idToken"])
    if how == "fetched":
        client.get_payload("")
    elif how == "outage":
        effect = {"http": {"status": 503}}
        call("POST", f"{sandbox.address}/faults", {"effect": effect}).expect(201)
        with pytest.raises(ValueError):  # the refusal has no body for the client to read
            client.confirmation()
    else:
        assert client.confirmation(networkTransactionIdentifier="").status == 400
    verdict = verdict_of(sandbox)

    assert verdict["verdict"] == "FAILED"
    assert len(found(verdict, "src.verify.checkout-response")) == 1
    assert found(verdict, "src.verify.rejected") == []


def test_a_forged_response_that_is_asked_for_again_may_be_paid(
    sandbox: Sandbox, verdict_of: Judge
) -> None:
    client = Initiator(sandbox, "visa")
    id_token = client.validate(by_email())["idToken"]
    forge(sandbox, Artefact.CHECKOUT_RESPONSE, Tampering.BAD_SIGNATURE)
    pays(client, id_token)
    call("DELETE", f"{sandbox.address}/faults").expect(204)
    pays(client, id_token)
    assert client.confirmation().status == 204
    verdict = verdict_of(sandbox)

    assert verdict["verdict"] == "PASSED"
    assert len(found(verdict, "src.verify.rejected")) == 1


def test_every_forgery_that_the_simulator_knows_is_tried() -> None:
    tried = {(case.values[0], case.values[1]) for case in CASES}

    assert tried == {(one, how) for one in Artefact for how in POSSIBLE_TAMPERING[one]}
