"""Clients that sign: one request in each scheme, right or with one thing wrong."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.http.initiator import Answer, Initiator, Json

NATIVE = {"visa": "x-pay-token", "mastercard": "oauth1", "amex": "oauth2", "discover": "oauth2"}
LOOKUP = {"consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": "a@shop.test"}}


@dataclass
class Call:
    """A request that is ready to be sent."""

    method: str
    url: str
    data: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Signer:
    """A client with credentials in a sandbox."""

    initiator: Initiator
    authentication: Json
    src_client_id: str
    seconds: float = 0.0  # how far its clock is ahead

    def now(self) -> int:
        """Its clock."""
        return int(time.time() + self.seconds)

    def lookup(self, network: str) -> Call:
        """A call of identityLookup that nobody has signed."""
        document = {"srcClientId": self.src_client_id, **LOOKUP}
        url = f"{self.initiator.sandbox['urls'][network]['src']}/identities/lookup"
        return Call(
            "POST", url, json.dumps(document).encode(), {"Content-Type": "application/json"}
        )

    async def signed(self, network: str, scheme: str | None = None) -> Call:
        """identityLookup, signed for the network or in the scheme."""
        call = self.lookup(network)
        match scheme or NATIVE[network]:
            case "x-pay-token":
                return self.with_x_pay_token(call)
            case "oauth1":
                return self.with_oauth1(call)
            case "oauth2":
                return self.with_bearer(call, await self.access_token(network))
            case other:
                raise AssertionError(other)

    def with_x_pay_token(
        self, call: Call, *, form: str = "xv2", path: str = "v1/identities/lookup", query: str = ""
    ) -> Call:
        """*call* with API key and token."""
        secrets = self.authentication["xPayToken"]
        query = f"apikey={quote(secrets['apiKey'], safe='')}" + query
        timestamp, secret = str(self.now()), secrets["sharedSecret"].encode()
        message = (timestamp + path + query).encode() + call.data
        digest = (
            hmac.new(secret, message, "sha256").hexdigest()
            if form == "xv2"
            else hashlib.sha256(secret + message).hexdigest()
        )
        return replace(
            call,
            url=f"{call.url}?{query}",
            headers={**call.headers, "x-pay-token": f"{form}:{timestamp}:{digest}"},
        )

    def with_oauth1(self, call: Call, *, signed_url: str | None = None, **changes: str) -> Call:
        """*call* with an Authorization header as RFC 5849 has it."""
        secrets = self.authentication["oauth1"]
        parts = urlsplit(signed_url or call.url)
        members = {
            "oauth_consumer_key": secrets["consumerKey"],
            "oauth_nonce": hashlib.sha256(f"{time.perf_counter_ns()}".encode()).hexdigest(),
            "oauth_timestamp": str(self.now()),
            "oauth_signature_method": "RSA-SHA256",
            "oauth_version": "1.0",
            "oauth_body_hash": base64.b64encode(hashlib.sha256(call.data).digest()).decode(),
            **changes,
        }
        encoded = sorted(
            (quote(name, safe=""), quote(text, safe="")) for name, text in members.items()
        )
        parameters = "&".join(f"{name}={value}" for name, value in encoded)
        uri = f"{parts.scheme}://{parts.netloc}{parts.path}"
        base = "&".join((call.method, quote(uri, safe=""), quote(parameters, safe="")))
        key = serialization.load_pem_private_key(secrets["privateKey"].encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        signature = key.sign(base.encode(), padding.PKCS1v15(), hashes.SHA256())
        encoded.append(("oauth_signature", quote(base64.b64encode(signature).decode(), safe="")))
        header = "OAuth " + ",".join(f'{name}="{value}"' for name, value in encoded)
        return replace(call, headers={**call.headers, "Authorization": header})

    def with_bearer(self, call: Call, token: str) -> Call:
        """*call* with an access token."""
        return replace(call, headers={**call.headers, "Authorization": f"Bearer {token}"})

    async def access_token(self, network: str) -> str:
        """A token of the network."""
        answer = await self.token(network)
        assert answer.status == 200, answer.body
        return str(answer.body["access_token"])

    async def token(self, network: str, secret: str | None = None) -> Answer:
        """The token endpoint's answer to HTTP Basic."""
        secrets = self.authentication["oauth2"]
        pair = f"{secrets['clientId']}:{secret or secrets['clientSecret']}"
        return await self.initiator.send(
            "POST",
            self.initiator.sandbox["urls"][network]["token"],
            data=b"grant_type=client_credentials",
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
            },
        )

    async def send(self, call: Call) -> Answer:
        """What the server answers."""
        return await self.initiator.send(
            call.method, call.url, data=call.data or None, headers=call.headers
        )

    def with_wrong_secrets(self) -> "Signer":
        """The same client, whose every secret is another's."""
        wrong = rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return replace(
            self,
            authentication={
                **self.authentication,
                "oauth1": {**self.authentication["oauth1"], "privateKey": wrong.decode()},
                "xPayToken": {**self.authentication["xPayToken"], "sharedSecret": "wrong"},
            },
        )


async def register(initiator: Initiator, scheme: str = "native", **members: Any) -> Signer:
    """The sandbox's ready-made client, from now on of that scheme."""
    answer = await initiator.manage(
        "PUT",
        f"/clients/{initiator.client_id}",
        {"authentication": {"scheme": scheme, **members}},
    )
    assert answer.status == 200, answer.body
    return Signer(initiator, answer.body["authentication"], initiator.client_id)
