"""Entries of the journal as the control port shows them."""

from src_system.clock import iso_millis
from src_system.control.journal_documents import (
    DecodedEntry,
    DisclosureView,
    ExplanationView,
    JournalEntryView,
    JournalSummary,
    RawMessage,
)
from src_system.journal.explaining import explain, wire_names
from src_system.journal.har import artefact_document
from src_system.journal.masking import Masking
from src_system.journal.opening import read_object
from src_system.model.journal import Exchange, JournalEntry
from src_system.store.journal_disclosures import Disclosure


def summary(entry: JournalEntry, masking: Masking) -> JournalSummary:
    """What a list shows."""
    return {
        "place": entry.place,
        "network": entry.network,
        "operation": entry.operation,
        "method": entry.method,
        "path": masking.path(entry.path),
        "status": entry.status,
        "reason": entry.reason,
        "source": entry.source,
        "srcClientId": entry.src_client_id,
        "srcCorrelationId": entry.src_correlation_id,
        "at": iso_millis(entry.at),
        "recordedAt": iso_millis(entry.recorded_at),
        "milliseconds": entry.milliseconds,
        "statements": entry.statements,
        "faults": masking.document([dict(fault) for fault in entry.faults]),
    }


def raw_view(entry: JournalEntry, masking: Masking) -> JournalEntryView:
    """Both messages as they went over the wire."""
    sent, answered = masking.body(entry.request_body), masking.body(entry.response_body)
    request: RawMessage = {
        "headers": masking.headers(entry.request_headers),
        "body": sent.text,
        "bodyEncoding": sent.encoding,
    }
    response: RawMessage = {
        "headers": masking.headers(entry.response_headers),
        "body": answered.text,
        "bodyEncoding": answered.encoding,
    }
    return {
        **summary(entry, masking),
        "request": request,
        "response": response,
        "seen": masking.document(wire_names(entry.seen)),
        "masked": masking.is_on,
    }


def decoded_view(exchange: Exchange, masking: Masking) -> DecodedEntry:
    """Both messages read, with what was signed or encrypted in them."""
    return {
        **summary(exchange.entry, masking),
        "query": masking.document(exchange.query),
        "request": masking.document(exchange.request),
        "response": masking.document(exchange.response),
        "artefacts": {
            path: artefact_document(artefact, masking)
            for path, artefact in exchange.artefacts.items()
        },
        "masked": masking.is_on,
    }


def explanation_view(entry: JournalEntry) -> ExplanationView:
    """Why it was refused; always masked, for nothing in it needs to be seen."""
    masking, account = Masking(), explain(entry)
    explained = account.explanation
    return {
        "place": entry.place,
        "network": entry.network,
        "operation": entry.operation,
        "at": iso_millis(entry.at),
        "status": entry.status,
        "isRefused": entry.is_refused,
        "reason": entry.reason,
        "source": entry.source,
        "message": _message(entry, masking),
        "rule": None if explained is None else {"text": explained.rule, "spec": explained.spec},
        "seen": masking.document(account.seen),
        "wouldPass": account.would_pass,
        "faults": masking.document([dict(fault) for fault in entry.faults]),
    }


def _message(entry: JournalEntry, masking: Masking) -> str | None:
    """What the answer says for people, in whichever form its network says it."""
    document = read_object(entry.response_body)
    document = document.get("error", document) if entry.is_refused else {}
    text = document.get("message") if isinstance(document, dict) else None
    if text is None and isinstance(document, str):  # the token endpoint's form
        text = read_object(entry.response_body).get("error_description")
    return str(masking.document(text)) if isinstance(text, str) else None


def disclosure_view(disclosure: Disclosure) -> DisclosureView:
    """Who saw what."""
    return {
        "number": disclosure.number,
        "disclosedAt": iso_millis(disclosure.disclosed_at),
        "remoteAddress": disclosure.remote_address,
        "usedToken": disclosure.used_token,
        "view": disclosure.view,
        "firstPlace": disclosure.first_place,
        "lastPlace": disclosure.last_place,
    }
