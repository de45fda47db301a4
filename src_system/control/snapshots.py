"""Snapshots of a sandbox: taken, listed, removed, and what it is put back to."""

import msgspec
from aiohttp import web

from src_system.clock import iso_millis, machine_now
from src_system.control.answer_documents import Snapshots, SnapshotView
from src_system.control.described import described
from src_system.control.parts import json_answer, no_content, parts_of, read_body, world_of
from src_system.fixtures import copies
from src_system.fixtures.answer_documents import SandboxDocument
from src_system.fixtures.document import PlainName
from src_system.model.errors import Aborted, AlreadyExists, LimitExceeded
from src_system.store.snapshots import Snapshot


class NewSnapshotDocument(msgspec.Struct, frozen=True, rename="camel"):
    """The body of POST …/snapshots; without a name it gets one."""

    name: PlainName | None = None


@described(
    request=NewSnapshotDocument,
    request_is_required=False,
    answer=SnapshotView,
    status=201,
    refusals=(AlreadyExists, LimitExceeded, Aborted),
)
async def post_snapshot(request: web.Request) -> web.Response:
    """POST /v1/sandboxes/{sandbox}/snapshots: keep the sandbox as it stands."""
    sandbox = (await world_of(request)).sandbox
    body = await read_body(request, NewSnapshotDocument)
    snapshot = await copies.take_snapshot(
        parts_of(request).installation, sandbox.name, name=body.name, now=machine_now()
    )
    return json_answer(_view(snapshot), 201)


@described(answer=Snapshots)
async def list_snapshots(request: web.Request) -> web.Response:
    """GET /v1/sandboxes/{sandbox}/snapshots: those that were taken, oldest first."""
    sandbox = (await world_of(request)).sandbox
    found = await copies.list_snapshots(parts_of(request).installation, sandbox.name)
    answer: Snapshots = {"snapshots": [_view(snapshot) for snapshot in found]}
    return json_answer(answer)


@described(answer=SandboxDocument)
async def restore_snapshot(request: web.Request) -> web.Response:
    """POST /v1/sandboxes/{sandbox}/snapshots/{snapshot}/restore: put the sandbox back to it."""
    sandbox = (await world_of(request)).sandbox
    return json_answer(
        await copies.restore_snapshot(
            parts_of(request).installation,
            sandbox.name,
            request.match_info["snapshot"],
            now=machine_now(),
        )
    )


@described(status=204, media_type=None)
async def delete_snapshot(request: web.Request) -> web.Response:
    """DELETE /v1/sandboxes/{sandbox}/snapshots/{snapshot}: it is gone with all it held."""
    sandbox = (await world_of(request)).sandbox
    await copies.delete_snapshot(
        parts_of(request).installation,
        sandbox.name,
        request.match_info["snapshot"],
        now=machine_now(),
    )
    return no_content()


def _view(snapshot: Snapshot) -> SnapshotView:
    return {
        "name": snapshot.name,
        "takenAt": iso_millis(snapshot.taken_at),
        "simulatedAt": iso_millis(snapshot.simulated_at),
    }
