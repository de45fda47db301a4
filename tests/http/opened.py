"""What an answer says once every JWS in it is read and every JWE for the client is opened."""

import base64
import json
import re
from typing import Any

from src_system.crypto import jwe
from src_system.crypto.rsa_keys import PrivateKey, private_from_jwk
from tests.http.initiator import Answer, Initiator, Json
from tests.http.life import Life

_JWS = re.compile(r"ey[\w-]+\.[\w-]+\.[\w-]+")
_JWE = re.compile(r"ey[\w-]+(?:\.[\w-]+){4}")
_CHARACTERS_MAX = 100_000


def payload_key(initiator: Initiator) -> PrivateKey:
    """The private key of the ready-made client."""
    return private_from_jwk(initiator.sandbox["clients"][0]["jwks"]["keys"][0])


def opened(value: Any, key: PrivateKey) -> Any:
    """*value* with documents in place of their signed or encrypted forms."""
    if isinstance(value, dict):
        return {name: opened(member, key) for name, member in value.items()}
    if isinstance(value, list):
        return [opened(member, key) for member in value]
    if isinstance(value, str) and _JWS.fullmatch(value):
        header, claims, _ = value.split(".")
        return {"header": _document(header), "claims": opened(_document(claims), key)}
    if isinstance(value, str) and _JWE.fullmatch(value):
        unopened = jwe.parse(value, max_length=_CHARACTERS_MAX)
        content = jwe.open_jwe(unopened, key, enc_allowed=("A128GCM", "A256GCM"))
        return {"header": dict(unopened.header), "content": json.loads(content)}
    return value


def told(initiator: Initiator, answer: Answer, key: PrivateKey) -> Json:
    """The whole answer, as it would be in a sandbox of any name."""
    document = {"status": answer.status, "body": opened(answer.body, key)}
    text = json.dumps(document, sort_keys=True).replace(initiator.name, "SANDBOX")
    nameless: Json = json.loads(re.sub(r', "sandboxEra": \d+', "", text))
    return nameless


def everything_told(life: Life) -> list[str]:
    """All that was told in the sandbox, flow by flow and step by step, whenever it was told."""
    key = payload_key(life.initiator)
    return sorted(
        f"{flow} {step:03d} {json.dumps(told(life.initiator, answer, key), sort_keys=True)}"
        for flow, step, answer in life.told
    )


def claims(token: str) -> Json:
    """What a JWS says, believed by nobody."""
    return _document(token.split(".")[1])


def _document(part: str) -> Json:
    text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    document: Json = json.loads(text)
    return document
