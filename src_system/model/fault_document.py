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
COUNT_MAX = 1_000_000_000
ERROR_STATUSES = (400, 599)
HTTP_STATUSES = (200, 599)
# PENDING needs a reason, and is no state that a card falls back into.
CARD_STATUSES = tuple(one for one in DigitalCardStatus if one is not DigitalCardStatus.PENDING)


def _choices(values: Iterable[str], text: str | None = None) -> msgspec.Meta:
    """The mark of a member that takes *values* only, for the OpenAPI document."""
    return msgspec.Meta(
        description=text, extra_json_schema={"enum": [str(value) for value in values]}
    )


def _means(text: str) -> msgspec.Meta:
    """What the member is for, for the OpenAPI document."""
    return msgspec.Meta(description=text)


def _between(least: int, most: int, text: str | None = None) -> msgspec.Meta:
    """The mark of a whole number from *least* to *most*; `fault_reading` refuses any other."""
    return msgspec.Meta(description=text, extra_json_schema={"minimum": least, "maximum": most})


Duration = Annotated[str, msgspec.Meta(description="ISO 8601.", examples=["PT10M"])]
Texts = str | list[str] | None
_Operation = Annotated[str, _choices(sorted(OPERATION_NAMES))]
_Network = Annotated[str, _choices(NETWORK_NAMES)]
_Ordinal = Annotated[int, _between(1, COUNT_MAX)]


class _Strict(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """A document whose every member counts."""


class MatchDocument(_Strict, frozen=True):
    """Which calls: a value or a list for each member; what is left out fits any."""

    operation: _Operation | list[_Operation] | None = None
    network: _Network | list[_Network] | None = None
    consumer: Annotated[Texts, _means("E-mail address, phone number or srcConsumerId.")] = None
    dpa: Annotated[Texts, _means("srcDpaId or srciDpaId.")] = None
    card: Annotated[Texts, _means("srcDigitalCardId, panLastFour or a test number.")] = None
    client: Annotated[Texts, _means("srcClientId.")] = None
    nth: Annotated[
        _Ordinal | list[_Ordinal] | None,
        _means("Of the calls that fit all the rest, only these; 1 is the first."),
    ] = None


class WhenDocument(_Strict, frozen=True):
    """How often, and in which time of the sandbox's clock."""

    probability: Annotated[
        float | None,
        msgspec.Meta(
            description="Above 0, at most 1; rolled from the seed.",
            extra_json_schema={"exclusiveMinimum": 0, "maximum": 1},
        ),
    ] = None
    times: Annotated[int | None, _between(1, COUNT_MAX, "At most so often altogether.")] = None
    max_consecutive: Annotated[
        int | None, _between(1, COUNT_MAX, "At most so many matching calls in a row.")
    ] = None
    from_: Annotated[str | None, _means("Simulated time; from here on.")] = msgspec.field(
        name="from", default=None
    )
    until: Annotated[str | None, _means("Simulated time; before this instant.")] = None


class ErrorEffectDocument(_Strict, frozen=True):
    """A refusal in the network's own form."""

    reason: Annotated[str, _choices(sorted(REASONS))]
    status: Annotated[int | None, _between(*ERROR_STATUSES, "400 to 599.")] = None
    message: str | None = None


class HttpEffectDocument(_Strict, frozen=True):
    """An answer of something in front of the SRC System."""

    status: Annotated[int, _between(*HTTP_STATUSES, "200 to 599.")]
    retry_after: Annotated[int | None, _between(0, COUNT_MAX, "Seconds.")] = None
    body: Annotated[
        str | dict[str, Any] | list[Any] | None,
        _means("Text as it is, anything else as JSON; none without."),
    ] = None


class LognormalDocument(_Strict, frozen=True):
    """Half of the delays are below the median, 95 in a hundred below p95."""

    median: Duration
    p95: Duration


class LatencyEffectDocument(_Strict, frozen=True):
    """A delay in real time: one of the three."""

    fixed: Duration | None = None
    uniform: Annotated[list[Duration] | None, _means("Least and most.")] = None
    lognormal: LognormalDocument | None = None


class TamperEffectDocument(_Strict, frozen=True):
    """An artefact that is wrong in one way."""

    artefact: Annotated[str, _choices(effects.Artefact)]
    how: Annotated[str, _choices(effects.Tampering)]
    member: Annotated[str | None, _means("The one that dropMember drops, of the top level.")] = None


class CodeEffectDocument(_Strict, frozen=True):
    """What becomes of a one-time code."""

    delivery: Annotated[str, _choices(CODE_FAULTS)]
    after: Annotated[Duration | None, _means("How late a late one comes; PT1M without.")] = None


class AfterCallsDocument(_Strict, frozen=True):
    """So many matching calls later."""

    calls: Annotated[int, _between(1, COUNT_MAX)]


class StateEffectDocument(_Strict, frozen=True):
    """Another status for the call's card or its consumer: one of the two."""

    card: Annotated[str | None, _choices(CARD_STATUSES)] = None
    consumer: Annotated[str | None, _choices(ConsumerStatus)] = None
    after: Annotated[
        str | AfterCallsDocument | None,
        _means("A duration of the sandbox's clock, or calls; at once without."),
    ] = None


class QuotaEffectDocument(_Strict, frozen=True):
    """So many calls a period; the others are refused with 429 and Retry-After."""

    limit: Annotated[int, _between(0, COUNT_MAX)]
    per: Duration


class EffectDocument(_Strict, frozen=True):
    """Exactly one effect; `phase`, `part` and `over` belong to `transport`."""

    error: Annotated[ErrorEffectDocument | None, _means("A refusal.")] = None
    http: Annotated[HttpEffectDocument | None, _means("An answer from in front.")] = None
    latency: Annotated[LatencyEffectDocument | None, _means("A wait before it runs.")] = None
    transport: Annotated[
        str | None, _choices(effects.TransportFault, "How the connection fails.")
    ] = None
    tamper: Annotated[TamperEffectDocument | None, _means("A forged artefact.")] = None
    otp: Annotated[CodeEffectDocument | None, _means("A one-time code gone astray.")] = None
    state: Annotated[StateEffectDocument | None, _means("Another status.")] = None
    quota: Annotated[QuotaEffectDocument | None, _means("So many calls a period.")] = None
    phase: Annotated[
        str | None, _choices(effects.Phase, "Whether the operation has run by then.")
    ] = None
    part: Annotated[
        str | None, _choices(effects.MalformedPart, "What of a malformed answer is.")
    ] = None
    over: Annotated[Duration | None, _means("How long a dripping answer takes; PT5S without.")] = (
        None
    )


class FaultRuleDocument(_Strict, frozen=True):
    """A fault rule. Without an id it gets one."""

    effect: Annotated[EffectDocument, _means("What happens; exactly one of its members.")]
    id: Annotated[str | None, _means("What the journal calls it; made when left out.")] = None
    name: Annotated[str | None, _means("For people.")] = None
    match: Annotated[MatchDocument, _means("Which calls.")] = MatchDocument()
    when: Annotated[WhenDocument, _means("How often, and in which time.")] = WhenDocument()
