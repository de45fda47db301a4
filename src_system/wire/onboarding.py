"""Batches of DPAs on the wire: their documents, readers and writers (spec 4.15)."""

from typing import Annotated, Any

import msgspec

from src_system.clock import iso_millis
from src_system.model import errors
from src_system.model.batch import BatchStatus, Failure
from src_system.model.dpa_registration import (
    DPAS_PER_ITEM_MAX,
    BatchAction,
    ProgramType,
    refuse_mixed_actions,
)
from src_system.model.errors import InvalidFormat, InvalidValue, MissingMember
from src_system.model.identifiers import check_identifier, is_correlation_id
from src_system.networks.profile import NetworkProfile
from src_system.operations.get_dpa_batch import GetDpaBatchRequest, GetDpaBatchResult
from src_system.operations.register_dpas import (
    BatchItem,
    DpaEntry,
    RegisterDpasRequest,
    RegisterDpasResult,
)
from src_system.payloads.documents import CountryCode, Document, Text, choices
from src_system.system import System
from src_system.wire.documents import CallDocument, convert
from src_system.wire.errors import PLAIN, ErrorDialect, refusal_of
from src_system.wire.onboarding_documents import (
    DpaResultDocument,
    GetDpaBatchAnswer,
    ItemResultDocument,
    RegisterDpasAnswer,
    WrappedErrorDocument,
)
from src_system.wire.reading import Call, read_enum

Json = dict[str, Any]

# spec 4.15, 7.1: wrapped, and in words of its own.
ONBOARDING_ERRORS = ErrorDialect(
    wrapper="error",
    document_type=WrappedErrorDocument,
    words={
        errors.InvalidValue: ("INVALID_VALUE", 400),
        errors.AlreadyExists: ("INVALID_VALUE", 400),
        errors.InvalidState: ("INVALID_STATE", 500),
        errors.PermissionDenied: ("DECLINED", 401),
        errors.Unauthenticated: ("AUTHENTICATION_FAILED", 403),
        errors.ServerError: ("INTERNAL_SERVER_ERROR", 500),
    },
)

Uri = Annotated[str, msgspec.Meta(max_length=1024)]
AddressLine = Annotated[str, msgspec.Meta(max_length=75)]
CategoryCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}\Z")]


class DpaAddressDocument(Document):
    """The merchant's address: longer than a consumer's may be."""

    name: AddressLine | None = None
    line1: AddressLine | None = None
    line2: AddressLine | None = None
    line3: AddressLine | None = None
    city: Annotated[str, msgspec.Meta(max_length=50)] | None = None
    state: Annotated[str, msgspec.Meta(max_length=30)] | None = None
    zip: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    country_code: CountryCode | None = None


class DpaDataDocument(Document):
    """spec 4.15, 5.13."""

    dpa_name: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    dpa_presentation_name: Text | None = None
    dpa_logo_uri: Uri | None = None
    dpa_uri: Uri | None = None
    dpa_address: DpaAddressDocument | None = None


class ThreeDsDefaultsDocument(Document):
    """threeDSDefaultdata: what 3-D Secure uses when a checkout says nothing."""

    default_acquirer_bin: Text | None = None
    default_acquirer_merchant_id: Text | None = None
    default_merchant_country_code: Text | None = None
    default_merchant_category_code: CategoryCode | None = None


class AcquirerDocument(Document):
    """One acquirer of the merchant."""

    acquirer_ica: Text
    acquirer_merchant_id: Text
    acquirer_bin: Text | None = None


class DpaEntryDocument(Document):
    """One DPA of an item."""

    src_dpa_id: Annotated[str, msgspec.Meta(max_length=255, min_length=1)]
    dpa_data: DpaDataDocument | None = None
    merchant_category_codes: Annotated[list[CategoryCode], msgspec.Meta(max_length=200)] | None = (
        None
    )
    three_ds_default_data: ThreeDsDefaultsDocument | None = msgspec.field(
        default=None, name="threeDSDefaultdata"
    )
    acquirer_data: list[AcquirerDocument] | None = None
    has_acquirer_relationship: Annotated[str, msgspec.Meta(pattern=r"^[YN]\Z")] | None = None
    sub_merchant_id: Text | None = None
    payment_facilitator_id: Text | None = None
    debit_token_requested: bool | None = None


class BatchItemDocument(Document):
    """DPAs that share an action and a programme."""

    action: Annotated[str, choices(BatchAction)]
    program_type: Annotated[str, choices(ProgramType)]
    dpas: Annotated[list[DpaEntryDocument], msgspec.Meta(min_length=1)]
    customer_id: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    trid: Annotated[str, msgspec.Meta(max_length=11)] | None = None
    service_id: Text | None = None
    category: Text | None = None
    program_name: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class RegisterDpasDocument(CallDocument):
    """The body of registerDpas."""

    REQUIRED = ("items",)

    items: list[BatchItemDocument] | None = None
    request_id: Text | None = None


def read_register_dpas(call: Call) -> RegisterDpasRequest:
    """spec 4.15: shape and mixture are refused here, the state of a DPA when its turn comes."""
    _take_other_spelling(call.body)
    document = convert(call.body, RegisterDpasDocument)
    if not document.items:
        raise MissingMember(source="items")
    items = tuple(_item(item, f"items[{place}]") for place, item in enumerate(document.items))
    refuse_mixed_actions([item.action for item in items])
    return RegisterDpasRequest(
        src_correlation_id=_correlation_id(document.src_correlation_id, "BODY"),
        request_id=document.request_id or None,
        items=items,
    )


def _take_other_spelling(body: Json) -> None:
    """threeDSDefaultData is what one page calls threeDSDefaultdata."""
    for item in _objects(body.get("items")):
        for dpa in _objects(item.get("dpas")):
            if "threeDSDefaultData" in dpa:
                dpa.setdefault("threeDSDefaultdata", dpa["threeDSDefaultData"])


def _objects(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _item(item: BatchItemDocument, source: str) -> BatchItem:
    action = read_enum(BatchAction, item.action, f"{source}.action")
    programme = read_enum(ProgramType, item.program_type, f"{source}.programType")
    if action is None:
        raise MissingMember(source=f"{source}.action")
    if programme is None:
        raise MissingMember(source=f"{source}.programType")
    if len(item.dpas) > DPAS_PER_ITEM_MAX:
        raise InvalidValue(f"An item has 1 to {DPAS_PER_ITEM_MAX} DPAs.", source=f"{source}.dpas")
    shared = {
        "programType": programme,
        "customerId": item.customer_id,
        "trid": item.trid,
        "serviceId": item.service_id,
        "category": item.category,
        "programName": item.program_name,
    }
    return BatchItem(
        action=action,
        service_id=item.service_id,
        trid=item.trid,
        program_name=item.program_name,
        dpas=tuple(
            _entry(dpa, shared, action, f"{source}.dpas[{place}]")
            for place, dpa in enumerate(item.dpas)
        ),
    )


def _entry(dpa: DpaEntryDocument, shared: Json, action: BatchAction, source: str) -> DpaEntry:
    check_identifier(dpa.src_dpa_id, source=f"{source}.srcDpaId")
    if action is not BatchAction.DELETE and (dpa.dpa_data is None or not dpa.dpa_data.dpa_name):
        raise MissingMember(source=f"{source}.dpaData.dpaName")
    members: Json = _without_null(msgspec.to_builtins(dpa))
    data = members.pop("dpaData", {})
    del members["srcDpaId"]
    return DpaEntry(dpa.src_dpa_id, data, _without_null({**shared, **members}))


def _without_null(value: Any) -> Any:
    """*value* without members that are null, at every depth."""
    if isinstance(value, dict):
        return {name: _without_null(one) for name, one in value.items() if one is not None}
    return [_without_null(one) for one in value] if isinstance(value, list) else value


def _correlation_id(sent: str | None, source_type: str) -> str | None:
    if sent and not is_correlation_id(sent):
        raise InvalidFormat(
            "A srcCorrelationId is a UUID, with or without a prefix.",
            source="srcCorrelationId",
            source_type=source_type,
        )
    return sent or None


def write_register_dpas(result: RegisterDpasResult, _system: System) -> RegisterDpasAnswer:
    """spec 4.15."""
    return {"batchId": result.batch_id}


def read_get_dpa_batch(call: Call) -> GetDpaBatchRequest:
    """spec 4.15."""
    return GetDpaBatchRequest(
        src_correlation_id=_correlation_id(call.query.get("srcCorrelationId"), "QUERY"),
        batch_id=check_identifier(call.path["batchId"], source="batchId"),
    )


def write_get_dpa_batch(result: GetDpaBatchResult, system: System) -> GetDpaBatchAnswer:
    """spec 4.15: items have results once the batch has ended."""
    batch, profile = result.batch, system.profile
    document: GetDpaBatchAnswer = {
        "batchId": batch.batch_id,
        "batchStatus": batch.status,
        "batchStartTime": iso_millis(batch.started_at),
    }
    if batch.request_id is not None:
        document["requestId"] = batch.request_id
    if batch.ended_at is not None:
        document["batchEndTime"] = iso_millis(batch.ended_at)
    if batch.status is BatchStatus.FAILED:
        document["errorMessage"] = "None of the DPAs could be processed."
    if batch.results:
        document["items"] = [
            _item_result(item, item_result, profile)
            for item, item_result in zip(batch.items, batch.results, strict=True)
        ]
    return document


def _item_result(item: Json, result: Json, profile: NetworkProfile) -> ItemResultDocument:
    failed = sum(dpa["error"] is not None for dpa in result["dpas"])
    document: ItemResultDocument = {
        "action": item["action"],
        "status": "FAILED" if failed else "SUCCESSFUL",
        "dpaResults": [_dpa_result(dpa, profile) for dpa in result["dpas"]],
    }
    if item["service_id"] is not None:
        document["serviceId"] = item["service_id"]
    if item["trid"] is not None:
        document["trid"] = item["trid"]
    if item["program_name"] is not None:
        document["programName"] = item["program_name"]
    if failed:
        _, document["error"] = PLAIN.refusal(
            errors.InvalidArgument(f"{failed} of {len(result['dpas'])} DPAs failed."), profile
        )
    return document


def _dpa_result(dpa: Json, profile: NetworkProfile) -> DpaResultDocument:
    failure = Failure.from_document(dpa["error"])
    document: DpaResultDocument = {"srcDpaId": dpa["srcDpaId"], "status": "SUCCESSFUL"}
    if dpa["dpaName"] is not None:
        document["dpaName"] = dpa["dpaName"]
    if failure is not None:
        document["status"] = "FAILED"
        _, document["error"] = ONBOARDING_ERRORS.refusal(refusal_of(failure), profile)
    return document
