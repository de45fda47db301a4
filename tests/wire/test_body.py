"""Request bodies: a JSON object of bounded depth with characters that can be kept, or a refusal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.model.errors import InvalidFormat, MalformedBody, SrcError
from src_system.wire.body import read_body

DEPTH_MAX = 32


def read(raw):
    return read_body(raw, depth_max=DEPTH_MAX)


def nested(depth, opening, closing):
    return b'{"a":' + opening * (depth - 1) + b"1" + closing * (depth - 1) + b"}"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b'"{}"',
        b"1",
        b"{",
        b"{}}",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\xff"}',
        b"\x00{}",
        b'{"a": "\x00"}',
        b'{"a": ' + b"1" * 5000 + b"}",
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_json_object_is_malformed(raw):
    with pytest.raises(MalformedBody):
        read(raw)


def test_an_object_is_read_as_it_is():
    assert read(b' {"a": [1, 2.5, null, true, "\\u00e4\\ud83d\\ude00"], "a b": {}} ') == {
        "a": [1, 2.5, None, True, "ä😀"],
        "a b": {},
    }


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"b":', b"}")])
def test_a_body_is_as_deep_as_the_limit_and_no_deeper(opening, closing):
    assert read(nested(DEPTH_MAX, opening, closing))
    for depth in (DEPTH_MAX + 1, DEPTH_MAX + 2, 100_000):
        with pytest.raises(MalformedBody, match="32 levels"):
            read(nested(depth, opening, closing))


def test_how_deep_a_body_may_be_does_not_depend_on_its_width():
    deep = nested(DEPTH_MAX, b"[", b"]")

    assert read(deep) | {"b": []} == read(deep[:-1] + b', "b": []}')


def test_a_wide_body_is_not_a_deep_one():
    assert len(read(b'{"a": [' + b",".join([b"[1]"] * 1000) + b"]}")["a"]) == 1000


@pytest.mark.parametrize(
    ("document", "source"),
    [
        ({"a": "x\x00"}, "a"),
        ({"a": {"b": "\x00"}}, "a.b"),
        ({"a": [{"b": ["", "\x00"]}]}, "a[0].b[1]"),
        ({"a": {"\x00": 1}}, "a"),
        ({"\x00": 1}, ""),
    ],
)
def test_a_nul_character_is_refused_by_the_path_of_its_member(document, source):
    with pytest.raises(InvalidFormat) as refused:
        read(json.dumps(document).encode())

    assert refused.value.source == source


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": "\\ud800"}',
        b'{"a": "\\udc00"}',
        b'{"a": "\\ud800\\u0041"}',
        b'{"a": "\\ud800 \\udc00"}',
        b'{"\\udfff": 1}',
        b'{"a": "\xed\xa0\x80"}',
    ],
)
def test_half_of_a_surrogate_pair_is_refused(raw):
    with pytest.raises(SrcError):
        read(raw)


@pytest.mark.parametrize("text", ["line\nend", "tab\t", "\u202e", "\uffff", "\x7f"])
def test_other_characters_that_do_not_print_are_kept(text):
    assert read(json.dumps({"a": text}).encode()) == {"a": text}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=25,
)


@given(st.dictionaries(st.text(), JSON, max_size=5), st.booleans())
def test_any_json_object_comes_back_whole_or_is_refused(document, ensure_ascii):
    raw = json.dumps(document, ensure_ascii=ensure_ascii).encode()

    try:
        assert read(raw) == document
    except InvalidFormat:
        assert "\\u0000" in json.dumps(document)


@given(JSON)
def test_any_json_never_raises_anything_but_a_refusal(document):
    try:
        assert read(json.dumps(document).encode()) == document
    except SrcError:
        assert not isinstance(document, dict) or "\\u0000" in json.dumps(document)


@given(st.binary() | st.text('{}[]",:\\ud80 019eE.-').map(str.encode))
def test_any_bytes_never_raise_anything_but_a_refusal(raw):
    try:
        document = read(raw)
    except SrcError:
        return
    assert isinstance(document, dict)
