"""The consumers that calls were about and that no call made: those a story is given."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from src_system.client import Refused
from src_system.client.answers import Address, Card, Consumer
from src_system.scenario.answers import Answer
from src_system.scenario.export.recorded import Entry, Recording, texts_in
from src_system.scenario.words import NETWORKS, Json

Seen = list[tuple[Entry, Answer]]

_IDENTITY = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|\+?\d{7,15}")
_REFUSED = 400
_PERSON = ("firstName", "lastName", "fullName", "nationalIdentifier", "countryCode", "locale")


@dataclass(slots=True)
class People:
    """Consumers as fixtures have them, with when they came, and what could not be told.

    `cards`, `addresses` and `consumers` are the ids that they have, by network and id, with the
    variable below an entry of `consumers` that holds them.
    """

    fixtures: list[tuple[datetime, Json]] = field(default_factory=list)
    ids: list[dict[tuple[str, str], str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


async def find_people(recording: Recording, seen: Seen) -> People:
    """Everybody whom the calls name, but for those whom the calls made."""
    people = People()
    found = await _everybody(recording, seen)
    made = _Made(seen)
    groups: dict[str, list[tuple[Consumer, list[Card], list[Address]]]] = {}
    for consumer in found:
        if made.consumer(consumer):
            continue
        cards = [
            one for one in await _cards(recording, consumer, seen) if not made.card(one, consumer)
        ]
        addresses = [
            one for one in consumer.shipping_addresses if not made.address(one.address_id)
        ]
        groups.setdefault(_same_person(consumer, addresses), []).append(
            (consumer, cards, addresses)
        )
    for members in groups.values():
        _write(people, recording, members, seen)
    order = sorted(range(len(people.fixtures)), key=lambda one: people.fixtures[one][0])
    people.fixtures = [people.fixtures[one] for one in order]
    people.ids = [people.ids[one] for one in order]
    return people


async def _everybody(recording: Recording, seen: Seen) -> list[Consumer]:
    """Whoever has an identity or a card that a call names, with cards and addresses."""
    keys: dict[tuple[str, str], None] = {}
    for identity in _identities(recording, seen):
        try:
            for one in await recording.sandbox.consumers.list(identity=identity):
                keys[one.network, one.src_consumer_id] = None
        except Refused:  # what looks like an identity, and is none
            continue
    for network, card_id in _card_ids(seen):
        card = await _card(recording, network, card_id)
        if card is not None:
            keys[network, card.src_consumer_id] = None
    return [await recording.sandbox.consumers.show(*key) for key in keys]


def _identities(recording: Recording, seen: Seen) -> list[str]:
    found: dict[str, None] = {}
    for entry, _ in seen:
        documents = [entry.members] + [
            one.content
            for path, one in entry.artefacts.items()
            if path.startswith("request.") and one.content is not None
        ]
        for document in documents:
            for _, text in texts_in(document, ""):
                if _IDENTITY.fullmatch(text):
                    found[text.lower()] = None
            for one in _phones_in(document):
                found[one] = None
    for code in recording.codes:
        found[code.identity.lower()] = None
    return list(found)


def _phones_in(document: Any) -> Iterator[str]:
    """Numbers that are written in two parts."""
    if isinstance(document, Mapping):
        parts = document.get("countryCode"), document.get("phoneNumber")
        if all(isinstance(one, str) for one in parts):
            yield f"{parts[0]}{parts[1]}"
        for member in document.values():
            yield from _phones_in(member)
    elif isinstance(document, list):
        for member in document:
            yield from _phones_in(member)


def _card_ids(seen: Seen) -> list[tuple[str, str]]:
    found: dict[tuple[str, str], None] = {}
    for entry, answer in seen:
        documents = [entry.members, *answer.sections.values()]
        for document in documents:
            for path, text in texts_in(document, ""):
                if path.endswith(".srcDigitalCardId"):
                    found[entry.network, text] = None
        path = re.search(r"/cards/([^/]+)", entry.path)
        if path is not None and path[1] != "batch":
            found[entry.network, path[1]] = None
    return list(found)


async def _card(recording: Recording, network: str, card_id: str) -> Card | None:
    try:
        return await recording.sandbox.cards.show(network, card_id)
    except Refused:
        return None


async def _cards(recording: Recording, consumer: Consumer, seen: Seen) -> list[Card]:
    """Hers, also those that were taken away meanwhile and that calls name."""
    found = {one.src_digital_card_id: one for one in consumer.cards}
    for network, card_id in _card_ids(seen):
        if network == consumer.network and card_id not in found:
            card = await _card(recording, network, card_id)
            if card is not None and card.src_consumer_id == consumer.src_consumer_id:
                found[card_id] = card
    return list(found.values())


@dataclass(slots=True)
class _Made:
    """What the calls themselves made."""

    seen: Seen

    def consumer(self, consumer: Consumer) -> bool:
        """Whether a call enrolled her on her network, and no earlier one found her there."""
        own = _own_texts(consumer)
        for entry, answer in self.seen:
            if entry.network != consumer.network:
                continue
            named = _named_in(entry)
            if _is_batch(entry) and own & named:
                return True
            if answer.status is None or answer.status >= _REFUSED:
                continue
            body = answer.sections.get("body", {})
            if body.get("consumerPresent") is True and own & named:
                return False
            if "idValidationSessionId" in body and own & named:
                return False
            card_id = _enrolled(entry, answer)
            if card_id is not None and consumer.date_consumer_added == entry.at:
                holds = any(one.src_digital_card_id == card_id for one in consumer.cards)
                made = "idToken" in body or "consumer" in entry.members
                if made and (holds or own & named):
                    return True
        return False

    def card(self, card: Card, consumer: Consumer) -> bool:
        """Whether a call enrolled it, and no earlier one showed it."""
        for entry, answer in self.seen:
            if entry.network != card.network:
                continue
            if _is_batch(entry) and _own_texts(consumer) & _named_in(entry):
                numbers = [one for one in _named_in(entry) if one.endswith(card.pan_last_four)]
                if any(one.startswith(card.pan_bin) for one in numbers):
                    return True
            if _enrolled(entry, answer) == card.src_digital_card_id:
                return card.date_of_card_created is None or card.date_of_card_created >= entry.at
            told = {text for one in answer.sections.values() for _, text in texts_in(one, "")}
            if card.src_digital_card_id in told or card.src_digital_card_id in str(entry.members):
                return False
        return False

    def address(self, address_id: str | None) -> bool:
        """Whether a call added or changed it."""
        return any(
            entry.operation in ("addShippingAddress", "updateShippingAddress")
            and address_id in {text for _, text in texts_in(answer.sections.get("body"), "")}
            for entry, answer in self.seen
        )


def _own_texts(consumer: Consumer) -> set[str]:
    found = {consumer.email_address} if consumer.email_address else set()
    if consumer.mobile_number is not None:
        number = consumer.mobile_number
        found |= {f"{number.country_code}{number.phone_number}", number.phone_number}
    return found


def _named_in(entry: Entry) -> set[str]:
    """Every text that the call says, also what it says encrypted."""
    documents: list[Any] = [entry.members]
    documents += [
        one.content for path, one in entry.artefacts.items() if path.startswith("request.")
    ]
    return {text for document in documents for _, text in texts_in(document, "")}


def _is_batch(entry: Entry) -> bool:
    return entry.operation == "enrollCardsBatch" and entry.status < _REFUSED


def _enrolled(entry: Entry, answer: Answer) -> str | None:
    """The card that a call with a card in it brought."""
    if "encryptedCard" not in entry.members or "srcDigitalCardId" in entry.members:
        return None
    for section in ("body", "response"):
        card = answer.sections.get(section, {}).get("maskedCard")
        if isinstance(card, Mapping):
            found = card.get("srcDigitalCardId")
            return found if isinstance(found, str) else None
    return None


def _same_person(consumer: Consumer, addresses: list[Address]) -> str:
    """Equal for the profiles of one person that one fixture makes."""
    shown = msgspec.to_builtins(consumer)
    kept = {name: shown.get(name) for name in ("emailAddress", "mobileNumber", *_PERSON)}
    places = [_without_id(one) for one in addresses]
    return msgspec.json.encode([kept, places, consumer.date_consumer_added]).decode()


def _without_id(address: Address) -> Json:
    shown: Json = msgspec.to_builtins(address)
    return {
        name: one for name, one in shown.items() if one is not None and name != "addressId"
    }


def _write(
    people: People,
    recording: Recording,
    members: list[tuple[Consumer, list[Card], list[Address]]],
    seen: Seen,
) -> None:
    members.sort(key=lambda one: NETWORKS.index(one[0].network))
    first, _, addresses = members[0]
    shown: Json = msgspec.to_builtins(first)
    person: Json = {}
    for name in ("emailAddress", "mobileNumber", *_PERSON):
        if shown.get(name) is not None:
            person[name] = shown[name]
    names = [one for one in (first.first_name, first.last_name) if one]
    if person.get("fullName") == " ".join(names):
        person.pop("fullName", None)
    person["networks"] = [one.network for one, _, _ in members]
    ids: dict[tuple[str, str], str] = {}
    if addresses:
        person["shippingAddresses"] = [_without_id(one) for one in addresses]
    number = 0
    cards: list[Json] = []
    for consumer, own_cards, own_addresses in members:
        ids[consumer.network, consumer.src_consumer_id] = (
            f"profiles.{consumer.network}.srcConsumerId"
        )
        for one in own_addresses:
            ids[consumer.network, str(one.address_id)] = f"shippingAddresses[{number}].addressId"
            number += 1
        for card in sorted(own_cards, key=lambda one: one.src_digital_card_id):
            fixture = _card_fixture(people, recording, card, seen)
            if fixture is not None:
                ids[card.network, card.src_digital_card_id] = (
                    f"cards[{len(cards)}].srcDigitalCardId"
                )
                cards.append(fixture)
    if cards:
        person["cards"] = cards
    _write_status(people, first, person, seen)
    came = [one.date_consumer_added for one, _, _ in members if one.date_consumer_added]
    people.fixtures.append((min(came, default=recording.first_at), person))
    people.ids.append(ids)


def _write_status(people: People, consumer: Consumer, person: Json, seen: Seen) -> None:
    """A person who is locked now was so in the beginning, unless an earlier call says otherwise."""
    if consumer.status == "ACTIVE":
        return
    locked = any("RETRIES_EXCEEDED" in answer.reasons for _, answer in seen)
    greeted = any(
        answer.status == 200 and _own_texts(consumer) & _named_in(entry)
        for entry, answer in seen
        if entry.operation == "initiateIdentityValidation"
    )
    if not locked and not greeted:
        person["status"] = consumer.status
        if consumer.locked_until is not None:
            person["lockedUntil"] = consumer.locked_until.isoformat().replace("+00:00", "Z")
    elif not locked:
        people.notes.append(
            f"{consumer.email_address or 'a consumer'} is {consumer.status} at {consumer.network}"
            " now and was not at first: what changed it is not in the journal"
        )


def _card_fixture(
    people: People, recording: Recording, card: Card, seen: Seen
) -> Json | None:
    """The card with its number, found among the published ones; None where it cannot be told."""
    number = _number_of(people, recording, card, seen)
    if number is None:
        return None
    fixture: Json = {
        "network": card.network,
        "primaryAccountNumber": number,
        "panExpirationMonth": card.pan_expiration_month,
        "panExpirationYear": card.pan_expiration_year,
    }
    if card.cardholder_full_name is not None:
        fixture["cardholderFullName"] = card.cardholder_full_name
    if card.billing_address is not None and not _changes_billing(card, seen):
        fixture["billingAddress"] = _without_id(card.billing_address)
    status = _first_status(card, seen)
    if status != "ACTIVE":
        fixture["status"] = status
        if status == "PENDING" and card.pending_events:
            fixture["pendingEvents"] = list(card.pending_events)
    elif card.status in ("SUSPENDED", "EXPIRED") and not _is_changed_by_fault(recording):
        people.notes.append(
            f"the card {card.pan_last_four} at {card.network} is {card.status} now and was ACTIVE"
            " at first: what changed it is not in the journal"
        )
    return fixture


def _number_of(people: People, recording: Recording, card: Card, seen: Seen) -> str | None:
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
        people.notes.append(
            f"the card {shown} is left out: its number is none of the published ones, and the"
            " control port shows only these digits"
        )
        return None
    if len(fitting) > 1:
        people.notes.append(
            f"the card {shown} may be {' or '.join(fitting)}: the control port shows only these"
            " digits"
        )
    return fitting[0]


def _fits(number: str, card: Card) -> bool:
    return number.startswith(card.pan_bin) and number.endswith(card.pan_last_four)


def _first_status(card: Card, seen: Seen) -> str:
    """Its status when an answer first shows it; as it is now where none does."""
    for _, answer in seen:
        for section in ("body", "response"):
            for one in _masked_cards(answer.sections.get(section)):
                if one.get("srcDigitalCardId") == card.src_digital_card_id:
                    return str(one.get("digitalCardData", {}).get("status") or card.status)
    return "ACTIVE" if card.status == "CANCELLED" else card.status


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


def _is_changed_by_fault(recording: Recording) -> bool:
    return any("state" in one.effect for one in recording.rules)
