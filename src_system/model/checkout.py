"""The rule of a checkout: what this card, this DPA and these options lead to. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from src_system.model.address import refuse_country
from src_system.model.consumer import Consumer, refuse_inaccessible
from src_system.model.digital_card import DigitalCard, DigitalCardStatus, refuse_unusable
from src_system.model.errors import (
    CardNotFound,
    CvcVerificationRequired,
    IdentityValidationRequired,
    InactiveCard,
    InvalidState,
    NotSupported,
    SrcError,
)
from src_system.model.transaction_options import (
    DynamicDataType,
    PayloadTypeIndicator,
    PaymentOption,
    TransactionOptions,
)

_WAITS_FOR_SECURITY_CODE = frozenset({"PENDING_SCA", "PENDING_CSC"})
_TTL_MINUTES_MAX = 30 * 24 * 60


class DcfActionCode(StrEnum):
    """How a checkout ended (spec 6.1); a DCF says what the consumer did instead of paying."""

    COMPLETE = "COMPLETE"
    PENDING_AUTHENTICATION = "PENDING_AUTHENTICATION"
    CHANGE_CARD = "CHANGE_CARD"
    ADD_CARD = "ADD_CARD"
    SWITCH_CONSUMER = "SWITCH_CONSUMER"
    CANCEL = "CANCEL"
    ERROR = "ERROR"


class DynamicDataRules(msgspec.Struct, frozen=True):
    """What a network does about dynamic data (its profile says it)."""

    supported: frozenset[DynamicDataType]
    default: DynamicDataType
    ttl_is_honoured: bool
    ttl_minutes: int
    pending_card_is_refused: bool


class CheckoutDecision(msgspec.Struct, frozen=True):
    """What to issue. `dynamic_data_life` counts from the moment of issue."""

    dcf_action_code: DcfActionCode
    payload_type: PayloadTypeIndicator
    dynamic_data_type: DynamicDataType
    dynamic_data_life: timedelta

    @property
    def has_credential(self) -> bool:
        """Whether the payload carries a card or token."""
        return self.payload_type in (PayloadTypeIndicator.FULL, PayloadTypeIndicator.PAYMENT)

    @property
    def has_payload(self) -> bool:
        """Whether anything is encrypted at all."""
        return (
            self.dcf_action_code is DcfActionCode.COMPLETE
            and self.payload_type is not PayloadTypeIndicator.SUMMARY
        )


def decide_checkout(
    card: DigitalCard | None,
    consumer: Consumer | None,
    *,
    validated_src_consumer_id: str | None,
    options: TransactionOptions,
    payload_type: PayloadTypeIndicator | None,
    rules: DynamicDataRules,
    now: datetime,
    has_cardholder_cryptogram: bool = False,
    needs_challenge: bool = False,
) -> CheckoutDecision:
    """The decision, or the refusal that spec 4.10 asks for.

    Raises IdentityValidationRequired, CardNotFound (also for another consumer's card),
    AccountInaccessible, SuspendedCard, InactiveCard, InvalidValue (the card's billing country is
    not accepted), NotSupported, InvalidState (a cryptogram of 3-D Secure is asked for, and
    *has_cardholder_cryptogram* is False: none was performed). A cardholder who has yet to be asked
    (*needs_challenge*) is PENDING_AUTHENTICATION, and so is a pending card where it is not refused:
    CvcVerificationRequired or InactiveCard.
    """
    if validated_src_consumer_id is None:
        raise IdentityValidationRequired(source="idToken", seen={"validated_consumer": None})
    if card is None or consumer is None or card.src_consumer_id != validated_src_consumer_id:
        raise CardNotFound(
            source="srcDigitalCardId",
            seen={
                "card_is_known": card is not None,
                "card_src_consumer_id": None if card is None else card.src_consumer_id,
                "validated_src_consumer_id": validated_src_consumer_id,
            },
        )
    refuse_inaccessible(consumer, now)
    refuse_unusable(card, now)
    refuse_country(
        card.billing_address,
        options.accepted_billing_countries,
        source="dpaTransactionOptions.dpaAcceptedBillingCountries",
    )
    option = choose_payment_option(options.payment_options, rules)
    is_pending = card.status is DigitalCardStatus.PENDING
    if is_pending and rules.pending_card_is_refused:
        raise _pending(card)
    minutes = rules.ttl_minutes
    if rules.ttl_is_honoured and option.dynamic_data_ttl_minutes:
        minutes = min(option.dynamic_data_ttl_minutes, _TTL_MINUTES_MAX)
    decision = CheckoutDecision(
        dcf_action_code=(
            DcfActionCode.PENDING_AUTHENTICATION
            if is_pending or needs_challenge
            else DcfActionCode.COMPLETE
        ),
        payload_type=payload_type or options.payload_type_indicator or PayloadTypeIndicator.FULL,
        dynamic_data_type=option.dynamic_data_type or rules.default,
        dynamic_data_life=timedelta(minutes=minutes),
    )
    if not has_cardholder_cryptogram:
        _refuse_missing_cryptogram(decision)
    return decision


def _pending(card: DigitalCard) -> SrcError:
    """What a network says that takes no pending card."""
    seen = {"card_status": card.status, "pending_events": list(card.pending_events)}
    if not _WAITS_FOR_SECURITY_CODE.isdisjoint(card.pending_events):
        return CvcVerificationRequired(source="srcDigitalCardId", seen=seen)
    return InactiveCard("The card is pending verification.", source="srcDigitalCardId", seen=seen)


def _refuse_missing_cryptogram(decision: CheckoutDecision) -> None:
    """Raise InvalidState when 3-D Secure's cryptogram is asked for and there is none (9.3)."""
    if (
        decision.dynamic_data_type is DynamicDataType.CARDHOLDER_AUTHENTICATION_CRYPTOGRAM
        and decision.has_payload
        and decision.has_credential
    ):
        raise InvalidState(
            "The cardholder has not been authenticated in this session.",
            source="dpaTransactionOptions.paymentOptions",
            seen={"dynamic_data_type": decision.dynamic_data_type, "cardholder_cryptogram": None},
        )


def choose_payment_option(
    options: Iterable[PaymentOption], rules: DynamicDataRules
) -> PaymentOption:
    """The first option whose kind of dynamic data the network has; NotSupported when none is."""
    given = tuple(options)
    for option in given:
        if option.dynamic_data_type is None or option.dynamic_data_type in rules.supported:
            return option
    if given:
        raise NotSupported(
            f"This network does not issue {given[0].dynamic_data_type}.",
            source="dpaTransactionOptions.paymentOptions[0].dynamicDataType",
            seen={"supported": sorted(rules.supported)},
        )
    return PaymentOption()
