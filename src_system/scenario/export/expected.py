"""What a recorded answer was, as the expectation of a step: what stays the same when it is played.

Same seed, clock and calls give the same ids, codes and cryptograms; keys, signatures and addresses
differ, and so does the sandbox's name.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from src_system.scenario.answers import Answer, failures
from src_system.scenario.export.recorded import Entry
from src_system.scenario.operations import OPERATIONS
from src_system.scenario.words import Expectation, Json

_REFUSED = 400
# Members by which an answer is known again, wherever they stand.
_BODY = frozenset(
    "consumerPresent recognized dcfActionCode status batchStatus panLastFour tokenLastFour"
    " pendingEvents reason reasonCode authenticationStatus authenticationResult transStatus"
    " authenticationMethodType maskedValidationChannel".split()
)
_RESPONSE = frozenset("panLastFour status eci cardVerificationResults".split())
_PAYLOAD = frozenset(
    "paymentToken primaryAccountNumber tokenExpirationMonth tokenExpirationYear"
    " panExpirationMonth panExpirationYear paymentAccountReference dynamicDataType"
    " dynamicDataValue eci authenticationValue emailAddress countryCode zip".split()
)
_CHOSEN = {"body": _BODY, "response": _RESPONSE, "payload": _PAYLOAD}
_LISTS = frozenset({"profiles", "maskedCards", "authenticationMethods", "items", "records"})
_ASIDE = frozenset({"supportedValidationChannels", "maskedConsumer"})  # said elsewhere, or always
# What the client says of an answer in words that are the same each time.
_SAID = re.compile(
    r"(The checkoutResponse|The payload|What the payload) .*|.*(no key of this client).*"
)


def expectation_of(entry: Entry, answer: Answer) -> Json:
    """The expectation as it is written; {} where any success will do."""
    if answer.broken is not None:
        return {"broken": True}
    expected: Json = {}
    if answer.status is not None and answer.status >= _REFUSED:
        expected["status"] = str(answer.status)
        reason = entry.reason if entry.reason in answer.reasons else next(iter(answer.reasons), "")
        if reason:
            expected["reason"] = reason
        if answer.source:
            expected["source"] = answer.source
        if "retry-after" in entry.answer_headers:
            expected["headers"] = {"retry-after": entry.answer_headers["retry-after"]}
        return expected
    if answer.status != OPERATIONS[entry.operation].success:
        expected["status"] = str(answer.status)
    if answer.distrusted is not None:
        return {**expected, "distrusted": _complaint(answer.distrusted)}
    for section, names in _CHOSEN.items():
        found = dict(_told(answer.sections.get(section), "", names))
        if found:
            expected[section] = found
    return expected


def _complaint(said: str) -> str | bool:
    """Why it must not be believed, where the client says so in the same words each time."""
    found = _SAID.fullmatch(said)
    return True if found is None else found[2] or found[0]


def _told(value: Any, path: str, names: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """The chosen members below *value*, by their JSONPath."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            place = f"{path}.{name}" if path else str(name)
            if isinstance(member, list) and name in _LISTS and names is _BODY:
                yield place, {"length": len(member)}
            if name in _ASIDE:
                continue
            if name in names and not isinstance(member, Mapping) and _is_told(member):
                yield place, member
            else:
                yield from _told(member, place, names)
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _told(member, f"{path}[{number}]", names)


def _is_told(member: Any) -> bool:
    if isinstance(member, list):
        return bool(member) and all(isinstance(one, str) for one in member)
    return member is not None


def misses(answer: Answer, expected: Json) -> list[str]:
    """What the answer that was recorded would not fulfil: nothing, unless this is wrong."""
    words = {
        attribute: expected[name]
        for attribute, name in zip(
            Expectation.__struct_fields__, Expectation.__struct_encode_fields__, strict=True
        )
        if name in expected
    }
    return [one.message for one in failures(answer, Expectation(**words))]
