"""One consumer, four networks, one one-time code, four checkouts: the whole story, step by step."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from aiohttp import ClientSession, ClientTimeout
from rich.console import Console

from src_system.clock import epoch_seconds, machine_now
from src_system.demo.initiator import (
    CodeReader,
    Initiator,
    Json,
    OpenedCheckout,
    Refused,
    Sandbox,
    StepFailed,
    call,
)
from src_system.demo.narration import (
    Narrator,
    StoryStopped,
    as_text,
    masked_number,
    shortened,
    what_next,
)
from src_system.networks import PROFILES
from src_system.networks.profile import ParPlace

SANDBOX = "default"
EMAIL_ADDRESS = "ana.lopez@shop.test"
PHONE_NUMBER = "2025550143"
AMOUNT = "12.34"
CURRENCY = "USD"
PANS = {  # published test numbers
    "visa": "4111111111111111",
    "mastercard": "5120350100064537",
    "amex": "378282246310005",
    "discover": "6011111111111117",
}
_REQUEST_SECONDS = 40  # more than the 30 s the server may take

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Purchase:
    """What one network answered to the checkout."""

    answer: Json
    opened: OpenedCheckout
    src_digital_card_id: str


@dataclass(slots=True)
class _Trip:
    """What the steps hand on to one another."""

    session: ClientSession
    narrator: Narrator
    control: str
    started_at: datetime
    email_address: str = EMAIL_ADDRESS
    phone_number: str = PHONE_NUMBER
    initiators: list[Initiator] = field(default_factory=list)

    async def on_all(self, ask: Callable[[Initiator], Awaitable[Result]]) -> dict[str, Result]:
        """Ask every network at the same time; the answers by network."""
        answers = await asyncio.gather(*(ask(one) for one in self.initiators))
        return {one.network: got for one, got in zip(self.initiators, answers, strict=True)}


async def tell_story(
    *,
    protocol: str,
    control: str,
    console: Console,
    command: str = "src-system",
    keep_in: Path | None = None,
    started_at: datetime | None = None,
) -> bool:
    """Play and narrate the story against the server at these two addresses (no slash at the end).

    Ends with what to try next; a checkout is left in the folder *keep_in* to look at.
    *started_at* (aware; default: now) names this run: its ids come from it. Returns False when a
    step failed; that step's line says why.
    """
    narrator = Narrator(console)
    narrator.title(
        "One checkout with Click to Pay, on four networks",
        "Invented cards only; every call goes over HTTP, every signature is verified.",
        f"protocol port {protocol}",
        f"control port  {control}",
    )
    async with ClientSession(timeout=ClientTimeout(total=_REQUEST_SECONDS)) as session:
        trip = _Trip(session, narrator, control.rstrip("/"), started_at or machine_now())
        try:
            sandbox = await _put_consumer_in_place(trip)
            await _look_her_up(trip)
            id_token = await _validate_her(trip, sandbox)
            profiles = await _read_profiles(trip, id_token)
            purchases = await _check_out(trip, profiles)
            await _confirm(trip)
        except StoryStopped:
            return False
    what_next(
        console,
        protocol=protocol.rstrip("/"),
        control=control.rstrip("/"),
        src_client_id=sandbox.src_client_id,
        email_address=trip.email_address,
        command=command,
        checkout_file=None if keep_in is None else _keep(keep_in, purchases["visa"].answer),
    )
    return True


async def _put_consumer_in_place(trip: _Trip) -> Sandbox:
    with trip.narrator.step(
        "Ana Lopez gets a card on each network (fixtures of the control port)."
    ) as step:
        sandbox = await Sandbox.read(trip.session, trip.control, SANDBOX)
        await _fixtures(trip, sandbox)
        step.outcome = ", ".join(
            f"{PROFILES[network].display_name} {masked_number(pan)}"
            for network, pan in PANS.items()
        )
    stamp = trip.started_at.isoformat()
    trip.initiators = [
        Initiator(
            trip.session,
            sandbox,
            network,
            srci_transaction_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"demo trip {stamp}")),
            first_src_correlation_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{network} {stamp}")),
        )
        for network in PANS
    ]
    return sandbox


async def _fixtures(trip: _Trip, sandbox: Sandbox) -> None:
    cards = [
        {
            "network": network,
            "primaryAccountNumber": pan,
            "panExpirationMonth": "12",
            "panExpirationYear": "2030",
            "cardSecurityCode": "1" * PROFILES[network].card_security_code_digits,
            "cardholderFullName": "Ana Lopez",
            "status": "ACTIVE",
        }
        for network, pan in PANS.items()
    ]
    consumer = {
        "emailAddress": trip.email_address,
        "mobileNumber": {"countryCode": "1", "phoneNumber": trip.phone_number},
        "firstName": "Ana",
        "lastName": "Lopez",
        "fullName": "Ana Lopez",
        "countryCode": "US",
        "locale": "en_US",
        "networks": list(PANS),
        "cards": cards,
    }
    document = {"consumers": [consumer]}
    answer = await call(trip.session, "POST", f"{sandbox.address}/fixtures", document)
    placed = {card["network"] for card in answer["consumers"][0]["cards"]}
    if placed != set(PANS):
        raise StepFailed(f"The fixtures put cards on {sorted(placed)} only.")


async def _look_her_up(trip: _Trip) -> None:
    with trip.narrator.step("The shop asks all four networks whether they know her.") as step:
        found = await trip.on_all(lambda one: one.identity_lookup(trip.email_address))
        unknown = [name for name, answer in found.items() if answer["consumerPresent"] is not True]
        if unknown:
            raise StepFailed(f"She is not known at {', '.join(unknown)}.")
        step.outcome = "identityLookup, in parallel: consumerPresent at all four"


async def _validate_her(trip: _Trip, sandbox: Sandbox) -> str:
    first = trip.initiators[0]
    codes = CodeReader(trip.session, sandbox)
    name = first.profile.display_name
    with trip.narrator.step(f"{name} sends her a one-time code.") as step:
        await codes.skip_to_end(trip.email_address)
        try:
            started = await first.initiate_identity_validation(trip.email_address)
        except Refused as refused:
            if "RETRIES_EXCEEDED" not in refused.reasons:
                raise
            await _become_another(trip, sandbox)
            await codes.skip_to_end(trip.email_address)
            started = await first.initiate_identity_validation(trip.email_address)
        code = await codes.next_code(trip.email_address, first.network)
        step.outcome = (
            f"to {as_text(started['maskedValidationChannel'])};"
            f" read at the control port: {'*' * len(code)}"
        )
    with trip.narrator.step(f"She types it in, and {name} vouches for her.") as step:
        session_id = started["idValidationSessionId"]
        completed = await first.complete_identity_validation(session_id, code)
        id_token = str(completed["idToken"])
        header, claims = await first.verify(id_token)
        if claims["iss"] != first.profile.issuer:
            raise StepFailed(f"The idToken is issued by {claims['iss']!r}.")
        step.outcome = "an idToken, its signature verified with the network's published key"
    trip.narrator.members({"header": _shown(header), "claims": _shown(claims)})
    return id_token


async def _become_another(trip: _Trip, sandbox: Sandbox) -> None:
    number = epoch_seconds(trip.started_at)
    local_part, _, domain = EMAIL_ADDRESS.partition("@")
    trip.email_address = f"{local_part}+{number}@{domain}"
    trip.phone_number = f"202555{number % 10_000:04d}"
    trip.narrator.note(
        f"{EMAIL_ADDRESS} was sent too many codes (RETRIES_EXCEEDED); on with {trip.email_address}."
    )
    await _fixtures(trip, sandbox)


def _shown(members: Mapping[str, Any]) -> dict[str, str]:
    shown = {}
    for name, value in members.items():
        if name in {"iat", "exp", "auth_time"} and isinstance(value, int):
            shown[name] = f"{value}  ({datetime.fromtimestamp(value, UTC):%H:%M:%S} UTC)"
        elif name in {"sub", "email", "phone_number", "jti"}:
            shown[name] = shortened(str(value), shown=12)
        elif isinstance(value, list):
            shown[name] = ", ".join(as_text(one) for one in value)
        else:
            shown[name] = as_text(value)
    return shown


async def _read_profiles(trip: _Trip, id_token: str) -> dict[str, Json]:
    with trip.narrator.step("That one idToken opens her cards at all four networks.") as step:
        profiles = await trip.on_all(lambda one: one.get_src_profile(id_token))
        rows: list[list[str]] = []
        for network, profile in profiles.items():
            _own_card(network, profile)
            rows += [_card_row(network, card) for card in profile["maskedCards"]]
        step.outcome = f"getSrcProfile, in parallel: {len(rows)} cards, merged into one list"
    trip.narrator.table(("network", "card", "expires", "status", "srcDigitalCardId"), rows)
    return profiles


def _card_row(network: str, card: Mapping[str, Any]) -> list[str]:
    return [
        PROFILES[network].display_name,
        f"{card.get('panBin', '')}...{card['panLastFour']}",
        f"{card['panExpirationMonth']}/{card['panExpirationYear']}",
        str(card["digitalCardData"]["status"]),
        str(card["srcDigitalCardId"]),
    ]


def _own_card(network: str, profile: Mapping[str, Any]) -> str:
    for card in profile["maskedCards"]:
        if card["panLastFour"] == PANS[network][-4:]:
            return str(card["srcDigitalCardId"])
    raise StepFailed(f"Her card is not in the profile at {PROFILES[network].display_name}.")


async def _check_out(trip: _Trip, profiles: Mapping[str, Json]) -> dict[str, Purchase]:
    purchases = {}
    for initiator in trip.initiators:
        network, name = initiator.network, initiator.profile.display_name
        with trip.narrator.step(f"She pays {AMOUNT} {CURRENCY} with her {name} card.") as step:
            profile = profiles[network]
            src_digital_card_id = _own_card(network, profile)
            token = profile[initiator.profile.profile_token_member]
            answer = await initiator.checkout(
                token, src_digital_card_id, amount=AMOUNT, currency=CURRENCY
            )
            opened = await initiator.open_checkout(answer)
            purchase = Purchase(answer, opened, src_digital_card_id)
            facts = _facts(network, purchase)
            step.outcome = f"signature verified, payload opened: {facts['paid with']}"
            purchases[network] = purchase
    facts_by_network = {network: _facts(network, one) for network, one in purchases.items()}
    trip.narrator.table(
        ("what differs", *(PROFILES[network].display_name for network in purchases)),
        [
            [fact, *(facts[fact] for facts in facts_by_network.values())]
            for fact in next(iter(facts_by_network.values()))
        ],
    )
    return purchases


def _facts(network: str, purchase: Purchase) -> dict[str, str]:
    """What the table of differences shows; StepFailed where a payload is not this network's."""
    profile, opened = PROFILES[network], purchase.opened
    payload = opened.payload
    data = payload["dynamicData"]
    if isinstance(data, list) != profile.dynamic_data_is_list:
        raise StepFailed("dynamicData does not have this network's shape.")
    dynamic: Mapping[str, Any] = data[0] if isinstance(data, list) else data
    if "token" in payload:
        credential, number = payload["token"], payload["token"]["paymentToken"]
    else:
        credential, number = payload["card"], payload["card"]["primaryAccountNumber"]
    par_at_top = profile.par_place is ParPlace.TOP
    par = str((payload if par_at_top else credential)["paymentAccountReference"])
    if not par.startswith(profile.par_prefix):
        raise StepFailed(f"The PAR does not begin with {profile.par_prefix}.")
    issued_at = opened.header["iat"]
    if isinstance(issued_at, str) != profile.jws_iat_is_text:
        raise StepFailed("The iat of the checkoutResponse does not have this network's form.")
    return {
        "answer member": profile.checkout_response_member,
        "enc": str(opened.payload_header["enc"]),
        "iat": "text" if isinstance(issued_at, str) else "number",
        "paid with": f"{'token' if 'token' in payload else 'PAN'} {masked_number(str(number))}",
        "dynamicData": "list" if isinstance(data, list) else "one object",
        "cryptogram": _cryptogram(dynamic),
        "PAR": f"{'top level' if par_at_top else 'in token'}, {par[:4]}...",
        "ECI": str(opened.response["assuranceData"]["eci"]),
        "card id": _form_of_id(purchase.src_digital_card_id),
    }


def _cryptogram(dynamic: Mapping[str, Any]) -> str:
    kind = str(dynamic["dynamicDataType"]).removeprefix("CARD_APPLICATION_CRYPTOGRAM_")
    return f"{kind} {shortened(str(dynamic['dynamicDataValue']), shown=4)}"


def _form_of_id(identifier: str) -> str:
    try:
        return f"UUID {uuid.UUID(identifier).hex[:6]}..."
    except ValueError:
        return f"{shortened(identifier)}{identifier[-4:]} ({len(identifier)})"


async def _confirm(trip: _Trip) -> None:
    with trip.narrator.step("The shop reports the authorisations to the networks.") as step:
        timestamp = f"{trip.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        await trip.on_all(lambda one: one.confirmation(timestamp))
        step.outcome = "confirmation: 204 from all four"


def _keep(folder: Path, answer: Json) -> Path:
    """The answer in a file only its owner can read, for `src-system decode` to look at."""
    path = folder / "demo-visa-checkout.json"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode(answer))
    return path
