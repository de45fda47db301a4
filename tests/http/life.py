"""What people do in a sandbox on every network, as flows that can be played one by one or at once.

Each flow is one person's way with one network, and meets no other flow: what it is told must not
hang on what the others do meanwhile. Flows of the first part are followed by those of the second,
between which the clock moves, for batches are done when their time comes.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from src_system.crypto import jwe
from src_system.crypto.rsa_keys import public_from_jwk
from src_system.networks import PROFILES
from tests.http.initiator import CARDS, CONSENT, Answer, Initiator, Json

NETWORKS = tuple(CARDS)
REMEMBER = {"complianceResources": [{"complianceType": "REMEMBER_ME"}]}
AMOUNT = {"transactionAmount": "12.34", "transactionCurrencyCode": "USD"}
HOME = {
    "name": "Ana Lopez",
    "line1": "100 Main Street",
    "city": "Foster City",
    "state": "CA",
    "countryCode": "US",
    "zip": "94404",
}
CONFIRMED = {
    "checkoutEventType": "01",
    "checkoutEventStatus": "02",
    "confirmationTimestamp": "2026-11-23T09:00:00.000Z",
    "networkTransactionIdentifier": "UNAVLB",
}
PREPARED = {"visa": "checkoutResponse"}


@dataclass
class Life:
    """A sandbox with all that was told in it: flow, number of the step, answer."""

    initiator: Initiator
    told: list[tuple[str, int, Answer]] = field(default_factory=list)
    kept: dict[tuple[str, str], str] = field(default_factory=dict)  # for the second part

    async def play(self, flows: Sequence["Flow"], *, at_once: bool = False) -> None:
        """Every flow in turn, or all of them at the same time."""
        if at_once:
            await asyncio.gather(*(flow.run(self) for flow in flows))
        else:
            for flow in flows:
                await flow.run(self)


@dataclass
class Person:
    """Somebody at one network, and how a client acts for them."""

    life: Life
    name: str
    network: str
    number: int
    steps: int = 0
    address: str = ""

    @property
    def email(self) -> str:
        """Nobody else's address, unless they are the same person elsewhere."""
        return self.address or f"{self.name}-{self.network}@shop.test"

    @property
    def phone(self) -> Json:
        """Nobody else's number."""
        return {"countryCode": "1", "phoneNumber": f"202555{self.number:04d}"}

    @property
    def identity(self) -> Json:
        """The address as calls name it."""
        return {"identityType": "EMAIL_ADDRESS", "identityValue": self.email}

    @property
    def security_code(self) -> str:
        """That of the card."""
        return "1234" if self.network == "amex" else "123"

    async def ask(
        self,
        resource: str,
        body: Json | None = None,
        *,
        method: str = "POST",
        status: int = 200,
        network: str | None = None,
        step: int | None = None,
        client_id: str | None = None,
        **query: str,
    ) -> Json:
        """One call; its answer is noted and must have the *status*."""
        initiator = self.life.initiator
        if step is None:
            self.steps += 1
            step = self.steps
        url = f"{initiator.sandbox['urls'][network or self.network]['src']}/{resource}"
        ids = {"srcClientId": client_id or initiator.client_id}
        if client_id is None:
            ids["srcDpaId"] = initiator.dpa_id
        data = None
        if body is None:
            url = f"{url}?{urlencode({'srcClientId': ids['srcClientId'], **query})}"
        else:
            data = json.dumps({**ids, **body}).encode()
        headers = {"Content-Type": "application/json"}
        answer = await initiator.send(method, url, data=data, headers=headers)
        assert answer.status == status, (self.name, self.network, resource, answer.body)
        self.life.told.append((f"{self.name} {self.network}", step, answer))
        return answer.body

    async def manage(self, method: str, path: str, body: Json | None = None) -> Json:
        """A call on the control port; noted too."""
        self.steps += 1
        answer = await self.life.initiator.manage(method, path, body)
        assert answer.status in (200, 201), answer.body
        self.life.told.append((f"{self.name} {self.network}", self.steps, answer))
        return answer.body

    async def code(self, *, by_phone: bool = False) -> str:
        """The newest code sent to them."""
        to = "".join(self.phone.values()) if by_phone else quote(self.email)
        query = f"/otps?identity={to}&network={self.network}&wait=5"
        answer = await self.life.initiator.manage("GET", query)
        return str(answer.body["otps"][-1]["value"])

    async def sealed_card(self, number: str | None = None, **members: str) -> str:
        """Their card, encrypted to the network."""
        return await self.life.initiator.encrypted_card(
            self.network, number or CARDS[self.network], **members
        )

    async def sealed(self, document: Json) -> str:
        """Any document, encrypted to the network."""
        key = await self.life.initiator.encryption_key(self.network)
        return jwe.seal(
            json.dumps(document).encode(),
            key=public_from_jwk(key),
            enc=PROFILES[self.network].content_encryption,
            header={"kid": key["kid"]},
        )

    @property
    def consumer(self) -> Json:
        """Them, as an enrolment describes them."""
        return {
            "emailAddress": self.email,
            "mobileNumber": self.phone,
            "firstName": "Ana",
            "lastName": "Lopez",
            "countryCode": "US",
        }

    async def enrol(self) -> str:
        """Enrol their card; its id."""
        body = {
            "encryptedCard": await self.sealed_card(),
            "consumer": self.consumer,
            "complianceSettings": CONSENT,
        }
        answer = await self.ask("cards", body)
        return str(answer["maskedCard"]["srcDigitalCardId"])

    async def sign_in(self) -> Json:
        """Be validated by code; the answer with the idToken."""
        begun = await self.ask(
            "identities/validation/initiate", {"consumerIdentity": self.identity}
        )
        return await self.ask(
            "identities/validation/complete",
            {
                "idValidationSessionId": begun["idValidationSessionId"],
                "validationData": await self.code(),
            },
        )

    async def profile(self, token: str) -> tuple[str, Json]:
        """The session of their profile, and the profile."""
        answer = await self.ask("profiles/prepare", {"idTokens": [token]})
        return str(answer["srcCorrelationId"]), answer["profiles"][0]

    async def pay(self, card_id: str, *, step: int | None = None, **members: Any) -> Json:
        """A checkout with the card."""
        options = {"transactionAmount": AMOUNT, "consumerEmailAddressRequested": True}
        options |= members.pop("options", {})
        body = {"srcDigitalCardId": card_id, "dpaTransactionOptions": options, **members}
        return await self.ask("transaction/credentials", body, step=step)


async def returning(person: Person) -> None:
    """Enrol, miss a code, be remembered, pay several times at once, be forgotten."""
    card_id = await person.enrol()
    await person.ask("identities/lookup", {"consumerIdentity": person.identity})
    started = {"consumerIdentity": person.identity}
    first = await person.ask("identities/validation/initiate", started)
    await person.ask("identities/validation/initiate", started)  # the code is sent again
    code = await person.code()
    proof = {
        "idValidationSessionId": first["idValidationSessionId"],
        "complianceSettings": REMEMBER,
    }
    wrong = {**proof, "validationData": "000000" if code != "000000" else "111111"}
    await person.ask("identities/validation/complete", wrong, status=400)
    done = await person.ask("identities/validation/complete", {**proof, "validationData": code})
    remembered = {"recognitionTokens": [done["recognitionToken"]]}
    await person.ask("identities/recognize", remembered)
    session, _ = await person.profile(done["idToken"])
    transactions = ["tx-1", "tx-2", "tx-3", "tx-same", "tx-same"]
    person.steps += len(set(transactions))
    steps = {name: person.steps - place for place, name in enumerate(dict.fromkeys(transactions))}
    await asyncio.gather(
        *(
            person.pay(
                card_id,
                step=steps[transaction],
                srcCorrelationId=session,
                idToken=done["idToken"],
                srciTransactionId=f"{transaction}-{person.network}",
            )
            for transaction in transactions
        )
    )
    if PROFILES[person.network].payload_by_get:
        await person.ask(
            "transaction/credentials",
            method="GET",
            srcCorrelationId=session,
            srciTransactionId=f"tx-2-{person.network}",
        )
    confirmed = {"srcCorrelationId": session, "confirmationData": CONFIRMED}
    await person.ask("confirmations", confirmed, status=204)
    await person.ask("apps/unbind", {**remembered, "idToken": done["idToken"]})
    await person.ask("identities/recognize", remembered)
    await person.ask("profiles/prepare", {"idTokens": [done["idToken"]]}, status=401)


async def newcomer(person: Person) -> None:
    """Enrol and pay in one call, then pay again with the card's number, and take it away."""
    paid = await person.ask(
        "transaction/credentials",
        {
            "encryptedCard": await person.sealed_card(),
            "consumer": person.consumer,
            "complianceSettings": {
                "complianceResources": [
                    *CONSENT["complianceResources"],
                    *REMEMBER["complianceResources"],
                ]
            },
            "dpaTransactionOptions": {"transactionAmount": AMOUNT},
        },
    )
    known = await person.ask(
        "identities/recognize", {"recognitionTokens": [paid["recognitionToken"]]}
    )
    session, profile = await person.profile(known["idTokens"][0])
    card_id = profile["maskedCards"][0]["srcDigitalCardId"]
    for kind in ("PAYMENT", "NON_PAYMENT", "SUMMARY"):
        await person.pay(card_id, payloadTypeIndicatorCheckout=kind, srcCorrelationId=session)
    await person.pay(
        card_id, srcCorrelationId=session, options={"paymentOptions": [{"dynamicDataType": "NONE"}]}
    )
    resource = f"cards/{card_id}"
    await person.ask(resource, method="DELETE", status=204, srcCorrelationId=session)
    await person.ask(resource, method="GET", status=404, srcCorrelationId=session)


async def moving(person: Person) -> None:
    """Change card and addresses, in clear and encrypted, and pay to be sent somewhere."""
    card_id = await person.enrol()
    session, _ = await person.profile((await person.sign_in())["idToken"])
    here = {"srcCorrelationId": session}
    billing = f"cards/{card_id}/billingaddress"
    await person.ask(billing, {**here, "billingAddress": HOME})
    await person.ask(billing, method="DELETE", status=204, srcCorrelationId=session)
    kept = await person.ask("shippingaddresses", {**here, "shippingAddress": HOME})
    sealed = await person.sealed({**HOME, "line1": "7 Quiet Lane"})
    other = await person.ask("shippingaddresses", {**here, "encryptedShippingAddress": sealed})
    moved = {**here, "shippingAddress": {**HOME, "zip": "94405"}}
    await person.ask(f"shippingaddresses/{other['addressId']}", moved, method="PUT")
    renewed = await person.sealed_card(panExpirationMonth="01", panExpirationYear="2034")
    await person.ask(f"cards/{card_id}", {**here, "encryptedCard": renewed}, method="PUT")
    await person.pay(
        card_id,
        srcCorrelationId=session,
        shippingAddressId=kept["addressId"],
        options={"dpaShippingPreference": "FULL", "dpaBillingPreference": "FULL"},
    )
    await person.ask(
        f"shippingaddresses/{kept['addressId']}",
        method="DELETE",
        status=204,
        srcCorrelationId=session,
    )
    await person.ask("profiles/prepare", here)


async def proving(person: Person) -> None:
    """Be authenticated in every way, fail at some, and pay as authenticated."""
    card_id = await person.enrol()
    token = (await person.sign_in())["idToken"]
    session, _ = await person.profile(token)
    card = {"srcDigitalCardId": card_id}

    async def begin(method: str, reference: Json, **attributes: str) -> Json:
        return await person.ask(
            "authentication/initiate",
            {
                "srcCorrelationId": session,
                "accountReference": reference,
                "authenticationMethod": {
                    "authenticationMethodType": method,
                    "methodAttributes": attributes,
                },
                "authenticationContext": {"dpaTransactionOptions": {"transactionAmount": AMOUNT}},
            },
        )

    async def finish(begun: Json, status: int = 200, **attributes: Any) -> Json:
        return await person.ask(
            "authentication/complete",
            {
                "authenticationSessionId": begun["authenticationSessionId"],
                "methodAttributes": attributes,
            },
            status=status,
        )

    await person.ask("authentication/lookup", {"accountReference": card})
    await begin("3DS", card)
    challenged = await begin("3DS", card, challengeIndicator="04")
    await finish(challenged, otpValue=await person.code(by_phone=True))
    asked = await begin("CARD_SECURITY_CODE", card)
    await finish(asked, status=400, cardSecurityCode="999")
    await finish(asked, cardSecurityCode=person.security_code)
    mailed = await begin("EMAIL_OTP", {"consumerIdentity": person.identity})
    await begin("EMAIL_OTP", {"consumerIdentity": person.identity})
    await finish(mailed, status=400, otpValue=await person.code())
    passkey = await begin("FIDO2", card)
    challenge = passkey["authenticationMethod"]["methodAttributes"]["challenge"]
    await finish(passkey, challenge=challenge, userVerified=True)
    await person.pay(
        card_id,
        srcCorrelationId=session,
        options={"threeDsPreference": "ONBEHALF", "payloadRequested": "AUTHENTICATED"},
    )


async def prepared(person: Person) -> None:
    """Have a checkout prepared, and finish it with what was signed."""
    card_id = await person.enrol()
    answer = await person.ask(
        "transaction/preparedata",
        {
            "srcDigitalCardId": card_id,
            "srciTransactionId": f"prepared-{person.network}",
            "idToken": (await person.sign_in())["idToken"],
            "checkoutResponseUri": "https://shop.test/back",
            "dpaTransactionOptions": {"transactionAmount": AMOUNT, "dpaLocale": "en_US"},
        },
    )
    token = answer[PREPARED.get(person.network, "checkoutRequestJws")]
    await person.ask("transaction/credentials", {"checkoutRequestJws": token})


async def changing(person: Person) -> None:
    """Pay, and have the card suspended, resumed and given a new number by its issuer."""
    card_id = await person.enrol()
    done = await person.sign_in()
    await person.pay(card_id, idToken=done["idToken"], srciTransactionId=f"c-{person.network}")
    path = f"/cards/{person.network}/{card_id}"
    await person.manage("POST", f"{path}/suspend")
    await person.manage("POST", f"{path}/resume")
    await person.manage("POST", f"{path}/refresh-tokens", {"change": "NUMBER"})
    await person.pay(card_id, idToken=done["idToken"], srciTransactionId=f"d-{person.network}")


async def hurried(person: Person) -> None:
    """Pay three times at once, naming neither session nor transaction: the amounts tell."""
    card_id = await person.enrol()
    token = (await person.sign_in())["idToken"]
    steps = [person.steps + 1 + place for place in range(3)]
    person.steps += len(steps)

    async def pay(step: int) -> Json:
        amount = {**AMOUNT, "transactionAmount": f"{step}.00"}
        return await person.pay(
            card_id, step=step, idToken=token, options={"transactionAmount": amount}
        )

    # A confirmation is seen by whatever checkout comes after it: those are in order.
    for paid in await asyncio.gather(*map(pay, steps)):
        confirmed = {"srcCorrelationId": paid["srcCorrelationId"], "confirmationData": CONFIRMED}
        await person.ask("confirmations", confirmed, status=204)


async def federated(person: Person) -> None:
    """Be validated at the next network, and pay at one's own with its token."""
    card_id = await person.enrol()
    network = NETWORKS[(NETWORKS.index(person.network) + 1) % len(NETWORKS)]
    neighbour = Person(person.life, f"{person.name}-at", network, person.number + 50)
    neighbour.address = person.email
    await neighbour.enrol()
    token = (await neighbour.sign_in())["idToken"]
    session, _ = await person.profile(token)
    await person.pay(card_id, srcCorrelationId=session, idToken=token)


async def locked_out(person: Person) -> None:
    """Guess codes until no more guesses are taken."""
    await person.enrol()
    begun = await person.ask(
        "identities/validation/initiate", {"consumerIdentity": person.identity}
    )
    code = await person.code()
    for guess in [f"{one:06d}" for one in range(4) if f"{one:06d}" != code][:3]:
        proof = {"idValidationSessionId": begun["idValidationSessionId"], "validationData": guess}
        await person.ask("identities/validation/complete", proof, status=400)


FIRST: Mapping[str, Callable[[Person], Awaitable[None]]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        returning,
        newcomer,
        moving,
        proving,
        prepared,
        changing,
        hurried,
        federated,
        locked_out,
    )
}


@dataclass(frozen=True)
class Flow:
    """One way with one network."""

    name: str
    network: str
    number: int
    way: Callable[[Person], Awaitable[None]]

    async def run(self, life: Life) -> None:
        """Play it in the sandbox."""
        await self.way(Person(life, self.name, self.network, self.number))


def flows(
    ways: Mapping[str, Callable[[Person], Awaitable[None]]] = FIRST, *, first: int = 100
) -> list[Flow]:
    """Every way on every network, for people who are numbered from *first* on."""
    return [
        Flow(name, network, first + 10 * place + NETWORKS.index(network), way)
        for place, (name, way) in enumerate(ways.items())
        for network in NETWORKS
    ]
