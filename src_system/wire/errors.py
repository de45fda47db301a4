"""Refusals on the wire: THE table from refusal to HTTP status, and the error body's two shapes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec

from src_system.model import errors
from src_system.model.batch import Failure
from src_system.model.errors import SrcError
from src_system.model.simulated_refusal import Simulated
from src_system.networks.dialects import written_by
from src_system.networks.profile import NetworkProfile

# spec 7.2 where it names a code; a subclass without a row has its nearest ancestor's.
STATUS: dict[type[SrcError], int] = {
    errors.InvalidArgument: 400,
    errors.BodyTooLarge: 413,
    errors.UnsupportedContentType: 415,
    errors.MethodNotAllowed: 405,
    errors.NotFound: 404,
    errors.InvalidState: 400,
    errors.Aborted: 409,
    errors.PermissionDenied: 403,
    errors.Unauthenticated: 401,
    errors.GatewayRefused: 401,  # in the network's own form: wire/gateway.py
    errors.AuthInvalid: 401,
    errors.ConsumerIdMissing: 400,
    errors.IdFormatUnsupported: 400,
    errors.ConsumerIdFormatInvalid: 400,
    errors.UnrecognizedConsumerId: 400,
    errors.AccountInaccessible: 403,
    errors.IdentityValidationRequired: 400,
    errors.ValidationDataMissing: 400,
    errors.CodeInvalid: 400,
    errors.CodeExpired: 400,
    errors.RetriesExceeded: 400,
    errors.AuthenticateFailure: 400,
    errors.ComplianceRequired: 400,
    errors.CvcVerificationRequired: 400,
    errors.AlreadyExists: 409,
    errors.ServerError: 500,
    errors.Unavailable: 503,
    errors.DeadlineExceeded: 504,
    errors.ResourceExhausted: 429,
    Simulated: 500,  # unless the tester named another
}


class ErrorDetailDocument(TypedDict):
    """What exactly is wrong (spec 7.3)."""

    reason: str
    message: str
    source: NotRequired[
        Annotated[str, msgspec.Meta(description="The member at fault, as a path in the JSON.")]
    ]
    sourceType: NotRequired[
        Annotated[
            str,
            msgspec.Meta(
                description="Where the member stands; Visa says FIELD for BODY and PARAMETER for"
                " QUERY and PATH.",
                extra_json_schema={
                    "enum": ["BODY", "FIELD", "HEADER", "QUERY", "PATH", "PARAMETER"]
                },
            ),
        ]
    ]


class ErrorDocument(TypedDict):
    """The EMV form (spec 7.1)."""

    status: int
    reason: str
    message: str
    errordetail: list[ErrorDetailDocument]


class RefusalDocument(TypedDict):
    """A refusal in the network's own form (spec 7.1)."""

    status: Annotated[
        int | str, msgspec.Meta(description="The HTTP status: a number, at Visa as text.")
    ]
    reason: str
    message: str
    errordetail: NotRequired[
        Annotated[
            list[ErrorDetailDocument],
            written_by(lambda profile: profile.error_detail_member == "errordetail", "Details."),
        ]
    ]
    errorDetail: NotRequired[
        Annotated[
            list[ErrorDetailDocument],
            written_by(lambda profile: profile.error_detail_member == "errorDetail", "Details."),
        ]
    ]


class NetworkErrorDocument(RefusalDocument):
    """The body of a refusal, in the network's own form (spec 7.1).

    Where the address names no SRC System there is no such form: then it is the EMV form.
    """


@dataclass(frozen=True, slots=True)
class ErrorDialect:
    """How an operation's errors differ from the others': a wrapper, and words of its own.

    `words` gives reason and status by refusal; a subclass without a row has its ancestor's.
    `document_type` is the type of the whole body.
    """

    wrapper: str | None = None
    words: Mapping[type[SrcError], tuple[str, int]] = field(default_factory=dict)
    document_type: type = NetworkErrorDocument

    def words_of(self, kind: type[SrcError]) -> tuple[str, int]:
        """Reason and HTTP status of a class of refusals."""
        for ancestor in kind.__mro__:
            if ancestor in self.words:
                return self.words[ancestor]
        return kind.reason, status_of_kind(kind)

    def refusal(self, error: SrcError, profile: NetworkProfile) -> tuple[int, RefusalDocument]:
        """Status and refusal in the network's form (spec 7.1), not wrapped."""
        reason, status = self.words_of(type(error))
        if isinstance(error, Simulated):
            reason, status = error.reason, error.status
        document = network_error_document(error, status, profile)
        document["reason"] = reason
        return status, document

    def document(self, error: SrcError, profile: NetworkProfile) -> tuple[int, dict[str, Any]]:
        """Status and whole body."""
        status, refusal = self.refusal(error, profile)
        return status, {**refusal} if self.wrapper is None else {self.wrapper: refusal}


PLAIN = ErrorDialect()


def refusal_of(failure: Failure) -> SrcError:
    """The refusal that was kept; one of a class that is no more is a ServerError."""
    kind = getattr(errors, failure.refusal, errors.ServerError)
    if not (isinstance(kind, type) and issubclass(kind, SrcError)):
        kind = errors.ServerError
    return kind(failure.message, source=failure.source)


def status_of(error: SrcError) -> int:
    """The HTTP status of *error*; a test holds that every refusal has one."""
    return error.status if isinstance(error, Simulated) else status_of_kind(type(error))


def status_of_kind(kind: type[SrcError]) -> int:
    """The HTTP status of a class of refusals."""
    for ancestor in kind.__mro__:
        if ancestor in STATUS:
            return STATUS[ancestor]
    raise LookupError(f"{kind.__name__} has no HTTP status.")


def error_document(error: SrcError, status: int) -> ErrorDocument:
    """The error body in the EMV form (spec 7.1)."""
    return {
        "status": status,
        "reason": error.reason,
        "message": error.message,
        "errordetail": _details(error, error.source_type),
    }


def network_error_document(
    error: SrcError, status: int, profile: NetworkProfile
) -> RefusalDocument:
    """The refusal in the network's own form (spec 7.1)."""
    source_type = profile.error_source_types.get(error.source_type, error.source_type)
    document: RefusalDocument = {
        "status": str(status) if profile.error_status_is_text else status,
        "reason": error.reason,
        "message": error.message,
    }
    document[profile.error_detail_member] = _details(error, source_type)
    return document


def _details(error: SrcError, source_type: str) -> list[ErrorDetailDocument]:
    if error.source is None and error.detail_reason is None:
        return []
    detail: ErrorDetailDocument = {
        "reason": error.detail_reason or error.reason,
        "message": error.message,
    }
    if error.source is not None:
        detail["source"] = error.source
        detail["sourceType"] = source_type
    return [detail]
