"""Paying at one network: prepared, checked out, the payload fetched, the outcome confirmed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from src_system.client.checkout_answers import (
    Checkout,
    CheckoutAnswer,
    CheckoutResponse,
    Payload,
    PreparedCheckout,
)
from src_system.client.errors import Json, UnexpectedAnswer
from src_system.client.members import CONFIRMED, Amount, consent, transaction_options
from src_system.client.network_calls import NetworkCalls, expect_nothing
from src_system.client.published_keys import Opened, open_jwe
from src_system.client.src_answers import ConsumerProfile, convert, read_answer
from src_system.client.trust import check_payload, check_response

Members = Mapping[str, Any]


class CheckoutOperations(NetworkCalls):
    """*members* are further ones of the request, as written on the wire."""

    async def checkout(
        self,
        src_digital_card_id: str | None = None,
        *,
        card: Members | str | None = None,
        amount: Amount | None = None,
        currency: str = "USD",
        options: Members | None = None,
        consumer: Members | None = None,
        compliance_settings: Members | None = None,
        payload_type: str = "FULL",
        **members: Any,
    ) -> Checkout:
        """checkout, with its response verified and its payload opened.

        Pay with a card on file, or with *card* in clear (encrypted here) or as an encryptedCard;
        with *consumer* a profile is made of it. *options* are members of dpaTransactionOptions.
        NotTrusted when the response or the payload must not be believed: then nothing may be
        authorised with it.
        """
        if consumer is not None and compliance_settings is None:
            compliance_settings = consent()
        sealed = await self.seal(card) if isinstance(card, Mapping) else card
        sent = {
            "srcDigitalCardId": src_digital_card_id,
            "encryptedCard": sealed,
            "dpaTransactionOptions": self._options(amount, currency, options),
            "consumer": consumer,
            "complianceSettings": compliance_settings,
            "payloadTypeIndicatorCheckout": payload_type,
            self._dialect.profile_token_member: self.id_token if consumer is None else None,
            **members,
        }
        return await self.open_checkout(await self.checkout_unopened(sent))

    async def checkout_unopened(self, members: Members) -> CheckoutAnswer:
        """checkout of just these members, the answer as it came: nothing is verified."""
        reply = await self.post("transaction/credentials", members)
        answer = read_answer(reply, CheckoutAnswer, 200)
        if answer.recognition_token is not None:
            self.session.recognition_tokens[self.network] = answer.recognition_token
        return answer

    async def finish_checkout(self, checkout_request_jws: str, **members: Any) -> Checkout:
        """checkout of a prepared request, as a DCF does it; it can say dcfActionCode."""
        sent = {"checkoutRequestJws": checkout_request_jws, **members}
        return await self.open_checkout(await self.checkout_unopened(sent))

    async def open_checkout(self, answer: CheckoutAnswer) -> Checkout:
        """The answer's response, verified, with its payload decrypted.

        NotTrusted when it must not be believed, or when it was opened before.
        """
        if answer.checkout_response is None:
            if answer.dcf_action_code in {None, "COMPLETE"}:
                raise UnexpectedAnswer("The checkout was answered without a checkoutResponse.")
            return Checkout(answer=answer)
        verified = await self.keys.verify(answer.checkout_response)
        response = convert(verified.claims, CheckoutResponse, "The checkoutResponse")
        now = await self._now()
        check_response(
            response,
            verified.header,
            answer,
            srci_transaction_id=self.session.srci_transaction_id,
            now=now,
        )
        self.receipts.take("The checkoutResponse", verified.header.get("jti"))
        if response.encrypted_payload is None:
            return Checkout(answer=answer, response=response, header=verified.header)
        payload, payload_header = await self._payload(response, now)
        self.receipts.take("The payload", payload.cryptogram)
        return Checkout(
            answer=answer,
            response=response,
            payload=payload,
            header=verified.header,
            payload_header=payload_header,
        )

    async def open_payload(self, encrypted_payload: str) -> Opened:
        """Header and content of a payload; NotTrusted unless a key of this client opens it."""
        return await open_jwe(encrypted_payload, self.registration.private_keys)

    async def get_payload(
        self, src_digital_card_id: str | None = None, *, payload_type: str = "FULL", **members: Any
    ) -> Checkout:
        """getPayload of the session's checkout, opened like that of `checkout`.

        Where the network has it as a POST, the card must be named.
        """
        if self._dialect.payload_by_post:
            sent = {
                "srcDigitalCardId": src_digital_card_id,
                "srciTransactionId": None,
                **members,
            }
            return await self.open_checkout(await self.checkout_unopened(sent))
        query = {
            "srcDigitalCardId": src_digital_card_id,
            "payloadTypeIndicator": payload_type,
            **members,
        }
        reply = await self.get("transaction/credentials", query)
        return await self.open_fetched(read_answer(reply, CheckoutResponse, 200))

    async def open_fetched(self, response: CheckoutResponse) -> Checkout:
        """What getPayload answered by GET, with its payload decrypted; NotTrusted as a checkout."""
        answer = CheckoutAnswer(
            src_correlation_id=response.src_correlation_id, document=response.document
        )
        if response.encrypted_payload is None:
            return Checkout(answer=answer, response=response)
        payload, payload_header = await self._payload(response, await self._now())
        self.receipts.take("The payload", payload.cryptogram)
        return Checkout(
            answer=answer, response=response, payload=payload, payload_header=payload_header
        )

    async def confirmation(self, **data: Any) -> None:
        """confirmation of an authorisation that succeeded; *data* replaces its members."""
        confirmed = {
            **CONFIRMED,
            "confirmationTimestamp": f"{await self._now():%Y-%m-%dT%H:%M:%SZ}",
            **data,
        }
        sent = {name: value for name, value in confirmed.items() if value is not None}
        expect_nothing(await self.post("confirmations", {"confirmationData": sent}))

    async def prepare_checkout(
        self,
        checkout_response_uri: str,
        *,
        src_digital_card_id: str | None = None,
        amount: Amount | None = None,
        currency: str = "USD",
        options: Members | None = None,
        payload_type: str = "FULL",
        **members: Any,
    ) -> PreparedCheckout:
        """prepareCheckout: a signed request, verified, that a DCF finishes (`finish_checkout`)."""
        sent = {
            "checkoutResponseUri": checkout_response_uri,
            "srcDigitalCardId": src_digital_card_id,
            "dpaTransactionOptions": self._options(amount, currency, options),
            "payloadTypeIndicatorCheckout": payload_type,
            self._dialect.profile_token_member: self.id_token,
            **members,
        }
        reply = await self.post("transaction/preparedata", sent)
        document = reply.expect(200)
        compact = document.get("checkoutRequestJws") or document.get("checkoutResponse")
        if not isinstance(compact, str):
            raise UnexpectedAnswer(f"{reply.call} answered without a signed request.")
        verified = await self.keys.verify(compact)
        return PreparedCheckout(
            src_correlation_id=document.get("srcCorrelationId"),
            document=document,
            checkout_request_jws=compact,
            request=verified.claims,
        )

    async def get_consumer_profile(self, **query: Any) -> ConsumerProfile:
        """getConsumerProfile: what a DCF shows to the consumer."""
        return read_answer(await self.get("consumerprofile", query), ConsumerProfile, 200)

    async def _payload(self, response: CheckoutResponse, now: datetime) -> tuple[Payload, Json]:
        opened = await self.open_payload(str(response.encrypted_payload))
        payload = convert(opened.content, Payload, "The payload")
        check_payload(payload, response.masked_card, now=now)
        return payload, opened.header

    def _options(self, amount: Amount | None, currency: str, further: Members | None) -> Json:
        return transaction_options(
            amount,
            currency,
            amount_is_text=self._dialect.amount_is_text,
            order_id=self.session.srci_transaction_id,
            further=further,
        )
