"""One row of the tables of operations: where it lives, who may call it, who reads, runs, writes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from src_system.model.participant import Client, ClientKind
from src_system.networks.profile import NetworkProfile
from src_system.payloads.documents import Document
from src_system.system import System
from src_system.wire.errors import PLAIN, ErrorDialect
from src_system.wire.reading import Call

ANYBODY = frozenset(ClientKind)
SRC_INITIATORS = frozenset({ClientKind.SRC_INITIATOR})
INITIATORS = frozenset({ClientKind.SRC_INITIATOR, ClientKind.DCF})
ISSUERS = frozenset({ClientKind.PARTICIPATING_ISSUER})


def _everywhere(_profile: NetworkProfile) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Operation:
    """*read* a call, *run* the operation, *write* its result. No writer: 204, no body.

    `resource` is a path template behind the network's base address. `request` is the type of the
    body, None for calls without one; `answer` is the type of what *write* gives back, and `query`
    that of the query parameters: the OpenAPI document is made of these. `recognition` gives the
    recognition token that a browser shall keep as a cookie after this result: text keeps it, empty
    text clears it, None leaves it.
    """

    name: str
    method: str
    resource: str
    read: Callable[[Call], Any]
    run: Callable[[System, Client, Any], Awaitable[Any]]
    write: Callable[[Any, System], Mapping[str, object]] | None
    request: type[Document] | None = None
    answer: type | None = None
    query: type[Document] | None = None
    status: int = 200
    callers: frozenset[ClientKind] = INITIATORS
    offered: Callable[[NetworkProfile], bool] = _everywhere
    recognition: Callable[[Any], str | None] | None = None
    brings_version: bool = False  # asks with its first statement whether the sandbox has changed
    takes_prepared: bool = False  # checkoutRequestJws stands for its members (spec 4.9)
    errors: ErrorDialect = PLAIN
