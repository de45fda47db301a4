"""Checkouts as they were recorded, found again for getPayload and for calls that repeat them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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


# Checkouts with one card in one session are one, unless they are of different transactions: a
# second leg need not name the transaction.
_FIND_LAST = """
SELECT c.checkout_id, c.src_correlation_id, c.src_client_id, c.src_dpa_id, c.srci_transaction_id,
       c.src_consumer_id, c.src_digital_card_id, c.dcf_action_code, c.request,
       g.ordinal, g.issued_at
  FROM checkout AS c
  JOIN cryptogram AS g
    ON g.sandbox_id = c.sandbox_id AND g.network = c.network AND g.checkout_id = c.checkout_id
  LEFT JOIN checkout AS p
    ON p.sandbox_id = $1 AND p.network = $2 AND p.checkout_id = $4
 WHERE c.sandbox_id = $1 AND c.network = $2 AND c.src_client_id = $3
   AND c.dcf_action_code = 'COMPLETE'
   AND (p.checkout_id IS NULL
        OR (c.created_at <= p.created_at
            AND NOT (c.src_correlation_id = p.src_correlation_id
                     AND c.src_digital_card_id = p.src_digital_card_id
                     AND COALESCE(c.srci_transaction_id = p.srci_transaction_id, true))))
 ORDER BY g.issued_at DESC, c.created_at DESC, g.ordinal DESC
 LIMIT 1
"""


async def find_last_answer(
    tx: Tx, key: SystemKey, src_client_id: str, *, before: str
) -> tuple[KeptCheckout, int, datetime] | None:
    """The client's newest complete checkout, its newest cryptogram's place and time; or None.

    Not the checkout of the id *before* nor one that was made after it, if there is such a checkout.
    Looks at every checkout of the client: for faults only.
    """
    row = await tx.fetchrow(_FIND_LAST, *key, src_client_id, before)
    if row is None:
        return None
    *kept, ordinal, issued_at = row.values()
    return KeptCheckout(*kept), ordinal, issued_at
