"""The operations by which SRC initiators register their DPAs (spec 4.15)."""

from src_system.http.operation import SRC_INITIATORS, Operation
from src_system.operations.get_dpa_batch import get_dpa_batch
from src_system.operations.register_dpas import register_dpas
from src_system.wire import onboarding, onboarding_documents, queries

ONBOARDING_OPERATIONS = (
    Operation(
        "registerDpas",
        "POST",
        "srci/{srcClientId}/dpas/batch",
        onboarding.read_register_dpas,
        register_dpas,
        onboarding.write_register_dpas,
        onboarding.RegisterDpasDocument,
        answer=onboarding_documents.RegisterDpasAnswer,
        callers=SRC_INITIATORS,
        errors=onboarding.ONBOARDING_ERRORS,
    ),
    Operation(
        "getDpaBatch",
        "GET",
        "srci/{srcClientId}/dpas/batch/status/{batchId}",
        onboarding.read_get_dpa_batch,
        get_dpa_batch,
        onboarding.write_get_dpa_batch,
        answer=onboarding_documents.GetDpaBatchAnswer,
        query=queries.BatchQuery,
        callers=SRC_INITIATORS,
        errors=onboarding.ONBOARDING_ERRORS,
    ),
)
