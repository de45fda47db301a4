"""What an operation may use: one network in one sandbox, made per request from shared parts."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from src_system.config import Limits
from src_system.crypto.certificate_authority import CertificateAuthority
from src_system.crypto.keyring import Keyring
from src_system.crypto.rsa_keys import public_from_jwk
from src_system.crypto.vault import SandboxVault, Vault
from src_system.derive import Derivation
from src_system.model.client_authentication import AuthenticationScheme
from src_system.model.code_delivery import NORMAL_DELIVERY, CodeDelivery
from src_system.model.errors import AuthInvalid, NotFound, UnknownClient, UnknownDpa
from src_system.model.identifiers import SandboxName, SystemKey, is_sandbox_name
from src_system.model.magic_values import JUDGED_CODES
from src_system.model.participant import Client, Dpa, ParticipantStatus
from src_system.model.sandbox import Sandbox, StrictnessProfile
from src_system.model.session import CheckoutSession
from src_system.model.transaction_options import TransactionOptions
from src_system.networks import PROFILES
from src_system.networks.market import Market
from src_system.networks.profile import NetworkProfile
from src_system.payloads.id_token import (
    Identification,
    IdToken,
    issue_id_token,
    verify_id_token,
)
from src_system.payloads.seals import PLAIN_SEALS, Seals
from src_system.payloads.transaction_options import market_at
from src_system.payloads.verified_tokens import VerifiedTokens
from src_system.store import (
    checkout_sessions,
    participants,
    revoked_id_tokens,
    sandboxes,
)
from src_system.store.checkout_path import CheckoutPath
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import Database, DatabaseUnavailable, Tx
from src_system.store.enrolment import Enrolment
from src_system.store.one_time_codes import OneTimeCodes
from src_system.world import (
    CallNotes,
    Freshness,
    Recipient,
    StaleWorld,
    World,
    choose_recipient,
    read_world,
    remember_newest,
)

_WORLDS_MAX = 1_000
_PARTICIPANTS_MAX = 2_000
_ORIGINS_MAX = 500


@dataclass(slots=True)
class Installation:
    """The parts that all sandboxes and networks of one installation share."""

    database: Database
    vault: Vault
    keyrings: Mapping[str, Keyring]
    limits: Limits
    public_url: str
    authentication: AuthenticationScheme = AuthenticationScheme.OPEN  # where a client names none
    authority: CertificateAuthority | None = None  # issues client certificates; None without TLS
    worlds: OrderedDict[SandboxName, World] = field(default_factory=OrderedDict)
    verified_tokens: VerifiedTokens = field(default_factory=VerifiedTokens, repr=False)
    checkout_path: CheckoutPath = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.checkout_path = CheckoutPath(self.database)

    def vault_of(self, sandbox: Sandbox) -> SandboxVault:
        """The vault as *sandbox* uses it."""
        return self.vault.within(sandbox.sealed_for)

    async def world(self, name: SandboxName, count: CallNotes | None = None) -> World:
        """The sandbox, read anew when its version has grown; NotFound when there is none.

        The version is one look-up by key: a change made through any worker is in force
        for the next request on all of them. Being the first to read, it is also the first to meet
        a connection that died unnoticed: it then tries another, once.
        """
        if not is_sandbox_name(name):
            raise _no_sandbox()
        try:
            return await self._read_world(name, count)
        except DatabaseUnavailable:
            return await self._read_world(name, count)

    async def _read_world(self, name: SandboxName, count: CallNotes | None) -> World:
        async with self.database.connection(count) as tx:
            version = await sandboxes.version_of_name(tx, name)
            known = self.worlds.get(name)
            if known is not None and known.sandbox.version == version:
                return known
            self.worlds.pop(name, None)
            world = await read_world(tx, name)
        if world is None:
            raise _no_sandbox()
        remember_newest(self.worlds, name, world, _WORLDS_MAX)
        return world

    async def system(
        self, name: SandboxName, network: str, count: CallNotes | None = None
    ) -> "System":
        """One SRC System for one request; NotFound for an unknown sandbox or network."""
        profile = PROFILES.get(network)
        if profile is None:
            raise NotFound(
                "There is no network of this name.", source="network", source_type="PATH"
            )
        return System(self, await self.world(name, count), profile, count)

    def system_as_known(
        self, name: SandboxName, network: str, count: CallNotes | None = None
    ) -> "System | None":
        """The same as last read, without asking whether it still holds; None when never read.

        For an operation whose own first statement brings the version along: see `refuse_stale`.
        """
        world, profile = self.worlds.get(name), PROFILES.get(network)
        if world is None or profile is None:
            return None
        return System(self, world, profile, count, Freshness(is_sure=False))


class System(msgspec.Struct, frozen=True):
    """One network in one sandbox. Nothing below knows that there are others."""

    installation: Installation
    world: World
    profile: NetworkProfile
    count: CallNotes | None = None
    freshness: Freshness = msgspec.field(default_factory=Freshness)
    code_delivery: CodeDelivery = NORMAL_DELIVERY  # how one-time codes of this call arrive
    seals: Seals = PLAIN_SEALS  # what this call's artefacts are signed and encrypted with

    @property
    def key(self) -> SystemKey:
        """The first two columns of this system's rows."""
        return self.world.keys[self.profile.name]

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox's settings."""
        return self.world.sandbox

    @property
    def derivation(self) -> Derivation:
        """What ids, codes and cryptograms are derived with."""
        return self.world.derivation

    @property
    def limits(self) -> Limits:
        """The installation's limits."""
        return self.installation.limits

    @property
    def vault(self) -> SandboxVault:
        """What seals PANs and tokens."""
        return self.installation.vault_of(self.sandbox)

    @property
    def database(self) -> Database:
        """The pool of connections."""
        return self.installation.database

    @property
    def keyring(self) -> Keyring:
        """This network's own keys."""
        return self.installation.keyrings[self.profile.name]

    @property
    def address(self) -> str:
        """Where this network is reached, without a trailing slash."""
        return f"{self.installation.public_url}{self.sandbox.path}/{self.profile.name}"

    def now(self) -> datetime:
        """The sandbox's time, aware, in UTC."""
        return self.world.clock.now()

    def session_end(self, now: datetime) -> datetime:
        """When a checkout session opened at *now* ends."""
        return now + timedelta(minutes=self.limits.checkout_session_minutes)

    async def open_session(
        self, tx: Tx, opening: SessionOpening, *, now: datetime
    ) -> CheckoutSession:
        """The checkout session a call belongs to; ForeignCorrelation, InvalidState."""
        return await checkout_sessions.open_session(
            tx,
            self.key,
            opening,
            id_form=self.profile.correlation_id_form,
            derivation=self.derivation,
            now=now,
            expires_at=self.session_end(now),
        )

    def enrolment(self, now: datetime, market: Market | None = None) -> Enrolment:
        """Keeping consumers, cards and tokens in this system; *market* is that of the call."""
        return Enrolment(
            key=self.key,
            profile=self.profile,
            derivation=self.derivation,
            vault=self.vault,
            now=now,
            cards_per_consumer_max=self.limits.cards_per_consumer_max,
            market=market,
        )

    def refuse_stale(self, version: int | None) -> None:
        """Raise StaleWorld when the sandbox is at another *version* than it was read at.

        Once it was not, the call goes on as one that has just read the sandbox would: it may have
        written by then, so that it is not begun again.
        """
        if self.freshness.is_sure:
            return
        if version != self.sandbox.version:
            raise StaleWorld
        self.freshness.is_sure = True

    async def refuse_stale_before_writing(self) -> None:
        """The same, asking for the version: nothing may be written on what no longer holds."""
        if not self.freshness.is_sure:
            async with self.database.connection(self.count) as tx:
                self.refuse_stale(await sandboxes.sandbox_version(tx, self.sandbox.sandbox_id))

    def one_time_codes(self, now: datetime) -> OneTimeCodes:
        """Sending and judging one-time codes in this system."""
        meet = self._meet_code if self.sandbox.has_magic else None
        return OneTimeCodes(self.key, self.derivation, self.limits, now, self.code_delivery, meet)

    def tell(self, fault: Mapping[str, Any]) -> None:
        """Keep with the call that something was wrong on purpose."""
        if self.count is not None:
            self.count.faults.append(fault)

    def _meet_code(self, code: str) -> bool | None:
        """Whether a one-time code is right because of its magic; None for any other."""
        value = JUDGED_CODES.get(code)
        if value is not None:
            self.tell(value.told())
        return None if value is None else value.is_right

    async def client(self, src_client_id: str) -> Client:
        """The registered client, or UnknownClient."""
        known = self.world.clients.get(src_client_id)
        if known is None:
            async with self.database.connection(self.count) as tx:
                known = await participants.find_client(tx, self.sandbox.sandbox_id, src_client_id)
            if known is None:
                raise UnknownClient(source="srcClientId", seen={"client": None})
            remember_newest(self.world.clients, src_client_id, known, _PARTICIPANTS_MAX)
        if known.status is not ParticipantStatus.ACTIVE:
            raise UnknownClient(
                "The client is disabled.", source="srcClientId", seen={"client": known.status}
            )
        return known

    async def dpa(self, client: Client, dpa_id: str) -> Dpa:
        """The client's DPA by srcDpaId or srciDpaId, or UnknownDpa."""
        key = (client.src_client_id, dpa_id)
        known = self.world.dpas.get(key)
        if known is None:
            async with self.database.connection(self.count) as tx:
                known = await participants.find_dpa(
                    tx, self.sandbox.sandbox_id, dpa_id, src_client_id=client.src_client_id
                )
            if known is None or known.src_client_id != client.src_client_id:
                raise UnknownDpa(
                    source="srcDpaId", seen={"dpa": None, "src_client_id": client.src_client_id}
                )
            remember_newest(self.world.dpas, key, known, _PARTICIPANTS_MAX)
        if known.status is not ParticipantStatus.ACTIVE:
            raise UnknownDpa("The DPA is disabled.", source="srcDpaId", seen={"dpa": known.status})
        return known

    async def market(
        self, client: Client, dpa_id: str | None, options: TransactionOptions | None
    ) -> Market | None:
        """The market of a call (docs/markets.md), None when nothing names one.

        Without *options* the DPA's registered ones speak. Raises MarketNotEnabled, UnknownDpa.
        """
        if not dpa_id:
            return None
        is_lenient = self.sandbox.profile is StrictnessProfile.LENIENT
        return market_at(await self.dpa(client, dpa_id), options, allows_unknown=is_lenient)

    async def registered_origin(self, origin: str) -> str | None:
        """*origin* when a client or DPA registered it, `*` when one allows any, else None."""
        if origin in self.world.origins:
            return self.world.origins[origin]
        # Looks at every DPA of the sandbox, of which there may be ten thousand.
        async with self.database.connection(self.count) as tx:
            match = await participants.registered_origin(tx, self.sandbox.sandbox_id, origin)
        remember_newest(self.world.origins, origin, match, _ORIGINS_MAX)
        return match

    async def recipient(
        self,
        client: Client,
        *,
        now: datetime,
        recipient_id: str | None = None,
        key_fingerprint_id: str | None = None,
        source: str = "recipientIdCheckout",
    ) -> Recipient:
        """The payload key to encrypt to, or UnknownRecipient, ClientKeyExpired (spec 8.1)."""
        return choose_recipient(
            await self._recipients(client),
            client.src_client_id,
            now=now,
            recipient_id=recipient_id,
            key_fingerprint_id=key_fingerprint_id,
            source=source,
        )

    async def _recipients(self, client: Client) -> tuple[Recipient, ...]:
        known = self.world.recipients.get(client.src_client_id)
        if known is None:
            async with self.database.connection(self.count) as tx:
                rows = await participants.list_recipient_keys(
                    tx, self.sandbox.sandbox_id, client.src_client_id
                )
            known = tuple(Recipient(key, public_from_jwk(key.jwk)) for key, _ in rows)
            remember_newest(self.world.recipients, client.src_client_id, known, _PARTICIPANTS_MAX)
        return known

    def issue_id_token(
        self, client: Client, identification: Identification, *, jti: str, now: datetime
    ) -> str:
        """An idToken of this network, for every SRC System and *client*."""
        return issue_id_token(
            identification,
            network=self.key.network,
            sandbox=self.sandbox,
            audience=(client.src_client_id, *client.origins),
            keyring=self.keyring,
            jti=jti,
            now=now,
            life_seconds=self.limits.id_token_seconds,
            seals=self.seals,
        )

    def verify_id_token(self, token: str, *, now: datetime, source: str) -> IdToken:
        """The content of a token of any network trusted here, or AuthInvalid naming *source*."""
        return verify_id_token(
            token,
            network=self.key.network,
            sandbox=self.sandbox,
            keyrings=self.installation.keyrings,
            now=now,
            authentication_age_max=timedelta(days=self.limits.authentication_age_days_max),
            source=source,
            seen_before=self.installation.verified_tokens,
        )

    async def identified(
        self, tx: Tx, id_token: str | None, *, now: datetime
    ) -> Identification | None:
        """Whom *id_token* identifies, None without a token; AuthInvalid, also when revoked."""
        if id_token is None:
            return None
        verified = self.verify_id_token(id_token, now=now, source="idToken")
        await self.refuse_revoked(tx, verified, source="idToken")
        return verified.identification

    async def refuse_revoked(self, tx: Tx, *tokens: IdToken, source: str) -> None:
        """Raise AuthInvalid when a token was taken back at this network (spec 4.8)."""
        if tokens and await revoked_id_tokens.is_revoked(
            tx, self.key, [token.jti for token in tokens]
        ):
            raise AuthInvalid("The token was revoked.", source=source, seen={"revoked": True})

    async def touch(self, tx: Tx) -> None:
        """Tell every worker that settings or participants of the sandbox have changed."""
        await sandboxes.touch_sandbox(tx, self.sandbox.sandbox_id)


def _no_sandbox() -> NotFound:
    return NotFound("There is no sandbox of this name.", source="sandbox", source_type="PATH")
