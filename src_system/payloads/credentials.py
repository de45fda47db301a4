"""A client's credentials: one document per client, sealed at rest, opened to verify requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from src_system.crypto import rsa_keys
from src_system.crypto.rsa_keys import PublicKey
from src_system.crypto.vault import SandboxVault
from src_system.model.client_authentication import Section
from src_system.model.participant import Client

Sections = Mapping[str, Mapping[str, str]]

# The member of each section by which a request names the client.
NAMING_MEMBERS = {
    Section.OAUTH1: "consumerKey",
    Section.X_PAY_TOKEN: "apiKey",
    Section.OAUTH2: "clientId",
}
_DECODER = msgspec.json.Decoder(dict[str, dict[str, str]])


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client was given or has registered; nothing of it is ever shown in a log.

    `sections` has the members of the control port's document (docs/authentication.md).
    """

    sections: Sections = field(repr=False)
    signing_key: PublicKey | None = field(repr=False)  # verifies OAuth 1.0a signatures

    def member(self, section: Section, name: str) -> str | None:
        """One member, or None."""
        return self.sections.get(section, {}).get(name)


def seal_sections(vault: SandboxVault, src_client_id: str, sections: Sections) -> bytes:
    """The document as it lies in the database."""
    return vault.seal(
        msgspec.json.encode(sections, order="sorted"), context=_context(src_client_id)
    )


def open_sections(vault: SandboxVault, client: Client) -> dict[str, dict[str, str]]:
    """The client's document, empty for one that never had any; VaultKeyError."""
    if client.credentials_sealed is None:
        return {}
    return _DECODER.decode(
        vault.open(client.credentials_sealed, context=_context(client.src_client_id))
    )


def open_credentials(vault: SandboxVault, client: Client) -> Credentials:
    """The client's credentials, ready to verify with."""
    sections = open_sections(vault, client)
    pem = sections.get(Section.OAUTH1, {}).get("publicKey")
    return Credentials(sections, None if pem is None else rsa_keys.public_from_pem(pem))


def _context(src_client_id: str) -> tuple[str, ...]:
    return ("client-credentials", src_client_id)
