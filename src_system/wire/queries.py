"""Query parameters of calls without a body: their shapes, and how they are read."""

from typing import Annotated, TypeVar

import msgspec

from src_system.model.errors import InvalidFormat
from src_system.model.transaction_options import PayloadTypeIndicator
from src_system.payloads.documents import CHARACTERS_MAX, Document, Text, choices
from src_system.wire.reading import Call

_Query = TypeVar("_Query", bound="SessionQuery")


class SessionQuery(Document):
    """Which checkout session the call belongs to (spec 4)."""

    src_correlation_id: Text | None = None
    srci_transaction_id: Text | None = None
    src_dpa_id: Text | None = None


class ConsumerProfileQuery(SessionQuery):
    """spec O11."""

    REQUIRED = ("srcCorrelationId",)


class BatchQuery(Document):
    """spec 4.14, 4.15: a batch belongs to a call as well."""

    src_correlation_id: Text | None = None


class PayloadQuery(SessionQuery):
    """spec 4.11."""

    REQUIRED = ("srcCorrelationId",)

    src_digital_card_id: Text | None = None
    payload_type_indicator: (
        Annotated[
            str,
            choices(PayloadTypeIndicator),
            msgspec.Meta(description="How much is encrypted; else what the checkout said."),
        ]
        | None
    ) = None
    recipient_id: Text | None = None


def read_query(call: Call, kind: type[_Query]) -> _Query:
    """The query as *kind*; InvalidFormat for a value, also of an unknown name, that is too long."""
    for name, value in call.query.items():
        if len(value) > CHARACTERS_MAX or "\x00" in value:
            raise InvalidFormat(
                f"A value of the query has at most {CHARACTERS_MAX} characters.",
                source=name[:CHARACTERS_MAX],
                source_type="QUERY",
            )
    return msgspec.convert(dict(call.query), kind)
