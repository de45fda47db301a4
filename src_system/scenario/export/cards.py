"""Cards that a story is given: as they were at first, with the number that fits what is shown."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from src_system.client.answers import Address, Card
from src_system.scenario.answers import Answer
from src_system.scenario.export.made import Seen
from src_system.scenario.export.recorded import Entry, Recording, texts_in
from src_system.scenario.words import Json

_REFUSED = 400
_SUSPENDED = "SUSPENDED_CARD"
_ACTIONS = {"SUSPENDED": "suspend", "ACTIVE": "resume"}


def card_fixture(notes: list[str], recording: Recording, card: Card, seen: Seen) -> Json | None:
    """The card with its number, found among the published ones; None where it cannot be told."""
    number = _number_of(notes, recording, card, seen)
    if number is None:
        return None
    shown = _first_shown(card, seen)
    fixture: Json = {
        "network": card.network,
        "primaryAccountNumber": number,
        "panExpirationMonth": shown.get("panExpirationMonth", card.pan_expiration_month),
        "panExpirationYear": shown.get("panExpirationYear", card.pan_expiration_year),
    }
    if card.cardholder_full_name is not None:
        fixture["cardholderFullName"] = card.cardholder_full_name
    if card.billing_address is not None and not _changes_billing(card, seen):
        fixture["billingAddress"] = without_id(card.billing_address)
    usual = "ACTIVE" if card.status == "CANCELLED" else card.status
    status = str(shown.get("digitalCardData", {}).get("status") or usual)
    if status != "ACTIVE":
        fixture["status"] = status
        if status == "PENDING" and card.pending_events:
            fixture["pendingEvents"] = list(card.pending_events)
    return fixture


def changes_of(recording: Recording, card: Card, seen: Seen) -> list[tuple[int, Json]]:
    """What somebody did to it at the control port, with the place of the call that shows it.

    The journal does not tell of it, the answers do; faults that change a card do so in the story
    by themselves.
    """
    if any("state" in one.effect for one in recording.rules):
        return []
    found: list[tuple[int, Json]] = []
    before: str | None = None
    for entry, answer in seen:
        status = None if entry.faults else _status_in(entry, answer, card)
        if status not in _ACTIONS:
            continue
        if before is not None and status != before:
            action = _ACTIONS[status]
            place = f"cards/{card.network}/{card.src_digital_card_id}/{action}"
            step: Json = {
                "title": f"the card {card.pan_last_four} is {status} from here on",
                "control": f"POST {place}",
            }
            found.append((entry.place, step))
        before = status
    return found


def _status_in(entry: Entry, answer: Answer, card: Card) -> str | None:
    """The status by which the call met the card; None where its answer does not show it."""
    own = card.src_digital_card_id
    if entry.network != card.network:
        return None
    if _SUSPENDED in answer.reasons and own in f"{entry.members} {entry.path}":
        return "SUSPENDED"
    for section in ("body", "response"):
        for one in _masked_cards(answer.sections.get(section)):
            if one.get("srcDigitalCardId") == own:
                return str(one.get("digitalCardData", {}).get("status"))
    return None


def _number_of(notes: list[str], recording: Recording, card: Card, seen: Seen) -> str | None:
    """By the digits that are shown: among published numbers, else among those in the calls."""
    published = recording.test_pans.get(card.network)
    numbers = [one.primary_account_number for one in published.test_pans] if published else []
    fitting = [one for one in numbers if _fits(one, card)]
    if not fitting:
        said = {
            text
            for entry, answer in seen
            for document in (*(one.content for one in entry.artefacts.values()), answer.sections)
            for _, text in texts_in(document, "")
        }
        fitting = sorted(one for one in said if one.isdigit() and _fits(one, card))
    shown = f"{card.pan_bin}…{card.pan_last_four} at {card.network}"
    if not fitting:
        notes.append(
            f"the card {shown} is left out: its number is none of the published ones, and the"
            " control port shows only these digits"
        )
        return None
    if len(fitting) > 1:
        notes.append(
            f"the card {shown} may be {' or '.join(fitting)}: the control port shows only these"
            " digits"
        )
    return fitting[0]


def _fits(number: str, card: Card) -> bool:
    return number.startswith(card.pan_bin) and number.endswith(card.pan_last_four)


def _first_shown(card: Card, seen: Seen) -> Json:
    """How an answer shows it first; {} where none does."""
    for _, answer in seen:
        for section in ("body", "response"):
            for one in _masked_cards(answer.sections.get(section)):
                if one.get("srcDigitalCardId") == card.src_digital_card_id:
                    return one
    return {}


def _masked_cards(document: Any) -> Iterator[Json]:
    if isinstance(document, Mapping):
        if "panLastFour" in document:
            yield dict(document)
        for member in document.values():
            yield from _masked_cards(member)
    elif isinstance(document, list):
        for member in document:
            yield from _masked_cards(member)


def _changes_billing(card: Card, seen: Seen) -> bool:
    return any(
        entry.operation in ("addBillingAddress", "updateCard")
        and card.src_digital_card_id in entry.path
        and entry.status < _REFUSED
        for entry, _ in seen
    )


def without_id(address: Address) -> Json:
    """The address as fixtures have it."""
    shown: Json = msgspec.to_builtins(address)
    return {name: one for name, one in shown.items() if one is not None and name != "addressId"}
