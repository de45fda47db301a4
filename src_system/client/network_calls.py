"""Calls at one network: the members that each has, and what is carried from one to the next."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import msgspec

from src_system.client.answers import NetworkUrls
from src_system.client.credentials import Signer
from src_system.client.dialect import Dialect, dialect_of
from src_system.client.errors import Json, UnexpectedAnswer
from src_system.client.published_keys import PublishedKeys
from src_system.client.transport import Reply, Request, Transport
from src_system.client.trust import Receipts
from src_system.derive import Derivation

FLOW_ID_HEADER = "X-Src-Cx-Flow-Id"


@dataclass(frozen=True, slots=True)
class Registration:
    """What an SRC System knows a client by: its ids, its payload keys (JWKs), its credentials.

    `receipts` is what it has been given so far, in all its sessions.
    """

    src_client_id: str
    src_dpa_id: str | None = None
    private_keys: Sequence[Json] = field(default=(), repr=False)
    receipts: Receipts = field(default_factory=Receipts, repr=False)
    authentication: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class SharedSession:
    """What the networks of one session have in common: who the shopper is, by token."""

    srci_transaction_id: str
    id_tokens: dict[str, str] = field(default_factory=dict, repr=False)
    recognition_tokens: dict[str, str] = field(default_factory=dict, repr=False)


class NetworkCalls:
    """A client's session at one network.

    It carries `src_correlation_id`, `flow_id` and the session's tokens along, signs as the
    client's scheme wants it, and knows the network's `keys`. `headers` are sent with every call,
    such as X-Src-Simulate; `last` is the latest reply.
    """

    def __init__(
        self,
        transport: Transport,
        network: str,
        urls: NetworkUrls,
        registration: Registration,
        session: SharedSession,
        now: Callable[[], Awaitable[datetime]],
    ) -> None:
        self.network = network
        self.base = urls.src.rstrip("/")
        self.registration = registration
        self.session = session
        self.src_correlation_id: str | None = None
        self.flow_id: str | None = None
        self.headers: dict[str, str] = {}
        self.last: Reply | None = None
        self._transport = transport
        self._dialect = dialect_of(network)
        self._now = now
        self.keys = PublishedKeys(urljoin(f"{self.base}/", urls.keys), self._fetch, now)
        scheme = str(registration.authentication.get("scheme", "open"))
        self._signer = Signer(
            registration.authentication,
            self._dialect.native_scheme if scheme == "native" else scheme,
            token_url=urls.token,
            transport=transport,
            now=now,
        )
        if self._dialect.opens_session:
            ids = Derivation(session.srci_transaction_id)
            self.src_correlation_id = ids.uuid("client correlation", network)

    @property
    def dialect(self) -> Dialect:
        """What the network wants to have differently."""
        return self._dialect

    @property
    def receipts(self) -> Receipts:
        """What the client has been given so far."""
        return self.registration.receipts

    @property
    def id_token(self) -> str | None:
        """The session's idToken for this network: its own, or another network's."""
        tokens = self.session.id_tokens
        return tokens.get(self.network) or next(iter(tokens.values()), None)

    async def send(
        self,
        method: str,
        resource: str,
        document: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One call exactly as given, signed; what came back, whatever its status."""
        raw = None if document is None else msgspec.json.encode(document)
        place = resource
        if query:
            place += "?" + urlencode(query, quote_via=quote, safe="")
        return await self.send_raw(method, place, raw, headers=headers)

    async def send_raw(
        self,
        method: str,
        place: str,
        raw: bytes | None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The same with a body of these bytes; *place* holds the query."""
        sent = {"Accept": "application/json"}
        if self.flow_id is not None:
            sent[FLOW_ID_HEADER] = self.flow_id
        if self._dialect.client_id_header is not None:
            sent[self._dialect.client_id_header] = self.registration.src_client_id
        if raw is not None:
            sent["Content-Type"] = "application/json"
        request = Request(
            method, f"{self.base}/{place}", raw, {**sent, **self.headers, **(headers or {})}
        )
        reply = await self._transport.send(await self._signer.sign(request))
        if reply.status == 401:
            self._signer.forget_access_token()
        self._remember(reply)
        return reply

    async def post(self, resource: str, members: Mapping[str, Any] | None = None) -> Reply:
        """POST of the common members and these; a member that is None is left out."""
        return await self.send(
            "POST", resource, _present({**self.common_members(), **(members or {})})
        )

    async def put(self, resource: str, members: Mapping[str, Any] | None = None) -> Reply:
        """PUT of the common members and these; a member that is None is left out."""
        return await self.send(
            "PUT", resource, _present({**self.common_members(), **(members or {})})
        )

    async def get(self, resource: str, query: Mapping[str, Any] | None = None) -> Reply:
        """GET: the common members stand in the query, there being no body."""
        return await self.send(
            "GET", resource, query=_present({**self.common_members(), **(query or {})})
        )

    async def delete(self, resource: str) -> Reply:
        """DELETE: the common members stand in the query, there being no body."""
        return await self.send("DELETE", resource, query=self.common_members())

    async def seal(self, document: Mapping[str, Any]) -> str:
        """A card, an address or enrolment data as a JWE to this network's key."""
        return await self.keys.seal(document, content_encryption=self._dialect.content_encryption)

    def common_members(self) -> Json:
        """What every request has: client, DPA, transaction, correlation."""
        return _present(
            {
                "srcClientId": self.registration.src_client_id,
                "srcDpaId": self.registration.src_dpa_id,
                "srciTransactionId": self.session.srci_transaction_id,
                "srcCorrelationId": self.src_correlation_id,
            }
        )

    def _remember(self, reply: Reply) -> None:
        self.last = reply
        self.flow_id = reply.headers.get(FLOW_ID_HEADER.lower(), self.flow_id)
        if reply.status != 200:
            return
        try:
            found = reply.document().get("srcCorrelationId")
        except UnexpectedAnswer:
            return  # whoever reads the answer is told
        if isinstance(found, str):
            self.src_correlation_id = found

    async def _fetch(self, url: str) -> Reply:
        return await self._transport.send(Request("GET", url, None, {"Accept": "application/json"}))


def segment(identifier: str) -> str:
    """*identifier* as one segment of a path."""
    return quote(identifier, safe="")


def expect_nothing(reply: Reply) -> None:
    """204 without a body; Refused, UnexpectedAnswer."""
    reply.expect(204)
    if reply.body:
        raise UnexpectedAnswer(f"{reply.call} answered 204 with a body.")


def _present(members: Mapping[str, Any]) -> Json:
    return {name: value for name, value in members.items() if value is not None}
