"""Why calls are refused: for each refusal the rule, its source, and what would have passed.

A test holds that every class of model/errors.py, every cause of a gateway and every error of the
token endpoint has its row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from src_system.model import errors
from src_system.model.client_authentication import GatewayCause
from src_system.model.errors import SrcError


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule, its section in the specification (None: the simulator's own), and a way to pass."""

    rule: str
    spec: str | None
    would_pass: str


_E = Explanation
EXPLANATIONS: Mapping[type[SrcError], Explanation] = MappingProxyType(
    {
        errors.InvalidArgument: _E(
            "A request is well-formed HTTP.", "7.2", "The same request, spelled as HTTP wants it."
        ),
        errors.MalformedBody: _E(
            "A body is one JSON object that arrives whole, in time, and not nested too deep.",
            "7.2",
            "The same call with a JSON object as its body.",
        ),
        errors.MissingMember: _E(
            "Mandatory members are given.", "7.3", "The same call with the member named in source."
        ),
        errors.InvalidFormat: _E(
            "A member has the form that its type asks for.",
            "7.3",
            "The member named in source, in the form that the message gives.",
        ),
        errors.InvalidValue: _E(
            "A member's value is one of those allowed, and what it names exists.",
            "7.3",
            "One of the values that the message or the OpenAPI document lists.",
        ),
        errors.NotSupported: _E(
            "Only what this SRC System offers can be asked for.",
            "7.3",
            "A value that this network supports; the OpenAPI document lists them.",
        ),
        errors.BodyTooLarge: _E(
            "A body is not larger than the limit body_bytes_max.", None, "A smaller body."
        ),
        errors.UnsupportedContentType: _E(
            "A body is sent as JSON.", "2.6", "Content-Type: application/json."
        ),
        errors.MethodNotAllowed: _E(
            "A resource is called with a method that it has.",
            "7.2",
            "One of the methods in the answer's header Allow.",
        ),
        errors.NotFound: _E(
            "What an address or an id names exists, for this client and consumer.",
            "7.2",
            "An id that an earlier answer has given, in the same sandbox and network.",
        ),
        errors.InvalidState: _E(
            "A step is taken only in a state that has it.",
            "10j",
            "The same call while the session or card is in a state that allows it.",
        ),
        errors.Aborted: _E(
            "Two calls do not change one object at the same time.",
            "7.2",
            "The same call again: the other one is over.",
        ),
        errors.PermissionDenied: _E(
            "A caller does only what its role and its credentials allow.",
            "7.2",
            "The same call by a client that may make it.",
        ),
        errors.UnknownClient: _E(
            "srcClientId names an active client of the sandbox.",
            "1.3",
            "The srcClientId of an ACTIVE client; the control port lists them.",
        ),
        errors.UnknownDpa: _E(
            "srcDpaId names an active DPA of the calling client.",
            "5.13",
            "The srcDpaId of an ACTIVE DPA of this client; the control port lists them.",
        ),
        errors.MarketNotEnabled: _E(
            "A DPA pays only in markets that it is enabled for.",
            "4.15",
            "A country that stands in the DPA's markets.",
        ),
        errors.UnknownRecipient: _E(
            "Payloads are encrypted to a key that was registered under the client.",
            "8.1",
            "A recipientId, keyFingerprintId or kid that is registered, or none: the client's own.",
        ),
        errors.ClientKeyExpired: _E(
            "Payloads are encrypted only to keys that have not expired.",
            "8.1",
            "A key registered anew, or the same call before the key's end.",
        ),
        errors.ForeignCorrelation: _E(
            "A checkout session belongs to the client that opened it.",
            "1.3",
            "A srcCorrelationId of this client's own, or none.",
        ),
        errors.Unauthenticated: _E(
            "Callers show who they are.", "8.4", "The same call with valid credentials."
        ),
        errors.GatewayRefused: _E(
            "The network's gateway lets only signed requests of registered clients pass.",
            "7.1",
            "The same call, signed as the client's scheme asks for.",
        ),
        errors.AuthInvalid: _E(
            "A token is signed by a trusted network, for this one, in this sandbox, and has not"
            " expired or been revoked.",
            "8.7",
            "A fresh token of a network that this one trusts, with this network in its audience.",
        ),
        errors.ConsumerIdMissing: _E(
            "A look-up names an identity.", "4.4", "A consumerIdentity with type and value."
        ),
        errors.IdFormatUnsupported: _E(
            "Identities are e-mail addresses or mobile phone numbers.",
            "4.4",
            "identityType EMAIL_ADDRESS or MOBILE_PHONE_NUMBER.",
        ),
        errors.ConsumerIdFormatInvalid: _E(
            "An identity has the form of its type.",
            "4.4",
            "An address with one @, or a number that exists in its country.",
        ),
        errors.UnrecognizedConsumerId: _E(
            "A consumer with this identity has a profile at this network.",
            "4.5",
            "An identity for which identities/lookup answers consumerPresent.",
        ),
        errors.AccountInaccessible: _E(
            "A profile that is locked or suspended cannot be used.",
            "10c",
            "The same call when the consumer is ACTIVE again.",
        ),
        errors.IdentityValidationRequired: _E(
            "A consumer is validated before a card of theirs pays or is changed.",
            "4.10",
            "An idToken, or a session in which a one-time code was right.",
        ),
        errors.ValidationDataMissing: _E(
            "A validation is completed with its code.", "4.6", "The code, as validationData."
        ),
        errors.CodeInvalid: _E(
            "The newest code that was sent is the right one.",
            "4.6",
            "The code that the inbox of the control port shows as issued.",
        ),
        errors.CodeExpired: _E(
            "A code is good once, for the minutes of its life.",
            "4.6",
            "The newest code within its life, or a new one.",
        ),
        errors.RetriesExceeded: _E(
            "A validation has so many tries and resends, then it is over.",
            "10c",
            "A new validation, when the earlier one has expired.",
        ),
        errors.AuthenticateFailure: _E(
            "An authentication is completed with the right proof.",
            "4.13",
            "The security code of the card, or the answer to the challenge given.",
        ),
        errors.ComplianceRequired: _E(
            "A new profile needs the person's consent to terms and privacy policy.",
            "4.1",
            "complianceSettings with TERMS_AND_CONDITIONS and PRIVACY_POLICY.",
        ),
        errors.CardMissing: _E(
            "A checkout names a card.", "4.10", "A srcDigitalCardId or an encryptedCard."
        ),
        errors.CorruptData: _E(
            "Encrypted members are JWE to a key of this network, with RSA-OAEP-256 and AES-GCM.",
            "8.1",
            "The member encrypted anew to a key of this network's JWKS, with its kid.",
        ),
        errors.PanIneligible: _E(
            "Only published test numbers and the simulator's own ranges are taken.",
            None,
            "A number of GET /v1/test-pans that belongs to this network.",
        ),
        errors.CardExpired: _E(
            "A card that is enrolled has not expired.",
            "4.1",
            "An expiry month that is not past by the sandbox's clock.",
        ),
        errors.CardNotFound: _E(
            "A card is known and belongs to the consumer who was validated.",
            "4.10",
            "A srcDigitalCardId of getSrcProfile for this consumer.",
        ),
        errors.SuspendedCard: _E(
            "A suspended card does not pay.", "10j", "The same card when it is ACTIVE again."
        ),
        errors.InactiveCard: _E(
            "A card that is expired, deleted or pending does not pay.",
            "10j",
            "A card whose status is ACTIVE.",
        ),
        errors.CvcVerificationRequired: _E(
            "A card enrolled without its security code is verified before it pays.",
            "4.10",
            "The same call after the security code was authenticated or updated.",
        ),
        errors.LimitExceeded: _E(
            "A profile or batch holds so many of these.", "7.3", "The same call when there is room."
        ),
        errors.AlreadyExists: _E(
            "What is added is new.", "4.1", "Another card, or the id that was given to this one."
        ),
        errors.ServerError: _E(
            "A fault of the server is not the caller's.",
            "7.2",
            "The same call; the server's log has the cause.",
        ),
        errors.Unavailable: _E(
            "The server needs its database.", "7.2", "The same call later (Retry-After)."
        ),
        errors.DeadlineExceeded: _E(
            "A call ends within request_seconds_max.", "7.2", "The same call again."
        ),
        errors.ResourceExhausted: _E(
            "A quota of the sandbox allows so many calls in a period.",
            "7.2",
            "The same call when the period is over (Retry-After).",
        ),
    }
)

GATEWAY: Mapping[GatewayCause, Explanation] = MappingProxyType(
    {
        GatewayCause.MISSING: _E(
            "A client that authenticates sends its credentials.",
            "7.1",
            "The same call with the header that its scheme asks for.",
        ),
        GatewayCause.INVALID: _E(
            "Credentials are a registered client's, and what they sign is what was sent.",
            "7.1",
            "A signature over the exact method, address and body, with the right secret.",
        ),
        GatewayCause.BODY_CHANGED: _E(
            "The hash that was signed is that of the body that came.",
            "8.4",
            "The body byte for byte as it was signed.",
        ),
        GatewayCause.STALE: _E(
            "A signature's time is near the sandbox's.",
            "8.4",
            "A signature made at the sandbox's time.",
        ),
        GatewayCause.REPLAYED: _E(
            "A signed request is good once.", "8.4", "A signature with a nonce of its own."
        ),
        GatewayCause.CERTIFICATE: _E(
            "The TLS certificate shown is the client's.",
            "8.6",
            "A connection with the certificate that was registered.",
        ),
    }
)

TOKEN_ENDPOINT: Mapping[str, Explanation] = MappingProxyType(
    {
        "invalid_request": _E(
            "A token is asked for by POST, with a form that has each parameter once.",
            "2.4",
            "grant_type=client_credentials as a form, with the client's id and secret.",
        ),
        "invalid_client": _E(
            "The client is registered and its secret is right.",
            "2.4",
            "The clientId and clientSecret that the control port shows.",
        ),
        "unsupported_grant_type": _E(
            "Only client_credentials is granted.", "2.4", "grant_type=client_credentials."
        ),
    }
)
