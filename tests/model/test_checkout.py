"""The decision table of a checkout: what leads to which answer or refusal (spec 4.10)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from src_system.model.checkout import (
    CheckoutDecision,
    DcfActionCode,
    DynamicDataRules,
    choose_payment_option,
    decide_checkout,
)
from src_system.model.consumer import ConsumerStatus
from src_system.model.digital_card import DigitalCardStatus
from src_system.model.errors import (
    AccountInaccessible,
    CardNotFound,
    IdentityValidationRequired,
    InactiveCard,
    InvalidState,
    InvalidValue,
    NotSupported,
    SrcError,
    SuspendedCard,
)
from src_system.model.pan import CardExpiry
from src_system.model.transaction_options import (
    DynamicDataType,
    PayloadTypeIndicator,
    PaymentOption,
    TransactionOptions,
)
from tests.model.samples import CARD, CONSUMER, NOW

SHORT = DynamicDataType.CARD_APPLICATION_CRYPTOGRAM_SHORT_FORM
LONG = DynamicDataType.CARD_APPLICATION_CRYPTOGRAM_LONG_FORM
CODE = DynamicDataType.DYNAMIC_CARD_SECURITY_CODE

RULES = DynamicDataRules(
    supported=frozenset({SHORT, CODE, DynamicDataType.NONE}),
    default=SHORT,
    ttl_is_honoured=True,
    ttl_minutes=15,
    pending_card_is_refused=False,
)
REFUSING_PENDING = replace(RULES, pending_card_is_refused=True)
CARDHOLDER = DynamicDataType.CARDHOLDER_AUTHENTICATION_CRYPTOGRAM
WITH_CARDHOLDER = replace(RULES, supported=RULES.supported | {CARDHOLDER})
EXPIRED = CardExpiry("10", "2026")
PENDING = replace(CARD, status=DigitalCardStatus.PENDING)
NO_WISHES = TransactionOptions()


def wishing(*options):
    return TransactionOptions(payment_options=options)


def decide(
    card=CARD,
    consumer=CONSUMER,
    validated="consumer-1",
    options=NO_WISHES,
    payload_type=None,
    rules=RULES,
    has_cardholder_cryptogram=False,
):
    return decide_checkout(
        card,
        consumer,
        validated_src_consumer_id=validated,
        options=options,
        payload_type=payload_type,
        rules=rules,
        now=NOW,
        has_cardholder_cryptogram=has_cardholder_cryptogram,
    )


REFUSALS = {
    "nobody was validated": ({"validated": None}, IdentityValidationRequired, "idToken"),
    "nobody was validated, and there is no card": (
        {"validated": None, "card": None},
        IdentityValidationRequired,
        "idToken",
    ),
    "no such card": ({"card": None, "consumer": None}, CardNotFound, "srcDigitalCardId"),
    "no such consumer": ({"consumer": None}, CardNotFound, "srcDigitalCardId"),
    "another's card": ({"validated": "consumer-2"}, CardNotFound, "srcDigitalCardId"),
    "a token of somebody without a profile here": (
        {"validated": ""},
        CardNotFound,
        "srcDigitalCardId",
    ),
    "another's suspended card": (
        {"validated": "consumer-2", "card": replace(CARD, status=DigitalCardStatus.SUSPENDED)},
        CardNotFound,
        "srcDigitalCardId",
    ),
    "a locked consumer": (
        {"consumer": replace(CONSUMER, status=ConsumerStatus.LOCKED)},
        AccountInaccessible,
        None,
    ),
    "a suspended consumer": (
        {"consumer": replace(CONSUMER, status=ConsumerStatus.SUSPENDED)},
        AccountInaccessible,
        None,
    ),
    "a locked consumer's suspended card": (
        {
            "consumer": replace(CONSUMER, status=ConsumerStatus.LOCKED),
            "card": replace(CARD, status=DigitalCardStatus.SUSPENDED),
        },
        AccountInaccessible,
        None,
    ),
    "a suspended card": (
        {"card": replace(CARD, status=DigitalCardStatus.SUSPENDED)},
        SuspendedCard,
        "srcDigitalCardId",
    ),
    "a deleted card": (
        {"card": replace(CARD, status=DigitalCardStatus.CANCELLED)},
        InactiveCard,
        "srcDigitalCardId",
    ),
    "an expired card": ({"card": replace(CARD, expiry=EXPIRED)}, InactiveCard, "srcDigitalCardId"),
    "an expired card that is pending": (
        {"card": replace(PENDING, expiry=EXPIRED)},
        InactiveCard,
        "srcDigitalCardId",
    ),
    "a pending card where the network refuses them": (
        {"card": PENDING, "rules": REFUSING_PENDING},
        InactiveCard,
        "srcDigitalCardId",
    ),
    "a cryptogram that the network has not": (
        {"options": wishing(PaymentOption(LONG))},
        NotSupported,
        "dpaTransactionOptions.paymentOptions[0].dynamicDataType",
    ),
    "a cryptogram of 3-D Secure that was not performed": (
        {"options": wishing(PaymentOption(CARDHOLDER)), "rules": WITH_CARDHOLDER},
        InvalidState,
        "dpaTransactionOptions.paymentOptions",
    ),
    "a card billed where the DPA accepts none": (
        {"options": TransactionOptions(accepted_billing_countries=("GB", "IE"))},
        InvalidValue,
        "dpaTransactionOptions.dpaAcceptedBillingCountries",
    ),
}


@pytest.mark.parametrize(("members", "refusal", "source"), REFUSALS.values(), ids=list(REFUSALS))
def test_a_checkout_that_may_not_be_is_refused_by_name(members, refusal, source):
    with pytest.raises(SrcError) as refused:
        decide(**members)

    assert (type(refused.value), refused.value.source) == (refusal, source)


DECISIONS = {
    "nothing asked for": ({}, "COMPLETE", "FULL", SHORT, 15),
    "a lock that has ended": (
        {"consumer": replace(CONSUMER, status=ConsumerStatus.LOCKED, locked_until=NOW)},
        "COMPLETE",
        "FULL",
        SHORT,
        15,
    ),
    "a pending card": ({"card": PENDING}, "PENDING_AUTHENTICATION", "FULL", SHORT, 15),
    "a payload type of the request": (
        {
            "payload_type": PayloadTypeIndicator.PAYMENT,
            "options": TransactionOptions(payload_type_indicator=PayloadTypeIndicator.SUMMARY),
        },
        "COMPLETE",
        "PAYMENT",
        SHORT,
        15,
    ),
    "a payload type of the options": (
        {"options": TransactionOptions(payload_type_indicator=PayloadTypeIndicator.SUMMARY)},
        "COMPLETE",
        "SUMMARY",
        SHORT,
        15,
    ),
    "another dynamic data type": (
        {"options": wishing(PaymentOption(CODE))},
        "COMPLETE",
        "FULL",
        CODE,
        15,
    ),
    "the second wish, since the first cannot be": (
        {"options": wishing(PaymentOption(LONG, 3), PaymentOption(CODE, 4))},
        "COMPLETE",
        "FULL",
        CODE,
        4,
    ),
    "a life only": ({"options": wishing(PaymentOption(None, 60))}, "COMPLETE", "FULL", SHORT, 60),
    "a life of nothing": (
        {"options": wishing(PaymentOption(None, 0))},
        "COMPLETE",
        "FULL",
        SHORT,
        15,
    ),
    "a life beyond a month": (
        {"options": wishing(PaymentOption(None, 10**9))},
        "COMPLETE",
        "FULL",
        SHORT,
        30 * 24 * 60,
    ),
    "a life where the network decides": (
        {
            "options": wishing(PaymentOption(None, 60)),
            "rules": replace(RULES, ttl_is_honoured=False),
        },
        "COMPLETE",
        "FULL",
        SHORT,
        15,
    ),
}


@pytest.mark.parametrize(
    ("members", "action", "payload_type", "kind", "minutes"),
    DECISIONS.values(),
    ids=list(DECISIONS),
)
def test_a_checkout_that_may_be_is_decided_by_card_wishes_and_network(
    members, action, payload_type, kind, minutes
):
    assert decide(**members) == CheckoutDecision(
        DcfActionCode(action),
        PayloadTypeIndicator(payload_type),
        kind,
        timedelta(minutes=minutes),
    )


@pytest.mark.parametrize(
    ("payload_type", "has_credential", "has_payload"),
    [
        ("FULL", True, True),
        ("PAYMENT", True, True),
        ("NON_PAYMENT", False, True),
        ("SUMMARY", False, False),
    ],
)
def test_the_payload_type_says_whether_there_is_a_payload_and_a_credential(
    payload_type, has_credential, has_payload
):
    decision = decide(payload_type=PayloadTypeIndicator(payload_type))

    assert (decision.has_credential, decision.has_payload) == (has_credential, has_payload)


@pytest.mark.parametrize(
    ("payload_type", "performed"), [("FULL", True), ("SUMMARY", False), ("NON_PAYMENT", False)]
)
def test_a_cryptogram_of_3ds_is_decided_where_it_was_performed_or_is_not_told(
    payload_type, performed
):
    decision = decide(
        options=wishing(PaymentOption(CARDHOLDER)),
        rules=WITH_CARDHOLDER,
        payload_type=PayloadTypeIndicator(payload_type),
        has_cardholder_cryptogram=performed,
    )
    assert decision.dynamic_data_type is CARDHOLDER


@pytest.mark.parametrize(
    ("card", "accepted"),
    [(CARD, ("GB", "US")), (CARD, ()), (replace(CARD, billing_address=None), ("GB",))],
)
def test_a_card_passes_in_an_accepted_country_or_when_nothing_is_known(card, accepted):
    options = TransactionOptions(accepted_billing_countries=accepted)
    assert decide(card, options=options).has_payload


def test_a_pending_card_has_no_payload_of_any_type():
    assert not any(
        decide(card=PENDING, payload_type=payload_type).has_payload
        for payload_type in PayloadTypeIndicator
    )


@given(st.lists(st.builds(PaymentOption, st.none() | st.sampled_from(DynamicDataType))))
def test_only_what_the_network_has_is_ever_chosen(options):
    try:
        chosen = choose_payment_option(options, RULES)
    except NotSupported:
        assert options
        assert not any(option.dynamic_data_type in (None, *RULES.supported) for option in options)
    else:
        assert chosen.dynamic_data_type in (None, *RULES.supported)
        assert not options or chosen in options
