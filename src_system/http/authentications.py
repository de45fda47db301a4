"""The operations that authenticate a cardholder or consumer (spec 4.13)."""

from operator import attrgetter

from src_system.http.operation import Operation
from src_system.operations.authentication_methods_lookup import authentication_methods_lookup
from src_system.operations.complete_authentication import complete_authentication
from src_system.operations.initiate_authentication import initiate_authentication
from src_system.wire import authentication_documents, authentications, documents

AUTHENTICATION_OPERATIONS = (
    Operation(
        "authenticationMethodsLookup",
        "POST",
        "authentication/lookup",
        authentications.read_authentication_methods_lookup,
        authentication_methods_lookup,
        authentications.write_authentication_methods_lookup,
        documents.AuthenticationMethodsLookupDocument,
        answer=authentication_documents.AuthenticationMethodsLookupAnswer,
    ),
    Operation(
        "initiateAuthentication",
        "POST",
        "authentication/initiate",
        authentications.read_initiate_authentication,
        initiate_authentication,
        authentications.write_initiate_authentication,
        documents.InitiateAuthenticationDocument,
        answer=authentication_documents.InitiateAuthenticationAnswer,
    ),
    Operation(
        "completeAuthentication",
        "POST",
        "authentication/complete",
        authentications.read_complete_authentication,
        complete_authentication,
        authentications.write_complete_authentication,
        documents.CompleteAuthenticationDocument,
        answer=authentication_documents.CompleteAuthenticationAnswer,
        recognition=attrgetter("recognition_token"),
    ),
)
