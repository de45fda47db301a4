"""The card update notification: its entry, its message, the signature beside it (spec 4.16)."""

from datetime import datetime
from typing import Any

import msgspec

from src_system.clock import epoch_seconds
from src_system.crypto import jwe, jws
from src_system.crypto.keyring import Keyring
from src_system.crypto.rsa_keys import PublicKey
from src_system.model.card_notification import ReasonCode
from src_system.model.digital_card import DigitalCard, DigitalCardStatus
from src_system.networks.forms import epoch_millis
from src_system.networks.profile import NetworkProfile, ParPlace
from src_system.payloads.checkout_payload import CredentialInClear
from src_system.payloads.masked_documents import MaskedCard

SIGNATURE_TYPE = "JOSE"


def notification_entry(
    masked_card: MaskedCard,
    *,
    status: DigitalCardStatus,
    reason: ReasonCode,
    payment_data: str | None,
    now: datetime,
) -> dict[str, Any]:
    """One element of `digitalCardUpdateNotifications`. A suspended card hides its last digits."""
    shown = dict(masked_card)
    if status is DigitalCardStatus.SUSPENDED:
        del shown["panLastFour"]
    entry: dict[str, Any] = {
        "eventTimeStamp": str(epoch_millis(now)),
        "reasonCode": reason,
        "maskedCard": shown,
    }
    if payment_data is not None:
        entry["paymentData"] = payment_data
    return entry


def encrypt_payment_data(
    card: DigitalCard,
    credential: CredentialInClear,
    *,
    profile: NetworkProfile,
    kid: str,
    key: PublicKey,
) -> str:
    """The refreshed token in the shape of a payload, as a JWE to the client's key."""
    token = {
        "paymentToken": credential.number,
        "tokenExpirationMonth": credential.expiry.month,
        "tokenExpirationYear": credential.expiry.year,
    }
    document: dict[str, Any] = {"token": token}
    par_holder = token if profile.par_place is ParPlace.CREDENTIAL else document
    par_holder["paymentAccountReference"] = card.payment_account_reference
    return _seal(document, profile=profile, kid=kid, key=key)


def notification_message(entry: dict[str, Any]) -> dict[str, Any]:
    """What is posted in clear."""
    return {"digitalCardUpdateNotifications": [entry]}


def encrypted_message(
    message: dict[str, Any], *, profile: NetworkProfile, kid: str, key: PublicKey
) -> dict[str, Any]:
    """What is posted to a client that wants the whole message encrypted."""
    return {"encryptedNotification": _seal(message, profile=profile, kid=kid, key=key)}


def sign_detached(
    body: bytes,
    *,
    profile: NetworkProfile,
    keyring: Keyring,
    notification_id: str,
    src_client_id: str,
    now: datetime,
) -> str:
    """A JWS over exactly *body*, without it: `header..signature` (RFC 7515, appendix F)."""
    key = keyring.signing(now)
    header: dict[str, object] = {
        "kid": key.kid,
        "typ": SIGNATURE_TYPE,
        "iss": profile.issuer,
        "aud": src_client_id,
        "iat": epoch_seconds(now),
        "jti": notification_id,
    }
    protected, _, signature = jws.sign(body, key=key.private, header=header).split(".")
    return f"{protected}..{signature}"


def _seal(document: dict[str, Any], *, profile: NetworkProfile, kid: str, key: PublicKey) -> str:
    header: dict[str, object] = {"kid": kid}
    if profile.jwe_header_typ is not None:
        header["typ"] = profile.jwe_header_typ
    return jwe.seal(
        msgspec.json.encode(document), key=key, enc=profile.content_encryption, header=header
    )
