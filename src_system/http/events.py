"""The request event: filled in on a request's way through, logged and counted once at its end."""

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from src_system.clock import monotonic
from src_system.metrics import Metrics
from src_system.model.fault_effects import TransportEffect
from src_system.model.identifiers import SandboxName

_log = structlog.get_logger()
_SERVER_FAULT = 500
NO_SANDBOX = SandboxName("")


class RequestEvent(msgspec.Struct):
    """What one log line says about one request; `started` is in monotonic seconds."""

    method: str
    path: str
    started: float
    operation: str = "unknown"
    network: str = ""
    sandbox: SandboxName = NO_SANDBOX
    src_client_id: str | None = None
    src_correlation_id: str | None = None
    reason: str = ""
    source: str | None = None
    refusal: str = ""  # the refusal's class in model/errors.py
    seen: Mapping[str, Any] = msgspec.field(default_factory=dict)  # what it rested on
    statements: int = 0
    milliseconds: float = 0.0
    faults: list[Mapping[str, Any]] = msgspec.field(
        default_factory=list
    )  # documents of those applied
    broken: TransportEffect | None = None  # how the answer is to fail on the wire

    def finish(self, status: int, metrics: Metrics) -> None:
        """Write the line and count the request."""
        seconds = monotonic() - self.started
        self.milliseconds = round(seconds * 1000, 2)
        write = _log.error if status >= _SERVER_FAULT else _log.info
        write(
            "request",
            operation=self.operation,
            network=self.network,
            sandbox=self.sandbox,
            status=status,
            reason=self.reason,
            source=self.source,
            src_client_id=self.src_client_id,
            src_correlation_id=self.src_correlation_id,
            milliseconds=self.milliseconds,
            statements=self.statements,
        )
        metrics.request(self.operation, self.network, status, self.reason, seconds)
