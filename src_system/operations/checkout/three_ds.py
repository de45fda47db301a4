"""3-D Secure within a checkout: found in the session, or performed for the DPA (spec 5.14, 9.7)."""

from collections.abc import Mapping
from dataclasses import dataclass

from src_system.model.authentication import (
    Authentication,
    AuthenticationMethod,
    AuthenticationReason,
    AuthenticationState,
    AuthenticationSubject,
    TransStatus,
    decide_three_ds,
)
from src_system.model.magic import MagicValue
from src_system.model.participant import Client
from src_system.model.transaction_options import (
    DynamicDataType,
    PayloadRequested,
    ThreeDsPreference,
    TransactionOptions,
)
from src_system.payloads.authentication_result import three_ds_output
from src_system.payloads.three_ds_output import cardholder_cryptogram
from src_system.store import authentications
from src_system.store.checkout_contexts import CheckoutContext
from src_system.store.database import Tx
from src_system.system import System


@dataclass(frozen=True, slots=True)
class ThreeDs:
    """What 3-D Secure left behind, None without any; or that the cardholder has to be asked."""

    output: Mapping[str, str] | None = None
    needs_challenge: bool = False

    @property
    def has_cryptogram(self) -> bool:
        """Whether there is an authentication value to hand on."""
        return cardholder_cryptogram(self.output) is not None


NO_THREE_DS = ThreeDs()


def performs_three_ds(options: TransactionOptions) -> bool:
    """Whether the DPA leaves authenticating the cardholder to the SRC System."""
    return (
        options.payload_requested is PayloadRequested.AUTHENTICATED
        or options.three_ds_preference is ThreeDsPreference.ONBEHALF
    )


def concerns_three_ds(options: TransactionOptions) -> bool:
    """Whether the checkout has to look for an authentication at all: most need not."""
    return performs_three_ds(options) or any(
        option.dynamic_data_type is DynamicDataType.CARDHOLDER_AUTHENTICATION_CRYPTOGRAM
        for option in options.payment_options
    )


async def find_or_perform_three_ds(
    system: System,
    tx: Tx,
    caller: Client,
    context: CheckoutContext,
    options: TransactionOptions,
    *,
    src_correlation_id: str,
    magic: MagicValue | None = None,
) -> ThreeDs:
    """An authentication of this session for this amount; else one without friction, if it may be.

    A challenge cannot be had here: the checkout then waits for initiateAuthentication and
    completeAuthentication, and is sent again. *magic* is what the card's number asks for.
    """
    card, _ = context.found()
    latest = await authentications.find_latest(
        tx,
        system.key,
        src_correlation_id,
        card.src_digital_card_id,
        AuthenticationMethod.THREE_DS,
    )
    if latest is not None and latest.covers(options.transaction_amount):
        return ThreeDs(_output(system, latest))
    if not performs_three_ds(options):
        return NO_THREE_DS
    if latest is not None and latest.failed_for(options.transaction_amount):
        return ThreeDs(needs_challenge=True)  # who failed the challenge is not let through without
    usual = None if magic is None else magic.trans_status
    if magic is not None and usual is not None:
        system.tell(magic.told())
    trans_status = decide_three_ds(options.three_ds_wishes, usual)
    if trans_status in (TransStatus.CHALLENGE, TransStatus.NOT_AUTHENTICATED):
        return ThreeDs(needs_challenge=True)
    now = system.now()
    performed = await authentications.open_authentication(
        tx,
        system.key,
        system.derivation,
        Authentication(
            authentication_id="",
            src_correlation_id=src_correlation_id,
            src_client_id=caller.src_client_id,
            src_consumer_id=card.src_consumer_id,
            src_digital_card_id=card.src_digital_card_id,
            method=AuthenticationMethod.THREE_DS,
            subject=AuthenticationSubject.CARDHOLDER,
            reason=AuthenticationReason.TRANSACTION_AUTHENTICATION,
            state=AuthenticationState.AUTHENTICATED,
            wrong_tries=0,
            id_validation_session_id=None,
            transaction_amount=options.transaction_amount,
            trans_status=trans_status,
            expires_at=now,
            completed_at=now,
        ),
        now=now,
    )
    return ThreeDs(_output(system, performed))


def _output(system: System, authentication: Authentication) -> Mapping[str, str]:
    return three_ds_output(authentication, profile=system.profile, derivation=system.derivation)
