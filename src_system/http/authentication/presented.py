"""A request as its sender signed it: bytes, path and query as they came over the wire."""

from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from src_system.http.addresses import resolve


class Presented(msgspec.Struct, frozen=True):
    """The request and the bytes of its body, with what schemes of authentication look at."""

    request: web.Request
    raw: bytes

    @property
    def authorization(self) -> str | None:
        """The Authorization header."""
        return self.request.headers.get("Authorization")

    @property
    def x_pay_token(self) -> str | None:
        """Visa's header."""
        return self.request.headers.get("x-pay-token")

    @property
    def api_key(self) -> str | None:
        """Visa's query parameter, in either spelling (spec 2.6)."""
        query = self.request.query
        return query.get("apikey") or query.get("apiKey")

    @property
    def path(self) -> str:
        """The path as it was sent, not decoded."""
        return self._target[0]

    @property
    def query(self) -> str:
        """The query as it was sent, without its question mark."""
        return self._target[1]

    @property
    def _target(self) -> tuple[str, str]:
        sent = self.request.raw_path
        if not sent.startswith("/"):  # absolute form, as sent to a proxy
            parts = urlsplit(sent)
            return parts.path or "/", parts.query
        path, _, query = sent.partition("?")
        return path, query

    @property
    def resource_path(self) -> str:
        """Visa's resource path: behind sandbox and network, without the first context segment.

        `/s/mine/visa/src/v1/cards` is `v1/cards` (spec 8.5).
        """
        behind_network = resolve(self.path, self.request.host or "").other
        return behind_network.partition("/")[2]

    def urls(self, public_url: str) -> list[str]:
        """What the sender may have taken for the URL: by the Host header, or by *public_url*.

        Behind a proxy the two differ in scheme, host or a path before ours.
        """
        target = self.path + (f"?{self.query}" if self.query else "")
        host = self.request.headers.get("Host")
        found = [] if not host else [f"{self.request.scheme}://{host}{target}"]
        return list(dict.fromkeys([*found, public_url + target]))

    def client_certificate(self) -> bytes | None:
        """The DER of the certificate that the client has shown and TLS has verified, or None."""
        transport = self.request.transport
        connection: Any = None if transport is None else transport.get_extra_info("ssl_object")
        if connection is None:
            return None
        der: bytes | None = connection.getpeercert(binary_form=True)
        return der
