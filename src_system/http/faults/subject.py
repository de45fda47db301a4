"""What a call says of the person and the card that it is about."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from src_system.crypto import jws
from src_system.model.consumer import PhoneNumber
from src_system.model.errors import SrcError
from src_system.model.fault import RequestFacts
from src_system.model.participant import Dpa
from src_system.networks.phone_numbers import check_phone, lookup_value
from src_system.payloads.encrypted_card import open_members
from src_system.payloads.id_token import TOKEN_CHARACTERS_MAX
from src_system.store.fault_subjects import SubjectNames
from src_system.system import System
from src_system.wire.reading import Call

_CLAIMS = msgspec.json.Decoder(dict[str, Any])


def facts_of(call: Call, dpa: Dpa | None) -> RequestFacts:
    """The call as rules and magic values see it; *dpa* is the merchant that it names."""
    return RequestFacts(
        operation=call.operation,
        network=call.profile.name,
        src_client_id=call.src_client_id,
        dpa_ids=frozenset() if dpa is None else frozenset({dpa.src_dpa_id, dpa.srci_dpa_id}),
        body=call.body,
        query=call.query,
        path=call.path,
        recognition_token=call.recognition_cookie,
    )


def names_in(facts: RequestFacts, system: System, *, with_number: bool) -> SubjectNames:
    """The names in their normal forms; what is malformed is for the operation to refuse.

    *with_number* opens an encrypted card as well, which takes a private key's time.
    """
    identities = tuple(dict.fromkeys(_identities(facts.body)))
    claims = _claims(facts.body.get("idToken"))
    remembered = _claims(_first(facts.body.get("recognitionTokens")) or facts.recognition_token)
    return SubjectNames(
        identities=identities,
        identity_hash=_hash(claims.get("sub")),
        src_digital_card_id=_named(facts, "srcDigitalCardId"),
        src_correlation_id=_named(facts, "srcCorrelationId"),
        id_validation_session_id=_named(facts, "idValidationSessionId"),
        authentication_id=_named(facts, "authenticationSessionId"),
        app_instance_id=_text(remembered.get("appInstanceId")),
        pan=_number(facts, system) if with_number else None,
    )


def roll_subject(facts: RequestFacts, names: SubjectNames) -> str:
    """Whose dice are rolled: calls about the same person or card share them, others do not.

    Ids that clients draw at random have no say, so that a test run twice rolls the same.
    """
    whom = (
        next(iter(names.identities), None)
        or (names.identity_hash and names.identity_hash.hex())
        or names.src_digital_card_id
        or names.id_validation_session_id
        or names.app_instance_id
        or ""
    )
    return "/".join((facts.network, facts.operation, facts.src_client_id or "", whom))


def _identities(body: Mapping[str, Any]) -> Iterator[str]:
    consumer = body.get("consumer")
    consumer = consumer if isinstance(consumer, dict) else {}
    for holder in (body, consumer):
        identity = holder.get("consumerIdentity")
        if isinstance(identity, dict):
            value = _text(identity.get("identityValue"))
            kind = identity.get("identityType")
            if value is not None:
                is_phone = kind == "MOBILE_PHONE_NUMBER"
                yield _phone(value) if is_phone else value.strip().lower()
    email = _text(consumer.get("emailAddress"))
    if email is not None:
        yield email.strip().lower()
    mobile = consumer.get("mobileNumber")
    if isinstance(mobile, dict):
        code, number = _text(mobile.get("countryCode")), _text(mobile.get("phoneNumber"))
        if code is not None and number is not None:
            yield _mobile(PhoneNumber(code, number))


def _phone(text: str) -> str:
    try:
        return lookup_value(text, source="identityValue")
    except SrcError:
        return text


def _mobile(number: PhoneNumber) -> str:
    try:
        return check_phone(number, source="mobileNumber").identity_value
    except SrcError:
        return number.identity_value


def _claims(token: object) -> dict[str, Any]:
    """What a token claims, believed by nobody yet; nothing for what is no token."""
    if not isinstance(token, str):
        return {}
    try:
        return _CLAIMS.decode(jws.parse(token, max_length=TOKEN_CHARACTERS_MAX).payload)
    except (jws.JwsRefused, msgspec.MsgspecError, RecursionError, ValueError):
        return {}


def _hash(subject: object) -> bytes | None:
    try:
        return base64.b64decode(subject, validate=True) if isinstance(subject, str) else None
    except (binascii.Error, ValueError):
        return None


def _number(facts: RequestFacts, system: System) -> str | None:
    encrypted = facts.body.get("encryptedCard")
    if not isinstance(encrypted, str):
        return None
    try:
        members = open_members(encrypted, keyring=system.keyring, source="encryptedCard")
    except SrcError:
        return None
    number = _text(members.get("primaryAccountNumber"))
    return None if number is None else number.replace(" ", "")


def _named(facts: RequestFacts, name: str) -> str | None:
    return _text(facts.path.get(name) or facts.body.get(name) or facts.query.get(name))


def _first(values: object) -> object:
    return values[0] if isinstance(values, list) and values else None


def _text(value: object) -> str | None:
    """*value* when it is text that PostgreSQL could keep."""
    return value if isinstance(value, str) and value and "\x00" not in value else None
