"""The rounds of a worker: again and again it looks for what is due, and does it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self

import structlog

from src_system.clock import machine_now
from src_system.deferred.card_batches import process_card_batch
from src_system.deferred.deliveries import claim_due, deliver
from src_system.deferred.dpa_batches import process_dpa_batch
from src_system.deferred.owner import owner_of
from src_system.deferred.sending import Sender
from src_system.deferred.state_changes import make_due_changes
from src_system.model.card_notification import ReachableHosts
from src_system.model.errors import SrcError
from src_system.store import card_batches, dpa_batches
from src_system.store.card_notifications import DueDelivery
from src_system.store.database import DatabaseBusy, DatabaseUnavailable
from src_system.store.state_changes import list_due_sandboxes
from src_system.system import Installation

DELIVERY_SECONDS = 0.25
BATCH_SECONDS = 1.0
_BATCHES_PER_ROUND = 20

_log = structlog.get_logger()


@contextlib.asynccontextmanager
async def working(installation: Installation, *, hosts: ReachableHosts) -> AsyncIterator[None]:
    """Deliver notifications and process batches until the block ends.

    Every worker does; leases and locks in the database keep them apart. What is cut off at the
    end is done again by somebody later.
    """
    limits = installation.limits
    sender = Sender(
        hosts=hosts,
        timeout_ms=limits.notification_timeout_ms,
        at_once_max=limits.notifications_at_once_max,
    )
    async with sender, _Deliveries(installation, sender) as deliveries:
        tasks = [
            asyncio.create_task(_again(deliveries.round, DELIVERY_SECONDS), name="deliveries"),
            asyncio.create_task(
                _again(lambda: _process_batches(installation), BATCH_SECONDS), name="batches"
            ),
        ]
        try:
            yield
        finally:
            await _cancel(tasks)


async def _again(round_of: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        try:
            await round_of()
        except (DatabaseUnavailable, DatabaseBusy) as error:
            _log.warning("round_missed", problem=str(error))
        except Exception:  # noqa: BLE001 - one bad round must not end all the others
            _log.exception("round_failed")
        await asyncio.sleep(seconds)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Deliveries:
    """Deliveries under way in this worker."""

    def __init__(self, installation: Installation, sender: Sender) -> None:
        self._installation = installation
        self._sender = sender
        self._under_way: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await _cancel(list(self._under_way))

    async def round(self) -> None:
        """Begin what is due, as far as there is room; come back at once while there is more."""
        most = self._installation.limits.notifications_at_once_max
        while True:
            room = most - len(self._under_way)
            if room > 0:
                claimed = await claim_due(self._installation, limit=room)
                for delivery in claimed:
                    task = asyncio.create_task(self._deliver(delivery), name="delivery")
                    self._under_way.add(task)
                    task.add_done_callback(self._under_way.discard)
                if len(claimed) < room:
                    return
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _deliver(self, delivery: DueDelivery) -> None:
        try:
            await deliver(self._installation, self._sender, delivery)
        except (SrcError, DatabaseUnavailable, DatabaseBusy) as error:
            # Nothing was recorded: when the lease ends, whoever is there tries again.
            _log.warning(
                "card_notification_unrecorded",
                notification_id=delivery.notification_id,
                problem=str(error),
            )
        except Exception:  # noqa: BLE001 - told here, for nobody awaits this task's result
            _log.exception("card_notification_failed", notification_id=delivery.notification_id)


async def _process_batches(installation: Installation) -> None:
    """Process batches and changes of state that are due, so that nobody has to ask for them."""
    async with installation.database.connection() as tx:
        changing = await list_due_sandboxes(tx, machine_now=machine_now(), limit=_BATCHES_PER_ROUND)
    for name in changing:
        try:
            await make_due_changes(installation, name)
        except SrcError as error:  # the sandbox is gone
            _log.warning("state_changes_left", sandbox=name, problem=str(error))
    for process, store in (
        (process_dpa_batch, dpa_batches.list_due),
        (process_card_batch, card_batches.list_due),
    ):
        async with installation.database.connection() as tx:
            due = await store(tx, machine_now=machine_now(), limit=_BATCHES_PER_ROUND)
        for key, batch_id, _ in due:
            try:
                await process(await owner_of(installation, key), batch_id)
            except SrcError as error:  # the sandbox is gone
                _log.warning("batch_left", batch_id=batch_id, problem=str(error))
