"""Posting a notification to a client's address: guarded, bounded, and never redirected."""

import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

from src_system.model.card_notification import ReachableHosts, may_reach

ANSWER_BYTES_MAX = 1_024  # of an answer's body; nothing in it matters
_ERROR_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt: an HTTP status, or why there is none."""

    status: int | None
    error: str | None

    @property
    def is_acknowledged(self) -> bool:
        """2xx is the acknowledgement (spec 4.16)."""
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """One HTTP client per process. Use as an async context manager, on the running loop."""

    __slots__ = ("_at_once_max", "_hosts", "_session", "_timeout")

    def __init__(self, *, hosts: ReachableHosts, timeout_ms: int, at_once_max: int) -> None:
        self._hosts = hosts
        self._timeout = aiohttp.ClientTimeout(total=timeout_ms / 1000)
        self._at_once_max = at_once_max
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=self._at_once_max,
            use_dns_cache=False,
            force_close=True,  # the receiver of a test is gone a moment later
            socket_factory=self._socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
        """POST once; whatever goes wrong is an outcome."""
        if self._session is None:
            raise RuntimeError("The sender has not been opened.")
        try:
            async with self._session.post(
                url, data=body, headers=headers, allow_redirects=False
            ) as response:
                await response.content.read(ANSWER_BYTES_MAX)
                return Outcome(response.status, None)
        except TimeoutError:
            return Outcome(None, "no answer in time")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Outcome(None, _one_line(error))

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for the address that a name was found to mean: the guard cannot be tricked."""
        family, kind, protocol, _, address = info
        if not may_reach(str(address[0]), self._hosts):
            raise PermissionError("notifications do not go to this address (--notification-hosts)")
        return socket.socket(family, kind, protocol)


def _one_line(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    text = (str(cause) or type(cause).__name__).splitlines()[0]
    return text[:_ERROR_CHARACTERS_MAX]
