"""Many consumers, cards and DPAs at once: rows as an enrolment leaves them, brought in by COPY."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from src_system.model.address import ShippingAddress
from src_system.model.consumer import Consumer, ConsumerIdentity
from src_system.model.digital_card import DigitalCard, SealedPan
from src_system.model.identifiers import SystemKey
from src_system.model.participant import Dpa
from src_system.store.consumers import address_document
from src_system.store.database import Tx

_CONSUMER = (
    "sandbox_id network src_consumer_id status email_address mobile_country_code"
    " mobile_phone_number first_name last_name full_name national_identifier country_code locale"
    " compliance_settings exhausted_validations locked_until date_consumer_added"
).split()
_IDENTITY = (
    "sandbox_id network identity_type identity_value identity_hash src_consumer_id validation_count"
).split()
_SHIPPING = "sandbox_id network address_id src_consumer_id address created_at".split()
_CARD = (
    "sandbox_id network src_digital_card_id src_consumer_id src_payment_card_id pan_sealed"
    " pan_fingerprint pan_bin pan_last_four pan_expiration_month pan_expiration_year status"
    " pending_events cardholder_full_name payment_account_reference payment_card_descriptor"
    " payment_card_type country_code presentation_name billing_address_id billing_address"
    " date_of_card_created"
).split()
_DPA = (
    "sandbox_id src_dpa_id srci_dpa_id src_client_id status dpa_data dpa_transaction_options"
    " markets origins created_at"
).split()


@dataclass(slots=True)
class EnrolmentRows:
    """Rows of one batch, in the order in which their tables must be filled."""

    consumers: list[tuple[Any, ...]] = field(default_factory=list)
    identities: list[tuple[Any, ...]] = field(default_factory=list)
    shipping_addresses: list[tuple[Any, ...]] = field(default_factory=list)
    cards: list[tuple[Any, ...]] = field(default_factory=list)

    def add_consumer(
        self,
        key: SystemKey,
        consumer: Consumer,
        identities: Sequence[tuple[ConsumerIdentity, bytes]],
    ) -> None:
        """A consumer and what it is found by: each identity with its hash."""
        mobile = consumer.mobile_number
        self.consumers.append(
            (
                *key,
                consumer.src_consumer_id,
                consumer.status,
                consumer.email_address,
                mobile and mobile.country_code,
                mobile and mobile.phone_number,
                consumer.first_name,
                consumer.last_name,
                consumer.full_name,
                consumer.national_identifier,
                consumer.country_code,
                consumer.locale,
                consumer.compliance_settings,
                0,
                consumer.locked_until,
                consumer.date_consumer_added,
            )
        )
        for one, identity_hash in identities:
            self.identities.append(
                (
                    *key,
                    one.identity_type,
                    one.identity_value,
                    identity_hash,
                    consumer.src_consumer_id,
                    0,
                )
            )

    def add_shipping_address(
        self, key: SystemKey, src_consumer_id: str, entry: ShippingAddress, *, now: datetime
    ) -> None:
        """An address in the consumer's list."""
        self.shipping_addresses.append(
            (*key, entry.address_id, src_consumer_id, address_document(entry.address), now)
        )

    def add_card(
        self, key: SystemKey, card: DigitalCard, *, pan: SealedPan, pan_fingerprint: bytes
    ) -> None:
        """A card of a consumer of the same batch."""
        self.cards.append(
            (
                *key,
                card.src_digital_card_id,
                card.src_consumer_id,
                card.src_payment_card_id,
                pan.sealed,
                pan_fingerprint,
                card.pan_bin,
                card.pan_last_four,
                card.expiry.month,
                card.expiry.year,
                card.status,
                card.pending_events,
                card.cardholder_full_name,
                card.payment_account_reference,
                card.payment_card_descriptor,
                card.payment_card_type,
                card.country_code,
                card.presentation_name,
                card.billing_address_id,
                None if card.billing_address is None else address_document(card.billing_address),
                card.date_of_card_created,
            )
        )


# A batch lost with a crash is brought in by the next run: it need not reach the disk first.
_NO_WAITING = "SET LOCAL synchronous_commit TO off"


async def copy_enrolments(tx: Tx, rows: EnrolmentRows) -> None:
    """Bring in the batch. UniqueViolation when an identity or a card of it is there already.

    *tx* is a transaction; its commit may reach the disk a moment later.
    """
    await tx.execute(_NO_WAITING)
    await tx.copy_records_to_table("consumer", records=rows.consumers, columns=_CONSUMER)
    await tx.copy_records_to_table("consumer_identity", records=rows.identities, columns=_IDENTITY)
    await tx.copy_records_to_table(
        "shipping_address", records=rows.shipping_addresses, columns=_SHIPPING
    )
    await tx.copy_records_to_table("digital_card", records=rows.cards, columns=_CARD)


async def copy_dpas(tx: Tx, sandbox_id: str, dpas: Sequence[Dpa], *, now: datetime) -> None:
    """Bring in DPAs whose clients are there. UniqueViolation when one of them is there already."""
    records = [
        (
            sandbox_id,
            dpa.src_dpa_id,
            dpa.srci_dpa_id,
            dpa.src_client_id,
            dpa.status,
            dpa.dpa_data,
            dpa.dpa_transaction_options,
            dpa.markets,
            dpa.origins,
            now,
        )
        for dpa in dpas
    ]
    await tx.copy_records_to_table("dpa", records=records, columns=_DPA)


_KNOWN_IDENTITIES = """
SELECT DISTINCT identity_hash
  FROM consumer_identity
 WHERE sandbox_id = $1 AND identity_hash = ANY($2::bytea[])
"""


async def known_identities(tx: Tx, sandbox_id: str, hashes: Sequence[bytes]) -> set[bytes]:
    """Those of *hashes* that stand for an identity known on any network."""
    rows = await tx.fetch(_KNOWN_IDENTITIES, sandbox_id, hashes)
    return {row["identity_hash"] for row in rows}


_KNOWN_DPAS = """
SELECT src_dpa_id FROM dpa WHERE sandbox_id = $1 AND src_dpa_id = ANY($2::text[])
"""


async def known_dpas(tx: Tx, sandbox_id: str, src_dpa_ids: Sequence[str]) -> set[str]:
    """Those of *src_dpa_ids* that are there."""
    rows = await tx.fetch(_KNOWN_DPAS, sandbox_id, src_dpa_ids)
    return {row["src_dpa_id"] for row in rows}


_ANALYZE = """
ANALYZE client, recipient_key, dpa, consumer, consumer_identity, shipping_address, digital_card
"""


async def gather_statistics(tx: Tx) -> None:
    """What the planner knows of these tables fits their new size at once."""
    await tx.execute(_ANALYZE)
