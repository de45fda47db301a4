"""Answers that fail on the wire: what a client sees when the network under it does not hold.

Such an answer is written to the connection by itself, past aiohttp, which would mend it. Logs and
journal have it as soon as the operation is done, also while the client still waits.
"""

import asyncio
import socket
import struct

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from src_system.clock import monotonic
from src_system.model.fault_effects import MalformedPart, TransportEffect, TransportFault

NOTHING_SENT = 0  # the status of an answer that was none
_LINGER_NOT = struct.pack("ii", 1, 0)
_DROPS = 20
_LOOK_SECONDS = 0.05
_GARBAGE = b"\x16\x03\x01\x00\xee this is not HTTP \xff\xfe\r\n\r\n"
_BAD_CHUNK = b"zz\r\nthis chunk has no length\r\n"


class BrokenAnswer(web.Response):
    """An answer, or none, that fails as *effect* says; *whole* is what should have been sent.

    `body` is what of it is sent; a hanging connection is closed after *seconds_max*, or once the
    server stops and *leaving* is set.
    """

    def __init__(
        self,
        effect: TransportEffect,
        whole: web.Response | None,
        *,
        seconds_max: float,
        leaving: asyncio.Event,
    ) -> None:
        body = b"" if whole is None else _bytes_of(whole)
        self._kind, self._part = effect.kind, effect.part
        self._whole_length = len(body)
        if whole is not None and body and effect.kind in _HALVES:
            sent = _sent(effect.kind, effect.part, body)
            super().__init__(status=whole.status, body=sent, headers=whole.headers)
            self.cookies.update(whole.cookies)
        else:
            super().__init__(status=NOTHING_SENT)
            if effect.kind in _HALVES:
                self._kind = TransportFault.EMPTY  # there is nothing to send half of
        self._over = effect.over.total_seconds()
        self._seconds_max, self._leaving = seconds_max, leaving
        self.force_close()

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send what is to be sent, and fail."""
        transport = request.transport
        if transport is None:
            return None
        match self._kind:
            case TransportFault.HANG:
                await _wait(request, self._seconds_max, self._leaving)
            case TransportFault.RESET:
                _reset(transport)
            case TransportFault.EMPTY:
                transport.close()
            case TransportFault.TRUNCATE:
                transport.write(self._head(self._whole_length) + _bytes_of(self))
            case TransportFault.MALFORMED:
                transport.write(self._malformed())
            case TransportFault.DRIP:
                await self._drip(request, transport)
        if request.transport is not None:
            request.transport.close()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing: all was said."""

    def _malformed(self) -> bytes:
        sent = _bytes_of(self)
        match self._part:
            case MalformedPart.HTTP:
                return sent
            case MalformedPart.CHUNK:
                return self._head(None) + sent
            case MalformedPart.JSON:
                return self._head(len(sent)) + sent

    def _head(self, length: int | None) -> bytes:
        """The status line and headers of the answer; *length* None means in chunks."""
        lines = [f"HTTP/1.1 {self.status} {self.reason}"]
        lines += [
            f"{name}: {value}"
            for name, value in self.headers.items()
            if name.lower() not in ("content-length", "connection", "transfer-encoding")
        ]
        lines += [f"Set-Cookie: {morsel.OutputString()}" for morsel in self.cookies.values()]
        lines.append("Connection: close")
        framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        lines.append(framing)
        return "\r\n".join([*lines, "", ""]).encode("utf-8")

    async def _drip(self, request: web.BaseRequest, transport: asyncio.Transport) -> None:
        """The body in twenty drops over the time asked for, in real time."""
        body = _bytes_of(self)
        size = max(1, -(-len(body) // _DROPS))
        drops = [body[place : place + size] for place in range(0, len(body), size)]
        transport.write(self._head(len(body)))
        for drop in drops:
            await _wait(request, self._over / len(drops), self._leaving)
            if transport.is_closing():
                return
            transport.write(drop)


_HALVES = frozenset({TransportFault.TRUNCATE, TransportFault.MALFORMED, TransportFault.DRIP})


def _sent(kind: TransportFault, part: MalformedPart, body: bytes) -> bytes:
    """What of *body*, or instead of it, goes over the wire."""
    if kind is TransportFault.DRIP:
        return body
    if kind is TransportFault.TRUNCATE:
        return body[: len(body) // 2]
    if part is MalformedPart.HTTP:
        return _GARBAGE
    if part is MalformedPart.CHUNK:
        return b"%x\r\n%b\r\n" % (len(body) // 2 or 1, body[: len(body) // 2 or 1]) + _BAD_CHUNK
    return body[: len(body) // 2] + b"\x00"


def _bytes_of(response: web.Response) -> bytes:
    body = response.body
    return bytes(body) if isinstance(body, bytes | bytearray) else b""


async def _wait(request: web.BaseRequest, seconds: float, leaving: asyncio.Event) -> None:
    """Until so much time has passed, the client is gone, or the server stops."""
    end = monotonic() + seconds
    while (left := end - monotonic()) > 0:
        transport = request.transport
        if transport is None or transport.is_closing() or leaving.is_set():
            return
        await asyncio.sleep(min(_LOOK_SECONDS, left))


def _reset(transport: asyncio.Transport) -> None:
    """Close with RST: what was not sent is thrown away, and the other side is told so."""
    kept = transport.get_extra_info("socket")
    if kept is not None:
        with socket.fromfd(kept.fileno(), kept.family, kept.type) as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()
