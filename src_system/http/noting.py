"""Handing an answered call to the journal."""

from aiohttp import web

from src_system.http.events import RequestEvent
from src_system.journal.writer import JournalWriter
from src_system.system import System


def note_call(
    journal: JournalWriter,
    request: web.Request,
    event: RequestEvent,
    system: System | None,
    raw: bytes,
    response: web.Response,
) -> None:
    """Give the call to the journal of its sandbox; nothing when it was in none that exists.

    Without a *system* nothing was read, or there is no such network: the journal looks itself.
    """
    if not event.sandbox or (system is None and event.source == "sandbox"):
        return
    worlds = journal.installation.worlds
    journal.note(
        event,
        worlds.get(event.sandbox) if system is None else system.world,
        path=request.raw_path,
        status=response.status,
        request_headers=request.raw_headers,
        request_body=raw,
        response_headers=response.headers,
        response_body=response.body if isinstance(response.body, bytes) else b"",
    )


def note_answer(
    journal: JournalWriter,
    event: RequestEvent,
    system: System,
    raw: bytes,
    response: web.Response,
) -> None:
    """The same for a call that a DCF made in the house, while a browser waited."""
    headers = [(b"Content-Type", b"application/json")]
    if system.profile.client_id_header is not None and event.src_client_id is not None:
        headers.append((system.profile.client_id_header.encode(), event.src_client_id.encode()))
    journal.note(
        event,
        system.world,
        path=event.path,
        status=response.status,
        request_headers=headers,
        request_body=raw,
        response_headers={"Content-Type": "application/json"},
        response_body=response.body if isinstance(response.body, bytes) else b"",
    )
