"""Fault rules and effects read from their documents, with every mistake named by its path."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from src_system.clock import parse_iso
from src_system.model import fault_document as documents
from src_system.model import fault_effects as effects
from src_system.model.code_delivery import CodeDelivery, DeliveryMode
from src_system.model.consumer import ConsumerStatus
from src_system.model.digital_card import DigitalCardStatus
from src_system.model.duration import read_duration
from src_system.model.errors import InvalidFormat, InvalidValue, NotSupported
from src_system.model.fault import Fault, FaultRule, FaultSource, Match, When
from src_system.model.fault_concerns import refuse_unmeetable
from src_system.model.fault_effects import Effect
from src_system.model.identifiers import NETWORK_NAMES, check_identifier
from src_system.model.member_paths import join
from src_system.model.operation_names import OPERATION_NAMES
from src_system.model.vocabulary import REASONS

TEXT_CHARACTERS_MAX = 1_000
VALUES_MAX = 100
EFFECTS = ("error", "http", "latency", "transport", "tamper", "otp", "state", "quota")
_OF_TRANSPORT = ("phase", "part", "over")
_LATE = timedelta(minutes=1)
_DRIP = timedelta(seconds=5)
_DELAY_MAX = timedelta(hours=1)
# What says nothing has usually failed before it began; what says half of it had something to say.
_PHASES = {
    effects.TransportFault.HANG: effects.Phase.BEFORE,
    effects.TransportFault.RESET: effects.Phase.BEFORE,
    effects.TransportFault.EMPTY: effects.Phase.BEFORE,
    effects.TransportFault.TRUNCATE: effects.Phase.AFTER,
    effects.TransportFault.MALFORMED: effects.Phase.AFTER,
    effects.TransportFault.DRIP: effects.Phase.AFTER,
}
_BODILESS = (204, 304)
_HAS_ANSWER = frozenset(kind for kind, phase in _PHASES.items() if phase is effects.Phase.AFTER)
_Word = TypeVar("_Word", bound=StrEnum)


def read_rule(
    document: documents.FaultRuleDocument, rule_id: str, *, source: str = ""
) -> FaultRule:
    """The rule; *source* is where its document stands. InvalidFormat, InvalidValue, NotSupported.

    NotSupported is an effect that no call of the rule could ever meet.
    """
    check_identifier(rule_id, source=join(source, "id"))
    _short(document.name, source=join(source, "name"))
    effect = read_effect(document.effect, source=join(source, "effect"))
    match = _match(document.match, source=join(source, "match"))
    refuse_unmeetable(effect, match, source=source)
    return FaultRule(
        rule_id=rule_id,
        name=document.name,
        match=match,
        when=_when(document.when, source=join(source, "when")),
        effect=effect,
        document=msgspec.to_builtins(document.effect),
    )


def make_fault(source: FaultSource, fault_id: str, effect: Mapping[str, Any]) -> Fault:
    """A fault of an effect that is written as in a rule, for what is no rule."""
    document = msgspec.convert(effect, documents.EffectDocument)
    return Fault(source, fault_id, read_effect(document, source="effect"), effect)


def read_effect(document: documents.EffectDocument, *, source: str) -> Effect:
    """The one effect that *document* names."""
    given = [name for name in EFFECTS if getattr(document, name) is not None]
    if len(given) != 1:
        raise InvalidValue(f"An effect is exactly one of {', '.join(EFFECTS)}.", source=source)
    for name in _OF_TRANSPORT:
        if document.transport is None and getattr(document, name) is not None:
            raise NotSupported(f"{name} belongs to transport.", source=join(source, name))
    path = join(source, given[0])
    if document.error is not None:
        return _error(document.error, path)
    if document.http is not None:
        return _http(document.http, path)
    if document.latency is not None:
        return _latency(document.latency, path)
    if document.tamper is not None:
        return _tamper(document.tamper, path)
    if document.otp is not None:
        return _code(document.otp, path)
    if document.state is not None:
        return _state(document.state, path)
    if document.quota is not None:
        _in_range(document.quota.limit, 0, documents.COUNT_MAX, source=join(path, "limit"))
        per = read_duration(document.quota.per, source=join(path, "per"))
        return effects.QuotaEffect(document.quota.limit, per)
    return _transport(document, source)


def _error(document: documents.ErrorEffectDocument, path: str) -> Effect:
    if document.reason not in REASONS:
        raise InvalidValue(
            "This is no reason of the SRC vocabulary: docs/faults.md lists them.",
            source=join(path, "reason"),
        )
    if document.status is not None:
        _in_range(document.status, *documents.ERROR_STATUSES, source=join(path, "status"))
    _short(document.message, source=join(path, "message"))
    return effects.ErrorEffect(document.reason, document.status, document.message)


def _http(document: documents.HttpEffectDocument, path: str) -> Effect:
    _in_range(document.status, *documents.HTTP_STATUSES, source=join(path, "status"))
    if document.retry_after is not None:
        _in_range(document.retry_after, 0, documents.COUNT_MAX, source=join(path, "retryAfter"))
    if document.status in _BODILESS and document.body is not None:
        raise NotSupported(f"A {document.status} has no body.", source=join(path, "body"))
    return effects.HttpEffect(document.status, document.retry_after, document.body)


def _latency(document: documents.LatencyEffectDocument, path: str) -> Effect:
    given = [
        name for name in ("fixed", "uniform", "lognormal") if getattr(document, name) is not None
    ]
    if len(given) != 1:
        raise InvalidValue("A latency is one of fixed, uniform, lognormal.", source=path)
    if document.fixed is not None:
        fixed = _delay(document.fixed, source=join(path, "fixed"))
        return effects.LatencyEffect(fixed, fixed)
    if document.uniform is not None:
        place = join(path, "uniform")
        if len(document.uniform) != 2:
            raise InvalidValue("A uniform latency has a least and a most.", source=place)
        least, most = (
            _delay(text, source=f"{place}[{number}]")
            for number, text in enumerate(document.uniform)
        )
        if least > most:
            raise InvalidValue("The least comes first.", source=place)
        return effects.LatencyEffect(least, most)
    assert document.lognormal is not None
    place = join(path, "lognormal")
    median = _delay(document.lognormal.median, source=join(place, "median"))
    p95 = _delay(document.lognormal.p95, source=join(place, "p95"))
    if p95 < median:
        raise InvalidValue("p95 is not less than the median.", source=join(place, "p95"))
    return effects.LatencyEffect(median, p95, p95)


def _transport(document: documents.EffectDocument, source: str) -> Effect:
    kind = _word(effects.TransportFault, document.transport, source=join(source, "transport"))
    phase = _PHASES[kind]
    if document.phase is not None:
        phase = _word(effects.Phase, document.phase, source=join(source, "phase"))
        if kind in _HAS_ANSWER and phase is effects.Phase.BEFORE:
            raise NotSupported(
                f"There is no answer to {kind} before the operation has run.",
                source=join(source, "phase"),
            )
    part = effects.MalformedPart.CHUNK
    if document.part is not None:
        part = _word(effects.MalformedPart, document.part, source=join(source, "part"))
        if kind is not effects.TransportFault.MALFORMED:
            raise NotSupported("part belongs to malformed.", source=join(source, "part"))
    over = _DRIP
    if document.over is not None:
        over = _delay(document.over, source=join(source, "over"))
        if kind is not effects.TransportFault.DRIP:
            raise NotSupported("over belongs to drip.", source=join(source, "over"))
    return effects.TransportEffect(kind, phase, part, over)


def _tamper(document: documents.TamperEffectDocument, path: str) -> Effect:
    artefact = _word(effects.Artefact, document.artefact, source=join(path, "artefact"))
    how = _word(effects.Tampering, document.how, source=join(path, "how"))
    possible = effects.POSSIBLE_TAMPERING[artefact]
    if how not in possible:
        words = ", ".join(one for one in effects.Tampering if one in possible)
        raise NotSupported(f"A {artefact} can have: {words}.", source=join(path, "how"))
    if document.member is not None:
        if how is not effects.Tampering.DROP_MEMBER:
            raise NotSupported("member belongs to dropMember.", source=join(path, "member"))
        if document.member not in effects.MEMBERS[artefact]:
            members = ", ".join(sorted(effects.MEMBERS[artefact]))
            raise NotSupported(f"A {artefact} has: {members}.", source=join(path, "member"))
    return effects.TamperEffect(artefact, how, document.member)


def _code(document: documents.CodeEffectDocument, path: str) -> Effect:
    place = join(path, "delivery")
    _only([document.delivery], frozenset(documents.CODE_FAULTS), source=place)
    mode = DeliveryMode(document.delivery)
    if mode is not DeliveryMode.LATE:
        if document.after is not None:
            raise NotSupported("after belongs to late.", source=join(path, "after"))
        return effects.CodeEffect(CodeDelivery(mode))
    delay = _LATE
    if document.after is not None:
        delay = read_duration(document.after, source=join(path, "after"))
    return effects.CodeEffect(CodeDelivery(mode, delay))


def _state(document: documents.StateEffectDocument, path: str) -> Effect:
    if (document.card is None) == (document.consumer is None):
        raise InvalidValue("A state is that of the card or of the consumer.", source=path)
    card = consumer = after = calls = None
    if document.card is not None:
        place = join(path, "card")
        card = _word(DigitalCardStatus, document.card, source=place)
        if card not in documents.CARD_STATUSES:
            raise NotSupported(f"Allowed here: {', '.join(documents.CARD_STATUSES)}.", source=place)
    if document.consumer is not None:
        consumer = _word(ConsumerStatus, document.consumer, source=join(path, "consumer"))
    if isinstance(document.after, str):
        after = read_duration(document.after, source=join(path, "after"))
    elif document.after is not None:
        calls = document.after.calls
        _in_range(calls, 1, documents.COUNT_MAX, source=join(path, "after.calls"))
    return effects.StateEffect(card, consumer, after, calls)


def _match(document: documents.MatchDocument, *, source: str) -> Match:
    operation = _texts(document.operation, source=join(source, "operation"))
    _only(operation, OPERATION_NAMES, source=join(source, "operation"))
    network = _texts(document.network, source=join(source, "network"))
    _only(network, frozenset(NETWORK_NAMES), source=join(source, "network"))
    consumer = _texts(document.consumer, source=join(source, "consumer"))
    card = _texts(document.card, source=join(source, "card"))
    return Match(
        operation=frozenset(operation),
        network=frozenset(network),
        consumer=frozenset(consumer_name(text) for text in consumer),
        dpa=frozenset(_texts(document.dpa, source=join(source, "dpa"))),
        card=frozenset(card_name(text) for text in card),
        client=frozenset(_texts(document.client, source=join(source, "client"))),
        nth=_ordinals(document.nth, source=join(source, "nth")),
    )


def consumer_name(text: str) -> str:
    """An e-mail address in lower case, a phone number as digits, an id as it is."""
    text = text.strip()
    if "@" in text:
        return text.lower()
    digits = "".join(character for character in text if character not in "+ -()./")
    return digits if digits.isascii() and digits.isdigit() else text


def card_name(text: str) -> str:
    """A card's number without spaces; an id as it is."""
    bare = text.replace(" ", "")
    return bare if bare.isascii() and bare.isdigit() else text.strip()


def _ordinals(given: int | list[int] | None, *, source: str) -> frozenset[int]:
    ordinals = [] if given is None else given if isinstance(given, list) else [given]
    if len(ordinals) > VALUES_MAX or given == []:
        raise InvalidFormat(f"A list has 1 to {VALUES_MAX} values.", source=source)
    for ordinal in ordinals:
        _in_range(ordinal, 1, documents.COUNT_MAX, source=source)
    return frozenset(ordinals)


def _when(document: documents.WhenDocument, *, source: str) -> When:
    probability = 1.0 if document.probability is None else document.probability
    if not 0 < probability <= 1:
        raise InvalidValue(
            "A probability is above 0 and at most 1.", source=join(source, "probability")
        )
    for name, count in (("times", document.times), ("maxConsecutive", document.max_consecutive)):
        if count is not None:
            _in_range(count, 1, documents.COUNT_MAX, source=join(source, name))
    begins_at = _instant(document.from_, source=join(source, "from"))
    ends_at = _instant(document.until, source=join(source, "until"))
    if begins_at is not None and ends_at is not None and ends_at <= begins_at:
        raise InvalidValue("until is later than from.", source=join(source, "until"))
    return When(probability, document.times, document.max_consecutive, begins_at, ends_at)


def _texts(given: documents.Texts, *, source: str) -> list[str]:
    texts = [] if given is None else given if isinstance(given, list) else [given]
    if len(texts) > VALUES_MAX or given == []:
        raise InvalidFormat(f"A list has 1 to {VALUES_MAX} values.", source=source)
    for text in texts:
        if not text.strip() or len(text) > TEXT_CHARACTERS_MAX:
            raise InvalidFormat(
                f"A value has 1 to {TEXT_CHARACTERS_MAX} characters.", source=source
            )
    return texts


def _only(given: list[str], allowed: frozenset[str], *, source: str) -> None:
    if not allowed.issuperset(given):
        raise InvalidValue(f"Allowed here: {', '.join(sorted(allowed))}.", source=source)


def _word(kind: type[_Word], text: str | None, *, source: str) -> _Word:
    try:
        return kind(text or "")
    except ValueError:
        raise InvalidValue(f"Allowed here: {', '.join(kind)}.", source=source) from None


def _delay(text: str, *, source: str) -> timedelta:
    """A wait in real time; nobody waits for hours."""
    delay = read_duration(text, source=source)
    if delay > _DELAY_MAX:
        raise InvalidValue("A delay is at most an hour.", source=source)
    return delay


def _instant(text: str | None, *, source: str) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_iso(text)
    except ValueError:
        raise InvalidFormat("An instant is 2026-11-23T09:00:00Z.", source=source) from None


def _in_range(number: int, least: int, most: int, *, source: str) -> None:
    if not least <= number <= most:
        raise InvalidValue(f"A number from {least} to {most} is needed.", source=source)


def _short(text: str | None, *, source: str) -> None:
    if text is not None and len(text) > TEXT_CHARACTERS_MAX:
        raise InvalidFormat(f"At most {TEXT_CHARACTERS_MAX} characters.", source=source)
