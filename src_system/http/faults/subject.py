"""What a call says of the person and the card that it is about."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from src_system.crypto import jws
from src_system.model.consumer import IdentityType, PhoneNumber
from src_system.model.errors import SrcError
from src_system.model.fault import RequestFacts, Subject
from src_system.model.fault_concerns import AFTER_CHECKOUT, READING_COOKIE
from src_system.model.participant import Dpa
from src_system.networks.phone_numbers import check_phone, lookup_value
from src_system.payloads.encrypted_card import open_members
from src_system.payloads.id_token import TOKEN_CHARACTERS_MAX
from src_system.store.fault_subjects import SubjectNames
from src_system.system import System
from src_system.wire.reading import Call
from src_system.wire.requests import TOKENS_MAX

_CLAIMS = msgspec.json.Decoder(dict[str, Any])


def facts_of(call: Call, dpa: Dpa | None) -> RequestFacts:
    """The call as rules and magic values see it; *dpa* is the merchant that it names."""
    named = set() if dpa is None else {dpa.src_dpa_id, dpa.srci_dpa_id}
    return RequestFacts(
        operation=call.operation,
        network=call.profile.name,
        src_client_id=call.src_client_id,
        dpa_ids=frozenset(named | set(_registered(call.body))),
        body=call.body,
        query=call.query,
        path=call.path,
        recognition_token=call.recognition_cookie,
    )


def _registered(body: Mapping[str, Any]) -> Iterator[str]:
    """The DPAs that a registration is about, known already or not."""
    for item in _objects(body.get("items")):
        for entry in _objects(item.get("dpas")):
            src_dpa_id = _text(entry.get("srcDpaId"))
            if src_dpa_id is not None:
                yield src_dpa_id


def names_in(facts: RequestFacts, system: System, *, with_number: bool) -> SubjectNames:
    """The names in their normal forms; what is malformed is for the operation to refuse.

    *with_number* opens an encrypted card as well, which takes a private key's time.
    """
    correlation_id = _named(facts, "srcCorrelationId")
    return SubjectNames(
        identities=tuple(dict.fromkeys(_identities(facts.body))),
        identity_hashes=tuple(dict.fromkeys(_identity_hashes(facts.body))),
        app_instance_ids=tuple(dict.fromkeys(_app_instance_ids(facts))),
        src_digital_card_id=_named(facts, "srcDigitalCardId")
        or _text(_reference(facts.body).get("srcDigitalCardId")),
        src_correlation_id=correlation_id,
        id_validation_session_id=_named(facts, "idValidationSessionId"),
        authentication_id=_named(facts, "authenticationSessionId"),
        address_id=_text(facts.path.get("addressId")),
        paid_correlation_id=correlation_id if facts.operation in AFTER_CHECKOUT else None,
        paid_transaction_id=_text(facts.query.get("srciTransactionId")),
        pan=_number(facts, system) if with_number else None,
    )


def roll_subject(facts: RequestFacts, names: SubjectNames, subject: Subject) -> str:
    """Whose dice are rolled: calls about the same person and card share them, others do not.

    The person is the one found, by whatever the call says: whoever calls first with nothing but a
    session must not roll in place of somebody else. Ids that clients draw at random have no say,
    so that a test run twice rolls the same.
    """
    whom = (
        subject.src_consumer_id
        or next(iter(names.identities), None)
        or next((one.hex() for one in names.identity_hashes), "")
    )
    card = subject.src_digital_card_id or names.src_digital_card_id or ""
    return "/".join((facts.network, facts.operation, facts.src_client_id or "", whom, card))


def _identities(body: Mapping[str, Any]) -> Iterator[str]:
    """Of the person looked for, of the one to be enrolled, of the one to be authenticated."""
    consumer = _object(body.get("consumer"))
    for holder in (body, consumer, _reference(body)):
        identity = _object(holder.get("consumerIdentity"))
        value = _text(identity.get("identityValue"))
        if value is not None:
            yield _normal(value, identity.get("identityType"))
    email = _text(consumer.get("emailAddress"))
    if email is not None:
        yield email.strip().lower()
    mobile = _object(consumer.get("mobileNumber"))
    code, number = _text(mobile.get("countryCode")), _text(mobile.get("phoneNumber"))
    if code is not None and number is not None:
        yield _mobile(PhoneNumber(code, number))


def _reference(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The card or person that an authentication is about."""
    return _object(body.get("accountReference"))


def _identity_hashes(body: Mapping[str, Any]) -> Iterator[bytes]:
    """Of the people whose idTokens come with the call."""
    for token in (body.get("idToken"), *_list(body.get("idTokens"))):
        hashed = _hash(_claims(token).get("sub"))
        if hashed is not None:
            yield hashed


def _app_instance_ids(facts: RequestFacts) -> Iterator[str]:
    """Of the devices whose tokens come with the call; the cookie comes with every call."""
    cookie = facts.recognition_token if facts.operation in READING_COOKIE else None
    for token in (*_list(facts.body.get("recognitionTokens")), cookie):
        app_instance_id = _text(_claims(token).get("appInstanceId"))
        if app_instance_id is not None:
            yield app_instance_id


def _normal(value: str, kind: object) -> str:
    if kind == IdentityType.MOBILE_PHONE_NUMBER:
        return _phone(value)
    return value if kind == IdentityType.EXTERNAL_ACCOUNT_ID else value.strip().lower()


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


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(values: object) -> Iterator[Mapping[str, Any]]:
    return map(_object, values) if isinstance(values, list) else iter(())


def _list(values: object) -> list[Any]:
    """The first of *values*, as many as an operation reads."""
    return values[:TOKENS_MAX] if isinstance(values, list) else []


def _text(value: object) -> str | None:
    """*value* when it is text that PostgreSQL could keep."""
    return value if isinstance(value, str) and value and "\x00" not in value else None
