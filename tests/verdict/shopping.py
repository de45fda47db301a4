"""A careful SRC initiator on one network: each step right, until a story changes something.

Keyword arguments are members of the request: others than the careful ones, and None for none.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from src_system.model.journal import Artefact, ArtefactKind, Exchange
from src_system.networks import PROFILES
from tests.verdict.conversation import (
    RESOURCES,
    SHOP,
    Conversation,
    Json,
    compact,
    id_token,
    jwe,
)

EMAIL = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
CONSENT = {
    "complianceResources": [
        {"complianceType": kind, "uri": "https://shop.test/legal", "version": "1"}
        for kind in ("TERMS_AND_CONDITIONS", "PRIVACY_POLICY")
    ]
}
CONSUMER = {"emailAddress": "ana@shop.test", "firstName": "Ana", "lastName": "Lopez"}
CARD = {
    "primaryAccountNumber": "4111111111111111",
    "panExpirationMonth": "12",
    "panExpirationYear": "2030",
    "cardholderFullName": "Ana Lopez",
}
CARD_IDS = {
    "visa": "11111111-1111-4111-8111-111111111111",
    "mastercard": "_YdW8-8cQhm2c3V8aHsoKQ000000000000US",
    "amex": "33333333-3333-4333-8333-333333333333",
    "discover": "44444444-4444-4444-8444-444444444444",
}
NO_TOKEN = ""


def price(amount: str | float = "49.90", currency: str = "USD") -> Json:
    """Transaction options over an amount."""
    return {
        "dpaLocale": "en_US",
        "transactionAmount": {"transactionAmount": amount, "transactionCurrencyCode": currency},
    }


def masked_card(network: str, status: str = "ACTIVE", card_id: str | None = None) -> Json:
    """A card as an answer shows it."""
    return {
        "srcDigitalCardId": card_id or CARD_IDS[network],
        "panLastFour": "1111",
        "digitalCardData": {"status": status},
    }


class Shopper:
    """One shopping trip at one network."""

    def __init__(
        self,
        talk: Conversation,
        network: str,
        transaction: str | None = "trip-1",
        *,
        client: str | None = SHOP,
        session: str = "",
        carries: bool = True,
    ) -> None:
        """*carries* False: the client forgets session and flow id."""
        self.talk, self.network, self.client = talk, network, client
        self.profile = PROFILES[network]
        self.transaction = transaction
        self.session = session or f"{network}-session"
        self.carries = carries
        self.card_id = CARD_IDS[network]
        self.token = id_token(network, made=talk.now)
        self._has_session = self._has_flow = False

    def says(
        self,
        operation: str,
        request: Json,
        response: Json | None = None,
        *,
        changes: Mapping[str, Any] | None = None,
        status: int = 200,
        **more: Any,
    ) -> Exchange:
        """Any call with the members and headers that every call has."""
        members: Json = {"srcDpaId": "dpa-1", "srciTransactionId": self.transaction}
        headers: dict[str, str | None] = {}
        if self._has_session and self.carries:
            members["srcCorrelationId"] = self.session
        if self._has_flow and self.carries:
            headers["X-Src-Cx-Flow-Id"] = f"flow-{self.network}"
        members |= {**request, **(changes or {})}
        members = {name: value for name, value in members.items() if value is not None}
        headers |= more.pop("headers", {})
        answer = (
            response if status == 204 else {"srcCorrelationId": self.session} | (response or {})
        )
        answer_headers = {"X-Src-Cx-Flow-Id": f"flow-{self.network}"}
        query = None
        if RESOURCES[operation][0] in ("GET", "DELETE"):
            query = {name: str(value) for name, value in members.items()}
            members = {}
        self._has_flow = True
        self._has_session = self._has_session or status < 400
        return self.talk.call(
            self.network,
            operation,
            members or None,
            answer,
            client=more.pop("client", self.client),
            status=status,
            query=query,
            headers=headers,
            answer_headers={**answer_headers, **more.pop("answer_headers", {})},
            **more,
        )

    # Who she is

    def is_recognised(self, recognised: bool = True, **changes: Any) -> Exchange:
        """isRecognized."""
        answer = {"recognized": recognised, **({"idTokens": [self.token]} if recognised else {})}
        return self.says("isRecognized", {"recognitionTokens": ["r-1"]}, answer, changes=changes)

    def is_looked_up(self, present: bool = True, **changes: Any) -> Exchange:
        """identityLookup."""
        answer = {"consumerPresent": present}
        return self.says("identityLookup", {"consumerIdentity": EMAIL}, answer, changes=changes)

    def is_sent_a_code(self, *, validation: str = "v-1", **changes: Any) -> Exchange:
        """initiateIdentityValidation."""
        answer = {"idValidationSessionId": validation, "maskedValidationChannel": "a*"}
        return self.says(
            "initiateIdentityValidation", {"consumerIdentity": EMAIL}, answer, changes=changes
        )

    def is_refused_a_code(self, reason: str) -> Exchange:
        """The same, refused."""
        return self.says(
            "initiateIdentityValidation", {"consumerIdentity": EMAIL}, status=400, reason=reason
        )

    def brings_the_code(
        self, *, validation: str = "v-1", code: str = "012345", **changes: Any
    ) -> Exchange:
        """completeIdentityValidation with the right code."""
        request = {"idValidationSessionId": validation, "validationData": code}
        answer = {"idToken": self.token}
        return self.says("completeIdentityValidation", request, answer, changes=changes)

    def brings_a_wrong_code(
        self, reason: str = "CODE_INVALID", *, validation: str = "v-1", code: str = "999111"
    ) -> Exchange:
        """The same with a wrong one."""
        request = {"idValidationSessionId": validation, "validationData": code}
        return self.says("completeIdentityValidation", request, status=400, reason=reason)

    def shows_her_cards(
        self, *tokens: str, status: str = "ACTIVE", known: bool = True, **changes: Any
    ) -> Exchange:
        """getSrcProfile with these idTokens, or her own."""
        name = self.profile.profile_token_member
        profile = {
            name: self.token,
            "maskedCards": [masked_card(self.network, status, self.card_id)],
        }
        return self.says(
            "getSrcProfile",
            {"idTokens": list(tokens) or [self.token]},
            {"profiles": [profile] if known else []},
            changes=changes,
        )

    def signs_in(self) -> None:
        """All of it, the usual way."""
        self.is_looked_up()
        self.is_sent_a_code()
        self.brings_the_code()
        self.shows_her_cards()

    def is_forgotten(self, **changes: Any) -> Exchange:
        """unbindAppInstance."""
        return self.says("unbindAppInstance", {"idToken": self.token}, changes=changes)

    # Her cards

    def sealed(self, content: Json | None = None, **header: Any) -> Artefact:
        """A card encrypted as the network wants it."""
        enc = next(iter(self.profile.card_content_encryptions), "A256GCM")
        if self.profile.card_header_has_iat:
            header = {"iat": int(self.talk.now.timestamp()), **header}
        return jwe(header.pop("enc", enc), content or CARD, **header)

    def enrols(self, artefact: Artefact | None = None, **changes: Any) -> Exchange:
        """enrollCard of a new consumer."""
        request = {
            "encryptedCard": "e.y.j.w.e",
            "consumer": CONSUMER,
            "complianceSettings": CONSENT,
        }
        answer = {
            "maskedCard": masked_card(self.network, "ACTIVE", self.card_id),
            "idToken": self.token,
        }
        return self.says(
            "enrollCard",
            request,
            answer,
            changes=changes,
            artefacts={"request.encryptedCard": artefact or self.sealed()},
        )

    # Her purchase

    def pays(
        self,
        *,
        payload: str | None = "FULL",
        minutes: float = 15,
        code: str = "COMPLETE",
        payer: str = "consumer-1",
        effects: tuple[Json, ...] = (),
        client: str | None = None,
        answer: Json | None = None,
        refusal: str = "",
        **changes: Any,
    ) -> Exchange:
        """checkout; *payload* None for a summary, *minutes* until its dynamic data ends."""
        request = {
            "srcDigitalCardId": self.card_id,
            self.profile.profile_token_member: self.token,
            "dpaTransactionOptions": price(),
            "payloadTypeIndicatorCheckout": payload or "SUMMARY",
        }
        if refusal:
            return self.says("checkout", request, changes=changes, status=400, reason=refusal)
        response = {"dcfActionCode": code, **(answer or {})}
        artefacts = {}
        if code in ("COMPLETE", "PENDING_AUTHENTICATION"):
            member = self.profile.checkout_response_member
            signed = compact({"alg": "RS256", "kid": "sig-1"}, {"srcCorrelationId": self.session})
            response.setdefault(member, signed)
            artefacts = self._response(f"response.{member}", payload, minutes, payer)
        return self.says(
            "checkout",
            request,
            response,
            changes=changes,
            artefacts=artefacts,
            effects=effects,
            client=client or self.client,
        )

    def fetches_the_payload(
        self, *, minutes: float = 15, effects: tuple[Json, ...] = (), **more: Any
    ) -> Exchange:
        """getPayload; where there is none, the repeated checkout."""
        if self.profile.payload_by_get:
            artefacts = self._payload("response.encryptedPayload", "FULL", minutes)
            return self.says(
                "getPayload",
                {},
                {"encryptedPayload": "e"},
                artefacts=artefacts,
                effects=effects,
                **more,
            )
        member = self.profile.checkout_response_member
        artefacts = self._response(f"response.{member}", "FULL", minutes, "consumer-1")
        return self.says(
            "checkout",
            {"srcDigitalCardId": self.card_id},
            {"dcfActionCode": "COMPLETE"},
            artefacts=artefacts,
            effects=effects,
            **more,
        )

    def confirms(
        self, *, status: int = 204, reason: str = "", session: str | None = None, **data: Any
    ) -> Exchange:
        """confirmation of an authorisation; *data* are members of confirmationData."""
        stamp = (self.talk.now + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        confirmed = {
            "checkoutEventType": "01",
            "checkoutEventStatus": "02",
            "confirmationStatus": "01",
            "confirmationTimestamp": stamp,
            "networkTransactionIdentifier": "UNAVLB",
            **data,
        }
        given = {name: value for name, value in confirmed.items() if value is not None}
        changes = {"srcCorrelationId": session} if session else {}
        return self.says(
            "confirmation",
            {"confirmationData": given},
            changes=changes,
            status=status,
            reason=reason,
        )

    def authenticates(self, amount: str = "49.90") -> None:
        """initiateAuthentication and completeAuthentication of her card."""
        self.says(
            "initiateAuthentication",
            {
                "accountReference": {"srcDigitalCardId": self.card_id},
                "authenticationMethod": {"authenticationMethodType": "3DS"},
                "authenticationContext": {"dpaTransactionOptions": price(amount)},
            },
            {"authenticationSessionId": "a-1"},
        )
        self.says("completeAuthentication", {"authenticationSessionId": "a-1"})

    def buys(self) -> None:
        """From the look-up to the confirmation, as it ought to be."""
        self.signs_in()
        self.pays()
        self.confirms()

    def _response(
        self, path: str, payload: str | None, minutes: float, payer: str
    ) -> dict[str, Artefact]:
        content = {
            "srcCorrelationId": self.session,
            "maskedCard": masked_card(self.network, "ACTIVE", self.card_id),
            "maskedConsumer": {"srcConsumerId": payer},
        }
        signed = Artefact(ArtefactKind.JWS, {"alg": "RS256"}, content, is_valid=True)
        inside = (
            {} if payload is None else self._payload(f"{path}.encryptedPayload", payload, minutes)
        )
        return {path: signed, **inside}

    def _payload(self, path: str, scope: str, minutes: float) -> dict[str, Artefact]:
        end = self.talk.now + self.talk.clock_ahead + timedelta(minutes=minutes)
        data = {
            "dynamicDataType": "CARD_APPLICATION_CRYPTOGRAM_LONG_FORM",
            "dynamicDataExpiration": end.isoformat(),
        }
        content = {"token": {"paymentToken": "4906240000000007"}, "dynamicData": [data]}
        if scope == "NON_PAYMENT":
            content = {"consumerEmailAddress": "ana@shop.test"}
        enc = self.profile.content_encryption
        return {path: jwe(enc, content, kid="client-key")}
