"""A curl command for each operation: what can be known is filled in, the rest is a variable."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

Json = dict[str, Any]

_FORM_TYPE = "application/x-www-form-urlencoded"
_PARAMETER = re.compile(r"\{(\w+)\}")
# Members whose value another call gives: the shell variable, and where to take it from.
VARIABLES: Mapping[str, tuple[str, str]] = {
    "idToken": ("ID_TOKEN", "idToken of completeIdentityValidation"),
    "idTokens": ("ID_TOKEN", "idToken of completeIdentityValidation"),
    "recognitionTokens": (
        "RECOGNITION_TOKEN",
        "recognitionToken of completeIdentityValidation with REMEMBER_ME",
    ),
    "srcCorrelationId": ("SRC_CORRELATION_ID", "srcCorrelationId of any answer"),
    "srcDigitalCardId": ("SRC_DIGITAL_CARD_ID", "maskedCard.srcDigitalCardId of enrollCard"),
    "idValidationSessionId": (
        "ID_VALIDATION_SESSION_ID",
        "idValidationSessionId of initiateIdentityValidation",
    ),
    "client_id": ("CLIENT_ID", "authentication.oauth2.clientId of a client, control port"),
    "client_secret": (
        "CLIENT_SECRET",
        "authentication.oauth2.clientSecret of a client, control port",
    ),
    "authenticationSessionId": (
        "AUTHENTICATION_SESSION_ID",
        "authenticationSessionId of initiateAuthentication",
    ),
    "validationData": ("CODE", "the one-time code: GET /v1/sandboxes/default/otps, control port"),
    "srcConsumerId": ("SRC_CONSUMER_ID", "srcConsumerId of a consumer"),
    "addressId": ("ADDRESS_ID", "addressId of an address"),
    "batchId": ("BATCH_ID", "batchId of the batch's first answer"),
    "id": ("ID", "the id, percent-encoded"),
    "network": ("NETWORK", "visa, mastercard, amex or discover"),
    "action": ("ACTION", "what to do"),
}


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command; *variables* says what it needs besides, and where to take it from."""

    text: str
    variables: tuple[tuple[str, str], ...]


def command_of(
    method: str,
    path: str,
    operation: Json,
    *,
    base: str,
    example: Json,
    known: Json,
    credentials: str = "",
) -> Command:
    """The command for a server at *base*.

    *example* is a recorded call, *known* what this server's default sandbox has, by member.
    """
    used: dict[str, str] = {}
    content: Json = operation.get("requestBody", {}).get("content", {})
    form = content.get(_FORM_TYPE, {}).get("example")
    members = _replaced(form or example.get("request"), known, used)
    query = _replaced(example.get("query"), known, used)
    filled = _PARAMETER.sub(lambda found: _value(found.group(1), known, used), path)
    if query:
        filled += "?" + urlencode(query, safe="$")
    must_have_body = operation.get("requestBody", {}).get("required", False)
    body = ""
    if form is not None:
        data = shlex.quote(urlencode(members, safe="$")).replace("'", '"')
        text = _written(method, base + filled, "", credentials)
        return Command(f"{text} \\\n  -d {data}", tuple(used.items()))
    if members or must_have_body:
        body = json.dumps(members or {}, indent=2, ensure_ascii=False)
    return Command(_written(method, base + filled, body, credentials), tuple(used.items()))


def _written(method: str, url: str, body: str, credentials: str) -> str:
    quoted = f'"{url}"' if "$" in url else shlex.quote(url)
    opening = f"curl -sS {quoted}" if method == "GET" else f"curl -sS -X {method} {quoted}"
    if credentials:
        opening += f' \\\n  -H "{credentials}"'
    if not body:
        return opening
    # A here-document fills variables in and leaves quotes alone.
    data = f"-d @- <<JSON\n{body}\nJSON" if "$" in body else f"-d {shlex.quote(body)}"
    return f"{opening} \\\n  -H 'Content-Type: application/json' \\\n  {data}"


def _value(name: str, known: Json, used: dict[str, str]) -> str:
    if name in known:
        return str(known[name])
    variable, source = VARIABLES.get(name, (re.sub(r"([A-Z])", r"_\1", name).upper(), name))
    used[variable] = source
    return f"${variable}"


def _replaced(value: Any, known: Json, used: dict[str, str], name: str = "") -> Any:
    """The example with this server's values, and variables for what only a call can tell."""
    if name in known:
        return known[name]
    if name in VARIABLES and isinstance(value, str):
        return _value(name, known, used)
    if isinstance(value, dict):
        return {key: _replaced(member, known, used, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_replaced(member, known, used, name) for member in value]
    return value
