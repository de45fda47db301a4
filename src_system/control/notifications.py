"""Card update notifications: what was or will be delivered to whom, and sending one again."""

import asyncio
from typing import Any

from aiohttp import web

from src_system.clock import iso_millis, iso_millis_or_none, monotonic
from src_system.control.answer_documents import AttemptView, Notifications, NotificationView
from src_system.control.described import described
from src_system.control.otps import POLL_SECONDS
from src_system.control.parts import (
    LEAVING,
    cursor_of,
    json_answer,
    network_filter,
    page_of,
    parts_of,
    query_choice,
    query_number,
    world_of,
)
from src_system.control.queries import NotificationQuery
from src_system.model.card_notification import NotificationState, ReasonCode
from src_system.model.errors import NotFound
from src_system.store import card_notifications
from src_system.store.card_notifications import KeptNotification


@described(answer=Notifications, query=NotificationQuery)
async def list_notifications(request: web.Request) -> web.Response:
    """GET …/notifications: card update notifications, oldest first, waiting for one if asked to.

    `wait` seconds (real time) pass before an empty list is answered.
    """
    world = await world_of(request)
    installation = parts_of(request).installation
    after_text, limit = page_of(request)
    after, state = cursor_of(after_text), query_choice(request, "state", tuple(NotificationState))
    network = network_filter(request)
    wait = query_number(request, "wait", 0, least=0, most=installation.limits.wait_seconds_max)
    deadline = monotonic() + wait
    while True:
        async with installation.database.connection() as tx:
            found = await card_notifications.list_notifications(
                tx,
                world.sandbox.sandbox_id,
                after=after,
                state=state,
                src_client_id=request.query.get("client"),
                network=network,
                limit=limit,
            )
        left = deadline - monotonic()
        if found or left <= 0 or request.app[LEAVING].is_set():
            break
        await asyncio.sleep(min(POLL_SECONDS, left))
    cursor = found[-1].place if found else after
    page: Notifications = {
        "notifications": [_document(one) for one in found],
        "cursor": str(cursor),
    }
    return json_answer(page)


@described(answer=NotificationView)
async def replay_notification(request: web.Request) -> web.Response:
    """POST …/notifications/{id}/replay: due again at once, delivered or given up as it may be."""
    world = await world_of(request)
    async with parts_of(request).installation.database.transaction() as tx:
        kept = await card_notifications.replay(
            tx, world.sandbox.sandbox_id, request.match_info["id"], now=world.clock.now()
        )
    if kept is None:
        raise NotFound("There is no such notification.", source="id", source_type="PATH")
    return json_answer(_document(kept))


def _document(kept: KeptNotification) -> NotificationView:
    is_pending = kept.state is NotificationState.PENDING
    return {
        "id": kept.notification_id,
        "network": kept.network,
        "srcClientId": kept.src_client_id,
        "srcDigitalCardId": kept.src_digital_card_id,
        "reasonCode": ReasonCode(kept.reason_code),
        "eventTime": iso_millis(kept.event_time),
        "state": kept.state,
        "attempts": [_attempt(one) for one in kept.attempts],
        "nextAttemptAt": iso_millis(kept.next_attempt_at) if is_pending else None,
        "deliveredAt": iso_millis_or_none(kept.delivered_at),
        "notification": kept.notification,
    }


def _attempt(kept: dict[str, Any]) -> AttemptView:
    return {
        "attemptedAt": kept["attemptedAt"],
        "status": kept["status"],
        "error": kept["error"],
        "milliseconds": kept["milliseconds"],
    }
