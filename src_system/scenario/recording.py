"""Every exchange of a scenario as it went over the wire, kept with the step it belongs to."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from src_system.client.errors import SrcSystemError
from src_system.client.transport import Reply, Request, Transport
from src_system.clock import monotonic
from src_system.scenario.operations import operation_at

BODY_BYTES_MAX = 256 * 1024
_EXCHANGES_MAX = 500  # of one step
_SECRET_HEADERS = frozenset({"authorization", "x-pay-token"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call and what came back; `status` is None where nothing did, `problem` says why.

    `began` is on the runner's own clock, in seconds. `party` is who was called: a network,
    `control`, or the `receiver` of notifications, which is called by the network `caller`.
    """

    party: str
    operation: str
    method: str
    url: str
    request_headers: dict[str, str] = field(repr=False)
    request_body: bytes = field(repr=False)
    status: int | None
    response_headers: dict[str, str] = field(repr=False)
    response_body: bytes = field(repr=False)
    began: float
    seconds: float
    problem: str = ""
    caller: str = ""


CONTROL = "control"
RECEIVER = "receiver"

_exchanges: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)
_operation: ContextVar[tuple[str, str]] = ContextVar("operation", default=("", ""))


def record_into(exchanges: list[Exchange]) -> None:
    """From here on, what this task calls is kept in *exchanges*."""
    _exchanges.set(exchanges)


def calling(network: str, operation: str) -> None:
    """From here on, what this task calls at a protocol port is an operation of this network."""
    _operation.set((network, operation))


def record(exchange: Exchange) -> None:
    """Keep an exchange that did not go over the transport with the step that saw it."""
    exchanges = _exchanges.get()
    if exchanges is not None and len(exchanges) < _EXCHANGES_MAX:
        exchanges.append(exchange)


class RecordingTransport:
    """A transport that remembers; the connections are those of *inner*, which it does not close.

    What goes to *control_url* is a call of the control port; `networks` is where each network is
    reached, once that is known.
    """

    def __init__(self, inner: Transport, control_url: str) -> None:
        self._inner = inner
        self._control_url = control_url
        self.networks: dict[str, str] = {}

    async def send(self, request: Request) -> Reply:
        """What came back; Unreachable, TimedOut."""
        began = monotonic()
        try:
            reply = await self._inner.send(request)
        except BaseException as error:
            said = str(error) if isinstance(error, SrcSystemError) else "given up"
            self._keep(request, None, began, said)
            raise
        self._keep(request, reply, began, "")
        return reply

    async def close(self) -> None:
        """Nothing: others use the connections too."""

    def _keep(self, request: Request, reply: Reply | None, began: float, problem: str) -> None:
        party, operation = self._called(request)
        record(
            Exchange(
                party=party,
                operation=operation,
                method=request.method,
                url=request.url,
                request_headers={
                    name: "…" if name.lower() in _SECRET_HEADERS else value
                    for name, value in request.headers.items()
                },
                request_body=(request.body or b"")[:BODY_BYTES_MAX],
                status=None if reply is None else reply.status,
                response_headers={} if reply is None else dict(reply.headers),
                response_body=b"" if reply is None else reply.body[:BODY_BYTES_MAX],
                began=began,
                seconds=monotonic() - began,
                problem=problem,
            )
        )

    def _called(self, request: Request) -> tuple[str, str]:
        """Who is called, and for what."""
        path = urlsplit(request.url).path
        if request.url.startswith(self._control_url):
            return CONTROL, path.removeprefix(urlsplit(self._control_url).path)
        party, operation = _operation.get()
        for network, base in self.networks.items():
            if request.url.startswith(base):
                found = operation_at(request.method, path.removeprefix(urlsplit(base).path))
                is_payload = operation == "getPayload" and found == "checkout"  # POST at Mastercard
                return network, operation if found is None or is_payload else found
        return party, "keys" if path.endswith("/keys") else operation
