"""The JSON of a fault rule, as types; `fault_reading` makes rules of it.

A member that nobody knows is refused: a rule that was misspelt would wait for ever.
"""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from src_system.model import fault_effects as effects
from src_system.model.code_delivery import DeliveryMode
from src_system.model.consumer import ConsumerStatus
from src_system.model.digital_card import DigitalCardStatus
from src_system.model.identifiers import NETWORK_NAMES
from src_system.model.operation_names import OPERATION_NAMES
from src_system.model.vocabulary import REASONS

CODE_FAULTS = tuple(one for one in DeliveryMode if one is not DeliveryMode.NORMAL)
# PENDING needs a reason, and is no state that a card falls back into.
CARD_STATUSES = tuple(one for one in DigitalCardStatus if one is not DigitalCardStatus.PENDING)


def _choices(values: Iterable[str], text: str | None = None) -> msgspec.Meta:
    """The mark of a member that takes *values* only, for the OpenAPI document."""
    return msgspec.Meta(
        description=text, extra_json_schema={"enum": [str(value) for value in values]}
    )


Duration = Annotated[str, msgspec.Meta(description="ISO 8601.", examples=["PT10M"])]
Texts = str | list[str] | None
_Operation = Annotated[str, _choices(sorted(OPERATION_NAMES))]
_Network = Annotated[str, _choices(NETWORK_NAMES)]


class _Strict(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """A document whose every member counts."""


class MatchDocument(_Strict, frozen=True):
    """Which calls: a value or a list for each member; what is left out fits any."""

    operation: _Operation | list[_Operation] | None = None
    network: _Network | list[_Network] | None = None
    consumer: Annotated[
        Texts, msgspec.Meta(description="E-mail address, phone number or srcConsumerId.")
    ] = None
    dpa: Annotated[Texts, msgspec.Meta(description="srcDpaId or srciDpaId.")] = None
    card: Annotated[
        Texts, msgspec.Meta(description="srcDigitalCardId, panLastFour or a test number.")
    ] = None
    client: Annotated[Texts, msgspec.Meta(description="srcClientId.")] = None
    nth: Annotated[
        int | list[int] | None,
        msgspec.Meta(description="Of the calls that fit all the rest, only these; 1 is the first."),
    ] = None


class WhenDocument(_Strict, frozen=True):
    """How often, and in which time of the sandbox's clock."""

    probability: Annotated[
        float | None, msgspec.Meta(description="Above 0, at most 1; rolled from the seed.")
    ] = None
    times: Annotated[int | None, msgspec.Meta(description="At most so often altogether.")] = None
    max_consecutive: Annotated[
        int | None, msgspec.Meta(description="At most so many matching calls in a row.")
    ] = None
    from_: Annotated[str | None, msgspec.Meta(description="Simulated time; from here on.")] = (
        msgspec.field(name="from", default=None)
    )
    until: Annotated[
        str | None, msgspec.Meta(description="Simulated time; before this instant.")
    ] = None


class ErrorEffectDocument(_Strict, frozen=True):
    """A refusal in the network's own form."""

    reason: Annotated[str, _choices(sorted(REASONS))]
    status: Annotated[int | None, msgspec.Meta(description="400 to 599.")] = None
    message: str | None = None


class HttpEffectDocument(_Strict, frozen=True):
    """An answer of something in front of the SRC System."""

    status: Annotated[int, msgspec.Meta(description="200 to 599.")]
    retry_after: Annotated[int | None, msgspec.Meta(description="Seconds.")] = None
    body: Annotated[
        Any, msgspec.Meta(description="Text as it is, anything else as JSON; none without.")
    ] = None


class LognormalDocument(_Strict, frozen=True):
    """Half of the delays are below the median, 95 in a hundred below p95."""

    median: Duration
    p95: Duration


class LatencyEffectDocument(_Strict, frozen=True):
    """A delay in real time: one of the three."""

    fixed: Duration | None = None
    uniform: Annotated[list[Duration] | None, msgspec.Meta(description="Least and most.")] = None
    lognormal: LognormalDocument | None = None


class TamperEffectDocument(_Strict, frozen=True):
    """An artefact that is wrong in one way."""

    artefact: Annotated[str, _choices(effects.Artefact)]
    how: Annotated[str, _choices(effects.Tampering)]
    member: Annotated[
        str | None, msgspec.Meta(description="The one that dropMember drops, of the top level.")
    ] = None


class CodeEffectDocument(_Strict, frozen=True):
    """What becomes of a one-time code."""

    delivery: Annotated[str, _choices(CODE_FAULTS)]
    after: Annotated[
        Duration | None, msgspec.Meta(description="How late a late one comes; PT1M without.")
    ] = None


class AfterCallsDocument(_Strict, frozen=True):
    """So many matching calls later."""

    calls: int


class StateEffectDocument(_Strict, frozen=True):
    """Another status for the call's card or its consumer: one of the two."""

    card: Annotated[str | None, _choices(CARD_STATUSES)] = None
    consumer: Annotated[str | None, _choices(ConsumerStatus)] = None
    after: Annotated[
        str | AfterCallsDocument | None,
        msgspec.Meta(description="A duration of the sandbox's clock, or calls; at once without."),
    ] = None


class QuotaEffectDocument(_Strict, frozen=True):
    """So many calls a period; the others are refused with 429 and Retry-After."""

    limit: int
    per: Duration


class EffectDocument(_Strict, frozen=True):
    """Exactly one effect; `phase`, `part` and `over` belong to `transport`."""

    error: ErrorEffectDocument | None = None
    http: HttpEffectDocument | None = None
    latency: LatencyEffectDocument | None = None
    transport: Annotated[str | None, _choices(effects.TransportFault)] = None
    tamper: TamperEffectDocument | None = None
    otp: CodeEffectDocument | None = None
    state: StateEffectDocument | None = None
    quota: QuotaEffectDocument | None = None
    phase: Annotated[str | None, _choices(effects.Phase)] = None
    part: Annotated[str | None, _choices(effects.MalformedPart)] = None
    over: Annotated[
        Duration | None, msgspec.Meta(description="How long a dripping answer takes; PT5S without.")
    ] = None


class FaultRuleDocument(_Strict, frozen=True):
    """A fault rule. Without an id it gets one."""

    effect: EffectDocument
    id: str | None = None
    name: str | None = None
    match: MatchDocument = MatchDocument()
    when: WhenDocument = WhenDocument()


EFFECTS = ("error", "http", "latency", "transport", "tamper", "otp", "state", "quota")
