"""A sandbox whose clock stands still somewhere, and what a case needs there."""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from src_system.clock import iso_millis, parse_iso
from src_system.config import Limits
from src_system.crypto import jwe, jws
from src_system.crypto.rsa_keys import private_from_jwk
from src_system.networks import PROFILES
from tests.conftest import RunningServer, sandbox_id_of
from tests.http.initiator import CARDS, Answer, Initiator, Json

LIMITS = Limits()
MAIL = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
REMEMBER = {"complianceResources": [{"complianceType": "REMEMBER_ME", "uri": ""}]}
TICK = timedelta(seconds=1)


@dataclass
class Place:
    """A sandbox that began at *start*, with Ana and a card of hers on each network."""

    initiator: Initiator
    server: RunningServer
    start: datetime
    cards: Mapping[str, str]
    network: str = "visa"

    def after(self, **length: int) -> str:
        """The instant so long after the start, as it is written."""
        return iso_millis(self.start + timedelta(**length))

    @property
    def epoch(self) -> int:
        """The start in seconds since 1970."""
        return int(self.start.timestamp())

    async def advance(self, by: timedelta) -> list[Json]:
        """Move the clock; what fired."""
        text = f"PT{by.total_seconds():.0f}S"
        answer = await self.initiator.manage("POST", "/clock/advance", {"by": text})
        assert answer.status == 200, answer.body
        fired: list[Json] = answer.body["fired"]
        assert answer.body["next"] is None
        assert sum(answer.body["counts"].values()) == len(fired)
        return fired

    async def ends(self, kind: str, life: timedelta, name: str, event: str = "expired") -> None:
        """Go to just before the end of *life*, and over it: only then it is told."""
        before = await self.advance(life - TICK) if life > TICK else []
        assert [one for one in before if one["kind"] == kind] == []
        told = [one for one in await self.advance(TICK) if one["kind"] == kind]
        assert (kind, event, name) in [(one["kind"], one["event"], one["id"]) for one in told]
        assert {one["dueAt"] for one in told} == {iso_millis(self.start + life)}

    async def call(self, resource: str, body: Json) -> Answer:
        """A call at this place's network."""
        return await self.initiator.call(self.network, resource, body)

    async def codes(self) -> list[Json]:
        """The inbox."""
        listed: list[Json] = (await self.initiator.manage("GET", "/otps")).body["otps"]
        return listed

    async def validate(self, **members: Any) -> Answer:
        """Ana gives a right code."""
        validation = await self.initiator.initiated(self.network)
        return await self.call(
            "identities/validation/complete",
            {
                "idValidationSessionId": validation["idValidationSessionId"],
                "validationData": await self.initiator.code(),
                **members,
            },
        )

    async def id_token(self) -> str:
        """An idToken of this network for Ana."""
        return await self.initiator.id_token(self.network)

    async def pay(self, **members: Any) -> Answer:
        """A checkout with Ana's card."""
        if "idToken" not in members:
            members["idToken"] = await self.id_token()
        return await self.initiator.checkout(
            self.network, srcDigitalCardId=self.cards[self.network], **members
        )

    def response(self, paid: Answer) -> tuple[Json, Json]:
        """Header and document of a checkoutResponse."""
        assert paid.status == 200, paid.body
        token = paid.body[PROFILES[self.network].checkout_response_member]
        parsed = jws.parse(token, max_length=100_000)
        return parsed.header, json.loads(parsed.payload)

    def payload(self, paid: Answer) -> Json:
        """The payload of a checkout, opened."""
        [key] = self.initiator.sandbox["clients"][0]["jwks"]["keys"]
        sealed = jwe.parse(self.response(paid)[1]["encryptedPayload"], max_length=100_000)
        opened = jwe.open_jwe(sealed, private_from_jwk(key), enc_allowed=("A128GCM", "A256GCM"))
        document: Json = json.loads(opened)
        return document

    async def row(self, sql: str) -> Any:
        """The first value that the database holds for $1, the sandbox."""
        connection = await asyncpg.connect(dsn=self.server.dsn)
        try:
            sandbox_id = await sandbox_id_of(connection, self.initiator.name)
            return await connection.fetchval(sql, sandbox_id)
        finally:
            await connection.close()

    async def now(self) -> datetime:
        """What the clock shows."""
        return parse_iso((await self.initiator.manage("GET", "/clock")).body["now"])


def claims(token: str) -> Json:
    """What a JWT says, believed unseen."""
    part = token.split(".")[1]
    found: Json = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def machine_now() -> datetime:
    """What the machine's clock shows."""
    return datetime.now(UTC)


async def new_place(
    new_sandbox: Callable[..., Awaitable[Initiator]], server: RunningServer, start: datetime
) -> Place:
    """A place; its sandbox has the seed of every other."""
    initiator = await new_sandbox(
        seed="dated", issuer=True, clock={"mode": "frozen", "at": start.isoformat()}
    )
    code = {network: "1234" if network == "amex" else "123" for network in CARDS}
    placed = await initiator.with_consumer(
        cards=[
            {
                "network": network,
                "primaryAccountNumber": number,
                "panExpirationMonth": "12",
                "panExpirationYear": str(start.year + 5),
                "cardSecurityCode": code[network],
            }
            for network, number in CARDS.items()
        ]
    )
    cards = {card["network"]: str(card["srcDigitalCardId"]) for card in placed}
    return Place(initiator, server, start, cards)


Case = Callable[[Place], Awaitable[None]]
CASES: dict[str, Case] = {}


def case(name: str) -> Callable[[Case], Case]:
    """The case of the dated artefact of that name."""

    def keep(function: Case) -> Case:
        assert name not in CASES, name
        CASES[name] = function
        return function

    return keep
