"""A batch of DPAs when its time has come: applied whole, once, by whichever worker is first."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from src_system.model.batch import BatchStatus, Failure, completed
from src_system.model.dpa_registration import BatchAction, refuse_forbidden_changes
from src_system.model.errors import AlreadyExists, NotFound, SrcError
from src_system.model.participant import Dpa, ParticipantStatus
from src_system.networks.markets import MARKETS
from src_system.store import dpa_batches, participants
from src_system.store.database import Tx
from src_system.store.dpa_batches import DpaBatch
from src_system.system import System

Json = dict[str, Any]


async def process_dpa_batch(system: System, batch_id: str) -> DpaBatch | None:
    """The batch as it stands now, applied if it was due; None when there is none of that id.

    One transaction: two workers that look at once apply it once, and whoever reads that it has
    ended finds its DPAs registered.
    """
    now = system.now()
    async with system.database.connection(system.count) as tx:
        batch = await dpa_batches.find_batch(tx, system.key, batch_id)
    if batch is None or not _is_due(batch, now):
        return batch
    async with system.database.transaction(system.count) as tx:
        batch = await dpa_batches.lock_batch(tx, system.key, batch_id)
        if batch is None or not _is_due(batch, now):
            return batch
        # Before anything else: batches of one sandbox queue up at its row and cannot deadlock.
        await system.touch(tx)
        results = [
            await _apply_item(system, tx, batch, item, f"items[{place}]")
            for place, item in enumerate(batch.items)
        ]
        outcomes = [dpa["error"] is None for result in results for dpa in result["dpas"]]
        status = completed(succeeded=sum(outcomes), failed=len(outcomes) - sum(outcomes))
        await dpa_batches.finish_batch(
            tx, system.key, batch_id, status, results, ended_at=batch.due_at
        )
    return replace(batch, status=status, results=results, ended_at=batch.due_at)


def _is_due(batch: DpaBatch, now: datetime) -> bool:
    return batch.status is BatchStatus.IN_PROGRESS and batch.due_at <= now


async def _apply_item(system: System, tx: Tx, batch: DpaBatch, item: Json, path: str) -> Json:
    """The item's result: {"dpas": [{"srcDpaId", "dpaName", "error"}]}."""
    dpas = []
    for place, entry in enumerate(item["dpas"]):
        error = None
        try:
            await _apply(system, tx, batch, item, entry)
        except SrcError as refusal:
            error = asdict(Failure.of(refusal, within=f"{path}.dpas[{place}]"))
        name = entry["dpa_data"].get("dpaName")
        dpas.append({"srcDpaId": entry["src_dpa_id"], "dpaName": name, "error": error})
    return {"dpas": dpas}


async def _apply(system: System, tx: Tx, batch: DpaBatch, item: Json, entry: Json) -> None:
    """Raises AlreadyExists, NotFound, InvalidValue: all of them before anything is written."""
    sandbox_id, action = system.sandbox.sandbox_id, BatchAction(item["action"])
    known = await participants.find_dpa(
        tx, sandbox_id, entry["src_dpa_id"], src_client_id=batch.src_client_id
    )
    is_own = known is not None and known.src_client_id == batch.src_client_id
    if action is BatchAction.ADD:
        dpa = _new_dpa(batch.src_client_id, entry)
        if known is None:
            if not await dpa_batches.insert_dpa(tx, sandbox_id, dpa, now=batch.due_at):
                raise AlreadyExists("The srcDpaId is taken.", source="srcDpaId")
        elif is_own and known.status is ParticipantStatus.DISABLED:
            dpa = replace(dpa, src_dpa_id=known.src_dpa_id, srci_dpa_id=known.srci_dpa_id)
            await participants.upsert_dpa(tx, sandbox_id, dpa, now=batch.due_at)
        else:
            raise AlreadyExists("The srcDpaId is taken.", source="srcDpaId")
        return
    if known is None or not is_own or known.status is ParticipantStatus.DISABLED:
        raise NotFound("The client has no such DPA.", source="srcDpaId")
    if action is BatchAction.DELETE:
        changed = replace(known, status=ParticipantStatus.DISABLED)
    else:
        refuse_forbidden_changes(
            known.dpa_data, known.registration, entry["dpa_data"], entry["registration"]
        )
        changed = replace(known, dpa_data=entry["dpa_data"], registration=entry["registration"])
    await participants.upsert_dpa(tx, sandbox_id, changed, now=batch.due_at)


def _new_dpa(src_client_id: str, entry: Mapping[str, Any]) -> Dpa:
    data = entry["dpa_data"]
    return Dpa(
        src_dpa_id=entry["src_dpa_id"],
        srci_dpa_id=entry["src_dpa_id"],
        src_client_id=src_client_id,
        status=ParticipantStatus.ACTIVE,
        dpa_data=data,
        dpa_transaction_options={},
        markets=tuple(MARKETS),
        origins=(_origin(data.get("dpaUri")),),
        registration=entry["registration"],
    )


def _origin(uri: str | None) -> str:
    """The origin of the shop's address; `*` without one, for a shop that is no website."""
    try:
        parts = urlsplit(uri or "")
    except ValueError:
        return "*"
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return "*"
    return f"{parts.scheme}://{parts.netloc}".lower()
