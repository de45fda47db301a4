"""A client's connection: its deadlines, and a JSON refusal for what is no well-formed HTTP."""

import asyncio
import contextlib
import hashlib
from typing import Any

import msgspec
import structlog
from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import (
    BadStatusLine,
    HttpProcessingError,
    InvalidHeader,
    InvalidURLError,
    LineTooLong,
    PayloadEncodingError,
)
from aiohttp.web_protocol import RequestHandler, RequestPayloadError

from src_system.derive import Derivation
from src_system.model.errors import DeadlineExceeded, InvalidArgument, ServerError, SrcError
from src_system.wire.errors import error_document, status_of

_log = structlog.get_logger()
_NO_SEED = Derivation("no sandbox")
_FLOW_HEADER = "X-Src-Cx-Flow-Id"

# Never the parser's own words: they repeat what was sent.
_MESSAGES: tuple[tuple[type[BaseException], str], ...] = (
    (LineTooLong, "The request line or a header is too long."),
    (InvalidURLError, "The address in the request line is malformed."),
    (InvalidHeader, "A header is malformed."),
    (BadStatusLine, "The request line is malformed."),
    (PayloadEncodingError, "The body is not encoded as its headers say."),
)
_MESSAGES_OF_PARSER = {
    "Too many headers received": "The request has too many headers.",
    "Missing 'Host' header in request.": "The header Host is missing.",
}


class Connection(RequestHandler):
    """One client's connection, with what aiohttp leaves open.

    It knows since when a request's head has been coming in, tells a handler that the rest of its
    body is malformed, and refuses in the form of the SRC API, without an echo or a traceback.
    """

    __slots__ = ("head_since",)

    def __init__(self, manager: "Connections", **settings: Any) -> None:
        super().__init__(manager, **settings)
        self.head_since = 0.0  # loop time; 0 while no half of a head is there

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        super().data_received(data)
        if self._messages:
            self.head_since = 0.0
            if not isinstance(self._messages[-1][0], RawRequestMessage):
                self._break_off_body()
        elif self._waiter is not None and self.head_since == 0.0:
            self.head_since = self._loop.time()

    def _break_off_body(self) -> None:
        """Whoever waits for more of a body that turned out malformed need not wait."""
        if len(self._messages) > 1:
            body = self._messages[-2][1]
        elif self._current_request is not None:
            body = self._current_request.content
        else:
            return
        if body.is_eof():
            return  # the malformed part is a request of its own, answered in its turn
        self._messages.pop()
        body.set_exception(RequestPayloadError("malformed"))
        body.feed_eof()
        self.close()

    def close(self) -> None:
        """Take no further request; but let the one under way arrive whole."""
        if not self._awaits_body():
            super().close()

    async def shutdown(self, timeout: float | None = 15.0) -> None:
        """Finish the request under way, its body included, in *timeout* seconds for each."""
        request = self._current_request
        if request is not None and self._awaits_body():
            with contextlib.suppress(TimeoutError, RequestPayloadError, ConnectionError):
                async with asyncio.timeout(timeout):
                    await request.content.wait_eof()
        await super().shutdown(timeout)

    def _awaits_body(self) -> bool:
        return self._current_request is not None and not self._current_request.content.is_eof()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - the parser's words repeat what was sent
    ) -> web.StreamResponse:
        """The refusal of a request that the parser or a handler gave up."""
        if isinstance(exc, HttpProcessingError):
            error: SrcError = InvalidArgument(_message(exc))
            _log.info("malformed_request", problem=error.message)
        elif status == status_of(DeadlineExceeded()):
            error = DeadlineExceeded()
            _log.warning("abandoned_request")
        else:
            error = ServerError()
            _log.error("unexpected", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("half of an answer is sent, another cannot be")
        return _response(error)


class Connections(web.Server):
    """The open connections of one port."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._settings = {k: v for k, v in settings.items() if k not in _OF_SERVER}

    def __call__(self) -> Connection:
        """The handler of a new connection."""
        return Connection(self, **self._settings)

    def close_late(self, now: float, head_seconds_max: float) -> None:
        """Hang up on whoever has sent half of a request's head for too long (loop time)."""
        for connection in self.connections:
            since = connection.head_since if isinstance(connection, Connection) else 0.0
            if since and now - since > head_seconds_max:
                _log.info("malformed_request", problem="The headers did not arrive in time.")
                connection.force_close()


_OF_SERVER = frozenset({"request_factory", "handler_cancellation"})


def _message(problem: HttpProcessingError) -> str:
    for kind, text in _MESSAGES:
        if isinstance(problem, kind):
            return text
    return _MESSAGES_OF_PARSER.get(problem.message, "The request is not well-formed HTTP.")


def _response(error: SrcError) -> web.Response:
    """The error body in the EMV form; no network is known yet."""
    status = status_of(error)
    digest = hashlib.sha256(error.message.encode()).hexdigest()
    correlation_id = _NO_SEED.uuid("refused_src_correlation_id", digest)
    document = {**error_document(error, status), "srcCorrelationId": correlation_id}
    response = web.Response(
        status=status,
        body=msgspec.json.encode(document),
        content_type="application/json",
        headers={_FLOW_HEADER: _NO_SEED.uuid("flow_id", correlation_id)},
    )
    response.force_close()
    return response
