"""Opening an entry: bodies read, signatures checked, what is encrypted to our keys decrypted."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from src_system.clock import epoch_seconds
from src_system.crypto import jwe, jws
from src_system.journal.keys import HeldKeys
from src_system.model.journal import Artefact, ArtefactKind, Exchange, JournalEntry
from src_system.networks import PROFILES

ARTEFACT_CHARACTERS_MAX = 262_144  # as much as the largest body can hold
NESTING_MAX = 6
_CONTENT_ENCRYPTIONS = tuple(jwe.CONTENT_KEY_BYTES)
_LEEWAY_SECONDS = 60
_JWS_DOTS, _JWE_DOTS = _DOTS = 2, 4
_DECODER = msgspec.json.Decoder()
_BEARER = "bearer "


def open_exchange(
    entry: JournalEntry, keys: HeldKeys, *, members: frozenset[str] | None = None
) -> Exchange:
    """*entry* with what its bodies say, as far as *keys* reach. Nothing in it makes this fail.

    With *members* only artefacts that stand in members of these names are opened: each costs a
    public or a private operation, and whoever reads a whole journal wants few of them.
    """
    query = query_of(entry.path)
    request, response = read_object(entry.request_body), read_object(entry.response_body)
    opener = _Opener(entry, keys, members)
    opener.look_into(query, "request")
    opener.look_into(_headers_with_tokens(entry), "request")
    opener.look_into(request, "request")
    opener.look_into(response, "response")
    return Exchange(entry, request, query, response, opener.artefacts)


def query_of(path: str) -> dict[str, str]:
    """The parameters of *path*'s query string; of one that stands twice the first."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(urlsplit(path).query, keep_blank_values=True):
        query.setdefault(name, value)
    return query


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in *raw*, an empty one when it is none."""
    try:
        document = _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _headers_with_tokens(entry: JournalEntry) -> dict[str, str]:
    """An idToken that came in a header, as the member that it stands for (spec 8.6)."""
    profile = PROFILES.get(entry.network)
    name = profile.consumer_token_header if profile is not None else None
    for sent, value in entry.request_headers.items():
        if name is not None and sent.lower() == name.lower() and value.lower().startswith(_BEARER):
            return {"idToken": value[len(_BEARER) :]}
    return {}


class _Opener:
    """Walks through documents and keeps every artefact it meets, by its path."""

    def __init__(self, entry: JournalEntry, keys: HeldKeys, members: frozenset[str] | None) -> None:
        self._members = members
        self._network = entry.network
        self._at = entry.at
        self._keys = keys
        self.artefacts: dict[str, Artefact] = {}

    def look_into(self, document: Mapping[str, Any], path: str, nesting: int = 0) -> None:
        """Find and open what is in *document*."""
        for member_path, text in texts_of(document, path):
            if text.count(".") not in _DOTS:  # first: nearly every text is done with here
                continue
            if self._members is not None and _member(member_path) not in self._members:
                continue
            artefact = self._artefact(text)
            if artefact is None:
                continue
            self.artefacts[member_path] = artefact
            if artefact.content is not None and nesting < NESTING_MAX:
                self.look_into(artefact.content, member_path, nesting + 1)

    def _artefact(self, text: str) -> Artefact | None:
        """*text* opened, None when it is neither a JWS nor a JWE."""
        dots = text.count(".")
        try:
            if dots == _JWS_DOTS:
                return self._signed(jws.parse(text, max_length=ARTEFACT_CHARACTERS_MAX))
            if dots == _JWE_DOTS:
                return self._encrypted(jwe.parse(text, max_length=ARTEFACT_CHARACTERS_MAX))
        except (jws.JwsRefused, jwe.JweRefused):
            return None
        return None

    def _signed(self, unverified: jws.UnverifiedJws) -> Artefact:
        header = unverified.header
        content = read_object(unverified.payload) or None
        is_valid, problem = self._judge_signature(unverified)
        if is_valid:
            problem = _problem_of_times(content or {}, self._at)
            is_valid = problem is None
        return Artefact(ArtefactKind.JWS, header, content, is_valid, problem)

    def _judge_signature(self, unverified: jws.UnverifiedJws) -> tuple[bool | None, str | None]:
        algorithm, kid = unverified.header.get("alg"), unverified.header.get("kid")
        if algorithm != jws.ALGORITHM:
            return False, f"Its alg is {algorithm}; only {jws.ALGORITHM} is accepted."
        key = self._keys.signer(kid)
        if key is None:
            return None, f"No network has a signature key with the kid {kid}."
        try:
            jws.verify(unverified, key)
        except jws.JwsRefused as refused:
            return False, str(refused)
        return True, None

    def _encrypted(self, unopened: jwe.UnopenedJwe) -> Artefact:
        header, kid = unopened.header, unopened.header.get("kid")
        refused: str | None = None
        for key in self._keys.openers(kid, self._network):
            try:
                clear = jwe.open_jwe(unopened, key, enc_allowed=_CONTENT_ENCRYPTIONS)
            except jwe.JweRefused as refusal:
                refused = str(refusal)
                continue
            content = read_object(clear) or None
            problem = "What it holds is no JSON object." if content is None else None
            return Artefact(ArtefactKind.JWE, header, content, True, problem)
        if refused is not None:
            return Artefact(ArtefactKind.JWE, header, None, False, refused)
        problem = f"The sandbox holds no private key with the kid {kid}."
        return Artefact(ArtefactKind.JWE, header, None, None, problem)


def _member(path: str) -> str:
    """The name of the member at *path*, also of one in a list."""
    return path.rpartition(".")[2].partition("[")[0]


def texts_of(document: object, path: str) -> Iterator[tuple[str, str]]:
    """(path, text) of every text in *document*, without recursion, in its order."""
    pending: list[tuple[str, object]] = [(path, document)]
    while pending:
        at, value = pending.pop()
        if isinstance(value, str):
            yield at, value
        elif isinstance(value, Mapping):
            pending.extend(reversed([(f"{at}.{name}", member) for name, member in value.items()]))
        elif isinstance(value, list):
            pending.extend(reversed([(f"{at}[{n}]", member) for n, member in enumerate(value)]))


def _problem_of_times(claims: Mapping[str, Any], at: datetime) -> str | None:
    """Why a token was not valid at *at*, None when it was, or says nothing about it."""
    moment = epoch_seconds(at)
    expiry, not_before = claims.get("exp"), claims.get("nbf", claims.get("iat"))
    if isinstance(expiry, int) and moment >= expiry:
        return "It had expired."
    if isinstance(not_before, int) and not_before > moment + _LEEWAY_SECONDS:
        return "It was not valid yet."
    return None
