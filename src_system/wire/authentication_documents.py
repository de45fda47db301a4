"""The JSON shapes of answers about authentications (spec 4.13)."""

from typing import Annotated, Literal, NotRequired, TypedDict

import msgspec

from src_system.model.authentication import AuthenticationMethod, AuthenticationSubject
from src_system.payloads.assurance_data import AssuranceDataDocument
from src_system.wire.answer_documents import IdToken, RecognitionToken

SessionId = Annotated[
    str, msgspec.Meta(description="Names this authentication; completeAuthentication wants it.")
]
AuthenticationOutcome = Literal["AUTHENTICATED", "NOT_AUTHENTICATED"]
MethodAttributes = Annotated[
    dict[str, str],
    msgspec.Meta(
        description="What belongs to the method: `maskedValidationChannel` of a one-time code,"
        " `challenge` of a passkey."
    ),
]


class OfferedMethodDocument(TypedDict):
    """A method that this person or card can be authenticated by (spec 5.15)."""

    authenticationMethodType: AuthenticationMethod
    authenticationSubject: AuthenticationSubject
    methodAttributes: NotRequired[MethodAttributes]


class AuthenticationMethodsLookupAnswer(TypedDict):
    """spec 4.13: best first."""

    authenticationMethods: list[OfferedMethodDocument]


class BegunMethod(TypedDict):
    """The method that was begun."""

    authenticationMethodType: AuthenticationMethod
    authenticationSubject: AuthenticationSubject
    methodAttributes: MethodAttributes


class InitiateAuthenticationAnswer(TypedDict):
    """spec 4.13: one that needs nothing more is COMPLETE at once, with its result."""

    authenticationSessionId: SessionId
    authenticationMethod: BegunMethod
    authenticationStatus: Literal["PENDING", "COMPLETE"]
    authenticationResult: NotRequired[AuthenticationOutcome]
    assuranceData: NotRequired[AssuranceDataDocument | None]


class CompleteAuthenticationAnswer(TypedDict):
    """spec 4.13."""

    authenticationSessionId: SessionId
    authenticationStatus: Literal["COMPLETE"]
    authenticationResult: AuthenticationOutcome
    assuranceData: AssuranceDataDocument
    idToken: NotRequired[IdToken]
    recognitionToken: NotRequired[RecognitionToken]
