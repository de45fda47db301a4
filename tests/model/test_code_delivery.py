"""What is sent for one code: how many messages, by which channel, and when they arrive."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from src_system.model.code_delivery import (
    NORMAL_DELIVERY,
    CodeDelivery,
    DeliveryMode,
    Message,
    messages,
)
from src_system.model.consumer import ConsumerIdentity, IdentityType
from tests.model.samples import CONSUMER, NOW

EMAIL, PHONE = IdentityType.EMAIL_ADDRESS, IdentityType.MOBILE_PHONE_NUMBER
MAIL_ADDRESS, NUMBER = "abhijit7@dummyemail.test", "12025550143"
IDENTITY = ConsumerIdentity(EMAIL, MAIL_ADDRESS)


def sent(delivery, consumer=CONSUMER, channel=EMAIL):
    return messages(delivery, consumer, IDENTITY, channel, now=NOW)


@pytest.mark.parametrize(
    ("delivery", "expected"),
    [
        (NORMAL_DELIVERY, [Message(1, EMAIL, MAIL_ADDRESS, DeliveryMode.NORMAL, None)]),
        (
            CodeDelivery(DeliveryMode.LOST),
            [Message(1, EMAIL, MAIL_ADDRESS, DeliveryMode.LOST, None)],
        ),
        (
            CodeDelivery(DeliveryMode.LATE, timedelta(minutes=2)),
            [Message(1, EMAIL, MAIL_ADDRESS, DeliveryMode.LATE, NOW + timedelta(minutes=2))],
        ),
        (
            CodeDelivery(DeliveryMode.DUPLICATE),
            [
                Message(1, EMAIL, MAIL_ADDRESS, DeliveryMode.DUPLICATE, None),
                Message(2, EMAIL, MAIL_ADDRESS, DeliveryMode.DUPLICATE, None),
            ],
        ),
        (
            CodeDelivery(DeliveryMode.OTHER_CHANNEL),
            [Message(1, PHONE, NUMBER, DeliveryMode.OTHER_CHANNEL, None)],
        ),
    ],
)
def test_a_delivery_decides_what_is_sent(delivery, expected):
    assert list(sent(delivery)) == expected


def test_the_other_channel_of_a_phone_is_the_mail():
    (message,) = sent(CodeDelivery(DeliveryMode.OTHER_CHANNEL), channel=PHONE)

    assert (message.channel, message.destination) == (EMAIL, MAIL_ADDRESS)


def test_somebody_with_one_channel_gets_the_code_there():
    (message,) = sent(
        CodeDelivery(DeliveryMode.OTHER_CHANNEL), replace(CONSUMER, mobile_number=None)
    )

    assert message == Message(1, EMAIL, MAIL_ADDRESS, DeliveryMode.NORMAL, None)


@pytest.mark.parametrize(
    ("mode", "delay"),
    [(DeliveryMode.LATE, timedelta()), (DeliveryMode.LOST, timedelta(seconds=1))],
)
def test_only_a_late_code_has_a_delay(mode, delay):
    with pytest.raises(ValueError, match="delay"):
        CodeDelivery(mode, delay)
