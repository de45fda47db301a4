"""registerDpas: take a batch of DPAs to add, update or delete (spec 4.15)."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import msgspec

from src_system.model.batch import BatchStatus
from src_system.model.dpa_registration import BatchAction
from src_system.model.errors import Aborted, AlreadyExists, LimitExceeded
from src_system.model.participant import Client
from src_system.networks.forms import derive_identifier
from src_system.store import dpa_batches
from src_system.store.database import Tx
from src_system.store.dpa_batches import DpaBatch
from src_system.system import System

_ID_TRIES = 20


@dataclass(frozen=True, slots=True)
class DpaEntry:
    """One DPA of an item; members in wire names."""

    src_dpa_id: str
    dpa_data: Mapping[str, Any]
    registration: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BatchItem:
    """DPAs that share an action and a programme."""

    action: BatchAction
    service_id: str | None
    trid: str | None
    program_name: str | None
    dpas: tuple[DpaEntry, ...]


@dataclass(frozen=True, slots=True)
class RegisterDpasRequest:
    """The batch; a requestId makes a repetition find the batch there is."""

    src_correlation_id: str | None
    request_id: str | None
    items: tuple[BatchItem, ...]


@dataclass(frozen=True, slots=True)
class RegisterDpasResult:
    """The batch is IN_PROGRESS until its time has come."""

    src_correlation_id: str
    batch_id: str


async def register_dpas(
    system: System, caller: Client, request: RegisterDpasRequest
) -> RegisterDpasResult:
    """Keep the batch, to be processed `batch_seconds` from now.

    Raises LimitExceeded for too many items, AlreadyExists when the requestId was used for another
    batch, Aborted.
    """
    if len(request.items) > system.limits.dpa_batch_items_max:
        raise LimitExceeded(
            f"A batch has at most {system.limits.dpa_batch_items_max} items.",
            source="items",
            seen={"held": len(request.items), "limit": system.limits.dpa_batch_items_max},
        )
    async with system.database.transaction(system.count) as tx:
        batch_id = await _keep(system, tx, caller, request)
    return RegisterDpasResult(
        src_correlation_id=request.src_correlation_id
        or derive_identifier(
            system.profile.correlation_id_form,
            system.derivation,
            "batch_src_correlation_id",
            system.key.network,
            batch_id,
        ),
        batch_id=batch_id,
    )


async def _keep(system: System, tx: Tx, caller: Client, request: RegisterDpasRequest) -> str:
    items = [asdict(item) for item in request.items]
    digest = hashlib.sha256(
        msgspec.json.encode((caller.src_client_id, request.request_id, items), order="sorted")
    ).digest()
    ordinal = await dpa_batches.count_equal(tx, system.key, digest)
    now = system.now()
    for _ in range(_ID_TRIES):
        if request.request_id is not None:
            kept = await dpa_batches.find_by_request(
                tx, system.key, caller.src_client_id, request.request_id
            )
            if kept is not None:
                return _same(kept, digest)
        batch = DpaBatch(
            batch_id=system.derivation.uuid(
                "dpa_batch_id", system.key.network, digest.hex(), ordinal
            ),
            src_client_id=caller.src_client_id,
            request_id=request.request_id,
            request_digest=digest,
            items=items,
            status=BatchStatus.IN_PROGRESS,
            results=(),
            started_at=now,
            due_at=now + timedelta(seconds=system.limits.batch_seconds),
            ended_at=None,
        )
        if await dpa_batches.insert_batch(tx, system.key, batch):
            return batch.batch_id
        ordinal += 1  # an equal call was faster
    raise Aborted


def _same(kept: DpaBatch, digest: bytes) -> str:
    if kept.request_digest != digest:
        raise AlreadyExists(
            "The requestId was used for another batch.",
            source="requestId",
            seen={"batch_id": kept.batch_id},
        )
    return kept.batch_id
