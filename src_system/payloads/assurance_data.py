"""AssuranceData: who verified what, as sent by a client and as told by this network (spec 5.18)."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypedDict

import msgspec

from src_system.clock import epoch_seconds, parse_iso
from src_system.model.errors import InvalidFormat, InvalidValue, MissingMember
from src_system.networks.profile import Eci, NetworkProfile
from src_system.payloads.three_ds_output import (
    ACS_TRANS_ID,
    AUTHENTICATION_TIMESTAMP,
    DS_TRANS_ID,
    ECI,
    TRANS_STATUS,
)

VERIFICATION_TYPES = ("CARDHOLDER", "CARD", "CONSUMER", "DEVICE", "RELATIONSHIP")
TRANS_STATUSES = ("Y", "A", "N", "U", "R", "C", "I")
ENTITY_SRC_SYSTEM = "02"
EVENT_PAYMENT, EVENT_ADD_CARD, EVENT_PROFILE_ACCESS = "01", "02", "03"
METHOD_3DS, METHOD_ISSUER, METHOD_SHARED_SECRET, METHOD_DEVICE = "01", "02", "04", "24"
_METHODS_OF_CARDHOLDER = (METHOD_3DS, "07", "21", "23")  # 3DS, FIDO2, passkey and SPC
RESULT_VERIFIED, RESULT_NOT_VERIFIED, RESULT_NOT_PERFORMED = "01", "02", "03"
_AMR_CODE, _AMR_DEVICE = "otp", "swk"

_SOURCE = "assuranceData"
_VERIFICATIONS_MAX = 20
_TWO_DIGITS = re.compile("[0-9]{1,2}")
_SECONDS = re.compile("[0-9]{10}")
_MILLIS = re.compile("[0-9]{13}")
_TEXT_CHARACTERS_MAX = 255


class AssuranceDataDocument(TypedDict):
    """spec 5.18."""

    verificationData: Annotated[
        list[Any],
        msgspec.Meta(description="What the SRC initiator verified, then what this network did."),
    ]
    eci: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2}$", description="spec 9.5.")]


class Authentication(StrEnum):
    """What became of authenticating the cardholder; it decides the ECI (spec 9.5)."""

    AUTHENTICATED = "AUTHENTICATED"
    ATTEMPTED = "ATTEMPTED"
    NOT_AUTHENTICATED = "NOT_AUTHENTICATED"


_OUTCOMES = {"Y": Authentication.AUTHENTICATED, "A": Authentication.ATTEMPTED}
_RESULT_OF = {"Y": RESULT_VERIFIED, "N": RESULT_NOT_VERIFIED, "R": RESULT_NOT_VERIFIED}


class OwnVerifications(msgspec.Struct, frozen=True):
    """What the SRC System itself knows: how the consumer came in, and about card and holder.

    `amr` as in an idToken (spec 5.22); `card_verified_at` when a security code came with the card.
    """

    now: datetime
    amr: tuple[str, ...] = ()
    auth_time: datetime | None = None
    card_verified_at: datetime | None = None
    three_ds_output: Mapping[str, str] | None = None


# --- What a client sends ----------------------------------------------------------------------


def read_assurance_data(
    members: Mapping[str, Any] | None, *, source: str = _SOURCE
) -> dict[str, Any]:
    """The assuranceData of a call in its normal form: {"verificationData": [...]}, or nothing.

    Codes get two digits, timestamps are epoch seconds as text, and the flat form of old clients
    becomes entries of the list. Raises MissingMember, InvalidFormat, InvalidValue naming *source*
    and the path below it.
    """
    if not members:
        return {}
    entries = members.get("verificationData")
    if entries is None:
        flat = _from_flat(members, source)
        return {"verificationData": flat} if flat else {}
    if not isinstance(entries, list) or len(entries) > _VERIFICATIONS_MAX:
        raise InvalidFormat(
            f"A list of at most {_VERIFICATIONS_MAX} is expected.",
            source=f"{source}.verificationData",
        )
    return {
        "verificationData": [
            _entry(entry, f"{source}.verificationData[{place}]")
            for place, entry in enumerate(entries)
        ]
    }


def _entry(entry: object, source: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise InvalidFormat("VerificationData is an object.", source=source)
    kind = _needed(entry, "verificationType", source)
    if kind not in VERIFICATION_TYPES:
        raise InvalidValue(
            f"One of {', '.join(VERIFICATION_TYPES)} is expected.",
            source=f"{source}.verificationType",
        )
    document: dict[str, Any] = {"verificationType": kind}
    for member in ("verificationEntity", "verificationMethod", "verificationResults"):
        document[member] = _code(_needed(entry, member, source), f"{source}.{member}")
    path = f"{source}.verificationTimestamp"
    document["verificationTimestamp"] = _timestamp(
        _needed(entry, "verificationTimestamp", source), path
    )
    events = entry.get("verificationEvents")
    if events is not None:
        path = f"{source}.verificationEvents"
        if not isinstance(events, list) or len(events) > _VERIFICATIONS_MAX:
            raise InvalidFormat("A list of two-digit codes is expected.", source=path)
        document["verificationEvents"] = [
            _code(event, f"{path}[{place}]") for place, event in enumerate(events)
        ]
    results = _method_results(entry.get("methodResults"), f"{source}.methodResults")
    if results:
        document["methodResults"] = results
    if entry.get("additionalData") is not None:
        document["additionalData"] = _text(entry["additionalData"], f"{source}.additionalData")
    return document


def _from_flat(members: Mapping[str, Any], source: str) -> list[dict[str, Any]]:
    """Visa's older form: cardVerificationEntity, cardVerificationMethod and so on."""
    found = []
    for kind in VERIFICATION_TYPES:
        prefix = f"{kind.lower()}Verification"
        if members.get(f"{prefix}Results") is None:
            continue
        document: dict[str, Any] = {"verificationType": kind}
        for ours in ("Entity", "Method", "Results"):
            value = members.get(f"{prefix}{ours}")
            if value is not None:
                document[f"verification{ours}"] = _code(value, f"{source}.{prefix}{ours}")
        stamp = members.get(f"{prefix}Timestamp")
        if stamp is not None:
            path = f"{source}.{prefix}Timestamp"
            document["verificationTimestamp"] = _timestamp(stamp, path)
        data = members.get(f"{kind.lower()}AssuranceData")
        if data is not None:
            document["additionalData"] = _text(data, f"{source}.{kind.lower()}AssuranceData")
        found.append(document)
    return found


def _needed(entry: Mapping[str, Any], member: str, source: str) -> Any:
    value = entry.get(member)
    if value is None or value == "":
        raise MissingMember(source=f"{source}.{member}")
    return value


def _code(value: object, source: str) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or _TWO_DIGITS.fullmatch(text) is None or int(text) == 0:
        raise InvalidFormat("A code of two digits is expected.", source=source)
    return text.zfill(2)


def _text(value: object, source: str) -> str:
    if not isinstance(value, str) or len(value) > _TEXT_CHARACTERS_MAX or "\x00" in value:
        raise InvalidFormat(
            f"Text of at most {_TEXT_CHARACTERS_MAX} characters is expected.", source=source
        )
    return value


def _timestamp(value: object, source: str) -> str:
    """Epoch seconds as text, from seconds, milliseconds or ISO 8601 (spec 2.9)."""
    text = str(value)
    if _SECONDS.fullmatch(text) is not None:
        return text
    if _MILLIS.fullmatch(text) is not None:
        return text[:10]
    try:
        instant = parse_iso(text)
        return str(epoch_seconds(instant if instant.tzinfo else instant.replace(tzinfo=UTC)))
    except (ValueError, OverflowError):
        raise InvalidFormat("Seconds since 1970 are expected.", source=source) from None


def _method_results(value: object, source: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidFormat("methodResults is an object.", source=source)
    found = {}
    for member in (TRANS_STATUS, DS_TRANS_ID, ACS_TRANS_ID):
        if value.get(member) is not None:
            found[member] = _text(value[member], f"{source}.{member}")
    if found.get(TRANS_STATUS, "Y") not in TRANS_STATUSES:
        raise InvalidValue(
            f"One of {', '.join(TRANS_STATUSES)} is expected.", source=f"{source}.{TRANS_STATUS}"
        )
    return found


# --- What the network answers -----------------------------------------------------------------


def assurance_document(
    profile: NetworkProfile, *, given: Mapping[str, Any], own: OwnVerifications
) -> AssuranceDataDocument:
    """What the client verified, what this network did, and the ECI that follows (spec 5.18)."""
    verifications = list(given.get("verificationData", ()))
    seen = {_place_of(entry) for entry in verifications}
    verifications += [entry for entry in _own(own) if _place_of(entry) not in seen]
    return {"verificationData": verifications, "eci": _eci(profile.eci, verifications, own)}


def cardholder_authentication(verifications: Sequence[Mapping[str, Any]]) -> Authentication:
    """The best outcome among the entries that authenticated the cardholder.

    A transStatus speaks for itself: Y, A, and everything else; without one the results do.
    """
    outcomes = set()
    for entry in verifications:
        if (
            entry.get("verificationType") != "CARDHOLDER"
            or entry.get("verificationMethod") not in _METHODS_OF_CARDHOLDER
        ):
            continue
        status = entry.get("methodResults", {}).get(TRANS_STATUS)
        if status is not None:
            outcomes.add(_OUTCOMES.get(status, Authentication.NOT_AUTHENTICATED))
        elif entry.get("verificationResults") == RESULT_VERIFIED:
            outcomes.add(Authentication.AUTHENTICATED)
    if not outcomes:
        return Authentication.NOT_AUTHENTICATED
    return next(one for one in Authentication if one in outcomes)


def _eci(eci: Eci, verifications: Sequence[Mapping[str, Any]], own: OwnVerifications) -> str:
    if own.three_ds_output is not None and ECI in own.three_ds_output:
        return own.three_ds_output[ECI]
    match cardholder_authentication(verifications):
        case Authentication.AUTHENTICATED:
            return eci.authenticated
        case Authentication.ATTEMPTED:
            return eci.attempted
        case Authentication.NOT_AUTHENTICATED:
            return eci.not_authenticated


def _place_of(entry: Mapping[str, Any]) -> tuple[object, ...]:
    return tuple(entry.get(f"verification{part}") for part in ("Type", "Entity", "Method"))


def _own(own: OwnVerifications) -> list[dict[str, Any]]:
    found = []
    if own.auth_time is not None:
        if _AMR_CODE in own.amr:
            found.append(
                _verified("CONSUMER", EVENT_PROFILE_ACCESS, METHOD_SHARED_SECRET, own.auth_time)
            )
        if _AMR_DEVICE in own.amr:
            found.append(_verified("DEVICE", EVENT_PROFILE_ACCESS, METHOD_DEVICE, own.auth_time))
    if own.card_verified_at is not None:
        found.append(_verified("CARD", EVENT_ADD_CARD, METHOD_ISSUER, own.card_verified_at))
    if own.three_ds_output is not None:
        found.append(_three_ds(own.three_ds_output, own.now))
    return found


def _three_ds(output: Mapping[str, str], now: datetime) -> dict[str, Any]:
    document = _verified("CARDHOLDER", EVENT_PAYMENT, METHOD_3DS, now)
    document["verificationResults"] = _RESULT_OF.get(
        output.get(TRANS_STATUS, ""), RESULT_NOT_PERFORMED
    )
    if AUTHENTICATION_TIMESTAMP in output:
        document["verificationTimestamp"] = output[AUTHENTICATION_TIMESTAMP]
    document["methodResults"] = {
        member: output[member]
        for member in (TRANS_STATUS, DS_TRANS_ID, ACS_TRANS_ID)
        if member in output
    }
    return document


def _verified(kind: str, event: str, method: str, when: datetime) -> dict[str, Any]:
    return {
        "verificationType": kind,
        "verificationEntity": ENTITY_SRC_SYSTEM,
        "verificationEvents": [event],
        "verificationMethod": method,
        "verificationResults": RESULT_VERIFIED,
        "verificationTimestamp": str(epoch_seconds(when)),
    }
