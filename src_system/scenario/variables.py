"""Variables in scenario values: `${name}` and `${name.member[0]}`; `$${` is a plain `${`.

A variable with a member for each network stands, in a call to one of them, for that one's.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from src_system.scenario.words import NETWORKS

NETWORK = "network"  # the variable that names the network of a call
_USE = re.compile(r"\$(\$\{|\{\s*([^}]*?)\s*\})")
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_STEP = re.compile(r"\.([\w@.-]+?)(?=[.\[]|$)|\[(\d+)\]|\['([^']+)'\]")


class Unresolved(Exception):
    """A variable that has no value; `name` is its first part."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(message)


def names_in(value: Any) -> Iterator[str]:
    """The first parts of the variables used anywhere in *value*, also in names of members."""
    if isinstance(value, str):
        for found in _USE.finditer(value):
            if found[2] is not None:
                yield _first(found[2])
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from names_in(name)
            yield from names_in(member)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from names_in(one)


def fill(value: Any, variables: Mapping[str, Any]) -> Any:
    """*value* with every variable in it replaced; Unresolved.

    Text that is one variable and nothing else becomes its value, whatever that is.
    """
    if isinstance(value, str):
        return _fill_text(value, variables)
    if isinstance(value, Mapping):
        return {
            str(_fill_text(name, variables)): fill(one, variables) for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [fill(one, variables) for one in value]
    return value


def fill_address(text: str, variables: Mapping[str, Any]) -> str:
    """*text*, an address, with every variable in it percent-encoded; Unresolved.

    Text that is one variable and nothing else is taken to be an address already.
    """
    whole = _USE.fullmatch(text)
    if whole is not None and whole[2] is not None:
        return as_text(_value(whole[2], variables))
    return _USE.sub(
        lambda found: "${" if found[2] is None else _address_part(found[2], variables), text
    )


def _address_part(expression: str, variables: Mapping[str, Any]) -> str:
    value = _value(expression, variables)
    if isinstance(value, Mapping | list):
        message = f"${{{expression}}} is {as_text(value)}, and an address needs one value of it."
        raise Unresolved(_first(expression), message)
    return quote(as_text(value), safe="")


def is_by_network(value: Any) -> bool:
    """Whether *value* has a member for networks, and for nothing else."""
    return isinstance(value, Mapping) and bool(value) and set(value) <= set(NETWORKS)


def as_text(value: Any) -> str:
    """A value as it stands in the middle of a text."""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _fill_text(text: str, variables: Mapping[str, Any]) -> Any:
    if "$" not in text:
        return text
    whole = _USE.fullmatch(text)
    if whole is not None and whole[2] is not None:
        return _value(whole[2], variables)
    return _USE.sub(
        lambda found: "${" if found[2] is None else as_text(_value(found[2], variables)), text
    )


def _first(expression: str) -> str:
    found = _NAME.match(expression)
    return expression if found is None else found[0]


def _value(expression: str, variables: Mapping[str, Any]) -> Any:
    name = _first(expression)
    if name not in variables:
        raise Unresolved(name, f"There is no variable {name!r}.")
    here = variables.get(NETWORK)
    value = variables[name]
    place = len(name)
    while True:
        rest = expression[place:]
        if _is_for(here, value) and not any(rest.startswith(f".{one}") for one in NETWORKS):
            value = value[here]
        if not rest:
            _refuse_absent(name, expression, value, here)
            return value
        step = _STEP.match(expression, place)
        if step is None:
            raise Unresolved(name, f"${{{expression}}} cannot be read: write name.member[0].")
        place = step.end()
        key: str | int = int(step[2]) if step[2] is not None else step[1] or step[3]
        try:
            value = _inside(value)[key]
        except (KeyError, IndexError, TypeError):
            raise Unresolved(
                name, f"${{{expression}}} has no value: {name} has no {expression[len(name) :]}."
            ) from None


def _inside(value: Any) -> Any:
    """*value*, of which members are asked; text has none, though Python would give letters."""
    if isinstance(value, str):
        raise TypeError("text")
    return value


def _refuse_absent(name: str, expression: str, value: Any, network: Any) -> None:
    """Unresolved where a value by network has nothing for the one that is called."""
    if isinstance(network, str) and is_by_network(value) and network not in value:
        known = ", ".join(value)
        message = f"${{{expression}}} has nothing for {network}; it has {known}."
        raise Unresolved(name, message)


def _is_for(network: Any, value: Any) -> bool:
    """Whether *value* has a member per network, one of them for this one."""
    return isinstance(network, str) and is_by_network(value) and network in value
