"""A published test card, sealed to a network's key: what the reference page puts into examples."""

import msgspec

from src_system.crypto import jwe
from src_system.system import System


def sealed_sample_card(system: System) -> str:
    """An encryptedCard (spec 5.7) that this SRC System opens; empty without a key."""
    profile = system.profile
    key = system.keyring.decryption(None)
    if key is None:
        return ""
    card = {
        "primaryAccountNumber": profile.test_pans[0].digits,
        "panExpirationMonth": "12",
        "panExpirationYear": str(system.now().year + 4),
        "cardSecurityCode": "1234"[: profile.card_security_code_digits],
        "cardholderFullName": "Ana Lopez",
    }
    return jwe.seal(
        msgspec.json.encode(card),
        key=key.public,
        enc=profile.content_encryption,
        header={"kid": key.kid},
    )
