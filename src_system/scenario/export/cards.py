"""Cards that a story is given: as they were at first, with the number that fits what is shown."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from src_system.client.answers import Address, Card
from src_system.scenario.export.made import Seen
from src_system.scenario.export.recorded import Recording
from src_system.scenario.texts import texts_in
from src_system.scenario.words import Json

_REFUSED = 400


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
    data = shown.get("digitalCardData", {})
    status = data.get("status") or ("ACTIVE" if card.status == "CANCELLED" else card.status)
    events = data.get("pendingEvents") or ([] if data else card.pending_events)
    if status != "ACTIVE":
        fixture["status"] = status
    if events:
        fixture["pendingEvents"] = list(events)
    return fixture


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
            for one in masked_cards(answer.sections.get(section)):
                if one.get("srcDigitalCardId") == card.src_digital_card_id:
                    return one
    return {}


def masked_cards(document: Any) -> Iterator[Json]:
    """Every maskedCard below *document*."""
    if isinstance(document, Mapping):
        if "panLastFour" in document:
            yield dict(document)
        for member in document.values():
            yield from masked_cards(member)
    elif isinstance(document, list):
        for member in document:
            yield from masked_cards(member)


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
