"""Writing identifiers and instants in a network's form (spec 2.7, 2.9, 5.1, 5.8, 8.2)."""

import base64
import uuid
from datetime import datetime

from src_system.clock import epoch_seconds, iso_millis
from src_system.derive import Derivation
from src_system.networks.profile import DateForm, IdForm, JtiForm

_MILLIS = 1000


def derive_identifier(
    form: IdForm, derivation: Derivation, purpose: str, *parts: str | int, country_code: str = "US"
) -> str:
    """An identifier in *form*, the same for the same seed, purpose and parts."""
    match form:
        case IdForm.UUID:
            return derivation.uuid(purpose, *parts)
        case IdForm.PREFIXED_UUID:
            prefix = derivation.bytes(purpose + "-prefix", *parts, size=4).hex()
            return f"{prefix}.{derivation.uuid(purpose, *parts)}"
        case IdForm.BASE64_OF_32_BYTES:
            return base64.b64encode(derivation.bytes(purpose, *parts, size=32)).decode()
        case IdForm.UUID_WITH_COUNTRY:
            raw = uuid.UUID(derivation.uuid(purpose, *parts)).bytes
            text = base64.urlsafe_b64encode(raw).decode().rstrip("=")
            return f"{text}000000000000{country_code}"


def write_instant(form: DateForm, instant: datetime) -> str | int:
    """*instant* (aware, UTC) as this network writes it."""
    match form:
        case DateForm.ISO_MILLIS:
            return iso_millis(instant)
        case DateForm.EPOCH_MILLIS_TEXT:
            return str(epoch_millis(instant))
        case DateForm.EPOCH_SECONDS:
            return epoch_seconds(instant)


def epoch_millis(instant: datetime) -> int:
    """Milliseconds since 1970 (UTC)."""
    return epoch_seconds(instant) * _MILLIS + instant.microsecond // _MILLIS


def write_jti(form: JtiForm, identifier: str) -> str:
    """A UUID as the `jti` of a checkoutResponse header."""
    match form:
        case JtiForm.UUID:
            return identifier
        case JtiForm.BASE64_OF_UUID:
            return base64.b64encode(identifier.encode()).decode()
