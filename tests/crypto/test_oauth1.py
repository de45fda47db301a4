"""OAuth 1.0a: the base strings of RFC 5849, headers, body hashes, and RSA-SHA256."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.crypto import oauth1
from src_system.crypto.oauth1 import OAuthRefused

# RFC 5849 3.4.1.1, with the query and the form of 3.4.1.3.1.
RFC_BASE_STRING = (
    "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q"
    "%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_"
    "key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_m"
    "ethod%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk"
    "9d7dh3k39sjv7"
)
RFC_QUERY = "b5=%3D%253D&a3=a&c%40=&a2=r%20b"
RFC_FORM = "c2&a3=2+q"
RFC_HEADER = [
    ("oauth_consumer_key", "9djdj82h48djs9d2"),
    ("oauth_token", "kkk9d7dh3k39sjv7"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "137131201"),
    ("oauth_nonce", "7d8f3e4a"),
]
PARAMETERS = {
    "oauth_consumer_key": "key%21project",
    "oauth_nonce": "abc",
    "oauth_timestamp": "1758000000",
    "oauth_signature_method": "RSA-SHA256",
    "oauth_version": "1.0",
    "oauth_body_hash": "47DEQpj8HBSa%2B%2FTImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D",
    "oauth_signature": "c2lnbmF0dXJl",
}


def header(**changes):
    members = {**PARAMETERS, **changes}
    return "OAuth " + ", ".join(
        f'{name}="{value}"' for name, value in members.items() if value is not None
    )


def test_the_base_string_is_that_of_the_rfc():
    parameters = [
        *oauth1.query_parameters(RFC_QUERY),
        *oauth1.query_parameters(RFC_FORM),
        *RFC_HEADER,
    ]
    url = f"http://EXAMPLE.COM:80/request?{RFC_QUERY}"

    assert oauth1.signature_base_string("post", url, parameters) == RFC_BASE_STRING


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"),
        ("https://www.example.net:8080/?q=1", "https://www.example.net:8080/"),
        ("HTTPS://www.example.net:443", "https://www.example.net/"),
        ("http://example.com:443/a", "http://example.com:443/a"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
    ],
)
def test_the_base_string_uri_drops_query_default_port_and_capitals(url, expected):
    assert oauth1.base_string_uri(url) == expected


def test_a_header_is_read_without_its_realm():
    parsed = oauth1.parse_header(header(realm="Example"))

    assert parsed.consumer_key == "key!project"
    assert (parsed.nonce, parsed.timestamp) == ("abc", 1758000000)
    assert parsed.body_hash == oauth1.body_hash(b"")
    assert parsed.signature == b"signature"
    names = {name for name, _ in parsed.written}
    assert names == set(PARAMETERS) - {"oauth_signature"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bearer abc",
        "OAuth",
        "OAuth nonsense",
        header(oauth_consumer_key=None),
        header(oauth_consumer_key="a%00b"),
        header(oauth_nonce=None),
        header(oauth_nonce=""),
        header(oauth_timestamp="soon"),
        header(oauth_timestamp="-1"),
        header(oauth_signature=None),
        header(oauth_signature="!"),
        header(oauth_signature_method="HMAC-SHA256"),
        header(oauth_signature_method=None),
        header(oauth_version="2.0"),
        header(oauth_version="1.0&x=1"),
        header() + ', oauth_nonce="again"',
        header() + "ü",
        header(realm="x" * 10_000),
    ],
)
def test_a_header_that_lacks_or_twists_something_is_refused(text):
    with pytest.raises(OAuthRefused):
        oauth1.parse_header(text)


def test_the_body_hash_covers_every_byte():
    with_body = oauth1.parse_header(header(oauth_body_hash=oauth1.body_hash(b'{"a": 1}')))

    assert oauth1.is_body_of(with_body, b'{"a": 1}')
    assert not oauth1.is_body_of(with_body, b'{"a":1}')
    assert not oauth1.is_body_of(with_body, b"")


def test_only_an_empty_body_may_go_without_a_hash():
    without = oauth1.parse_header(header(oauth_body_hash=None))

    assert oauth1.is_body_of(without, b"")
    assert not oauth1.is_body_of(without, b"{}")


def test_a_header_encoded_as_the_rfc_has_it_has_one_base_string():
    parsed = oauth1.parse_header(header())

    (only,) = oauth1.base_strings("GET", "http://h/p?a=1&b=%20", parsed)

    assert "oauth_consumer_key%3Dkey%2521project" in only
    assert "oauth_body_hash%3D47DEQpj8HBSa%252B" in only


def test_what_was_not_encoded_is_also_taken_as_it_was_written():
    written = header(oauth_consumer_key="key!project", oauth_body_hash=oauth1.body_hash(b""))
    strict, as_written = oauth1.base_strings("GET", "http://h/p", oauth1.parse_header(written))

    assert "oauth_consumer_key%3Dkey%2521project" in strict
    assert "oauth_consumer_key%3Dkey%21project" in as_written


def test_a_signature_holds_for_its_base_string_and_key_only(private_key, other_private_key):
    signature = base64.b64decode(oauth1.sign(RFC_BASE_STRING, private_key))

    assert oauth1.is_signature(signature, RFC_BASE_STRING, private_key.public_key())
    assert not oauth1.is_signature(signature, RFC_BASE_STRING + "x", private_key.public_key())
    assert not oauth1.is_signature(signature, RFC_BASE_STRING, other_private_key.public_key())
    assert not oauth1.is_signature(b"", RFC_BASE_STRING, private_key.public_key())


@given(st.lists(st.tuples(st.text(), st.text())))
def test_the_order_of_parameters_does_not_matter(parameters):
    one = oauth1.signature_base_string("GET", "http://h/", parameters)

    assert oauth1.signature_base_string("GET", "http://h/", parameters[::-1]) == one
    assert one.isascii()


@given(st.text(st.characters(codec="ascii")))
def test_no_header_makes_the_reader_stumble(text):
    with contextlib.suppress(OAuthRefused):
        assert oauth1.parse_header("OAuth " + text).nonce
