"""The shop: a sandbox with consumers and idTokens, made through the API, and its checkouts."""

import json
import time
import uuid
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK, JWKSet
from jwcrypto.jws import JWS

from bench.machine import BenchFailed

Json = dict[str, Any]

SHOPPERS = 200
NETWORK = "visa"
_PER_DOCUMENT = 50
_TOKENS_RENEWED_AFTER_SECONDS = 240.0  # half an idToken's life
_IDLE_SECONDS_MAX = 30.0  # the server closes what is idle for longer than a minute
_JSON_HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Shopper:
    """A consumer with one card."""

    email: str
    src_consumer_id: str
    src_digital_card_id: str


@dataclass(frozen=True, slots=True)
class Basket:
    """What one checkout needs; `path` is where it is sent."""

    path: str
    src_client_id: str
    src_dpa_id: str
    src_digital_card_id: str
    id_token: str


class Port:
    """JSON over one keep-alive connection to one of the server's ports."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self._used = time.monotonic()

    def call(self, method: str, url: str, body: Json | None = None) -> Json:
        """The answer's JSON; BenchFailed for a refusal."""
        path = url.removeprefix(f"http://{self._connection.host}:{self._connection.port}")
        raw = None if body is None else json.dumps(body).encode()
        if time.monotonic() - self._used > _IDLE_SECONDS_MAX:
            self._connection.close()  # the next request opens it again
        self._used = time.monotonic()
        self._connection.request(method, path, raw, _JSON_HEADERS)
        response = self._connection.getresponse()
        text = response.read()
        if response.status >= 300:
            raise BenchFailed(f"{method} {path} was answered {response.status}: {text[:500]!r}")
        document: Json = json.loads(text)
        return document


class Shop:
    """One sandbox's client, DPA and shoppers; made here, each shopper with one card."""

    def __init__(
        self, protocol: Port, control: Port, *, name: str = "bench", shoppers: int = SHOPPERS
    ) -> None:
        self._protocol, self._control = protocol, control
        self._path = f"/v1/sandboxes/{name}"
        self.sandbox = self._open(name)
        self.urls: Json = self.sandbox["urls"][NETWORK]
        self.src_client_id = str(self.sandbox["clients"][0]["srcClientId"])
        self.src_dpa_id = str(self.sandbox["dpas"][0]["srcDpaId"])
        self._tokens: list[str] = []
        self._tokens_made = 0.0
        self._cryptograms: set[str] = set()
        self.shoppers = self._shoppers(shoppers)

    @classmethod
    def at(cls, protocol: str, control: str) -> "Shop":
        """A shop of its own at a server's two addresses."""
        return cls(Port(protocol), Port(control))

    def move(self, protocol: str, control: str) -> None:
        """Go on at another server of the same database."""
        self._protocol, self._control = Port(protocol), Port(control)

    def _open(self, name: str) -> Json:
        return self._control.call("POST", "/v1/sandboxes", {"name": name, "seed": name})

    def _shoppers(self, count: int) -> list[Shopper]:
        shoppers = []
        for first in range(0, count, _PER_DOCUMENT):
            numbers = range(first, min(first + _PER_DOCUMENT, count))
            document = {"consumers": [_consumer(n) for n in numbers]}
            made = self._control.call("POST", f"{self._path}/fixtures", document)
            shoppers += [
                Shopper(
                    email=one["emailAddress"],
                    src_consumer_id=one["profiles"][NETWORK]["srcConsumerId"],
                    src_digital_card_id=one["cards"][0]["srcDigitalCardId"],
                )
                for one in made["consumers"]
            ]
        return shoppers

    def baskets(self) -> list[Basket]:
        """A checkout of every shopper; the idTokens live for at least 4 minutes."""
        if time.monotonic() - self._tokens_made > _TOKENS_RENEWED_AFTER_SECONDS or not self._tokens:
            self._tokens_made = time.monotonic()
            self._tokens = [self._id_token(shopper.email) for shopper in self.shoppers]
        path = f"{urlsplit(self.urls['src']).path}/transaction/credentials"
        return [
            Basket(path, self.src_client_id, self.src_dpa_id, shopper.src_digital_card_id, token)
            for shopper, token in zip(self.shoppers, self._tokens, strict=True)
        ]

    @property
    def url(self) -> str:
        """Host and port of the server."""
        parts = urlsplit(self.urls["src"])
        return f"{parts.scheme}://{parts.netloc}"

    def _id_token(self, email: str) -> str:
        identity = {"identityType": "EMAIL_ADDRESS", "identityValue": email}
        validation = self._ask("identities/validation/initiate", {"consumerIdentity": identity})
        inbox = f"{self._path}/otps?identity={email}&wait=5"
        code = self._control.call("GET", inbox)["otps"][-1]["value"]
        done = self._ask(
            "identities/validation/complete",
            {
                "idValidationSessionId": validation["idValidationSessionId"],
                "validationData": code,
            },
        )
        return str(done["idToken"])

    def _ask(self, resource: str, body: Json) -> Json:
        caller = {"srcClientId": self.src_client_id, "srcDpaId": self.src_dpa_id}
        return self._protocol.call("POST", f"{self.urls['src']}/{resource}", {**caller, **body})

    def check(self, asked: Json, answered: Json) -> None:
        """BenchFailed unless the answer is signed, opens, and is a fresh one to this request."""
        keys = self._protocol.call("GET", self.urls["keys"])
        response = JWS()
        response.deserialize(answered["checkoutResponse"])
        response.verify(JWKSet.from_json(json.dumps(keys)).get_key(_kid(response)))
        document = json.loads(response.payload)
        own = self.sandbox["clients"][0]["jwks"]["keys"][0]
        sealed = JWE()
        sealed.deserialize(document["encryptedPayload"], key=JWK(**own))
        payload = json.loads(sealed.payload)
        dynamic_data = payload["dynamicData"][0]
        cryptogram = dynamic_data["dynamicDataValue"]
        right = (
            answered["dcfActionCode"] == "COMPLETE"
            and answered["srcCorrelationId"] == asked["srcCorrelationId"]
            and document["srcCorrelationId"] == asked["srcCorrelationId"]
            and document["srciTransactionId"] == asked["srciTransactionId"]
            and document["maskedCard"]["srcDigitalCardId"] == asked["srcDigitalCardId"]
            and dynamic_data["dynamicDataType"] == "CARD_APPLICATION_CRYPTOGRAM_LONG_FORM"
            and len(payload["token"]["paymentToken"]) == 16
            and "consumerEmailAddress" in payload
            and cryptogram not in self._cryptograms
        )
        if not right:
            raise BenchFailed(f"a checkout was answered wrongly: {document} {sorted(payload)}")
        self._cryptograms.add(cryptogram)


def checkout_body(basket: Basket) -> Json:
    """A checkout that was never asked for before: its two ids are new."""
    return {
        "srcClientId": basket.src_client_id,
        "srcDpaId": basket.src_dpa_id,
        "srcCorrelationId": str(uuid.uuid4()),
        "srciTransactionId": str(uuid.uuid4()),
        "srcDigitalCardId": basket.src_digital_card_id,
        "idToken": basket.id_token,
        "payloadTypeIndicatorCheckout": "FULL",
        "dpaTransactionOptions": {
            "transactionAmount": {
                "transactionAmount": "12.34",
                "transactionCurrencyCode": "USD",
            },
            "paymentOptions": [{"dynamicDataType": "CARD_APPLICATION_CRYPTOGRAM_LONG_FORM"}],
            "payloadTypeIndicator": "FULL",
            "dpaBillingPreference": "FULL",
            "dpaShippingPreference": "NONE",
            "consumerNameRequested": True,
            "consumerEmailAddressRequested": True,
            "consumerPhoneNumberRequested": True,
            "merchantCountryCode": "US",
            "dpaLocale": "en_US",
        },
    }


def _consumer(number: int) -> Json:
    return {
        "emailAddress": f"shopper{number}@shop.test",
        "mobileNumber": {"countryCode": "1", "phoneNumber": f"2{number:09d}"},
        "firstName": "Ana",
        "lastName": "Lopez",
        "countryCode": "US",
        "locale": "en_US",
        "cards": [
            {
                "network": NETWORK,
                "primaryAccountNumber": "4111111111111111",
                "panExpirationMonth": "12",
                "panExpirationYear": "2035",
                "cardholderFullName": "Ana Lopez",
                "billingAddress": {
                    "name": "Ana Lopez",
                    "line1": "100 5th Avenue",
                    "line2": "Apartment 12",
                    "city": "New York",
                    "state": "NY",
                    "countryCode": "US",
                    "zip": "10011",
                },
            }
        ],
    }


def _kid(response: JWS) -> str:
    return str(json.loads(response.objects["protected"])["kid"])
