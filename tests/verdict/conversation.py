"""What a journal would show of clients talking to networks, made up call by call."""

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from src_system.model.journal import Artefact, ArtefactKind, Exchange, JournalEntry
from src_system.model.participant import ClientKind
from src_system.networks import PROFILES
from src_system.verdict.history import History

Json = dict[str, Any]

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SHOP, OTHER_SHOP, BANK, SCREENS = "shop", "other-shop", "bank", "screens"
KINDS = {
    SHOP: ClientKind.SRC_INITIATOR,
    OTHER_SHOP: ClientKind.SRC_INITIATOR,
    BANK: ClientKind.PARTICIPATING_ISSUER,
    SCREENS: ClientKind.DCF,
}
# Method and resource of each operation.
RESOURCES = {
    "identityLookup": ("POST", "identities/lookup"),
    "initiateIdentityValidation": ("POST", "identities/validation/initiate"),
    "completeIdentityValidation": ("POST", "identities/validation/complete"),
    "isRecognized": ("POST", "identities/recognize"),
    "getSrcProfile": ("POST", "profiles/prepare"),
    "unbindAppInstance": ("POST", "apps/unbind"),
    "enrollCard": ("POST", "cards"),
    "getCard": ("GET", "cards/{card}"),
    "updateCard": ("PUT", "cards/{card}"),
    "deleteCard": ("DELETE", "cards/{card}"),
    "checkout": ("POST", "transaction/credentials"),
    "getPayload": ("GET", "transaction/credentials"),
    "confirmation": ("POST", "confirmations"),
    "initiateAuthentication": ("POST", "authentication/initiate"),
    "completeAuthentication": ("POST", "authentication/complete"),
    "registerDpas": ("POST", "srci/shop/dpas/batch"),
    "getDpaBatch": ("GET", "srci/shop/dpas/batch/status/{batch}"),
    "enrollCardsBatch": ("POST", "cards/batch"),
    "getCardsBatch": ("GET", "cards/batch/{batch}"),
    "keys": ("GET", "keys"),
    "accessToken": ("POST", "../../oauth2/token"),
}


def compact(*parts: Mapping[str, Any]) -> str:
    """A compact JWS of header and claims whose signature is nobody's."""
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*encoded, b"c2lnbmF0dXJl"]).decode()


def id_token(
    issuer: str = "visa", *, life: int = 480, made: datetime = NOON, who: str = "a"
) -> str:
    """An idToken of a network."""
    end = int(made.timestamp()) + life
    return compact({"alg": "RS256"}, {"iss": issuer, "sub": who, "exp": end})


def jwe(enc: str, content: Json | None = None, **header: Any) -> Artefact:
    """A JWE as the journal shows it; header members that are None are left out."""
    members = {"alg": "RSA-OAEP-256", "enc": enc, "kid": "enc-1", **header}
    given = {name: value for name, value in members.items() if value is not None}
    return Artefact(ArtefactKind.JWE, given, content, is_valid=True)


class Conversation:
    """Calls in one sandbox, one after the other; each begins a second after the last ended."""

    def __init__(self) -> None:
        self.now = NOON
        self.clock_ahead = timedelta()  # of the sandbox, before the machine
        self.exchanges: list[Exchange] = []

    def wait(self, seconds: float) -> None:
        """Nobody calls for a while."""
        self.now += timedelta(seconds=seconds)

    def move_clock(self, seconds: float) -> None:
        """The sandbox's clock jumps ahead, and the machine's does not."""
        self.clock_ahead += timedelta(seconds=seconds)

    def history(self, *, is_whole: bool = True) -> History:
        """What the checks make of it."""
        return History.of(self.exchanges, KINDS, is_whole=is_whole)

    def call(
        self,
        network: str,
        operation: str,
        request: Json | None = None,
        response: Json | None = None,
        *,
        client: str | None = SHOP,
        status: int = 200,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str | None] | None = None,
        answer_headers: Mapping[str, str] | None = None,
        artefacts: Mapping[str, Artefact] | None = None,
        effects: Iterable[Json] = (),
        reason: str = "",
        milliseconds: float = 10,
        pause: float = 1,
        body: bytes | None = None,
        **path: str,
    ) -> Exchange:
        """One call. *path* fills in the address, *effects* are those of faults."""
        self.wait(pause)
        method, resource = RESOURCES[operation]
        query = {
            **({"srcClientId": client} if method in ("GET", "DELETE") and client else {}),
            **(query or {}),
        }
        if method in ("POST", "PUT") and request is not None and client is not None:
            request = {"srcClientId": client, **request}
        named = PROFILES[network].client_id_header
        sent: dict[str, str | None] = {}
        if method in ("POST", "PUT"):
            sent["Content-Type"] = "application/json"
        sent |= {named: client} if named and client else {}
        sent |= headers or {}
        answer = response or {}
        if status >= 400:
            answer = {"reason": reason, "errordetail": [], **answer}
        called = self.now
        self.wait(milliseconds / 1000)
        address = f"/{network}/src/v1/{resource.format(**path)}"
        entry = JournalEntry(
            place=len(self.exchanges) + 1,
            network=network,
            operation=operation,
            method=method,
            path=f"{address}?{urlencode(query)}" if query else address,
            status=status,
            reason=reason,
            source=None,
            src_client_id=client,
            src_correlation_id=answer.get("srcCorrelationId")
            or (request or {}).get("srcCorrelationId"),
            at=called + self.clock_ahead,
            recorded_at=self.now,
            milliseconds=milliseconds,
            statements=1,
            request_headers={name: value for name, value in sent.items() if value is not None},
            request_body=json.dumps(request).encode() if body is None and request else body or b"",
            response_headers=dict(answer_headers or {}),
            response_body=json.dumps(answer).encode(),
            faults=tuple({"source": "rule", "id": "f-1", "effect": one} for one in effects),
        )
        exchange = Exchange(entry, request or {}, query, answer, dict(artefacts or {}))
        self.exchanges.append(exchange)
        return exchange
