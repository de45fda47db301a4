"""Consumers: listed, shown, added, changed, locked and unlocked, removed."""

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec.structs import replace

from src_system.clock import iso_millis, iso_millis_or_none
from src_system.control.answer_documents import ConsumerPage, ConsumerView, ConsumerWithCards
from src_system.control.cards import address_view, card_document
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
from src_system.control.queries import ConsumerQuery
from src_system.deferred.announcement import announce_deletion
from src_system.fixtures.answer_documents import AppliedConsumer
from src_system.fixtures.apply import apply_fixtures
from src_system.fixtures.document import (
    ConsumerDocument,
    FixturesDocument,
    bare_digits,
    choices,
    one_of,
    refuse_bad_country,
)
from src_system.fixtures.participants import read_instant
from src_system.model.consumer import Consumer, ConsumerIdentity, ConsumerStatus, IdentityType
from src_system.model.errors import Aborted, LimitExceeded, NotFound, PanIneligible
from src_system.model.identifiers import SystemKey
from src_system.networks import PROFILES
from src_system.networks.consumer_rules import (
    check_national_identifier,
    locale_of_person,
    market_of_person,
)
from src_system.store import consumers, digital_cards, shipping_addresses
from src_system.store.database import Tx

_STATUS_AFTER = {
    "lock": ConsumerStatus.LOCKED,
    "unlock": ConsumerStatus.ACTIVE,
    "suspend": ConsumerStatus.SUSPENDED,
    "resume": ConsumerStatus.ACTIVE,
}

_FIXTURES = (PanIneligible, LimitExceeded, Aborted)


class ConsumerChange(msgspec.Struct, frozen=True, rename="camel"):
    """The body of PUT; members that are left out stay as they are."""

    status: Annotated[str, choices(ConsumerStatus)] | None = None
    locked_until: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    national_identifier: str | None = None
    country_code: str | None = None
    locale: str | None = None


class LockDocument(msgspec.Struct, frozen=True, rename="camel"):
    """When a lock opens by itself; without `until` it does not."""

    until: str | None = None


def consumer_document(network: str, consumer: Consumer) -> ConsumerView:
    """The consumer without cards; nothing is masked here."""
    mobile = consumer.mobile_number
    return {
        "network": network,
        "srcConsumerId": consumer.src_consumer_id,
        "status": consumer.status,
        "lockedUntil": iso_millis_or_none(consumer.locked_until),
        "emailAddress": consumer.email_address,
        "mobileNumber": None
        if mobile is None
        else {"countryCode": mobile.country_code, "phoneNumber": mobile.phone_number},
        "firstName": consumer.first_name,
        "lastName": consumer.last_name,
        "fullName": consumer.full_name,
        "nationalIdentifier": consumer.national_identifier,
        "countryCode": consumer.country_code,
        "locale": consumer.locale,
        "dateConsumerAdded": iso_millis(consumer.date_consumer_added),
        "dateConsumerLastUsed": iso_millis_or_none(consumer.date_consumer_last_used),
    }


@described(answer=ConsumerPage, query=ConsumerQuery)
async def list_consumers(request: web.Request) -> web.Response:
    """GET …/consumers?network=&identity=: people, network by network, by srcConsumerId."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    only = network_filter(request)
    identity = request.query.get("identity")
    after, limit = page_of(request)
    start, _, after_id = after.partition("/")
    networks = [name for name in PROFILES if only in (None, name)]
    found: list[tuple[str, Consumer]] = []
    async with parts_of(request).installation.database.connection() as tx:
        if identity is not None:
            for name in networks:
                found += await _by_identity(tx, SystemKey(sandbox_id, name), identity)
            named: ConsumerPage = {
                "consumers": [consumer_document(*entry) for entry in found],
                "next": None,
            }
            return json_answer(named)
        for name in networks[networks.index(start) :] if start in networks else networks:
            page = await consumers.list_consumers(
                tx,
                SystemKey(sandbox_id, name),
                after=after_id if name == start else "",
                limit=limit - len(found),
            )
            found += [(name, consumer) for consumer in page]
            if len(found) >= limit:
                break
    last = f"{found[-1][0]}/{found[-1][1].src_consumer_id}" if found else None
    answer: ConsumerPage = {
        "consumers": [consumer_document(*entry) for entry in found],
        "next": next_page(found, limit, last),
    }
    return json_answer(answer)


async def _by_identity(tx: Tx, key: SystemKey, identity: str) -> list[tuple[str, Consumer]]:
    if "@" in identity:
        named = ConsumerIdentity(IdentityType.EMAIL_ADDRESS, identity.strip().lower())
    else:
        named = ConsumerIdentity(IdentityType.MOBILE_PHONE_NUMBER, bare_digits(identity))
    consumer = await consumers.find_by_identity(tx, key, named)
    return [] if consumer is None else [(key.network, consumer)]


@described(request=ConsumerDocument, answer=AppliedConsumer, status=201, refusals=_FIXTURES)
async def post_consumer(request: web.Request) -> web.Response:
    """POST …/consumers: add a person, written as an entry of the fixtures' `consumers`."""
    parts, world = parts_of(request), await world_of(request)
    document = await read_body(request, ConsumerDocument)
    answer = await apply_fixtures(
        parts.installation,
        world.sandbox.name,
        FixturesDocument(consumers=[document]),
        key_pool=parts.key_pool,
    )
    return json_answer(answer["consumers"][0], 201)


@described(answer=ConsumerWithCards)
async def get_consumer(request: web.Request) -> web.Response:
    """GET …/consumers/{network}/{id}: one person, with cards and shipping addresses."""
    key, now = await key_of(request), (await world_of(request)).clock.now()
    async with parts_of(request).installation.database.connection() as tx:
        consumer = await _consumer(tx, key, request)
        cards = await digital_cards.list_cards(tx, key, consumer.src_consumer_id)
        addresses = await shipping_addresses.list_addresses(tx, key, consumer.src_consumer_id)
    document: ConsumerWithCards = {
        **consumer_document(key.network, consumer),
        "cards": [card_document(key.network, card, now) for card in cards],
        "shippingAddresses": [
            {"addressId": entry.address_id, **address_view(entry.address)} for entry in addresses
        ],
    }
    return json_answer(document)


@described(request=ConsumerChange, answer=ConsumerWithCards)
async def put_consumer(request: web.Request) -> web.Response:
    """PUT …/consumers/{network}/{id}: change one; members that are left out stay as they are."""
    key = await key_of(request)
    change = await read_body(request, ConsumerChange)
    refuse_bad_country(change.country_code, source="countryCode")
    until = read_instant(change.locked_until, source="lockedUntil")
    if change.status is not None:
        one_of(change.status, tuple(ConsumerStatus), source="status")
    async with parts_of(request).installation.database.transaction() as tx:
        consumer = await _consumer(tx, key, request)
        given = {
            name: value
            for name, value in msgspec.structs.asdict(change).items()
            if value is not None and name not in ("status", "locked_until")
        }
        if given:
            await consumers.update_profile(tx, key, _in_its_market(replace(consumer, **given)))
        if change.status is not None:
            status = ConsumerStatus(change.status)
            await consumers.set_status(
                tx,
                key,
                consumer.src_consumer_id,
                status,
                locked_until=until if status is ConsumerStatus.LOCKED else None,
            )
    return await get_consumer(request)


def _in_its_market(consumer: Consumer) -> Consumer:
    """The consumer with locale and national identifier in the form of the person's market."""
    market = market_of_person(consumer.country_code, consumer.mobile_number)
    return replace(
        consumer,
        national_identifier=check_national_identifier(
            consumer.national_identifier, market, source="nationalIdentifier"
        ),
        locale=locale_of_person(consumer.locale, market, source="locale"),
    )


@described(request=LockDocument, request_is_required=False, answer=ConsumerWithCards)
async def act_on_consumer(request: web.Request) -> web.Response:
    """POST …/consumers/{network}/{id}/{action}: lock, unlock, suspend or resume."""
    key = await key_of(request)
    action = request.match_info["action"]
    lock = await read_body(request, LockDocument)
    until = read_instant(lock.until, source="until") if action == "lock" else None
    async with parts_of(request).installation.database.transaction() as tx:
        consumer = await _consumer(tx, key, request)
        await consumers.set_status(
            tx, key, consumer.src_consumer_id, _STATUS_AFTER[action], locked_until=until
        )
    return await get_consumer(request)


@described(status=204, media_type=None)
async def delete_consumer(request: web.Request) -> web.Response:
    """DELETE …/consumers/{network}/{id}: the profile is gone, with its cards."""
    system = await system_of(request)
    key = system.key
    async with system.database.transaction() as tx:
        held = await digital_cards.list_cards(tx, key, request.match_info["id"])
        await announce_deletion(system, tx, held, now=system.now())
        if not await consumers.delete_consumer(tx, key, request.match_info["id"]):
            raise _no_consumer()
    return no_content()


async def _consumer(tx: Tx, key: SystemKey, request: web.Request) -> Consumer:
    consumer = await consumers.find_consumer(tx, key, request.match_info["id"])
    if consumer is None:
        raise _no_consumer()
    return consumer


def _no_consumer() -> NotFound:
    return NotFound("There is no such consumer.", source="srcConsumerId", source_type="PATH")
