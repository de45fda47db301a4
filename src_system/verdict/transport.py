"""Checks on the HTTP around a call: its body, its type, its headers, its address."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from src_system.journal.addresses import mask_address
from src_system.networks import PROFILES
from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History
from src_system.verdict.step import Step

_WITHOUT_BODY = ("GET", "DELETE")
_JSON = "application/json"
_FORMS = frozenset({"accessToken", "dcf"})
# As clients show one, and as the journal keeps one that is no test number.
_MASKED_NUMBER = re.compile(r"[0-9]{6}[*X•]{2,9}[0-9]{4}|\*{9,15}[0-9]{4}")
_EMAIL = re.compile(r"[^/?&=\s]+@[^/?&=\s@]+\.[A-Za-z]{2,}")
# Of a Card (spec 5.7): never outside a JWE.
_CARD_SECRETS = frozenset({"primaryAccountNumber", "cardSecurityCode", "paymentToken"})


def _every(history: History) -> list[Step]:
    return list(history.steps)


def _without_body(history: History) -> list[Step]:
    return [step for step in history.steps if step.entry.method in _WITHOUT_BODY]


@check(
    "src.transport.get-with-body",
    "A GET or DELETE carries a body",
    Severity.WARN,
    mend="Send the members in the query string, and no body and no Content-Length.",
    of=_without_body,
)
def get_with_body(step: Step, _history: History) -> Flaws:
    """spec 2.1, 4.11: a call by GET or DELETE says everything in its path and query; gateways drop
    such a body or refuse the request.
    """
    if step.has_body:
        yield Flaw(f"{step.entry.method} {step.operation} has a body.", (step,))


def _with_body(history: History) -> list[Step]:
    """Calls of operations: who asks for an access token sends a form (RFC 6749), as do pages."""
    return [step for step in history.steps if step.has_body and step.operation not in _FORMS]


@check(
    "src.transport.content-type",
    "A body is not sent as application/json",
    Severity.FAIL,
    mend="Send Content-Type: application/json with every body.",
    of=_with_body,
)
def content_type(step: Step, _history: History) -> Flaws:
    """spec 2.1: bodies are JSON in UTF-8, and say so."""
    sent = step.header("Content-Type")
    kind = (sent or "").partition(";")[0].strip().lower()
    if step.entry.method not in _WITHOUT_BODY and kind != _JSON:
        yield Flaw(f"Content-Type is {sent or 'missing'}.", (step,))


def _to_header_networks(history: History) -> list[Step]:
    return [
        step
        for step in history.steps
        if step.profile is not None
        and step.profile.client_id_header is not None
        and isinstance(step.body.get("srcClientId"), str)
    ]


@check(
    "src.transport.client-id-header",
    "The header that names the client is missing or names another",
    Severity.WARN,
    mend="Send x-openapi-clientid with the srcClientId that is in the body.",
    of=_to_header_networks,
)
def client_id_header(step: Step, _history: History) -> Flaws:
    """spec 2.6: Mastercard wants x-openapi-clientid on every call, equal to the srcClientId in the
    body.
    """
    name = step.profile.client_id_header if step.profile is not None else None
    sent = step.header(name or "")
    if not sent:
        yield Flaw(f"{name} is missing.", (step,))
    elif sent != step.body["srcClientId"]:
        yield Flaw(f"{name} is not the srcClientId of the body.", (step,))


@check(
    "src.privacy.card-in-clear",
    "Card data stands in clear where only a JWE may hold it",
    Severity.FAIL,
    mend="Encrypt the card into encryptedCard; keep numbers out of bodies, paths and queries.",
    of=_every,
)
def card_in_clear(step: Step, _history: History) -> Flaws:
    """spec 2.1, 5.7, 8.1: number and security code of a card travel as JWE to the network's key,
    and in no address at all.
    """
    for path in _secrets(step.exchange.request, ""):
        if not (step.operation == "completeAuthentication" and "methodAttributes." in path):
            yield Flaw(f"{path} is sent in clear.", (step,))
    address = step.entry.path
    if _MASKED_NUMBER.search(unquote(address)) or mask_address(address, _is_other) != address:
        yield Flaw("A card number stands in the address.", (step,))


def _is_other(digits: str) -> bool:
    """Whether these are no card's that the simulator takes: they may be anything."""
    return all(profile.test_pan(digits) is None for profile in PROFILES.values())


def _secrets(document: object, path: str) -> Iterator[str]:
    if isinstance(document, dict):
        for name, value in document.items():
            below = f"{path}.{name}" if path else str(name)
            if name in _CARD_SECRETS and value:
                yield below
            yield from _secrets(value, below)
    elif isinstance(document, list):
        for value in document:
            yield from _secrets(value, f"{path}[]")


@check(
    "src.privacy.person-in-address",
    "An e-mail address or phone number stands in a URL",
    Severity.WARN,
    mend="Send consumerIdentity in the body of a POST.",
    of=_every,
)
def person_in_address(step: Step, _history: History) -> Flaws:
    """spec 4.4, 5.2: identities travel in the body. Addresses end up in the logs of every proxy on
    the way.
    """
    if _EMAIL.search(unquote(step.entry.path)) is not None:
        yield Flaw(f"The address of {step.operation} holds an e-mail address.", (step,))
    for name in ("identityValue", "phoneNumber", "mobileNumber"):
        if step.exchange.query.get(name):
            yield Flaw(f"The query of {step.operation} holds {name}.", (step,))


CHECKS: tuple[Check, ...] = (
    get_with_body,
    content_type,
    client_id_header,
    card_in_clear,
    person_in_address,
)
