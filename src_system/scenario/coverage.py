"""How much of a protocol port a run has exercised: operations on networks, and their refusals."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from src_system.client import SrcSystemError
from src_system.client.transport import Request, Transport
from src_system.scenario.operations import OPERATIONS
from src_system.scenario.recording import Exchange
from src_system.scenario.report.bodies import reasons_in
from src_system.scenario.results import RunResult
from src_system.scenario.words import NETWORKS

_NETWORKS_KEYWORD = "x-src-networks"
_REASONS_KEYWORD = "x-src-reasons"
_GAPS_TOLD = 5
_NAMES_TOLD = 4


@dataclass(frozen=True, slots=True)
class OperationCoverage:
    """An operation: statuses by network, and which of its refusals came.

    `networks` are those that have it; `reasons` those that the server documents.
    """

    name: str
    networks: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    statuses: Mapping[str, Counter[int]] = field(default_factory=dict)
    refusals: Mapping[str, int] = field(default_factory=dict)

    @property
    def missing_networks(self) -> list[str]:
        """The networks on which it never answered."""
        return [one for one in self.networks if not self.statuses.get(one)]

    @property
    def missing_reasons(self) -> list[str]:
        """The refusals that never came."""
        return [one for one in self.reasons if one not in self.refusals]


@dataclass(frozen=True, slots=True)
class Coverage:
    """All operations. What counts: each with each of its networks, and each with each reason."""

    operations: tuple[OperationCoverage, ...]
    is_documented: bool  # whether the server said what there is

    @property
    def total(self) -> int:
        """How many pairs there are."""
        return sum(len(one.networks) + len(one.reasons) for one in self.operations)

    @property
    def covered(self) -> int:
        """How many of them were met."""
        missing = sum(
            len(one.missing_networks) + len(one.missing_reasons) for one in self.operations
        )
        return self.total - missing

    @property
    def percent(self) -> float:
        """Those that were met, of all."""
        return 100.0 * self.covered / self.total if self.total else 100.0

    def summary(self) -> str:
        """One line."""
        cells = sum(len(one.networks) for one in self.operations)
        met = cells - sum(len(one.missing_networks) for one in self.operations)
        said = f"coverage {self.percent:.1f} %: {met} of {cells} operations on networks"
        if self.is_documented:
            said += f", {self.covered - met} of {self.total - cells} refusals of operations"
        return said

    def gaps(self) -> Iterator[str]:
        """The operations that miss most, a line each."""
        by_size = sorted(
            self.operations,
            key=lambda one: -(len(one.missing_networks) + len(one.missing_reasons)),
        )
        for one in by_size[:_GAPS_TOLD]:
            said = []
            if one.missing_networks:
                said.append(f"never on {', '.join(one.missing_networks)}")
            if one.missing_reasons:
                some = ", ".join(one.missing_reasons[:_NAMES_TOLD])
                more = " …" if len(one.missing_reasons) > _NAMES_TOLD else ""
                said.append(f"{len(one.missing_reasons)} refusals never came: {some}{more}")
            if said:
                yield f"{one.name}: {'; '.join(said)}"


async def read_document(transport: Transport, protocol: str) -> Mapping[str, Any] | None:
    """What the protocol port says of itself at /openapi.json; None where it says nothing."""
    try:
        reply = await transport.send(Request("GET", f"{protocol.rstrip('/')}/openapi.json"))
        return reply.document() if reply.status == 200 else None
    except SrcSystemError:  # another SRC System need not have one
        return None


def protocol_of(run: RunResult) -> str | None:
    """Where the protocol port is, from the addresses of the run's sandboxes."""
    for result in run.cases:
        for attempt in result.attempts:
            for url in attempt.urls.values():
                return url.partition("/s/")[0]
    return None


def coverage_of(run: RunResult) -> Coverage:
    """What a run has exercised of what the server's OpenAPI document says there is.

    Without one it is every operation that the runner knows, on every network, without refusals.
    """
    known = _documented(run.interface) if run.interface is not None else {}
    is_documented = bool(known)
    if not known:
        known = dict.fromkeys(OPERATIONS, (NETWORKS, ()))
    statuses: dict[tuple[str, str], Counter[int]] = {}
    refusals: dict[str, Counter[str]] = {}
    for exchange in _exchanges(run):
        if exchange.status is None or exchange.operation not in known:
            continue
        key = (exchange.operation, exchange.party)
        statuses.setdefault(key, Counter())[exchange.status] += 1
        refusals.setdefault(exchange.operation, Counter()).update(reasons_in(exchange))
    return Coverage(
        tuple(
            OperationCoverage(
                name,
                tuple(one for one in NETWORKS if one in networks or (name, one) in statuses),
                reasons,
                {one: statuses[name, one] for one in NETWORKS if (name, one) in statuses},
                refusals.get(name, {}),
            )
            for name, (networks, reasons) in known.items()
        ),
        is_documented,
    )


def _exchanges(run: RunResult) -> Iterator[Exchange]:
    for result in run.cases:
        for attempt in result.attempts:
            for step in attempt.all_steps():
                for exchange in step.exchanges:
                    if exchange.party in NETWORKS:
                        yield exchange


def _documented(document: Mapping[str, Any]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Networks and reasons of each operation of the SRC API, by its name."""
    found = {}
    for path in document.get("paths", {}).values():
        for operation in path.values():
            name = operation.get("operationId") if isinstance(operation, Mapping) else None
            if name in OPERATIONS:
                networks = tuple(operation.get(_NETWORKS_KEYWORD, NETWORKS))
                reasons = _reasons(operation.get("responses", {}).values())
                found[str(name)] = (networks, tuple(dict.fromkeys(reasons)))
    return found


def _reasons(responses: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The most exact word of each refusal: its detail's, else its own."""
    for response in responses:
        for one in response.get(_REASONS_KEYWORD, ()):
            yield str(one.get("detail") or one["reason"])
