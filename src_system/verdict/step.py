"""One call as the checks see it: what was sent in the new spelling, and what came of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import msgspec

from src_system.crypto import jws
from src_system.model.journal import Artefact, Exchange, JournalEntry
from src_system.networks import PROFILES
from src_system.networks.profile import NetworkProfile
from src_system.wire.spellings import modernise

TOKEN_CHARACTERS_MAX = 65_536
_CLAIMS = msgspec.json.Decoder(dict[str, Any])
_CARD_IN_PATH = re.compile(r"/cards/(?!batch(?:/|$))([^/?]+)")
_INDEX = re.compile(r"\[\d+\]")
_PARTS = re.compile(r"[^.\[\]]+")
# After these the client has nothing, or something it cannot read.
_LOST = frozenset({"hang", "reset", "empty", "truncate", "malformed"})
_TOO_MANY, _UNAVAILABLE, _SERVER_FAULT = 429, 503, 500


@dataclass(frozen=True, eq=False)
class Step:
    """An exchange, with what checks ask of it again and again.

    `place` is the cursor of its `entry` in the journal, `at` the sandbox's time. `operation` is
    `unknown` where the address leads to none, `client` None where nobody needs one.
    """

    exchange: Exchange
    entry: JournalEntry
    place: int
    operation: str
    network: str
    client: str | None
    at: datetime

    @classmethod
    def of(cls, exchange: Exchange) -> "Step":
        """The step that an exchange is."""
        entry = exchange.entry
        return cls(
            exchange,
            entry,
            entry.place,
            entry.operation,
            entry.network,
            entry.src_client_id,
            entry.at,
        )

    @cached_property
    def profile(self) -> NetworkProfile | None:
        """The network as data."""
        return PROFILES.get(self.network)

    @property
    def is_done(self) -> bool:
        """Whether it succeeded and the client was told so."""
        return not self.entry.is_refused and not self.is_lost

    @cached_property
    def is_lost(self) -> bool:
        """Whether a fault kept the answer from the client."""
        return any(
            not _LOST.isdisjoint(_texts_in(effect.get("transport"))) for effect in self.effects
        )

    @property
    def is_put_off(self) -> bool:
        """Whether the answer was to come again later."""
        return self.entry.status in (_TOO_MANY, _UNAVAILABLE)

    @property
    def is_failed(self) -> bool:
        """Whether the fault was the network's: too much asked of it, or broken."""
        return self.entry.status == _TOO_MANY or self.entry.status >= _SERVER_FAULT

    @property
    def answered_at(self) -> datetime:
        """When the client may have known the answer, by the machine's clock."""
        return self.entry.recorded_at

    @cached_property
    def called_at(self) -> datetime:
        """When the call came, by the machine's clock."""
        return self.entry.recorded_at - timedelta(milliseconds=self.entry.milliseconds)

    def knew(self, earlier: "Step") -> bool:
        """Whether whoever made this call may have had the answer to *earlier*."""
        return earlier.answered_at <= self.called_at

    @cached_property
    def reasons(self) -> frozenset[str]:
        """The reasons of a refusal and of its details (spec 7.1); empty for a success."""
        if not self.entry.is_refused:
            return frozenset()
        answer = self.exchange.response
        body = answer.get("error") if isinstance(answer.get("error"), Mapping) else answer
        details = part_of(body, "errordetail") or part_of(body, "errorDetail")
        said = [body, *(details if isinstance(details, list) else ())]
        reasons = (part_of(one, "reason") for one in said)
        return frozenset(
            one for one in (self.entry.reason, *reasons) if isinstance(one, str) and one
        )

    # What was sent

    @cached_property
    def body(self) -> dict[str, Any]:
        """The body in the new spelling."""
        copied: dict[str, Any] = msgspec.to_builtins(self.exchange.request)
        return modernise(copied)

    def sent(self, name: str) -> str | None:
        """A member of the body, or else of the query, when it is text and not empty."""
        value = self.body.get(name) or self.exchange.query.get(name)
        return value if isinstance(value, str) and value else None

    def part(self, *names: str) -> Any:
        """What the body holds along this way; None where it ends too early."""
        return part_of(self.body, *names)

    @cached_property
    def correlation_id(self) -> str | None:
        """The srcCorrelationId that was sent."""
        return self.sent("srcCorrelationId")

    @cached_property
    def transaction_id(self) -> str | None:
        """The srciTransactionId that was sent."""
        return self.sent("srciTransactionId")

    @cached_property
    def card_id(self) -> str | None:
        """The srcDigitalCardId that the call is about."""
        found = _CARD_IN_PATH.search(self.entry.path)
        if found is not None:
            return unquote(found.group(1))
        inside = self.part("accountReference", "srcDigitalCardId")
        return self.sent("srcDigitalCardId") or (inside if isinstance(inside, str) else None)

    @cached_property
    def id_tokens(self) -> tuple[str, ...]:
        """Every idToken that was presented."""
        return _texts(self.body.get("idTokens"), self.body.get("idToken"))

    @cached_property
    def recognition_tokens(self) -> tuple[str, ...]:
        """Every recognition token that was presented."""
        return _texts(self.body.get("recognitionTokens"), self.body.get("recognitionToken"))

    @cached_property
    def identity(self) -> str | None:
        """The identity that the call names, in small letters."""
        value = self.part("consumerIdentity", "identityValue")
        return value.strip().lower() if isinstance(value, str) and value.strip() else None

    @cached_property
    def consents(self) -> frozenset[str]:
        """The complianceTypes that the call says were accepted."""
        resources = self.part("complianceSettings", "complianceResources")
        return frozenset(
            str(one.get("complianceType"))
            for one in (resources if isinstance(resources, list) else ())
            if isinstance(one, Mapping)
        )

    @cached_property
    def has_body(self) -> bool:
        """Whether a body came, also one that nobody read."""
        length = (self.header("Content-Length") or "").strip()
        chunked = (self.header("Transfer-Encoding") or "").strip().lower() == "chunked"
        counted = length.isascii() and length.isdigit() and int(length) > 0
        return bool(self.entry.request_body) or chunked or counted

    def header(self, name: str) -> str | None:
        """A header of the request."""
        return _header(self.entry.request_headers, name)

    # What came back

    def answer_header(self, name: str) -> str | None:
        """A header of the answer."""
        return _header(self.entry.response_headers, name)

    def answered(self, name: str) -> str | None:
        """A member of the answer when it is text and not empty."""
        value = self.exchange.response.get(name)
        return value if isinstance(value, str) and value else None

    @cached_property
    def session_id(self) -> str | None:
        """The srcCorrelationId of the session that the call belongs to, as the network says."""
        return self.answered("srcCorrelationId") or self.entry.src_correlation_id

    @cached_property
    def profiles(self) -> tuple[Mapping[str, Any], ...]:
        """The profiles that were answered."""
        found = self.exchange.response.get("profiles")
        return (
            tuple(one for one in found if isinstance(one, Mapping))
            if isinstance(found, list)
            else ()
        )

    @cached_property
    def issued_id_tokens(self) -> tuple[str, ...]:
        """Every idToken that was answered."""
        answer = self.exchange.response
        inside = [one.get(name) for one in self.profiles for name in ("idToken", "authorization")]
        return _texts(answer.get("idTokens"), answer.get("idToken"), inside)

    @cached_property
    def masked_cards(self) -> tuple[Mapping[str, Any], ...]:
        """Every card that was shown, in a signed answer too."""
        shown: list[Any] = [self.exchange.response.get("maskedCard")]
        for profile in self.profiles:
            cards = profile.get("maskedCards")
            shown += cards if isinstance(cards, list) else []
        cards = self.exchange.response.get("maskedCards")  # of a DCF's consumer profile
        shown += cards if isinstance(cards, list) else []
        shown.append(self.checkout_response.get("maskedCard"))
        return tuple(one for one in shown if isinstance(one, Mapping))

    @cached_property
    def checkout_response(self) -> Mapping[str, Any]:
        """What the signed checkoutResponse holds; empty without one, and for a forged one."""
        if self.tampering("checkoutResponse") is not None:
            return {}
        for name in ("checkoutResponse", "checkoutResponseJWS"):
            for _, artefact in self.artefacts("response", name):
                return artefact.content or {}
        return {}

    # Faults, and what lies in artefacts

    @cached_property
    def effects(self) -> tuple[Mapping[str, Any], ...]:
        """What faults did to the call."""
        found = (fault.get("effect") for fault in self.entry.faults)
        return tuple(effect for effect in found if isinstance(effect, Mapping))

    def tampering(self, artefact: str) -> str | None:
        """How a fault made that artefact of the answer wrong; None when none did."""
        for effect in self.effects:
            if part_of(effect, "tamper", "artefact") == artefact:
                return str(part_of(effect, "tamper", "how"))
        return None

    @property
    def is_tampered(self) -> bool:
        """Whether a fault made an artefact of the answer wrong."""
        return any("tamper" in effect for effect in self.effects)

    def text_at(self, path: str) -> str | None:
        """The text at an artefact's path, such as `response.profiles[0].idToken`."""
        side, *names = _PARTS.findall(path)
        found: Any = self.exchange.response if side == "response" else self.exchange.request
        for name in names:
            if isinstance(found, list) and name.isdigit() and int(name) < len(found):
                found = found[int(name)]
            elif isinstance(found, Mapping):
                found = found.get(name)
            else:
                return None
        return found if isinstance(found, str) else None

    def artefacts(self, side: str, name: str) -> Iterator[tuple[str, Artefact]]:
        """Path and content of every artefact of that member, outermost first; *side* is
        `request` or `response`.
        """
        for path, artefact in self.exchange.artefacts.items():
            plain = _INDEX.sub("", path)
            if plain.startswith(f"{side}.") and plain.endswith(f".{name}"):
                yield path, artefact


def claims_of(token: str) -> Mapping[str, Any]:
    """What a token says of itself, whoever signed it; empty when it is none."""
    try:
        return _CLAIMS.decode(jws.parse(token, max_length=TOKEN_CHARACTERS_MAX).payload)
    except (jws.JwsRefused, msgspec.MsgspecError, RecursionError):
        return {}


def expiry_of(token: str) -> datetime | None:
    """When the token says that it ends."""
    end = claims_of(token).get("exp")
    if isinstance(end, bool) or not isinstance(end, int | float):
        return None
    try:
        return datetime.fromtimestamp(end, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def part_of(document: Any, *names: str) -> Any:
    """What *document* holds along this way; None where it ends too early."""
    for name in names:
        if not isinstance(document, Mapping):
            return None
        document = document.get(name)
    return document


def _header(headers: Mapping[str, str], name: str) -> str | None:
    wanted = name.lower()
    for one, value in headers.items():
        if one.lower() == wanted:
            return value
    return None


def _texts_in(value: Any) -> set[str]:
    """The texts in a part of an effect, whether it is one word or an object."""
    parts = value.values() if isinstance(value, Mapping) else (value,)
    return {part for part in parts if isinstance(part, str)}


def _texts(*values: Any) -> tuple[str, ...]:
    """The texts in *values* and in lists of them, each once."""
    found: dict[str, None] = {}
    for value in values:
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, str) and one:
                found[one] = None
    return tuple(found)
