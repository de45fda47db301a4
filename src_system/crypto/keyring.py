"""A network's keys: which signs now, which are published, which opens (spec 8.3, 13.11)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from src_system.crypto.jwe import ALGORITHM as ENCRYPTION_ALGORITHM
from src_system.crypto.jws import ALGORITHM as SIGNATURE_ALGORITHM
from src_system.crypto.rsa_keys import PrivateKey, PublicKey, public_jwk

RETIRED_STAYS_PUBLISHED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Key:
    """A key pair of a network; `use` is `sig` or `enc`."""

    kid: str
    use: str
    private: PrivateKey = field(repr=False)
    public: PublicKey = field(repr=False)
    active_from: datetime
    retired_at: datetime | None

    def is_active(self, now: datetime) -> bool:
        """Whether the key may sign at *now*."""
        return self.retired_at is None or now < self.retired_at

    def is_published(self, now: datetime) -> bool:
        """Whether the key stands in the JWKS at *now*."""
        return self.retired_at is None or now < self.retired_at + RETIRED_STAYS_PUBLISHED


class Keyring:
    """The keys of one network."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = {key.kid: key for key in keys}
        signing = [key for key in self._keys.values() if key.use == "sig"]
        # A sandbox's clock may stand before the installation's first day: the order of age decides.
        self._signing = sorted(signing, key=_age)
        self._encryption = sorted(
            (key for key in self._keys.values() if key.use == "enc"), key=_age
        )

    def signing(self, now: datetime) -> Key:
        """The oldest key that is not retired: its successor is published well before its turn."""
        for key in self._signing:
            if key.is_active(now):
                return key
        return self._signing[-1]

    def by_kid(self, kid: str) -> Key | None:
        """The key of that id, published or not, or None."""
        return self._keys.get(kid)

    def decryption(self, kid: str | None) -> Key | None:
        """The encryption key of that id; without an id the newest in use; else None."""
        if kid is None:
            in_use = [key for key in self._encryption if key.retired_at is None]
            return in_use[-1] if in_use else None
        key = self._keys.get(kid)
        return key if key is not None and key.use == "enc" else None

    def jwks(self, now: datetime) -> dict[str, list[dict[str, object]]]:
        """The public key set, signature keys first."""
        return {
            "keys": [
                public_jwk(
                    key.public,
                    kid=key.kid,
                    use=key.use,
                    alg=SIGNATURE_ALGORITHM if key.use == "sig" else ENCRYPTION_ALGORITHM,
                    key_ops=("verify",) if key.use == "sig" else ("wrapKey", "encrypt"),
                )
                for key in sorted(self._keys.values(), key=lambda key: (key.use != "sig", key.kid))
                if key.is_published(now)
            ]
        }


def _age(key: Key) -> tuple[datetime, str]:
    return key.active_from, key.kid
