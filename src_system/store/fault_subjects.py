"""Whom and which card a call is about, found by the names that stand in the call."""

from dataclasses import dataclass

from src_system.model.fault import Subject
from src_system.model.identifiers import SystemKey
from src_system.store.database import Tx


@dataclass(frozen=True, slots=True)
class SubjectNames:
    """What a call says of its subject, in normal forms; None or nothing where it says nothing."""

    identities: tuple[str, ...] = ()
    identity_hash: bytes | None = None
    src_digital_card_id: str | None = None
    src_correlation_id: str | None = None
    id_validation_session_id: str | None = None
    authentication_id: str | None = None
    app_instance_id: str | None = None
    pan: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return self == SubjectNames()


# The consumer is the card's owner, else who the call says it is, else who its session knows.
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
               d.src_consumer_id,
               (SELECT i.src_consumer_id FROM consumer_identity AS i
                 WHERE i.sandbox_id = $1 AND i.network = $2 AND i.identity_value = ANY($3::text[])
                 ORDER BY i.identity_type LIMIT 1),
               (SELECT i.src_consumer_id FROM consumer_identity AS i
                 WHERE i.sandbox_id = $1 AND i.network = $2 AND i.identity_hash = $4),
               (SELECT v.src_consumer_id FROM identity_validation AS v
                 WHERE v.sandbox_id = $1 AND v.network = $2
                   AND v.id_validation_session_id = $7),
               a.src_consumer_id,
               (SELECT b.src_consumer_id FROM app_instance AS b
                 WHERE b.sandbox_id = $1 AND b.network = $2 AND b.app_instance_id = $9),
               s.src_consumer_id
           ) AS src_consumer_id
      FROM (SELECT $1::text AS sandbox_id, $2::text AS network) AS n
      LEFT JOIN authentication AS a
        ON a.sandbox_id = n.sandbox_id AND a.network = n.network AND a.authentication_id = $8
      LEFT JOIN digital_card AS d
        ON d.sandbox_id = n.sandbox_id AND d.network = n.network
       AND d.src_digital_card_id = COALESCE($5::text, a.src_digital_card_id)
      LEFT JOIN checkout_session AS s
        ON s.sandbox_id = n.sandbox_id AND s.network = n.network AND s.src_correlation_id = $6
    ) AS k
  LEFT JOIN consumer AS c
    ON c.sandbox_id = $1 AND c.network = $2 AND c.src_consumer_id = k.src_consumer_id
"""


async def find_subject(tx: Tx, key: SystemKey, names: SubjectNames) -> Subject:
    """The subject with every name it goes by; those in the call hold for somebody unknown too."""
    row = await tx.fetchrow(
        _FIND,
        *key,
        list(names.identities),
        names.identity_hash,
        names.src_digital_card_id,
        names.src_correlation_id,
        names.id_validation_session_id,
        names.authentication_id,
        names.app_instance_id,
    )
    if row is None:
        raise RuntimeError("A select from one constant row gave none.")
    consumer_names = {*names.identities, row["src_consumer_id"], row["email_address"]}
    if row["mobile_phone_number"] is not None:
        consumer_names.add(row["mobile_country_code"] + row["mobile_phone_number"])
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
