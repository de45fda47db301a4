"""What somebody did at the control port while calls were made: their answers tell of it.

The journal does not. Faults that change a card or a consumer do so in the story by themselves.
"""

from urllib.parse import quote

from src_system.client.answers import Card, Consumer
from src_system.clock import parse_iso
from src_system.scenario.answers import Answer
from src_system.scenario.export.cards import masked_cards
from src_system.scenario.export.made import Seen, texts_of, texts_said
from src_system.scenario.export.recorded import Entry, Recording
from src_system.scenario.words import Json

Changes = list[tuple[int, Json]]

_CARD_ACTIONS = {"SUSPENDED": "suspend", "ACTIVE": "resume"}
_CONSUMER_ACTIONS = {
    ("ACTIVE", "LOCKED"): "lock",
    ("LOCKED", "ACTIVE"): "unlock",
    ("ACTIVE", "SUSPENDED"): "suspend",
    ("SUSPENDED", "ACTIVE"): "resume",
}
_GREETING = "initiateIdentityValidation"


def changes_of_card(recording: Recording, card: Card, seen: Seen) -> Changes:
    """Steps that suspend and resume it, each with the place of the call that shows it."""
    if _has_state_faults(recording):
        return []
    found: Changes = []
    before: str | None = None
    for entry, answer in seen:
        status = None if entry.faults else _card_status(recording, entry, answer, card)
        if status not in _CARD_ACTIONS:
            continue
        if before is not None and status != before:
            place = f"cards/{card.network}/{card.src_digital_card_id}/{_CARD_ACTIONS[status]}"
            title = f"the card {card.pan_last_four} is {status} from here on"
            found.append((entry.place, {"title": title, "control": f"POST {place}"}))
        before = status
    return found


def _card_status(recording: Recording, entry: Entry, answer: Answer, card: Card) -> str | None:
    """The status by which the call met the card; None where its answer does not show it."""
    own = card.src_digital_card_id
    if entry.network != card.network:
        return None
    met = recording.seen.get(entry.place, {}).get("cardStatus")
    if met is not None and own in f"{entry.members} {entry.path}":
        return str(met)
    for section in ("body", "response"):
        for one in masked_cards(answer.sections.get(section)):
            if one.get("srcDigitalCardId") == own:
                return str(one.get("digitalCardData", {}).get("status"))
    return None


def changes_of_consumer(recording: Recording, consumer: Consumer, seen: Seen) -> Changes:
    """Steps that lock, unlock, suspend and resume her, unless wrong codes or time did so."""
    if _has_state_faults(recording):
        return []
    found: Changes = []
    before: Json | None = None
    for entry, answer in seen:
        if entry.network != consumer.network or entry.faults:
            continue
        if "RETRIES_EXCEEDED" in answer.reasons:
            before = None
        met = _met(recording, consumer, entry, answer)
        if met is None:
            continue
        if before is not None:
            action = _CONSUMER_ACTIONS.get((before["status"], met["status"]))
            if action is not None and not _has_passed(before.get("lockedUntil"), entry):
                found.append((entry.place, _step(consumer, action, met)))
        before = met
    return found


def first_status(recording: Recording, consumer: Consumer, seen: Seen) -> Json:
    """status and lockedUntil as the first call met her; as they are now where none tells."""
    for entry, answer in seen:
        if entry.network == consumer.network and not entry.faults:
            if "RETRIES_EXCEEDED" in answer.reasons:
                return {}
            met = _met(recording, consumer, entry, answer)
            if met is not None:
                return {} if met["status"] == "ACTIVE" else met
    if consumer.status == "ACTIVE":
        return {}
    status: Json = {"status": consumer.status}
    if consumer.locked_until is not None:
        status["lockedUntil"] = consumer.locked_until.isoformat().replace("+00:00", "Z")
    return status


def _met(recording: Recording, consumer: Consumer, entry: Entry, answer: Answer) -> Json | None:
    """The status by which the call met her; None where its answer does not show it."""
    if not texts_of(consumer) & texts_said(entry):
        return None
    told = recording.seen.get(entry.place, {})
    if "consumerStatus" in told:
        status: Json = {"status": str(told["consumerStatus"])}
        if told.get("lockedUntil") is not None:
            status["lockedUntil"] = told["lockedUntil"]
        return status
    if entry.operation == _GREETING and answer.status == 200:
        return {"status": "ACTIVE"}
    return None


def _has_passed(until: str | None, entry: Entry) -> bool:
    return until is not None and parse_iso(until) <= entry.at


def _step(consumer: Consumer, action: str, met: Json) -> Json:
    place = f"consumers/{consumer.network}/{quote(consumer.src_consumer_id, safe='')}/{action}"
    name = consumer.email_address or "the consumer"
    step: Json = {
        "title": f"{name} is {met['status']} from here on",
        "control": f"POST {place}",
    }
    if action == "lock" and "lockedUntil" in met:
        step["with"] = {"until": met["lockedUntil"]}
    return step


def _has_state_faults(recording: Recording) -> bool:
    return any("state" in one.effect for one in recording.rules)
