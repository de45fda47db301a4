"""The clients and DPAs that a new sandbox would not have by itself: those a story is given."""

from dataclasses import dataclass, field
from typing import Any

from src_system.client.answers import Client, Dpa
from src_system.scenario.export.made import Seen
from src_system.scenario.export.recorded import Recording
from src_system.scenario.export.sessions import first_initiator
from src_system.scenario.texts import texts_in
from src_system.scenario.words import Json

# What a new sandbox calls those that it makes by itself.
_ISSUER = ("PARTICIPATING_ISSUER", "Default issuer")
_SHOP = "default-shop"
_PUBLIC = ("kty", "n", "e", "kid", "use", "alg")


@dataclass(slots=True)
class Participants:
    """Fixtures of clients and DPAs; whether the sandbox has its own issuer."""

    clients: list[Json] = field(default_factory=list)
    dpas: list[Json] = field(default_factory=list)
    has_issuer: bool = False
    notes: list[str] = field(default_factory=list)


def find_participants(recording: Recording, seen: Seen) -> Participants:
    """Those that calls name, as they are now."""
    found = Participants()
    details = recording.sandbox.details
    first = first_initiator(details)
    said = _said(seen)
    for client in details.clients:
        if (client.kind, client.name) == _ISSUER:
            found.has_issuer = True
            fixture = _changes(client)
        elif client == first:
            fixture = _changes(client)
        elif client.src_client_id in said:
            fixture = _client(client)
        else:
            continue
        if fixture:
            found.clients.append({"srcClientId": client.src_client_id, **fixture})
        _tell(found, client, said)
    registered = _registered(seen)
    usual = next((one.markets for one in details.dpas if one.srci_dpa_id == _SHOP), [])
    for dpa in details.dpas:
        if (
            dpa.srci_dpa_id == _SHOP
            and first is not None
            and dpa.src_client_id == first.src_client_id
        ):
            fixture = _dpa_changes(dpa)
        elif dpa.src_dpa_id in said and not registered & {dpa.src_dpa_id, dpa.srci_dpa_id}:
            fixture = _dpa(dpa, usual)
        else:
            continue
        if fixture:
            found.dpas.append({"srcDpaId": dpa.src_dpa_id, **fixture})
    return found


def _said(seen: Seen) -> set[str]:
    found = {entry.src_client_id or "" for entry, _ in seen}
    for entry, _ in seen:
        found |= {text for _, text in texts_in(entry.members, "")}
    return found


def _registered(seen: Seen) -> set[str | None]:
    """What batches of the calls themselves registered."""
    return {
        text
        for entry, answer in seen
        if entry.operation in ("registerDpas", "getDpaBatch")
        for document in (entry.members, answer.sections.get("body"))
        for path, text in texts_in(document, "")
        if path.endswith((".srcDpaId", ".srciDpaId")) and path.count(".") > 1
    }


def _changes(client: Client) -> Json:
    """What was changed of a client that every sandbox has."""
    fixture: Json = {}
    scheme = client.authentication.get("scheme", "open")
    if scheme != "open":
        fixture["authentication"] = {"scheme": scheme}
    if client.status != "ACTIVE":
        fixture["status"] = client.status
    if client.origins:
        fixture["origins"] = list(client.origins)
    if client.recipients:
        fixture["recipients"] = [_recipient(one) for one in client.recipients]
    return fixture


def _client(client: Client) -> Json:
    fixture: Json = {"kind": client.kind, "name": client.name}
    if client.business is not None:
        fixture["business"] = client.business
    if client.token_requestor_id is not None:
        fixture["tokenRequestorId"] = client.token_requestor_id
    fixture["authentication"] = {"scheme": client.authentication.get("scheme", "open")}
    return {**fixture, **_changes(client)}


def _recipient(recipient: Json) -> Json:
    """Another recipient of payloads, with what is public of its keys."""
    keys: list[Any] = recipient.get("jwks", {}).get("keys", [])
    public = [{name: key[name] for name in _PUBLIC if name in key} for key in keys]
    return {"recipientId": recipient.get("recipientId"), "jwks": {"keys": public}}


def _tell(found: Participants, client: Client, said: set[str]) -> None:
    if client.src_client_id not in said:
        return
    if client.notification_url is not None:
        found.notes.append(
            f"{client.name} is told of changed cards at {client.notification_url}:"
            " notifications are in no journal, and the story has none"
        )
    if client.jwks.keys and not any("d" in one for one in client.jwks.keys):
        found.notes.append(
            f"{client.name} alone holds its payload keys: the story uses keys that its sandbox"
            " makes, and expects nothing of payloads"
        )


def _dpa_changes(dpa: Dpa) -> Json:
    fixture: Json = {}
    if dpa.status != "ACTIVE":
        fixture["status"] = dpa.status
    if dpa.dpa_transaction_options:
        fixture["dpaTransactionOptions"] = dpa.dpa_transaction_options
    return fixture


def _dpa(dpa: Dpa, usual_markets: list[str]) -> Json:
    fixture: Json = {"srcClientId": dpa.src_client_id, "dpaData": dpa.dpa_data}
    if dpa.srci_dpa_id is not None:
        fixture["srciDpaId"] = dpa.srci_dpa_id
    for name, value in (
        ("registration", dpa.registration),
        ("markets", [] if dpa.markets == usual_markets else dpa.markets),
        ("origins", dpa.origins),
    ):
        if value:
            fixture[name] = value
    return {**fixture, **_dpa_changes(dpa)}
