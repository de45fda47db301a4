"""The keys that a sandbox holds: those of its networks, and its clients' private payload keys."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from src_system.crypto.keyring import Keyring
from src_system.crypto.rsa_keys import PrivateKey, PublicKey, private_from_der
from src_system.crypto.vault import SandboxVault
from src_system.model.participant import RecipientKey
from src_system.store import participants, sandboxes
from src_system.system import Installation


@dataclass(frozen=True, slots=True)
class HeldKeys:
    """What a sandbox can verify and open with; a client's key is unsealed when it is needed.

    Then it is kept as long as these keys: the first decryption with a key takes twice the time of
    any other.
    """

    keyrings: Mapping[str, Keyring]
    vault: SandboxVault
    client_keys: Mapping[str, tuple[tuple[RecipientKey, bytes], ...]] = field(default_factory=dict)
    _unsealed: dict[str, list[PrivateKey]] = field(default_factory=dict, repr=False)

    @classmethod
    async def of_sandbox(cls, installation: Installation, sandbox_id: str) -> Self:
        """The keys as they are now."""
        async with installation.database.connection() as tx:
            rows = await participants.list_private_keys(tx, sandbox_id)
            scope = await sandboxes.seal_scope(tx, sandbox_id)
        by_kid: dict[str, tuple[tuple[RecipientKey, bytes], ...]] = {}
        for key, sealed in rows:
            by_kid[key.kid] = (*by_kid.get(key.kid, ()), (key, sealed))
        return cls(installation.keyrings, installation.vault.within(scope), by_kid)

    def signer(self, kid: object) -> PublicKey | None:
        """The signature key of that id of any network, or None."""
        for keyring in self.keyrings.values():
            key = keyring.by_kid(str(kid))
            if key is not None and key.use == "sig":
                return key.public
        return None

    def openers(self, kid: object, network: str) -> Iterator[PrivateKey]:
        """The private keys that may open a JWE: those of that id; without one, *network*'s own."""
        if kid is None:
            own = self.keyrings.get(network)
            key = None if own is None else own.decryption(None)
            if key is not None:
                yield key.private
            return
        for keyring in self.keyrings.values():
            key = keyring.decryption(str(kid))
            if key is not None:
                yield key.private
        yield from self._of_clients(str(kid))

    def _of_clients(self, kid: str) -> list[PrivateKey]:
        """The clients' keys of that id."""
        if kid not in self._unsealed:
            self._unsealed[kid] = [
                private_from_der(self.vault.open(sealed, context=client_key.private_context))
                for client_key, sealed in self.client_keys.get(kid, ())
            ]
        return self._unsealed[kid]
