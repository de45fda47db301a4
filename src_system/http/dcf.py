"""The operations around a DCF: preparing a checkout for it, and what it reads (spec 4.9, O11)."""

from src_system.http.operation import Operation
from src_system.operations.get_consumer_profile import get_consumer_profile
from src_system.operations.prepare_checkout import prepare_checkout
from src_system.wire import dcf, documents, queries

DCF_OPERATIONS = (
    Operation(
        "prepareCheckout",
        "POST",
        "transaction/preparedata",
        dcf.read_prepare_checkout,
        prepare_checkout,
        dcf.write_prepare_checkout,
        documents.PrepareCheckoutDocument,
        answer=dcf.PrepareCheckoutAnswer,
    ),
    Operation(
        "getConsumerProfile",
        "GET",
        "consumerprofile",
        dcf.read_get_consumer_profile,
        get_consumer_profile,
        dcf.write_get_consumer_profile,
        answer=dcf.GetConsumerProfileAnswer,
        query=queries.ConsumerProfileQuery,
    ),
)
