"""What the members of the control port mean, beside those of the SRC API."""

from collections.abc import Mapping

from src_system.wire.glossary import GLOSSARY as SRC_API
from src_system.wire.glossary import Word

_OWN = {
    "name": Word("A name."),
    "seed": Word(
        "What ids, codes and tokens are derived from; drawn and told when left out.", "42"
    ),
    "clock": Word("`real`, or frozen at an instant, or off by some seconds."),
    "mode": Word("How the sandbox's time runs.", "frozen"),
    "at": Word("The instant of a frozen clock, or now for an offset one.", "2026-11-23T09:00:00Z"),
    "now": Word("The sandbox's time.", "2026-11-23T09:00:00.000Z"),
    "offsetSeconds": Word("How far the clock is ahead of the machine's.", 3600),
    "by": Word("An ISO 8601 duration of weeks, days, hours, minutes, seconds.", "PT10M"),
    "fired": Word("What expired, arrived, ended or became due on the way, the first 1000."),
    "magic": Word("Whether magic values mean anything.", True),
    "enabled": Word("Whether magic values mean anything.", True),
    "trigger": Word("Where in a call the value stands.", "email"),
    "what": Word("For people."),
    "due": Word("What expires, arrives, ends or becomes due."),
    "dueAt": Word("Its time, by the sandbox's clock."),
    "datedArtefacts": Word("Everything that bears a date or has a life."),
    "life": Word("How long it lives, as far as no limit says it."),
    "profile": Word("How strict the SRC Systems are.", "default"),
    "ttl": Word("When the sandbox goes: an ISO 8601 duration, or seconds.", "PT2H"),
    "fixtures": Word("What to put into the sandbox at once."),
    "snapshots": Word("What the sandbox was, kept."),
    "createdAt": Word("When it was made, by the machine's clock."),
    "expiresAt": Word("When it ends."),
    "clients": Word("SRC initiators, issuers and DCFs."),
    "dpas": Word("Shops."),
    "consumers": Word("People, on the networks of their cards."),
    "cards": Word("Digital cards."),
    "shippingAddresses": Word("Where the person has things sent."),
    "networks": Word("Further networks that know the person.", ["visa"]),
    "network": Word("The SRC System.", "visa"),
    "kind": Word("What role the client plays.", "SRC_INITIATOR"),
    "business": Word("What the client does, for people.", "gateway"),
    "tokenRequestorId": Word("11 digits.", "40000000001"),
    "origins": Word("Origins of pages that may call; * for all.", ["*"]),
    "authentication": Word("The scheme, and what it needs.", {"scheme": "open"}),
    "jwks": Word("Payload keys; a new client without any gets a pair of the sandbox's own."),
    "certificate": Word("A payload key as an X.509 certificate in PEM."),
    "keysNotAfter": Word("When the payload keys expire."),
    "recipients": Word("Others for whom payloads may be encrypted."),
    "dpaData": Word("What is known of the shop (spec 5.13)."),
    "dpaTransactionOptions": Word("What holds where a call says nothing (spec 5.14)."),
    "markets": Word("Countries of the shop; all when left out.", ["US"]),
    "primaryAccountNumber": Word("One of GET /v1/test-pans.", "4111111111111111"),
    "cardSecurityCode": Word("Checked for form and forgotten.", "123"),
    "cardholderFullName": Word("As on the card.", "Ana Lopez"),
    "pendingEvents": Word("What a PENDING card waits for."),
    "billingAddress": Word("Where the card's bills go."),
    "lockedUntil": Word("When a lock opens by itself."),
    "until": Word("When the lock opens by itself; without it, it does not."),
    "urls": Word("Addresses, by network."),
    "payloadKeys": Word("The client's payload keys and what they are called."),
    "destination": Word("Where the code went."),
    "identity": Word("Of the person who is validated."),
    "state": Word("issued, or what became of the code."),
    "issuedAt": Word("When the code was sent, by the sandbox's clock."),
}

GLOSSARY: Mapping[str, Word] = {**SRC_API, **_OWN}
