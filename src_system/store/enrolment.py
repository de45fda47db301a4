"""Keeping a consumer, a card and a token: what enrolment, combined checkout and fixtures share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from src_system.crypto.vault import SandboxVault
from src_system.derive import Derivation
from src_system.model.card import Card
from src_system.model.compliance import COMPLIANCE_NEEDED, refuse_missing_consent
from src_system.model.consumer import (
    Consumer,
    ConsumerIdentity,
    ConsumerStatus,
    IdentityType,
    PhoneNumber,
)
from src_system.model.digital_card import DigitalCard, DigitalCardStatus, SealedPan
from src_system.model.errors import (
    Aborted,
    LimitExceeded,
    MissingMember,
    PanIneligible,
)
from src_system.model.identifiers import SystemKey
from src_system.model.pan import CardExpiry, Pan, luhn_check_digit
from src_system.model.payment_token import PaymentToken, SealedToken
from src_system.networks.address_form import check_address_form
from src_system.networks.consumer_rules import market_of_person
from src_system.networks.forms import derive_identifier
from src_system.networks.market import Market
from src_system.networks.profile import NetworkProfile, TestPan
from src_system.store import consumers, digital_cards
from src_system.store.database import Tx, UniqueViolation

TOKEN_LIFE = timedelta(days=3 * 365)
_TOKEN_TRIES = 8


@dataclass(frozen=True, slots=True)
class NewConsumer:
    """A consumer as a request describes it; identities in normal form."""

    email_address: str | None
    mobile_number: PhoneNumber | None
    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    national_identifier: str | None = None
    country_code: str | None = None
    locale: str | None = None
    external_account_id: str | None = None
    compliance_settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def identities(self) -> tuple[ConsumerIdentity, ...]:
        """Every identity given, e-mail first."""
        found = []
        if self.email_address is not None:
            found.append(ConsumerIdentity(IdentityType.EMAIL_ADDRESS, self.email_address))
        if self.mobile_number is not None:
            found.append(
                ConsumerIdentity(
                    IdentityType.MOBILE_PHONE_NUMBER, self.mobile_number.identity_value
                )
            )
        if self.external_account_id is not None:
            found.append(
                ConsumerIdentity(IdentityType.EXTERNAL_ACCOUNT_ID, self.external_account_id)
            )
        return tuple(found)


@dataclass(frozen=True, slots=True)
class EnrolledCard:
    """A card in the profile; `is_new` is False when the PAN was there before."""

    card: DigitalCard
    is_new: bool


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What enrolling needs to know of its SRC System."""

    key: SystemKey
    profile: NetworkProfile
    derivation: Derivation
    vault: SandboxVault
    now: datetime
    cards_per_consumer_max: int
    market: Market | None = None  # of the call; a person's own market goes before it

    def accepted(self, pan: Pan, *, source: str) -> TestPan:
        """The entry of an accepted test number, or PanIneligible (contract: no real cards)."""
        entry = self.profile.test_pan(pan.digits)
        if entry is None:
            raise PanIneligible(
                f"{self.profile.display_name} is simulated here: only published test numbers"
                " and the simulator's own ranges are accepted; never send a real card number.",
                source=source,
            )
        return entry

    def accept(self, card: Card) -> None:
        """Raise PanIneligible or InvalidFormat for a sent card that the network does not take."""
        self.accepted(card.pan, source="encryptedCard.primaryAccountNumber")
        if card.billing_address is not None:
            check_address_form(
                card.billing_address,
                self.profile.address_form,
                source="encryptedCard.billingAddress",
            )

    async def find_consumer(self, tx: Tx, new: NewConsumer) -> Consumer | None:
        """The consumer known by the first of the identities, or None.

        The e-mail address decides when there is one: a phone number is shared more easily, and
        must not put a card into the profile of somebody else who has it too.
        """
        for identity in new.identities[:1]:
            return await consumers.find_by_identity(tx, self.key, identity)
        return None

    async def find_or_keep_consumer(
        self, tx: Tx, new: NewConsumer, *, is_lenient: bool
    ) -> tuple[Consumer, bool]:
        """The consumer with one of the identities, or a new one; and whether it is new.

        A new profile needs the identities that the network wants (MissingMember) and the consent
        that the market wants (ComplianceRequired), unless *is_lenient*.
        """
        found = await self.find_consumer(tx, new)
        if found is not None:
            return found, False
        if not is_lenient:
            self._refuse_missing_identities(new)
            market = market_of_person(new.country_code, new.mobile_number) or self.market
            refuse_missing_consent(
                new.compliance_settings,
                needed=COMPLIANCE_NEEDED if market is None else market.compliance_types,
            )
        return await self.keep_consumer(tx, new)

    def _refuse_missing_identities(self, new: NewConsumer) -> None:
        """Raise MissingMember unless the identities that the network wants are there (4.1)."""
        if new.external_account_id is not None:
            return  # secure card on file: the client's own account id stands for the person
        wanted = self.profile.enrolment_identities
        if IdentityType.EMAIL_ADDRESS in wanted and new.email_address is None:
            raise MissingMember("An e-mail address is needed.", source="consumer.emailAddress")
        if IdentityType.MOBILE_PHONE_NUMBER in wanted and new.mobile_number is None:
            raise MissingMember("A mobile number is needed.", source="consumer.mobileNumber")

    async def keep_consumer(self, tx: Tx, new: NewConsumer) -> tuple[Consumer, bool]:
        """A new consumer with all identities that nobody has, and whether it is new.

        A parallel enrolment of the same person waits at the insert and then finds this profile.
        """
        if not new.identities:
            raise MissingMember(
                "A new consumer needs an e-mail address or a mobile number.",
                source="consumer.emailAddress",
            )
        consumer = self.consumer(new)
        is_new = await consumers.insert_consumer(tx, self.key, consumer)
        for identity in new.identities:
            await consumers.insert_identity(
                tx,
                self.key,
                identity,
                identity_hash=identity_hash(self.derivation, identity),
                src_consumer_id=consumer.src_consumer_id,
            )
        kept = await consumers.find_consumer(tx, self.key, consumer.src_consumer_id)
        if kept is None:
            raise Aborted
        return kept, is_new

    def consumer(self, new: NewConsumer) -> Consumer:
        """The consumer that *new*, which has an identity, becomes on this network."""
        first = new.identities[0]
        return Consumer(
            src_consumer_id=derive_identifier(
                self.profile.consumer_id_form,
                self.derivation,
                "src_consumer_id",
                self.key.network,
                first.identity_type,
                first.identity_value,
            ),
            status=ConsumerStatus.ACTIVE,
            email_address=new.email_address,
            mobile_number=new.mobile_number,
            first_name=new.first_name,
            last_name=new.last_name,
            full_name=new.full_name,
            national_identifier=new.national_identifier,
            country_code=new.country_code,
            locale=new.locale or (self.market.languages[0] if self.market else None),
            locked_until=None,
            date_consumer_added=self.now,
            date_consumer_last_used=None,
            compliance_settings=new.compliance_settings,
        )

    async def keep_card(
        self,
        tx: Tx,
        consumer: Consumer,
        card: Card,
        *,
        source: str,
        status: DigitalCardStatus = DigitalCardStatus.ACTIVE,
        pending_events: tuple[str, ...] = (),
    ) -> EnrolledCard:
        """The card in *consumer*'s profile, added unless its PAN is there already.

        Raises PanIneligible for a number outside the test ranges, LimitExceeded when full.
        """
        entry = self.accepted(card.pan, source=source)
        fingerprint = self.fingerprint(card.pan)
        await consumers.lock_consumer(tx, self.key, consumer.src_consumer_id)
        found = await digital_cards.find_card_by_fingerprint(
            tx, self.key, consumer.src_consumer_id, fingerprint
        )
        if found is not None:
            return EnrolledCard(found, is_new=False)
        held, enrolled_before = await digital_cards.count_cards(
            tx, self.key, consumer.src_consumer_id, fingerprint
        )
        if held >= self.cards_per_consumer_max:
            raise LimitExceeded(
                f"A profile holds at most {self.cards_per_consumer_max} cards.",
                source=source,
                seen={"held": held, "limit": self.cards_per_consumer_max},
            )
        new = self.digital_card(
            consumer, card, entry, enrolled_before, status=status, pending_events=pending_events
        )
        await digital_cards.insert_card(
            tx,
            self.key,
            new,
            pan=self.sealed(card.pan, new),
            pan_fingerprint=fingerprint,
            security_code_fingerprint=self.security_code_fingerprint(
                new.src_digital_card_id, card.security_code
            ),
        )
        return EnrolledCard(new, is_new=True)

    def fingerprint(self, pan: Pan) -> bytes:
        """The 32 bytes by which *pan* is found again without opening it."""
        return self.vault.fingerprint(pan.digits.encode(), purpose=b"pan")

    def security_code_fingerprint(
        self, src_digital_card_id: str, security_code: str | None
    ) -> bytes | None:
        """What is kept of a card's security code: 32 bytes that differ from card to card."""
        if security_code is None:
            return None
        value = f"{self.vault.scope}/{src_digital_card_id}/{security_code}"
        return self.vault.fingerprint(value.encode(), purpose=b"security code")

    def sealed(self, pan: Pan, card: DigitalCard) -> SealedPan:
        """*pan* as kept for *card*, and for no other."""
        context = SealedPan.context(self.key.network, card.src_digital_card_id)
        return SealedPan(self.vault.seal(pan.digits.encode(), context=context))

    def digital_card(
        self,
        consumer: Consumer,
        card: Card,
        entry: TestPan,
        enrolled_before: int = 0,
        *,
        status: DigitalCardStatus = DigitalCardStatus.ACTIVE,
        pending_events: tuple[str, ...] = (),
    ) -> DigitalCard:
        """What *card*, whose number is *entry*, becomes in *consumer*'s profile.

        *enrolled_before*: how often the PAN was in this profile earlier.
        """
        network, digits = self.key.network, card.pan.digits
        identity = (network, consumer.src_consumer_id, digits, enrolled_before)
        billing = card.billing_address
        return DigitalCard(
            src_digital_card_id=derive_identifier(
                self.profile.digital_card_id_form,
                self.derivation,
                "src_digital_card_id",
                *identity,
                country_code=entry.country_code,
            ),
            src_consumer_id=consumer.src_consumer_id,
            src_payment_card_id=self.derivation.uuid("src_payment_card_id", network, digits),
            pan_bin=card.pan.bin,
            pan_last_four=card.pan.last_four,
            expiry=card.expiry,
            status=status,
            pending_events=pending_events,
            cardholder_full_name=card.cardholder_full_name,
            payment_account_reference=payment_account_reference(
                self.profile, self.derivation, card.pan
            ),
            payment_card_descriptor=self.profile.payment_card_descriptor,
            payment_card_type=entry.card_type,
            country_code=entry.country_code,
            presentation_name=f"Simulated {self.profile.display_name} Bank",
            billing_address_id=(
                None if billing is None else self.derivation.uuid("address_id", *identity)
            ),
            billing_address=billing,
            date_of_card_created=self.now,
            date_of_card_last_used=None,
        )

    async def keep_token(
        self, tx: Tx, card: DigitalCard, pan: Pan, token_requestor_id: str
    ) -> tuple[PaymentToken, SealedToken]:
        """The requestor's token for *card*, provisioned now unless it has one."""
        for attempt in range(_TOKEN_TRIES):
            found = await digital_cards.find_token(
                tx, self.key, card.src_digital_card_id, token_requestor_id
            )
            if found is not None:
                return found
            network = self.key.network
            number = self._token_number(pan, card, token_requestor_id, attempt)
            token = PaymentToken(
                src_digital_card_id=card.src_digital_card_id,
                token_requestor_id=token_requestor_id,
                token_bin_range=number[: self.profile.token_bin_range_digits],
                token_last_four=number[-4:],
                expiry=_token_expiry(self.now),
            )
            sealed = SealedToken(
                self.vault.seal(
                    number.encode(),
                    context=SealedToken.context(network, card.src_digital_card_id),
                )
            )
            try:
                await digital_cards.insert_token(
                    tx,
                    self.key,
                    token,
                    sealed=sealed,
                    token_fingerprint=self.vault.fingerprint(number.encode(), purpose=b"token"),
                    now=self.now,
                )
            except UniqueViolation:  # the number is another card's: derive the next one
                continue
        raise Aborted

    def _token_number(
        self, pan: Pan, card: DigitalCard, token_requestor_id: str, attempt: int
    ) -> str:
        token_range = self.profile.token_range
        body = token_range.prefix + self.derivation.digits(
            "payment_token",
            self.key.network,
            pan.digits,
            card.src_digital_card_id,
            token_requestor_id,
            attempt,
            count=token_range.digits - len(token_range.prefix) - 1,
        )
        return body + luhn_check_digit(body)


def payment_account_reference(profile: NetworkProfile, derivation: Derivation, pan: Pan) -> str:
    """The PAR of *pan*: 29 characters, the same for the PAN and all its tokens (spec 9.1)."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return profile.par_prefix + derivation.text(
        "payment_account_reference", profile.name, pan.digits, alphabet=alphabet, size=25
    )


def identity_hash(derivation: Derivation, identity: ConsumerIdentity) -> bytes:
    """The 32 bytes that stand for *identity* in idTokens, equal on all networks (spec 5.22)."""
    return derivation.bytes(
        "identity_hash", identity.identity_type, identity.identity_value, size=32
    )


def _token_expiry(now: datetime) -> CardExpiry:
    end = now + TOKEN_LIFE
    return CardExpiry(f"{end.month:02d}", f"{end.year:04d}")
