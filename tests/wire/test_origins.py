"""What makes a call this call: what it says, whoever signed it and however it was encrypted."""

import pytest

from src_system.crypto import base64url
from src_system.wire.documents import ConsumerDocument, PhoneNumberDocument
from src_system.wire.origins import call_digest, person_origin, said, token_origin

CLAIMS = b'{"iss": "https://visa.src-system.test", "jti": "1", "exp": 1}'
JWE = "eyJhbGciOiJSU0EtT0FFUC0yNTYifQ.a.b.c.d"


def token(claims: bytes = CLAIMS, kid: str = "1", signature: bytes = b"1") -> str:
    header = base64url.encode(f'{{"alg": "RS256", "kid": "{kid}"}}'.encode())
    return f"{header}.{base64url.encode(claims)}.{base64url.encode(signature)}"


def test_a_token_counts_by_issuer_and_id_and_not_by_key_and_signature() -> None:
    assert token_origin(token()) == "https://visa.src-system.test 1"
    assert token_origin(token(kid="2", signature=b"2")) == token_origin(token())
    assert token_origin(token(CLAIMS.replace(b'"1"', b'"2"'))) != token_origin(token())


@pytest.mark.parametrize(
    "text", ["no token", "a.b.c", token(b"[]"), token(b"{}"), token(b'{"jti": 7}'), "x" * 70_000]
)
def test_what_names_no_issuer_and_no_id_stands_for_itself(text: str) -> None:
    assert token_origin(text) == text


def test_nothing_says_nothing() -> None:
    assert token_origin(None) is None
    assert token_origin("") is None
    assert person_origin(None) is None


def test_a_person_is_told_by_address_else_by_number() -> None:
    number = PhoneNumberDocument(country_code="1", phone_number="2025550143")

    both = ConsumerDocument(email_address="ana@shop.test", mobile_number=number)
    assert person_origin(both) == "ana@shop.test"
    assert person_origin(ConsumerDocument(mobile_number=number)) == "2025550143"


def test_ciphertexts_say_nothing_wherever_they_stand() -> None:
    body = {"encryptedCard": JWE, "idTokens": [token(), "x"], "consumer": {"name": "Ana"}}

    assert said(body) == {
        "encryptedCard": None,
        "idTokens": ["https://visa.src-system.test 1", "x"],
        "consumer": {"name": "Ana"},
    }


def test_calls_that_say_the_same_are_the_same_call() -> None:
    one = {"idToken": token(), "a": 1}
    other = {"a": 1, "idToken": token(kid="2", signature=b"2")}

    assert call_digest(one, b"1") == call_digest(other, b"2")
    assert call_digest({**one, "a": 2}, b"1") != call_digest(one, b"1")
    assert call_digest(None, b"1") != call_digest(None, b"2")
