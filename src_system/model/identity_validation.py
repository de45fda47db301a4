"""Identity validation by one-time code, as a state machine of types (spec 4.5, 4.6, 10c).

Pending → Validated, Exhausted or Expired; nothing leaves Validated or Exhausted.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from src_system.model.consumer import IdentityType
from src_system.model.errors import CodeExpired, CodeInvalid, RetriesExceeded, SrcError


class ValidationState(StrEnum):
    """The state as kept; Expired is derived from `expires_at`."""

    PENDING = "PENDING"
    VALIDATED = "VALIDATED"
    EXHAUSTED = "EXHAUSTED"


class ValidationPurpose(StrEnum):
    """What a right code is good for: an idToken, or the one authentication that sent it."""

    IDENTITY = "IDENTITY"
    AUTHENTICATION = "AUTHENTICATION"


class OneTimeCodeState(StrEnum):
    """What became of one issued code; `expired` is derived from its `expires_at`."""

    ISSUED = "issued"
    SUPERSEDED = "superseded"
    CONSUMED = "consumed"
    EXPIRED = "expired"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class IdentityValidation:
    """One validation session: `issue_number` counts the codes sent, from 1."""

    id_validation_session_id: str
    src_consumer_id: str
    src_client_id: str
    identity_type: IdentityType
    identity_value: str
    channel: IdentityType
    state: ValidationState
    issue_number: int
    wrong_tries: int
    expires_at: datetime
    purpose: ValidationPurpose = ValidationPurpose.IDENTITY

    def is_expired(self, now: datetime) -> bool:
        """Whether the newest code is past its life at *now*."""
        return self.state is ValidationState.PENDING and self.expires_at <= now

    @property
    def seen(self) -> dict[str, Any]:
        """What a refusal tells of it."""
        return {
            "validation_state": self.state,
            "wrong_tries": self.wrong_tries,
            "codes_sent": self.issue_number,
            "code_expires_at": self.expires_at,
        }


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a try at the code leads to: the state to keep, and the refusal to raise after it."""

    validation: IdentityValidation
    refusal: SrcError | None


def resend(
    validation: IdentityValidation,
    *,
    channel: IdentityType,
    now: datetime,
    life: timedelta,
    resends_max: int,
) -> IdentityValidation:
    """The validation with a further code on *channel*; RetriesExceeded past *resends_max*."""
    if validation.state is ValidationState.EXHAUSTED or validation.issue_number > resends_max:
        raise RetriesExceeded(
            "Too many one-time codes were asked for; wait until they expire.",
            seen={**validation.seen, "codes_max": resends_max + 1},
        )
    return replace(
        validation,
        channel=channel,
        issue_number=validation.issue_number + 1,
        expires_at=now + life,
    )


def attempt(
    validation: IdentityValidation, *, is_right: bool, now: datetime, wrong_tries_max: int
) -> Attempt:
    """Judge a try at the code. The caller keeps the state first and raises the refusal then."""
    seen = {**validation.seen, "wrong_tries_max": wrong_tries_max, "now": now}
    if validation.state is ValidationState.EXHAUSTED:
        return Attempt(validation, RetriesExceeded(source="validationData", seen=seen))
    if validation.state is ValidationState.VALIDATED:
        return Attempt(
            validation,
            CodeExpired(
                "This one-time code has been used.",
                source="validationData",
                seen={"validation_state": validation.state},
            ),
        )
    if validation.is_expired(now):
        return Attempt(validation, CodeExpired(source="validationData", seen=seen))
    if is_right:
        return Attempt(replace(validation, state=ValidationState.VALIDATED), None)
    wrong_tries = validation.wrong_tries + 1
    if wrong_tries >= wrong_tries_max:
        exhausted = replace(validation, state=ValidationState.EXHAUSTED, wrong_tries=wrong_tries)
        seen |= {**exhausted.seen, "tries_left": 0}
        return Attempt(exhausted, RetriesExceeded(source="validationData", seen=seen))
    left = wrong_tries_max - wrong_tries
    return Attempt(
        replace(validation, wrong_tries=wrong_tries),
        CodeInvalid(
            f"The one-time code is wrong; {left} {'try' if left == 1 else 'tries'} left.",
            source="validationData",
            seen={**seen, "wrong_tries": wrong_tries, "tries_left": left},
        ),
    )
