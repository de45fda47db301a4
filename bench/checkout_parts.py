"""The stages of a Visa checkout as calls without arguments, on one real checkout's values."""

import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web
from msgspec.structs import replace

from bench import bare
from bench.shop import NETWORK, Shop, checkout_body
from src_system.app import Server
from src_system.clock import monotonic
from src_system.crypto import jwe
from src_system.http.events import RequestEvent
from src_system.issuance import cryptogram_record, open_credential
from src_system.metrics import Metrics
from src_system.model.checkout import CheckoutDecision, DcfActionCode, decide_checkout
from src_system.model.consumer import Consumer
from src_system.model.digital_card import DigitalCard
from src_system.model.identifiers import SandboxName
from src_system.model.participant import Client, Dpa
from src_system.model.session import SessionState
from src_system.model.transaction_options import TransactionOptions
from src_system.operations.checkout import CheckoutRequest, CheckoutResult
from src_system.payloads.checkout_payload import (
    CredentialInClear,
    IssuedPayload,
    PayloadOrder,
    issue_payload,
)
from src_system.payloads.checkout_response import (
    CheckoutResponseDocument,
    sign_checkout_response,
)
from src_system.payloads.checkout_summary import SummaryFacts, checkout_summary
from src_system.payloads.id_token import IdToken
from src_system.store.checkout_contexts import CheckoutContext, ContextQuestion
from src_system.store.checkout_records import CheckoutRecord
from src_system.system import Installation, System
from src_system.wire import answers, requests
from src_system.wire.body import read_body
from src_system.wire.reading import Call
from src_system.wire.spellings import modernise
from src_system.world import Recipient

Stage = tuple[str, Callable[[], Any], bool]
_ENCODER = msgspec.json.Encoder()


@dataclass
class Parts:
    """One checkout taken apart; each stage has what the stages before it made."""

    installation: Installation
    raw: bytes
    system: System
    caller: Client
    dpa: Dpa
    recipient: Recipient
    request: CheckoutRequest
    options: TransactionOptions
    context: CheckoutContext
    card: DigitalCard
    consumer: Consumer
    decision: CheckoutDecision
    order: PayloadOrder
    credential: CredentialInClear | None
    issued: IssuedPayload
    document: CheckoutResponseDocument
    result: CheckoutResult
    ids: Iterator[str]
    metrics: Metrics

    @classmethod
    async def prepare(cls, server: Server, shop: Shop) -> "Parts":
        """Go through a checkout once, keeping what each stage makes."""
        basket = shop.baskets()[0]
        body = checkout_body(basket)
        raw = json.dumps(body).encode()
        system = await server.installation.system(SandboxName(shop.sandbox["name"]), NETWORK)
        caller = await system.client(shop.src_client_id)
        call = Call(shop.src_client_id, "checkout", system.profile, modernise(body), {}, {})
        request = requests.read_checkout(call)
        parts = cls.__new__(cls)
        parts.installation, parts.raw, parts.system = server.installation, raw, system
        parts.caller, parts.request = caller, request
        parts.dpa = await system.dpa(caller, shop.src_dpa_id)
        parts.recipient = await system.recipient(caller, now=system.now())
        parts.options = request.options or TransactionOptions()
        parts.ids = (str(uuid.UUID(int=n, version=4)) for n in itertools.count(1 << 90))
        parts.metrics = Metrics()
        parts.context = await parts.read_context()
        if parts.context.card is None or parts.context.consumer is None:
            raise LookupError(basket.src_digital_card_id)
        parts.card, parts.consumer = parts.context.card, parts.context.consumer
        parts.decision = parts.decide()
        parts.order = PayloadOrder(
            checkout_id=next(parts.ids),
            ordinal=0,
            decision=parts.decision,
            options=parts.options,
            card=parts.card,
            consumer=parts.consumer,
            shipping=None,
        )
        parts.credential = await parts.open_credential()
        parts.issued = parts.issue()
        parts.document = parts.respond()
        parts.result = CheckoutResult(next(parts.ids), DcfActionCode.COMPLETE, parts.sign(), None)
        return parts

    def stages(self) -> list[Stage]:
        """(name, call, whether it is a part of the stage before), in the order of a request."""
        sign, _, seal = bare.crypto_operations()
        return [
            ("sandbox, from memory", self.find_system, False),
            ("body read, old spellings replaced", self.body, False),
            ("client, DPA, recipient, from memory", self.participants, False),
            ("body checked and converted", self.read, False),
            ("idToken checked, signature remembered", self.verify, False),
            ("context read (statement 1)", self.read_context, False),
            ("the rule", self.decide, False),
            ("credential opened from the vault", self.open_credential, False),
            ("payload made and sealed", self.issue, False),
            ("the seal", self.seal, True),
            ("RSA-OAEP-256/A256GCM, bare", seal, True),
            ("masked card and consumer, response document", self.respond, False),
            ("response signed", self.sign, False),
            ("RS256 signature, bare", sign, True),
            ("record written (statement 2)", self.record, False),
            ("answer encoded", self.answer, False),
            ("log line and metrics", self.finish, False),
        ]

    def find_system(self) -> object:
        """The sandbox as last read; the context read tells whether it still holds."""
        return self.installation.system_as_known(self.system.sandbox.name, NETWORK)

    def body(self) -> dict[str, Any]:
        """Bytes to a document in the new spelling."""
        return modernise(read_body(self.raw, depth_max=32))

    async def participants(self) -> None:
        """Who calls, for whom, encrypted to which key: all in memory."""
        now = self.system.now()
        caller = await self.system.client(self.caller.src_client_id)
        await self.system.dpa(caller, self.dpa.src_dpa_id)
        await self.system.recipient(caller, now=now)

    def read(self) -> CheckoutRequest:
        """A document to the operation's request."""
        call = Call(
            self.caller.src_client_id, "checkout", self.system.profile, self._document(), {}, {}
        )
        return requests.read_checkout(call)

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = getattr(self, "_kept_document", None) or self.body()
        self._kept_document = document
        return document

    def verify(self) -> IdToken:
        """The idToken, as the operation does it with one that it has seen before."""
        return self.system.verify_id_token(
            self.request.id_token or "", now=self.system.now(), source="idToken"
        )

    async def read_context(self) -> CheckoutContext:
        """The read statement, rows turned into objects."""
        return await self.installation.checkout_path.read_context(
            ContextQuestion(
                key=self.system.key,
                src_correlation_id=self.request.session.src_correlation_id,
                src_digital_card_id=self.request.src_digital_card_id or "",
                token_requestor_id=self.caller.token_requestor_id,
                identity_hash=b"x" * 32,
                checkout_id=next(self.ids),
            ),
            None,
        )

    def decide(self) -> CheckoutDecision:
        """The rule."""
        return decide_checkout(
            self.card,
            self.consumer,
            validated_src_consumer_id=self.card.src_consumer_id,
            options=self.options,
            payload_type=self.request.payload_type,
            rules=self.system.profile.dynamic_data_rules,
            now=self.system.now(),
        )

    async def open_credential(self) -> CredentialInClear | None:
        """The token in clear; no statement, for the token exists."""
        return await open_credential(
            self.system, self.caller, self.context, self.order, now=self.system.now()
        )

    def issue(self) -> IssuedPayload:
        """The payload with a fresh cryptogram, sealed."""
        return issue_payload(
            self.order,
            profile=self.system.profile,
            derivation=self.system.derivation,
            credential=self.credential,
            recipient_kid=self.recipient.key.kid,
            recipient_key=self.recipient.public,
            now=self.system.now(),
        )

    def seal(self) -> str:
        """The seal alone."""
        return jwe.seal(
            b"x" * bare.SEALED_BYTES,
            key=self.recipient.public,
            enc=self.system.profile.content_encryption,
            header={"kid": self.recipient.key.kid},
        )

    def respond(self) -> CheckoutResponseDocument:
        """The response document."""
        return checkout_summary(
            self.system.profile,
            self.order,
            self.issued,
            SummaryFacts(
                src_correlation_id=self.request.session.src_correlation_id or "",
                srci_transaction_id=self.request.session.srci_transaction_id,
                given={},
                amr=("email_otp", "otp"),
                auth_time=self.system.now(),
                has_security_code=self.context.has_security_code,
                token=self.context.token,
                token_since=self.context.token_since,
            ),
            address=self.system.address,
            now=self.system.now(),
        )

    def sign(self) -> str:
        """The signed response."""
        return sign_checkout_response(
            self.document,
            profile=self.system.profile,
            keyring=self.system.keyring,
            jti=self.system.derivation.uuid("bench", "jti"),
            now=self.system.now(),
        )

    async def record(self) -> None:
        """The write statement, for a checkout not seen before."""
        now, reference = self.system.now(), next(self.ids)
        session = replace(self.request.session, origin=("bench", reference))
        record = CheckoutRecord(
            key=self.system.key,
            checkout_id=reference,
            src_correlation_id=reference,
            src_client_id=self.caller.src_client_id,
            src_dpa_id=self.dpa.src_dpa_id,
            srci_transaction_id=session.srci_transaction_id,
            src_consumer_id=self.consumer.src_consumer_id,
            validated_src_consumer_id=self.consumer.src_consumer_id,
            src_digital_card_id=self.card.src_digital_card_id,
            dcf_action_code="COMPLETE",
            session_state=SessionState.COMPLETE,
            request={"options": msgspec.to_builtins(self.options, str_keys=True)},
            cryptogram=cryptogram_record(self.system, self.order, self.issued),
            now=now,
            session_expires_at=self.system.session_end(now),
        )
        await self.installation.checkout_path.record(record, None)

    def answer(self) -> web.Response:
        """The body of the answer and its headers."""
        document = {
            "srcCorrelationId": self.result.src_correlation_id,
            **answers.write_checkout(self.result, self.system),
        }
        response = web.Response(body=_ENCODER.encode(document), content_type="application/json")
        response.headers["X-Src-Cx-Flow-Id"] = self.system.derivation.uuid(
            "flow_id", self.result.src_correlation_id
        )
        return response

    def finish(self) -> None:
        """One log line, one count, one observation."""
        event = RequestEvent("POST", "/s/bench/visa/src/v1/transaction/credentials", monotonic())
        event.operation, event.network = "checkout", NETWORK
        event.sandbox = self.system.sandbox.name
        event.src_client_id = self.caller.src_client_id
        event.src_correlation_id = self.result.src_correlation_id
        event.statements = 2
        event.finish(200, self.metrics)
