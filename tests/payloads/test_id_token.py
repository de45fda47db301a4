"""The federated ID token: issued by one network, verified by all, step by step (spec 5.22, 8.7)."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from src_system.crypto import base64url, jws
from src_system.crypto.keyring import Keyring
from src_system.model.errors import AuthInvalid
from src_system.model.identifiers import NETWORK_NAMES, SandboxName
from src_system.networks import PROFILES
from src_system.payloads.id_token import (
    TOKEN_CHARACTERS_MAX,
    Identification,
    issue_id_token,
    verify_id_token,
)
from src_system.payloads.verified_tokens import ENTRIES_MAX, SignedClaims, VerifiedTokens
from tests.model.samples import NOW, SANDBOX, YESTERDAY

PERSON = Identification(
    identity_hash=hashlib.sha256(b"ana").digest(),
    is_email=True,
    masked_identity_value="an**@shop.test",
    amr=("email_otp", "otp"),
    auth_time=YESTERDAY,
)
LIFE = 480
ISSUED = int(NOW.timestamp())
ISSUERS = [f"https://{name}.src-system.test" for name in NETWORK_NAMES]
keys_are_shared = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def issued(keyrings, network="visa", person=PERSON, sandbox=SANDBOX):
    return issue_id_token(
        person,
        network=network,
        sandbox=sandbox,
        audience=("client-1", "https://shop.test"),
        keyring=keyrings[network],
        jti="3f1b0a52-7c1d-4e0e-9d57-0a8f5d0a1b2c",
        now=NOW,
        life_seconds=LIFE,
    )


def verified(
    token,
    keyrings,
    *,
    network="mastercard",
    sandbox=SANDBOX,
    trusted=NETWORK_NAMES,
    now=NOW,
    seen_before=None,
):
    return verify_id_token(
        token,
        network=network,
        sandbox=replace(sandbox, trusted_networks={network: tuple(trusted)}),
        authentication_age_max=timedelta(days=30),
        keyrings=keyrings,
        now=now,
        source="idToken",
        seen_before=VerifiedTokens() if seen_before is None else seen_before,
    )


def opened(token):
    header, payload, _ = token.split(".")
    return json.loads(base64url.decode(header)), json.loads(base64url.decode(payload))


def forged(keys, keyrings, *, signer=("visa", "sig"), header=None, claims=None, without=()):
    """A token of Visa with some of it changed, signed all the same."""
    original_header, original = opened(issued(keyrings))
    changed = {**original, **(claims or {})}
    payload = {name: value for name, value in changed.items() if name not in without}
    return jws.sign(
        json.dumps(payload).encode(),
        key=keys[signer].private,
        header={**original_header, **(header or {})},
    )


def test_the_claims_are_those_of_a_network_but_say_that_they_are_simulated(keyrings):
    header, claims = opened(issued(keyrings))
    subject = base64.b64encode(PERSON.identity_hash).decode()

    assert header == {"alg": "RS256", "kid": "visa-sig", "typ": "JWT+ext.id_token"}
    assert claims == {
        "iss": "https://visa.src-system.test",
        "sub": subject,
        "aud": [*ISSUERS, "client-1", "https://shop.test"],
        "amr": ["email_otp", "otp"],
        "auth_time": ISSUED - 86_400,
        "iat": ISSUED,
        "exp": ISSUED + LIFE,
        "jti": "M2YxYjBhNTItN2MxZC00ZTBlLTlkNTctMGE4ZjVkMGExYjJj",
        "simulated": True,
        "sandbox": "box",
        "sandboxEra": 0,
        "email": subject,
        "email_verified": True,
        "src_email_mask": "an**@shop.test",
    }


def test_a_person_known_by_phone_has_the_claims_of_a_phone(keyrings):
    by_phone = structs.replace(
        PERSON, is_email=False, masked_identity_value="***0143", amr=("otp",)
    )
    _, claims = opened(issued(keyrings, person=by_phone))

    assert claims["phone_number_verified"] is True
    assert claims["phone_number"] == claims["sub"]
    assert claims["src_phone_number_mask"] == "***0143"
    assert not [name for name in claims if "email" in name]


@pytest.mark.parametrize("is_email", [True, False])
@pytest.mark.parametrize("reader", NETWORK_NAMES)
@pytest.mark.parametrize("issuer", NETWORK_NAMES)
def test_every_network_takes_every_networks_token(keyrings, issuer, reader, is_email):
    person = structs.replace(PERSON, is_email=is_email)

    token = verified(issued(keyrings, issuer, person), keyrings, network=reader)

    assert token.network == issuer
    # The mask is for people to read; nothing is ever decided by it.
    assert token.identification == structs.replace(person, masked_identity_value="")


STEPS = {
    "the type of another token": (
        {"header": {"typ": "JWT+ext.recognition_token"}},
        "typ is not JWT+ext.id_token",
    ),
    "no type": ({"header": {"typ": None}}, "typ is not"),
    "an unknown issuer": ({"claims": {"iss": "https://www.visa.test"}}, "issuer is not trusted"),
    "no issuer": ({"without": ["iss"]}, "issuer is not trusted"),
    "an issuer that is a list": ({"claims": {"iss": [ISSUERS[0]]}}, "issuer is not trusted"),
    "an unknown kid": ({"header": {"kid": "nobody"}}, "kid is not a key of its issuer"),
    "a kid of another network": (
        {"header": {"kid": "amex-sig"}, "signer": ("amex", "sig")},
        "kid is not a key of its issuer",
    ),
    "a kid of an encryption key": (
        {"header": {"kid": "visa-enc"}, "signer": ("visa", "enc")},
        "kid is not a key of its issuer",
    ),
    "another's signature": ({"signer": ("mastercard", "sig")}, "signature is not valid"),
    "another's name": (
        {"claims": {"iss": "https://amex.src-system.test"}},
        "kid is not a key of its issuer",
    ),
    "another sandbox": ({"claims": {"sandbox": "other"}}, "another sandbox"),
    "no sandbox": ({"without": ["sandbox"]}, "another sandbox"),
    "no audience": ({"without": ["aud"]}, "not meant for this SRC System"),
    "another audience": (
        {"claims": {"aud": ["https://shop.test", ISSUERS[0]]}},
        "not meant for this SRC System",
    ),
    "an audience that is a text": (
        {"claims": {"aud": ISSUERS[1]}},
        "not meant for this SRC System",
    ),
    "an end that has come": ({"claims": {"exp": ISSUED}}, "has expired"),
    "no end": ({"without": ["exp"]}, "has expired"),
    "an end that is a text": ({"claims": {"exp": "9999999999"}}, "has expired"),
    "a beginning to come": ({"claims": {"iat": ISSUED + 61}}, "not valid yet"),
    "no beginning": ({"without": ["iat"]}, "not valid yet"),
    "an identity that nobody verified": (
        {"claims": {"email_verified": False}},
        "no verified identity",
    ),
    "an identity that was verified in words": (
        {"claims": {"email_verified": "true"}},
        "no verified identity",
    ),
    "no identity": ({"without": ["email_verified"]}, "no verified identity"),
    "a subject that is no hash": ({"claims": {"sub": "***"}}, "subject is malformed"),
    "a subject that is no text of ASCII": ({"claims": {"sub": "ä"}}, "subject is malformed"),
    "a subject of another length": ({"claims": {"sub": "AAAA"}}, "subject is malformed"),
    "a subject that is no text": ({"claims": {"sub": 1}}, "has no sub"),
    "no subject": ({"without": ["sub"]}, "has no sub"),
    "no id": ({"without": ["jti"]}, "has no jti"),
    "an empty id": ({"claims": {"jti": ""}}, "has no jti"),
    "an id that is no text": ({"claims": {"jti": 1}}, "has no jti"),
}


@pytest.mark.parametrize(("changes", "message"), STEPS.values(), ids=list(STEPS))
def test_a_token_that_fails_one_step_is_refused_for_it(keys, keyrings, changes, message):
    with pytest.raises(AuthInvalid, match=re.escape(message)) as refused:
        verified(forged(keys, keyrings, **changes), keyrings)

    assert refused.value.source == "idToken"


def test_the_same_forgery_without_a_change_is_taken(keys, keyrings):
    assert verified(forged(keys, keyrings), keyrings).network == "visa"


def test_an_issuer_that_this_sandbox_does_not_trust_is_refused(keyrings):
    with pytest.raises(AuthInvalid, match="issuer is not trusted"):
        verified(issued(keyrings), keyrings, trusted=("mastercard", "amex"))


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "RS384", "PS256", "", None])
def test_no_algorithm_but_rs256_is_taken(keys, keyrings, alg):
    header, payload, signature = issued(keyrings).split(".")
    changed = {**json.loads(base64url.decode(header)), "alg": alg}
    head = base64url.encode(json.dumps(changed).encode())

    for last in (signature, ""):
        with pytest.raises(AuthInvalid, match="signature is not valid"):
            verified(f"{head}.{payload}.{last}", keyrings)


def test_a_token_lives_exactly_as_long_as_it_says(keyrings):
    token = issued(keyrings)
    last = NOW + timedelta(seconds=LIFE - 1)

    assert verified(token, keyrings, now=last)
    with pytest.raises(AuthInvalid, match="has expired"):
        verified(token, keyrings, now=last + timedelta(seconds=1))


def test_a_minute_of_difference_between_clocks_is_forgiven_at_the_beginning(keyrings):
    token = issued(keyrings)

    assert verified(token, keyrings, now=NOW - timedelta(seconds=60))
    with pytest.raises(AuthInvalid, match="not valid yet"):
        verified(token, keyrings, now=NOW - timedelta(seconds=61))


def part(document):
    return base64url.encode(json.dumps(document).encode())


@pytest.mark.parametrize(
    "token",
    [
        "",
        "..",
        "a.b",
        "a.b.c.d",
        "%%%.%%%.%%%",
        "ä.ä.ä",
        f"{part([])}.{part({})}.AAAA",
        f"{part({})}.{part([])}.AAAA",
        f"{part({'crit': ['exp']})}.{part({})}.AAAA",
        f"{part({})}.{base64url.encode(b'[' * 5000)}.AAAA",
        "A" * (TOKEN_CHARACTERS_MAX + 1),
    ],
    ids=lambda token: token[:20],
)
def test_what_is_no_token_is_refused_as_such(keyrings, token):
    with pytest.raises(AuthInvalid, match="not a JWT"):
        verified(token, keyrings)


@keys_are_shared
@given(st.text() | st.text("abc.-_=", max_size=40))
def test_any_text_is_a_token_or_refused(keyrings, text):
    with pytest.raises(AuthInvalid):
        verified(text, keyrings)


@pytest.mark.parametrize("part", [0, pytest.param(1), 2])
@keys_are_shared
@given(data=st.data())
def test_one_changed_character_anywhere_makes_a_token_worthless(keyrings, part, data):
    parts = issued(keyrings).split(".")
    text = parts[part]
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("ABCyz019-_.=").filter(lambda one: one != text[place]))
    parts[part] = text[:place] + other + text[place + 1 :]

    with pytest.raises(AuthInvalid):
        verified(".".join(parts), keyrings)


def test_claims_that_are_no_utf_8_are_no_token(keyrings):
    claims = base64url.encode(b'{"a": "\xff"}')
    token = f"{part({})}.{claims}.AAAA"

    with pytest.raises(AuthInvalid, match="not a JWT"):
        verified(token, keyrings)


def test_every_profile_has_an_issuer_that_the_token_names(keyrings):
    _, claims = opened(issued(keyrings))

    assert [profile.issuer for profile in PROFILES.values()] == claims["aud"][:4]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"now": NOW + timedelta(seconds=LIFE)}, "has expired"),
        ({"now": NOW - timedelta(seconds=61)}, "not valid yet"),
        ({"trusted": ("mastercard",)}, "issuer is not trusted"),
        ({"sandbox": replace(SANDBOX, name=SandboxName("other"))}, "another sandbox"),
        ({"sandbox": replace(SANDBOX, era=1, first_era=1)}, "another sandbox"),
        ({"now": NOW + timedelta(days=40)}, "has expired"),
    ],
)
def test_a_token_that_was_good_before_is_refused_once_it_no_longer_is(keyrings, changes, message):
    token, seen_before = issued(keyrings), VerifiedTokens()
    first = verified(token, keyrings, seen_before=seen_before)

    assert verified(token, keyrings, seen_before=seen_before) == first
    with pytest.raises(AuthInvalid, match=message):
        verified(token, keyrings, seen_before=seen_before, **changes)


def test_a_token_that_was_good_before_needs_its_key_all_the_same(keyrings):
    token, seen_before = issued(keyrings), VerifiedTokens()
    verified(token, keyrings, seen_before=seen_before)
    visa, other = keyrings["visa"].by_kid("visa-sig"), keyrings["amex"].by_kid("amex-sig")
    replaced = {**keyrings, "visa": Keyring([replace(visa, public=other.public)])}
    removed = {**keyrings, "visa": Keyring([replace(visa, kid="another")])}

    with pytest.raises(AuthInvalid, match="signature is not valid"):
        verified(token, replaced, seen_before=seen_before)
    with pytest.raises(AuthInvalid, match="not a key of its issuer"):
        verified(token, removed, seen_before=seen_before)


def test_a_refused_signature_is_refused_again(keyrings):
    token, seen_before = issued(keyrings), VerifiedTokens()
    broken = token[:-6] + ("AAAAAA" if token[-6:] != "AAAAAA" else "BBBBBA")

    for _ in range(2):
        with pytest.raises(AuthInvalid):
            verified(broken, keyrings, seen_before=seen_before)
    assert seen_before.find(broken) is None


def test_only_the_newest_tokens_are_remembered(keyrings):
    seen_before = VerifiedTokens()
    signed = SignedClaims({}, "visa-sig", keyrings["visa"].by_kid("visa-sig").public)
    for number in range(ENTRIES_MAX + 1):
        seen_before.remember(f"token {number}", signed)

    assert seen_before.find("token 0") is None
    assert seen_before.find("token 1") is signed
    assert seen_before.find(f"token {ENTRIES_MAX}") is signed
