"""The consumers that calls were about and that no call made: those a story is given."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from src_system.client import Refused
from src_system.client.answers import Address, Card, Consumer
from src_system.scenario.export.cards import card_fixture, without_id
from src_system.scenario.export.changes import (
    changes_of_card,
    changes_of_consumer,
    first_status,
)
from src_system.scenario.export.made import Made, Seen
from src_system.scenario.export.recorded import Recording
from src_system.scenario.texts import texts_in
from src_system.scenario.words import NETWORKS, Json

_IDENTITY = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|\+?\d{7,15}")
_PERSON = ("firstName", "lastName", "fullName", "nationalIdentifier", "countryCode", "locale")


@dataclass(slots=True)
class People:
    """Consumers as fixtures have them, with when they came, and what could not be told.

    `cards`, `addresses` and `consumers` are the ids that they have, by network and id, with the
    variable below an entry of `consumers` that holds them. `changes` are steps of the tester's hand
    before the call at a place.
    """

    fixtures: list[tuple[datetime, Json]] = field(default_factory=list)
    ids: list[dict[tuple[str, str], str]] = field(default_factory=list)
    changes: list[tuple[int, Json]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


async def find_people(recording: Recording, seen: Seen) -> People:
    """Everybody whom the calls name, but for those whom the calls made."""
    people = People()
    found = await _everybody(recording, seen)
    made = Made(seen)
    groups: dict[str, list[tuple[Consumer, list[Card], list[Address]]]] = {}
    for consumer in found:
        held = await _cards(recording, consumer, seen)
        for one in held:
            people.changes += changes_of_card(recording, one, seen)
        people.changes += changes_of_consumer(recording, consumer, seen)
        if made.consumer(consumer):
            continue
        cards = [one for one in held if not made.card(one, consumer)]
        addresses = [one for one in consumer.shipping_addresses if not made.address(one.address_id)]
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
        in_path = re.search(r"/cards/([^/]+)", entry.path)
        if in_path is not None and in_path[1] != "batch":
            found[entry.network, in_path[1]] = None
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


def _same_person(consumer: Consumer, addresses: list[Address]) -> str:
    """Equal for the profiles of one person that one fixture makes."""
    shown = msgspec.to_builtins(consumer)
    kept = {name: shown.get(name) for name in ("emailAddress", "mobileNumber", *_PERSON)}
    places = [without_id(one) for one in addresses]
    return msgspec.json.encode([kept, places, consumer.date_consumer_added]).decode()


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
        person["shippingAddresses"] = [without_id(one) for one in addresses]
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
            fixture = card_fixture(people.notes, recording, card, seen)
            if fixture is not None:
                ids[card.network, card.src_digital_card_id] = (
                    f"cards[{len(cards)}].srcDigitalCardId"
                )
                cards.append(fixture)
    if cards:
        person["cards"] = cards
    person.update(first_status(recording, first, seen))
    came = [one.date_consumer_added for one, _, _ in members if one.date_consumer_added]
    people.fixtures.append((min(came, default=recording.first_at), person))
    people.ids.append(ids)
