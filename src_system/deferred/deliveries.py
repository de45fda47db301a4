"""One delivery of a notification: signed, posted, and its outcome kept (spec 4.16, 13.12)."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from src_system.clock import iso_millis, machine_now, monotonic
from src_system.config import Limits
from src_system.deferred.owner import owner_of
from src_system.deferred.sending import Outcome, Sender
from src_system.model.card_notification import NotificationState, RetrySchedule
from src_system.model.errors import SrcError
from src_system.payloads.card_notification import (
    encrypted_message,
    notification_message,
    sign_detached,
)
from src_system.store import card_notifications
from src_system.store.card_notifications import DueDelivery
from src_system.system import Installation, System

SIGNATURE_HEADER = "X-Src-Notification-Signature"
ID_HEADER = "X-Src-Notification-Id"
_LEASE_MARGIN = timedelta(seconds=10)

_log = structlog.get_logger()


def retry_schedule(limits: Limits) -> RetrySchedule:
    """The back-off that the settings describe."""
    return RetrySchedule(
        first=timedelta(seconds=limits.notification_first_retry_seconds),
        factor=limits.notification_retry_factor,
        longest=timedelta(seconds=limits.notification_retry_seconds_max),
        attempts_max=limits.notification_attempts_max,
    )


async def claim_due(installation: Installation, *, limit: int) -> list[DueDelivery]:
    """Up to *limit* due deliveries, leased to this worker for as long as an attempt can take."""
    now = machine_now()
    lease = timedelta(milliseconds=2 * installation.limits.notification_timeout_ms) + _LEASE_MARGIN
    async with installation.database.connection() as tx:
        return await card_notifications.claim_due(
            tx, machine_now=now, leased_until=now + lease, limit=limit
        )


async def deliver(installation: Installation, sender: Sender, delivery: DueDelivery) -> None:
    """Try *delivery* once and keep how it went. NotFound when the sandbox is gone meanwhile."""
    system = await owner_of(installation, delivery.key)
    started, now = monotonic(), system.now()
    outcome = await _attempt(system, sender, delivery, now)
    milliseconds = round((monotonic() - started) * 1000)
    state, next_attempt_at = _after(system, delivery, outcome, now)
    async with installation.database.connection() as tx:
        await card_notifications.record_attempt(
            tx,
            delivery,
            {
                "attemptedAt": iso_millis(now),
                "status": outcome.status,
                "error": outcome.error,
                "milliseconds": milliseconds,
            },
            state=state,
            next_attempt_at=next_attempt_at,
            delivered_at=now if state is NotificationState.DELIVERED else None,
            machine_now=machine_now(),
        )
    _log.info(
        "card_notification",
        sandbox=system.sandbox.name,
        network=delivery.key.network,
        notification_id=delivery.notification_id,
        src_client_id=delivery.src_client_id,
        state=state,
        status=outcome.status,
        error=outcome.error,
        milliseconds=milliseconds,
    )


def _after(
    system: System, delivery: DueDelivery, outcome: Outcome, now: datetime
) -> tuple[NotificationState, datetime | None]:
    """The state from now on, and when the next attempt is due."""
    if outcome.is_acknowledged:
        return NotificationState.DELIVERED, None
    if delivery.notification_url is None:
        return NotificationState.GIVEN_UP, None
    next_attempt_at = retry_schedule(system.limits).next_attempt(delivery.failures + 1, now)
    if next_attempt_at is None:
        return NotificationState.GIVEN_UP, None
    return NotificationState.PENDING, next_attempt_at


async def _attempt(system: System, sender: Sender, delivery: DueDelivery, now: datetime) -> Outcome:
    if delivery.notification_url is None:
        return Outcome(None, "the client has no notificationUrl any more")
    try:
        body = msgspec.json.encode(await _message(system, delivery, now))
    except SrcError as refusal:
        return Outcome(None, refusal.message)
    signature = sign_detached(
        body,
        profile=system.profile,
        keyring=system.keyring,
        notification_id=delivery.notification_id,
        src_client_id=delivery.src_client_id,
        now=now,
    )
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "src-system",
        ID_HEADER: delivery.notification_id,
        SIGNATURE_HEADER: signature,
    }
    return await sender.post(delivery.notification_url, body, headers)


async def _message(system: System, delivery: DueDelivery, now: datetime) -> dict[str, Any]:
    """What is posted; UnknownRecipient, ClientKeyExpired for a client that wants it encrypted."""
    message = notification_message(delivery.notification)
    if not delivery.notification_encrypted:
        return message
    client = await system.client(delivery.src_client_id)
    recipient = await system.recipient(client, now=now)
    return encrypted_message(
        message, profile=system.profile, kid=recipient.key.kid, key=recipient.public
    )
