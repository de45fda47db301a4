"""Whom and which card a call is about, found by the names that stand in the call."""

from dataclasses import dataclass

from src_system.model.fault import Subject
from src_system.model.identifiers import SystemKey
from src_system.store.database import Tx


@dataclass(frozen=True, slots=True)
class SubjectNames:
    """What a call says of its subject, in normal forms; None or nothing where it says nothing."""

    identities: tuple[str, ...] = ()
    identity_hashes: tuple[bytes, ...] = ()
    app_instance_ids: tuple[str, ...] = ()
    src_digital_card_id: str | None = None
    src_correlation_id: str | None = None
    id_validation_session_id: str | None = None
    authentication_id: str | None = None
    address_id: str | None = None
    paid_correlation_id: str | None = None  # of a call about the session's checkout
    paid_transaction_id: str | None = None
    pan: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return self == SubjectNames()


# Whoever the call names, the card's owner first; only where it names nobody, whom its session
# knows. The card is the one named, or that of the session's newest checkout.
_FIND = """
SELECT c.src_consumer_id, c.email_address, c.mobile_country_code, c.mobile_phone_number,
       k.src_digital_card_id, k.pan_bin, k.pan_last_four, k.dpa_ids
  FROM (
    SELECT d.src_digital_card_id, d.pan_bin, d.pan_last_four,
           (SELECT ARRAY[p.src_dpa_id, p.srci_dpa_id] FROM dpa AS p
             WHERE p.sandbox_id = $1
               AND (p.src_dpa_id = s.src_dpa_id
                    OR (p.src_client_id = s.src_client_id AND p.srci_dpa_id = s.src_dpa_id))
             ORDER BY p.src_dpa_id = s.src_dpa_id DESC
             LIMIT 1) AS dpa_ids,
           COALESCE(
               NULLIF(array_remove(
                   d.src_consumer_id
                   || ARRAY(SELECT i.src_consumer_id FROM consumer_identity AS i
                             WHERE i.sandbox_id = $1 AND i.network = $2
                               AND i.identity_value = ANY($3::text[])
                             ORDER BY i.identity_type)
                   || ARRAY(SELECT i.src_consumer_id FROM consumer_identity AS i
                             WHERE i.sandbox_id = $1 AND i.network = $2
                               AND i.identity_hash = ANY($4::bytea[])
                             ORDER BY array_position($4::bytea[], i.identity_hash))
                   || ARRAY(SELECT v.src_consumer_id FROM identity_validation AS v
                             WHERE v.sandbox_id = $1 AND v.network = $2
                               AND v.id_validation_session_id = $7)
                   || a.src_consumer_id
                   || ARRAY(SELECT b.src_consumer_id FROM app_instance AS b
                             WHERE b.sandbox_id = $1 AND b.network = $2
                               AND b.app_instance_id = ANY($9::text[])
                             ORDER BY array_position($9::text[], b.app_instance_id))
                   || ARRAY(SELECT h.src_consumer_id FROM shipping_address AS h
                             WHERE h.sandbox_id = $1 AND h.network = $2 AND h.address_id = $10),
                   NULL), '{}'),
               ARRAY[s.src_consumer_id]
           ) AS src_consumer_ids
      FROM (SELECT $1::text AS sandbox_id, $2::text AS network) AS n
      LEFT JOIN authentication AS a
        ON a.sandbox_id = n.sandbox_id AND a.network = n.network AND a.authentication_id = $8
      LEFT JOIN digital_card AS d
        ON d.sandbox_id = n.sandbox_id AND d.network = n.network
       AND d.src_digital_card_id = COALESCE(
               $5::text,
               a.src_digital_card_id,
               (SELECT o.src_digital_card_id FROM checkout AS o
                 WHERE o.sandbox_id = $1 AND o.network = $2 AND o.src_correlation_id = $11
                   AND o.dcf_action_code = 'COMPLETE'
                   AND ($12::text IS NULL OR o.srci_transaction_id = $12)
                 ORDER BY o.created_at DESC, o.checkout_id
                 LIMIT 1))
      LEFT JOIN checkout_session AS s
        ON s.sandbox_id = n.sandbox_id AND s.network = n.network AND s.src_correlation_id = $6
    ) AS k
  LEFT JOIN consumer AS c
    ON c.sandbox_id = $1 AND c.network = $2 AND c.src_consumer_id = ANY(k.src_consumer_ids)
 ORDER BY array_position(k.src_consumer_ids, c.src_consumer_id)
"""


async def find_subject(tx: Tx, key: SystemKey, names: SubjectNames) -> Subject:
    """The subject with every name it goes by; those in the call hold for somebody unknown too.

    Of several people that a call names the first is its consumer, but each is met by a rule.
    """
    rows = await tx.fetch(
        _FIND,
        *key,
        list(names.identities),
        list(names.identity_hashes),
        names.src_digital_card_id,
        names.src_correlation_id,
        names.id_validation_session_id,
        names.authentication_id,
        list(names.app_instance_ids),
        names.address_id,
        names.paid_correlation_id,
        names.paid_transaction_id,
    )
    if not rows:
        raise RuntimeError("A select from one constant row gave none.")
    row = rows[0]
    consumer_names: set[str | None] = set(names.identities)
    for found in rows:
        consumer_names |= {found["src_consumer_id"], found["email_address"]}
        if found["mobile_phone_number"] is not None:
            consumer_names.add(found["mobile_country_code"] + found["mobile_phone_number"])
    card_names = {names.src_digital_card_id, row["src_digital_card_id"], row["pan_last_four"]}
    if names.pan is not None:
        card_names |= {names.pan, names.pan[-4:]}
    return Subject(
        src_consumer_id=row["src_consumer_id"],
        src_digital_card_id=row["src_digital_card_id"],
        consumer_names=_there(consumer_names),
        card_names=_there(card_names),
        dpa_ids=frozenset(row["dpa_ids"] or ()),
        pan_ends=None if row["pan_bin"] is None else (row["pan_bin"], row["pan_last_four"]),
    )


def _there(names: set[str | None]) -> frozenset[str]:
    return frozenset(name for name in names if name is not None)
