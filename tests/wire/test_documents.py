"""Shapes of requests: the member at fault is named by its path; amounts are numbers or texts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.model.errors import InvalidFormat, MissingMember, SrcError
from src_system.wire.documents import (
    CheckoutDocument,
    ConfirmationDocument,
    EnrollCardDocument,
    IdentityLookupDocument,
    TokensDocument,
    convert,
    read_amount,
)

AMOUNT = {"transactionAmount": 1, "transactionCurrencyCode": "USD"}


@pytest.mark.parametrize(
    ("kind", "members", "refusal", "source"),
    [
        (IdentityLookupDocument, {"consumerIdentity": 7}, InvalidFormat, "consumerIdentity"),
        (
            IdentityLookupDocument,
            {"consumerIdentity": {"identityType": 7}},
            InvalidFormat,
            "consumerIdentity.identityType",
        ),
        (IdentityLookupDocument, {"srcDpaId": ["x"]}, InvalidFormat, "srcDpaId"),
        (IdentityLookupDocument, {"srcDpaId": "x" * 256}, InvalidFormat, "srcDpaId"),
        (TokensDocument, {"idTokens": "x"}, InvalidFormat, "idTokens"),
        (TokensDocument, {"idTokens": [{}]}, InvalidFormat, "idTokens[0]"),
        (
            EnrollCardDocument,
            {"consumer": {"mobileNumber": {"countryCode": "1"}}},
            MissingMember,
            "consumer.mobileNumber.phoneNumber",
        ),
        (
            EnrollCardDocument,
            {"consumer": {"mobileNumber": {"countryCode": "+12345", "phoneNumber": "2025550143"}}},
            InvalidFormat,
            "consumer.mobileNumber.countryCode",
        ),
        (
            EnrollCardDocument,
            {"consumer": {"countryCode": "usa"}},
            InvalidFormat,
            "consumer.countryCode",
        ),
        (
            EnrollCardDocument,
            {"complianceSettings": {"complianceResources": [{}]}},
            MissingMember,
            "complianceSettings.complianceResources[0].complianceType",
        ),
        (
            CheckoutDocument,
            {"dpaTransactionOptions": {"transactionAmount": {"transactionAmount": 1}}},
            MissingMember,
            "dpaTransactionOptions.transactionAmount.transactionCurrencyCode",
        ),
        (
            CheckoutDocument,
            {
                "dpaTransactionOptions": {
                    "transactionAmount": {**AMOUNT, "transactionCurrencyCode": "usd"}
                }
            },
            InvalidFormat,
            "dpaTransactionOptions.transactionAmount.transactionCurrencyCode",
        ),
        (
            CheckoutDocument,
            {"dpaTransactionOptions": {"consumerNameRequested": "yes"}},
            InvalidFormat,
            "dpaTransactionOptions.consumerNameRequested",
        ),
        (CheckoutDocument, {"srcDigitalCardId": "x" * 37}, InvalidFormat, "srcDigitalCardId"),
        (CheckoutDocument, {"assuranceData": []}, InvalidFormat, "assuranceData"),
        (ConfirmationDocument, {"confirmationData": []}, InvalidFormat, "confirmationData"),
        (
            ConfirmationDocument,
            {"confirmationData": {}},
            MissingMember,
            "confirmationData.checkoutEventType",
        ),
    ],
)
def test_a_member_at_fault_is_named_by_its_path(kind, members, refusal, source):
    with pytest.raises(SrcError) as refused:
        convert(members, kind)

    assert (type(refused.value), refused.value.source) == (refusal, source)
    assert refused.value.message.endswith(".")
    assert " - at " not in refused.value.message


def test_members_that_nobody_knows_are_ignored_and_null_is_absent():
    document = convert(
        {"srcDpaId": "dpa-1", "news": {"deep": [1]}, "consumer": None}, EnrollCardDocument
    )

    assert (document.src_dpa_id, document.consumer) == ("dpa-1", None)


@pytest.mark.parametrize(
    ("amount", "read"),
    [
        ("12.34", Decimal("12.34")),
        (12.34, Decimal("12.34")),
        (0.1, Decimal("0.1")),
        (100, Decimal(100)),
        ("0", Decimal(0)),
        ("0.00", Decimal("0.00")),
        ("123456789012345.67", Decimal("123456789012345.67")),
    ],
)
def test_an_amount_is_a_number_or_a_text_of_one(amount, read):
    assert read_amount(amount, source="x") == read


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "x",
        "1,5",
        "-1",
        -0.01,
        "NaN",
        "sNaN",
        "Infinity",
        "-0.01",
        "1234567890123456.78",
        10**18,
    ],
)
def test_anything_else_is_no_amount(amount):
    with pytest.raises(InvalidFormat) as refused:
        read_amount(amount, source="a.transactionAmount")

    assert refused.value.source == "a.transactionAmount"


@given(st.text() | st.integers() | st.floats() | st.text("0123456789.eE+-_ ", max_size=20))
def test_any_text_or_number_is_an_amount_or_refused(amount):
    try:
        number = read_amount(amount, source="x")
    except InvalidFormat:
        return
    assert number.is_finite() and number >= 0


@pytest.mark.parametrize("amount", ["1e999999", "1e-999999", 1e300])
def test_an_amount_has_no_more_digits_than_its_text_may_have(amount):
    with pytest.raises(InvalidFormat):
        read_amount(amount, source="x")


@pytest.mark.parametrize("amount", ["1_000", " 12 ", "١٢", "12\n"])
def test_an_amount_is_written_in_plain_digits(amount):
    with pytest.raises(InvalidFormat):
        read_amount(amount, source="x")
