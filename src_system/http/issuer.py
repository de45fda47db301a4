"""The operations that only a participating issuer calls (spec 4.14)."""

from src_system.http.operation import ISSUERS, Operation
from src_system.operations.enroll_cards_batch import enroll_cards_batch
from src_system.operations.get_cards_batch import get_cards_batch
from src_system.wire import issuer, queries

ISSUER_OPERATIONS = (
    Operation(
        "enrollCardsBatch",
        "POST",
        "cards/batch",
        issuer.read_enroll_cards_batch,
        enroll_cards_batch,
        issuer.write_enroll_cards_batch,
        issuer.EnrollCardsBatchDocument,
        answer=issuer.EnrollCardsBatchAnswer,
        status=202,
        callers=ISSUERS,
    ),
    Operation(
        "getCardsBatch",
        "GET",
        "cards/batch/{batchId}",
        issuer.read_get_cards_batch,
        get_cards_batch,
        issuer.write_get_cards_batch,
        answer=issuer.GetCardsBatchAnswer,
        query=queries.BatchQuery,
        callers=ISSUERS,
    ),
)
