"""Keys of the networks: made once per installation, sealed by the vault, shared by all workers."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from src_system.crypto.keyring import Key, Keyring
from src_system.crypto.rsa_keys import (
    generate_private_key,
    private_from_der,
    private_to_der,
)
from src_system.crypto.vault import Vault, VaultKeyError
from src_system.networks.profile import NetworkProfile
from src_system.store import network_keys
from src_system.store.database import Tx
from src_system.store.network_keys import NetworkKeyRow

# The present signature key, its successor that is published already, and one for encryption. The
# ages only keep the kids apart; which one signs is the keyring's rule.
_MADE = (("sig", timedelta(days=30)), ("sig", timedelta()), ("enc", timedelta()))
_CHECK_NAME = "vault"
_CHECK_TEXT = b"src-system vault check"


async def check_vault(tx: Tx, vault: Vault) -> None:
    """Raise VaultKeyError when this installation's data was sealed with another vault key."""
    sealed = await network_keys.find_vault_check(tx, _CHECK_NAME)
    if sealed is None:
        await network_keys.insert_vault_check(
            tx, _CHECK_NAME, vault.seal(_CHECK_TEXT, context=_CHECK_NAME.encode())
        )
        return
    try:
        vault.open(sealed, context=_CHECK_NAME.encode())
    except VaultKeyError as error:
        raise VaultKeyError(
            "The database was sealed with another vault key: give the SRC_SYSTEM_VAULT_KEY or"
            " --data-dir it was made with."
        ) from error


async def load_keyrings(
    tx: Tx, vault: Vault, profiles: Mapping[str, NetworkProfile], *, now: datetime
) -> dict[str, Keyring]:
    """A keyring per network; missing keys are made. *tx* is a transaction."""
    await network_keys.lock_key_making(tx)
    rows = await network_keys.list_network_keys(tx)
    missing = [
        profile for name, profile in profiles.items() if name not in {r.network for r in rows}
    ]
    for row in await _make(missing, vault, now):
        await network_keys.insert_network_key(tx, row)
        rows.append(row)
    return {
        name: Keyring(_open(row, vault) for row in rows if row.network == name) for name in profiles
    }


async def _make(profiles: list[NetworkProfile], vault: Vault, now: datetime) -> list[NetworkKeyRow]:
    """New keys for *profiles*, made in threads: each takes about 50 ms of a core."""
    plans = [(profile, use, now - age) for profile in profiles for use, age in _MADE]
    keys = await asyncio.gather(*(asyncio.to_thread(generate_private_key) for _ in plans))
    rows = []
    for (profile, use, active_from), key in zip(plans, keys, strict=True):
        form = profile.signature_kid if use == "sig" else profile.encryption_kid
        kid = form.format(stamp=active_from.strftime("%Y%m%d%H%M%S"))
        sealed = vault.seal(private_to_der(key), context=_context(profile.name, kid))
        rows.append(NetworkKeyRow(profile.name, kid, use, sealed, active_from, None))
    return rows


def _open(row: NetworkKeyRow, vault: Vault) -> Key:
    private = private_from_der(
        vault.open(row.private_sealed, context=_context(row.network, row.kid))
    )
    return Key(
        public=private.public_key(),
        kid=row.kid,
        use="sig" if row.key_use == "sig" else "enc",
        private=private,
        active_from=row.active_from,
        retired_at=row.retired_at,
    )


def _context(network: str, kid: str) -> bytes:
    return f"network-key/{network}/{kid}".encode()
