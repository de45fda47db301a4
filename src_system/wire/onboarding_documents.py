"""The JSON shapes of answers about batches of DPAs, refusals too (spec 4.15, 7.1)."""

from typing import Literal, NotRequired, TypedDict

from src_system.model.batch import BatchStatus
from src_system.model.dpa_registration import BatchAction
from src_system.payloads.masked_documents import Instant
from src_system.wire.errors import RefusalDocument

Outcome = Literal["SUCCESSFUL", "FAILED"]


class WrappedErrorDocument(TypedDict):
    """A refusal as the registration of DPAs words it (spec 7.1)."""

    error: RefusalDocument


class RegisterDpasAnswer(TypedDict):
    """spec 4.15: the batch is IN_PROGRESS."""

    batchId: str


class DpaResultDocument(TypedDict):
    """What became of one DPA."""

    srcDpaId: str
    dpaName: NotRequired[str]
    status: Outcome
    error: NotRequired[RefusalDocument]


class ItemResultDocument(TypedDict):
    """What became of an item: FAILED when one of its DPAs failed."""

    action: BatchAction
    serviceId: NotRequired[str]
    trid: NotRequired[str]
    programName: NotRequired[str]
    status: Outcome
    dpaResults: list[DpaResultDocument]
    error: NotRequired[RefusalDocument]


class GetDpaBatchAnswer(TypedDict):
    """spec 4.15: items have results once the batch has ended."""

    requestId: NotRequired[str]
    batchId: str
    batchStatus: BatchStatus
    batchStartTime: Instant
    batchEndTime: NotRequired[Instant]
    errorMessage: NotRequired[str]
    items: NotRequired[list[ItemResultDocument]]
