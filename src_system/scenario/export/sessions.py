"""Whose session each recorded call belongs to, on which device, and where a visit begins."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from src_system.client import Registration, SrcSystemError
from src_system.client.answers import Client, Dpa, SandboxDetails
from src_system.client.trust import Receipts
from src_system.derive import Derivation
from src_system.scenario.export.recorded import Entry, Recording
from src_system.scenario.export.rehearsal import Rehearsed, rehearse
from src_system.scenario.stage import FIRST_DEVICE
from src_system.scenario.words import Json

_INITIATOR = "SRC_INITIATOR"


@dataclass(slots=True)
class Session:
    """The calls of one srciTransactionId of a client; None where they name none."""

    client: Client
    srci_transaction_id: str | None
    entries: list[Entry] = field(default_factory=list)
    device: str = ""
    number: int = 0
    before: "Session | None" = None
    rehearsed: Rehearsed | None = None
    visit: Json | None = None  # the step that begins it

    @property
    def last_place(self) -> int:
        """The place of its last call."""
        return self.entries[-1].place


@dataclass(slots=True)
class Sessions:
    """All sessions in the order in which they began, and the session of each call by its place."""

    recording: Recording
    found: list[Session] = field(default_factory=list)
    by_place: dict[int, Session] = field(default_factory=dict)
    _receipts: dict[str, Receipts] = field(default_factory=dict)

    @property
    def details(self) -> SandboxDetails:
        """The sandbox's document."""
        return self.recording.sandbox.details

    def begin(self, session: Session) -> Json | None:
        """Rehearse its beginning; the `visit` that it needs, None where the runner begins it."""
        dpa_id = next((_text(one.members, "srcDpaId") for one in session.entries), None)
        own = [
            one for one in self.details.dpas if one.src_client_id == session.client.src_client_id
        ]
        dpa = next((one for one in own if one.src_dpa_id == dpa_id), own[0] if own else None)
        derived = Derivation(self.recording.sandbox.seed).uuid("client transaction", session.number)
        transaction = session.srci_transaction_id or derived
        before = None if session.before is None else session.before.rehearsed
        session.rehearsed = rehearse(
            session.device,
            session.number,
            self.recording.sandbox.urls,
            self._registration(session.client, dpa),
            transaction,
            before=before,
        )
        visit: Json = {"visit": session.device}
        if session.client != first_initiator(self.details):
            visit["client"] = session.client.src_client_id
        if dpa is not None and dpa != own[0]:
            visit["dpa"] = dpa.src_dpa_id
        if transaction != derived:
            visit["transaction"] = transaction
        is_first = session.number == 1 and session.device == FIRST_DEVICE
        return None if is_first and len(visit) == 1 else visit

    def _registration(self, client: Client, dpa: Dpa | None) -> Registration:
        keys = [one for one in client.jwks.keys if "d" in one]
        return Registration(
            src_client_id=client.src_client_id,
            src_dpa_id=None if dpa is None else dpa.src_dpa_id,
            private_keys=tuple(keys),
            receipts=self._receipts.setdefault(client.src_client_id, Receipts()),
            authentication={"scheme": "open"},  # signatures are the runner's business
        )


def find_sessions(recording: Recording, entries: list[Entry]) -> Sessions:
    """The sessions of these calls, each on a device."""
    sessions = Sessions(recording)
    correlations: dict[str, Session] = {}
    for entry in entries:
        session = _session_of(sessions, entry, correlations)
        session.entries.append(entry)
        sessions.by_place[entry.place] = session
        for document in (entry.members, entry.answer):
            correlation = _text(document, "srcCorrelationId")
            if correlation is not None:
                correlations[correlation] = session
    _find_devices(sessions)
    return sessions


def first_initiator(details: SandboxDetails) -> Client | None:
    """The client that the runner is unless a visit names another."""
    return next((one for one in details.clients if one.kind == _INITIATOR), None)


def _session_of(sessions: Sessions, entry: Entry, correlations: dict[str, Session]) -> Session:
    client = _client(sessions.details, entry)
    transaction = _text(entry.members, "srciTransactionId")
    own = [one for one in sessions.found if one.client == client]
    if transaction is not None:
        same = [one for one in own if one.srci_transaction_id == transaction]
        if same:
            return same[0]
    else:
        known = correlations.get(_text(entry.members, "srcCorrelationId") or "")
        if known is not None and known.client == client:
            return known
        if own:
            return own[-1]
    session = Session(client, transaction)
    sessions.found.append(session)
    return session


def _client(details: SandboxDetails, entry: Entry) -> Client:
    named = entry.src_client_id or _text(entry.members, "srcClientId")
    found = next((one for one in details.clients if one.src_client_id == named), None)
    first = found or first_initiator(details) or next(iter(details.clients), None)
    if first is None:
        raise SrcSystemError(f"The sandbox {details.name} has no client any more.")
    return first


def _find_devices(sessions: Sessions) -> None:
    """A session with another's recognition token is on the same device, once that one is over."""
    given: dict[str, Session] = {}
    names: list[str] = []
    for number, session in enumerate(sessions.found, 1):
        session.number = number
        begin = session.entries[0].place
        for token in _recognition_tokens(session.entries[0].members):
            before = given.get(token)
            if before is not None and before.last_place < begin:
                session.device, session.before = before.device, before
        if not session.device:
            names.append(FIRST_DEVICE if not names else f"{FIRST_DEVICE} {len(names) + 1}")
            session.device = names[-1]
        for entry in session.entries:
            recognition = _text(entry.answer, "recognitionToken")
            if recognition is not None:
                given[recognition] = session


def _recognition_tokens(members: Json) -> Iterator[str]:
    found = members.get("recognitionTokens")
    yield from (one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _text(document: Json, name: str) -> str | None:
    found = document.get(name)
    return found if isinstance(found, str) and found else None
