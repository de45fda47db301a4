"""Authentication of a cardholder or consumer by the SRC System: methods, states and rules (4.13).

Pending → Authenticated or NotAuthenticated; nothing leaves either.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from src_system.model.consumer import IdentityType
from src_system.model.errors import (
    AuthenticateFailure,
    CodeExpired,
    InvalidState,
    InvalidValue,
    MissingMember,
    RetriesExceeded,
    SrcError,
)
from src_system.model.transaction_options import ThreeDsWishes, TransactionAmount


class AuthenticationMethod(StrEnum):
    """How somebody is authenticated (spec 5.15)."""

    THREE_DS = "3DS"
    CARD_SECURITY_CODE = "CARD_SECURITY_CODE"
    EMAIL_OTP = "EMAIL_OTP"
    SMS_OTP = "SMS_OTP"
    FIDO2 = "FIDO2"


# The channel of a one-time code; the other methods have none.
OTP_CHANNELS: dict[AuthenticationMethod, IdentityType] = {
    AuthenticationMethod.EMAIL_OTP: IdentityType.EMAIL_ADDRESS,
    AuthenticationMethod.SMS_OTP: IdentityType.MOBILE_PHONE_NUMBER,
}


# What only a card can be proven by; what it proves is that the card is at hand, and of nobody who
# they are: a card may have been put into another's profile.
OF_CARDS_ONLY = frozenset({AuthenticationMethod.THREE_DS, AuthenticationMethod.CARD_SECURITY_CODE})


class AuthenticationSubject(StrEnum):
    """Who is authenticated (spec 6)."""

    CARDHOLDER = "CARDHOLDER"
    CONSUMER = "CONSUMER"


class AuthenticationReason(StrEnum):
    """What for (spec 4.13, 6)."""

    TRANSACTION_AUTHENTICATION = "TRANSACTION_AUTHENTICATION"
    ENROL_FINANCIAL_INSTRUMENT = "ENROL_FINANCIAL_INSTRUMENT"
    CONSUMER_IDENTITY_VALIDATION = "CONSUMER_IDENTITY_VALIDATION"
    CARD_VERIFICATION = "CARD_VERIFICATION"


NEEDING_AMOUNT = frozenset(
    {AuthenticationReason.TRANSACTION_AUTHENTICATION, AuthenticationReason.CARD_VERIFICATION}
)


class AuthenticationState(StrEnum):
    """The state as kept; an end that has passed is seen from `expires_at`."""

    PENDING = "PENDING"
    AUTHENTICATED = "AUTHENTICATED"
    NOT_AUTHENTICATED = "NOT_AUTHENTICATED"


class TransStatus(StrEnum):
    """Outcome of 3-D Secure, in EMV 3DS's letters."""

    AUTHENTICATED = "Y"
    ATTEMPTED = "A"
    NOT_AUTHENTICATED = "N"
    CHALLENGE = "C"


@dataclass(frozen=True, slots=True)
class AskedBy:
    """What an authentication wants a one-time code for."""

    method: AuthenticationMethod
    reason: AuthenticationReason


@dataclass(frozen=True, slots=True)
class Authentication:
    """One authentication in a checkout session; `src_digital_card_id` unless only a person's.

    `id_validation_session_id` is where the one-time code of an OTP or of a 3DS challenge lives.
    """

    authentication_id: str
    src_correlation_id: str
    src_client_id: str
    src_consumer_id: str
    src_digital_card_id: str | None
    method: AuthenticationMethod
    subject: AuthenticationSubject
    reason: AuthenticationReason
    state: AuthenticationState
    wrong_tries: int
    id_validation_session_id: str | None
    transaction_amount: TransactionAmount | None
    trans_status: TransStatus | None
    expires_at: datetime
    completed_at: datetime | None

    @property
    def is_proven(self) -> bool:
        """Whether the subject was truly authenticated: an attempt alone proves nobody."""
        return (
            self.state is AuthenticationState.AUTHENTICATED
            and self.trans_status is not TransStatus.ATTEMPTED
        )

    def failed_for(self, amount: TransactionAmount | None) -> bool:
        """Whether the cardholder failed to prove a transaction of *amount*."""
        return (
            self.state is AuthenticationState.NOT_AUTHENTICATED
            and self.trans_status is TransStatus.NOT_AUTHENTICATED
            and self.transaction_amount == amount
        )

    def covers(self, amount: TransactionAmount | None) -> bool:
        """Whether it speaks for a transaction of *amount*: the same amount and currency."""
        return (
            self.state is AuthenticationState.AUTHENTICATED
            and self.reason is AuthenticationReason.TRANSACTION_AUTHENTICATION
            and self.transaction_amount == amount
        )


@dataclass(frozen=True, slots=True)
class AuthenticationAttempt:
    """What a try leads to: the state to keep, and the refusal to raise after it."""

    authentication: Authentication
    refusal: SrcError | None


_CHALLENGE_WANTED = frozenset({"03", "04"})  # EMV 3DS: requestor's preference, mandate


def decide_three_ds(wishes: ThreeDsWishes, usual: TransStatus | None = None) -> TransStatus:
    """What the simulated issuer's access control says: frictionless unless a challenge is asked.

    *usual* is its answer to this card when nothing is asked. A suppressed challenge that would be
    needed ends as attempted. Who is turned away is not asked for a challenge either.
    """
    if usual is TransStatus.NOT_AUTHENTICATED:
        return usual
    wants_challenge = wishes.force_challenge or wishes.challenge_indicator in _CHALLENGE_WANTED
    if wants_challenge or usual is TransStatus.CHALLENGE:
        return TransStatus.ATTEMPTED if wishes.suppress_challenge else TransStatus.CHALLENGE
    return usual or TransStatus.AUTHENTICATED


def no_amount(currency_code: str) -> TransactionAmount:
    """The amount of an authentication that is not about a payment (spec 4.13)."""
    return TransactionAmount(Decimal("0.00"), currency_code)


def refuse_unfit_method(
    method: AuthenticationMethod, subject: AuthenticationSubject, *, has_card: bool
) -> None:
    """Raise MissingMember, InvalidValue for a method of cards without one, or to prove a person."""
    if method not in OF_CARDS_ONLY:
        return
    if not has_card:
        raise MissingMember(
            f"{method} authenticates the holder of a card.",
            source="accountReference.srcDigitalCardId",
        )
    if subject is AuthenticationSubject.CONSUMER:
        raise InvalidValue(
            f"{method} proves a CARDHOLDER.", source="authenticationMethod.authenticationSubject"
        )


def refuse_over(authentication: Authentication, now: datetime) -> None:
    """Raise InvalidState or CodeExpired unless a try may be made at *now*."""
    if authentication.state is not AuthenticationState.PENDING:
        raise InvalidState(
            "The authentication is over.",
            source="authenticationSessionId",
            seen={"authentication_state": authentication.state},
        )
    if authentication.expires_at <= now:
        raise CodeExpired(
            "The authentication has expired.",
            source="authenticationSessionId",
            seen={"code_expires_at": authentication.expires_at, "now": now},
        )


def succeed(authentication: Authentication, now: datetime) -> Authentication:
    """The authentication after the right proof."""
    is_three_ds = authentication.method is AuthenticationMethod.THREE_DS
    return replace(
        authentication,
        state=AuthenticationState.AUTHENTICATED,
        trans_status=TransStatus.AUTHENTICATED if is_three_ds else authentication.trans_status,
        completed_at=now,
    )


def fail(
    authentication: Authentication, now: datetime, *, wrong_tries_max: int, is_last: bool = False
) -> AuthenticationAttempt:
    """The authentication after a wrong proof: one try fewer, or over."""
    wrong_tries = authentication.wrong_tries + 1
    seen = {"method": authentication.method, "wrong_tries": wrong_tries}
    if not is_last and wrong_tries < wrong_tries_max:
        left = wrong_tries_max - wrong_tries
        return AuthenticationAttempt(
            replace(authentication, wrong_tries=wrong_tries),
            AuthenticateFailure(
                f"The proof is wrong; {left} {'try' if left == 1 else 'tries'} left.",
                source="methodAttributes",
                seen={**seen, "tries_left": left},
            ),
        )
    is_three_ds = authentication.method is AuthenticationMethod.THREE_DS
    over = replace(
        authentication,
        wrong_tries=wrong_tries,
        state=AuthenticationState.NOT_AUTHENTICATED,
        trans_status=TransStatus.NOT_AUTHENTICATED if is_three_ds else None,
        completed_at=now,
    )
    return AuthenticationAttempt(over, RetriesExceeded(source="methodAttributes", seen=seen))


# What a proof settles of a card that waits (spec 5.9): PENDING_AVS wants an address instead.
_SETTLED: dict[AuthenticationMethod, frozenset[str]] = {
    AuthenticationMethod.THREE_DS: frozenset({"PENDING_SCA", "PENDING_CONSUMER_IDV"}),
    AuthenticationMethod.FIDO2: frozenset({"PENDING_SCA", "PENDING_CONSUMER_IDV"}),
    # PENDING_CSC is about the code itself: nothing else stands in for it.
    AuthenticationMethod.CARD_SECURITY_CODE: frozenset(
        {"PENDING_SCA", "PENDING_CSC", "PENDING_CONSUMER_IDV"}
    ),
    AuthenticationMethod.EMAIL_OTP: frozenset({"PENDING_CONSUMER_IDV"}),
    AuthenticationMethod.SMS_OTP: frozenset(
        {"PENDING_CONSUMER_IDV", "PENDING_BILLING_PHONE_NUMBER"}
    ),
}


def still_pending(method: AuthenticationMethod, pending_events: tuple[str, ...]) -> tuple[str, ...]:
    """The pendingEvents left after *method* has succeeded."""
    return tuple(event for event in pending_events if event not in _SETTLED[method])
