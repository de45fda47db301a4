"""Remembering a device for its consumer: the consent REMEMBER_ME, wherever it comes (spec 4.8)."""

from datetime import datetime, timedelta

from src_system.model.participant import Client
from src_system.payloads.recognition_token import issue_recognition_token
from src_system.store import app_instances, consumers
from src_system.store.database import Tx
from src_system.system import System


async def remember(
    system: System, tx: Tx, client: Client, src_consumer_id: str, *, now: datetime
) -> str:
    """Bind the device in use to the consumer; its recognition token."""
    await consumers.lock_consumer(tx, system.key, src_consumer_id)
    app_instance = await app_instances.remember_device(
        tx,
        system.key,
        src_consumer_id=src_consumer_id,
        src_client_id=client.src_client_id,
        derivation=system.derivation,
        now=now,
        expires_at=now + timedelta(days=system.limits.recognition_token_days),
    )
    return issue_recognition_token(
        app_instance,
        network=system.key.network,
        sandbox=system.sandbox,
        keyring=system.keyring,
        now=now,
        seals=system.seals,
    )
