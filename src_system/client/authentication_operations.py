"""Having a cardholder or consumer authenticated by the SRC System (contract, section 4)."""

from collections.abc import Mapping
from typing import Any

from src_system.client.members import Amount, consumer_identity, transaction_options
from src_system.client.network_calls import NetworkCalls
from src_system.client.src_answers import (
    AuthenticationMethods,
    CompletedAuthentication,
    StartedAuthentication,
    read_answer,
)

Members = Mapping[str, Any]


class AuthenticationOperations(NetworkCalls):
    """A card is named by *src_digital_card_id*, a person by *identity*; one of the two.

    *members* are further ones of the request, as written on the wire.
    """

    async def authentication_methods_lookup(
        self,
        src_digital_card_id: str | None = None,
        *,
        identity: str | Members | None = None,
        **members: Any,
    ) -> AuthenticationMethods:
        """Operation authenticationMethodsLookup."""
        sent = {"accountReference": _account(src_digital_card_id, identity), **members}
        reply = await self.post("authentication/lookup", sent)
        return read_answer(reply, AuthenticationMethods, 200)

    async def initiate_authentication(
        self,
        method: str,
        src_digital_card_id: str | None = None,
        *,
        identity: str | Members | None = None,
        attributes: Members | None = None,
        amount: Amount | None = None,
        currency: str = "USD",
        options: Members | None = None,
        **members: Any,
    ) -> StartedAuthentication:
        """initiateAuthentication by *method*, such as 3DS, with its *attributes*."""
        wanted: dict[str, Any] = {"authenticationMethodType": method}
        if attributes is not None:
            wanted["methodAttributes"] = attributes
        order = transaction_options(
            amount,
            currency,
            amount_is_text=self._dialect.amount_is_text,
            order_id=self.session.srci_transaction_id,
            further=options,
        )
        sent = {
            "accountReference": _account(src_digital_card_id, identity),
            "authenticationMethod": wanted,
            "authenticationContext": {"dpaTransactionOptions": order},
            **members,
        }
        reply = await self.post("authentication/initiate", sent)
        return read_answer(reply, StartedAuthentication, 200)

    async def complete_authentication(
        self,
        authentication_session_id: str,
        *,
        attributes: Members | None = None,
        **members: Any,
    ) -> CompletedAuthentication:
        """completeAuthentication with the proof in *attributes*; the session keeps its tokens."""
        sent = {
            "authenticationSessionId": authentication_session_id,
            "methodAttributes": attributes,
            **members,
        }
        reply = await self.post("authentication/complete", sent)
        answer = read_answer(reply, CompletedAuthentication, 200)
        if answer.id_token is not None:
            self.session.id_tokens[self.network] = answer.id_token
        if answer.recognition_token is not None:
            self.session.recognition_tokens[self.network] = answer.recognition_token
        return answer


def _account(
    src_digital_card_id: str | None, identity: str | Members | None
) -> dict[str, Any] | None:
    if src_digital_card_id is not None:
        return {"srcDigitalCardId": src_digital_card_id}
    return None if identity is None else {"consumerIdentity": consumer_identity(identity)}
