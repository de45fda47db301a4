"""How clients authenticate on the protocol port, as OpenAPI says it (spec 8.4 to 8.6)."""

from typing import Any

SECURITY_SCHEMES: dict[str, Any] = {
    "xPayToken": {
        "type": "apiKey",
        "in": "header",
        "name": "x-pay-token",
        "description": "Visa's: an HMAC-SHA-256 over time, path, query and body (spec 8.5).",
    },
    "oauth1": {
        "type": "http",
        "scheme": "OAuth",
        "description": "Mastercard's: OAuth 1.0a with one leg, RSA-SHA256 and a hash of the body"
        " (spec 8.4).",
    },
    "oauth2": {
        "type": "oauth2",
        "description": "Discover's and American Express's: an access token for client credentials"
        " (spec 8.6).",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": {}}},
    },
    "mutualTLS": {
        "type": "mutualTLS",
        "description": "A client certificate (spec 8.5).",
    },
}
# At the token endpoint only.
CLIENT_BASIC: dict[str, Any] = {
    "clientBasic": {
        "type": "http",
        "scheme": "basic",
        "description": "Client id and client secret of the scheme oauth2 (RFC 6749 2.3.1).",
    }
}
# A client of the scheme `open` sends its srcClientId and nothing else: that is the first choice.
SECURITY: list[dict[str, list[str]]] = [{}, *[{name: list[str]()} for name in SECURITY_SCHEMES]]
