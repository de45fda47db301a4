"""Checkouts as they were recorded, found again for getPayload and for calls that repeat them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from src_system.model.identifiers import SystemKey
from src_system.store.database import Tx


@dataclass(frozen=True, slots=True)
class KeptCheckout:
    """A checkout as getPayload finds it again; `request` is what the checkout was asked for."""

    checkout_id: str
    src_correlation_id: str
    src_client_id: str
    src_dpa_id: str
    srci_transaction_id: str | None
    src_consumer_id: str
    src_digital_card_id: str
    dcf_action_code: str
    request: Mapping[str, Any]


_FIND = """
SELECT checkout_id, src_correlation_id, src_client_id, src_dpa_id, srci_transaction_id,
       src_consumer_id, src_digital_card_id, dcf_action_code, request
  FROM checkout
 WHERE sandbox_id = $1 AND network = $2 AND src_correlation_id = $3 AND src_client_id = $4
   AND dcf_action_code = 'COMPLETE'
   AND ($5::text IS NULL OR srci_transaction_id = $5)
   AND ($6::text IS NULL OR src_digital_card_id = $6)
 ORDER BY created_at DESC, checkout_id
 LIMIT 1
"""


async def find_checkout(
    tx: Tx,
    key: SystemKey,
    src_correlation_id: str,
    *,
    src_client_id: str,
    srci_transaction_id: str | None = None,
    src_digital_card_id: str | None = None,
) -> KeptCheckout | None:
    """The client's newest complete checkout in the session, narrowed by what is not None."""
    row = await tx.fetchrow(
        _FIND, *key, src_correlation_id, src_client_id, srci_transaction_id, src_digital_card_id
    )
    return None if row is None else KeptCheckout(*row.values())


_FIND_BY_ID = """
SELECT checkout_id, src_correlation_id, src_client_id, src_dpa_id, srci_transaction_id,
       src_consumer_id, src_digital_card_id, dcf_action_code, request
  FROM checkout
 WHERE sandbox_id = $1 AND network = $2 AND checkout_id = $3
"""


async def find_checkout_by_id(tx: Tx, key: SystemKey, checkout_id: str) -> KeptCheckout | None:
    """The checkout of that id, or None."""
    row = await tx.fetchrow(_FIND_BY_ID, *key, checkout_id)
    return None if row is None else KeptCheckout(*row.values())
