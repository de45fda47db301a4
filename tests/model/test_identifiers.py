"""Forms of identifiers: what is one, what is not (spec 2.6, 2.7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.model.errors import InvalidFormat
from src_system.model.identifiers import (
    check_identifier,
    is_correlation_id,
    is_flow_id,
    is_sandbox_name,
)

UUID = "cb2770ae-438a-4a44-8c02-2c3f4c1f1b55"


@pytest.mark.parametrize("text", [UUID, UUID.upper(), f"34f4a04b.{UUID}"])
def test_a_correlation_id_is_a_uuid_with_or_without_a_prefix(text):
    assert is_correlation_id(text)


@pytest.mark.parametrize(
    "text",
    ["", "x", UUID[:-1], UUID + "0", f"{UUID} ", f".{UUID}", f"34F4A04B.{UUID}", f"a.{UUID}"],
)
def test_anything_else_is_no_correlation_id(text):
    assert not is_correlation_id(text)


@pytest.mark.parametrize("text", [UUID, f"34f4a04b.{UUID}", f"34f4a04b.{UUID}.1700000000"])
def test_a_flow_id_may_end_in_a_time(text):
    assert is_flow_id(text)


@pytest.mark.parametrize("text", ["", f"{UUID}.170", f"34f4a04b/{UUID}", UUID * 10, "spaces in it"])
def test_anything_else_is_no_flow_id(text):
    assert not is_flow_id(text)


@pytest.mark.parametrize("text", ["a", "default", "s-7f3a", "0", "a" * 63])
def test_a_sandbox_is_named_like_a_host(text):
    assert is_sandbox_name(text)


@pytest.mark.parametrize("text", ["", "-a", "a-", "A", "a_b", "a.b", "a/b", "a" * 64, "ä", "a b"])
def test_a_sandbox_has_no_other_name(text):
    assert not is_sandbox_name(text)


@pytest.mark.parametrize("check", [is_correlation_id, is_flow_id, is_sandbox_name])
@given(text=st.text(max_size=300))
def test_any_text_is_an_identifier_or_not(check, text):
    assert check(text) in (True, False)
    if check(text):
        assert text.isascii() and text.isprintable()


@pytest.mark.parametrize("text", ["", "two words", "tab\t", "nul\x00", "ä", "x" * 37])
def test_an_opaque_identifier_is_printable_ascii_of_bounded_length(text):
    with pytest.raises(InvalidFormat) as refused:
        check_identifier(text, source="srcDigitalCardId", characters_max=36)

    assert refused.value.source == "srcDigitalCardId"


def test_an_identifier_is_taken_as_it_is():
    assert check_identifier("A~!9", source="x") == "A~!9"


@pytest.mark.parametrize(
    "holds",
    [
        lambda: is_correlation_id(UUID + "\n"),
        lambda: is_flow_id(UUID + "\n"),
        lambda: is_sandbox_name("default\n"),
        lambda: check_identifier("card-1\n", source="x"),
    ],
    ids=["correlation id", "flow id", "sandbox name", "opaque"],
)
def test_a_line_end_is_no_part_of_an_identifier(holds):
    try:
        accepted = holds()
    except InvalidFormat:
        accepted = False

    assert not accepted
