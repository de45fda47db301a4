"""x-pay-token: digests computed elsewhere, both forms, and what they cover."""

from typing import Any

import pytest

from src_system.crypto import x_pay_token
from src_system.crypto.x_pay_token import XPayTokenRefused

# printf '%s' '1758000000v1/payments/data/4711apikey=K1&currency=USD{"amount":"10"}' |
#   openssl dgst -sha256 -hmac 'S3cr3t-shared'      (and for x: the secret in front, no -hmac)
HMAC = "0d8991b17249f12100cce28432889719374930b19723ddd70995ef619e4a27c7"
PLAIN = "7069fa7250f48f23a27ffcbae25831896843b361a9a43f3eec1f01d4531186f4"
MADE_OF: dict[str, Any] = {
    "secret": "S3cr3t-shared",
    "path": "v1/payments/data/4711",
    "query": "apikey=K1&currency=USD",
    "raw": b'{"amount":"10"}',
}


@pytest.mark.parametrize("text", [f"xv2:1758000000:{HMAC}", f"x:1758000000:{PLAIN}"])
def test_a_token_computed_by_openssl_is_recognised(text):
    assert x_pay_token.is_token_of(x_pay_token.parse(text), **MADE_OF)


@pytest.mark.parametrize("text", [f"xv2:1758000000:{PLAIN}", f"x:1758000000:{HMAC}"])
def test_the_digest_of_one_form_is_none_of_the_other(text):
    assert not x_pay_token.is_token_of(x_pay_token.parse(text), **MADE_OF)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("secret", "another"),
        ("path", "v1/payments/data/4712"),
        ("query", "apikey=K1&currency=EUR"),
        ("query", ""),
        ("raw", b'{"amount":"11"}'),
        ("raw", b""),
    ],
)
def test_a_token_covers_secret_path_query_and_body(member, value):
    token = x_pay_token.parse(f"xv2:1758000000:{HMAC}")

    assert not x_pay_token.is_token_of(token, **{**MADE_OF, member: value})


def test_a_token_covers_its_time_as_it_is_written():
    late = x_pay_token.parse(f"xv2:1758000001:{HMAC}")
    padded = x_pay_token.parse(f"xv2:01758000000:{HMAC}")

    assert padded.timestamp == 1758000000
    assert not x_pay_token.is_token_of(late, **MADE_OF)
    assert not x_pay_token.is_token_of(padded, **MADE_OF)


def test_a_token_of_the_ordered_query_is_good_for_the_query_as_it_was_sent():
    token = x_pay_token.parse(f"xv2:1758000000:{HMAC}")

    assert x_pay_token.is_token_of(token, **{**MADE_OF, "query": "currency=USD&apikey=K1"})
    assert x_pay_token.ordered_query("b=x y~%7e&a=%2f&&c") == "a=%2F&b=x%20y~~&c="


@pytest.mark.parametrize(
    "text",
    ["", "xv2", f"xv3:1758000000:{HMAC}", f"xv2:soon:{HMAC}", "xv2:1758000000:abc", f"xv2::{HMAC}"],
)
def test_what_is_no_token_is_refused(text):
    with pytest.raises(XPayTokenRefused):
        x_pay_token.parse(text)
