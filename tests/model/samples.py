"""A consumer, a card, its token and an address for tests to vary with `dataclasses.replace`."""

from datetime import UTC, datetime

from src_system.model.address import Address
from src_system.model.consumer import Consumer, ConsumerStatus, PhoneNumber
from src_system.model.digital_card import DigitalCard, DigitalCardStatus
from src_system.model.identifiers import SandboxName
from src_system.model.pan import CardExpiry
from src_system.model.payment_token import PaymentToken
from src_system.model.sandbox import ClockMode, Sandbox, StrictnessProfile

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
YESTERDAY = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

SANDBOX = Sandbox(
    sandbox_id="box~1",
    name=SandboxName("box"),
    seed="42",
    clock_mode=ClockMode.FROZEN,
    clock_at=NOW,
    clock_offset_seconds=0.0,
    profile=StrictnessProfile.DEFAULT,
    version=1,
    created_at=NOW,
    expires_at=None,
    sealed_for="box~1",
)

ADDRESS = Address(
    name="Ana Lopez",
    line1="123 5th Avenue",
    line2="Floor 12",
    city="New York",
    state="NY",
    country_code="US",
    zip="10011",
)

CONSUMER = Consumer(
    src_consumer_id="consumer-1",
    status=ConsumerStatus.ACTIVE,
    email_address="abhijit7@dummyemail.test",
    mobile_number=PhoneNumber("1", "2025550143"),
    first_name="Ana",
    last_name="Lopez",
    full_name="Ana Lopez",
    national_identifier="12345678901",
    country_code="US",
    locale="en_US",
    locked_until=None,
    date_consumer_added=YESTERDAY,
    date_consumer_last_used=None,
)

CARD = DigitalCard(
    src_digital_card_id="card-1",
    src_consumer_id="consumer-1",
    src_payment_card_id="payment-card-1",
    pan_bin="411111",
    pan_last_four="1111",
    expiry=CardExpiry("12", "2030"),
    status=DigitalCardStatus.ACTIVE,
    pending_events=(),
    cardholder_full_name="Ana Lopez",
    payment_account_reference="V001ABCDEFGHIJKLMNOPQRSTUVWXY",
    payment_card_descriptor="visa",
    payment_card_type="CREDIT",
    country_code="US",
    presentation_name="Visa 1111",
    billing_address=ADDRESS,
    billing_address_id="address-1",
    date_of_card_created=YESTERDAY,
    date_of_card_last_used=None,
)

TOKEN = PaymentToken(
    src_digital_card_id="card-1",
    token_requestor_id="40010075001",
    token_bin_range="490624000",
    token_last_four="1238",
    expiry=CardExpiry("11", "2031"),
)
