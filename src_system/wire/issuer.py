"""Batches of an issuer's cards on the wire: documents, readers, writers (spec 4.14)."""

from typing import Any, NotRequired, TypedDict

from src_system.clock import iso_millis
from src_system.model.batch import BatchStatus, Failure, completed
from src_system.model.errors import InvalidFormat, MissingMember, PermissionDenied
from src_system.model.identifiers import check_identifier, is_correlation_id
from src_system.operations.enroll_cards_batch import (
    EnrollCardsBatchRequest,
    EnrollCardsBatchResult,
    EnrolmentRecord,
)
from src_system.operations.get_cards_batch import GetCardsBatchRequest, GetCardsBatchResult
from src_system.payloads.documents import Document, Text
from src_system.payloads.masked import masked_card
from src_system.payloads.masked_documents import Instant, MaskedCard
from src_system.store.card_batches import CardBatch, CardBatchRecord, RecordStatus
from src_system.system import System
from src_system.wire.documents import (
    CallDocument,
    ComplianceSettingsDocument,
    LongText,
    PhoneNumberDocument,
    convert,
)
from src_system.wire.errors import PLAIN, RefusalDocument, refusal_of
from src_system.wire.reading import Call, read_compliance, read_email, read_phone
from src_system.wire.spellings import modernise

Json = dict[str, Any]


class LinkedIdentitiesDocument(Document):
    """How the holder is found: at least one of the two."""

    email_address: Text | None = None
    mobile_number: PhoneNumberDocument | None = None


class EnrolmentRecordDocument(Document):
    """One card and its holder."""

    REQUIRED = ("externalConsumerId", "externalCredentialId", "enrollmentData")

    external_consumer_id: Text | None = None
    external_credential_id: Text | None = None
    src_client_id: Text | None = None
    service_id: Text | None = None
    enrollment_data: LongText | None = None
    linked_identities: LinkedIdentitiesDocument | None = None
    compliance_settings: ComplianceSettingsDocument | None = None


class EnrollCardsBatchDocument(CallDocument):
    """The body of enrollCardsBatch."""

    REQUIRED = ("externalBatchId", "records")

    external_batch_id: Text | None = None
    records: list[EnrolmentRecordDocument] | None = None
    compliance_settings: ComplianceSettingsDocument | None = None


def read_enroll_cards_batch(call: Call) -> EnrollCardsBatchRequest:
    """Only the form is looked at here: what a record holds is judged when its turn comes."""
    records = call.body.get("records")
    for record in records if isinstance(records, list) else ():
        if isinstance(record, dict):
            modernise(record)
    document = convert(call.body, EnrollCardsBatchDocument)
    if not document.external_batch_id:
        raise MissingMember(source="externalBatchId")
    if not document.records:
        raise MissingMember(source="records")
    consent = read_compliance(document.compliance_settings)
    return EnrollCardsBatchRequest(
        src_correlation_id=_correlation_id(document.src_correlation_id, "BODY"),
        external_batch_id=check_identifier(document.external_batch_id, source="externalBatchId"),
        records=tuple(
            _record(call, record, document.service_id, consent, f"records[{place}]")
            for place, record in enumerate(document.records)
        ),
    )


def _record(
    call: Call,
    record: EnrolmentRecordDocument,
    service_id: str | None,
    consent: Json,
    source: str,
) -> EnrolmentRecord:
    if record.src_client_id not in (None, call.src_client_id):
        raise PermissionDenied("An issuer enrols cards of its own.", source=f"{source}.srcClientId")
    if not record.enrollment_data:
        raise MissingMember(source=f"{source}.enrollmentData")
    email, mobile = None, None
    linked = record.linked_identities
    if linked is not None:
        path = f"{source}.linkedIdentities"
        if linked.email_address:
            email = read_email(linked.email_address, f"{path}.emailAddress")
        if linked.mobile_number is not None:
            mobile = read_phone(linked.mobile_number, f"{path}.mobileNumber")
        if email is None and mobile is None:
            raise MissingMember(
                "At least one of emailAddress and mobileNumber is needed.", source=path
            )
    return EnrolmentRecord(
        external_consumer_id=_external_id(
            record.external_consumer_id, f"{source}.externalConsumerId"
        ),
        external_credential_id=_external_id(
            record.external_credential_id, f"{source}.externalCredentialId"
        ),
        service_id=record.service_id or service_id,
        enrollment_data=record.enrollment_data,
        email_address=email,
        mobile_number=mobile,
        compliance_settings=read_compliance(record.compliance_settings) or consent,
    )


def _external_id(text: str | None, source: str) -> str:
    if not text:
        raise MissingMember(source=source)
    return check_identifier(text, source=source)


def _correlation_id(sent: str | None, source_type: str) -> str | None:
    if sent and not is_correlation_id(sent):
        raise InvalidFormat(
            "A srcCorrelationId is a UUID, with or without a prefix.",
            source="srcCorrelationId",
            source_type=source_type,
        )
    return sent or None


class EnrollCardsBatchAnswer(TypedDict):
    """spec 4.14: the batch was taken, which does not mean that a card was enrolled."""

    batchId: str
    externalBatchId: str


class RecordResultDocument(TypedDict):
    """What became of one record; of one that failed, why."""

    externalBatchId: str
    externalConsumerId: str
    externalCredentialId: str
    status: RecordStatus
    serviceId: NotRequired[str]
    srcDigitalCardId: NotRequired[str]
    maskedCard: NotRequired[MaskedCard]
    reason: NotRequired[str]
    error: NotRequired[RefusalDocument]


class GetCardsBatchAnswer(TypedDict):
    """spec 4.14: a result per record."""

    batchId: str
    externalBatchId: str
    batchStatus: BatchStatus
    batchStartTime: Instant
    batchEndTime: NotRequired[Instant]
    records: list[RecordResultDocument]


def write_enroll_cards_batch(
    result: EnrollCardsBatchResult, _system: System
) -> EnrollCardsBatchAnswer:
    """spec 4.14: 202 does not mean enrolled."""
    return {"batchId": result.batch_id, "externalBatchId": result.external_batch_id}


def read_get_cards_batch(call: Call) -> GetCardsBatchRequest:
    """spec 4.14."""
    return GetCardsBatchRequest(
        src_correlation_id=_correlation_id(call.query.get("srcCorrelationId"), "QUERY"),
        batch_id=check_identifier(call.path["batchId"], source="batchId"),
    )


def write_get_cards_batch(result: GetCardsBatchResult, system: System) -> GetCardsBatchAnswer:
    """spec 4.14."""
    batch = result.batch
    document: GetCardsBatchAnswer = {
        "batchId": batch.batch_id,
        "externalBatchId": batch.external_batch_id,
        "batchStatus": _status(batch, result),
        "batchStartTime": iso_millis(batch.started_at),
        "records": [_record_result(record, result, system) for record in result.records],
    }
    if batch.ended_at is not None:
        document["batchEndTime"] = iso_millis(batch.ended_at)
    return document


def _status(batch: CardBatch, result: GetCardsBatchResult) -> BatchStatus:
    if batch.ended_at is None:
        return BatchStatus.IN_PROGRESS
    enrolled = sum(record.status is RecordStatus.ENROLLED for record in result.records)
    return completed(succeeded=enrolled, failed=len(result.records) - enrolled)


def _record_result(
    record: CardBatchRecord, result: GetCardsBatchResult, system: System
) -> RecordResultDocument:
    document: RecordResultDocument = {
        "externalBatchId": result.batch.external_batch_id,
        "externalConsumerId": record.external_consumer_id,
        "externalCredentialId": record.external_credential_id,
        "status": record.status,
    }
    if record.service_id is not None:
        document["serviceId"] = record.service_id
    if record.src_digital_card_id is not None:
        document["srcDigitalCardId"] = record.src_digital_card_id
    failure = Failure.from_document(record.error)
    if failure is not None:
        refusal = refusal_of(failure)
        document["reason"] = refusal.detail_reason or refusal.reason
        _, document["error"] = PLAIN.refusal(refusal, system.profile)
    found = result.cards.get(record.src_digital_card_id or "")
    if found is not None:
        card, token = found
        document["maskedCard"] = masked_card(
            system.profile, card, token=token, address=system.address, now=system.now()
        )
    return document
