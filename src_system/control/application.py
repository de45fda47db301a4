"""The control port as one aiohttp application: its routes, its guard, its one background task."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog
from aiohttp import web

from src_system.clock import machine_now
from src_system.control import (
    cards,
    clock,
    consumers,
    dated_artefacts,
    events,
    faults,
    federation,
    health,
    journal,
    magic,
    notifications,
    otps,
    participants,
    sandboxes,
    snapshots,
    verdict,
)
from src_system.control.console.routes import console_routes
from src_system.control.parts import LEAVING, PARTS, ControlParts
from src_system.control.protection import guard, refusals_as_json
from src_system.control.reference import PUBLICATION, publication_of, reference_routes
from src_system.fixtures.removal import remove_expired, remove_retired
from src_system.store.database import DatabaseBusy, DatabaseUnavailable

__all__ = ["ControlParts", "control_application"]

BODY_BYTES_MAX = 1024 * 1024
EXPIRY_CHECK_SECONDS = 5.0

_ONE = "/v1/sandboxes/{sandbox}"
_PERSON = f"{_ONE}/consumers/{{network}}/{{id}}"
_CARD = f"{_ONE}/cards/{{network}}/{{id}}"
_CLIENT = f"{_ONE}/clients/{{id}}"
_ENTRY = f"{_ONE}/journal/{{place:[0-9]+}}"
_DPA = f"{_ONE}/dpas/{{id}}"

_log = structlog.get_logger("src_system.control")


def control_application(parts: ControlParts) -> web.Application:
    """The application; further routes may be added to it before it runs."""
    application = web.Application(
        middlewares=[refusals_as_json, guard], client_max_size=BODY_BYTES_MAX
    )
    application[PARTS] = parts
    application[LEAVING] = asyncio.Event()
    application[events.STREAMS] = set()
    application[verdict.TURN] = asyncio.Semaphore()
    application[PUBLICATION] = publication_of(application)
    application.on_shutdown.append(_leave)
    application.add_routes(
        [
            *_installation_routes(),
            web.post("/v1/sandboxes", sandboxes.post_sandbox),
            web.get("/v1/sandboxes", sandboxes.list_sandboxes),
            web.get(_ONE, sandboxes.get_sandbox),
            web.delete(_ONE, sandboxes.delete_sandbox),
            web.post(f"{_ONE}/reset", sandboxes.reset_sandbox),
            web.post(f"{_ONE}/fork", sandboxes.fork_sandbox),
            web.get(f"{_ONE}/snapshots", snapshots.list_snapshots),
            web.post(f"{_ONE}/snapshots", snapshots.post_snapshot),
            web.delete(f"{_ONE}/snapshots/{{snapshot}}", snapshots.delete_snapshot),
            web.post(f"{_ONE}/snapshots/{{snapshot}}/restore", snapshots.restore_snapshot),
            web.post(f"{_ONE}/fixtures", sandboxes.post_fixtures),
            web.get(f"{_ONE}/clock", clock.get_clock),
            web.put(f"{_ONE}/clock", clock.put_clock),
            web.post(f"{_ONE}/clock/advance", clock.advance_clock),
            web.get(f"{_ONE}/clock/due", clock.list_clock_due),
            web.get(f"{_ONE}/events", events.stream_sandbox_events, allow_head=False),
            web.get(f"{_ONE}/federation", federation.get_federation),
            web.put(f"{_ONE}/federation", federation.put_federation),
            web.get(f"{_ONE}/magic", magic.get_magic),
            web.put(f"{_ONE}/magic", magic.put_magic),
            web.get(f"{_ONE}/faults", faults.list_faults),
            web.post(f"{_ONE}/faults", faults.post_faults),
            web.delete(f"{_ONE}/faults", faults.delete_faults),
            web.get(f"{_ONE}/faults/{{id}}", faults.get_fault),
            web.delete(f"{_ONE}/faults/{{id}}", faults.delete_fault),
            web.get(f"{_ONE}/otps", otps.list_otps),
            web.get(f"{_ONE}/notifications", notifications.list_notifications),
            web.post(f"{_ONE}/notifications/{{id}}/replay", notifications.replay_notification),
            web.get(f"{_ONE}/verdict", verdict.get_verdict),
            web.post(f"{_ONE}/verdict", verdict.post_verdict),
            *_journal_routes(),
            *_participant_routes(),
            *_people_routes(),
            *reference_routes(),
            *console_routes(),
        ]
    )
    application.cleanup_ctx.append(_remove_expired_sandboxes)
    return application


def _installation_routes() -> list[web.RouteDef]:
    return [
        web.get("/livez", health.get_livez),
        web.get("/readyz", health.get_readyz),
        web.get("/metrics", health.get_metrics),
        web.get("/version", health.get_version),
        web.get("/v1/test-pans", health.get_test_pans),
        web.get("/v1/dated-artefacts", dated_artefacts.list_dated_artefacts),
        web.get("/v1/verdict/checks", verdict.list_verdict_checks),
        web.get("/v1/magic", magic.get_magic_table),
        web.get("/v1/events", events.stream_events, allow_head=False),
    ]


def _journal_routes() -> list[web.RouteDef]:
    return [
        web.get(f"{_ONE}/journal", journal.list_journal),
        web.delete(f"{_ONE}/journal", journal.delete_journal),
        web.get(f"{_ONE}/journal.har", journal.get_journal_har),
        web.get(f"{_ONE}/journal/explain", journal.explain_correlation),
        web.get(f"{_ONE}/journal/disclosures", journal.list_journal_disclosures),
        web.get(_ENTRY, journal.get_journal_entry),
        web.get(f"{_ENTRY}/decoded", journal.get_decoded_entry),
        web.get(f"{_ENTRY}/explain", journal.explain_journal_entry),
    ]


def _participant_routes() -> list[web.RouteDef]:
    return [
        web.get(f"{_ONE}/clients", participants.list_clients),
        web.post(f"{_ONE}/clients", participants.post_client),
        web.get(_CLIENT, participants.get_client),
        web.put(_CLIENT, participants.put_client),
        web.delete(_CLIENT, participants.delete_client),
        web.post(f"{_CLIENT}/{{action:suspend|resume|expire}}", participants.act_on_client),
        web.get(f"{_ONE}/dpas", participants.list_dpas),
        web.post(f"{_ONE}/dpas", participants.post_dpa),
        web.get(_DPA, participants.get_dpa),
        web.put(_DPA, participants.put_dpa),
        web.delete(_DPA, participants.delete_dpa),
        web.post(f"{_DPA}/{{action:suspend|resume}}", participants.act_on_dpa),
    ]


def _people_routes() -> list[web.RouteDef]:
    return [
        web.get(f"{_ONE}/consumers", consumers.list_consumers),
        web.post(f"{_ONE}/consumers", consumers.post_consumer),
        web.get(_PERSON, consumers.get_consumer),
        web.put(_PERSON, consumers.put_consumer),
        web.delete(_PERSON, consumers.delete_consumer),
        web.post(f"{_PERSON}/{{action:lock|unlock|suspend|resume}}", consumers.act_on_consumer),
        web.get(f"{_ONE}/cards", cards.list_cards),
        web.post(f"{_ONE}/cards", cards.post_card),
        web.get(_CARD, cards.get_card),
        web.put(_CARD, cards.put_card),
        web.delete(_CARD, cards.delete_card),
        web.post(f"{_CARD}/refresh-tokens", cards.refresh_card_tokens),
        web.post(f"{_CARD}/{{action:suspend|resume|expire}}", cards.act_on_card),
    ]


async def _leave(application: web.Application) -> None:
    application[LEAVING].set()


async def _remove_expired_sandboxes(application: web.Application) -> AsyncIterator[None]:
    """While the application runs, sandboxes past their time to live go within seconds.

    So does what was left of sandboxes that were removed, reset or restored.
    """
    task = asyncio.create_task(_sweep(application[PARTS]), name="expired sandboxes")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _sweep(parts: ControlParts) -> None:
    while True:
        await asyncio.sleep(EXPIRY_CHECK_SECONDS)
        try:
            removed = await remove_expired(parts.installation, now=machine_now())
            await remove_retired(parts.installation, now=machine_now())
        except (DatabaseUnavailable, DatabaseBusy) as error:
            _log.warning("expired_sandboxes_kept", reason=str(error))
            continue
        if removed:
            _log.info("expired_sandboxes_removed", names=removed)
