"""What is true in a sandbox: values that get an invented call past the first checks."""

import copy
import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import schemathesis

from src_system.crypto import jwe
from src_system.crypto.rsa_keys import public_from_jwk
from src_system.networks import PROFILES
from tests.conftest import RunningServer
from tests.http.initiator import CARDS, CONSENT

Json = dict[str, Any]
Case = schemathesis.Case[Any]

_LINKED = re.compile(r"eyJ[\w.-]+|([0-9a-f]{8}\.)?[0-9a-f-]{36}|[\w-]{22}0{12}[A-Z]{2}")
_NEVER_WAIT = "0.05"


def fetched(url: str, body: Json | None = None) -> Json:
    """A JSON document, by POST when there is a body."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        document: Json = json.loads(answer.read())
    return document


_AMOUNT = {"transactionAmount": "12.34", "transactionCurrencyCode": "USD"}
_ADDRESS = {"line1": "1 Main Street", "city": "Springfield", "state": "IL", "countryCode": "US"}
_ITEM = {
    "action": "ADD",
    "programType": "SRC",
    "dpas": [{"srcDpaId": "fuzzed-shop", "dpaData": {"dpaName": "Shop"}}],
}


class Truth:
    """A sandbox with one person who has a card on one network."""

    def __init__(self, server: RunningServer, network: str, purpose: str) -> None:
        self.network = network
        self.name = f"{purpose}-{network}"
        self.before = _sandbox_names(server)
        self.sandbox = fetched(f"{server.control}/v1/sandboxes", {"name": self.name, "seed": "7"})
        self.control = f"{server.control}/v1/sandboxes/{self.name}"
        self.base = self.sandbox["urls"][network]["src"]
        self.client_id = self.sandbox["clients"][0]["srcClientId"]
        issuer = {"name": "Issuer", "kind": "PARTICIPATING_ISSUER"}
        self.issuer_id = fetched(f"{self.control}/clients", issuer)["srcClientId"]
        self.dpa_id = self.sandbox["dpas"][0]["srcDpaId"]
        keys = fetched(self.sandbox["urls"][network]["keys"])["keys"]
        self.key = next(key for key in keys if key["use"] == "enc")
        enrolled = fetched(
            f"{self.base}/cards",
            {
                "srcClientId": self.client_id,
                "encryptedCard": self.encrypted_card(),
                "consumer": person("fay"),
                "complianceSettings": CONSENT,
            },
        )
        self.card_id = enrolled["maskedCard"]["srcDigitalCardId"]
        self.consumer_id = enrolled["maskedConsumer"]["srcConsumerId"]
        self.members: Json = {
            "encryptedCard": self.encrypted_card(),
            "complianceSettings": CONSENT,
            "consumerIdentity": identity("fay"),
            "srcDigitalCardId": self.card_id,
            "idToken": enrolled["idToken"],
            "idTokens": [enrolled["idToken"]],
            "srcDpaId": self.dpa_id,
            "srciDpaId": self.sandbox["dpas"][0]["srciDpaId"],
            "srcCorrelationId": enrolled["srcCorrelationId"],
            "recognitionTokens": [],
            "billingAddress": _ADDRESS,
            "shippingAddress": _ADDRESS,
            "accountReference": {"srcDigitalCardId": self.card_id},
            "authenticationMethod": {"authenticationMethodType": "EMAIL_OTP"},
            "authenticationContext": {"dpaTransactionOptions": {"transactionAmount": _AMOUNT}},
            "checkoutResponseUri": "https://shop.test/done",
            "items": [_ITEM],
            "externalBatchId": "batch-1",
            "records": [self._record()],
        }

    def encrypted_card(self) -> str:
        """A card that the network opens."""
        card = {
            "primaryAccountNumber": CARDS[self.network],
            "panExpirationMonth": "12",
            "panExpirationYear": "2035",
        }
        return jwe.seal(
            json.dumps(card).encode(),
            key=public_from_jwk(self.key),
            enc=PROFILES[self.network].content_encryption,
            header={"kid": self.key["kid"]},
        )

    def _record(self) -> Json:
        return {
            "externalConsumerId": "person-1",
            "externalCredentialId": "card-1",
            "enrollmentData": self.encrypted_card(),
            "linkedIdentities": {"emailAddress": "gil@shop.test"},
            "complianceSettings": CONSENT,
        }

    def put_into(self, case: Case, number: int) -> None:
        """Let the call past authentication; of the rest, other true values in each example."""
        case.headers.pop("x-openapi-clientid", None)
        is_issuers = "/cards/batch" in case.path
        client_id = self.issuer_id if is_issuers else self.client_id
        if "srcClientId" in case.path_parameters and number % 4:
            case.path_parameters["srcClientId"] = client_id
        if isinstance(case.body, dict):
            case.body["srcClientId"] = client_id
            for place, (name, value) in enumerate(self.members.items()):
                if (number + place) % 3 and name in case.body:
                    case.body[name] = copy.deepcopy(value)
            if "consumer" in case.body and number % 4:
                case.body["consumer"] = person(f"fay{number}")
                case.body.pop("idToken", None)
        else:
            case.query["srcClientId"] = client_id
            if "srcCorrelationId" in case.query and number % 2:
                case.query["srcCorrelationId"] = self.members["srcCorrelationId"]
        if "srcDpaId" in case.query:
            case.query["srcDpaId"] = self.dpa_id
        if "srcDigitalCardId" in case.path_parameters and number % 3:
            case.path_parameters["srcDigitalCardId"] = self.card_id

    def complete(self, case: Case, operation: str, number: int) -> None:
        """Let a step of a story go well: what a link brought stays, the rest becomes true."""
        case.headers.pop("x-openapi-clientid", None)
        if not isinstance(case.body, dict):
            case.query = {
                name: value for name, value in case.query.items() if _is_linked(value)
            } | {"srcClientId": self.client_id}
            return
        linked = {name: value for name, value in case.body.items() if _is_linked(value)}
        body: Json = {"srcClientId": self.client_id, "srcDpaId": self.dpa_id, **linked}
        if operation == "enrollCard":
            body["encryptedCard"] = self.encrypted_card()
            body["consumer"] = person(f"fay{number}")
            body["complianceSettings"] = copy.deepcopy(CONSENT)
        elif operation in ("identityLookup", "initiateIdentityValidation"):
            body["consumerIdentity"] = identity("fay")
        elif operation == "completeIdentityValidation":
            codes = fetched(f"{self.control}/otps")["otps"]
            body["validationData"] = codes[-1]["value"] if codes else "000000"
        elif operation == "checkout":
            amount = {"transactionAmount": "12.34", "transactionCurrencyCode": "USD"}
            body["dpaTransactionOptions"] = {"transactionAmount": amount}
        elif operation == "confirmation":
            body["confirmationData"] = {
                "checkoutEventType": "02",
                "checkoutEventStatus": "02",
                "confirmationTimestamp": "2026-11-23T09:00:00Z",
            }
        case.body = body

    def put_into_control(self, operation: str) -> Callable[[Case, int], None]:
        """The same for an operation of the control port."""
        ids = {"Client": self.client_id, "Dpa": self.dpa_id, "Consumer": self.consumer_id}
        known = next((ids[name] for name in ids if name in operation), self.card_id)

        def put(case: Case, number: int) -> None:
            case.query.pop("wait", None)
            if operation == "listOtps":
                case.query["wait"] = _NEVER_WAIT
            if operation == "deleteSandbox":
                return
            if "sandbox" in case.path_parameters and number % 4:
                case.path_parameters["sandbox"] = self.name
            if "network" in case.path_parameters and number % 3:
                case.path_parameters["network"] = self.network
            if "id" in case.path_parameters and number % 2:
                case.path_parameters["id"] = known

        return put

    def complete_control(self, case: Case, operation: str, number: int) -> None:
        """What is made by a story is made well; nothing happens to the default sandbox."""
        if operation == "listOtps":
            case.query = {"wait": _NEVER_WAIT}
        if operation == "postSandbox":
            case.body = {"ttl": 600}
        if operation == "postClient":
            case.body = {"name": f"Client {number}"}
        names = _sandbox_names_of(case)
        if names and not names[0].startswith("s-"):
            case.path_parameters["sandbox"] = self.name
            if operation in ("deleteSandbox", "resetSandbox"):
                case.path_parameters["sandbox"] = "nobody"

    def other_sandboxes(self, server: RunningServer) -> list[str]:
        """Sandboxes that came up since, this one too."""
        return sorted(_sandbox_names(server) - self.before)


def person(name: str) -> Json:
    """A consumer with the identities that every network wants."""
    digits = f"202555{sum(name.encode()) * 37 % 10_000:04}"
    return {
        "emailAddress": f"{name}@shop.test",
        "mobileNumber": {"countryCode": "1", "phoneNumber": digits},
    }


def identity(name: str) -> Json:
    """The e-mail address of *name*."""
    return {"identityType": "EMAIL_ADDRESS", "identityValue": f"{name}@shop.test"}


def _is_linked(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(_is_linked(one) for one in value)
    return isinstance(value, str) and _LINKED.fullmatch(value) is not None


def _sandbox_names(server: RunningServer) -> set[str]:
    page = fetched(f"{server.control}/v1/sandboxes?limit=1000")
    return {sandbox["name"] for sandbox in page["sandboxes"]}


def _sandbox_names_of(case: Case) -> list[str]:
    return [value for name, value in case.path_parameters.items() if name == "sandbox"]
