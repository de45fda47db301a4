"""Cryptograms and dynamic codes have the lengths of spec 9.4 and depend on their entropy alone."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.crypto.cryptogram import dynamic_card_security_code, long_form


@given(st.binary(min_size=20, max_size=20))
def test_a_cryptogram_is_twenty_bytes_in_28_characters_that_end_in_an_equals_sign(entropy):
    text = long_form(entropy)
    assert len(text) == 28 and text.endswith("=") and not text.endswith("==")
    assert base64.b64decode(text, validate=True) == entropy


@given(st.binary(min_size=8, max_size=40))
def test_a_dynamic_code_has_three_digits(entropy):
    code = dynamic_card_security_code(entropy)
    assert len(code) == 3 and code.isdecimal() and code.isascii()


def test_small_codes_keep_their_leading_zeros():
    assert dynamic_card_security_code(bytes(15) + b"\x07") == "007"


def test_too_little_entropy_is_an_error_and_not_a_weak_value():
    with pytest.raises(ValueError, match="20 bytes"):
        long_form(bytes(19))
    with pytest.raises(ValueError, match="8 bytes"):
        dynamic_card_security_code(bytes(7))
