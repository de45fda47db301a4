"""Shoppers who repeat every checkout until it is answered, and the list of what they were told."""

import asyncio
import contextlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import aiohttp

from tests.http.initiator import CARDS, CONSENT, Answer, Initiator, Json

NETWORKS = tuple(CARDS)
# What a shopper may be told instead of an answer, each meaning: repeat.
REPEATABLE = {(503, "UNAVAILABLE"), (504, "DEADLINE_EXCEEDED"), (409, "ABORTED")}
AMOUNT = {"transactionAmount": {"transactionAmount": "12.34", "transactionCurrencyCode": "USD"}}
NEWCOMER_EVERY = 8
PAUSE_SECONDS = 0.1


@dataclass(frozen=True, eq=False)
class Order:
    """One checkout: the same members at every repetition."""

    network: str
    srci_transaction_id: str
    members: Json


@dataclass
class Crowd:
    """All shoppers of one sandbox."""

    initiator: Initiator
    answers: dict[Order, list[Answer]] = field(default_factory=dict)
    hung_up: list[Order] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    repeated: int = 0  # checkouts that needed more than one try
    violations: list[str] = field(default_factory=list)
    leaving: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def answered(self) -> int:
        """Checkouts answered so far."""
        return len(self.answers)

    async def shop(self, number: int) -> None:
        """One shopper, from a profile to the end of the test."""
        email = f"shopper{number}@shop.test"
        cards = await self.initiator.with_consumer(
            email, mobileNumber={"countryCode": "1", "phoneNumber": f"20255501{number:02}"}
        )
        card_ids = {card["network"]: card["srcDigitalCardId"] for card in cards}
        id_token = await self.initiator.id_token("visa", email)
        place = 0
        while not self.leaving.is_set():
            place += 1
            network = NETWORKS[(number + place) % len(NETWORKS)]
            reference = f"order-{number}-{place}"
            if place % NEWCOMER_EVERY == 0:
                order = await self._newcomers_order(network, reference)
            else:
                members = {"srcDigitalCardId": card_ids[network], "idToken": id_token}
                order = _order(network, reference, members, names_session=place % 2 == 0)
            await self.pay(order)
            if place % 5 == 0:
                left = f"order-{number}-9{place:04}"
                if "idToken" in order.members:
                    order = _order(network, left, order.members, names_session=False)
                else:
                    order = await self._newcomers_order(network, left)
                await self._hang_up(order)

    async def _newcomers_order(self, network: str, reference: str) -> Order:
        sealed = await self._until_sent(
            lambda: self.initiator.encrypted_card(network, CARDS[network])
        )
        members = {
            "encryptedCard": sealed,
            "consumer": {
                "emailAddress": f"{reference}@new.test",
                "mobileNumber": {"countryCode": "1", "phoneNumber": _phone_number(reference)},
                "countryCode": "US",
            },
            "complianceSettings": CONSENT,
        }
        return _order(network, reference, members, names_session=False)

    async def pay(self, order: Order) -> None:
        """Repeat the checkout until it is answered; what else comes is a violation."""
        tries = 0
        while True:
            tries += 1
            try:
                answer = await self.initiator.checkout(order.network, **order.members)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self.told[f"no answer ({type(error).__name__})"] += 1
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            reason = str(answer.body.get("reason", ""))
            if answer.status == 200:
                self.answers.setdefault(order, []).append(answer)
                self.told["200"] += 1
                self.repeated += tries > 1
                return
            self.told[f"{answer.status} {reason}"] += 1
            if (answer.status, reason) not in REPEATABLE:
                self.violations.append(
                    f"{order.srci_transaction_id}: {answer.status} {answer.body}"
                )
                return
            if not answer.body.get("srcCorrelationId"):
                self.violations.append(f"an error body without srcCorrelationId: {answer.body}")
            await asyncio.sleep(PAUSE_SECONDS)

    async def _hang_up(self, order: Order) -> None:
        """Send the whole checkout and be gone before the answer."""
        address = urlsplit(self.initiator.sandbox["urls"][order.network]["src"])
        document = {
            "srcClientId": self.initiator.client_id,
            "srcDpaId": self.initiator.dpa_id,
            "dpaTransactionOptions": AMOUNT,
            **order.members,
        }
        body = json.dumps(document).encode()
        head = (
            f"POST {address.path}/transaction/credentials HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(head.encode() + body)
            await asyncio.sleep(0.002)
            writer.transport.abort()
        self.hung_up.append(order)

    async def payload_again(self, order: Order) -> Answer:
        """The getPayload of an answered checkout."""
        base = self.initiator.sandbox["urls"][order.network]["src"]
        query = urlencode(
            {
                "srcClientId": self.initiator.client_id,
                "srcCorrelationId": self.answers[order][-1].body["srcCorrelationId"],
                "srciTransactionId": order.srci_transaction_id,
            }
        )
        return await self.initiator.send("GET", f"{base}/transaction/credentials?{query}")

    async def confirm(self, order: Order) -> Answer:
        """The confirmation of an answered checkout."""
        return await self.initiator.call(
            order.network,
            "confirmations",
            {
                "srcCorrelationId": self.answers[order][-1].body["srcCorrelationId"],
                "confirmationData": {
                    "checkoutEventType": "01",
                    "checkoutEventStatus": "02",
                    "confirmationTimestamp": "2026-11-23T10:00:00Z",
                    "networkTransactionIdentifier": "UNAVLB",
                },
            },
        )

    async def _until_sent(self, call: Any) -> Any:
        while True:
            try:
                return await call()
            except (aiohttp.ClientError, TimeoutError, OSError, KeyError):
                await asyncio.sleep(PAUSE_SECONDS)  # KeyError: an error body holds no keys

    async def answered_since(self, count: int, more: int, seconds: float) -> float:
        """Wait until *more* checkouts than *count* are answered; how long that took."""
        begun = time.monotonic()
        while self.answered < count + more:
            waited = time.monotonic() - begun
            assert waited < seconds, f"{self.answered - count} answers in {waited:.1f} s"
            await asyncio.sleep(0.02)
        return time.monotonic() - begun


def _phone_number(reference: str) -> str:
    _, number, place = reference.split("-")
    return f"212{int(number):02}{int(place):05}"


def _order(network: str, reference: str, members: Json, names_session: bool) -> Order:
    members = {**members, "srciTransactionId": reference}
    members.pop("srcCorrelationId", None)  # another order's, whose members these are
    if names_session:
        members["srcCorrelationId"] = str(uuid4())
    return Order(network, reference, members)
