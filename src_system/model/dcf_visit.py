"""A visit to a DCF: what it is for, where it stands, and which step comes next. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from src_system.model.digital_card import DigitalCardStatus


class DcfDisplay(StrEnum):
    """Where the page is shown: it decides who may frame it and whom it tells."""

    POPUP = "POPUP"
    IFRAME = "IFRAME"
    WINDOW = "WINDOW"
    WEBVIEW = "WEBVIEW"


class DcfStep(StrEnum):
    """What the consumer is asked."""

    REVIEW = "REVIEW"
    ADDRESS = "ADDRESS"
    SECURITY_CODE = "SECURITY_CODE"
    CODE = "CODE"  # a one-time code that proves who she is
    CHALLENGE = "CHALLENGE"  # of 3-D Secure
    PASSKEY = "PASSKEY"
    PROBLEM = "PROBLEM"
    DONE = "DONE"


@dataclass(frozen=True, slots=True)
class DcfProgress:
    """How far a visit has come. `notice` is the key of a text that is shown above the step.

    `typed` is an address that was refused, to be mended and not typed anew, and `wrong` the member
    that it was refused for. `proof` is the authentication or validation under way: its ids and its
    masked channel.
    `problem` is a refusal to be handed on: reason, message, status.
    """

    step: DcfStep = DcfStep.REVIEW
    notice: str | None = None
    consented: bool = False
    remember: bool | None = None  # None: not asked yet
    shipping_address_id: str | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: str | None = None
    proof: Mapping[str, str] = field(default_factory=dict)
    problem: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class DcfVisit:
    """A visit within a checkout session.

    `request` holds `checkoutRequestJws` for a checkout, `authentication` for an authentication
    alone. `opener_origin` is the origin of the page that opened it, None without one.
    """

    visit_id: str
    src_correlation_id: str
    src_client_id: str
    opener_origin: str | None
    display: DcfDisplay
    request: Mapping[str, Any]
    progress: DcfProgress
    turn: int
    result: Mapping[str, Any] | None
    expires_at: datetime

    @property
    def is_checkout(self) -> bool:
        """Whether something is to be paid."""
        return "checkoutRequestJws" in self.request

    def is_over(self, now: datetime) -> bool:
        """Whether nothing more can be done in it."""
        return self.result is not None or now >= self.expires_at


# What a pending card waits for, and the step that settles it (spec 5.9).
_SETTLED_BY = {
    "PENDING_SCA": DcfStep.SECURITY_CODE,
    "PENDING_CSC": DcfStep.SECURITY_CODE,
    "PENDING_CONSUMER_IDV": DcfStep.CODE,
}


def step_for_card(status: DigitalCardStatus, pending_events: tuple[str, ...]) -> DcfStep | None:
    """What has to happen before *status* lets the card be paid with; None when nothing has to."""
    if status is not DigitalCardStatus.PENDING:
        return None
    for event in pending_events:
        if event in _SETTLED_BY:
            return _SETTLED_BY[event]
    return None
