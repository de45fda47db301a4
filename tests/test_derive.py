"""Derivation: equal calls give equal answers, different parts give different ones."""

import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.derive import Derivation, random_seed, random_token

SEED_42 = Derivation("42")
part = st.one_of(st.text(max_size=12), st.integers(), st.binary(max_size=12))
parts = st.lists(part, max_size=4).map(tuple)


@given(seed=st.text(), purpose=st.text(), given_parts=parts, size=st.integers(0, 100))
def test_the_same_call_gives_the_same_bytes_of_the_size_asked_for(seed, purpose, given_parts, size):
    first = Derivation(seed).bytes(purpose, *given_parts, size=size)
    assert first == Derivation(seed).bytes(purpose, *given_parts, size=size)
    assert len(first) == size


@given(one=st.tuples(st.text(max_size=6), parts), other=st.tuples(st.text(max_size=6), parts))
def test_different_purposes_or_parts_give_different_bytes(one, other):
    def typed(call):
        return call[0], [(type(value), value) for value in call[1]]

    is_same = typed(one) == typed(other)
    derived = [SEED_42.bytes(purpose, *values, size=32) for purpose, values in (one, other)]
    assert (derived[0] == derived[1]) == is_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "bc"), ("ab", "c")),
        (("a", ""), ("a",)),
        (("1",), (1,)),
        ((b"a",), ("a",)),
        ((12, 3), (1, 23)),
        ((-1,), (1,)),
        (("a", "b"), ("b", "a")),
        (("a\x00b",), ("a", "b")),
    ],
)
def test_parts_do_not_run_into_one_another(one, other):
    assert SEED_42.bytes("p", *one, size=32) != SEED_42.bytes("p", *other, size=32)


def test_another_seed_gives_other_values():
    values = {Derivation(seed).uuid("id", 1) for seed in ("42", "43", "", "042")}
    assert len(values) == 4


def test_values_stay_as_they_are_from_release_to_release():
    """Recorded journals and scenarios with a seed rest on them."""
    assert SEED_42.bytes("purpose", "part", 7, b"raw", size=4).hex() == "b6bac3e3"
    assert SEED_42.digits("one_time_code", "session", 1, count=6) == "285229"
    assert SEED_42.uuid("src_digital_card_id", "visa", 1) == "4b8122e0-101e-4fab-92f1-f986775a4241"


@given(st.integers())
def test_a_uuid_has_the_form_of_version_4(number):
    text = SEED_42.uuid("id", number)
    read = uuid.UUID(text)
    assert (str(read), read.version, read.variant) == (text, 4, uuid.RFC_4122)


@given(below=st.integers(1, 10**30), number=st.integers())
def test_a_number_lies_below_its_bound(below, number):
    assert 0 <= SEED_42.number("n", number, below=below) < below


@given(count=st.integers(1, 20), number=st.integers())
def test_digits_are_as_many_as_asked_for(count, number):
    text = SEED_42.digits("d", number, count=count)
    assert len(text) == count and text.isdecimal() and text.isascii()


def test_no_digit_is_favoured():
    counted = Counter("".join(SEED_42.digits("d", n, count=6) for n in range(5_000)))
    assert set(counted) == set("0123456789")
    assert max(abs(times - 3_000) for times in counted.values()) < 300  # over five deviations


@given(
    alphabet=st.sampled_from(["01", "ACGT", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"]),
    n=st.integers(),
)
def test_text_is_of_its_alphabet_and_size(alphabet, n):
    text = SEED_42.text("t", n, alphabet=alphabet, size=25)
    assert len(text) == 25 and set(text) <= set(alphabet)


def test_every_character_of_an_alphabet_occurs():
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    seen = "".join(SEED_42.text("t", n, alphabet=alphabet, size=25) for n in range(200))
    assert set(seen) == set(alphabet)


def test_the_repr_of_a_derivation_does_not_show_what_it_derives_with():
    assert "sesame" not in repr(Derivation("sesame"))


def test_random_seeds_and_tokens_differ_each_time():
    assert len({random_seed() for _ in range(50)}) == 50
    assert len({random_token() for _ in range(50)}) == 50
    assert len(random_token()) >= 43
