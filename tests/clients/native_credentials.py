"""What a client of the scheme `native` sends to Visa and Discover, over the standard library alone.

No vendor publishes a package that makes x-pay-tokens, on npm or on PyPI. So this second
implementation follows Visa's public description and shares no code with the server.
"""

import base64
import hashlib
import hmac
import time
from http.client import HTTPConnection
from urllib.parse import quote, urlencode, urlsplit

from .exchange import Answer, Json


class XPayTokens:
    """Signs with an API key and a shared secret; `base` is the address of `/src/v1`."""

    def __init__(self, credentials: Json, base: str) -> None:
        self._api_key: str = credentials["apiKey"]
        self._secret: str = credentials["sharedSecret"]
        self._base = base

    def send(self, method: str, resource: str, body: bytes = b"", **query: str) -> Answer:
        """One signed call of *resource*, such as `cards`."""
        pairs = sorted({**query, "apikey": self._api_key}.items())
        written = "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in pairs)
        now = str(int(time.time()))
        signed = now.encode() + f"v1/{resource}".encode() + written.encode() + body
        digest = hmac.new(self._secret.encode(), signed, hashlib.sha256).hexdigest()
        headers = {"x-pay-token": f"xv2:{now}:{digest}", "Content-Type": "application/json"}
        return exchange(method, f"{self._base}/{resource}?{written}", body, headers)


def access_token(credentials: Json, token_url: str) -> str:
    """A bearer token for client id and secret."""
    pair = f"{quote(credentials['clientId'])}:{quote(credentials['clientSecret'])}"
    answer = exchange(
        "POST",
        token_url,
        urlencode({"grant_type": "client_credentials"}).encode(),
        {
            "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    token: str = answer.expect(200)["access_token"]
    return token


def exchange(method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """One HTTP exchange of exactly these bytes."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=40)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body or None, headers)
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())
    finally:
        connection.close()
