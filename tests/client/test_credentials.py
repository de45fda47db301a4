"""Clients that sign: each scheme is taken by the server, and a wrong secret is not."""

from collections.abc import Mapping

import msgspec
import pytest

from src_system.client import Refused, Sandbox, SrcSystemError
from src_system.client.answers import Client
from tests.client.conftest import EMAIL, PANS


async def registered(sandbox: Sandbox, scheme: str) -> Client:
    """The sandbox's ready-made client, from now on of that scheme."""
    own = sandbox.details.clients[0].src_client_id
    client = await sandbox.clients.change(own, authentication={"scheme": scheme})
    await sandbox.refresh()
    return client


@pytest.mark.parametrize("scheme", ["native", "oauth1", "x-pay-token", "oauth2"])
async def test_a_client_that_signs_pays_on_every_network(sandbox: Sandbox, scheme: str) -> None:
    await registered(sandbox, scheme)
    await sandbox.add_consumer(EMAIL, cards=PANS)
    await sandbox.clock.freeze()  # equal calls in one second must still differ
    shop = sandbox.initiator()

    profiles = await shop.sign_in(EMAIL, sandbox.otps.code)
    for one in shop:
        card_id = profiles[one.network].cards[0].src_digital_card_id
        assert (await one.get_card(card_id)) == (await one.get_card(card_id))
        paid = await one.checkout(card_id, amount="5.00")
        assert paid.payload is not None and paid.payload.number is not None
    assert len(profiles) == 4


@pytest.mark.parametrize(
    ("scheme", "section", "member"),
    [
        ("x-pay-token", "xPayToken", "sharedSecret"),
        ("oauth2", "oauth2", "clientSecret"),
        ("oauth1", "oauth1", "consumerKey"),
    ],
)
async def test_a_wrong_secret_is_refused_and_a_missing_one_is_named(
    sandbox: Sandbox, scheme: str, section: str, member: str
) -> None:
    client = await registered(sandbox, scheme)
    authentication = client.authentication
    wrong = {**authentication, section: {**authentication[section], member: "wrong"}}
    without = {"scheme": scheme, section: {}}

    with pytest.raises(Refused) as refused:
        await sandbox.initiator(client=_with(client, wrong))["mastercard"].identity_lookup(EMAIL)
    assert refused.value.status == 401
    with pytest.raises(SrcSystemError, match="cannot sign"):
        await sandbox.initiator(client=_with(client, without))["visa"].identity_lookup(EMAIL)
    with pytest.raises(SrcSystemError, match="no section"):
        await sandbox.initiator(client=_with(client, {"scheme": scheme}))["visa"].identity_lookup(
            EMAIL
        )


async def test_a_new_access_token_is_asked_for_when_the_old_one_is_refused(
    sandbox: Sandbox,
) -> None:
    await registered(sandbox, "oauth2")
    await sandbox.clock.freeze()
    shop = sandbox.initiator()
    await shop["discover"].identity_lookup(EMAIL)
    await sandbox.clock.advance("PT1H")
    shop["discover"].src_correlation_id = None  # that session has ended as well

    with pytest.raises(Refused) as refused:
        await shop["discover"].identity_lookup(EMAIL)
    assert refused.value.status == 401
    assert not (await shop["discover"].identity_lookup(EMAIL)).consumer_present


async def test_a_scheme_nobody_knows_is_said_to_be_unknown(sandbox: Sandbox) -> None:
    client = _with(sandbox.details.clients[0], {"scheme": "semaphore"})

    with pytest.raises(SrcSystemError, match="'semaphore'"):
        await sandbox.initiator(client=client)["visa"].identity_lookup(EMAIL)


def _with(client: Client, authentication: Mapping[str, object]) -> Client:
    """The same client with other credentials."""
    return msgspec.structs.replace(client, authentication=dict(authentication))
