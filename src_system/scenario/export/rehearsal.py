"""A session as the runner will play it, rehearsed on recorded answers: nobody is called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from src_system.client import Network, NotTrusted, Registration, SrcSystemError
from src_system.client.answers import NetworkUrls
from src_system.client.network_calls import SharedSession
from src_system.client.published_keys import Opened, PublishedKeys, Verified
from src_system.client.transport import Reply, Request
from src_system.scenario.answers import Answer
from src_system.scenario.calling import read
from src_system.scenario.export.recorded import Artefact, Entry

_NO_ANSWER = frozenset({"hang", "reset", "empty", "truncate", "malformed"})


class NobodyCalled:
    """A transport that reaches nobody: a rehearsal is about what was answered already."""

    async def send(self, request: Request) -> Reply:
        """Always SrcSystemError."""
        raise SrcSystemError(f"A rehearsal calls nobody: {request.call}.")

    async def close(self) -> None:
        """Nothing is open."""


class RecordedKeys(PublishedKeys):
    """A network's keys, by what the journal found when it opened and verified with them."""

    tokens: Mapping[str, Artefact] = {}

    async def verify(self, token: str) -> Verified:
        """Header and claims, as the journal verified them; NotTrusted where they are not valid."""
        artefact = self.tokens.get(token)
        if artefact is None or artefact.content is None or artefact.is_valid is not True:
            said = "It is no JWS." if artefact is None else artefact.problem
            raise NotTrusted(f"The JWS cannot be believed: {said}")
        return Verified(artefact.header, artefact.content)


class RehearsedNetwork(Network):
    """A network of a session that answers what it answered before."""

    def __init__(
        self, name: str, urls: NetworkUrls, registration: Registration, session: SharedSession
    ) -> None:
        super().__init__(NobodyCalled(), name, urls, registration, session, self._time)
        self.at: datetime | None = None
        self._recorded = RecordedKeys(urls.keys, self._fetch, self._time)
        self.keys = self._recorded

    async def take(self, entry: Entry) -> Answer:
        """The recorded answer in its parts, as the runner reads it; the session goes on with it."""
        if entry.status == 0 or _is_broken(entry):
            return Answer(broken="There was no answer that could be read.", network=self.network)
        self.at = entry.at
        self._recorded.tokens = entry.tokens()
        reply = Reply(entry.call, entry.status, entry.answer_headers, entry.answer_body)
        self._remember(reply)
        return await read(self, entry.operation, reply)

    async def open_payload(self, encrypted_payload: str) -> Opened:
        """Header and content; of a client whose keys only itself holds nothing is known."""
        if not self.registration.private_keys:
            return Opened({}, {})
        return await super().open_payload(encrypted_payload)

    async def _time(self) -> datetime:
        if self.at is None:
            raise SrcSystemError("Nothing has been rehearsed yet.")
        return self.at


def _is_broken(entry: Entry) -> bool:
    return any(one.get("effect", {}).get("transport") in _NO_ANSWER for one in entry.faults)


@dataclass(slots=True)
class Rehearsed:
    """A session on a device. `number` counts the visits, from one."""

    device: str
    number: int
    registration: Registration
    session: SharedSession
    networks: dict[str, RehearsedNetwork] = field(default_factory=dict, repr=False)


def rehearse(
    device: str,
    number: int,
    urls: Mapping[str, NetworkUrls],
    registration: Registration,
    srci_transaction_id: str,
    *,
    before: Rehearsed | None = None,
) -> Rehearsed:
    """Begin a session; what the device remembers from the one *before* goes with it."""
    session = SharedSession(srci_transaction_id)
    if before is not None:
        session.recognition_tokens.update(before.session.recognition_tokens)
    networks = {
        name: RehearsedNetwork(name, found, registration, session) for name, found in urls.items()
    }
    return Rehearsed(device, number, registration, session, networks)
