"""What the server counts of itself, as charts: requests, latencies, connections."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from src_system.control.console.showing import page, shown
from src_system.control.parts import parts_of

_PERCENTILES = (0.5, 0.95, 0.99)
_KINDS = {"2": "ok", "3": "ok", "4": "refused", "5": "broken", "0": "broken"}


@dataclass(slots=True)
class OperationFigures:
    """What is known of one operation on all networks; seconds per percentile, None for no calls."""

    name: str
    counts: dict[str, int] = field(default_factory=lambda: {"ok": 0, "refused": 0, "broken": 0})
    buckets: dict[float, float] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All its calls."""
        return sum(self.counts.values())

    @property
    def percentiles(self) -> list[float | None]:
        """p50, p95 and p99 in milliseconds."""
        return [
            None if found is None else found * 1000
            for found in (percentile(self.buckets, share) for share in _PERCENTILES)
        ]


@page
async def get_figures(request: web.Request) -> web.Response:
    """GET /figures: charts of the counters that /metrics tells."""
    text, _ = parts_of(request).metrics_text()
    samples = [
        sample
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    ]
    operations = operations_of(samples)
    slowest = max((p for one in operations for p in one.percentiles if p is not None), default=1.0)
    return shown(
        request,
        "figures",
        operations=operations,
        most=max((one.total for one in operations), default=1),
        slowest=slowest,
        connections=_by_label(samples, "src_system_database_connections", "state"),
        waiting=_value(samples, "src_system_journal_waiting"),
        lost=_value(samples, "src_system_journal_lost_total"),
        lag=_value(samples, "src_system_event_loop_lag_seconds"),
        workers=_value(samples, "src_system_workers"),
    )


def operations_of(samples: Iterable[Sample]) -> list[OperationFigures]:
    """Figures of every operation that was called, busiest first."""
    found: dict[str, OperationFigures] = {}
    for sample in samples:
        name = sample.labels.get("operation", "")
        if sample.name == "src_system_requests_total":
            one = found.setdefault(name, OperationFigures(name))
            one.counts[_KINDS.get(sample.labels["status"][:1], "broken")] += int(sample.value)
        elif sample.name == "src_system_request_seconds_bucket":
            one = found.setdefault(name, OperationFigures(name))
            bound = float(sample.labels["le"])
            one.buckets[bound] = one.buckets.get(bound, 0) + sample.value
    return sorted(found.values(), key=lambda one: (-one.total, one.name))


def percentile(buckets: dict[float, float], share: float) -> float | None:
    """The time below which *share* of the calls were, by cumulative *buckets* (seconds to counts).

    Inside a bucket calls count as spread evenly; beyond the last bound it is that bound.
    """
    bounds = sorted(buckets)
    if not bounds or not buckets[bounds[-1]]:
        return None
    wanted = share * buckets[bounds[-1]]
    below, lower = 0.0, 0.0
    for bound in bounds:
        if buckets[bound] >= wanted:
            if bound == float("inf"):
                return lower
            inside = buckets[bound] - below
            return lower + (bound - lower) * ((wanted - below) / inside if inside else 0)
        below, lower = buckets[bound], bound
    return lower


def _by_label(samples: Iterable[Sample], name: str, label: str) -> dict[str, int]:
    return {one.labels[label]: int(one.value) for one in samples if one.name == name}


def _value(samples: Iterable[Sample], name: str) -> float:
    return sum(one.value for one in samples if one.name == name)
