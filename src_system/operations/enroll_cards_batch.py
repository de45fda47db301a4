"""enrollCardsBatch: take an issuer's batch of cards for push provisioning (spec 4.14, 10g)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from src_system.model.consumer import PhoneNumber
from src_system.model.errors import AlreadyExists, LimitExceeded, NotFound
from src_system.model.participant import Client
from src_system.networks.forms import derive_identifier
from src_system.store import card_batches
from src_system.store.card_batches import CardBatch, CardBatchRecord
from src_system.system import System


@dataclass(frozen=True, slots=True, repr=False)
class EnrolmentRecord:
    """One card and its holder, encrypted; the identities beside it outweigh those inside."""

    external_consumer_id: str
    external_credential_id: str
    service_id: str | None
    enrollment_data: str
    email_address: str | None
    mobile_number: PhoneNumber | None
    compliance_settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class EnrollCardsBatchRequest:
    """The batch under the issuer's own id for it."""

    src_correlation_id: str | None
    external_batch_id: str
    records: tuple[EnrolmentRecord, ...]


@dataclass(frozen=True, slots=True)
class EnrollCardsBatchResult:
    """The batch is taken; that does not mean that a card was enrolled."""

    src_correlation_id: str
    batch_id: str
    external_batch_id: str


async def enroll_cards_batch(
    system: System, caller: Client, request: EnrollCardsBatchRequest
) -> EnrollCardsBatchResult:
    """Keep the batch, to be processed `batch_seconds` from now.

    The same externalBatchId with the same records is the same batch. Raises LimitExceeded,
    AlreadyExists when the id was used for other records.
    """
    if len(request.records) > system.limits.card_batch_records_max:
        raise LimitExceeded(
            f"A batch has at most {system.limits.card_batch_records_max} records.",
            source="records",
            seen={"held": len(request.records), "limit": system.limits.card_batch_records_max},
        )
    # Without the ciphertext, which differs each time: the ids say which cards are meant.
    digest = hashlib.sha256(
        msgspec.json.encode(
            [
                (record.external_consumer_id, record.external_credential_id)
                for record in request.records
            ]
        )
    ).digest()
    batch = _new_batch(system, caller, request, digest)
    async with system.database.transaction(system.count) as tx:
        is_new = await card_batches.insert_batch(tx, system.key, batch, _records(request))
        kept = await card_batches.find_batch(tx, system.key, batch.batch_id)
    if kept is None:
        raise NotFound("The issuer is gone.", source="srcClientId")
    if not is_new and kept.request_digest != digest:
        raise AlreadyExists(
            "The externalBatchId was used for other records.",
            source="externalBatchId",
            seen={"batch_id": kept.batch_id},
        )
    return EnrollCardsBatchResult(
        request.src_correlation_id or kept.src_correlation_id,
        kept.batch_id,
        kept.external_batch_id,
    )


def _new_batch(
    system: System, caller: Client, request: EnrollCardsBatchRequest, digest: bytes
) -> CardBatch:
    now, origin = system.now(), (system.key.network, caller.src_client_id)
    return CardBatch(
        batch_id=system.derivation.uuid("card_batch_id", *origin, request.external_batch_id),
        src_client_id=caller.src_client_id,
        external_batch_id=request.external_batch_id,
        request_digest=digest,
        src_correlation_id=request.src_correlation_id
        or derive_identifier(
            system.profile.correlation_id_form,
            system.derivation,
            "card_batch_src_correlation_id",
            *origin,
            request.external_batch_id,
        ),
        started_at=now,
        due_at=now + timedelta(seconds=system.limits.batch_seconds),
        ended_at=None,
    )


def _records(request: EnrollCardsBatchRequest) -> list[CardBatchRecord]:
    return [
        CardBatchRecord(
            place=place,
            external_consumer_id=record.external_consumer_id,
            external_credential_id=record.external_credential_id,
            service_id=record.service_id,
            enrollment_data=record.enrollment_data,
            linked_identities={
                "email_address": record.email_address,
                "mobile_number": record.mobile_number
                and msgspec.structs.asdict(record.mobile_number),
            },
            compliance_settings=record.compliance_settings,
        )
        for place, record in enumerate(request.records)
    ]
