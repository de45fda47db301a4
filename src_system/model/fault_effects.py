"""What a fault does to a call: the effects, which can meet which operation, what can be forged."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import exp, log
from statistics import NormalDist
from typing import Any

from src_system.model.code_delivery import CodeDelivery
from src_system.model.consumer import ConsumerStatus
from src_system.model.digital_card import DigitalCardStatus

_NORMAL = NormalDist()
_P95 = _NORMAL.inv_cdf(0.95)
_TAIL = 1e-6  # no delay is drawn from beyond: a lognormal has no end


class TransportFault(StrEnum):
    """What happens to the answer on the wire."""

    HANG = "hang"
    RESET = "reset"
    EMPTY = "empty"
    TRUNCATE = "truncate"
    MALFORMED = "malformed"
    DRIP = "drip"


class Phase(StrEnum):
    """Whether the operation had run when the connection failed."""

    BEFORE = "before"
    AFTER = "after"


class MalformedPart(StrEnum):
    """What of a malformed answer is no longer HTTP or JSON."""

    HTTP = "http"
    CHUNK = "chunk"
    JSON = "json"


class Artefact(StrEnum):
    """What can be tampered with."""

    CHECKOUT_RESPONSE = "checkoutResponse"
    PAYLOAD = "payload"
    ID_TOKEN = "idToken"
    RECOGNITION_TOKEN = "recognitionToken"
    KEYS = "keys"


class Tampering(StrEnum):
    """The one thing that is wrong with an artefact."""

    BAD_SIGNATURE = "badSignature"
    ALG_NONE = "algNone"
    UNKNOWN_KID = "unknownKid"
    EXPIRED = "expired"
    NOT_YET_VALID = "notYetValid"
    WRONG_AUDIENCE = "wrongAudience"
    WRONG_KEY = "wrongKey"
    BAD_TAG = "badTag"
    DROP_MEMBER = "dropMember"
    SWAP_WITH_PREVIOUS = "swapWithPrevious"


@dataclass(frozen=True, slots=True)
class ErrorEffect:
    """A refusal in the network's own form; without status and message those of the reason."""

    reason: str
    status: int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class HttpEffect:
    """An answer of something in front of the SRC System, such as a load balancer."""

    status: int
    retry_after_seconds: int | None = None
    body: Any = None


@dataclass(frozen=True, slots=True)
class LatencyEffect:
    """A delay before the operation runs. Uniform from least to most; the same twice is fixed.

    With a *p95* it is lognormal, and *least* its median.
    """

    least: timedelta
    most: timedelta
    p95: timedelta | None = None

    @property
    def is_random(self) -> bool:
        """Whether two calls may wait differently long."""
        return self.p95 is not None or self.least != self.most

    def delay(self, share: float) -> timedelta:
        """How long to wait where the roll, from 0 to 1, is *share*."""
        if self.p95 is None:
            return self.least + (self.most - self.least) * share
        median = self.least.total_seconds()
        sigma = log(self.p95.total_seconds() / median) / _P95
        place = _NORMAL.inv_cdf(min(max(share, _TAIL), 1 - _TAIL))
        return timedelta(seconds=median * exp(sigma * place))


@dataclass(frozen=True, slots=True)
class TransportEffect:
    """A connection that fails; `over` is how long a dripping answer takes."""

    kind: TransportFault
    phase: Phase
    part: MalformedPart = MalformedPart.CHUNK
    over: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class TamperEffect:
    """An artefact with one thing wrong; *member* is the one dropped, None for the usual one."""

    artefact: Artefact
    how: Tampering
    member: str | None = None


@dataclass(frozen=True, slots=True)
class CodeEffect:
    """One-time codes that arrive otherwise during the call."""

    delivery: CodeDelivery


@dataclass(frozen=True, slots=True)
class StateEffect:
    """Another status for the call's card or consumer: one of the two is set.

    At once means before the operation runs; *after* a time, by the sandbox's clock, or when
    *calls* matching calls have been answered.
    """

    card: DigitalCardStatus | None = None
    consumer: ConsumerStatus | None = None
    after: timedelta | None = None
    calls: int | None = None


@dataclass(frozen=True, slots=True)
class QuotaEffect:
    """At most *limit* calls in each period, which begins with the first call after the last."""

    limit: int
    per: timedelta


Effect = (
    ErrorEffect
    | HttpEffect
    | LatencyEffect
    | TransportEffect
    | TamperEffect
    | CodeEffect
    | StateEffect
    | QuotaEffect
)


def slot_of(effect: Effect) -> str:
    """What the effect decides about a call: of two in one slot only one takes effect."""
    match effect:
        case ErrorEffect() | HttpEffect() | QuotaEffect():
            return "answer"
        case TamperEffect(artefact=artefact):
            return f"tamper {artefact}"
        case LatencyEffect():
            return "latency"
        case TransportEffect():
            return "transport"
        case CodeEffect():
            return "otp"
        case StateEffect():
            return "state"


# Who makes what: an effect is met by no other operation.
MAKERS: dict[Artefact, frozenset[str]] = {
    Artefact.CHECKOUT_RESPONSE: frozenset({"checkout"}),
    Artefact.PAYLOAD: frozenset({"checkout", "getPayload"}),
    Artefact.ID_TOKEN: frozenset(
        {
            "enrollCard",
            "isRecognized",
            "getSrcProfile",
            "completeIdentityValidation",
            "completeAuthentication",
        }
    ),
    Artefact.RECOGNITION_TOKEN: frozenset(
        {"checkout", "completeIdentityValidation", "completeAuthentication"}
    ),
    Artefact.KEYS: frozenset({"keys"}),
}
CODE_SENDERS = frozenset({"initiateIdentityValidation", "initiateAuthentication"})


def operations_of(effect: Effect) -> frozenset[str] | None:
    """The operations that can meet *effect*; None for all."""
    match effect:
        case TamperEffect(artefact=artefact):
            return MAKERS[artefact]
        case CodeEffect():
            return CODE_SENDERS
        case _:
            return None


_OF_ANY_JWS = frozenset(
    {
        Tampering.BAD_SIGNATURE,
        Tampering.ALG_NONE,
        Tampering.UNKNOWN_KID,
        Tampering.WRONG_KEY,
        Tampering.EXPIRED,
        Tampering.NOT_YET_VALID,
        Tampering.DROP_MEMBER,
    }
)
# The decision table: what can be wrong with what. A checkoutResponse names no audience, a token has
# no tag, and of keys all that can be wrong is that they are not the signer's.
POSSIBLE_TAMPERING: dict[Artefact, frozenset[Tampering]] = {
    Artefact.CHECKOUT_RESPONSE: _OF_ANY_JWS | {Tampering.SWAP_WITH_PREVIOUS},
    Artefact.PAYLOAD: frozenset(
        {
            Tampering.BAD_TAG,
            Tampering.WRONG_KEY,
            Tampering.UNKNOWN_KID,
            Tampering.EXPIRED,
            Tampering.DROP_MEMBER,
            Tampering.SWAP_WITH_PREVIOUS,
        }
    ),
    Artefact.ID_TOKEN: _OF_ANY_JWS | {Tampering.WRONG_AUDIENCE},
    Artefact.RECOGNITION_TOKEN: _OF_ANY_JWS | {Tampering.WRONG_AUDIENCE},
    Artefact.KEYS: frozenset({Tampering.UNKNOWN_KID, Tampering.WRONG_KEY, Tampering.DROP_MEMBER}),
}
_OF_ANY_TOKEN = frozenset({"iss", "aud", "iat", "exp", "jti", "simulated", "sandbox", "sandboxEra"})
# What dropMember can drop: the members of the top level that an artefact has at some network.
MEMBERS: dict[Artefact, frozenset[str]] = {
    Artefact.CHECKOUT_RESPONSE: frozenset(
        {
            "srcCorrelationId",
            "srciTransactionId",
            "encryptedPayload",
            "maskedCard",
            "maskedConsumer",
            "shippingAddressZip",
            "shippingCountryCode",
            "assuranceData",
            "threeDsOutputData",
            "eventHistory",
            "isNewUser",
        }
    ),
    Artefact.PAYLOAD: frozenset(
        {
            "card",
            "token",
            "srcTokenResultsData",
            "paymentAccountReference",
            "dynamicData",
            "consumerFirstName",
            "consumerLastName",
            "consumerFullName",
            "consumerEmailAddress",
            "consumerMobileNumber",
            "consumerNationalIdentifier",
            "billingAddress",
            "shippingAddress",
        }
    ),
    Artefact.ID_TOKEN: _OF_ANY_TOKEN
    | {
        "sub",
        "amr",
        "auth_time",
        "email",
        "email_verified",
        "src_email_mask",
        "phone_number",
        "phone_number_verified",
        "src_phone_number_mask",
    },
    Artefact.RECOGNITION_TOKEN: _OF_ANY_TOKEN
    | {"appInstanceId", "consumerId", "srciClientId", "scopes", "programId"},
    Artefact.KEYS: frozenset({"kty", "kid", "use", "alg", "key_ops", "e", "n"}),
}
