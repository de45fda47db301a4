"""Values that came from somewhere: an earlier answer, what was given, an inbox; and their names."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from src_system.client.answers import OneTimeCode
from src_system.scenario.answers import Answer
from src_system.scenario.export.recorded import Entry
from src_system.scenario.texts import texts_in

_SECTIONS = ("body", "response", "payload")
_NAMED = re.compile(r"(Id|Ids|Token|Tokens|Jws|JWS|Reference)$")
_FORMED = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # UUID
    r"|eyJ[\w-]*(\.[\w-]*){2,4}"  # JOSE
)
_CHARACTERS_MIN = 8
_MEMBER = re.compile(r"([\w@-]+)(?:\[\d+\])*$")
_PLAIN_PATH = re.compile(r"\$(\.[A-Za-z_]\w*|\[\d+\])+")
_NEVER = frozenset({"srcClientId", "merchantOrderId", "srcDpaId", "srciDpaId"})
# What people call it; any other member keeps its own name.
_WORDS = {
    "srcDigitalCardId": "card",
    "idValidationSessionId": "validation",
    "authenticationSessionId": "authentication",
    "addressId": "address",
    "billingAddressId": "address",
    "batchId": "batch",
    "checkoutRequestJws": "prepared",
    "idToken": "token",
    "recognitionToken": "recognition",
    "srcCorrelationId": "correlation",
    "srcConsumerId": "consumer",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in which answer a value stood first."""

    place: int
    network: str
    section: str
    path: str

    @property
    def word(self) -> str:
        """What a capture of it is called."""
        found = _MEMBER.search(self.path)
        member = "value" if found is None else found[1]
        return _WORDS.get(member, member)


@dataclass(frozen=True, slots=True)
class Captured:
    """A value that a step captures. `is_own`: it is used at the network that answered it."""

    origin: Origin
    is_own: bool


@dataclass(frozen=True, slots=True)
class CodeRead:
    """A one-time code that somebody read in an inbox, by its id."""

    code_id: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that is there from the beginning, as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text with captured values in it."""

    parts: tuple[Any, ...]


@dataclass(slots=True)
class Known:
    """Every value that was told so far. `given` are variables that are there from the beginning."""

    codes: Sequence[OneTimeCode]
    given: dict[tuple[str | None, str], str] = field(default_factory=dict)
    _origins: dict[str, Origin] = field(default_factory=dict)

    def learn(self, entry: Entry, answer: Answer) -> None:
        """Remember what an answer brought."""
        for section in _SECTIONS:
            document = answer.sections.get(section)
            for path, text in texts_in(document, "$"):
                if len(text) >= _CHARACTERS_MIN and _PLAIN_PATH.fullmatch(path):
                    origin = Origin(entry.place, entry.network, section, path)
                    self._origins.setdefault(text, origin)

    def name(self, value: Any, entry: Entry, before: int, member: str = "") -> Any:
        """*value* with everything in it that came from somewhere said so.

        Only answers *before* that place can be where it came from.
        """
        if isinstance(value, Mapping):
            return {name: self.name(one, entry, before, name) for name, one in value.items()}
        if isinstance(value, list):
            return [self.name(one, entry, before, member) for one in value]
        if not isinstance(value, str) or member in _NEVER:
            return value
        code = self._code(value, entry)
        if code is not None:
            return CodeRead(code.id)
        if not (_NAMED.search(member) or _FORMED.fullmatch(value)):
            return value
        return self._named(value, entry, before)

    def in_header(self, value: str, entry: Entry, before: int) -> Any:
        """The value of a header with tokens in it said where they came from."""
        parts = [self._named(one, entry, before) for one in value.split(" ")]
        if not any(isinstance(one, Captured) for one in parts):
            return value
        return Text(tuple(parts))

    def _named(self, value: str, entry: Entry, before: int) -> Any:
        origin = self._origins.get(value)
        if origin is not None and origin.place < before:
            return Captured(origin, origin.network == entry.network)
        for network in (entry.network, None):
            if (network, value) in self.given:
                return Variable(self.given[network, value])
        return value

    def _code(self, value: str, entry: Entry) -> OneTimeCode | None:
        """The code of that value, where the call is about the validation that sent it."""
        if not value.isdigit():
            return None
        said = {text for _, text in texts_in(entry.members, "$")}
        for code in self.codes:
            if (
                code.value == value
                and code.network == entry.network
                and code.delivery != "lost"
                and code.issued_at <= entry.at
                and (code.id_validation_session_id in said or code.authentication is not None)
            ):
                return code
        return None


def captures_in(value: Any) -> Iterator[Captured]:
    """The captured values in what `Known.name` gave."""
    for one in _leaves(value):
        if isinstance(one, Captured):
            yield one


def codes_in(value: Any) -> Iterator[CodeRead]:
    """The codes in it that were read."""
    for one in _leaves(value):
        if isinstance(one, CodeRead):
            yield one


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, Text):
        yield from _leaves(value.parts)
    else:
        yield value


def likeness(value: Any) -> Any:
    """*value* so that two networks' are equal where one step can say both."""
    if isinstance(value, Captured) and value.is_own:
        return (value.origin.section, value.origin.path)
    if isinstance(value, Mapping):
        return {name: likeness(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [likeness(one) for one in value]
    return value


@dataclass(slots=True)
class Names:
    """Names of variables, each for one thing."""

    _taken: dict[str, int] = field(default_factory=dict)

    def fresh(self, word: str) -> str:
        """*word*, or with the next number where it is taken."""
        number = self._taken.get(word, 0) + 1
        self._taken[word] = number
        return word if number == 1 else f"{word}{number}"


def written(value: Any, text_of: Mapping[Any, str]) -> Any:
    """*value* as it stands in a step: *text_of* tells the variable of what came from somewhere.

    Any other text is meant as it stands, also where it looks like a variable.
    """
    if isinstance(value, Captured | CodeRead):
        return text_of[value]
    if isinstance(value, Variable):
        return value.text
    if isinstance(value, Text):
        return " ".join(str(written(one, text_of)) for one in value.parts)
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, Mapping):
        return {name.replace("${", "$${"): written(one, text_of) for name, one in value.items()}
    if isinstance(value, list):
        return [written(one, text_of) for one in value]
    return value
