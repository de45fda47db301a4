"""The vault: seals PANs, tokens and private keys at rest, and makes keyed fingerprints."""

import base64
import contextlib
import hashlib
import hmac
import os
import stat
import tempfile
from pathlib import Path
from typing import Self

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_OTHERS_MAY = 0o077


class VaultKeyError(ValueError):
    """The vault's key is missing, malformed, or not the one that sealed the data."""


class Vault:
    """AES-256-GCM under a key derived from the vault key; fingerprints under another."""

    __slots__ = ("_aead", "_fingerprints")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise VaultKeyError(f"The vault key must have {KEY_BYTES} bytes.")
        self._aead = AESGCM(hmac.digest(key, b"src-system vault seal", "sha256"))
        fingerprint_key = hmac.digest(key, b"src-system vault fingerprint", "sha256")
        self._fingerprints = hmac.new(fingerprint_key, digestmod=hashlib.sha256)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """A vault for a key written as 64 hex digits or base64 of 32 bytes."""
        try:
            raw = bytes.fromhex(text)
        except ValueError:
            try:
                raw = base64.b64decode(text, validate=True)
            except ValueError:
                raw = b""
        if len(raw) != KEY_BYTES:
            raise VaultKeyError("SRC_SYSTEM_VAULT_KEY must be 64 hex digits or base64 of 32 bytes.")
        return cls(raw)

    def seal(self, plaintext: bytes, *, context: bytes) -> bytes:
        """*plaintext* sealed; it opens again only with the same *context*."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._aead.encrypt(nonce, plaintext, _VERSION + context)

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """What was sealed; VaultKeyError when key or context is another."""
        if sealed[:1] != _VERSION or len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES:
            raise VaultKeyError("The sealed value has an unknown form.")
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._aead.decrypt(nonce, ciphertext, _VERSION + context)
        except InvalidTag as error:
            raise VaultKeyError("The vault key is not the one that sealed this data.") from error

    def fingerprint(self, value: bytes, *, purpose: bytes) -> bytes:
        """32 bytes by which equal values are found without opening them."""
        keyed = self._fingerprints.copy()  # half the time of taking the key anew
        keyed.update(purpose + b"\x00" + value)
        return keyed.digest()

    def within(self, scope: str) -> "SandboxVault":
        """The same vault, whose seals open within *scope* only: a sandbox and its copies."""
        return SandboxVault(self, scope)


class SandboxVault(msgspec.Struct, frozen=True):
    """The vault as a sandbox uses it: what it seals opens in that sandbox and in its copies."""

    vault: Vault
    scope: str

    def seal(self, plaintext: bytes, *, context: tuple[str, ...]) -> bytes:
        """*plaintext* sealed for what *context* names: the kind of thing, and which one."""
        return self.vault.seal(plaintext, context=self._within(context))

    def open(self, sealed: bytes, *, context: tuple[str, ...]) -> bytes:
        """What was sealed; VaultKeyError when key, sandbox or context is another."""
        return self.vault.open(sealed, context=self._within(context))

    def fingerprint(self, value: bytes, *, purpose: bytes) -> bytes:
        """32 bytes by which equal values are found; equal in every sandbox."""
        return self.vault.fingerprint(value, purpose=purpose)

    def _within(self, context: tuple[str, ...]) -> bytes:
        kind, *which = context
        return "/".join((kind, self.scope, *which)).encode()


def load_or_create_key_file(path: Path) -> Vault:
    """The vault of the key in *path*, made with mode 0600 when there is no such file.

    Raises VaultKeyError when the file is malformed, out of reach, or others may read it.
    """
    try:
        if not path.exists():
            _create(path)
        return _load(path)
    except OSError as error:
        raise VaultKeyError(
            f"The vault key file {path} is out of reach ({error.strerror}); "
            "mend that or set SRC_SYSTEM_VAULT_KEY."
        ) from error


def _create(path: Path) -> None:
    """Put a new key at *path*, whole from the first instant; leave alone what another put there."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(os.urandom(KEY_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another worker was first: its key counts
            os.link(draft, path)
    finally:
        Path(draft).unlink()


def _load(path: Path) -> Vault:
    with path.open() as file:
        # Windows keeps no such bits.
        if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & _OTHERS_MAY:
            raise VaultKeyError(f"Others may read the vault key; run: chmod 600 {path}")
        try:
            return Vault.from_text(file.read().strip())
        except (VaultKeyError, UnicodeDecodeError) as error:
            raise VaultKeyError(f"The vault key file {path} is malformed.") from error
