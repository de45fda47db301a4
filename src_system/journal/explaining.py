"""Explaining a refused call: its rule, the state it met, and what would have passed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from src_system.clock import iso_millis
from src_system.journal.asked_for import asked_for
from src_system.journal.explanations import EXPLANATIONS, GATEWAY, TOKEN_ENDPOINT, Explanation
from src_system.model import errors
from src_system.model.client_authentication import GatewayCause
from src_system.model.journal import JournalEntry

_BY_NAME = {kind.__name__: explanation for kind, explanation in EXPLANATIONS.items()}
_GATEWAY_CAUSES = {cause.value: cause for cause in GatewayCause}
_WORD_END = re.compile(r"_([a-z])")
# What would have passed, said with the state that was met: the first whose words are all known.
_WITH_STATE: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("AccountInaccessible", ("lockedUntil",), "The same call from {lockedUntil} on."),
    ("InvalidState", ("sessionExpiresAt",), "The same call before {sessionExpiresAt}."),
    ("InvalidState", ("allowedStates",), "The same call in a session that is {allowedStates}."),
    ("InvalidState", ("allowedCardStatuses",), "A card that is {allowedCardStatuses}."),
    ("CodeExpired", ("codeExpiresAt",), "The code before {codeExpiresAt}, or a new one."),
    ("CodeInvalid", ("triesLeft",), "The newest code of the inbox; tries left: {triesLeft}."),
    (
        "RetriesExceeded",
        ("codesSent", "codesMax", "codeExpiresAt"),
        "A new validation from {codeExpiresAt} on; {codesMax} codes are sent at most.",
    ),
    (
        "RetriesExceeded",
        ("wrongTries", "wrongTriesMax"),  # the try that was one too many, and every one after it
        "The right code within {wrongTriesMax} tries, in a new validation.",
    ),
    ("AuthInvalid", ("tokenExpiresAt",), "The token before {tokenExpiresAt}, or a fresh one."),
    ("AuthInvalid", ("tokenIssuer", "trustedNetworks"), "A token of {trustedNetworks}."),
    ("AuthInvalid", ("tokenSandbox", "sandbox"), "A token issued in the sandbox {sandbox}."),
    ("AuthInvalid", ("tokenAudience", "network"), "A token whose audience holds {network}."),
    ("MarketNotEnabled", ("market", "dpaMarkets"), "A country of the DPA's: {dpaMarkets}."),
    ("ClientKeyExpired", ("keyNotAfter",), "The same call before {keyNotAfter}, or a new key."),
    ("UnknownRecipient", ("registeredRecipients",), "One of {registeredRecipients}, or none."),
    ("NotSupported", ("supported",), "One of {supported}."),
    ("LimitExceeded", ("held", "limit"), "At most {limit}; there are {held}."),
    ("ResourceExhausted", ("windowEndsAt",), "The same call from {windowEndsAt} on."),
    ("CardExpired", ("cardExpiry",), "An expiry later than {cardExpiry}."),
)


@dataclass(frozen=True, slots=True)
class Account:
    """Why a call was answered as it was. `seen` is in the spelling of the wire."""

    entry: JournalEntry
    explanation: Explanation | None
    would_pass: str | None
    seen: Mapping[str, Any] = field(default_factory=dict)


def explain(entry: JournalEntry) -> Account:
    """The account of *entry*; without an explanation when it was not refused by a rule.

    What a tester asked for is explained by who asked: no state was looked at.
    """
    seen = wire_names(entry.seen)
    asked = asked_for(entry)
    if asked is not None:
        return Account(
            entry, asked.explanation, asked.explanation.would_pass, {**seen, **asked.seen}
        )
    explanation = _explanation(entry)
    if explanation is None:
        return Account(entry, None, None, seen)
    return Account(
        entry, explanation, _would_pass(entry.refusal, seen) or explanation.would_pass, seen
    )


def _explanation(entry: JournalEntry) -> Explanation | None:
    if entry.refusal == errors.GatewayRefused.__name__ and entry.reason in _GATEWAY_CAUSES:
        return GATEWAY[_GATEWAY_CAUSES[entry.reason]]
    return _BY_NAME.get(entry.refusal) or TOKEN_ENDPOINT.get(entry.reason)


def _would_pass(refusal: str, seen: Mapping[str, Any]) -> str | None:
    for kind, words, text in _WITH_STATE:
        if kind == refusal and all(seen.get(word) is not None for word in words):
            return text.format_map({name: _spoken(value) for name, value in seen.items()})
    return None


def _spoken(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def wire_names(seen: Mapping[str, Any]) -> dict[str, Any]:
    """*seen* in the spelling of the wire."""
    return {_wire_name(name): _wire_value(value) for name, value in seen.items()}


def _wire_name(name: str) -> str:
    return _WORD_END.sub(lambda found: found[1].upper(), name)


def _wire_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso_millis(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_wire_value(one) for one in value]
    return value
