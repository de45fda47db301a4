"""What the contract's table of differences says of masked cards, payloads and masks.

As assertions.
"""

import base64
import re
from datetime import UTC, datetime
from typing import Any

from .dialects import DYNAMIC_CODE, UUID, Dialect
from .exchange import Json
from .src_client import OpenedCheckout

ISO_MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
CREDENTIALS = ("card", "token", "dynamicData", "paymentAccountReference")
CONSUMER_DATA = (
    "consumerEmailAddress",
    "consumerFirstName",
    "consumerLastName",
    "consumerFullName",
    "consumerMobileNumber",
    "billingAddress",
    "shippingAddress",
)


def luhn_valid(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def same_card_id(one: str, other: str) -> bool:
    """Whether two ids name one card.

    Visa may leave out the hyphens in a checkoutResponse (spec 5.8).
    """
    return one.replace("-", "") == other.replace("-", "")


def check_date(dialect: Dialect, value: Any) -> None:
    """An instant near now, in an encoding that this network may emit (spec 2.9)."""
    if dialect.dates_are_iso or (isinstance(value, str) and not value.isdigit()):
        assert isinstance(value, str), value
        assert (ISO_MILLISECONDS if dialect.network == "mastercard" else ISO).fullmatch(value), (
            value
        )
        instant = datetime.fromisoformat(value)
    else:
        instant = datetime.fromtimestamp(int(value) / 1000, UTC)
    assert abs((datetime.now(UTC) - instant).total_seconds()) < 3600, value


def check_masked_card(dialect: Dialect, masked: Json, pan: str) -> None:
    """Form of the id, masks, state and dates of a new, active card."""
    assert dialect.card_id.fullmatch(masked["srcDigitalCardId"]), masked["srcDigitalCardId"]
    assert len(masked["srcDigitalCardId"]) == 36
    assert pan.startswith(masked["panBin"])
    assert 6 <= len(masked["panBin"]) <= 10
    assert len(masked["panBin"]) <= len(pan) - 4
    assert masked["panLastFour"] == pan[-4:]
    assert (masked["panExpirationMonth"], masked["panExpirationYear"]) == ("12", "2030")
    data = masked["digitalCardData"]
    assert data["status"] == "ACTIVE"
    assert data["descriptorName"]
    assert "artUri" in data
    check_date(dialect, masked["dateOfCardCreated"])
    address = masked.get("maskedBillingAddress")
    if address is not None:
        assert address["countryCode"] == "US"
        assert address["line1"] != "100 Main Street"


def check_masked_consumer(dialect: Dialect, masked: Json) -> None:
    """Masks of Anabel Li (spec 5.5); the EMV form is only known to hide her."""
    email = masked["maskedEmailAddress"]
    phone = masked["maskedMobileNumber"]["phoneNumber"]
    first, last = masked["maskedFirstName"], masked["maskedLastName"]
    full = masked["maskedFullName"]
    if dialect.network == "visa":
        assert (email, phone) == ("ana**@shop.test", "******0143")
        assert (first, last, full) == ("A*****", "L*****", "A***** L*****")
    elif dialect.network == "mastercard":
        assert (email, phone) == ("a*****l@shop.test", "(***) ***-*143")
        assert (first, last, full) == ("A*****", "L*", "A***** L*")
    for clear, hidden in (("anabel", email), ("2025550143", phone), ("Anabel", first + full)):
        assert clear not in hidden
        assert "*" in hidden
    assert masked["maskedMobileNumber"]["countryCode"] == "1"
    assert masked["maskedConsumerIdentity"]["maskedIdentityValue"] != "anabel@shop.test"
    check_date(dialect, masked["dateConsumerAdded"])


def check_dynamic_data(dialect: Dialect, payload: Json, kind: str) -> str:
    """A cryptogram of 20 bytes or a code of three digits, with its expiry; gives the value."""
    data = dialect.dynamic_data(payload)
    assert data["dynamicDataType"] == kind, data
    value = data["dynamicDataValue"]
    assert isinstance(value, str)
    if kind == DYNAMIC_CODE:
        assert re.fullmatch(r"[0-9]{3}", value), value
    else:
        assert len(value) == 28
        assert len(base64.b64decode(value, validate=True)) == 20
    expiry = data["dynamicDataExpiration"]
    if dialect.network == "mastercard":
        assert ISO.fullmatch(expiry), expiry
    assert expiry
    return value


def check_token(dialect: Dialect, payload: Json, pan: str) -> str:
    """A network token in the place of the PAN, with the PAR beside it; gives the token."""
    assert "card" not in payload
    assert pan not in str(payload)
    token = payload["token"]
    number: str = token["paymentToken"]
    assert re.fullmatch(r"[0-9]{13,19}", number), number
    assert luhn_valid(number)
    assert number != pan
    assert re.fullmatch(r"0[1-9]|1[0-2]", token["tokenExpirationMonth"])
    assert re.fullmatch(r"20[0-9]{2}", token["tokenExpirationYear"])
    check_par(dialect, payload)
    return number


def check_par(dialect: Dialect, payload: Json) -> None:
    """The payment account reference: its place, prefix and 29 characters (spec 9.1)."""
    par = dialect.par(payload)
    assert re.fullmatch(r"[A-Z0-9]{29}", par), par
    assert par.startswith(dialect.par_prefix)


def check_full(dialect: Dialect, opened: OpenedCheckout, pan: str, kind: str) -> Json:
    """A whole checkout with token and cryptogram, as one network answers it; gives the payload."""
    assert opened.payload is not None
    assert opened.payload_header is not None
    assert opened.payload_header["alg"] == "RSA-OAEP-256"
    assert opened.payload_header["enc"] == dialect.content_encryption
    assert "zip" not in opened.payload_header
    assert opened.response["maskedCard"]["panLastFour"] == pan[-4:]
    number = check_token(dialect, opened.payload, pan)
    check_dynamic_data(dialect, opened.payload, kind)
    last_four = opened.response["maskedCard"].get("tokenLastFour", number[-4:])
    assert last_four == number[-4:]
    return opened.payload


def check_masked_address(dialect: Dialect, masked: Json, address: Json) -> None:
    """An address with its id, the country clear and the street hidden as the network does (5.5)."""
    assert masked["addressId"]
    assert masked["countryCode"] == address["countryCode"]
    assert masked["state"] == address["state"]
    line, words = masked["line1"], address["line1"].split()
    if dialect.network == "visa":
        assert line == address["line1"][:3] + "*****"
        assert masked["city"] == masked["zip"] == "*****"
    elif dialect.network == "mastercard":
        assert line == " ".join(word[0] + "*" * (len(word) - 1) for word in words)
    assert "*" in line
    assert words[-1] not in line


def check_assurance(dialect: Dialect, assurance: Json, kind: str, method: str) -> Json:
    """An authentication that succeeded by this method, told as spec 5.18 has it; its entry."""
    [entry] = [one for one in assurance["verificationData"] if one["verificationMethod"] == method]
    assert entry["verificationType"] == kind, entry
    assert entry["verificationEntity"] == "02", entry
    assert entry["verificationResults"] == "01", entry
    assert re.fullmatch(r"[0-9]{10}", entry["verificationTimestamp"]), entry
    assert assurance["eci"] == dialect.eci_authenticated
    return dict(entry)


def check_three_ds(dialect: Dialect, response: Json) -> str:
    """threeDsOutputData of a success, in step with the assurance; gives the cryptogram."""
    told = {one["key"]: one["value"] for one in response["threeDsOutputData"]}
    assert len(told) == len(response["threeDsOutputData"])
    assert (told["transStatus"], told["eci"]) == ("Y", dialect.eci_authenticated)
    entry = check_assurance(dialect, response["assuranceData"], "CARDHOLDER", "01")
    for member, value in entry["methodResults"].items():
        assert told[member] == value, member
    assert UUID.fullmatch(told["dsTransId"])
    assert UUID.fullmatch(told["acsTransId"])
    assert len(base64.b64decode(told["authenticationValue"], validate=True)) == 20
    return str(told["authenticationValue"])
