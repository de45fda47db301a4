"""A batch of an issuer's cards when its time has come: record by record, each on its own."""

from dataclasses import asdict
from datetime import datetime

import structlog

from src_system.model.batch import Failure
from src_system.model.consumer import Consumer, PhoneNumber, refuse_inaccessible
from src_system.model.digital_card import DigitalCard, DigitalCardStatus
from src_system.model.errors import (
    Aborted,
    AlreadyExists,
    CorruptData,
    PermissionDenied,
    ServerError,
    SrcError,
)
from src_system.model.participant import Client, ParticipantStatus
from src_system.model.sandbox import StrictnessProfile
from src_system.networks.profile import DuplicateCard
from src_system.payloads.enrollment_data import CardHolder, EnrollmentData, open_enrollment_data
from src_system.store import card_batches, consumers, digital_cards, external_ids, participants
from src_system.store.card_batches import CardBatch, CardBatchRecord
from src_system.store.database import DatabaseBusy, DatabaseUnavailable, Tx
from src_system.store.enrolment import NewConsumer
from src_system.system import System

_log = structlog.get_logger()
_TRIES = 5
_NUMBER = "enrollmentData.card.primaryAccountNumber"


async def process_card_batch(system: System, batch_id: str) -> CardBatch | None:
    """The batch as it stands now, processed if it was due; None when there is none of that id.

    A transaction per record: what one refuses, the next does not feel, and a worker that dies
    leaves the rest to another. Workers that look at once share the records and wait for the last.
    """
    async with system.database.connection(system.count) as tx:
        batch = await card_batches.find_batch(tx, system.key, batch_id)
        if batch is None or batch.ended_at is not None or batch.due_at > system.now():
            return batch
        issuer = await participants.find_client(tx, system.sandbox.sandbox_id, batch.src_client_id)
    while issuer is not None and await _process_next(system, issuer, batch):
        continue
    async with system.database.connection(system.count) as tx:
        await card_batches.finish_batch(tx, system.key, batch_id)
        return await card_batches.find_batch(tx, system.key, batch_id)


async def _process_next(system: System, issuer: Client, batch: CardBatch) -> bool:
    """Give the next record its turn; False when there was none."""
    for attempt in range(1, _TRIES + 1):
        record: CardBatchRecord | None = None
        try:
            async with system.database.transaction(system.count) as tx:
                record = await card_batches.lock_next_record(tx, system.key, batch.batch_id)
                if record is None:
                    return False
                card = await _enrol(system, tx, issuer, record, now=batch.due_at)
                await card_batches.mark_enrolled(tx, system.key, batch.batch_id, record.place, card)
            return True
        except Aborted as refusal:  # a parallel record made the same person: now they are there
            if attempt == _TRIES and record is not None:
                await _keep_failure(system, batch, record, refusal)
        except SrcError as refusal:
            if record is not None:
                await _keep_failure(system, batch, record, refusal)
            return True
        except (DatabaseBusy, DatabaseUnavailable):
            raise
        except Exception:
            # A record that we cannot cope with must not hold up its batch for ever.
            _log.exception("card_batch_record", batch_id=batch.batch_id)
            if record is None:
                raise
            await _keep_failure(system, batch, record, ServerError())
            return True
    return True


async def _keep_failure(
    system: System, batch: CardBatch, record: CardBatchRecord, refusal: SrcError
) -> None:
    """Remember the refusal; the transaction in which it was raised has been rolled back."""
    error = asdict(Failure.of(refusal, within=f"records[{record.place}]"))
    async with system.database.connection(system.count) as tx:
        await card_batches.mark_failed(tx, system.key, batch.batch_id, record.place, error)


async def _enrol(
    system: System, tx: Tx, issuer: Client, record: CardBatchRecord, *, now: datetime
) -> DigitalCard:
    """The record's card in its holder's profile; the refusals of enrollCard."""
    if issuer.status is not ParticipantStatus.ACTIVE:
        raise PermissionDenied("The issuer is disabled.")
    known = await _known_card(system, tx, issuer, record)
    if known is not None:
        return known
    if record.enrollment_data is None:
        raise CorruptData(source="enrollmentData")
    data = open_enrollment_data(record.enrollment_data, keyring=system.keyring, now=now)
    enrolment = system.enrolment(now)
    enrolment.accepted(data.card.pan, source=_NUMBER)
    consumer = await _consumer(system, tx, issuer, record, data, now)
    refuse_inaccessible(consumer, now)
    enrolled = await enrolment.keep_card(tx, consumer, data.card, source=_NUMBER)
    if not enrolled.is_new and system.profile.duplicate_card is DuplicateCard.REFUSED:
        raise AlreadyExists(source=_NUMBER)
    await enrolment.keep_token(tx, enrolled.card, data.card.pan, issuer.token_requestor_id)
    await external_ids.upsert_external_credential(
        tx,
        system.key,
        issuer.src_client_id,
        record.external_consumer_id,
        record.external_credential_id,
        enrolled.card.src_digital_card_id,
    )
    return enrolled.card


async def _known_card(
    system: System, tx: Tx, issuer: Client, record: CardBatchRecord
) -> DigitalCard | None:
    """The card that the issuer's ids stand for already, unless it was deleted."""
    card_id = await external_ids.find_external_credential(
        tx,
        system.key,
        issuer.src_client_id,
        record.external_consumer_id,
        record.external_credential_id,
    )
    found = card_id and await digital_cards.find_card(tx, system.key, card_id)
    if not found or found[0].status is DigitalCardStatus.CANCELLED:
        return None
    return found[0]


async def _consumer(
    system: System,
    tx: Tx,
    issuer: Client,
    record: CardBatchRecord,
    data: EnrollmentData,
    now: datetime,
) -> Consumer:
    """Whom the issuer's id stands for already, else by identity, else a new profile."""
    known_id = await external_ids.find_external_consumer(
        tx, system.key, issuer.src_client_id, record.external_consumer_id
    )
    known = known_id and await consumers.find_consumer(tx, system.key, known_id)
    if known:
        return known
    consumer, _ = await system.enrolment(now).find_or_keep_consumer(
        tx,
        _new_consumer(record, data.holder),
        is_lenient=system.sandbox.profile is StrictnessProfile.LENIENT,
    )
    kept = await external_ids.insert_external_consumer(
        tx,
        system.key,
        issuer.src_client_id,
        record.external_consumer_id,
        consumer.src_consumer_id,
    )
    if not kept:
        raise Aborted
    return consumer


def _new_consumer(record: CardBatchRecord, holder: CardHolder) -> NewConsumer:
    """The holder with the linked identities, which outweigh those inside."""
    linked = record.linked_identities
    mobile = linked.get("mobile_number")
    return NewConsumer(
        email_address=linked.get("email_address") or holder.email_address,
        mobile_number=PhoneNumber(**mobile) if mobile else holder.mobile_number,
        first_name=holder.first_name,
        last_name=holder.last_name,
        full_name=holder.full_name,
        national_identifier=holder.national_identifier,
        country_code=holder.country_code,
        locale=holder.locale,
        compliance_settings=record.compliance_settings or holder.compliance_settings,
    )
