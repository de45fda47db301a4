"""Cases of codes, authentications, locks and tokens."""

from dataclasses import replace
from datetime import timedelta

from tests.control.code_sending import send_code
from tests.http.dated.place import LIMITS, MAIL, REMEMBER, TICK, Place, case, claims, machine_now
from tests.http.signers import register
from tests.http.test_authentication import complete, initiate
from tests.http.test_time import wrong

CODE_LIFE = timedelta(minutes=LIMITS.one_time_code_minutes)
LOCK = timedelta(minutes=LIMITS.consumer_lock_minutes)


@case("oneTimeCode")
async def a_code_is_good_for_five_minutes(place: Place) -> None:
    validation = await place.initiator.initiated("visa")
    [code] = await place.codes()
    assert (code["issuedAt"], code["expiresAt"]) == (place.after(), place.after(minutes=5))

    await place.ends("oneTimeCode", CODE_LIFE, code["id"])

    [late] = await place.codes()
    answer = await place.call(
        "identities/validation/complete",
        {
            "idValidationSessionId": validation["idValidationSessionId"],
            "validationData": code["value"],
        },
    )
    assert late["state"] == "expired"
    assert answer.body["reason"] == "CODE_EXPIRED"


@case("lateOneTimeCode")
async def a_late_code_comes_when_its_time_has_come(place: Place) -> None:
    late = timedelta(minutes=2)
    name = await send_code(place.server.dsn, place.initiator.sandbox, now=place.start, late=late)

    await place.ends("lateOneTimeCode", late, name, "arrived")

    assert [code["id"] for code in await place.codes()] == [name]


@case("authentication")
async def an_authentication_waits_five_minutes_for_its_proof(place: Place) -> None:
    begun = await initiate(place.initiator, "visa", "", {"consumerIdentity": MAIL}, "FIDO2")
    name = begun.body["authenticationSessionId"]
    challenge = begun.body["authenticationMethod"]["methodAttributes"]["challenge"]

    await place.ends("authentication", CODE_LIFE, name)

    late = await complete(
        place.initiator, "visa", begun, {"challenge": challenge, "userVerified": True}
    )
    assert late.body["reason"] == "CODE_EXPIRED"


@case("securityCodeTries")
async def wrong_security_codes_count_for_half_an_hour(place: Place) -> None:
    reference = {"srcDigitalCardId": place.cards["visa"]}

    async def tried(code: str) -> str:
        session = (await place.validate()).body["srcCorrelationId"]
        begun = await initiate(place.initiator, "visa", session, reference, "CARD_SECURITY_CODE")
        answer = await complete(place.initiator, "visa", begun, {"cardSecurityCode": code})
        return str(answer.body.get("reason", answer.status))

    for number in range(9):
        assert await tried(f"9{number:02}") == "AUTHENTICATE_FAILURE"
    assert await tried("123") == "RETRIES_EXCEEDED"
    await place.advance(LOCK - TICK)
    assert await tried("123") == "RETRIES_EXCEEDED"
    await place.advance(TICK)
    assert await tried("123") == "200"


@case("consumerLock")
async def a_lock_opens_by_itself_after_half_an_hour(place: Place) -> None:
    for _ in range(3):
        validation = await place.initiator.initiated("visa")
        code = await place.initiator.code()
        for _ in range(3):
            await place.call(
                "identities/validation/complete",
                {
                    "idValidationSessionId": validation["idValidationSessionId"],
                    "validationData": wrong(code),
                },
            )
    [person] = (await place.initiator.manage("GET", "/consumers?network=visa")).body["consumers"]
    locked = await place.call("identities/lookup", {"consumerIdentity": MAIL})
    assert person["lockedUntil"] == place.after(minutes=30)
    assert locked.body["reason"] == "ACCT_INACCESSIBLE"

    await place.ends("consumerLock", LOCK, person["srcConsumerId"], "ended")

    assert (await place.call("identities/lookup", {"consumerIdentity": MAIL})).status == 200


@case("relationshipDates")
async def consumers_cards_and_addresses_bear_the_sandboxs_dates(place: Place) -> None:
    person = (await place.initiator.manage("GET", "/consumers?network=visa")).body["consumers"][0]
    card = (await place.initiator.manage("GET", "/cards?network=visa")).body["cards"][0]
    await place.pay(srciTransactionId="first")
    await place.advance(timedelta(days=10))

    _, document = place.response(await place.pay(srciTransactionId="second"))

    assert person["dateConsumerAdded"] == card["dateOfCardCreated"] == place.after()
    history = document["eventHistory"]
    assert history["ageOfSrcRelationship"] == history["ageOfConsumerRelationship"] == "10"


@case("idToken")
async def an_id_token_lives_eight_minutes_on_every_network(place: Place) -> None:
    token = await place.id_token()
    said = claims(token)
    assert (said["iat"], said["exp"]) == (place.epoch, place.epoch + LIMITS.id_token_seconds)

    await place.advance(timedelta(seconds=LIMITS.id_token_seconds) - TICK)
    for network in ("visa", "mastercard"):
        answer = await place.initiator.call(network, "profiles/prepare", {"idTokens": [token]})
        assert answer.status == 200
    await place.advance(TICK)
    for network in ("visa", "mastercard"):
        answer = await place.initiator.call(network, "profiles/prepare", {"idTokens": [token]})
        assert answer.body["reason"] == "AUTH_INVALID"


@case("authTime")
async def a_validation_counts_elsewhere_for_thirty_days(place: Place) -> None:
    done = await place.validate(complianceSettings=REMEMBER)
    device = {"recognitionTokens": [done.body["recognitionToken"]]}

    async def elsewhere() -> int:
        known = await place.call("identities/recognize", device)
        token = known.body["idTokens"][0]
        assert claims(token)["auth_time"] == place.epoch
        return (
            await place.initiator.call("amex", "profiles/prepare", {"idTokens": [token]})
        ).status

    await place.advance(timedelta(days=LIMITS.authentication_age_days_max))
    assert await elsewhere() == 200
    await place.advance(TICK)
    assert await elsewhere() == 401


@case("revokedIdToken")
async def a_token_taken_back_is_remembered_until_its_own_end(place: Place) -> None:
    token = await place.id_token()
    unbound = await place.call("apps/unbind", {"idToken": token})
    ends = "SELECT expires_at FROM revoked_id_token WHERE sandbox_id = $1"
    refused = await place.call("profiles/prepare", {"idTokens": [token]})

    assert unbound.status == 200
    assert refused.body["reason"] == "AUTH_INVALID"
    assert await place.row(ends) == place.start + timedelta(seconds=LIMITS.id_token_seconds)
    await place.advance(timedelta(days=1))
    await place.call("apps/unbind", {"idToken": await place.id_token()})
    assert await place.row("SELECT count(*) FROM revoked_id_token WHERE sandbox_id = $1") == 1


@case("recognitionToken")
async def a_device_is_remembered_for_180_days(place: Place) -> None:
    done = await place.validate(complianceSettings=REMEMBER)
    token, life = done.body["recognitionToken"], timedelta(days=LIMITS.recognition_token_days)
    said = claims(token)
    assert (said["iat"], said["exp"]) == (place.epoch, place.epoch + life.total_seconds())

    await place.ends("recognitionToken", life, said["appInstanceId"])

    known = await place.call("identities/recognize", {"recognitionTokens": [token]})
    assert known.body["recognized"] is False


@case("accessToken")
async def an_access_token_lives_half_an_hour(place: Place) -> None:
    signer = await register(place.initiator)
    token = await signer.access_token("discover")
    said, life = claims(token), LIMITS.access_token_seconds
    assert (said["iat"], said["exp"]) == (place.epoch, place.epoch + life)

    call = signer.with_bearer(signer.lookup("discover"), token)
    await place.advance(timedelta(seconds=life) - TICK)
    assert (await signer.send(call)).status == 200
    await place.advance(TICK)
    assert (await signer.send(call)).status == 401


@case("signatureTime")
async def a_signature_bears_the_sandboxs_time(place: Place) -> None:
    ahead = (place.start - machine_now()).total_seconds()
    skew = LIMITS.authentication_skew_seconds
    signer = await register(place.initiator)
    for network in ("visa", "mastercard"):
        for seconds, status in (
            (0.0, 401),  # the machine's time
            (ahead, 200),
            (ahead - skew + 60, 200),
            (ahead - skew - 60, 401),
            (ahead + skew - 60, 200),
            (ahead + skew + 60, 401),
        ):
            one = replace(signer, seconds=seconds)
            assert (await one.send(await one.signed(network))).status == status, seconds


@case("nonce")
async def a_used_signature_is_remembered_as_long_as_its_time_is_good(place: Place) -> None:
    signer = await register(place.initiator)
    signer.seconds = (place.start - machine_now()).total_seconds()
    call = await signer.signed("mastercard")
    count = "SELECT count(*) FROM used_nonce WHERE sandbox_id = $1"

    assert (await signer.send(call)).status == 200
    assert (await signer.send(call)).status == 401
    await place.advance(timedelta(seconds=LIMITS.authentication_skew_seconds - 60))
    assert (await signer.send(call)).status == 401
    assert await place.row(count) == 1
    await place.advance(timedelta(seconds=LIMITS.nonce_seconds))
    signer.seconds += LIMITS.authentication_skew_seconds - 60 + LIMITS.nonce_seconds
    assert (await signer.send(await signer.signed("mastercard"))).status == 200
    assert await place.row(count) == 1


@case("clientKey")
async def a_payload_key_is_good_to_its_end(place: Place) -> None:
    entry = place.initiator.sandbox["clients"][0]
    key = {name: entry["jwks"]["keys"][0][name] for name in ("kty", "use", "kid", "n", "e")}
    changed = await place.initiator.manage(
        "PUT",
        f"/clients/{entry['srcClientId']}",
        {"jwks": {"keys": [key]}, "keysNotAfter": place.after(days=1)},
    )
    assert changed.status == 200, changed.body
    name = " ".join((entry["srcClientId"], entry["srcClientId"], key["kid"]))

    await place.ends("clientKey", timedelta(days=1), name)

    refused = await place.pay()
    assert (refused.status, "EXPIRED" in refused.reasons) == (403, True)
