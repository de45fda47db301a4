"""What an authentication proves: assuranceData of its answer, and 3-D Secure's output (4.13)."""

from typing import Any

from src_system.clock import epoch_seconds
from src_system.crypto.cryptogram import CRYPTOGRAM_BYTES, long_form
from src_system.derive import Derivation
from src_system.model.authentication import (
    Authentication,
    AuthenticationMethod,
    AuthenticationReason,
    AuthenticationState,
    AuthenticationSubject,
    TransStatus,
)
from src_system.networks.profile import NetworkProfile
from src_system.payloads.assurance_data import AssuranceDataDocument

_ENTITY_SRC_SYSTEM = "02"
_MESSAGE_VERSION = "2.2.0"
_CHALLENGE_BYTES = 32
# spec 5.18
_METHOD_CODES = {
    AuthenticationMethod.THREE_DS: "01",
    AuthenticationMethod.CARD_SECURITY_CODE: "02",
    AuthenticationMethod.EMAIL_OTP: "04",
    AuthenticationMethod.SMS_OTP: "04",
    AuthenticationMethod.FIDO2: "07",
}
_EVENT_CODES = {
    AuthenticationReason.TRANSACTION_AUTHENTICATION: "01",
    AuthenticationReason.ENROL_FINANCIAL_INSTRUMENT: "02",
    AuthenticationReason.CONSUMER_IDENTITY_VALIDATION: "03",
    AuthenticationReason.CARD_VERIFICATION: "04",
}
_RESULT_CODES = {
    AuthenticationState.AUTHENTICATED: "01",
    AuthenticationState.NOT_AUTHENTICATED: "02",
    AuthenticationState.PENDING: "03",
}


def _result_code(authentication: Authentication) -> str:
    """An attempt is a payment's to use, but it verified nobody (spec 5.18)."""
    if authentication.trans_status is TransStatus.ATTEMPTED:
        return _RESULT_CODES[AuthenticationState.NOT_AUTHENTICATED]
    return _RESULT_CODES[authentication.state]


def three_ds_output(
    authentication: Authentication, *, profile: NetworkProfile, derivation: Derivation
) -> dict[str, str]:
    """What 3-D Secure left behind, as key and value: nothing unless it took place and is over.

    The authenticationValue (CAVV, AAV) comes with a success or an attempt only.
    """
    status = authentication.trans_status
    if status is None or authentication.completed_at is None:
        return {}
    parts = (profile.name, authentication.authentication_id)
    output = {
        "transStatus": status.value,
        "eci": _eci(profile, status),
        "dsTransId": derivation.uuid("ds_trans_id", *parts),
        "acsTransId": derivation.uuid("acs_trans_id", *parts),
        "threeDsServerTransId": derivation.uuid("three_ds_server_trans_id", *parts),
        "messageVersion": _MESSAGE_VERSION,
        "authenticationTimestamp": str(epoch_seconds(authentication.completed_at)),
    }
    if status in (TransStatus.AUTHENTICATED, TransStatus.ATTEMPTED):
        entropy = derivation.bytes("authentication_value", *parts, size=CRYPTOGRAM_BYTES)
        output["authenticationValue"] = long_form(entropy)
    return output


def authentication_assurance(
    authentication: Authentication, *, profile: NetworkProfile, derivation: Derivation
) -> AssuranceDataDocument:
    """AssuranceData of one authentication that is over (spec 5.18)."""
    entry: dict[str, Any] = {
        "verificationType": _verification_type(authentication),
        "verificationEntity": _ENTITY_SRC_SYSTEM,
        "verificationEvents": [_EVENT_CODES[authentication.reason]],
        "verificationMethod": _METHOD_CODES[authentication.method],
        "verificationResults": _result_code(authentication),
    }
    if authentication.completed_at is not None:
        entry["verificationTimestamp"] = str(epoch_seconds(authentication.completed_at))
    output = three_ds_output(authentication, profile=profile, derivation=derivation)
    if output:
        entry["methodResults"] = {
            name: output[name] for name in ("transStatus", "dsTransId", "acsTransId")
        }
    eci = profile.eci.authenticated if authentication.is_proven else profile.eci.not_authenticated
    return {"verificationData": [entry], "eci": output.get("eci", eci)}


def passkey_challenge(authentication: Authentication, network: str, derivation: Derivation) -> str:
    """What the simulated passkey has to give back: 64 hexadecimal digits."""
    return derivation.bytes(
        "passkey_challenge", network, authentication.authentication_id, size=_CHALLENGE_BYTES
    ).hex()


def _verification_type(authentication: Authentication) -> str:
    if authentication.method is AuthenticationMethod.CARD_SECURITY_CODE:
        return "CARD"
    if authentication.subject is AuthenticationSubject.CONSUMER:
        return "CONSUMER"
    return "CARDHOLDER"


def _eci(profile: NetworkProfile, status: TransStatus) -> str:
    match status:
        case TransStatus.AUTHENTICATED:
            return profile.eci.authenticated
        case TransStatus.ATTEMPTED:
            return profile.eci.attempted
        case _:
            return profile.eci.not_authenticated
