"""What a checkout yields: the signed response, the payload in clear, a request for a DCF."""

from datetime import datetime
from typing import Any

from src_system.client.answers import Address, Phone, Struct
from src_system.client.errors import Json
from src_system.client.src_answers import Answer, MaskedCard, MaskedConsumer


class PayloadToken(Struct, frozen=True, kw_only=True):
    """The network token that stands for a card."""

    payment_token: str
    token_expiration_month: str | None = None
    token_expiration_year: str | None = None
    payment_account_reference: str | None = None

    def __repr__(self) -> str:
        return f"PayloadToken(…{self.payment_token[-4:]})"


class PayloadCard(Struct, frozen=True, kw_only=True):
    """The card itself."""

    primary_account_number: str
    pan_expiration_month: str | None = None
    pan_expiration_year: str | None = None
    cardholder_full_name: str | None = None
    payment_account_reference: str | None = None

    def __repr__(self) -> str:
        return f"PayloadCard(…{self.primary_account_number[-4:]})"


class DynamicData(Struct, frozen=True, kw_only=True):
    """A cryptogram or a dynamic code, good for one authorisation."""

    dynamic_data_type: str
    dynamic_data_value: str | None = None
    dynamic_data_expiration: datetime | None = None

    def __repr__(self) -> str:
        return f"DynamicData({self.dynamic_data_type!r})"


class Payload(Answer, frozen=True, kw_only=True):
    """What a checkout is paid with, decrypted; it shows no number when it is printed."""

    token: PayloadToken | None = None
    card: PayloadCard | None = None
    dynamic_data: list[DynamicData] = []
    payment_account_reference: str | None = None
    src_token_results_data: Json = {}
    consumer_first_name: str | None = None
    consumer_last_name: str | None = None
    consumer_full_name: str | None = None
    consumer_email_address: str | None = None
    consumer_mobile_number: Phone | None = None
    consumer_national_identifier: str | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None

    def __repr__(self) -> str:
        return f"Payload({self.token or self.card}, {self.dynamic_data})"

    @property
    def number(self) -> str | None:
        """The token's number, or the card's own; None in a payload without either."""
        if self.token is not None:
            return self.token.payment_token
        return None if self.card is None else self.card.primary_account_number

    @property
    def cryptogram(self) -> str | None:
        """The value of the first dynamic data."""
        return self.dynamic_data[0].dynamic_data_value if self.dynamic_data else None

    @property
    def par(self) -> str | None:
        """The payment account reference, from wherever the network puts it."""
        credential = self.token or self.card
        inside = None if credential is None else credential.payment_account_reference
        return self.payment_account_reference or inside


class CheckoutResponse(Answer, frozen=True, kw_only=True):
    """The response of a checkout: what its JWS holds, or what getPayload answers."""

    srci_transaction_id: str | None = None
    masked_card: MaskedCard | None = None
    masked_consumer: MaskedConsumer | None = None
    encrypted_payload: str | None = None
    assurance_data: Json = {}
    shipping_address_zip: str | None = None
    shipping_country_code: str | None = None
    three_ds_output_data: list[Any] | None = None
    event_history: Json | None = None
    is_new_user: bool | None = None

    @property
    def eci(self) -> str | None:
        """The electronic commerce indicator."""
        return self.assurance_data.get("eci")


class CheckoutAnswer(Answer, frozen=True, kw_only=True):
    """checkout as it was answered, with nothing verified."""

    checkout_response: str | None = None
    dcf_action_code: str | None = None
    unbind_app_instance: bool = False
    binding_status: str | None = None
    recognition_token: str | None = None


class Checkout(Struct, frozen=True, kw_only=True):
    """A checkout whose signature held and whose payload one of the client's keys opened.

    `response` and `payload` are None when there was none: the consumer did something else than
    pay (`dcf_action_code`), or no payload was asked for. `header` and `payload_header` are those
    of the JWS and of the JWE.
    """

    answer: CheckoutAnswer
    response: CheckoutResponse | None = None
    payload: Payload | None = None
    header: Json = {}
    payload_header: Json = {}

    @property
    def dcf_action_code(self) -> str | None:
        """COMPLETE, or what else happened."""
        return self.answer.dcf_action_code


class PreparedCheckout(Answer, frozen=True, kw_only=True):
    """prepareCheckout: the signed request that a DCF finishes, verified; `request` is inside."""

    checkout_request_jws: str
    request: Json = {}
