"""Another status for a card or consumer, because a fault asked for it: at once or when due."""

from datetime import datetime

from src_system.deferred.announcement import announce_card_change
from src_system.model.consumer import ConsumerStatus
from src_system.model.digital_card import DigitalCardStatus, change_status
from src_system.model.errors import InvalidState
from src_system.model.identifiers import SandboxName
from src_system.model.pan import past_expiry
from src_system.networks import PROFILES
from src_system.store import consumers, digital_cards, sandboxes, state_changes
from src_system.store.database import Tx
from src_system.store.state_changes import StateChange, SubjectKind
from src_system.system import Installation, System


async def make_due_changes(installation: Installation, name: SandboxName) -> int:
    """Make the changes whose time has come by the sandbox's clock; how many there were.

    Several workers may come at once: one makes them, the others wait until they are made.
    """
    world = await installation.world(name)
    sandbox_id = world.sandbox.sandbox_id
    async with installation.database.transaction() as tx:
        due = await state_changes.take_due(tx, sandbox_id, now=world.clock.now())
        for change in due:
            await change_state(System(installation, world, PROFILES[change.network]), tx, change)
        if due:
            await sandboxes.touch_sandbox(tx, sandbox_id)
    return len(due)


async def plan_state_change(system: System, change: StateChange) -> bool:
    """Have it made when it is due; False when that is planned already."""
    sandbox_id = system.sandbox.sandbox_id
    async with system.database.transaction(system.count) as tx:
        planned = await state_changes.plan_change(tx, sandbox_id, change)
        if planned:  # every worker has to know when to look
            await sandboxes.touch_sandbox(tx, sandbox_id)
    return planned


async def change_state_now(system: System, change: StateChange) -> bool:
    """Make it at once; False when it is no change, or none that the state machine has."""
    async with system.database.transaction(system.count) as tx:
        return await change_state(system, tx, change)


async def change_state(system: System, tx: Tx, change: StateChange) -> bool:
    """The same in a transaction of the caller's; whoever holds the card is told of it."""
    if change.kind is SubjectKind.CONSUMER:
        return await _change_consumer(system, tx, change)
    found = await digital_cards.find_card(tx, system.key, change.subject_id)
    if found is None:
        return False
    before = found[0]
    if not await _change_card(system, tx, change, before.status, now=change.due_at):
        return False
    after = await digital_cards.find_card(tx, system.key, change.subject_id)
    if after is not None:
        await announce_card_change(system, tx, before, after[0], now=change.due_at)
    return True


async def _change_card(
    system: System, tx: Tx, change: StateChange, was: DigitalCardStatus, *, now: datetime
) -> bool:
    status = DigitalCardStatus(change.status)
    if status is DigitalCardStatus.EXPIRED:
        if was is DigitalCardStatus.CANCELLED:
            return False
        await digital_cards.set_card_expiry(tx, system.key, change.subject_id, past_expiry(now))
        return True
    try:
        change_status(was, status)
    except InvalidState:
        return False
    return await digital_cards.set_card_status(
        tx, system.key, change.subject_id, was=was, status=status
    )


async def _change_consumer(system: System, tx: Tx, change: StateChange) -> bool:
    consumer = await consumers.find_consumer(tx, system.key, change.subject_id)
    status = ConsumerStatus(change.status)
    if consumer is None or consumer.status_at(change.due_at) is status:
        return False
    return await consumers.set_status(tx, system.key, change.subject_id, status)
