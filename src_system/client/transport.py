"""One HTTP exchange: what is sent, what came back, and the failures in between."""

import asyncio
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import msgspec

from src_system.client.errors import Json, Refused, TimedOut, UnexpectedAnswer, Unreachable

TIMEOUT_SECONDS = 40.0  # more than the 30 s that a server may take, or `wait`
_OBJECT = msgspec.json.Decoder(Json)
_SHOWN_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent; the URL holds the query."""

    method: str
    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def call(self) -> str:
        """Method and path, as messages name the call."""
        return f"{self.method} {urlsplit(self.url).path}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever its status; names of headers are in lower case."""

    call: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON; UnexpectedAnswer for anything else."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise self._not_json("JSON") from error

    def document(self) -> Json:
        """The body as a JSON object, {} for none; UnexpectedAnswer for anything else."""
        if not self.body:
            return {}
        try:
            return _OBJECT.decode(self.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise self._not_json("JSON object") from error

    def check(self, *statuses: int) -> None:
        """Pass when the status is one of these (any 2xx when none is named).

        Refused when the server says no, UnexpectedAnswer for any other status.
        """
        if self.status in statuses or (not statuses and 200 <= self.status < 300):
            return
        if self.status < 400:
            wanted = " or ".join(str(status) for status in statuses) or "2xx"
            raise UnexpectedAnswer(f"{self.call} answered {self.status} instead of {wanted}.")
        raise Refused(self.call, self.status, self._refusal(), self.headers)

    def expect(self, *statuses: int) -> Json:
        """The body as a JSON object when the status is one of these, as `check` has it."""
        self.check(*statuses)
        return self.document()

    def _not_json(self, what: str) -> UnexpectedAnswer:
        shown = self.body[:_SHOWN_CHARACTERS].decode(errors="replace")
        return UnexpectedAnswer(
            f"{self.call} answered {self.status} with a body that is no {what}: {shown!r}"
        )

    def _refusal(self) -> Json:
        """The error body; one that is no JSON (a proxy's, an empty one) says itself as message."""
        try:
            return self.document()
        except UnexpectedAnswer:
            return {"message": self.body[:_SHOWN_CHARACTERS].decode(errors="replace")}


class Transport(Protocol):
    """How requests travel."""

    async def send(self, request: Request) -> Reply:
        """What came back; Unreachable, TimedOut."""

    async def close(self) -> None:
        """Leave no connection open."""


class HttpTransport:
    """Requests over aiohttp, on one session for all of them: open from the first call to `close`.

    *timeout* is in seconds and holds for a whole exchange. *ssl_context* is for servers whose
    certificate the machine does not know (`--tls auto`), and for a client certificate. Neither
    proxy variables nor cookies are heeded: a server that calls for many people must not keep any.
    """

    def __init__(
        self, *, timeout: float = TIMEOUT_SECONDS, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self._timeout = timeout
        self._ssl: ssl.SSLContext | bool = ssl_context or True
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request) -> Reply:
        """What came back; Unreachable, TimedOut."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._timeout),
            )
        try:
            async with self._session.request(
                request.method,
                request.url,
                data=request.body,
                headers=request.headers,
                allow_redirects=False,
                ssl=self._ssl,
            ) as answer:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(request.call, answer.status, headers, await answer.read())
        except TimeoutError as error:
            raise TimedOut(
                f"{_origin(request.url)} did not answer {request.call} in {self._timeout:g} s."
            ) from error
        except aiohttp.InvalidURL as error:
            raise Unreachable(f"{request.url!r} is no address to call.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(_reason(request, error)) from error

    async def close(self) -> None:
        """End the session with its connections; a later call opens a new one."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            # aiohttp leaves the transports to the loop's next turns.
            await asyncio.sleep(0)


def _reason(request: Request, error: Exception) -> str:
    origin = _origin(request.url)
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return f"{origin} has a certificate that is not trusted here: {error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        why = os.strerror(number) if number and number > 0 else str(error.os_error)
        return f"{origin} does not answer ({why}). Is the server running there?"
    why = str(error) or type(error).__name__
    return f"{origin} broke off its answer to {request.call} ({why})."


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
