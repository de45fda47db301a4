"""What the recorded calls made themselves, and a story must not be given: they make it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from src_system.client.answers import Card, Consumer
from src_system.scenario.answers import Answer
from src_system.scenario.export.recorded import Entry
from src_system.scenario.texts import texts_in

Seen = list[tuple[Entry, Answer]]

_REFUSED = 400


@dataclass(slots=True)
class Made:
    """What the calls themselves made."""

    seen: Seen

    def consumer(self, consumer: Consumer) -> bool:
        """Whether a call enrolled her on her network, and no earlier one found her there."""
        own = texts_of(consumer)
        for entry, answer in self.seen:
            if entry.network != consumer.network:
                continue
            named = texts_said(entry)
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
            added = consumer.date_consumer_added
            if card_id is not None and (added is None or added >= entry.at):
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
            if _is_batch(entry) and texts_of(consumer) & texts_said(entry):
                numbers = [one for one in texts_said(entry) if one.endswith(card.pan_last_four)]
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


def texts_of(consumer: Consumer) -> set[str]:
    """By what calls name her."""
    found = {consumer.email_address} if consumer.email_address else set()
    if consumer.mobile_number is not None:
        number = consumer.mobile_number
        found |= {f"{number.country_code}{number.phone_number}", number.phone_number}
    return found


def texts_said(entry: Entry) -> set[str]:
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
