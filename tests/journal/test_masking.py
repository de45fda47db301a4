"""What is hidden of an entry that is shown, and that without masks nothing is."""

import base64
import json
from typing import Any

import pytest

from src_system.journal.masking import HIDDEN, Masking

PAN = "4111111111111111"
ON, OFF = Masking(), Masking(is_on=False)


@pytest.mark.parametrize(
    ("document", "masked"),
    [
        ({"primaryAccountNumber": PAN}, {"primaryAccountNumber": "************1111"}),
        ({"validationData": "012345"}, {"validationData": HIDDEN}),
        ({"a": [{"otpValue": "012345"}]}, {"a": [{"otpValue": HIDDEN}]}),
        ({"cardSecurityCode": 123}, {"cardSecurityCode": HIDDEN}),
        ({"cardSecurityCode": None}, {"cardSecurityCode": None}),
        (
            {"dynamicData": {"dynamicDataValue": "AAA="}},
            {"dynamicData": {"dynamicDataValue": HIDDEN}},
        ),
        ({"note": f"card {PAN}."}, {"note": "card ************1111."}),
        ({PAN: int(PAN)}, {"************1111": "************1111"}),
        ({"amount": 12, "yes": True, "none": None}, {"amount": 12, "yes": True, "none": None}),
    ],
)
def test_numbers_and_codes_are_hidden_in_documents(document: Any, masked: Any) -> None:
    assert ON.document(document) == masked
    assert OFF.document(document) == document


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b'{ "a":  1 }', '{ "a":  1 }'),
        (b'{ "validationData" : "012345" }', '{"validationData":"[masked]"}'),
        (b'{"validationData": "012345", "x', '{"validationData": "[masked]", "x'),
        (b'{"cardSecurityCode":123, "x', '{"cardSecurityCode":"[masked]", "x'),
        (b"card 4111 1111 1111 1111", "card ************1111"),
        (b"", ""),
    ],
)
def test_a_body_is_shown_as_it_was_but_for_its_masks(raw: bytes, shown: str) -> None:
    body = ON.body(raw)

    assert (body.text, body.encoding) == (shown, None)
    assert OFF.body(raw).text.encode() == raw


def test_a_body_that_is_no_text_is_shown_in_base64_and_masked_all_the_same() -> None:
    raw = b"\xff" + PAN.encode() + b"\xfe"
    masked, clear = ON.body(raw), OFF.body(raw)

    assert masked.encoding == clear.encoding == "base64"
    assert base64.b64decode(masked.text) == b"\xff************1111\xfe"
    assert base64.b64decode(clear.text) == raw


def test_addresses_and_headers_are_masked() -> None:
    assert ON.path(f"/a?validationData=012345&b={PAN}#c") == (
        "/a?validationData=[masked]&b=************1111#c"
    )
    assert ON.path("/a/4111%201111%201111%201111?b=%34111+1111+1111+1111&c=%2F") == (
        "/a/************1111?b=************1111&c=%2F"
    )
    assert ON.headers({"X": PAN}) == {"X": "************1111"}
    assert OFF.path(f"/a?b={PAN}") == f"/a?b={PAN}"
    assert OFF.headers({"X": PAN}) == {"X": PAN}


def test_what_is_encoded_again_is_the_same_document() -> None:
    document = {"a": ["é", 1.5, {"b": None}], "validationData": "012345"}

    masked = json.loads(ON.body(json.dumps(document).encode()).text)

    assert masked == {**document, "validationData": HIDDEN}
