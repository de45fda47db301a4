"""One-time codes issued as a call would, whose delivery is out of the ordinary."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from src_system.config import Limits
from src_system.derive import Derivation
from src_system.model.code_delivery import CodeDelivery, DeliveryMode
from src_system.model.consumer import ConsumerIdentity, IdentityType
from src_system.model.identifiers import SystemKey
from src_system.store import consumers
from src_system.store.database import Database
from src_system.store.one_time_codes import OneTimeCodes
from tests.conftest import sandbox_id_of

IDENTITY = ConsumerIdentity(IdentityType.EMAIL_ADDRESS, "ana@shop.test")
PATIENT = replace(Limits(), one_time_code_resends_max=100)


async def send_code(
    dsn: str,
    sandbox: dict[str, Any],
    *,
    now: datetime,
    mode: DeliveryMode | None = None,
    late: timedelta = timedelta(),
    network: str = "visa",
) -> str:
    """Issue a code for Ana by mail; its id in the inbox."""
    delivery = CodeDelivery(mode or (DeliveryMode.LATE if late else DeliveryMode.NORMAL), late)
    database = await Database.connect(
        dsn, pool_min=1, pool_max=1, statement_timeout_ms=5000, connect_timeout_s=5
    )
    try:
        async with database.transaction() as tx:
            key = SystemKey(await sandbox_id_of(tx.connection, sandbox["name"]), network)
            codes = OneTimeCodes(key, Derivation(sandbox["seed"]), PATIENT, now, delivery)
            consumer = await consumers.find_by_identity(tx, key, IDENTITY)
            assert consumer is not None
            await consumers.lock_consumer(tx, key, consumer.src_consumer_id)
            validation = await codes.issue(
                tx,
                consumer,
                src_client_id="client",
                identity=IDENTITY,
                channel=IdentityType.EMAIL_ADDRESS,
            )
    finally:
        await database.close()
    return f"{validation.id_validation_session_id}-{validation.issue_number}"
