"""A journal in the order of time, and by session, transaction, card and token: read once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from src_system.model.journal import Exchange
from src_system.model.participant import ClientKind
from src_system.verdict.key_sets import KeySets
from src_system.verdict.session import Session
from src_system.verdict.showings import NOWHERE, Showings
from src_system.verdict.step import Step

_NO_KEY_SETS = KeySets(())


@dataclass(frozen=True, eq=False)
class Transaction:
    """The calls of one client that bear one srciTransactionId, at whichever networks."""

    src_client_id: str | None
    srci_transaction_id: str
    steps: tuple[Step, ...]

    def at(self, network: str) -> Sequence[Step]:
        """Its calls at one network."""
        return self._by_network.get(network, ())

    @cached_property
    def _by_network(self) -> Mapping[str, Sequence[Step]]:
        found: defaultdict[str, list[Step]] = defaultdict(list)
        for step in self.steps:
            found[step.network].append(step)
        return found

    @cached_property
    def networks(self) -> tuple[str, ...]:
        """The networks it went to, in the order of the first call."""
        return tuple(self._by_network)

    @cached_property
    def first_checkout(self) -> Step | None:
        """The first checkout that was done in it."""
        done = (step for step in self.steps if step.operation == "checkout" and step.is_done)
        return next(done, None)

    def is_paid_before(self, step: Step) -> bool:
        """Whether a checkout had been done in it when *step* was called."""
        first = self.first_checkout
        return first is not None and first.called_at < step.called_at


@dataclass(frozen=True, eq=False)
class History:
    """What the checks look at. `is_whole` says that no entry was dropped before the first."""

    steps: tuple[Step, ...]
    kinds: Mapping[str, ClientKind]
    is_whole: bool = True

    @classmethod
    def of(
        cls,
        exchanges: Iterable[Exchange],
        kinds: Mapping[str, ClientKind],
        *,
        is_whole: bool = True,
    ) -> "History":
        """The history of *exchanges*; *kinds* of the clients by srcClientId."""
        steps = [Step.of(exchange) for exchange in exchanges]
        # Places are given when a call ends; rules ask in which order calls were made.
        steps.sort(key=lambda step: (step.called_at, step.place))
        return cls(tuple(steps), kinds, is_whole)

    def is_initiator(self, step: Step) -> bool:
        """Whether an SRC initiator made the call; so does whoever is not known any more."""
        kind = self.kinds.get(step.client or "", ClientKind.SRC_INITIATOR)
        return step.client is not None and kind is ClientKind.SRC_INITIATOR

    def of_operation(self, *names: str) -> list[Step]:
        """The calls of these operations, in the order of time."""
        if len(names) == 1:
            return list(self._by_operation.get(names[0], ()))
        return [step for step in self.steps if step.operation in names]

    @cached_property
    def _by_operation(self) -> Mapping[str, Sequence[Step]]:
        found: defaultdict[str, list[Step]] = defaultdict(list)
        for step in self.steps:
            found[step.operation].append(step)
        return found

    @cached_property
    def transactions(self) -> Mapping[tuple[str | None, str], Transaction]:
        """Every transaction that its initiator named, by srcClientId and srciTransactionId."""
        found: defaultdict[tuple[str | None, str], list[Step]] = defaultdict(list)
        for step in self.steps:
            if step.transaction_id is not None and self.is_initiator(step):
                found[step.client, step.transaction_id].append(step)
        return {key: Transaction(*key, tuple(steps)) for key, steps in found.items()}

    @cached_property
    def sessions(self) -> Mapping[tuple[str, str], Session]:
        """Every checkout session, by network and srcCorrelationId: by what was sent and answered.

        A refusal's own srcCorrelationId is no session.
        """
        found: defaultdict[tuple[str, str], list[Step]] = defaultdict(list)
        for step in self.steps:
            answered = None if step.entry.is_refused else step.session_id
            for session_id in dict.fromkeys((step.correlation_id, answered)):
                if session_id is not None:
                    found[step.network, session_id].append(step)
        return {
            key: Session(network=key[0], src_correlation_id=key[1], steps=tuple(steps))
            for key, steps in found.items()
        }

    def session_of(self, step: Step) -> Session | None:
        """The session that the call names or was given."""
        session_id = step.correlation_id or step.session_id
        return self.sessions.get((step.network, session_id or ""))

    def showings_of(self, src_digital_card_id: str | None) -> Showings:
        """The calls whose answer showed that card."""
        return self._showings.get(card_key(src_digital_card_id or ""), NOWHERE)

    @cached_property
    def _showings(self) -> Mapping[str, Showings]:
        found: defaultdict[str, list[Step]] = defaultdict(list)
        for step in self.steps:
            for card in step.masked_cards:
                card_id = card.get("srcDigitalCardId")
                if isinstance(card_id, str):
                    found[card_key(card_id)].append(step)
        return {key: Showings.of(steps) for key, steps in found.items()}

    @cached_property
    def deleted_cards(self) -> Mapping[tuple[str, str], Step]:
        """The newest deletion of each card, by network and the card's id in normal form."""
        return {
            (step.network, card_key(step.card_id)): step
            for step in self.of_operation("deleteCard")
            if step.card_id is not None and not step.entry.is_refused
        }

    @cached_property
    def token_issues(self) -> Mapping[str, Step]:
        """The call that first answered an idToken, by the token."""
        found: dict[str, Step] = {}
        for step in self.steps:
            for token in step.issued_id_tokens:
                found.setdefault(token, step)
        return found

    def uses_of(self, token: str) -> Sequence[Step]:
        """The calls that presented an idToken or a recognition token."""
        return self._uses.get(token, ())

    @cached_property
    def _uses(self) -> Mapping[str, Sequence[Step]]:
        found: defaultdict[str, list[Step]] = defaultdict(list)
        for step in self.steps:
            for token in (*step.id_tokens, *step.recognition_tokens):
                found[token].append(step)
        return found

    @cached_property
    def tampered(self) -> tuple[Step, ...]:
        """The calls whose answer a fault made wrong."""
        return tuple(step for step in self.steps if step.is_tampered)

    @cached_property
    def naming_answers(self) -> Mapping[str, Mapping[str, Step]]:
        """Who gave a session its name: the first call by network, by srcCorrelationId."""
        found: defaultdict[str, dict[str, Step]] = defaultdict(dict)
        for step in self.steps:
            name = None if step.entry.is_refused else step.session_id
            if name is not None and name != step.correlation_id:
                found[name].setdefault(step.network, step)
        return found

    @cached_property
    def looked_up_batches(self) -> Mapping[tuple[str, str | None], Step]:
        """The newest status of each batch, by network and batchId."""
        return {
            (step.network, step.answered("batchId")): step
            for step in self.of_operation("getDpaBatch", "getCardsBatch")
            if not step.entry.is_refused
        }

    def transaction_around(self, step: Step) -> Transaction | None:
        """The initiator's transaction that the call belongs to, also one that a DCF made."""
        session = self.session_of(step)
        for one in (step, *(() if session is None else session.steps)):
            found = self.transactions.get((one.client, one.transaction_id or ""))
            if found is not None:
                return found
        return None

    def key_sets_of(self, network: str) -> KeySets:
        """The key sets that a network handed out."""
        return self._key_sets.get(network, _NO_KEY_SETS)

    def has_tampered_keys(self, network: str) -> bool:
        """Whether the newest key set that a network handed out was made wrong by a fault."""
        newest = self._newest_key_sets.get(network)
        return newest is not None and newest.is_tampered

    @cached_property
    def _newest_key_sets(self) -> Mapping[str, Step]:
        return {step.network: step for step in self.of_operation("keys") if step.is_done}

    @cached_property
    def _key_sets(self) -> Mapping[str, KeySets]:
        answers = self.of_operation("keys")
        return {
            network: KeySets.of(step for step in answers if step.network == network)
            for network in {step.network for step in answers}
        }


def told_before(
    chain: Iterable[Step], tells: Callable[[Step], Iterable[str]]
) -> Iterator[tuple[Step, Mapping[str, Step]]]:
    """Every call of *chain*, in the order of time, with what its maker could have been told by the
    answers to earlier ones: what *tells* finds in an answer, and the call that first told it.
    """
    told: dict[str, Step] = {}
    waiting: list[Step] = []
    for step in chain:
        late = []
        for earlier in waiting:
            if step.knew(earlier):
                for text in tells(earlier):
                    told.setdefault(text, earlier)
            else:
                late.append(earlier)
        waiting = late
        yield step, told
        waiting.append(step)


def card_key(src_digital_card_id: str) -> str:
    """One spelling for the ids of a card: Visa writes a UUID here and 32 hex digits there."""
    bare = src_digital_card_id.replace("-", "")
    is_uuid = len(bare) == 32 and all(digit in "0123456789abcdefABCDEF" for digit in bare)
    return bare.lower() if is_uuid else src_digital_card_id
