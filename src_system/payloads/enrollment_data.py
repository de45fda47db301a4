"""Opening enrollmentData: a card and its holder, as an issuer encrypts them in a batch (4.14)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

from src_system.crypto.keyring import Keyring
from src_system.model.card import Card
from src_system.model.consumer import PhoneNumber
from src_system.model.errors import ConsumerIdFormatInvalid, InvalidFormat, MissingMember
from src_system.payloads.encrypted_card import open_members, read_card

_EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")
_PHONE_FILLERS = str.maketrans("", "", "+ ()-")
_PATH = re.compile(r" - at `\$\.?(.*)`$")

_Kind = TypeVar("_Kind")

_NO_NUL = r"^[^\x00]*\Z"  # PostgreSQL keeps none

Name = Annotated[str, msgspec.Meta(max_length=30, pattern=_NO_NUL)]
Tag = Annotated[str, msgspec.Meta(max_length=35, pattern=_NO_NUL)]


class _Phone(msgspec.Struct, rename="camel"):
    country_code: Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9]{1,4}\Z")]
    phone_number: Annotated[str, msgspec.Meta(pattern=r"^[0-9 ()-]{4,24}\Z")]


class _Consumer(msgspec.Struct, rename="camel"):
    """Spec 5.1."""

    email_address: Annotated[str, msgspec.Meta(max_length=255, pattern=_NO_NUL)] | None = None
    mobile_number: _Phone | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    full_name: Annotated[str, msgspec.Meta(max_length=60, pattern=_NO_NUL)] | None = None
    national_identifier: Annotated[str, msgspec.Meta(max_length=20, pattern=_NO_NUL)] | None = None
    country_code: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\Z")] | None = None
    locale: Tag | None = None
    language_code: Tag | None = None
    compliance_settings: dict[str, Any] | None = None


class _Resource(msgspec.Struct, rename="camel"):
    """Spec 5.20."""

    compliance_type: Tag
    uri: Annotated[str, msgspec.Meta(max_length=1024, pattern=_NO_NUL)] = ""
    version: Tag | None = None


class _Compliance(msgspec.Struct, rename="camel"):
    compliance_resources: list[_Resource] = []


@dataclass(frozen=True, slots=True, repr=False)
class CardHolder:
    """Who the card belongs to; identities in normal form."""

    email_address: str | None = None
    mobile_number: PhoneNumber | None = None
    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    national_identifier: str | None = None
    country_code: str | None = None
    locale: str | None = None
    compliance_settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class EnrollmentData:
    """A card, checked for form and expiry, and its holder."""

    card: Card
    holder: CardHolder


def open_enrollment_data(
    enrollment_data: str, *, keyring: Keyring, now: datetime, source: str = "enrollmentData"
) -> EnrollmentData:
    """Card and consumer inside: `{"card": {…}, "consumer": {…}}`.

    Raises CorruptData when it cannot be opened, else a refusal that names *source*.member.
    """
    members = open_members(enrollment_data, keyring=keyring, source=source)
    card = members.get("card")
    if card is None:
        raise MissingMember(source=f"{source}.card")
    if not isinstance(card, dict):
        raise InvalidFormat("A card is a JSON object.", source=f"{source}.card")
    return EnrollmentData(
        read_card(card, now=now, source=f"{source}.card"),
        _read_holder(members, f"{source}.consumer"),
    )


def _read_holder(members: Mapping[str, Any], source: str) -> CardHolder:
    consumer = _convert(members.get("consumer") or {}, _Consumer, source)
    compliance = members.get("complianceSettings") or consumer.compliance_settings or {}
    names = [name for name in (consumer.first_name, consumer.last_name) if name]
    return CardHolder(
        email_address=read_email(consumer.email_address, f"{source}.emailAddress"),
        mobile_number=_read_phone(consumer.mobile_number, f"{source}.mobileNumber"),
        first_name=consumer.first_name,
        last_name=consumer.last_name,
        full_name=consumer.full_name or " ".join(names) or None,
        national_identifier=consumer.national_identifier,
        country_code=consumer.country_code,
        locale=consumer.locale or consumer.language_code,
        compliance_settings=_read_compliance(compliance, f"{source}.complianceSettings"),
    )


def read_email(text: str | None, source: str) -> str | None:
    """The address in lower case, None for none; ConsumerIdFormatInvalid."""
    if not text:
        return None
    if _EMAIL.fullmatch(text) is None:
        raise ConsumerIdFormatInvalid(source=source)
    return text.lower()


def _read_phone(phone: _Phone | None, source: str) -> PhoneNumber | None:
    if phone is None:
        return None
    number = phone.phone_number.translate(_PHONE_FILLERS)
    if not 4 <= len(number) <= 14:
        raise ConsumerIdFormatInvalid(source=f"{source}.phoneNumber")
    return PhoneNumber(phone.country_code.lstrip("+"), number)


def _read_compliance(members: object, source: str) -> dict[str, Any]:
    settings = _convert(members, _Compliance, source)
    if not settings.compliance_resources:
        return {}
    return {
        "complianceResources": [
            {
                "complianceType": resource.compliance_type,
                "uri": resource.uri,
                "version": resource.version,
            }
            for resource in settings.compliance_resources
        ]
    }


def _convert(members: object, kind: type[_Kind], source: str) -> _Kind:
    """*members* as *kind*; InvalidFormat naming the member, never its value."""
    try:
        return msgspec.convert(members, kind)
    except msgspec.ValidationError as error:
        text = str(error)
        found = _PATH.search(text)
        path = found.group(1) if found else ""
        raise InvalidFormat(
            f"{text[: found.start()] if found else text}.",
            source=f"{source}.{path}" if path else source,
        ) from None
