"""Every refusal an SRC System gives, as one exception class each.

A class carries the SRC vocabulary (`reason`, spec 7.2 and 7.4, and `detail_reason`, spec 7.3) and
never an HTTP status: the table from class to status stands in `src_system.wire.errors`. The
docstring of a class is its message when none is given.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from src_system.model.client_authentication import GatewayCause


class SrcError(Exception):
    """Never raised directly."""

    reason: str = ""
    detail_reason: str | None = None

    def __init__(
        self,
        message: str | None = None,
        *,
        source: str | None = None,
        source_type: str = "BODY",
        seen: Mapping[str, Any] | None = None,
    ) -> None:
        """*seen* is the state that a rule looked at, for the journal: no secrets, nothing long."""
        self.message = message or (self.__doc__ or "").strip()
        self.source = source
        self.source_type = source_type
        self.seen: Mapping[str, Any] = seen or {}
        super().__init__(self.message)


# --- The request itself -----------------------------------------------------------------------


class InvalidArgument(SrcError):
    """The request holds a malformed, missing or unusable member."""

    reason = "INVALID_ARGUMENT"


class MalformedBody(InvalidArgument):
    """The body is not a JSON object."""

    detail_reason = "INVALID_FORMAT"


class MissingMember(InvalidArgument):
    """A mandatory member is missing."""

    detail_reason = "CANNOT_BE_NULL"


class InvalidFormat(InvalidArgument):
    """The member does not have the form it must have."""

    detail_reason = "INVALID_FORMAT"


class InvalidValue(InvalidArgument):
    """The member's value is not one of those allowed here."""

    detail_reason = "INVALID_VALUE"


class NotSupported(InvalidArgument):
    """This SRC System does not support the value asked for."""

    detail_reason = "NOT_SUPPORTED"


class BodyTooLarge(SrcError):
    """The body is larger than this server accepts."""

    reason = "INVALID_ARGUMENT"
    detail_reason = "LIMIT_EXCEED"


class UnsupportedContentType(SrcError):
    """The body must be sent as application/json."""

    reason = "INVALID_ARGUMENT"
    detail_reason = "INVALID_FORMAT"


class MethodNotAllowed(SrcError):
    """The resource exists, but not with this HTTP method."""

    reason = "NOT_IMPLEMENTED"

    def __init__(
        self,
        message: str | None = None,
        *,
        allowed: Iterable[str] = (),
        source: str | None = "method",
        source_type: str = "HEADER",
    ) -> None:
        """*allowed* are the methods that the resource has."""
        self.allowed = tuple(allowed)
        if message is None and self.allowed:
            message = f"Allowed here: {', '.join(self.allowed)}."
        super().__init__(message, source=source, source_type=source_type)


class NotFound(SrcError):
    """There is no such resource."""

    reason = "NOT_FOUND"
    detail_reason = "NOT_FOUND"


class InvalidState(SrcError):
    """The operation is not allowed in the present state of the checkout session or card."""

    reason = "INVALID_STATE"
    detail_reason = "INVALID_STATE"


class Aborted(SrcError):
    """Another call changed the same object at the same time; repeat the call."""

    reason = "ABORTED"


# --- Who is calling ---------------------------------------------------------------------------


class PermissionDenied(SrcError):
    """The caller may not do this."""

    reason = "PERMISSION_DENIED"


class UnknownClient(PermissionDenied):
    """The srcClientId is not registered in this sandbox."""

    detail_reason = "INVALID_VALUE"


class UnknownDpa(PermissionDenied):
    """The DPA is not registered for this client."""

    detail_reason = "INVALID_VALUE"


class MarketNotEnabled(PermissionDenied):
    """The DPA is not enabled for the market of this call."""

    detail_reason = "NOT_SUPPORTED"


class UnknownRecipient(PermissionDenied):
    """The payload recipient or key is not registered for this client."""

    detail_reason = "NOT_FOUND"


class ClientKeyExpired(PermissionDenied):
    """The client's payload encryption key has expired; register a new one."""

    detail_reason = "EXPIRED"


class ForeignCorrelation(PermissionDenied):
    """The srcCorrelationId belongs to another client."""

    detail_reason = "INVALID_VALUE"


class Unauthenticated(SrcError):
    """The caller's credentials are missing or wrong."""

    reason = "UNAUTHENTICATED"


class GatewayRefused(Unauthenticated):
    """The gateway does not let this request pass: its credentials do not hold."""

    def __init__(
        self,
        cause: GatewayCause = GatewayCause.INVALID,
        *,
        challenge: str | None = None,
        hint: str | None = None,
        seen: Mapping[str, Any] | None = None,
    ) -> None:
        """*challenge* is a WWW-Authenticate; *hint* helps the sender, made of its request alone."""
        super().__init__(seen=seen)
        self.cause = cause
        self.challenge = challenge
        self.hint = hint


class AuthInvalid(SrcError):
    """The idToken, authorization or recognition token is not valid here."""

    reason = "AUTH_INVALID"
    detail_reason = "INVALID_VALUE"


# --- The consumer -----------------------------------------------------------------------------


class ConsumerIdMissing(SrcError):
    """The request names no consumer identity."""

    reason = "CONSUMER_ID_MISSING"
    detail_reason = "CANNOT_BE_NULL"


class IdFormatUnsupported(SrcError):
    """This type of consumer identity is not supported."""

    reason = "ID_FORMAT_UNSUPPORTED"
    detail_reason = "NOT_SUPPORTED"


class ConsumerIdFormatInvalid(SrcError):
    """The identity value is not a valid e-mail address or mobile phone number."""

    reason = "CONSUMER_ID_FORMAT_INVALID"
    detail_reason = "INVALID_FORMAT"


class UnrecognizedConsumerId(SrcError):
    """No consumer of this SRC System has this identity."""

    reason = "UNRECOGNIZED_CONSUMER_ID"
    detail_reason = "NOT_FOUND"


class AccountInaccessible(SrcError):
    """The consumer's profile exists but cannot be used at present."""

    reason = "ACCT_INACCESSIBLE"
    detail_reason = "INVALID_STATE"


class IdentityValidationRequired(SrcError):
    """The consumer has not been validated in this checkout session."""

    reason = "IDENTITY_VALIDATION_REQUIRED"
    detail_reason = "INVALID_STATE"


class ValidationDataMissing(SrcError):
    """The one-time code is missing."""

    reason = "VALIDATION_DATA_MISSING"
    detail_reason = "CANNOT_BE_NULL"


class CodeInvalid(SrcError):
    """The one-time code is wrong."""

    reason = "CODE_INVALID"
    detail_reason = "INVALID_VALUE"


class CodeExpired(SrcError):
    """The one-time code has expired."""

    reason = "CODE_EXPIRED"
    detail_reason = "EXPIRED"


class RetriesExceeded(SrcError):
    """Too many one-time codes were asked for or tried; start again."""

    reason = "RETRIES_EXCEEDED"
    detail_reason = "LIMIT_EXCEED"


class AuthenticateFailure(SrcError):
    """The proof given in the authentication is wrong."""

    reason = "AUTHENTICATE_FAILURE"
    detail_reason = "INVALID_VALUE"


class ComplianceRequired(SrcError):
    """The consumer's consent to terms and privacy policy is missing."""

    reason = "COMPLIANCE_REQUIRED"
    detail_reason = "CANNOT_BE_NULL"


# --- The card ---------------------------------------------------------------------------------


class CardMissing(InvalidArgument):
    """Neither srcDigitalCardId nor encryptedCard was given."""

    detail_reason = "CANNOT_BE_NULL"


class CorruptData(InvalidArgument):
    """The encrypted member cannot be opened with this SRC System's key."""

    detail_reason = "CORRUPT_DATA"


class PanIneligible(InvalidArgument):
    """Only published test numbers and the simulator's own ranges are accepted as card numbers."""

    detail_reason = "PAN_INELIGIBLE"


class CardExpired(InvalidArgument):
    """The card has expired."""

    detail_reason = "EXPIRED"


class CardNotFound(InvalidArgument):
    """The card is not known for this consumer."""

    detail_reason = "CARD_NOT_FOUND"


class SuspendedCard(InvalidArgument):
    """The card is suspended."""

    detail_reason = "SUSPENDED_CARD"


class InactiveCard(InvalidArgument):
    """The card cannot be used."""

    detail_reason = "INACTIVE_CARD"


class CvcVerificationRequired(SrcError):
    """The card's security code has to be verified before it pays."""

    reason = "CVC_VERIFICATION_REQUIRED"
    detail_reason = "INVALID_STATE"


class LimitExceeded(InvalidArgument):
    """The profile holds as many of these as it may."""

    detail_reason = "LIMIT_EXCEED"


class AlreadyExists(SrcError):
    """The card is already enrolled for this consumer."""

    reason = "ALREADY_EXISTS"
    detail_reason = "ALREADY_EXISTS"


# --- The inside -------------------------------------------------------------------------------


class ServerError(SrcError):
    """The SRC System failed to answer; the fault is on its side."""

    reason = "INTERNAL"


class Unavailable(SrcError):
    """The SRC System is not available at present; repeat the call later."""

    reason = "UNAVAILABLE"


class DeadlineExceeded(SrcError):
    """The SRC System did not finish in time; repeat the call."""

    reason = "DEADLINE_EXCEEDED"


# --- What a tester asks for -------------------------------------------------------------------


class ResourceExhausted(SrcError):
    """Too many calls in this period; repeat the call later."""

    reason = "RESOURCE_EXHAUSTED"
    retry_after_seconds: int | None = None  # those left until the period ends
