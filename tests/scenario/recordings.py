"""Sessions made with the Python client, as a tester makes them: what is recorded and exported."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from src_system.client import Initiator, Sandbox, SrcSystemError, consent

Session = Callable[[Sandbox], Awaitable[None]]

CLOCK = "2026-11-23T09:00:00Z"
ANA = "ana@shop.test"
PANS = {  # published test numbers
    "visa": "4111111111111111",
    "mastercard": "5120350100064537",
    "amex": "378282246310005",
    "discover": "6011111111111117",
}
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


def person(email: str = "bo@shop.test") -> dict[str, object]:
    """Somebody nobody knows yet."""
    return {
        "emailAddress": email,
        "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550147"},
        "firstName": "Bo",
        "lastName": "Li",
        "fullName": "Bo Li",
        "countryCode": "US",
    }


async def give_ana(sandbox: Sandbox, *networks: str) -> None:
    """Ana is known, with a card and an address."""
    await sandbox.add_consumer(
        ANA,
        cards={name: PANS[name] for name in networks or PANS},
        firstName="Ana",
        lastName="Lopez",
        countryCode="US",
        mobileNumber={"countryCode": "1", "phoneNumber": "2025550143"},
        shippingAddresses=[ADDRESS],
    )


async def signed_in(sandbox: Sandbox, *networks: str) -> tuple[Initiator, dict[str, str]]:
    """A session of Ana's, and her card at each network."""
    await give_ana(sandbox, *networks)
    shop = sandbox.initiator()
    profiles = await shop.sign_in(ANA, sandbox.otps.code)
    cards = {name: one.cards for name, one in profiles.items()}
    return shop, {name: one[0].src_digital_card_id for name, one in cards.items() if one}


async def refused(*calls: Awaitable[object]) -> None:
    """Each of them is turned away."""
    for one in calls:
        try:
            await one
        except SrcSystemError:
            continue
        raise AssertionError("It was to be refused.")


async def until_done(ask: Callable[[], Awaitable[Any]]) -> None:
    """Ask for a batch until it is done; the server works in the background."""
    for _ in range(500):
        if (await ask()).batch_status != "IN_PROGRESS":
            return
        await asyncio.sleep(0.02)
    raise AssertionError("The batch is not done after ten seconds.")


async def returning(sandbox: Sandbox) -> None:
    """A returning consumer pays with a card of each network."""
    shop, cards = await signed_in(sandbox)
    await shop.on_all(lambda one: one.checkout(cards[one.network], amount="49.90"))
    for name, one in cards.items():
        await shop[name].get_payload(one)
    await shop.confirmation()


async def newcomer(sandbox: Sandbox) -> None:
    """A new consumer consents, enrols a card, cares for it and pays."""
    shop = sandbox.initiator()
    await shop.identity_lookup("bo@shop.test")
    one = shop["visa"]
    enrolled = await one.enroll_card(card("visa"), consumer=person())
    card_id = enrolled.masked_card.src_digital_card_id
    await one.get_card(card_id)
    await one.update_card(card_id, card=card("visa", "2034"))
    await one.add_billing_address(card_id, ADDRESS)
    await one.delete_billing_address(card_id)
    kept = await one.add_shipping_address(
        encryptedShippingAddress=await one.seal(ADDRESS),
    )
    await one.update_shipping_address(kept.address_id, {**ADDRESS, "zip": "94405"})
    await one.checkout(card_id, amount="12.00", currency="EUR")
    await one.confirmation()
    await one.delete_shipping_address(kept.address_id)
    await one.delete_card(card_id)


async def guest(sandbox: Sandbox) -> None:
    """Guests pay on every network with a card typed in, and become consumers."""
    for name in PANS:
        one = sandbox.initiator()[name]
        await one.checkout(card=card(name), consumer=person(), amount="5.00")
        await one.confirmation()


async def remembered(sandbox: Sandbox) -> None:
    """A device is remembered; the next day no code is needed; then it is forgotten."""
    await give_ana(sandbox, "visa", "amex")
    first = sandbox.initiator()
    await first.sign_in(ANA, sandbox.otps.code, remember_me=True)
    token = first.session.recognition_tokens["visa"]
    await sandbox.clock.advance("P1DT10M")
    later = sandbox.initiator()
    visa = later["visa"]
    await visa.is_recognized(token)
    profile = await visa.get_src_profile()
    await visa.checkout(profile.cards[0].src_digital_card_id, amount="5.00")
    await visa.unbind_app_instance(token)
    assert not (await visa.is_recognized(token)).recognized


async def wrong_codes(sandbox: Sandbox) -> None:
    """A wrong code, another one sent, the right one; then three wrong ones, and a lock."""
    await give_ana(sandbox, "visa")
    visa = sandbox.initiator()["visa"]
    begun = await visa.initiate_identity_validation(ANA)
    session = begun.id_validation_session_id
    old = await sandbox.otps.code(ANA)
    wrong = ["000000", "111111", "222222", "333333"]
    await refused(visa.complete_identity_validation(session, wrong[0]))
    await visa.initiate_identity_validation(ANA)
    await refused(visa.complete_identity_validation(session, old))
    await visa.complete_identity_validation(session, await sandbox.otps.code(ANA))
    await sandbox.clock.advance("PT30M")
    other = sandbox.initiator()["visa"]
    begun = await other.initiate_identity_validation(ANA)
    for one in wrong[1:]:
        await refused(other.complete_identity_validation(begun.id_validation_session_id, one))
    code = await sandbox.otps.list(ANA)
    await refused(
        other.complete_identity_validation(begun.id_validation_session_id, code[-1].value)
    )


async def refusals(sandbox: Sandbox) -> None:
    """What is wrong is refused, and said where."""
    shop, cards = await signed_in(sandbox, "visa", "discover")
    visa = shop["visa"]
    await refused(
        visa.checkout("00000000-0000-4000-8000-000000000000", amount="5.00"),
        visa.checkout(cards["visa"], amount="many"),
        visa.enroll_card("not.a.jwe", consumer=person()),
        visa.confirmation(checkoutEventType="99"),
        visa.get_card("nothing"),
        visa.initiate_identity_validation({"identityType": "SHOE_SIZE", "identityValue": "43"}),
    )
    assert (await visa.send_raw("POST", "identities/lookup", b'{"broken": ')).status == 400
    visa.headers["X-Src-Simulate"] = "error=UNAVAILABLE"
    await refused(visa.identity_lookup(ANA))
    visa.headers.clear()
    await sandbox.clock.advance("PT9M")
    await refused(shop.get_src_profile())


async def faults(sandbox: Sandbox) -> None:
    """Rules make calls fail, slow, cut off and forged; a quota runs out and comes back."""
    shop, cards = await signed_in(sandbox, "visa")
    visa, own = shop["visa"], cards["visa"]
    await visa.checkout(own, amount="1.00")
    for effect in (
        "http=503;retryAfter=2",
        "error=ACCT_INACCESSIBLE",
        "transport=truncate",
        "transport=reset",
        "tamper=checkoutResponse:badSignature",
        "tamper=payload:badTag",
        "tamper=checkoutResponse:swapWithPrevious",
    ):
        await sandbox.faults.add(effect, operation="checkout", times=1, name=f"once {effect}")
        await refused(visa.checkout(own, amount="1.00"))
    await visa.checkout(own, amount="1.00")
    await sandbox.faults.add("quota=1;per=PT1M", operation="identityLookup", network="visa")
    await visa.identity_lookup(ANA)
    await refused(visa.identity_lookup(ANA))
    await sandbox.clock.advance("PT1M")
    await visa.identity_lookup(ANA)
    await sandbox.faults.add("latency=PT0.05S", operation="confirmation")
    await sandbox.faults.add("http=500", operation="confirmation", nth=2)
    await visa.confirmation()
    await refused(visa.confirmation())
    await sandbox.faults.add("http=500", operation="unbindAppInstance")


async def lost_codes(sandbox: Sandbox) -> None:
    """A code gets lost, the next comes late."""
    await give_ana(sandbox, "visa")
    visa = sandbox.initiator()["visa"]
    await sandbox.faults.add("otp=lost", times=1)
    await visa.initiate_identity_validation(ANA)
    await sandbox.faults.add("otp=late;after=PT1M", times=1)
    begun = await visa.initiate_identity_validation(ANA)
    await sandbox.clock.advance("PT1M")
    code = await sandbox.otps.code(ANA)
    await visa.complete_identity_validation(begun.id_validation_session_id, code)


async def several_clients(sandbox: Sandbox) -> None:
    """Two SRC initiators, a second shop, and sessions that take turns."""
    await give_ana(sandbox, "visa", "mastercard")
    other = await sandbox.clients.add(name="Second gateway", business="gateway")
    shop = await sandbox.dpas.add(
        srcClientId=other.src_client_id,
        srciDpaId="second-shop",
        dpaData={"dpaName": "Second Shop", "dpaUri": "https://second.test"},
    )
    await sandbox.refresh()
    one, two = sandbox.initiator(), sandbox.initiator(client=other, dpa=shop)
    await one.identity_lookup(ANA)
    await two.identity_lookup(ANA)
    mine = await one.sign_in(ANA, sandbox.otps.code, network="visa")
    theirs = await two.sign_in(ANA, sandbox.otps.code, network="mastercard")
    for initiator, cards in ((one, mine), (two, theirs)):
        own = cards["mastercard"].cards[0].src_digital_card_id
        await initiator["mastercard"].checkout(own, amount="9.99")
    await refused(two["visa"].get_src_profile("no.id.token"))
    await one["mastercard"].confirmation()
    await two["mastercard"].confirmation()


async def native(sandbox: Sandbox) -> None:
    """The client signs as each network wants it."""
    await sandbox.clients.change(
        sandbox.details.clients[0].src_client_id, authentication={"scheme": "native"}
    )
    await sandbox.refresh()
    shop, cards = await signed_in(sandbox)
    await shop.on_all(lambda one: one.checkout(cards[one.network], amount="3.00"))


async def challenged(sandbox: Sandbox) -> None:
    """A cardholder is authenticated by 3-D Secure, after a wrong code."""
    shop, cards = await signed_in(sandbox, "visa", "mastercard")
    for name, own in cards.items():
        one = shop[name]
        await one.authentication_methods_lookup(own)
        begun = await one.initiate_authentication(
            "3DS", own, amount="9.00", options={"threeDsInputData": {"forceChallenge": True}}
        )
        session = begun.authentication_session_id
        code = await sandbox.otps.code(network=name)
        await refused(one.complete_authentication(session, attributes={"otpValue": "000000"}))
        await one.complete_authentication(session, attributes={"otpValue": code})
        await one.checkout(own, amount="9.00")


async def batches(sandbox: Sandbox) -> None:
    """An issuer hands cards in, a gateway shops; both are done when their time has come."""
    issuer = next(one for one in sandbox.details.clients if one.kind == "PARTICIPATING_ISSUER")
    shop, bank = sandbox.initiator(), sandbox.initiator(client=issuer)
    registered = await shop["visa"].register_dpas(
        {"srcDpaId": "new-shop", "dpaData": {"dpaName": "Shop", "dpaUri": "https://shop.test"}}
    )
    record = await bank["visa"].enrolment_record(
        card("visa"), person(), external_consumer_id="bo", external_credential_id="card"
    )
    taken = await bank["visa"].enroll_cards_batch("monday", record)
    await bank["visa"].get_cards_batch(taken.batch_id)
    await sandbox.clock.advance("PT1M")
    await until_done(lambda: bank["visa"].get_cards_batch(taken.batch_id))
    await until_done(lambda: shop["visa"].get_dpa_batch(registered.batch_id))
    profiles = await shop.sign_in("bo@shop.test", sandbox.otps.code)
    await shop["visa"].checkout(profiles["visa"].cards[0].src_digital_card_id, amount="4.00")


async def prepared(sandbox: Sandbox) -> None:
    """A checkout is prepared, and a DCF finishes it."""
    shop, cards = await signed_in(sandbox, "visa")
    facilitator = await sandbox.clients.add(kind="DCF", name="Facilitator")
    await sandbox.refresh()
    begun = await shop["visa"].prepare_checkout(
        "https://shop.test/back", src_digital_card_id=cards["visa"], amount="7.00"
    )
    dcf = sandbox.initiator(
        client=facilitator,
        dpa=sandbox.details.dpas[0],
        srci_transaction_id=begun.request["srciTransactionId"],
    )["visa"]
    dcf.src_correlation_id = begun.request["srcCorrelationId"]
    await dcf.get_consumer_profile()
    await dcf.checkout_unopened({"checkoutRequestJws": begun.checkout_request_jws})


async def consent_withheld(sandbox: Sandbox) -> None:
    """Without consent nobody is enrolled."""
    one = sandbox.initiator()["amex"]
    await refused(
        one.enroll_card(card("amex"), consumer=person(), compliance_settings=consent(terms=False))
    )


async def suspended_before(sandbox: Sandbox) -> None:
    """A card that was suspended from the beginning, and one that is taken away."""
    await sandbox.add_consumer(
        ANA,
        cards=[
            {
                "network": "visa",
                "primaryAccountNumber": number,
                "panExpirationMonth": "12",
                "panExpirationYear": "2035",
                "status": status,
            }
            for number, status in (
                ("4111111111111111", "ACTIVE"),
                ("4012888888881881", "SUSPENDED"),
            )
        ],
    )
    visa = sandbox.initiator()["visa"]
    begun = await visa.initiate_identity_validation(ANA)
    await visa.complete_identity_validation(
        begun.id_validation_session_id, await sandbox.otps.code(ANA)
    )
    profile = await visa.get_src_profile()
    for one in profile.cards:
        if one.status == "ACTIVE":
            await visa.checkout(one.src_digital_card_id, amount="2.00")
            await visa.delete_card(one.src_digital_card_id)
            await refused(visa.checkout(one.src_digital_card_id, amount="2.00"))
        else:
            await refused(visa.checkout(one.src_digital_card_id, amount="2.00"))


async def blocked_meanwhile(sandbox: Sandbox) -> None:
    """A card is suspended between two payments, and resumed."""
    shop, cards = await signed_in(sandbox, "visa")
    visa, own = shop["visa"], cards["visa"]
    await visa.checkout(own, amount="1.00")
    await sandbox.cards.suspend("visa", own)
    await refused(visa.checkout(own, amount="1.00"))
    await sandbox.cards.resume("visa", own)
    await visa.checkout(own, amount="1.00")
    await visa.confirmation()


async def magic_words(sandbox: Sandbox) -> None:
    """Words in the calls themselves bring refusals and stray codes about."""
    shop, cards = await signed_in(sandbox, "visa", "mastercard")
    for name, own in cards.items():
        await refused(shop[name].checkout(own, amount="9100.22"))
    await refused(shop["amex"].identity_lookup("somebody+unavailable@shop.test"))
    await sandbox.add_consumer("bo+otp-duplicate@shop.test", networks=["visa"])
    await sandbox.add_consumer("cy+otp-late@shop.test", networks=["visa"])
    visa = sandbox.initiator()["visa"]
    begun = await visa.initiate_identity_validation("bo+otp-duplicate@shop.test")
    code = await sandbox.otps.code("bo+otp-duplicate@shop.test")
    await visa.complete_identity_validation(begun.id_validation_session_id, code)
    begun = await visa.initiate_identity_validation("cy+otp-late@shop.test")
    await refused(visa.complete_identity_validation(begun.id_validation_session_id, "999999"))
    await visa.complete_identity_validation(begun.id_validation_session_id, "123456")


async def locked_before(sandbox: Sandbox) -> None:
    """A consumer who was locked from the beginning, and is known by phone alone."""
    phone = {"countryCode": "1", "phoneNumber": "2025550143"}
    await sandbox.fixtures(
        consumers=[
            {
                "mobileNumber": phone,
                "networks": ["visa"],
                "status": "LOCKED",
                "lockedUntil": "2026-11-23T10:00:00Z",
            }
        ]
    )
    visa = sandbox.initiator()["visa"]
    await refused(visa.initiate_identity_validation("+12025550143"))
    await sandbox.clock.advance("PT1H1M")
    later = sandbox.initiator()["visa"]
    begun = await later.initiate_identity_validation("+12025550143")
    code = await sandbox.otps.code("+12025550143")
    await later.complete_identity_validation(begun.id_validation_session_id, code)


async def pending_before(sandbox: Sandbox) -> None:
    """A card that waits for the cardholder to be authenticated; an amount with three decimals."""
    await sandbox.add_consumer(
        ANA,
        cards=[{**card("amex"), "network": "amex", "pendingEvents": ["PENDING_SCA"]}],
        networks=["discover"],
    )
    shop = sandbox.initiator()
    profiles = await shop.sign_in(ANA, sandbox.otps.code)
    own = profiles["amex"].cards[0].src_digital_card_id
    await shop["amex"].checkout_unopened(
        {
            **shop["amex"].common_members(),
            "srcDigitalCardId": own,
            "idToken": shop["amex"].id_token,
            "dpaTransactionOptions": {
                "transactionAmount": {
                    "transactionAmount": 1.25,
                    "transactionCurrencyCode": "KWD",
                }
            },
        }
    )


async def locked_meanwhile(sandbox: Sandbox) -> None:
    """A consumer is locked between two calls, for a time and for good, and unlocked."""
    await give_ana(sandbox, "visa")
    visa = sandbox.initiator()["visa"]
    await visa.initiate_identity_validation(ANA)
    ana = (await sandbox.consumers.list(identity=ANA))[0].src_consumer_id
    await sandbox.consumers.lock("visa", ana, until="2026-11-23T09:10:00Z")
    await refused(visa.initiate_identity_validation(ANA))
    await sandbox.clock.advance("PT10M")
    await visa.initiate_identity_validation(ANA)
    await sandbox.consumers.lock("visa", ana)
    await refused(visa.initiate_identity_validation(ANA))
    await sandbox.consumers.unlock("visa", ana)
    begun = await visa.initiate_identity_validation(ANA)
    code = await sandbox.otps.code(ANA)
    await visa.complete_identity_validation(begun.id_validation_session_id, code)


async def joined_later(sandbox: Sandbox) -> None:
    """Somebody becomes known at a network while the shop is open."""
    shop = sandbox.initiator()
    await shop["visa"].identity_lookup(ANA)
    await sandbox.clock.advance("PT1H")
    await give_ana(sandbox, "visa")
    await sandbox.initiator()["visa"].identity_lookup(ANA)


SESSIONS: dict[str, Session] = {
    one.__name__: one
    for one in (
        returning,
        newcomer,
        guest,
        remembered,
        wrong_codes,
        refusals,
        faults,
        lost_codes,
        several_clients,
        native,
        challenged,
        batches,
        prepared,
        consent_withheld,
        suspended_before,
        blocked_meanwhile,
        magic_words,
        locked_before,
        locked_meanwhile,
        pending_before,
        joined_later,
    )
}
