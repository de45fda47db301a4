"""Digital cards: listed, shown, added, changed, suspended, resumed, expired, cancelled."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, cast

import msgspec
from aiohttp import web

from src_system.clock import iso_millis, iso_millis_or_none
from src_system.control.answer_documents import AddressView, CardPage, CardView, RefreshedTokens
from src_system.control.described import described
from src_system.control.parts import (
    json_answer,
    key_of,
    network_filter,
    next_page,
    no_content,
    page_of,
    parts_of,
    read_body,
    system_of,
    world_of,
)
from src_system.control.queries import NetworkPageQuery
from src_system.deferred.announcement import announce_card_change
from src_system.deferred.token_refresh import TokenChange, refresh_tokens
from src_system.fixtures.document import CardDocument, choices, one_of
from src_system.fixtures.people import PENDING_EVENTS, apply_card
from src_system.model.address import Address
from src_system.model.digital_card import DigitalCard, DigitalCardStatus, change_status
from src_system.model.errors import (
    Aborted,
    InvalidState,
    InvalidValue,
    NotFound,
    PanIneligible,
)
from src_system.model.identifiers import SystemKey
from src_system.model.pan import past_expiry, read_expiry
from src_system.networks import PROFILES
from src_system.store import consumers, digital_cards
from src_system.store.consumers import address_document
from src_system.store.database import Tx
from src_system.system import System

_STATUS_AFTER = {"suspend": DigitalCardStatus.SUSPENDED, "resume": DigitalCardStatus.ACTIVE}
_SETTABLE = ("ACTIVE", "SUSPENDED", "CANCELLED")


class NewCardDocument(CardDocument, frozen=True, rename="camel", kw_only=True):
    """The body of POST …/cards: a card of the fixtures, and whose it is."""

    src_consumer_id: str


class CardChange(msgspec.Struct, frozen=True, rename="camel"):
    """The body of PUT; members that are left out stay as they are."""

    status: Annotated[str, choices(_SETTABLE)] | None = None
    pan_expiration_month: str | None = None
    pan_expiration_year: str | None = None
    pending_events: list[Annotated[str, choices(PENDING_EVENTS)]] | None = None


class RefreshDocument(msgspec.Struct, frozen=True, rename="camel"):
    """The body of …/refresh-tokens."""

    change: Annotated[str, choices(TokenChange)] = TokenChange.NUMBER


def card_document(network: str, card: DigitalCard, now: datetime) -> CardView:
    """The card: of its number only the first six and the last four digits."""
    billing = card.billing_address
    address = None if billing is None else address_view(billing)
    return {
        "network": network,
        "srcDigitalCardId": card.src_digital_card_id,
        "srcConsumerId": card.src_consumer_id,
        "srcPaymentCardId": card.src_payment_card_id,
        "panBin": card.pan_bin,
        "panLastFour": card.pan_last_four,
        "panExpirationMonth": card.expiry.month,
        "panExpirationYear": card.expiry.year,
        "status": card.status_at(now),
        "pendingEvents": list(card.pending_events),
        "cardholderFullName": card.cardholder_full_name,
        "paymentAccountReference": card.payment_account_reference,
        "paymentCardType": card.payment_card_type,
        "countryCode": card.country_code,
        "billingAddressId": card.billing_address_id,
        "billingAddress": address,
        "dateOfCardCreated": iso_millis(card.date_of_card_created),
        "dateOfCardLastUsed": iso_millis_or_none(card.date_of_card_last_used),
    }


def address_view(address: Address) -> AddressView:
    """An address in clear, in wire names."""
    members = address_document(address)
    if "country_code" in members:
        members["countryCode"] = members.pop("country_code")
    return cast("AddressView", members)


@described(answer=CardPage, query=NetworkPageQuery)
async def list_cards(request: web.Request) -> web.Response:
    """GET …/cards?network=: digital cards, network by network, by srcDigitalCardId."""
    world = await world_of(request)
    only = network_filter(request)
    after, limit = page_of(request)
    start, _, after_id = after.partition("/")
    networks = [name for name in PROFILES if only in (None, name)]
    found: list[tuple[str, DigitalCard]] = []
    async with parts_of(request).installation.database.connection() as tx:
        for name in networks[networks.index(start) :] if start in networks else networks:
            page = await digital_cards.list_all_cards(
                tx,
                SystemKey(world.sandbox.sandbox_id, name),
                after=after_id if name == start else "",
                limit=limit - len(found),
            )
            found += [(name, card) for card in page]
            if len(found) >= limit:
                break
    now = world.clock.now()
    last = f"{found[-1][0]}/{found[-1][1].src_digital_card_id}" if found else None
    answer: CardPage = {
        "cards": [card_document(*entry, now) for entry in found],
        "next": next_page(found, limit, last),
    }
    return json_answer(answer)


@described(request=NewCardDocument, answer=CardView, status=201, refusals=(PanIneligible, Aborted))
async def post_card(request: web.Request) -> web.Response:
    """POST …/cards: add one for a consumer who is there."""
    world = await world_of(request)
    document = await read_body(request, NewCardDocument)
    one_of(document.network, tuple(PROFILES), source="network")
    installation = parts_of(request).installation
    system = await installation.system(world.sandbox.name, document.network)
    now = system.now()
    async with installation.database.transaction() as tx:
        consumer = await consumers.find_consumer(tx, system.key, document.src_consumer_id)
        if consumer is None:
            raise InvalidValue("There is no such consumer.", source="srcConsumerId")
        card = await apply_card(tx, system, consumer, document, now=now, source="")
        found = await digital_cards.find_card(tx, system.key, card.src_digital_card_id)
    if found is None:
        raise Aborted
    return json_answer(card_document(system.key.network, found[0], now), 201)


@described(answer=CardView)
async def get_card(request: web.Request) -> web.Response:
    """GET …/cards/{network}/{id}: one card with its state."""
    key, now = await key_of(request), (await world_of(request)).clock.now()
    async with parts_of(request).installation.database.connection() as tx:
        card = await _card(tx, key, request)
    return json_answer(card_document(key.network, card, now))


@described(request=CardChange, answer=CardView, refusals=(InvalidState, Aborted))
async def put_card(request: web.Request) -> web.Response:
    """PUT …/cards/{network}/{id}: change status, expiry, pending events."""
    system = await system_of(request)
    key = system.key
    change = await read_body(request, CardChange)
    for place, event in enumerate(change.pending_events or ()):
        one_of(event, PENDING_EVENTS, source=f"pendingEvents[{place}]")
    if change.status is not None:
        one_of(change.status, _SETTABLE, source="status")
    async with _changing(request, system) as (tx, card):
        if change.pan_expiration_month is not None or change.pan_expiration_year is not None:
            expiry = read_expiry(
                change.pan_expiration_month or card.expiry.month,
                change.pan_expiration_year or card.expiry.year,
                source="card",
            )
            await digital_cards.set_card_expiry(tx, key, card.src_digital_card_id, expiry)
        status = card.status if change.status is None else DigitalCardStatus(change.status)
        if change.status is not None or change.pending_events is not None:
            events = card.pending_events
            if change.pending_events is not None:
                events = tuple(change.pending_events)
            elif status is not card.status:
                events = ()
            await _set_status(tx, key, card, status, events)
    return await get_card(request)


@described(answer=CardView, refusals=(InvalidState, Aborted))
async def act_on_card(request: web.Request) -> web.Response:
    """POST …/cards/{network}/{id}/{action}: suspend, resume (also ends PENDING) or expire."""
    system = await system_of(request)
    key, now, action = system.key, system.now(), request.match_info["action"]
    async with _changing(request, system) as (tx, card):
        if action == "expire":
            await digital_cards.set_card_expiry(tx, key, card.src_digital_card_id, past_expiry(now))
        else:
            await _set_status(tx, key, card, _STATUS_AFTER[action], ())
    return await get_card(request)


@described(status=204, media_type=None, refusals=(InvalidState, Aborted))
async def delete_card(request: web.Request) -> web.Response:
    """DELETE …/cards/{network}/{id}: the card is CANCELLED, which is final."""
    system = await system_of(request)
    async with _changing(request, system) as (tx, card):
        await _set_status(tx, system.key, card, DigitalCardStatus.CANCELLED, ())
    return no_content()


@described(request=RefreshDocument, request_is_required=False, answer=RefreshedTokens)
async def refresh_card_tokens(request: web.Request) -> web.Response:
    """POST …/cards/{network}/{id}/refresh-tokens: new numbers, or only a longer life."""
    system = await system_of(request)
    body = await read_body(request, RefreshDocument)
    change = TokenChange(one_of(body.change, tuple(TokenChange), source="change"))
    async with system.database.transaction() as tx:
        card = await _card(tx, system.key, request)
        count = await refresh_tokens(system, tx, card, change, now=system.now())
    refreshed: RefreshedTokens = {
        "srcDigitalCardId": card.src_digital_card_id,
        "tokensRefreshed": count,
    }
    return json_answer(refreshed)


@contextlib.asynccontextmanager
async def _changing(request: web.Request, system: System) -> AsyncIterator[tuple[Tx, DigitalCard]]:
    """A transaction with the card of the path; whoever holds the card is told what changed."""
    async with system.database.transaction() as tx:
        before = await _card(tx, system.key, request)
        yield tx, before
        after = await _card(tx, system.key, request)
        await announce_card_change(system, tx, before, after, now=system.now())


async def _set_status(
    tx: Tx, key: SystemKey, card: DigitalCard, status: DigitalCardStatus, events: tuple[str, ...]
) -> None:
    target = status if status is card.status else change_status(card.status, status)
    changed = await digital_cards.set_card_status(
        tx,
        key,
        card.src_digital_card_id,
        was=card.status,
        status=target,
        pending_events=events,
    )
    if not changed:
        raise Aborted


async def _card(tx: Tx, key: SystemKey, request: web.Request) -> DigitalCard:
    found = await digital_cards.find_card(tx, key, request.match_info["id"])
    if found is None:
        raise NotFound("There is no such card.", source="srcDigitalCardId", source_type="PATH")
    return found[0]
