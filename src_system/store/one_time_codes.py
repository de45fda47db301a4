"""Sending one-time codes and judging tries at them, for whatever they are asked for (spec 4.5)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from src_system.config import Limits
from src_system.crypto.one_time_code import matches, one_time_code
from src_system.derive import Derivation
from src_system.model.authentication import AskedBy
from src_system.model.code_delivery import NORMAL_DELIVERY, CodeDelivery, messages
from src_system.model.consumer import Consumer, ConsumerIdentity, ConsumerStatus, IdentityType
from src_system.model.identifiers import SystemKey
from src_system.model.identity_validation import (
    Attempt,
    IdentityValidation,
    OneTimeCodeState,
    ValidationPurpose,
    ValidationState,
    attempt,
    resend,
)
from src_system.store import consumers, identity_validations, issued_codes, sandboxes
from src_system.store.database import Tx


@dataclass(frozen=True, slots=True)
class OneTimeCodes:
    """What sending a code needs to know of its SRC System."""

    key: SystemKey
    derivation: Derivation
    limits: Limits
    now: datetime
    delivery: CodeDelivery = NORMAL_DELIVERY
    meet: Callable[[str], bool | None] | None = None  # whether a magic code is right

    async def issue(
        self,
        tx: Tx,
        consumer: Consumer,
        *,
        src_client_id: str,
        identity: ConsumerIdentity,
        channel: IdentityType,
        asked_by: AskedBy | None = None,
    ) -> IdentityValidation:
        """Send a code on *channel*: a further one while the client's validation runs.

        Codes for authentications and those for identities know nothing of each other. The caller
        holds the lock on the consumer's row. RetriesExceeded past the resends.
        """
        purpose = (
            ValidationPurpose.IDENTITY if asked_by is None else ValidationPurpose.AUTHENTICATION
        )
        validation = await self._next(tx, consumer, src_client_id, identity, channel, purpose)
        for message in messages(self.delivery, consumer, identity, channel, now=self.now):
            await issued_codes.insert_code(
                tx,
                self.key,
                validation,
                message,
                asked_by=asked_by,
                place=await sandboxes.next_one_time_code_place(tx, self.key.sandbox_id),
                now=self.now,
            )
        return validation

    async def _next(
        self,
        tx: Tx,
        consumer: Consumer,
        src_client_id: str,
        identity: ConsumerIdentity,
        channel: IdentityType,
        purpose: ValidationPurpose,
    ) -> IdentityValidation:
        """The running validation with a further code, or a new one with its first."""
        life = timedelta(minutes=self.limits.one_time_code_minutes)
        running = await identity_validations.lock_pending_validation(
            tx,
            self.key,
            src_consumer_id=consumer.src_consumer_id,
            src_client_id=src_client_id,
            purpose=purpose,
            now=self.now,
        )
        if running is not None:
            validation = resend(
                running,
                channel=channel,
                now=self.now,
                life=life,
                resends_max=self.limits.one_time_code_resends_max,
            )
            await issued_codes.set_code_state(
                tx, self.key, running.id_validation_session_id, OneTimeCodeState.SUPERSEDED
            )
            await identity_validations.update_validation(tx, self.key, validation)
            return validation
        number = await consumers.count_validation(tx, self.key, identity)
        validation = IdentityValidation(
            id_validation_session_id=self.derivation.uuid(
                "id_validation_session_id",
                self.key.network,
                identity.identity_type,
                identity.identity_value,
                number,
            ),
            src_consumer_id=consumer.src_consumer_id,
            src_client_id=src_client_id,
            identity_type=identity.identity_type,
            identity_value=identity.identity_value,
            channel=channel,
            state=ValidationState.PENDING,
            issue_number=1,
            wrong_tries=0,
            expires_at=self.now + life,
            purpose=purpose,
        )
        await identity_validations.insert_validation(tx, self.key, validation)
        return validation

    async def judge(
        self, tx: Tx, consumer: Consumer, validation: IdentityValidation, given: str
    ) -> Attempt:
        """Judge a try and keep what it leads to; the caller raises the refusal after its commit.

        The caller holds the locks on the consumer's and then the validation's row. A right code
        is consumed and opens a lock; several exhausted validations lock the consumer (10j).
        """
        right = one_time_code(
            self.derivation,
            validation.id_validation_session_id,
            validation.issue_number,
            digits=self.limits.one_time_code_digits,
        )
        is_right = None if self.meet is None else self.meet(given)
        outcome = attempt(
            validation,
            is_right=matches(right, given) if is_right is None else is_right,
            now=self.now,
            wrong_tries_max=self.limits.one_time_code_wrong_tries_max,
        )
        await identity_validations.update_validation(tx, self.key, outcome.validation)
        if outcome.refusal is None:
            await issued_codes.set_code_state(
                tx, self.key, validation.id_validation_session_id, OneTimeCodeState.CONSUMED
            )
            await consumers.set_status(
                tx, self.key, consumer.src_consumer_id, ConsumerStatus.ACTIVE
            )
        elif (
            outcome.validation.state is ValidationState.EXHAUSTED
            and validation.state is ValidationState.PENDING
        ):
            await self._count_exhausted(tx, validation, consumer)
        return outcome

    async def _count_exhausted(
        self, tx: Tx, validation: IdentityValidation, consumer: Consumer
    ) -> None:
        """Lock the codes, and the consumer too after several exhausted validations."""
        await issued_codes.set_code_state(
            tx, self.key, validation.id_validation_session_id, OneTimeCodeState.LOCKED
        )
        exhausted = consumer.exhausted_validations + 1
        is_locked = exhausted >= self.limits.exhausted_validations_before_lock
        life = timedelta(minutes=self.limits.consumer_lock_minutes)
        await consumers.set_status(
            tx,
            self.key,
            consumer.src_consumer_id,
            ConsumerStatus.LOCKED if is_locked else ConsumerStatus.ACTIVE,
            locked_until=self.now + life if is_locked else None,
            exhausted_validations=0 if is_locked else exhausted,
        )
