"""Signing calls as a client's scheme of authentication wants it."""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from src_system.client.errors import SrcSystemError, UnexpectedAnswer
from src_system.client.transport import Request, Transport
from src_system.clock import epoch_seconds
from src_system.crypto import oauth1, x_pay_token
from src_system.crypto.rsa_keys import PrivateKey, private_from_pem
from src_system.derive import random_token

_FORM = "application/x-www-form-urlencoded"
_UNRESERVED = "-._~"


class Signer:
    """Signs the calls of one client at one network.

    *authentication* is the client's, as the control port shows it; *scheme* what it comes to at
    this network: open, oauth1, x-pay-token, oauth2, or mtls, where the connection does the work.
    """

    def __init__(
        self,
        authentication: Mapping[str, Any],
        scheme: str,
        *,
        token_url: str | None,
        transport: Transport,
        now: Callable[[], Awaitable[datetime]],
    ) -> None:
        self._authentication = authentication
        self._scheme = scheme
        self._token_url = token_url
        self._transport = transport
        self._now = now
        self._access_token: str | None = None
        self._signing_key: PrivateKey | None = None
        self._signed: dict[bytes, int] = {}

    async def sign(self, request: Request) -> Request:
        """*request* with what the scheme asks for; SrcSystemError where a secret is missing."""
        match self._scheme:
            case "open" | "mtls":
                return request
            case "oauth1":
                return self._with_oauth1(request, await self._now())
            case "x-pay-token":
                return self._with_x_pay_token(request, await self._now())
            case "oauth2":
                return await self._with_bearer(request)
        raise SrcSystemError(f"This client cannot sign in the scheme {self._scheme!r}.")

    def forget_access_token(self) -> None:
        """Ask for a new one before the next call."""
        self._access_token = None

    def _with_oauth1(self, request: Request, now: datetime) -> Request:
        """An Authorization header as RFC 5849 has it, with the hash of the body."""
        secrets = self._secrets("oauth1")
        if self._signing_key is None:
            self._signing_key = private_from_pem(_needed(secrets, "privateKey"))
        members = {
            "oauth_consumer_key": _needed(secrets, "consumerKey"),
            "oauth_nonce": random_token(),
            "oauth_timestamp": str(epoch_seconds(now)),
            "oauth_signature_method": oauth1.SIGNATURE_METHOD,
            "oauth_version": "1.0",
            "oauth_body_hash": oauth1.body_hash(request.body or b""),
        }
        query = oauth1.query_parameters(urlsplit(request.url).query)
        base = oauth1.signature_base_string(request.method, request.url, [*query, *members.items()])
        members["oauth_signature"] = oauth1.sign(base, self._signing_key)
        written = ",".join(
            f'{name}="{quote(value, safe=_UNRESERVED)}"' for name, value in members.items()
        )
        return replace(request, headers={**request.headers, "Authorization": f"OAuth {written}"})

    def _with_x_pay_token(self, request: Request, now: datetime) -> Request:
        """The API key in the query, and a keyed digest of time, path, query and body."""
        secrets = self._secrets("xPayToken")
        parts = urlsplit(request.url)
        key = f"apikey={quote(_needed(secrets, 'apiKey'), safe=_UNRESERVED)}"
        query = x_pay_token.ordered_query(f"{parts.query}&{key}" if parts.query else key)
        path, raw = parts.path.rpartition("/src/")[2], request.body or b""
        timestamp = self._unused_second(f"{path}?{query}".encode() + raw, epoch_seconds(now))
        digest = x_pay_token.digest(
            "xv2",
            secret=_needed(secrets, "sharedSecret"),
            timestamp=timestamp,
            path=path,
            query=query,
            raw=raw,
        )
        return replace(
            request,
            url=f"{parts.scheme}://{parts.netloc}{parts.path}?{query}",
            headers={**request.headers, "x-pay-token": f"xv2:{timestamp}:{digest.hex()}"},
        )

    def _unused_second(self, call: bytes, now: int) -> str:
        """The time to sign with: a token is taken once, and equal calls differ by their second."""
        same = hashlib.sha256(call).digest()
        second = max(now, self._signed.get(same, 0) + 1)
        self._signed[same] = second
        return str(second)

    async def _with_bearer(self, request: Request) -> Request:
        """An access token, asked for once and kept."""
        if self._access_token is None:
            self._access_token = await self._new_access_token()
        bearer = f"Bearer {self._access_token}"
        return replace(request, headers={**request.headers, "Authorization": bearer})

    async def _new_access_token(self) -> str:
        if self._token_url is None:
            raise SrcSystemError("The scheme oauth2 needs the address of the token endpoint.")
        secrets = self._secrets("oauth2")
        pair = ":".join(
            quote(_needed(secrets, name), safe="") for name in ("clientId", "clientSecret")
        )
        headers = {
            "Content-Type": _FORM,
            "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
        }
        body = b"grant_type=client_credentials"
        reply = await self._transport.send(Request("POST", self._token_url, body, headers))
        token = reply.expect(200).get("access_token")
        if not isinstance(token, str):
            raise UnexpectedAnswer(f"{reply.call} gave no access_token.")
        return token

    def _secrets(self, section: str) -> Mapping[str, Any]:
        found = self._authentication.get(section)
        if not isinstance(found, Mapping):
            raise SrcSystemError(f"The client's authentication has no section {section!r}.")
        return found


def _needed(secrets: Mapping[str, Any], name: str) -> str:
    value = secrets.get(name)
    if not isinstance(value, str):
        raise SrcSystemError(f"The client's authentication has no {name}, and cannot sign.")
    return value
