"""How artefacts are signed, encrypted and published: by the keys they should be, or tampered with.

An operation is handed its seals and never knows which they are.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from src_system.crypto import jwe, jws
from src_system.crypto.keyring import Key
from src_system.crypto.rsa_keys import PublicKey
from src_system.model.fault_effects import Artefact

Jwks = dict[str, list[dict[str, object]]]


class Seals:
    """The seals of every call that nobody has asked to fail."""

    __slots__ = ()

    def sign(
        self,
        artefact: Artefact,  # noqa: ARG002 - of interest to who tampers
        payload: bytes,
        *,
        key: Key,
        header: Mapping[str, object],
    ) -> str:
        """*payload* as a compact JWS by *key*."""
        return jws.sign(payload, key=key.private, header=header)

    def encrypt(
        self, document: Mapping[str, Any], *, key: PublicKey, enc: str, header: Mapping[str, object]
    ) -> str:
        """A checkout's payload as a compact JWE to *key*."""
        return jwe.seal(msgspec.json.encode(document), key=key, enc=enc, header=header)

    def publish(self, jwks: Jwks, *, signing_kid: str) -> Jwks:  # noqa: ARG002 - the same
        """The key set as anybody may fetch it; *signing_kid* is the key that signs now."""
        return jwks


PLAIN_SEALS = Seals()
