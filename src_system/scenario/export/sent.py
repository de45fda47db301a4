"""What a recorded call said beyond what the runner sends by itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from src_system.client import consumer_identity
from src_system.client.members import transaction_options
from src_system.clock import parse_iso
from src_system.scenario.export.recorded import Artefact, Entry
from src_system.scenario.export.rehearsal import RehearsedNetwork
from src_system.scenario.operations import MERGED, OPERATIONS, Order, document_of
from src_system.scenario.words import Json

_HINTS = ("consumer", "checkoutRequestJws")  # what the runner fills in depends on them
_TOKEN_LISTS = frozenset({"idTokens", "recognitionTokens"})
_CARD = "encryptedCard"
_REMOVED = "[removed"
_A_MOMENT = timedelta(minutes=2)  # between a client's clock and the sandbox's, when it runs
# What whoever sends a call over HTTP, or signs it, says by itself.
_OWN_HEADERS = frozenset(
    "host user-agent accept accept-encoding connection content-length content-type"
    " transfer-encoding authorization x-pay-token x-openapi-clientid x-src-cx-flow-id".split()
)
_HEADER_NAMES = {"x-src-simulate": "X-Src-Simulate", "origin": "Origin"}


@dataclass(slots=True)
class Sent:
    """A call as a step says it, with values as they were. `notes` is what cannot be said."""

    members: Json = field(default_factory=dict)
    card: Any = None
    encrypt: Json = field(default_factory=dict)
    amount: str | None = None
    currency: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: str | None = None
    notes: list[str] = field(default_factory=list)


def sent_by(entry: Entry, network: RehearsedNetwork) -> Sent:
    """What the step has to say so that the runner, in the state of *network*, sends the same."""
    sent = Sent()
    operation = OPERATIONS[entry.operation]
    _read_headers(entry, sent)
    in_query = operation.method in ("GET", "DELETE") and entry.method == operation.method
    path = _path_members(entry)
    if not in_query and entry.body is not None and entry.request is None:
        sent.raw = entry.body
        sent.members = path
        return sent
    if in_query and entry.body:
        sent.notes.append(f"the body of {entry.call} is left out: the runner sends none there")
    recorded = {**(entry.query if in_query else entry.members), **path}
    for place, artefact in _sealed(entry):
        _open(recorded, place, artefact, network, sent)
    _read_order(recorded, network, entry, sent)
    order = Order(entry.at, sent.amount, sent.currency)
    hints = {name: recorded[name] for name in _HINTS if name in recorded}
    filled = document_of(network, operation, hints, order)
    for name in hints:
        filled.pop(name)
    if path.get("srcClientId") == network.registration.src_client_id:
        recorded.pop("srcClientId", None)
        filled.pop("srcClientId", None)
    sent.members = dict(_beyond(recorded, filled, entry, in_query=in_query))
    _shorten(sent.members)
    return sent


def _beyond(
    recorded: Json, filled: Json, entry: Entry, *, in_query: bool
) -> Iterator[tuple[str, Any]]:
    """The members that the runner would not send, or not so; null for those it must not send."""
    # In the order in which the runner will send them, so that a story's recording reads the same.
    names = [
        *(one for one in filled if one in recorded),
        *(one for one in recorded if one not in filled),
    ]
    for name in names:
        value, own = recorded[name], filled.get(name)
        if name in MERGED and isinstance(value, Mapping) and isinstance(own, Mapping):
            inner = dict(_beyond(dict(value), dict(own), entry, in_query=False))
            if inner:
                yield name, inner
        elif name not in filled or not _is_same(name, value, own, entry, in_query=in_query):
            yield name, value
    for name in filled:
        if name not in recorded:
            yield name, None


def _is_same(name: str, value: Any, own: Any, entry: Entry, *, in_query: bool) -> bool:
    if in_query:
        return bool(value == str(own))
    if name in _TOKEN_LISTS and isinstance(value, list) and isinstance(own, list):
        return {*map(str, value)} == {*map(str, own)}
    if name == "confirmationTimestamp" and isinstance(value, str):
        try:
            return abs(parse_iso(value) - entry.at) <= _A_MOMENT
        except (ValueError, TypeError):
            return False
    return type(value) is type(own) and bool(value == own)


def _path_members(entry: Entry) -> Json:
    """The members in the path, as the operation's address has them."""
    operation = OPERATIONS[entry.operation]
    if not operation.path_members:
        return {}
    pattern = re.escape(operation.place).replace(r"\{", "{").replace(r"\}", "}")
    for name in operation.path_members:
        pattern = pattern.replace(f"{{{name}}}", f"(?P<{name}>[^/]+)")
    found = re.search(f"(?:^|/){pattern}$", entry.path)
    if found is None:
        return {}
    return {name: unquote(value) for name, value in found.groupdict().items()}


def _sealed(entry: Entry) -> Iterator[tuple[str, Artefact]]:
    """What was encrypted to the network, by its place in the request."""
    for path, artefact in entry.artefacts.items():
        place = path.removeprefix("request.")
        inside = any(
            path != other and path.startswith((f"{other}.", f"{other}["))
            for other in entry.artefacts
        )
        if path.startswith("request.") and artefact.kind == "JWE" and not inside:
            yield place, artefact


def _open(
    recorded: Json, place: str, artefact: Artefact, network: RehearsedNetwork, sent: Sent
) -> None:
    """Say in clear what was encrypted; what cannot be opened is sent again as it was."""
    if artefact.content is None:
        sent.notes.append(f"{place} cannot be opened, and is sent as it was: {artefact.problem}")
        return
    wanted = network.dialect.content_encryption
    if artefact.header.get("enc") != wanted:
        sent.notes.append(f"{place} was encrypted with {artefact.header.get('enc')}, not {wanted}")
    if place == _CARD:
        sent.card = artefact.content
    else:
        sent.encrypt[place] = artefact.content
    _take_out(recorded, place)


def _take_out(recorded: Json, place: str) -> None:
    """Without the member at *place*; the documents on the way to it become copies."""
    *way, last = re.findall(r"[^.\[\]]+|\[\d+\]", place)
    inner: Any = recorded
    for part in way:
        key = int(part[1:-1]) if part.startswith("[") else part
        inner[key] = inner[key].copy()
        inner = inner[key]
    del inner[int(last[1:-1]) if last.startswith("[") else last]


def _read_order(recorded: Json, network: RehearsedNetwork, entry: Entry, sent: Sent) -> None:
    """Amount and currency, where the runner would write the order just so."""
    context = recorded.get("authenticationContext")
    options = (context if isinstance(context, Mapping) else recorded).get("dpaTransactionOptions")
    amount = options.get("transactionAmount") if isinstance(options, Mapping) else None
    if not isinstance(amount, Mapping):
        return
    try:
        written = _amount(amount["transactionAmount"])
        currency = str(amount["transactionCurrencyCode"])
        own = transaction_options(
            written,
            currency,
            amount_is_text=network.dialect.amount_is_text,
            order_id=network.session.srci_transaction_id,
        )
    except (KeyError, ValueError):
        return
    if _is_same("transactionAmount", amount, own["transactionAmount"], entry, in_query=False):
        sent.amount, sent.currency = written, currency


def _amount(value: Any) -> str:
    """As people write it: 49.9 is 49.90."""
    cents = f"{value:.2f}" if isinstance(value, float) else ""
    return cents if cents and float(cents) == value else str(value)


def _shorten(members: Json) -> None:
    """An identity that is only an address or a number is written as that."""
    identity = members.get("consumerIdentity")
    if isinstance(identity, Mapping):
        value = identity.get("identityValue")
        if isinstance(value, str) and consumer_identity(value) == identity:
            members["consumerIdentity"] = value


def _read_headers(entry: Entry, sent: Sent) -> None:
    for name, value in entry.headers.items():
        if name == "cookie":
            sent.notes.append(
                f"the cookies of {entry.call} are left out: the journal does not keep them"
            )
        elif _REMOVED in value and name not in _OWN_HEADERS:
            sent.notes.append(f"the header {name} of {entry.call} is left out: it was not kept")
        elif name not in _OWN_HEADERS:
            sent.headers[_HEADER_NAMES.get(name, name)] = value


def is_lost(sent: Sent) -> bool:
    """Whether the journal has not kept what the call was about: a card number that is no test's."""
    return _REMOVED in str(sent.members) or _REMOVED in str(sent.raw)
