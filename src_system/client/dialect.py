"""What an SRC initiator does differently at each network, and how their answers are read alike.

Answers are read by what is in them, never by which network gave them: an answer in another form
than expected is still understood.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from src_system.client.errors import Json
from src_system.clock import parse_iso


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one network wants to be called; the defaults are the form of EMV."""

    content_encryption: str = "A256GCM"  # of cards sent
    profile_token_member: str = "idToken"  # the name a profile's token travels under
    opens_session: bool = False  # the client brings the first srcCorrelationId
    client_id_header: str | None = None
    payload_by_post: bool = False  # getPayload is a POST with the card in it
    amount_is_text: bool = False
    native_scheme: str = "oauth2"  # what the scheme `native` means there


_EMV = Dialect()
_DIALECTS: Mapping[str, Dialect] = {
    "visa": Dialect(amount_is_text=True, native_scheme="x-pay-token"),
    "mastercard": Dialect(
        content_encryption="A128GCM",
        profile_token_member="authorization",
        opens_session=True,
        client_id_header="x-openapi-clientid",
        payload_by_post=True,
        native_scheme="oauth1",
    ),
}

_RENAMED = {
    "authorization": "idToken",
    "checkoutResponseJWS": "checkoutResponse",
    "threeDsOutputDatas": "threeDsOutputData",
    "errorDetail": "errordetail",
}
_DATES = frozenset(
    {
        "dateOfCardCreated",
        "dateOfCardLastUsed",
        "dateConsumerAdded",
        "dateConsumerLastUsed",
        "dynamicDataExpiration",
        "validationExpiresAt",
    }
)
_OLD = frozenset({"dateofCardCreated"})  # stands beside the new spelling
_MILLIS_FROM = 100_000_000_000  # as seconds that would be the year 5138


def dialect_of(network: str) -> Dialect:
    """How *network* wants to be called."""
    return _DIALECTS.get(network, _EMV)


def modernise(document: Mapping[str, Any]) -> Json:
    """*document* with every network's spelling of a member in one, dates as ISO 8601."""
    found: Json = {}
    for name, value in document.items():
        if name not in _OLD:
            modern = _RENAMED.get(name, name)
            found[modern] = _instant(value) if modern in _DATES else _inside(value)
    if isinstance(found.get("dynamicData"), dict):
        found["dynamicData"] = [found["dynamicData"]]
    return found


def _inside(value: Any) -> Any:
    if isinstance(value, Mapping):
        return modernise(value)
    if isinstance(value, list):
        return [_inside(one) for one in value]
    return value


def _instant(value: Any) -> Any:
    """An aware datetime from ISO 8601, or from seconds or milliseconds in a number or in text."""
    if isinstance(value, str) and not value.isdigit():
        try:
            return parse_iso(value)
        except ValueError:
            return value
    try:
        number = int(value)
        return datetime.fromtimestamp(number / 1000 if number >= _MILLIS_FROM else number, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return value
