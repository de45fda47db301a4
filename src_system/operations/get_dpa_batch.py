"""getDpaBatch: what has become of a batch of DPAs (spec 4.15)."""

from dataclasses import dataclass

from src_system.deferred.dpa_batches import process_dpa_batch
from src_system.model.errors import NotFound
from src_system.model.participant import Client
from src_system.networks.forms import derive_identifier
from src_system.store.dpa_batches import DpaBatch
from src_system.system import System


@dataclass(frozen=True, slots=True)
class GetDpaBatchRequest:
    """Which batch."""

    src_correlation_id: str | None
    batch_id: str


@dataclass(frozen=True, slots=True)
class GetDpaBatchResult:
    """The batch as it stands."""

    src_correlation_id: str
    batch: DpaBatch


async def get_dpa_batch(
    system: System, caller: Client, request: GetDpaBatchRequest
) -> GetDpaBatchResult:
    """The batch; one whose time has come is processed first. NotFound, also for another's."""
    batch = await process_dpa_batch(system, request.batch_id)
    if batch is None or batch.src_client_id != caller.src_client_id:
        raise NotFound("There is no such batch.", source="batchId", source_type="PATH")
    return GetDpaBatchResult(
        src_correlation_id=request.src_correlation_id
        or derive_identifier(
            system.profile.correlation_id_form,
            system.derivation,
            "batch_src_correlation_id",
            system.key.network,
            batch.batch_id,
        ),
        batch=batch,
    )
