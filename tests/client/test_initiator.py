"""An SRC initiator by the client: every operation, what a session carries on, what it refuses."""

import pytest

from src_system.client import (
    ControlPort,
    Initiator,
    NotTrusted,
    Refused,
    Sandbox,
    SrcSystemError,
    consent,
)
from src_system.client.checkout_answers import CheckoutAnswer
from tests.client.conftest import EMAIL, PANS

NETWORKS = tuple(PANS)
ADDRESS = {
    "name": "Ana Lopez",
    "line1": "1 Main Street",
    "city": "Foster City",
    "state": "CA",
    "zip": "94404",
    "countryCode": "US",
}


def card(network: str, year: str = "2031") -> dict[str, str]:
    """A card in clear, as it is typed in."""
    return {
        "primaryAccountNumber": PANS[network],
        "panExpirationMonth": "12",
        "panExpirationYear": year,
        "cardSecurityCode": "1234" if network == "amex" else "123",
        "cardholderFullName": "Bo Li",
    }


def person(email: str = "bo@shop.test", number: str = "2025550147") -> dict[str, object]:
    """Somebody nobody knows yet."""
    return {
        "emailAddress": email,
        "mobileNumber": {"countryCode": "1", "phoneNumber": number},
        "firstName": "Bo",
        "lastName": "Li",
        "fullName": "Bo Li",
        "countryCode": "US",
    }


async def test_one_code_opens_the_cards_and_pays_on_all_four_networks(
    sandbox: Sandbox, shop: Initiator
) -> None:
    profiles = await shop.sign_in(EMAIL, sandbox.otps.code)
    paid = await shop.on_all(
        lambda one: one.checkout(profiles[one.network].cards[0].src_digital_card_id, amount="49.90")
    )
    await shop.confirmation()

    assert tuple(profiles) == NETWORKS
    for network, checkout in paid.items():
        assert checkout.dcf_action_code == "COMPLETE"
        assert checkout.payload is not None and checkout.response is not None
        assert checkout.payload.token is not None and checkout.payload.cryptogram
        assert checkout.payload.par and len(checkout.payload.par) == 29
        assert checkout.response.masked_card is not None
        assert checkout.response.masked_card.pan_last_four == PANS[network][-4:]
        assert checkout.header["alg"] == "RS256"


async def test_the_same_instants_come_as_instants_from_every_network(
    sandbox: Sandbox, shop: Initiator
) -> None:
    await sandbox.clock.freeze("2027-03-04T05:06:07Z")
    profiles = await shop.sign_in(EMAIL, sandbox.otps.code)
    paid = await shop.on_all(
        lambda one: one.checkout(profiles[one.network].cards[0].src_digital_card_id, amount="1")
    )

    expiries = {
        one.payload.dynamic_data[0].dynamic_data_expiration
        for one in paid.values()
        if one.payload is not None
    }
    assert [str(one) for one in expiries] == ["2027-03-04 05:21:07+00:00"]


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_session_carries_its_ids_and_tokens_on(
    sandbox: Sandbox, shop: Initiator, network: str
) -> None:
    one = shop[network]
    await one.identity_lookup(EMAIL)
    correlation, flow = one.src_correlation_id, one.flow_id
    started = await one.initiate_identity_validation(EMAIL)
    assert started.validation_expires_at is not None
    completed = await one.complete_identity_validation(
        started.id_validation_session_id, await sandbox.otps.code(EMAIL, network), remember_me=True
    )
    profile = await one.get_src_profile()

    assert correlation is not None and flow is not None
    assert (one.src_correlation_id, one.flow_id) == (correlation, flow)
    assert profile.src_correlation_id == correlation
    assert one.last is not None and one.last.headers["x-src-cx-flow-id"] == flow
    assert one.id_token == profile.profiles[0].id_token != completed.id_token
    assert (await one.verify_id_token(str(one.id_token))).claims["simulated"] is True
    assert (await one.is_recognized()).recognized
    await one.unbind_app_instance()
    assert not (await one.is_recognized(str(completed.recognition_token))).recognized
    assert one.id_token is None


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_new_person_enrols_and_cares_for_a_card_and_addresses(
    sandbox: Sandbox, network: str
) -> None:
    one = sandbox.initiator()[network]
    enrolled = await one.enroll_card(card(network), consumer=person())
    card_id = enrolled.masked_card.src_digital_card_id

    assert one.id_token == enrolled.id_token is not None
    assert (await one.get_card(card_id)).masked_card.status == "ACTIVE"
    renewed = await one.update_card(card_id, card=card(network, "2034"))
    assert renewed.masked_card.pan_expiration_year == "2034"
    assert (await one.add_billing_address(card_id, ADDRESS)).masked_billing_address
    await one.delete_billing_address(card_id)
    kept = await one.add_shipping_address(ADDRESS)
    moved = await one.update_shipping_address(kept.address_id, {**ADDRESS, "zip": "94405"})
    assert moved.address_id == kept.address_id
    await one.delete_shipping_address(kept.address_id)
    await one.delete_card(card_id)
    with pytest.raises(Refused) as refused:
        await one.delete_shipping_address(kept.address_id)
    assert refused.value.status == 404


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_guest_pays_with_a_card_typed_in(sandbox: Sandbox, network: str) -> None:
    one = sandbox.initiator()[network]
    paid = await one.checkout(card=card(network), consumer=person(), amount="5.00")

    assert paid.payload is not None and paid.response is not None
    assert paid.response.is_new_user is True


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_payload_is_fetched_again_and_only_what_was_asked_for_is_in_it(
    sandbox: Sandbox, shop: Initiator, network: str
) -> None:
    one = shop[network]
    card_id = (await shop.sign_in(EMAIL, sandbox.otps.code))[network].cards[0].src_digital_card_id
    summary = await one.checkout(
        card_id,
        amount="5.00",
        payload_type="SUMMARY",
        options={"consumerEmailAddressRequested": True},
    )
    again = await one.get_payload(card_id, payloadTypeIndicatorCheckout="FULL")

    assert summary.payload is None
    assert again.payload is not None
    assert again.payload.number is not None
    assert again.response is not None and again.response.encrypted_payload is not None


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_dcf_finishes_what_was_prepared(
    sandbox: Sandbox, shop: Initiator, network: str
) -> None:
    card_id = (await shop.sign_in(EMAIL, sandbox.otps.code))[network].cards[0].src_digital_card_id
    prepared = await shop[network].prepare_checkout(
        "https://shop.test/back", src_digital_card_id=card_id, amount="7.00"
    )
    facilitator = await sandbox.clients.add(kind="DCF", name="Facilitator")
    dcf = sandbox.initiator(
        client=facilitator,
        dpa=sandbox.details.dpas[0],
        srci_transaction_id=prepared.request["srciTransactionId"],
    )[network]
    dcf.src_correlation_id = prepared.request["srcCorrelationId"]

    assert (await dcf.get_consumer_profile()).masked_cards[0].src_digital_card_id == card_id
    answer = await dcf.checkout_unopened({"checkoutRequestJws": prepared.checkout_request_jws})
    paid = await shop[network].open_checkout(answer)
    assert paid.payload is not None and paid.payload.number is not None


async def test_what_the_consumer_did_instead_of_paying_is_no_failure(
    sandbox: Sandbox, shop: Initiator
) -> None:
    await shop.sign_in(EMAIL, sandbox.otps.code)
    prepared = await shop["visa"].prepare_checkout("https://shop.test/back", amount="7.00")
    facilitator = await sandbox.clients.add(kind="DCF", name="Facilitator")
    dcf = sandbox.initiator(
        client=facilitator,
        dpa=sandbox.details.dpas[0],
        srci_transaction_id=prepared.request["srciTransactionId"],
    )["visa"]
    left = await dcf.finish_checkout(prepared.checkout_request_jws, dcfActionCode="CANCEL")

    assert left.dcf_action_code == "CANCEL"
    assert left.response is None and left.payload is None


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_cardholder_is_authenticated(
    sandbox: Sandbox, shop: Initiator, network: str
) -> None:
    one = shop[network]
    card_id = (await shop.sign_in(EMAIL, sandbox.otps.code))[network].cards[0].src_digital_card_id
    methods = await one.authentication_methods_lookup(card_id)
    begun = await one.initiate_authentication(
        "3DS", card_id, amount="9.00", options={"threeDsInputData": {"forceChallenge": True}}
    )
    done = await one.complete_authentication(
        begun.authentication_session_id,
        attributes={"otpValue": await sandbox.otps.code(network=network)},
    )

    assert "3DS" in [one.authentication_method_type for one in methods.authentication_methods]
    assert begun.authentication_status == "PENDING"
    assert done.authentication_result == "AUTHENTICATED"


@pytest.mark.parametrize("network", NETWORKS)
async def test_shops_and_cards_come_in_batches(
    sandbox: Sandbox, shop: Initiator, network: str
) -> None:
    await sandbox.clock.freeze()
    registered = await shop[network].register_dpas(
        {
            "srcDpaId": f"shop-{network}",
            "dpaData": {"dpaName": "Shop", "dpaUri": "https://shop.test"},
            "merchantCategoryCodes": ["5411"],
            "threeDSDefaultdata": {"defaultMerchantCategoryCode": "5411"},
        }
    )
    bank = await sandbox.clients.add(kind="PARTICIPATING_ISSUER", name="Bank")
    issuer = sandbox.initiator(client=bank)[network]
    record = await issuer.enrolment_record(
        card(network), person(), external_consumer_id="bo", external_credential_id="card"
    )
    taken = await issuer.enroll_cards_batch("monday", record)
    before = await issuer.get_cards_batch(taken.batch_id)
    advanced = await sandbox.clock.advance("PT1M")
    after = await issuer.get_cards_batch(taken.batch_id)

    assert (before.batch_status, after.records[0]["status"]) == ("IN_PROGRESS", "ENROLLED")
    assert {work.kind for work in advanced.fired} == {"dpaBatch", "cardBatch"}
    done = await shop[network].get_dpa_batch(registered.batch_id)
    assert done.batch_status == "COMPLETED_SUCCESSFULLY"


async def test_a_refusal_says_what_where_and_in_which_session(
    sandbox: Sandbox, shop: Initiator
) -> None:
    for one in shop:
        with pytest.raises(Refused) as caught:
            await one.enroll_card(card(one.network), consumer=person(), encryptedCard="not.a.jwe")
        refused = caught.value
        assert refused.status == 400
        assert refused.reason and refused.message
        assert refused.source == "encryptedCard"
        assert refused.detail is not None and refused.detail.source == "encryptedCard"
        assert refused.src_correlation_id
        assert f"srcCorrelationId {refused.src_correlation_id}" in str(refused)
        assert "\n" not in str(refused)


async def test_all_are_heard_out_when_one_refuses(sandbox: Sandbox, shop: Initiator) -> None:
    await sandbox.clients.suspend(sandbox.details.clients[0].src_client_id)
    with pytest.raises(Refused):
        await shop.identity_lookup(EMAIL)
    await sandbox.clients.resume(sandbox.details.clients[0].src_client_id)

    async def ask(one: object) -> bool:
        if one is shop["amex"]:
            raise SrcSystemError("amex only")
        return True

    answers = await shop.on_each(ask)
    assert [str(answers[name]) for name in NETWORKS] == ["True", "True", "amex only", "True"]


async def test_what_was_changed_on_the_way_is_not_trusted(
    sandbox: Sandbox, shop: Initiator
) -> None:
    profiles = await shop.sign_in(EMAIL, sandbox.otps.code)
    one = shop["visa"]
    paid = await one.checkout(profiles["visa"].cards[0].src_digital_card_id, amount="5.00")
    compact = str(paid.answer.checkout_response)
    header, claims, signature = compact.split(".")
    assert paid.response is not None and paid.response.encrypted_payload is not None
    sealed = paid.response.encrypted_payload

    for changed, why in (
        (f"{header}.{claims}.{signature[:-8]}AAAAAAAA", "signature"),
        (f"eyJhbGciOiJub25lIn0.{claims}.", "'none'"),
        (f"eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.{claims}.{signature}", "does not publish"),
        ("no token", "three parts"),
    ):
        with pytest.raises(NotTrusted, match=why):
            await one.open_checkout(CheckoutAnswer(checkout_response=changed))
    with pytest.raises(NotTrusted, match="another transaction"):
        await sandbox.initiator()["visa"].open_checkout(paid.answer)
    with pytest.raises(NotTrusted, match="does not publish"):
        await shop["amex"].open_checkout(paid.answer)
    with pytest.raises(NotTrusted, match="cannot be opened"):
        await one.open_payload(sealed[:-8] + ("AAAAAAAA" if sealed[-8:-6] != "AA" else "BBBBBBBB"))
    stranger = sandbox.initiator(client=await sandbox.clients.add(name="Other"))
    with pytest.raises(NotTrusted, match="no key of this client"):
        await stranger["visa"].open_payload(sealed)


async def test_an_id_token_is_judged_by_the_clock_of_its_sandbox(
    sandbox: Sandbox, shop: Initiator
) -> None:
    await sandbox.clock.freeze("2030-01-01T00:00:00Z")
    await shop.sign_in(EMAIL, sandbox.otps.code)
    one = shop["discover"]
    token = str(one.id_token)
    await one.verify_id_token(token, issuer="https://discover.src-system.test")

    with pytest.raises(NotTrusted, match="issued by"):
        await one.verify_id_token(token, issuer="https://visa.src-system.test")
    await sandbox.clock.advance("PT8M")
    with pytest.raises(NotTrusted, match="expired"):
        await one.verify_id_token(token)
    await sandbox.clock.freeze("2029-12-31T00:00:00Z")
    with pytest.raises(NotTrusted, match="not valid yet"):
        await one.verify_id_token(token)
    stranger = sandbox.initiator(client=await sandbox.clients.add(name="Other"))
    await sandbox.clock.freeze("2030-01-01T00:00:00Z")
    with pytest.raises(NotTrusted, match="not meant for this client"):
        await stranger["discover"].verify_id_token(token)


async def test_the_same_seed_and_the_same_calls_give_the_same_again(port: ControlPort) -> None:
    runs = []
    for _ in range(2):
        async with port.new_sandbox(seed="7", clock="2030-01-01T00:00:00Z") as sandbox:
            await sandbox.add_consumer(EMAIL, cards=PANS)
            shop = sandbox.initiator()
            profiles = await shop.sign_in(EMAIL, sandbox.otps.code)
            paid = await shop.on_all(
                lambda one, cards=profiles: one.checkout(  # type: ignore[misc]
                    cards[one.network].cards[0].src_digital_card_id, amount="5.00"
                )
            )
            runs.append(
                [
                    shop.session.srci_transaction_id,
                    sandbox.initiator().session.srci_transaction_id,
                    *(one.src_correlation_id for one in shop),
                    *((one.payload.number, one.payload.cryptogram) for one in paid.values()),
                ]
            )

    assert runs[0] == runs[1]
    assert runs[0][0] != runs[0][1]


async def test_nobody_signs_in_whom_no_network_knows(sandbox: Sandbox) -> None:
    with pytest.raises(SrcSystemError, match="No network knows"):
        await sandbox.initiator().sign_in("nobody@shop.test", sandbox.otps.code)


async def test_consent_can_be_withheld(sandbox: Sandbox) -> None:
    with pytest.raises(Refused) as refused:
        await sandbox.initiator()["visa"].enroll_card(
            card("visa"), consumer=person(), compliance_settings=consent(terms=False)
        )

    assert "COMPLIANCE_REQUIRED" in refused.value.reasons
