"""Prometheus metrics: requests by operation, network, status and reason; pool and event loop."""

from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

# Read by prometheus_client when it is imported: where the workers of one server keep their counts.
SHARED_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

_JOURNAL_WAITING = "src_system_journal_waiting"
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of one process. Children are looked up once and kept.

    They are asked for often. In a worker, whose environment has SHARED_VARIABLE, all counts lie in
    files of the folder *shared*, so that every worker can tell those of all, the dead included.
    """

    def __init__(self, shared: Path | None = None) -> None:
        self.shared = shared
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "src_system_requests",
            "Requests answered on the protocol port.",
            ("operation", "network", "status", "reason"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "src_system_request_seconds",
            "Time from request to answer.",
            ("operation", "network"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._journal_lost = Counter(
            "src_system_journal_lost",
            "Journal entries that were never written.",
            registry=self.registry,
        )
        self._journal_waiting = Gauge(
            _JOURNAL_WAITING,
            "Answered calls that are not in the journal yet.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._connections = Gauge(
            "src_system_database_connections",
            "Connections of the pool, by what they do.",
            ("state",),
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._lag = Gauge(
            "src_system_event_loop_lag_seconds",
            "How late the event loop ran its newest timer.",
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        workers = Gauge(
            "src_system_workers",
            "Processes that answer.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        workers.set(1)
        self._waiting = 0
        self._request_children: dict[tuple[str, str, int, str], Counter] = {}
        self._seconds_children: dict[tuple[str, str], Histogram] = {}

    def request(
        self, operation: str, network: str, status: int, reason: str, seconds: float
    ) -> None:
        """Count one answered request."""
        key = (operation, network, status, reason)
        counter = self._request_children.get(key)
        if counter is None:
            counter = self._request_children[key] = self._requests.labels(*map(str, key))
        counter.inc()
        pair = (operation, network)
        histogram = self._seconds_children.get(pair)
        if histogram is None:
            histogram = self._seconds_children[pair] = self._seconds.labels(*pair)
        histogram.observe(seconds)

    def journal_lost(self, count: int) -> None:
        """Count journal entries that were given up before they were written."""
        self._journal_lost.inc(count)

    def journal_waits(self, count: int) -> None:
        """Note how many answered calls this process has not written to the journal yet."""
        self._waiting = count
        if self.shared is not None:
            self._journal_waiting.set(count)  # other workers look

    def journal_waiting(self) -> int:
        """The same of all workers together; those that are dead no longer count."""
        if self.shared is None:
            return self._waiting
        files = [str(file) for file in self.shared.glob("gauge_livesum_*.db")]
        merged = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return sum(
            int(sample.value)
            for metric in merged
            for sample in metric.samples
            if sample.name == _JOURNAL_WAITING
        )

    def pool(self, size: int, idle: int, waiting: int) -> None:
        """Note how the connection pool stands."""
        self._connections.labels("busy").set(size - idle)
        self._connections.labels("idle").set(idle)
        self._connections.labels("waited_for").set(waiting)

    def event_loop_lag(self, seconds: float) -> None:
        """Note how late a timer ran."""
        self._lag.set(seconds)

    def text(self) -> tuple[bytes, str]:
        """The metrics in Prometheus' text form, and its content type."""
        registry = self.registry
        if self.shared is None:
            self._journal_waiting.set(self._waiting)
        else:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, path=str(self.shared))  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST


def forget_process(shared: Path, pid: int) -> None:
    """A worker is dead: what it was doing no longer counts, what it has done still does."""
    mark_process_dead(pid, path=str(shared))  # type: ignore[no-untyped-call]
