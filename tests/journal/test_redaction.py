"""What never gets into the journal: foreign card numbers and credentials, however they are sent."""

import json
from typing import Any
from urllib.parse import unquote

import pytest
from yarl import URL

from src_system.app import Server
from src_system.journal.opening import read_object
from src_system.journal.reading import entries_of
from src_system.journal.redaction import (
    FOREIGN_CARD,
    REMOVED,
    is_foreign,
    is_invented,
    may_hold_jwe,
    redact_encoded,
    redact_form,
    redact_headers,
    redact_numbers,
    redact_set_cookie,
)
from src_system.model.journal import JournalEntry
from src_system.networks import PROFILES
from tests.http.initiator import CARDS, Initiator
from tests.http.signers import register
from tests.journal.entries import journal

FOREIGN = "4539578763621486"  # Luhn-valid, published nowhere, in no range of ours
UNPUBLISHED_MAESTRO = "501800000009"  # twelve digits
JSON = {"Content-Type": "application/json"}


async def kept(served: Server, initiator: Initiator, least: int = 1) -> list[JournalEntry]:
    await journal(initiator, least=least)
    world = await served.installation.world(initiator.sandbox["name"])
    return await entries_of(served.installation, world.sandbox.sandbox_id)


def everything(entry: JournalEntry) -> str:
    """All that an entry holds, as one text without spaces and hyphens."""
    parts: list[Any] = [
        entry.path,
        entry.request_headers,
        entry.request_body.decode("utf-8", "replace"),
        entry.response_headers,
        entry.response_body.decode("utf-8", "replace"),
        entry.seen,
    ]
    return "".join(map(str, parts)).replace(" ", "").replace("-", "")


async def sent(initiator: Initiator, body: bytes, query: str = "", **headers: str) -> int:
    url = f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup{query}"
    as_it_is = URL(url, encoded=True)
    async with initiator.session.post(as_it_is, data=body, headers={**JSON, **headers}) as answer:
        return answer.status


@pytest.mark.parametrize(
    "card",
    [
        f'"{FOREIGN}"',
        FOREIGN,
        '"4539 5787 6362 1486"',
        '"4539-5787-6362-1486"',
        '"order 17 4539 5787 6362 1486"',
        '"\\u0034539578763621486"',
    ],
)
async def test_a_foreign_number_in_a_body_is_masked_and_the_body_stays_json(
    served: Server, initiator: Initiator, card: str
) -> None:
    body = f'{{"srcClientId": "{initiator.client_id}", "cards": [{{"number": {card}}}]}}'
    await sent(initiator, body.encode())
    [entry] = await kept(served, initiator)

    assert FOREIGN not in everything(entry)
    assert "1486" in read_object(entry.request_body)["cards"][0]["number"]


@pytest.mark.parametrize(
    ("body", "query", "headers"),
    [
        (f'{{"primaryAccountNumber": "{FOREIGN}"'.encode(), "", {}),
        (b"{}", f"?primaryAccountNumber={FOREIGN}", {}),
        (b"{}", "", {"X-Card": f"4539 5787 6362 1486; {FOREIGN}"}),
        (f'{{"{FOREIGN}": 1}}'.encode(), "", {}),
    ],
    ids=["malformed", "query", "header", "name"],
)
async def test_a_foreign_number_is_masked_wherever_else_it_stands(
    served: Server, initiator: Initiator, body: bytes, query: str, headers: dict[str, str]
) -> None:
    await sent(initiator, body, query, **headers)
    [entry] = await kept(served, initiator)

    assert FOREIGN not in everything(entry)


SPACED = "4539%205787%206362%201486"


@pytest.mark.parametrize(
    ("body", "query"),
    [
        (b"{}", f"?note={SPACED}"),
        (b"{}", f"?note={SPACED.replace('%20', '+')}&a=1"),
        (b"{}", f"?note={SPACED.replace('%20', '%2D')}"),
        (b"{}", "?note=%34" + FOREIGN[1:]),
        (b"{}", f"?note={SPACED.replace('%', '%25')}"),
        (b"{}", f"/{SPACED}?a=1"),
        (f"note={SPACED}&a=%31".encode(), ""),
    ],
    ids=["blanks", "plus", "hyphens", "digit", "encoded twice", "path", "form"],
)
async def test_a_foreign_number_is_masked_where_it_is_percent_encoded(
    served: Server, initiator: Initiator, body: bytes, query: str
) -> None:
    await sent(initiator, body, query)
    [entry] = await kept(served, initiator)

    told = "".join(c for c in unquote(unquote(everything(entry))) if c not in " +-")
    assert FOREIGN not in told
    assert "************1486" in told


def test_what_else_is_percent_encoded_stays_byte_for_byte() -> None:
    raw = b"/s/a%2Fb/visa?x=%7e+1&card=4111%201111%201111%201111&y=%ff#%"

    assert redact_encoded(raw) == raw


async def test_a_test_number_stays_as_it_was_sent(served: Server, initiator: Initiator) -> None:
    body = f'{{"a": "{CARDS["visa"]}",  "b": "4111 1111 1111 1111"}}'.encode()
    await sent(initiator, body)
    [entry] = await kept(served, initiator)

    assert entry.request_body == body


@pytest.mark.parametrize("number", [FOREIGN, UNPUBLISHED_MAESTRO])
async def test_a_foreign_number_encrypted_to_a_network_is_replaced_with_its_cipher(
    served: Server, initiator: Initiator, number: str
) -> None:
    sealed = await initiator.encrypted_card("visa", number)
    answer = await initiator.call("visa", "cards", {"encryptedCard": sealed})
    assert "PAN_INELIGIBLE" in answer.reasons
    *_, entry = await kept(served, initiator, 2)

    assert read_object(entry.request_body)["encryptedCard"] == FOREIGN_CARD
    assert sealed not in entry.request_body.decode()
    assert entry.refusal == "PanIneligible"


@pytest.mark.parametrize("network", CARDS)
async def test_it_is_replaced_also_where_nobody_looked_into_it(
    served: Server, initiator: Initiator, network: str
) -> None:
    """A call that is refused for something else, or goes to another network than its key's."""
    sealed = await initiator.encrypted_card(network, FOREIGN)
    nested = {"deep": [{"list": [sealed, "other"]}], "encryptedCard": sealed, "srcDpaId": "x"}
    refused = await initiator.call("visa", "transaction/credentials", nested)
    assert refused.status == 403
    *_, entry = await kept(served, initiator, 2)
    members = read_object(entry.request_body)

    assert members["encryptedCard"] == FOREIGN_CARD
    assert members["deep"] == [{"list": [FOREIGN_CARD, "other"]}]


async def test_it_is_replaced_in_a_body_that_is_no_json(
    served: Server, initiator: Initiator
) -> None:
    sealed = await initiator.encrypted_card("visa", FOREIGN)
    good = await initiator.encrypted_card("visa", CARDS["visa"])
    await sent(initiator, f'{{"encryptedCard": "{sealed}", "b": "{good}", '.encode())
    *_, entry = await kept(served, initiator, 3)  # keys are fetched for each card

    assert sealed.encode() not in entry.request_body
    assert good.encode() in entry.request_body
    assert FOREIGN_CARD.encode() in entry.request_body


async def test_a_test_card_stays_encrypted_as_it_was_sent(
    served: Server, initiator: Initiator
) -> None:
    sealed = await initiator.encrypted_card("visa", CARDS["visa"])
    await initiator.call("visa", "cards", {"encryptedCard": sealed, "srcDpaId": "x"})
    *_, entry = await kept(served, initiator, 2)

    assert read_object(entry.request_body)["encryptedCard"] == sealed


async def test_no_credential_of_a_client_is_kept(served: Server, initiator: Initiator) -> None:
    signer = await register(initiator)
    token = await signer.access_token("discover")
    for network in ("visa", "mastercard", "amex"):
        call = await signer.signed(network)
        await initiator.send(call.method, call.url, data=call.data, headers=call.headers)
    secret = signer.authentication["oauth2"]["clientSecret"]
    await initiator.send(
        "POST",
        f"{initiator.sandbox['urls']['visa']['token']}?client_secret={secret}",
        data=f"grant_type=client_credentials&client%5Fsecret={secret}".encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Cookie": "a=b; c=d"},
    )
    entries = await kept(served, initiator, 6)
    texts = "".join(map(everything, entries))
    operations = [entry.operation for entry in entries]
    by_header = {name: value for entry in entries for name, value in entry.request_headers.items()}

    assert operations.count("accessToken") >= 2
    for gone in (token, token.rpartition(".")[2], secret):
        assert gone.replace("-", "") not in texts
    assert by_header["Authorization"] in (f"OAuth {REMOVED}", f"Bearer {REMOVED}")
    assert by_header["x-pay-token"] == REMOVED
    assert by_header["Cookie"] == f"a={REMOVED}; c={REMOVED}"
    assert f"client_secret={REMOVED}" in entries[-1].path


def test_names_and_schemes_of_credentials_stay() -> None:
    assert redact_headers([(b"AUTHORIZATION", b"Bearer abc.def"), (b"Accept", b"*/*")]) == [
        (b"AUTHORIZATION", b"Bearer [removed]"),
        (b"Accept", b"*/*"),
    ]
    assert redact_headers([(b"Authorization", b"secret")]) == [(b"Authorization", b"[removed]")]
    assert redact_set_cookie({"Set-Cookie": "a=b; Path=/; Secure", "X": "y"}) == (
        ("Set-Cookie", "a=[removed]; Path=/; Secure"),
        ("X", "y"),
    )
    assert redact_form(b"a=1&client_secret=x&b") == b"a=1&client_secret=[removed]&b"


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_what_a_network_issues_or_takes_is_invented(profile: Any) -> None:
    token = profile.token_range.prefix.ljust(profile.token_range.digits, "0")

    assert all(is_invented(pan.digits) for pan in profile.test_pans)
    assert is_invented(token)
    assert not is_invented(FOREIGN)


@pytest.mark.parametrize(
    ("clear", "expected"),
    [
        ({"primaryAccountNumber": FOREIGN}, True),
        ({"card": {"primaryAccountNumber": f" {FOREIGN} "}}, True),
        ({"cards": [{"primaryAccountNumber": int(FOREIGN)}]}, True),
        ({"primaryAccountNumber": UNPUBLISHED_MAESTRO}, True),
        ({"note": f"it is {FOREIGN}"}, True),
        ({"primaryAccountNumber": CARDS["amex"]}, False),
        ({"primaryAccountNumber": "4111111111111112"}, False),
        ([], False),
    ],
)
def test_a_card_in_clear_is_judged_by_its_number(clear: Any, expected: bool) -> None:
    assert is_foreign(json.dumps(clear).encode()) is expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"idToken": "eyJh.b.c", "x": "1.2.3.4.5"}', False),
        (b'{"idToken": "eyJh.b.c", "y": "eyJh.b.c.d.e"}', True),
        (b'{"y": "eyJh.b.c.d.e', True),
        (b'{"y": "\\u0065yJh.b.c.d.e"}', True),
        (b'{"a": "b\\/c"}', False),
        (b"", False),
    ],
)
def test_a_body_that_may_hold_something_encrypted_is_found(raw: bytes, expected: bool) -> None:
    assert may_hold_jwe(raw) is expected


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "0191d2a4-4539-5787-6362-148612345678"}',
        '{"at": 1795683600000, "amount": "12.34"}',
        '{"id": "pWrXqHV0TpOBvFIEAOFp8A000000000000US"}',
        "not json",
    ],
)
def test_what_is_no_card_number_stays_byte_for_byte(text: str) -> None:
    assert redact_numbers(text.encode()) == text.encode()
