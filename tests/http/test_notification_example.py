"""The receiver in docs/notifications.md verifies what a server really sends."""

import json
import re

import pytest
from jwcrypto.jws import InvalidJWSSignature

from tests.http.initiator import Initiator
from tests.http.receiver import SIGNATURE_HEADER, receiving
from tests.http.test_card_notifications import act, listen, paid_card

CODE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


async def test_the_example_accepts_what_was_sent_and_nothing_else(initiator: Initiator, repository):
    text = (repository / "docs" / "notifications.md").read_text(encoding="utf-8")
    [code] = CODE.findall(text)
    example: dict[str, object] = {"__name__": "example"}
    exec(compile(code, "notifications.md", "exec"), example)
    verified = example["verified"]
    assert callable(verified)
    async with receiving() as receiver:
        await listen(initiator, receiver.url)
        await act(initiator, "visa", await paid_card(initiator, "visa"), "suspend")
        received = await receiver.next()
    answer = await initiator.send("GET", initiator.sandbox["urls"]["visa"]["keys"])

    header = verified(received.body, received.headers[SIGNATURE_HEADER], answer.body["keys"])

    assert header["jti"] == received.id
    [entry] = json.loads(received.body)["digitalCardUpdateNotifications"]
    assert entry["reasonCode"] == "CARD_SUSPENDED"
    with pytest.raises(InvalidJWSSignature):
        verified(received.body + b" ", received.headers[SIGNATURE_HEADER], answer.body["keys"])
