"""Magic values that stand in a call's body: looked for in the few members that may hold one.

Nothing is read that the operation would not read; nearly every call is done with after two or
three look-ups.
"""

from collections.abc import Callable, Mapping
from typing import Any

from src_system.model.fault import Fault
from src_system.model.magic import MagicValue, Trigger
from src_system.model.magic_people import identified
from src_system.model.magic_values import MAGIC_VALUES

_Json = Mapping[str, Any]
_Look = Callable[[_Json], MagicValue | None]


def magic_in(operation: str, body: _Json) -> Fault | None:
    """What a value in *body* asks for: the first that means something to *operation*."""
    for look in _LOOKS.get(operation, ()):
        value = look(body)
        if value is not None and operation in value.operations:
            return value.fault
    return None


def _values(trigger: Trigger) -> dict[str, MagicValue]:
    return {value.word: value for value in MAGIC_VALUES if value.trigger is trigger}


def _amounts() -> dict[str, MagicValue]:
    """By every way to write the amount: with three decimals, or a zero fewer."""
    found = {}
    for word, value in _values(Trigger.AMOUNT).items():
        for text in (word, f"{word}0", word.rstrip("0")):
            found[text] = value
    return found


_AMOUNTS, _CODES = _amounts(), _values(Trigger.ONE_TIME_CODE)
_SECURITY_CODES = _values(Trigger.SECURITY_CODE)


def _member(holder: object, name: str) -> object:
    return holder.get(name) if isinstance(holder, dict) else None


def _of_identity(body: _Json) -> MagicValue | None:
    """The person who is looked for or sent a code, or whose proof it is to be."""
    identity = body.get("consumerIdentity")
    if identity is None:
        identity = _member(body.get("accountReference"), "consumerIdentity")
    return identified(_member(identity, "identityValue"))


def _of_consumer(body: _Json) -> MagicValue | None:
    """The person whose profile it is to be."""
    consumer = body.get("consumer")
    if not isinstance(consumer, dict):
        return None
    found = identified(consumer.get("emailAddress"))
    if found is None:
        found = identified(_member(consumer.get("consumerIdentity"), "identityValue"))
    mobile = consumer.get("mobileNumber")
    if found is None and mobile is not None:
        found = identified(f"{_member(mobile, 'countryCode')}{_member(mobile, 'phoneNumber')}")
    return found


def _of_amount(body: _Json) -> MagicValue | None:
    """What is to be paid."""
    options = body.get("dpaTransactionOptions")
    if not isinstance(options, dict):
        return None
    money = options.get("transactionAmount")
    if not isinstance(money, dict):
        return None
    amount = money.get("transactionAmount")
    return _AMOUNTS.get(amount if isinstance(amount, str) else str(amount))


def _of_context(body: _Json) -> MagicValue | None:
    """What is to be paid, in an authentication."""
    context = body.get("authenticationContext")
    return _of_amount(context) if isinstance(context, dict) else None


def _of_proof(body: _Json) -> MagicValue | None:
    """A one-time code, or a security code in clear."""
    code = body.get("validationData")
    if code is None:
        attributes = body.get("methodAttributes")
        if attributes is None:
            attributes = _member(body.get("authenticationMethod"), "methodAttributes")
        code = _member(attributes, "otpValue")
        if code is None:
            code = _member(attributes, "cardSecurityCode")
            if not isinstance(code, str):
                return None
            return _SECURITY_CODES.get(code[1:] if len(code) == 4 and code[0] == "0" else code)
    return _CODES.get(code.strip()) if isinstance(code, str) else None


# Where to look in the body of each operation. A test holds that no row of the table is forgotten.
_LOOKS: dict[str, tuple[_Look, ...]] = {
    "identityLookup": (_of_identity,),
    "initiateIdentityValidation": (_of_identity,),
    "completeIdentityValidation": (_of_proof, _of_identity),
    "initiateAuthentication": (_of_context, _of_identity),
    "completeAuthentication": (_of_proof,),
    "enrollCard": (_of_consumer,),
    "checkout": (_of_amount, _of_consumer),
    "prepareCheckout": (_of_amount,),
}
