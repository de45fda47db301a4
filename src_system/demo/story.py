"""One consumer, four networks, one one-time code, four checkouts: the whole story, step by step."""

import uuid
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from src_system.client import ControlPort, Initiator, Refused, Sandbox
from src_system.client.checkout_answers import Checkout
from src_system.client.src_answers import MaskedCard, Profiles
from src_system.clock import epoch_seconds, machine_now
from src_system.demo.narration import (
    Narrator,
    StepFailed,
    StoryStopped,
    as_text,
    masked_number,
    shortened,
    what_next,
)
from src_system.networks import PROFILES
from src_system.networks.profile import ParPlace

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


@dataclass(slots=True)
class _Trip:
    """What the steps hand on to one another."""

    narrator: Narrator
    sandbox: Sandbox
    shop: Initiator
    started_at: datetime
    email_address: str = EMAIL_ADDRESS
    phone_number: str = PHONE_NUMBER


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
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(ControlPort(control))
        try:
            trip = await _put_consumer_in_place(narrator, port, started_at or machine_now())
            await _look_her_up(trip)
            await _validate_her(trip)
            profiles = await _read_profiles(trip)
            purchases = await _check_out(trip, profiles)
            await _confirm(trip)
        except StoryStopped:
            return False
    what_next(
        console,
        protocol=protocol.rstrip("/"),
        control=port.url,
        src_client_id=trip.shop.registration.src_client_id,
        email_address=trip.email_address,
        command=command,
        checkout_file=None if keep_in is None else _keep(keep_in, purchases["visa"]),
    )
    return True


async def _put_consumer_in_place(
    narrator: Narrator, port: ControlPort, started_at: datetime
) -> _Trip:
    with narrator.step(
        "Ana Lopez gets a card on each network (fixtures of the control port)."
    ) as step:
        sandbox = await port.sandbox()
        transaction_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"demo trip {started_at.isoformat()}"))
        shop = sandbox.initiator(networks=tuple(PANS), srci_transaction_id=transaction_id)
        trip = _Trip(narrator, sandbox, shop, started_at)
        await _fixtures(trip)
        step.outcome = ", ".join(
            f"{PROFILES[network].display_name} {masked_number(pan)}"
            for network, pan in PANS.items()
        )
    return trip


async def _fixtures(trip: _Trip) -> None:
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
    placed = await trip.sandbox.add_consumer(
        trip.email_address,
        cards=cards,
        mobileNumber={"countryCode": "1", "phoneNumber": trip.phone_number},
        firstName="Ana",
        lastName="Lopez",
        fullName="Ana Lopez",
        countryCode="US",
        locale="en_US",
    )
    networks = {card.network for card in placed.cards}
    if networks != set(PANS):
        raise StepFailed(f"The fixtures put cards on {sorted(networks)} only.")


async def _look_her_up(trip: _Trip) -> None:
    with trip.narrator.step("The shop asks all four networks whether they know her.") as step:
        found = await trip.shop.identity_lookup(trip.email_address)
        unknown = [name for name, answer in found.items() if not answer.consumer_present]
        if unknown:
            raise StepFailed(f"She is not known at {', '.join(unknown)}.")
        step.outcome = "identityLookup, in parallel: consumerPresent at all four"


async def _validate_her(trip: _Trip) -> None:
    first = next(iter(trip.shop))
    profile, otps = PROFILES[first.network], trip.sandbox.otps
    with trip.narrator.step(f"{profile.display_name} sends her a one-time code.") as step:
        await otps.skip(trip.email_address, network=first.network)
        try:
            started = await first.initiate_identity_validation(trip.email_address)
        except Refused as refused:
            if "RETRIES_EXCEEDED" not in refused.reasons:
                raise
            await _become_another(trip)
            started = await first.initiate_identity_validation(trip.email_address)
        code = await otps.code(trip.email_address, first.network)
        step.outcome = (
            f"to {started.masked_validation_channel}; read at the control port: {'*' * len(code)}"
        )
    with trip.narrator.step(
        f"She types it in, and {profile.display_name} vouches for her."
    ) as step:
        completed = await first.complete_identity_validation(started.id_validation_session_id, code)
        verified = await first.verify_id_token(completed.id_token, issuer=profile.issuer)
        step.outcome = "an idToken, its signature verified with the network's published key"
    trip.narrator.members({"header": _shown(verified.header), "claims": _shown(verified.claims)})


async def _become_another(trip: _Trip) -> None:
    number = epoch_seconds(trip.started_at)
    local_part, _, domain = EMAIL_ADDRESS.partition("@")
    trip.email_address = f"{local_part}+{number}@{domain}"
    trip.phone_number = f"202555{number % 10_000:04d}"
    trip.narrator.note(
        f"{EMAIL_ADDRESS} was sent too many codes (RETRIES_EXCEEDED); on with {trip.email_address}."
    )
    await _fixtures(trip)


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


async def _read_profiles(trip: _Trip) -> dict[str, Profiles]:
    with trip.narrator.step("That one idToken opens her cards at all four networks.") as step:
        profiles = await trip.shop.get_src_profile()
        rows: list[list[str]] = []
        for network, profile in profiles.items():
            _own_card(network, profile)
            rows += [_card_row(network, card) for card in profile.cards]
        step.outcome = f"getSrcProfile, in parallel: {len(rows)} cards, merged into one list"
    trip.narrator.table(("network", "card", "expires", "status", "srcDigitalCardId"), rows)
    return profiles


def _card_row(network: str, card: MaskedCard) -> list[str]:
    return [
        PROFILES[network].display_name,
        f"{card.pan_bin or ''}...{card.pan_last_four}",
        f"{card.pan_expiration_month}/{card.pan_expiration_year}",
        card.status,
        card.src_digital_card_id,
    ]


def _own_card(network: str, profile: Profiles) -> str:
    if len(profile.profiles) != 1:
        raise StepFailed(
            f"{PROFILES[network].display_name} gave {len(profile.profiles)} profiles, not one."
        )
    for card in profile.cards:
        if card.pan_last_four == PANS[network][-4:]:
            return card.src_digital_card_id
    raise StepFailed(f"Her card is not in the profile at {PROFILES[network].display_name}.")


async def _check_out(trip: _Trip, profiles: Mapping[str, Profiles]) -> dict[str, Checkout]:
    purchases, facts_by_network = {}, {}
    for one in trip.shop:
        name = PROFILES[one.network].display_name
        with trip.narrator.step(f"She pays {AMOUNT} {CURRENCY} with her {name} card.") as step:
            card = _own_card(one.network, profiles[one.network])
            paid = await one.checkout(card, amount=AMOUNT, currency=CURRENCY)
            facts = _facts(one.network, paid, card)
            step.outcome = f"signature verified, payload opened: {facts['paid with']}"
            purchases[one.network], facts_by_network[one.network] = paid, facts
    trip.narrator.table(
        ("what differs", *(PROFILES[network].display_name for network in purchases)),
        [
            [fact, *(facts[fact] for facts in facts_by_network.values())]
            for fact in next(iter(facts_by_network.values()))
        ],
    )
    return purchases


def _facts(network: str, paid: Checkout, src_digital_card_id: str) -> dict[str, str]:
    """What the table of differences shows; StepFailed where a payload is not this network's."""
    profile, payload = PROFILES[network], paid.payload
    if payload is None or paid.response is None or payload.number is None or payload.par is None:
        raise StepFailed("The payload holds nothing to pay with.")
    if isinstance(payload.document["dynamicData"], list) != profile.dynamic_data_is_list:
        raise StepFailed("dynamicData does not have this network's shape.")
    if paid.payload_header["enc"] != profile.content_encryption:
        raise StepFailed("The payload is not encrypted as this network does it.")
    par_at_top = "paymentAccountReference" in payload.document
    if par_at_top != (profile.par_place is ParPlace.TOP):
        raise StepFailed("The PAR does not stand where this network has it.")
    if not payload.par.startswith(profile.par_prefix):
        raise StepFailed(f"The PAR does not begin with {profile.par_prefix}.")
    issued_at = paid.header["iat"]
    if isinstance(issued_at, str) != profile.jws_iat_is_text:
        raise StepFailed("The iat of the checkoutResponse does not have this network's form.")
    if profile.checkout_response_member not in paid.answer.document:
        raise StepFailed(f"The answer has no member {profile.checkout_response_member}.")
    return {
        "answer member": profile.checkout_response_member,
        "enc": str(paid.payload_header["enc"]),
        "iat": "text" if isinstance(issued_at, str) else "number",
        "paid with": f"{'token' if payload.token else 'PAN'} {masked_number(payload.number)}",
        "dynamicData": "list" if profile.dynamic_data_is_list else "one object",
        "cryptogram": _cryptogram(paid),
        "PAR": f"{'top level' if par_at_top else 'in token'}, {payload.par[:4]}...",
        "ECI": str(paid.response.eci),
        "card id": _form_of_id(src_digital_card_id),
    }


def _cryptogram(paid: Checkout) -> str:
    if paid.payload is None or not paid.payload.dynamic_data:
        raise StepFailed("The payload holds no dynamicData.")
    data = paid.payload.dynamic_data[0]
    kind = data.dynamic_data_type.removeprefix("CARD_APPLICATION_CRYPTOGRAM_")
    return f"{kind} {shortened(str(data.dynamic_data_value), shown=4)}"


def _form_of_id(identifier: str) -> str:
    try:
        return f"UUID {uuid.UUID(identifier).hex[:6]}..."
    except ValueError:
        return f"{shortened(identifier)}{identifier[-4:]} ({len(identifier)})"


async def _confirm(trip: _Trip) -> None:
    with trip.narrator.step("The shop reports the authorisations to the networks.") as step:
        timestamp = f"{trip.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        await trip.shop.confirmation(confirmationTimestamp=timestamp)
        step.outcome = "confirmation: 204 from all four"


def _keep(folder: Path, paid: Checkout) -> Path:
    """The answer in a file only its owner can read, for `src-system decode` to look at."""
    path = folder / "demo-visa-checkout.json"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode(paid.answer.document))
    return path
