"""Artefacts that look right and are wrong in exactly one way.

Everything but the one thing is as it should be: a bad signature has the right length, a token that
has expired was signed by the right key, and so on. Only so can a client show that it checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from src_system.clock import epoch_seconds
from src_system.crypto import base64url, jws
from src_system.crypto.keyring import Key, Keyring
from src_system.crypto.rsa_keys import PublicKey
from src_system.model.fault_effects import Artefact, TamperEffect, Tampering
from src_system.networks.forms import write_instant
from src_system.networks.profile import NetworkProfile
from src_system.payloads.seals import Jwks, Seals

_HOUR = timedelta(hours=1)
_STALE = timedelta(days=1)  # no checkout session lasts so long
_STAMP = "20200229000000"  # of a key that no network has
_ELSEWHERE = "https://another.src-system.test"
_DROPPED = {
    Artefact.CHECKOUT_RESPONSE: ("maskedCard",),
    Artefact.PAYLOAD: ("dynamicData", "token", "card", "consumerEmailAddress", "billingAddress"),
    Artefact.ID_TOKEN: ("exp",),
    Artefact.RECOGNITION_TOKEN: ("exp",),
    Artefact.KEYS: ("n",),
}
_PAST_EXPIRY = {"Month": "01", "Year": "2020"}
_DECODER = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class TamperingSeals(Seals):
    """Seals for one call. `used` fills with what they did come to tamper with.

    *decoys* are another SRC System's keys, *previous* the artefacts of the client's checkout before
    this one.
    """

    effects: Mapping[Artefact, TamperEffect]
    profile: NetworkProfile
    keyring: Keyring
    decoys: Keyring
    now: datetime
    unknown_recipient_kid: str
    previous: Mapping[Artefact, str] = field(default_factory=dict)
    used: set[Artefact] = field(default_factory=set)

    def sign(
        self, artefact: Artefact, payload: bytes, *, key: Key, header: Mapping[str, object]
    ) -> str:
        """The JWS, tampered with where this artefact is to be."""
        effect = self.effects.get(artefact)
        if effect is None:
            return jws.sign(payload, key=key.private, header=header)
        made = self._sign(artefact, effect, payload, key, header)
        if made is None:
            return jws.sign(payload, key=key.private, header=header)
        self.used.add(artefact)
        return made

    def _sign(
        self,
        artefact: Artefact,
        effect: TamperEffect,
        payload: bytes,
        key: Key,
        header: Mapping[str, object],
    ) -> str | None:
        match effect.how:
            case Tampering.BAD_SIGNATURE:
                return _flip_end(jws.sign(payload, key=key.private, header=header))
            case Tampering.ALG_NONE:
                return _unsigned(payload, header)
            case Tampering.UNKNOWN_KID:
                kid = self.profile.signature_kid.format(stamp=_STAMP)
                return jws.sign(payload, key=self._decoy.private, header={**header, "kid": kid})
            case Tampering.WRONG_KEY:
                return jws.sign(payload, key=self._decoy.private, header=header)
            case Tampering.SWAP_WITH_PREVIOUS:
                return self.previous.get(artefact)
            case Tampering.EXPIRED | Tampering.NOT_YET_VALID if (
                artefact is Artefact.CHECKOUT_RESPONSE
            ):
                return jws.sign(payload, key=key.private, header=self._shifted(header, effect.how))
            case _:
                changed = self._changed(artefact, effect, _DECODER.decode(payload))
                if changed is None:
                    return None
                return jws.sign(msgspec.json.encode(changed), key=key.private, header=header)

    @property
    def _decoy(self) -> Key:
        return self.decoys.signing(self.now)

    def _shifted(self, header: Mapping[str, object], how: Tampering) -> dict[str, object]:
        """A checkoutResponse says when it was issued in its header (spec 8.2)."""
        moment = self.now - _STALE if how is Tampering.EXPIRED else self.now + _HOUR
        issued_at = epoch_seconds(moment)
        return {**header, "iat": str(issued_at) if self.profile.jws_iat_is_text else issued_at}

    def _changed(
        self, artefact: Artefact, effect: TamperEffect, claims: dict[str, Any]
    ) -> dict[str, Any] | None:
        """The members with the one thing wrong in them; None where there is no such thing."""
        moment = epoch_seconds(self.now)
        hour = int(_HOUR.total_seconds())
        match effect.how:
            case Tampering.EXPIRED:
                life = claims["exp"] - claims["iat"]
                issued_at = moment - hour - life
                times = {"iat": issued_at, "exp": moment - hour}
                if "auth_time" in claims:  # nobody is validated after the token that says so
                    times["auth_time"] = min(claims["auth_time"], issued_at)
                return claims | times
            case Tampering.NOT_YET_VALID:
                return claims | {
                    "iat": claims["iat"] + hour,
                    "nbf": moment + hour,
                    "exp": claims["exp"] + hour,
                }
            case Tampering.WRONG_AUDIENCE:
                return claims | {"aud": [_ELSEWHERE]}
            case _:
                return _without(claims, artefact, effect.member)

    def encrypt(
        self, document: Mapping[str, Any], *, key: PublicKey, enc: str, header: Mapping[str, object]
    ) -> str:
        """The JWE, tampered with where the payload is to be."""
        effect = self.effects.get(Artefact.PAYLOAD)
        made = None if effect is None else self._encrypt(effect, document, key, enc, header)
        if made is None:
            return Seals.encrypt(self, document, key=key, enc=enc, header=header)
        self.used.add(Artefact.PAYLOAD)
        return made

    def _encrypt(
        self,
        effect: TamperEffect,
        document: Mapping[str, Any],
        key: PublicKey,
        enc: str,
        header: Mapping[str, object],
    ) -> str | None:
        changed: Mapping[str, Any] | None = document
        match effect.how:
            case Tampering.SWAP_WITH_PREVIOUS:
                return self.previous.get(Artefact.PAYLOAD)
            case Tampering.WRONG_KEY:  # to a key that the client does not hold, under its kid
                own = self.keyring.decryption(None)
                key = (own or self._decoy).public
            case Tampering.UNKNOWN_KID:
                header = {**header, "kid": self.unknown_recipient_kid}
            case Tampering.EXPIRED:
                changed = self._past(document)
            case Tampering.DROP_MEMBER:
                changed = _without(document, Artefact.PAYLOAD, effect.member)
        if changed is None:
            return None
        made = Seals.encrypt(self, changed, key=key, enc=enc, header=header)
        return _flip_end(made) if effect.how is Tampering.BAD_TAG else made

    def _past(self, document: Mapping[str, Any]) -> dict[str, Any] | None:
        """The payload with dynamic data that is no longer good; without any, a past card."""
        member = "dynamicDataExpiration"
        expired = write_instant(self.profile.dynamic_data_expiration_form, self.now - _HOUR)
        given = document.get("dynamicData")
        entries = given if isinstance(given, list) else [given] if given else []
        if any(member in entry for entry in entries):
            changed = [{**one, member: expired} if member in one else one for one in entries]
            return {**document, "dynamicData": changed if isinstance(given, list) else changed[0]}
        for name, prefix in (("token", "tokenExpiration"), ("card", "panExpiration")):
            if name in document:
                past = {f"{prefix}{part}": value for part, value in _PAST_EXPIRY.items()}
                return {**document, name: {**document[name], **past}}
        return None

    def publish(self, jwks: Jwks, *, signing_kid: str) -> Jwks:
        """The key set, with the key that signs missing, replaced or incomplete."""
        effect = self.effects.get(Artefact.KEYS)
        if effect is None:
            return jwks
        keys = []
        for entry in jwks["keys"]:
            if entry["kid"] != signing_kid:
                keys.append(entry)
            elif effect.how is Tampering.WRONG_KEY:
                keys.append({**entry, "n": self._decoy_modulus()})
            elif effect.how is Tampering.DROP_MEMBER:
                less = _without(entry, Artefact.KEYS, effect.member)
                if less is None:
                    return jwks
                keys.append(less)
        self.used.add(Artefact.KEYS)
        return {"keys": keys}

    def _decoy_modulus(self) -> object:
        published = {entry["kid"]: entry for entry in self.decoys.jwks(self.now)["keys"]}
        return published[self._decoy.kid]["n"]


def _without(
    members: Mapping[str, Any], artefact: Artefact, member: str | None
) -> dict[str, Any] | None:
    """*members* without the one named, else without the first there of the usual ones."""
    for name in (member,) if member is not None else _DROPPED[artefact]:
        if name in members:
            return {one: value for one, value in members.items() if one != name}
    return None


def _flip_end(compact: str) -> str:
    """The token with the last byte of its last part, signature or tag, changed."""
    head, _, tail = compact.rpartition(".")
    raw = base64url.decode(tail)
    return f"{head}.{base64url.encode(raw[:-1] + bytes([raw[-1] ^ 1]))}"


def _unsigned(payload: bytes, header: Mapping[str, object]) -> str:
    protected = msgspec.json.encode({"alg": "none", **header})
    return f"{base64url.encode(protected)}.{base64url.encode(payload)}."
