"""How a client shows who it is on the protocol port, and how a gateway may refuse it."""

from enum import StrEnum


class AuthenticationScheme(StrEnum):
    """A client's scheme; the values are those of `authentication.scheme` on the control port.

    NATIVE is the network's own (a field of its profile); the others hold on all four networks.
    """

    OPEN = "open"
    NATIVE = "native"
    OAUTH1 = "oauth1"  # spec 8.4
    X_PAY_TOKEN = "x-pay-token"  # spec 8.5
    OAUTH2 = "oauth2"  # spec 8.6
    MTLS = "mtls"


class Section(StrEnum):
    """The parts of a client's credentials document; also what their public names are kept under."""

    OAUTH1 = "oauth1"
    X_PAY_TOKEN = "xPayToken"
    OAUTH2 = "oauth2"
    MTLS = "mtls"


class GatewayCause(StrEnum):
    """Why the gateway before an SRC System turns a request away (spec 7.1).

    INVALID covers an unknown name, a wrong secret and a wrong signature alike: an answer that told
    them apart would help whoever guesses.
    """

    MISSING = "CREDENTIALS_MISSING"
    INVALID = "CREDENTIALS_INVALID"
    BODY_CHANGED = "BODY_CHANGED"
    STALE = "TIMESTAMP_STALE"
    REPLAYED = "REPLAYED"
    CERTIFICATE = "CERTIFICATE_REFUSED"
