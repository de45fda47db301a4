"""Everything that bears a date or has a life: what it is, how long it lives, by which clock.

The one list. `GET /v1/dated-artefacts` serves it and docs/time.md shows it. A test goes through it
with a case for each entry; another holds it against the schema, so that no column of time is
without an owner.
"""

from dataclasses import dataclass
from enum import StrEnum


class TimeSource(StrEnum):
    """Whose time counts."""

    SANDBOX = "sandbox"
    MACHINE = "machine"


class FiredEvent(StrEnum):
    """What happens to an artefact when the clock passes its time."""

    EXPIRED = "expired"
    ARRIVED = "arrived"
    ENDED = "ended"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class DatedArtefact:
    """One of them. *limits* are names of settings; *life* says what no setting says.

    *event*: what the clock tells of it when it passes its time, under this name as kind; None for
    what is kept nowhere, ends nothing, or runs by the machine's time. *columns* keep its dates.
    """

    name: str
    what: str
    life: str
    source: str
    limits: tuple[str, ...] = ()
    event: FiredEvent | None = None
    columns: tuple[str, ...] = ()
    time: TimeSource = TimeSource.SANDBOX


_CODES_AND_PEOPLE = (
    DatedArtefact(
        "oneTimeCode",
        "a one-time code",
        "from its issue; a resend begins anew",
        "spec 4.5",
        ("one_time_code_minutes",),
        FiredEvent.EXPIRED,
        ("one_time_code.issued_at", "one_time_code.expires_at", "identity_validation.expires_at"),
    ),
    DatedArtefact(
        "lateOneTimeCode",
        "a one-time code that comes late",
        "arrives when its delay is over",
        "docs/control-api.md",
        event=FiredEvent.ARRIVED,
        columns=("one_time_code.arrives_at",),
    ),
    DatedArtefact(
        "authentication",
        "an authentication that waits for its proof",
        "from its beginning",
        "spec 4.13",
        ("one_time_code_minutes",),
        FiredEvent.EXPIRED,
        ("authentication.created_at", "authentication.expires_at", "authentication.completed_at"),
    ),
    DatedArtefact(
        "securityCodeTries",
        "wrong security codes that count against a card",
        "from the beginning of their authentication",
        "spec 4.13",
        ("consumer_lock_minutes",),
    ),
    DatedArtefact(
        "consumerLock",
        "the lock of a consumer",
        "from the last exhausted validation; on the control port `until`, or without end",
        "spec 10j",
        ("consumer_lock_minutes",),
        FiredEvent.ENDED,
        ("consumer.locked_until",),
    ),
    DatedArtefact(
        "journalEntry",
        "a call in the journal: `at`, beside `recordedAt` of the machine",
        "until newer ones take its place",
        "docs/control-api.md",
    ),
    DatedArtefact(
        "relationshipDates",
        "dates of consumers, cards and addresses, and the ages in eventHistory",
        "no end",
        "spec 5.1, 5.8, 5.19",
        columns=(
            "consumer.date_consumer_added",
            "consumer.date_consumer_last_used",
            "digital_card.date_of_card_created",
            "digital_card.date_of_card_last_used",
            "payment_token.created_at",
            "shipping_address.created_at",
            "client.created_at",
            "dpa.created_at",
            "recipient_key.created_at",
        ),
    ),
)


_TOKENS = (
    DatedArtefact(
        "idToken", "an idToken: iat and exp", "from its issue", "spec 5.22", ("id_token_seconds",)
    ),
    DatedArtefact(
        "authTime",
        "the auth_time of another network's idToken",
        "from the validation of the person",
        "spec 5.22",
        ("authentication_age_days_max",),
        columns=("checkout_session.auth_time",),
    ),
    DatedArtefact(
        "revokedIdToken",
        "the memory of an idToken that was taken back",
        "until the idToken's own end",
        "spec 4.8",
        columns=("revoked_id_token.expires_at",),
    ),
    DatedArtefact(
        "recognitionToken",
        "a remembered device and its recognition token: iat and exp",
        "from the validation",
        "spec 4.8",
        ("recognition_token_days",),
        FiredEvent.EXPIRED,
        ("app_instance.created_at", "app_instance.expires_at", "app_instance.revoked_at"),
    ),
    DatedArtefact(
        "accessToken",
        "an OAuth 2 access token: iat and exp",
        "from its issue",
        "spec 2.4, 8.6",
        ("access_token_seconds",),
    ),
    DatedArtefact(
        "signatureTime",
        "the time in an OAuth 1.0a signature or x-pay-token",
        "so far from the sandbox's time, on either side",
        "spec 8.8",
        ("authentication_skew_seconds",),
    ),
    DatedArtefact(
        "nonce",
        "the memory of a signature that was used",
        "from its time; while the clock stands still, until so many newer ones came",
        "spec 8.8",
        ("nonce_seconds", "nonces_of_frozen_clock_max"),
        columns=("used_nonce.expires_at", "used_nonce.used_at"),
    ),
    DatedArtefact(
        "clientKey",
        "a client's payload key",
        "to its `keysNotAfter`",
        "spec 8.1",
        event=FiredEvent.EXPIRED,
        columns=("recipient_key.not_after",),
    ),
)


_CHECKOUTS = (
    DatedArtefact(
        "checkoutSession",
        "a checkout session",
        "from its first call",
        "spec 8.8, 10j",
        ("checkout_session_minutes",),
        FiredEvent.EXPIRED,
        ("checkout_session.created_at", "checkout_session.expires_at"),
    ),
    DatedArtefact(
        "checkoutRequest",
        "a prepared checkout, signed: iat",
        "from its signature",
        "spec 4.9",
        ("checkout_session_minutes",),
    ),
    DatedArtefact(
        "dcfVisit",
        "a consumer's visit to a DCF's pages, until it has a result",
        "15 minutes from its opening; an action under way is held for seconds of machine time",
        "spec 4.9",
        event=FiredEvent.EXPIRED,
        columns=("dcf_visit.created_at", "dcf_visit.expires_at", "dcf_visit.busy_until"),
    ),
    DatedArtefact(
        "checkoutResponse",
        "a checkoutResponse, signed: iat; and the times in its assuranceData",
        "no end of its own",
        "spec 5.16, 8.2",
        columns=("checkout.created_at",),
    ),
    DatedArtefact(
        "cryptogram",
        "a payload's dynamic data: dynamicDataExpiration",
        "`dpaDynamicDataTtlMinutes` of the payment option, else as the network has it",
        "spec 8.8, 9.3",
        event=FiredEvent.EXPIRED,
        columns=("cryptogram.issued_at", "cryptogram.expires_at", "cryptogram.used_at"),
    ),
    DatedArtefact(
        "card",
        "a card",
        "to the end of its expiry month, UTC",
        "spec 5.7, 10j",
        event=FiredEvent.EXPIRED,
    ),
    DatedArtefact(
        "paymentToken",
        "a network token",
        "to the end of its expiry month, three years after its issue; the next payload renews it",
        "spec 9.2",
        event=FiredEvent.EXPIRED,
    ),
    DatedArtefact(
        "confirmation",
        "when a confirmation came",
        "no end",
        "spec 4.12",
        columns=("confirmation.received_at",),
    ),
)


_WORK = (
    DatedArtefact(
        "cardNotification",
        "a card update notification: its event time, its signature's iat, its next attempt",
        "retried until it is given up",
        "spec 4.16, 13.12",
        ("notification_first_retry_seconds", "notification_retry_seconds_max"),
        FiredEvent.DUE,
        (
            "card_notification.event_time",
            "card_notification.next_attempt_at",
            "card_notification.delivered_at",
        ),
    ),
    DatedArtefact(
        "dpaBatch",
        "a batch of DPAs",
        "waits from its arrival",
        "spec 4.15",
        ("batch_seconds",),
        FiredEvent.DUE,
        ("dpa_batch.started_at", "dpa_batch.due_at", "dpa_batch.ended_at"),
    ),
    DatedArtefact(
        "cardBatch",
        "a batch of an issuer's cards",
        "waits from its arrival",
        "spec 4.14",
        ("batch_seconds",),
        FiredEvent.DUE,
        ("card_batch.started_at", "card_batch.due_at", "card_batch.ended_at"),
    ),
    DatedArtefact(
        "stateChange",
        "another status that a fault has in store for a card or consumer",
        "`after` of the fault",
        "docs/control-api.md",
        event=FiredEvent.DUE,
        columns=("state_change.due_at",),
    ),
    DatedArtefact(
        "faultRule",
        "a fault rule: when it holds, and the period of its quota",
        "`from` and `until`, `per` of the quota",
        "docs/control-api.md",
        columns=("fault_rule.created_at", "fault_rule.window_began_at"),
    ),
    DatedArtefact(
        "snapshot",
        "what the clock showed when a snapshot was taken; restored, it shows that again",
        "no end",
        "docs/control-api.md",
        columns=("snapshot.simulated_at",),
    ),
)


_BY_THE_MACHINE = (
    DatedArtefact(
        "sandbox",
        "a sandbox and its snapshots: createdAt, takenAt, and expiresAt by its ttl",
        "so that nothing is left behind, whatever its clock shows",
        "docs/control-api.md",
        columns=(
            "sandbox.created_at",
            "sandbox.expires_at",
            "sandbox.removable_at",
            "snapshot.taken_at",
        ),
        time=TimeSource.MACHINE,
    ),
    DatedArtefact(
        "deliveryLease",
        "the lease on a delivery: one worker, one attempt",
        "twice the timeout of a delivery, and ten seconds",
        "docs/notifications.md",
        ("notification_timeout_ms",),
        columns=("card_notification.leased_until",),
        time=TimeSource.MACHINE,
    ),
    DatedArtefact(
        "networkKey",
        "a network's keys",
        "made once for all sandboxes; published whatever their clocks show",
        "spec 8.3, 13.11",
        columns=("network_key.active_from", "network_key.retired_at"),
        time=TimeSource.MACHINE,
    ),
    DatedArtefact(
        "certificate",
        "certificates of TLS, of the server and of clients",
        "ten years: the other side's library looks at its own clock",
        "docs/authentication.md",
        time=TimeSource.MACHINE,
    ),
    DatedArtefact(
        "recognitionCookie",
        "the cookie that carries a recognition token: Max-Age",
        "counted by the browser; the token inside obeys the sandbox",
        "spec 4.8",
        ("recognition_token_days",),
        time=TimeSource.MACHINE,
    ),
    DatedArtefact(
        "wait",
        "waits, timeouts and deadlines of calls and of the database",
        "real time: nobody can wait in simulated time",
        "docs/deploying.md",
        (
            "wait_seconds_max",
            "request_seconds_max",
            "head_seconds_max",
            "body_seconds_max",
            "keep_alive_seconds",
            "database_acquire_timeout_ms",
            "database_statement_timeout_ms",
        ),
        time=TimeSource.MACHINE,
    ),
    DatedArtefact(
        "trace",
        "log lines, metrics, the Date header; when a migration ran, a journal was cleared",
        "no end",
        "docs/logging.md",
        columns=(
            "schema_migration.applied_at",
            "journal.cleared_at",
            "journal_disclosure.disclosed_at",
        ),
        time=TimeSource.MACHINE,
    ),
)


DATED_ARTEFACTS: tuple[DatedArtefact, ...] = (
    *_CODES_AND_PEOPLE,
    *_TOKENS,
    *_CHECKOUTS,
    *_WORK,
    *_BY_THE_MACHINE,
)
FIRED_EVENTS: dict[str, FiredEvent] = {
    artefact.name: artefact.event for artefact in DATED_ARTEFACTS if artefact.event is not None
}
